"""Augmentation: images that are changed a little at random, in another way in each epoch, so that none comes twice.

These layers act in training only. Outside of it (`predict`, `evaluate`, a plain call) they give back what came in.
"""

from itertools import product

import numpy as np

from .. import ops
from ..ops.windows import require_channels_last
from ..utils import generator, unknown
from .base import Layer
from .pooling import Sliding


def own_generator(layer):
    """The layer's random generator, made at its first use: from its seed, or else from its model's streams."""
    if layer._rng is None:
        layer._rng = layer._generator("dropout") if layer.seed is None else generator(layer.seed)
    return layer._rng


class GaussianNoise(Layer):
    """y = x + ε in training, where each ε is drawn from a normal distribution around 0.

    Args:
        stddev: the standard deviation of the noise, from 0 to 1.
        seed: for noise of its own, apart from the model's.

    Shapes: x of any shape, y as x.
    """

    def __init__(self, stddev, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.stddev = self._number("stddev, how strong the noise is,", stddev, 0, 1)
        self.seed = seed
        self._rng = None

    def call(self, x, training=False):
        if not training or self.stddev == 0:
            return x
        x = self._as_floats(x)
        noise = self.stddev * own_generator(self).standard_normal(x.shape, dtype="float32")
        return x + noise.astype(x.dtype)


class Augmentation(Sliding):
    """What the layers share that change images: they act in training only, on each image in its own way."""

    left_out = Sliding.left_out | {"bounding_box_format": None}

    def __init__(self, seed, data_format, **kwargs):
        require_channels_last(type(self).__name__, data_format)
        super().__init__(**kwargs)
        self.seed = seed
        self.data_format = data_format
        self._rng = None

    def call(self, x, training=False):
        return self._slide(self._changed if training else lambda x: x, x)

    def _changed(self, x):
        """The images x, each changed at random."""
        raise NotImplementedError

    def _require_one_of(self, argument, value, known):
        if value not in known:
            raise self._error(unknown(argument, value, known))
        return value


class RandomFlip(Augmentation):
    """In training, every second image on average is flipped: y = x with its columns or rows in reverse order.

    Args:
        mode: "horizontal" exchanges left and right, "vertical" top and bottom, "horizontal_and_vertical" does
            both to the same images.
        seed: for flips of its own, apart from the model's.
        data_format: None or "channels_last".

    Shapes: x (batch, height, width, channels), y as x. In Keras the layer acts unless it is told `training=False`.
    """

    def __init__(self, mode="horizontal_and_vertical", seed=None, data_format=None, **kwargs):
        super().__init__(seed, data_format, **kwargs)
        self.mode = self._require_one_of("mode", mode, ("horizontal", "vertical", "horizontal_and_vertical"))

    def _changed(self, x):
        rows, columns = (slice(None, None, -1 if axis in self.mode else 1) for axis in ("vertical", "horizontal"))
        flips = own_generator(self).random((len(x), 1, 1, 1)) <= 0.5
        return ops.where(flips, x[:, rows, columns], x)


class Motion(Augmentation):
    """What the layers share that move, turn and scale images: y[p] = x[A(p − c) + c − s], as in `resample`."""

    def __init__(self, fill_mode, interpolation, seed, fill_value, data_format, **kwargs):
        super().__init__(seed, data_format, **kwargs)
        self.fill_mode = self._require_one_of("fill_mode", fill_mode, ("reflect", "wrap", "constant", "nearest"))
        self.interpolation = self._require_one_of("interpolation", interpolation, ("bilinear", "nearest"))
        self.fill_value = self._number("fill_value", fill_value, -np.inf)

    def _range(self, argument, factor, **limits):
        """The lowest and the highest value of a factor, which is such a pair, or f for (−f, f)."""
        if not isinstance(factor, (tuple, list)):
            largest = abs(self._number(argument, factor, -1, 1, **limits))
            return -largest, largest
        if len(factor) != 2:
            raise self._error(f"{argument} is a number or a pair (lowest, highest), but got {factor!r}.")
        return sorted(self._number(argument, each, -1, 1, **limits) for each in factor)

    def _changed(self, x):
        batch, height, width, _ = x.shape
        matrix, shift = self._motion(batch, height, width)
        return resample(x, matrix, shift, self.interpolation, self.fill_mode, self.fill_value)

    def _motion(self, batch, height, width):
        """A and s for each image, shapes (2, 2, batch) and (2, batch), with x before y."""
        raise NotImplementedError


class RandomTranslation(Motion):
    """In training, each image is shifted at random: y[p] = x[p − s].

    Args:
        height_factor: how far down, in heights of the image: a pair (lowest, highest) from −1 to 1, or f for (−f, f).
        width_factor: how far to the right, in widths.
        fill_mode: what stands beyond the edge: "reflect" (d c b a | a b c d | d c b a), "wrap"
            (a b c d | a b c d | a b c d), "nearest" (a a a a | a b c d | d d d d), or "constant", `fill_value`.
        interpolation: "bilinear" mixes the four pixels around a place, "nearest" takes the nearest one.
        seed: for shifts of its own, apart from the model's.
        fill_value: the number beyond the edge for fill_mode "constant".
        data_format: None or "channels_last".

    Shapes: x (batch, height, width, channels), y as x. In Keras the layer acts unless it is told `training=False`.
    """

    def __init__(
        self,
        height_factor,
        width_factor,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.height_factor = height_factor
        self.width_factor = width_factor
        self._heights = self._range("height_factor", height_factor)
        self._widths = self._range("width_factor", width_factor)

    def _motion(self, batch, height, width):
        down = height * own_generator(self).uniform(*self._heights, batch)
        right = width * own_generator(self).uniform(*self._widths, batch)
        return np.eye(2)[..., None], np.array([right, down])


class RandomRotation(Motion):
    """In training, each image is turned at random about its centre c: y[p] = x[A(p − c) + c].

    The rows of A are (cos θ, −sin θ) and (sin θ, cos θ): it turns each place back to where its number came from.

    Args:
        factor: how far, in full turns, counterclockwise: a pair (lowest, highest) from −1 to 1, or f for (−f, f).
        fill_mode, interpolation, seed, fill_value, data_format: as in `RandomTranslation`, and so are the shapes.
    """

    def __init__(
        self,
        factor,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.factor = factor
        self._turns = self._range("factor", factor)

    def _motion(self, batch, height, width):
        angle = 2 * np.pi * own_generator(self).uniform(*self._turns, batch)
        cos, sin = np.cos(angle), np.sin(angle)
        return np.array([[cos, -sin], [sin, cos]]), np.zeros((2, batch))


class RandomZoom(Motion):
    """In training, each image is made smaller or larger at random about its centre c: y[p] = x[A(p − c) + c].

    A has 1 + the width's factor and 1 + the height's on its diagonal: above 1, y shows more of the scene, smaller.

    Args:
        height_factor: above 0 zooms out, below 0 in: a pair (lowest, highest) above −1, up to 1, or f for (−f, f).
        width_factor: the same along the width; None for the height's, which keeps shapes as they are.
        fill_mode, interpolation, seed, fill_value, data_format: as in `RandomTranslation`, and so are the shapes.
    """

    def __init__(
        self,
        height_factor,
        width_factor=None,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.height_factor = height_factor
        self.width_factor = width_factor
        self._heights = self._range("height_factor", height_factor, above=True)
        self._widths = None if width_factor is None else self._range("width_factor", width_factor, above=True)

    def _motion(self, batch, height, width):
        tall = 1 + own_generator(self).uniform(*self._heights, batch)
        wide = tall if self._widths is None else 1 + own_generator(self).uniform(*self._widths, batch)
        none = np.zeros(batch)
        return np.array([[wide, none], [none, tall]]), np.zeros((2, batch))


# ---------------------------------------------------------------- images at places between their pixels


def resample(x, matrix, shift, interpolation, fill_mode, fill_value):
    """y[p] = x[A(p − c) + c − s] for each place p = (across, down) of each image, with its centre c.

    A place between pixels is a mix of those around it: x[q] = Σ v w x[row, column] with weights v of its two rows and
    w of its two columns. What lies outside counts nothing, and `fill_value` stands for the weight that is missing.

    Args:
        x: (batch, height, width, channels).
        matrix, shift: A, (2, 2, batch), and s, (2, batch); with 1 in place of batch they hold for all images.
    """
    batch, height, width, channels = x.shape
    (a, b), (c, d) = matrix.astype("float32")[..., None, None]  # float32 as in Keras, which rounds the same places
    right, down = shift.astype("float32")[..., None, None]
    across, along = np.arange(width, dtype="float32"), np.arange(height, dtype="float32")[:, None]
    cx, cy = (width - 1) / 2, (height - 1) / 2
    turned = b.any() or c.any()  # else all rows read the same columns: (batch, 1, width) places will do, and are faster
    qx = a * across + (b * along if turned else 0) + (cx - a * cx - b * cy - right)
    qy = (c * across if turned else 0) + d * along + (cy - c * cx - d * cy - down)

    columns = neighbours(brought_inside(qx, width, fill_mode), width, interpolation)
    rows = neighbours(brought_inside(qy, height, fill_mode), height, interpolation)
    pixels = ops.reshape(x, (batch * height * width, channels))
    first = height * np.arange(batch)[:, None, None]  # the row with which each image starts
    y, weight = 0, 0
    for (row, v), (column, w) in product(rows, columns):
        share = (v * w)[..., None].astype(x.dtype)
        y = y + ops.take(pixels, (first + row) * width + column, axis=0) * share
        weight = weight + share
    return y + fill_value * (1 - weight) if fill_mode == "constant" else y


def brought_inside(q, n, fill_mode):
    """Places q along an axis of n pixels, at 0 … n − 1, with those outside moved to where the same number stands."""
    if fill_mode == "constant":  # nothing stands there
        return q
    if fill_mode == "reflect":  # the image and its mirror image, 2n pixels, again and again
        q = np.mod(q, 2 * n)
        q = np.minimum(q, 2 * n - 1 - q)
    if fill_mode == "wrap":  # TensorFlow counts a turn as n − 1 pixels, which is right for the first on either side
        turns = np.trunc(q / max(n - 1, 1)) - (q < 0)
        q = np.where((q < 0) | (q > n - 1), q - n * turns, q)
    return np.clip(q, 0, n - 1)


def neighbours(q, n, interpolation):
    """The pixels, of n along an axis, that stand for places q, each with its weight: [(which, weight), …].

    A pixel outside of the image has the weight 0.
    """
    if interpolation == "nearest":
        found = [(np.trunc(q + np.copysign(0.5, q)), np.ones_like(q))]  # halves are rounded away from 0
    else:
        left = np.floor(q)
        found = [(left, left + 1 - q), (left + 1, q - left)]
    return [(np.clip(i, 0, n - 1).astype(np.intp), weight * ((i >= 0) & (i < n))) for i, weight in found]
