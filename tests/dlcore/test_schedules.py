"""Schedules: values by hand, what an optimizer does with one, saving. Their equality with Keras is in tests/parity."""

import copy
import json

import numpy as np
import pytest

from dlcore import Input, Sequential, Tensor, Variable, layers, load_model, ops, optimizers
from dlcore.optimizers import schedules
from dlcore.optimizers.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

EXAMPLES = [
    ExponentialDecay(0.5, 10, 0.25), InverseTimeDecay(0.5, 10, 2.0, staircase=True),
    PiecewiseConstantDecay([3, 5], [0.5, 0.25, 0.125]), PolynomialDecay(0.5, 10, power=2.0, cycle=True),
    CosineDecay(0.5, 10, alpha=0.25, warmup_target=1.0, warmup_steps=4), CosineDecayRestarts(0.5, 4, 1.5, 0.5, 0.25),
]  # fmt: skip


class WarmUp(LearningRateSchedule):
    """As in the docstring of LearningRateSchedule."""

    def __init__(self, learning_rate, steps):
        self.learning_rate, self.steps = learning_rate, steps

    def __call__(self, step):
        return self.learning_rate * min((float(step) + 1) / self.steps, 1.0)


def test_every_schedule_has_an_example():
    classes = {c for c in map(schedules.__getattribute__, schedules.__all__) if isinstance(c, type)}
    assert {type(s) for s in EXAMPLES} == classes - {LearningRateSchedule}


@pytest.mark.parametrize(
    "schedule, values",
    [
        (ExponentialDecay(0.5, 2, 0.25), {0: 0.5, 1: 0.25, 2: 0.125, 4: 0.03125}),
        (ExponentialDecay(0.5, 2, 0.25, staircase=True), {0: 0.5, 1: 0.5, 2: 0.125, 3: 0.125, 4: 0.03125}),
        (InverseTimeDecay(0.5, 2, 3.0), {0: 0.5, 1: 0.2, 2: 0.125}),
        (InverseTimeDecay(0.5, 2, 3.0, staircase=True), {0: 0.5, 1: 0.5, 2: 0.125, 3: 0.125}),
        (PiecewiseConstantDecay([2, 4], [3.0, 2.0, 1.0]), {0: 3, 2: 3, 3: 2, 4: 2, 5: 1, 99: 1}),
        (PiecewiseConstantDecay([], [3.0]), {0: 3, 9: 3}),
        (PolynomialDecay(1.0, 4, 0.5), {0: 1.0, 1: 0.875, 4: 0.5, 5: 0.5, 99: 0.5}),
        (PolynomialDecay(1.0, 4, 0.5, power=2.0), {2: 0.625, 4: 0.5}),
        (PolynomialDecay(1.0, 4, 0.5, cycle=True), {0: 1.0, 4: 0.5, 5: 0.6875, 6: 0.625, 8: 0.5, 9: 0.625}),
        (CosineDecay(1.0, 6), {0: 1, 2: 0.75, 3: 0.5, 4: 0.25, 6: 0, 7: 0}),
        (CosineDecay(1.0, 6, alpha=0.5), {0: 1, 3: 0.75, 6: 0.5, 60: 0.5}),
        (CosineDecay(0.0, 6, warmup_target=1.0, warmup_steps=4), {0: 0, 1: 0.25, 3: 0.75, 4: 1, 7: 0.5, 10: 0, 11: 0}),
        (CosineDecay(0.5, 6, warmup_target=1.0), {0: 1, 3: 0.5}),
        (CosineDecay(0.5, 6, warmup_target=1.0, warmup_steps=4), {0: 0.5, 2: 0.75, 4: 1, 10: 0}),
        (CosineDecayRestarts(1.0, 2, 2.0), {0: 1, 1: 0.5, 2: 1, 4: 0.5, 6: 1, 10: 0.5, 14: 1}),
        (CosineDecayRestarts(1.0, 2, 1.0, 0.5), {0: 1, 1: 0.5, 2: 0.5, 3: 0.25, 4: 0.25}),
        (CosineDecayRestarts(1.0, 2, 2.0, alpha=0.5), {1: 0.75, 2: 1}),
        (WarmUp(0.5, 4), {0: 0.125, 3: 0.5, 9: 0.5}),
    ],
)
def test_by_hand(schedule, values):
    for step, value in values.items():
        assert float(schedule(step)) == pytest.approx(value, abs=1e-7), step
        assert float(schedule(Variable(np.array(step), trainable=False))) == pytest.approx(value, abs=1e-7)


