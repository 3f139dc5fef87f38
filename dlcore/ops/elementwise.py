"""Operations that treat each number by itself: y has the (broadcast) shape of the inputs.

In every formula g = ∂L/∂y. Where an input was broadcast, `op` sums its gradient back.
"""

import math
from functools import cache

import numpy as np

from ..tensor import op
from .inputs import array, floating, operands

# ---------------------------------------------------------------- arithmetic


@op
def add(x1, x2):
    """y = x1 + x2          ∂L/∂x1 = g,  ∂L/∂x2 = g"""
    x1, x2 = operands("add", x1, x2)
    return x1 + x2, lambda g: (g, g)


@op
def subtract(x1, x2):
    """y = x1 − x2          ∂L/∂x1 = g,  ∂L/∂x2 = −g"""
    x1, x2 = operands("subtract", x1, x2)
    return x1 - x2, lambda g: (g, lambda: -g)


@op
def multiply(x1, x2):
    """y = x1 ⊙ x2          ∂L/∂x1 = g ⊙ x2,  ∂L/∂x2 = g ⊙ x1"""
    x1, x2 = operands("multiply", x1, x2)
    return x1 * x2, lambda g: (lambda: g * x2, lambda: g * x1)


@op
def divide(x1, x2):
    """y = x1 / x2          ∂L/∂x1 = g / x2,  ∂L/∂x2 = −g ⊙ y / x2"""
    x1, x2 = operands("divide", x1, x2)
    if np.asarray(x1).dtype.kind in "biu" and np.asarray(x2).dtype.kind in "biu":
        x1, x2 = floating(x1), floating(x2)
    y = x1 / x2
    return y, lambda g: (lambda: g / x2, lambda: -g * y / x2)


@op
def power(x1, x2):
    """y = x1 ^ x2          ∂L/∂x1 = g ⊙ x2 ⊙ x1^(x2−1),  ∂L/∂x2 = g ⊙ y ⊙ log x1  (0 where x1 ≤ 0)"""
    x1, x2 = operands("power", x1, x2)
    y = x1**x2

    def to_base():
        # x2 = 0 makes y constant: its slope is 0, also at x1 = 0, where 0 · 0^(−1) would be NaN.
        return x2 * x1 ** (x2 - 1 + np.equal(x2, 0)) if np.any(np.equal(x2, 0)) else x2 * x1 ** (x2 - 1)

    def to_exponent():
        positive = np.asarray(x1).real > 0
        return y * np.log(np.where(positive, x1, np.ones_like(x1))) * positive

    return y, lambda g: (lambda: g * to_base(), lambda: g * to_exponent())


@op
def negative(x):
    """y = −x          ∂L/∂x = −g"""
    return np.negative(array(x)), lambda g: (-g,)


@op
def square(x):
    """y = x²          ∂L/∂x = 2 g ⊙ x"""
    x = array(x)
    return x * x, lambda g: (2 * g * x,)


@op
def sqrt(x):
    """y = √x          ∂L/∂x = g / 2y"""
    y = np.sqrt(floating(x))
    return y, lambda g: (0.5 * g / y,)


# ---------------------------------------------------------------- exponentials


@op
def exp(x):
    """y = eˣ          ∂L/∂x = g ⊙ y"""
    y = np.exp(floating(x))
    return y, lambda g: (g * y,)


@op
def log(x):
    """y = log x          ∂L/∂x = g / x"""
    x = floating(x)
    return np.log(x), lambda g: (g / x,)


@op
def log1p(x):
    """y = log(1 + x), exact for small x          ∂L/∂x = g / (1 + x)"""
    x = floating(x)
    return np.log1p(x), lambda g: (g / (1 + x),)


@op
def sin(x):
    """y = sin x          ∂L/∂x = g ⊙ cos x"""
    x = floating(x)
    return np.sin(x), lambda g: (g * np.cos(x),)


@op
def cos(x):
    """y = cos x          ∂L/∂x = −g ⊙ sin x"""
    x = floating(x)
    return np.cos(x), lambda g: (-g * np.sin(x),)


@op
def tanh(x):
    """y = tanh x          ∂L/∂x = g ⊙ (1 − y²)"""
    y = np.tanh(floating(x))
    return y, lambda g: (g * (1 - y * y),)


@op
def erf(x):
    """y = 2/√π ∫₀ˣ exp(−t²) dt          ∂L/∂x = g ⊙ 2/√π exp(−x²)"""
    x = floating(x)
    return erf_values(x), lambda g: (g * (2 / math.sqrt(math.pi)) * np.exp(-x * x),)


def erf_values(x):
    """The error function of an array, to the precision of its dtype.

    In float32 it is tanh(x R(x²)), with a polynomial R that was fitted so that the largest relative error is as small
    as seven terms allow. In float64: where |x| ≤ 1 its Taylor series x P(x²), beyond 1 − exp(−x²) Q(1/(1+x)). Python's
    `math.erfc` takes one number at a time; Q is the polynomial through its values at Chebyshev's points, which carries
    it to whole arrays.
    """
    if x.dtype.itemsize < 8:
        s = np.clip(x, -4, 4)  # beyond, erf is 1 to float32's last digit
        s *= s
        u = horner(TANH_OF_ERF, s)
        u *= x
        return np.tanh(u)
    inner, outer = erf_polynomials(18, 20)
    z = np.where(x < 0, -x, x)  # |x|, in a form that the complex step can differentiate
    z_in, z_out = np.minimum(z, 1.0), np.minimum(np.maximum(z, 1.0), 6.0)
    near = z_in * horner(inner, z_in * z_in)
    far = 1 - np.exp(-z_out * z_out) * horner(outer, SCALE / (1 + z_out) - SHIFT)
    y = np.where(z < 1, near, far)
    return np.where(x < 0, -y, y)


