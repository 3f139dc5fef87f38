"""Pooling: each window's largest number, or its mean. In every formula g = ∂L/∂y.

The maximum of a window is the maximum of its rows' maxima, and sums are sums of rows' sums: so both pool along the
width first and along the height then, each time combining whole slices of the images.
"""

import numpy as np

from ..tensor import op
from .inputs import floating
from .windows import (
    as_images,
    one_for_each,
    output_shape,
    require_channels_last,
    require_rank,
    two_axes,
    without_padding,
)


@op
def max_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """y = max of each window          ∂L/∂x: g goes to the window's largest number, the first one in a tie

    Args:
        inputs: x, (batch, length, channels) or (batch, height, width, channels).
        pool_size: of a window, a number or one for each axis.
        strides: how far a window moves to the next; `pool_size` by default.
        padding: "valid" or "same", as in `conv`. What is added never is the largest.
        data_format: None or "channels_last".
    """
    x, axes = pooled("max_pool", inputs, pool_size, strides, padding, data_format)
    padded = as_images(x, axes, fill=-np.inf)
    across, back_across = running_max(padded, 2, axes[1])
    y, back_down = running_max(across, 1, axes[0])

    def vjp(g):
        g = back_across(back_down(g.reshape(y.shape)))
        return (without_padding(g, axes).reshape(x.shape),)

    return y.reshape(output_shape(x, axes, x.shape[-1])), vjp


def running_max(x, axis, windows):
    """The maximum of each window along one axis, and the function that takes its gradient back to x."""
    slices = [along(axis, windows.met_by(i)) for i in range(windows.size)]
    largest = [x[slices[0]]]
    for s in slices[1:]:
        largest.append(np.maximum(largest[-1], x[s]))

    def back(g):
        gx = np.zeros(x.shape, g.dtype)
        apart = windows.stride >= windows.size  # then no number lies in two windows, and there is nothing to add up
        for i in range(windows.size - 1, 0, -1):
            wins = x[slices[i]] > largest[i - 1]  # this entry is larger than all before it, and takes their g
            share = np.multiply(g, wins, out=gx[slices[i]] if apart else None)
            if not apart:
                gx[slices[i]] += share
            g = g - share
        gx[slices[0]] = g if apart else gx[slices[0]] + g
        return gx

    return largest[-1], back


@op
def average_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """y = mean of each window          ∂L/∂x = Σ g / n over the windows that x lies in, n entries each

    Arguments as in `max_pool`. Padding is no part of the mean: a window that reaches over the edge has fewer entries.
    """
    x, axes = pooled("average_pool", inputs, pool_size, strides, padding, data_format)
    n = np.multiply.outer(*(entries_inside(a) for a in axes)).astype(x.real.dtype)[..., None]
    y = as_images(x, axes)
    for axis, windows in zip((2, 1), axes[::-1]):
        y = sum(y[along(axis, windows.met_by(i))] for i in range(windows.size))
    y = y / n

    def vjp(g):
        g = g.reshape(y.shape) / n
        for axis, windows in zip((1, 2), axes):
            shape = list(g.shape)
            shape[axis] = windows.padded
            share, g = g, np.zeros(shape, g.dtype)
            for i in range(windows.size):
                g[along(axis, windows.met_by(i))] += share
        return (without_padding(g, axes).reshape(x.shape),)

    return y.reshape(output_shape(x, axes, x.shape[-1])), vjp


def entries_inside(windows):
    """How many entries of each window are no padding."""
    inside = np.zeros(windows.padded)
    inside[windows.inside] = 1
    return sum(inside[windows.met_by(i)] for i in range(windows.size))


def pooled(what, inputs, pool_size, strides, padding, data_format):
    """What both begin with: x as floats, and how its windows lie."""
    require_channels_last(what, data_format)
    if padding == "causal":
        raise ValueError(
            f"{what}: padding is 'valid' or 'same', but got 'causal', which is for convolutions over a sequence. "
            "Was it meant for the Conv1D before it?"
        )
    x = floating(inputs)
    # A pool_size for each axis says how many axes there should be; a single number fits sequences and images alike.
    require_rank(what, x.shape, len(pool_size) if isinstance(pool_size, (tuple, list)) else max(x.ndim - 2, 1))
    sizes = one_for_each(f"{what}: pool_size", pool_size, x.ndim - 2)
    strides = sizes if strides is None else strides
    if padding == "same":  # from 2 n entries on, every window covers all n: no need to walk through more
        sizes = [min(size, 2 * max(n, 1)) for size, n in zip(sizes, x.shape[1:-1])]
    return x, two_axes(what, x.shape, sizes, strides, 1, padding)


def along(axis, entries):
    """A key that takes `entries` along `axis` and everything along the axes before it."""
    return (slice(None),) * axis + (entries,)
