"""Optimizers: each rule against its formula, and what they share. Their equality with Keras is in tests/parity."""

import copy
import itertools
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcore import Input, Sequential, Variable, gradients, layers, load_model, ops, optimizers
from dlcore.optimizers import base, schedules
from dlcore.utils.names import argument_names

CLASSES = [c for c in map(optimizers.__getattribute__, optimizers.__all__) if isinstance(c, type)]
CLASSES.remove(optimizers.Optimizer)


def weights(dtype="float64"):
    return [Variable(np.array([1.0, -2.0, 3.0], dtype), name="w"), Variable(np.array([[0.5]], dtype), name="b")]


def run(optimizer, grads, dtype="float64"):
    """The weights after one step for each list of gradients."""
    variables = weights(dtype)
    for g in grads:
        optimizer.apply(g, variables)
    return [v.numpy() for v in variables]


G = [np.array([0.1, -0.2, 0.3]), np.array([[1.0]])]

# ---------------------------------------------------------------- the formulas, written plainly


def sgd(w, gs, lr, momentum=0.0, nesterov=False):
    v = 0
    for g in gs:
        v = momentum * v - lr * g
        w = w + (momentum * v - lr * g if nesterov else v)
    return w


def lion(w, gs, lr, beta_1=0.9, beta_2=0.99):
    m = 0
    for g in gs:
        w = w - lr * np.sign(beta_1 * m + (1 - beta_1) * g)
        m = beta_2 * m + (1 - beta_2) * g
    return w


def adagrad(w, gs, lr, initial_accumulator_value=0.1, epsilon=1e-7):
    a = initial_accumulator_value
    for g in gs:
        a = a + g**2
        w = w - lr * g / np.sqrt(a + epsilon)
    return w


