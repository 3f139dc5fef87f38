"""Losses against `keras.losses`: names, defaults, values and gradients.

float32 throughout: Keras casts to float32 inside its losses. From probabilities the two renormalise and clip alike;
TensorFlow would quietly recover the logits behind its own softmax, but here it is given plain numbers.
"""

import inspect

import numpy as np
import pytest

from dlcore import losses, utils
from dlcore.tensor import Tensor

utils.quiet_tensorflow()
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(0)
N, CLASSES = 16, 5
LOGITS = (4 * RNG.standard_normal((N, CLASSES))).astype(np.float32)
P = RNG.dirichlet(np.ones(CLASSES), N).astype(np.float32)
TARGET = RNG.dirichlet(np.ones(CLASSES), N).astype(np.float32)
LABELS = RNG.integers(0, CLASSES, N)
WEIGHT = RNG.uniform(0, 2, N).astype(np.float32)

CASES = [
    ("MeanSquaredError", {}, TARGET, LOGITS),
    ("MeanAbsoluteError", {}, TARGET, LOGITS),
    ("BinaryCrossentropy", {}, TARGET, P),
    ("BinaryCrossentropy", {}, np.eye(CLASSES)[LABELS], np.eye(CLASSES, dtype=np.float32)[LABELS[::-1]]),
    ("BinaryCrossentropy", {"from_logits": True}, TARGET, LOGITS),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, TARGET, LOGITS),
    ("CategoricalCrossentropy", {}, TARGET, 3 * P),
    ("CategoricalCrossentropy", {}, np.eye(CLASSES)[LABELS], np.eye(CLASSES, dtype=np.float32)[LABELS[::-1]] + 1e-9),
    ("CategoricalCrossentropy", {"from_logits": True}, TARGET, LOGITS),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, TARGET, LOGITS),
    ("SparseCategoricalCrossentropy", {}, LABELS, P),
    ("SparseCategoricalCrossentropy", {}, LABELS[:, None], P),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS, LOGITS),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS.reshape(4, 4), LOGITS.reshape(4, 4, CLASSES)),
    ("MeanSquaredError", {}, WEIGHT, WEIGHT[::-1, None] * 2),
]  # fmt: skip


def both(name, settings, y_true, y_pred, weight):
    x, v = Tensor(y_pred, requires_grad=True), tf.constant(y_pred)
    ours = getattr(losses, name)(**settings)(y_true, x, sample_weight=weight)
    with tf.GradientTape() as tape:
        tape.watch(v)
        theirs = getattr(keras.losses, name)(**settings)(y_true, v, sample_weight=weight)
        total = tf.reduce_sum(theirs)
    ours.backward(np.ones(ours.shape))
    return (ours.numpy(), x.grad), (theirs.numpy(), tape.gradient(total, v).numpy())


@pytest.mark.parametrize(("name", "settings", "y_true", "y_pred"), CASES)
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "none", "mean_with_sample_weight"])
@pytest.mark.parametrize("weighted", [False, True])
def test_value_and_gradient(name, settings, y_true, y_pred, reduction, weighted):
    weight = WEIGHT.reshape(y_pred.shape[:-1]) if weighted else None
    ours, theirs = both(name, {**settings, "reduction": reduction}, y_true, y_pred, weight)
    for our, their in zip(ours, theirs, strict=True):
        assert our.shape == their.shape and our.dtype == np.float32
        np.testing.assert_allclose(our, their, rtol=5e-6, atol=1e-6)


@pytest.mark.parametrize("function", losses._functions)
def test_functions_and_their_defaults(function):
    theirs = getattr(keras.losses, function.__name__)
    ours = inspect.signature(function).parameters
    for name, p in ours.items():
        assert inspect.signature(theirs).parameters[name].default == p.default
    y_true = LABELS if function is losses.sparse_categorical_crossentropy else TARGET
    np.testing.assert_allclose(function(y_true, P).numpy(), theirs(y_true, P).numpy(), rtol=5e-6)


@pytest.mark.parametrize("cls", losses._classes)
def test_classes_and_their_defaults(cls):
    ours = inspect.signature(cls).parameters
    theirs = inspect.signature(getattr(keras.losses, cls.__name__)).parameters
    positional = [p for p in ours.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert [p.name for p in positional] == list(theirs)[: len(positional)]
    assert all(theirs[name].default == p.default for name, p in ours.items())


def test_names():
    for name in losses._known:
        ours = losses.get(name)
        theirs = keras.losses.get(name)
        assert getattr(ours, "__name__", type(ours).__name__) == getattr(theirs, "__name__", type(theirs).__name__)
