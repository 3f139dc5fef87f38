"""The checker is tested first: a wrong gradient must be caught, and named where it looks like a known mistake."""

import numpy as np
import pytest

from dlcore import gradcheck, ops
from dlcore import tensor as tensor_module
from dlcore.tensor import Tensor, op


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def matmul_with(vjp):
    """A matrix product whose gradient is the given function of (g, x, w)."""

    @op
    def product(x, w):
        return x @ w, lambda g: vjp(g, x, w)

    return product


RIGHT = matmul_with(lambda g, x, w: (g @ w.T, x.T @ g))


@pytest.mark.parametrize("method", ["central", "complex"])
def test_a_right_gradient_passes(method):
    report = gradcheck.check(RIGHT, normal(4, 3), normal(3, 2), method=method)
    assert report.ok
    assert str(report).splitlines()[1].startswith("  x (4, 3): agrees to 1e-")


@pytest.mark.parametrize("method", ["central", "complex"])
@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        (lambda g, x, w: (3 * g @ w.T, x.T @ g), "x: the gradient is 3 times too large"),
        (lambda g, x, w: (g @ w.T / 2, x.T @ g), "x: the gradient is 2 times too small"),
        (lambda g, x, w: (g @ w.T, -x.T @ g), "w: the gradient has the wrong sign."),
        (lambda g, x, w: (g @ w.T, -5 * x.T @ g), "w: the gradient has the wrong sign and is 5 times too large"),
        (lambda g, x, w: ((g @ w.T).T, x.T @ g), "x: the gradient is transposed."),
        (lambda g, x, w: (x.T @ g, g @ w.T), "The gradients of w and x are swapped."),
        (lambda g, x, w: (np.zeros_like(x), x.T @ g), "x: the computed gradient is zero everywhere"),
        (lambda g, x, w: (np.full_like(x, np.nan), x.T @ g), "x: the gradient holds NaN"),
    ],
)
def test_injected_mistakes_are_caught_and_named(wrong, cause, method):
    with pytest.raises(gradcheck.GradientMismatch) as caught:
        gradcheck.check(matmul_with(wrong), normal(3, 3), normal(3, 3, seed=1), method=method)
    assert cause in str(caught.value)


def test_a_mistake_in_a_single_entry_is_caught():
    @op
    def mostly_right(x):
        def vjp(g):
            gx = 2 * g * x
            gx[1, 2] += 1e-3
            return (gx,)

        return x * x, vjp

    report = gradcheck.compare(mostly_right, normal(3, 4))
    assert not report.ok and report.rows[0].worst == (1, 2)
    assert "entry [1, 2]: computed" in str(report)


def test_a_missing_sum_over_a_broadcast_axis_is_caught(monkeypatch):
    monkeypatch.setattr(tensor_module, "unbroadcast", lambda g, shape: g)
    report = gradcheck.compare(ops.add, normal(4, 3), normal(3))
    assert not report.ok
    assert "x2: its gradient must have its own shape, (3,), but has (4, 3)." in str(report)
    assert "that sum is missing" in str(report)


def test_a_vector_jacobian_product_that_only_works_for_equal_g_is_caught():
    @op
    def softmax_by_diagonal(x):  # the diagonal of the Jacobian alone is right for no g but special ones
        y = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
        return y, lambda g: (g * y * (1 - y),)

    assert not gradcheck.compare(softmax_by_diagonal, normal(2, 3)).ok


def test_a_gradient_by_hand():
    def loss(w, b):
        return ((w + b) ** 2).mean()

    def right(w, b):
        g = 2 * (w + b) / w.size
        return g, g.sum(0)

    def forgot_the_mean(w, b):
        return 2 * (w + b), (2 * (w + b)).sum(0)

    w, b = normal(4, 5), normal(5)
    assert gradcheck.check(loss, w, b, gradient=right).ok
    report = str(gradcheck.compare(loss, w, b, gradient=forgot_the_mean))
    assert "20 times too large. 20 is also how many rows or numbers there are: did you sum" in report
    assert "that sum is missing" in str(gradcheck.compare(loss, w, b, gradient=lambda w, b: (right(w, b)[0],) * 2))
    with pytest.raises(ValueError, match="1 arrays, but there are 2 inputs"):
        gradcheck.check(loss, w, b, gradient=lambda w, b: w)
    with pytest.raises(ValueError, match="one number"):
        gradcheck.check(lambda w: w, w, gradient=lambda w: w)


