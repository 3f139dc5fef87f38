"""The explorables of the losses chapter in a browser; what they compute is held against dlcore's losses."""

import re

import numpy as np
import pytest
from scipy.optimize import minimize

from dlcore import Tensor, gradients, losses, ops, widgets
from tests.book.explorable_page import fit_a_phone, numbers, status

YEARS = np.arange(1950.0, 1962.0)
CALLS = np.array([4.4, 4.7, 4.7, 5.9, 6.6, 7.3, 8.1, 8.8, 10.6, 12.0, 13.5, 14.9])
NUMBER = r"(−?\d+\.?\d*)"


# ---------------------------------------------------------------------------------------------------- probability


def by_dlcore(loss, z, truth):
    """(p, loss, slope in z) of one prediction with the score z."""
    z = Tensor(np.array([[z]]), requires_grad=True)
    value = loss(np.array([[float(truth)]]), ops.sigmoid(z))
    (slope,) = gradients(value, [z])
    return ops.sigmoid(z).item(), value.item(), float(np.asarray(slope).item())


def shown(page, row):
    """(p, loss, slope in z) as the line of working says them."""
    text = page.locator(".dl-formula").nth(row).inner_text()
    found = re.search(rf"p = {NUMBER}, loss {NUMBER}, .*slope in z {NUMBER}", text)
    return [float(part.replace("−", "-")) for part in found.groups()]


LOSSES = [losses.BinaryCrossentropy(), losses.MeanSquaredError()]


@pytest.mark.parametrize("truth", [1, 0])
@pytest.mark.parametrize("p", [0.001, 0.02, 0.5, 0.77, 0.999])
def test_losses_and_slopes_equal_dlcores(show, p, truth):
    page = show(widgets.ProbabilitySlider(p=p, truth=truth))
    for row, loss in enumerate(LOSSES):
        assert shown(page, row) == pytest.approx(by_dlcore(loss, np.log(p / (1 - p)), truth), rel=6e-3, abs=6e-4)


def test_steps_downhill_equal_dlcores(show):
    page = show(widgets.ProbabilitySlider(p=0.02))
    page.get_by_role("button", name="Ten steps").click()
    page.get_by_role("button", name="One step each").click()
    for row, loss in enumerate(LOSSES):
        z = np.log(0.02 / 0.98)
        for _ in range(11):
            z -= by_dlcore(loss, z, 1)[2]
        assert shown(page, row)[0] == pytest.approx(1 / (1 + np.exp(-z)), abs=6e-4)
    assert status(page).startswith("After 11 steps the truth is given 0.863")
    page.get_by_role("button", name="Reset").click()
    assert shown(page, 1)[0] == 0.02 and status(page).startswith("The truth is given 0.020.")


def test_the_words_tell_what_ten_steps_do(show):
    page = show(widgets.ProbabilitySlider(p=0.02))
    page.get_by_role("button", name="Ten steps").click()
    ends = [f"p = {shown(page, row)[0]:.2f}" for row in (0, 1)]
    for end in ends:
        assert end in widgets.ProbabilitySlider().alternative, ends


def test_the_disc_answers_keys_and_pointer_and_sets_both(show):
    page = show(widgets.ProbabilitySlider(p=0.5))
    disc = page.get_by_role("slider", name="probability p of yes, on the curve")
    disc.focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowRight")
    assert shown(page, 0)[0] == shown(page, 1)[0] == 0.41
    assert page.evaluate("document.activeElement.getAttribute('data-of')") == "cross-entropy"
    box = disc.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for by in (-20, -40, -60):
        page.mouse.move(box["x"] + box["width"] / 2 + by, box["y"] + box["height"] / 2)
    page.mouse.up()
    assert 0.15 < shown(page, 0)[0] < 0.3
    page.get_by_label("the truth").select_option("0")
    assert shown(page, 0)[2] > 0  # the truth is no, so p is to fall


# ---------------------------------------------------------------------------------------------------- the line


