"""Activations: values worked out by hand, one shape in and out, names."""

import math

import numpy as np
import pytest

from dlcore import activations, gradcheck
from dlcore.tensor import Tensor

X = [-4.0, -1.0, 0.0, 2.0]
KNOWN = {
    "linear": lambda x: x,
    "step": lambda x: float(x >= 0),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "relu": lambda x: max(x, 0),
    "leaky_relu": lambda x: x if x > 0 else 0.2 * x,
    "elu": lambda x: x if x > 0 else math.exp(x) - 1,
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * (math.exp(x) - 1)),
    "gelu": lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2))),
    "silu": lambda x: x / (1 + math.exp(-x)),
    "swish": lambda x: x / (1 + math.exp(-x)),
    "softplus": lambda x: math.log(1 + math.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "hard_sigmoid": lambda x: min(max(x / 6 + 0.5, 0), 1),
    "softmax": lambda x: math.exp(x) / sum(map(math.exp, X)),
    "relu6": lambda x: min(max(x, 0), 6),
    "celu": lambda x: x if x > 0 else math.exp(x) - 1,
    "hard_silu": lambda x: x * min(max(x / 6 + 0.5, 0), 1),
    "hard_swish": lambda x: x * min(max(x / 6 + 0.5, 0), 1),
    "mish": lambda x: x * math.tanh(math.log(1 + math.exp(x))),
    "exponential": math.exp,
    "hard_tanh": lambda x: min(max(x, -1), 1),
    "log_sigmoid": lambda x: math.log(1 / (1 + math.exp(-x))),
    "squareplus": lambda x: (x + math.sqrt(x * x + 4)) / 2,
    "sparse_plus": lambda x: 0 if x <= -1 else x if x >= 1 else (x + 1) ** 2 / 4,
    "sparse_sigmoid": lambda x: min(max((x + 1) / 2, 0), 1),
    "hard_shrink": lambda x: x if abs(x) > 0.5 else 0,
    "soft_shrink": lambda x: math.copysign(max(abs(x) - 0.5, 0), x),
    "tanh_shrink": lambda x: x - math.tanh(x),
    "threshold": lambda x: x if x > 0.5 else -2,
    "log_softmax": lambda x: x - math.log(sum(map(math.exp, X))),
    "squash": lambda x: x / math.sqrt(21) * 21 / 22,
}
MORE = {"threshold": (0.5, -2.0)}  # arguments that have no default


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values(name, dtype):
    x = np.array(X, dtype)
    for argument in (x, Tensor(x)):
        y = activations.get(name)(argument, *MORE.get(name, ()))
        assert y.shape == (4,) and y.dtype == dtype
        np.testing.assert_allclose(np.asarray(y), [KNOWN[name](v) for v in X], rtol=2e-6, atol=1e-7)


def test_a_gated_unit_halves_its_axis():
    x = np.random.default_rng(0).standard_normal((3, 4, 5))
    a, b = x[:, :2], x[:, 2:]
    np.testing.assert_allclose(activations.glu(x, axis=1).numpy(), a / (1 + np.exp(-b)))
    assert activations.glu(Tensor(np.ones((2, 6), "float32"))).dtype == "float32"
    with pytest.raises(ValueError, match=r"glu halves axis -1 of x \(3, 4, 5\), so its size must be even"):
        activations.glu(x)


def test_relu_with_all_its_settings():
    x = Tensor([-2.0, 0.0, 0.4, 1.0, 9.0])
    np.testing.assert_allclose(activations.relu(x, 0.1).numpy(), [-0.2, 0, 0.4, 1, 9], rtol=1e-6)
    np.testing.assert_allclose(activations.relu(x, max_value=4.0).numpy(), [0, 0, 0.4, 1, 4], rtol=1e-6)
    y = activations.relu(x, negative_slope=0.1, max_value=4.0, threshold=0.5)
    np.testing.assert_allclose(y.numpy(), [-0.25, -0.05, -0.01, 1, 4], rtol=1e-5)


def test_squash_keeps_the_direction_and_shortens():
    x = 3 * np.random.default_rng(0).standard_normal((6, 4))
    y = activations.squash(x).numpy()
    n = np.linalg.norm(x, axis=-1)
    np.testing.assert_allclose(np.linalg.norm(y, axis=-1), n**2 / (1 + n**2), rtol=1e-6)
    np.testing.assert_allclose(y / np.linalg.norm(y, axis=-1, keepdims=True), x / n[:, None])
    zero = Tensor(np.zeros((2, 3)), requires_grad=True)
    activations.squash(zero).backward(np.ones((2, 3)))
    assert np.isfinite(zero.grad).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", sorted(set(KNOWN) - {"exponential", "linear", "step"}))
def test_nothing_overflows(name, dtype):
    x = Tensor(np.array([[-1e4, -200.0, 0.0, 200.0, 1e4]], dtype), requires_grad=True)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = activations.get(name)(x, *MORE.get(name, ()))
        y.backward(np.ones_like(y.data))
    assert np.isfinite(y.data).all() and np.isfinite(x.grad).all()


def test_every_known_name_has_values_here():
    assert set(activations._known) == set(KNOWN) | {"glu"}


@pytest.mark.parametrize("name", sorted(set(activations._known) - {"linear", "step", "swish", "hard_swish"}))
def test_gradient(name):
    function, x = activations.get(name), np.random.default_rng(0).uniform(-4, 4, (3, 6))
    gradcheck.check(lambda x: function(x, *MORE.get(name, ())), x)


def test_gradient_of_relu_with_all_its_settings():
    x = np.random.default_rng(1).uniform(-4, 4, (3, 6))
    for chosen in ({"negative_slope": 0.3}, {"negative_slope": 0.1, "max_value": 2.0, "threshold": 0.5}):
        gradcheck.check(lambda x, chosen=chosen: activations.relu(x, **chosen), x)


def test_settings():
    x = Tensor(X)
    assert activations.leaky_relu(x, negative_slope=0.5).numpy().tolist() == [-2, -0.5, 0, 2]
    np.testing.assert_allclose(activations.elu(x, alpha=2.0).numpy()[0], 2 * math.exp(-4) - 2, rtol=1e-6)
    np.testing.assert_allclose(activations.gelu(x, approximate=True).numpy(), activations.gelu(x).numpy(), atol=1e-3)
    np.testing.assert_allclose(activations.softmax(Tensor([X, X]), axis=0).numpy(), 0.5)


def test_a_step_has_no_slope_to_learn_from():
    x = Tensor(X, requires_grad=True)
    activations.step(x).backward(np.ones(4))
    assert x.grad.tolist() == [0, 0, 0, 0]


def test_get():
    assert activations.get(None) is activations.linear
    assert activations.get("swish") is activations.silu
    assert activations.get(np.sin) is np.sin
    with pytest.raises(ValueError, match="Unknown activation 'sigmiod'. Did you mean 'sigmoid'?"):
        activations.get("sigmiod")
    with pytest.raises(ValueError, match="Known: celu, elu"):
        activations.get("zzz")
