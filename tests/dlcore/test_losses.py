"""Losses: values worked out by hand, gradients, reductions, and labels that can't be right."""

import math

import numpy as np
import pytest

from dlcore import Input, Sequential, activations, gradcheck, layers, load_model, losses, no_grad, ops
from dlcore.tensor import Tensor

RNG = np.random.default_rng(0)
P = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]])
LABELS = np.array([0, 2])
HOT = np.eye(3)[LABELS]
MSE, SPARSE = losses.mean_squared_error, losses.sparse_categorical_crossentropy


def test_values():
    assert losses.mean_squared_error([[1.0, 2.0]], [[3.0, 2.0]]).numpy().tolist() == [2]
    assert losses.mean_absolute_error([[1.0, 2.0]], [[4.0, 2.0]]).numpy().tolist() == [1.5]
    expected = [-math.log(0.7), -math.log(0.3)]
    np.testing.assert_allclose(losses.categorical_crossentropy(HOT, P).numpy(), expected)
    np.testing.assert_allclose(losses.sparse_categorical_crossentropy(LABELS, P).numpy(), expected)
    np.testing.assert_allclose(losses.binary_crossentropy([[1.0], [0.0]], np.array([[0.9], [0.2]])).numpy(),
                               [-math.log(0.9), -math.log(0.8)])  # fmt: skip
    np.testing.assert_allclose(losses.CategoricalCrossentropy()(HOT, P).item(), sum(expected) / 2)


def test_probabilities_are_divided_by_their_sum():
    np.testing.assert_allclose(losses.categorical_crossentropy(HOT, 3 * P), losses.categorical_crossentropy(HOT, P))
    np.testing.assert_allclose(SPARSE(LABELS, P / 2), SPARSE(LABELS, P))


def test_logits_and_probabilities_agree():
    logits = RNG.standard_normal((4, 3))
    labels, target = RNG.integers(0, 3, 4), RNG.dirichlet(np.ones(3), 4)
    p = ops.softmax(logits).numpy()
    pairs = [(losses.sparse_categorical_crossentropy, labels), (losses.categorical_crossentropy, target)]
    for function, y_true in pairs:
        np.testing.assert_allclose(
            function(y_true, logits, from_logits=True).numpy(), function(y_true, p).numpy(), rtol=1e-6
        )
    np.testing.assert_allclose(
        losses.binary_crossentropy(target, logits, from_logits=True).numpy(),
        losses.binary_crossentropy(target, ops.sigmoid(logits)).numpy(),
        rtol=1e-6,
    )


@pytest.mark.parametrize("from_logits", [True, False])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_gradients(from_logits, smoothing):
    x = RNG.standard_normal((4, 3)) if from_logits else RNG.uniform(0.1, 0.9, (4, 3))
    target = RNG.random((4, 3))
    for cls in (losses.BinaryCrossentropy, losses.CategoricalCrossentropy):
        gradcheck.check(cls(from_logits=from_logits, label_smoothing=smoothing), target, x)
    gradcheck.check(losses.SparseCategoricalCrossentropy(from_logits=from_logits), np.array([0, 2, 1, 1]), x)
    gradcheck.check(losses.MeanSquaredError(), target, x)
    gradcheck.check(losses.MeanAbsoluteError(), target, x)


def test_the_gradient_of_cross_entropy_is_prediction_minus_label():
    x = Tensor(RNG.standard_normal((2, 3)), requires_grad=True)
    losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")(LABELS, x).backward()
    np.testing.assert_allclose(x.grad, ops.softmax(x).numpy() - HOT, rtol=1e-12)


@pytest.mark.parametrize("cls", [losses.BinaryCrossentropy, losses.CategoricalCrossentropy])
def test_a_sure_mistake_costs_a_finite_price(cls):
    for dtype in (np.float32, np.float64):
        y_pred = Tensor(np.array([[0.0, 1.0]], dtype), requires_grad=True)
        loss = cls()(np.array([[1, 0]]), y_pred)
        assert loss.item() == pytest.approx(-math.log(1e-7), rel=0.02) and loss.dtype == dtype
        loss.backward()
        assert np.isfinite(y_pred.grad).all()
    x = Tensor([[-1e4, 1e4]], requires_grad=True)
    loss = cls(from_logits=True)([[1, 0]], x)
    loss.backward()
    assert loss.item() in (1e4, 2e4) and np.isfinite(x.grad).all()


