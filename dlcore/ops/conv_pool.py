"""Convolution, ReLU and 2×2 max-pooling as one operation: the first half of many image networks.

Of four numbers that a convolution computes, the pool keeps one. So bias and ReLU can wait until only that one is left,
on the way back only a quarter of the slopes has to be looked at, and windows that no pool takes are never computed.
"""

import numpy as np

from ..tensor import op
from .convolution import gather, scatter
from .fused import plus_bias, summed_rows
from .inputs import floating
from .windows import as_images, two_axes


@op
def conv_relu_max_pool(x, kernel, bias=None, strides=1, padding="valid", dilation_rate=1, relu=True):
    """y = max(max of each 2×2 block of (X W), plus b, and 0), X the matrix of all windows, one a row

    Adding b and cutting at 0 keep the order of numbers, so they may come after the maximum: the same y, from a quarter
    of the additions. g goes to the block's largest number, the first one in a tie, where y > 0. From there on it is
    the gradient of a convolution.

    The windows are ordered by where in its block a window stands: first all upper left ones, then all upper right
    ones, the lower left and the lower right. A block's maximum is then that of four matrices, each in one piece,
    found as in a tournament: left against right, above and below, then the two winners against each other.

    Arguments as in `convolution`, without groups; `relu=False` leaves the cut at 0 out.
    """
    x, kernel, bias = floating(x), floating(kernel), None if bias is None else floating(bias)
    axes = two_axes("conv", x.shape, kernel.shape[:-2], strides, dilation_rate, padding)
    n, filters = len(x), kernel.shape[-1]
    blocks = two_axes("max_pool", (n, axes[0].out, axes[1].out, filters), (2, 2), 2, 1, "valid")
    axes = [a._replace(out=2 * block.out) for a, block in zip(axes, blocks)]  # an odd one at the end is left out
    windows = gather(as_images(x, axes), axes, by_corner)
    four = (windows @ kernel.reshape(-1, filters)).reshape(4, -1, filters)
    upper, lower = np.maximum(four[0], four[1]), np.maximum(four[2], four[3])
    y = plus_bias(np.maximum(upper, lower), bias)
    if relu:
        np.maximum(y, 0, out=y)

    def vjp(g):
        g = g.reshape(y.shape)
        if relu:
            g = g * (y > 0)
        # The final first: g goes to the winner's pair. Then the semifinals: a pair's g goes to its winner. In a tie the
        # comparison is False, and the first one takes it all.
        to_lower = g * (lower > upper)
        to_upper = g - to_lower
        to_four = np.empty(four.shape, g.dtype)
        for pair, to_pair in ((0, to_upper), (2, to_lower)):
            left, right = pair, pair + 1
            np.multiply(to_pair, four[right] > four[left], out=to_four[right])
            np.subtract(to_pair, to_four[right], out=to_four[left])
        to_four = to_four.reshape(-1, filters)
        return (
            lambda: scatter(to_four, kernel, axes, n, by_corner).reshape(x.shape),
            lambda: (windows.T @ to_four).reshape(kernel.shape),
            lambda: summed_rows(g),
        )

    return y.reshape(n, blocks[0].out, blocks[1].out, filters), vjp


def by_corner(windows):
    """(batch, 2 h, 2 w, …) as (2, 2, batch, h, w, …): first which corner of its 2×2 block, then which block. A view."""
    n, h, w = windows.shape[:3]
    split = windows.reshape(n, h // 2, 2, w // 2, 2, *windows.shape[3:])
    return np.moveaxis(split, (2, 4), (0, 1))
