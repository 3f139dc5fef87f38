"""Regularizers: what weights cost, how a layer and a model add it up, names and files."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcore import Model, Sequential, Tensor, gradcheck, gradients, layers, load_model, ops, regularizers

RNG = np.random.default_rng(0)
ALL = sorted(regularizers._known)


def test_formulas():
    w = np.array([[3.0, -4.0], [1.0, 2.0]])
    assert regularizers.L1(0.1)(w).item() == pytest.approx(1.0)
    assert regularizers.L2(0.1)(w).item() == pytest.approx(3.0)
    assert regularizers.L1L2(0.1, 0.2)(w).item() == pytest.approx(1.0 + 6.0)
    cosine = abs(3 - 8) / np.sqrt(25 * 5)
    assert regularizers.OrthogonalRegularizer(0.1)(w).item() == pytest.approx(0.1 * cosine)


@given(rows=st.integers(1, 5), columns=st.integers(1, 5), mode=st.sampled_from(["rows", "columns"]))
@settings(max_examples=25, deadline=None)
def test_orthogonality_is_the_mean_over_all_pairs(rows, columns, mode):
    w = np.random.default_rng(rows * 7 + columns).standard_normal((rows, columns))
    vectors = w if mode == "rows" else w.T
    unit = [v / np.linalg.norm(v) for v in vectors]
    pairs = [abs(unit[i] @ unit[j]) for i in range(len(unit)) for j in range(i)]
    ours = regularizers.OrthogonalRegularizer(0.3, mode)(w).item()
    assert ours == pytest.approx(0.3 * np.mean(pairs) if pairs else 0.0, abs=1e-12)


def test_a_rotation_costs_nothing_and_a_row_of_zeros_gives_no_nan():
    q, _ = np.linalg.qr(RNG.standard_normal((4, 4)))
    assert regularizers.OrthogonalRegularizer(1.0)(q).item() == pytest.approx(0, abs=1e-12)
    w = Tensor(np.zeros((3, 2)), requires_grad=True)
    cost = regularizers.OrthogonalRegularizer()(w)
    cost.backward()
    assert cost.item() == 0 and np.isfinite(w.grad).all()


@pytest.mark.parametrize("name", ALL)
def test_gradients_and_dtype(name):
    regularizer = type(regularizers.get(name))(0.3)
    gradcheck.check(regularizer, RNG.standard_normal((4, 3)))
    for dtype in ("float32", "float64"):
        w = Tensor(RNG.standard_normal((4, 3)).astype(dtype), requires_grad=True)
        cost = regularizer(w)
        cost.backward()
        assert cost.dtype == w.grad.dtype == dtype and cost.shape == ()


def test_weight_decay_is_its_name():
    w = Tensor(RNG.standard_normal(5), requires_grad=True)
    np.testing.assert_allclose(gradients(regularizers.L2(0.1)(w), [w])[0], 0.2 * w.numpy())


# ---------------------------------------------------------------- by name


@pytest.mark.parametrize("name", ALL)
def test_get_and_configuration(name):
    made = regularizers.get(name)
    kind = type(made).__name__
    twin = regularizers.get({"class_name": kind, "config": made.get_config()})
    assert type(twin) is type(made) is type(regularizers.get(kind)) is type(regularizers.get(type(made)))
    assert twin.get_config() == made.get_config()
    assert repr(made).startswith(f"{kind}(")
    assert regularizers.get(made) is made
    assert regularizers.get(None) is None
    assert getattr(regularizers, {"l1l2": "l1_l2"}.get(name, name)) is type(made)  # as Keras spells them, too


@pytest.mark.parametrize(
    "wrong, error, message",
    [
        (lambda: regularizers.get("l3"), ValueError, "Unknown regularizer 'l3'. Known: l1, l1l2, l2"),
        (lambda: regularizers.get(0.01), ValueError, "a name such as 'l2' or a function of one weight, but got 0.01"),
        (lambda: regularizers.L1(-1.0), ValueError, "L1: l1 is a number from 0, but got -1.0"),
        (lambda: regularizers.L2("0.1"), ValueError, "L2: l2 is a number from 0, but got '0.1'"),
        (lambda: regularizers.L1L2(l2=float("nan")), ValueError, "L1L2: l2 is a number from 0, but got nan"),
        (lambda: regularizers.OrthogonalRegularizer(mode="row"), ValueError, "Unknown mode 'row'. Did you mean 'rows'"),
        (
            lambda: regularizers.OrthogonalRegularizer()(np.ones(3)),
            ValueError,
            r"rows of a matrix, but .* shape \(3,\)",
        ),
        (lambda: regularizers.Regularizer()(np.ones(3)), NotImplementedError, "needs a method __call__"),
        (lambda: regularizers.L3, AttributeError, "dlcore.regularizers has no 'L3'"),
        (lambda: layers.Dense(2, kernel_regularizer="l3"), ValueError, "Unknown regularizer 'l3'"),
        (lambda: layers.Dense(2).add_loss(np.ones(2)), ValueError, "Dense 'dense.*': add_loss takes a tensor with one"),
        (lambda: layers.Dense(2).add_loss(Tensor([1.0, 2.0])), ValueError, "Is a mean or sum missing?"),
    ],
)
def test_messages(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()


# ---------------------------------------------------------------- in layers and models


def regularized():
    return Sequential(
        [layers.Dense(3, kernel_regularizer="l2", bias_regularizer="l1"), layers.Dense(1, kernel_regularizer=L05)],
        seed=0,
    )


L05 = regularizers.L1L2(l1=0.5)


def cost(model):
    (w1, b1, w2, _) = model.get_weights()
    return 0.01 * (w1**2).sum() + 0.01 * np.abs(b1).sum() + 0.5 * np.abs(w2).sum()


def test_losses_of_the_whole_tree():
    class Wrapped(Model):
        def __init__(self):
            super().__init__()
            self.inner = regularized()

        def call(self, x):
            return self.inner(x)

    model = Wrapped()
    model(np.ones((2, 4), "float32"))
    assert len(model.losses) == 3
    assert sum(t.item() for t in model.losses) == pytest.approx(cost(model), rel=1e-6)


def test_a_frozen_weight_costs_nothing():
    model = regularized()
    model.build((None, 4))
    model.layers[0].trainable = False
    assert len(model.losses) == 1
    model.trainable = False
    assert model.losses == []


def test_layers_without_regularizers_have_no_losses():
    regularized().build((None, 2))  # while another model has
    layer = layers.Dense(2)
    layer(np.ones((1, 3), "float32"))
    assert layer.losses == []


@pytest.mark.parametrize("batch_size", [8, 3])
def test_reported_loss_includes_the_cost_once_a_batch(batch_size):
    model = regularized()
    model.compile("sgd", "mse")
    x, y = RNG.standard_normal((8, 4)).astype("float32"), np.zeros((8, 1), "float32")
    error = np.mean(model.predict(x) ** 2)
    assert model.evaluate(x, y, verbose=0) == pytest.approx(error + cost(model), rel=1e-5)
    before = error + cost(model)
    model.optimizer.learning_rate = 1e-9
    assert model.fit(x, y, batch_size, verbose=0).history["loss"][0] == pytest.approx(before, rel=1e-5)


def test_training_moves_weights_by_the_cost_too():
    model = Sequential([layers.Dense(1, use_bias=False, kernel_regularizer="l2")], seed=0)
    model.compile("sgd", "mse")
    x = np.zeros((4, 2), "float32")
    model.build((None, 2))
    (before,) = model.get_weights()
    model.train_on_batch(x, np.zeros((4, 1), "float32"))
    np.testing.assert_allclose(model.get_weights()[0], before - 0.01 * 2 * 0.01 * before, rtol=1e-6)


def test_save_and_load(tmp_path):
    model = regularized()
    model(np.ones((2, 4), "float32"))
    model.save(tmp_path / "model.npz")
    twin = load_model(tmp_path / "model.npz")
    assert [t.item() for t in twin.losses] == [t.item() for t in model.losses]
    assert twin.layers[0].kernel_regularizer.get_config() == {"l2": 0.01}


class Activity(layers.Layer):
    """Passes its input on, and asks for small ones."""

    def call(self, x):
        self.add_loss(0.1 * ops.sum(ops.square(x)))
        return x


def test_add_loss_lasts_until_the_next_call():
    class Twice(Model):
        def __init__(self):
            super().__init__()
            self.shared = Activity()

        def call(self, x):
            return self.shared(self.shared(x))

    model = Twice()
    shared = model.shared
    x = np.ones((2, 3), "float32")
    model(x)
    assert [t.shape for t in model.losses] == [(), ()]  # called twice, added twice
    assert model.losses[0].item() == pytest.approx(0.6)
    model(x)
    assert len(model.losses) == len(shared.losses) == 2
    other = Sequential([Activity()])
    other(x)
    assert len(model.losses) == 2  # another model's call leaves it
    shared(x)
    assert len(model.losses) == 1


def test_add_loss_reaches_training():
    model = Sequential([layers.Dense(1, use_bias=False), Activity()], seed=0)
    model.compile("sgd", "mse")
    x, y = np.ones((2, 3), "float32"), np.zeros((2, 1), "float32")
    out = model.predict(x)
    assert model.evaluate(x, y, verbose=0) == pytest.approx(np.mean(out**2) + 0.1 * np.sum(out**2), rel=1e-5)
    before = model.evaluate(x, y, verbose=0)
    for _ in range(3):
        model.train_on_batch(x, y)
    assert model.evaluate(x, y, verbose=0) < before
