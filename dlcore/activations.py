"""Activation functions: what a neuron does with its weighted sum. Names and defaults are Keras's.

Each takes a tensor (or array) of any shape and gives one of the same shape. The formulas and their slopes
stand in `dlcore/ops/nn.py`.
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
    """y = 1 / (1 + e⁻ˣ), from 0 to 1"""
    return ops.sigmoid(x)


def tanh(x):
    """y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), from −1 to 1"""
    return ops.tanh(x)


def relu(x):
    """y = max(x, 0)"""
    return ops.relu(x)


def leaky_relu(x, negative_slope=0.2):
    """y = x where x > 0, else negative_slope · x"""
    return ops.leaky_relu(x, negative_slope)


def elu(x, alpha=1.0):
    """y = x where x > 0, else alpha (eˣ − 1)          (Clevert et al. 2016)"""
    return ops.elu(x, alpha)


def selu(x):
    """y = 1.0507 · elu(x, 1.6733): keeps mean 0 and variance 1 from layer to layer          (Klambauer et al. 2017)"""
    return ops.selu(x)


def gelu(x, approximate=False):
    """y = x Φ(x), Φ the normal distribution; with `approximate`, Φ through tanh          (Hendrycks, Gimpel 2016)"""
    return ops.gelu(x, approximate)


def silu(x):
    """y = x σ(x), also called swish          (Elfwing et al. 2018)"""
    return ops.silu(x)


def softplus(x):
    """y = log(1 + eˣ), a smooth relu"""
    return ops.softplus(x)


def softsign(x):
    """y = x / (1 + |x|), from −1 to 1"""
    return ops.softsign(x)


def hard_sigmoid(x):
    """y = x/6 + ½, cut off at 0 and 1"""
    return ops.hard_sigmoid(x)


def softmax(x, axis=-1):
    """y = eˣ / Σ eˣ along `axis`: positive numbers that sum to 1"""
    return ops.softmax(x, axis)


swish = silu

_known = {
    f.__name__: f
    for f in (linear, step, sigmoid, tanh, relu, leaky_relu, elu, selu, gelu, silu, softplus, softsign, hard_sigmoid,
              softmax)
}  # fmt: skip
_known["swish"] = silu
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
