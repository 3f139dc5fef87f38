"""Normalization layers: they keep the numbers between layers at mean 0 and variance 1, whatever the weights do.

BatchNormalization compares a channel with itself in the other samples of the batch; LayerNormalization and
RMSNormalization compare the numbers of one sample; GroupNormalization stands between the two.
"""

from .. import initializers, ops, regularizers
from ..utils.checks import is_whole
from .base import Layer


class AlongAxes(Layer):
    """What all of them share: one number of each weight belongs to one place along the layer's axes.

    Args:
        axis: a number, or several in ascending order.
        epsilon: keeps the root away from 0.
    """

    def __init__(self, axis, epsilon, **kwargs):
        super().__init__(**kwargs)
        several = isinstance(axis, (list, tuple))
        if not all(map(is_whole, axis if several else [axis])) or several and not axis:
            raise self._error(f"axis is a whole number, or several in a list, but got {axis!r}.")
        self.axis = list(axis) if several else axis
        self.epsilon = self._number("epsilon", epsilon)
        self._sizes = None  # of the input along the axes: the shape of the weights

    def build(self, input_shape):
        self._sizes = self._sizes_in(input_shape)
        if None in self._sizes:
            raise self._error(f"the sizes along axis {self.axis} must be known, but the input is {tuple(input_shape)}.")

    def _sizes_in(self, shape):
        """The sizes along the layer's axes, if an input of this shape has them, in ascending order behind the batch."""
        axes = self.axis if isinstance(self.axis, list) else [self.axis]
        found = [a + len(shape) if a < 0 else a for a in axes]
        if not all(0 < a < len(shape) for a in found):
            raise self._error(
                f"axis {self.axis} is not there in an input {tuple(shape)}, or is its batch. "
                "Is the batch axis missing? One sample x goes in as x[None]."
            )
        if found != sorted(set(found)):
            raise self._error(f"give the axes in ascending order and each once, not {self.axis}.")
        return tuple(shape[a] for a in found)

    def _require_sizes(self, x):
        """The input must have the sizes along the axes that the weights were made for."""
        sizes = self._sizes_in(x.shape)
        if sizes != self._sizes:
            raise self._error(
                f"input {x.shape} has {sizes} along axis {self.axis}, but its weights were built for {self._sizes}. "
                "Are the channels last?"
            )


class Normalization(AlongAxes):
    """Base of the layers with a gamma (scale) and a beta (offset) for each channel."""

    left_out = Layer.left_out | {"beta_constraint": None, "gamma_constraint": None}

    def __init__(
        self,
        axis=-1,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        **kwargs,
    ):
        super().__init__(axis, epsilon, **kwargs)
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.gamma = self.beta = None

    def build(self, input_shape):
        super().build(input_shape)
        n = self._sizes
        if self.scale:
            self.gamma = self.add_weight(n, self.gamma_initializer, name="gamma", regularizer=self.gamma_regularizer)
        if self.center:
            self.beta = self.add_weight(n, self.beta_initializer, name="beta", regularizer=self.beta_regularizer)
        self.built = True

    def _require_one_axis(self):
        if not is_whole(self.axis):
            raise self._error(f"axis is the one of the channels, a whole number, but got {self.axis!r}.")


class BatchNormalization(Normalization):
    """y = gamma ⊙ (x − mean) / √(variance + epsilon) + beta, for each channel (Ioffe and Szegedy 2015)

    In training, mean and variance are those of the batch, and the moving statistics follow them:
    moving ← momentum · moving + (1 − momentum) · batch. Elsewhere, and in a frozen layer (`trainable = False`),
    the moving statistics take their place, so that a prediction does not depend on the samples beside it.

    Args:
        axis: that of the channels.
        momentum: how much of the old moving statistics stays at each step.
        epsilon: keeps the root away from 0.
        center, scale: whether there is a beta, and a gamma.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: first values.
        beta_regularizer, gamma_regularizer: what training adds to the loss for beta and gamma.

    Shapes: x (batch, …, n), gamma, beta, moving_mean and moving_variance (n,), y as x.
    """

    left_out = Normalization.left_out | {
        "synchronized": False, "renorm": False, "renorm_clipping": None, "renorm_momentum": 0.99,
    }  # fmt: skip

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        **kwargs,
    ):
        super().__init__(axis, epsilon, center, scale, beta_initializer, gamma_initializer, beta_regularizer,
                         gamma_regularizer, **kwargs)  # fmt: skip
        self._require_one_axis()
        self.momentum = self._number("momentum", momentum, 0, 1)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def build(self, input_shape):
        super().build(input_shape)
        n = self._sizes
        self.moving_mean = self.add_weight(n, self.moving_mean_initializer, trainable=False, name="moving_mean")
        self.moving_variance = self.add_weight(
            n, self.moving_variance_initializer, trainable=False, name="moving_variance"
        )

    def call(self, x, training=False):
        self._require_sizes(x)
        if training and self.trainable:
            return ops.normalize_batch(x, self.gamma, self.beta, self.axis, self.epsilon, told=self._follow)
        return ops.batch_normalization(
            x, self.moving_mean, self.moving_variance, self.axis, self.beta, self.gamma, self.epsilon
        )

    def _follow(self, mean, variance):
        """Move the moving statistics a little toward those of a batch."""
        for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(self.momentum * moving.data + (1 - self.momentum) * now)