def test_nan_shows():
    """A loss that hides a NaN would let training go on with broken weights."""
    p = np.array([[np.nan, 0.5], [0.5, 0.5]])
    hot = np.eye(2)
    for loss in (losses.MeanSquaredError(), losses.MeanAbsoluteError(), losses.BinaryCrossentropy(),
                 losses.CategoricalCrossentropy(), losses.BinaryCrossentropy(from_logits=True),
                 losses.CategoricalCrossentropy(from_logits=True)):  # fmt: skip
        assert np.isnan(loss(hot, p).item()), loss.name
    for from_logits in (True, False):
        assert np.isnan(losses.SparseCategoricalCrossentropy(from_logits)([0, 1], p).item())


def test_label_smoothing():
    np.testing.assert_allclose(
        losses.categorical_crossentropy(HOT, P, label_smoothing=0.3).numpy(),
        losses.categorical_crossentropy(HOT * 0.7 + 0.1, P).numpy(),
    )
    np.testing.assert_allclose(
        losses.binary_crossentropy(HOT, P, label_smoothing=0.2).numpy(),
        losses.binary_crossentropy(HOT * 0.8 + 0.1, P).numpy(),
    )


def test_reductions_and_weights():
    y_true, y_pred = np.zeros((3, 1)), np.array([[1.0], [2.0], [3.0]])

    def reduced(reduction, weight=None):
        return losses.MeanSquaredError(reduction)(y_true, y_pred, sample_weight=weight).numpy().tolist()

    weight = [1.0, 0.0, 3.0]
    assert reduced("sum_over_batch_size") == reduced("mean") == pytest.approx(14 / 3)
    assert reduced("sum") == 14 and reduced("none") == reduced(None) == [1, 4, 9]
    assert reduced("sum", weight) == 28 and reduced("none", weight) == [1, 0, 27]
    assert reduced("mean", weight) == pytest.approx(28 / 3)
    assert reduced("mean_with_sample_weight", weight) == 7
    assert reduced("mean_with_sample_weight", [0.0, 0.0, 0.0]) == 0
    assert reduced("sum", [[1.0], [0.0], [3.0]]) == 28
    square = losses.MeanSquaredError("none")(np.zeros((2, 2, 1)), np.ones((2, 2, 1)), sample_weight=[1.0, 5.0])
    assert square.numpy().tolist() == [[1, 1], [5, 5]]  # a weight belongs to its sample, not to a column
    assert losses.MeanSquaredError()(np.zeros((2, 3, 1)), np.ones((2, 3, 1))).item() == 1  # the mean over both axes
    with pytest.raises(ValueError, match=r"sample_weight \(2,\) does not fit losses or values of shape \(3,\)"):
        reduced("sum", [1.0, 2.0])
    with pytest.raises(ValueError, match="Unknown reduction 'summ'. Did you mean 'sum'"):
        losses.MeanSquaredError("summ")


def test_one_number_a_row_may_come_with_or_without_its_axis():
    """(n,) − (n, 1) would broadcast to (n, n) and compare every label with every prediction."""
    labels, predictions = np.array([1.0, 2.0, 3.0]), np.array([[1.0], [2.0], [5.0]])
    assert losses.MeanSquaredError()(labels, predictions).item() == pytest.approx(4 / 3)
    assert losses.MeanSquaredError()(predictions, labels).item() == pytest.approx(4 / 3)
    assert (
        losses.SparseCategoricalCrossentropy()(LABELS[:, None], P).item()
        == losses.SparseCategoricalCrossentropy()(LABELS, P).item()
    )


