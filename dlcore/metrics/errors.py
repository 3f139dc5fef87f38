"""Losses as metrics: averaged over all samples so far, and told as they are, without the regularizers' price."""

import math

import numpy as np

from .. import losses
from ..losses.base import masked_weight
from ..losses.probabilistic import class_numbers
from ..tensor import as_array, no_grad
from ..utils import refuse
from .base import Mean, MeanMetricWrapper, matched

# ---------------------------------------------------------------- of numbers


class MeanSquaredError(MeanMetricWrapper):
    """The mean squared error of all samples so far."""

    def __init__(self, name="mean_squared_error", **left_out):
        super().__init__(losses.mean_squared_error, name, **left_out)


class RootMeanSquaredError(Mean):
    """The root of the mean squared error: an error in the unit of what is predicted."""

    def __init__(self, name="root_mean_squared_error", **left_out):
        super().__init__(name, **left_out)

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = matched(self.name, y_true, y_pred)
        super().update_state(np.square(np.subtract(y_pred, y_true, dtype=np.float64)), sample_weight)

    def result(self):
        return math.sqrt(super().result())


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean absolute error of all samples so far."""

    def __init__(self, name="mean_absolute_error", **left_out):
        super().__init__(losses.mean_absolute_error, name, **left_out)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """The mean absolute error in percent of the targets."""

    def __init__(self, name="mean_absolute_percentage_error", **left_out):
        super().__init__(losses.mean_absolute_percentage_error, name, **left_out)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """The mean squared difference of the logarithms."""

    def __init__(self, name="mean_squared_logarithmic_error", **left_out):
        super().__init__(losses.mean_squared_logarithmic_error, name, **left_out)


class LogCoshError(MeanMetricWrapper):
    """The mean logarithm of the hyperbolic cosine of the error."""

    def __init__(self, name="logcosh", **left_out):
        super().__init__(losses.log_cosh, name, **left_out)


class CosineSimilarity(MeanMetricWrapper):
    """The mean cosine of the angle between label and prediction: 1 for the same direction, −1 for the opposite one."""

    def __init__(self, name="cosine_similarity", *, axis=-1, **left_out):
        super().__init__(cosine, name, axis=axis, **left_out)


def cosine(y_true, y_pred, axis=-1):
    return -losses.cosine_similarity(y_true, y_pred, axis)  # the loss has the other sign: it is to become small


# ---------------------------------------------------------------- of probabilities


class BinaryCrossentropy(MeanMetricWrapper):
    """The mean `losses.binary_crossentropy`, with its arguments."""

    def __init__(self, name="binary_crossentropy", *, from_logits=False, label_smoothing=0, **left_out):
        settings = {"from_logits": from_logits, "label_smoothing": label_smoothing}
        super().__init__(losses.binary_crossentropy, name, **settings, **left_out)


class CategoricalCrossentropy(MeanMetricWrapper):
    """The mean `losses.categorical_crossentropy`, for one-hot labels, with its arguments."""

    def __init__(self, name="categorical_crossentropy", *, from_logits=False, label_smoothing=0, axis=-1, **left_out):
        settings = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(losses.categorical_crossentropy, name, **settings, **left_out)


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The mean `losses.sparse_categorical_crossentropy`, for labels that are class numbers, with its arguments."""

    def __init__(self, name="sparse_categorical_crossentropy", *, from_logits=False, axis=-1, **left_out):
        refuse(type(self).__name__, left_out, {"dtype": None, "ignore_class": None}, ["name", "from_logits", "axis"])
        super().__init__(losses.sparse_categorical_crossentropy, name, from_logits=from_logits, axis=axis)


class KLDivergence(MeanMetricWrapper):
    """The mean Kullback-Leibler divergence."""

    def __init__(self, name="kl_divergence", **left_out):
        super().__init__(losses.kl_divergence, name, **left_out)


class Poisson(MeanMetricWrapper):
    """The mean `poisson` loss."""

    def __init__(self, name="poisson", **left_out):
        super().__init__(losses.poisson, name, **left_out)


class Perplexity(Mean):
    """e to the mean cross-entropy: between how many tokens, on average, the model still wavers.

    Every token that counts weighs the same, in whichever batch it came. (KerasHub's metric of this name first averages
    within each batch; the two differ where batches hold different numbers of masked tokens.)

    Args:
        from_logits: whether predictions are logits, not probabilities.
        mask_token_id: a label that does not count, such as that of padding.
    """

    def __init__(self, from_logits=False, mask_token_id=None, *, name="perplexity", **left_out):
        super().__init__(name, **left_out)
        self.from_logits = from_logits
        self.mask_token_id = mask_token_id

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take in labels (batch, tokens) and predictions (batch, tokens, vocabulary)."""
        y_pred = as_array(y_pred)
        labels = class_numbers("Perplexity", as_array(y_true), y_pred.shape)
        with no_grad():
            costs = losses.sparse_categorical_crossentropy(labels, y_pred, self.from_logits, self.mask_token_id)
        weight = np.ones(labels.shape) if self.mask_token_id is None else (labels != self.mask_token_id) * 1.0
        if sample_weight is not None:
            weight = masked_weight(weight, as_array(sample_weight)).data
        self.total += float((costs.data * weight).sum())
        self.count += float(weight.sum())

    def result(self):
        with np.errstate(over="ignore"):  # a mean cost above 709 gives infinity
            return float(np.exp(super().result())) if self.count else 0.0

    def get_config(self):
        return {**super().get_config(), "from_logits": self.from_logits, "mask_token_id": self.mask_token_id}


# ---------------------------------------------------------------- with a margin


class Hinge(MeanMetricWrapper):
    """The mean `hinge` loss."""

    def __init__(self, name="hinge", **left_out):
        super().__init__(losses.hinge, name, **left_out)


class SquaredHinge(MeanMetricWrapper):
    """The mean `squared_hinge` loss."""

    def __init__(self, name="squared_hinge", **left_out):
        super().__init__(losses.squared_hinge, name, **left_out)


class CategoricalHinge(MeanMetricWrapper):
    """The mean `categorical_hinge` loss."""

    def __init__(self, name="categorical_hinge", **left_out):
        super().__init__(losses.categorical_hinge, name, **left_out)
