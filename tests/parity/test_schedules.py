"""Schedules against Keras: the learning rates of 200 steps and of some far ahead."""

import inspect

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from dlcore.optimizers import schedules  # noqa: E402

STEPS = [*range(201), 999, 1_000, 12_345, 1_000_000]
CASES = [
    ("ExponentialDecay", (0.1, 10, 0.5), {}),
    ("ExponentialDecay", (0.1, 7, 0.9), {"staircase": True}),
    ("ExponentialDecay", (0.1, 100_000, 1.01), {}),
    ("ExponentialDecay", (0.1, 30, 0.0), {}),
    ("InverseTimeDecay", (0.1, 10, 0.5), {}),
    ("InverseTimeDecay", (0.1, 7, 3.0), {"staircase": True}),
    ("PiecewiseConstantDecay", ([10, 20, 150], [0.1, 0.5, 0.01, 0.001]), {}),
    ("PiecewiseConstantDecay", ([0], [0.1, 0.5]), {}),
    ("PolynomialDecay", (0.1, 50), {}),
    ("PolynomialDecay", (0.1, 50, 0.01, 2.0), {}),
    ("PolynomialDecay", (0.01, 30, 0.1, 0.5), {}),
    ("PolynomialDecay", (0.1, 50, 0.01), {"cycle": True}),
    ("PolynomialDecay", (0.1, 7, 0.01, 3.0), {"cycle": True}),
    ("CosineDecay", (0.1, 100), {}),
    ("CosineDecay", (0.1, 100), {"alpha": 0.1}),
    ("CosineDecay", (0.0, 100), {"warmup_target": 0.1, "warmup_steps": 20}),
    ("CosineDecay", (0.2, 33), {"warmup_target": 0.1, "warmup_steps": 7, "alpha": 0.5}),
    ("CosineDecay", (0.2, 50), {"warmup_target": 0.1}),
    ("CosineDecayRestarts", (0.1, 10), {}),
    ("CosineDecayRestarts", (0.1, 10), {"t_mul": 1.0, "m_mul": 0.9}),
    ("CosineDecayRestarts", (0.1, 8), {"t_mul": 1.5, "m_mul": 0.5, "alpha": 0.1}),
    ("CosineDecayRestarts", (0.1, 7), {"t_mul": 3.0, "m_mul": 2.0}),
]
NAMES = list(dict.fromkeys(name for name, *_ in CASES))


def test_every_schedule_is_held_against_keras():
    classes = {n for n in schedules.__all__ if isinstance(getattr(schedules, n), type)}
    assert set(NAMES) == classes - {"LearningRateSchedule"}
    assert classes == {n for n, c in vars(keras.optimizers.schedules).items() if isinstance(c, type)}


def rates(schedule, steps):
    if getattr(schedule, "warmup_target", None) is not None:  # the only ones that Keras wants one step at a time
        return np.array([float(schedule(step)) for step in steps])
    return np.asarray(schedule(np.array(steps)))


@pytest.mark.parametrize("name, arguments, settings", CASES)
def test_200_steps(ledger, name, arguments, settings):
    ours = getattr(schedules, name)(*arguments, **settings)
    theirs = getattr(keras.optimizers.schedules, name)(*arguments, **settings)
    # Keras computes in float32: what is left of a large step's share of a cycle has lost as many digits as it has.
    far = 1_001 if name == "CosineDecayRestarts" else max(STEPS) + 1
    steps = [step for step in STEPS if step < far]
    a, b = rates(ours, steps), rates(theirs, steps)
    scale = b[np.isfinite(b)].max()
    ledger.holds(f"optimizers.schedules.{name}", f"{arguments} {settings}", a / scale, b / scale, 1e-6)


@pytest.mark.parametrize("name, arguments, settings", CASES)
def test_descriptions_go_both_ways(ledger, name, arguments, settings):
    ours = getattr(schedules, name)(*arguments, **settings)
    theirs = getattr(keras.optimizers.schedules, name)(*arguments, **settings)
    described, by_keras = schedules.serialize(ours), keras.optimizers.schedules.serialize(theirs)
    assert described["class_name"] == by_keras["class_name"] and described["config"] == by_keras["config"]
    steps = range(0, 60, 7)
    copied = rates(keras.optimizers.schedules.deserialize(described), steps)
    ledger.holds("optimizers.schedules.serialize", name, copied, rates(theirs, steps), 0)
    copied = rates(schedules.deserialize(by_keras), steps)
    ledger.holds("optimizers.schedules.deserialize", name, copied, rates(ours, steps), 0)


@pytest.mark.parametrize("name", NAMES)
def test_arguments_come_in_the_same_order_with_the_same_defaults(name):
    signatures = [inspect.signature(getattr(m, name)) for m in (schedules, keras.optimizers.schedules)]
    ours, theirs = ([(p.name, p.default) for p in s.parameters.values()] for s in signatures)
    assert ours == theirs
