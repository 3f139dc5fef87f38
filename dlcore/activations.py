"""Activation functions: what a neuron does with its weighted sum. Names and defaults are Keras's.

Each takes a tensor (or array) of any shape and gives one of the same shape; only `glu` halves an axis.
Those with a slope of their own stand in `dlcore/ops/nn.py`; the others are put together from them here.
"""

from . import ops
from .utils import absent, unknown


def linear(x):
    """y = x"""
    return x


def step(x):
    """y = 1 where x ≥ 0, else 0: McCulloch and Pitts's neuron of 1943, the perceptron's too.

    Its slope is 0 everywhere, so gradient descent learns nothing through it. Keras has no such activation.
    """
    return ops.heaviside(x, 1.0)


def sigmoid(x):
    """y = 1 / (1 + e⁻ˣ), from 0 to 1

    A cross-entropy of y is computed from x, of which it can tell more, see `losses.binary_crossentropy`.
    """
    return ops.sigmoid(x)


def tanh(x):
    """y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), from −1 to 1"""
    return ops.tanh(x)


def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """y = max(x, 0); in general x above `threshold`, else negative_slope · (x − threshold), and at most `max_value`"""
    if not threshold:
        y = ops.leaky_relu(x, negative_slope) if negative_slope else ops.relu(x)
    else:
        y = ops.where(x > threshold, x, negative_slope * (x - threshold))
    return y if max_value is None else ops.minimum(y, max_value)


def relu6(x):
    """y = max(x, 0), cut off at 6"""
    return ops.clip(x, 0.0, 6.0)


def leaky_relu(x, negative_slope=0.2):
    """y = x where x > 0, else negative_slope · x"""
    return ops.leaky_relu(x, negative_slope)


def elu(x, alpha=1.0):
    """y = x where x > 0, else alpha (eˣ − 1)          (Clevert et al. 2016)"""
    return ops.elu(x, alpha)


def celu(x, alpha=1.0):
    """y = x where x > 0, else alpha (e^(x/alpha) − 1): an elu that is smooth at 0 for every alpha     (Barron 2017)"""
    return alpha * ops.elu(x / alpha)


def selu(x):
    """y = 1.0507 · elu(x, 1.6733): keeps mean 0 and variance 1 from layer to layer          (Klambauer et al. 2017)"""
    return ops.selu(x)


def gelu(x, approximate=False):
    """y = x Φ(x), Φ the normal distribution; with `approximate`, Φ through tanh          (Hendrycks, Gimpel 2016)"""
    return ops.gelu(x, approximate)


def silu(x):
    """y = x σ(x), also called swish          (Elfwing et al. 2018)"""
    return ops.silu(x)


def hard_silu(x):
    """y = x · hard_sigmoid(x): a silu made of straight pieces and a parabola, also called hard_swish"""
    return x * ops.hard_sigmoid(x)


def mish(x):
    """y = x tanh(log(1 + eˣ))          (Misra 2020)"""
    return x * ops.tanh(ops.softplus(x))


def glu(x, axis=-1):
    """y = a σ(b), a and b the two halves of x along `axis`: one half decides what of the other may pass

    Dauphin et al., "Language Modeling with Gated Convolutional Networks", ICML 2017.
    """
    n = x.shape[axis]
    if n % 2:
        raise ValueError(f"glu halves axis {axis} of x {x.shape}, so its size must be even.")
    a, b = (ops.take(x, range(start, start + n // 2), axis) for start in (0, n // 2))
    return a * ops.sigmoid(b)


def exponential(x):
    """y = eˣ"""
    return ops.exp(x)


def softplus(x):
    """y = log(1 + eˣ), a smooth relu"""
    return ops.softplus(x)


def softsign(x):
    """y = x / (1 + |x|), from −1 to 1"""
    return ops.softsign(x)


def hard_sigmoid(x):
    """y = x/6 + ½, cut off at 0 and 1"""
    return ops.hard_sigmoid(x)


def hard_tanh(x):
    """y = x, cut off at −1 and 1"""
    return ops.clip(x, -1.0, 1.0)


def log_sigmoid(x):
    """y = log σ(x) = −log(1 + e⁻ˣ)"""
    return -ops.softplus(-x)


def squareplus(x, b=4):
    """y = (x + √(x² + b)) / 2, a smooth relu without powers of e"""
    return (x + ops.sqrt(ops.square(x) + b)) / 2


def sparse_plus(x):
    """y = 0 up to −1, (x + 1)² / 4 up to 1, then x: a smooth relu that is exactly 0"""
    return ops.where(x < 1, ops.square(ops.relu(x + 1)) / 4, x)


def sparse_sigmoid(x):
    """y = (x + 1) / 2, cut off at 0 and 1: the slope of sparse_plus"""
    return ops.clip((x + 1) / 2, 0.0, 1.0)


def hard_shrink(x, threshold=0.5):
    """y = x where |x| > threshold, else 0"""
    return ops.where(abs(x) > threshold, x, 0.0)


def soft_shrink(x, threshold=0.5):
    """y = x, moved toward 0 by threshold, and 0 where that would cross it"""
    return x - ops.clip(x, -threshold, threshold)


def tanh_shrink(x):
    """y = x − tanh(x)"""
    return x - ops.tanh(x)


def threshold(x, threshold, default_value):
    """y = x where x > threshold, else default_value"""
    return ops.where(x > threshold, x, default_value)


def softmax(x, axis=-1):
    """y = eˣ / Σ eˣ along `axis`: positive numbers that sum to 1

    A cross-entropy of y is computed from x, of which it can tell more, see `losses.categorical_crossentropy`.
    """
    return ops.softmax(x, axis)


def log_softmax(x, axis=-1):
    """y = log softmax(x) = x − log Σ eˣ along `axis`"""
    return ops.log_softmax(x, axis)


def squash(x, axis=-1):
    """y = x / |x| · |x|² / (1 + |x|²): the direction of the vector, with a length below 1

    Sabour, Frosst and Hinton, "Dynamic Routing Between Capsules", NeurIPS 2017, equation 1. Keras has no squash.
    """
    square = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return x * (square / (1 + square) / ops.sqrt(square + 1e-7))  # 1e-7: a vector of zeros stays one, with slopes


swish, hard_swish = silu, hard_silu

_known = {
    f.__name__: f
    for f in (linear, step, sigmoid, tanh, relu, relu6, leaky_relu, elu, celu, selu, gelu, silu, hard_silu, mish, glu,
              exponential, softplus, softsign, hard_sigmoid, hard_tanh, log_sigmoid, squareplus, sparse_plus,
              sparse_sigmoid, hard_shrink, soft_shrink, tanh_shrink, threshold, softmax, log_softmax, squash)
}  # fmt: skip
_known |= {"swish": silu, "hard_swish": hard_silu}
__all__ = ["get", *_known]
__getattr__ = absent(__name__, __all__)


def get(identifier):
    """The activation function for a name, a function (returned as it is) or None (linear)."""
    if identifier is None:
        return linear
    if callable(identifier) and not isinstance(identifier, type):
        return identifier
    if not isinstance(identifier, str):
        raise TypeError(f"An activation is a name such as 'relu' or a function of one tensor, but got {identifier!r}.")
    if identifier not in _known:
        raise ValueError(unknown("activation", identifier, _known))
    return _known[identifier]
