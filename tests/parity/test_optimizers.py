"""Optimizers against Keras: ten steps with the same gradients, at small, usual and huge learning rates."""

import inspect

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from dlcore import Variable, optimizers  # noqa: E402

#: Rules with their arguments; each is also run with everything in SHARED.
SETTINGS = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("Lion", {}),
    ("Lion", {"beta_1": 0.5, "beta_2": 0.7}),
    ("Adagrad", {}),
    ("Adagrad", {"initial_accumulator_value": 0.0, "epsilon": 1e-2}),
    ("RMSprop", {}),
    ("RMSprop", {"rho": 0.5, "momentum": 0.9, "epsilon": 1e-2}),
    ("RMSprop", {"centered": True, "epsilon": 1e-3}),
    ("RMSprop", {"centered": True, "momentum": 0.5}),
    ("Adadelta", {}),
    ("Adadelta", {"rho": 0.5, "epsilon": 0.1}),
    ("Adam", {}),
    ("Adam", {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 0.1}),
    ("Adam", {"epsilon": 1e-12}),
    ("Adam", {"amsgrad": True, "beta_2": 0.5}),
    ("AdamW", {}),
    ("AdamW", {"amsgrad": True, "beta_2": 0.5, "weight_decay": 0.5}),
    ("AdamW", {"weight_decay": 0.5, "beta_2": 0.5}),
    ("Adamax", {}),
    ("Adamax", {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 0.1}),
    ("Nadam", {}),
    ("Nadam", {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 0.1}),
]
RULES = list(dict.fromkeys(name for name, _ in SETTINGS))
SHARED = [
    {"weight_decay": 0.01},
    {"clipvalue": 0.3},
    {"clipnorm": 0.5},
    {"global_clipnorm": 0.7},
    {"global_clipnorm": 100.0, "weight_decay": 0.1},
]
SHAPES = (3, 4), (4,), ()
# Keras rounds hyperparameters and learning rates to float32 on their way into the variable's dtype: 1e-7 of a step,
# also in float64. Adam's correction α has β₂ rounded so, but its mean v has not, and then 1 − 0.999 is off by 1 part
# in 10⁵.
TOLERANCE = dict.fromkeys(RULES, 1e-6) | {"Adam": 2e-5, "AdamW": 2e-5}
# In float32 the same holds for Nadam's powers of β₂.
TOLERANCE_32 = dict.fromkeys(RULES, 3e-6) | {"Adam": 2e-5, "AdamW": 2e-5, "Nadam": 2e-5}


def both(name, learning_rate, settings, dtype, steps=10, prepare=None):
    """How far the variables have moved after some steps with the same gradients: ours, Keras's; and the optimizers."""
    rng = np.random.default_rng(0)
    start = [rng.standard_normal(shape).astype(dtype) for shape in SHAPES]
    ours = [Variable(w, name=f"w{i}") for i, w in enumerate(start)]
    theirs = [keras.Variable(w, dtype=dtype, name=f"w{i}") for i, w in enumerate(start)]
    a = getattr(optimizers, name)(learning_rate(optimizers) if callable(learning_rate) else learning_rate, **settings)
    b = getattr(keras.optimizers, name)(learning_rate(keras.optimizers) if callable(learning_rate) else learning_rate,
                                        **settings)  # fmt: skip
    if prepare:
        prepare(a, ours)
        prepare(b, theirs)
    for _ in range(steps):
        grads = [rng.standard_normal(w.shape).astype(dtype) for w in start]
        a.apply(grads, ours)
        b.apply([keras.ops.convert_to_tensor(g) for g in grads], theirs)
    moved = [[np.asarray(v) - w for v, w in zip(variables, start)] for variables in (ours, theirs)]
    return *moved, a, b


def hold(ledger, name, what, ours, theirs, tolerance):
    """On the scale of how far the variables have moved, so that a small learning rate hides nothing."""
    scale = max(1e-30, *(np.abs(t).max() for t in theirs))
    ledger.holds(f"optimizers.{name}", what, [o / scale for o in ours], [t / scale for t in theirs], tolerance)


def test_every_optimizer_is_held_against_keras():
    classes = {n for n in optimizers.__all__ if isinstance(getattr(optimizers, n), type)}
    assert set(RULES) == classes - {"Optimizer"}


@pytest.mark.parametrize("learning_rate", [1e-5, 0.01, 100.0])
@pytest.mark.parametrize("name, settings", SETTINGS)
def test_ten_steps(ledger, name, settings, learning_rate):
    ours, theirs, *_ = both(name, learning_rate, settings, "float64")
    hold(ledger, name, f"10 steps, {settings}, learning rate {learning_rate}", ours, theirs, TOLERANCE[name])


@pytest.mark.parametrize("name, settings", SETTINGS)
def test_ten_steps_in_float32(ledger, name, settings):
    ours, theirs, *_ = both(name, 0.5, settings, "float32")
    hold(ledger, name, f"10 steps in float32, {settings}", ours, theirs, TOLERANCE_32[name])


