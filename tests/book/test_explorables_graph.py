"""ComputationGraph in a browser: what the page computes is held against dlcore.scalar, and it is used by hand."""

import ast
import itertools
import math

import numpy as np
import pytest

from dlcore import scalar
from dlcore.widgets.graph import READY, ComputationGraph, parse
from tests.book.explorable_page import press

CALL = """async ([esm, calls]) => {
    const address = URL.createObjectURL(new Blob([esm], {type: "text/javascript"}));
    const module = await import(address);
    return calls.map(([nodes, given]) => {
        const values = module.forward(nodes, given);
        const {grads} = module.backward(nodes, values);
        const said = module.makeSteps(nodes).map((step) => module.tell(nodes, step, given));
        return {values, grads, said};
    });
}"""

EXPRESSIONS = [
    *(expression for expression, _ in READY.values()),
    "(w * x + b - y)**2",
    "x / w + w / x - 3 * b",
    "exp(-x * x) * relu(w + b) + relu(-w - b)",
    "log(exp(w) + exp(x))",
    "s = sigmoid(x); s * (1 - s) + s**3 - s**-1",
    "t = tanh(w * x); t * t + t * w + tanh(t)",
    "x**0.5 + x**1 + x**0",
]


def text_of(page, selector):
    return page.locator(selector).inner_text()


