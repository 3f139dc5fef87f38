"""Optimizers: each rule by hand, and what they share. Their equality with Keras is in tests/parity."""

import numpy as np
import pytest

from dlcore import Variable, gradients, ops, optimizers

CLASSES = [optimizers.SGD, optimizers.RMSprop, optimizers.Adam]


def weights(dtype="float64"):
    return [Variable(np.array([1.0, -2.0, 3.0], dtype), name="w"), Variable(np.array([[0.5]], dtype), name="b")]


def run(optimizer, grads, dtype="float64"):
    """The weights after one step for each list of gradients."""
    variables = weights(dtype)
    for g in grads:
        optimizer.apply(g, variables)
    return [v.numpy() for v in variables]


G = [np.array([0.1, -0.2, 0.3]), np.array([[1.0]])]


def test_sgd():
    w, b = run(optimizers.SGD(0.5), [G])
    np.testing.assert_allclose(w, [0.95, -1.9, 2.85])
    np.testing.assert_allclose(b, [[0]])


def test_momentum_and_nesterov_by_hand():
    # v₁ = −ηg, v₂ = μv₁ − ηg
    w, _ = run(optimizers.SGD(0.5, momentum=0.5), [G, G])
    np.testing.assert_allclose(w, np.array([1, -2, 3]) - 0.5 * G[0] * (1 + 1.5))
    w, _ = run(optimizers.SGD(0.5, momentum=0.5, nesterov=True), [G])
    np.testing.assert_allclose(w, np.array([1, -2, 3]) - 0.5 * G[0] * 1.5)


def test_first_step_of_adam_has_the_size_of_the_learning_rate():
    # At t = 1 the corrections cancel: m̂ = g and √v̂ = |g|, so each weight moves by η whatever its gradient.
    w, b = run(optimizers.Adam(0.25, epsilon=0), [G])
    np.testing.assert_allclose(w, np.array([1, -2, 3]) - 0.25 * np.sign(G[0]))
    np.testing.assert_allclose(b, [[0.25]])


def test_first_step_of_rmsprop():
    w, _ = run(optimizers.RMSprop(0.25, rho=0.75, epsilon=0), [G])
    np.testing.assert_allclose(w, np.array([1, -2, 3]) - 0.25 * np.sign(G[0]) / 0.5)


@pytest.mark.parametrize("cls", CLASSES)
def test_a_valley_is_descended(cls):
    v = Variable(np.array([3.0, -2.0]), name="v")
    optimizer = cls(0.1)
    for _ in range(200):
        (g,) = gradients(ops.sum(ops.square(v)), [v])
        optimizer.apply([g], [v])
    assert np.abs(v.numpy()).max() < 0.1


@pytest.mark.parametrize("cls", CLASSES)
def test_gradients_are_left_as_they_are_and_dtype_is_kept(cls):
    g = [x.astype("float32") for x in G]
    before = [x.copy() for x in g]
    w, _ = run(cls(0.1, clipnorm=0.1), [g], dtype="float32")
    assert w.dtype == np.float32
    for now, then in zip(g, before):
        np.testing.assert_array_equal(now, then)


def test_apply_gradients_takes_pairs():
    variables = weights()
    optimizers.SGD(0.5).apply_gradients(zip(G, variables))
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
    with pytest.raises(ValueError, match="SGD: give only one of clipnorm, clipvalue and global_clipnorm"):
        optimizers.SGD(clipnorm=1.0, clipvalue=1.0)


def test_weight_decay_shrinks_before_the_step():
    w, _ = run(optimizers.SGD(0.5, weight_decay=0.1), [G])
    np.testing.assert_allclose(w, np.array([1, -2, 3]) * 0.95 - 0.5 * G[0])


def test_state_is_counted_and_kept_for_each_variable():
    optimizer = optimizers.Adam()
    run(optimizer, [G, G])
    assert optimizer.iterations.item() == 2
    names = [v.name for v in optimizer.variables]
    assert names == ["iteration", "learning_rate", "w_momentum", "w_velocity", "b_momentum", "b_velocity"]


@pytest.mark.parametrize("cls", CLASSES)
def test_configuration_round_trip(cls):
    optimizer = cls(0.125, clipnorm=2.0)
    twin = cls.from_config(optimizer.get_config())
    assert twin.get_config() == optimizer.get_config()
    assert float(twin.learning_rate) == 0.125


