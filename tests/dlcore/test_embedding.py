"""Embedding and positions: rows of a table, patterns of sines, and angles that only know distances."""

import numpy as np
import pytest

from dlcore import Sequential, Variable, gradients, layers, ops

RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.standard_normal(shape).astype("float32")


# ---------------------------------------------------------------- Embedding


@pytest.mark.parametrize("shape", [(4,), (2, 5), (2, 3, 2), (0, 5)])
def test_each_token_gets_its_row(shape):
    layer = layers.Embedding(7, 3)
    tokens = RNG.integers(0, 7, shape)
    y = layer(tokens).numpy()
    assert y.shape == (*shape, 3) and y.dtype == np.float32
    np.testing.assert_array_equal(y, layer.get_weights()[0][tokens])


def test_a_table_that_is_given():
    table = normal(7, 3)
    for weights in (table, [table], table.tolist()):
        layer = layers.Embedding(7, 3, weights=weights, trainable=False)
        np.testing.assert_array_equal(layer(np.arange(7)).numpy(), table)
        assert layer.trainable_variables == [] and "weights" not in layer.get_config()
    model = Sequential([layers.Embedding(7, 3, weights=[table], input_shape=(None,)), layers.LSTM(2)], seed=1)
    np.testing.assert_array_equal(model.get_weights()[0], table)
    with pytest.raises(ValueError, match=r"weight 'embeddings' has shape \(7, 3\), but set_weights got \(3, 7\)"):
        layers.Embedding(7, 3, weights=[table.T])


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "float32", "float64"])
def test_tokens_of_every_type(dtype):
    layer = layers.Embedding(7, 3)
    tokens = np.array([[6, 0], [3, 3]])
    np.testing.assert_array_equal(layer(tokens.astype(dtype)).numpy(), layer(tokens).numpy())


@pytest.mark.parametrize(("shape", "n"), [((40,), 7), ((6, 50), 5), ((30,), 1), ((3,), 1000)])
def test_the_gradient_sums_over_repeated_tokens(shape, n):
    layer = layers.Embedding(n, 4, dtype="float64")
    tokens = RNG.integers(0, n, shape)
    g = RNG.standard_normal((*shape, 4))
    (found,) = gradients(ops.sum(layer(tokens) * g), layer.trainable_variables)
    expected = np.zeros((n, 4))
    for token, row in zip(tokens.ravel(), g.reshape(-1, 4)):
        expected[token] += row
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "float32"])
def test_small_integers_do_not_overflow_on_the_way_back(dtype):
    layer = layers.Embedding(100, 50, dtype="float64")
    (found,) = gradients(ops.sum(layer(np.array([99, 2], dtype))), layer.trainable_variables)
    assert np.flatnonzero(found.sum(1)).tolist() == [2, 99]
    x = Variable(np.zeros((100, 50)))
    if dtype != "float32":
        (found,) = gradients(ops.sum(ops.take(x, np.array([99, 2, 99], dtype), axis=0)), [x])
        assert found.sum(1)[[2, 99]].tolist() == [50, 100]


def test_it_is_a_dense_layer_on_one_hot_vectors():
    layer = layers.Embedding(5, 3)
    tokens = RNG.integers(0, 5, (2, 4))
    y = layer(tokens).numpy()
    np.testing.assert_allclose(y, (ops.one_hot(tokens, 5) @ layer.embeddings).numpy(), rtol=1e-6)


