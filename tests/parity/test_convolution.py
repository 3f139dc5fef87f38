"""Convolution and pooling against Keras: operations and layers, outputs and gradients, in float64 on TensorFlow."""

import inspect
from itertools import product

import numpy as np
import pytest

from dlcore import Sequential, Variable, gradients, layers, losses, ops, optimizers, utils

utils.quiet_tensorflow()
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(0)
#: A sum of up to a few hundred products, added in another order.
TOLERANCE = 1e-12


def both(ours, theirs, inputs):
    """[output, gradient of each input …] of dlcore and of Keras, for one random cotangent."""
    variables = [Variable(x) for x in inputs]
    y = ours(*variables)
    g = np.random.default_rng(1).standard_normal(y.shape)
    found = [y, *gradients(ops.sum(y * g), variables)]
    constants = [tf.constant(x) for x in inputs]
    with tf.GradientTape() as tape:
        tape.watch(constants)
        z = theirs(*constants)
        total = tf.reduce_sum(z * g)
    return found, [z, *tape.gradient(total, constants)]


# ---------------------------------------------------------------- operations

SHAPES = [((2, 7, 9, 3), (3, 2)), ((1, 8, 8, 1), (3, 3)), ((2, 5, 6, 9), (1, 1)), ((1, 9, 7, 2), (5, 4))]
STEPS = [{"strides": s, "dilation_rate": 1} for s in (1, 2, 3)] + [{"strides": 1, "dilation_rate": 2}]
GEOMETRIES = [dict(padding=p, **steps) for p, steps in product(["valid", "same"], STEPS)]


def fits(shape, size, chosen):
    reach = [(k - 1) * chosen["dilation_rate"] + 1 for k in size]
    return chosen["padding"] == "same" or all(r <= n for r, n in zip(reach, shape[1:]))


@pytest.mark.parametrize("shape, size", SHAPES)
def test_conv(ledger, shape, size):
    for chosen in filter(lambda chosen: fits(shape, size, chosen), GEOMETRIES):
        inputs = [RNG.standard_normal(shape), RNG.standard_normal((*size, shape[-1], 4))]
        found = both(lambda *a: ops.conv(*a, **chosen), lambda *a: keras.ops.conv(*a, **chosen), inputs)  # noqa: B023
        ledger.holds("ops.conv", f"{shape}, {size}, {chosen}", *found, TOLERANCE)


@pytest.mark.parametrize("shape, size", SHAPES)
def test_depthwise_conv(ledger, shape, size):
    for chosen in filter(lambda chosen: fits(shape, size, chosen), GEOMETRIES):
        inputs = [RNG.standard_normal(shape), RNG.standard_normal((*size, shape[-1], 2))]
        theirs = lambda *a: keras.ops.depthwise_conv(*a, **chosen)  # noqa: B023, E731
        found = both(lambda *a: ops.depthwise_conv(*a, **chosen), theirs, inputs)  # noqa: B023
        ledger.holds("ops.depthwise_conv", f"{shape}, {size}, {chosen}", *found, TOLERANCE)


@pytest.mark.parametrize("shape, size", SHAPES)
@pytest.mark.parametrize("extra", [None, 0, 1])
def test_conv_transpose(ledger, shape, size, extra):
    """TensorFlow has no dilation here on a CPU; that ours is the transpose of conv is tested in test_convolution.py."""
    for chosen in filter(lambda chosen: chosen["dilation_rate"] == 1, GEOMETRIES):
        inputs = [RNG.standard_normal(shape), RNG.standard_normal((*size, 4, shape[-1]))]
        chosen = chosen | {"output_padding": extra}
        try:
            theirs = keras.ops.conv_transpose(*inputs, **chosen)
        except Exception:  # Keras finds no such output
            with pytest.raises(ValueError, match="output_padding"):
                ops.conv_transpose(*inputs, **chosen)
            continue
        theirs = lambda *a: keras.ops.conv_transpose(*a, **chosen)  # noqa: B023, E731
        found = both(lambda *a: ops.conv_transpose(*a, **chosen), theirs, inputs)  # noqa: B023
        ledger.holds("ops.conv_transpose", f"{shape}, {size}, {chosen}", *found, TOLERANCE)


