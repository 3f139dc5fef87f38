"""Several steps as one operation, where they are one formula anyway.

Each could be composed from the other operations, with more arrays made on the way and, for the cross-entropies,
more digits lost. The tests hold each against that composed form. In every formula g = ∂L/∂y.
"""

import numpy as np

from ..tensor import op
from .inputs import floating
from .nn import log_softmax_values, sigmoid_values, softplus_values


@op
def dense(x, kernel, bias=None):
    """y = x W + b          ∂L/∂x = g Wᵀ,  ∂L/∂W = xᵀ g,  ∂L/∂b = Σ g over the rows

    Args:
        x: (..., in). All axes before the last are rows of one matrix.
        kernel: W, (in, out).
        bias: b, (out,), or None.
    """
    x, kernel, bias = floating(x), floating(kernel), None if bias is None else floating(bias)
    if x.ndim == 0 or kernel.ndim != 2 or x.shape[-1] != kernel.shape[0]:
        raise ValueError(dense_mismatch(x.shape, kernel.shape))
    if bias is not None and bias.shape != kernel.shape[1:]:
        raise ValueError(f"dense: a kernel {kernel.shape} needs a bias of shape {kernel.shape[1:]}, not {bias.shape}.")
    rows = x.reshape(-1, kernel.shape[0])
    y = rows @ kernel
    if bias is not None:
        y = np.add(y, bias, out=y if y.dtype == bias.dtype else None)  # into y's own memory: no second array

    def vjp(g):
        g = g.reshape(y.shape)
        return (
            lambda: (g @ kernel.T).reshape(x.shape),
            lambda: rows.T @ g,
            lambda: np.ones(len(g), g.dtype) @ g,  # a sum over rows, but several times faster than g.sum(axis=0)
        )

    return y.reshape(*x.shape[:-1], kernel.shape[1]), vjp


def dense_mismatch(x_shape, kernel_shape):
    if not x_shape or len(kernel_shape) != 2:
        return f"dense: x {x_shape} needs at least one axis, and the kernel {kernel_shape} exactly two: (in, out)."
    message = f"dense: x {x_shape} has last axis {x_shape[-1]}, but the kernel {kernel_shape} takes {kernel_shape[0]}."
    if kernel_shape[1] == x_shape[-1]:
        return message + " Is the kernel transposed? It is (in, out)."
    if len(x_shape) > 2 and np.prod(x_shape[1:]) == kernel_shape[0]:
        return message + " Is a Flatten() missing before it?"
    return message


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
    log_p = log_softmax_values(logits, axis)
    y = -(target * log_p).sum(axis)

    def vjp(g):
        g = np.expand_dims(g, axis)
        return (
            lambda: -g * log_p,
            lambda: g * (np.exp(log_p) * target.sum(axis, keepdims=True) - target),
        )

    return y, vjp


@op
def sparse_softmax_cross_entropy(labels, logits):
    """y = −log softmax(x)[label]          ∂L/∂x = g ⊙ (softmax(x) − one_hot(label))

    Args:
        labels: whole numbers from 0 to n − 1, shape (...).
        logits: x, shape (..., n).

    Returns:
        The cross-entropy of each row, shape (...).
    """
    logits, labels = floating(logits), np.asarray(labels)
    if labels.shape != logits.shape[:-1]:
        raise ValueError(
            f"sparse_softmax_cross_entropy: logits {logits.shape} need labels of shape {logits.shape[:-1]}, "
            f"but they have {labels.shape}."
        )
    places = require_labels(labels, logits.shape[-1])[..., None]
    log_p = log_softmax_values(logits, -1)
    y = -np.take_along_axis(log_p, places, -1)[..., 0]

    def vjp(g):
        gx = np.exp(log_p)
        np.put_along_axis(gx, places, np.take_along_axis(gx, places, -1) - 1, -1)
        gx *= g[..., None]
        return None, gx

    return y, vjp


def require_labels(labels, n):
    """Labels as integers, or a ValueError that names the first one that is no class from 0 to n − 1."""
    with np.errstate(invalid="ignore"):  # NaN becomes some number, which then differs from the label
        places = labels.astype(np.intp, copy=False)
    wrong = (places != labels) | (places < 0) | (places >= n)
    if wrong.any():
        row = tuple(int(i) for i in np.argwhere(wrong)[0])
        label = labels[row].item()
        where = row[0] if len(row) == 1 else row
        message = f"Label {label} in row {where} is no class: with {n} classes, labels go from 0 to {n - 1}."
        if label == n:
            message += f" Do yours start at 1? Then subtract 1, or give the last layer {n + 1} units."
        raise ValueError(message)
    return places


@op
def sigmoid_cross_entropy(target, logits):
    """y = softplus(x) − t ⊙ x          ∂L/∂x = g ⊙ (σ(x) − t)

    This is −t log σ(x) − (1 − t) log(1 − σ(x)), in a form that never takes the log of zero.
    """
    logits = floating(logits)
    target = np.asarray(target, logits.dtype)
    if target.shape != logits.shape:
        raise ValueError(f"sigmoid_cross_entropy: target {target.shape} and logits {logits.shape} must have one shape.")
    y = softplus_values(logits) - target * logits
    return y, lambda g: (lambda: -g * logits, lambda: g * (sigmoid_values(logits) - target))
