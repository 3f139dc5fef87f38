"""Every operation, with its vector-Jacobian product beside it. Names, arguments and defaults are those of `keras.ops`.

Importing this module also gives `Tensor` its operators: x + y, x @ y, -x, x ** 2, x[0], x < y ...
"""

import operator

import numpy as np

from ..tensor import Tensor
from ..utils import absent
from .attention import dot_product_attention
from .convolution import conv, conv_transpose, depthwise_conv
from .crossentropy import (
    binary_cross_entropy,
    cross_entropy,
    sigmoid_cross_entropy,
    softmax_cross_entropy,
    sparse_cross_entropy,
    sparse_softmax_cross_entropy,
)  # fmt: skip
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
from .fused import dense
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
from .normalization import batch_normalization, layer_normalization, moments, normalize_batch, rms_normalization
from .pooling import average_pool, max_pool
from .reduce import argmax, logsumexp, max, mean, min, sum, var
from .sequence import gru, lstm, simple_rnn
from .shape import broadcast_to, concatenate, expand_dims, reshape, squeeze, stack, stop_gradient, transpose
from .windows import pad

__all__ = [
    "abs", "add", "argmax", "average_pool", "batch_normalization", "binary_cross_entropy", "broadcast_to", "cast",
    "clip", "concatenate", "conv", "conv_transpose", "cross_entropy", "dense", "depthwise_conv", "divide",
    "dot_product_attention", "elu", "erf", "exp", "expand_dims", "gelu", "get_item", "gru", "hard_sigmoid",
    "heaviside", "layer_normalization", "leaky_relu", "log", "log1p", "log_softmax", "logsumexp", "lstm", "matmul",
    "max", "max_pool", "maximum", "mean", "min", "minimum", "moments", "multiply", "negative", "normalize_batch",
    "one_hot", "pad", "power", "relu", "reshape", "rms_normalization", "selu", "sigmoid", "sigmoid_cross_entropy",
    "sign", "silu", "simple_rnn", "softmax", "softmax_cross_entropy", "softplus", "softsign",
    "sparse_cross_entropy", "sparse_softmax_cross_entropy", "sqrt", "square", "squeeze", "stack", "stop_gradient",
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
