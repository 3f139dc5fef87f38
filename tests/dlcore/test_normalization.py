"""Normalization: the operations against their plain form, the layers' properties, moving statistics, messages."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from dlcore import Sequential, Tensor, gradients, layers, ops

RNG = np.random.default_rng(0)
few = settings(max_examples=25, derandomize=True, deadline=None)


def standardized(x, axes, epsilon):
    """The formula as it stands in the books."""
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + epsilon)


def along(v, axes, ndim):
    """v with an axis of size 1 wherever x has an axis that is not among `axes`."""
    shape = iter(v.shape)
    return v.reshape([next(shape) if a in axes else 1 for a in range(ndim)])


# ---------------------------------------------------------------- operations


@given(shape=array_shapes(min_dims=1, max_dims=4, max_side=6), data=st.data())
@few
def test_rows_equal_the_plain_form(shape, data):
    rng = np.random.default_rng(sum(shape))
    axes = tuple(sorted(data.draw(st.sets(st.integers(0, len(shape) - 1), min_size=1))))
    x = rng.standard_normal(shape)
    gamma, beta = rng.standard_normal((2, *(shape[a] for a in axes)))
    scale, offset = along(gamma, axes, x.ndim), along(beta, axes, x.ndim)
    ours = ops.layer_normalization(x, gamma, beta, axis=axes, epsilon=1e-3)
    np.testing.assert_allclose(ours.data, standardized(x, axes, 1e-3) * scale + offset, rtol=0, atol=1e-11)
    root = np.sqrt((x * x).mean(axes, keepdims=True) + 1e-3)
    np.testing.assert_allclose(ops.rms_normalization(x, gamma, axes, 1e-3).data, x / root * scale, rtol=0, atol=1e-11)


@given(shape=array_shapes(min_dims=2, max_dims=4, max_side=6), data=st.data())
@few
def test_batch_equals_the_plain_form_and_tells_its_moments(shape, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    rng = np.random.default_rng(sum(shape))
    x, (gamma, beta) = rng.standard_normal(shape), rng.standard_normal((2, shape[axis]))
    others = tuple(a for a in range(x.ndim) if a != axis % x.ndim)
    told = []
    ours = ops.normalize_batch(x, gamma, beta, axis=axis, told=lambda *both: told.extend(both))
    scale, offset = (along(v, (axis % x.ndim,), x.ndim) for v in (gamma, beta))
    np.testing.assert_allclose(ours.data, standardized(x, others, 1e-3) * scale + offset, rtol=0, atol=1e-11)
    np.testing.assert_allclose(told, [x.mean(others), x.var(others)], rtol=0, atol=1e-13)
    mean, variance = ops.moments(x, others)
    given_moments = ops.batch_normalization(x, mean, variance, axis, beta, gamma)
    np.testing.assert_allclose(given_moments.data, ours.data, rtol=0, atol=1e-11)


def test_fused_gradients_equal_those_of_the_composition():
    x, gamma, beta = (Tensor(RNG.standard_normal(s), requires_grad=True) for s in [(6, 4, 5), (5,), (5,)])
    weight = RNG.standard_normal((6, 4, 5))
    for fused, axes in [(ops.normalize_batch, (0, 1)), (ops.layer_normalization, (2,))]:
        mean, variance = ops.mean(x, axes, keepdims=True), ops.var(x, axes, keepdims=True)
        composed = (x - mean) / ops.sqrt(variance + 1e-3) * gamma + beta
        for plain, ours in zip(
            gradients(ops.sum(composed * weight), [x, gamma, beta]),
            gradients(ops.sum(fused(x, gamma, beta, epsilon=1e-3) * weight), [x, gamma, beta]),
            strict=True,
        ):
            np.testing.assert_allclose(ours, plain, rtol=0, atol=1e-11)


def test_a_large_mean_does_not_drown_the_variance():
    x = (1000 + RNG.standard_normal((512, 64))).astype("float32")
    for y, axis in [(ops.normalize_batch(x), 0), (ops.layer_normalization(x), 1)]:
        np.testing.assert_allclose(y.data.mean(axis), 0, atol=1e-3)
        np.testing.assert_allclose(y.data.std(axis), 1, atol=2e-3)


def test_no_samples_and_whole_numbers():
    for kind in (layers.LayerNormalization, layers.RMSNormalization, layers.BatchNormalization):
        layer = kind(dtype="float64")
        y = layer(np.arange(10).reshape(2, 5))
        assert y.dtype == "float64" and np.isfinite(y.data).all()
        assert layer(np.zeros((0, 5))).shape == (0, 5)
    x = Tensor(np.zeros((0, 5)), requires_grad=True)
    gamma = Tensor(np.ones(5), requires_grad=True)
    empty, zeros = gradients(ops.sum(ops.layer_normalization(x, gamma)), [x, gamma])
    assert empty.shape == (0, 5) and zeros.tolist() == [0] * 5


@pytest.mark.parametrize("name", ["layer_normalization", "rms_normalization", "normalize_batch"])
def test_no_gradient_for_what_needs_none(name):
    gamma = Tensor(np.ones(3), requires_grad=True)
    y = getattr(ops, name)(RNG.standard_normal((4, 3)), gamma)
    (to_x, to_gamma, *_) = y.vjp(np.ones((4, 3)))
    assert callable(to_x) and to_gamma().shape == (3,)


# ---------------------------------------------------------------- layers


def test_layer_normalization_does_not_see_a_shift_or_a_scale_of_a_sample():
    layer = layers.LayerNormalization(epsilon=1e-9, dtype="float64")
    x = RNG.standard_normal((4, 6))
    np.testing.assert_allclose(layer(3 * x + 5).numpy(), layer(x).numpy(), atol=1e-7)
    rms = layers.RMSNormalization(epsilon=1e-12, dtype="float64")
    np.testing.assert_allclose(rms(3 * x).numpy(), rms(x).numpy(), atol=1e-7)


def test_groups_lie_between_one_sample_and_one_channel():
    x = RNG.standard_normal((2, 3, 4, 6))
    for groups in (1, 2, 3, 6, -1):
        y = layers.GroupNormalization(groups, dtype="float64")(x).numpy()
        n = 6 // (groups if groups > 0 else 6)
        for first in range(0, 6, n):
            part = x[..., first : first + n]
            np.testing.assert_allclose(y[..., first : first + n], standardized(part, (1, 2, 3), 1e-3), atol=1e-12)


def test_group_normalization_along_another_axis():
    x = RNG.standard_normal((2, 6, 4))
    y = layers.GroupNormalization(3, axis=1, dtype="float64")(x).numpy()
    z = layers.GroupNormalization(3, dtype="float64")(x.transpose(0, 2, 1)).numpy()
    np.testing.assert_allclose(y, z.transpose(0, 2, 1), atol=1e-13)


def test_batch_normalization_in_training_and_out_of_it():
    layer = layers.BatchNormalization(momentum=0.9, dtype="float64")
    x = 3 + 2 * RNG.standard_normal((50, 4))
    np.testing.assert_allclose(layer(x).numpy(), x / np.sqrt(1.001))  # moving statistics: mean 0, variance 1
    np.testing.assert_array_equal(layer.moving_mean.numpy(), 0)
    y = layer(x, training=True).numpy()
    np.testing.assert_allclose(y.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(layer.moving_mean.numpy(), 0.1 * x.mean(0))
    np.testing.assert_allclose(layer.moving_variance.numpy(), 0.9 + 0.1 * x.var(0))  # biased: divided by n
    for _ in range(200):
        layer(x, training=True)
    np.testing.assert_allclose(layer(x).numpy(), y, atol=1e-6)
    assert [v.name for v in layer.weights] == ["gamma", "beta", "moving_mean", "moving_variance"]
    assert [v.name for v in layer.trainable_variables] == ["gamma", "beta"]


def test_a_frozen_batch_normalization_stays_as_it_is():
    layer = layers.BatchNormalization()
    x = RNG.standard_normal((8, 3)).astype("float32")
    layer(x, training=True)
    layer.trainable = False
    before, y = layer.get_weights(), layer(x).numpy()
    np.testing.assert_array_equal(layer(x, training=True).numpy(), y)
    for a, b in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_prediction_does_not_depend_on_the_samples_beside_it():
    model = Sequential([layers.Dense(4), layers.BatchNormalization(), layers.Dense(1)], seed=0)
    model.compile("sgd", "mse")
    x, y = RNG.standard_normal((32, 3)).astype("float32"), RNG.standard_normal((32, 1)).astype("float32")
    model.fit(x, y, epochs=2, verbose=0)
    np.testing.assert_allclose(model.predict(x)[:1], model.predict(x[:1]), rtol=1e-5)
    assert not np.array_equal(model.layers[1].moving_mean.numpy(), np.zeros(4))


def test_parts_that_are_left_out():
    x = RNG.standard_normal((4, 6)).astype("float32")
    for kind in (layers.BatchNormalization, layers.LayerNormalization, layers.GroupNormalization):
        more = {"groups": 2} if kind is layers.GroupNormalization else {}
        for center, scale in [(True, False), (False, True), (False, False)]:
            layer = kind(center=center, scale=scale, **more)
            layer(x, training=True)
            names = [v.name for v in layer.trainable_variables]
            assert names == ["gamma"] * scale + ["beta"] * center


def test_regularizers_and_initializers():
    layer = layers.LayerNormalization(gamma_initializer="zeros", beta_initializer="ones", beta_regularizer="l2")
    x = RNG.standard_normal((4, 6)).astype("float32")
    np.testing.assert_array_equal(layer(x).numpy(), np.ones((4, 6)))
    assert [t.item() for t in layer.losses] == pytest.approx([0.06])
    layer = layers.BatchNormalization(moving_mean_initializer="ones", moving_variance_initializer="ones", epsilon=0.0)
    np.testing.assert_allclose(layer(x).numpy(), x - 1, atol=1e-6)


def test_features_over_several_axes():
    x = RNG.standard_normal((2, 3, 4)).astype("float32")
    layer = layers.LayerNormalization(axis=[1, 2])
    assert layer(x).shape == x.shape and layer.gamma.shape == (3, 4)


FIVE = np.ones((2, 5), "float32")


@pytest.mark.parametrize(
    "wrong, message",
    [
        (
            lambda: layers.LayerNormalization(axis="last"),
            "axis is a whole number, or several in a list, but got 'last'",
        ),
        (lambda: layers.LayerNormalization(axis=3)(FIVE), r"axis 3 is not there in an input \(None, 5\)"),
        (lambda: layers.LayerNormalization(axis=0)(FIVE), "or is its batch"),
        (lambda: layers.LayerNormalization()(FIVE[0]), r"One sample x goes in as x\[None\]"),
        (lambda: layers.LayerNormalization(axis=[2, 1])(FIVE[None]), r"ascending order and each once, not \[2, 1\]"),
        (
            lambda: layers.LayerNormalization(epsilon=-1),
            "LayerNormalization .*: epsilon is a number from 0, but got -1",
        ),
        (lambda: layers.LayerNormalization().build((None, None)), "must be known, but the input is"),
        (lambda: layers.BatchNormalization(axis=[1, 2]), "the one of the channels, a whole number, but got"),
        (lambda: layers.BatchNormalization(momentum=1.5), "momentum is a number from 0 to 1, but got 1.5"),
        (lambda: layers.BatchNormalization()(FIVE[:0], training=True), r"\(0, 5\), and an empty batch has no mean"),
        (lambda: layers.GroupNormalization(3)(FIVE), "5 channels can't be divided into 3 groups"),
        (lambda: layers.GroupNormalization()(FIVE), "5 channels can't be divided into 32 groups"),
        (lambda: layers.GroupNormalization(0), "groups is a whole number from 1, but got 0"),
        (lambda: layers.LayerNormalization()(FIVE[:, :0]), r"x has shape \(2, 0\), with no numbers along axis -1"),
        (lambda: layers.BatchNormalization()(FIVE[:, :0], training=True), "there is nothing to normalize"),
        (lambda: ops.layer_normalization(FIVE, np.ones(4)), r"parameters of shape \(5,\), but one has \(4,\)"),
    ],
)
def test_messages(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


@pytest.mark.parametrize("kind", ["BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization"])
def test_another_number_of_channels_is_refused(kind):
    layer = getattr(layers, kind)(**{"groups": -1} if kind == "GroupNormalization" else {})
    layer(FIVE)
    with pytest.raises(ValueError, match=r"input \(2, 4\) has \(4,\) along axis -1, but .* built for \(5,\)"):
        layer(FIVE[:, :4])


@pytest.mark.parametrize(
    "kind, argument",
    [
        ("BatchNormalization", {"renorm": True}),
        ("BatchNormalization", {"synchronized": True}),
        ("LayerNormalization", {"rms_scaling": True}),
        ("GroupNormalization", {"gamma_constraint": "non_neg"}),
    ],
)
def test_arguments_left_out_are_refused(kind, argument):
    with pytest.raises(NotImplementedError, match="dlcore leaves it out"):
        getattr(layers, kind)(**argument)
