"""GradientTape: TensorFlow's way of writing gradients, and a record that is dropped once it has been used."""

import gc
import weakref

import numpy as np
import pytest

from dlcore import (
    GradientTape,
    Input,
    Sequential,
    Tensor,
    Variable,
    gradients,
    layers,
    losses,
    no_grad,
    ops,
    optimizers,
)
from dlcore.tensor import backpropagate

X = np.random.default_rng(0).standard_normal((20, 3)).astype("float32")
Y = (X[:, :1] * 2 + 1).astype("float32")


def test_a_loop_as_in_tensorflow():
    model = Sequential([Input((3,)), layers.Dense(8, "tanh"), layers.Dense(1)], seed=0)
    loss_fn, optimizer, seen = losses.MeanSquaredError(), optimizers.Adam(0.03), []
    for _ in range(80):
        with GradientTape() as tape:
            loss = loss_fn(Y, model(X, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        seen.append(loss.item())
    assert seen[-1] < 0.05 * seen[0]


def test_it_gives_what_gradients_gives():
    w, b = Variable([1.0, 2.0]), Variable([3.0])
    with GradientTape() as tape:
        y = ops.sum(w * w * b)
    for ours, theirs in zip(gradients(y, [w, b]), tape.gradient(y, [w, b]), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_result_has_the_structure_of_the_sources():
    w, b, other = Variable([1.0, 2.0]), Variable([3.0]), Variable([1.0])
    with GradientTape(persistent=True) as tape:
        y = ops.sum(w * b)
    assert tape.gradient(y, w).tolist() == [3, 3]
    found = tape.gradient(y, {"w": w, "rest": (b, other)})
    assert found["w"].tolist() == [3, 3] and found["rest"][0].tolist() == [3] and found["rest"][1] is None
    assert tape.gradient(y, [w, w])[1].tolist() == [3, 3]


def test_targets_of_many_numbers_and_several_targets_are_summed():
    w = Variable([1.0, 2.0])
    with GradientTape() as tape:
        y = w * w
        z = y * 3.0
    assert tape.gradient([y, z], w).tolist() == [8, 16]


def test_watching_a_tensor():
    x = Tensor([1.0, 2.0])
    with GradientTape() as tape:
        tape.watch([x])
        y = x * x
    assert tape.gradient(y, x).tolist() == [2, 4]


def test_nothing_to_find_is_none():
    w = Variable([1.0])
    with GradientTape(persistent=True) as tape:
        with no_grad():
            unrecorded = w * 2
        constant = Tensor([1.0]) * 2
    assert tape.gradient(unrecorded, [w]) == [None] and tape.gradient(constant, w) is None


def test_a_tape_is_used_once_unless_it_is_persistent():
    w = Variable([2.0])
    with GradientTape() as tape:
        y = w * w
        z = y * w
    assert tape.gradient(y, w).tolist() == [4]
    with pytest.raises(
        RuntimeError, match=r"used already. For a second gradient, make it GradientTape\(persistent=True"
    ):
        tape.gradient(y, w)
    with pytest.raises(RuntimeError, match="was dropped by an earlier gradient"):
        gradients(z, [w])  # z was computed from y, whose record is gone
    with GradientTape(persistent=True) as tape:
        y = w * w
    assert [tape.gradient(y, w).tolist() for _ in range(2)] == [[4], [4]]


@pytest.mark.parametrize(
    ("do", "kind", "message"),
    [
        (
            lambda tape: tape.watch(X),
            TypeError,
            r"watch needs a Tensor of floats, but got ndarray of float32: write x =",
        ),
        (lambda tape: tape.watch(Tensor([1])), TypeError, "but got Tensor of int64"),
        (lambda tape: tape.watch(1.0), TypeError, "but got float"),
        (lambda tape: tape.gradient(3.0, Variable([1.0])), TypeError, "differentiates a tensor, but target is 3.0"),
    ],
)
def test_mistakes_are_named(do, kind, message):
    with GradientTape() as tape, pytest.raises(kind, match=message):
        do(tape)


def test_two_tapes_at_once_may_need_one_record():
    """The generator and the discriminator of a GAN: both losses contain D(G(z))."""
    g, d = Variable([2.0]), Variable([3.0])
    with GradientTape() as of_g, GradientTape() as of_d:
        fake = g * g
        judged = d * fake
        loss_g, loss_d = -judged, judged + d
    assert of_g.gradient(loss_g, [g])[0].tolist() == [-12]
    assert of_d.gradient(loss_d, [d])[0].tolist() == [5]


def test_a_gradient_of_a_gradient_is_refused():
    """Taken for a constant, the penalty of a WGAN-GP would have no gradient, without a word."""
    w = Variable([2.0])
    with GradientTape(), pytest.raises(NotImplementedError, match="inside the block of another tape.* no gradients of"):
        with GradientTape() as inner:
            y = w * w * w
        inner.gradient(y, w)
    assert inner.gradient(y, w).tolist() == [12]  # it can be taken once the outer one has ended
    with GradientTape(persistent=True) as tape:
        y = w * w
        assert tape.gradient(y, w).tolist() == [4]  # its own block is no obstacle


def chain(seen):
    """Ten arrays, each computed from the last; `seen` gets a weak reference to each record."""
    x = Variable(np.ones(1000, "float32"))
    y = x
    for _ in range(10):
        y = ops.tanh(y)
        seen.append(weakref.ref(y))
    return x, ops.sum(y)


def test_the_record_is_dropped_while_it_is_walked_back():
    gc.collect()
    gc.disable()  # arrays must go at once, not when the garbage collector comes
    try:
        seen, alive = [], []
        x, y = chain(seen)
        for _ in backpropagate(y, keep=False):
            alive.append(sum(ref() is not None for ref in seen))
        assert alive[0] == 10 and alive[-1] <= 1 and alive == sorted(alive, reverse=True)
        seen.clear()
        x, y = chain(seen)
        gradients(y, [x])
        assert all(ref() is not None for ref in seen)  # kept unless told otherwise
    finally:
        gc.enable()
