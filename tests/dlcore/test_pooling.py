"""Pooling, padding, up-sampling: against plain loops, ties, edges, and what is said when something doesn't fit."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcore import Tensor, layers, ops

RNG = np.random.default_rng(0)
few = settings(max_examples=25, derandomize=True, deadline=None)


def by_loops(x, size, strides, padding, reduce):
    """Each window cut out of the image, without what lies over its edge, and reduced."""
    out, before = [], []
    for n, k, s in zip(x.shape[1:3], size, strides):
        out.append(-(-n // s) if padding == "same" else (n - k) // s + 1)
        before.append(max((out[-1] - 1) * s + k - n, 0) // 2 if padding == "same" else 0)
    y = np.empty((len(x), *out, x.shape[-1]))
    for p, q in np.ndindex(*out):
        starts = [i * s - b for i, s, b in zip((p, q), strides, before)]
        rows, columns = (slice(max(start, 0), start + k) for start, k in zip(starts, size))
        y[:, p, q] = reduce(x[:, rows, columns], axis=(1, 2))
    return y


a_pair = st.tuples(st.integers(1, 4), st.integers(1, 4))


@few
@given(size=a_pair, strides=a_pair, padding=st.sampled_from(["valid", "same"]), seed=st.integers(0, 99))
def test_pools_are_what_the_definition_says(size, strides, padding, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((2, *rng.integers(4, 9, 2), 3)) - 5  # below zero: padding with zeros would show
    for operation, reduce in ((ops.max_pool, np.max), (ops.average_pool, np.mean)):
        y = operation(x, size, strides, padding).numpy()
        np.testing.assert_allclose(y, by_loops(x, size, strides, padding, reduce), rtol=1e-13)


def slope(x, *args, **kwargs):
    t = Tensor(np.array(x, dtype=np.float64), requires_grad=True)
    ops.sum(ops.max_pool(t, *args, **kwargs)).backward()
    return t.grad


@few
@given(size=a_pair, strides=a_pair, padding=st.sampled_from(["valid", "same"]), seed=st.integers(0, 99))
def test_the_first_of_a_tie_gets_it_all(size, strides, padding, seed):
    """Small whole numbers tie often; the first in reading order is found window by window."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 3, (1, *rng.integers(4, 8, 2), 1)).astype(float)
    places = np.arange(x.size, dtype=float).reshape(x.shape)
    first = by_loops(1000 * x - places, size, strides, padding, np.max)  # the largest x, then the smallest place
    expected = np.zeros(x.size)
    np.add.at(expected, (-first % 1000).astype(int).ravel(), 1)
    np.testing.assert_array_equal(slope(x, size, strides, padding).ravel(), expected)


def test_known_numbers():
    x = np.array([[1, 2, 0, 5], [3, 3, 4, 4]], float).reshape(1, 2, 4, 1)
    assert ops.max_pool(x, 2).numpy().ravel().tolist() == [3, 5]
    assert ops.average_pool(x, 2).numpy().ravel().tolist() == [2.25, 3.25]
    assert slope(x, 2).reshape(2, 4).tolist() == [[0, 0, 0, 1], [1, 0, 0, 0]]
    assert ops.average_pool(x, 2, 2, "same").shape == (1, 1, 2, 1)
    assert ops.average_pool(np.ones((1, 3, 3, 1)), 2, 1, "same").numpy().ravel().tolist() == [1] * 9


def test_a_sequence_is_an_image_of_height_one():
    x = RNG.standard_normal((2, 7, 3))
    for operation in (ops.max_pool, ops.average_pool):
        y = operation(x, 3, 2, "same").numpy()
        np.testing.assert_array_equal(y, operation(x[:, None], (1, 3), (1, 2), "same").numpy()[:, 0])


@pytest.mark.parametrize("size", [2, 3, 5, 6, 7, 8, 10**12])
def test_windows_larger_than_the_input(size):
    for n, stride in itertools.product([1, 2, 3, 4], [1, 2, 3, size]):
        x = RNG.standard_normal((1, n, 1, 1)) - 5
        for operation, reduce in ((ops.max_pool, np.max), (ops.average_pool, np.mean)):
            y = operation(x, (size, 1), (stride, 1), "same").numpy()
            np.testing.assert_allclose(y, by_loops(x, (size, 1), (stride, 1), "same", reduce), rtol=1e-13)


def test_nan_is_not_hidden():
    x = np.zeros((1, 4, 4, 1))
    x[0, 1, 1] = np.nan
    for operation in (ops.max_pool, ops.average_pool):
        assert np.isnan(operation(x, 2).numpy()).ravel().tolist() == [True, False, False, False]
    y = layers.UpSampling2D()(x.astype("float32")).numpy()
    assert np.isnan(y).sum() == 4  # nearest copies, and nothing leaks into other pixels


