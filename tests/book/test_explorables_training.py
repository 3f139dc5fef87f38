"""TrainingPlayback and DrawDigit in a browser, by mouse, touch and keyboard; the page's sums are held against NumPy."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

from dlcore.widgets.draw_digit import DrawDigit
from dlcore.widgets.training import TrainingPlayback
from tests.book.explorable_page import press, status

MODULE = """async (esm) => {
    window.module = await import(URL.createObjectURL(new Blob([esm], {type: "text/javascript"})));
    return true;
}"""
HISTORY = {
    "loss": [1.2, 0.6, 0.4, 0.3],
    "val_loss": [1.0, 0.7, 0.5, 0.6],
    "accuracy": [0.6, 0.8, 0.9, 0.95],
    "val_accuracy": [0.6, 0.75, 0.8, 0.79],
}


# ---------------------------------------------------------------- TrainingPlayback


def playback(**settings):
    kernels = np.stack([np.full((16, 4), v, np.float32) for v in (0, 0.25, 0.5, 0.75, 1)])
    return TrainingPlayback(HISTORY, kernels, **settings)


def tile(page):
    """The colour of the first weight image's first pixel."""
    return tuple(
        page.locator(".dl-playback-tiles canvas").first.evaluate(
            "c => Array.from(c.getContext('2d').getImageData(0, 0, 1, 1).data)"
        )
    )


def test_curves_grow_and_weights_change(show):
    page = show(playback())
    assert status(page).startswith("Before training")
    line = page.locator(".dl-playback-line").first
    assert line.get_attribute("d") == "" and tile(page) == (255, 255, 255, 255)
    press(page, "Step", 2)
    assert line.get_attribute("d").count("L") == 1
    assert status(page) == (
        "After epoch 2: loss 0.600 in training, 0.700 in validation; accuracy 80.0% in training, 75.0% in validation."
    )
    half = tile(page)
    press(page, "Step", 2)
    assert line.get_attribute("d").count("L") == 3
    assert "The validation loss was lowest at epoch 3 (0.500)." in status(page)
    full = page.evaluate(
        "getComputedStyle(document.querySelector('.dl-frame')).getPropertyValue('--dl-weight')"
    ).strip()
    assert tile(page)[:3] == tuple(int(full[i : i + 2], 16) for i in (1, 3, 5)), "the largest weight is full colour"
    assert tile(page)[2] < half[2] < 255
    press(page, "Back")
    assert status(page).startswith("After epoch 3")
    page.get_by_role("button", name="Reset").click()
    assert status(page).startswith("Before training") and line.get_attribute("d") == ""


def test_scrubbed_by_keyboard_and_played_to_the_end(show):
    page = show(playback())
    page.get_by_role("slider", name="epoch").focus()
    page.keyboard.press("End")
    assert status(page).startswith("After epoch 4")
    page.keyboard.press("ArrowLeft")
    assert status(page).startswith("After epoch 3")
    page.get_by_label("pace").select_option("4")
    press(page, "Play")
    page.wait_for_function("document.querySelector('.dl-status').textContent.startsWith('After epoch 4')", timeout=5000)


def test_weights_show_the_last_recording_and_never_invent_one(show):
    kernels = np.stack([np.zeros((16, 4)), np.ones((16, 4))]).astype(np.float32)
    page = show(TrainingPlayback(HISTORY, kernels, weights_at=[0, 4]))
    press(page, "Step", 3)
    assert tile(page) == (255, 255, 255, 255)
    assert page.locator(".dl-playback-tiles").get_attribute("aria-label").endswith("before training.")
    press(page, "Step")
    assert tile(page) != (255, 255, 255, 255)


def test_playback_follows_the_theme_and_fits_a_phone(show):
    page = show(playback(), width=390, theme="light")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(100)
    assert tile(page)[0] < 80


def test_a_loss_alone_is_enough(show):
    page = show(TrainingPlayback({"loss": [3.0, 2.0]}, unit="step", every=50))
    page.get_by_role("slider", name="step").focus()
    page.keyboard.press("End")
    assert status(page) == "After step 100: loss 2.000 in training."
    assert page.locator(".dl-playback-tiles").count() == 0


# ---------------------------------------------------------------- DrawDigit: what it computes