def test_it_starts_a_sequential_that_learns_which_token_is_which():
    model = Sequential([layers.Embedding(4, 2), layers.Flatten(), layers.Dense(4)], seed=0)
    model.compile("adam", "mse")
    x = np.arange(4)[:, None]
    y = np.eye(4, dtype="float32")
    before = model.evaluate(x, y, verbose=0)
    model.fit(x, y, epochs=200, verbose=0)
    assert model.evaluate(x, y, verbose=0) < before / 2


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ([[0, 1], [6, 7]], r"token 7 at \[1, 1\] is none .* from 0 to 6. Do yours start at 1\? Then input_dim is 8"),
        ([[0, -1]], r"token -1 at \[0, 1\] is none of the vocabulary: with input_dim=7, tokens are whole numbers"),
        ([[0, 100]], r"token 100 at \[0, 1\]"),
        ([[0, 1.5]], r"token 1.5 at \[0, 1\]"),
        ([[0, np.nan]], r"token nan at \[0, 1\]"),
        ([[np.inf, 0]], r"token inf at \[0, 0\]"),
    ],
)  # fmt: skip
def test_a_token_outside_of_the_vocabulary_is_named(tokens, message):
    with pytest.raises(ValueError, match=f"Embedding 'words': {message}"):
        layers.Embedding(7, 3, name="words")(np.array(tokens))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Embedding(0, 3), "input_dim, the size of the vocabulary, is a whole number from 1, but got 0"),
        (lambda: layers.Embedding(7, "3"), "output_dim is a whole number from 1, but got '3'"),
        (lambda: layers.Embedding(7, 3, mask_zero=True), r"Embedding\(mask_zero=True\): Keras has this argument"),
        (lambda: layers.Embedding(7, 3, lora_rank=[np.ones((90, 90))]), r"lora_rank=\[array.{,30}\]\): Keras has this"),
        (lambda: layers.Embedding(7, 3, lora_rank=np.ones((90, 90))), r"lora_rank=array.{,30}\): Keras has this"),
        (lambda: layers.Embedding(7, 3, lora_rank=2), "lora_rank"),
        (lambda: layers.PositionEmbedding(0), "sequence_length, the longest sequence, is a whole number from 1"),
        (lambda: layers.PositionEmbedding(None), "but got None"),
        (lambda: layers.PositionEmbedding(4)(normal(2, 5, 3)), r"places up to 5, but its table \(4, 3\)"),
        (lambda: layers.PositionEmbedding(4)(normal(2, 4, 3), start_index=1), r"from place 1 on .* up to 5"),
        (lambda: layers.PositionEmbedding(4)(normal(2, 4)), r"input \(None, 4\) should be .* Is an Embedding missing"),
        (lambda: layers.SinePositionEncoding(0), "max_wavelength is a number above 0, but got 0"),
        (lambda: layers.SinePositionEncoding()(normal(2, 4)), "Is an Embedding missing before it"),
        (lambda: layers.RotaryEmbedding()(normal(2, 4, 3)), "needs an even number of features"),
        (lambda: layers.RotaryEmbedding(sequence_axis=-1)(normal(2, 4, 4)), r"places along another \(sequence_axis=-1"),
        (lambda: layers.RotaryEmbedding(rope_type="yarn"), "rope_type='yarn'"),
        (lambda: layers.RotaryEmbedding(scaling_factor=-1), "scaling_factor is a number above 0, but got -1"),
    ],
)  # fmt: skip
def test_bad_arguments(make, message):
    with pytest.raises((ValueError, NotImplementedError), match=message):
        make()


# ---------------------------------------------------------------- positions


