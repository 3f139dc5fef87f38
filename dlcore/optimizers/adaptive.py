"""Rules that give each weight a step size of its own, by how large its gradients have been.

Each class states its rule as a formula. The code below computes the same in place, in few passes over memory: a step
touches every weight, and creating a new array for each term would cost more than the arithmetic. `s` is scratch space
that all terms share.
"""

import numpy as np

from ..tensor import Variable
from .base import Optimizer
from .momentum import blend


class Adagrad(Optimizer):
    """a ← a + g²
    w ← w − η g / √(a + ε)

    The more a weight has been moved, the smaller its steps: good for words that are rare. The sum only grows, so in
    the end all stand still. Duchi, Hazan and Singer, JMLR 2011.

    Args:
        learning_rate: η.
        initial_accumulator_value: what a starts from.
        epsilon: ε, keeps the division from zero; inside the root, as in Keras.
    """

    slots = ("accumulator",)

    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.start = self._number("initial_accumulator_value", initial_accumulator_value)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = self._number("epsilon", epsilon)

    def update_step(self, g, w, learning_rate, s, a):
        np.multiply(g, g, out=s)
        a += s
        np.add(a, self.epsilon, out=s)
        np.sqrt(s, out=s)
        np.divide(g, s, out=s)
        s *= learning_rate
        w -= s


