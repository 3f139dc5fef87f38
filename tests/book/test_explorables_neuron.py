"""The neuron's explorables in a browser, by mouse, touch and keyboard; what they compute is held against NumPy."""

import re

import numpy as np
import pytest

from dlcore import widgets
from dlcore.widgets.neuron import LOGIC, bank_clerk, perceptron_steps
from tests.book.explorable_page import fit_a_phone, put, status


def mistakes(page):
    return int(re.match(r"(\d+) of", status(page)).group(1))


def slider(page, name):
    return page.get_by_role("slider", name=name)


def value(page, name):
    return float(slider(page, name).input_value())


def middle(page, handle):
    box = handle.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, x, y, dx, dy):
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y + dy / 2)
    page.mouse.move(x + dx, y + dy)
    page.mouse.up()


# ---------------------------------------------------------------------------------------------------- DecisionLine


@pytest.mark.parametrize(("w1", "w2", "b"), [(1, 0, 0), (1.5, -2, 0.5), (-3, 0.25, 2), (0, 0, -1)])
def test_mistakes_and_losses_equal_numpys(show, w1, w2, b):
    x, y = bank_clerk()
    page = show(widgets.DecisionLine(weights=(w1, w2), bias=b))
    z = x @ [w1, w2] + b
    a = 1 / (1 + np.exp(-z))
    wrong = int(((z >= 0) != y).sum())
    cross_entropy = -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))
    of_1, of_0 = ((z < 0) & (y == 1)).sum(), ((z >= 0) & (y == 0)).sum()
    side = f"{wrong} of 100 on the wrong side: {of_1} of class 1, {of_0} of class 0."
    assert status(page) == f"{side} Mean cross-entropy: {cross_entropy:.3f}."
    page.get_by_label("loss").select_option("squared error")
    assert status(page).endswith(f"Mean squared error: {np.mean((a - y) ** 2):.3f}.")
    page.get_by_label("activation").select_option("step")
    assert status(page).endswith(f"Mean squared error: {wrong / 100:.3f}.")
    assert page.locator("option", has_text="cross-entropy").is_disabled()


def test_without_soft_only_the_hard_answer_is_shown(show):
    page = show(widgets.DecisionLine(presets=("XOR",), weights=(1, 1), bias=-0.5, soft=False))
    assert status(page) == "1 of 4 on the wrong side: 0 of class 1, 1 of class 0."
    assert page.get_by_label("activation").count() == page.get_by_label("loss").count() == 0
    assert page.locator(".dl-formula").all_inner_texts()[1] == "ŷ = step(z) = 0.00, wanted y = 0"
    put(page, "bias b", -1.5)
    assert status(page) == "3 of 4 on the wrong side: 2 of class 1, 1 of class 0."
    put(page, "bias b", 0)
    assert status(page) == "2 of 4 on the wrong side: 0 of class 1, 2 of class 0."


def test_the_bias_goes_as_far_as_its_limit(show):
    page = show(widgets.DecisionLine([[4.0, 0.0]], [1], bias_limit=6))
    put(page, "bias b", 20)
    assert value(page, "bias b") == 6
    page = show(widgets.DecisionLine([[4.0, 0.0]], [1]))
    put(page, "bias b", 20)
    assert value(page, "bias b") == 20


def test_formula_follows_the_sliders(show):
    page = show(widgets.DecisionLine([[2.0, -1.0]], [1], weights=(1, 0)))
    put(page, "weight w₁", 3)
    put(page, "weight w₂", 0.5)
    put(page, "bias b", -1)
    z, a = page.locator(".dl-formula").all_inner_texts()
    assert z == "z = w₁x₁ + w₂x₂ + b = 3.00 · 2.00 + 0.50 · (−1.00) + (−1.00) = 4.50"
    assert a == "a = σ(z) = 0.99, wanted y = 1"


def test_dragging_the_line_moves_only_the_bias(show):
    page = show(widgets.DecisionLine(presets=("AND",), weights=(2, 2), bias=-1))
    # The line's box is far larger than the picture, and its middle lies on the line.
    x, y = middle(page, slider(page, "Line, moves the bias"))
    scale = middle(page, page.locator(".dl-dot").nth(2))[0] - middle(page, page.locator(".dl-dot").nth(0))[0]
    drag(page, x, y, scale / 2, -scale / 2)  # perpendicular to the line's direction: by (½, ½) in data
    assert (value(page, "weight w₁"), value(page, "weight w₂")) == (2, 2)
    assert value(page, "bias b") == pytest.approx(-3, abs=0.06)
    assert mistakes(page) == 0


