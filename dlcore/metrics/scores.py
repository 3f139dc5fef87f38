"""R² and F scores: values made of sums over all samples, one for each output, which are put together at the end."""

import numpy as np

from ..ops.inputs import EPSILON
from ..utils import require_number, unknown
from .base import Metric, as_number, matched, weights_for


class R2Score(Metric):
    """R² = 1 − Σ (y_true − y_pred)² / Σ (y_true − mean)²: how much better the predictions are than the mean would be.

    1 for predictions without error, 0 for predicting the mean, below 0 for worse.

    Args:
        class_aggregation: what to do with the scores of several outputs: "uniform_average", "variance_weighted_average"
            (an output weighs as much as it varies), or None, which keeps them apart.
        num_regressors: how many inputs the model has, for the adjusted R²; 0 leaves it as it is.
    """

    def __init__(self, class_aggregation="uniform_average", num_regressors=0, name="r2_score", **left_out):
        super().__init__(name=name, **left_out)
        if class_aggregation not in (known := ("uniform_average", "variance_weighted_average", None)):
            raise ValueError(unknown("class_aggregation", class_aggregation, known[:2]))
        self.class_aggregation = class_aggregation
        self.num_regressors = require_number("R2Score: num_regressors", num_regressors, whole=True)
        self.reset_state()

    def reset_state(self):
        self.samples = 0
        self.residual = self.sum = self.squares = self.count = 0.0

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = rows("R2Score", y_true, y_pred)
        weight = weights_for(sample_weight, y_true)
        self.residual = self.residual + (weight * (y_true - y_pred) ** 2).sum(0)
        self.sum = self.sum + (weight * y_true).sum(0)
        self.squares = self.squares + (weight * y_true * y_true).sum(0)
        self.count = self.count + np.broadcast_to(weight, y_true.shape).sum(0)
        self.samples += y_true.size

    def result(self):
        if not np.any(self.count):
            return 0.0
        varied = self.squares - self.sum * self.sum / self.count
        varied = np.where(varied > 1e-12 * self.squares, varied, 0.0)  # of equal targets, not what rounding leaves
        with np.errstate(divide="ignore", invalid="ignore"):
            scores = 1 - self.residual / varied
        scores = np.where(np.isinf(scores), 0.0, scores)
        if self.class_aggregation == "uniform_average":
            scores = scores.mean()
        elif self.class_aggregation:
            scores = (varied * scores).sum() / varied.sum()
        n, p = self.samples, self.num_regressors
        if p and n > p + 1:
            scores = 1 - (1 - scores) * (n - 1) / (n - p - 1)
        return as_number(scores)

    def get_config(self):
        own = {"class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
        return {**super().get_config(), **own}


class FBetaScore(Metric):
    """F = (1 + beta²) · precision · recall / (beta² · precision + recall).

    Args:
        average: how the scores of the classes become one: None keeps them apart, "macro" takes their mean, "weighted"
            weighs each by how often the class occurs, "micro" counts all classes together first.
        beta: above 1, recall matters more than precision.
        threshold: from which probability on a class is predicted; None takes the largest.
    """

    def __init__(self, average=None, beta=1.0, threshold=None, name="fbeta_score", **left_out):
        super().__init__(name=name, **left_out)
        if average not in (known := ("micro", "macro", "weighted", None)):
            raise ValueError(unknown("average", average, known[:3]))
        if threshold is not None:
            require_number("FBetaScore: threshold", threshold, 0, 1, above=True)
        self.average, self.threshold = average, threshold
        self.beta = require_number("FBetaScore: beta", beta, above=True)
        self.reset_state()

    def reset_state(self):
        self.hits = self.predicted = self.actual = 0.0

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take in one-hot (or several-hot) labels and predictions, both (batch, classes)."""
        y_true, y_pred = rows("FBetaScore", y_true, y_pred)
        weight = weights_for(sample_weight, y_true)
        if self.threshold is None:
            y_pred = (y_pred >= y_pred.max(-1, keepdims=True)) & (np.abs(y_pred) > 1e-9)  # a row of zeros says nothing
        else:
            y_pred = y_pred > self.threshold
        axis = None if self.average == "micro" else 0
        self.hits = self.hits + (weight * y_true * y_pred).sum(axis)
        self.predicted = self.predicted + (weight * y_pred).sum(axis)
        self.actual = self.actual + (weight * y_true).sum(axis)

    def result(self):
        precision, recall = self.hits / (self.predicted + EPSILON), self.hits / (self.actual + EPSILON)
        square = self.beta**2
        scores = (1 + square) * precision * recall / (square * precision + recall + EPSILON)
        if self.average == "weighted":
            return as_number((scores * self.actual / (np.sum(self.actual) + EPSILON)).sum())
        return as_number(scores if self.average is None else np.mean(scores))

    def get_config(self):
        own = {"average": self.average, "beta": self.beta, "threshold": self.threshold}
        return {**super().get_config(), **own}


class F1Score(FBetaScore):
    """F1 = 2 · precision · recall / (precision + recall): high only where both are. Arguments as for `FBetaScore`."""

    def __init__(self, average=None, threshold=None, name="f1_score", **left_out):
        super().__init__(average, 1.0, threshold, name, **left_out)

    def get_config(self):
        config = super().get_config()
        del config["beta"]
        return config


def rows(what, y_true, y_pred):
    """Labels and predictions as (samples, outputs) of float64, in which long sums lose no digits."""
    y_true, y_pred = matched(what, y_true, y_pred)
    if y_pred.ndim != 2:
        raise ValueError(f"{what} needs predictions of shape (samples, outputs), but they have {y_pred.shape}.")
    return y_true.astype(np.float64), y_pred
