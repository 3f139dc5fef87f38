"""Operations that turn many numbers into fewer, along one axis, several, or all.

In every formula g = ∂L/∂y. `axis` is None (all), a number or a tuple; `keepdims` leaves reduced axes with size 1.
"""

import math

import numpy as np

from ..tensor import Tensor, as_array, op
from .elementwise import sqrt
from .inputs import array, floating, normalized_axes


def kept(y, x, axis):
    """y with the reduced axes of x, a tuple counted from 0, put back with size 1: so it broadcasts against x."""
    return y.reshape([1 if a in axis else n for a, n in enumerate(x.shape)])


def spread(g, x, axis):
    """g, once for each number of x that went into it."""
    y = np.empty(x.shape, g.dtype)  # np.broadcast_to would take longer than filling a small array
    y[...] = kept(g, x, axis)
    return y


def count(x, axis):
    """How many numbers went into each reduced one, as a Python int (which leaves float32 as it is)."""
    return math.prod(x.shape[a] for a in axis)


@op
def sum(x, axis=None, keepdims=False):
    """y = Σ x          ∂L/∂x = g, once for each number of x"""
    x, axis = array(x), normalized_axes(axis, np.ndim(x))
    return x.sum(axis, keepdims=keepdims), lambda g: (spread(g, x, axis),)


@op
def mean(x, axis=None, keepdims=False):
    """y = Σ x / n          ∂L/∂x = g / n, once for each number of x"""
    x, axis = floating(x), normalized_axes(axis, np.ndim(x))
    n = count(x, axis)
    return x.sum(axis, keepdims=keepdims) / n, lambda g: (spread(g / n, x, axis),)


@op
def var(x, axis=None, keepdims=False):
    """y = Σ (x − x̄)² / n          ∂L/∂x = 2 g ⊙ (x − x̄) / n"""
    x, axis = floating(x), normalized_axes(axis, np.ndim(x))
    n = count(x, axis)
    centred = x - x.sum(axis, keepdims=True) / n
    y = (centred * centred).sum(axis, keepdims=keepdims) / n
    return y, lambda g: (kept(g, x, axis) * centred * (2 / n),)


def std(x, axis=None, keepdims=False):
    """y = √(Σ (x − x̄)² / n)"""
    return sqrt(var(x, axis, keepdims))


@op
def cumsum(x, axis=None):
    """y = Σ x up to each place along an axis, of the flattened x by default          ∂L/∂x = Σ g from there on"""
    x = array(x)
    along = 0 if axis is None else axis
    return np.cumsum(x, axis), lambda g: (np.flip(np.cumsum(np.flip(g, along), along), along).reshape(x.shape),)


@op
def max(x, axis=None, keepdims=False):
    """y = the largest x          ∂L/∂x = g where x is the largest, shared evenly in a tie"""
    return extreme(array(x), normalized_axes(axis, np.ndim(x)), keepdims, np.max)


@op
def min(x, axis=None, keepdims=False):
    """y = the smallest x          ∂L/∂x = g where x is the smallest, shared evenly in a tie"""
    return extreme(array(x), normalized_axes(axis, np.ndim(x)), keepdims, np.min)


def extreme(x, axis, keepdims, function):
    y = function(x, axis, keepdims=True)

    def vjp(g):
        winners = x == y
        return (kept(g, x, axis) * winners / winners.sum(axis, keepdims=True, dtype=g.dtype),)

    return (y if keepdims else y.squeeze(axis)), vjp


@op
def logsumexp(x, axis=None, keepdims=False):
    """y = log Σ eˣ = m + log Σ e^(x−m), m the largest x          ∂L/∂x = g ⊙ e^(x−y)"""
    x, axis = floating(x), normalized_axes(axis, np.ndim(x))
    m = x.max(axis, keepdims=True)
    m = np.where(np.isfinite(m), m, np.zeros_like(m))  # −∞ − (−∞) would be NaN
    with np.errstate(divide="ignore"):  # log 0 = −∞ is right where every x is −∞
        y = m + np.log(np.exp(x - m).sum(axis, keepdims=True))
    return (y if keepdims else y.squeeze(axis)), lambda g: (kept(g, x, axis) * np.exp(x - y),)


def argmax(x, axis=None, keepdims=False):
    """Where the largest x is, the first in a tie. Whole numbers have no slope: nothing is recorded."""
    return Tensor(np.argmax(as_array(x), axis, keepdims=keepdims))