POOLS = [((2, 7, 9, 3), (2, 2)), ((1, 8, 5, 2), (3, 2)), ((2, 5, 6, 1), (1, 4))]


@pytest.mark.parametrize("name", ["max_pool", "average_pool"])
@pytest.mark.parametrize("shape, size", POOLS)
def test_pools(ledger, name, shape, size):
    for strides, padding in product([None, 1, 2, (3, 3)], ["valid", "same"]):
        for x in (RNG.standard_normal(shape), RNG.integers(0, 3, shape).astype(float)):  # the second is full of ties
            ours = lambda x: getattr(ops, name)(x, size, strides, padding)  # noqa: B023, E731
            theirs = lambda x: getattr(keras.ops, name)(x, size, strides, padding)  # noqa: B023, E731
            what = f"{shape}, {size}, strides {strides}, {padding}"
            ledger.holds(f"ops.{name}", what, *both(ours, theirs, [x]), TOLERANCE)


def test_sequences(ledger):
    x = RNG.standard_normal((2, 11, 3))
    kernels = {"conv": (3, 3, 4), "depthwise_conv": (3, 3, 2), "conv_transpose": (3, 4, 3)}
    for chosen in GEOMETRIES:
        for name, shape in kernels.items():
            if name == "conv_transpose" and chosen["dilation_rate"] > 1:
                continue
            ours = lambda *a: getattr(ops, name)(*a, **chosen)  # noqa: B023, E731
            theirs = lambda *a: getattr(keras.ops, name)(*a, **chosen)  # noqa: B023, E731
            found = both(ours, theirs, [x, RNG.standard_normal(shape)])
            ledger.holds(f"ops.{name}", f"sequence, {chosen}", *found, TOLERANCE)


def test_pad(ledger):
    x = RNG.standard_normal((2, 3))
    for width in (1, (1, 2), [(0, 1), (2, 0)]):
        full = np.broadcast_to(width, (2, 2)).tolist()  # Keras takes only the long form
        found = both(
            lambda x: ops.pad(x, width, constant_values=2.0),  # noqa: B023
            lambda x: keras.ops.pad(x, full, constant_values=2.0),  # noqa: B023
            [x],
        )
        ledger.holds("ops.pad", f"{width}", *found, tolerance=0)


# ---------------------------------------------------------------- layers

IMAGE, SEQUENCE = (2, 7, 8, 3), (2, 9, 3)
CASES = [
    ("Conv2D", {"filters": 4, "kernel_size": 3}, IMAGE),
    ("Conv2D", {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu"}, IMAGE),
    ("Conv2D", {"filters": 2, "kernel_size": (2, 3), "dilation_rate": 2, "use_bias": False}, IMAGE),
    ("Conv2D", {"filters": 4, "kernel_size": 2, "activation": "tanh", "bias_initializer": "ones"}, (2, 5, 4, 9)),
    ("Conv1D", {"filters": 4, "kernel_size": 3}, SEQUENCE),
    ("Conv1D", {"filters": 4, "kernel_size": 2, "padding": "causal", "dilation_rate": 3}, SEQUENCE),
    ("Conv1D", {"filters": 4, "kernel_size": 4, "padding": "same", "strides": 2}, SEQUENCE),
    ("Conv1D", {"filters": 4, "kernel_size": 4, "padding": "causal", "strides": 2}, SEQUENCE),
    ("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 2}, IMAGE),
    ("DepthwiseConv2D", {"kernel_size": (2, 3), "strides": 2, "padding": "same", "activation": "relu"}, IMAGE),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 3}, IMAGE),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 4, "strides": 2, "padding": "same", "activation": "relu"}, IMAGE),
    ("Conv2DTranspose", {"filters": 2, "kernel_size": (3, 2), "strides": 3, "use_bias": False}, IMAGE),
    ("Conv2DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 1}, IMAGE),
    ("MaxPooling2D", {}, IMAGE),
    ("MaxPooling2D", {"pool_size": (3, 2), "strides": 2, "padding": "same"}, IMAGE),
    ("MaxPooling1D", {}, SEQUENCE),
    ("MaxPooling1D", {"pool_size": 3, "strides": 1, "padding": "same"}, SEQUENCE),
    ("AveragePooling2D", {"pool_size": 2}, IMAGE),
    ("AveragePooling2D", {"pool_size": (2, 3), "strides": 2, "padding": "same"}, IMAGE),
    ("AveragePooling1D", {"pool_size": 2}, SEQUENCE),
    ("AveragePooling1D", {"pool_size": 4, "strides": 3, "padding": "same"}, SEQUENCE),
    ("GlobalMaxPooling2D", {}, IMAGE),
    ("GlobalMaxPooling1D", {"keepdims": True}, SEQUENCE),
    ("GlobalAveragePooling2D", {"keepdims": True}, IMAGE),
    ("GlobalAveragePooling1D", {}, SEQUENCE),
    ("ZeroPadding2D", {}, IMAGE),
    ("ZeroPadding2D", {"padding": ((1, 0), (2, 3))}, IMAGE),
    ("UpSampling2D", {}, IMAGE),
    ("UpSampling2D", {"size": (3, 2)}, IMAGE),
]  # fmt: skip
NAMES = sorted({name for name, _, _ in CASES})