def best_line(loss, x, y):
    """The smallest value of the loss that any line reaches, and that line."""
    middle = x.mean()

    def cost(line):
        return loss(y, line[0] * (x - middle) + line[1]).item()

    starts = [np.array([slope, np.median(y)]) for slope in (0.0, 1.0, 3.0)]
    options = {"xatol": 1e-10, "fatol": 1e-13, "maxiter": 20_000, "maxfev": 20_000}
    found = min((minimize(cost, start, method="Nelder-Mead", options=options) for start in starts), key=lambda f: f.fun)
    return cost, found


def slopes_of(page):
    """The slopes of the lines, as they are said."""
    return dict(zip(("MSE", "Huber", "MAE", "rest"), numbers(status(page)), strict=True))


@pytest.mark.parametrize("last", [14.9, 30.0, 55.0])
@pytest.mark.parametrize("delta", [1.0, 2.0, 6.0])
def test_the_three_lines_are_the_best_ones_by_dlcores_losses(show, last, delta):
    calls = np.append(CALLS[:-1], last)
    page = show(widgets.RobustLine(YEARS, calls, delta=delta, y_range=(0, 60)))
    said = slopes_of(page)
    kinds = {
        "MSE": losses.MeanSquaredError(),
        "Huber": losses.Huber(delta=delta),
        "MAE": losses.MeanAbsoluteError(),
    }
    for name, loss in kinds.items():
        cost, best = best_line(loss, YEARS, calls)
        ours = minimize(lambda b, w=said[name], cost=cost: cost([w, b[0]]), [best.x[1]], method="Nelder-Mead")
        assert ours.fun == pytest.approx(best.fun, rel=2e-3, abs=1e-3), name
        if name != "MAE":  # whose best line need not be the only one
            assert said[name] == pytest.approx(best.x[0], abs=0.006), name
    assert said["rest"] == pytest.approx(np.polyfit(YEARS[:-1], CALLS[:-1], 1)[0], abs=0.006)


def test_pulls_are_the_slopes_of_dlcores_losses(show):
    calls = np.append(CALLS[:-1], 55.0)
    page = show(widgets.RobustLine(YEARS, calls, delta=2.0, y_range=(0, 60)))
    line = np.polyfit(YEARS - 1950, calls, 1)
    error = Tensor(np.polyval(line, 11.0) * np.ones((1, 1)), requires_grad=True)
    (pull,) = gradients(losses.MeanSquaredError()(np.array([[55.0]]), error), [error])
    said = numbers(page.locator(".dl-formula").inner_text())
    assert said == [pytest.approx(abs(float(np.asarray(pull).item())), abs=0.06), 2.0, 1.0]


def test_the_ringed_point_answers_keys_and_pointer(show):
    page = show(widgets.RobustLine(YEARS, CALLS, y_range=(0, 60)))
    before = slopes_of(page)
    point = page.get_by_role("slider", name="the ringed point")
    point.focus()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowUp")
    after = slopes_of(page)
    assert after["MSE"] > before["MSE"] + 0.5 and abs(after["MAE"] - before["MAE"]) < 0.1
    assert point.get_attribute("aria-valuetext") == "1961.0, 34.9"
    box = point.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for by in (-30, -60):
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + by)
    page.mouse.up()
    assert slopes_of(page)["MSE"] > after["MSE"]
    page.get_by_role("button", name="Reset").click()
    assert slopes_of(page) == before


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_is_too_small_or_too_wide(show, theme):
    both = widgets.ProbabilitySlider(), widgets.RobustLine(YEARS, CALLS, y_range=(0, 60))
    page = show(*both, width=390, theme=theme)
    fit_a_phone(page)


# ---------------------------------------------------------------------------------------------------- what is refused


def test_data_without_a_line_are_refused():
    with pytest.raises(ValueError, match=r"x \(2,\) and y \(3,\)"):
        widgets.RobustLine([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="all x are the same"):
        widgets.RobustLine([1.0, 1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="NaN"):
        widgets.RobustLine([1.0, 3.0, 2.0], [1.0, np.nan, 3.0])
