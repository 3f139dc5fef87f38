"""Accuracies: how often the prediction is right.

In the functions, y_true and y_pred have one shape, (...) where each number is a decision, or (..., classes) where each
row is one; the result is (...). Sparse labels are class numbers, of shape (...) or (..., 1).
"""

import numpy as np

from ..losses.probabilistic import class_numbers
from ..tensor import as_array
from ..utils import require_number
from .base import MeanMetricWrapper, matched

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
    y_pred = as_array(y_pred)
    labels = class_numbers("sparse_categorical_accuracy", as_array(y_true), y_pred.shape)
    return (labels == y_pred.argmax(-1)).astype(np.float32)


def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """1 where the place of the one in the one-hot label is among the k largest predictions, else 0."""
    y_true, y_pred = matched("top_k_categorical_accuracy", y_true, y_pred)
    return in_top_k(y_true.argmax(-1), y_pred, k)


def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5, from_sorted_ids=False):
    """1 where the place that the label names is among the k largest predictions, else 0.

    Args:
        y_true: labels as whole numbers, shape (...) or (..., 1).
        k: how many of the largest predictions count.
        y_pred: scores, shape (..., n); or, with from_sorted_ids, class numbers from the likeliest on.
    """
    y_pred = as_array(y_pred)
    labels = class_numbers("sparse_top_k_categorical_accuracy", as_array(y_true), y_pred.shape)
    if from_sorted_ids:
        return (labels[..., None] == y_pred[..., : top(k)]).any(-1).astype(np.float32)
    return in_top_k(labels, y_pred, k)


def in_top_k(labels, scores, k):
    """1 where fewer than k scores are above the label's own: a tie with it does no harm, NaN in a row says no."""
    places = labels.astype(np.intp)
    outside = (places < 0) | (places >= scores.shape[-1])
    own = np.take_along_axis(scores, np.where(outside, 0, places)[..., None], -1)
    found = (scores > own).sum(-1) < top(k)
    return (found & np.isfinite(scores).all(-1) & ~outside).astype(np.float32)


def top(k):
    return require_number("TopK: k", k, 1, whole=True)


# ---------------------------------------------------------------- metrics


class Accuracy(MeanMetricWrapper):
    """How often label and prediction are equal."""

    def __init__(self, name="accuracy", **left_out):
        super().__init__(accuracy, name, **left_out)


class BinaryAccuracy(MeanMetricWrapper):
    """How often a probability is on the right side of `threshold`."""

    def __init__(self, name="binary_accuracy", *, threshold=0.5, **left_out):
        require_number("BinaryAccuracy: threshold", threshold, 0, 1)
        super().__init__(binary_accuracy, name, threshold=threshold, **left_out)


class CategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is the right one, for one-hot labels."""

    def __init__(self, name="categorical_accuracy", **left_out):
        super().__init__(categorical_accuracy, name, **left_out)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is the right one, for labels that are class numbers."""

    def __init__(self, name="sparse_categorical_accuracy", **left_out):
        super().__init__(sparse_categorical_accuracy, name, **left_out)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the right class is among the k largest predictions, for one-hot labels."""

    def __init__(self, k=5, name="top_k_categorical_accuracy", **left_out):
        super().__init__(top_k_categorical_accuracy, name, k=top(k), **left_out)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the right class is among the k largest predictions, for labels that are class numbers."""

    def __init__(self, k=5, name="sparse_top_k_categorical_accuracy", *, from_sorted_ids=False, **left_out):
        super().__init__(sparse_top_k_categorical_accuracy, name, k=top(k), from_sorted_ids=from_sorted_ids, **left_out)
