"""Losses: one number that says how wrong the predictions are. Names, arguments and defaults are Keras's.

Each comes as a function that gives one loss a sample, `mean_squared_error(y_true, y_pred)`, and as a class whose
instance averages over the batch, `MeanSquaredError()(y_true, y_pred)`. Both are compositions of `ops`: no gradient
is written here.
"""

import numpy as np

from . import ops
from .tensor import Tensor, as_array
from .utils import absent, require_number, unknown

EPSILON = 1e-7  # probabilities are kept this far from 0 and 1, so that their logarithm stays finite


# ---------------------------------------------------------------- functions: one loss a sample


def mean_squared_error(y_true, y_pred):
    """MSE = Σ (y_true − y_pred)² / n over the last axis: large errors count most."""
    y_true, y_pred = matched("mean_squared_error", y_true, y_pred)
    return ops.mean(ops.square(y_pred - y_true), axis=-1)


def mean_absolute_error(y_true, y_pred):
    """MAE = Σ |y_true − y_pred| / n over the last axis: outliers count no more than their distance."""
    y_true, y_pred = matched("mean_absolute_error", y_true, y_pred)
    return ops.mean(ops.abs(y_pred - y_true), axis=-1)


def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """BCE = −t log p − (1 − t) log(1 − p), averaged over `axis`.

    Args:
        y_true: t, 0 or 1 (or a probability), shape of y_pred.
        y_pred: p, probabilities; or, with from_logits, any numbers x with p = σ(x).
        label_smoothing: s moves the labels 0 and 1 to s/2 and 1 − s/2.
    """
    y_true, y_pred = matched("binary_crossentropy", y_true, y_pred)
    require_probabilities("binary_crossentropy: labels", y_true, "For labels -1 and 1, give (y_true + 1) / 2.")
    if require_number("label_smoothing", label_smoothing, 0, 1):
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    if from_logits:
        return ops.mean(ops.sigmoid_cross_entropy(y_true, y_pred), axis=axis)
    require_probabilities("binary_crossentropy: predictions", y_pred, ADVICE.format("sigmoid"))
    p = ops.clip(y_pred, EPSILON, 1.0 - EPSILON)
    return ops.mean(-(y_true * ops.log(p) + (1.0 - y_true) * ops.log(1.0 - p)), axis=axis)


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """CE = −Σ t log p over the classes along `axis`.

    Args:
        y_true: t, one-hot labels (or probabilities), shape of y_pred.
        y_pred: p, probabilities, divided by their sum here; or, with from_logits, any numbers x with p = softmax(x).
        label_smoothing: s gives the n classes s/n each and the right one 1 − s on top.
    """
    y_true, y_pred = matched("categorical_crossentropy", y_true, y_pred)
    if require_number("label_smoothing", label_smoothing, 0, 1):
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / y_true.shape[-1]
    if from_logits:
        return ops.softmax_cross_entropy(y_true, y_pred, axis=axis)
    require_probabilities("categorical_crossentropy: predictions", y_pred, ADVICE.format("softmax"), largest=np.inf)
    p = y_pred / ops.sum(y_pred, axis=axis, keepdims=True)
    return -ops.sum(y_true * ops.log(ops.clip(p, EPSILON, 1.0 - EPSILON)), axis=axis)


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False):
    """CE = −log p[label]: the categorical cross-entropy for labels that are class numbers.

    Args:
        y_true: whole numbers from 0 to n − 1, shape (...) or (..., 1).
        y_pred: probabilities of the n classes, shape (..., n); or, with from_logits, any numbers x with p = softmax(x).

    Raises:
        ValueError: naming the first label that is no class, its row, and how many classes there are.
    """
    y_true, y_pred = as_tensor(y_true), as_tensor(y_pred)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = ops.squeeze(y_true, axis=-1)
    if y_true.shape != y_pred.shape[:-1]:
        hint = ""
        if y_true.shape == y_pred.shape:
            hint = " Are these one-hot labels? Then use categorical_crossentropy."
        raise ValueError(
            f"sparse_categorical_crossentropy: y_pred {y_pred.shape} needs labels of shape {y_pred.shape[:-1]}, "
            f"but y_true has {y_true.shape}.{hint}"
        )
    if not from_logits:
        require_probabilities("sparse_categorical_crossentropy: predictions", y_pred, ADVICE.format("softmax"))
        y_pred = ops.log(ops.clip(y_pred, EPSILON, 1.0 - EPSILON))  # softmax of these logits: p, summing to 1
    return ops.sparse_softmax_cross_entropy(y_true, y_pred)


