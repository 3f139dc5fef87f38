"""Operations that pick numbers by their position. In every formula g = ∂L/∂y.

The gradient goes back to where the numbers came from; a number picked twice gets both shares.
"""

import math

import numpy as np

from ..tensor import Tensor, as_array, op
from .inputs import array


def plain(key):
    """An index with the arrays of its tensors: x[tensor] and x[:, tensor] work like x[array]."""
    if isinstance(key, tuple):
        return tuple(plain(k) for k in key)
    return key.data if isinstance(key, Tensor) else key


def is_view(key):
    """True for numbers, slices, ... and None: an index that picks no number twice."""
    parts = key if isinstance(key, tuple) else (key,)
    return all(k is None or k is Ellipsis or isinstance(k, (int, np.integer, slice)) for k in parts)


def as_places(labels, n):
    """Labels as indices, and where the first one stands that is no whole number from 0 to n − 1; None for nowhere."""
    with np.errstate(invalid="ignore"):  # NaN becomes some number, which then differs from the label
        places = labels.astype(np.intp, copy=False)
    # Without its sign, a negative number is a very large one.
    outside = places.size and places.view(np.uintp).max() >= n
    if not outside and (labels.dtype.kind in "iub" or (places == labels).all()):
        return places, None
    wrong = (places != labels) | (places < 0) | (places >= n)
    return places, tuple(int(i) for i in np.argwhere(wrong)[0])


@op
def get_item(x, key):
    """y = x[key]          ∂L/∂x = 0, with g added at [key]"""
    x, key = array(x), plain(key)

    def vjp(g):
        gx = np.zeros(x.shape, g.dtype)
        if is_view(key):
            gx[key] = g
        else:
            np.add.at(gx, key, g)
        return (gx,)

    return x[key], vjp


@op
def take(x, indices, axis=None):
    """y = the slices of x at `indices` along `axis`, of the flattened x by default          ∂L/∂x = g added there"""
    x, indices = array(x), np.asarray(indices)
    n = x.size if axis is None else x.shape[axis]
    if indices.size and not (-n <= indices.min() and indices.max() < n):
        wrong = indices[(indices < -n) | (indices >= n)].flat[0]
        raise IndexError(f"take: index {wrong} is outside of the {n} places along axis {axis} of shape {x.shape}.")

    def vjp(g):
        gx = np.zeros(x.shape, g.dtype)
        if axis is None or axis % x.ndim == 0:
            # Row i of m numbers holds the places i m … i m + m − 1: along one axis np.add.at is ten times faster.
            m = 1 if axis is None else math.prod(x.shape[1:])
            places = indices.astype(np.intp).reshape(-1, 1) * m + np.arange(m)
            np.add.at(gx.reshape(-1), places.reshape(-1), g.reshape(-1))
        else:
            places = range(axis % x.ndim, axis % x.ndim + indices.ndim)
            np.add.at(np.moveaxis(gx, axis, 0), indices, np.moveaxis(g, places, range(indices.ndim)))
        return (gx,)

    return np.take(x, indices, axis), vjp


def places(x):
    """0, 1, 2 … in the shape of x: the place that each of its numbers has in the flattened x, for `take`."""
    return np.arange(np.size(x)).reshape(np.shape(x))


def argsort(x, axis=-1):
    """The places of x's numbers along an axis, smallest number first; nothing is recorded."""
    return Tensor(np.argsort(as_array(x), axis, kind="stable"))


def sort(x, axis=-1):
    """y = x's numbers along an axis, smallest first          ∂L/∂x = g, back where the numbers came from"""
    return take(x, np.take_along_axis(places(x), argsort(x, axis).data, axis))


def top_k(x, k):
    """(y, i): the k largest numbers along the last axis, largest first, and their places; ∂L/∂x = g at those places."""
    n = np.shape(x)[-1]
    if not 0 <= k <= n:
        raise ValueError(f"top_k: the last axis of shape {np.shape(x)} does not have {k} numbers.")
    i = n - 1 - argsort(as_array(x)[..., ::-1]).data[..., ::-1][..., :k]  # of equal numbers the first comes first
    return take(x, np.take_along_axis(places(x), i, -1)), Tensor(i)


def one_hot(x, num_classes, axis=-1, dtype="float32"):
    """1 at the place that each whole number of x names, 0 elsewhere; nothing is recorded.

    A number outside of 0 … num_classes − 1 gives zeros only, as in Keras.
    """
    x = x.data if isinstance(x, Tensor) else np.asarray(x)
    y = (x[..., None] == np.arange(num_classes)).astype(dtype)
    return Tensor(np.moveaxis(y, -1, axis))
