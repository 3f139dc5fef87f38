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
OURS_ALONE |= {"cross_entropy", "sparse_cross_entropy", "binary_cross_entropy"}
OURS_ALONE |= {"simple_rnn", "gru", "lstm", "normalize_batch"}
LEFT_OUT = {"max": {"initial"}, "min": {"initial"}, "moments": {"synchronized"}, "one_hot": {"sparse"}}
LEFT_OUT |= {"layer_normalization": {"kwargs"}, "convert_to_tensor": {"sparse", "ragged"}, "cumsum": {"dtype"}}
LEFT_OUT |= {"top_k": {"sorted"}}
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


@pytest.fixture
def hold(ledger):
    """Hold an operation's output and gradients against Keras's, and enter it in the ledger."""

    def hold(name, ours, theirs, inputs, tolerance=1e-12):
        ledger.holds(f"ops.{name}", "output and gradients", *gradients_of_both(ours, theirs, inputs), tolerance)

    return hold


X, POSITIVE = 2 * RNG.standard_normal((4, 5)), RNG.uniform(0.2, 3, (4, 5))
SAME = ["abs", "convert_to_tensor", "cos", "cumsum", "elu", "erf", "hard_sigmoid", "leaky_relu", "log_softmax",
        "logsumexp", "max", "mean", "min", "negative", "norm", "sin", "sort", "std",
        "relu", "selu", "sigmoid", "sign", "silu", "softmax", "softplus", "softsign", "square", "squeeze", "sum",
        "tanh", "transpose", "var", "exp"]  # fmt: skip
# TensorFlow's own constants are rounded to float32 here.
LOOSER = {"selu": 2e-7, "gelu": 2e-7, "hard_sigmoid": 1e-7, "leaky_relu": 1e-7}


@pytest.mark.parametrize("name", SAME)
def test_one_input(hold, name):
    hold(name, getattr(ops, name), getattr(keras.ops, name), [X], LOOSER.get(name, 1e-12))


@pytest.mark.parametrize("name", ["log", "log1p", "sqrt"])
def test_one_positive_input(hold, name):
    hold(name, getattr(ops, name), getattr(keras.ops, name), [POSITIVE])


@pytest.mark.parametrize("approximate", [True, False])
def test_gelu(hold, approximate):
    hold("gelu", lambda x: ops.gelu(x, approximate), lambda x: keras.ops.gelu(x, approximate), [X], LOOSER["gelu"])


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "power", "maximum", "minimum"])
@pytest.mark.parametrize("shape", [(4, 5), (5,), (4, 1), ()])
def test_two_inputs(hold, name, shape):
    other = RNG.uniform(0.2, 3, shape)
    hold(name, getattr(ops, name), getattr(keras.ops, name), [POSITIVE, other])
    hold(name, getattr(ops, name), getattr(keras.ops, name), [other, POSITIVE])


@pytest.mark.parametrize("name", ["sum", "mean", "var", "std", "norm", "max", "min", "logsumexp"])
@pytest.mark.parametrize("settings", [{"axis": 1}, {"axis": (0, 2), "keepdims": True}, {"axis": -1, "keepdims": True}])
def test_reductions(hold, name, settings):
    x = RNG.standard_normal((2, 3, 4))
    hold(name, lambda x: getattr(ops, name)(x, **settings), lambda x: getattr(keras.ops, name)(x, **settings), [x])


@pytest.mark.parametrize("name", ["abs", "relu", "leaky_relu", "elu", "selu", "max", "min", "softsign", "hard_sigmoid"])
def test_at_kinks_and_ties(hold, name):
    x = np.array([-3.0, -1.0, 0.0, 0.0, 3.0, 3.0, -3.0])
    hold(name, getattr(ops, name), getattr(keras.ops, name), [x], LOOSER.get(name, 1e-12))


