"""Losses for numbers: how far a prediction is from its target."""

import math

from .. import ops
from ..ops.inputs import EPSILON
from ..utils import require_number
from .base import LossFunctionWrapper, matched

# ---------------------------------------------------------------- functions: one loss a sample


def mean_squared_error(y_true, y_pred):
    """MSE = Σ (y_true − y_pred)² / n over the last axis: large errors count most."""
    y_true, y_pred = matched("mean_squared_error", y_true, y_pred)
    return ops.mean(ops.square(y_pred - y_true), axis=-1)


def mean_absolute_error(y_true, y_pred):
    """MAE = Σ |y_true − y_pred| / n over the last axis: outliers count no more than their distance."""
    y_true, y_pred = matched("mean_absolute_error", y_true, y_pred)
    return ops.mean(ops.abs(y_pred - y_true), axis=-1)


def mean_absolute_percentage_error(y_true, y_pred):
    """MAPE = 100 Σ |y_true − y_pred| / |y_true| / n over the last axis: errors in percent of what was to be predicted.

    Targets nearer to 0 than 1e-7 count as 1e-7 there.
    """
    y_true, y_pred = matched("mean_absolute_percentage_error", y_true, y_pred)
    return 100.0 * ops.mean(ops.abs((y_true - y_pred) / ops.maximum(ops.abs(y_true), EPSILON)), axis=-1)


def mean_squared_logarithmic_error(y_true, y_pred):
    """MSLE = Σ (log(1 + y_true) − log(1 + y_pred))² / n over the last axis: for sizes that span powers of ten.

    Numbers below 1e-7 count as 1e-7.
    """
    y_true, y_pred = matched("mean_squared_logarithmic_error", y_true, y_pred)
    gap = ops.log1p(ops.maximum(y_pred, EPSILON)) - ops.log1p(ops.maximum(y_true, EPSILON))
    return ops.mean(ops.square(gap), axis=-1)


def huber(y_true, y_pred, delta=1.0):
    """Σ h(y_pred − y_true) / n over the last axis; h(e) = e²/2 up to |e| = delta, and a straight line from there on.

    With a = min(|e|, delta) both are one formula: h(e) = a²/2 + delta (|e| − a).

    Source: Huber 1964, Robust Estimation of a Location Parameter.
    """
    y_true, y_pred = matched("huber", y_true, y_pred)
    require_number("huber: delta", delta)
    e = ops.abs(y_pred - y_true)
    a = ops.minimum(e, delta)
    return ops.mean(0.5 * ops.square(a) + delta * (e - a), axis=-1)


def log_cosh(y_true, y_pred):
    """Σ log cosh e / n over the last axis, e = y_pred − y_true: e²/2 for small errors, |e| − log 2 for large ones.

    Computed as e + softplus(−2e) − log 2, in which nothing overflows.
    """
    y_true, y_pred = matched("log_cosh", y_true, y_pred)
    e = y_pred - y_true
    return ops.mean(e + ops.softplus(-2.0 * e) - math.log(2), axis=-1)


def cosine_similarity(y_true, y_pred, axis=-1):
    """−cos of the angle between the two along `axis`: −1 for the same direction, 0 for a right angle, 1 for opposite.

    A vector of zeros has no direction: its similarity to anything is 0.
    """
    y_true, y_pred = matched("cosine_similarity", y_true, y_pred)
    return -ops.sum(unit(y_true, axis) * unit(y_pred, axis), axis=axis)


def unit(x, axis):
    """x divided by its length, which counts as at least 1e-7."""
    return x / ops.sqrt(ops.maximum(ops.sum(ops.square(x), axis=axis, keepdims=True), EPSILON * EPSILON))


# ---------------------------------------------------------------- classes: one number a batch


class MeanSquaredError(LossFunctionWrapper):
    """The mean over the batch of `mean_squared_error`."""

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_error", **left_out):
        super().__init__(mean_squared_error, reduction, name, **left_out)


class MeanAbsoluteError(LossFunctionWrapper):
    """The mean over the batch of `mean_absolute_error`."""

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_error", **left_out):
        super().__init__(mean_absolute_error, reduction, name, **left_out)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """The mean over the batch of `mean_absolute_percentage_error`."""

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_percentage_error", **left_out):
        super().__init__(mean_absolute_percentage_error, reduction, name, **left_out)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """The mean over the batch of `mean_squared_logarithmic_error`."""

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_logarithmic_error", **left_out):
        super().__init__(mean_squared_logarithmic_error, reduction, name, **left_out)


class Huber(LossFunctionWrapper):
    """The mean over the batch of `huber`."""

    def __init__(self, delta=1.0, reduction="sum_over_batch_size", name="huber_loss", **left_out):
        super().__init__(huber, reduction, name, delta=delta, **left_out)


class LogCosh(LossFunctionWrapper):
    """The mean over the batch of `log_cosh`."""

    def __init__(self, reduction="sum_over_batch_size", name="log_cosh", **left_out):
        super().__init__(log_cosh, reduction, name, **left_out)


class CosineSimilarity(LossFunctionWrapper):
    """The mean over the batch of `cosine_similarity`."""

    def __init__(self, axis=-1, reduction="sum_over_batch_size", name="cosine_similarity", **left_out):
        super().__init__(cosine_similarity, reduction, name, axis=axis, **left_out)
