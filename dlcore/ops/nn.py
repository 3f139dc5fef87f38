"""Activation functions, each with its slope. In every formula g = ∂L/∂y.

At a kink there is no slope; which one of its two sides is taken is a choice, and here it is Keras's: relu'(0) = 0.
"""

import math
from functools import wraps

import numpy as np

from ..tensor import op
from .elementwise import erf_values
from .inputs import array, floating

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017, equation 14


def keeps_logits(operation):
    """The operation, with a y that holds x as `y.logits`: a cross-entropy of y is computed from x, see `losses`."""

    @wraps(operation)
    def keeping(x, *settings, **named):
        y = operation(x, *settings, **named)
        y.logits = x
        return y

    return keeping


@op
def relu(x):
    """y = max(x, 0)          ∂L/∂x = g where x > 0"""
    x = array(x)
    return np.maximum(x, 0), lambda g: (g * (x > 0),)


@op
def leaky_relu(x, negative_slope=0.2):
    """y = x where x > 0, negative_slope · x elsewhere          ∂L/∂x = g or negative_slope · g"""
    x = floating(x)
    y = np.maximum(x, 0) + negative_slope * np.minimum(x, 0)
    return y, lambda g: (g * (x > 0) + negative_slope * g * (x <= 0),)


@op
def elu(x, alpha=1.0):
    """y = x where x > 0, alpha (eˣ − 1) elsewhere          ∂L/∂x = g, or g ⊙ (y + alpha)"""
    x = floating(x)
    y = np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))
    return y, lambda g: (g * np.where(x > 0, np.ones_like(y), y + alpha),)


@op
def selu(x):
    """y = scale · elu(x, alpha)          ∂L/∂x = scale · g where x ≥ 0, else g ⊙ (y + scale · alpha)"""
    x = floating(x)
    y = SELU_SCALE * (np.maximum(x, 0) + SELU_ALPHA * np.expm1(np.minimum(x, 0)))
    return y, lambda g: (g * np.where(x >= 0, np.full_like(y, SELU_SCALE), y + SELU_SCALE * SELU_ALPHA),)


@keeps_logits
@op
def sigmoid(x):
    """y = 1 / (1 + e⁻ˣ)          ∂L/∂x = g ⊙ y ⊙ (1 − y)"""
    y = sigmoid_values(floating(x))
    return y, lambda g: (g * y * (1 - y),)


def sigmoid_values(x):
    with np.errstate(over="ignore"):  # for very negative x, e⁻ˣ is infinite and 1/∞ = 0 is the right answer
        return 1 / (1 + np.exp(-x))


@op
def silu(x):
    """y = x ⊙ σ(x)          ∂L/∂x = g ⊙ (σ + y ⊙ (1 − σ))"""
    x = floating(x)
    s = sigmoid_values(x)
    y = x * s
    return y, lambda g: (g * (s + y * (1 - s)),)


@op
def gelu(x, approximate=True):
    """y = x ⊙ Φ(x), Φ the normal distribution          ∂L/∂x = g ⊙ (Φ(x) + x ⊙ φ(x)),  φ = Φ'

    approximate: Φ(x) ≈ ½ (1 + tanh u) with u = √(2/π) (x + 0.044715 x³), which is cheaper than erf.
    """
    x = floating(x)
    c, a = math.sqrt(2 / math.pi), 0.044715
    if approximate:
        u = x * x  # each line works in place: a new array of this size would cost as much as the arithmetic
        u *= c * a
        u += c
        u *= x
        cumulative = np.tanh(u)
    else:
        cumulative = erf_values(x * math.sqrt(0.5))
    cumulative += 1
    cumulative *= 0.5

    def vjp(g):
        d = x * x
        if approximate:  # x φ = 2 Φ (1 − Φ) x u', for tanh' = 1 − tanh²
            d *= 6 * c * a
            d += 2 * c
            d *= x
            d *= cumulative
            d *= 1 - cumulative
        else:  # x φ = x exp(−x²/2) / √(2π)
            d *= -0.5
            d = np.exp(d)
            d *= 1 / math.sqrt(2 * math.pi)
            d *= x
        d += cumulative
        d *= g
        return (d,)

    return x * cumulative, vjp


@op
def softplus(x):
    """y = log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|)          ∂L/∂x = g ⊙ σ(x)"""
    x = floating(x)
    return softplus_values(x), lambda g: (g * sigmoid_values(x),)


def softplus_values(x):
    return np.maximum(x, 0) + np.log1p(np.exp(np.minimum(x, -x)))


@op
def softsign(x):
    """y = x / (1 + |x|)          ∂L/∂x = g / (1 + |x|)²"""
    x = floating(x)
    scale = 1 + np.maximum(x, -x)
    return x / scale, lambda g: (g / (scale * scale),)


@op
def hard_sigmoid(x):
    """y = x/6 + ½, cut off at 0 and 1          ∂L/∂x = g/6 where −3 < x < 3"""
    x = floating(x)
    y = np.minimum(np.maximum(x / 6 + 0.5, 0), 1)
    return y, lambda g: (g / 6 * ((x > -3) & (x < 3)),)


@keeps_logits
@op
def softmax(x, axis=-1):
    """y = eˣ / Σ eˣ          ∂L/∂x = y ⊙ (g − Σ g ⊙ y)"""
    y = exponentials(floating(x), axis)
    y /= summed(y, axis)

    def vjp(g):
        d = g * y
        d -= y * summed(d, axis)
        return (d,)

    return y, vjp


def summed(x, axis):
    """Σ x along `axis`, which stays with size 1. Along the last: a product with ones, in a tenth of the time of sum."""
    if axis in (-1, x.ndim - 1):
        return (x @ np.ones(x.shape[-1], x.dtype))[..., None]
    return x.sum(axis, keepdims=True)


def top(x, axis):
    """What to subtract from x before eˣ, so that no power of e overflows: the largest x of each row along `axis`.

    That divides each eˣ of a row by the same number, which cancels in a softmax. The largest x of the whole array is
    found several times faster than that of each row. It serves as well where no x lies so far below it that its power
    of e is lost: e⁻⁷⁵ is 3·10⁻³³, still a float32 with all its digits.
    """
    largest = x.real.max(initial=-np.inf)
    enough = 75 if x.dtype.itemsize > 2 else 9  # e⁻⁹ is 10⁻⁴, still a float16 with all its digits
    return largest if largest - x.real.min(initial=np.inf) < enough else x.real.max(axis, keepdims=True)


def exponentials(x, axis=-1, mask=None, out=None):
    """eˣ up to a factor for each row along `axis`, see `top`.

    Args:
        mask: eˣ is 0 where it is False; but a row of nothing else becomes ones.
        out: where the result goes; x itself, if the caller owns it.
    """
    largest = top(x, axis)
    if mask is not None and (largest.ndim or not mask.any(axis).all()):
        x, mask = np.where(mask, x, np.finfo(x.dtype).min), None  # so far below the others that their eˣ is 0
        largest = x.real.max(axis, keepdims=True)
    e = np.subtract(x, largest, out=out)
    np.exp(e, out=e)
    return e if mask is None else np.multiply(e, mask, out=e)


@op
def log_softmax(x, axis=-1):
    """y = x − log Σ eˣ          ∂L/∂x = g − softmax(x) Σ g"""
    x = floating(x)
    y = log_softmax_values(x, axis)
    return y, lambda g: (g - np.exp(y) * g.sum(axis, keepdims=True),)


def log_softmax_values(x, axis):
    x = x - top(x, axis)
    return x - np.log(summed(np.exp(x), axis))
