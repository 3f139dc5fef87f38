"""Quiz and Predict as a reader meets them: by mouse, by keyboard, by ear."""

import pytest

from dlcore import widgets

BIAS = widgets.Question(
    "What does the bias `b` do to the line?",
    right="It moves it",
    why="Where z is zero moves, and keeps its direction.",
    wrong={"It turns it": "Turning needs other weights.", "Nothing": "Drag it and look."},
)
XOR = widgets.Question(
    "Why is XOR never learned?",
    right="No line parts the points",
    why="Their conditions contradict each other.",
    wrong={"Too few rounds": "The weights return.", "The rate is too large": "From zero it only scales them."},
)


def option(page, text):
    return page.get_by_role("radio", name=text)


def reasons(page):
    return [text for text in page.locator(".dl-reason").all_inner_texts() if text]


def heard(page):
    page.wait_for_timeout(500)
    return page.locator("[aria-live=polite]").first.text_content()


def test_wrong_then_right(show):
    page = show(widgets.Quiz(BIAS, XOR))
    assert page.get_by_role("group", name="What does the bias b do to the line?").get_by_role("radio").count() == 3
    assert page.locator("code").inner_text() == "b"
    answer = page.get_by_role("button", name="Answer question 1")

    answer.click()
    assert page.locator(".dl-status").inner_text() == "Choose one of the options first."
    option(page, "It turns it").click()
    assert reasons(page) == []  # choosing is not answering
    answer.click()
    assert reasons(page) == ["Not quite. Turning needs other weights."]
    assert heard(page).startswith("Not quite. Turning needs other weights.")

    option(page, "It moves it").click()
    answer.click()
    assert "Right. Where z is zero moves, and keeps its direction." in reasons(page)
    assert "Drag it and look." in reasons(page)  # the option that nobody chose says why, too
    assert page.locator(".dl-status").inner_text() == "1 of 2 answered, 0 at the first try."
    assert option(page, "It turns it").is_disabled() and option(page, "Too few rounds").is_enabled()


def test_by_keyboard_alone(show):
    page = show(widgets.Quiz(BIAS))
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    focused = page.evaluate("document.activeElement.closest('label').textContent")
    while "It moves it" not in focused:
        page.keyboard.press("ArrowDown")
        assert reasons(page) == []  # moving through the options answers nothing
        focused = page.evaluate("document.activeElement.closest('label').textContent")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert any(text.startswith("Right. ") for text in reasons(page))
    assert page.evaluate("document.activeElement.textContent") == "Answer"


def test_first_try_counts_and_reset_starts_again(show):
    page = show(widgets.Quiz(BIAS, XOR))
    option(page, "No line parts").click()
    page.get_by_role("button", name="Answer question 2").click()
    assert page.locator(".dl-status").inner_text() == "1 of 2 answered, 1 at the first try."
    page.get_by_role("button", name="Reset: Quiz").click()
    assert reasons(page) == [] and page.locator("input:checked, input:disabled").count() == 0
    assert page.locator(".dl-status").inner_text() == "2 questions."


def test_a_quiz_tells_the_page_when_all_is_answered_and_a_prediction_does_not(show):
    sure = widgets.Predict("Is it so?", right="no", why="Try.", wrong={"yes": "Look."})
    page = show(widgets.Quiz(BIAS, XOR), sure)
    page.evaluate("() => { window.told = 0; document.addEventListener('dl-solved', () => (window.told += 1)); }")
    for text, button in (
        ("no", "Answer"),
        ("No line parts", "Answer question 2"),
        ("It turns it", "Answer question 1"),
    ):
        page.get_by_role("radio", name=text).last.check()
        page.get_by_role("button", name=button, exact=True).click()
        assert page.evaluate("window.told") == 0
    option(page, "It moves it").click()
    page.get_by_role("button", name="Answer question 1").click()
    assert page.evaluate("window.told") == 1


def test_predict_hides_its_explanation_until_answered(show):
    page = show(widgets.Predict("Can one line part XOR?", right="no", why="Try all.", wrong={"yes": "Then draw it."}))
    assert "Try all." not in page.locator("main").inner_text()
    option(page, "yes").click()
    page.get_by_role("button", name="Answer").click()
    assert sorted(reasons(page)) == ["Not quite. Then draw it.", "This is the answer. Try all."]
    assert page.locator(".dl-status").inner_text() == "Not as you predicted."
    assert "no: This is the answer. Try all." in heard(page)


def test_text_is_text(show):
    page = show(widgets.Predict("Is <b>x</b> < y & z?", right="<i>no</i>", why="</script>", wrong={"yes": "so"}))
    assert page.locator("legend").inner_text() == "Is <b>x</b> < y & z?"
    assert page.locator(".dl-frame i").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_two_widgets_keep_their_radio_buttons_apart_on_a_phone(show, theme):
    page = show(widgets.Quiz(BIAS), widgets.Quiz(BIAS), width=390, theme=theme)
    page.get_by_role("radio", name="It turns it").first.check()
    page.get_by_role("radio", name="Nothing").last.check()
    assert page.locator("input:checked").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    targets = page.locator(".dl-option label, .dl-button").all()
    assert min(target.bounding_box()["height"] for target in targets) >= 44
