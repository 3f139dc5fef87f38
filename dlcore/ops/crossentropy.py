"""Cross-entropies: what it costs to have said probability p where the truth was t.

Each could be composed from the other operations, with more arrays made on the way and, from logits, more digits lost.
The tests hold each against that composed form. In every formula g = ∂L/∂y.
"""

import numpy as np

from ..tensor import op
from .index import as_places
from .inputs import EPSILON, floating
from .nn import sigmoid_values, softplus_values, summed, top

# ---------------------------------------------------------------- from logits


@op
def softmax_cross_entropy(target, logits, axis=-1):
    """y = −Σ t ⊙ log softmax(x)          ∂L/∂x = g ⊙ (softmax(x) Σ t − t)

    Args:
        target: t, probabilities of the classes (one-hot labels, for one), shape of the logits.
        logits: x, any numbers, one for each class along `axis`.

    Returns:
        The cross-entropy of each row, without `axis`.
    """
    logits = floating(logits)
    target = np.asarray(target, logits.dtype)
    if target.shape != logits.shape:
        raise ValueError(
            f"softmax_cross_entropy: the target {target.shape} must have the shape of the logits {logits.shape}. "
            "Are these labels as whole numbers? Then use sparse_softmax_cross_entropy."
        )
    x = logits - top(logits, axis)
    e = np.exp(x)
    total = summed(e, axis)
    log_p = x - np.log(total)

    def vjp(g):
        g = np.expand_dims(g, axis)
        return (
            lambda: -g * log_p,
            lambda: e * (g * summed(target, axis) / total) - g * target,
        )

    return -summed(target * log_p, axis).squeeze(axis), vjp


@op
def sparse_softmax_cross_entropy(labels, logits):
    """y = −log softmax(x)[label]          ∂L/∂x = g ⊙ (softmax(x) − one_hot(label))

    Args:
        labels: whole numbers from 0 to n − 1, shape (...).
        logits: x, shape (..., n).

    Returns:
        The cross-entropy of each row, shape (...).
    """
    logits = floating(logits)
    places = label_places("sparse_softmax_cross_entropy: logits", labels, logits)
    x = logits - top(logits, -1)
    e = np.exp(x)
    total = summed(e, -1)[..., 0]

    def vjp(g):
        gx = np.multiply(e, (g / total)[..., None], order="C")  # in rows, so that reshape gives no copy
        gx.reshape(-1)[places] -= g
        return None, gx

    return np.log(total) - x.reshape(-1)[places], vjp


@op
def sigmoid_cross_entropy(target, logits):
    """y = softplus(x) − t ⊙ x          ∂L/∂x = g ⊙ (σ(x) − t)

    This is −t log σ(x) − (1 − t) log(1 − σ(x)), in a form that never takes the log of zero.

    Args:
        target: t, 0 or 1 (or a probability), shape of the logits.
        logits: x, any numbers.

    Returns:
        The cross-entropy of each number, in the same shape.
    """
    logits = floating(logits)
    target = np.asarray(target, logits.dtype)
    if target.shape != logits.shape:
        raise ValueError(f"sigmoid_cross_entropy: target {target.shape} and logits {logits.shape} must have one shape.")
    y = softplus_values(logits) - target * logits
    return y, lambda g: (lambda: -g * logits, lambda: g * (sigmoid_values(logits) - target))


# ---------------------------------------------------------------- from probabilities


@op
def cross_entropy(target, p, axis=-1):
    """y = −Σ t ⊙ log q,  q = p / Σ p          ∂L/∂p = g ⊙ (Σ t − t / q) / Σ p

    q is kept in [1e-7, 1 − 1e-7]; where it was outside, its t counts nothing in the gradient.

    Args:
        target: t, shape of p.
        p: probabilities of the classes along `axis`; they need not sum to 1.
    """
    p = floating(p)
    target = np.asarray(target, p.dtype)
    require_probabilities("cross_entropy: predictions", p, SOFTMAX, largest=np.inf)
    total = summed(p, axis)
    share = p / total
    q, inside = clipped(share, share.real.min(initial=1), share.real.max(initial=0))
    log_q = np.log(q)

    def vjp(g):
        g = np.expand_dims(g, axis)

        def wrt_p():
            d = target / q
            if inside is None:
                ours = summed(target, axis)  # Σ t / q ⊙ q
            else:
                d *= inside
                ours = summed(d * share, axis)
            np.subtract(ours, d, out=d)
            d *= g / total
            return d

        return lambda: -g * log_q, wrt_p

    return -summed(target * log_q, axis).squeeze(axis), vjp


