"""Several steps as one operation, where they are one formula anyway.

Each could be composed from the other operations, with more arrays made on the way. The tests hold each against that
composed form. In every formula g = ∂L/∂y.
"""

from functools import lru_cache

import numpy as np

from ..tensor import op
from .inputs import floating


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
    y = plus_bias(rows @ kernel, bias)

    def vjp(g):
        g = g.reshape(y.shape)
        return (
            lambda: (g @ kernel.T).reshape(x.shape),
            lambda: rows.T @ g,
            lambda: summed_rows(g),
        )

    return y.reshape(*x.shape[:-1], kernel.shape[1]), vjp


def plus_bias(y, bias):
    """y + b in y's own memory, where b's type allows it: no second array. y itself without b."""
    return y if bias is None else np.add(y, bias, out=y if y.dtype == bias.dtype else None)


def summed_rows(g):
    """Σ g over the rows, as a product with ones: several times faster than g.sum(axis=0)."""
    return ones(len(g), g.dtype) @ g


@lru_cache(maxsize=16)
def ones(n, dtype):
    """n ones, which many steps share: making them would take longer than the product."""
    found = np.ones(n, dtype)
    found.flags.writeable = False
    return found


def dense_mismatch(x_shape, kernel_shape):
    if not x_shape or len(kernel_shape) != 2:
        return f"dense: x {x_shape} needs at least one axis, and the kernel {kernel_shape} exactly two: (in, out)."
    message = f"dense: x {x_shape} has last axis {x_shape[-1]}, but the kernel {kernel_shape} takes {kernel_shape[0]}."
    if kernel_shape[1] == x_shape[-1]:
        return message + " Is the kernel transposed? It is (in, out)."
    if len(x_shape) > 2 and np.prod(x_shape[1:]) == kernel_shape[0]:
        return message + " Is a Flatten() missing before it?"
    return message