def pair(name, arguments, shape, dtype="float64"):
    """The layer from both libraries, with the same weights."""
    ours, theirs = (getattr(of, name)(**arguments, dtype=dtype) for of in (layers, keras.layers))
    ours.build(shape)
    theirs.build(shape)
    ours.set_weights([RNG.standard_normal(v.shape) for v in theirs.weights])
    theirs.set_weights(ours.get_weights())
    return ours, theirs


@pytest.mark.parametrize("name, arguments, shape", CASES)
def test_layers(ledger, name, arguments, shape):
    ours, theirs = pair(name, arguments, shape)
    x = RNG.standard_normal(shape)
    (found, expected), g = both(ours, theirs, [x]), np.random.default_rng(1)
    ledger.holds(f"layers.{name}", f"{arguments}, output and gradient", found, expected, TOLERANCE)
    assert [(v.name, v.shape) for v in ours.weights] == [(v.name, tuple(v.shape)) for v in theirs.weights]
    assert ours.compute_output_shape((None, *shape[1:])) == tuple(theirs.compute_output_shape((None, *shape[1:])))
    if ours.weights:
        y = ours(x)
        g = g.standard_normal(y.shape)
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(theirs(x) * g)
        slopes = tape.gradient(total, theirs.trainable_variables)
        ledger.holds(
            f"layers.{name}", f"{arguments}, gradients of the weights",
            gradients(ops.sum(y * g), ours.trainable_variables), slopes, TOLERANCE,
        )  # fmt: skip


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_the_size_of_a_dilated_transposed_convolution(padding):
    ours, theirs = (of.Conv2DTranspose(2, 3, padding=padding, dilation_rate=2) for of in (layers, keras.layers))
    assert ours.compute_output_shape((None, 5, 6, 1)) == tuple(theirs.compute_output_shape((None, 5, 6, 1)))


def test_groups(ledger):
    """TensorFlow differentiates no groups on a CPU, so the gradients are those of its convolutions group by group."""
    ours, theirs = pair("Conv2D", {"filters": 4, "kernel_size": 2, "groups": 2}, (2, 5, 6, 6))
    x, kernel, bias = RNG.standard_normal((2, 5, 6, 6)), *ours.get_weights()

    def apart(x, kernel, bias):
        parts = [keras.ops.conv(x[..., 3 * k : 3 * k + 3], kernel[..., 2 * k : 2 * k + 2]) for k in range(2)]
        return keras.ops.concatenate(parts, axis=-1) + bias

    def layer(x, kernel, bias):
        ours.kernel, ours.bias = kernel, bias
        return ours(x)

    assert [v.shape for v in ours.weights] == [tuple(v.shape) for v in theirs.weights]
    ledger.holds("layers.Conv2D", "groups", *both(layer, apart, [x, kernel, bias]), TOLERANCE)


