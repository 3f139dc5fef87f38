"""Optimizers against Keras: ten steps with the same gradients, at small, usual and huge learning rates."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import dlcore.optimizers  # noqa: E402
from dlcore import Variable  # noqa: E402
from dlcore.optimizers import Optimizer  # noqa: E402

SETTINGS = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("RMSprop", {}),
    ("RMSprop", {"rho": 0.5, "momentum": 0.9, "epsilon": 1e-2}),
    ("RMSprop", {"centered": True, "epsilon": 1e-3}),
    ("Adam", {}),
    ("Adam", {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 0.1}),
    ("Adam", {"epsilon": 1e-12}),
    ("Adam", {"clipnorm": 0.5}),
    ("SGD", {"clipvalue": 0.3}),
    ("SGD", {"global_clipnorm": 0.7}),
    ("Adam", {"weight_decay": 0.01}),
]
# Keras computes the powers of β in float32, where 1 − 0.999 is off by 1 part in 10⁵: so far, and no further, the
# steps of Adam may differ. The others agree to the rounding of float32 in the learning rate and the sums.
RELATIVE = {"SGD": 2e-6, "RMSprop": 5e-6, "Adam": 3e-5}


def test_every_optimizer_is_held_against_keras():
    public = {n for n, v in vars(dlcore.optimizers).items() if isinstance(v, type) and issubclass(v, Optimizer)}
    assert public == {name for name, _ in SETTINGS} | {"Optimizer"}


@pytest.mark.parametrize("learning_rate", [1e-5, 0.01, 100.0])
@pytest.mark.parametrize("name, settings", SETTINGS)
def test_ten_steps(name, settings, learning_rate):
    rng = np.random.default_rng(0)
    start = [rng.standard_normal(shape).astype("float32") for shape in ((3, 4), (4,), ())]
    ours = [Variable(w) for w in start]
    theirs = [keras.Variable(w) for w in start]
    a = getattr(dlcore.optimizers, name)(learning_rate, **settings)
    b = getattr(keras.optimizers, name)(learning_rate, **settings)
    for _ in range(10):
        grads = [rng.standard_normal(w.shape).astype("float32") for w in start]
        a.apply(grads, ours)
        b.apply([keras.ops.convert_to_tensor(g) for g in grads], theirs)
    for before, x, y in zip(start, ours, theirs):
        moved = np.abs(np.asarray(y) - before).max()
        np.testing.assert_allclose(x.numpy(), np.asarray(y), atol=RELATIVE[name] * moved + 2e-7, rtol=1e-6)


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adam"])
def test_arguments_come_in_the_same_order_with_the_same_defaults(name):
    import inspect

    ours = list(inspect.signature(getattr(dlcore.optimizers, name)).parameters.values())
    theirs = list(inspect.signature(getattr(keras.optimizers, name)).parameters.values())
    named = [p for p in ours if p.kind is not p.VAR_KEYWORD]
    assert [(p.name, p.default) for p in named] == [(p.name, p.default) for p in theirs[: len(named)]]


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adam"])
def test_nothing_of_keras_is_accepted_and_ignored(name):
    """Each argument of Keras's optimizer is either kept as an attribute or refused."""
    import inspect

    for p in list(inspect.signature(getattr(keras.optimizers, name)).parameters.values())[1:]:
        if p.kind is p.VAR_KEYWORD:
            continue
        value = {"name": "mine"}.get(p.name, True if isinstance(p.default, bool) else 0.25)
        try:
            optimizer = getattr(dlcore.optimizers, name)(0.1, **{p.name: value})
        except NotImplementedError:
            continue
        assert getattr(optimizer, p.name) == value
