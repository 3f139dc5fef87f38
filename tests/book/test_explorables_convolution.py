"""SlidingKernel and FeatureMaps in a browser, by mouse and keyboard; what the page computes is held against dlcore."""

import numpy as np
import pytest

from dlcore import Input, Sequential, layers, ops, widgets
from tests.book.explorable_page import press, status

MODULE = """async (esm) => {
    window.module = await import(URL.createObjectURL(new Blob([esm], {type: "text/javascript"})));
    return true;
}"""


def reset(page):
    page.get_by_role("button", name="Reset").click()


# ---------------------------------------------------------------- SlidingKernel

EXAMPLE = {"pictures": {"small": [[1, 2, 0], [0, 1, 3], [1, 3, 2]]}, "kernels": {"two": [[1, 0], [-1, 2]]}}


def shown(page):
    """The numbers that the result shows so far."""
    texts = page.locator(".dl-slide-result .dl-slide-sheet text").all_text_contents()
    return [float(text.replace("−", "-")) for text in texts]


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_results_are_dlcores(show, stride, padding):
    widget = widgets.SlidingKernel(**EXAMPLE)
    page = show(widget)
    page.evaluate(MODULE, widget._esm)
    for picture in widget.pictures:
        for kernel in widget.kernels:
            x, w = np.array(picture["rows"]), np.array(kernel["rows"])
            if min(x.shape) < max(w.shape) and padding == "valid":
                continue
            ours = ops.conv(x[None, :, :, None], w[:, :, None, None], strides=stride, padding=padding)
            theirs = page.evaluate(
                "([x, w, s, p]) => module.convolve(x, w, s, p)", [picture["rows"], kernel["rows"], stride, padding]
            )
            np.testing.assert_allclose(theirs, ours.numpy()[0, :, :, 0], atol=1e-12)


def test_the_result_grows_with_each_step(show):
    page = show(widgets.SlidingKernel(**EXAMPLE, picture="small", kernel="two", at=0))
    assert shown(page) == [3]
    assert status(page) == "Row 1, column 1 of the result: 3. Its height: (3 − 2) / 1 + 1 = 2."
    press(page, "Step")
    assert shown(page) == [3, 7]
    assert page.locator(".dl-formula").inner_text() == "1·2 + (−1)·1 + 2·3 = 7"
    press(page, "Slide to the end")
    assert shown(page) == [3, 7, 5, 2]
    press(page, "Back")
    assert shown(page) == [3, 7, 5]
    page.get_by_label("pace").select_option("4")
    reset(page)
    assert shown(page) == [3]
    page.get_by_label("pace").select_option("4")
    press(page, "Play")
    page.wait_for_function("document.querySelector('.dl-frame').dataset.place === '1,1'", timeout=5000)
    assert shown(page) == [3, 7, 5, 2]


def test_stride_and_padding_change_the_shape(show):
    page = show(widgets.SlidingKernel())
    assert len(shown(page)) == 16
    page.get_by_label("stride").select_option("2")
    assert page.get_by_text("Result, 3 × 3").is_visible()
    assert "(8 − 3) / 2, rounded down, + 1 = 3" in status(page)
    page.get_by_label("padding").select_option("same")
    assert page.get_by_text("Result, 4 × 4").is_visible()
    page.get_by_label("stride").select_option("1")
    assert page.get_by_text("Result, 8 × 8").is_visible()
    assert page.locator(".dl-slide-picture .dl-slide-cell").count() == 100, "a rim of zeros around 8 × 8"
    assert "(8 + 2 − 3) / 1 + 1 = 8" in status(page)
    reset(page)
    assert page.get_by_text("Result, 6 × 6").is_visible() and len(shown(page)) == 16
    assert page.get_by_role("slider", name="place").get_attribute("aria-valuetext") == "16 of 36"


def test_a_typed_kernel_is_used(show):
    page = show(widgets.SlidingKernel(**EXAMPLE, picture="small", kernel="two", at=3))
    page.get_by_label("kernel, row 2, column 2").fill("-1.5")
    assert shown(page) == [-0.5, -3.5, -5.5, -5]
    assert page.get_by_label("kernel", exact=True).input_value() == "your own"
    page.get_by_label("kernel, row 2, column 2").fill("")
    assert shown(page) == [-0.5, -3.5, -5.5, -5], "an empty field changes nothing"
    page.get_by_label("kernel", exact=True).select_option("two")
    assert shown(page) == [3, 7, 5, 2]


