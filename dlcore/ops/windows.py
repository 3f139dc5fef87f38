"""Windows that slide over an image or a sequence: what convolution and pooling share."""

from typing import NamedTuple

import numpy as np

from ..tensor import op
from ..utils import refuse
from ..utils.checks import is_whole
from .inputs import array


class Axis(NamedTuple):
    """How windows lie along one axis.

    n: entries of the axis; size: entries of a window; stride: from one window's start to the next one's;
    dilation: from one entry of a window to its next; before, after: what is added at the ends; out: how many windows.
    """

    n: int
    size: int = 1
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0
    out: int = 1

    def met_by(self, i):
        """The places that entry i of all the windows lies on, as a slice of the padded axis."""
        start = i * self.dilation
        return slice(start, start + (self.out - 1) * self.stride + 1, self.stride)

    @property
    def padded(self):
        """How long the axis is with its padding."""
        return self.before + self.n + self.after

    @property
    def inside(self):
        """The part of the padded axis that is no padding."""
        return slice(self.before, self.before + self.n)


def reach(size, dilation):
    """How many places of the axis a window spans, from its first entry to its last."""
    return (size - 1) * dilation + 1


def lay_out(n, size, stride, dilation, padding):
    """The `Axis` for windows over n entries.

    'valid' takes the windows that fit. 'same' adds as few zeros as give ⌈n/stride⌉ windows, the odd one at the end.
    'causal' adds them all at the beginning, so that a window never looks ahead of its last entry.
    """
    span = reach(size, dilation)
    before = after = 0
    if padding == "same":
        missing = max((-(-n // stride) - 1) * stride + span - n, 0)
        before, after = missing // 2, missing - missing // 2
    elif padding == "causal":
        before = span - 1
    room = before + n + after - span
    if room < 0:
        spread = f", spread over {span} by its dilation {dilation}," if dilation > 1 else ""
        raise ValueError(
            f"a window of {size}{spread} is larger than the input's {n} along that axis. padding='same' adds zeros "
            "around the input; or are there more layers that shrink it than it has room for?"
        )
    return Axis(n, size, stride, dilation, before, after, room // stride + 1)


def two_axes(what, shape, sizes, strides, dilations, padding):
    """The `Axis` of height and of width; a sequence (batch, length, channels) is an image of height 1.

    Args:
        what: the operation, for messages.
        shape: of the input, (batch, length, channels) or (batch, height, width, channels).
        sizes: of a window, one for each axis between batch and channels.
        strides, dilations: a number, or one for each axis.
    """
    require_rank(what, shape, len(sizes))
    spatial = shape[1:-1]
    if padding not in ("valid", "same") and not (padding == "causal" and len(spatial) == 1):
        hint = " 'causal' is for sequences." if padding == "causal" else ""
        raise ValueError(f"{what}: padding is 'valid' or 'same', but got {padding!r}.{hint}")
    strides = one_for_each(f"{what}: strides", strides, len(spatial))
    dilations = one_for_each(f"{what}: dilation_rate", dilations, len(spatial))
    try:
        axes = [lay_out(*numbers, padding) for numbers in zip(spatial, sizes, strides, dilations)]
    except ValueError as error:
        raise ValueError(f"{what}: input {shape}: {error}") from None
    return axes if len(axes) == 2 else [Axis(1), *axes]


def one_for_each(what, value, n, low=1):
    """A whole number from `low`, or n of them, as a tuple of n."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * n
    if len(values) != n or not all(is_whole(v, low) for v in values):
        kinds = f"a whole number from {low}" + (f" or {n} of them" if n > 1 else "")
        raise ValueError(f"{what} is {kinds}, but got {value!r}.")
    return tuple(int(v) for v in values)


def require_rank(what, shape, n):
    if n not in (1, 2) or len(shape) != n + 2:
        raise ValueError(f"{what}: {wrong_rank(shape, n)}")


def wrong_rank(shape, n):
    """What to say of an input of this shape where windows have n axes."""
    wanted = {1: "(batch, length, channels)", 2: "(batch, height, width, channels)"}.get(n, "of 3 or 4 axes")
    message = f"input {tuple(shape)} should be {wanted}."
    if len(shape) == n + 1:
        return f"{message} Is the channel axis missing? x[..., None] adds it. Or the batch axis? x[None] adds that."
    return message


def as_images(x, axes, fill=0):
    """x as (batch, height, width, channels), with `fill` around it where windows reach over its edge."""
    rows, columns = axes
    x = x.reshape(x.shape[0], rows.n, columns.n, x.shape[-1])
    if not any((rows.before, rows.after, columns.before, columns.after)):
        return x
    padded = np.full(padded_shape(x.shape[0], axes, x.shape[-1]), fill, x.dtype)
    padded[:, rows.inside, columns.inside] = x
    return padded


def padded_shape(batch, axes, channels):
    return batch, *(a.padded for a in axes), channels


def output_shape(x, axes, channels):
    """The shape of what comes out, with as many axes as x has."""
    return len(x), *(a.out for a in axes[-(x.ndim - 2) :]), channels


def without_padding(x, axes):
    """The part of padded images that is no padding."""
    rows, columns = axes
    return x[:, rows.inside, columns.inside]


def require_channels_last(what, data_format):
    refuse(what, {"data_format": data_format or "channels_last"}, {"data_format": "channels_last"})


@op
def pad(x, pad_width, mode="constant", constant_values=None):
    """y = x with a number, 0 by default, around it          ∂L/∂x = g without the rim

    Args:
        pad_width: (before, after) for each axis, or one such pair or one number for all axes.
        mode: only "constant".
        constant_values: the number around x.
    """
    refuse("pad", {"mode": mode}, {"mode": "constant"})
    x = array(x)
    y = np.pad(x, pad_width, constant_values=constant_values or 0)
    before = np.broadcast_to(pad_width, (x.ndim, 2))[:, 0]
    inside = tuple(slice(b, b + n) for b, n in zip(before, x.shape))
    return y, lambda g: (g[inside],)
