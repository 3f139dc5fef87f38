"""The explorables of the gradient-descent chapter in a browser; what they compute is held against dlcore."""

import re

import numpy as np
import pytest

from dlcore import Tensor, Variable, gradients, losses, optimizers, widgets
from tests.book.explorable_page import fit_a_phone, numbers, put, status

SURFACES = {
    "bowl": lambda a, b: 0.5 * a * a + 0.5 * b * b,
    "ravine": lambda a, b: 0.5 * a * a + 10 * b * b,
    "valleys": lambda a, b: (a * a - 1) ** 2 + 0.3 * a + b * b + 0.305429,
    "saddle": lambda a, b: 0.5 * (a * b - 1) ** 2,
}
STARTS = {"bowl": (-2, 1.5), "ravine": (-2, 1.2), "valleys": (0.6, 1.5), "saddle": (-1.45, 1.5)}


# ---------------------------------------------------------------------------------------------------- the ball


def by_dlcore(surface, start, rate, steps):
    """(weights, loss, gradient) after some steps of dlcore's SGD along dlcore's gradient."""
    w = Variable(np.array(start, dtype=float))
    sgd = optimizers.SGD(rate)
    for step in range(steps + 1):
        loss = SURFACES[surface](w[0], w[1])
        (slope,) = gradients(loss, [w])
        if step == steps:
            return w.numpy(), loss.item(), np.asarray(slope)
        sgd.apply([slope], [w])


def said(page):
    """(weights, loss, gradient, next step) as the line of working says them."""
    text = page.locator(".dl-formula").inner_text().split("At ")[1]
    found = numbers(text)
    return found[0:2], found[2], found[3:5], found[5:7]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(("rate", "steps"), [(0.05, 0), (0.05, 7), (0.09, 30)])
def test_walk_equals_dlcores_sgd(show, surface, rate, steps):
    page = show(widgets.RollingBall(surface=surface, start=list(map(float, STARTS[surface])), learning_rate=rate))
    put(page, "step", steps)
    weights, loss, gradient = by_dlcore(surface, STARTS[surface], rate, steps)
    near = {"rel": 6e-3, "abs": 6e-4}  # three digits are said
    assert said(page) == (
        pytest.approx(weights, **near),
        pytest.approx(loss, **near),
        pytest.approx(gradient, **near),
        pytest.approx(-rate * gradient, **near),
    )
    assert page.locator("[data-steps]").get_attribute("data-steps") == str(steps)


@pytest.mark.parametrize(
    ("surface", "start", "rate", "steps", "sentence"),
    [
        ("bowl", (-2, 1.5), 1, 3, "Arrived after 1 step:"),
        ("bowl", (-2, 1.5), 0.01, 20, "Step 20: on its way"),
        ("bowl", (-0.5, 0.5), 0.01, 20, "Step 20: it creeps"),
        ("bowl", (-2, 1.5), 1.9, 9, "Step 9: it oscillates"),
        ("bowl", (-2, 1.5), 2, 9, "Step 9: from side to side"),
        ("bowl", (-2, 1.5), 2.1, 9, "Step 9: it jumps to the other side, and each jump is 1.10 times"),
        ("bowl", (-2, 1.5), 2.1, 50, "Flown away: after 42 steps"),
        ("ravine", (-2, 1.2), 0.095, 20, "Step 20: it oscillates"),
        ("ravine", (-2, 1.2), 0.1, 60, "Step 60: from side to side"),
        ("ravine", (-2, 1.2), 0.105, 60, "Flown away: after 47 steps"),
        ("valleys", (0.6, 1.5), 0.2, 40, "Arrived after 16 steps, in the shallower valley"),
        ("valleys", (-1.5, 1.5), 0.2, 40, "Arrived after 23 steps: the slope is nearly 0"),
        ("valleys", (-1.5, 1.5), 0.25, 40, "Arrived after 27 steps, in the shallower valley"),
        ("saddle", (-1.5, 1.5), 0.2, 60, "Stuck after 30 steps, and not at the bottom"),
        ("saddle", (-1.45, 1.5), 0.2, 60, "Arrived after 33 steps: the slope is nearly 0"),
    ],
)
def test_what_happened_is_said_in_words(show, surface, start, rate, steps, sentence):
    page = show(widgets.RollingBall(surface=surface, start=list(map(float, start)), learning_rate=rate))
    put(page, "step", steps)
    assert status(page).startswith(sentence)