ADVICE = "Give the last layer the activation '{}', or say from_logits=True."


def require_probabilities(what, p, advice, largest=1.0):
    """Refuse numbers far from 0 … 1, from which the formula would compute a loss that means nothing."""
    low, high = (p.data.real.min(), p.data.real.max()) if p.size else (0, 0)
    if low < -1e-3 or high > largest + 1e-3:  # rounding may lead a little outside; fit tells where NaN comes from
        raise ValueError(f"{what} are probabilities, from 0 to 1, but these go from {low:.4g} to {high:.4g}. {advice}")


def as_tensor(x):
    return x if isinstance(x, Tensor) else Tensor(as_array(x))


def matched(what, y_true, y_pred):
    """Both as tensors of one shape and of the prediction's dtype; (n,) and (n, 1) are taken for the same.

    Broadcasting (n,) against (n, 1) would quietly compare each label with each prediction, so other shapes are refused.
    """
    y_true, y_pred = as_tensor(y_true), as_tensor(y_pred)
    if y_pred.dtype.kind in "biu":
        y_pred = ops.cast(y_pred, "float32")
    if y_true.dtype != y_pred.dtype:
        y_true = ops.cast(y_true, y_pred.dtype)
    y_true, y_pred = same_rank(y_true, y_pred)
    if y_true.shape != y_pred.shape:
        hint = ""
        of_classes = what.endswith("crossentropy") and y_pred.ndim > 1 and y_pred.shape[-1] > 1
        if of_classes and y_true.shape in (y_pred.shape[:-1], (*y_pred.shape[:-1], 1)):
            hint = " Are the labels class numbers? Then use sparse_categorical_crossentropy, or to_categorical(y_true)."
        elif not y_true.shape or not y_pred.shape:
            hint = f" Does the {'model' if y_true.shape else 'data'} give one row for each sample?"
        elif y_true.shape[:1] != y_pred.shape[:1]:
            hint = " Do the two come from different batches?"
        elif y_true.shape[:-1] == y_pred.shape[:-1]:
            units = y_true.shape[-1]
            hint = f" Should the last layer have {units} unit{'s' * (units != 1)}?"
        raise ValueError(f"{what}: y_true {y_true.shape} and y_pred {y_pred.shape} must have one shape.{hint}")
    return y_true, y_pred


def same_rank(a, b):
    """Where one of two tensors has one axis more, of size 1 at the end: the same number of axes for both."""
    if a.ndim == b.ndim + 1 and a.shape[-1] == 1:
        return (a, ops.expand_dims(b, -1)) if b.ndim == 1 else (ops.squeeze(a, axis=-1), b)
    if b.ndim == a.ndim + 1 and b.shape[-1] == 1:
        return (ops.expand_dims(a, -1), b) if a.ndim == 1 else (a, ops.squeeze(b, axis=-1))
    return a, b


# ---------------------------------------------------------------- from one loss a sample to one number

REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None)


def reduce_weighted_values(values, sample_weight=None, reduction="sum_over_batch_size"):
    """The losses of the samples as one number, each multiplied by its weight first.

    "sum_over_batch_size" and "mean" divide the sum by the number of losses, "mean_with_sample_weight" by the sum of
    the weights; "sum" does not divide; "none" and None leave one loss a sample.
    """
    if sample_weight is not None:
        values, sample_weight = weights_beside(values, ops.cast(as_tensor(sample_weight), values.dtype))
        values = values * sample_weight
    if reduction in ("none", None) or values.shape == ():
        return values
    total = ops.sum(values)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and sample_weight is not None:
        weights = sample_weight.data.sum().item()
        return total / weights if weights else total * 0.0
    return total / max(values.size, 1)


def weights_beside(values, weight):
    """Both with the same number of axes, so that a weight meets the values of its own sample."""
    values, weight = same_rank(values, weight)
    if weight.ndim > values.ndim or any(n not in (1, m) for n, m in zip(weight.shape, values.shape, strict=False)):
        raise ValueError(f"sample_weight {weight.shape} does not fit losses or values of shape {values.shape}.")
    return values, ops.reshape(weight, weight.shape + (1,) * (values.ndim - weight.ndim))


