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
}


@pytest.mark.parametrize("name", KNOWN)
def test_values(name):
    y = activations.get(name)(Tensor(X))
    assert y.shape == (4,) and y.dtype == np.float32
    np.testing.assert_allclose(y.numpy(), [KNOWN[name](x) for x in X], rtol=2e-6, atol=1e-7)


def test_every_known_name_has_values_here():
    assert set(activations._known) == set(KNOWN)


@pytest.mark.parametrize("name", sorted(set(KNOWN) - {"linear", "step", "swish"}))
def test_gradient(name):
    gradcheck.check(activations.get(name), np.random.default_rng(0).uniform(-4, 4, (3, 5)))


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
    with pytest.raises(ValueError, match="Known: elu, gelu"):
        activations.get("zzz")