def test_dtypes():
    labels = np.array([[1, 0], [0, 1]], np.uint8)
    for loss in (losses.MeanSquaredError(), losses.BinaryCrossentropy(), losses.CategoricalCrossentropy()):
        for dtype in (np.float32, np.float64):
            assert loss(labels, np.full((2, 2), 0.5, dtype)).dtype == dtype
    assert losses.mean_squared_error(np.zeros((2, 1)), Tensor([[1.0], [2.0]])).dtype == np.float32
    assert losses.mean_absolute_error([[1, 2]], [[2, 2]]).numpy().tolist() == [0.5]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SPARSE([0, 3], P), r"Label 3 in row 1 is no class: with 3 classes, labels go from 0 to 2. Do yours s"),
        (lambda: SPARSE([-1, 0], P), r"Label -1 in row 0"),
        (lambda: SPARSE([0.5, 0], P), r"Label 0.5 in row 0"),
        (lambda: SPARSE([0, math.nan], P), r"Label nan in row 1"),
        (lambda: SPARSE(HOT, P), r"one-hot labels\? Then use categorical_crossentropy"),
        (lambda: SPARSE([0, 1, 2], P), r"needs labels of shape \(2,\), but y_true has \(3,\)"),
        (lambda: losses.categorical_crossentropy(LABELS, P), r"Are the labels class numbers\? Then use sparse"),
        (lambda: MSE(np.zeros((4, 1)), np.zeros((3, 1))), r"different batches\?"),
        (lambda: MSE(np.zeros((4, 2)), np.zeros((4, 3))), r"Should the last layer have 2 units\?"),
        (lambda: losses.get("mean_squared_eror"), "'mean_squared_eror'. Did you mean 'mean_squared_error'"),
        (lambda: losses.get(3), "a name or a function"),
        (lambda: losses.categorical_crossentropy(LABELS[:, None], P), r"the labels class numbers\? Then use sparse"),
        (lambda: losses.binary_crossentropy([[-1.0], [1.0]], [[0.2], [0.7]]),
         r"labels are probabilities, from 0 to 1, but these go from -1 to 1. For labels -1 and 1, give \(y_true"),
        (lambda: losses.binary_crossentropy([[2]], [[0.5]]), "these go from 2 to 2"),
        (lambda: losses.binary_crossentropy([[1]], [[3.5]]), "activation 'sigmoid', or say from_logits=True"),
        (lambda: losses.categorical_crossentropy(HOT, P - 1), "activation 'softmax', or say from_logits=True"),
        (lambda: SPARSE([0, 1], 5 * P), "activation 'softmax', or say from_logits=True"),
        (lambda: losses.BinaryCrossentropy(label_smoothing=2)(HOT, P), "label_smoothing is a number from 0 to 1"),
        (lambda: losses.CategoricalCrossentropy(label_smoothing=-1)(HOT, P), "label_smoothing is a number from 0 to 1"),
        (lambda: MSE(np.zeros((4, 1)), np.float32(1)), r"Does the model give one row for each sample\?"),
        (lambda: MSE([[1], [1, 2]], np.zeros((2, 1))), "needs rows of one length"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_what_is_no_number_is_refused():
    for labels in (["a", "b"], np.array([None, 1.0]), None):
        with pytest.raises(TypeError, match="values, but numbers are needed"):
            SPARSE(labels, P)
        with pytest.raises(TypeError, match="values, but numbers are needed"):
            losses.mean_squared_error(labels, P[:, 0])
    with pytest.raises(AttributeError, match="dlcore.losses has no 'MeanSquareError'. Did you mean 'MeanSquaredError'"):
        losses.MeanSquareError  # noqa: B018


def test_probabilities_may_be_off_by_rounding():
    p = np.array([[1.0001, -0.0001]])
    assert np.isfinite(losses.binary_crossentropy([[1, 0]], p).numpy()).all()
    assert np.isfinite(losses.sparse_categorical_crossentropy([0], p).numpy()).all()


def test_names():
    assert losses.get("mse") is losses.get("MSE") is losses.mean_squared_error
    assert losses.get("mae") is losses.mean_absolute_error and losses.get("bce") is losses.binary_crossentropy
    assert isinstance(losses.get("BinaryCrossentropy"), losses.BinaryCrossentropy)
    assert isinstance(losses.get(losses.MeanSquaredError), losses.MeanSquaredError)
    assert losses.get(None) is None and losses.get(math.sqrt) is math.sqrt
    loss = losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)
    again = losses.BinaryCrossentropy(**loss.get_config())
    assert again.get_config() == loss.get_config() and again.name == "binary_crossentropy"


def test_a_loss_of_your_own():
    class Cubed(losses.Loss):
        def call(self, y_true, y_pred):
            return ops.mean(ops.abs(y_pred - y_true) ** 3, axis=-1)

    assert Cubed()(np.zeros((2, 1)), np.array([[1.0], [2.0]])).item() == 4.5
    assert losses.LossFunctionWrapper(lambda t, p: ops.mean(p - t, axis=-1), "sum")([[1.0]], [[3.0]]).item() == 2
    with pytest.raises(NotImplementedError, match="needs a method call"):
        losses.Loss()([1.0], [1.0])


