"""Layers that make images and sequences smaller or larger, without weights."""

import numpy as np

from .. import ops
from ..ops.windows import one_for_each, require_channels_last, wrong_rank
from ..utils import refuse
from ..utils.checks import is_whole
from .base import Layer, require_room


class Sliding(Layer):
    """What layers with windows share: they take images (batch, height, width, channels) or sequences."""

    axes = 2  # between batch and channels
    paddings = ("valid", "same")

    def _for_each_axis(self, argument, value, low=1):
        """An argument that is a whole number, or one for each axis, as a tuple with one for each."""
        return one_for_each(f"{type(self).__name__} '{self.name}': {argument}", value, self.axes, low)

    def _padding(self, padding):
        """The padding in small letters, one of `paddings`."""
        if str(padding).lower() not in self.paddings:
            raise self._error(f"padding is {' or '.join(map(repr, self.paddings))}, but got {padding!r}.")
        return padding.lower()

    def _require_rank(self, shape):
        if len(shape) != self.axes + 2:
            raise self._error(wrong_rank(shape, self.axes))

    def _slide(self, operation, x, *weights, **settings):
        """What the operation gives for x; where it refuses, the message says which layer asked."""
        self._require_rank(x.shape)
        try:
            return operation(self._as_floats(x), *weights, **settings)
        except ValueError as error:
            raise self._error(str(error)) from None


class Pooling(Sliding):
    """What the pooling layers share."""

    operation = None

    def __init__(self, pool_size, strides=None, padding="valid", data_format=None, name=None, **kwargs):
        require_channels_last(type(self).__name__, data_format)
        super().__init__(name=name, **kwargs)
        self.pool_size = self._for_each_axis("pool_size", pool_size)
        self.strides = self._for_each_axis("strides", self.pool_size if strides is None else strides)
        self.padding = self._padding(padding)
        self.data_format = data_format

    def call(self, x):
        return self._slide(type(self).operation, x, self.pool_size, strides=self.strides, padding=self.padding)


class MaxPooling2D(Pooling):
    """y = the largest number of each window, channel by channel.

    Args:
        pool_size: of a window, a number or (height, width).
        strides: how far a window moves to the next; `pool_size` by default.
        padding: "valid": only windows that fit. "same": windows may reach over the edge, where there is nothing.
        data_format: None or "channels_last".
        name: of the layer.

    Shapes: x (batch, height, width, channels), y (batch, new height, new width, channels).
    """

    operation = staticmethod(ops.max_pool)

    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class MaxPooling1D(MaxPooling2D):
    """y = the largest number of each window of a sequence, channel by channel; see `MaxPooling2D`.

    Shapes: x (batch, length, channels), y (batch, new length, channels).
    """

    axes = 1


class AveragePooling2D(Pooling):
    """y = the mean of each window, channel by channel. Arguments and shapes as in `MaxPooling2D`.

    With padding "same", what lies over the edge is no part of the mean.
    """

    operation = staticmethod(ops.average_pool)


class AveragePooling1D(AveragePooling2D):
    """y = the mean of each window of a sequence, channel by channel; see `MaxPooling1D`."""

    axes = 1


class GlobalPooling(Sliding):
    """What the global pooling layers share: one number a channel."""

    operation = None

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        require_channels_last(type(self).__name__, data_format)
        super().__init__(**kwargs)
        self.data_format = data_format
        self.keepdims = keepdims

    def call(self, x):
        places = tuple(range(1, self.axes + 1))
        if 0 in x.shape[1:-1]:
            raise self._error(f"input {x.shape} has no places to pool.")
        return self._slide(type(self).operation, x, axis=places, keepdims=self.keepdims)


class GlobalMaxPooling2D(GlobalPooling):
    """y = the largest number of each channel.

    Args:
        data_format: None or "channels_last".
        keepdims: whether y keeps height and width, each 1.

    Shapes: x (batch, height, width, channels), y (batch, channels).
    """

    operation = staticmethod(ops.max)


