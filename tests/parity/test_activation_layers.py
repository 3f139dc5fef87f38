"""The layers ReLU, LeakyReLU, PReLU, ELU and Softmax against Keras's."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

import dlcore
from dlcore import Variable, gradients, layers, ops

RNG = np.random.default_rng(0)
CASES = [
    ("ReLU", {}),
    ("ReLU", {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.3}),
    ("LeakyReLU", {}),
    ("LeakyReLU", {"negative_slope": 0.01}),
    ("PReLU", {"alpha_initializer": "ones"}),
    ("PReLU", {"shared_axes": [1]}),
    ("ELU", {}),
    ("ELU", {"alpha": 0.5}),
    ("Softmax", {}),
    ("Softmax", {"axis": 1}),
]


@pytest.mark.parametrize("name, chosen", CASES)
def test_outputs_and_gradients(ledger, name, chosen):
    ours = getattr(layers, name)(**chosen, dtype="float64")
    theirs = getattr(keras.layers, name)(**chosen, dtype="float64")
    x = Variable(RNG.standard_normal((4, 3, 5)))
    ours.build(x.shape)
    theirs.build(x.shape)
    values = [RNG.random(v.shape) for v in theirs.weights]
    ours.set_weights(values)
    theirs.set_weights(values)
    assert [(v.name, v.shape) for v in ours.weights] == [(v.name, tuple(v.shape)) for v in theirs.weights]
    assert ours.name.rstrip("_0123456789") == theirs.name.rstrip("_0123456789")
    g = RNG.standard_normal(x.shape)
    y, keras_x = ours(x), tf.constant(x.data)
    with tf.GradientTape() as tape:
        tape.watch(keras_x)
        keras_y = theirs(keras_x)
        loss = tf.reduce_sum(keras_y * g)
    # Keras keeps the settings of ReLU in float32, also in a layer of float64.
    tolerance = 1e-7 if name in ("ReLU", "LeakyReLU") else 1e-12
    ledger.holds(f"layers.{name}", "output", y, keras_y, tolerance)
    ours_g = gradients(ops.sum(y * g), [x, *ours.trainable_variables])
    ledger.holds(
        f"layers.{name}", "gradients", ours_g, tape.gradient(loss, [keras_x, *theirs.trainable_variables]), tolerance
    )


@pytest.mark.parametrize("name", sorted({name for name, _ in CASES}))
def test_arguments_and_defaults_are_keras_s(name):
    def arguments(package):
        found = inspect.signature(getattr(package.layers, name)).parameters.values()
        return [(p.name, p.default) for p in found if p.name != "alpha_constraint"]

    assert arguments(dlcore) == arguments(keras)
