"""The explorables of the toolbox chapter in a browser; NumPy says what shapes give, dlcore what slopes are."""

import numpy as np
import pytest

from dlcore import Tensor, gradients, ops, widgets
from tests.book.explorable_page import fit_a_phone, formula, numbers, status

# ---------------------------------------------------------------------------------------------------- broadcasting

OPERATIONS = {"+": np.add, "−": np.subtract, "×": np.multiply}


def arrays(a, b):
    """What the explorable fills its shapes with: 1, 2, 3 … and 10, 20, 30 …"""
    return 1 + np.arange(np.prod(a, dtype=int)).reshape(a), 10 + 10 * np.arange(np.prod(b, dtype=int)).reshape(b)


def cells(page, name):
    """The numbers in an array's cells, row by row."""
    texts = page.locator(f"[data-of={name}] text").all_text_contents()[1:]
    return [int(text.replace("−", "-")) for text in texts]


FITTING = [((3,), (2, 1)), ((), (2, 3)), ((), ()), ((4,), (4, 1)), ((2, 3), (3,)), ((4, 5), (4, 1)), ((1, 5), (3, 1)),
           ((2, 2), (2, 2)), ((1,), (4,))]  # fmt: skip


@pytest.mark.parametrize(("shapes", "operation"), list(zip(FITTING, [*OPERATIONS] * 3, strict=True)))
def test_results_are_numpys(show, shapes, operation):
    a, b = shapes
    page = show(widgets.Broadcasting(a, b, operation=operation, stage=2))
    first, second = arrays(a, b)
    result = OPERATIONS[operation](first, second)
    assert cells(page, "result") == result.ravel().tolist()
    assert cells(page, "a") == np.broadcast_to(first, result.shape).ravel().tolist()
    assert cells(page, "b") == np.broadcast_to(second, result.shape).ravel().tolist()
    assert f"give {str(result.shape)}." in status(page)
    ghosts = page.locator("[data-of=a] .dl-ghost").count() + page.locator("[data-of=b] .dl-ghost").count()
    assert ghosts == 2 * result.size - first.size - second.size


@pytest.mark.parametrize(
    ("a", "b", "cure"),
    [
        ((4, 5), (4,), "b holds one number for each row, give it the shape (4, 1)"),
        ((3,), (3, 2), "a holds one number for each row, give it the shape (3, 1)"),
        ((2, 3), (3, 2), ".T turns it"),
        ((3,), (4,), "has to be 1"),
    ],
)
def test_clashes_are_told_in_numpys_words_with_a_cure(show, a, b, cure):
    page = show(widgets.Broadcasting(a, b))
    with pytest.raises(ValueError, match="broadcast") as refusal:
        np.add(*arrays(a, b))
    assert formula(page) == f"ValueError: {str(refusal.value).strip()}"
    assert cure in status(page)
    assert page.locator("[data-of=result]").count() == 0
    assert page.locator(".dl-clash").count() >= 1
    assert page.get_by_role("slider", name="the chosen cell").count() == 0


def test_shapes_are_edited_and_reset(show):
    page = show(widgets.Broadcasting())
    page.get_by_label("a: columns").select_option("4")
    page.get_by_label("b: rows").select_option("4")
    assert "(4,) and (4, 1) give (4, 4)" in status(page)
    assert "From 4 and 4 numbers come 16: each meets each. Was that meant?" in status(page)
    page.get_by_label("a: columns").select_option("")
    assert "Shapes () and (4, 1) give (4, 1)." in status(page)
    page.get_by_label("a: rows").select_option("2")  # rows need columns
    assert page.get_by_label("a: columns").input_value() == "1"
    assert "clash" in page.locator(".dl-shapes").inner_text()
    assert status(page).endswith("Rows need columns: a has one now.")
    page.get_by_label("b: columns").select_option("")  # and without columns there are no rows
    assert page.get_by_label("b: rows").input_value() == ""
    assert status(page).endswith("Without columns b has no rows either: a single axis is the last one.")
    page.get_by_label("operation").select_option("−")
    assert "either" not in status(page)
    page.get_by_role("button", name="Reset").click()
    assert "Shapes (3,) and (2, 1) give (2, 3)." in status(page)
    assert page.get_by_label("a: columns").input_value() == "3"


def test_the_chosen_cell_answers_keys_and_pointer(show):
    page = show(widgets.Broadcasting(stage=2))
    frame = page.get_by_role("slider", name="the chosen cell")
    frame.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    assert formula(page) == "result[1, 2] = a[2] + b[1, 0] = 3 + 20 = 23"
    assert frame.get_attribute("aria-valuetext") == "row 1, column 2"
    box = frame.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - box["width"] / 2, box["y"] - box["height"] / 2)
    page.mouse.up()
    assert formula(page) == "result[0, 1] = a[1] + b[0, 0] = 2 + 10 = 12"


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_the_stages_show_less_and_more(show, motion):
    page = show(widgets.Broadcasting(), reduced_motion=motion)
    assert page.locator(".dl-ghost").count() == 0 and status(page).startswith("Lined up")
    page.get_by_role("button", name="Step").click()
    assert page.locator("[data-of=result]").count() == 0 and page.locator(".dl-ghost").count() == 7
    assert status(page).startswith("Copied")
    moving = page.locator(".dl-slides[style*=transform]").count()
    assert moving == (0 if motion == "reduce" else 7)
    page.wait_for_timeout(600)
    own, copy = (page.locator("[data-of=a] rect").nth(i).bounding_box() for i in (0, 3))
    assert copy["x"] == pytest.approx(own["x"], abs=1) and copy["y"] > own["y"] + 20  # it has arrived
    page.get_by_role("button", name="Step").click()
    assert cells(page, "result") == [11, 12, 13, 21, 22, 23] and status(page).startswith("Number by number")
    page.get_by_role("button", name="Reset").click()
    assert page.locator(".dl-ghost").count() == 0 and status(page).startswith("Lined up")


