"""Losses for probabilities: what it costs to have said p where the truth was t.

Probabilities that come straight from a softmax or sigmoid are traced back to their logits, see `logits_behind`.
"""

import numpy as np

from .. import ops
from ..ops.crossentropy import SOFTMAX, require_probabilities
from ..ops.inputs import EPSILON
from ..tensor import Tensor, as_array
from ..utils import require_number
from .base import LossFunctionWrapper, as_tensor, matched

# ---------------------------------------------------------------- functions: one loss a sample


def logits_behind(y_pred, from_logits):
    """(y_pred, from_logits); but the logits and True where y_pred came straight out of a softmax or sigmoid.

    A probability has no room for a sure mistake. Below 1e-7 it is cut off, so that its loss stands still and its
    gradient is 0: a net that is sure and wrong, as one fed with pixels up to 255 may be, would never learn. The
    logits tell how sure it is, so the loss is computed from them. Any step in between, such as p * 1.0, prevents it.

    Keras does so on TensorFlow, and it doesn't ask which of the two made the probabilities: a softmax before
    `binary_crossentropy` counts as if it had been a sigmoid, and a sigmoid before `categorical_crossentropy` as if it
    had been a softmax. Here as there. With from_logits=True, y_pred is taken as it is; Keras goes back all the same.
    """
    x = None if from_logits else getattr(y_pred, "logits", None)
    if x is None:
        return y_pred, from_logits
    return (x if y_pred.requires_grad else Tensor(as_array(x, y_pred.dtype))), True


def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """BCE = −t log p − (1 − t) log(1 − p), averaged over `axis`.

    Args:
        y_true: t, 0 or 1 (or a probability), shape of y_pred.
        y_pred: p, probabilities, straight from a sigmoid traced back to its x; or, with from_logits, any numbers x
            with p = σ(x).
        label_smoothing: s moves the labels 0 and 1 to s/2 and 1 − s/2.
    """
    y_true, y_pred = binary("binary_crossentropy", y_true, y_pred, label_smoothing)
    return ops.mean(binary_costs(y_true, y_pred, from_logits), axis=axis)


def binary_costs(t, p, from_logits=False):
    """The binary cross-entropy of each number."""
    p, from_logits = logits_behind(p, from_logits)
    return (ops.sigmoid_cross_entropy if from_logits else ops.binary_cross_entropy)(t, p)


def binary_focal_crossentropy(
    y_true,
    y_pred,
    apply_class_balancing=False,
    alpha=0.25,
    gamma=2.0,
    from_logits=False,
    label_smoothing=0.0,
    axis=-1,
):
    """(1 − p_t)^gamma · BCE, averaged over `axis`; p_t = t p + (1 − t)(1 − p), the probability of the truth.

    The first factor lets samples that are right already count less, so that the many easy ones leave room for the
    hard ones.

    Args:
        apply_class_balancing: whether class 1 weighs alpha and class 0 weighs 1 − alpha.
        gamma: how much less easy samples count; 0 for not at all.
        y_true, y_pred, from_logits, label_smoothing, axis: as for `binary_crossentropy`.

    Source: Lin et al. 2017, Focal Loss for Dense Object Detection.
    """
    t, p = binary("binary_focal_crossentropy", y_true, y_pred, label_smoothing)
    require_number("binary_focal_crossentropy: gamma", gamma)
    if from_logits:
        p = ops.sigmoid(p)
    of_truth = t * p + (1.0 - t) * (1.0 - p)
    loss = (1.0 - of_truth) ** gamma * binary_costs(t, p)
    if apply_class_balancing:
        loss = (t * alpha + (1.0 - t) * (1.0 - alpha)) * loss
    return ops.mean(loss, axis=axis)


def binary(what, y_true, y_pred, label_smoothing):
    """Labels 0 and 1 and predictions, of one shape; the labels smoothed."""
    y_true, y_pred = matched(what, y_true, y_pred)
    require_probabilities(f"{what}: labels", y_true.data, "For labels -1 and 1, give (y_true + 1) / 2.")
    if require_number(f"{what}: label_smoothing", label_smoothing, 0, 1):
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    return y_true, y_pred


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """CE = −Σ t log p over the classes along `axis`.

    Args:
        y_true: t, one-hot labels (or probabilities), shape of y_pred.
        y_pred: p, probabilities, divided by their sum here, but straight from a softmax traced back to its x; or, with
            from_logits, any numbers x with p = softmax(x).
        label_smoothing: s gives the n classes s/n each and the right one 1 − s on top.
    """
    y_true, y_pred = categorical("categorical_crossentropy", y_true, y_pred, label_smoothing)
    y_pred, from_logits = logits_behind(y_pred, from_logits)
    return (ops.softmax_cross_entropy if from_logits else ops.cross_entropy)(y_true, y_pred, axis=axis)


