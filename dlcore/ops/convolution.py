"""Convolution: every window of the input, multiplied by one and the same kernel. In every formula g = ∂L/∂y.

All windows together, one a row, are a matrix X, so a convolution is a matrix product, and NumPy's product is fast.
For a sequence a b c d and a kernel W of two entries:

    X = [a b]      y = X W      ∂L/∂W = Xᵀ g      g Wᵀ = [p q]      ∂L/∂x = p, q + r, s + t, u
        [b c]                                            [r s]
        [c d]                                            [t u]

`gather` makes X. `scatter` goes the way back: each row of g Wᵀ is added to the places where its window lay.
Channels come last, as in Keras: (batch, height, width, channels). A sequence (batch, length, channels) is treated
as an image of height 1.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..tensor import op
from .fused import plus_bias, summed_rows
from .index import get_item
from .inputs import floating
from .shaping import concatenate
from .windows import (
    Axis,
    as_images,
    lay_out,
    one_for_each,
    output_shape,
    padded_shape,
    reach,
    require_channels_last,
    require_rank,
    two_axes,
    without_padding,
)

FEW_CHANNELS = 8


def conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """y[p] = Σ over i in the kernel of x[p · stride + i · dilation] W[i]

    Args:
        inputs: x, (batch, length, channels) or (batch, height, width, channels).
        kernel: W, (k, channels, out) or (kh, kw, channels, out). With a g-th of the input's channels it is used in
            g groups: the first g-th of the outputs sees the first g-th of the inputs, and so on.
        strides: how far a window moves to the next.
        padding: "valid": only windows that lie inside. "same": zeros around x, ⌈n/stride⌉ windows. For a sequence
            also "causal": all zeros before it.
        data_format: None or "channels_last".
        dilation_rate: how far apart the kernel's entries lie.
    """
    require_channels_last("conv", data_format)
    return convolution(inputs, kernel, None, strides=strides, padding=padding, dilation_rate=dilation_rate)


def convolution(inputs, kernel, bias=None, strides=1, padding="valid", dilation_rate=1, relu=False):
    """`conv`, then plus a bias, then max(·, 0) if `relu`, in as few passes over memory as it takes.

    With groups it is several small convolutions side by side.
    """
    groups = n_groups(np.shape(inputs), np.shape(kernel))
    settings = {"strides": strides, "padding": padding, "dilation_rate": dilation_rate, "relu": relu}
    if groups == 1:
        return conv_bias_relu(inputs, kernel, bias, **settings)
    n_in, n_out = kernel.shape[-2], kernel.shape[-1] // groups
    parts = []
    for k in range(groups):
        channels, filters = (..., slice(k * n_in, (k + 1) * n_in)), (..., slice(k * n_out, (k + 1) * n_out))
        its_bias = None if bias is None else get_item(bias, filters)
        parts.append(conv_bias_relu(get_item(inputs, channels), get_item(kernel, filters), its_bias, **settings))
    return concatenate(parts, axis=-1)


def n_groups(x_shape, kernel_shape):
    """Into how many groups the channels fall: a kernel takes those of one group."""
    require_rank("conv", x_shape, len(kernel_shape) - 2)
    channels, n_in, n_out = x_shape[-1], *kernel_shape[-2:]
    groups = channels // max(n_in, 1)
    if groups == 0 or channels != groups * n_in or n_out % groups:
        raise ValueError(
            f"conv: input {tuple(x_shape)} has {channels} channels, but the kernel {tuple(kernel_shape)} takes {n_in}. "
            "They must be equal, or with groups the one and the number of outputs multiples of the other."
        )
    return groups


@op
def conv_bias_relu(x, kernel, bias=None, strides=1, padding="valid", dilation_rate=1, relu=False):
    """Y = X W + b, X the matrix of all windows, one a row          ∂L/∂W = Xᵀ g,  ∂L/∂b = Σ g,  ∂L/∂x: see `scatter`

    With `relu`, y = max(Y, 0), and g where y > 0 goes on.
    """
    x, kernel, bias = floating(x), floating(kernel), None if bias is None else floating(bias)
    axes = two_axes("conv", x.shape, kernel.shape[:-2], strides, dilation_rate, padding)
    windows = gather(as_images(x, axes), axes)
    y = plus_bias(windows @ kernel.reshape(-1, kernel.shape[-1]), bias)
    if relu:
        np.maximum(y, 0, out=y)

    def vjp(g):
        g = g.reshape(y.shape)
        if relu:
            g = g * (y > 0)
        return (
            lambda: scatter(g, kernel, axes, len(x)).reshape(x.shape),
            lambda: (windows.T @ g).reshape(kernel.shape),
            lambda: summed_rows(g),
        )

    return y.reshape(output_shape(x, axes, kernel.shape[-1])), vjp


def gather(x, axes, order=lambda windows: windows):
    """Every window of the images x as a row of a matrix, (batch · windows, kh · kw · channels).

    A window's row is kh runs of kw · channels neighbours in memory, and NumPy copies run by run. With few channels the
    runs would be too short for that to pay: then the matrix is filled column by column, and handed out transposed.

    Args:
        order: puts the windows, (batch, rows, columns, …), in another order, as a view.
    """
    rows, columns = axes
    channels = x.shape[-1]
    if channels < FEW_CHANNELS:
        entries = [order(x[:, rows.met_by(i), columns.met_by(j)]) for i, j in np.ndindex(rows.size, columns.size)]
        matrix = np.empty((len(entries), channels, *entries[0].shape[:-1]), x.dtype)
        for column, entry in zip(matrix, entries):
            column[...] = np.moveaxis(entry, -1, 0)
        return matrix.reshape(len(entries) * channels, -1).T
    spans = [reach(a.size, a.dilation) for a in axes]
    windows = sliding_window_view(x, spans, axis=(1, 2))  # a view: (batch, rows, columns, channels, kh, kw)
    windows = windows[:, rows.met_by(0), columns.met_by(0), :, :: rows.dilation, :: columns.dilation]
    return order(windows.transpose(0, 1, 2, 4, 5, 3)).reshape(-1, rows.size * columns.size * channels)


def scatter(g, kernel, axes, batch, order=lambda windows: windows):
    """The way back of `gather` and product: what each window got, times the kernel, added where the window lay.

    One entry of the kernel at a time: its share for all windows is one product, and is added to one slice.
    """
    rows, columns = axes
    channels = kernel.shape[-2]
    kernel = kernel.reshape(rows.size, columns.size, channels, -1)
    x = np.zeros(padded_shape(batch, axes, channels), np.result_type(g, kernel))
    share = np.empty((len(g), channels), x.dtype)
    for i, j in np.ndindex(rows.size, columns.size):
        np.matmul(g, kernel[i, j].T, out=share)
        met = order(x[:, rows.met_by(i), columns.met_by(j)])
        met += share.reshape(met.shape)
    return without_padding(x, axes)


@op
def depthwise_conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """y[p, c·m + k] = Σ over i in the kernel of x[p · stride + i · dilation, c] W[i, c, k]: each channel for itself

    Here a matrix product would be many tiny ones. Instead each entry of the kernel is multiplied with the slice of
    the images that it meets, and so are their gradients: ∂L/∂x has Σₖ g W[i] added there, ∂L/∂W[i] = Σ g ⊙ x.

    Args:
        inputs: x, (batch, length, channels) or (batch, height, width, channels).
        kernel: W, (k, channels, m) or (kh, kw, channels, m), which gives channels · m outputs.
        strides, padding, data_format, dilation_rate: as in `conv`.
    """
    require_channels_last("depthwise_conv", data_format)
    x, kernel = floating(inputs), floating(kernel)
    axes = two_axes("depthwise_conv", x.shape, kernel.shape[:-2], strides, dilation_rate, padding)
    rows, columns = axes
    channels, m = kernel.shape[-2:]
    if channels != x.shape[-1]:
        raise ValueError(
            f"depthwise_conv: input {x.shape} has {x.shape[-1]} channels, but the kernel {kernel.shape} takes "
            f"{channels}."
        )
    w = kernel.reshape(rows.size, columns.size, channels, m)
    padded = as_images(x, axes)
    places = [((i, j), (slice(None), rows.met_by(i), columns.met_by(j))) for i, j in np.ndindex(w.shape[:2])]
    y = np.zeros((len(x), rows.out, columns.out, channels, m), np.result_type(x, w))
    for i, place in places:
        y += padded[place][..., None] * w[i]

    def to_x(g):
        gx = np.zeros(padded.shape, g.dtype)
        for i, place in places:
            gx[place] += (g * w[i]).sum(-1)
        return without_padding(gx, axes).reshape(x.shape)

    def to_kernel(g):
        gw = np.empty(w.shape, g.dtype)
        for i, place in places:
            gw[i] = summed_rows((padded[place][..., None] * g).reshape(-1, channels * m)).reshape(channels, m)
        return gw.reshape(kernel.shape)

    def vjp(g):
        g = g.reshape(y.shape)
        return lambda: to_x(g), lambda: to_kernel(g)

    return y.reshape(output_shape(x, axes, channels * m)), vjp


@op
def conv_transpose(inputs, kernel, strides=1, padding="valid", output_padding=None, data_format=None, dilation_rate=1):
    """A convolution run backwards: x takes the place of its g, y of its ∂L/∂x, and ∂L/∂x is a convolution of g

    With stride s, y is about s times as high and wide as x: it goes back to where a convolution came from.

    Args:
        inputs: x, (batch, length, channels) or (batch, height, width, channels).
        kernel: W, (k, out, channels) or (kh, kw, out, channels).
        output_padding: how many entries longer y is than it has to be, where several lengths would do.
        strides, padding, data_format, dilation_rate: as in `conv`.
    """
    require_channels_last("conv_transpose", data_format)
    x, kernel = floating(inputs), floating(kernel)
    axes = transposed_axes(x.shape, kernel.shape, strides, padding, output_padding, dilation_rate)
    rows = x.reshape(-1, x.shape[-1])
    y = scatter(rows, kernel, axes, len(x))

    def vjp(g):
        windows = gather(as_images(g, axes), axes)
        return (
            lambda: (windows @ kernel.reshape(-1, kernel.shape[-1])).reshape(x.shape),
            lambda: (windows.T @ rows).reshape(kernel.shape),
        )

    return y.reshape(len(x), *(a.n for a in axes[-(x.ndim - 2) :]), kernel.shape[-2]), vjp


def transposed_axes(x_shape, kernel_shape, strides, padding, output_padding, dilation_rate):
    """The `Axis` of height and of width of the convolution that is run backwards."""
    n = len(kernel_shape) - 2
    require_rank("conv_transpose", x_shape, n)
    if x_shape[-1] != kernel_shape[-1]:
        raise ValueError(
            f"conv_transpose: input {x_shape} has {x_shape[-1]} channels, but the kernel {kernel_shape} takes "
            f"{kernel_shape[-1]}. It is (height, width, out, in)."
        )
    if padding not in ("valid", "same"):
        raise ValueError(f"conv_transpose: padding is 'valid' or 'same', but got {padding!r}.")
    strides = one_for_each("conv_transpose: strides", strides, n)
    dilations = one_for_each("conv_transpose: dilation_rate", dilation_rate, n)
    extras = (None,) * n
    if output_padding is not None:
        extras = one_for_each("conv_transpose: output_padding", output_padding, n, low=0)
    axes = [Axis(1)] * (2 - n)
    for length, size, stride, dilation, extra in zip(x_shape[1:-1], kernel_shape, strides, dilations, extras):
        span = reach(size, dilation)
        if extra is None:
            full = length * stride + (max(span - stride, 0) if padding == "valid" else 0)
        else:
            full = (length - 1) * stride + span + extra - (2 * (span // 2) if padding == "same" else 0)
        axis = lay_out(full, size, stride, dilation, padding) if full >= 1 else None
        if axis is None or axis.out != length:
            raise ValueError(
                f"conv_transpose: output_padding {extra} makes an output of {full} entries, which a convolution with "
                f"stride {stride} would not turn back into the input's {length}."
            )
        axes.append(axis)
    return axes