def test_a_function_of_your_own_gets_both_with_the_same_axes():
    """(n,) − (n, 1) would be (n, n), and the model would learn the mean of all labels."""
    seen = []

    def own(y_true, y_pred):
        seen.append((y_true.shape, y_pred.shape))
        return ops.mean(ops.square(y_true - y_pred), axis=-1)

    loss = losses.LossFunctionWrapper(own)
    assert loss([1.0, 2.0], [[1.0], [4.0]]).item() == 2
    assert loss(np.zeros((2, 3)), np.ones((2, 3, 1))).item() == 1
    assert seen == [((2, 1), (2, 1)), ((2, 3), (2, 3))]


# ---------------------------------------------------------------- probabilities traced back to their logits

FAR = np.array([[400.0, 0.0], [0.0, 300.0], [200.0, 100.0]], np.float32)
ONES = np.array([1, 1, 1])  # of the three, sure all of them, the second alone is right
#: (loss, y_true, the activation that it belongs to)
TRACED = [
    (losses.SparseCategoricalCrossentropy, ONES, activations.softmax),
    (losses.CategoricalCrossentropy, np.eye(2)[ONES], activations.softmax),
    (losses.BinaryCrossentropy, np.eye(2)[ONES], activations.sigmoid),
]


@pytest.mark.parametrize("cls, y_true, activation", TRACED)
def test_a_sure_mistake_is_told_from_the_logits_behind_an_activation(cls, y_true, activation):
    x = Tensor(FAR, requires_grad=True)
    loss = cls()(y_true, activation(x))
    loss.backward()
    same = Tensor(FAR, requires_grad=True)
    expected = cls(from_logits=True)(y_true, same)
    expected.backward()
    assert loss.item() == expected.item() > 100 and abs(x.grad[0]).max() > 0.1
    np.testing.assert_array_equal(x.grad, same.grad)
    with no_grad():  # as in evaluate
        assert cls()(y_true, activation(FAR)).item() == expected.item()


@pytest.mark.parametrize("cls, y_true, activation", TRACED)
def test_probabilities_that_come_another_way_are_what_they_are(cls, y_true, activation):
    plain = cls()(y_true, activation(FAR).numpy()).item()
    assert plain < 17  # cut off at 1e-7
    assert cls()(y_true, activation(FAR) * 1.0).item() == plain
    assert cls(from_logits=True)(y_true, activation(FAR)).item() < 2  # taken at its word: a softmax of a softmax


def test_what_no_grad_computed_stays_a_constant():
    x = Tensor(FAR, requires_grad=True)
    with no_grad():
        p = activations.softmax(x)
    assert not losses.SparseCategoricalCrossentropy()(ONES, p).requires_grad


def test_layers_and_metrics_trace_back_too():
    last = {
        "Dense": layers.Dense(2, "softmax", kernel_initializer="identity"),
        "Activation": layers.Activation("softmax"),
        "Softmax": layers.Softmax(),
        "a function": layers.Activation(ops.softmax),
    }
    for name, layer in last.items():
        m = Sequential([Input((2,)), layer])
        m.compile("sgd", "sparse_categorical_crossentropy", metrics=["sparse_categorical_crossentropy"])
        assert m.evaluate(FAR, ONES, verbose=0) == pytest.approx([500 / 3] * 2), name
    p = losses.binary_focal_crossentropy(np.eye(2)[ONES], activations.sigmoid(FAR))
    np.testing.assert_allclose(p, [200, 0, 100], atol=0.1)  # (1 − p_t)² is 1 where it is sure and wrong


def test_a_net_on_raw_pixels_learns():
    """Sure and wrong from the first step on: with probabilities cut off at 1e-7 it would never move."""
    x, y = np.array([[255.0, 0.0], [0.0, 255.0], [200.0, 100.0]], "float32"), np.array([0, 1, 1])
    m = Sequential([Input((2,)), layers.Dense(2, "softmax")])
    m.set_weights([np.array([[1.0, -1.0], [-0.5, 0.5]]), np.zeros(2)])
    m.compile("sgd", "sparse_categorical_crossentropy")
    assert m.fit(x, y, epochs=4, verbose=0, shuffle=False).history["loss"] == [100, 0, 0, 0]


# ---------------------------------------------------------------- what holds for every loss

