"""Metrics against `keras.metrics`, batch by batch. Keras adds up in float32, so about six digits agree."""

import numpy as np
import pytest

from dlcore import metrics, utils

utils.quiet_tensorflow()
keras = pytest.importorskip("keras")

RNG = np.random.default_rng(0)
N, CLASSES = 20, 4
P = RNG.dirichlet(np.ones(CLASSES), N).astype(np.float32)
LABELS = RNG.integers(0, CLASSES, N)
WEIGHT = RNG.uniform(0, 2, N).astype(np.float32)

CASES = [
    ("SparseCategoricalAccuracy", {}, LABELS, P),
    ("SparseCategoricalAccuracy", {}, LABELS[:, None], P),
    ("SparseCategoricalAccuracy", {}, LABELS.reshape(10, 2), P.reshape(10, 2, CLASSES)),
    ("CategoricalAccuracy", {}, np.eye(CLASSES)[LABELS], P),
    ("BinaryAccuracy", {}, LABELS[:, None] % 2, P[:, :1]),
    ("BinaryAccuracy", {"threshold": 0.2}, LABELS % 2, P[:, :1]),
    ("BinaryAccuracy", {}, (P > 0.4).astype(int), P[::-1].copy()),
    ("Accuracy", {}, LABELS, LABELS[::-1].copy()),
    ("MeanSquaredError", {}, np.eye(CLASSES)[LABELS], P),
    ("MeanAbsoluteError", {}, np.eye(CLASSES)[LABELS], P),
]


@pytest.mark.parametrize(("name", "settings", "y_true", "y_pred"), CASES)
@pytest.mark.parametrize("weighted", [False, True])
def test_results_batch_by_batch(name, settings, y_true, y_pred, weighted):
    ours, theirs = getattr(metrics, name)(**settings), getattr(keras.metrics, name)(**settings)
    assert ours.name == theirs.name
    for rows in (slice(0, 5), slice(5, 6), slice(6, None)):
        weight = WEIGHT[: len(y_true)][rows] if weighted else None
        ours.update_state(y_true[rows], y_pred[rows], sample_weight=weight)
        theirs.update_state(y_true[rows], y_pred[rows], sample_weight=weight)
        assert ours.result() == pytest.approx(float(theirs.result()), rel=2e-6)


@pytest.mark.parametrize("weight", [None, [1.0, 0.0, 2.0], [[1.0], [0.5], [0.0]], [[1, 0], [2, 1], [0, 3]], 2.0])
def test_mean(weight):
    values = np.array([[1.0, 2.0], [3.0, 5.0], [-1.0, 0.5]], np.float32)
    weight = None if weight is None else np.array(weight, np.float32)
    assert metrics.Mean()(values, weight) == pytest.approx(float(keras.metrics.Mean()(values, weight)), rel=1e-6)


@pytest.mark.parametrize("name", metrics._known)
def test_names(name):
    ours, theirs = metrics.get(name), keras.metrics.get(name)
    assert type(ours).__name__ == type(theirs).__name__


@pytest.mark.parametrize(
    ("true_shape", "pred_shape"),
    [((8,), (8, 1)), ((8, 1), (8, 1)), ((8,), (8, 10)), ((8, 1), (8, 10)), ((8, 5), (8, 5, 10)), ((8, 10), (8, 10))],
)
def test_what_accuracy_means(true_shape, pred_shape):
    """The choice that compile(metrics=["accuracy"]) makes at the first batch."""
    model = keras.Sequential([keras.layers.Identity()])
    model.compile(loss=lambda t, p: keras.ops.sum(p), metrics=["accuracy"])
    model.evaluate(np.zeros(pred_shape), np.zeros(true_shape), verbose=0)
    theirs = model._compile_metrics.metrics[0]
    ours = metrics.get_metric("accuracy", np.zeros(true_shape), np.zeros(pred_shape))
    assert type(ours).__name__ == type(theirs).__name__ and ours.name == theirs.name
