"""The explorables of the networks chapter in a browser; what they compute is held against dlcore's layers."""

import numpy as np
import pytest

from dlcore import Input, Sequential, layers, ops, widgets
from dlcore.widgets import networks
from tests.book.explorable_page import fit_a_phone, numbers, put, status

PLACES = np.linspace(0, 1, networks.SAMPLES)
TARGETS = {"one hill": networks.hill, "waves": networks.waves, "a jump": networks.jump}
XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
KERNEL = np.array([[2.0, -1.0], [-1.0, 2.0]])


def drag(page, element, dx, dy):
    box = element.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()


# ---------------------------------------------------------------------------------------------------- bumps


def network(bumps, shape, steepness):
    """The network that the explorable speaks of, as a dlcore model: boxes of two sigmoids or tents of three ReLUs."""
    kernel, bias, last = [], [], []
    for at, width, height in bumps:
        left, right = at - width / 2, at + width / 2
        if shape == "box":
            kernel += [steepness] * 2
            bias += [-steepness * left, -steepness * right]
            last += [height, -height]
        else:
            slope = height / (width / 2)
            kernel += [1.0] * 3
            bias += [-left, -at, -right]
            last += [slope, -2 * slope, slope]
    hidden = layers.Dense(len(bias), "sigmoid" if shape == "box" else "relu", dtype="float64")
    model = Sequential([Input((1,), dtype="float64"), hidden, layers.Dense(1, dtype="float64")])
    model.set_weights([np.array([kernel]), np.array(bias), np.array(last)[:, None], np.zeros(1)])
    return model


def told(model, target, bumps):
    """What the status line should say of this network: bumps, units, parameters, mean and largest distance."""
    gap = np.abs(model(PLACES[:, None]).numpy()[:, 0] - TARGETS[target](PLACES))
    return [bumps, model.layers[0].units, model.count_params(), gap.mean(), gap.max()]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("shape", "steepness"), [("box", 100), ("box", 20), ("tent", 100)])
def test_its_curve_is_a_dlcore_networks(show, target, shape, steepness):
    bumps = [(0.3, 0.2, 0.6), (0.62, 0.4, -0.25), (0.9, 0.1, 1.0)]
    page = show(widgets.BumpBuilder(bumps=bumps, steepness=steepness))
    page.get_by_label("target", exact=True).select_option(target)
    page.get_by_label("made of").select_option(shape)
    said = numbers(status(page))
    assert said == pytest.approx(told(network(bumps, shape, steepness), target, 3), abs=6e-4)


@pytest.mark.parametrize("count", [6, 12, 24])
def test_placed_evenly_they_come_as_close_as_the_words_say(show, count):
    page = show(widgets.BumpBuilder())
    put(page, "place evenly: bumps", count)
    at = np.linspace(0, 1, count)
    bumps = [(place, at[1], networks.hill(place)) for place in at]
    said = numbers(status(page))
    assert said == pytest.approx(told(network(bumps, "box", 100), "one hill", count), abs=6e-4)
    assert f"{said[-1]:.2f}" in widgets.BumpBuilder().alternative
    page.get_by_label("made of").select_option("tent")
    put(page, "place evenly: bumps", count)
    tents = [(place, 2 * at[1], networks.hill(place)) for place in at]
    assert numbers(status(page)) == pytest.approx(told(network(tents, "tent", 100), "one hill", count), abs=6e-4)


def test_three_bumps_like_the_tiers_of_a_cake_come_as_close_as_the_chapter_says(show):
    page = show(widgets.BumpBuilder(bumps=[(0.45, 0.16, 0.30), (0.45, 0.28, 0.36), (0.45, 0.44, 0.30)]))
    assert numbers(status(page))[-1] == pytest.approx(0.07, abs=5e-3)


def test_no_number_of_bumps_gets_over_the_jump(show):
    page = show(widgets.BumpBuilder(steepness=300))
    page.get_by_label("target", exact=True).select_option("a jump")
    put(page, "place evenly: bumps", 24)
    assert numbers(status(page))[-1] > 0.18