YES = RNG.integers(0, 2, (6, 3)).astype(float)
YES[0] = 0, 1, 1
PROBABILITIES = 0.1 + 0.7 * RNG.dirichlet(np.ones(3), 6)  # away from 0, where central differences see the curve
CLASS = RNG.integers(0, 3, 6)
ALL = pytest.mark.parametrize("cls", losses._classes, ids=lambda cls: cls.__name__)
#: An argument for each loss that has some, other than its default, so that losing it would show.
CHANGED = {
    "Huber": {"delta": 0.2},
    "CosineSimilarity": {"axis": 0},
    "BinaryCrossentropy": {"label_smoothing": 0.2},
    "BinaryFocalCrossentropy": {"apply_class_balancing": True, "alpha": 0.4, "gamma": 1.0},
    "CategoricalCrossentropy": {"label_smoothing": 0.2},
    "CategoricalFocalCrossentropy": {"alpha": [0.2, 0.5, 1.0], "gamma": 3.0},
    "SparseCategoricalCrossentropy": {"ignore_class": 1},
}


def truth(cls):
    """Labels that this loss takes for `PROBABILITIES`."""
    if cls is losses.SparseCategoricalCrossentropy:
        return CLASS
    if cls is losses.MeanAbsolutePercentageError:
        return YES + 1
    if cls is losses.CategoricalHinge:
        return np.eye(3)[CLASS]
    return PROBABILITIES[::-1] if cls is losses.KLDivergence else YES


@ALL
def test_every_gradient(cls):
    for settings in ({}, CHANGED.get(cls.__name__, {})):
        gradcheck.check(lambda p: cls(**settings)(truth(cls), p), PROBABILITIES)  # noqa: B023


@ALL
def test_every_loss_keeps_float32_and_float64(cls):
    for dtype in (np.float32, np.float64):
        p = Tensor(PROBABILITIES.astype(dtype), requires_grad=True)
        loss = cls()(truth(cls), p)
        loss.backward()
        assert loss.dtype == p.grad.dtype == dtype
    whole = cls()(np.rint(truth(cls)).astype(int), PROBABILITIES.astype(np.float32))
    assert whole.dtype == np.float32


@ALL
def test_every_loss_shows_nan(cls):
    for from_logits in (False, True) if "Crossentropy" in cls.__name__ else (False,):
        settings = {"from_logits": True} if from_logits else {}
        bad = PROBABILITIES.copy()
        bad[2, 1] = np.nan
        assert np.isnan(cls(**settings)(truth(cls), bad).item())


@ALL
def test_every_loss_refuses_an_empty_batch(cls):
    with pytest.raises(ValueError, match="the batch is empty, and a mean over no samples has no value"):
        cls()(truth(cls)[:0], PROBABILITIES[:0])
    assert cls(reduction="sum")(truth(cls)[:0], PROBABILITIES[:0]).item() == 0
    assert cls(reduction="none")(truth(cls)[:0], PROBABILITIES[:0]).shape == (0,)


@ALL
def test_every_loss_refuses_other_shapes(cls):
    with pytest.raises(ValueError, match="different batches|needs labels of shape"):
        cls()(truth(cls)[1:], PROBABILITIES)
    with pytest.raises(ValueError, match=r"sample_weight \(5,\) does not fit"):
        cls()(truth(cls), PROBABILITIES, sample_weight=np.ones(5))


@ALL
def test_every_loss_takes_sequences(cls):
    """(batch, tokens, classes) is (batch · tokens, classes), also where a weight belongs to a whole sequence."""
    y_true, weight = truth(cls), np.array([2.0, 0.5])
    in_two = y_true.reshape(2, 3, *y_true.shape[1:]), PROBABILITIES.reshape(2, 3, 3)
    assert cls()(*in_two).item() == pytest.approx(cls()(y_true, PROBABILITIES).item(), rel=1e-12)
    expected = cls()(y_true, PROBABILITIES, sample_weight=weight.repeat(3)).item()
    assert cls()(*in_two, sample_weight=weight).item() == pytest.approx(expected, rel=1e-12)
    assert cls(reduction="none")(*in_two).shape == (2, 3)


@ALL
def test_every_loss_comes_back_from_its_configuration(cls):
    loss = cls(**CHANGED.get(cls.__name__, {}), reduction="sum", name="mine")
    described = {"class_name": cls.__name__, "config": loss.get_config()}
    for twin in (cls.from_config(loss.get_config()), losses.get(described)):
        assert type(twin) is cls and twin.get_config() == loss.get_config()
        assert twin(truth(cls), PROBABILITIES).item() == loss(truth(cls), PROBABILITIES).item()
        if cls.__name__ in CHANGED:
            assert twin(truth(cls), PROBABILITIES).item() != cls(reduction="sum")(truth(cls), PROBABILITIES).item()