class RMSprop(Optimizer):
    """v ← ρ v + (1 − ρ) g²
    w ← w − η g / √(v + ε)

    Adagrad that forgets: each weight's step is measured by the usual size of its gradient lately. Hinton, lecture 6.5,
    2012. With centered=True, v is replaced by v − a², where a ← ρ a + (1 − ρ) g: the variance of the gradient.
    With momentum μ, the step is collected first: p ← μ p + step, w ← w − p.

    Args:
        learning_rate: η.
        rho: ρ, how slowly the averages forget.
        momentum: μ.
        epsilon: ε, keeps the division from zero; inside the root, as in Keras.
        centered: whether to subtract the squared mean.
    """

    def __init__(self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.rho = self._number("rho", rho, 0, 1, below=True)
        self.momentum = self._number("momentum", momentum, 0, 1)
        self.epsilon = self._number("epsilon", epsilon)
        self.centered = centered
        self.slots = ("velocity", *(["momentum"] if momentum else []), *(["average_gradient"] if centered else []))

    def update_step(self, g, w, learning_rate, s, v, *others):
        np.multiply(g, g, out=s)
        blend(v, self.rho, s, s)
        if self.centered:
            a = others[-1]
            blend(a, self.rho, g, s)
            np.multiply(a, a, out=s)
            np.subtract(v, s, out=s)
            s += self.epsilon
        else:
            np.add(v, self.epsilon, out=s)
        np.sqrt(s, out=s)
        np.divide(g, s, out=s)
        s *= learning_rate  # the step
        if self.momentum:
            p = others[0]
            p *= self.momentum
            p += s
            w -= p
        else:
            w -= s

    def _in_order(self, slots):
        """Keras lists RMSprop's slots the other way: the first of all variables, then the second …"""
        return [slot for each in zip(*slots) for slot in each]


class Adadelta(Optimizer):
    """v ← ρ v + (1 − ρ) g²
    d = g √(u + ε) / √(v + ε)
    u ← ρ u + (1 − ρ) d²
    w ← w − η d

    RMSprop whose step size comes from the size u of its own last steps, so that it has the unit of a weight and could
    do without η: the paper has η = 1. Zeiler, arXiv:1212.5701, 2012.

    Args:
        learning_rate: η.
        rho: ρ, how slowly the averages forget.
        epsilon: ε, which also decides how large the first steps are.
    """

    slots = ("accumulated_grad", "accumulated_delta_var")

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.rho = self._number("rho", rho, 0, 1)
        self.epsilon = self._number("epsilon", epsilon)

    def update_step(self, g, w, learning_rate, s, v, u):
        np.multiply(g, g, out=s)
        blend(v, self.rho, s, s)
        np.add(v, self.epsilon, out=s)
        d = g / np.sqrt(s, out=s)
        np.add(u, self.epsilon, out=s)
        d *= np.sqrt(s, out=s)
        np.multiply(d, d, out=s)
        blend(u, self.rho, s, s)
        d *= learning_rate
        w -= d


class TwoMeans(Optimizer):
    """What Adam and its kin share: two running means, of the gradient and of its size, and a bound for the division."""

    slots = ("momentum", "velocity")
    divides = True  # by 1 − β₂ᵗ, so β₂ has to stay below 1

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = self._number("beta_1", beta_1, 0, 1, below=True)
        self.beta_2 = self._number("beta_2", beta_2, 0, 1, below=self.divides)
        self.epsilon = self._number("epsilon", epsilon)


class Adam(TwoMeans):
    """m ← β₁ m + (1 − β₁) g           the mean of the gradient
    v ← β₂ v + (1 − β₂) g²          the mean of its square
    w ← w − α m / (√v + ε),         α = η √(1 − β₂ᵗ) / (1 − β₁ᵗ)

    α makes up for m and v starting at zero; t counts the steps from 1. Kingma and Ba, "Adam", ICLR 2015. With
    amsgrad=True the root is of the largest v so far, so that a rare large gradient is not forgotten. Reddi, Kale and
    Kumar, ICLR 2018.

    Args:
        learning_rate: η.
        beta_1, beta_2: β₁ and β₂, how slowly the two means forget.
        epsilon: ε, keeps the division from zero; outside the root, as in Keras.
        amsgrad: whether to divide by the largest v so far.
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, **kwargs):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **kwargs)
        self.amsgrad = amsgrad
        if amsgrad:
            self.slots = (*self.slots, "velocity_hat")

    def update_step(self, g, w, learning_rate, s, m, v, largest=None):
        t = self.iterations.item() + 1
        alpha = learning_rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        blend(m, self.beta_1, g, s)
        np.multiply(g, g, out=s)
        blend(v, self.beta_2, s, s)
        np.sqrt(v if largest is None else np.maximum(largest, v, out=largest), out=s)
        s += self.epsilon
        np.divide(m, s, out=s)
        s *= alpha
        w -= s

    def _in_order(self, slots):
        """Keras lists the largest v of all variables behind all of m and v."""
        return [slot for each in slots for slot in each[:2]] + [slot for each in slots for slot in each[2:]]


class AdamW(Adam):
    """w ← w − η λ w, then Adam's step

    Weight decay beside the step, not inside the gradient, where Adam's division would undo it. All variables decay,
    biases too; `exclude_from_weight_decay` leaves some out. Loshchilov and Hutter, ICLR 2019.

    Args:
        learning_rate: η.
        weight_decay: λ.
        beta_1, beta_2, epsilon, amsgrad: as for Adam.
    """

    def __init__(self, learning_rate=0.001, weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False,
                 **kwargs):  # fmt: skip
        self._number("weight_decay", weight_decay)
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **kwargs)


class Adamax(TwoMeans):
    """m ← β₁ m + (1 − β₁) g
    u ← max(β₂ u, |g|)
    w ← w − η / (1 − β₁ᵗ) · m / (u + ε)

    Adam with the largest gradient lately in place of the root of a mean of squares. Kingma and Ba, "Adam", ICLR 2015,
    section 7.

    Args:
        learning_rate: η.
        beta_1, beta_2: β₁ and β₂, how slowly mean and maximum forget.
        epsilon: ε, keeps the division from zero.
    """

    slots = ("momentum", "norm")
    divides = False

    def update_step(self, g, w, learning_rate, s, m, u):
        t = self.iterations.item() + 1
        blend(m, self.beta_1, g, s)
        u *= self.beta_2
        np.maximum(u, np.abs(g, out=s), out=u)
        np.add(u, self.epsilon, out=s)
        np.divide(m, s, out=s)
        s *= learning_rate / (1 - self.beta_1**t)
        w -= s


class Nadam(TwoMeans):
    """m ← β₁ m + (1 − β₁) g
    v ← β₂ v + (1 − β₂) g²
    m̂ = μₜ₊₁ m / (1 − μ₁ ⋯ μₜ₊₁) + (1 − μₜ) g / (1 − μ₁ ⋯ μₜ),      μₜ = β₁ (1 − 0.96ᵗ / 2)
    w ← w − η m̂ / (√(v / (1 − β₂ᵗ)) + ε)

    Adam that looks ahead as Nesterov's momentum does, with a momentum μ that grows towards β₁. Dozat, ICLR
    workshop, 2016.

    Args:
        learning_rate: η.
        beta_1, beta_2: β₁ and β₂, how slowly the two means forget.
        epsilon: ε, keeps the division from zero.
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, **kwargs):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **kwargs)
        self._product = Variable(np.array(1.0), trainable=False, name="momentum_product")  # μ₁ ⋯ μₜ₋₁

    def _momentum(self, t):
        return self.beta_1 * (1 - 0.5 * 0.96**t)

    def apply(self, grads, trainable_variables=None):
        super().apply(grads, trainable_variables)
        self._product.data *= self._momentum(self.iterations.item())

    def update_step(self, g, w, learning_rate, s, m, v):
        t = self.iterations.item() + 1
        now, ahead = self._momentum(t), self._momentum(t + 1)
        product = self._product.item() * now
        blend(m, self.beta_1, g, s)
        np.multiply(g, g, out=s)
        blend(v, self.beta_2, s, s)
        step = g * ((1 - now) / (1 - product))
        np.multiply(m, ahead / (1 - product * ahead), out=s)
        step += s  # m̂
        np.multiply(v, 1 / (1 - self.beta_2**t), out=s)
        np.sqrt(s, out=s)
        s += self.epsilon
        step /= s
        step *= learning_rate
        w -= step

    @property
    def variables(self):
        """As for every optimizer, and the product of the momenta so far."""
        return [*super().variables, self._product] if self.built else super().variables
