"""Metrics: values worked out by hand, collecting over batches, weights, and which accuracy "accuracy" means."""

import numpy as np
import pytest

from dlcore import metrics
from dlcore.tensor import Tensor

P = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.3, 0.5]])


def test_values():
    assert metrics.SparseCategoricalAccuracy()([0, 1, 0], P) == pytest.approx(2 / 3)
    assert metrics.SparseCategoricalAccuracy()([[0], [1], [0]], P) == pytest.approx(2 / 3)
    assert metrics.CategoricalAccuracy()(np.eye(3)[[0, 0, 2]], P) == pytest.approx(2 / 3)
    assert metrics.BinaryAccuracy()([1, 0, 1, 1], [[0.9], [0.5], [0.6], [0.1]]) == 0.75
    assert metrics.BinaryAccuracy(threshold=0.05)([1, 0, 1, 1], [0.9, 0.5, 0.6, 0.1]) == 0.75
    assert metrics.Accuracy()([1, 2, 3, 4], [1, 2, 3, 5]) == 0.75
    assert metrics.MeanSquaredError()([[0.0], [0.0]], [[1.0], [3.0]]) == 5
    assert metrics.MeanAbsoluteError()([[0.0], [0.0]], [[1.0], [3.0]]) == 2
    assert metrics.Mean()([1.0, 3.0]) == 2 and metrics.Mean()(5.0) == 5


def test_batches_count_by_their_samples():
    metric = metrics.Mean()
    metric.update_state([1.0, 1.0, 1.0])
    metric.update_state([5.0])
    assert metric.result() == 2
    metric.reset_state()
    assert metric.result() == 0
    accuracy = metrics.SparseCategoricalAccuracy()
    accuracy.update_state([0, 1, 0], P)
    accuracy.update_state([2], P[2:])
    assert accuracy.result() == 0.75


def test_many_small_batches_lose_no_digits():
    metric = metrics.Mean()
    for _ in range(1000):
        metric.update_state(np.full(10, 0.1, np.float32))
    assert metric.result() == pytest.approx(float(np.float32(0.1)), rel=1e-12)


def test_weights():
    assert metrics.Mean()([1.0, 3.0], sample_weight=[3.0, 1.0]) == 1.5
    assert metrics.SparseCategoricalAccuracy()([0, 1, 0], P, sample_weight=[1, 0, 1]) == 0.5
    assert metrics.BinaryAccuracy()([[1], [0]], [[0.9], [0.8]], sample_weight=[1.0, 0.0]) == 1
    assert metrics.Mean()([1.0, 3.0], sample_weight=[0.0, 0.0]) == 0
    with pytest.raises(ValueError, match=r"sample_weight \(3,\) does not fit losses or values of shape \(2,\)"):
        metrics.Mean()([1.0, 3.0], sample_weight=[1.0, 1.0, 1.0])


def test_tensors_and_functions():
    x = Tensor([[1.0], [2.0]], requires_grad=True)
    assert metrics.MeanSquaredError()(Tensor([[1.0], [0.0]]), x) == 2
    wrapped = metrics.MeanMetricWrapper(lambda t, p: np.abs(t - p)[:, 0], name="gap")
    assert wrapped(np.zeros((2, 1)), np.ones((2, 1))) == 1 and wrapped.name == "gap"


@pytest.mark.parametrize(
    ("true_shape", "pred_shape", "cls"),
    [
        ((8,), (8, 1), metrics.BinaryAccuracy),
        ((8, 1), (8, 1), metrics.BinaryAccuracy),
        ((8,), (8,), metrics.BinaryAccuracy),
        ((8,), (8, 10), metrics.SparseCategoricalAccuracy),
        ((8, 1), (8, 10), metrics.SparseCategoricalAccuracy),
        ((8, 5), (8, 5, 10), metrics.SparseCategoricalAccuracy),
        ((8, 10), (8, 10), metrics.CategoricalAccuracy),
    ],
)
def test_accuracy_means_what_fits_the_shapes(true_shape, pred_shape, cls):
    for name in ("accuracy", "acc"):
        metric = metrics.get_metric(name, np.zeros(true_shape), np.zeros(pred_shape))
        assert type(metric) is cls and metric.name == name


def test_get():
    assert isinstance(metrics.get("mse"), metrics.MeanSquaredError)
    assert isinstance(metrics.get("SparseCategoricalAccuracy"), metrics.SparseCategoricalAccuracy)
    assert isinstance(metrics.get(metrics.Mean), metrics.Mean) and metrics.get(None) is None
    assert metrics.get_metric("mse", [0.0], [[0.0]]).name == "mse"
    wrapped = metrics.get_metric(metrics.binary_accuracy, [0.0], [[0.0]])
    assert isinstance(wrapped, metrics.MeanMetricWrapper) and wrapped.name == "binary_accuracy"
    with pytest.raises(ValueError, match="Unknown metric 'acuracy'. Did you mean 'accuracy'"):
        metrics.get_metric("acuracy", [0.0], [[0.0]])
    with pytest.raises(ValueError, match="a name or a function"):
        metrics.get(0.5)


def test_shapes_that_cannot_be_compared():
    with pytest.raises(ValueError, match=r"binary_accuracy: y_true \(2,\) and y_pred \(3,\)"):
        metrics.BinaryAccuracy()([0, 1], [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match=r"needs labels of shape \(3,\), but y_true has \(2,\)"):
        metrics.SparseCategoricalAccuracy()([0, 1], P)
    with pytest.raises(ValueError, match=r"one-hot labels\? Then use categorical_accuracy"):
        metrics.SparseCategoricalAccuracy()(np.eye(3), P)
    with pytest.raises(ValueError, match="threshold is a number from 0 to 1, but got 2"):
        metrics.BinaryAccuracy(threshold=2)
    with pytest.raises(AttributeError, match="dlcore.metrics has no 'Acuracy'. Did you mean 'Accuracy'"):
        metrics.Acuracy  # noqa: B018
    with pytest.raises(NotImplementedError, match="update_state"):
        metrics.Metric()(1)


def test_config():
    metric = metrics.BinaryAccuracy(name="over", threshold=0.3)
    assert metrics.BinaryAccuracy(**metric.get_config()).get_config() == {"name": "over", "threshold": 0.3}
    assert repr(metric) == "<BinaryAccuracy name=over>"