def test_sines_and_cosines_in_turn():
    y = layers.SinePositionEncoding(100, dtype="float64")(np.zeros((2, 3, 5))).numpy()
    for p in range(3):
        for i in range(5):
            angle = p / 100 ** (2 * (i // 2) / 5)
            assert y[0, p, i] == pytest.approx(np.cos(angle) if i % 2 else np.sin(angle), abs=1e-14)
    np.testing.assert_array_equal(y[0], y[1])


def test_a_sine_encoding_tells_distances():
    """The product of two places' patterns depends on how far they lie apart, and is largest for a place with itself."""
    y = layers.SinePositionEncoding(dtype="float64")(np.zeros((1, 40, 16))).numpy()[0]
    products = y @ y.T
    for distance in range(40):
        np.testing.assert_allclose(np.diagonal(products, distance), products[0, distance], rtol=1e-9)
    assert (products[0, 0] > products[0, 1:]).all()


@pytest.mark.parametrize(
    "layer", [layers.SinePositionEncoding(), layers.PositionEmbedding(9), layers.RotaryEmbedding()]
)
def test_starting_later_is_a_piece_of_the_whole(layer):
    x = normal(2, 6, 4)
    np.testing.assert_allclose(layer(x[:, 2:], start_index=2).numpy(), layer(x).numpy()[:, 2:], rtol=1e-6)


def test_a_learned_position_is_shared_by_the_batch():
    layer = layers.PositionEmbedding(5, dtype="float64")
    x, g = RNG.standard_normal((3, 4, 2)), RNG.standard_normal((3, 4, 2))
    y = layer(x)
    np.testing.assert_array_equal(y.numpy(), np.stack([layer.get_weights()[0][:4]] * 3))
    (found,) = gradients(ops.sum(y * g), layer.trainable_variables)
    np.testing.assert_allclose(found, np.vstack([g.sum(0), np.zeros((1, 2))]), rtol=1e-12)


def test_rotation_keeps_lengths_and_products_know_the_distance_only():
    layer = layers.RotaryEmbedding(100, dtype="float64")
    q, k = RNG.standard_normal(6), RNG.standard_normal(6)
    turned_q = layer(np.tile(q, (1, 30, 1))).numpy()[0]
    turned_k = layer(np.tile(k, (1, 30, 1))).numpy()[0]
    np.testing.assert_allclose(np.linalg.norm(turned_q, axis=-1), np.linalg.norm(q), rtol=1e-12)
    np.testing.assert_array_equal(turned_q[0], q)
    products = turned_q @ turned_k.T
    for distance in range(-29, 30):
        along = np.diagonal(products, distance)
        np.testing.assert_allclose(along, along[0], rtol=1e-9, atol=1e-12)
    assert np.ptp(products[0]) > 0.1


def test_rotation_turns_pairs_of_the_two_halves():
    x = np.zeros((1, 2, 4))
    x[..., 1] = 1
    y = layers.RotaryEmbedding(dtype="float64")(x).numpy()[0, 1]
    angle = 10000**-0.5
    np.testing.assert_allclose(y, [0, np.cos(angle), 0, np.sin(angle)], rtol=1e-12)


@pytest.mark.parametrize("axis", [1, 2, -2])
def test_rotation_with_heads(axis):
    x = RNG.standard_normal((2, 3, 5, 4))
    layer = layers.RotaryEmbedding(sequence_axis=axis, dtype="float64")
    alone = layers.RotaryEmbedding(dtype="float64")
    y = layer(x).numpy()
    for i in range(x.shape[3 - axis % 4]):
        one = (slice(None), slice(None), i) if axis == 1 else (slice(None), i)
        np.testing.assert_allclose(y[one], alone(x[one]).numpy(), rtol=1e-12)


def test_scaling_stretches_the_places():
    x = normal(1, 3, 4)
    slow = layers.RotaryEmbedding(scaling_factor=2.0)(np.repeat(x, 2, axis=1)).numpy()[:, ::2]
    np.testing.assert_allclose(slow, layers.RotaryEmbedding()(x).numpy(), rtol=1e-5, atol=1e-6)


def test_positions_are_of_the_input_and_rotation_passes_gradients_back_turned():
    x = Variable(RNG.standard_normal((1, 3, 4)))
    layer = layers.RotaryEmbedding(dtype="float64")
    y = layer(x)
    (g,) = gradients(ops.sum(y * y) * 0.5, [x])
    np.testing.assert_allclose(g, x.numpy(), rtol=1e-12)  # a rotation's transpose is its inverse
    assert not layers.SinePositionEncoding()(x).requires_grad
