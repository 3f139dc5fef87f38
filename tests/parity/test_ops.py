"""Operations against `keras.ops` on TensorFlow: names, defaults, outputs and gradients.

Both sides compute in float64, so that 1e-12 can be asked for. Where Keras keeps a constant in float32 on the way
the tolerance is larger, and says so.
"""

import inspect

import numpy as np
import pytest

from dlcore import ops, utils
from dlcore.tensor import Tensor

utils.quiet_tensorflow()
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

OURS_ALONE = {"dense", "softmax_cross_entropy", "sparse_softmax_cross_entropy", "sigmoid_cross_entropy"}
LEFT_OUT = {"max": {"initial"}, "min": {"initial"}, "one_hot": {"sparse"}}
RNG = np.random.default_rng(0)


def test_every_name_is_keras_s():
    assert {name for name in ops.__all__ if not hasattr(keras.ops, name)} == OURS_ALONE


@pytest.mark.parametrize("name", sorted(set(ops.__all__) - OURS_ALONE))
def test_arguments_and_defaults_are_keras_s(name):
    ours = inspect.signature(getattr(ops, name)).parameters.values()
    theirs = inspect.signature(getattr(keras.ops, name)).parameters.values()
    theirs = [p for p in theirs if p.name not in LEFT_OUT.get(name, ())]
    for our, their in zip(ours, theirs, strict=True):
        assert our.name == their.name
        assert our.default == their.default or name in ("where", "one_hot")  # where needs both; one_hot names float32


def gradients_of_both(ours, theirs, inputs):
    """[output, gradient of each float input …] of dlcore and of Keras, for one random cotangent."""
    tensors = [Tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
    y = ours(*tensors)
    g = np.random.default_rng(1).standard_normal(y.shape)
    y.backward(g)
    variables = [tf.constant(x) for x in inputs]
    wanted = [v for v in variables if v.dtype.is_floating]
    with tf.GradientTape() as tape:
        tape.watch(wanted)
        z = theirs(*variables)
        total = tf.reduce_sum(tf.cast(z, "float64") * g)
    slopes = [tf.convert_to_tensor(s).numpy() for s in tape.gradient(total, wanted)]
    return [y.numpy(), *(t.grad for t in tensors if t.requires_grad)], [z.numpy(), *slopes]


def assert_parity(ours, theirs, inputs, tolerance=1e-12):
    for our, their in zip(*gradients_of_both(ours, theirs, inputs), strict=True):
        assert our.shape == their.shape
        np.testing.assert_allclose(our, their, rtol=tolerance, atol=tolerance)


X, POSITIVE = 2 * RNG.standard_normal((4, 5)), RNG.uniform(0.2, 3, (4, 5))
SAME = ["abs", "elu", "erf", "hard_sigmoid", "leaky_relu", "log_softmax", "logsumexp", "max", "mean", "min", "negative",
        "relu", "selu", "sigmoid", "sign", "silu", "softmax", "softplus", "softsign", "square", "squeeze", "sum",
        "tanh", "transpose", "var", "exp"]  # fmt: skip
# TensorFlow's own constants are rounded to float32 here.
LOOSER = {"selu": 2e-7, "gelu": 2e-7, "hard_sigmoid": 1e-7, "leaky_relu": 1e-7}


@pytest.mark.parametrize("name", SAME)
def test_one_input(name):
    assert_parity(getattr(ops, name), getattr(keras.ops, name), [X], LOOSER.get(name, 1e-12))


@pytest.mark.parametrize("name", ["log", "log1p", "sqrt"])
def test_one_positive_input(name):
    assert_parity(getattr(ops, name), getattr(keras.ops, name), [POSITIVE])


@pytest.mark.parametrize("approximate", [True, False])
def test_gelu(approximate):
    assert_parity(lambda x: ops.gelu(x, approximate), lambda x: keras.ops.gelu(x, approximate), [X], LOOSER["gelu"])


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "power", "maximum", "minimum"])
@pytest.mark.parametrize("shape", [(4, 5), (5,), (4, 1), ()])
def test_two_inputs(name, shape):
    other = RNG.uniform(0.2, 3, shape)
    assert_parity(getattr(ops, name), getattr(keras.ops, name), [POSITIVE, other])
    assert_parity(getattr(ops, name), getattr(keras.ops, name), [other, POSITIVE])


