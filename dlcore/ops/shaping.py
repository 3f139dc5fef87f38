"""Operations that move numbers without changing them. In every formula g = ∂L/∂y.

The gradient makes the same move backwards.
"""

import math

import numpy as np

from ..tensor import Tensor, op
from .index import get_item, places, take
from .inputs import array, normalized_axes, require_broadcastable


@op
def reshape(x, newshape):
    """y = x in another shape, row by row; one size may be −1          ∂L/∂x = g in x's shape"""
    x = array(x)
    newshape = (newshape,) if isinstance(newshape, int) else tuple(newshape)
    known = math.prod(n for n in newshape if n != -1)
    fits = x.size == known if -1 not in newshape else known > 0 and x.size % known == 0
    if not fits or newshape.count(-1) > 1:
        raise ValueError(
            f"reshape: {x.size} numbers of shape {x.shape} don't fill the shape {newshape}. "
            "Does the new shape forget the batch axis? A size of -1 lets it be worked out."
        )
    return x.reshape(newshape), lambda g: (g.reshape(x.shape),)


@op
def transpose(x, axes=None):
    """y = x with its axes in another order, reversed by default          ∂L/∂x = g with the order undone"""
    x = array(x)
    axes = tuple(reversed(range(x.ndim))) if axes is None else normalized_axes(tuple(axes), x.ndim)
    if sorted(axes) != list(range(x.ndim)):
        raise ValueError(f"transpose: axes {axes} must name each of the {x.ndim} axes of shape {x.shape} once.")
    back = tuple(axes.index(a) for a in range(x.ndim))
    return x.transpose(axes), lambda g: (g.transpose(back),)


def swapaxes(x, axis1, axis2):
    """y = x with two axes exchanged          ∂L/∂x = g with them exchanged back"""
    axes = list(range(np.ndim(x)))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return transpose(x, axes)


@op
def expand_dims(x, axis):
    """y = x with a new axis of size 1          ∂L/∂x = g without it"""
    x = array(x)
    return np.expand_dims(x, axis), lambda g: (g.reshape(x.shape),)


@op
def squeeze(x, axis=None):
    """y = x without its axes of size 1, or without the one named          ∂L/∂x = g with them"""
    x = array(x)
    if axis is not None and any(x.shape[a] != 1 for a in normalized_axes(axis, x.ndim)):
        raise ValueError(f"squeeze: axis {axis} of shape {x.shape} does not have size 1.")
    return x.squeeze(axis), lambda g: (g.reshape(x.shape),)


@op
def broadcast_to(x, shape):
    """y = x repeated to fill a shape, as NumPy broadcasts          ∂L/∂x = Σ g over the repeats"""
    x = array(x)
    require_broadcastable("broadcast_to", x.shape, tuple(shape))
    return np.broadcast_to(x, shape), lambda g: (g,)


def concatenate(xs, axis=0):
    """y = the tensors of the list `xs`, one behind the other along `axis`          ∂L/∂xᵢ = its piece of g"""
    return concatenate_all(*xs, axis=axis)


@op
def concatenate_all(*xs, axis):
    xs = of_one_type(xs)
    axis = normalized_axes(axis, xs[0].ndim)[0]
    others = {x.shape[:axis] + x.shape[axis + 1 :] for x in xs}
    if len(others) > 1:
        raise ValueError(
            f"concatenate along axis {axis}: all other axes must have equal sizes, but the shapes are "
            f"{', '.join(str(x.shape) for x in xs)}."
        )
    ends = np.cumsum([x.shape[axis] for x in xs])[:-1]
    return np.concatenate(xs, axis), lambda g: tuple(np.split(g, ends, axis))


def of_one_type(xs):
    """All of xs as arrays; whole numbers beside floats become floats of their type, so that float32 stays float32."""
    xs = [array(x) for x in xs]
    floats = [x.dtype for x in xs if x.dtype.kind in "fc"]
    if not floats:
        return xs
    dtype = np.result_type(*floats)
    return [x.astype(dtype) if x.dtype.kind in "biu" else x for x in xs]


def stack(x, axis=0):
    """y = the tensors of the list `x`, all of one shape, along a new axis          ∂L/∂xᵢ = its slice of g"""
    return stack_all(*x, axis=axis)


@op
def stack_all(*xs, axis):
    if len({np.shape(x) for x in xs}) > 1:
        raise ValueError(f"stack: all shapes must be equal, but they are {', '.join(str(np.shape(x)) for x in xs)}.")
    return np.stack(of_one_type(xs), axis), lambda g: tuple(np.moveaxis(g, axis, 0))


def split(x, indices_or_sections, axis=0):
    """A list of tensors: x cut along `axis`          ∂L/∂x = their gradients, one behind the other

    Args:
        x: shape (…, n, …).
        indices_or_sections: how many pieces, all of one size; or a list of the places to cut before.
        axis: which axis has the n.
    """
    n, cuts = np.shape(x)[axis], indices_or_sections
    if isinstance(cuts, (int, np.integer)):
        if cuts < 1 or n % cuts:
            raise ValueError(f"split: axis {axis} of shape {np.shape(x)} can't be cut into {cuts} pieces of one size.")
        cuts = [i * n // cuts for i in range(1, cuts)]
    before = (slice(None),) * (axis % np.ndim(x))
    return [get_item(x, (*before, slice(a, b))) for a, b in zip([None, *cuts], [*cuts, None])]


def tile(x, repeats):
    """y = copies of x side by side, so many along each axis          ∂L/∂x = Σ g over the copies"""
    return take(x, np.tile(places(x), repeats))


def repeat(x, repeats, axis=None):
    """y = x with each slice along `axis` so many times, of the flattened x by default          ∂L/∂x = Σ g over them"""
    return take(x, np.repeat(places(x), repeats, axis))


def stop_gradient(variable):
    """y = variable, but cut off: to the gradient it is a constant."""
    return Tensor(variable.data if isinstance(variable, Tensor) else variable)
