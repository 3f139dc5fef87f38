"""Normalization: shift and scale numbers so that their mean is 0 and their variance 1, each form with its slopes.

All forms are one formula, x̂ = (x − mean) · r with r = 1 / √(variance + ε), and differ in which numbers share a mean:
those of one row (a sample, a token) or those of one column (a channel, over the batch). Since mean and r depend on x
too, every x moves all the x̂ beside it:  ∂L/∂x = r ⊙ (ĝ − mean ĝ − x̂ ⊙ mean(ĝ ⊙ x̂)),  with ĝ = ∂L/∂x̂.

In every formula g = ∂L/∂y.
"""

import math

import numpy as np

from ..tensor import op
from .elementwise import add, multiply, power, subtract
from .inputs import EPSILON, floating, normalized_axes
from .reduce import mean as mean_of
from .reduce import var
from .shaping import reshape


@op
def layer_normalization(x, gamma=None, beta=None, axis=-1, epsilon=None):
    """y = gamma ⊙ x̂ + beta, x̂ with mean 0 and variance 1 along `axis`          (Ba, Kiros and Hinton 2016)

    ∂L/∂x = r ⊙ (ĝ − mean ĝ − x̂ ⊙ mean(ĝ ⊙ x̂)) with ĝ = g ⊙ gamma,  ∂L/∂gamma = Σ g ⊙ x̂,  ∂L/∂beta = Σ g

    Args:
        x: of any shape.
        gamma, beta: one number for each place along `axis`, or None.
        axis: a number, or several in ascending order.
        epsilon: ε, 1e-7 by default.
    """
    return normalized_rows("layer_normalization", x, gamma, beta, axis, epsilon, centred=True)


@op
def rms_normalization(x, scale=None, axis=-1, epsilon=None):
    """y = scale ⊙ x̂, x̂ = x / √(mean x² + ε) along `axis`: the mean stays          (Zhang and Sennrich 2019)

    ∂L/∂x = r ⊙ (ĝ − x̂ ⊙ mean(ĝ ⊙ x̂)) with ĝ = g ⊙ scale,  ∂L/∂scale = Σ g ⊙ x̂

    Arguments as in `layer_normalization`.
    """
    return normalized_rows("rms_normalization", x, scale, None, axis, epsilon, centred=False)


def normalized_rows(what, x, gamma, beta, axis, epsilon, centred):
    x, epsilon = floating(x), EPSILON if epsilon is None else epsilon
    rows, as_before = as_rows(x, axis)
    gamma, beta = (None if v is None else per_column(what, v, x, axis) for v in (gamma, beta))
    x_hat = rows - row_means(rows) if centred else rows.copy()
    r = 1 / np.sqrt(row_means(x_hat, x_hat) + epsilon)
    x_hat *= r
    y = x_hat if gamma is None else times(x_hat, gamma)
    if beta is not None:
        y = plus(y, beta, into=None if y is x_hat else y)

    def vjp(g):
        g, _ = as_rows(g, axis)

        def to_x():
            gx = g.copy() if gamma is None else times(g, gamma)
            pulled = x_hat * row_means(gx, x_hat)
            if centred:
                pulled += row_means(gx)
            gx -= pulled
            gx *= r
            return as_before(gx)

        return (
            to_x,
            lambda: column_sums(g, x_hat).reshape(shape_along(x, axis)),
            lambda: column_sums(g).reshape(shape_along(x, axis)),
        )

    return as_before(y), vjp


