"""The explorable of the deep-networks chapter in a browser; its numbers are held against dlcore's layers and tape."""

import numpy as np
import pytest

from dlcore import Tensor, gradients, layers, ops, widgets
from tests.book.explorable_page import fit_a_phone, formula, numbers, put, status

UNITS = ROWS = 32


# ---------------------------------------------------------------------------------------------------- in NumPy


def normal(seed):
    """The explorable's random numbers: mulberry32, and Box and Muller's formula."""
    state = (seed * 0x9E3779B9) & 0xFFFFFFFF

    def uniform():
        nonlocal state
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = ((state ^ (state >> 15)) * (1 | state)) & 0xFFFFFFFF
        t ^= (t + (((t ^ (t >> 7)) * (61 | t)) & 0xFFFFFFFF)) & 0xFFFFFFFF
        return (t ^ (t >> 14)) / 2**32

    def draw(count):
        pairs = [(uniform(), uniform()) for _ in range(count)]
        return np.array([np.sqrt(-2 * np.log(1 - u)) * np.cos(2 * np.pi * v) for u, v in pairs])

    return draw


class DRAWS(dict):
    """Input, arriving gradient and the unit weights of the first layers, for each seed."""

    def __missing__(self, seed):
        draw = normal(seed)
        x, g = draw(ROWS * UNITS).reshape(ROWS, UNITS), draw(ROWS * UNITS).reshape(ROWS, UNITS)
        g /= size(g)  # of size 1, not about 1
        self[seed] = x, g, [draw(UNITS * UNITS).reshape(UNITS, UNITS) for _ in range(30)]
        return self[seed]


DRAWN = DRAWS()
NORMS = {"batch": layers.BatchNormalization, "layer": layers.LayerNormalization}


def size(v):
    return float(np.sqrt(np.mean(np.square(np.asarray(v, dtype=float)))))


def by_dlcore(depth=30, activation="relu", spread=0.1, norm="none", residual=False, seed=1):
    """Sizes of the answers, of the gradients at them, and of the weights' gradients; the last layer's answers."""
    x, g, weights = DRAWN[seed]
    answers, kernels = [Tensor(x, requires_grad=True)], []
    for w in weights[:depth]:
        dense = layers.Dense(UNITS, use_bias=False, dtype="float64")
        dense.build((None, UNITS))
        dense.kernel.assign(w * spread)
        z = dense(answers[-1])
        if norm in NORMS:
            z = NORMS[norm](dtype="float64")(z, training=True)
        a = layers.Activation(activation, dtype="float64")(z)
        answers.append(answers[-1] + a if residual else a)
        kernels.append(dense.kernel)
    loss = ops.sum(answers[-1] * g)
    arriving = gradients(loss, answers[:-1])
    moving = gradients(loss, kernels)
    return (
        [size(a.numpy()) for a in answers],
        [*map(size, arriving), size(g)],
        [size(dw) / ROWS for dw in moving],
        answers[-1].numpy(),
    )


def alike(a):
    rows = a / np.linalg.norm(a, axis=1, keepdims=True)
    cosines = rows @ rows.T
    return (cosines.sum() - ROWS) / (ROWS * (ROWS - 1))