def test_a_bump_is_moved_by_keys_and_pointer_added_and_removed(show):
    page = show(widgets.BumpBuilder())
    first = status(page)
    bump = page.get_by_role("slider", name="Bump 1 of 1")
    bump.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowUp")
    assert bump.get_attribute("aria-valuetext") == "at 0.40, height 0.61"
    drag(page, bump, 40, -60)
    at, height = numbers(bump.get_attribute("aria-valuetext"))
    assert at > 0.42 and height > 0.7
    model = network([(at, 0.2, height)], "box", 100)
    assert numbers(status(page)) == pytest.approx(told(model, "one hill", 1), abs=6e-4)
    page.get_by_role("button", name="Add a bump").click()
    assert status(page).startswith("2 bumps, 4 hidden units, 13 parameters.")
    page.get_by_role("slider", name="Bump 2 of 2").focus()
    page.keyboard.press("PageDown")
    assert (
        page.get_by_role("slider", name="Bump 1 of 2").get_attribute("aria-valuetext")
        == f"at {at:.2f}, height {height:.2f}"
    )
    page.get_by_role("button", name="Remove it").click()
    assert status(page).startswith("1 bump, 2 hidden units")
    page.get_by_role("button", name="Reset").click()
    assert status(page) == first


# ---------------------------------------------------------------------------------------------------- the plane


def hidden(bend, bias):
    """Where dlcore's layer puts the four dots."""
    layer = layers.Dense(2, bend, dtype="float64")
    layer.build((None, 2))
    layer.set_weights([KERNEL, np.full(2, float(bias))])
    return layer(XOR).numpy()


def places(page):
    """Where the explorable says that the four dots are."""
    return np.array(numbers(page.locator(".dl-formula").inner_text())).reshape(4, 4)[:, 2:]


@pytest.mark.parametrize(("bend", "name"), [("relu", "relu"), ("tanh", "tanh"), (None, "none, as it is")])
@pytest.mark.parametrize("bias", [-1.5, -1.0, 0.0, 1.0])
def test_the_dots_end_where_dlcores_layer_puts_them(show, bend, name, bias):
    page = show(widgets.BendPlane(bias=bias, stage=3))
    page.get_by_label("bend", exact=True).select_option(name)
    assert places(page) == pytest.approx(hidden(bend, bias), abs=6e-3)


def test_the_way_goes_through_w_then_b_then_the_bend(show):
    page = show(widgets.BendPlane(stage=0))
    for stage, wanted in ((0, XOR), (0.5, (XOR + XOR @ KERNEL) / 2), (1, XOR @ KERNEL), (2, XOR @ KERNEL - 1)):
        put(page, "through the layer", stage)
        assert places(page) == pytest.approx(wanted, abs=6e-3)
        assert "No line separates the dots here." in status(page)
    put(page, "through the layer", 3)
    assert status(page) == "Bent. Some line separates the dots here. Yours does."


@pytest.mark.parametrize(
    ("bend", "bias", "possible"),
    [("relu", 0, False), ("relu", -0.5, True), ("relu", -1, True), ("relu", -2, False)]
    + [("tanh", -1, False), ("tanh", -1.5, True), ("none, as it is", -1, False)],
)
def test_it_says_whether_any_line_separates(show, bend, bias, possible):
    page = show(widgets.BendPlane(stage=3))
    page.get_by_label("bend", exact=True).select_option(bend)
    put(page, "both biases b", bias)
    assert ("Some line separates" in status(page)) == possible


@pytest.mark.parametrize("bend", ["relu", "tanh"])
def test_the_shaded_part_of_the_input_plane_is_where_the_layer_and_the_line_say_yes(show, bend):
    page = show(widgets.BendPlane(stage=3, bias=-1.0))
    page.get_by_label("bend", exact=True).select_option(bend)
    look = """([x, y]) => {
      const path = document.querySelector('.dl-bend path.dl-is-activation'), box = path.ownerSVGElement.viewBox.baseVal;
      const scale = Math.min((box.width - 2) / (1.5 * 1.3), (box.height - 2) / (1.5 * 1.45));
      const at = new DOMPoint(box.width / 2 + (x - 0.5) * scale, box.height / 2 - (y - 0.5) * scale);
      return path.isPointInFill(at); }"""
    layer = layers.Dense(2, bend, dtype="float64")
    layer.build((None, 2))
    layer.set_weights([KERNEL, np.full(2, -1.0)])
    points = np.random.default_rng(0).uniform(-0.3, 1.3, size=(60, 2))
    score = layer(points).numpy().sum(axis=1) / np.sqrt(2) - 0.35
    for point, value in zip(points, score, strict=True):
        if abs(value) > 0.03:
            assert page.evaluate(look, point.tolist()) == (value > 0), point