@few
@given(n=st.integers(1, 5), times=st.integers(1, 4))
def test_up_sampling(n, times):
    x = RNG.standard_normal((2, n, 3, 2)).astype("float32")
    y = layers.UpSampling2D((times, 2))(x).numpy()
    np.testing.assert_array_equal(y, x.repeat(times, axis=1).repeat(2, axis=2))
    line = np.linspace(0, 1, n, dtype="float32").reshape(1, n, 1, 1)
    y = layers.UpSampling2D((times, 1), interpolation="bilinear")(line).numpy().ravel()
    places = (np.arange(n * times) + 0.5) / times - 0.5
    np.testing.assert_allclose(y, np.interp(places, np.arange(n), line.ravel()), atol=1e-6)


def test_padding_stands_around():
    y = layers.ZeroPadding2D(((1, 0), (0, 2)))(np.ones((1, 1, 2, 1), "float32")).numpy()[0, ..., 0]
    assert y.tolist() == [[0, 0, 0, 0], [1, 1, 0, 0]]
    assert layers.ZeroPadding2D((1, 2))(np.ones((1, 3, 3, 1))).shape == (1, 5, 7, 1)


def test_global_pools():
    x = RNG.standard_normal((2, 3, 4, 5)).astype("float32")
    np.testing.assert_allclose(layers.GlobalAveragePooling2D()(x).numpy(), x.mean((1, 2)), rtol=1e-6)
    np.testing.assert_array_equal(layers.GlobalMaxPooling2D(keepdims=True)(x).numpy(), x.max((1, 2), keepdims=True))


def test_an_empty_batch_gives_an_empty_batch():
    x = np.zeros((0, 4, 4, 2), "float32")
    for layer in (layers.MaxPooling2D(), layers.AveragePooling2D(2), layers.UpSampling2D(), layers.ZeroPadding2D()):
        assert layer(x).shape[0] == 0


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: layers.MaxPooling2D(name="p")(np.ones((2, 28, 28))),
         r"MaxPooling2D 'p': input \(2, 28, 28\) should be \(batch, height, width, channels\). Is the channel axis"),
        (lambda: layers.MaxPooling1D()(np.ones((2, 4, 4, 1))), r"should be \(batch, length, channels\)"),
        (lambda: layers.GlobalMaxPooling2D()(np.ones((2, 4))), r"should be \(batch, height, width, channels\)"),
        (lambda: layers.MaxPooling2D(3, name="p")(np.ones((1, 4, 2, 1))),
         "MaxPooling2D 'p': max_pool: .* a window of 3 is larger than the input's 2 along that axis"),
        (lambda: layers.MaxPooling2D(0), "pool_size is a whole number from 1 or 2 of them, but got 0"),
        (lambda: layers.AveragePooling1D((2, 2)), r"pool_size is a whole number from 1, but got \(2, 2\)"),
        (lambda: layers.MaxPooling2D(2, strides=-1), "strides is a whole number from 1 or 2 of them, but got -1"),
        (lambda: layers.MaxPooling2D(padding="full"), "padding is 'valid' or 'same', but got 'full'"),
        (lambda: layers.MaxPooling2D(data_format="channels_first"), "dlcore leaves it out"),
        (lambda: layers.UpSampling2D(data_format="channels_first"), "dlcore leaves it out"),
        (lambda: layers.GlobalMaxPooling1D(data_format="channels_first"), "dlcore leaves it out"),
        (lambda: layers.UpSampling2D(interpolation="bicubic"), "Keras has this argument, dlcore leaves it out"),
        (lambda: layers.UpSampling2D(interpolation="linear"), "interpolation is 'nearest' or 'bilinear'"),
        (lambda: layers.ZeroPadding2D(-1), "padding is a whole number from 0, or"),
        (lambda: layers.ZeroPadding2D((1, 2, 3)), r"or \(\(above, below\), \(left, right\)\), but got \(1, 2, 3\)"),
        (lambda: ops.max_pool(np.ones((4, 4)), 2), r"max_pool: input \(4, 4\) should be"),
        (lambda: ops.max_pool(np.ones((1, 4, 4, 1)), (2, 2, 2)), "should be of 3 or 4 axes"),
        (lambda: ops.average_pool(np.ones((1, 4, 4, 1)), 2, padding="causal"), "padding is 'valid' or 'same'"),
        (lambda: ops.max_pool(np.ones((1, 4, 1)), 2, padding="causal"), "max_pool: .* 'causal', .* for convolutions"),
        (lambda: ops.average_pool(np.ones((1, 4, 1)), 2, padding="causal"), "'causal'.*meant for the Conv1D"),
        (lambda: ops.pad(np.ones(3), 1, mode="reflect"), "dlcore leaves it out"),
    ],
)  # fmt: skip
def test_messages(make, message):
    with pytest.raises((ValueError, TypeError, NotImplementedError), match=message):
        make()
