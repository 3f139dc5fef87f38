"""The layers ReLU, LeakyReLU, PReLU, ELU and Softmax: values, weights, messages (the contract is in test_layers.py)."""

import numpy as np
import pytest

from dlcore import layers

X = np.array([[-2.0, -0.5, 0.0, 1.0, 8.0]], "float32")


def grown(layer):
    layer(X)
    return layer


@pytest.mark.parametrize(
    "layer, expected",
    [
        (layers.ReLU(), [0, 0, 0, 1, 8]),
        (layers.ReLU(6), [0, 0, 0, 1, 6]),
        (layers.ReLU(negative_slope=0.5, threshold=1.5), [-1.75, -1, -0.75, -0.25, 8]),
        (layers.LeakyReLU(), [-0.6, -0.15, 0, 1, 8]),
        (layers.PReLU(), [0, 0, 0, 1, 8]),
        (layers.PReLU("ones"), [-2, -0.5, 0, 1, 8]),
        (layers.ELU(0.5), [0.5 * np.expm1(-2), 0.5 * np.expm1(-0.5), 0, 1, 8]),
    ],
)
def test_values(layer, expected):
    np.testing.assert_allclose(layer(X).numpy()[0], expected, rtol=1e-6)


def test_softmax_sums_to_one_along_its_axis():
    x = np.random.default_rng(0).standard_normal((2, 3, 4)).astype("float32")
    np.testing.assert_allclose(layers.Softmax(axis=1)(x).numpy().sum(1), 1, rtol=1e-6)


def test_slopes_are_learned_for_each_place_or_shared():
    x = np.ones((2, 4, 5, 3), "float32")
    for shared, shape in [(None, (4, 5, 3)), ([1, 2], (1, 1, 3)), (3, (4, 5, 1))]:
        layer = layers.PReLU(shared_axes=shared, alpha_regularizer="l2")
        assert layer(x).shape == x.shape
        assert layer.alpha.shape == shape and layer.alpha.trainable and len(layer.losses) == 1


@pytest.mark.parametrize(
    "wrong, error, message",
    [
        (lambda: layers.ReLU(max_value=-1), ValueError, "ReLU .*: max_value is a number from 0, but got -1"),
        (
            lambda: layers.ReLU(negative_slope=None),
            ValueError,
            "ReLU .*: negative_slope is a number from 0, but got None",
        ),
        (lambda: layers.LeakyReLU(-0.1), ValueError, "LeakyReLU .*: negative_slope is a number from 0, but got -0.1"),
        (lambda: layers.ELU("1"), ValueError, "ELU .*: alpha is a number from 0, but got '1'"),
        (lambda: layers.PReLU(shared_axes=[2])(X), ValueError, r"shared axis 2 is not there in an input \(None, 5\)"),
        (lambda: layers.PReLU(shared_axes=[0])(X), ValueError, "or is its batch"),
        (
            lambda: grown(layers.PReLU())(-X[:, :1]),
            ValueError,
            r"input \(1, 1\) does not fit its alpha, \(5,\) for",
        ),
        (lambda: grown(layers.PReLU())(X[:, None]), ValueError, r"does not fit its alpha, \(5,\) for each sample"),
        (lambda: layers.PReLU(alpha_constraint="non_neg"), NotImplementedError, "dlcore leaves it out"),
        (lambda: layers.Softmax(axis=3)(X), ValueError, "axis"),
    ],
)
def test_messages(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()
