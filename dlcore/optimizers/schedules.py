"""Schedules: learning rates that change with the steps.

    optimizer = optimizers.Adam(optimizers.schedules.CosineDecay(0.001, decay_steps=10_000))

t is the number of steps before this one, η₀ the learning rate to start from. A schedule is a function of t, which may
be an array too: `plt.plot(schedule(np.arange(10_000)))` shows it.
"""

import numpy as np

from ..tensor import Tensor
from ..utils import absent, require_number, unknown
from ..utils.names import Configured, described


class LearningRateSchedule(Configured):
    """Base of all schedules. Your own have a method `__call__(self, step)`; a plain warm-up, for example:

        class WarmUp(optimizers.schedules.LearningRateSchedule):
            def __init__(self, learning_rate, steps):
                self.learning_rate, self.steps = learning_rate, steps

            def __call__(self, step):
                return self.learning_rate * min((float(step) + 1) / self.steps, 1.0)

    An argument that is kept in an attribute of the same name is saved with the model.
    """

    def __call__(self, step):
        """The learning rate after `step` steps; the optimizer passes its step counter, a whole number in a tensor."""
        raise NotImplementedError(f"{type(self).__name__} needs a method __call__(self, step).")

    def __repr__(self):
        return f"<{type(self).__name__}>"

    def _check(self, argument, low=0, high=np.inf, **kwargs):
        require_number(f"{type(self).__name__}: {argument}", getattr(self, argument), low, high, **kwargs)


def times(step):
    """The step, or steps, as float64, so that a formula can't overflow or lose a whole number."""
    return np.asarray(step.data if isinstance(step, Tensor) else step, "float64")


def rate(value):
    """A learning rate as a tensor, as Keras gives it."""
    return Tensor(np.asarray(value, "float32"))


class ExponentialDecay(LearningRateSchedule):
    """η = η₀ · decay_rate^p,  p = t / decay_steps

    Args:
        initial_learning_rate: η₀.
        decay_steps: after so many steps, the rate is multiplied by decay_rate.
        decay_rate: the factor.
        staircase: whether p is rounded down, so that the rate falls in steps.
        name: as in Keras.
    """

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name="ExponentialDecay"):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name
        self._check("initial_learning_rate")
        self._check("decay_steps", above=True)
        self._check("decay_rate")

    def __call__(self, step):
        return rate(self.initial_learning_rate * self.decay_rate ** self._progress(step))

    def _progress(self, step):
        p = times(step) / self.decay_steps
        return np.floor(p) if self.staircase else p


class InverseTimeDecay(ExponentialDecay):
    """η = η₀ / (1 + decay_rate · p),  p = t / decay_steps

    Args:
        initial_learning_rate: η₀.
        decay_steps: the unit that time is measured in.
        decay_rate: how fast the rate falls.
        staircase: whether p is rounded down, so that the rate falls in steps.
        name: as in Keras.
    """

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name="InverseTimeDecay"):
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase, name)

    def __call__(self, step):
        return rate(self.initial_learning_rate / (1 + self.decay_rate * self._progress(step)))


class PiecewiseConstantDecay(LearningRateSchedule):
    """η = the first of the values up to the first boundary (which is included), then the second, and so on.

    Args:
        boundaries: steps, in rising order.
        values: learning rates, one more than boundaries.
        name: as in Keras.
    """

    def __init__(self, boundaries, values, name="PiecewiseConstant"):
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                f"PiecewiseConstantDecay: {len(boundaries)} boundaries part {len(boundaries) + 1} values, "
                f"but got {len(values)}."
            )
        for value in values:
            require_number("PiecewiseConstantDecay: each of the values", value)
        if any(not low < high for low, high in zip(boundaries, boundaries[1:])):
            raise ValueError(f"PiecewiseConstantDecay: boundaries are steps in rising order, but got {boundaries}.")
        self.boundaries = list(boundaries)
        self.values = list(values)
        self.name = name

    def __call__(self, step):
        return rate(np.take(self.values, np.searchsorted(self.boundaries, times(step))))


class PolynomialDecay(LearningRateSchedule):
    """η = (η₀ − η₁) (1 − p)^power + η₁,  p = min(t / decay_steps, 1)

    Args:
        initial_learning_rate: η₀.
        decay_steps: how long it takes to get to η₁.
        end_learning_rate: η₁.
        power: 1 for a straight line.
        cycle: whether to start again where η₁ is reached, each time from a lower rate: p = t / (k · decay_steps) with
            the smallest whole k that keeps p at 1 or below.
        name: as in Keras.
    """

    def __init__(self, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False,
                 name="PolynomialDecay"):  # fmt: skip
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name
        for argument in ("initial_learning_rate", "end_learning_rate", "power"):
            self._check(argument)
        self._check("decay_steps", above=True)

    def __call__(self, step):
        p = times(step) / self.decay_steps
        p = p / np.maximum(np.ceil(p), 1) if self.cycle else np.minimum(p, 1)
        fall = self.initial_learning_rate - self.end_learning_rate
        return rate(fall * (1 - p) ** self.power + self.end_learning_rate)


