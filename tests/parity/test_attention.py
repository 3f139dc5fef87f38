"""Attention, embeddings, positions and merging against Keras: outputs, scores, weights, gradients."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from dlcore import Variable, gradients, layers, ops  # noqa: E402

RNG = np.random.default_rng(0)
#: In float64 only the order of the sums differs. But Keras rounds the scale 1/√H to float32: it is exact for H = 4,
#: as in most tests here, and costs the digits behind the seventh for others.
EXACT, ROUNDED_SCALE = 1e-12, 1e-6


def normal(*shape):
    return RNG.standard_normal(shape)


def pair(make, *shapes):
    """The layer from both libraries in float64, built, with the same weights."""
    ours, theirs = make(layers), make(keras.layers)
    for layer in (ours, theirs):
        layer.build(*shapes)
    assert [v.shape for v in ours.weights] == [tuple(v.shape) for v in theirs.weights]
    values = [normal(*v.shape) for v in theirs.weights]
    ours.set_weights(values)
    theirs.set_weights(values)
    return ours, theirs


def hold(ledger, name, what, ours, theirs, inputs, tolerance=EXACT):
    """Output and gradients of every float input and weight; `ours` and `theirs` take the inputs and give a tensor."""
    import tensorflow as tf

    xs, txs = [Variable(x) for x in inputs], [tf.Variable(x) for x in inputs]
    y = ours(*xs)
    g = normal(*y.shape)
    with tf.GradientTape() as tape:
        expected = theirs(*txs)
        loss = tf.reduce_sum(expected * g)
    mine, keras_weights = getattr(ours, "trainable_variables", []), getattr(theirs, "trainable_variables", [])
    ledger.holds(name, f"output, {what}", y, expected, tolerance)
    found = gradients(ops.sum(y * g), [*xs, *mine])
    slopes = tape.gradient(loss, [*txs, *[v.value for v in keras_weights]])
    ledger.holds(name, f"gradients, {what}", found, [tf.convert_to_tensor(s) for s in slopes], tolerance)


# ---------------------------------------------------------------- attention


@pytest.mark.parametrize("mask", [None, RNG.random((2, 1, 4, 4)) > 0.5, np.arange(4)[:, None] > np.arange(4)])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("h", "scale", "tolerance"), [(4, None, EXACT), (3, 0.25, EXACT), (3, None, ROUNDED_SCALE)])
def test_dot_product_attention(ledger, mask, causal, h, scale, tolerance):
    inputs = [normal(2, 4, 3, h), normal(2, 4, 3, h), normal(2, 4, 3, 5), normal(1, 3, 4, 4)]
    settings = {"mask": mask, "scale": scale, "is_causal": causal}
    hold(
        ledger,
        "ops.dot_product_attention",
        f"mask {None if mask is None else mask.shape}, causal {causal}, scale {scale}",
        lambda *xs: ops.dot_product_attention(*xs, **settings),
        lambda *xs: keras.ops.dot_product_attention(*xs, **settings),
        inputs,
        tolerance,
    )


ATTENTION = {
    "self": {},
    "values wider, another output": {"value_dim": 5, "output_shape": 6},
    "several output axes": {"output_shape": (2, 3)},
    "no biases": {"use_bias": False},
    "dropout off": {"dropout": 0.3},
}


class Called:
    """A layer, called with these settings."""

    def __init__(self, layer, **settings):
        self.layer, self.settings = layer, settings
        self.trainable_variables = layer.trainable_variables

    def __call__(self, *inputs):
        return self.layer(*inputs, **self.settings)


@pytest.mark.parametrize("case", ATTENTION)
@pytest.mark.parametrize("causal", [False, True])
def test_multi_head_attention(ledger, case, causal):
    ours, theirs = pair(
        lambda L: L.MultiHeadAttention(2, 4, dtype="float64", **ATTENTION[case]), (None, 4, 6), (None, 4, 5)
    )
    settings = {"use_causal_mask": causal, "training": False}
    inputs = [normal(2, 4, 6), normal(2, 4, 5)]
    what = f"{case}, causal {causal}"
    hold(ledger, "layers.MultiHeadAttention", what, Called(ours, **settings), Called(theirs, **settings), inputs)


MASKS = {
    "of each pair": RNG.random((2, 4, 7)) > 0.4,
    "one for the batch": RNG.random((4, 7)) > 0.4,
    "of each head": RNG.random((2, 2, 4, 7)) > 0.4,
    "blind queries": np.arange(4)[None, :, None] > np.array([[[1]], [[4]]]) + np.zeros(7),
}


def test_a_scale_that_float32_rounds(ledger):
    ours, theirs = pair(lambda L: L.MultiHeadAttention(2, 3, dtype="float64"), (None, 4, 6), (None, 4, 6))
    inputs = [normal(2, 4, 6), normal(2, 4, 6)]
    hold(ledger, "layers.MultiHeadAttention", "key_dim 3", ours, theirs, inputs, ROUNDED_SCALE)


@pytest.mark.parametrize("case", MASKS)
@pytest.mark.parametrize("causal", [False, True])
def test_masks_and_scores_of_cross_attention(ledger, case, causal):
    ours, theirs = pair(lambda L: L.MultiHeadAttention(2, 4, dtype="float64"), (None, 4, 6), (None, 7, 5), (None, 7, 3))
    settings = {"use_causal_mask": causal, "attention_mask": MASKS[case]}
    inputs = [normal(2, 4, 6), normal(2, 7, 5), normal(2, 7, 3)]
    name, what = "layers.MultiHeadAttention", f"mask {case}, causal {causal}"
    hold(ledger, name, what, Called(ours, **settings), Called(theirs, **settings), inputs)
    settings["return_attention_scores"] = True
    results = [layer(*inputs, **settings) for layer in (ours, theirs)]
    ledger.holds(name, f"output and scores, {what}", *map(list, results), EXACT)


def test_dropout_of_scores_drops_the_same_share():
    """Masks come from different generators: the share that is dropped, and the factor for the rest, are the same."""
    x = np.zeros((4, 50, 2), "float32")
    for library in (layers, keras.layers):
        layer = library.MultiHeadAttention(2, 1, dropout=0.3, seed=1, output_shape=1)
        layer(x, x)
        layer.set_weights([np.zeros_like(w) if w.ndim == 1 or w.shape[-1] != 1 else w for w in layer.get_weights()])
        y, scores = layer(x, x, return_attention_scores=True, training=True)
        np.testing.assert_allclose(np.asarray(scores), 1 / 50, rtol=1e-6)  # as they were before some were dropped
        wq, bq, wk, bk, wv, bv, wo, bo = layer.get_weights()
        ones = [wq, bq, wk, bk, 0 * wv, np.ones_like(bv), np.array([[[1.0]], [[0.0]]]), 0 * bo]
        layer.set_weights(ones)
        kept = np.asarray(layer(x, x, training=True)).ravel() * 50 * 0.7  # how many of 50 were kept, for each query
        np.testing.assert_allclose(kept, kept.round(), atol=1e-3)
        assert abs(kept.mean() / 50 - 0.7) < 0.02


def test_initial_weights_spread_alike():
    spreads = []
    for library in (layers, keras.layers):
        layer = library.MultiHeadAttention(4, 32)
        layer.build((None, 4, 128), (None, 4, 128))
        spreads.append([np.abs(w).max() for w in layer.get_weights()])
    np.testing.assert_allclose(*spreads, atol=1e-2)


# ---------------------------------------------------------------- embeddings


@pytest.mark.parametrize("tokens", [RNG.integers(0, 7, (4, 5)), np.array([2.0, 2.0, 0.0]), np.uint8([[[6]]])])
def test_embedding(ledger, tokens):
    import tensorflow as tf

    ours, theirs = pair(lambda L: L.Embedding(7, 3, dtype="float64"), (None, 5))
    with tf.GradientTape() as tape:
        y = theirs(tokens)
        loss = tf.reduce_sum(tf.square(y))
    ledger.holds("layers.Embedding", "output", ours(tokens), y, 0)
    (found,) = gradients(ops.sum(ours(tokens) ** 2), ours.trainable_variables)
    expected = tf.convert_to_tensor(tape.gradient(loss, theirs.embeddings.value))
    ledger.holds("layers.Embedding", "gradient", found, expected, EXACT)
    assert [v.name for v in ours.weights] == [v.name for v in theirs.weights]


# ---------------------------------------------------------------- merging and Permute


MERGED = {
    "Add": [(2, 3, 4)] * 3,
    "Multiply": [(2, 3, 4)] * 3,
    "Concatenate": [(2, 3, 4), (2, 3, 1), (2, 3, 5)],
}


@pytest.mark.parametrize("name", MERGED)
def test_merging(ledger, name):
    inputs = [normal(*shape) for shape in MERGED[name]]
    ours, theirs = (getattr(L, name)(dtype="float64") for L in (layers, keras.layers))
    hold(ledger, f"layers.{name}", "a list", lambda *xs: ours(list(xs)), lambda *xs: theirs(list(xs)), inputs)
    function = name.lower()
    ours, theirs = (getattr(L, function) for L in (layers, keras.layers))
    hold(
        ledger,
        f"layers.{function}",
        "a list",
        lambda *xs: ours(list(xs), dtype="float64"),
        lambda *xs: theirs(list(xs), dtype="float64"),
        inputs,
    )


@pytest.mark.parametrize("name", ["Add", "Multiply"])
@pytest.mark.parametrize(
    "shapes", [[(2, 3, 4), (2, 1, 4)], [(2, 3, 4), (2, 4)], [(2, 4), (2, 3, 4), (2, 3, 1)], [(2, 3)]]
)
def test_merging_shapes_that_differ(ledger, name, shapes):
    inputs = [normal(*shape) for shape in shapes]
    ours, theirs = (getattr(L, name)(dtype="float64") for L in (layers, keras.layers))
    hold(ledger, f"layers.{name}", f"{shapes}", lambda *xs: ours(list(xs)), lambda *xs: theirs(list(xs)), inputs)


def test_concatenate_along_another_axis(ledger):
    inputs = [normal(2, 3, 4), normal(2, 1, 4)]
    ours, theirs = (L.Concatenate(axis=1, dtype="float64") for L in (layers, keras.layers))
    name = "layers.Concatenate"
    hold(ledger, name, "axis 1", lambda *xs: ours(list(xs)), lambda *xs: theirs(list(xs)), inputs)


@pytest.mark.parametrize("dims", [(2, 1), (1, 2), (3, 1, 2), (1,)])
def test_permute(ledger, dims):
    ours, theirs = (L.Permute(dims, dtype="float64") for L in (layers, keras.layers))
    hold(ledger, "layers.Permute", f"{dims}", ours, theirs, [normal(*[2, 3, 4, 5][: len(dims) + 1])], 0)


def test_broadcast_to(ledger):
    hold(
        ledger,
        "ops.broadcast_to",
        "(2, 3, 4)",
        lambda x: ops.broadcast_to(x, (2, 3, 4)),
        lambda x: keras.ops.broadcast_to(x, (2, 3, 4)),
        [normal(3, 1)],
    )
