"""Recurrent layers: one step after the other, with a memory that each step passes on to the next.

`_step` of each layer is the formula of one step; `call` runs the whole sequence at once (`ops.lstm` and its kin in
`dlcore/ops/sequence.py`), or step by step where other activations are asked for.
"""

import numpy as np

from .. import activations, initializers, ops, regularizers
from ..tensor import Tensor
from .base import Layer
from .core import Dropout


class Recurrent(Layer):
    """What SimpleRNN, LSTM and GRU share. The arguments stand at SimpleRNN."""

    left_out = Layer.left_out | dict.fromkeys(["kernel_constraint", "recurrent_constraint", "bias_constraint"])
    left_out |= {"recurrent_dropout": 0.0, "stateful": False, "use_cudnn": "auto"}
    states = ("h",)  # what a step passes on to the next
    gates = 1  # how many sums of inputs each unit has

    def __init__(
        self,
        units,
        activation,
        use_bias,
        kernel_initializer,
        recurrent_initializer,
        bias_initializer,
        *,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        dropout=0.0,
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        unroll=False,
        **kwargs,
    ):
        implementation = kwargs.pop("implementation", 2)
        super().__init__(**kwargs)
        self._number("implementation", implementation, 0, 2, whole=True)  # Keras has three ways to the same numbers
        self.units = self._number("units, how many outputs it has,", units, 1, whole=True)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.dropout, self.seed = dropout, seed
        # One mask for all steps of a sequence, as Gal and Ghahramani (2016) advise.
        self._drop = Dropout(dropout, (None, 1, None), seed, dtype=self.dtype, name=f"{self.name}_dropout")
        self.return_sequences, self.return_state, self.go_backwards = return_sequences, return_state, go_backwards
        self.unroll = unroll
        self.kernel = self.recurrent_kernel = self.bias = None

    def build(self, input_shape):
        if len(input_shape) != 3 or input_shape[-1] is None:
            raise self._wrong_rank(input_shape)
        columns = self.gates * self.units
        self.kernel = self.add_weight(
            (input_shape[-1], columns), self.kernel_initializer, name="kernel", regularizer=self.kernel_regularizer
        )
        self.recurrent_kernel = self.add_weight(
            (self.units, columns),
            self.recurrent_initializer,
            name="recurrent_kernel",
            regularizer=self.recurrent_regularizer,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                self._bias_shape(), self.bias_initializer, name="bias", regularizer=self.bias_regularizer
            )
        self.built = True

    def _bias_shape(self):
        return (self.gates * self.units,)

    def _wrong_rank(self, shape):
        return self._error(
            f"input {tuple(shape)} should be (batch, time, features) with a known number of features. Is the axis of "
            "time missing? Sequences of single numbers go in as x[..., None], one sequence as x[None]."
        )

    def call(self, x, initial_state=None, training=False):
        if x.ndim != 3:
            raise self._wrong_rank(x.shape)
        time, features = x.shape[1:]
        if features != len(self.kernel):
            raise self._error(
                f"input {x.shape} has {features} features a step, but its kernel {self.kernel.shape} was built for "
                f"{len(self.kernel)}. Are the axes (batch, time, features) in this order?"
            )
        if time == 0:
            raise self._error(f"input {x.shape} has no time steps. Was a sequence cut to nothing?")
        x = self._as_floats(x)
        states = self._first_states(len(x), initial_state)
        if self.go_backwards:
            x = x[:, ::-1]
        x = self._drop(x, training=training)
        only_last = not (self.return_sequences or self.return_state)
        hs = self._whole(x, states, only_last) if self._is_standard() else self._step_by_step(x, states)
        if only_last:
            return hs if hs.ndim == 2 else hs[:, time - 1]
        # hs has a row for the h of each step; behind them may stand the last of the other states, as with an LSTM's c.
        y = (hs if hs.shape[1] == time else hs[:, :time]) if self.return_sequences else hs[:, time - 1]
        return (y, *[hs[:, k] for k in range(time - 1, hs.shape[1])]) if self.return_state else y

    def get_initial_state(self, batch_size):
        """The states that a sequence starts from: a list of zeros, (batch_size, units) each."""
        return [Tensor(zeros) for zeros in self._first_states(batch_size, None)]

    def _first_states(self, batch, given):
        """What step 0 finds: the given states, or zeros."""
        shape = batch, self.units
        if given is None:
            return [np.zeros(shape, self.dtype)] * len(self.states)
        given = list(given) if isinstance(given, (list, tuple)) else [given]
        if len(given) != len(self.states):
            raise self._error(
                f"initial_state needs {len(self.states)} of shape (batch, units), {' and '.join(self.states)}, "
                f"but got {len(given)}."
            )
        given = [self._as_input(each) for each in given]
        for name, each in zip(self.states, given):
            if each.shape != shape:
                raise self._error(f"initial_state {name} must be (batch, units) = {shape}, but has shape {each.shape}.")
        return given

    def _is_standard(self):
        """Whether `_whole` computes it, the sequence as one operation."""
        return self.activation is activations.tanh

    def _step_by_step(self, x, states):
        """All h, then the last of the other states, as `_whole` gives them; slower, but with any activation."""
        hs = []
        for t in range(x.shape[1]):
            states = self._step(x[:, t], *states)
            hs.append(states[0])
        return ops.stack([*hs, *states[1:]], axis=1)

    def compute_output_shape(self, input_shape):
        """The shape of the output; with `return_state` a list of shapes, of the output and of each state."""
        if not self.built:
            self.build(input_shape)
        state = input_shape[0], self.units
        y = (input_shape[0], input_shape[1], self.units) if self.return_sequences else state
        return [y, *[state] * len(self.states)] if self.return_state else y