@pytest.mark.parametrize("kind", ["object", "name of the class", "name of the function", "function"])
@ALL
def test_every_loss_is_saved_with_its_model(cls, kind, tmp_path):
    function = next(f for f in losses._functions if f.__name__.replace("_", "") in (cls.__name__.lower(),))
    loss = {"object": cls(**CHANGED.get(cls.__name__, {})), "name of the class": cls.__name__,
            "name of the function": function.__name__, "function": function}[kind]  # fmt: skip
    model = Sequential([Input((3,)), layers.Dense(3, "softmax")], seed=0)
    model.compile("sgd", loss)
    model.fit(YES, truth(cls), epochs=1, verbose=0)
    model.save(tmp_path / "model.npz")
    twin = load_model(tmp_path / "model.npz")
    assert twin.evaluate(YES, truth(cls), verbose=0) == model.evaluate(YES, truth(cls), verbose=0)


@ALL
def test_every_loss_refuses_what_it_does_not_know(cls):
    with pytest.raises(NotImplementedError, match=r"dtype='float16'\): Keras has this argument, dlcore leaves it out"):
        cls(dtype="float16")
    with pytest.raises(TypeError, match="Unknown argument 'from_logit'"):
        cls(from_logit=True)


# ---------------------------------------------------------------- one by one


def test_rows_far_apart_do_not_swallow_each_other():
    """One shift for all rows would leave the lower one nothing but e^−∞ = 0."""
    for distance in (79, 300, 1e4):
        x = Tensor(np.array([[0.0, 1.0], [-distance, 1 - distance]], np.float32), requires_grad=True)
        for loss, y_true in ((SPARSE, [0, 0]), (losses.categorical_crossentropy, [[1, 0], [1, 0]])):
            y = loss(y_true, x, from_logits=True)
            np.testing.assert_allclose(y.numpy(), math.log(1 + math.e), rtol=1e-4)
        losses.SparseCategoricalCrossentropy(True, reduction="sum")([0, 0], x).backward()
        np.testing.assert_allclose(x.grad[1], x.grad[0], rtol=1e-4)


def test_robust_losses_bend_where_they_should():
    error = np.array([[0.5], [3.0], [-3.0]])
    assert losses.huber(np.zeros((3, 1)), error).numpy().tolist() == [0.125, 2.5, 2.5]
    assert losses.huber(np.zeros((3, 1)), error, delta=2.0).numpy().tolist() == [0.125, 4, 4]
    np.testing.assert_allclose(losses.log_cosh(np.zeros((3, 1)), error).numpy(), np.log(np.cosh(error[:, 0])))
    assert np.isfinite(losses.log_cosh(np.zeros((2, 1)), [[-1e30], [1e30]]).numpy()).all()
    x = Tensor(np.array([[-5.0], [0.5], [5.0]]), requires_grad=True)
    losses.Huber(reduction="sum")(np.zeros((3, 1)), x).backward()
    assert x.grad.tolist() == [[-1], [0.5], [1]]  # an outlier pulls no harder than delta


def test_ignored_labels_are_as_if_they_were_not_there():
    labels, logits = np.array([[0, 2, -1], [-1, -1, 1]]), RNG.standard_normal((2, 3, 3))
    there = labels >= 0
    for from_logits, y_pred in ((True, logits), (False, ops.softmax(logits).numpy())):
        x = Tensor(y_pred, requires_grad=True)
        loss = losses.SparseCategoricalCrossentropy(from_logits, ignore_class=-1)(labels, x)
        loss.backward()
        few = Tensor(y_pred[there], requires_grad=True)
        expected = losses.SparseCategoricalCrossentropy(from_logits)(labels[there], few)
        expected.backward()
        assert loss.item() == pytest.approx(expected.item(), rel=1e-12)
        np.testing.assert_allclose(x.grad[there], few.grad, rtol=1e-12)
        assert not x.grad[~there].any()
    values = losses.sparse_categorical_crossentropy(labels, logits, True, ignore_class=-1).numpy()
    assert (values[~there] == 0).all() and (values[there] > 0).all()
    nothing = losses.SparseCategoricalCrossentropy(True, ignore_class=-1)(np.full(2, -1), logits[0, :2])
    assert nothing.item() == 0
    logits[~there] = np.nan  # what stands at padding does not matter
    assert np.isfinite(losses.SparseCategoricalCrossentropy(True, ignore_class=-1)(labels, logits).item())


