"""Optimizers: how weights move, given their gradients.

Each class states its rule as a formula first. The code below it computes the same in place, in few passes over
memory: a training step touches every weight, and creating a new array for each term would cost more than the
arithmetic. `s` is scratch space that all terms share.
"""

import warnings

import numpy as np

from .tensor import Tensor, Variable
from .utils import absent, refuse, require_number, unknown

#: Arguments of Keras's optimizers that dlcore leaves out, with the value that asks for nothing.
LEFT_OUT = {
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


class Optimizer:
    """What all optimizers share: the step counter, clipping, weight decay, and memory for each variable.

    A subclass names what it remembers of each variable in `slots` and writes
    `update_step(self, g, w, learning_rate, s, *slots)`, which changes the array w in place.

    Args:
        learning_rate: how far a step goes.
        weight_decay: if given, w ← w − learning_rate · weight_decay · w before each step.
        clipnorm: scale each gradient down to at most this length.
        clipvalue: cut each entry of a gradient to ±clipvalue.
        global_clipnorm: scale all gradients together down to at most this length.
        name: of the optimizer.
    """

    slots = ()

    def __init__(
        self,
        learning_rate,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        name=None,
        **left_out,
    ):
        kind = type(self).__name__
        refuse(kind, left_out, LEFT_OUT, known=list(self.get_config_names()))
        if sum(limit is not None for limit in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError(f"{kind}: give only one of clipnorm, clipvalue and global_clipnorm.")
        require_number(f"{kind}: learning_rate", learning_rate)
        self.name = name or kind.lower()
        limits = {"weight_decay": weight_decay, "clipnorm": clipnorm, "clipvalue": clipvalue}
        for argument, value in (limits | {"global_clipnorm": global_clipnorm}).items():
            if value is not None:
                require_number(f"{kind}: {argument}", value, above=argument != "weight_decay")
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.iterations = Variable(np.array(0, "int64"), trainable=False, name="iteration")
        self._learning_rate = Variable(np.array(learning_rate, "float32"), trainable=False, name="learning_rate")
        self._memory = {}  # id of a variable → (the variable, scratch space, one Variable for each slot)

    @property
    def learning_rate(self):
        """The step size, a Variable. Read it with float(…), set it by assigning a number."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        value = value.item() if isinstance(value, (Tensor, np.ndarray)) and value.ndim == 0 else value
        self._learning_rate.assign(require_number(f"{type(self).__name__}: learning_rate", value))

    @property
    def built(self):
        """Whether it has made room for what it remembers of each variable."""
        return bool(self._memory)

    def build(self, variables):
        """Make room for what the rule remembers of each variable. Called by the first `apply`."""
        if self.built:
            return
        scratch = {}  # one piece of scratch space for each dtype, as large as the largest variable needs
        for v in variables:
            if v.size > scratch.get(v.dtype, np.empty(0)).size:
                scratch[v.dtype] = np.empty(v.size, v.dtype)
        for v in variables:
            slots = [Variable(np.zeros_like(v.data), trainable=False, name=f"{v.name}_{name}") for name in self.slots]
            self._memory[id(v)] = v, scratch[v.dtype][: v.size].reshape(v.shape), slots

    @property
    def variables(self):
        """The optimizer's own state: step counter, learning rate, then the slots of each variable, as in Keras."""
        return [self.iterations, self._learning_rate, *(s for _, _, slots in self._memory.values() for s in slots)]

    def apply(self, grads, trainable_variables=None):
        """One step: move each variable by its gradient.

        Args:
            grads: one array for each variable; None leaves that variable where it is.
            trainable_variables: the variables, in the same order; those it was built with by default.
        """
        if trainable_variables is None:
            trainable_variables = [v for v, _, _ in self._memory.values()]
        if len(grads) != len(trainable_variables):
            raise ValueError(f"{len(grads)} gradients don't match {len(trainable_variables)} variables.")
        if not all(isinstance(v, Tensor) for v in trainable_variables):
            raise TypeError("apply(grads, variables) changes Variables: arrays of another kind can't be trained.")
        self.build(trainable_variables)
        pairs = [(as_gradient(g, v), v) for g, v in zip(grads, trainable_variables) if g is not None]
        if len(pairs) < len(grads):
            missing = ", ".join(f"'{v.name}'" for g, v in zip(grads, trainable_variables) if g is None)
            if not pairs:
                raise ValueError(f"No variable has a gradient ({missing}). Was the loss computed from them?")
            warnings.warn(f"No gradient for {missing}: the loss does not depend on them.", stacklevel=2)
        learning_rate = float(self._learning_rate.data)
        for g, v in self._clip(pairs):
            if id(v) not in self._memory:
                raise ValueError(f"{v!r} is new to this optimizer. Make a new optimizer for a new set of variables.")
            _, scratch, slots = self._memory[id(v)]
            if self.weight_decay:
                v.data *= 1 - learning_rate * self.weight_decay
            self.update_step(g, v.data, learning_rate, scratch, *[slot.data for slot in slots])
        self.iterations.data += 1

    def apply_gradients(self, grads_and_vars):
        """One step from pairs (gradient, variable), as `zip(grads, model.trainable_variables)` gives them."""
        pairs = list(grads_and_vars)
        if not pairs or not all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in pairs):
            raise ValueError("apply_gradients needs pairs (gradient, variable), as zip(grads, variables) gives them.")
        self.apply(*map(list, zip(*pairs)))

    def _clip(self, pairs):
        if self.clipvalue:
            return [(np.clip(g, -self.clipvalue, self.clipvalue), v) for g, v in pairs]
        if self.clipnorm:
            return [(g * min(1.0, self.clipnorm / max(norm(g), 1e-30)), v) for g, v in pairs]
        if self.global_clipnorm:
            length = sum(norm(g) ** 2 for g, _ in pairs) ** 0.5
            scale = min(1.0, self.global_clipnorm / max(length, 1e-30))
            return [(g * scale, v) for g, v in pairs]
        return pairs

    def update_step(self, g, w, learning_rate, s, *slots):
        """Change the array w in place, given its gradient g; s is scratch space of the same shape."""
        raise NotImplementedError(f"{type(self).__name__} needs a method update_step that changes w in place.")

    @classmethod
    def get_config_names(cls):
        """The names of all arguments."""
        import inspect

        parameters = [*inspect.signature(cls.__init__).parameters, *inspect.signature(Optimizer.__init__).parameters]
        return list(dict.fromkeys(p for p in parameters if p not in ("self", "kwargs", "left_out")))

    def get_config(self):
        """The arguments that would make this optimizer again, with the learning rate as it is now."""
        config = {name: getattr(self, name) for name in self.get_config_names()}
        return {**config, "learning_rate": float(self._learning_rate.data)}

    @classmethod
    def from_config(cls, config):
        """A new optimizer from what `get_config` returned; it remembers no steps."""
        return cls(**config)


def as_gradient(g, v):
    """g as an array, after a check that it has the shape of its variable."""
    g = g.data if isinstance(g, Tensor) else np.asarray(g)
    if g.shape != v.shape:
        raise ValueError(f"The gradient of '{v.name}' has shape {g.shape}, but the variable has shape {v.shape}.")
    return g


def norm(g):
    """‖g‖ = √Σ g², the length of a gradient."""
    g = g.ravel()
    return float(g @ g) ** 0.5


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
        require_number("SGD: momentum", momentum, 0, 1)
        super().__init__(learning_rate, **kwargs)
        self.momentum = momentum
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


class RMSprop(Optimizer):
    """v ← ρ v + (1 − ρ) g²
    w ← w − η g / √(v + ε)

    Each weight gets a step size of its own, by the usual size of its gradient. Hinton, lecture 6e, 2012.
    With centered=True, v is replaced by v − a², where a ← ρ a + (1 − ρ) g: the variance of the gradient.
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
        self.rho = require_number("RMSprop: rho", rho, 0, 1, below=True)
        self.momentum = require_number("RMSprop: momentum", momentum, 0, 1)
        self.epsilon = require_number("RMSprop: epsilon", epsilon)
        self.centered = centered
        self.slots = ("velocity", *(["momentum"] if momentum else []), *(["average_gradient"] if centered else []))

    def update_step(self, g, w, learning_rate, s, v, *others):
        others = list(others)
        p = others.pop(0) if self.momentum else None
        a = others.pop(0) if self.centered else None
        v *= self.rho
        np.multiply(g, g, out=s)
        s *= 1 - self.rho
        v += s
        if a is None:
            np.add(v, self.epsilon, out=s)
        else:
            a *= self.rho
            a += g * (1 - self.rho)
            np.multiply(a, a, out=s)
            np.subtract(v, s, out=s)
            s += self.epsilon
        np.sqrt(s, out=s)
        np.divide(g, s, out=s)
        s *= learning_rate  # the step
        if p is not None:
            p *= self.momentum
            p += s
        w -= s if p is None else p


class Adam(Optimizer):
    """m ← m + (1 − β₁)(g − m)            the mean of the gradient
    v ← v + (1 − β₂)(g² − v)           the mean of its square
    w ← w − α m / (√v + ε),            α = η √(1 − β₂ᵗ) / (1 − β₁ᵗ)

    α makes up for m and v starting at zero; t counts the steps from 1. Kingma and Ba, "Adam", ICLR 2015.

    Args:
        learning_rate: η.
        beta_1, beta_2: β₁ and β₂, how slowly the two means forget.
        epsilon: ε, keeps the division from zero; outside the root, as in Keras.
    """

    slots = ("momentum", "velocity")

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, **kwargs):
        refuse("Adam", {"amsgrad": amsgrad}, {"amsgrad": False})
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = require_number("Adam: beta_1", beta_1, 0, 1, below=True)
        self.beta_2 = require_number("Adam: beta_2", beta_2, 0, 1, below=True)
        self.epsilon = require_number("Adam: epsilon", epsilon)
        self.amsgrad = amsgrad

    def update_step(self, g, w, learning_rate, s, m, v):
        t = int(self.iterations.data) + 1
        alpha = learning_rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        np.subtract(g, m, out=s)
        s *= 1 - self.beta_1
        m += s
        np.multiply(g, g, out=s)
        s -= v
        s *= 1 - self.beta_2
        v += s
        np.sqrt(v, out=s)
        s += self.epsilon
        np.divide(m, s, out=s)
        s *= alpha
        w -= s


__all__ = ["Adam", "Optimizer", "RMSprop", "SGD", "get"]
__getattr__ = absent(__name__, __all__)
_KNOWN = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam}


def get(identifier):
    """An optimizer from its name ('adam'), its configuration, or itself."""
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, dict):
        return get(identifier["class_name"]).from_config(identifier["config"])
    if isinstance(identifier, str) and identifier.lower() in _KNOWN:
        return _KNOWN[identifier.lower()]()
    if isinstance(identifier, str):
        raise ValueError(unknown("optimizer", identifier, _KNOWN))
    raise TypeError(f"An optimizer is a name such as 'adam' or an object such as Adam(0.001), but got {identifier!r}.")