@pytest.mark.parametrize("t_mul", [1.0, 1.5, 2.0, 3.0, 10.0])
@pytest.mark.parametrize("first", [1, 4, 7, 10, 64, 1000])
def test_a_restart_falls_on_its_step(first, t_mul):
    """Also where the logarithm is rounded: the fall starts on its step, not one later or earlier."""
    schedule = CosineDecayRestarts(1.0, first, t_mul)
    start, length = 0.0, float(first)
    for _ in range(5):
        start, length = start + length, length * t_mul
        if start == int(start):
            assert float(schedule(int(start))) == pytest.approx(1.0, abs=1e-6)
            if length > 3 * t_mul:
                assert float(schedule(int(start) - 1)) < 0.5


@pytest.mark.parametrize("schedule", EXAMPLES, ids=repr)
def test_many_steps_at_once_and_the_kind_of_result(schedule):
    together = schedule(np.arange(40))
    assert isinstance(together, Tensor) and together.dtype == np.float32 and together.shape == (40,)
    one_by_one = [schedule(step) for step in range(40)]
    assert all(rate.shape == () and rate.dtype == np.float32 for rate in one_by_one)
    np.testing.assert_array_equal(together.numpy(), [float(rate) for rate in one_by_one])
    assert (together.numpy() >= 0).all() and float(schedule(10**12)) >= 0


# ---------------------------------------------------------------- in an optimizer


def rates(optimizer, steps):
    """How far each step of SGD goes where the gradient is 1."""
    v, found = Variable(np.zeros(1)), []
    for _ in range(steps):
        before = v.item()
        optimizer.apply([np.ones(1)], [v])
        found.append(before - v.item())
    return found


@pytest.mark.parametrize("schedule", [*EXAMPLES, WarmUp(0.5, 4)], ids=repr)
def test_the_optimizer_follows(schedule):
    optimizer = optimizers.SGD(schedule)
    np.testing.assert_allclose(rates(optimizer, 12), [float(schedule(t)) for t in range(12)], atol=1e-12)
    assert float(optimizer.learning_rate) == float(schedule(12))
    assert [v.name for v in optimizer.variables] == ["iteration"]


def test_a_schedule_written_with_operations_as_for_keras():
    class Attention(LearningRateSchedule):
        def __init__(self, width, warmup):
            self.width, self.warmup = width, warmup

        def __call__(self, step):
            step = ops.cast(step, "float32") + 1.0
            return self.width**-0.5 * ops.minimum(step**-0.5, step * self.warmup**-1.5)

    found = rates(optimizers.SGD(Attention(64, 4)), 8)
    np.testing.assert_allclose(found, [min(t**-0.5, t * 4**-1.5) / 8 for t in range(1, 9)], rtol=1e-6)


def test_a_function_without_arguments():
    values = iter([0.5, 0.25, 0.125])
    optimizer = optimizers.SGD(lambda: next(values))
    np.testing.assert_allclose(rates(optimizer, 2), [0.5, 0.25])
    assert optimizer.learning_rate == 0.125
    with pytest.raises(
        NotImplementedError, match="SGD: the learning rate comes from the function .*Make it a schedule"
    ):
        optimizer.get_config()


def test_a_number_can_not_replace_a_schedule():
    optimizer = optimizers.SGD(CosineDecay(0.5, 10))
    with pytest.raises(TypeError, match="SGD follows <CosineDecay>, so its learning_rate can't be set to a number"):
        optimizer.learning_rate = 0.1
    optimizer.learning_rate = ExponentialDecay(0.25, 10, 0.5)
    assert float(optimizer.learning_rate) == 0.25
    number = optimizers.SGD(0.5)
    number.learning_rate = CosineDecay(0.25, 10)
    assert float(number.learning_rate) == 0.25 and len(number.variables) == 1


# ---------------------------------------------------------------- as plain data


@pytest.mark.parametrize("schedule", EXAMPLES, ids=repr)
def test_configuration_round_trip(schedule):
    description = json.loads(json.dumps(schedules.serialize(schedule)))
    for twin in (schedules.deserialize(description), type(schedule).from_config(schedule.get_config())):
        assert type(twin) is type(schedule) and twin.get_config() == schedule.get_config()
        np.testing.assert_array_equal(twin(np.arange(20)).numpy(), schedule(np.arange(20)).numpy())


def trained(optimizer):
    x = np.random.default_rng(0).standard_normal((16, 3)).astype("float32")
    m = Sequential([Input((3,)), layers.Dense(1, use_bias=False)], seed=0)
    m.compile(optimizer, "mse")
    m.fit(x, x[:, :1], batch_size=4, verbose=0)
    return m, x


@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize("schedule", [*EXAMPLES, WarmUp(0.5, 6)], ids=repr)
def test_a_compiled_model_is_saved_with_its_schedule(schedule, momentum, tmp_path):
    m, x = trained(optimizers.SGD(copy.copy(schedule), momentum=momentum))
    m.save(tmp_path / "m.npz")
    twin = load_model(tmp_path / "m.npz", custom_objects={"WarmUp": WarmUp})
    assert float(twin.optimizer.learning_rate) == float(m.optimizer.learning_rate) == float(schedule(4))
    for each in (m, twin):
        each.fit(x, x[:, :1], batch_size=4, verbose=0, shuffle=False)
    np.testing.assert_array_equal(m.get_weights()[0], twin.get_weights()[0])