@pytest.mark.parametrize("name", ["sgd", "rmsprop", "adam", "Adam", "SGD", "RMSprop"])
def test_get_by_name(name):
    assert type(optimizers.get(name)).__name__.lower() == name.lower()


@pytest.mark.parametrize(
    "make, kind, message",
    [
        (lambda: optimizers.get("adma"), ValueError, "Unknown optimizer 'adma'. Did you mean 'adam'?"),
        (lambda: optimizers.get(3), TypeError, "An optimizer is a name such as 'adam'"),
        (lambda: optimizers.SGD(lr=0.1), TypeError, "SGD: Unknown argument 'lr'"),
        (lambda: optimizers.SGD("fast"), ValueError, "SGD: learning_rate is a number from 0, but got 'fast'"),
        (lambda: optimizers.Adam(-0.1), ValueError, "Adam: learning_rate is a number from 0, but got -0.1"),
        (lambda: optimizers.RMSprop(None), ValueError, "RMSprop: learning_rate is a number from 0, but got None"),
        (lambda: optimizers.SGD(float("nan")), ValueError, "learning_rate is a number from 0, but got nan"),
        (lambda: setattr(optimizers.SGD(), "learning_rate", -1), ValueError, "SGD: learning_rate .* but got -1"),
        (lambda: setattr(optimizers.SGD(), "learning_rate", None), ValueError, "SGD: learning_rate .* but got None"),
        (lambda: optimizers.Adam(beta_1=1.0), ValueError, "beta_1 is a number from 0 to below 1, but got 1.0"),
        (lambda: optimizers.Adam(epsilon=-1), ValueError, "Adam: epsilon is a number from 0, but got -1"),
        (lambda: optimizers.RMSprop(rho=2), ValueError, "RMSprop: rho is a number from 0 to below 1, but got 2"),
        (lambda: optimizers.SGD(clipnorm=0), ValueError, "SGD: clipnorm is a number above 0, but got 0"),
        (lambda: optimizers.SGD(weight_decay="1e-4"), ValueError, "SGD: weight_decay is a number from 0, but got '1e"),
        (lambda: optimizers.SGD().apply([G[0]], [G[0]]), TypeError, "arrays of another kind can't be trained"),
        (lambda: optimizers.SGD().apply_gradients([]), ValueError, r"needs pairs \(gradient, variable\)"),
        (lambda: optimizers.SGD().apply_gradients(weights()), ValueError, r"needs pairs \(gradient, variable\)"),
        (lambda: optimizers.Adagrad, AttributeError, "dlcore.optimizers has no 'Adagrad'. Known: Adam"),
        (lambda: optimizers.Adma, AttributeError, "dlcore.optimizers has no 'Adma'. Did you mean 'Adam'?"),
        (lambda: optimizers.SGD(momentum=2), ValueError, "momentum is a number from 0 to 1, but got 2"),
        (lambda: optimizers.Adam(amsgrad=True), NotImplementedError, "dlcore leaves it out"),
        (lambda: optimizers.Adam(use_ema=True), NotImplementedError, "dlcore leaves it out"),
        (lambda: optimizers.SGD().apply([G[1]], weights()[:1]), ValueError,
         r"The gradient of 'w' has shape \(1, 1\), but the variable has shape \(3,\)"),
        (lambda: optimizers.SGD().apply([G[0]], weights()), ValueError, "1 gradients don't match 2 variables"),
        (lambda: optimizers.SGD().apply([None, None], weights()), ValueError, "No variable has a gradient"),
    ],
)  # fmt: skip
def test_bad_arguments(make, kind, message):
    with pytest.raises(kind, match=message):
        make()


def test_a_variable_without_gradient_stays_and_is_named():
    variables = weights()
    with pytest.warns(UserWarning, match="No gradient for 'b'"):
        optimizers.SGD(0.5).apply([G[0], None], variables)
    np.testing.assert_array_equal(variables[1].numpy(), [[0.5]])


def test_new_variables_need_a_new_optimizer():
    optimizer = optimizers.Adam()
    optimizer.apply(G, weights())
    with pytest.raises(ValueError, match="is new to this optimizer. Make a new optimizer"):
        optimizer.apply(G, weights())
