"""LearnedFeatures in a browser, by mouse and keyboard; what the page computes is held against NumPy and dlcore."""

import re

import numpy as np
import pytest

from dlcore import Input, Sequential, layers, widgets
from tests.book.explorable_page import press, status

NUMBER = r"(−?\d+\.\d+)"
RUN = """async ([esm, sizes, bytes, scales, images]) => {
    const module = await import(URL.createObjectURL(new Blob([esm], {type: "text/javascript"})));
    const moments = module.unpack(sizes, Int8Array.from(bytes), scales);
    return moments.map((layers) => images.map((x) => module.run(layers, x).map((part) => Array.from(part))));
}"""


def network(seed, sizes=(16, 5, 4, 3)):
    stack = [layers.Dense(units, "relu") for units in sizes[1:-1]]
    return Sequential([Input((sizes[0],)), *stack, layers.Dense(sizes[-1])], seed=seed)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(0, 1, (4, 4, 4))


@pytest.fixture
def recording():
    """Three moments of a network for 4 × 4 pixels: 5 units, 4 units, 3 classes; its biases are not zero."""
    random, moments = np.random.default_rng(1), []
    for seed in range(3):
        moments.append([w if w.ndim == 2 else random.normal(0, 0.3, w.shape) for w in network(seed).get_weights()])
    return moments


@pytest.fixture
def explorable(recording, images):
    return widgets.LearnedFeatures(recording, [0.1, 0.82, 0.935], images, [0, 2, 1, 2])


def ink_of(page, selector, place=0):
    """The colour of a canvas's first pixel."""
    script = "c => Array.from(c.getContext('2d').getImageData(0, 0, 1, 1).data)"
    return tuple(page.locator(selector).nth(place).evaluate(script))


# ---------------------------------------------------------------- what it computes


def test_page_and_numpy_compute_the_same(show, explorable, images):
    page = show(explorable)
    bytes_ = np.frombuffer(explorable.weights, np.int8).tolist()
    state = [explorable._esm, explorable.sizes, bytes_, explorable.scales, images.reshape(4, 16).tolist()]
    found = page.evaluate(RUN, state)
    for moment in range(3):
        for part, expected in enumerate(explorable.outputs(moment, images)):
            ours = [found[moment][image][part] for image in range(4)]
            np.testing.assert_allclose(ours, expected, atol=1e-9)


def test_rounded_weights_answer_as_dlcore_does(recording, images, explorable):
    model = network(0)
    for moment, weights in enumerate(recording):
        model.set_weights(weights)
        z = model.predict(images.reshape(4, 16))
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(explorable.outputs(moment, images)[-1], p, atol=0.03)
        for rounded, given in zip(explorable.arrays(moment), weights):
            assert np.abs(rounded - given).max() <= np.abs(given).max() / 254 + 1e-6


def test_the_line_of_working_adds_up(show, explorable, images):
    page = show(explorable)
    press(page, "Step")
    page.locator(".dl-learned-tile").nth(3).click()
    press(page, "a 2")
    text = page.locator(".dl-formula").inner_text()
    products, bias, z, passed = (
        float(part.replace("−", "-"))
        for part in re.search(
            rf"together {NUMBER}, with its bias {NUMBER}: {NUMBER}\. .*passes on {NUMBER}\.", text
        ).groups()
    )
    kernel, b = explorable.arrays(1)[:2]
    assert products == pytest.approx(images[1].ravel() @ kernel[:, 3], abs=0.006)
    assert bias == pytest.approx(b[3], abs=0.006)
    assert z == pytest.approx(products + bias, abs=0.02) and passed == max(0, z)
    assert passed == pytest.approx(explorable.outputs(1, images[1:2])[0][0, 3], abs=0.006)


# ---------------------------------------------------------------- in the reader's hands


def test_steps_change_pictures_accuracy_and_answer(show, explorable, images):
    page = show(explorable)
    assert status(page).startswith("Before training: 10.0% of the test digits are right. This 0 is read as ")
    before = ink_of(page, ".dl-learned-tile canvas")
    press(page, "Step", 2)
    assert status(page).startswith("After epoch 2: 93.5% of the test digits are right.")
    assert ink_of(page, ".dl-learned-tile canvas") != before
    assert page.locator(".dl-learned-line").get_attribute("d").count("L") == 2
    p = explorable.outputs(2, images)[-1][0]
    shown = [int(text.rstrip("%")) for text in page.locator(".dl-learned-value").all_inner_texts()]
    np.testing.assert_allclose(shown, 100 * p, atol=0.6)
    assert f"read as {p.argmax()} " in status(page)
    press(page, "Back")
    assert status(page).startswith("After epoch 1: 82.0%")
    page.get_by_role("button", name="Reset").click()
    assert status(page).startswith("Before training") and ink_of(page, ".dl-learned-tile canvas") == before


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_it_plays_only_when_asked_and_by_keyboard(show, explorable, motion):
    page = show(explorable, reduced_motion=motion)
    page.wait_for_timeout(700)
    assert status(page).startswith("Before training"), "nothing moves by itself"
    page.get_by_label("pace").select_option("4")
    page.get_by_role("button", name="Play", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.dl-status').textContent.startsWith('After epoch 2')", timeout=5000)
    page.get_by_role("slider", name="epoch").focus()
    page.keyboard.press("Home")
    assert status(page).startswith("Before training")


def test_units_and_digits_are_chosen_by_keyboard(show, explorable):
    page = show(explorable)
    page.locator(".dl-learned-tile").nth(2).focus()
    page.keyboard.press("Enter")
    assert page.locator(".dl-formula").inner_text().startswith("Unit 3:")
    assert page.locator(".dl-learned-tile").nth(2).get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="a 1", exact=True).focus()
    page.keyboard.press("Enter")
    assert "This 1 is read as" in status(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_a_phone_and_follows_the_theme(show, explorable, theme):
    page = show(explorable, width=390, theme=theme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    targets = page.locator(".dl-learned-tile, .dl-controls button, .dl-controls select, .dl-controls input, summary")
    assert min(target.bounding_box()["height"] for target in targets.all()) >= 44
    other = "dark" if theme == "light" else "light"
    before = ink_of(page, ".dl-learned-working canvas")
    page.evaluate(f"document.documentElement.dataset.theme = '{other}'")
    page.wait_for_timeout(100)
    assert ink_of(page, ".dl-learned-working canvas") != before


# ---------------------------------------------------------------- what is refused


def test_a_recording_that_does_not_fit_is_refused(recording, images):
    labels = [0, 2, 1, 2]
    with pytest.raises(ValueError, match="3 moments in the recording and 2 accuracies"):
        widgets.LearnedFeatures(recording, [0.1, 0.5], images, labels)
    with pytest.raises(ValueError, match="one network at several moments"):
        widgets.LearnedFeatures([recording[0], recording[1][:2]], [0.1, 0.5], images, labels)
    with pytest.raises(ValueError, match="at least two Dense layers"):
        widgets.LearnedFeatures([w[:2] for w in recording], [0.1, 0.5, 0.6], images, labels)
    with pytest.raises(ValueError, match="= 16, the inputs"):
        widgets.LearnedFeatures(recording, [0.1, 0.5, 0.6], images[:, :3], labels)
    with pytest.raises(ValueError, match="NaN"):
        widgets.LearnedFeatures(
            [[w * np.nan for w in weights] for weights in recording], [0.1, 0.5, 0.6], images, labels
        )
    with pytest.raises(ValueError, match="3 outputs, but classes names 2"):
        widgets.LearnedFeatures(recording, [0.1, 0.5, 0.6], images, labels, classes=["a", "b"])