def test_dragging_the_tip_turns_the_line_about_the_arrows_foot(show):
    page = show(widgets.DecisionLine(presets=("OR",), weights=(1, 0), bias=-0.5))
    x, y = middle(page, slider(page, "Arrow's tip"))
    drag(page, x, y, 0, -60)
    w1, w2, b = (value(page, name) for name in ("weight w₁", "weight w₂", "bias b"))
    assert w1 == pytest.approx(1, abs=0.05) and w2 > 1
    assert w1 * 0.5 + w2 * 0.5 + b == pytest.approx(0, abs=0.02)  # the middle stays on the line


def test_points_can_be_dragged_and_change_class(show):
    page = show(widgets.DecisionLine(presets=("AND",), weights=(1, 1), bias=-1.5))
    assert mistakes(page) == 0
    at = page.locator(".dl-dot").nth(3).get_attribute("transform")
    x, y = middle(page, page.locator(".dl-dot").nth(3))
    drag(page, x + 9, y + 9, -200, 200)  # (1, 1), taken beside its middle, is carried over the line
    assert middle(page, page.locator(".dl-dot").nth(3)) == pytest.approx((x - 200, y + 200), abs=2)
    assert mistakes(page) == 1 and value(page, "point looked at") == 4
    page.get_by_role("button", name="Change its class").click()
    assert mistakes(page) == 0 and status(page).startswith("0 of 4 on the wrong side. ")
    page.get_by_role("button", name="Reset").click()
    assert mistakes(page) == 0 and value(page, "point looked at") == 1
    assert page.locator(".dl-dot").nth(3).get_attribute("transform") == at


def test_everything_moves_by_keyboard(show):
    page = show(widgets.DecisionLine(presets=("AND",), weights=(2, 2), bias=-1))
    line = slider(page, "Line, moves the bias")
    line.focus()
    for _ in range(2):
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Shift+ArrowUp")
    assert value(page, "bias b") == pytest.approx(-5, abs=0.05)
    assert line.get_attribute("aria-valuetext") == "bias " + f"{value(page, 'bias b'):.2f}".replace("-", "−")

    slider(page, "Arrow's tip").focus()
    before = value(page, "weight w₂")
    page.keyboard.press("ArrowUp")
    assert value(page, "weight w₂") > before

    point = page.locator("circle[role=slider][aria-label^=Point]")
    point.focus()
    page.keyboard.press("PageUp")
    assert point.get_attribute("aria-label") == "Point 4 of 4, class 1"
    page.keyboard.press("ArrowLeft")
    assert point.get_attribute("aria-valuetext") == "x₁ 0.95, x₂ 1.00"


def test_the_kernel_hears_what_was_dragged(show):
    page = show(widgets.DecisionLine(presets=("AND",)))
    told = page.evaluate(
        """async () => {
            const { state } = JSON.parse(document.querySelector("script[type*=widget-state]").textContent);
            const record = Object.values(state).find((r) => r.model_name === "AnyModel").state;
            const widget = window.dlExplorables[record._module];
            const el = document.body.appendChild(document.createElement("div")), told = [];
            const model = { get: (k) => record[k], set: (k, v) => (record[k] = v), on() {},
                save_changes: () => told.push([record.weights, record.bias]) };
            widget.render({ model, el });
            const bias = el.querySelectorAll("input[type=range]")[2];
            bias.value = -1.5;
            bias.dispatchEvent(new Event("input", { bubbles: true }));
            return told.at(-1);
        }"""
    )
    assert told == [[1, 0], -1.5]


def test_screen_readers_hear_nothing_before_a_touch_and_the_sentence_after(show):
    page = show(widgets.DecisionLine())
    page.wait_for_timeout(500)
    assert page.locator("[aria-live=polite]").text_content() == ""
    slider(page, "bias b").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    assert page.locator("[aria-live=polite]").text_content() == status(page)


def test_a_finger_drags_the_point_and_may_scroll_elsewhere(show):
    page = show(widgets.DecisionLine(presets=("AND",)), width=390, touch=True)
    assert (
        page.locator("circle[role=slider][aria-label^=Point]").evaluate("e => getComputedStyle(e).touchAction")
        == "none"
    )
    assert page.locator("svg.dl-plane").evaluate("e => getComputedStyle(e).touchAction") == "auto"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