def test_focal_losses_forget_the_easy_samples():
    hot = np.array([[1.0, 0.0]])
    for focal, plain in [(losses.categorical_focal_crossentropy, losses.categorical_crossentropy),
                         (losses.binary_focal_crossentropy, losses.binary_crossentropy)]:  # fmt: skip
        for p in (0.9, 0.3):
            y_pred = np.array([[p, 1 - p]])
            ratio = focal(hot, y_pred).item() / plain(hot, y_pred).item()
            scale = 0.25 if focal is losses.categorical_focal_crossentropy else 1
            assert ratio == pytest.approx(scale * (1 - p) ** 2)


def test_directions():
    cosine = losses.cosine_similarity([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]], [[5.0, 0.0], [0.0, 2.0], [-3.0, 0.0]])
    assert cosine.numpy().tolist() == [-1, 0, 1]
    zero = Tensor(np.zeros((1, 2)), requires_grad=True)
    loss = losses.CosineSimilarity()(np.ones((1, 2)), zero)
    loss.backward()
    assert loss.item() == 0 and np.isfinite(zero.grad).all()


def test_hinge_takes_0_and_1_for_minus_1_and_1():
    scores = np.array([[0.3, -2.0, 0.5]])
    assert losses.hinge([[1, 0, 0]], scores).numpy() == losses.hinge([[1, -1, -1]], scores).numpy()
    assert losses.hinge([[1, -1, -1]], scores).item() == pytest.approx((0.7 + 0 + 1.5) / 3)
    assert losses.squared_hinge([[1, -1, -1]], scores).item() == pytest.approx((0.49 + 2.25) / 3)
    assert losses.categorical_hinge([[1, 0, 0]], scores).item() == pytest.approx(1.2)


def test_information():
    assert losses.kl_divergence(P, P).numpy().tolist() == [0, 0]
    np.testing.assert_allclose(losses.kl_divergence([[1.0, 0.0]], [[0.25, 0.75]]), np.log(4), atol=1e-5)
    counts = np.array([[2.0]])
    costs = [losses.poisson(counts, [[rate]]).item() for rate in (1.0, 2.0, 3.0)]
    assert costs[1] == min(costs) == pytest.approx(2 - 2 * math.log(2))


def test_percent_and_powers_of_ten():
    assert losses.mean_absolute_percentage_error([[50.0, 200.0]], [[55.0, 180.0]]).item() == pytest.approx(10)
    np.testing.assert_allclose(
        losses.mean_squared_logarithmic_error([[9.0], [99.0]], [[99.0], [999.0]]), math.log(10) ** 2, rtol=1e-6
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: losses.hinge([[3]], [[0.5]]), "labels are -1 and 1, or 0 and 1, but these go from 3 to 3"),
        (lambda: losses.poisson([[1.0]], [[-0.5]]), "expected counts, from 0, but the smallest is -0.5"),
        (lambda: losses.kl_divergence([[0.5, 0.5]], [[2.0, 3.0]]), "these go from 2 to 3. Give the last layer"),
        (lambda: losses.kl_divergence([[3.0, 3.0]], [[0.5, 0.5]]), "labels are probabilities"),
        (lambda: losses.huber([[1.0]], [[1.0]], delta=-1), "delta is a number from 0, but got -1"),
        (lambda: losses.categorical_focal_crossentropy(HOT, P - 1), "say from_logits=True"),
        (lambda: losses.categorical_focal_crossentropy(HOT, P, gamma=-1), "gamma is a number from 0"),
        (lambda: losses.binary_focal_crossentropy([[2]], [[0.5]]), "labels are probabilities"),
        (lambda: SPARSE([0, 5], P, ignore_class=1), "Label 5 in row 1 is no class"),
        (lambda: losses.categorical_hinge(LABELS, P), r"the labels class numbers\? Then use"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused_too(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_sparse_crossentropy_knows_the_last_axis_only():
    assert SPARSE(LABELS, P, axis=1).shape == (2,)
    with pytest.raises(NotImplementedError, match="the classes stand along the last axis, not 0"):
        SPARSE(LABELS, P, axis=0)