TANH_OF_ERF = [1.1283792743186083, 0.1027690556917636, -1.918305973988713e-4, -6.197848172468642e-4,
               8.763738077206675e-5, -5.668483449803475e-6, 1.418526281823783e-7]  # fmt: skip

# 1/(1+x) for x from 1 to 6 lies between 1/7 and 1/2: SCALE/(1+x) − SHIFT lies between −1 and 1.
SCALE, SHIFT = 2 / (1 / 2 - 1 / 7), (1 / 2 + 1 / 7) / (1 / 2 - 1 / 7)


@cache
def erf_polynomials(n_inner, n_outer):
    """Coefficients of P and Q above, lowest power first."""
    p = [2 / math.sqrt(math.pi) * (-1) ** k / (math.factorial(k) * (2 * k + 1)) for k in range(n_inner)]

    def q(s):
        x = SCALE / (s + SHIFT) - 1
        return math.erfc(x) * math.exp(x * x)

    return p, chebyshev_fit(q, n_outer)


def chebyshev_fit(function, n):
    """The polynomial of n terms through `function` at the n Chebyshev points cos θ of [−1, 1]."""
    angles = [math.pi * (j + 0.5) / n for j in range(n)]
    values = [function(math.cos(a)) for a in angles]
    series = [2 / n * math.fsum(v * math.cos(k * a) for v, a in zip(values, angles, strict=True)) for k in range(n)]
    series[0] /= 2
    return np.polynomial.chebyshev.cheb2poly(series).tolist()


def horner(coefficients, s):
    """Σ cₖ sᵏ without powers: (… (cₙ s + cₙ₋₁) s + …) s + c₀."""
    *others, last = coefficients
    y = last * s
    for c in reversed(others[1:]):
        y += c
        y *= s
    y += others[0]
    return y


# ---------------------------------------------------------------- with a kink


@op
def abs(x):
    """y = |x|          ∂L/∂x = g ⊙ sign x,  0 at the kink"""
    x = array(x)
    return np.abs(x), lambda g: (g * np.sign(x),)


@op
def sign(x):
    """y = −1, 0 or 1          ∂L/∂x = 0"""
    return np.sign(array(x)), lambda g: (np.zeros_like(g),)


@op
def floor(x):
    """y = the whole number at or below x          ∂L/∂x = 0"""
    return np.floor(floating(x)), lambda g: (np.zeros_like(g),)


@op
def round(x, decimals=0):
    """y = x with so many digits behind the point, a half to the even one          ∂L/∂x = 0"""
    return np.round(array(x), decimals), lambda g: (np.zeros_like(g),)


@op
def heaviside(x1, x2):
    """y = 0 where x1 < 0, x2 where x1 = 0, 1 where x1 > 0          ∂L/∂x1 = 0,  ∂L/∂x2 = g where x1 = 0"""
    x1, x2 = operands("heaviside", x1, x2)
    return np.heaviside(x1, x2), lambda g: (lambda: np.zeros_like(g), lambda: g * np.equal(x1, 0))


@op
def maximum(x1, x2):
    """y = the larger of the two          ∂L/∂x1 = g where x1 ≥ x2,  ∂L/∂x2 = g elsewhere"""
    x1, x2 = operands("maximum", x1, x2)
    return np.maximum(x1, x2), lambda g: (lambda: g * (x1 >= x2), lambda: g * ~(x1 >= x2))


@op
def minimum(x1, x2):
    """y = the smaller of the two          ∂L/∂x1 = g where x1 ≤ x2,  ∂L/∂x2 = g elsewhere"""
    x1, x2 = operands("minimum", x1, x2)
    return np.minimum(x1, x2), lambda g: (lambda: g * (x1 <= x2), lambda: g * ~(x1 <= x2))


@op
def clip(x, x_min, x_max):
    """y = x, but not below x_min nor above x_max          ∂L/∂x = g where x_min ≤ x ≤ x_max"""
    x, x_min = operands("clip", x, x_min)
    x, x_max = operands("clip", x, x_max)
    return np.clip(x, x_min, x_max), lambda g: (g * ((x >= x_min) & (x <= x_max)),)


@op
def where(condition, x1, x2):
    """y = x1 where the condition holds, x2 elsewhere          ∂L/∂x1 = g ⊙ condition,  ∂L/∂x2 = g ⊙ not condition"""
    condition = np.asarray(condition, dtype=bool)
    x1, x2 = operands("where", x1, x2)
    y = np.where(condition, x1, x2)
    dtypes = [x.dtype for x in (x1, x2) if isinstance(x, np.ndarray)]
    if dtypes:  # a Python float beside float32 must not make float64
        y = y.astype(np.result_type(*dtypes, *(x for x in (x1, x2) if not isinstance(x, np.ndarray))), copy=False)
    return y, lambda g: (None, lambda: g * condition, lambda: g * ~condition)


@op
def cast(x, dtype):
    """y = x as numbers of another dtype          ∂L/∂x = g as x's dtype"""
    x = np.asarray(x)
    return x.astype(dtype), lambda g: (g.astype(x.dtype),)