def test_the_window_answers_keys_and_pointer(show):
    page = show(widgets.SlidingKernel(at=0))
    window = page.get_by_role("slider", name="the window")
    window.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.locator(".dl-frame").get_attribute("data-place") == "1,1"
    assert window.get_attribute("aria-valuetext") == "row 2, column 2"
    assert len(shown(page)) == 8
    box = window.bounding_box()
    cell = box["width"] / 3
    page.mouse.move(box["x"] + cell * 1.5, box["y"] + cell * 1.5)
    page.mouse.down()
    page.mouse.move(box["x"] + cell * 3.5, box["y"] + cell * 2.5, steps=4)
    page.mouse.up()
    assert page.locator(".dl-frame").get_attribute("data-place") == "2,3"
    sheet = page.locator(".dl-slide-result .dl-slide-sheet")
    area = sheet.bounding_box()
    page.mouse.click(area["x"] + area["width"] * 5.5 / 6, area["y"] + area["height"] * 5.5 / 6)
    assert page.locator(".dl-frame").get_attribute("data-place") == "5,5"
    page.get_by_role("slider", name="the result's entry").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".dl-frame").get_attribute("data-place") == "5,4"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_a_phone(show, theme):
    page = show(widgets.SlidingKernel(), width=390, theme=theme)
    page.get_by_label("padding").select_option("same")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_names_and_numbers_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="no kernel 'blurr'.*blur"):
        widgets.SlidingKernel(kernel="blurr")
    with pytest.raises(ValueError, match="padding 'valid' or 'same'"):
        widgets.SlidingKernel(padding="full")
    with pytest.raises(ValueError, match="rows of numbers"):
        widgets.SlidingKernel(kernels={"flat": [1, 2]})


# ---------------------------------------------------------------- FeatureMaps


def network(padding="valid", strides=1, seed=0):
    stack = [
        Input((16, 16, 1)),
        layers.Conv2D(4, 3, strides=strides, padding=padding, activation="relu"),
        layers.MaxPooling2D(padding=padding),
        layers.Conv2D(6, (2, 3), padding=padding, activation="tanh"),
        layers.Flatten(),
        layers.Dense(5, activation="relu"),
        layers.Dense(3),
    ]
    model = Sequential(stack, seed=seed)
    rng = np.random.default_rng(seed)
    model.set_weights([w + rng.normal(0, 0.1, w.shape) for w in model.get_weights()])
    return model


def maps(model=None, **settings):
    images = np.random.default_rng(1).uniform(0, 1, (4, 16, 16))
    return widgets.FeatureMaps(model or network(), (images, [0, 1, 2, 0]), size=16, classes=["a", "b", "c"], **settings)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2])
def test_page_numpy_and_model_give_the_same(show, padding, strides):
    model = network(padding, strides)
    widget = maps(model)
    images = np.random.default_rng(2).uniform(0, 1, (3, 16, 16)).astype(np.float32)
    logits = model.predict(images[..., None])
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(widget.predict(images), e / e.sum(axis=1, keepdims=True), atol=0.03)
    page = show(widget)
    page.evaluate(MODULE, widget._esm)
    bytes_of = [
        np.frombuffer(widget.kernels, np.int8),
        *(np.frombuffer(b, np.float32) for b in (widget.scales, widget.biases)),
    ]
    answers = page.evaluate(
        """([layers, kernels, scales, biases, images]) => {
            const real = [scales, biases].map((values) => Float32Array.from(values));
            const net = module.unpack(layers, Int8Array.from(kernels), ...real);
            return images.map((x) => module.run(net, Float32Array.from(x), 16).map((pile) => Array.from(pile.data)));
        }""",
        [widget.layers, *[[float(v) for v in part] for part in bytes_of], images.reshape(3, -1).tolist()],
    )
    ours = widget.outputs(images)
    assert len(ours) == 5
    for k, given in enumerate(ours):
        theirs = np.array([answer[k] for answer in answers])
        np.testing.assert_allclose(theirs, given.reshape(3, -1), atol=2e-5)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_place_sees_the_pixels_that_change_it(show, padding):
    widget = maps(network(padding))
    page = show(widget)
    page.evaluate(MODULE, widget._esm)
    fields = page.evaluate("([layers]) => module.fields(layers, 16)", [widget.layers])
    image, (row, column) = np.full((16, 16), 0.5, np.float32), (2, 3)
    nudged = np.repeat(image[None], 256, axis=0).reshape(256, 256)
    nudged[np.arange(256), np.arange(256)] = 0.9
    for before, after, field in zip(widget.outputs([image]), widget.outputs(nudged.reshape(-1, 16, 16)), fields):
        changed = np.abs(after[:, row, column] - before[0, row, column]).max(axis=-1).reshape(16, 16) > 1e-7
        rows, columns = np.nonzero(changed.any(axis=1))[0], np.nonzero(changed.any(axis=0))[0]
        for axis, place, seen in zip(field, (row, column), (rows, columns)):
            first = axis["start"] + place * axis["jump"]
            assert list(range(max(first, 0), first + axis["size"])) == list(seen)