# ---------------------------------------------------------------------------------------------------- PerceptronSteps

READ = r"w ← \(.*?\) \+ .* = \((.*), (.*)\)"


def number(text):
    return float(text.replace("−", "-"))


@pytest.mark.parametrize("name", [*LOGIC, "random", "AND, small rate"])
def test_javascript_takes_pythons_steps(show, name):
    rng = np.random.default_rng(3)
    # Quarters are exact, and their sums too: both sides must print the same two decimals.
    x = rng.integers(-8, 9, size=(6, 2)) / 4
    stepper = (
        widgets.PerceptronSteps(x, (x.sum(axis=1) > 0.3).astype(int), weights=(0.5, -1), bias=0.25)
        if name == "random"
        else widgets.PerceptronSteps(presets=(name.split(",")[0],), learning_rate=0.1 if "rate" in name else 1.0)
    )
    expected = stepper.run()
    page = show(stepper)
    for step in expected["steps"][:30]:
        page.get_by_role("button", name="Step").click()
        z, w, b = page.locator(".dl-formula").all_inner_texts()
        assert f"ŷ = {step['prediction']}," in z
        assert [number(part) for part in re.match(READ, w).groups()] == pytest.approx(step["weights"])
        assert number(b.rsplit("= ", 1)[1]) == pytest.approx(step["bias"])
        assert page.locator(".dl-dot[data-wrong]").count() == step["mistakes"]
    last = int(re.search(r"of (\d+)", page.locator(".dl-wide .dl-value").inner_text()).group(1))
    kind, *rounds = expected["end"]
    n = len(stepper.sets[0]["x"])
    repeats = 2 * (rounds[1] - rounds[0]) * n if kind == "cycle" else 0
    assert last == len(expected["steps"]) + repeats


def test_an_input_of_zeros_moves_only_the_bias_and_is_said_to(show):
    page = show(widgets.PerceptronSteps(presets=("AND",)))
    said = []
    for _ in range(4):
        page.get_by_role("button", name="Step").click()
        said.append(status(page))
    assert "the bias moves, the weights don't, for the input is 0. 1 of 4 wrong now." in said[0]
    assert said[1].startswith("Round 1, example 2: right, nothing moves.")
    assert said[3].startswith("Round 1, example 4: a mistake, weights and bias move. 3 of 4 wrong now.")


def test_and_ends_and_xor_comes_back(show):
    page = show(widgets.PerceptronSteps())
    put(page, "step", 10_000)
    last = perceptron_steps(*(widgets.PerceptronSteps().sets[0][key] for key in "xy"))["end"][1]
    assert status(page) == f"Round {last} passed without a mistake: done."
    assert page.locator(".dl-dot[data-wrong]").count() == 0

    page.get_by_label("data").select_option(label="XOR")
    put(page, "step", 10_000)
    assert "again: it goes round for ever, with never fewer than" in status(page)
    assert page.get_by_text("the same again and again").is_visible()


def test_play_runs_to_the_end_pauses_and_goes_back(show):
    page = show(widgets.PerceptronSteps(presets=("AND",)))
    page.get_by_label("pace").select_option("fast")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("Number(document.querySelector('.dl-wide input').value) >= 2")
    page.get_by_role("button", name="Pause").click()
    stopped = value(page, "step")
    page.wait_for_timeout(400)
    assert value(page, "step") == stopped
    page.get_by_role("button", name="Back").focus()
    page.keyboard.press("Enter")
    assert value(page, "step") == stopped - 1
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('.dl-status').textContent.includes('done.')")
    assert page.get_by_role("button", name="Play").is_visible()
    page.get_by_role("button", name="Reset").click()
    assert value(page, "step") == 0 and status(page).startswith("Start, before the first example.")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("make", [widgets.DecisionLine, widgets.PerceptronSteps])
def test_on_a_phone_nothing_is_too_small_or_too_wide(show, make, theme):
    page = show(make(), width=390, theme=theme)
    fit_a_phone(page)
    background = page.locator(".dl-frame").evaluate("e => getComputedStyle(e).backgroundColor")
    assert background == ("rgb(255, 255, 255)" if theme == "light" else "rgb(18, 18, 18)")
