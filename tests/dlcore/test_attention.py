"""Attention: the fused operation against its steps one by one, and what MultiHeadAttention promises."""

import numpy as np
import pytest

from dlcore import Sequential, Tensor, Variable, gradients, layers, ops

RNG = np.random.default_rng(0)


def normal(*shape, dtype="float64"):
    return RNG.standard_normal(shape).astype(dtype)


def step_by_step(q, k, v, bias=0.0, mask=None, scale=None):
    """Attention made of the small operations."""
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    q, k, v = (ops.transpose(a, (0, 2, 1, 3)) for a in (q, k, v))
    x = scale * (q @ ops.transpose(k, (0, 1, 3, 2))) + bias
    p = ops.softmax(x if mask is None else ops.where(mask, x, -1e9))
    return ops.transpose(p @ v, (0, 2, 1, 3))


def results(function, *inputs):
    """What comes out, and the gradient of each input."""
    tensors = [Tensor(x, requires_grad=True) for x in inputs]
    y = function(*tensors)
    y.backward(np.random.default_rng(1).standard_normal(y.shape))
    return [y.data, *(t.grad for t in tensors)]


SOME = RNG.random((2, 1, 4, 5)) > 0.5
BLIND = np.arange(4)[:, None] > np.arange(5)  # the first query may look at no key


@pytest.mark.parametrize("spread", [1, 200])
@pytest.mark.parametrize("mask", [None, SOME, BLIND, np.zeros((4, 5), bool)])
def test_it_equals_its_steps_one_by_one(mask, spread):
    inputs = [spread * normal(2, 4, 3, 2), normal(2, 5, 3, 2), normal(2, 5, 3, 6), normal(3, 4, 5)]
    fused = results(lambda *a: ops.dot_product_attention(*a, mask=mask), *inputs)
    composed = results(lambda *a: step_by_step(*a, mask=mask), *inputs)
    for one, other in zip(fused, composed, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_causal_is_a_triangular_mask_and_both_masks_hold():
    q, k, v = normal(2, 5, 3, 2), normal(2, 5, 3, 2), normal(2, 5, 3, 4)
    lower = np.tri(5, dtype=bool)
    y = ops.dot_product_attention(q, k, v, is_causal=True).numpy()
    np.testing.assert_allclose(y, ops.dot_product_attention(q, k, v, mask=lower).numpy(), rtol=1e-12)
    some = RNG.random((2, 1, 5, 5)) > 0.3
    both = ops.dot_product_attention(q, k, v, mask=some, is_causal=True).numpy()
    np.testing.assert_allclose(both, ops.dot_product_attention(q, k, v, mask=some & lower).numpy(), rtol=1e-12)


def test_what_is_masked_has_no_say_however_large_it_is():
    q, k, v = normal(1, 3, 1, 2), normal(1, 4, 1, 2), normal(1, 4, 1, 2)
    mask = np.array([True, False, True, True])
    k[:, 1] = 1e4
    v[:, 1] = np.finfo(float).max / 1e10
    y = ops.dot_product_attention(q, k, v, mask=mask).numpy()
    np.testing.assert_allclose(y, step_by_step(q, k[:, mask], v[:, mask]).numpy(), rtol=1e-9)


@pytest.mark.parametrize("far", [30.0, 1e3, 1e20])
def test_no_score_is_too_large(far):
    """Scores of one row near `far`, of the next near −far: softmax cares for differences inside a row only."""
    q = np.array([[1.0], [-1.0]], "float32").reshape(1, 2, 1, 1)
    k = np.full((1, 2, 1, 1), far, "float32")
    v = np.array([[2.0], [4.0]], "float32").reshape(1, 2, 1, 1)
    with np.errstate(all="raise", under="ignore"):
        y = ops.dot_product_attention(q, k, v).numpy()
    np.testing.assert_array_equal(y, np.full((1, 2, 1, 1), 3, "float32"))


def test_gradients_that_nobody_needs_are_not_computed():
    q, k, v = (Tensor(normal(1, 2, 1, 2)) for _ in range(3))
    v.requires_grad = True
    shares = ops.dot_product_attention(q, k, v).vjp(normal(1, 2, 1, 2))
    assert all(callable(share) for share in shares)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f, z: f(z(2, 3, 4), z(2, 3, 1, 4), z(2, 3, 1, 4)), r"query \(2, 3, 4\) should be \(batch, places"),
        (lambda f, z: f(z(2, 3, 1, 4), z(3, 3, 1, 4), z(2, 3, 1, 4)), r"axis 0, the batch, must agree"),
        (lambda f, z: f(z(2, 3, 1, 4), z(2, 3, 2, 4), z(2, 3, 2, 4)), r"axis 2, the heads, must agree"),
        (lambda f, z: f(z(2, 3, 1, 4), z(2, 5, 1, 4), z(2, 3, 1, 4)), r"axis 1, places in key and value, must agree"),
        (lambda f, z: f(z(2, 3, 1, 4), z(2, 3, 1, 5), z(2, 3, 1, 5)), r"axis 3, numbers in query and key, must agree"),
        (lambda f, z: f(*[z(2, 3, 1, 4)] * 3, mask=z(2, 4, 3)), r"the mask \(2, 4, 3\) doesn't fit the scores \(2, 1"),
        (lambda f, z: f(*[z(2, 3, 2, 4)] * 3, z(2, 4)), r"the bias \(2, 4\) doesn't fit the scores \(2, 2, 3, 3\)"),
    ],
)  # fmt: skip
def test_shapes_that_do_not_fit_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(ops.dot_product_attention, lambda *shape: np.zeros(shape, "float32"))


