"""Activations as layers of their own, where they have settings, or (PReLU) a slope that is learned.

All take an x of any shape, and y has the same.
"""

from .. import activations, initializers, ops, regularizers
from .base import Layer


class ReLU(Layer):
    """y = x above `threshold`, else negative_slope · (x − threshold), and at most `max_value`

    With the defaults, y = max(x, 0).

    Args:
        max_value: where it is cut off; None for nowhere.
        negative_slope: the slope below the threshold.
        threshold: where x starts to pass.
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        self.max_value = None if max_value is None else self._number("max_value", max_value)
        self.negative_slope = self._number("negative_slope", negative_slope)
        self.threshold = self._number("threshold", threshold)

    def call(self, x):
        return activations.relu(x, self.negative_slope, self.max_value, self.threshold)


class LeakyReLU(Layer):
    """y = x where x > 0, else negative_slope · x          (Maas, Hannun and Ng 2013)

    Args:
        negative_slope: the slope below 0. Here it is 0.3 by default, as in Keras, though `leaky_relu` has 0.2.
            Its older name, alpha, is taken, too.
    """

    def __init__(self, negative_slope=0.3, **kwargs):
        negative_slope = kwargs.pop("alpha", negative_slope)
        super().__init__(**kwargs)
        self.negative_slope = self._number("negative_slope", negative_slope)

    def call(self, x):
        return activations.leaky_relu(x, self.negative_slope)


class PReLU(Layer):
    """y = x where x > 0, else alpha ⊙ x, with an alpha that is learned for each place          (He et al. 2015)

    Args:
        alpha_initializer: the first slopes below 0.
        alpha_regularizer: what training adds to the loss for them.
        shared_axes: axes along which one alpha serves all places: [1, 2] for one a channel of an image.

    Shapes: x (batch, …), alpha as one sample, with size 1 along shared axes, y as x.
    """

    left_out = Layer.left_out | {"alpha_constraint": None}

    def __init__(self, alpha_initializer="Zeros", alpha_regularizer=None, shared_axes=None, **kwargs):
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        axes = [shared_axes] if isinstance(shared_axes, int) else shared_axes
        self.shared_axes = None if axes is None else list(axes)

    def build(self, input_shape):
        shape = list(input_shape[1:])
        for axis in self.shared_axes or []:
            if not 0 < axis < len(input_shape):
                raise self._error(f"shared axis {axis} is not there in an input {tuple(input_shape)}, or is its batch.")
            shape[axis - 1] = 1
        self.alpha = self.add_weight(shape, self.alpha_initializer, name="alpha", regularizer=self.alpha_regularizer)
        self.built = True

    def call(self, x):
        x = self._as_floats(x)
        if len(x.shape) != self.alpha.ndim + 1 or any(a not in (1, n) for a, n in zip(self.alpha.shape, x.shape[1:])):
            raise self._error(f"input {x.shape} does not fit its alpha, {self.alpha.shape} for each sample.")
        return ops.relu(x) - self.alpha * ops.relu(-x)


class ELU(Layer):
    """y = x where x > 0, else alpha (eˣ − 1)          (Clevert et al. 2016)

    Args:
        alpha: −alpha is what y comes close to far below 0.
    """

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self.alpha = self._number("alpha", alpha)

    def call(self, x):
        return activations.elu(x, self.alpha)


class Softmax(Layer):
    """y = eˣ / Σ eˣ along `axis`: positive numbers that sum to 1

    Args:
        axis: a number.
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, x):
        return activations.softmax(x, self.axis)