def test_a_path_that_is_cut_is_named():
    report = gradcheck.compare(lambda x, w: ops.sum(x * Tensor(w.numpy())), normal(3), normal(3))
    assert "w: nothing flows back to it" in str(report)


def test_a_kink_is_named():
    report = gradcheck.compare(lambda x: ops.sum(ops.relu(x)), np.array([0.0, 1.0]))
    assert "kink at entry [0]" in str(report)


def test_labels_are_passed_on_unchecked_and_large_inputs_sampled():
    labels = np.array([0, 2])
    assert len(gradcheck.check(ops.sparse_softmax_cross_entropy, labels, normal(2, 3)).rows) == 1
    report = gradcheck.check(ops.square, normal(40, 40), max_entries=10)
    assert np.isfinite(report.rows[0].measured).sum() == 10
    with pytest.raises(ValueError, match="2.0 instead of 2"):
        gradcheck.check(ops.square, 2)
    with pytest.raises(ValueError, match="method must be"):
        gradcheck.check(ops.square, 2.0, method="symbolic")


def test_the_two_ways_to_measure():
    x = np.array([0.3, 1.0, 2.0])
    np.testing.assert_allclose(
        gradcheck.complex_step(lambda x: np.exp(x).sum() / x[0], x),
        np.exp(x) / x[0] - np.exp(x).sum() / x[0] ** 2 * np.array([1, 0, 0]),
        rtol=1e-14,
    )
    np.testing.assert_allclose(gradcheck.central_differences(lambda x: np.exp(x).sum(), x), np.exp(x), rtol=1e-9)
    assert gradcheck.check(ops.exp, 0.5).ok  # one number, no axis
    assert gradcheck.check(ops.exp, np.zeros((0, 2))).ok  # nothing to check, and nothing wrong


def test_a_function_without_a_slope_is_no_agreement():
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match="gives NaN or infinity here"):
        gradcheck.check(ops.log, -np.ones(3))


def test_a_function_that_leaves_the_tape_is_told_so():
    with pytest.raises(TypeError, match="must give a tensor, but gave ndarray. Compute it with ops"):
        gradcheck.check(lambda x: np.exp(x.numpy()), np.ones(3))


def test_a_python_number_keeps_its_digits():
    """Rounded to float32, a slope from central differences would have about two digits left."""
    gradcheck.check(lambda x: float((x**2).sum()), np.array([1.0, 2.0]), gradient=lambda x: 2 * x)


@pytest.mark.parametrize("x", [1e-7, 0.0])
def test_a_slope_that_can_t_be_measured_is_no_agreement(x):
    with np.errstate(all="ignore"):
        report = gradcheck.compare(ops.sqrt, np.array([4.0, x]))
        by_hand = gradcheck.compare(lambda x: np.sum(np.sqrt(x)), np.array([x]), gradient=lambda x: x + 123)
    assert not report.ok and not by_hand.ok
    assert "beside entry [1] the function gives NaN or infinity, so there is no slope" in str(report)


@pytest.mark.parametrize("n", [0, -1, 2.5])
def test_a_check_measures_one_entry_at_least(n):
    with pytest.raises(ValueError, match="max_entries is a whole number from 1, but got"):
        gradcheck.compare(ops.square, np.ones(2), max_entries=n)


def test_a_method_s_inputs_have_their_own_names():
    class Product:
        def of(self, a, b):
            return np.sum(a * b)

    report = gradcheck.compare(Product().of, np.ones(2), np.ones(2), gradient=lambda a, b: (b, 5 * a))
    assert [row.name for row in report.rows] == ["a", "b"]
    assert report.causes == ["b: the gradient is 5 times too large."]


@pytest.mark.parametrize("x", [np.array([1, 2, 300]), np.array([1, 2, 300], "float32"), [1.0, 2.0, 300.0]])
@pytest.mark.parametrize("measure", [gradcheck.central_differences, gradcheck.complex_step])
def test_slopes_are_measured_in_float64_whatever_comes(measure, x):
    np.testing.assert_allclose(measure(lambda x: (x**2).sum(), x), [2, 4, 600], rtol=1e-6)
    assert measure(lambda x: x**2, 3.0) == pytest.approx(6)
