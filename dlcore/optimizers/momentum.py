"""Rules that follow the gradient, or what has added up of it. `s` is scratch space that all terms share."""

import numpy as np

from .base import Optimizer


def blend(mean, rho, x, s):
    """mean ← ρ mean + (1 − ρ) x: a running mean that forgets, the slower the nearer ρ is to 1. s may be x itself."""
    np.multiply(x, 1 - rho, out=s)
    mean *= rho
    mean += s


class SGD(Optimizer):
    """w ← w − η g

    With momentum μ, steps in a lasting direction add up (Polyak 1964):
        v ← μ v − η g
        w ← w + v                   or, with nesterov=True, looking ahead:   w ← w + μ v − η g

    Args:
        learning_rate: η.
        momentum: μ, from 0 to 1.
        nesterov: whether to look ahead.
    """

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.momentum = self._number("momentum", momentum, 0, 1)
        self.nesterov = nesterov
        self.slots = ("momentum",) if momentum else ()

    def update_step(self, g, w, learning_rate, s, v=None):
        np.multiply(g, learning_rate, out=s)  # s = η g
        if v is None:
            w -= s
            return
        v *= self.momentum
        v -= s
        if self.nesterov:
            w -= s
            np.multiply(v, self.momentum, out=s)
            w += s
        else:
            w += v


class Lion(Optimizer):
    """w ← w − η sign(β₁ m + (1 − β₁) g)
    m ← β₂ m + (1 − β₂) g

    Every weight moves by the same distance; only the direction is learned. Chen et al., "Symbolic Discovery of
    Optimization Algorithms", NeurIPS 2023. It wants a learning rate 3 to 10 times smaller than Adam's.

    Args:
        learning_rate: η.
        beta_1: β₁, how much the past counts in the direction of this step.
        beta_2: β₂, how slowly the past is forgotten.
    """

    slots = ("momentum",)

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.99, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = self._number("beta_1", beta_1, 0, 1, above=True)
        self.beta_2 = self._number("beta_2", beta_2, 0, 1)

    def update_step(self, g, w, learning_rate, s, m):
        np.subtract(m, g, out=s)  # g + β₁ (m − g) = β₁ m + (1 − β₁) g
        s *= self.beta_1
        s += g
        np.sign(s, out=s)
        s *= learning_rate
        w -= s
        blend(m, self.beta_2, g, s)