@op
def sparse_cross_entropy(labels, p):
    """y = −log(p[label] / Σ p)          ∂L/∂p = g ⊙ (1 / Σ p − one_hot(label) / p)

    p is kept in [1e-7, 1 − 1e-7] first; the gradient is zero where it was outside.

    Args:
        labels: whole numbers from 0 to n − 1, shape (...).
        p: probabilities, shape (..., n).
    """
    p = floating(p)
    places = label_places("sparse_cross_entropy: probabilities", labels, p)
    q, inside = clipped(p, *require_probabilities("sparse_cross_entropy: predictions", p, SOFTMAX))
    total, right = summed(q, -1)[..., 0], q.reshape(-1)[places]

    def vjp(g):
        gp = np.repeat(g / total, p.shape[-1]).reshape(p.shape)
        gp.reshape(-1)[places] -= g / right
        return None, gp if inside is None else np.multiply(gp, inside, out=gp)

    return np.log(total / right), vjp


@op
def binary_cross_entropy(target, p):
    """y = −t log p − (1 − t) log(1 − p)          ∂L/∂p = g ⊙ (p − t) / (p (1 − p))

    p is kept in [1e-7, 1 − 1e-7]; the gradient is zero where it was outside.

    Args:
        target: t, 0 or 1 (or a probability), shape of p.
        p: probabilities.

    Returns:
        The cross-entropy of each number, in the same shape.
    """
    p = floating(p)
    target = np.asarray(target, p.dtype)
    if target.shape != p.shape:
        raise ValueError(f"binary_cross_entropy: target {target.shape} and p {p.shape} must have one shape.")
    q, inside = clipped(p, *require_probabilities("binary_cross_entropy: predictions", p, SIGMOID))
    log_yes, log_no = np.log(q), np.log(1 - q)

    def wrt_p(g):
        slope = (q - target) / (q * (1 - q))
        return g * slope if inside is None else g * slope * inside

    return -(target * log_yes + (1 - target) * log_no), lambda g: (lambda: g * (log_no - log_yes), lambda: wrt_p(g))


def clipped(p, low, high):
    """p inside [ε, 1 − ε], and where it was there already; None for everywhere. `low` and `high` are p's extremes."""
    if low >= EPSILON and high <= 1 - EPSILON:  # then nothing is to do, and no array is made
        return p, None
    q = np.minimum(np.maximum(p, EPSILON), 1 - EPSILON)
    return q, (p.real >= EPSILON) & (p.real <= 1 - EPSILON)


ADVICE = "Give the last layer the activation '{}', or say from_logits=True."
SOFTMAX, SIGMOID = ADVICE.format("softmax"), ADVICE.format("sigmoid")


def require_probabilities(what, p, advice, largest=1.0):
    """The smallest and the largest of p. Refuses numbers far from 0 … 1: what a formula made of them means nothing."""
    low, high = p.real.min(initial=np.inf), p.real.max(initial=-np.inf)
    if low < -1e-3 or high > largest + 1e-3:  # rounding may lead a little outside; fit tells where NaN comes from
        raise ValueError(f"{what} are probabilities, from 0 to 1, but these go from {low:.4g} to {high:.4g}. {advice}")
    return low, high


# ---------------------------------------------------------------- labels


def label_places(what, labels, rows):
    """Where the entries that the labels name stand in `rows` laid out flat: an array of the labels' shape."""
    labels = np.asarray(labels)
    if labels.shape != rows.shape[:-1]:
        raise ValueError(f"{what} {rows.shape} need labels of shape {rows.shape[:-1]}, but they have {labels.shape}.")
    n = rows.shape[-1]
    classes = require_labels(labels, n)
    return classes + np.arange(0, rows.size, n).reshape(labels.shape) if n else classes


def require_labels(labels, n):
    """Labels as integers, or a ValueError that names the first one that is no class from 0 to n − 1."""
    places, row = as_places(labels, n)
    if row is not None:
        label = labels[row].item()
        where = row[0] if len(row) == 1 else row
        message = f"Label {label} in row {where} is no class: with {n} classes, labels go from 0 to {n - 1}."
        if label == n:
            message += f" Do yours start at 1? Then subtract 1, or give the last layer {n + 1} units."
        raise ValueError(message)
    return places
