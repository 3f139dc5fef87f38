"""Losses: values worked out by hand, gradients, reductions, and labels that can't be right."""

import math

import numpy as np
import pytest

from dlcore import gradcheck, losses, ops
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