def test_the_start_answers_keys_pointer_and_a_click_beside_it(show):
    page = show(widgets.RollingBall())
    start = page.get_by_role("slider", name="where the ball starts")
    start.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert said(page)[0] == [-1.95, 1.0]
    assert start.get_attribute("aria-valuetext") == "w₁ −1.95, w₂ 1.00"
    box = start.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for by in (20, 40):
        page.mouse.move(box["x"] + box["width"] / 2 + by, box["y"] + box["height"] / 2)
    page.mouse.up()
    dragged = said(page)[0]
    assert dragged[0] > -1.8 and dragged[1] == pytest.approx(1.0, abs=0.03)
    ground = page.locator("[data-ground]").bounding_box()
    page.mouse.click(ground["x"] + 0.75 * ground["width"], ground["y"] + 0.25 * ground["height"])
    assert said(page)[0] == pytest.approx([1.2, 1.0], abs=0.03)
    page.get_by_role("button", name="Reset").click()
    assert said(page)[0] == [-2.0, 1.5]


def test_steps_rate_and_surface_by_keyboard(show):
    page = show(widgets.RollingBall())
    step = page.get_by_role("button", name="Step", exact=True)
    for _ in range(3):
        step.press("Enter")
    assert status(page).startswith("Step 3:")
    page.get_by_label("learning rate η").press("ArrowRight")
    weights, loss, _ = by_dlcore("bowl", (-2, 1.5), 0.25, 3)  # the path is drawn anew, the step stays
    assert said(page)[:2] == (pytest.approx(weights, abs=6e-3), pytest.approx(loss, rel=6e-3))
    page.get_by_label("surface", exact=True).select_option("saddle")
    assert said(page)[0] == [-1.5, 1.5] and status(page).startswith("At the start")
    page.get_by_role("button", name="Reset").click()
    assert page.get_by_label("surface", exact=True).input_value() == "bowl" and said(page)[0] == [-2.0, 1.5]


def test_play_walks_by_itself(show):
    page = show(widgets.RollingBall(), reduced_motion="reduce")
    page.get_by_label("pace").select_option("4")
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(700)
    page.get_by_role("button", name="Pause").click()
    assert int(page.get_by_label("step", exact=True).input_value()) >= 3


def test_contour_lines_lie_where_the_surface_has_their_level(show):
    page = show(widgets.RollingBall())
    path = page.locator("path[stroke-opacity]").nth(6).get_attribute("d")
    points = np.array([[float(v) for v in pair.split()] for pair in re.findall(r"[ML]([\d.]+ [\d.]+)", path)])
    box = {name: float(page.locator("[data-ground]").get_attribute(name)) for name in ("x", "y", "width", "height")}
    w1 = -2.4 + 4.8 * (points[:, 0] - box["x"]) / box["width"]
    w2 = 2 - 4 * (points[:, 1] - box["y"]) / box["height"]
    heights = SURFACES["bowl"](w1, w2)
    assert len(points) > 100 and np.ptp(heights) < 0.02 * heights.mean()


# ---------------------------------------------------------------------------------------------------- batches

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 2))
Y = X @ [30.0, -10.0] + RNG.normal(size=12) * 8


def at(page):
    """(weights, loss, distance to the best weights) as the line of working says them."""
    found = numbers(page.locator(".dl-formula").inner_text())
    return found[1:3], found[3], found[4]


