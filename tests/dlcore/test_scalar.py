"""Scalar values: every operation's slope, the chain rule over any graph, the drawing data, the neuron."""

import doctest
import math
import random
import subprocess
import sys
from pathlib import Path

import pytest

from dlcore import scalar
from dlcore.scalar import Neuron, Value

EXPRESSIONS = {
    "a + b": lambda a, b: a + b,
    "a - b": lambda a, b: a - b,
    "a * b": lambda a, b: a * b,
    "a / b": lambda a, b: a / b,
    "a ** 3": lambda a, b: a**3,
    "a ** -1.5": lambda a, b: a**-1.5,
    "a ** 1": lambda a, b: a**1 * b,
    "-a": lambda a, b: -a,
    "3 + a": lambda a, b: 3 + a,
    "3 - a": lambda a, b: 3 - a,
    "3 * a": lambda a, b: 3 * a,
    "3 / a": lambda a, b: 3 / a,
    "exp": lambda a, b: (a * b).exp(),
    "log": lambda a, b: (a * b).log(),
    "tanh": lambda a, b: (a - b).tanh(),
    "sigmoid": lambda a, b: (a - b).sigmoid() + (b - a).sigmoid() * a,
    "relu": lambda a, b: (a - b).relu() * 2 + (b - a).relu(),
    "used twice": lambda a, b: a * a + a * b / (a + b),
    "a value of its own": lambda a, b: a,
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_slopes_against_central_differences(name):
    function, chance, h = EXPRESSIONS[name], random.Random(0), 1e-6
    for _ in range(5):
        a, b = chance.uniform(0.5, 2), chance.uniform(0.5, 2)
        x, y = Value(a), Value(b)
        function(x, y).backward()

        def f(a, b):
            return function(Value(a), Value(b)).data

        assert x.grad == pytest.approx((f(a + h, b) - f(a - h, b)) / (2 * h), abs=1e-7)
        assert y.grad == pytest.approx((f(a, b + h) - f(a, b - h)) / (2 * h), abs=1e-7)


def test_the_example_in_the_docstring():
    assert doctest.testmod(scalar).failed == 0


def test_gradients_add_up_until_zero_grad():
    x = Value(3.0)
    y = x * x
    y.backward()
    y.backward()
    assert x.grad == 12 and y.grad == 1
    y.zero_grad()
    assert x.grad == 0 and y.grad == 0


def test_long_chains_and_wide_diamonds():
    x = y = Value(1.0)
    for _ in range(20_000):
        y = y + 1
    y.backward()
    assert x.grad == 1
    del y
    y = x
    for _ in range(60):
        y = y + y
    x.zero_grad()
    y.backward()
    assert x.grad == 2.0**60


def test_kinks_powers_and_large_numbers():
    x = Value(0.0)
    (x.relu() + x**0 + x**1).backward()
    assert x.grad == 1
    assert Value(-1000.0).sigmoid().data == 0 and Value(1000.0).sigmoid().data == 1
    assert Value(-40.0).sigmoid().data == pytest.approx(math.exp(-40), rel=1e-14)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Value(-1.0).log(), ValueError, r"log\(-1\).*above 0"),
        (lambda: Value(1.0) / 0, ZeroDivisionError, "below the line"),
        (lambda: Value(-8.0) ** (1 / 3), ValueError, "no real number"),
        (lambda: Value(0.0) ** -1, ValueError, "no real number"),
        (lambda: Value(0.0) ** 0.5, ValueError, r"0 \*\* 0.5 has no slope"),
        (lambda: Value(1000.0).exp(), OverflowError, r"exp\(1000\) is larger than any number"),
        (lambda: Value(2.0) ** Value(2.0), TypeError, "plain number"),
        (lambda: Neuron(2)([1.0]), ValueError, "2 weights, but got 1 inputs"),
        (lambda: Neuron(2, "rleu"), ValueError, "Unknown activation 'rleu'"),
    ],
)
def test_what_has_no_answer_says_so(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_graph():
    w, x = Value(2.0, "w"), Value(3.0, "x")
    y = (w * x + 1).tanh()
    y.label = "y"
    y.backward()
    nodes, edges = y.graph()
    assert [(n["label"], n["operation"]) for n in nodes] == [
        ("w", ""), ("x", ""), ("", "*"), ("1", ""), ("", "+"), ("y", "tanh"),
    ]  # fmt: skip
    assert [n["id"] for n in nodes] == list(range(6))
    assert nodes[2]["value"] == 6 and nodes[0]["grad"] == w.grad
    assert [(e["source"], e["target"]) for e in edges] == [(0, 2), (1, 2), (2, 4), (3, 4), (4, 5)]
    assert edges[0]["slope"] == 3 and edges[1]["slope"] == 2
    for node in nodes[:-1]:  # the chain rule, from the drawing's data alone
        assert node["grad"] == pytest.approx(
            sum(e["slope"] * nodes[e["target"]]["grad"] for e in edges if e["source"] == node["id"])
        )
    square = w * w
    assert len(square.graph()[1]) == 2  # a value used twice has two edges


def test_values_print_themselves():
    assert repr(Value(2.0, "w")) == "Value(2, grad=0, label='w')"
    assert repr(Value(0.5)) == "Value(0.5, grad=0)"
    assert float(Value(2)) == 2.0


@pytest.mark.parametrize("activation", Neuron.activations)
def test_neuron(activation):
    neuron = Neuron(2, activation, seed=3)
    assert [p.label for p in neuron.parameters()] == ["w1", "w2", "b"]
    w1, w2, b = (p.data for p in neuron.parameters())
    z = w1 * 0.5 + w2 * -2.0 + b
    expected = {"tanh": math.tanh(z), "sigmoid": 1 / (1 + math.exp(-z)), "relu": max(z, 0), "linear": z}[activation]
    y = neuron([0.5, Value(-2.0)])
    assert y.data == pytest.approx(expected)
    y.backward()
    assert "z" in [n["label"] for n in y.graph()[0]] and "x1" in [n["label"] for n in y.graph()[0]]
    if activation != "relu" or z > 0:
        assert neuron.weights[0].grad == pytest.approx(neuron.bias.grad * 0.5)
    neuron.zero_grad()
    assert all(p.grad == 0 for p in neuron.parameters())
    assert [p.data for p in Neuron(2, seed=3).weights] == [w1, w2]
    assert [p.data for p in Neuron(2, seed=4).weights] != [w1, w2]
    assert repr(neuron).startswith("Neuron(weights=[")


def test_a_neuron_learns():
    neuron = Neuron(2, "sigmoid")
    data = [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 1)]
    for _ in range(400):
        neuron.zero_grad()
        loss = sum(((neuron(x) - t) ** 2 for x, t in data), start=Value(0))
        loss.backward()
        for p in neuron.parameters():
            p.data -= 1.0 * p.grad
    assert [round(neuron(x).data) for x, _ in data] == [0, 1, 1, 1]


def test_it_stands_alone():
    code = f"import runpy, sys; runpy.run_path({str(Path(scalar.__file__))!r}); print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


@pytest.mark.parametrize("n", [0, -1, 2.0, "2"])
def test_a_neuron_has_inputs(n):
    with pytest.raises(ValueError, match="n_inputs is how many numbers the neuron takes, from 1, but got"):
        Neuron(n)


def test_a_value_is_a_single_number():
    with pytest.raises(TypeError, match=r"Values and single numbers, but got list \[1, 2\]"):
        Value(1) + [1, 2]