def rmsprop(w, gs, lr, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    v = a = p = 0
    for g in gs:
        v = rho * v + (1 - rho) * g**2
        a = rho * a + (1 - rho) * g if centered else 0
        p = momentum * p + lr * g / np.sqrt(v - a**2 + epsilon)
        w = w - p
    return w


def adadelta(w, gs, lr, rho=0.95, epsilon=1e-7):
    v = u = 0
    for g in gs:
        v = rho * v + (1 - rho) * g**2
        d = g * np.sqrt(u + epsilon) / np.sqrt(v + epsilon)
        u = rho * u + (1 - rho) * d**2
        w = w - lr * d
    return w


def adam(w, gs, lr, beta_1=0.9, beta_2=0.999, epsilon=1e-7, weight_decay=0.0):
    m = v = 0
    for t, g in enumerate(gs, 1):
        w = w - lr * weight_decay * w
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        alpha = lr * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        w = w - alpha * m / (np.sqrt(v) + epsilon)
    return w


def adamw(w, gs, lr, weight_decay=0.004, **kwargs):
    return adam(w, gs, lr, weight_decay=weight_decay, **kwargs)


def adamax(w, gs, lr, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m = u = 0
    for t, g in enumerate(gs, 1):
        m = beta_1 * m + (1 - beta_1) * g
        u = np.maximum(beta_2 * u, np.abs(g))
        w = w - lr / (1 - beta_1**t) * m / (u + epsilon)
    return w


def nadam(w, gs, lr, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m = v = 0
    mu = [beta_1 * (1 - 0.5 * 0.96**t) for t in range(1, len(gs) + 2)]
    for t, g in enumerate(gs, 1):
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        ahead = mu[t] * m / (1 - math.prod(mu[: t + 1])) + (1 - mu[t - 1]) * g / (1 - math.prod(mu[:t]))
        w = w - lr * ahead / (np.sqrt(v / (1 - beta_2**t)) + epsilon)
    return w


SETTINGS = [
    (sgd, {}), (sgd, {"momentum": 0.9}), (sgd, {"momentum": 0.9, "nesterov": True}), (lion, {}),
    (lion, {"beta_1": 0.5, "beta_2": 0.7}), (adagrad, {}),
    (adagrad, {"initial_accumulator_value": 2.0, "epsilon": 0.1}),
    (rmsprop, {}), (rmsprop, {"momentum": 0.5}), (rmsprop, {"centered": True, "epsilon": 0.01}),
    (rmsprop, {"centered": True, "momentum": 0.5, "rho": 0.3, "epsilon": 0.01}), (adadelta, {}),
    (adadelta, {"rho": 0.5, "epsilon": 0.1}), (adam, {}), (adam, {"beta_1": 0.0, "beta_2": 0.5, "epsilon": 0.1}),
    (adamw, {}), (adamw, {"weight_decay": 0.5}), (adamax, {}), (adamax, {"beta_1": 0.5, "epsilon": 0.1}), (nadam, {}),
    (nadam, {"beta_1": 0.5, "beta_2": 0.6, "epsilon": 0.1}),
]  # fmt: skip


def class_of(rule):
    return next(c for c in CLASSES if c.__name__.lower() == rule.__name__)


def test_every_rule_has_its_formula_here():
    assert {class_of(rule) for rule, _ in SETTINGS} == set(CLASSES)


@pytest.mark.parametrize("block", [2**17, 16, 5])  # all in one, only the largest alone, all alone and in pieces
@pytest.mark.parametrize("rule, arguments", SETTINGS)
def test_five_steps_are_the_formula(rule, arguments, block, monkeypatch):
    monkeypatch.setattr(base, "BLOCK", block)
    rng = np.random.default_rng(0)
    shapes = (3, 7), (2, 2), (), (5,)
    starts = [rng.standard_normal(shape) for shape in shapes]
    steps = [[rng.standard_normal(shape) for shape in shapes] for _ in range(5)]
    variables = [Variable(start) for start in starts]
    optimizer = class_of(rule)(0.25, **arguments)
    for grads in steps:
        optimizer.apply(grads, variables)
    for v, start, gs in zip(variables, starts, zip(*steps)):
        np.testing.assert_allclose(v.numpy(), rule(start, gs, 0.25, **arguments), rtol=1e-12, atol=1e-13)


def test_first_step_of_adam_has_the_size_of_the_learning_rate():
    # At t = 1 the corrections cancel: m̂ = g and √v̂ = |g|, so each weight moves by η whatever its gradient.
    w, b = run(optimizers.Adam(0.25, epsilon=0), [G])
    np.testing.assert_allclose(w, np.array([1, -2, 3]) - 0.25 * np.sign(G[0]))
    np.testing.assert_allclose(b, [[0.25]])


@pytest.mark.parametrize("cls", CLASSES)
def test_a_valley_is_descended(cls):
    v = Variable(np.array([3.0, -2.0]), name="v")
    optimizer = cls({"Adadelta": 30.0, "Adagrad": 0.5, "Lion": 0.01}.get(cls.__name__, 0.1))
    for _ in range(300):
        (g,) = gradients(ops.sum(ops.square(v)), [v])
        optimizer.apply([g], [v])
    assert np.abs(v.numpy()).max() < 0.5  # Lion goes on for a while on the other side


# ---------------------------------------------------------------- memory: many variables in one array

TREE = st.lists(st.lists(st.integers(1, 4), max_size=3), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None)
@given(TREE, st.sampled_from(CLASSES), st.sampled_from([3, 20, 2**17]), st.data())
def test_variables_do_not_feel_each_other(shapes, cls, block, data):
    """Together, in pieces, or each with an optimizer of its own: the same to the last bit but for blends of dtypes."""
    dtypes = [data.draw(st.sampled_from(["float32", "float64"])) for _ in shapes]
    rng = np.random.default_rng(len(shapes))
    starts = [rng.standard_normal(shape).astype(dtype) for shape, dtype in zip(shapes, dtypes)]
    grads = [rng.standard_normal(shape).astype(dtype) for shape, dtype in zip(shapes, dtypes)]
    together, alone = [Variable(s) for s in starts], [Variable(s) for s in starts]
    optimizer, single = cls(0.1), [cls(0.1) for _ in starts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base, "BLOCK", block)
        for _ in range(3):
            optimizer.apply(grads, together)
    for _ in range(3):
        for each, v, g in zip(single, alone, grads):
            each.apply([g], [v])
    for x, y in zip(together, alone):
        assert x.dtype == y.dtype
        np.testing.assert_allclose(x.numpy(), y.numpy(), rtol=1e-6)


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("clip", [{}, {"clipnorm": 0.1}, {"clipvalue": 0.1}, {"global_clipnorm": 0.1}])
def test_gradients_are_left_as_they_are_and_dtype_is_kept(cls, clip):
    g = [x.astype("float32") for x in G]
    before = [x.copy() for x in g]
    w, _ = run(cls(0.1, **clip), [g, g], dtype="float32")
    assert w.dtype == np.float32
    for now, then in zip(g, before):
        np.testing.assert_array_equal(now, then)


def test_variables_are_views_of_one_array_and_assigning_goes_on_working():
    variables = weights()
    before = list(variables)
    optimizer = optimizers.SGD(0.5)
    optimizer.apply(G, variables)
    assert all(x is y for x, y in zip(variables, before))
    assert variables[0].data.base is variables[1].data.base is not None
    assert not np.shares_memory(variables[0].data, variables[1].data)
    variables[0].assign([10.0, 10.0, 10.0])
    np.testing.assert_allclose(variables[1].numpy(), [[0.0]])
    optimizer.apply(G, variables)
    np.testing.assert_allclose(variables[0].numpy(), [9.95, 10.1, 9.85])
    np.testing.assert_allclose(variables[1].numpy(), [[-0.5]])


def test_an_array_put_in_place_of_the_old_one_is_taken_up():
    variables = weights()
    optimizer = optimizers.SGD(0.5)
    optimizer.apply(G, variables)
    variables[0].data = np.array([[1.0, 2.0, 3.0]]).T[:, 0][::-1]  # neither contiguous nor its own
    optimizer.apply(G, variables)
    np.testing.assert_allclose(variables[0].numpy(), [2.95, 2.1, 0.85])


def test_two_optimizers_take_turns_on_the_same_variables():
    variables = weights()
    one, two = optimizers.SGD(0.5), optimizers.SGD(0.25)
    for _ in range(2):
        one.apply(G, variables)
        two.apply(G[::-1], variables[::-1])
    np.testing.assert_allclose(variables[0].numpy(), np.array([1, -2, 3]) - 1.5 * G[0])
    np.testing.assert_allclose(variables[1].numpy(), [[-1.0]])


def test_a_weight_that_lies_column_by_column():
    v = Variable(np.arange(6.0).reshape(2, 3).T)
    g = np.arange(6.0).reshape(3, 2)
    optimizers.SGD(1.0).apply([g], [v])
    np.testing.assert_array_equal(v.numpy(), np.arange(6.0).reshape(2, 3).T - g)
    optimizers.SGD(1.0).apply([np.asfortranarray(g)], [v])
    np.testing.assert_array_equal(v.numpy(), np.arange(6.0).reshape(2, 3).T - 2 * g)


def model(optimizer, seed=0):
    m = Sequential([Input((4,)), layers.Dense(8, "tanh"), layers.Dense(3)], seed=seed)
    m.compile(optimizer, "mse")
    return m


RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((32, 4)).astype("float32"), RNG.standard_normal((32, 3)).astype("float32")


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copied_model_goes_on_by_itself(duplicate):
    original = model(optimizers.Nadam(0.01))
    original.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    twin = duplicate(original)
    before = original.get_weights()
    twin.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    for now, then in zip(original.get_weights(), before):
        np.testing.assert_array_equal(now, then)
    original.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    for ours, theirs in zip(original.get_weights(), twin.get_weights()):
        np.testing.assert_array_equal(ours, theirs)
    for ours, theirs in zip(original.optimizer.variables, twin.optimizer.variables):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_set_weights_after_training():
    m = model(optimizers.Adam(0.01))
    start = m.get_weights()
    m.fit(X, Y, verbose=0)
    m.set_weights(start)
    for now, then in zip(m.get_weights(), start):
        np.testing.assert_array_equal(now, then)
    loss = m.evaluate(X, Y, verbose=0)
    m.fit(X, Y, epochs=20, verbose=0)
    assert m.evaluate(X, Y, verbose=0) < loss


def test_a_layer_frozen_after_the_first_steps_stays():
    m = model(optimizers.Adam(0.01))
    m.fit(X, Y, verbose=0)
    m.layers[0].trainable = False
    frozen, free = m.layers[0].get_weights()[0], m.layers[1].get_weights()[0]
    m.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(m.layers[0].get_weights()[0], frozen)
    assert np.abs(m.layers[1].get_weights()[0] - free).max() > 0
    m.layers[0].trainable = True
    m.fit(X, Y, verbose=0)
    assert np.abs(m.layers[0].get_weights()[0] - frozen).max() > 0


# ---------------------------------------------------------------- what they share


def test_apply_gradients_takes_pairs():
    variables = weights()
    assert optimizers.SGD(0.5).apply_gradients(zip(G, variables)).item() == 1
    np.testing.assert_allclose(variables[0].numpy(), [0.95, -1.9, 2.85])


def test_variables_it_was_built_with_need_not_be_named():
    variables = weights()
    optimizer = optimizers.SGD(0.5)
    optimizer.build(variables)
    optimizer.apply(G)
    np.testing.assert_allclose(variables[0].numpy(), [0.95, -1.9, 2.85])


def test_learning_rate_can_be_changed():
    optimizer = optimizers.SGD(0.5)
    optimizer.learning_rate = 0.25
    assert float(optimizer.learning_rate) == 0.25
    w, _ = run(optimizer, [G])
    np.testing.assert_allclose(w, [0.975, -1.95, 2.925])


def test_clipping():
    np.testing.assert_allclose(run(optimizers.SGD(1.0, clipvalue=0.15), [G])[0], [0.9, -1.85, 2.85])
    length = np.linalg.norm(G[0])
    np.testing.assert_allclose(run(optimizers.SGD(1.0, clipnorm=0.1), [G])[0], [1, -2, 3] - G[0] * 0.1 / length)
    together = np.sqrt(length**2 + 1)
    np.testing.assert_allclose(run(optimizers.SGD(1.0, global_clipnorm=0.1), [G])[1], [[0.5 - 0.1 / together]])
    np.testing.assert_allclose(run(optimizers.SGD(1.0, global_clipnorm=9.0), [G])[1], [[-0.5]])
    nothing = [0 * g for g in G]
    for how in ("clipvalue", "clipnorm", "global_clipnorm"):
        np.testing.assert_array_equal(run(optimizers.SGD(1.0, **{how: 0.1}), [nothing])[0], [1, -2, 3])
    w, b = run(optimizers.SGD(1.0, global_clipnorm=0.1), [[G[0], np.array([[np.inf]])]])
    assert np.isnan(w).all() and np.isnan(b).all()


@pytest.mark.parametrize("two", list(itertools.combinations(("clipnorm", "clipvalue", "global_clipnorm"), 2)))
@pytest.mark.parametrize("cls", CLASSES)
def test_only_one_way_of_clipping(cls, two):
    with pytest.raises(ValueError, match=f"{cls.__name__}: give only one of clipnorm, clipvalue and global_clipnorm"):
        cls(**dict.fromkeys(two, 1.0))


@pytest.mark.parametrize("cls", CLASSES)
def test_weight_decay_shrinks_before_the_step(cls):
    plain, decaying = (run(cls(0.5, weight_decay=decay), [G]) for decay in (0.0, 0.1))
    for start, w, v in zip(weights(), plain, decaying):
        np.testing.assert_allclose(v, w - 0.05 * start.numpy())


def test_variables_can_be_left_out_of_weight_decay():
    zeros = [0 * g for g in G]
    for how in ({"var_names": ["^b$", "x"]}, {"var_list": None}):
        variables = weights()
        optimizer = optimizers.AdamW(0.5, weight_decay=0.1)
        optimizer.exclude_from_weight_decay(**how | ({"var_list": variables[1:]} if "var_list" in how else {}))
        for _ in range(2):
            optimizer.apply(zeros, variables)
        np.testing.assert_allclose(variables[0].numpy(), np.array([1, -2, 3]) * 0.95**2)
        np.testing.assert_array_equal(variables[1].numpy(), [[0.5]])
        names = [v.name for v in optimizer.variables[2:]]
        assert names == ["w_momentum", "w_velocity", "b_momentum", "b_velocity"]
    with pytest.raises(ValueError, match="AdamW has taken steps already: call exclude_from_weight_decay before"):
        optimizer.exclude_from_weight_decay(var_names=["w"])


def test_state_is_counted_and_kept_for_each_variable():
    optimizer = optimizers.Adam()
    run(optimizer, [G, G])
    assert optimizer.iterations.item() == 2
    names = [v.name for v in optimizer.variables]
    assert names == ["iteration", "learning_rate", "w_momentum", "w_velocity", "b_momentum", "b_velocity"]
    m, v = optimizer.variables[2:4]
    np.testing.assert_allclose(m.numpy(), G[0] * (1 - 0.9**2))
    np.testing.assert_allclose(v.numpy(), G[0] ** 2 * (1 - 0.999**2))


def test_an_optimizer_of_your_own():
    class Halving(optimizers.Optimizer):
        """Ignores the gradient's size; remembers how often it moved."""

        slots = ("count",)

        def update_step(self, g, w, learning_rate, s, count):
            count += 1
            w *= learning_rate

    optimizer = Halving(0.5)
    w, b = run(optimizer, [G, G])
    np.testing.assert_allclose(w, [0.25, -0.5, 0.75])
    np.testing.assert_array_equal(optimizer.variables[-1].numpy(), [[2]])
    with pytest.raises(NotImplementedError, match="Optimizer needs a method update_step"):
        run(optimizers.Optimizer(0.5), [G])


@pytest.mark.parametrize("cls", CLASSES)
def test_configuration_round_trip(cls):
    optimizer = cls(0.125, clipnorm=2.0, weight_decay=0.25)
    twin = cls.from_config(optimizer.get_config())
    assert twin.get_config() == optimizer.get_config()
    assert float(twin.learning_rate) == 0.125


@pytest.mark.parametrize("cls", CLASSES)
def test_a_saved_model_goes_on_where_it_was(cls, tmp_path):
    m = model(cls(schedules.CosineDecay(0.01, 20, warmup_target=0.02, warmup_steps=3), clipnorm=1.0))
    m.fit(X, Y, epochs=2, shuffle=False, verbose=0, batch_size=8)
    m.save(tmp_path / "m.npz")
    twin = load_model(tmp_path / "m.npz")
    assert twin.optimizer.get_config() == m.optimizer.get_config()
    for each in (m, twin):
        each.fit(X, Y, epochs=1, shuffle=False, verbose=0, batch_size=8)
    for ours, theirs in zip(m.get_weights(), twin.get_weights()):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", [c.__name__ for c in CLASSES])
def test_get_by_name(name):
    for spelling in (name, name.lower()):
        assert type(optimizers.get(spelling)).__name__ == name
    assert type(optimizers.get({"class_name": name, "config": {}})).__name__ == name
    optimizer = optimizers.get(name)
    assert optimizers.get(optimizer) is optimizer


def test_amsgrad_does_not_forget_a_large_gradient():
    """Its root is of the largest v so far: after one large gradient all steps stay small."""
    steps = {}
    for amsgrad in (False, True):
        w = Variable(np.zeros(1), name="w")
        optimizer = optimizers.Adam(0.1, beta_1=0.0, beta_2=0.5, amsgrad=amsgrad)
        for g in [100.0] + [1.0] * 30:
            before = w.numpy()
            optimizer.apply([np.array([g])], [w])
        steps[amsgrad] = (before - w.numpy()).item()
        assert len(optimizer.variables) == 4 + amsgrad and optimizer.get_config()["amsgrad"] is amsgrad
    assert steps[False] == pytest.approx(0.1, rel=1e-3)
    assert steps[True] == pytest.approx(0.1 / (100 * 0.5**0.5), rel=1e-3)


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf"), "fast", None, True, [0.1]])
def test_every_number_is_checked(cls, value):
    """No argument of any optimizer takes a negative number, NaN, infinity or something that is no number."""
    for name in argument_names(cls):
        optional = value is None and name in ("weight_decay", "clipnorm", "clipvalue", "global_clipnorm")
        if name in ("name", "nesterov", "centered", "amsgrad") or (optional and (cls, name) != (AdamW, "weight_decay")):
            continue
        with pytest.raises(ValueError, match=rf"{cls.__name__}: {name} is a number .*, but got"):
            cls(**{name: value})


AdamW = optimizers.AdamW


@pytest.mark.parametrize("cls", [c for c in CLASSES if "beta_1" in argument_names(c)])
def test_betas_stay_below_one(cls):
    for name in ("beta_1", "beta_2"):
        with pytest.raises(ValueError, match=rf"{cls.__name__}: {name} is a number .* to (below )?1, but got 1.5"):
            cls(**{name: 1.5})
    assert optimizers.Adamax(beta_2=1.0).beta_2 == 1.0  # it divides by nothing that would be 0 then


@pytest.mark.parametrize(
    "make, kind, message",
    [
        (lambda: optimizers.get("adma"), ValueError, "Unknown optimizer 'adma'. Did you mean 'adam'?"),
        (lambda: optimizers.get("ftrl"), ValueError, "Unknown optimizer 'ftrl'. Known: adadelta, adagrad, adam"),
        (lambda: optimizers.get(3), TypeError, "An optimizer is a name such as 'adam'"),
        (lambda: optimizers.get({"class_name": "Adm", "config": {}}), ValueError, "Unknown optimizer 'Adm'. Did you"),
        (lambda: optimizers.get({"a": 1}), ValueError, "The optimizer's description is .* but got {'a': 1}"),
        (lambda: optimizers.deserialize("adam"), ValueError, "The optimizer's description is .* but got 'adam'"),
        (lambda: optimizers.AdamW().exclude_from_weight_decay(var_names="bias"), TypeError, "takes lists, .*='bias'"),
        (lambda: optimizers.AdamW().exclude_from_weight_decay(weights()[0]), TypeError, "takes lists, .*=Variable"),
        (lambda: optimizers.AdamW().exclude_from_weight_decay(["bias"]), TypeError, "but got .'bias'.. Names go into"),
        (lambda: optimizers.SGD(lr=0.1), TypeError, "SGD: Unknown argument 'lr'"),
        (lambda: setattr(optimizers.SGD(), "learning_rate", -1), ValueError, "SGD: learning_rate .* but got -1"),
        (lambda: setattr(optimizers.SGD(), "learning_rate", None), ValueError, "SGD: learning_rate .* but got None"),
        (lambda: optimizers.Adam(beta_1=1.0), ValueError, "beta_1 is a number from 0 to below 1, but got 1.0"),
        (lambda: optimizers.AdamW(beta_2=1.0), ValueError, "AdamW: beta_2 is a number from 0 to below 1"),
        (lambda: optimizers.Lion(beta_1=0), ValueError, "Lion: beta_1 is a number above 0 to 1, but got 0"),
        (lambda: optimizers.RMSprop(rho=2), ValueError, "RMSprop: rho is a number from 0 to below 1, but got 2"),
        (lambda: optimizers.SGD(clipnorm=0), ValueError, "SGD: clipnorm is a number above 0, but got 0"),
        (lambda: optimizers.SGD().apply([G[0]], [G[0]]), TypeError, "changes Variables, but got array.*can't be tr"),
        (lambda: optimizers.SGD().apply(G), ValueError, r"needs the variables too, or build\(variables\) before"),
        (lambda: optimizers.SGD().apply_gradients([]), ValueError, r"needs pairs \(gradient, variable\)"),
        (lambda: optimizers.SGD().apply_gradients(weights()), ValueError, r"needs pairs \(gradient, variable\)"),
        (lambda: optimizers.Ftrl, AttributeError, "dlcore.optimizers has no 'Ftrl'. Known: Adadelta"),
        (lambda: optimizers.Adma, AttributeError, "dlcore.optimizers has no 'Adma'. Did you mean 'Adam'?"),
        (lambda: optimizers.SGD(momentum=2), ValueError, "momentum is a number from 0 to 1, but got 2"),
        (lambda: optimizers.Adam(use_ema=True), NotImplementedError, "dlcore leaves it out"),
        (lambda: optimizers.SGD().apply([G[1]], weights()[:1]), ValueError,
         r"The gradient of 'w' has shape \(1, 1\), but the variable has shape \(3,\)"),
        (lambda: optimizers.SGD().apply([G[0]], weights()), ValueError, "1 gradients don't match 2 variables"),
        (lambda: optimizers.SGD().apply([None, None], weights()), ValueError, r"No variable has a gradient \('w', 'b'"),
        (lambda: optimizers.SGD().apply([], []), ValueError, "No variable has a gradient .there are none"),
        (lambda: optimizers.SGD().apply([["a"] * 3, G[1]], weights()), TypeError, "numbers are needed"),
        (lambda: optimizers.SGD().apply([G[0] * 1j, G[1]], weights()), TypeError, "Complex numbers don't fit"),
        (lambda: optimizers.SGD().apply([G[0], G[0]], [weights()[0]] * 2), ValueError, "A variable is given twice"),
        (lambda: optimizers.SGD().build([Variable(np.arange(3), trainable=False)]), TypeError,
         "holds no floating-point numbers"),
    ],
)  # fmt: skip
def test_bad_arguments(make, kind, message):
    with pytest.raises(kind, match=message):
        make()


def test_a_bad_gradient_moves_nothing():
    variables = weights()
    optimizer = optimizers.Adam()
    optimizer.apply(G, variables)
    before = [v.numpy() for v in (*variables, *optimizer.variables)]
    with pytest.raises(ValueError, match="The gradient of 'b' has shape"):
        optimizer.apply([G[0], G[0]], variables)
    for v, then in zip((*variables, *optimizer.variables), before):
        np.testing.assert_array_equal(v.numpy(), then)


@pytest.mark.parametrize("block", [2**17, 2])
def test_a_variable_without_gradient_stays_and_is_named(block, monkeypatch):
    monkeypatch.setattr(base, "BLOCK", block)
    for present in ([G[0], None], [None, G[1]]):
        variables, optimizer = weights(), optimizers.SGD(0.5, momentum=0.5)
        lost, name = (1, "b") if present[1] is None else (0, "w")
        start = variables[lost].numpy()
        for _ in range(2):
            with pytest.warns(UserWarning, match=f"No gradient for '{name}'"):
                optimizer.apply(present, variables)
        np.testing.assert_array_equal(variables[lost].numpy(), start)
        moved = 1 - lost
        expected = sgd(weights()[moved].numpy(), [G[moved]] * 2, 0.5, momentum=0.5)
        np.testing.assert_allclose(variables[moved].numpy(), expected)


def test_new_variables_need_a_new_optimizer():
    optimizer = optimizers.Adam()
    variables = weights()
    optimizer.apply(G, variables)
    with pytest.raises(ValueError, match=r"Variable\('w'.* is new to this optimizer. Make a new optimizer"):
        optimizer.apply(G, weights())
    with pytest.raises(ValueError, match="is new to this optimizer"):
        optimizer.apply([*G, G[0]], [*variables, weights()[0]])
    optimizer.build(weights())  # the second time changes nothing, as in Keras
    optimizer.apply(G, variables)