def test_both_planes_start_alike_and_the_axes_follow_the_stage(show):
    page = show(widgets.BendPlane(stage=0))
    planes = page.locator(".dl-plane")
    at = "e => [...e.querySelectorAll('.dl-dot')].map((dot) => dot.getAttribute('transform'))"
    assert planes.nth(1).evaluate(at) == planes.nth(0).evaluate(at)
    for stage, name in ((0, "x₁"), (0.5, "(xW)₁"), (2, "z₁"), (2.5, "h₁")):
        put(page, "through the layer", stage)
        assert f"{name} →" in planes.nth(1).text_content()


def test_it_can_start_with_a_line_that_does_not_do_it_yet(show):
    page = show(widgets.BendPlane(stage=3, angle=90))
    assert status(page) == "Bent. Some line separates the dots here. Yours has 1 of 4 on the wrong side."
    put(page, "direction of the arrow", 45)
    assert status(page).endswith("Yours does.")


def test_line_and_arrow_answer_keys_and_pointer(show):
    page = show(widgets.BendPlane(stage=0))
    assert status(page).endswith("Yours has 1 of 4 on the wrong side.")
    line = page.get_by_role("slider", name="Your line, moves along its arrow")
    line.focus()
    page.keyboard.press("Shift+ArrowRight")
    assert line.get_attribute("aria-valuetext") == "distance from 0: 0.70"
    assert page.get_by_label("line’s distance").get_attribute("aria-valuetext") == "0.70"
    tip = page.get_by_role("slider", name="Arrow's tip, turns the line")
    before = tip.get_attribute("aria-valuetext")
    drag(page, tip, -30, -10)
    assert tip.get_attribute("aria-valuetext") != before
    tip.focus()
    turned = tip.get_attribute("aria-valuetext")
    page.keyboard.press("Shift+ArrowDown")
    assert tip.get_attribute("aria-valuetext") != turned
    page.keyboard.press("ArrowDown")  # to a direction between two steps of the slider
    degrees = tip.get_attribute("aria-valuetext").split()[1]
    assert page.get_by_label("direction of the arrow").get_attribute("aria-valuetext") == f"{degrees}°"
    assert int(degrees.replace("−", "-")) % 5 != 0
    page.get_by_role("button", name="Reset").click()
    assert status(page).endswith("Yours has 1 of 4 on the wrong side.")
    assert tip.get_attribute("aria-valuetext") == before


def test_play_arrives_and_leaps_where_motion_is_not_wanted(show):
    page = show(widgets.BendPlane(stage=2.7))
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('.dl-status').textContent.startsWith('Bent')")
    page = show(widgets.BendPlane(), reduced_motion="reduce")
    for stage in ("Times W.", "Plus b.", "Bent.", "Times W."):
        page.get_by_role("button", name="Play").click()
        assert status(page).startswith(stage)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_is_too_small_or_too_wide(show, theme):
    page = show(widgets.BendPlane(stage=1.5), widgets.BumpBuilder(), width=390, theme=theme, touch=True)
    fit_a_phone(page)


# ---------------------------------------------------------------------------------------------------- what is refused


def test_what_they_cannot_show_is_refused():
    with pytest.raises(ValueError, match="at least one bump"):
        widgets.BumpBuilder(bumps=[])
    with pytest.raises(ValueError, match=r"kernel \(3, 2\)"):
        widgets.BendPlane(kernel=np.ones((3, 2)))
    with pytest.raises(ValueError, match="both used"):
        widgets.BendPlane(labels=(1, 1, 1, 1))


def test_the_hidden_layer_of_the_chapter_solves_xor_exactly():
    assert ops.matmul(hidden("relu", -1), np.ones((2, 1))).numpy()[:, 0].tolist() == [0, 1, 1, 0]