def test_shapes_that_cannot_be_drawn_are_refused():
    with pytest.raises(ValueError, match=r"a has the shape \(2, 3, 4\)"):
        widgets.Broadcasting((2, 3, 4), (1,))
    with pytest.raises(ValueError, match=r"b has the shape \(6,\)"):
        widgets.Broadcasting((1,), (6,))


# ---------------------------------------------------------------------------------------------------- gears

CHAINS = {
    "gears": (lambda x: 2 * x, lambda u: 3 * u, 0.5),
    "square": (lambda x: 3 * x - 1.5, ops.square, 1.0),
    "miss": (lambda x: 1 - x, lambda u: -ops.log(u), 0.5),
}


def slope_of(function, at):
    x = Tensor(np.array(at), requires_grad=True)
    (slope,) = gradients(function(x), [x])
    return float(slope)


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("nudge", [0.01, 0.2])
def test_slopes_equal_dlcores_and_ratios_multiply(show, chain, nudge):
    first, second, x = CHAINS[chain]
    page = show(widgets.ChainGears(chain=chain, nudge=nudge))
    u = float(np.asarray(first(Tensor(np.array(x)))))
    exact = slope_of(first, x), slope_of(second, u), slope_of(lambda v: second(first(v)), x)
    assert numbers(formula(page, 2).split("dy/dx:")[1]) == pytest.approx(exact, abs=6e-4)

    def y(v):
        return float(np.asarray(second(first(Tensor(np.array(v))))))

    measured = numbers(formula(page, 1).split("Δy/Δx:")[1])
    assert measured[2] == pytest.approx((y(x + nudge) - y(x)) / nudge, abs=6e-4)
    assert measured[0] * measured[1] == pytest.approx(measured[2], abs=5e-3)


def test_halving_the_nudge_brings_the_ratios_to_the_slopes(show):
    page = show(widgets.ChainGears(chain="square"))
    off = []
    for _ in range(3):
        off.append(numbers(status(page))[0])
        page.get_by_role("button", name="Halve the nudge").click()
    assert off == pytest.approx([1.8, 0.9, 0.45])
    page.get_by_role("button", name="Reset").click()
    assert numbers(status(page))[0] == pytest.approx(1.8)


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_turning_moves_all_three(show, motion):
    page = show(widgets.ChainGears(), reduced_motion=motion)
    page.get_by_role("button", name="Turn x").click()
    page.wait_for_timeout(50 if motion == "reduce" else 900)
    shown = page.locator("[data-of] text").all_text_contents()
    assert shown == ["x = 0.700", "u = 1.400", "y = 4.200"]
    page.get_by_label("chain", exact=True).select_option("miss")
    for _ in range(3):  # it stops where the logarithm would end
        page.get_by_role("button", name="Turn x").click()
        page.wait_for_timeout(50 if motion == "reduce" else 900)
    assert page.locator("[data-of=x] text").text_content() == "x = 0.650"
    assert "end of its range" in status(page)
    assert "NaN" not in page.locator(".dl-frame").inner_text()


def test_where_the_second_wheel_stands_still_the_words_say_so(show):
    page = show(widgets.ChainGears(chain="square"))
    hand = page.get_by_role("slider", name="the hand of x")
    hand.focus()
    for _ in range(5):
        page.keyboard.press("Shift+ArrowLeft")
    assert hand.get_attribute("aria-valuetext") == "x = 0.50"
    assert numbers(formula(page, 2).split("dy/dx:")[1]) == pytest.approx([3, 0, 0])
    assert "slope 0: stands still" in page.locator(".dl-frame").inner_text()
    assert "the wheel of y stands still" in status(page) and "Halve the nudge and watch" in status(page)
    page.keyboard.press("ArrowLeft")
    assert "stands still" not in page.locator(".dl-frame svg").first.text_content() + status(page)


def test_the_hand_can_be_dragged(show):
    page = show(widgets.ChainGears())
    hand = page.get_by_role("slider", name="the hand of x")
    box = hand.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 20, y - 12)
    page.mouse.move(x - 42, y - 18)  # to the top of the dial
    page.mouse.up()
    assert numbers(page.locator("[data-of=x] text").text_content())[0] == pytest.approx(0.0, abs=0.1)


# ---------------------------------------------------------------------------------------------------- both


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_is_too_small_or_too_wide(show, theme):
    page = show(widgets.Broadcasting((4, 5), (4, 1)), widgets.ChainGears(chain="miss"), width=390, theme=theme)
    fit_a_phone(page)


def test_the_words_tell_what_there_is_to_see(show):
    page = show(widgets.ChainGears(chain="square"))
    said = widgets.ChainGears().alternative
    assert "multiply to 10.8" in said and "= 10.800" in formula(page, 1)
    assert "the product to 9" in said and "= 9.000" in formula(page, 2)
