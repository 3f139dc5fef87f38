"""The layers of a multilayer perceptron: Dense and what stands around it."""

import math

import numpy as np

from .. import activations, initializers, ops, regularizers
from ..ops.windows import require_channels_last
from ..utils import generator, refuse
from ..utils.checks import is_whole
from .base import Layer


class Input:
    """The shape of one sample, as the first element of a Sequential, which can then make its weights at once.

    Args:
        shape: without the batch axis: (784,) for a batch of shape (n, 784).
        batch_size: a fixed number of samples, for the summary; None for any.
        batch_shape: both in one, (batch_size, *shape), in place of them.
        dtype: what type of floats the model turns its input to; its own by default. Whole numbers stay whole.
        name: of the input.
    """

    def __init__(self, shape=None, batch_size=None, dtype=None, *, batch_shape=None, name=None, **left_out):
        kind = type(self).__name__
        refuse(kind, left_out, dict.fromkeys(["sparse", "tensor", "input_tensor", "ragged"]) | {"optional": False})
        if batch_shape is not None:
            if shape is not None or batch_size is not None:
                raise ValueError(f"{kind}: batch_shape stands for shape and batch_size, so give it or them.")
            batch_size, *shape = batch_shape
        sizes = shape if isinstance(shape, (tuple, list)) else (shape,)
        if shape is None or not all(n is None or is_whole(n, 1) for n in sizes):
            raise ValueError(f"{kind}: shape is that of one sample, such as (784,) or (28, 28), but got {shape!r}.")
        self.shape = (batch_size, *sizes)
        self.dtype = None if dtype is None else np.dtype(dtype)
        self.name = name

    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            "An Input is the first element of a Sequential; layers can't be called on it, since dlcore has no "
            "functional models. Use Sequential([Input(...), ...]), or a subclass of Model with a call method."
        )

    def __repr__(self):
        return f"<Input {self.shape}>"


class InputLayer(Input):
    """`Input` under its older name, which takes the older names input_shape and batch_input_shape, too."""

    def __init__(self, shape=None, batch_size=None, dtype=None, *, batch_shape=None, name=None, **older):
        shape, batch_shape = older.pop("input_shape", shape), older.pop("batch_input_shape", batch_shape)
        super().__init__(shape, batch_size, dtype, batch_shape=batch_shape, name=name, **older)


class Dense(Layer):
    """y = activation(x W + b)

    Every output unit is connected to every input. With more than two axes, the last one is transformed.

    Args:
        units: how many outputs.
        activation: a name or function; None leaves x W + b as it is.
        use_bias: whether there is a b.
        kernel_initializer, bias_initializer: what fills W and b at first.
        kernel_regularizer, bias_regularizer: what training adds to the loss for W and b, such as "l2".

    Shapes: x (…, n), W = kernel (n, units), b = bias (units,), y (…, units).
    """

    left_out = Layer.left_out | dict.fromkeys(
        ["kernel_constraint", "bias_constraint", "lora_rank", "lora_alpha", "quantization_config"]
    )

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = self._number("units, how many outputs it has,", units, 1, whole=True)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel = None
        self.bias = None

    def build(self, input_shape):
        if len(input_shape) < 2 or not input_shape[-1]:
            raise self._error(
                f"input {tuple(input_shape)} should be (batch, features) with a known number of features, at least 1. "
                "Is the batch axis missing? One sample x goes in as x[None, :]."
            )
        shape = input_shape[-1], self.units
        self.kernel = self.add_weight(
            shape, self.kernel_initializer, name="kernel", regularizer=self.kernel_regularizer
        )
        if self.use_bias:
            self.bias = self.add_weight(
                shape[1:], self.bias_initializer, name="bias", regularizer=self.bias_regularizer
            )
        self.built = True

    def call(self, x):
        kernel = self.kernel
        if x.ndim < 2 or x.shape[-1] != kernel.shape[0]:
            hint = "Is a Flatten() missing before it?" if x.ndim != 1 else "One sample x goes in as x[None, :]."
            raise self._error(
                f"input {x.shape} has last axis {x.shape[-1] if x.ndim else None}, but its kernel {kernel.shape} "
                f"was built for {kernel.shape[0]}. {hint}"
            )
        return self.activation(ops.dense(self._as_floats(x), kernel, self.bias))