def test_kinks_of_two_inputs(hold, ledger):
    x, y = np.array([-1.0, 0.0, 1.0]), np.zeros(3)
    hold("maximum", ops.maximum, keras.ops.maximum, [x, y])
    hold("minimum", ops.minimum, keras.ops.minimum, [x, y])
    hold("clip", lambda x: ops.clip(x, -1.0, 0.0), lambda x: keras.ops.clip(x, -1.0, 0.0), [x])
    ledger.holds("ops.heaviside", "output", ops.heaviside(x, 0.5), keras.ops.heaviside(x, 0.5), tolerance=0)


PRODUCTS = [((2, 3), (3, 4)), ((3,), (3,)), ((5, 2, 3), (3, 4)), ((2, 3), (3,)), ((3,), (3, 4))]


@pytest.mark.parametrize("shapes", PRODUCTS)
def test_matmul(hold, shapes):
    hold("matmul", ops.matmul, keras.ops.matmul, [RNG.standard_normal(s) for s in shapes])


@pytest.mark.parametrize("shapes", [*PRODUCTS, ((), (2, 3)), ((2, 3), ())])
def test_dot(hold, shapes):
    hold("dot", ops.dot, keras.ops.dot, [RNG.standard_normal(s) for s in shapes])


@pytest.mark.parametrize("ord", [1, 2, np.inf])
def test_norms_of_vectors(hold, ord):
    x = RNG.standard_normal((3, 4))
    hold("norm", lambda x: ops.norm(x, ord, axis=1), lambda x: keras.ops.norm(x, ord, axis=1), [x])


INDICES = np.array([[0, 2], [1, 1]])
PLACES = [
    ("cumsum", lambda o, x: o.cumsum(x, axis=1)),
    ("repeat", lambda o, x: o.repeat(x, 3, axis=1)),
    ("repeat", lambda o, x: o.repeat(x, 2)),
    ("sort", lambda o, x: o.sort(x, axis=0)),
    ("split", lambda o, x: o.split(x, 3, axis=1)[1]),
    ("split", lambda o, x: o.concatenate(o.split(x, [1, 3], axis=-1)[::-1], axis=-1)),
    ("swapaxes", lambda o, x: o.swapaxes(x, 0, -1)),
    ("tile", lambda o, x: o.tile(x, (2, 1, 3))),
    ("top_k", lambda o, x: o.top_k(x, 2)[0]),
    ("reshape", lambda o, x: o.reshape(x, (4, -1))),
    ("transpose", lambda o, x: o.transpose(x, (2, 0, 1))),
    ("expand_dims", lambda o, x: o.expand_dims(x, 1)),
    ("squeeze", lambda o, x: o.squeeze(o.expand_dims(x, 1), axis=1)),
    ("concatenate", lambda o, x: o.concatenate([x, x * 2], axis=1)),
    ("stack", lambda o, x: o.stack([x, x * 2], axis=-1)),
    ("take", lambda o, x: o.take(x, INDICES, axis=1)),
    ("take", lambda o, x: o.take(x, INDICES)),
    ("softmax", lambda o, x: o.softmax(x, axis=1)),
    ("log_softmax", lambda o, x: o.log_softmax(x, axis=0)),
    ("get_item", lambda o, x: o.get_item(x, (slice(None), 1))),
    ("where", lambda o, x: o.where(INDICES[0][:, None, None] > 0, x, x * x)),
    ("cast", lambda o, x: o.cast(x, "float64") * x),
    ("stop_gradient", lambda o, x: o.stop_gradient(x) * x),
]


@pytest.mark.parametrize("name, call", PLACES)
def test_shapes_and_places(hold, name, call):
    hold(name, lambda x: call(ops, x), lambda x: call(keras.ops, x), [RNG.standard_normal((2, 3, 4))])


