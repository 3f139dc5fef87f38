"""What all metrics share: they collect batches and tell a value. Most are means of one value a sample."""

import numpy as np

from .. import initializers
from ..losses.base import require_one_shape, same_rank, settings_of, weights_beside
from ..tensor import Tensor, Variable, as_array, no_grad
from ..utils import refuse, unique_name


class Metric:
    """Base of all metrics. Subclasses write `update_state` and `result`, and `reset_state` unless all that they
    collect is in variables that `add_variable` made.
    """

    def __init__(self, *, name=None, **left_out):
        refuse(type(self).__name__, left_out, {"dtype": None}, ["name"])
        self.name = name or unique_name(type(self).__name__)
        self.variables = []

    def __call__(self, *args, **settings):
        """Take one more batch in and tell the result so far."""
        self.update_state(*args, **settings)
        return self.result()

    def add_variable(self, shape, initializer, dtype=None, name="variable"):
        """A number or array to collect in, which `reset_state` sets back to zero."""
        variable = Variable(initializers.get(initializer), shape, dtype, trainable=False, name=name)
        self.variables.append(variable)
        return variable

    def add_weight(self, shape=(), initializer="zeros", dtype=None, name="variable"):
        """`add_variable`, under the name that layers have for it; a single number by default."""
        return self.add_variable(shape, initializer, dtype, name)

    def update_state(self, *args, **settings):
        """Take one more batch in."""
        raise NotImplementedError(f"{type(self).__name__} needs a method update_state.")

    def result(self):
        """The value over all batches since the last reset."""
        raise NotImplementedError(f"{type(self).__name__} needs a method result().")

    def reset_state(self):
        """Forget all batches."""
        if not self.variables:
            raise NotImplementedError(f"{type(self).__name__} needs a method reset_state().")
        for variable in self.variables:
            variable.assign(np.zeros(variable.shape))

    def get_config(self):
        """The arguments that make the same metric again."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config):
        """The metric that `get_config` described."""
        return cls(**config)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"


class Mean(Metric):
    """The mean of all values given so far: Σ values / count, or Σ weight · value / Σ weight."""

    def __init__(self, name="mean", **left_out):
        super().__init__(name=name, **left_out)
        self.reset_state()

    def reset_state(self):
        self.total = 0.0
        self.count = 0.0

    def update_state(self, values, sample_weight=None):
        """Take in one value a sample, or one number. Axes after the first are averaged."""
        values = as_array(values)
        if sample_weight is None:
            samples = len(values) if values.ndim else 1
            if values.size:
                self.total += float(values.sum(dtype=np.float64)) * samples / values.size
            self.count += samples
            return
        weight = Tensor(as_array(sample_weight).astype(np.float64))
        axes = weight.ndim  # the weight's own axes: Keras averages the values over those behind them first
        values, weight = weights_beside(Tensor(values.astype(np.float64)), weight)
        values = values.data.mean(axis=tuple(range(max(axes, 1), values.ndim)))
        weight = np.broadcast_to(weight.data.reshape(weight.shape[: values.ndim]), values.shape)
        later = tuple(range(1, values.ndim))
        self.total += float((values * weight).mean(axis=later).sum())
        self.count += float(weight.mean(axis=later).sum())

    def result(self):
        return self.total / self.count if self.count else 0.0


class MeanMetricWrapper(Mean):
    """The mean of a function of (y_true, y_pred) that gives one value a sample; `settings` are passed on to it."""

    def __init__(self, fn, name=None, **settings):
        super().__init__(name or getattr(fn, "__name__", type(fn).__name__))
        self.fn = fn
        self.settings = settings_of(fn, type(self).__name__, settings)

    def update_state(self, y_true, y_pred, sample_weight=None):
        with no_grad():
            values = self.fn(y_true, y_pred, **self.settings)
        super().update_state(values, sample_weight)

    def get_config(self):
        return {**super().get_config(), **self.settings}


def matched(what, y_true, y_pred):
    """Both as arrays of one shape; (n,) and (n, 1) are taken for the same."""
    y_true, y_pred = as_array(y_true), as_array(y_pred)
    if y_true.shape != y_pred.shape:
        y_true, y_pred = (t.data for t in same_rank(Tensor(y_true), Tensor(y_pred)))
        require_one_shape(what, y_true.shape, y_pred.shape)
    return y_true, y_pred


def as_number(values):
    """One number as a Python float; several as an array."""
    return float(values) if np.ndim(values) == 0 else values


def ratio(part, whole):
    """part / whole, and 0 where the whole is 0: nothing was found since there was nothing to find."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.zeros(whole.shape), where=whole != 0)


def weights_for(sample_weight, values):
    """The weights, each beside its own sample, as an array that broadcasts against `values`; ones if there are none."""
    if sample_weight is None:
        return np.ones((1,) * values.ndim)
    weight = as_array(sample_weight).astype(np.float64)
    if weight.ndim == values.ndim + 1 and weight.shape[-1] == 1:
        weight = weight[..., 0]
    return weights_beside(Tensor(values), Tensor(weight))[1].data