@pytest.fixture(scope="module")
def digits():
    """A network for scikit-learn's 8 × 8 digits, and the images that it has not seen."""
    data = load_digits()
    x, y = data.images / 16, data.target
    model = MLPClassifier((32,), max_iter=300, tol=1e-3, random_state=0, learning_rate_init=0.01).fit(
        x[:1400].reshape(-1, 64), y[:1400]
    )
    weights = [w for pair in zip(model.coefs_, model.intercepts_) for w in pair]
    return weights, x[1400:], y[1400:]


def test_page_and_numpy_give_the_same_probabilities(show):
    random = np.random.default_rng(0)
    names = ["relu", "leaky_relu", "elu", "silu", "sigmoid", "tanh", "linear", "softmax"]
    sizes = [49, 9, 8, 7, 8, 9, 8, 7, 10]
    weights = [w for n, m in zip(sizes, sizes[1:]) for w in (random.normal(0, 0.7, (n, m)), random.normal(0, 0.3, m))]
    widget = DrawDigit(weights, activations=names)
    images = random.uniform(0, 1, (50, 49))
    page = show(widget)
    page.evaluate(MODULE, widget._esm)
    state = [
        list(np.frombuffer(widget.kernels, np.int8)),
        *(np.frombuffer(b, np.float32) for b in (widget.scales, widget.biases)),
    ]
    answers = page.evaluate(
        """([layers, kernels, scales, biases, images]) => {
            const real = [scales, biases].map((values) => Float32Array.from(values));
            const net = module.unpack(layers, Int8Array.from(kernels), ...real);
            return images.map((x) => Array.from(module.run(net, x).at(-1)));
        }""",
        [widget.layers, *[[float(v) for v in part] for part in state], images.tolist()],
    )
    np.testing.assert_allclose(answers, widget.predict(images), atol=1e-5)


def prepare(page, ink_script, size, box, centre):
    values = page.evaluate(
        f"([size, box, centre]) => {{ {ink_script}; return Array.from(module.prepare(ink, size, box, centre)); }}",
        [size, box, centre],
    )
    return np.array(values).reshape(size, size)


SEVEN = """const ink = new Float32Array(224 * 224);
    const s = {scale}, at = (u) => 30 * s + {shift} + u * s;
    module.stroke(ink, at(0), at(0), at(70), at(0)); module.stroke(ink, at(70), at(0), at(30), at(110));"""


def test_a_drawing_is_scaled_and_centred_as_in_mnist(show):
    widget = DrawDigit([np.ones((784, 2)), np.zeros(2)], classes=["a", "b"])
    page = show(widget)
    page.evaluate(MODULE, widget._esm)
    image = prepare(page, SEVEN.format(scale=1, shift=0), 28, 20, "mass")
    rows, columns = np.nonzero(image.max(1) > 0.02)[0], np.nonzero(image.max(0) > 0.02)[0]
    assert 19 <= np.ptp(rows) + 1 <= 21 and np.ptp(columns) + 1 < 20, "the longer side is 20 pixels"
    pixels = np.arange(28)
    centre = [(image.sum(1) * pixels).sum() / image.sum(), (image.sum(0) * pixels).sum() / image.sum()]
    np.testing.assert_allclose(centre, 14, atol=0.1)
    assert image.max() == 1 and image.min() == 0
    moved = prepare(page, SEVEN.format(scale=1, shift=40), 28, 20, "mass")
    np.testing.assert_allclose(moved, image, atol=1e-6)
    boxed = prepare(page, SEVEN.format(scale=1, shift=0), 28, 28, "box")
    assert boxed[0].max() > 0.5 and boxed[-1].max() > 0.5, "with the box of the whole image it reaches both edges"
    empty = prepare(page, "const ink = new Float32Array(224 * 224)", 28, 20, "mass")
    assert not empty.any()


def test_digits_that_pass_through_the_drawing_field_are_still_recognised(show, digits):
    weights, x, y = digits
    widget = DrawDigit(weights)
    page = show(widget)
    page.evaluate(MODULE, widget._esm)
    images = np.array(
        page.evaluate(
            "(images) => images.map((image) => Array.from(module.prepare(module.enlarge(image, 8), 8, 8, 'box')))",
            x[:200].reshape(-1, 64).tolist(),
        )
    )
    direct = (widget.predict(x[:200]).argmax(1) == y[:200]).mean()
    through = (widget.predict(images).argmax(1) == y[:200]).mean()
    assert direct > 0.85 and through > direct - 0.05


