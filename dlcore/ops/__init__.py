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
    cos,
    divide,
    erf,
    exp,
    floor,
    heaviside,
    log,
    log1p,
    maximum,
    minimum,
    multiply,
    negative,
    power,
    round,
    sign,
    sin,
    sqrt,
    square,
    subtract,
    tanh,
    where,
)  # fmt: skip
from .fused import dense
from .index import argsort, get_item, one_hot, sort, take, top_k
from .linalg import dot, matmul, norm
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
from .plain import (
    all,
    any,
    arange,
    convert_to_numpy,
    convert_to_tensor,
    equal,
    full,
    greater,
    greater_equal,
    isnan,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    ndim,
    not_equal,
    ones,
    ones_like,
    shape,
    size,
    truths,
    zeros,
    zeros_like,
)  # fmt: skip
from .pooling import average_pool, max_pool
from .reduce import argmax, cumsum, logsumexp, max, mean, min, std, sum, var
from .sequence import gru, lstm, simple_rnn
from .shaping import (
    broadcast_to,
    concatenate,
    expand_dims,
    repeat,
    reshape,
    split,
    squeeze,
    stack,
    stop_gradient,
    swapaxes,
    tile,
    transpose,
)  # fmt: skip
from .windows import pad

__all__ = [
    "abs", "add", "all", "any", "arange", "argmax", "argsort", "average_pool", "batch_normalization",
    "binary_cross_entropy", "broadcast_to", "cast", "clip", "concatenate", "conv", "conv_transpose",
    "convert_to_numpy", "convert_to_tensor", "cos", "cross_entropy", "cumsum", "dense", "depthwise_conv", "divide",
    "dot", "dot_product_attention", "elu", "equal", "erf", "exp", "expand_dims", "floor", "full", "gelu",
    "get_item", "greater", "greater_equal", "gru", "hard_sigmoid", "heaviside", "isnan",
    "layer_normalization", "leaky_relu", "less", "less_equal", "log", "log1p", "log_softmax", "logical_and",
    "logical_not", "logical_or", "logsumexp", "lstm", "matmul", "max", "max_pool", "maximum", "mean", "min",
    "minimum", "moments", "multiply", "ndim", "negative", "norm", "normalize_batch", "not_equal", "one_hot", "ones",
    "ones_like", "pad", "power", "relu", "repeat", "reshape", "rms_normalization", "round", "selu", "shape",
    "sigmoid", "sigmoid_cross_entropy", "sign", "silu", "simple_rnn", "sin", "size", "softmax",
    "softmax_cross_entropy", "softplus", "softsign", "sort", "sparse_cross_entropy", "sparse_softmax_cross_entropy",
    "split", "sqrt", "square", "squeeze", "stack", "std", "stop_gradient", "subtract", "sum", "swapaxes", "take",
    "tanh", "tile", "top_k", "transpose", "var", "where", "zeros", "zeros_like",
]  # fmt: skip

swish = silu  # Keras has both names
__getattr__ = absent(__name__, __all__)


def reflected(operation):
    """For `3 - x` and `array @ x`: Python asks the right-hand tensor, with the left-hand side as argument."""
    return lambda x, other: operation(other, x)


def comparison(compare):
    """Comparisons give arrays of True and False: there is nothing to differentiate."""
    return lambda x, other: truths(compare(x.data, other.data if isinstance(other, Tensor) else np.asarray(other)))


for name, operation in {"add": add, "sub": subtract, "mul": multiply, "truediv": divide, "pow": power,
                        "matmul": matmul}.items():  # fmt: skip
    setattr(Tensor, f"__{name}__", operation)
    setattr(Tensor, f"__r{name}__", reflected(operation))
for name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Tensor, f"__{name}__", comparison(getattr(operator, name)))
Tensor.__neg__ = negative
Tensor.__abs__ = abs
Tensor.__getitem__ = get_item