def test_what_is_left_out_is_refused():
    q = np.zeros((1, 2, 1, 2))
    with pytest.raises(NotImplementedError, match="flash_attention=True"):
        ops.dot_product_attention(q, q, q, flash_attention=True)


# ---------------------------------------------------------------- the layer


def layer_of(*shapes, dtype="float64", **kwargs):
    """A MultiHeadAttention, built, with biases that are not zero."""
    layer = layers.MultiHeadAttention(2, 3, dtype=dtype, **kwargs)
    layer.build(*shapes)
    layer.set_weights([RNG.standard_normal(w.shape) for w in layer.get_weights()])
    return layer


def test_it_is_the_formula_head_by_head():
    layer = layer_of((None, 4, 5), (None, 6, 7), value_dim=2, output_shape=4)
    query, value = normal(2, 4, 5), normal(2, 6, 7)
    wq, bq, wk, bk, wv, bv, wo, bo = layer.get_weights()
    y = bo
    for head in range(2):
        q, k, v = query @ wq[:, head] + bq[head], value @ wk[:, head] + bk[head], value @ wv[:, head] + bv[head]
        e = np.exp(q @ k.transpose(0, 2, 1) / np.sqrt(3))
        y = y + e / e.sum(-1, keepdims=True) @ v @ wo[head]
    np.testing.assert_allclose(layer(query, value).numpy(), y, rtol=1e-10)
    np.testing.assert_array_equal(layer(query=query, value=value, key=value).numpy(), layer(query, value).numpy())


def test_scores_are_shares():
    layer = layer_of((None, 4, 5), (None, 6, 7))
    query, value = normal(2, 4, 5), normal(2, 6, 7)
    y, scores = layer(query, value, return_attention_scores=True)
    assert scores.shape == (2, 2, 4, 6) and (scores.numpy() >= 0).all()
    np.testing.assert_allclose(scores.numpy().sum(-1), 1, rtol=1e-12)
    np.testing.assert_allclose(y.numpy(), layer(query, value).numpy(), rtol=1e-10)


@pytest.mark.parametrize("scores", [False, True])
def test_a_later_token_changes_no_earlier_output(scores):
    layer = layer_of((None, 6, 5), (None, 6, 5))
    x = normal(2, 6, 5)
    changed = x.copy()
    changed[:, 3] += 10

    def output(x):
        y = layer(x, x, use_causal_mask=True, return_attention_scores=scores)
        return (y[0] if scores else y).numpy()

    before, after = output(x), output(changed)
    np.testing.assert_allclose(after[:, :3], before[:, :3], rtol=1e-12)
    assert (np.abs(after[:, 3:] - before[:, 3:]).max(axis=-1) > 1e-3).all()


def test_without_positions_the_order_of_tokens_means_nothing():
    layer = layer_of((None, 6, 5), (None, 6, 5))
    x, order = normal(2, 6, 5), RNG.permutation(6)
    np.testing.assert_allclose(layer(x[:, order], x[:, order]).numpy(), layer(x, x).numpy()[:, order], rtol=1e-10)


@pytest.mark.parametrize("scores", [False, True])
def test_masks_of_all_shapes_mean_the_same(scores):
    layer = layer_of((None, 4, 5), (None, 6, 5))
    query, value, mask = normal(2, 4, 5), normal(2, 6, 5), RNG.random((4, 6)) > 0.3
    mask[:, 0] = True

    def output(mask):
        y = layer(query, value, attention_mask=mask, return_attention_scores=scores)
        if scores:
            assert (y[1].numpy() > 0).tolist() == np.broadcast_to(mask, (2, 2, 4, 6)).tolist()
        return (y[0] if scores else y).numpy()

    first = output(mask)
    for same in (Tensor(mask), mask.astype(int), mask[None], np.stack([mask] * 2)[:, None]):
        np.testing.assert_array_equal(output(same), first)
    only = np.zeros((2, 4, 6), bool)
    only[..., 2] = True
    one_key = layer(query, value[:, 2:3]).numpy()
    y = layer(query, value, attention_mask=only).numpy()
    np.testing.assert_allclose(y, one_key, rtol=1e-12)