class GlobalMaxPooling1D(GlobalMaxPooling2D):
    """y = the largest number of each channel; see `GlobalMaxPooling2D`. Shapes: x (batch, length, channels)."""

    axes = 1


class GlobalAveragePooling2D(GlobalPooling):
    """y = the mean of each channel. Arguments and shapes as in `GlobalMaxPooling2D`.

    Lin, Chen and Yan, "Network In Network", ICLR 2014.
    """

    operation = staticmethod(ops.mean)


class GlobalAveragePooling1D(GlobalAveragePooling2D):
    """y = the mean of each channel; see `GlobalMaxPooling2D`. Shapes: x (batch, length, channels)."""

    axes = 1


class ZeroPadding2D(Sliding):
    """y = x with rows and columns of zeros around it.

    Args:
        padding: how many on each side; or (rows, columns); or ((above, below), (left, right)).
        data_format: None or "channels_last".

    Shapes: x (batch, height, width, channels), y (batch, above + height + below, left + width + right, channels).
    """

    def __init__(self, padding=1, data_format=None, **kwargs):
        require_channels_last("ZeroPadding2D", data_format)
        super().__init__(**kwargs)
        self.data_format = data_format
        sides = padding if isinstance(padding, (tuple, list)) else (padding, padding)
        sides = [side if isinstance(side, (tuple, list)) else (side, side) for side in sides]
        if [len(side) for side in sides] != [2, 2] or not all(is_whole(n, 0) for side in sides for n in side):
            raise self._error(
                "padding is a whole number from 0, or (rows, columns), or ((above, below), (left, right)), "
                f"but got {padding!r}."
            )
        self.padding = [list(side) for side in sides]

    def call(self, x):
        return self._slide(ops.pad, x, [(0, 0), *self.padding, (0, 0)])


class UpSampling2D(Sliding):
    """Larger images: each pixel repeated, or with pixels in between that are mixed from their neighbours.

    Args:
        size: how many times as large, a number or (height, width).
        data_format: None or "channels_last".
        interpolation: "nearest" repeats; "bilinear" mixes.

    Shapes: x (batch, height, width, channels), y (batch, height · size, width · size, channels).
    """

    def __init__(self, size=2, data_format=None, interpolation="nearest", **kwargs):
        require_channels_last("UpSampling2D", data_format)
        super().__init__(**kwargs)
        self.size = self._for_each_axis("size", size)
        self.data_format = data_format
        if interpolation in ("bicubic", "lanczos3", "lanczos5"):
            refuse("UpSampling2D", {"interpolation": interpolation}, {"interpolation": "nearest"})
        if interpolation not in ("nearest", "bilinear"):
            raise self._error(f"interpolation is 'nearest' or 'bilinear', but got {interpolation!r}.")
        self.interpolation = interpolation

    def call(self, x):
        return self._slide(self._enlarged, x)

    def _enlarged(self, x):
        (batch, height, width, channels), (rows, columns) = x.shape, self.size
        if self.interpolation == "nearest":
            x = ops.reshape(x, (batch, height, 1, width, 1, channels))
            x = ops.broadcast_to(x, (batch, height, rows, width, columns, channels))
        else:  # rows and columns are mixed by a matrix each: y = R x Cᵀ, channel by channel
            require_room(self, (batch, height * rows, height), (batch, width * columns, width))
            x = ops.matmul(between(width, columns, x.dtype), x)
            x = ops.matmul(between(height, rows, x.dtype), ops.reshape(x, (batch, height, width * columns * channels)))
        return ops.reshape(x, (batch, height * rows, width * columns, channels))


def between(n, times, dtype):
    """The matrix, (n · times, n), that draws straight lines between n numbers, and none beyond the first and last.

    A number stands in the middle of its pixel: place i of the larger image is at (i + ½) / times − ½ of the smaller.
    """
    places = np.clip((np.arange(n * times) + 0.5) / times - 0.5, 0, n - 1)
    return np.maximum(1 - np.abs(places[:, None] - np.arange(n)), 0).astype(dtype)
