"""Activations against `keras.activations`: names, defaults, outputs and slopes, in float32 as both use them."""

import inspect

import numpy as np
import pytest

from dlcore import activations, utils
from dlcore.tensor import Tensor

utils.quiet_tensorflow()
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

SHARED = sorted(set(activations._known) - {"step"})  # Keras has no step
X = np.concatenate([np.linspace(-12, 12, 101), [-100, -88, 0, 88, 100]]).astype(np.float32).reshape(2, 53)


@pytest.mark.parametrize("name", SHARED)
def test_outputs_and_slopes(name):
    """A few units in the last place of float32: 2e-6 relative, 1e-6 where a result is a difference of larger ones."""
    x, v = Tensor(X, requires_grad=True), tf.constant(X)
    g = np.random.default_rng(0).standard_normal(X.shape).astype(np.float32)
    y = activations.get(name)(x)
    if name == "linear":
        assert y is x and keras.activations.get(name)(v) is v
        return
    with tf.GradientTape() as tape:
        tape.watch(v)
        z = keras.activations.get(name)(v)
        total = tf.reduce_sum(z * g)
    y.backward(g)
    np.testing.assert_allclose(y.numpy(), z.numpy(), rtol=2e-6, atol=1e-6)
    np.testing.assert_allclose(x.grad, tape.gradient(total, v).numpy(), rtol=4e-6, atol=2e-6)


@pytest.mark.parametrize("name", sorted(set(SHARED) - {"swish", "relu"}))
def test_arguments_and_defaults_are_keras_s(name):
    ours = inspect.signature(activations.get(name)).parameters
    theirs = inspect.signature(keras.activations.get(name)).parameters
    assert [(p.name, p.default) for p in ours.values()] == [(p.name, p.default) for p in theirs.values()]


def test_get_names_the_same_functions():
    assert keras.activations.get(None).__name__ == activations.get(None).__name__ == "linear"
    assert keras.activations.get("swish") is keras.activations.get("silu")