def test_a_query_that_may_look_at_nothing():
    layer = layer_of((None, 2, 3), (None, 5, 3))
    query, value = normal(1, 2, 3), normal(1, 5, 3)
    nothing = np.zeros((2, 5), bool)
    y, scores = layer(query, value, attention_mask=nothing, return_attention_scores=True)
    assert not scores.numpy().any()
    np.testing.assert_allclose(y.numpy(), np.broadcast_to(layer.get_weights()[-1], (1, 2, 3)))
    wv, bv, wo, bo = layer.get_weights()[4:]
    mean = np.einsum("bsd,dnh->bnh", value, wv).reshape(6) / 5 + bv.reshape(6)
    expected = mean @ wo.reshape(6, 3) + bo
    np.testing.assert_allclose(layer(query, value, attention_mask=nothing).numpy()[0], [expected, expected], rtol=1e-10)


def test_dropout_drops_a_share_of_the_scores_and_nothing_outside_training():
    layer = layer_of((None, 40, 5), (None, 40, 5), dropout=0.25, seed=1)
    x = normal(2, 40, 5)
    still = layer(x, x).numpy()
    np.testing.assert_allclose(layer(x, x, training=False).numpy(), still)
    y = layer(x, x, training=True).numpy()
    assert not np.allclose(y, still)
    assert not np.allclose(layer(x, x, training=True).numpy(), y)
    again = layers.MultiHeadAttention(2, 3, dropout=0.25, seed=1, dtype="float64")
    again.build((None, 40, 5), (None, 40, 5))
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(again(x, x, training=True).numpy(), y)


def test_all_ways_give_the_same_gradients():
    layer, slow = layer_of((None, 4, 5), (None, 4, 5)), layers.MultiHeadAttention(2, 3, dropout=1e-9, dtype="float64")
    slow.build((None, 4, 5), (None, 4, 5))
    slow.set_weights(layer.get_weights())
    x, g = Variable(normal(2, 4, 5)), normal(2, 4, 5)
    found = [
        gradients(ops.sum(each(x, x, use_causal_mask=True) * g), [x, *each.trainable_variables])
        for each in (layer, slow)
    ]
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_without_biases():
    layer = layer_of((None, 4, 5), (None, 4, 5), use_bias=False)
    assert [v.shape for v in layer.weights] == [(5, 2, 3), (5, 2, 3), (5, 2, 3), (2, 3, 5)]
    assert layer(np.zeros((1, 4, 5)), np.zeros((1, 4, 5))).numpy().any() == np.False_


def test_whole_numbers_float32_and_an_empty_batch():
    layer = layer_of((None, 4, 5), (None, 4, 5), dtype="float32")
    assert layer(np.ones((2, 4, 5), int), np.ones((2, 4, 5))).dtype == np.float32
    assert layer(np.ones((0, 4, 5)), np.ones((0, 4, 5))).shape == (0, 4, 5)
    assert layer.compute_output_shape((None, 4, 5), (None, 6, 5)) == (None, 4, 5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layers.MultiHeadAttention(0, 3), "num_heads is a whole number from 1, but got 0"),
        (lambda: layers.MultiHeadAttention(2, 1.5), "key_dim is a whole number from 1, but got 1.5"),
        (lambda: layers.MultiHeadAttention(2, 3, value_dim=-1), "value_dim is a whole number from 1, but got -1"),
        (lambda: layers.MultiHeadAttention(2, 3, dropout=2), "rate, the share that is dropped, is a number from 0"),
        (lambda: layers.MultiHeadAttention(2, 3, output_shape="5"), "output_shape is a size or several; .* got '5'"),
        (lambda: layers.MultiHeadAttention(2, 3, use_gate=True), "use_gate=True"),
        (lambda: layers.MultiHeadAttention(2, 3, attention_axes=1), "attention_axes=1"),
        (lambda: layers.MultiHeadAttention(2, 3)(np.ones((1, 2, 3))), r"For self-attention both are x: layer\(x, x\)"),
        (lambda: layers.MultiHeadAttention(2, 3)(np.ones((2, 3)), np.ones((2, 3))), r"Is the batch axis missing\?"),
        (lambda: Sequential([layers.MultiHeadAttention(2, 3)])(np.ones((2, 3, 4))), r"layer\(x, x\)"),
        (lambda: called(np.ones((2, 4, 6)), np.ones((2, 4, 5))), r"query \(2, 4, 6\) should be \(batch, places, 5\)"),
        (lambda: called(np.ones((2, 4, 5)), np.ones((3, 4, 5))), "need the same batch"),
        (lambda: called(np.ones((2, 4, 5)), np.ones((2, 4, 5)), np.ones((2, 3, 5))), "the same number of places"),
        (lambda: called(*[np.ones((2, 4, 5))] * 2, attention_mask=np.ones((2, 4))), r"attention_mask \(2, 4\) should"),
        (lambda: called(*[np.ones((2, 4, 5))] * 2, attention_mask=np.ones(4)), r"attention_mask \(4,\) should be"),
        (lambda: called(*[np.ones((2, 4, 5))] * 2, query_mask=np.ones((2, 4))), r"MultiHeadAttention\(query_mask"),
    ],
)  # fmt: skip
def test_bad_arguments(call, message):
    with pytest.raises((ValueError, TypeError, NotImplementedError), match=message):
        call()


def called(*x, **kwargs):
    return layer_of((None, 4, 5), (None, 4, 5))(*x, **kwargs)