def categorical_focal_crossentropy(
    y_true, y_pred, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1
):
    """−alpha Σ (1 − p)^gamma t log p over the classes along `axis`: what is right already counts less.

    Args:
        alpha: a number, or one for each class.
        gamma: how much less easy samples count; 0 for not at all.
        y_true, y_pred, from_logits, label_smoothing, axis: as for `categorical_crossentropy`.

    Source: Lin et al. 2017, Focal Loss for Dense Object Detection.
    """
    t, p = categorical("categorical_focal_crossentropy", y_true, y_pred, label_smoothing)
    require_number("categorical_focal_crossentropy: gamma", gamma)
    if from_logits:
        p = ops.softmax(p, axis=axis)
    require_probabilities("categorical_focal_crossentropy: predictions", p.data, SOFTMAX, largest=np.inf)
    p = ops.clip(p / ops.sum(p, axis=axis, keepdims=True), EPSILON, 1.0 - EPSILON)
    return ops.sum(alpha * (1.0 - p) ** gamma * -(t * ops.log(p)), axis=axis)


def categorical(what, y_true, y_pred, label_smoothing):
    """One-hot labels and predictions, of one shape; the labels smoothed."""
    y_true, y_pred = matched(what, y_true, y_pred)
    if require_number(f"{what}: label_smoothing", label_smoothing, 0, 1):
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / y_true.shape[-1]
    return y_true, y_pred


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1):
    """CE = −log p[label]: the categorical cross-entropy for labels that are class numbers.

    Args:
        y_true: whole numbers from 0 to n − 1, shape (...) or (..., 1).
        y_pred: p, probabilities of the n classes, shape (..., n), straight from a softmax traced back to its x; or,
            with from_logits, any numbers x with p = softmax(x).
        ignore_class: a label whose samples cost nothing, such as −1 for padding. Then p is not traced back.
        axis: of the classes; dlcore, as Keras on TensorFlow, knows only the last.

    Raises:
        ValueError: naming the first label that is no class, its row, and how many classes there are.
    """
    y_true, y_pred = as_tensor(y_true), as_tensor(y_pred)
    if axis not in (-1, y_pred.ndim - 1):
        raise NotImplementedError(f"sparse_categorical_crossentropy: the classes stand along the last axis, not {axis}")
    labels = class_numbers("sparse_categorical_crossentropy", y_true.data, y_pred.shape)
    if ignore_class is None:
        y_pred, from_logits = logits_behind(y_pred, from_logits)
        return (ops.sparse_softmax_cross_entropy if from_logits else ops.sparse_cross_entropy)(labels, y_pred)
    counts = labels != ignore_class
    y_pred = ops.where(counts[..., None], y_pred, 0.0)
    labels = np.where(counts, labels, 0)
    return ops.where(counts, sparse_categorical_crossentropy(labels, y_pred, from_logits), 0.0)


def class_numbers(what, labels, pred):
    """Labels (...) or (..., 1) as an array of the shape that predictions of shape `pred` = (..., n) need."""
    if labels.ndim == len(pred) and labels.shape[-1:] == (1,):
        labels = labels[..., 0]
    if labels.shape != pred[:-1]:
        hint = ""
        if labels.shape == pred:
            hint = f" Are these one-hot labels? Then use {what.removeprefix('sparse_')}."
        raise ValueError(
            f"{what}: y_pred {pred} needs labels of shape {pred[:-1]}, but y_true has {labels.shape}.{hint}"
        )
    return labels


