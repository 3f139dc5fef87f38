"""Operations that nothing flows back through: comparisons, shapes, and tensors that are made from nothing."""

import numpy as np

from ..tensor import Tensor, as_array
from .elementwise import cast
from .inputs import operands

# ---------------------------------------------------------------- true or false


class Truths(np.ndarray):
    """True and False, number by number: a plain array that answers `.numpy()`, too, as Keras's tensors do."""

    def numpy(self):
        """The plain array."""
        return self.view(np.ndarray)

    def __array_wrap__(self, y, context=None, return_scalar=False):
        """What NumPy computes from it is a plain array or number again."""
        return y if y.ndim else y[()]

    def __repr__(self):
        return repr(self.numpy()[()])


def truths(y):
    return np.asarray(y).view(Truths)


def of_two(test, holds):
    """The operation on two tensors that NumPy has as `test`."""

    def operation(x1, x2):
        return truths(test(*operands(test.__name__, x1, x2)))

    return named(operation, test, holds)


def of_one(test, holds):
    def operation(x):
        return truths(test(as_array(x)))

    return named(operation, test, holds)


def named(operation, test, holds):
    operation.__name__ = operation.__qualname__ = test.__name__
    operation.__doc__ = f"True where {holds}, False elsewhere: an array, since there is nothing to differentiate."
    return operation


equal = of_two(np.equal, "x1 = x2")
not_equal = of_two(np.not_equal, "x1 ≠ x2")
greater = of_two(np.greater, "x1 > x2")
greater_equal = of_two(np.greater_equal, "x1 ≥ x2")
less = of_two(np.less, "x1 < x2")
less_equal = of_two(np.less_equal, "x1 ≤ x2")
logical_and = of_two(np.logical_and, "both hold (are not 0)")
logical_or = of_two(np.logical_or, "one of them holds (is not 0), or both")
logical_not = of_one(np.logical_not, "x does not hold (is 0)")
isnan = of_one(np.isnan, "x is no number (NaN)")


def any(x, axis=None, keepdims=False):
    """Whether at least one of x's numbers holds (is not 0)."""
    return truths(np.any(as_array(x), axis, keepdims=keepdims))


def all(x, axis=None, keepdims=False):
    """Whether all of x's numbers hold (are not 0)."""
    return truths(np.all(as_array(x), axis, keepdims=keepdims))


# ---------------------------------------------------------------- shapes


def shape(x):
    """How many entries x has along each axis, a tuple."""
    return np.shape(x)


def size(x):
    """The number of entries."""
    return np.size(x)


def ndim(x):
    """The number of axes."""
    return np.ndim(x)


# ---------------------------------------------------------------- from nothing, and from and to arrays


def full(shape, fill_value, dtype=None):
    """A tensor with the same number everywhere."""
    return Tensor(np.full(shape, as_array(fill_value), dtype or "float32"))


def zeros(shape, dtype=None):
    """A tensor of zeros."""
    return full(shape, 0, dtype)


def ones(shape, dtype=None):
    """A tensor of ones."""
    return full(shape, 1, dtype)


def zeros_like(x, dtype=None):
    """Zeros in the shape of x, and of its dtype."""
    return Tensor(np.zeros_like(as_array(x), dtype))


def ones_like(x, dtype=None):
    """Ones in the shape of x, and of its dtype."""
    return Tensor(np.ones_like(as_array(x), dtype))


def arange(start, stop=None, step=None, dtype=None):
    """start, start + step … below stop; of a single argument 0, 1 … below it. Whole numbers are int32."""
    start, stop = (0, start) if stop is None else (start, stop)
    y = np.arange(as_array(start), as_array(stop), as_array(1 if step is None else step))
    return Tensor(y.astype(dtype or ("float32" if y.dtype.kind == "f" else "int32")))


def convert_to_tensor(x, dtype=None):
    """x as a tensor, of another dtype if one is named. A tensor keeps its record: gradients flow back through it."""
    x = x if isinstance(x, Tensor) else Tensor(x)
    return x if dtype is None or x.dtype == dtype else cast(x, dtype)


def convert_to_numpy(x):
    """x as a NumPy array, cut off from the record."""
    return as_array(x)
