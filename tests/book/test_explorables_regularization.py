"""The explorable of the regularization chapter in a browser; its fits and errors are held against NumPy's."""

import itertools
import re

import numpy as np
import pytest

from dlcore import widgets
from dlcore.widgets.regularization import TRUTH
from tests.book.explorable_page import fit_a_phone, status

GRID = np.linspace(0, 1, 101)
NUMBER = r"(\d+\.\d+)"


def said(page):
    """(training error, test error, lowest test error, where) as the status line says them."""
    pattern = rf"training error {NUMBER}, test error {NUMBER}\. Lowest test error: {NUMBER}, at (\d+) waves"
    return [float(number) for number in re.search(pattern, status(page)).groups()]


def parts(page):
    """(test error, noise, bias², variance) from the line of working."""
    text = page.locator(".dl-formula").inner_text()
    pattern = rf"test {NUMBER}\s+=\s+noise {NUMBER}\s+\+\s+bias² {NUMBER}\s+\+\s+variance {NUMBER}"
    return [float(number) for number in re.search(pattern, text).groups()]


def set_slider(page, label, position):
    """Put a slider of the controls at a position, as a hand would."""
    page.locator(".dl-controls").get_by_label(label).fill(str(position))


def waves_at(t, waves):
    k = np.arange(1, waves + 1)
    return np.column_stack([np.ones(len(t)), np.cos(np.pi * np.outer(t, k)) / k])


def curve(t):
    return np.cos(np.pi * np.outer(t, np.arange(len(TRUTH)))) @ np.array(TRUTH)


def by_numpy(widget, waves=None):
    """(training error, test error, bias², variance), by lstsq: which gives the shortest where there are several."""
    waves, n, q = widget.waves if waves is None else waves, widget.points, widget.dropout
    training, fits = [], []
    for places, errors in zip(np.array(widget.places), np.array(widget.errors), strict=True):
        t = (np.arange(n) + places[:n]) / n
        y = curve(t) + widget.noise * errors[:n]
        rows = waves_at(t, waves)
        price = widget.weight_decay + q / (1 - q) * np.mean(rows**2, axis=0)
        price[0] = 0
        brakes = np.diag(np.sqrt(n * price))[price > 0]
        w = np.linalg.lstsq(np.vstack([rows, brakes]), np.append(y, np.zeros(len(brakes))), rcond=None)[0]
        training.append(np.mean((rows @ w - y) ** 2))
        fits.append(waves_at(GRID, waves) @ w)
    middle = np.mean(fits, axis=0)
    bias2, variance = np.mean((middle - curve(GRID)) ** 2), np.mean((fits - middle) ** 2)
    return np.mean(training), widget.noise**2 + bias2 + variance, bias2, variance


CASES = [
    {"waves": 0},
    {"waves": 5},
    {"waves": 15},
    {"waves": 16},
    {"waves": 40},
    {"waves": 40, "points": 60},
    {"waves": 9, "points": 8},
    {"waves": 15, "weight_decay": 0.01},
    {"waves": 40, "weight_decay": 1.0, "points": 25},
    {"waves": 15, "dropout": 0.1},
    {"waves": 30, "dropout": 0.5, "weight_decay": 0.001},
]


@pytest.mark.parametrize("settings", CASES, ids=str)
def test_errors_and_their_parts_equal_numpys(show, settings):
    widget = widgets.NoisyCurve(**settings)
    page = show(widget)
    training, test, bias2, variance = by_numpy(widget)
    assert said(page)[:2] == pytest.approx([training, test], abs=6e-4)
    assert parts(page) == pytest.approx([test, widget.noise**2, bias2, variance], abs=6e-4)