@op
def normalize_batch(x, gamma=None, beta=None, axis=-1, epsilon=1e-3, told=None):
    """y = gamma ⊙ x̂ + beta, x̂ with mean 0 and variance 1 in each channel, over the batch   (Ioffe and Szegedy 2015)

    ∂L/∂x = gamma r ⊙ (g − mean g − x̂ ⊙ mean(g ⊙ x̂)),  ∂L/∂gamma = Σ g ⊙ x̂,  ∂L/∂beta = Σ g

    Args:
        x: of any shape.
        gamma, beta: one number for each channel, or None.
        axis: that of the channels.
        epsilon: ε.
        told: a function that gets the mean and the variance of the batch, both (channels,).
    """
    x = floating(x)
    rows, as_before = as_rows(x, axis)
    n = len(rows)
    if n == 0:
        raise ValueError(f"normalize_batch: x has shape {x.shape}, and an empty batch has no mean and variance.")
    gamma, beta = (None if v is None else per_column("normalize_batch", v, x, axis) for v in (gamma, beta))
    mean = column_sums(rows) / n
    away = plus(rows, -mean)  # x − mean; x̂ = away · r is never written down: one pass over memory less
    variance = column_sums(away, away) / n
    if told is not None:
        told(mean, variance)
    r = 1 / np.sqrt(variance + epsilon)
    scale = r if gamma is None else gamma * r
    y = times(away, scale)
    if beta is not None:
        y = plus(y, beta, into=y)

    def vjp(g):
        g, _ = as_rows(g, axis)
        along = column_sums(g, away)

        def to_x():
            gx = times(away, -along * r * r / n)
            gx += g
            gx = plus(gx, -column_sums(g) / n, into=gx)
            return as_before(times(gx, scale, into=gx))

        return to_x, lambda: along * r, lambda: column_sums(g)

    return as_before(y), vjp


# ---------------------------------------------------------------- compositions


def batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    """y = scale ⊙ (x − mean) / √(variance + ε) + offset, with a given mean and variance for each channel of `axis`."""
    factor = power(add(variance, epsilon), -0.5)
    factor = factor if scale is None else multiply(factor, scale)
    shift = multiply(mean, factor)
    shift = multiply(shift, -1.0) if offset is None else subtract(offset, shift)
    (axis,) = normalized_axes(axis, len(x.shape))
    along = [1] * len(x.shape)
    along[axis] = -1
    return add(multiply(x, reshape(factor, along)), reshape(shift, along))


def moments(x, axes, keepdims=False):
    """The mean and the variance of x along `axes`, a pair of tensors."""
    return mean_of(x, axes, keepdims), var(x, axes, keepdims)


# ---------------------------------------------------------------- rows and columns


def as_rows(x, axis):
    """x as a matrix with `axis` (one or several) in its rows, and the function that undoes this."""
    axes = normalized_axes(axis, x.ndim)
    if 0 in shape_along(x, axis):
        raise ValueError(f"x has shape {x.shape}, with no numbers along axis {axis}: there is nothing to normalize.")
    order = (*(a for a in range(x.ndim) if a not in axes), *axes)
    moved = x.transpose(order)
    back = np.argsort(order)
    return moved.reshape(-1, math.prod(shape_along(x, axis))), lambda rows: rows.reshape(moved.shape).transpose(back)


def shape_along(x, axis):
    return tuple(x.shape[a] for a in normalized_axes(axis, x.ndim))


def per_column(what, v, x, axis):
    """The parameter v as one number for each column, if it has the shape of x along `axis`."""
    if np.shape(v) != shape_along(x, axis):
        raise ValueError(
            f"{what}: x {x.shape} normalized along axis {axis} needs parameters of shape {shape_along(x, axis)}, "
            f"but one has {np.shape(v)}."
        )
    return np.ravel(v)


def side_by_side(rows):
    """Up to 64 rows as one: NumPy handles a long row several times faster than as many short ones."""
    return rows.reshape(-1, math.gcd(len(rows), 64) * rows.shape[1])


def combine(function, rows, v, into):
    """function(rows, v) for every row, into an array that the caller owns where the type allows it, or a new one."""
    wide = side_by_side(rows)
    out = None if into is None or np.result_type(into, v) != into.dtype else into.reshape(wide.shape)
    return function(wide, np.tile(v, wide.shape[1] // len(v)), out=out).reshape(rows.shape)


def times(rows, v, into=None):
    return combine(np.multiply, rows, v, into)


def plus(rows, v, into=None):
    return combine(np.add, rows, v, into)


def row_means(rows, other=None):
    """The mean of each row of rows ⊙ other, without an array for the products; of rows without `other`."""
    sums = np.einsum("ij->i", rows) if other is None else np.einsum("ij,ij->i", rows, other)
    return (sums / rows.shape[1])[:, None]


def column_sums(rows, other=None):
    """The sum of each column of rows ⊙ other, without an array for the products; of rows without `other`.

    A product with ones, as for a bias, would be quicker, but loses a digit over long columns, and a variance shows it.
    """
    wide = side_by_side(rows)
    sums = wide.sum(0) if other is None else np.einsum("ij,ij->j", wide, side_by_side(other))
    return sums.reshape(-1, rows.shape[1]).sum(0)
