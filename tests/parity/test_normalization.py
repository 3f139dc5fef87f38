"""Normalization against Keras: outputs, gradients, moving statistics."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlcore import Variable, gradients, layers, ops

RNG = np.random.default_rng(0)
#: name, arguments, shape of the input
CASES = [
    ("BatchNormalization", {}, (7, 5)),
    ("BatchNormalization", {"momentum": 0.8, "epsilon": 0.01}, (4, 6, 5)),
    ("BatchNormalization", {"center": False}, (2, 3, 4, 5)),
    ("BatchNormalization", {"scale": False, "axis": 1}, (2, 3, 4, 5)),
    ("LayerNormalization", {}, (7, 5)),
    ("LayerNormalization", {"epsilon": 0.1, "center": False}, (4, 6, 5)),
    ("LayerNormalization", {"axis": [1, 3]}, (2, 3, 4, 5)),
    ("LayerNormalization", {"axis": 1, "scale": False}, (2, 3, 4, 5)),
    ("GroupNormalization", {"groups": 3}, (7, 6)),
    ("GroupNormalization", {"groups": -1, "center": False}, (4, 5, 6)),
    ("GroupNormalization", {"groups": 2, "axis": 1, "scale": False}, (2, 4, 3, 6)),
    ("GroupNormalization", {}, (2, 3, 3, 64)),
    ("RMSNormalization", {}, (7, 5)),
    ("RMSNormalization", {"epsilon": 0.1}, (4, 6, 5)),
    ("RMSNormalization", {"axis": [2, 3]}, (2, 3, 4, 5)),
]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name, arguments, shape", CASES)
def test_outputs_gradients_and_statistics(ledger, name, arguments, shape, training):
    x = 1 + 2 * RNG.standard_normal(shape)
    ours = getattr(layers, name)(**arguments, dtype="float64")
    theirs = getattr(keras.layers, name)(**arguments, dtype="float64")
    ours.build(shape)
    theirs.build(shape)
    values = [0.5 + RNG.random(v.shape) for v in theirs.weights]
    ours.set_weights(values)
    theirs.set_weights(values)
    assert [(v.name, v.shape) for v in ours.weights] == [(v.name, tuple(v.shape)) for v in theirs.weights]

    def holds(what, a, b):
        # Keras takes 1/√ through an operation of its own in float64, and agrees to the last digits.
        ledger.holds(f"layers.{name}", what, a, b, 1e-12)

    x, keras_x = Variable(x), tf.constant(x)
    g = RNG.standard_normal(shape)
    y = ours(x, training=training)
    with tf.GradientTape() as tape:
        tape.watch(keras_x)
        keras_y = theirs(keras_x, training=training) if name == "BatchNormalization" else theirs(keras_x)
        loss = tf.reduce_sum(keras_y * g)
    holds("output", y, keras_y)
    expected = tape.gradient(loss, [keras_x, *theirs.trainable_variables])
    holds("gradients", gradients(ops.sum(y * g), [x, *ours.trainable_variables]), expected)
    holds("weights after the call", ours.get_weights(), theirs.get_weights())


def test_frozen_batch_normalization(ledger):
    x = RNG.standard_normal((6, 4)).astype("float32")
    ours, theirs = layers.BatchNormalization(trainable=False), keras.layers.BatchNormalization(trainable=False)
    ledger.holds(
        "layers.BatchNormalization", "frozen, in training", ours(x, training=True), theirs(x, training=True), 1e-6
    )
    ledger.holds("layers.BatchNormalization", "frozen statistics", ours.get_weights(), theirs.get_weights(), 0)


def test_operations(ledger):
    x, gamma, beta = RNG.standard_normal((3, 4, 5)), RNG.random(5), RNG.random(5)
    there = keras.ops
    ledger.holds("ops.layer_normalization", "output", ops.layer_normalization(x, gamma, beta),
                 there.layer_normalization(x, gamma, beta), 1e-12)  # fmt: skip
    ledger.holds("ops.rms_normalization", "output", ops.rms_normalization(x, gamma),
                 there.rms_normalization(x, gamma), 1e-6)  # fmt: skip
    ledger.holds("ops.moments", "mean and variance", ops.moments(x, [0, 1]), there.moments(x, [0, 1]), 1e-12)
    mean, variance = RNG.random((2, 5))
    ledger.holds("ops.batch_normalization", "output", ops.batch_normalization(x, mean, variance, -1, beta, gamma),
                 there.batch_normalization(x, mean, variance, -1, beta, gamma), 1e-12)  # fmt: skip
    mean, variance = there.moments(x, [0, 1])
    ledger.holds("ops.normalize_batch", "output", ops.normalize_batch(x, gamma, beta),
                 there.batch_normalization(x, mean, variance, -1, beta, gamma), 1e-12)  # fmt: skip