CASES = [
    {},
    {"spread": 0.5, "depth": 12},
    {"activation": "sigmoid", "spread": 0.25},
    {"activation": "tanh", "spread": 0.177, "seed": 3},
    {"activation": "linear", "spread": 0.2, "norm": "layer", "depth": 7},
    {"norm": "batch", "spread": 0.25},
    {"norm": "batch", "spread": 0.02, "activation": "sigmoid"},
    {"residual": True, "spread": 0.05, "depth": 20},
    {"residual": True, "spread": 0.25, "norm": "batch", "activation": "tanh"},
    {"residual": True, "spread": 0.3, "norm": "layer"},
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_sizes_equal_dlcores(show, case):
    answers, arriving, moving, last = by_dlcore(**case)
    depth = len(answers) - 1
    page = show(widgets.LayerSizes(**case))
    near = {"rel": 0.06, "abs": 6e-4}  # two digits are said with a power of ten, else three places
    layer, answer, likeness, gradient, weight = numbers(formula(page))
    assert layer == depth
    assert (answer, gradient, weight) == tuple(
        pytest.approx(v, **near) for v in (answers[-1], arriving[-1], moving[-1])
    )
    assert likeness == pytest.approx(alike(last), abs=6e-3)
    up, _, up_each, down, down_each = numbers(status(page))
    assert (up, down) == (
        pytest.approx(answers[-1] / answers[0], **near),
        pytest.approx(arriving[0] / arriving[-1], **near),
    )
    assert up_each == pytest.approx((answers[-1] / answers[0]) ** (1 / depth), **near)
    assert down_each == pytest.approx((arriving[0] / arriving[-1]) ** (1 / depth), **near)


@pytest.mark.parametrize("case", CASES[:3] + CASES[5:6], ids=str)
def test_every_point_of_both_curves_lies_where_dlcore_has_it(show, case):
    answers, arriving, *_ = by_dlcore(**case)
    page = show(widgets.LayerSizes(**case))
    for name, sizes in (("answers", answers), ("gradients", arriving)):
        drawn = page.locator(f"[data-curve={name}] polyline").get_attribute("points").split()
        heights = np.array([-float(point.split(",")[1]) for point in drawn])
        logs = np.log10(sizes)
        assert len(heights) == len(logs)
        slope, height = np.polyfit(logs, heights, 1)  # the axis is linear in the power of ten
        assert slope > 0
        assert np.abs(slope * logs + height - heights).max() < 0.05


def test_gradients_of_a_middle_layer_by_the_marker_and_the_histogram_counts_all(show):
    _, arriving, moving, _ = by_dlcore(spread=0.25, norm="batch")
    page = show(widgets.LayerSizes(spread=0.25, norm="batch"))
    marker = page.get_by_role("slider", name="layer to look at")
    marker.focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowRight")
    layer, _, _, gradient, weight = numbers(formula(page))
    assert layer == 11 and marker.get_attribute("aria-valuetext") == "11"
    assert (gradient, weight) == (pytest.approx(arriving[11], rel=0.01), pytest.approx(moving[10], rel=0.01))
    counts = page.locator("[data-bin]").evaluate_all("all => all.map(bin => +bin.getAttribute('data-bin'))")
    assert sum(counts) == ROWS * UNITS and sum(counts[:12]) == 0  # after a ReLU nothing is negative
    page.keyboard.press("Home")
    assert formula(page).startswith("The input: answers ")


def test_marker_and_sliders_answer_the_pointer(show):
    page = show(widgets.LayerSizes())
    box = page.get_by_role("slider", name="layer to look at").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    for by in (-60, -140, -200):
        page.mouse.move(middle[0] + by, middle[1])
    page.mouse.up()
    assert 10 < numbers(formula(page))[0] < 20
    slider = page.get_by_label("spread σ", exact=True).bounding_box()
    page.mouse.click(slider["x"] + 0.98 * slider["width"], slider["y"] + slider["height"] / 2)
    assert status(page).startswith("The answers explode") and "The gradient explodes" in status(page)


@pytest.mark.parametrize(
    "spread, said",
    [(0.1, "vanish"), (0.23, "shrink somewhat"), (0.25, "keep about their size"), (0.29, "grow somewhat")]
    + [(0.5, "explode")],
)
def test_the_words_for_a_change_go_by_its_factor(show, spread, said):
    answers, arriving, *_ = by_dlcore(spread=spread)
    words = {0.01: "vanish", 1 / 5: "shrink somewhat", 5: "keep about their size", 100: "grow somewhat"}
    up, down = answers[-1] / answers[0], arriving[0] / arriving[-1]
    assert next((word for most, word in words.items() if up <= most), "explode") == said
    page = show(widgets.LayerSizes(spread=spread))
    assert status(page).startswith(f"The answers {said}: ")
    gone = next((word for most, word in words.items() if down <= most), "explode").split()[0]
    assert f"The gradient {gone}" in status(page)


def test_starts_set_the_spread_and_the_slider_frees_it(show):
    page = show(widgets.LayerSizes())
    start, spread = page.get_by_label("start", exact=True), page.get_by_label("spread σ", exact=True)
    start.select_option("he")
    assert spread.input_value() == "0.25" and "keep about their size" in status(page)
    exact = by_dlcore(spread=0.25)[0]
    assert numbers(status(page))[0] == pytest.approx(exact[-1] / exact[0], rel=0.01)
    start.select_option("glorot")
    exact = by_dlcore(spread=np.sqrt(1 / 32))[0]
    assert numbers(status(page))[0] == pytest.approx(exact[-1] / exact[0], rel=0.06)
    spread.press("ArrowRight")
    assert start.input_value() == "own" and spread.input_value() == "0.178"
    page.get_by_role("button", name="Reset").click()
    assert spread.input_value() == "0.1" and start.input_value() == "own"


def test_depth_activation_norm_and_way_around_by_keyboard_and_a_new_draw(show):
    page = show(widgets.LayerSizes())
    put(page, "depth", 9)
    page.get_by_label("depth", exact=True).press("ArrowRight")
    page.get_by_label("activation", exact=True).select_option("tanh")
    page.get_by_label("normalisation", exact=True).select_option("layer")
    page.get_by_label("a way around each layer").press("Space")
    answers, arriving, *_ = by_dlcore(10, "tanh", 0.1, "layer", True)
    found = numbers(status(page))
    assert found[1] == 10 and found[0] == pytest.approx(answers[-1] / answers[0], rel=0.01)
    assert found[3] == pytest.approx(arriving[0] / arriving[-1], rel=0.01)
    page.get_by_role("button", name="Draw anew").press("Enter")
    answers, *_ = by_dlcore(10, "tanh", 0.1, "layer", True, seed=2)
    assert numbers(status(page))[0] == pytest.approx(answers[-1] / answers[0], rel=0.01)
    page.get_by_role("button", name="Reset").click()
    assert "× 2.5·10⁻¹³ over 30 layers" in status(page)


def test_what_the_words_say_is_true():
    words = widgets.LayerSizes().alternative
    small, large = by_dlcore(spread=0.1)[0][-1], by_dlcore(spread=0.5)[0][-1]
    assert "some 10⁻¹²" in words and 1e-13 < small < 1e-11
    assert "some 10⁹" in words and 1e8 < large < 1e10
    assert "stay level from a spread of 0.05 on; at 0.01 they shrink" in words
    for norm in ("batch", "layer"):
        least, *others = (by_dlcore(spread=spread, norm=norm)[0][-1] for spread in (0.01, 0.05, 0.1, 0.5))
        assert np.ptp(others) < 0.1 * max(others) and least < 0.7 * min(others)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_is_too_small_or_too_wide(show, theme):
    page = show(widgets.LayerSizes(), width=390, theme=theme)
    fit_a_phone(page)
    assert page.get_by_role("slider", name="layer to look at").bounding_box()["width"] >= 44


def test_with_less_motion_nothing_is_animated(show):
    page = show(widgets.LayerSizes(), reduced_motion="reduce")
    page.get_by_role("button", name="Draw anew").click()
    assert page.evaluate("document.getAnimations().length") == 0


def test_settings_out_of_range_are_refused():
    for wrong in ({"activation": "gelu"}, {"norm": "group"}, {"depth": 41}, {"spread": 0.0}):
        with pytest.raises(Exception, match=next(iter(wrong))):
            widgets.LayerSizes(**wrong)
