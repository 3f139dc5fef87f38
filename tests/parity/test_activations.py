"""Activations against `keras.activations`: names, defaults, outputs and slopes, in float32 as both use them."""

import inspect

import numpy as np
import pytest

from dlcore import activations, utils
from dlcore.tensor import Tensor

utils.quiet_tensorflow()
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

SHARED = sorted(set(activations._known) - {"step", "squash"})  # Keras has neither
MORE = {"threshold": (0.5, -2.0)}  # arguments that have no default
CHOSEN = [  # settings other than the defaults
    ("relu", {"negative_slope": 0.1}),
    ("relu", {"max_value": 6.1}),
    ("relu", {"negative_slope": 0.1, "max_value": 4.1, "threshold": 0.53}),
    ("celu", {"alpha": 0.5}),
    ("elu", {"alpha": 0.5}),
    ("gelu", {"approximate": True}),
    ("glu", {"axis": 0}),
    ("hard_shrink", {"threshold": 1.1}),
    ("leaky_relu", {"negative_slope": 0.01}),
    ("log_softmax", {"axis": 0}),
    ("soft_shrink", {"threshold": 1.1}),
    ("softmax", {"axis": 0}),
    ("squareplus", {"b": 1}),
]
#: At a kink there are two slopes to choose from. Keras adds up both at 0 in celu, and its relu6 stops at its ends.
KINKS = {"celu": [0], "relu6": [0, 6]}
#: Keras keeps a constant of these in float32, also where it computes in float64.
KEPT_IN_FLOAT32 = {"gelu": 1e-8, "leaky_relu": 1e-8, "relu": 1e-7}
X = np.concatenate([np.linspace(-12, 12, 101), [-100, -88, 0, 88, 100]]).astype(np.float32).reshape(2, 53)


both = pytest.mark.parametrize("name, chosen", [(name, {}) for name in sorted(set(SHARED) - {"linear"})] + CHOSEN)


def outputs_and_slopes(name, chosen, data):
    """(output, slopes) of dlcore and of Keras for the same data; slopes at kinks are left out."""
    x, v = Tensor(data, requires_grad=True), tf.constant(data)
    y = activations.get(name)(x, *MORE.get(name, ()), **chosen)
    g = np.random.default_rng(0).standard_normal(y.shape).astype(data.dtype)
    with tf.GradientTape() as tape:
        tape.watch(v)
        z = keras.activations.get(name)(v, *MORE.get(name, ()), **chosen)
        total = tf.reduce_sum(z * g)
    y.backward(g)
    smooth = ~np.isin(data, KINKS.get(name, []))
    return (y.numpy(), x.grad[smooth]), (z.numpy(), tape.gradient(total, v).numpy()[smooth])


def even(name, data):
    """Of glu's input, as many columns as can be halved."""
    return data[:, :-1] if name == "glu" else data


@both
def test_float32_also_far_out(name, chosen):
    """A few units in the last place of float32: 2e-6 relative, 1e-6 where a result is a difference of larger ones."""
    data = np.minimum(X, 80) if name == "exponential" else X
    (y, slopes), (keras_y, keras_slopes) = outputs_and_slopes(name, chosen, even(name, data))
    np.testing.assert_allclose(y, keras_y, rtol=2e-6, atol=1e-6)
    np.testing.assert_allclose(slopes, keras_slopes, rtol=4e-6, atol=2e-6)


@both
def test_float64(ledger, name, chosen):
    data = even(name, np.linspace(-12, 12, 54 if name != "exponential" else 10).reshape(2, -1))
    data = data / 12 if name == "exponential" else data  # so that its largest number does not set the scale
    ours, theirs = outputs_and_slopes(name, chosen, data)
    tolerance = KEPT_IN_FLOAT32.get(name, 1e-12)
    ledger.holds(f"activations.{name}", "output", ours[0], theirs[0], tolerance)
    ledger.holds(f"activations.{name}", "gradient", ours[1], theirs[1], tolerance)


def test_linear(ledger):
    x, v = Tensor(X), tf.constant(X)
    assert activations.linear(x) is x and keras.activations.linear(v) is v
    ledger.holds("activations.linear", "output", x, v, 0)


def test_squash(ledger):
    """Keras has none: held against the formula in its operations."""
    k, x = keras.ops, np.random.default_rng(0).standard_normal((4, 5, 3))
    square = k.sum(k.square(x), axis=-1, keepdims=True)
    theirs = square / (1 + square) * x / k.sqrt(square + 1e-7)
    ledger.holds("activations.squash", "output, composed of keras.ops", activations.squash(x), theirs, 1e-12)


@pytest.mark.parametrize("name", sorted(set(SHARED) - {"swish", "hard_swish"}))
def test_arguments_and_defaults_are_keras_s(name):
    ours = inspect.signature(activations.get(name)).parameters
    theirs = inspect.signature(keras.activations.get(name)).parameters
    assert [(p.name, p.default) for p in ours.values()] == [(p.name, p.default) for p in theirs.values()]


def test_get_names_the_same_functions():
    assert keras.activations.get(None).__name__ == activations.get(None).__name__ == "linear"
    for name, same in (("swish", "silu"), ("hard_swish", "hard_silu")):
        assert keras.activations.get(name) is keras.activations.get(same)
        assert activations.get(name) is activations.get(same)


def test_none_of_keras_s_is_missing():
    # Keras 3.15's sparsemax adds up the partial sums and so does not sum to 1: there is nothing to be equal to.
    theirs = {n for n, f in vars(keras.activations).items() if inspect.isfunction(f)} - {
        "deserialize",
        "serialize",
        "sparsemax",
    }
    assert theirs <= set(activations.__all__)