class SimpleRNN(Recurrent):
    """hₜ = activation(xₜ W + hₜ₋₁ U + b)

    The recurrent layer of Elman, "Finding structure in time", 1990.

    Call it with x, or to start from other states than zeros as `layer(x, initial_state=[h])`.

    Args:
        units: how many outputs, and numbers of memory.
        activation: a name or function. Any but tanh runs step by step, which takes several times as long.
        use_bias: whether there is a b.
        kernel_initializer, recurrent_initializer, bias_initializer: what fills W, U and b at first.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: what training adds to the loss for them.
        dropout: in training, the share of the features that is dropped, the same ones at every step of a sequence.
        seed: for a dropout of its own, apart from the model's.
        return_sequences: give out h of all steps, not only of the last one.
        return_state: give out the last states behind y, as a tuple (y, h).
        go_backwards: run from the last step to the first; the outputs come in that order.
        unroll: a choice of speed in Keras. It changes no number, and here nothing at all.

    Shapes: x (batch, time, n), kernel (n, units), recurrent_kernel (units, units), bias (units,),
        y (batch, units), or with `return_sequences` (batch, time, units).
    """

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        **kwargs,
    ):
        initial = kernel_initializer, recurrent_initializer, bias_initializer
        super().__init__(units, activation, use_bias, *initial, **kwargs)

    def _whole(self, x, states, only_last):
        return ops.simple_rnn(x, *states, self.kernel, self.recurrent_kernel, self.bias, only_last=only_last)

    def _step(self, x, h):
        return (self.activation(ops.dense(x, self.kernel, self.bias) + ops.matmul(h, self.recurrent_kernel)),)