class Loss:
    """Base of all losses. Subclasses compute one loss a sample in `call(y_true, y_pred)`.

    Args:
        name: what logs call it.
        reduction: how the losses of a batch become one number, see `reduce_weighted_values`.
    """

    def __init__(self, name=None, reduction="sum_over_batch_size"):
        if reduction not in REDUCTIONS:
            raise ValueError(unknown("reduction", reduction, [r for r in REDUCTIONS if r]))
        self.name = name or type(self).__name__
        self.reduction = reduction

    def __call__(self, y_true, y_pred, sample_weight=None):
        values = self.call(as_tensor(y_true), as_tensor(y_pred))
        return reduce_weighted_values(as_tensor(values), sample_weight, self.reduction)

    def call(self, y_true, y_pred):
        """One loss for each sample; losses of your own write this method."""
        raise NotImplementedError(f"{type(self).__name__} needs a method call(y_true, y_pred).")

    def get_config(self):
        """The arguments that make the same loss again."""
        return {"name": self.name, "reduction": self.reduction}


class LossFunctionWrapper(Loss):
    """A loss from a function of (y_true, y_pred) that gives one loss a sample; `settings` are passed on to it."""

    def __init__(self, fn, reduction="sum_over_batch_size", name=None, **settings):
        super().__init__(name or fn.__name__, reduction)
        self.fn = fn
        self.settings = settings

    def call(self, y_true, y_pred):
        return self.fn(y_true, y_pred, **self.settings)

    def get_config(self):
        return {**super().get_config(), **self.settings}


class MeanSquaredError(LossFunctionWrapper):
    """The mean over the batch of `mean_squared_error`."""

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_error"):
        super().__init__(mean_squared_error, reduction, name)


class MeanAbsoluteError(LossFunctionWrapper):
    """The mean over the batch of `mean_absolute_error`."""

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_error"):
        super().__init__(mean_absolute_error, reduction, name)


class BinaryCrossentropy(LossFunctionWrapper):
    """The mean over the batch of `binary_crossentropy`."""

    def __init__(self, from_logits=False, label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size",
                 name="binary_crossentropy"):  # fmt: skip
        super().__init__(binary_crossentropy, reduction, name, from_logits=from_logits,
                         label_smoothing=label_smoothing, axis=axis)  # fmt: skip


class CategoricalCrossentropy(LossFunctionWrapper):
    """The mean over the batch of `categorical_crossentropy`."""

    def __init__(self, from_logits=False, label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size",
                 name="categorical_crossentropy"):  # fmt: skip
        super().__init__(categorical_crossentropy, reduction, name, from_logits=from_logits,
                         label_smoothing=label_smoothing, axis=axis)  # fmt: skip


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """The mean over the batch of `sparse_categorical_crossentropy`."""

    def __init__(self, from_logits=False, *, reduction="sum_over_batch_size", name="sparse_categorical_crossentropy"):
        super().__init__(sparse_categorical_crossentropy, reduction, name, from_logits=from_logits)


# ---------------------------------------------------------------- by name

_functions = (mean_squared_error, mean_absolute_error, binary_crossentropy, categorical_crossentropy,
              sparse_categorical_crossentropy)  # fmt: skip
_classes = (MeanSquaredError, MeanAbsoluteError, BinaryCrossentropy, CategoricalCrossentropy,
            SparseCategoricalCrossentropy)  # fmt: skip
_known = {x.__name__: x for x in _functions + _classes}
__all__ = ["Loss", "LossFunctionWrapper", "get", *_known]
__getattr__ = absent(__name__, __all__)
_known |= {"mse": mean_squared_error, "mae": mean_absolute_error, "bce": binary_crossentropy}
_known |= {"MSE": mean_squared_error, "MAE": mean_absolute_error, "BCE": binary_crossentropy}


def get(identifier):
    """The loss for a name ("mse", "mean_squared_error", "MeanSquaredError"), a class, or a function (as it is).

    Names in small letters give the function, names of classes an instance; None stays None.
    """
    if isinstance(identifier, str):
        if identifier not in _known:
            raise ValueError(unknown("loss", identifier, _known))
        identifier = _known[identifier]
    if isinstance(identifier, type):
        return identifier()
    if identifier is None or callable(identifier):
        return identifier
    raise ValueError(f"A loss is a name or a function of (y_true, y_pred), but got {identifier!r}.")
