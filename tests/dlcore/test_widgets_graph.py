"""ComputationGraph in Python: from an expression or a Value to nodes, and what bad input is told."""

import json

import pytest

from dlcore.scalar import Value
from dlcore.widgets.graph import READY, ComputationGraph, label, make_graph, parse, pretty


def ops(nodes):
    return [n["op"] for n in nodes]


def test_an_expression_becomes_nodes_in_the_order_of_computation():
    nodes = parse("z = w * x + b; L = (z - y)**2", {"w": 2, "x": 1.5, "b": -1, "y": 3.6}, {})
    assert ops(nodes) == ["input", "input", "mul", "input", "add", "input", "sub", "pow"]
    seen = set()
    for node in nodes:
        assert set(node["inputs"]) <= seen, "a node must come after what it is computed from"
        seen.add(node["id"])
    assert [n["label"] for n in nodes] == ["w", "x", "p", "b", "z", "y", "q", "L"]
    assert [n["role"] for n in nodes] == ["weight", "input", "ink", "weight", "ink", "input", "ink", "loss"]
    assert nodes[-1]["power"] == 2


def test_a_name_used_twice_is_one_node():
    nodes = parse("s = w + x; f = s * w", {"w": 2, "x": -3}, {})
    assert [n["label"] for n in nodes] == ["w", "x", "s", "f"]
    assert nodes[3]["inputs"] == [nodes[2]["id"], nodes[0]["id"]]


def test_numbers_in_a_formula_are_constants():
    nodes = parse("2 * x", {"x": 3}, {})
    assert ops(nodes) == ["const", "input", "mul"] and nodes[0]["label"] == "2" and nodes[0]["value"] == 2


def test_intermediate_names_avoid_those_in_use():
    nodes = parse("p * q + p", {"p": 1, "q": 2}, {})
    labels = [n["label"] for n in nodes]
    assert len(set(labels)) == len(labels)


def test_roles_can_be_given():
    assert parse("t * k", {"t": 1, "k": 2}, {"t": "weight"})[0]["role"] == "weight"
    with pytest.raises(ValueError, match="can't have the role 'wieght'; roles are input, weight"):
        parse("t * k", {"t": 1, "k": 2}, {"t": "wieght"})


def test_a_value_becomes_the_same_graph_as_its_expression():
    given = {"w": 2.0, "x": 1.5, "b": -1.0}
    w, x, b = (Value(v, name) for name, v in given.items())
    from_value = make_graph("", (2 * (w * x + b).tanh() - w / x) ** 2, {}, {})["nodes"]
    from_text = parse("(2 * tanh(w * x + b) - w / x)**2", given, {})

    def computed(nodes):  # each operation with what it is applied to, whatever the order and the names between
        text = {}
        for n in nodes:
            inner = ", ".join(text[i] for i in n["inputs"])
            text[n["id"]] = f"{n['op']}({inner}){n.get('power', '')}" if n["inputs"] else n["label"]
        return text[nodes[-1]["id"]].replace(".0", "")

    assert computed(from_value) == computed(from_text)
    assert [n["value"] for n in from_value if n["op"] == "input"] == [2.0, 1.5, -1.0]


@pytest.mark.parametrize(
    ("expression", "inputs", "message"),
    [
        ("", {}, "expression is empty"),
        ("w *", {"w": 1}, "can't be read"),
        ("w * x", {"w": 1}, "uses 'x', but inputs gives it no value"),
        ("w * 2", {"w": 1, "x": 2}, r"value for \['x'\]"),
        ("tahn(x)", {"x": 1}, "did you mean tanh"),
        ("sin(x)", {"x": 1}, "can't draw sin"),
        ("x @ x", {"x": 1}, r"can't draw 'x @ x'"),
        ("x ** n", {"x": 1, "n": 2}, "exponent must be a number"),
        ("x", {"x": 1}, "computes nothing"),
        ("y = x", {"x": 1}, "only renames"),
        ("a = x + 1; b = x * 2", {"x": 1}, "2 values .*never used"),
        ("import os", {}, "only expressions"),
        ("__import__('os')", {}, "can't draw"),
    ],
)
def test_what_it_cannot_draw_it_refuses(expression, inputs, message):
    with pytest.raises(ValueError, match=message):
        ComputationGraph(expression, inputs)


def test_other_things_than_expressions_are_refused():
    with pytest.raises(TypeError, match="string.*scalar.Value, but got float"):
        ComputationGraph(1.0)
    with pytest.raises(ValueError, match="not computed from anything"):
        ComputationGraph(Value(2, "x"))
    with pytest.raises(ValueError, match="did you mean 'Two layers'"):
        ComputationGraph(ready=["Two layer"])
    with pytest.raises(ValueError, match="nothing to show"):
        ComputationGraph(ready=[])


def test_own_graph_comes_first_and_state_is_plain_data():
    widget = ComputationGraph("f = x * y", {"x": 2, "y": 3}, name="Mine")
    assert [g["name"] for g in widget.graphs] == ["Mine", *READY]
    assert json.loads(json.dumps(widget.graphs)) == widget.graphs
    assert widget.graphs[0]["formula"] == "f = x·y"
    assert widget.alternative.startswith("6 graphs to choose from. Mine: f = x·y, at first with x = 2, y = 3; it ends")
    two = "Two layers: p = w·x, h = tanh(p), q = v·h, e = q − y, L = e², at first with w = 0.7, x = 1"
    assert f"{two}, v = −1.2, y = 0.5; it ends in L." in widget.alternative  # each graph's words, whichever is chosen
    traced = ComputationGraph(Value(2, "x") * 3, ready=[])
    assert traced.alternative.startswith("Your graph, at first with x = 2; it ends in ")
    assert repr(widget) == repr(ComputationGraph("f = x * y", {"x": 2, "y": 3}, name="Mine"))
    assert "0x" not in repr(widget)


def test_names_and_formulas_as_they_are_printed():
    assert [label(n) for n in ("w", "w1", "x_12", "loss")] == ["w", "w₁", "x₁₂", "loss"]
    assert pretty("z = w1 * x - b; L = z ** 2") == "z = w₁·x − b, L = z²"