def half_wave(p):
    """From 1 at p = 0 to 0 at p = 1, slowly at both ends: (1 + cos πp) / 2."""
    return 0.5 * (1 + np.cos(np.pi * p))


class CosineDecay(LearningRateSchedule):
    """η = η₀ ((1 − alpha) (1 + cos πp) / 2 + alpha),  p = min(t / decay_steps, 1)

    With a warm-up, η first rises in a straight line from initial_learning_rate to warmup_target in warmup_steps, and
    then falls from warmup_target in decay_steps: CosineDecay(0.0, 9_000, warmup_target=0.001, warmup_steps=1_000).
    Loshchilov and Hutter, "SGDR", ICLR 2017.

    Args:
        initial_learning_rate: η₀; with a warm-up, where that starts.
        decay_steps: how long it falls.
        alpha: the share of the highest rate that is left in the end.
        name: as in Keras.
        warmup_target: the highest rate; None for no warm-up.
        warmup_steps: how long it rises.
    """

    def __init__(self, initial_learning_rate, decay_steps, alpha=0.0, name="CosineDecay", warmup_target=None,
                 warmup_steps=0):  # fmt: skip
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps
        for argument in ("initial_learning_rate", "alpha", "warmup_steps"):
            self._check(argument)
        self._check("decay_steps", above=True)
        if warmup_target is not None:
            self._check("warmup_target")
        elif warmup_steps:
            raise ValueError(f"CosineDecay: warmup_steps={warmup_steps} needs a warmup_target, the rate to rise to.")

    def __call__(self, step):
        t, first = times(step), self.initial_learning_rate
        if self.warmup_target is None:
            return rate(self._fall(t, first))
        p = t / max(self.warmup_steps, 1)
        rise = first + p * (self.warmup_target - first)
        return rate(np.where(t < self.warmup_steps, rise, self._fall(t - self.warmup_steps, self.warmup_target)))

    def _fall(self, t, highest):
        p = np.minimum(t / self.decay_steps, 1)
        return highest * ((1 - self.alpha) * half_wave(p) + self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """The fall of `CosineDecay` again and again, each t_mul times as long as the one before and m_mul times as high.

    η = η₀ ((1 − alpha) m_mul^k (1 + cos πp) / 2 + alpha),  in fall number k = 0, 1, …, of which p is over.
    Loshchilov and Hutter, "SGDR", ICLR 2017.

    Args:
        initial_learning_rate: η₀.
        first_decay_steps: how long the first fall takes.
        t_mul, m_mul: the factors.
        alpha: the share of η₀ that is left at the end of each fall.
        name: as in Keras.
    """

    def __init__(self, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, name="SGDRDecay"):
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name
        for argument in ("initial_learning_rate", "m_mul", "alpha"):
            self._check(argument)
        self._check("first_decay_steps", above=True)
        self._check("t_mul", 1)

    def __call__(self, step):
        x = times(step) / self.first_decay_steps
        if self.t_mul == 1:
            k = np.floor(x)
            p = x - k
        else:  # k falls take 1 + t_mul + … + t_mul^(k−1) = (t_mul^k − 1) / (t_mul − 1) times first_decay_steps
            k = np.log1p(x * (self.t_mul - 1)) / np.log(self.t_mul)
            k = np.floor(k + 1e-9)  # a restart on a whole step must not be rounded to the step after it
            p = (x - (self.t_mul**k - 1) / (self.t_mul - 1)) / self.t_mul**k
        height = (1 - self.alpha) * self.m_mul**k * half_wave(p) + self.alpha
        return rate(self.initial_learning_rate * height)


_known = {
    cls.__name__: cls
    for cls in (ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay, CosineDecay,
                CosineDecayRestarts)
}  # fmt: skip
__all__ = ["LearningRateSchedule", "deserialize", "serialize", *_known]
__getattr__ = absent(__name__, __all__)


def serialize(learning_rate_schedule):
    """A schedule as plain data: {"class_name": …, "config": its arguments}."""
    return {"class_name": type(learning_rate_schedule).__name__, "config": learning_rate_schedule.get_config()}


def deserialize(config, custom_objects=None):
    """The schedule that `serialize` described.

    Args:
        config: the description.
        custom_objects: class name → class, for schedules of your own.
    """
    classes = _known | (custom_objects or {})
    name, arguments = described("schedule", config)
    if name not in classes:
        raise ValueError(unknown("schedule", name, classes))
    return classes[name].from_config(arguments)