def test_whole_numbers_that_come_out(ledger):
    x = RNG.standard_normal((2, 3, 4))
    for name in ("argmax", "argsort"):
        ours, theirs = getattr(ops, name)(x, axis=1), getattr(keras.ops, name)(x, axis=1)
        ledger.holds(f"ops.{name}", "output", ours, theirs, tolerance=0)
    tied = [[1, 3, 3, 0], [5, 5, 5, 5]]
    ledger.holds("ops.top_k", "places", ops.top_k(tied, 3)[1], keras.ops.top_k(tied, 3)[1], tolerance=0)
    labels = np.array([[0, 2], [-1, 3]])
    for axis in (-1, 1):
        ours, theirs = ops.one_hot(labels, 3, axis=axis), keras.ops.one_hot(labels, 3, axis=axis)
        ledger.holds("ops.one_hot", "output", ours, theirs, tolerance=0)


A = np.array([[-1.5, -0.5, 0.0, 0.5], [1.0, 1.5, 2.5, np.nan]], "float32")
B = np.array([1.0, -0.5, 0.0, np.nan], "float32")
ANSWERS = [(name, (A, B)) for name in ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")]
ANSWERS += [(name, (A > 0, B < 1)) for name in ("logical_and", "logical_or")]
ANSWERS += [("logical_not", (A > 0,)), ("isnan", (A,))]
ANSWERS += [(name, (A > 0, *more)) for name in ("any", "all") for more in [(), (0,), (-1, True)]]
ANSWERS += [("floor", (A,)), ("round", (A,)), ("round", (A * 1.23, 1)), ("convert_to_numpy", (A,))]
ANSWERS += [(name, (A,)) for name in ("shape", "size", "ndim", "zeros_like", "ones_like")]
ANSWERS += [("zeros", ((2, 3),)), ("ones", ((2,), "int32")), ("full", ((2, 3), 7)), ("full", ((2,), 0.5))]
ANSWERS += [("arange", (5,)), ("arange", (2, 9, 3)), ("arange", (0.0, 1.0, 0.1)), ("arange", (3, 0, -1))]
ANSWERS += [("convert_to_tensor", ([1, 2], "float32")), ("convert_to_tensor", ([1.5, 2.0],))]


@pytest.mark.parametrize("name, inputs", ANSWERS)
def test_answers_roundings_and_tensors_from_nothing(ledger, name, inputs):
    ours, theirs = getattr(ops, name)(*inputs), getattr(keras.ops, name)(*inputs)
    ledger.holds(f"ops.{name}", "output", ours, theirs, tolerance=0)
    if hasattr(theirs, "numpy") and name != "size":
        assert ours.numpy().dtype == theirs.numpy().dtype


def test_fused_operations(hold):
    x, w, b = RNG.standard_normal((6, 4)), RNG.standard_normal((4, 3)), RNG.standard_normal(3)
    hold("dense", ops.dense, lambda x, w, b: keras.ops.matmul(x, w) + b, [x, w, b])
    logits, target, labels = 3 * RNG.standard_normal((6, 3)), RNG.dirichlet(np.ones(3), 6), RNG.integers(0, 3, 6)
    hold(
        "softmax_cross_entropy",
        lambda x: ops.softmax_cross_entropy(target, x),
        lambda x: keras.ops.categorical_crossentropy(target, x, from_logits=True),
        [logits],
    )
    hold(
        "sparse_softmax_cross_entropy",
        ops.sparse_softmax_cross_entropy,
        lambda t, x: keras.ops.sparse_categorical_crossentropy(t, x, from_logits=True),
        [labels, logits],
    )
    hold(
        "sigmoid_cross_entropy",
        lambda x: ops.sigmoid_cross_entropy(target, x),
        lambda x: keras.ops.binary_crossentropy(target, x, from_logits=True),
        [logits],
    )
    p = RNG.dirichlet(np.ones(3), 6)
    p[0] = 1, 0, 0
    for name, theirs, t in [
        ("cross_entropy", keras.ops.categorical_crossentropy, target),
        ("binary_cross_entropy", keras.ops.binary_crossentropy, target),
        ("sparse_cross_entropy", keras.ops.sparse_categorical_crossentropy, labels),
    ]:
        hold(name, lambda p: getattr(ops, name)(t, p), lambda p: theirs(t, p), [p])  # noqa: B023
