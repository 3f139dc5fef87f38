"""The welcome chapter's explorable: one weight, dragged, slid and stepped downhill."""

import numpy as np
import pytest

from dlcore import widgets

X, Y = [1.0, 2.0, 4.0], [0.0, 1.0, 1.0]


def one_weight(**traits):
    return widgets.OneWeight(X, Y, w_range=[-1.0, 1.5], learning_rates=[0.05, 0.2], try_first="Drag.", **traits)


def shown(page):
    return page.locator(".dl-formula").inner_text()


def test_a_step_downhill_is_the_worked_example_of_the_chapter(show):
    page = show(one_weight())
    assert "loss 0.667" in shown(page) and "slope −4.00" in shown(page)
    page.get_by_role("button", name="One step downhill").click()
    assert "0.200 · x" in shown(page) and "loss 0.147" in shown(page)
    assert "−0.05 · (−4.00) = 0.200" in page.locator(".dl-status").inner_text()


def test_too_long_steps_leave_the_picture_and_reset_returns(show):
    page = show(one_weight())
    page.get_by_label("learning rate").select_option("0.2")
    for _ in range(6):
        page.get_by_role("button", name="One step downhill").click()
    assert "too long" in page.locator(".dl-status").inner_text()
    page.get_by_role("button", name="Reset").click()
    assert "0.000 · x" in shown(page)


def test_the_line_answers_arrow_keys_and_the_pointer(show):
    page = show(one_weight())
    handle = page.locator("[role=slider][aria-label^='slope of the line']")
    handle.focus()
    page.keyboard.press("Shift+ArrowRight")
    assert "0.100 · x" in shown(page)
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"], box["y"] - 60, steps=4)
    page.mouse.up()
    weight = float(shown(page).split("=")[1].split("·")[0])
    assert weight > 0.15
    loss = np.mean((weight * np.array(X) - Y) ** 2)
    assert float(shown(page).split("loss")[1].split(",")[0]) == pytest.approx(loss, abs=2e-3)


def test_it_fits_a_phone(show):
    page = show(one_weight(), width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_data_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"x \(2,\) and y \(3,\)"):
        widgets.OneWeight([1.0, 2.0], Y)