class LayerNormalization(Normalization):
    """y = gamma ⊙ (x − mean) / √(variance + epsilon) + beta, over the features of each sample (Ba et al. 2016)

    Args:
        axis: that of the features, or several in ascending order, which are normalized together.
        epsilon: keeps the root away from 0.
        center, scale: whether there is a beta, and a gamma.
        beta_initializer, gamma_initializer: first values.
        beta_regularizer, gamma_regularizer: what training adds to the loss for beta and gamma.

    Shapes: x (batch, …, n), gamma and beta (n,), y as x.
    """

    left_out = Normalization.left_out | {"rms_scaling": False}

    def call(self, x):
        self._require_sizes(x)
        return ops.layer_normalization(x, self.gamma, self.beta, self.axis, self.epsilon)


class GroupNormalization(Normalization):
    """Channels in groups: each group of each sample is normalized over its channels and all positions.

    One group is a LayerNormalization over all but the batch; a group for each channel is instance normalization.
    Wu and He, "Group Normalization", ECCV 2018.

    Args:
        groups: how many, a divisor of the number of channels; −1 for one group a channel.
        axis: that of the channels.
        epsilon, center, scale …: as in `LayerNormalization`.

    Shapes: x (batch, …, n), gamma and beta (n,), y as x.
    """

    def __init__(self, groups=32, axis=-1, *args, **kwargs):
        super().__init__(axis, *args, **kwargs)
        self._require_one_axis()
        self.groups = -1 if groups == -1 else self._number("groups", groups, 1, whole=True)

    def build(self, input_shape):
        super().build(input_shape)
        (channels,) = self._sizes
        if self.groups == -1:
            self.groups = channels
        if channels % self.groups:
            raise self._error(f"{channels} channels can't be divided into {self.groups} groups of one size.")

    def call(self, x):
        self._require_sizes(x)
        shape, axis = x.shape, self.axis % x.ndim
        groups = ops.reshape(x, (*shape[:axis], self.groups, shape[axis] // self.groups, *shape[axis + 1 :]))
        together = tuple(a for a in range(1, groups.ndim) if a != axis)  # all but the sample and the group
        y = ops.reshape(ops.layer_normalization(groups, axis=together, epsilon=self.epsilon), shape)
        along = [n if a == axis else 1 for a, n in enumerate(shape)]
        if self.scale:
            y = y * ops.reshape(self.gamma, along)
        return y + ops.reshape(self.beta, along) if self.center else y


class RMSNormalization(AlongAxes):
    """y = scale ⊙ x / √(mean x² + epsilon), over the features of each sample (Zhang and Sennrich 2019)

    Cheaper than LayerNormalization, as the mean is left alone; large language models use it.

    Args:
        axis: that of the features, or several in ascending order.
        epsilon: keeps the root away from 0.

    Shapes: x (batch, …, n), scale (n,), y as x.
    """

    def __init__(self, axis=-1, epsilon=1e-6, **kwargs):
        super().__init__(axis, epsilon, **kwargs)

    def build(self, input_shape):
        super().build(input_shape)
        self.scale = self.add_weight(self._sizes, "ones", name="scale")
        self.built = True

    def call(self, x):
        self._require_sizes(x)
        return ops.rms_normalization(x, self.scale, self.axis, self.epsilon)