def test_the_drawn_curves_are_the_errors_of_every_number_of_waves(show):
    widget = widgets.NoisyCurve()
    page = show(widget)
    lines = {}
    for name in ("training", "test"):
        points = page.locator(f'[data-line="{name}"]').get_attribute("points").split()
        lines[name] = np.array([float(point.split(",")[1]) for point in points])
    errors = np.array([by_numpy(widget, waves)[:2] for waves in range(41)])
    scale = np.polyfit(errors.T.ravel(), np.concatenate([lines["training"], lines["test"]]), 1)
    for drawn, wanted in zip(lines.values(), errors.T, strict=True):
        assert np.polyval(scale, wanted) == pytest.approx(drawn, abs=0.2)  # pixels
    best = errors[:, 1].argmin()
    assert said(page)[2:] == pytest.approx([errors[best, 1], best], abs=6e-4)


def test_dropouts_price_is_the_average_over_all_masks():
    rng = np.random.default_rng(0)
    rows, y, w, q = rng.normal(size=(9, 3)), rng.normal(size=9), rng.normal(size=3), 0.3
    averaged = 0
    for kept in itertools.product((0, 1), repeat=3):
        chance = np.prod(np.where(kept, 1 - q, q))
        averaged += chance * np.mean((rows @ (w * np.array(kept) / (1 - q)) - y) ** 2)
    price = q / (1 - q) * w**2 @ np.mean(rows**2, axis=0)
    assert averaged == pytest.approx(np.mean((rows @ w - y) ** 2) + price)


def test_the_words_tell_what_is_shown(show):
    page = show(widgets.NoisyCurve())
    words = widgets.NoisyCurve().alternative
    for label, position, sentence in [
        ("waves (capacity)", 5, "falls to {} at 5 waves"),
        ("waves (capacity)", 40, "falls again to {} at 40"),
        ("waves (capacity)", 15, "rises to {} at 15 waves"),
        ("weight decay λ", 5, "the error at 15 waves is {}"),
        ("weight decay λ", 0, "rises to {} at 15 waves"),
        ("dropout, rate q", 0.1, "rate of 0.1 brings it to {}"),
        ("waves (capacity)", 40, "(at 40 waves it does harm: {})"),
        ("waves (capacity)", 15, "rate of 0.1 brings it to {}"),
        ("dropout, rate q", 0, "rises to {} at 15 waves"),
        ("training points", 60, "60 points to {}"),
    ]:
        set_slider(page, label, position)
        assert sentence.format(f"{said(page)[1]:.3f}") in words, (label, position)


def test_sliders_and_ring_answer_keys_and_pointer(show):
    page = show(widgets.NoisyCurve())
    start = status(page)
    slider = page.locator(".dl-controls").get_by_label("waves (capacity)")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert status(page).startswith("15 weights, 16 points")
    ring = page.get_by_role("slider", name="number of waves, on the dashed curve")
    ring.focus()
    page.keyboard.press("Shift+ArrowLeft")
    assert status(page).startswith("5 weights") and slider.input_value() == "4"
    assert ring.get_attribute("aria-valuetext") == "4 waves"
    set_slider(page, "waves (capacity)", 0)
    assert status(page).startswith("1 weight, 16 points")
    box = ring.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    for by in (40, 80, 120):
        page.mouse.move(middle[0] + by, middle[1])
    page.mouse.up()
    assert 10 < int(slider.input_value()) < 30
    page.get_by_role("button", name="Reset").click()
    assert status(page) == start


def test_other_data_change_the_bold_fit_and_not_the_means(show):
    page = show(widgets.NoisyCurve())
    fit = page.locator('[data-line="fit"]')
    before, means = fit.get_attribute("points"), status(page)
    page.get_by_role("button", name="Other data").click()
    assert fit.get_attribute("points") != before and status(page) == means
    page.get_by_role("button", name="Reset").click()
    assert fit.get_attribute("points") == before


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_is_too_small_or_too_wide(show, theme):
    page = show(widgets.NoisyCurve(), width=390, theme=theme)
    fit_a_phone(page)


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="draws is 1"):
        widgets.NoisyCurve(draws=1)
    with pytest.raises(Exception, match="weight_decay"):
        widgets.NoisyCurve(weight_decay=0.5)
    with pytest.raises(Exception, match="points"):
        widgets.NoisyCurve(points=3)
