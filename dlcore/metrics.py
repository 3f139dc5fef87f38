"""Metrics: numbers for people, averaged over all batches of an epoch. Names and arguments are Keras's.

A metric collects with `update_state`, tells with `result` (a Python float) and forgets with `reset_state`.
Nothing here is differentiated: everything is plain NumPy.
"""

import numpy as np

from . import losses
from .tensor import Tensor, as_array, no_grad
from .utils import absent, require_number, unknown

# ---------------------------------------------------------------- functions: one value a sample


def accuracy(y_true, y_pred):
    """1 where label and prediction are equal, else 0."""
    y_true, y_pred = matched("accuracy", y_true, y_pred)
    return (y_true == y_pred).astype(np.float32)


def binary_accuracy(y_true, y_pred, threshold=0.5):
    """1 where the prediction is on the label's side of `threshold`, else 0."""
    y_true, y_pred = matched("binary_accuracy", y_true, y_pred)
    return (y_true == (y_pred > threshold)).astype(np.float32)


def categorical_accuracy(y_true, y_pred):
    """1 where the largest prediction is at the one of the one-hot label, else 0."""
    y_true, y_pred = matched("categorical_accuracy", y_true, y_pred)
    return (y_true.argmax(-1) == y_pred.argmax(-1)).astype(np.float32)


def sparse_categorical_accuracy(y_true, y_pred):
    """1 where the largest prediction is at the place that the label names, else 0."""
    y_true, y_pred = as_array(y_true), as_array(y_pred)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    if y_true.shape != y_pred.shape[:-1]:
        raise ValueError(
            f"sparse_categorical_accuracy: y_pred {y_pred.shape} needs labels of shape {y_pred.shape[:-1]}, "
            f"but y_true has {y_true.shape}."
            + (" Are these one-hot labels? Then use categorical_accuracy." if y_true.shape == y_pred.shape else "")
        )
    return (y_true == y_pred.argmax(-1)).astype(np.float32)


def matched(what, y_true, y_pred):
    """Both as arrays of one shape; (n,) and (n, 1) are taken for the same."""
    y_true, y_pred = losses.same_rank(losses.as_tensor(y_true), losses.as_tensor(y_pred))
    if y_true.shape != y_pred.shape:
        raise ValueError(f"{what}: y_true {y_true.shape} and y_pred {y_pred.shape} must have one shape.")
    return y_true.data, y_pred.data


# ---------------------------------------------------------------- metrics


class Metric:
    """Base of all metrics. Subclasses write `update_state`, `result` and `reset_state`."""

    def __init__(self, name=None):
        self.name = name or type(self).__name__

    def __call__(self, *args, **settings):
        """Take one more batch in and tell the result so far."""
        self.update_state(*args, **settings)
        return self.result()

    def update_state(self, *args, **settings):
        """Take one more batch in."""
        raise NotImplementedError(f"{type(self).__name__} needs a method update_state.")

    def result(self):
        """The value over all batches since the last reset."""
        raise NotImplementedError(f"{type(self).__name__} needs a method result().")

    def reset_state(self):
        """Forget all batches."""
        raise NotImplementedError(f"{type(self).__name__} needs a method reset_state().")

    def get_config(self):
        """The arguments that make the same metric again."""
        return {"name": self.name}

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"


class Mean(Metric):
    """The mean of all values given so far: Σ values / count, or Σ weight · value / Σ weight."""

    def __init__(self, name="mean"):
        super().__init__(name)
        self.reset_state()

    def reset_state(self):
        self.total = 0.0
        self.count = 0.0

    def update_state(self, values, sample_weight=None):
        """Take in one value a sample, or one number. Axes after the first are averaged."""
        values = as_array(values).astype(np.float64)
        if sample_weight is None:
            self.total += float(values.mean(axis=tuple(range(1, values.ndim))).sum())
            self.count += len(values) if values.ndim else 1
            return
        weight = Tensor(as_array(sample_weight).astype(np.float64))
        axes = weight.ndim  # the weight's own axes: Keras averages the values over those behind them first
        values, weight = losses.weights_beside(Tensor(values), weight)
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
        self.settings = settings

    def update_state(self, y_true, y_pred, sample_weight=None):
        with no_grad():
            values = self.fn(y_true, y_pred, **self.settings)
        super().update_state(values, sample_weight)

    def get_config(self):
        return {**super().get_config(), **self.settings}


