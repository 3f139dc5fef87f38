"""Capsules: the routing against the procedure of the paper, written out in loops, and what it is for."""

import numpy as np
import pytest

from dlcore import Sequential, layers

RNG = np.random.default_rng(0)


def squashed(s):
    n = np.linalg.norm(s)
    return s * n / (1 + n * n)


def routed(u, W, rounds):
    """Procedure 1 of the paper for one sample: u (n, d), W (n, J, d, D)."""
    n, J = W.shape[:2]
    foretold = {(i, j): u[i] @ W[i, j] for i in range(n) for j in range(J)}
    b = np.zeros((n, J))
    for _ in range(rounds):
        c = np.exp(b) / np.exp(b).sum(1, keepdims=True)
        v = [squashed(sum(c[i, j] * foretold[i, j] for i in range(n))) for j in range(J)]
        b += [[foretold[i, j] @ v[j] for j in range(J)] for i in range(n)]
    return np.array(v), c


@pytest.mark.parametrize("rounds", [1, 2, 3, 5])
def test_routing_is_the_paper_s(rounds):
    layer = layers.Capsule(3, 4, routings=rounds, kernel_initializer="random_normal", dtype="float64")
    x = RNG.standard_normal((2, 5, 2))
    y = layer(20 * x).numpy()
    assert y.shape == (2, 3, 4)
    for sample, out in zip(20 * x, y, strict=True):
        np.testing.assert_allclose(out, routed(sample, layer.kernel.numpy(), rounds)[0], rtol=1e-5, atol=1e-7)


def test_lengths_are_below_one():
    layer = layers.Capsule(3, 4, kernel_initializer="random_normal")
    lengths = np.linalg.norm(layer(1000 * RNG.standard_normal((2, 5, 2)).astype("float32")).numpy(), axis=-1)
    assert (lengths < 1).all() and (lengths > 0.9).all()


def test_capsules_that_agree_are_heard():
    """Two of three foretell the same for the first capsule, and no two agree about the second."""
    W = np.zeros((3, 2, 1, 2))
    W[:, 0, 0] = [[4, 0], [4, 0], [-4, 0]]
    W[:, 1, 0] = [[4, 0], [-2, 3.5], [-2, -3.5]]
    layer = layers.Capsule(2, 2, routings=5, dtype="float64")
    x = np.ones((1, 3, 1))
    layer(x)
    layer.set_weights([W])
    first, second = np.linalg.norm(layer(x).numpy()[0], axis=-1)
    assert first > 0.9
    _, c = routed(x[0], W, 5)
    assert (c[:2, 0] > 0.99).all() and c[2, 0] < 0.05  # the one that contradicts goes elsewhere
    layer.routings = 1
    assert np.linalg.norm(layer(x).numpy()[0], axis=-1)[0] < first


def test_it_learns_and_can_be_regularized():
    model = Sequential([layers.Reshape((6, 2)), layers.Capsule(2, 4, kernel_regularizer="l2"), layers.Flatten(),
                        layers.Dense(1)], seed=0)  # fmt: skip
    model.compile("adam", "mse")
    x, y = RNG.standard_normal((32, 12)).astype("float32"), RNG.standard_normal((32, 1)).astype("float32")
    losses = model.fit(x, y, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0] and len(model.losses) == 1


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda: layers.Capsule(0, 4), "num_capsule is a whole number from 1, but got 0"),
        (lambda: layers.Capsule(2, 4.5), "dim_capsule is a whole number from 1, but got 4.5"),
        (lambda: layers.Capsule(2, 4, routings=0), "routings is a whole number from 1, but got 0"),
        (lambda: layers.Capsule(2, 4)(np.ones((2, 3))), r"\(None, 3\) should be \(batch, capsules, numbers in each\)"),
        (lambda: layers.Capsule(2, 4)(np.ones((2, 3, 4, 5))), "Is a Reshape missing before it?"),
    ],
)
def test_messages(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_another_shape_is_refused():
    layer = layers.Capsule(2, 4)
    layer(np.ones((1, 3, 5), "float32"))
    with pytest.raises(
        ValueError, match=r"input \(1, 3, 6\) should be \(batch, 3, 5\), for which its kernel was built"
    ):
        layer(np.ones((1, 3, 6), "float32"))
