"""Every operation, with its vector-Jacobian product beside it. Names, arguments and defaults are those of `keras.ops`.

Importing this module also gives `Tensor` its operators: x + y, x @ y, -x, x ** 2, x[0], x < y ...
"""

import operator

import numpy as np

from ..tensor import Tensor
from ..utils import absent
from .elementwise import (
    abs,
    add,
    cast,
    clip,
    divide,
    erf,
    exp,
    heaviside,
    log,
    log1p,
    maximum,
    minimum,
    multiply,
    negative,
    power,
    sign,
    sqrt,
    square,
    subtract,
    tanh,
    where,
)  # fmt: skip
from .fused import dense, sigmoid_cross_entropy, softmax_cross_entropy, sparse_softmax_cross_entropy
from .index import get_item, one_hot, take
from .linalg import matmul
from .nn import (
    elu,
    gelu,
    hard_sigmoid,
    leaky_relu,
    log_softmax,
    relu,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    softsign,
)  # fmt: skip
from .reduce import argmax, logsumexp, max, mean, min, sum, var
from .shape import concatenate, expand_dims, reshape, squeeze, stack, stop_gradient, transpose

__all__ = [
    "abs", "add", "argmax", "cast", "clip", "concatenate", "dense", "divide", "elu", "erf", "exp", "expand_dims",
    "gelu", "get_item", "hard_sigmoid", "heaviside", "leaky_relu", "log", "log1p", "log_softmax", "logsumexp",
    "matmul", "max", "maximum", "mean", "min", "minimum", "multiply", "negative", "one_hot", "power", "relu",
    "reshape", "selu", "sigmoid", "sigmoid_cross_entropy", "sign", "silu", "softmax", "softmax_cross_entropy",
    "softplus", "softsign", "sparse_softmax_cross_entropy", "sqrt", "square", "squeeze", "stack", "stop_gradient",
    "subtract", "sum", "take", "tanh", "transpose", "var", "where",
]  # fmt: skip

__getattr__ = absent(__name__, __all__)


def reflected(operation):
    """For `3 - x` and `array @ x`: Python asks the right-hand tensor, with the left-hand side as argument."""
    return lambda x, other: operation(other, x)


def comparison(compare):
    """Comparisons give plain arrays of True and False: there is nothing to differentiate."""
    return lambda x, other: compare(x.data, other.data if isinstance(other, Tensor) else np.asarray(other))


for name, operation in {"add": add, "sub": subtract, "mul": multiply, "truediv": divide, "pow": power,
                        "matmul": matmul}.items():  # fmt: skip
    setattr(Tensor, f"__{name}__", operation)
    setattr(Tensor, f"__r{name}__", reflected(operation))
for name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Tensor, f"__{name}__", comparison(getattr(operator, name)))
Tensor.__neg__ = negative
Tensor.__abs__ = abs
Tensor.__getitem__ = get_item
