"""Losses: one number that says how wrong the predictions are. Names, arguments and defaults are Keras's.

Each comes as a function that gives one loss a sample, `mean_squared_error(y_true, y_pred)`, and as a class whose
instance averages over the batch, `MeanSquaredError()(y_true, y_pred)`. All are compositions of `ops`: no gradient
is written here.
"""

from ..utils import absent
from ..utils.names import by_name
from .base import Loss, LossFunctionWrapper
from .hinge import CategoricalHinge, Hinge, SquaredHinge, categorical_hinge, hinge, squared_hinge
from .probabilistic import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    kl_divergence,
    poisson,
    sparse_categorical_crossentropy,
)
from .regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)

_functions = (
    mean_squared_error, mean_absolute_error, mean_absolute_percentage_error, mean_squared_logarithmic_error, huber,
    log_cosh, cosine_similarity, binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy,
    binary_focal_crossentropy, categorical_focal_crossentropy, kl_divergence, poisson, hinge, squared_hinge,
    categorical_hinge,
)  # fmt: skip
_classes = (
    MeanSquaredError, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredLogarithmicError, Huber, LogCosh,
    CosineSimilarity, BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy,
    BinaryFocalCrossentropy, CategoricalFocalCrossentropy, KLDivergence, Poisson, Hinge, SquaredHinge,
    CategoricalHinge,
)  # fmt: skip
_known = {x.__name__: x for x in _functions + _classes}
__all__ = ["Loss", "LossFunctionWrapper", "get", *_known]
__getattr__ = absent(__name__, __all__)
for _short, _function in {"mse": mean_squared_error, "mae": mean_absolute_error, "bce": binary_crossentropy,
                          "kld": kl_divergence, "mape": mean_absolute_percentage_error,
                          "msle": mean_squared_logarithmic_error}.items():  # fmt: skip
    _names = {_short: _function, _short.upper(): _function}
    _known |= _names
    globals().update(_names)  # losses.mse and losses.MSE are there, too


def get(identifier):
    """The loss for a name ("mse", "mean_squared_error", "MeanSquaredError"), a class, or a function (as it is).

    Names in small letters give the function, names of classes an instance, {"class_name", "config"} that very loss;
    None stays None.
    """
    form = "A loss is a name or a function of (y_true, y_pred)"
    return by_name("loss", identifier, _known, form)
