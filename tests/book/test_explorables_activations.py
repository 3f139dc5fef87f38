"""The activations' explorable in a browser; its formulas are held against dlcore's."""

import numpy as np
import pytest

from dlcore import Tensor, activations, gradients, ops, widgets
from dlcore.widgets.activations import CURVES


def number(text):
    return 0.0 if text == "≈ 0" else float(text.replace("−", "-"))


def tiles(page):
    """name → (value, slope), as the small pictures say them."""
    found = {}
    for text in page.locator(".dl-curves-tile").all_inner_texts():
        name, value, slope = [line.strip() for line in text.split("\n") if line.strip()]
        found[name] = number(value), number(slope.removeprefix("slope "))
    return found


def dlcores(name, z, row):
    """Value and slope after `row` neurons with weight 1 and bias 0."""
    z = Tensor(np.array([z]), requires_grad=True)
    a = z
    for _ in range(row):
        a = activations.get(name)(a)
    return a.numpy()[0], gradients(ops.sum(a), [z])[0][0]


def grip(page):
    return page.locator("circle[role=slider]")


def put_row(page, length):
    page.get_by_role("slider", name="neurons in a row").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})); }", str(length)
    )


@pytest.mark.parametrize("row", [1, 2, 7])
@pytest.mark.parametrize("z", [-5.0, -1.28, -0.3, 0.0, 0.75, 2.0, 5.0])
def test_values_and_slopes_are_dlcores(show, z, row):
    found = tiles(show(widgets.ActivationCurves(z=z, row=row)))
    assert list(found) == list(CURVES)
    for name in CURVES:
        assert found[name] == pytest.approx(dlcores(name, z, row), abs=6e-4), name


def test_what_is_called_flat_has_a_small_slope(show):
    page = show(widgets.ActivationCurves(z=-4.0))
    flat = [name for name in CURVES if abs(dlcores(name, -4.0, 1)[1]) < 0.05]
    assert flat == ["step", "sigmoid", "tanh", "relu", "elu", "gelu"]
    assert page.locator(".dl-status").inner_text().startswith("Flat here: " + ", ".join(flat) + ".")
    assert page.locator(".dl-curves-flat").count() == len(flat)


def test_one_handle_moves_every_curve_by_keys_and_pointer(show):
    page = show(widgets.ActivationCurves(z=1.0))
    grip(page).focus()
    page.keyboard.press("ArrowLeft")
    assert grip(page).get_attribute("aria-valuetext") == "z 0.90: sigmoid 0.711, slope 0.206"
    page.keyboard.press("Shift+ArrowLeft")
    assert tiles(page)["tanh"] == pytest.approx(dlcores("tanh", -0.1, 1), abs=6e-4)
    page.keyboard.press("End")
    assert tiles(page)["relu"] == (5.0, 1.0)
    box = grip(page).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 80, box["y"], steps=4)
    page.mouse.up()
    z = number(grip(page).get_attribute("aria-valuenow"))
    assert z < 4.5
    assert tiles(page)["silu"] == pytest.approx(dlcores("silu", z, 1), abs=6e-4)


def test_a_small_picture_chooses_the_large_one_and_reset_returns(show):
    page = show(widgets.ActivationCurves(z=0.5))
    page.get_by_role("button", name="gelu").focus()
    page.keyboard.press("Enter")
    put_row(page, 3)
    value, slope = dlcores("gelu", 0.5, 3)
    assert page.locator(".dl-formula").inner_text() == (
        f"z = 0.50, 3 in a row: gelu gives {value:.3f}, slope {slope:.3f}"
    )
    assert page.locator("[aria-pressed=true]").count() == 1
    page.get_by_role("button", name="Reset").click()
    assert page.locator(".dl-formula").inner_text() == "z = 0.50: sigmoid gives 0.622, slope 0.235"


def test_it_fits_a_phone(show):
    page = show(widgets.ActivationCurves(), width=390, touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_it_cannot_show_is_refused():
    with pytest.raises(ValueError, match="relu"):
        widgets.ActivationCurves(chosen="rellu")
    with pytest.raises(ValueError, match="from −5 to 5"):
        widgets.ActivationCurves(z=9)
