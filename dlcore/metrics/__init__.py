"""Metrics: numbers for people, averaged over all batches of an epoch. Names and arguments are Keras's.

A metric collects with `update_state`, tells with `result` (a Python float, or an array where it has several values)
and forgets with `reset_state`. Nothing here is differentiated: nearly everything is plain NumPy.
"""

import numpy as np

from .. import losses
from ..utils import absent
from ..utils.names import by_name, snake_case
from .accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    accuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from .base import Mean, MeanMetricWrapper, Metric
from .confusion import AUC, FalseNegatives, FalsePositives, Precision, Recall, TrueNegatives, TruePositives
from .errors import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Perplexity,
    Poisson,
    RootMeanSquaredError,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from .scores import F1Score, FBetaScore, R2Score

_functions = [
    accuracy, binary_accuracy, categorical_accuracy, sparse_categorical_accuracy, top_k_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
]  # fmt: skip
_classes = [
    Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy, TopKCategoricalAccuracy,
    SparseTopKCategoricalAccuracy, Precision, Recall, AUC, F1Score, FBetaScore, TruePositives, FalsePositives,
    TrueNegatives, FalseNegatives, MeanSquaredError, RootMeanSquaredError, MeanAbsoluteError,
    MeanAbsolutePercentageError, MeanSquaredLogarithmicError, LogCoshError, CosineSimilarity, R2Score,
    BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy, KLDivergence, Poisson, Perplexity,
    Hinge, SquaredHinge, CategoricalHinge, Mean,
]  # fmt: skip
__all__ = ["Metric", "MeanMetricWrapper", "get", *(each.__name__ for each in (*_functions, *_classes))]
__getattr__ = absent(__name__, __all__)

_names = {snake_case(c.__name__): c for c in _classes}
_known = _names | {c.__name__: c for c in _classes}
for _short, _class in {"mse": MeanSquaredError, "mae": MeanAbsoluteError, "mape": MeanAbsolutePercentageError,
                       "msle": MeanSquaredLogarithmicError, "bce": BinaryCrossentropy}.items():  # fmt: skip
    _known |= {_short: _class, _short.upper(): _class}
# Keras has the losses' functions here, too: metrics.mean_squared_error, metrics.mse …
globals().update({_name: _loss for _name, _loss in losses._known.items() if not isinstance(_loss, type)})


def get(identifier):
    """The metric for a name, a class, {"class_name", "config"}, or a function (as it is). None stays None."""
    form = "A metric is a name or a function of (y_true, y_pred)"
    return by_name("metric", identifier, _known, form, _names)


BY_SHAPE = ("accuracy", "acc")  # names that mean one metric or another


def waits_for_shapes(identifier):
    """Whether it is a name in `BY_SHAPE`, in small letters or large."""
    return isinstance(identifier, str) and identifier.lower() in BY_SHAPE


def get_metric(identifier, y_true, y_pred):
    """A `Metric` for what `compile(metrics=[...])` was given, once labels and predictions are known.

    "accuracy" and "acc", or "Accuracy", become the one that fits the shapes, as in Keras: binary for one number,
    sparse where the labels are class numbers, else categorical. A metric named by a string keeps that name.
    """
    if waits_for_shapes(identifier):
        metric = accuracy_for(np.shape(y_true), np.shape(y_pred))()
    else:
        metric = get(identifier)
    if metric is None:
        raise ValueError("A metric is a name or a function of (y_true, y_pred), but got None.")
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