def test_what_can_not_be_saved_or_loaded(tmp_path):
    m, _ = trained(optimizers.SGD(WarmUp(0.5, 4)))
    m.save(tmp_path / "m.npz")
    with pytest.raises(ValueError, match="Unknown schedule 'WarmUp'"):
        load_model(tmp_path / "m.npz")
    m, _ = trained(optimizers.SGD(lambda: 0.1))
    with pytest.raises(NotImplementedError, match="which can't be written down. Make it a schedule"):
        m.save(tmp_path / "n.npz")
    assert not (tmp_path / "n.npz").exists()

    class Forgetful(LearningRateSchedule):
        def __init__(self, start):
            self.begin = start

        def __call__(self, step):
            return self.begin

    m, _ = trained(optimizers.SGD(Forgetful(0.1)))
    with pytest.raises(NotImplementedError, match="Forgetful: the argument 'start' is not kept as an attribute"):
        m.save(tmp_path / "n.npz")


# ---------------------------------------------------------------- bad input

NUMBERS = {
    ExponentialDecay: (0.1, 10, 0.5), InverseTimeDecay: (0.1, 10, 0.5), PolynomialDecay: (0.1, 10, 0.01, 1.0),
    CosineDecay: (0.1, 10, 0.0), CosineDecayRestarts: (0.1, 10, 2.0, 1.0, 0.0),
}  # fmt: skip


@pytest.mark.parametrize("cls", NUMBERS)
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "1", None])
def test_every_number_is_checked(cls, value):
    good = NUMBERS[cls]
    for i in range(len(good)):
        with pytest.raises(ValueError, match=rf"{cls.__name__}: \w+ is a number (from|above) \d, but got"):
            cls(*good[:i], value, *good[i + 1 :])
    with pytest.raises(ValueError, match="decay_steps is a number above 0, but got 0"):
        cls(good[0], 0, *good[2:])


@pytest.mark.parametrize(
    "make, kind, message",
    [
        (lambda: PiecewiseConstantDecay([1, 2], [0.1, 0.2]), ValueError, "2 boundaries part 3 values, but got 2"),
        (lambda: PiecewiseConstantDecay([2, 1], [0.1] * 3), ValueError, r"in rising order, but got \[2, 1\]"),
        (lambda: PiecewiseConstantDecay([2, 2], [0.1] * 3), ValueError, "in rising order"),
        (lambda: PiecewiseConstantDecay([float("nan"), 2], [0.1] * 3), ValueError, "in rising order"),
        (lambda: PiecewiseConstantDecay([1], [0.1, -0.2]), ValueError, "each of the values is a number from 0, but"),
        (lambda: CosineDecayRestarts(0.1, 10, t_mul=0.5), ValueError, "t_mul is a number from 1, but got 0.5"),
        (lambda: CosineDecay(0.1, 10, warmup_steps=5), ValueError, "warmup_steps=5 needs a warmup_target"),
        (lambda: CosineDecay(0.1, 10, warmup_target=-1, warmup_steps=5), ValueError, "warmup_target is a number from"),
        (lambda: CosineDecay(0.1, 10, warmup_target=1, warmup_steps=-5), ValueError, "warmup_steps is a number from 0"),
        (lambda: LearningRateSchedule()(1), NotImplementedError, r"needs a method __call__\(self, step\)"),
        (lambda: optimizers.SGD(CosineDecay), TypeError, r"is the class CosineDecay. Write CosineDecay\(...\)"),
        (lambda: optimizers.SGD(lambda step: 0.1), TypeError, "a function without arguments, but .* takes some"),
        (lambda: schedules.deserialize({"class_name": "CosineDekay", "config": {}}), ValueError, "mean 'CosineDecay'"),
        (lambda: schedules.deserialize("CosineDecay"), ValueError, "The schedule's description is .* 'CosineDecay'"),
        (lambda: schedules.CosineDekay, AttributeError, "Did you mean 'CosineDecay'?"),
        (lambda: rates(optimizers.Adam(WarmUp(-0.5, 4)), 1), ValueError,
         "Adam: the learning rate that <WarmUp> gives for step 0 is a number from 0, but got -0.125"),
        (lambda: rates(optimizers.Adam(lambda: float("nan")), 1), ValueError, "step 0 is a number from 0, but got nan"),
    ],
)  # fmt: skip
def test_bad_arguments(make, kind, message):
    with pytest.raises(kind, match=message):
        make()