class Neuron(Dense):
    """y = activation(w · x + b), one neuron: a Dense layer with a single unit. Arguments as for `Dense`, without units.

    Shapes: x (batch, n), kernel (n, 1), bias (1,), y (batch, 1).
    """

    def __init__(
        self,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        **kwargs,
    ):
        super().__init__(
            1,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            **kwargs,
        )

    def get_config(self):
        config = super().get_config()
        del config["units"]
        return config


class Activation(Layer):
    """y = activation(x), as a layer of its own.

    Args:
        activation: a name or a function.

    Shapes: x of any shape, y as x.
    """

    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, x):
        return self.activation(x)


class Flatten(Layer):
    """Each sample as one row of numbers: (batch, 28, 28) → (batch, 784)."""

    def __init__(self, data_format=None, **kwargs):
        require_channels_last("Flatten", data_format)
        super().__init__(**kwargs)
        self.data_format = data_format

    def call(self, x):
        return ops.reshape(x, (x.shape[0], math.prod(x.shape[1:])))


class Reshape(Layer):
    """Each sample in another shape, with the same numbers in the same order.

    Args:
        target_shape: of one sample; one entry may be −1 and is worked out.

    Shapes: x (batch, …), y (batch, *target_shape).
    """

    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape) if isinstance(target_shape, (tuple, list)) else (target_shape,)
        if not all(is_whole(n, -1) for n in self.target_shape):
            raise self._error(f"target_shape is the shape of one sample, such as (28, 28), but got {target_shape!r}.")
        if self.target_shape.count(-1) > 1:
            raise self._error(f"only one entry of target_shape may be -1, but got {self.target_shape}.")

    def call(self, x):
        have = math.prod(x.shape[1:])
        want = math.prod(n for n in self.target_shape if n != -1)
        if want != have and (-1 not in self.target_shape or want == 0 or have % want):
            raise self._error(
                f"a sample of shape {x.shape[1:]} holds {have} numbers, which don't fit into {self.target_shape}."
            )
        shape = tuple(have // max(want, 1) if n == -1 else n for n in self.target_shape)
        return ops.reshape(x, (x.shape[0], *shape))


class Permute(Layer):
    """The axes of each sample in another order: Permute((2, 1)) turns (batch, 10, 64) into (batch, 64, 10).

    Args:
        dims: which axis comes first, second …; the first axis behind the batch is 1.
    """

    def __init__(self, dims, **kwargs):
        super().__init__(**kwargs)
        self.dims = tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
        if sorted(self.dims, key=str) != sorted(range(1, len(self.dims) + 1), key=str):
            raise self._error(f"dims names each axis of a sample once, counted from 1: (2, 1), say; but got {dims!r}.")

    def call(self, x):
        if x.ndim != len(self.dims) + 1:
            raise self._error(f"input {x.shape} should have the batch and {len(self.dims)} axes, for dims={self.dims}.")
        return ops.transpose(x, (0, *self.dims))


class Dropout(Layer):
    """In training, each number becomes 0 with probability `rate`; the others are divided by 1 − rate.

    So the mean stays what it was, and outside training (`predict`, `evaluate`) nothing happens at all.
    Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 2014.

    Args:
        rate: the share that is dropped, from 0 to 1.
        noise_shape: shape of the mask, None in it for the input's own length; a 1 drops along that axis together.
        seed: for a mask of its own, apart from the model's.

    Shapes: x of any shape, y as x.
    """

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate = self._number("rate, the share that is dropped,", rate, 0, 1)
        self.noise_shape = noise_shape
        self.seed = seed
        self._rng = None

    def call(self, x, training=False):
        if not training or self.rate == 0:
            return x
        x = self._as_floats(x)
        if self._rng is None:
            self._rng = self._generator("dropout") if self.seed is None else generator(self.seed)
        shape = x.shape
        if self.noise_shape is not None:
            if len(self.noise_shape) != x.ndim or any(m not in (None, 1, n) for m, n in zip(self.noise_shape, shape)):
                raise self._error(f"noise_shape {self.noise_shape} should have None or 1 for each axis of {shape}.")
            shape = tuple(n if wanted is None else wanted for n, wanted in zip(shape, self.noise_shape))
        mask = (self._rng.random(shape, dtype="float32") >= self.rate).astype(x.dtype)
        if self.rate < 1:
            mask /= 1 - self.rate
        return x * mask
