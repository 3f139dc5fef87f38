"""Losses with a margin: nothing more is asked of a prediction that is right by enough."""

from .. import ops
from .base import LossFunctionWrapper, matched


def hinge(y_true, y_pred):
    """Σ max(1 − y_true ⊙ y_pred, 0) / n over the last axis.

    Args:
        y_true: −1 or 1; where all are 0 or 1, 0 is taken for −1.
        y_pred: any numbers; the sign is the decision.
    """
    y_true, y_pred = matched("hinge", y_true, y_pred)
    return ops.mean(ops.maximum(1.0 - signs("hinge", y_true) * y_pred, 0.0), axis=-1)


def squared_hinge(y_true, y_pred):
    """Σ max(1 − y_true ⊙ y_pred, 0)² / n over the last axis; arguments as for `hinge`."""
    y_true, y_pred = matched("squared_hinge", y_true, y_pred)
    return ops.mean(ops.square(ops.maximum(1.0 - signs("squared_hinge", y_true) * y_pred, 0.0)), axis=-1)


def signs(what, y_true):
    """The labels as −1 and 1: labels 0 and 1 are stretched."""
    labels = y_true.data
    if ((labels == 0) | (labels == 1)).all():
        return 2.0 * y_true - 1.0
    if labels.real.max() > 1 or labels.real.min() < -1:
        raise ValueError(
            f"{what}: labels are -1 and 1, or 0 and 1, but these go from {labels.min():.4g} to {labels.max():.4g}."
        )
    return y_true


def categorical_hinge(y_true, y_pred):
    """max(1 + max((1 − t) ⊙ s) − Σ t ⊙ s, 0), with t = y_true and s = y_pred.

    The largest score of a wrong class against the score of the right one. As in Keras, a largest wrong score below 0
    counts as 0: the right class stands as 0 among them.

    Args:
        y_true: one-hot labels, shape of y_pred.
        y_pred: scores of the classes along the last axis, any numbers.
    """
    y_true, y_pred = matched("categorical_hinge", y_true, y_pred)
    right = ops.sum(y_true * y_pred, axis=-1)
    wrong = ops.max((1.0 - y_true) * y_pred, axis=-1)
    return ops.maximum(wrong - right + 1.0, 0.0)


class Hinge(LossFunctionWrapper):
    """The mean over the batch of `hinge`."""

    def __init__(self, reduction="sum_over_batch_size", name="hinge", **left_out):
        super().__init__(hinge, reduction, name, **left_out)


class SquaredHinge(LossFunctionWrapper):
    """The mean over the batch of `squared_hinge`."""

    def __init__(self, reduction="sum_over_batch_size", name="squared_hinge", **left_out):
        super().__init__(squared_hinge, reduction, name, **left_out)


class CategoricalHinge(LossFunctionWrapper):
    """The mean over the batch of `categorical_hinge`."""

    def __init__(self, reduction="sum_over_batch_size", name="categorical_hinge", **left_out):
        super().__init__(categorical_hinge, reduction, name, **left_out)