def names_in(expression):
    tree = ast.parse(expression)
    calls = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call)}
    made = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return sorted({n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - calls - made)


def by_scalar(expression, inputs):
    """The result and the gradient of every input, by dlcore.scalar."""
    names = {name: scalar.Value(value, name) for name, value in inputs.items()}
    functions = {f: (lambda v, f=f: getattr(v, f)()) for f in ("tanh", "sigmoid", "relu", "exp", "log")}
    *before, last = ast.parse(expression).body
    result = names | functions
    for statement in before:
        exec(ast.unparse(statement), result)
    y = eval(ast.unparse(last.value), result)
    y.backward()
    return y.data, {name: value.grad for name, value in names.items()}


def test_page_and_scalar_agree_on_values_and_gradients(show):
    random = np.random.default_rng(0)
    page = show(ComputationGraph())
    calls, wanted = [], []
    for expression, _ in itertools.product(EXPRESSIONS, range(5)):
        inputs = {name: float(random.uniform(0.2, 2)) for name in names_in(expression)}
        nodes = parse(expression, dict.fromkeys(inputs, 1.0), {})
        leaves = [n["id"] for n in nodes if n["op"] == "input"]
        order = [n["label"] for n in nodes if n["op"] == "input"]
        ascii_names = {name.translate(str.maketrans("₀₁₂₃", "0123")): name for name in order}
        given = {i: inputs[next(a for a, shown in ascii_names.items() if shown == s)] for i, s in zip(leaves, order)}
        calls.append([nodes, given])
        wanted.append((by_scalar(expression, inputs), {i: inputs_name for i, inputs_name in zip(leaves, ascii_names)}))
    answers = page.evaluate(CALL, [ComputationGraph()._esm, calls])
    for (nodes, _), ((value, grads), names), answer in zip(calls, wanted, answers):
        assert answer["values"][nodes[-1]["id"]] == pytest.approx(value, rel=1e-12, abs=1e-14)
        for leaf, name in names.items():
            assert answer["grads"][leaf] == pytest.approx(grads[name], rel=1e-11, abs=1e-13), name


def test_every_step_of_every_graph_has_a_finite_sentence(show):
    page = show(ComputationGraph())
    calls = [[parse(*READY[name], {}), {}] for name in READY]
    for (nodes, _), answer in zip(calls, page.evaluate(CALL, [ComputationGraph()._esm, calls])):
        arrows = sum(len(n["inputs"]) for n in nodes)
        operations = sum(bool(n["inputs"]) for n in nodes)
        assert len(answer["said"]) == 1 + operations + 1 + arrows + 1
        for said in answer["said"]:
            line = "".join(piece if isinstance(piece, str) else piece[1] for piece in said["equation"])
            assert line and said["rule"] and not any(bad in line for bad in ("undefined", "NaN", "not a number", "◦"))


def test_stepped_by_mouse_it_tells_the_chain_rule_with_numbers(show):
    page = show(ComputationGraph())
    equation = page.locator(".dl-formula")
    press(page, "Step")
    assert equation.inner_text() == "p = w·x = 2·1.5 = 3"
    press(page, "Step", 3)
    assert equation.inner_text() == "L = e² = (−1.6)² = 2.56"
    press(page, "Step")
    assert equation.inner_text() == "∂L/∂L = 1"
    press(page, "Step", 2)
    assert equation.inner_text() == "∂L/∂z = ∂L/∂e · ∂e/∂z = −3.2 · 1 = −3.2"
    press(page, "Step", 4)
    assert equation.inner_text() == "∂L/∂w = ∂L/∂p · ∂p/∂w = −3.2 · x = −3.2 · 1.5 = −4.8"
    assert text_of(page, ".dl-status") == "A product hands each factor the gradient times the other factor."
    press(page, "Back")
    assert equation.inner_text().startswith("∂L/∂b =")
    press(page, "Step", 3)
    assert "it changes by −0.00480. The gradient foretold −0.00480." in text_of(page, ".dl-status")
    spoken = page.locator("svg.dl-graph").get_attribute("aria-label")
    assert "w = 2, gradient −4.8" in spoken and "L = 2.56, gradient 1" in spoken


def test_shares_of_a_value_used_twice_add(show):
    page = show(ComputationGraph(ready=["One value used twice"]))
    assert page.get_by_role("combobox", name="Graph").count() == 0
    press(page, "Step", 5)
    assert "w is used twice" in text_of(page, ".dl-status")
    assert page.locator(".dl-graph-grad").first.text_content() == "∂ −1 +"
    press(page, "Step")
    assert text_of(page, ".dl-formula").endswith("∂f/∂w = −1 + 2 = 1")
    assert page.locator(".dl-graph-grad").first.text_content() == "∂ 1"


def test_inputs_can_be_changed_at_any_step(show):
    page = show(ComputationGraph("L = (w * x)**2", {"w": 2, "x": 1}, ready=[]))
    press(page, "Step", 6)
    assert page.locator(".dl-graph-value").all_text_contents() == ["2", "1", "2", "4"]
    slider = page.get_by_role("slider", name="w")
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert page.locator(".dl-graph-value").all_text_contents() == ["3", "1", "3", "9"]
    assert text_of(page, ".dl-formula").endswith("= 6 · 3 = 18")
    page.get_by_role("button", name="Reset").click()
    assert slider.input_value() == "2"
    assert page.locator(".dl-graph-value").all_text_contents() == ["2", "1", "", ""]


def test_an_input_changed_at_the_end_leads_back_to_the_last_forward_step(show):
    page = show(ComputationGraph("L = (w * x)**2", {"w": 2, "x": 1}, ready=[]))
    press(page, "Step", 7)
    assert "every gradient is there" in text_of(page, ".dl-status")
    page.get_by_role("slider", name="w").focus()
    page.keyboard.press("ArrowRight")
    assert text_of(page, ".dl-formula").startswith("L = ") and "4.41" in text_of(page, ".dl-formula")
    assert set(page.locator(".dl-graph-grad").all_text_contents()) == {""}, "no gradient is known yet"
    press(page, "Step", 2)
    assert text_of(page, ".dl-formula").endswith("= 4.2")


def test_used_by_keyboard_alone(show):
    page = show(ComputationGraph())
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Step":
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert text_of(page, ".dl-formula").startswith("z = p + b")
    page.wait_for_timeout(600)
    assert text_of(page, ".dl-live").startswith("z = p + b = 3 + (−1) = 2. Forward")
    page.get_by_role("combobox", name="Graph").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator("svg.dl-graph").get_attribute("aria-label").startswith("A neuron with two inputs.")
    assert page.locator(".dl-graph-card").count() == 10


def test_play_runs_to_the_end_and_stops(show):
    page = show(ComputationGraph("f = x * y", {"x": 2, "y": 3}, ready=[]))
    page.get_by_label("pace").select_option("4")
    press(page, "Play")
    page.wait_for_function("document.querySelector('.dl-slider input').value === '5'", timeout=5000)
    page.get_by_role("button", name="Play", exact=True).wait_for(timeout=2000)
    assert "every gradient is there" in text_of(page, ".dl-status")


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_cards_never_overlap_and_nothing_scrolls_sideways(show, width, theme):
    wide = "s = (u * u + v) * tanh(u - v) + exp(v) / (u + 2 * t) - t"
    page = show(ComputationGraph(wide, {"u": 1, "v": 0.5, "t": 1}), width=width, theme=theme)
    for i in range(1 + len(READY)):
        page.get_by_role("combobox", name="Graph").select_option(str(i))
        boxes = [b.bounding_box() for b in page.locator(".dl-graph-box").all()]
        for a, b in itertools.combinations(boxes, 2):
            apart_x = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
            apart_y = a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]
            assert apart_x or apart_y, (i, a, b)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width == 390:
            tops = sorted({math.floor(b["y"]) for b in boxes})
            assert len(tops) > 3, "on a phone the graph runs downwards"


def test_a_value_from_python_is_drawn(show):
    neuron = scalar.Neuron(2, seed=1)
    x = [scalar.Value(1.0, "x1"), scalar.Value(-2.0, "x2")]
    a = neuron(x)
    page = show(ComputationGraph(a, name="My neuron", ready=[]))
    last = int(page.locator(".dl-wide input").get_attribute("max"))
    press(page, "Step", last)
    spoken = page.locator("svg.dl-graph").get_attribute("aria-label")
    a.backward()
    assert f"gradient {x[0].grad:.3f}".rstrip("0").replace("-", "−") in spoken