class Accuracy(MeanMetricWrapper):
    """How often label and prediction are equal."""

    def __init__(self, name="accuracy"):
        super().__init__(accuracy, name)


class BinaryAccuracy(MeanMetricWrapper):
    """How often a probability is on the right side of `threshold`."""

    def __init__(self, name="binary_accuracy", *, threshold=0.5):
        require_number("BinaryAccuracy: threshold", threshold, 0, 1)
        super().__init__(binary_accuracy, name, threshold=threshold)


class CategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is the right one, for one-hot labels."""

    def __init__(self, name="categorical_accuracy"):
        super().__init__(categorical_accuracy, name)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is the right one, for labels that are class numbers."""

    def __init__(self, name="sparse_categorical_accuracy"):
        super().__init__(sparse_categorical_accuracy, name)


class MeanSquaredError(MeanMetricWrapper):
    """The mean squared error of all samples so far."""

    def __init__(self, name="mean_squared_error"):
        super().__init__(losses.mean_squared_error, name)


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean absolute error of all samples so far."""

    def __init__(self, name="mean_absolute_error"):
        super().__init__(losses.mean_absolute_error, name)


# ---------------------------------------------------------------- by name

_by_name = {
    "accuracy": Accuracy, "binary_accuracy": BinaryAccuracy, "categorical_accuracy": CategoricalAccuracy,
    "sparse_categorical_accuracy": SparseCategoricalAccuracy, "mean_squared_error": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError, "mean": Mean,
}  # fmt: skip
_functions = [accuracy, binary_accuracy, categorical_accuracy, sparse_categorical_accuracy]
__all__ = ["Metric", "MeanMetricWrapper", "get"]
__all__ += [each.__name__ for each in (*_functions, *_by_name.values())]
__getattr__ = absent(__name__, __all__)
_known = _by_name | {c.__name__: c for c in _by_name.values()}
_known |= {"mse": MeanSquaredError, "MSE": MeanSquaredError, "mae": MeanAbsoluteError, "MAE": MeanAbsoluteError}


def get(identifier):
    """The metric for a name, a class, or a function (as it is). None stays None."""
    if isinstance(identifier, str):
        if identifier not in _known:
            raise ValueError(unknown("metric", identifier, _by_name))
        identifier = _known[identifier]
    if isinstance(identifier, type):
        return identifier()
    if identifier is None or callable(identifier):
        return identifier
    raise ValueError(f"A metric is a name or a function of (y_true, y_pred), but got {identifier!r}.")


def get_metric(identifier, y_true, y_pred):
    """A `Metric` for what `compile(metrics=[...])` was given, once labels and predictions are known.

    "accuracy" and "acc" become the accuracy that fits the shapes, as in Keras: binary where one number is predicted,
    sparse where the labels are class numbers, else categorical. A metric named by a string keeps that name.
    """
    if identifier in ("accuracy", "acc"):
        metric = accuracy_for(np.shape(y_true), np.shape(y_pred))()
    else:
        metric = get(identifier)
    if not isinstance(metric, Metric):
        metric = MeanMetricWrapper(metric)
    if isinstance(identifier, str):
        metric.name = identifier
    return metric


def accuracy_for(true_shape, pred_shape):
    """Which accuracy "accuracy" means for labels and predictions of these shapes."""
    if len(pred_shape) < 2 or pred_shape[-1] == 1:
        return BinaryAccuracy
    if len(true_shape) < len(pred_shape) or true_shape[-1] == 1:
        return SparseCategoricalAccuracy
    return CategoricalAccuracy
