"""What all losses share: labels and predictions of one shape, and the way from one loss a sample to one number."""

from inspect import signature

import numpy as np

from .. import ops
from ..tensor import Tensor
from ..utils import refuse, unique_name, unknown

REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None)


class Loss:
    """Base of all losses. Subclasses compute one loss a sample in `call(y_true, y_pred)`.

    Args:
        name: what logs call it.
        reduction: how the losses of a batch become one number, see `reduce_weighted_values`.
    """

    def __init__(self, name=None, reduction="sum_over_batch_size", **left_out):
        refuse(type(self).__name__, left_out, {"dtype": None}, ["name", "reduction"])
        if reduction not in REDUCTIONS:
            raise ValueError(unknown("reduction", reduction, [r for r in REDUCTIONS if r]))
        self.name = name or unique_name(type(self).__name__)
        self.reduction = reduction

    def __call__(self, y_true, y_pred, sample_weight=None):
        y_true = as_tensor(y_true)
        values = as_tensor(self.call(y_true, as_tensor(y_pred)))
        if not values.size and self.reduction not in ("sum", "none", None):
            raise ValueError(f"{self.name}: the batch is empty, and a mean over no samples has no value.")
        return reduce_weighted_values(values, sample_weight, self.mask(y_true, values), self.reduction)

    def call(self, y_true, y_pred):
        """One loss for each sample; losses of your own write this method."""
        raise NotImplementedError(f"{type(self).__name__} needs a method call(y_true, y_pred).")

    def mask(self, y_true, values):
        """True for each of the losses `values` that counts, an array of their shape; None where all do."""
        return None

    def get_config(self):
        """The arguments that make the same loss again."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config):
        """The loss that `get_config` described."""
        return cls(**config)


class LossFunctionWrapper(Loss):
    """A loss from a function of (y_true, y_pred) that gives one loss a sample; `settings` are passed on to it."""

    def __init__(self, fn, reduction="sum_over_batch_size", name=None, **settings):
        super().__init__(name or fn.__name__, reduction)
        self.fn = fn
        self.settings = settings_of(fn, type(self).__name__, settings)

    def call(self, y_true, y_pred):
        """One loss for each sample; fn gets both with the same number of axes, lest (n,) − (n, 1) become (n, n)."""
        return self.fn(*same_rank(y_true, y_pred), **self.settings)

    def get_config(self):
        return {**super().get_config(), **self.settings}


def settings_of(fn, owner, settings):
    """Those settings that `fn` takes. Any other is refused here, not at the first batch."""
    known = list(signature(fn).parameters)[2:] if settings else []
    refuse(owner, {name: value for name, value in settings.items() if name not in known}, {"dtype": None}, known)
    return {name: value for name, value in settings.items() if name in known}


# ---------------------------------------------------------------- labels beside predictions


def as_tensor(x):
    return x if isinstance(x, Tensor) else Tensor(x)


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
    require_one_shape(what, y_true.shape, y_pred.shape)
    return y_true, y_pred


def same_rank(a, b):
    """Where one of two tensors has one axis more, of size 1 at the end: the same number of axes for both."""
    if a.ndim == b.ndim + 1 and a.shape[-1] == 1:
        return (a, ops.expand_dims(b, -1)) if b.ndim == 1 else (ops.squeeze(a, axis=-1), b)
    if b.ndim == a.ndim + 1 and b.shape[-1] == 1:
        return (ops.expand_dims(a, -1), b) if a.ndim == 1 else (a, ops.squeeze(b, axis=-1))
    return a, b


def require_one_shape(what, true, pred):
    """Refuse labels and predictions of two shapes, with the likely cause."""
    if true == pred:
        return
    hint = ""
    of_classes = any(word in what for word in ("categorical", "crossentropy", "FBeta"))
    if of_classes and pred[-1:] > (1,) and true in (pred[:-1], (*pred[:-1], 1)):
        sparse = "sparse_categorical_accuracy" if "accuracy" in what else "sparse_categorical_crossentropy"
        hint = f" Are the labels class numbers? Then use {sparse}, or to_categorical(y_true)."
    elif not true or not pred:
        hint = f" Does the {'model' if true else 'data'} give one row for each sample?"
    elif true[:1] != pred[:1]:
        hint = " Do the two come from different batches?"
    elif true[:-1] == pred[:-1]:
        hint = f" Should the last layer have {true[-1]} unit{'s' * (true[-1] != 1)}?"
    raise ValueError(f"{what}: y_true {true} and y_pred {pred} must have one shape.{hint}")


# ---------------------------------------------------------------- from one loss a sample to one number


def reduce_weighted_values(values, sample_weight=None, mask=None, reduction="sum_over_batch_size"):
    """The losses of the samples as one number, each multiplied by its weight first.

    "sum_over_batch_size" and "mean" divide the sum by the number of losses (with a mask: of those that count),
    "mean_with_sample_weight" by the sum of the weights; "sum" does not divide; "none" and None leave one loss a sample.
    """
    n = values.size
    if mask is not None:
        n = np.count_nonzero(mask)
        sample_weight = masked_weight(mask.astype(values.dtype), sample_weight)
    if sample_weight is not None:
        values, sample_weight = weights_beside(values, ops.cast(as_tensor(sample_weight), values.dtype))
        values = values * sample_weight
    if reduction in ("none", None) or values.shape == ():
        return values
    if reduction == "sum":
        return ops.sum(values)
    if reduction == "mean_with_sample_weight" and sample_weight is not None:
        n = sample_weight.data.sum().item()
    if n == values.size:
        return ops.mean(values)
    return ops.sum(values) / n if n else ops.sum(values) * 0.0


def masked_weight(mask, sample_weight):
    """The weights with 0 where the mask is 0."""
    if sample_weight is None:
        return mask
    mask, sample_weight = weights_beside(Tensor(mask), as_tensor(sample_weight))
    return mask * sample_weight


def weights_beside(values, weight):
    """Both with the same number of axes, so that a weight meets the values of its own sample."""
    values, weight = same_rank(values, weight)
    if weight.ndim > values.ndim or any(n not in (1, m) for n, m in zip(weight.shape, values.shape, strict=False)):
        raise ValueError(f"sample_weight {weight.shape} does not fit losses or values of shape {values.shape}.")
    return values, ops.reshape(weight, weight.shape + (1,) * (values.ndim - weight.ndim))