def test_examples_maps_and_places_by_keyboard(show):
    widget = maps(start=1)
    page = show(widget)
    best = widget.outputs(np.frombuffer(widget.examples, np.uint8).reshape(-1, 16, 16)[1:2] / 255)[0][0]
    row, column, k = np.unravel_index(best.argmax(), best.shape)
    assert f"Map {k + 1} after convolution 1: {best.max():.2f} at row {row + 1}, column {column + 1}" in status(page)
    assert "which sees 3 × 3 pixels" in status(page)
    page.get_by_role("radio", name=f"map {k + 1}").focus()
    page.keyboard.press("ArrowLeft" if k else "ArrowRight")
    k = k - 1 if k else 1
    assert f"Map {k + 1} after convolution 1" in status(page)
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == f"map {k + 1}"
    page.get_by_role("slider", name="place in the map").focus()
    move = (-1, "ArrowUp") if row else (1, "ArrowDown")
    page.keyboard.press(move[1])
    value = best[row + move[0], column, k]
    assert f"{value:.2f} at row {row + move[0] + 1}, column {column + 1}" in status(page)
    page.get_by_label("show the maps after").select_option("2")
    assert page.get_by_role("radio").count() == 6 and "which sees 6 × 8 pixels" in status(page)
    page.get_by_role("button", name="Load test image 3, a c").click()
    first = int(widget.predict(np.frombuffer(widget.examples, np.uint8).reshape(-1, 16, 16)[2:3] / 255).argmax())
    assert f" {'abc'[first]} (" in status(page)
    reset(page)
    assert "after convolution 1" in status(page)
    assert page.get_by_role("button", name="Load test image 2, a b").get_attribute("aria-pressed") == "true"


def test_the_first_map_can_be_chosen(show):
    widget = maps(map=2)
    page = show(widget)
    shown = widget.outputs(np.frombuffer(widget.examples, np.uint8).reshape(-1, 16, 16)[:1] / 255)[0][0][..., 2]
    row, column = np.unravel_index(shown.argmax(), shown.shape)
    assert f"Map 3 after convolution 1: {shown.max():.2f} at row {row + 1}, column {column + 1}" in status(page)
    page.get_by_role("radio", name="map 1", exact=True).click()
    reset(page)
    assert "Map 3 after convolution 1" in status(page)
    with pytest.raises(ValueError, match="map should be from 0 to 3, but is 4"):
        maps(map=4)


def test_a_moved_digit_is_classified_anew(show):
    widget = maps(start=2)
    page = show(widget)
    image = np.frombuffer(widget.examples, np.uint8).reshape(-1, 16, 16)[2] / 255
    slider = page.get_by_role("slider", name="move it to the right by")
    slider.focus()
    for key, by in (("Home", -4), ("End", 4), ("ArrowLeft", 3)):
        page.keyboard.press(key)
        here = np.pad(image, ((0, 0), (4, 4)))[:, 4 - by : 20 - by]
        (chances,) = widget.predict(here[None])
        for k, share in enumerate(chances):
            shown = float(page.locator(".dl-digit-value").nth(k).inner_text().rstrip("%")) / 100
            assert shown == pytest.approx(share, abs=0.0051)
    reset(page)
    assert slider.input_value() == "0"


def test_drawn_by_mouse_and_pointed_at(show):
    page = show(maps())
    press(page, "Clear")
    page.wait_for_timeout(100)
    assert status(page).startswith("Draw with mouse or finger")
    field = page.locator(".dl-digit-canvas").bounding_box()
    x = field["x"] + field["width"] / 2
    page.mouse.move(x, field["y"] + 0.2 * field["height"])
    page.mouse.down()
    page.mouse.move(x, field["y"] + 0.8 * field["height"], steps=5)
    page.mouse.up()
    page.wait_for_timeout(100)
    assert status(page).startswith("The network ") and "Map " in status(page)
    over = page.locator(".dl-maps-over").nth(1).bounding_box()
    page.mouse.click(over["x"] + over["width"] * 0.5 / 14, over["y"] + over["height"] * 2.5 / 14)
    assert "at row 3, column 1" in status(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_maps_fit_a_phone(show, theme):
    page = show(maps(), width=390, theme=theme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    corner = "c => c.getContext('2d').getImageData(0, 0, 1, 1).data[0]"
    page.get_by_role("button", name="Clear").click()
    page.wait_for_timeout(100)
    paper = page.locator(".dl-digit-canvas").evaluate(corner)
    assert paper < 60 if theme == "dark" else paper > 200


def test_networks_that_the_page_cannot_compute_are_refused():
    stack = [Input((8, 8, 1)), layers.Conv2D(2, 3), layers.BatchNormalization(), layers.Flatten(), layers.Dense(3)]
    with pytest.raises(ValueError, match="is a BatchNormalization"):
        widgets.FeatureMaps(Sequential(stack), size=8, classes="abc")
    with pytest.raises(ValueError, match="begins with a Conv2D"):
        widgets.FeatureMaps(Sequential([Input((64,)), layers.Dense(3)]), size=8, classes="abc")
    with pytest.raises(ValueError, match="no groups and no dilation"):
        dilated = [Input((8, 8, 1)), layers.Conv2D(2, 2, dilation_rate=2), layers.Flatten(), layers.Dense(3)]
        widgets.FeatureMaps(Sequential(dilated), size=8, classes="abc")
    with pytest.raises(ValueError, match="3 outputs, but classes names 2"):
        maps_of = Sequential([Input((8, 8, 1)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3)])
        widgets.FeatureMaps(maps_of, size=8, classes=["a", "b"])
