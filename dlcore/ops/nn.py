"""Activation functions, each with its slope. In every formula g = ∂L/∂y.

At a kink there is no slope; which one of its two sides is taken is a choice, and here it is Keras's: relu'(0) = 0.
"""

import math

import numpy as np

from ..tensor import op
from .elementwise import erf_values
from .inputs import floating

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017, equation 14


@op
def relu(x):
    """y = max(x, 0)          ∂L/∂x = g where x > 0"""
    x = np.asarray(x)
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
    """y = x ⊙ Φ(x), Φ the normal distribution          ∂L/∂x = g ⊙ (Φ(x) + x ⊙ φ(x))

    approximate: Φ(x) ≈ ½ (1 + tanh u) with u = √(2/π) (x + 0.044715 x³), which is cheaper than erf.
    """
    x = floating(x)
    if approximate:
        c = math.sqrt(2 / math.pi)
        t = np.tanh(c * (x + 0.044715 * x * x * x))
        cumulative = 0.5 * (1 + t)

        def density():
            return 0.5 * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x)
    else:
        cumulative = 0.5 * (1 + erf_values(x * math.sqrt(0.5)))

        def density():
            return np.exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi))

    return x * cumulative, lambda g: (g * (cumulative + x * density()),)


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


@op
def softmax(x, axis=-1):
    """y = eˣ / Σ eˣ          ∂L/∂x = y ⊙ (g − Σ g ⊙ y)

    The largest x is subtracted first: it cancels in the quotient, and no power of e overflows.
    """
    x = floating(x)
    e = np.exp(x - x.max(axis, keepdims=True))
    y = e / e.sum(axis, keepdims=True)
    return y, lambda g: (y * (g - (g * y).sum(axis, keepdims=True)),)


@op
def log_softmax(x, axis=-1):
    """y = x − log Σ eˣ          ∂L/∂x = g − softmax(x) Σ g"""
    x = floating(x)
    y = log_softmax_values(x, axis)
    return y, lambda g: (g - np.exp(y) * g.sum(axis, keepdims=True),)


def log_softmax_values(x, axis):
    x = x - x.max(axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis, keepdims=True))
