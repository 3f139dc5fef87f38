"""Capsules: Keras has none, so the layer is held against the routing written in `keras.ops`, with its gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlcore import Variable, gradients, layers, ops

RNG = np.random.default_rng(0)


def routing(x, kernel, rounds):
    k = keras.ops
    foretold = k.einsum("bid,ijdk->bjik", x, kernel)
    b = k.zeros_like(foretold[..., 0])
    for round in range(rounds):
        s = k.einsum("bji,bjik->bjk", k.softmax(b, axis=1), foretold)
        square = k.sum(k.square(s), axis=-1, keepdims=True)
        v = square / (1 + square) * s / k.sqrt(square + 1e-7)
        if round < rounds - 1:
            b = b + k.einsum("bjik,bjk->bji", foretold, v)
    return v


@pytest.mark.parametrize("rounds", [1, 3])
def test_outputs_and_gradients_through_all_rounds(ledger, rounds):
    layer = layers.Capsule(3, 4, routings=rounds, kernel_initializer="random_normal", dtype="float64")
    x = Variable(10 * RNG.standard_normal((6, 5, 2)))
    g = RNG.standard_normal((6, 3, 4))
    y = layer(x)
    keras_x, keras_kernel = tf.constant(x.data), tf.constant(layer.kernel.data)
    with tf.GradientTape() as tape:
        tape.watch([keras_x, keras_kernel])
        theirs = routing(keras_x, keras_kernel, rounds)
        loss = tf.reduce_sum(theirs * g)
    ledger.holds("layers.Capsule", "output, composed of keras.ops", y, theirs, 1e-12)
    ours = gradients(ops.sum(y * g), [x, layer.kernel])
    ledger.holds("layers.Capsule", "gradients, composed of keras.ops", ours,
                 tape.gradient(loss, [keras_x, keras_kernel]), 1e-11)  # fmt: skip