def kl_divergence(y_true, y_pred):
    """KL = Σ t log(t / p) over the last axis: how many nats it costs to expect p where t holds. 0 only for p = t.

    Args:
        y_true, y_pred: t and p, probabilities; below 1e-7 they count as 1e-7.
    """
    y_true, y_pred = matched("kl_divergence", y_true, y_pred)
    require_probabilities("kl_divergence: labels", y_true.data, "Divide each row by its sum.")
    require_probabilities("kl_divergence: predictions", y_pred.data, "Give the last layer the activation 'softmax'.")
    t, p = ops.clip(y_true, EPSILON, 1.0), ops.clip(y_pred, EPSILON, 1.0)
    return ops.sum(t * ops.log(t / p), axis=-1)


def poisson(y_true, y_pred):
    """Σ (λ − t log λ) / n over the last axis: the cost of having expected λ events where t were counted.

    Args:
        y_true: t, how often something happened.
        y_pred: λ, how often it was expected to, above 0. The part of the cost that no λ changes, log t!, is left out.
    """
    y_true, y_pred = matched("poisson", y_true, y_pred)
    if y_pred.size and y_pred.data.real.min() < 0:
        low = y_pred.data.real.min()
        raise ValueError(
            f"poisson: predictions are expected counts, from 0, but the smallest is {low:.4g}. "
            "Give the last layer the activation 'softplus' or 'exponential'."
        )
    return ops.mean(y_pred - y_true * ops.log(y_pred + EPSILON), axis=-1)


# ---------------------------------------------------------------- classes: one number a batch


class BinaryCrossentropy(LossFunctionWrapper):
    """The mean over the batch of `binary_crossentropy`."""

    def __init__(self, from_logits=False, label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size",
                 name="binary_crossentropy", **left_out):  # fmt: skip
        super().__init__(binary_crossentropy, reduction, name, from_logits=from_logits,
                         label_smoothing=label_smoothing, axis=axis, **left_out)  # fmt: skip


class BinaryFocalCrossentropy(LossFunctionWrapper):
    """The mean over the batch of `binary_focal_crossentropy`."""

    def __init__(self, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0,
                 axis=-1, reduction="sum_over_batch_size", name="binary_focal_crossentropy", **left_out):  # fmt: skip
        super().__init__(binary_focal_crossentropy, reduction, name, apply_class_balancing=apply_class_balancing,
                         alpha=alpha, gamma=gamma, from_logits=from_logits, label_smoothing=label_smoothing,
                         axis=axis, **left_out)  # fmt: skip


class CategoricalCrossentropy(LossFunctionWrapper):
    """The mean over the batch of `categorical_crossentropy`."""

    def __init__(self, from_logits=False, label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size",
                 name="categorical_crossentropy", **left_out):  # fmt: skip
        super().__init__(categorical_crossentropy, reduction, name, from_logits=from_logits,
                         label_smoothing=label_smoothing, axis=axis, **left_out)  # fmt: skip


class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """The mean over the batch of `categorical_focal_crossentropy`."""

    def __init__(self, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1,
                 reduction="sum_over_batch_size", name="categorical_focal_crossentropy", **left_out):  # fmt: skip
        super().__init__(categorical_focal_crossentropy, reduction, name, alpha=alpha, gamma=gamma,
                         from_logits=from_logits, label_smoothing=label_smoothing, axis=axis, **left_out)  # fmt: skip


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """The mean over the batch of `sparse_categorical_crossentropy`, without the samples of `ignore_class`."""

    def __init__(self, from_logits=False, ignore_class=None, reduction="sum_over_batch_size", axis=-1,
                 name="sparse_categorical_crossentropy", **left_out):  # fmt: skip
        super().__init__(sparse_categorical_crossentropy, reduction, name, from_logits=from_logits,
                         ignore_class=ignore_class, axis=axis, **left_out)  # fmt: skip

    def mask(self, y_true, values):
        if self.settings["ignore_class"] is None:
            return None
        return y_true.data.reshape(values.shape) != self.settings["ignore_class"]


class KLDivergence(LossFunctionWrapper):
    """The mean over the batch of `kl_divergence`."""

    def __init__(self, reduction="sum_over_batch_size", name="kl_divergence", **left_out):
        super().__init__(kl_divergence, reduction, name, **left_out)


class Poisson(LossFunctionWrapper):
    """The mean over the batch of `poisson`."""

    def __init__(self, reduction="sum_over_batch_size", name="poisson", **left_out):
        super().__init__(poisson, reduction, name, **left_out)