@pytest.mark.parametrize("shared", SHARED, ids=str)
@pytest.mark.parametrize("name", RULES)
def test_clipping_and_weight_decay(ledger, name, shared):
    ours, theirs, *_ = both(name, 0.01, shared, "float64", steps=5)
    hold(ledger, name, f"5 steps, {shared}", ours, theirs, TOLERANCE[name])


@pytest.mark.parametrize("how", ["var_list", "var_names"])
def test_variables_left_out_of_weight_decay(ledger, how):
    def prepare(optimizer, variables):
        optimizer.exclude_from_weight_decay(**{how: variables[1:2] if how == "var_list" else ["w[1]", "x"]})

    ours, theirs, *_ = both("AdamW", 0.01, {"weight_decay": 0.5}, "float64", prepare=prepare)
    hold(ledger, "AdamW", f"10 steps, excluded by {how}", ours, theirs, TOLERANCE["AdamW"])


@pytest.mark.parametrize("name", RULES)
def test_a_schedule_in_the_optimizer(ledger, name):
    def rate(library):
        return library.schedules.CosineDecay(0.0, 4, warmup_target=0.5, warmup_steps=3)

    ours, theirs, a, b = both(name, rate, {}, "float64", steps=6)
    hold(ledger, name, "6 steps, cosine schedule with warm-up", ours, theirs, TOLERANCE[name])
    assert float(a.learning_rate) == pytest.approx(float(b.learning_rate), rel=1e-6)
    for optimizer in (a, b):
        with pytest.raises(TypeError):
            optimizer.learning_rate = 0.1
        optimizer.learning_rate = lambda: 0.25
        assert float(optimizer.learning_rate) == 0.25


@pytest.mark.parametrize("name, settings", SETTINGS)
def test_state_has_the_same_names_shapes_and_values(ledger, name, settings):
    _, _, a, b = both(name, 0.01, settings, "float64", steps=3)
    theirs = [
        v for v in b.variables if not v.name.startswith("variable")
    ]  # Nadam's product of momenta has no name of its own there
    ours = a.variables[: len(theirs)]
    assert [v.name for v in ours] == [v.name for v in theirs]
    assert len(a.variables) == len(b.variables)
    ledger.holds(f"optimizers.{name}", "state", ours, [np.asarray(v) for v in theirs], 1e-6)


def test_gradients_that_are_not_finite():
    """They are passed on or spread as in Keras, so that the weights show it."""
    for settings in ({"clipnorm": 0.5}, {"global_clipnorm": 0.5}, {"clipvalue": 0.5}):
        for bad in (np.inf, -np.inf, np.nan):
            found = []
            for library, variable in ((optimizers, Variable), (keras.optimizers, keras.Variable)):
                v = variable(np.ones(3, "float32"))
                with np.errstate(all="ignore"):
                    library.SGD(0.5, **settings).apply([np.array([bad, 1.0, 0.0], "float32")], [v])
                found.append(np.asarray(v))
            np.testing.assert_allclose(*found, err_msg=f"{settings} {bad}")


@pytest.mark.parametrize("name", RULES)
def test_a_description_goes_both_ways(ledger, name):
    ours = getattr(optimizers, name)(0.25, weight_decay=0.5, clipnorm=2.0)
    description = {"class_name": name, "config": ours.get_config()}
    back, theirs = optimizers.deserialize(description), keras.optimizers.deserialize(description)
    assert back.get_config() == ours.get_config()
    shared = [n for n in ours.get_config() if n in theirs.get_config() and n != "name"]
    numbers = [[float(config[n]) for n in shared if config[n] is not None]
               for config in (back.get_config(), theirs.get_config())]  # fmt: skip
    assert len(shared) == len(ours.get_config()) - 1
    ledger.holds("optimizers.deserialize", name, *numbers, 1e-7)


@pytest.mark.parametrize("name", RULES)
def test_arguments_come_in_the_same_order_with_the_same_defaults(name):
    ours = list(inspect.signature(getattr(optimizers, name)).parameters.values())
    theirs = list(inspect.signature(getattr(keras.optimizers, name)).parameters.values())
    named = [p for p in ours if p.kind is not p.VAR_KEYWORD]
    assert [(p.name, p.default) for p in named] == [(p.name, p.default) for p in theirs[: len(named)]]


@pytest.mark.parametrize("name", RULES)
def test_nothing_of_keras_is_accepted_and_ignored(name):
    """Each argument of Keras's optimizer is either kept as an attribute or refused."""
    for p in list(inspect.signature(getattr(keras.optimizers, name)).parameters.values())[1:]:
        if p.kind is p.VAR_KEYWORD:
            continue
        value = {"name": "mine"}.get(p.name, True if isinstance(p.default, bool) else 0.25)
        try:
            optimizer = getattr(optimizers, name)(0.1, **{p.name: value})
        except NotImplementedError:
            continue
        assert getattr(optimizer, p.name) == value


def test_names_are_known_as_in_keras():
    for name in RULES:
        for spelling in (name, name.lower()):
            assert type(optimizers.get(spelling)).__name__ == type(keras.optimizers.get(spelling)).__name__