@pytest.mark.parametrize("name", ["sum", "mean", "var", "max", "min", "logsumexp"])
@pytest.mark.parametrize("settings", [{"axis": 1}, {"axis": (0, 2), "keepdims": True}, {"axis": -1, "keepdims": True}])
def test_reductions(name, settings):
    x = RNG.standard_normal((2, 3, 4))
    assert_parity(lambda x: getattr(ops, name)(x, **settings), lambda x: getattr(keras.ops, name)(x, **settings), [x])


@pytest.mark.parametrize("name", ["abs", "relu", "leaky_relu", "elu", "selu", "max", "min", "softsign", "hard_sigmoid"])
def test_at_kinks_and_ties(name):
    x = np.array([-3.0, -1.0, 0.0, 0.0, 3.0, 3.0, -3.0])
    assert_parity(getattr(ops, name), getattr(keras.ops, name), [x], LOOSER.get(name, 1e-12))


def test_kinks_of_two_inputs():
    x, y = np.array([-1.0, 0.0, 1.0]), np.zeros(3)
    assert_parity(ops.maximum, keras.ops.maximum, [x, y])
    assert_parity(ops.minimum, keras.ops.minimum, [x, y])
    assert_parity(lambda x: ops.clip(x, -1.0, 0.0), lambda x: keras.ops.clip(x, -1.0, 0.0), [x])
    np.testing.assert_array_equal(ops.heaviside(x, 0.5).numpy(), keras.ops.heaviside(x, 0.5))


PRODUCTS = [((2, 3), (3, 4)), ((3,), (3,)), ((5, 2, 3), (3, 4)), ((2, 3), (3,)), ((3,), (3, 4))]


@pytest.mark.parametrize("shapes", PRODUCTS)
def test_matmul(shapes):
    assert_parity(ops.matmul, keras.ops.matmul, [RNG.standard_normal(s) for s in shapes])


def test_shapes_and_places():
    x = RNG.standard_normal((2, 3, 4))
    indices = np.array([[0, 2], [1, 1]])
    for call in (
        lambda o, x: o.reshape(x, (4, -1)),
        lambda o, x: o.transpose(x, (2, 0, 1)),
        lambda o, x: o.expand_dims(x, 1),
        lambda o, x: o.squeeze(o.expand_dims(x, 1), axis=1),
        lambda o, x: o.concatenate([x, x * 2], axis=1),
        lambda o, x: o.stack([x, x * 2], axis=-1),
        lambda o, x: o.take(x, indices, axis=1),
        lambda o, x: o.take(x, indices),
        lambda o, x: o.softmax(x, axis=1),
        lambda o, x: o.log_softmax(x, axis=0),
        lambda o, x: o.get_item(x, (slice(None), 1)),
        lambda o, x: o.where(indices[0][:, None, None] > 0, x, x * x),
    ):
        assert_parity(lambda x, call=call: call(ops, x), lambda x, call=call: call(keras.ops, x), [x])
    np.testing.assert_array_equal(ops.argmax(x, axis=1).numpy(), keras.ops.argmax(x, axis=1))
    labels = np.array([[0, 2], [-1, 3]])
    np.testing.assert_array_equal(ops.one_hot(labels, 3).numpy(), keras.ops.one_hot(labels, 3))
    np.testing.assert_array_equal(ops.one_hot(labels, 3, axis=1).numpy(), keras.ops.one_hot(labels, 3, axis=1))


def test_fused_operations():
    x, w, b = RNG.standard_normal((6, 4)), RNG.standard_normal((4, 3)), RNG.standard_normal(3)
    assert_parity(ops.dense, lambda x, w, b: keras.ops.matmul(x, w) + b, [x, w, b])
    logits, target, labels = 3 * RNG.standard_normal((6, 3)), RNG.dirichlet(np.ones(3), 6), RNG.integers(0, 3, 6)
    assert_parity(
        lambda x: ops.softmax_cross_entropy(target, x),
        lambda x: keras.ops.categorical_crossentropy(target, x, from_logits=True),
        [logits],
    )
    assert_parity(
        ops.sparse_softmax_cross_entropy,
        lambda t, x: keras.ops.sparse_categorical_crossentropy(t, x, from_logits=True),
        [labels, logits],
    )
    assert_parity(
        lambda x: ops.sigmoid_cross_entropy(target, x),
        lambda x: keras.ops.binary_crossentropy(target, x, from_logits=True),
        [logits],
    )