# ---------------------------------------------------------------- DrawDigit: in the reader's hands


def tall_or_wide(**settings):
    """A network that looks at the ends of the image's middle column and middle row."""
    kernel = np.zeros((8, 8, 2))
    kernel[[0, 0, 7, 7], [3, 4, 3, 4], 0] = 3
    kernel[[3, 4, 3, 4], [0, 0, 7, 7], 1] = 3
    return DrawDigit([kernel.reshape(64, 2), np.zeros(2)], classes=["tall", "wide"], **settings)


def draw(page, *points):
    box = page.locator(".dl-digit-canvas").bounding_box()
    places = [(box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()
    page.wait_for_timeout(100)


def test_drawn_by_mouse(show):
    page = show(tall_or_wide())
    assert status(page).startswith("Draw with mouse or finger")
    draw(page, (0.5, 0.2), (0.5, 0.8))
    assert status(page).startswith("The network says tall (100%)")
    assert page.locator(".dl-digit-first").inner_text().split() == ["tall", "100%"]
    draw(page, (0.2, 0.5), (0.8, 0.5))
    assert "100%" not in status(page), "a cross is neither"
    press(page, "Clear")
    page.wait_for_timeout(100)
    assert status(page).startswith("Draw with mouse or finger") and page.locator(".dl-digit-first").count() == 0
    draw(page, (0.2, 0.5), (0.8, 0.5))
    assert status(page).startswith("The network says wide (100%)")
    page.get_by_role("button", name="Reset").click()
    page.wait_for_timeout(100)
    assert status(page).startswith("Draw with mouse or finger")


def test_drawn_by_finger_without_scrolling_the_page(show):
    page = show(tall_or_wide(), width=390, touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(".dl-digit-canvas").bounding_box()
    client = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"]
    for kind, v in [
        ("touchStart", 0.8),
        ("touchMove", 0.6),
        ("touchMove", 0.4),
        ("touchMove", 0.2),
        ("touchEnd", None),
    ]:
        points = [] if v is None else [{"x": x, "y": y + v * box["height"]}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.wait_for_timeout(150)
    assert status(page).startswith("The network says tall (100%)")
    assert page.evaluate("scrollY") == 0


def test_drawn_by_keyboard_alone(show):
    page = show(tall_or_wide())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-roledescription')") == "drawing field"
    assert page.locator(".dl-digit-pen").is_visible()
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(100)
    assert "Pen up, row 8, column 14 of 28." in status(page), "a lifted pen only moves"
    page.keyboard.press("Space")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowDown")
    page.wait_for_timeout(600)
    assert status(page).startswith("Pen down, row 24, column 14 of 28. The network says tall (100%)")
    assert page.locator(".dl-live").inner_text() == status(page)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Delete")
    page.wait_for_timeout(100)
    assert "The network says" not in status(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Clear"
    assert not page.locator(".dl-digit-pen").is_visible()


def test_an_example_is_classified_as_it_is(show, digits):
    weights, x, y = digits
    chosen = [int(np.nonzero(y == k)[0][0]) for k in range(10)]
    widget = DrawDigit(weights, (x[chosen], y[chosen]))
    page = show(widget, theme="dark")
    chances = widget.predict(np.round(x[chosen] * 255) / 255)
    for k in range(10):
        button = page.get_by_role("button", name=f"Load test image {k + 1}, a {k}")
        button.click()
        assert button.get_attribute("aria-pressed") == "true"
        first = int(chances[k].argmax())
        assert status(page).startswith(("The network says ", "The network is torn: "))
        assert f" {first} (" in status(page)
        assert ("Right" in status(page)) == (first == k)
        assert page.locator(".dl-digit-value").nth(first).inner_text().rstrip("%") != ""
        shown = float(page.locator(".dl-digit-value").nth(first).inner_text().rstrip("%")) / 100
        assert shown == pytest.approx(chances[k, first], abs=0.0051)
    draw(page, (0.1, 0.1), (0.2, 0.1))
    assert "label" not in status(page) and page.locator("[aria-pressed=true]").count() == 0
