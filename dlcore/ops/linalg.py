"""Products of matrices. In every formula g = ∂L/∂y."""

import numpy as np

from ..tensor import op
from .elementwise import abs, multiply, sqrt, square
from .inputs import operand, require_broadcastable
from .reduce import max, sum


@op
def matmul(x1, x2):
    """y = x1 x2          ∂L/∂x1 = g x2ᵀ,  ∂L/∂x2 = x1ᵀ g

    The last two axes are the matrices, axes before them are broadcast as in NumPy; a vector counts as a row on
    the left and as a column on the right.
    """
    x1, x2 = np.asarray(operand(x1, beside=x2)), np.asarray(operand(x2, beside=x1))
    require_product(x1.shape, x2.shape)
    with np.errstate(invalid="ignore"):  # OpenBLAS may warn of finite numbers (NumPy's issue 24067); y shows any NaN
        y = np.matmul(x1, x2)
    rows = x1[None, :] if x1.ndim == 1 else x1
    columns = x2[:, None] if x2.ndim == 1 else x2

    def vjp(g):
        g = np.expand_dims(g, -1) if x2.ndim == 1 else g
        g = np.expand_dims(g, -2) if x1.ndim == 1 else g

        def to_x1():
            d = np.matmul(g, columns.swapaxes(-1, -2))
            return d[..., 0, :] if x1.ndim == 1 else d

        def to_x2():
            d = np.matmul(rows.swapaxes(-1, -2), g)
            return d[..., 0] if x2.ndim == 1 else d

        return to_x1, to_x2

    return y, vjp


def dot(x1, x2):
    """y = x1 x2, the product of vectors and matrices; with a single number, x1 ⊙ x2"""
    if 0 in (np.ndim(x1), np.ndim(x2)):
        return multiply(x1, x2)
    if np.ndim(x2) > 2:
        raise NotImplementedError(f"dot of shapes {np.shape(x1)} and {np.shape(x2)}: for many matrices, use matmul.")
    return matmul(x1, x2)


def norm(x, ord=None, axis=None, keepdims=False):
    """y = √Σ x², the length of a vector; of vectors also ord=1, Σ |x|, and ord=np.inf, the largest |x|

    Args:
        x: any shape.
        ord: None, 2, 1 or np.inf.
        axis: along which the vectors lie.
        keepdims: whether the axis stays, with size 1.
    """
    of_vectors = isinstance(axis, int) or np.ndim(x) == 1
    if ord is None or (ord == 2 and of_vectors):
        return sqrt(sum(square(x), axis, keepdims))
    if not of_vectors or ord not in (1, np.inf):
        raise NotImplementedError(
            f"norm(ord={ord}, axis={axis}): dlcore has ord 1, 2 and np.inf, of vectors along one axis."
        )
    return (sum if ord == 1 else max)(abs(x), axis, keepdims)


def require_product(shape1, shape2):
    """Raise a ValueError with the likely cause where no matrix product of these shapes exists."""
    if not shape1 or not shape2:
        raise ValueError(f"matmul: needs vectors or matrices, but got shapes {shape1} and {shape2}. Use * for numbers.")
    inner1, inner2 = shape1[-1], shape2[-2] if len(shape2) > 1 else shape2[0]
    if inner1 == inner2:
        require_broadcastable("matmul (axes before the matrices)", shape1[:-2], shape2[:-2])
        return
    message = (
        f"matmul: shapes {shape1} and {shape2} don't fit: the first one's last axis has size {inner1}, "
        f"and the second one's axis before the last has size {inner2}."
    )
    if len(shape2) > 1 and inner1 == shape2[-1]:
        message += " Is the second one transposed?"
    elif len(shape1) > 1 and inner2 == shape1[-2]:
        message += " Is the first one transposed?"
    raise ValueError(message)