def test_bilinear_up_sampling(ledger):
    """Keras resizes in float32, whatever comes in."""
    for size in (2, (3, 2)):
        ours, theirs = pair("UpSampling2D", {"size": size, "interpolation": "bilinear"}, IMAGE, "float32")
        x = RNG.standard_normal(IMAGE).astype("float32")
        ledger.holds("layers.UpSampling2D", f"bilinear, {size}", ours(x), theirs(x), 1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_arguments_are_keras_s_in_the_same_order(name):
    ours, theirs = (
        [p for p in inspect.signature(getattr(of, name).__init__).parameters.values() if p.kind != p.VAR_KEYWORD]
        for of in (layers, keras.layers)
    )
    ours, theirs = [p.name for p in ours], [p.name for p in theirs]
    assert ours == theirs[: len(ours)]
    assert all("constraint" in left_out or "activity" in left_out for left_out in theirs[len(ours) :])


@pytest.mark.parametrize("name, arguments, shape", CASES)
def test_configurations_are_keras_s(name, arguments, shape):
    ours, theirs = (getattr(of, name)(**arguments).get_config() for of in (layers, keras.layers))
    for key in set(ours) & set(theirs) - {"name", "dtype", "data_format"}:
        if "initializer" not in key:
            assert np.array_equal(ours[key], theirs[key]), key


@pytest.mark.parametrize(
    "name, arguments, shape",
    [
        ("Conv2D", {"filters": 4, "kernel_size": 3, "strides": 2, "dilation_rate": 2}, IMAGE),
        ("Conv2D", {"filters": 4, "kernel_size": 3, "groups": 3}, IMAGE),
        ("Conv2D", {"filters": 4, "kernel_size": 3, "padding": "causal"}, IMAGE),
        ("Conv2D", {"filters": 0, "kernel_size": 3}, IMAGE),
        ("Conv2D", {"filters": 4, "kernel_size": 9}, IMAGE),
        ("Conv2D", {"filters": 4, "kernel_size": 3}, IMAGE[1:]),
        ("Conv1D", {"filters": 4, "kernel_size": 3, "strides": 0}, SEQUENCE),
        ("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2, "dilation_rate": 2}, IMAGE),
        ("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 0}, IMAGE),
        ("MaxPooling2D", {"padding": "causal"}, IMAGE),
        ("ZeroPadding2D", {"padding": (1, 2, 3)}, IMAGE),
        ("UpSampling2D", {"interpolation": "cubist"}, IMAGE),
    ],
)
def test_both_refuse(name, arguments, shape):
    for of in (layers, keras.layers):
        with pytest.raises(Exception):  # noqa: B017 (Keras raises many kinds)
            getattr(of, name)(**arguments)(np.ones(shape, "float32"))


# ---------------------------------------------------------------- a whole network


def test_ten_steps_of_a_network(ledger):
    """The weights of a small image network after ten steps of SGD, with pools done on the way."""

    def stack(L, model, first):
        of = {"dtype": "float64"}
        return model(
            [*first, L.Conv2D(4, 3, activation="relu", **of), L.MaxPooling2D(**of),
             L.Conv2D(6, 3, padding="same", activation="relu", **of), L.MaxPooling2D(**of), L.Flatten(**of),
             L.Dense(3, **of)]
        )  # fmt: skip

    ours = stack(layers, lambda stack: Sequential(stack, dtype="float64"), [])
    theirs = stack(keras.layers, keras.Sequential, [keras.Input((12, 11, 1), dtype="float64")])
    x, labels = RNG.standard_normal((16, 12, 11, 1)), RNG.integers(0, 3, 16)
    ours(x)
    theirs.set_weights(ours.get_weights())
    our_loss, our_optimizer = losses.SparseCategoricalCrossentropy(from_logits=True), optimizers.SGD(0.1)
    their_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float64")
    their_optimizer = keras.optimizers.SGD(0.1)
    for _ in range(10):
        variables = ours.trainable_variables
        our_optimizer.apply(gradients(our_loss(labels, ours(x)), variables), variables)
        with tf.GradientTape() as tape:
            loss = their_loss(labels, theirs(x))
        slopes = tape.gradient(loss, theirs.trainable_variables)
        their_optimizer.apply(slopes, theirs.trainable_variables)
    ledger.holds("layers.Conv2D", "a network after ten steps", ours.get_weights(), theirs.get_weights(), TOLERANCE)