def test_all_examples_in_a_batch_equal_dlcores_gradient_descent(show):
    page = show(widgets.NoisySteps(X, Y, batch_size=12, learning_rate=0.1))
    put(page, "step", 9)
    w = Variable(np.zeros((2, 1)))
    sgd = optimizers.SGD(0.1)
    for _ in range(9):
        loss = losses.MeanSquaredError()(Y[:, None], Tensor(X) @ w)
        sgd.apply(gradients(loss, [w]), [w])
    best = np.linalg.lstsq(X, Y, rcond=None)[0]
    weights, loss, away = at(page)
    assert weights == pytest.approx(w.numpy().ravel(), rel=6e-3)
    assert loss == pytest.approx(np.mean((X @ w.numpy().ravel() - Y) ** 2), rel=6e-3)
    assert away == pytest.approx(np.linalg.norm(w.numpy().ravel() - best), rel=6e-3)
    assert "The batch is all examples." in page.locator(".dl-formula").inner_text()
    assert page.locator("[data-cloud] circle").count() == 0


def test_batches_of_an_epoch_hold_every_example_once(show):
    page = show(widgets.NoisySteps(X, Y, batch_size=1, learning_rate=0.01))
    put(page, "learning rate η", 0)  # 0.01
    taken, before = [], np.zeros(2)
    for step in range(1, 13):
        put(page, "step", step)
        now = np.array(at(page)[0])
        moves = -0.01 * 2 * (X @ before - Y)[:, None] * X  # what each example alone would do
        gaps = np.abs(moves - (now - before)).max(axis=1)
        taken.append(int(gaps.argmin()))
        before = now
    assert len(set(taken)) >= 11  # three digits are said, so two examples may be taken for one another


def test_larger_batches_make_a_narrower_cloud_about_the_same_place(show):
    page = show(widgets.NoisySteps(X, Y, batch_size=1, learning_rate=0.1))

    def cloud():
        dots = page.locator("[data-cloud] circle").evaluate_all(
            "all => all.map(c => [+c.getAttribute('cx'), +c.getAttribute('cy')])"
        )
        return np.mean(dots, axis=0), np.std(dots, axis=0).sum()

    middle_1, spread_1 = cloud()
    page.get_by_label("batch size m").press("End")
    page.get_by_label("batch size m").press("ArrowLeft")  # 8 of 12
    middle_8, spread_8 = cloud()
    assert spread_8 < 0.35 * spread_1  # by the formula √((12 − 8) / (8 · 11)) = 0.21
    assert np.abs(middle_8 - middle_1).max() < 0.5 * spread_1


def test_the_angles_of_single_examples_are_about_their_mean(show):
    page = show(widgets.NoisySteps(X, Y, batch_size=1, learning_rate=0.1))
    each = -2 * Y[:, None] * X  # at the start, w = 0
    gradient = each.mean(axis=0)
    cosines = each @ gradient / np.linalg.norm(each, axis=1) / np.linalg.norm(gradient)
    angles = np.degrees(np.arccos(cosines))
    this, others = numbers(page.locator(".dl-formula").inner_text().split("This batch points")[1])[::2]
    assert np.abs(angles - this).min() < 0.51
    assert others == pytest.approx(angles.mean(), abs=3 * angles.std() / np.sqrt(60))


def test_small_batches_tremble_and_reset_brings_the_same_walk_back(show):
    page = show(widgets.NoisySteps(X, Y, batch_size=1, learning_rate=0.1))
    put(page, "step", 80)
    first = at(page)
    assert "80 examples looked at in 80 steps" in status(page) and status(page).endswith("and trembling there.")
    page.get_by_role("button", name="Shuffle anew").click()
    assert at(page) != first
    page.get_by_role("button", name="Reset").click()
    put(page, "step", 80)
    assert at(page) == first


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_is_too_small_or_too_wide(show, theme):
    page = show(widgets.RollingBall(), widgets.NoisySteps(X, Y), width=390, theme=theme)
    fit_a_phone(page)


# ---------------------------------------------------------------------------------------------------- what is refused


def test_data_without_best_weights_are_refused():
    with pytest.raises(ValueError, match=r"x \(3, 1\) and y \(3,\)"):
        widgets.NoisySteps(np.ones((3, 1)), np.ones(3))
    with pytest.raises(ValueError, match="multiple of the other"):
        widgets.NoisySteps(np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]), np.ones(3))
    with pytest.raises(ValueError, match="NaN"):
        widgets.NoisySteps(np.array([[1.0, np.nan], [2.0, 4.0]]), np.ones(2))
