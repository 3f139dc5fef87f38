"""Add, Multiply, Concatenate and Permute: how branches meet, and axes that change places."""

import numpy as np
import pytest

from dlcore import Model, Variable, gradients, layers, ops

RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.standard_normal(shape)


def test_they_compute_what_they_say():
    a, b, c = normal(2, 3), normal(2, 3), normal(2, 3)
    x = [a, b, c]
    for result, expected in [
        (layers.Add(dtype="float64")(x), a + b + c),
        (layers.Multiply(dtype="float64")(x), a * b * c),
        (layers.Concatenate(dtype="float64")(x), np.concatenate(x, -1)),
        (layers.Concatenate(axis=1, dtype="float64")(tuple(x)), np.concatenate(x, 1)),
        (layers.add(x, dtype="float64"), a + b + c),
        (layers.multiply(x, dtype="float64"), a * b * c),
        (layers.concatenate(x, axis=0, dtype="float64"), np.concatenate(x, 0)),
        (layers.Add(dtype="float64")([a]), a),
    ]:
        np.testing.assert_array_equal(result.numpy(), expected)


def test_fewer_axes_are_filled_up_behind_the_batch():
    a, b = normal(2, 3, 4), normal(2, 4)
    np.testing.assert_array_equal(layers.Add(dtype="float64")([a, b]).numpy(), a + b[:, None])
    np.testing.assert_array_equal(layers.Multiply(dtype="float64")([b, a]).numpy(), a * b[:, None])


def test_an_input_used_twice_gets_both_shares():
    x = Variable(normal(2, 3))
    (g,) = gradients(ops.sum(layers.Multiply(dtype="float64")([x, x])), [x])
    np.testing.assert_allclose(g, 2 * x.numpy())
    (g,) = gradients(ops.sum(layers.Concatenate(dtype="float64")([x, x])), [x])
    np.testing.assert_array_equal(g, np.full((2, 3), 2.0))


def test_a_model_with_a_path_around_and_two_inputs():
    class Branches(Model):
        def __init__(self):
            super().__init__()
            self.first, self.second, self.last = layers.Dense(4, "relu"), layers.Dense(4), layers.Dense(1)
            self.meet, self.gate, self.join = layers.Add(), layers.Multiply(), layers.Concatenate()

        def call(self, a, b):
            h = self.first(a)
            h = self.meet([h, self.second(h)])
            return self.last(self.join([self.gate([h, a]), b]))

    model = Branches()
    model.compile("adam", "mse")
    x, y = [normal(32, 4), normal(32, 2)], normal(32, 1)
    losses = model.fit(x, y, epochs=10, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_permute():
    x = normal(2, 3, 4, 5)
    np.testing.assert_array_equal(layers.Permute((3, 1, 2), dtype="float64")(x).numpy(), x.transpose(0, 3, 1, 2))
    back = layers.Permute((2, 3, 1), dtype="float64")(layers.Permute((3, 1, 2), dtype="float64")(x))
    np.testing.assert_array_equal(back.numpy(), x)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layers.Add()(normal(2, 3)), r"called on a list of tensors, Add\(\)\(\[a, b\]\), but got one \(2, 3\)"),
        (lambda: layers.Concatenate()(normal(2, 3)), r"Concatenate\(\)\(\[a, b\]\)"),
        (lambda: layers.Add()([]), "called on a list of tensors"),
        (lambda: layers.Add()([normal(2, 3), normal(4, 3)]), r"same batch, but have the shapes \(2, 3\), \(4, 3\)"),
        (lambda: layers.Add()([normal(2, 3), normal(2, 4)]), r"add: shapes \(2, 3\) and \(2, 4\) don't fit together"),
        (lambda: layers.Multiply()([normal(2, 3), normal(2, 4)]), "multiply: shapes"),
        (lambda: layers.Concatenate()([normal(2, 3, 4), normal(2, 5, 4)]), "all other axes must have equal sizes"),
        (lambda: layers.Concatenate(axis=3)([normal(2, 3), normal(2, 3)]), "axis 3 does not exist"),
        (lambda: layers.Permute((0, 1)), r"names each axis of a sample once, counted from 1: .* but got \(0, 1\)"),
        (lambda: layers.Permute((1, 1)), "names each axis"),
        (lambda: layers.Permute(("a",)), "names each axis"),
        (lambda: layers.Permute((2, 1))(normal(2, 3)), r"input \(2, 3\) should have the batch and 2 axes"),
    ],
)  # fmt: skip
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