class LSTM(Recurrent):
    """i, f, o = σ(x W + h U + b), c̃ = tanh(x W + h U + b), each with its own quarter of W, U and b
    cₜ = f ⊙ cₜ₋₁ + i ⊙ c̃          hₜ = o ⊙ tanh(cₜ)

    The memory c is only ever scaled by f and added to, so gradients reach far back through it.
    Hochreiter and Schmidhuber, "Long short-term memory", 1997; forget gate f: Gers and others, 2000.

    Args:
        units: how many outputs, and numbers of memory.
        activation: of c̃ and c, a name or function.
        recurrent_activation: of the gates i, f and o.
        use_bias: whether there is a b.
        kernel_initializer, recurrent_initializer, bias_initializer: what fills W, U and b at first.
        unit_forget_bias: start the bias of f at 1, so that it remembers at first (Jozefowicz and others 2015).
        All other arguments are SimpleRNN's. With `return_state` it gives (y, h, c), and takes `initial_state=[h, c]`.

    Shapes: x (batch, time, n), kernel (n, 4 units), recurrent_kernel (units, 4 units), bias (4 units,), quarters in the
        order i, f, c̃, o; y (batch, units), or with `return_sequences` (batch, time, units); states h and c.
    """

    states = ("h", "c")
    gates = 4

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        **kwargs,
    ):
        initial = kernel_initializer, recurrent_initializer, bias_initializer
        super().__init__(units, activation, use_bias, *initial, **kwargs)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias

    def build(self, input_shape):
        super().build(input_shape)
        if self.use_bias and self.unit_forget_bias:
            self.bias.data[self.units : 2 * self.units] = 1

    def _is_standard(self):
        return super()._is_standard() and self.recurrent_activation is activations.sigmoid

    def _whole(self, x, states, only_last):
        weights = self.kernel, self.recurrent_kernel, self.bias
        return ops.lstm(x, *states, *weights, only_last=only_last, and_c=self.return_state)

    def _step(self, x, h, c):
        sums = ops.dense(x, self.kernel, self.bias) + ops.matmul(h, self.recurrent_kernel)
        i, f, new, o = [sums[:, k * self.units : (k + 1) * self.units] for k in range(4)]
        i, f, o = self.recurrent_activation(i), self.recurrent_activation(f), self.recurrent_activation(o)
        c = f * c + i * self.activation(new)
        return o * self.activation(c), c


class GRU(Recurrent):
    """z, r = σ(x W + b + h U + b'), h̃ = tanh(x W + b + r ⊙ (h U + b')), each with its own third of W, U, b and b'
    hₜ = z ⊙ hₜ₋₁ + (1 − z) ⊙ h̃

    An LSTM with one memory less: z decides what stays, r what of the past the new value may see.
    Cho and others, "Learning phrase representations using RNN encoder-decoder", 2014.

    Args:
        units: how many outputs, and numbers of memory.
        activation: of h̃, a name or function.
        recurrent_activation: of the gates z and r.
        use_bias: whether there are b and b'.
        kernel_initializer, recurrent_initializer, bias_initializer: what fills W, U and the biases at first.
        All other arguments are SimpleRNN's.

    Shapes: x (batch, time, n), kernel (n, 3 units), recurrent_kernel (units, 3 units), bias (2, 3 units) with rows b
        and b', thirds in the order z, r, h̃; y (batch, units), or with `return_sequences` (batch, time, units).
    """

    left_out = Recurrent.left_out | {"reset_after": True}
    gates = 3

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        **kwargs,
    ):
        initial = kernel_initializer, recurrent_initializer, bias_initializer
        super().__init__(units, activation, use_bias, *initial, **kwargs)
        self.recurrent_activation = activations.get(recurrent_activation)

    def _bias_shape(self):
        return 2, 3 * self.units

    def _is_standard(self):
        return super()._is_standard() and self.recurrent_activation is activations.sigmoid

    def _whole(self, x, states, only_last):
        return ops.gru(x, *states, self.kernel, self.recurrent_kernel, self.bias, only_last=only_last)

    def _step(self, x, h):
        b, b_recurrent = (self.bias[0], self.bias[1]) if self.use_bias else (None, None)
        from_x = ops.dense(x, self.kernel, b)
        from_h = ops.dense(h, self.recurrent_kernel, b_recurrent)
        z, r, new = [slice(k * self.units, (k + 1) * self.units) for k in range(3)]
        z = self.recurrent_activation(from_x[:, z] + from_h[:, z])
        r = self.recurrent_activation(from_x[:, r] + from_h[:, r])
        return (z * h + (1 - z) * self.activation(from_x[:, new] + r * from_h[:, new]),)
