"""What an operation does with its inputs before it computes: float32 stays float32, and shapes must fit."""

import numpy as np

from ..tensor import as_array

EPSILON = 1e-7  # the small number that keeps divisions and logarithms finite where none is given: Keras's epsilon()


def array(x):
    """x as an array of the numbers that it holds: Python floats and lists of them become float32."""
    return x if isinstance(x, np.ndarray) else as_array(x)


def floating(x):
    """x as an array of floats: integers, booleans, lists and Python numbers become float32."""
    x = array(x)
    return x.astype(np.float32) if x.dtype.kind in "biu" else x


def operands(what, x1, x2):
    """The two inputs of the operation called `what`, ready to be combined by NumPy.

    Single numbers become Python numbers, which never change the dtype of the array beside them
    (a NumPy float64 would quietly turn float32 into float64), and integers beside floats become floats.
    """
    x1, x2 = operand(x1, beside=x2), operand(x2, beside=x1)
    if np.shape(x1) != np.shape(x2):
        require_broadcastable(what, np.shape(x1), np.shape(x2))
    return x1, x2


def operand(x, beside):
    if isinstance(x, np.generic):
        return x.item()
    if isinstance(x, (bool, int, float, complex)):
        return x
    beside = np.asarray(beside)
    if not isinstance(x, np.ndarray):
        x = as_array(x, beside.dtype if beside.ndim and beside.dtype.kind in "fc" else None)
    if x.dtype.kind in "biu" and beside.dtype.kind in "fc":
        return x.astype(beside.dtype if beside.ndim else np.result_type(np.float32, beside.dtype.type(0).item()))
    return x


def require_broadcastable(what, shape1, shape2):
    """Raise a ValueError with the likely cause where two shapes can't be broadcast together."""
    n = min(len(shape1), len(shape2))
    clash = [axis for axis in range(-n, 0) if shape1[axis] != shape2[axis] and 1 not in (shape1[axis], shape2[axis])]
    if not clash:
        return
    axis = clash[-1]
    message = (
        f"{what}: shapes {shape1} and {shape2} don't fit together: counted from the end, axis {axis} has size "
        f"{shape1[axis]} in one and {shape2[axis]} in the other. Sizes must be equal, or one of them 1."
    )
    raise ValueError(f"{message} {likely_cause(shape1, shape2)}".rstrip())


def likely_cause(shape1, shape2):
    short, long = sorted((shape1, shape2), key=len)
    if len(short) == len(long) and short == long[::-1]:
        return "Is one of them transposed?"
    if len(short) == 1 and len(long) > 1 and short[0] == long[0]:
        return f"If it is one number a row, reshape {short} to {(short[0],) + (1,) * (len(long) - 1)}."
    if len(short) == len(long) and short[1:] == long[1:]:
        return "The rest agrees: do the two come from different batches?"
    return ""


def normalized_axes(axis, ndim):
    """`axis` (None, a number or a tuple) as a tuple of numbers from 0 to ndim − 1."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    for a in axes:
        if not -ndim <= a < ndim:
            raise ValueError(f"axis {a} does not exist in an array with {ndim} axes (from {-ndim} to {ndim - 1}).")
    return tuple(a % ndim for a in axes)
