"""What counts as the same output from run to run, and what does not."""

import base64
import copy
import io

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from build_tools.notebook_facts import STATE
from build_tools.same_outputs import first_difference, sanitized


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("accuracy ≈97.9%", "accuracy ≈98.12%"),
        ("took ≈0.41 s.", "took ≈12 s."),
        ("<td>≈ 1.2e-07</td>", "<td>≈ 9.31e-08</td>"),
        ("a    ≈9.1   b", "a   ≈10.1   b"),
        ("left 1.3e-17", "left 8.88e-16"),
        ("left -1.3e-17", "left 8.88e-16"),
        ("done in 3.1 s", "done in 2.9 s"),
        ("<Thing at 0x7f11aa22bb33>", "<Thing at 0x7f99aa22bb33>"),
        ("<Figure size 640x480 with 1 Axes>", "<Figure size 1280x960 with 2 Axes>"),
    ],
)
def test_what_may_differ(one, other):
    assert sanitized(one) == sanitized(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("accuracy 97.9%", "accuracy 98.1%"),
        ("over 97.5%: True", "over 97.5%: False"),
        ("≈97.9% over: True", "≈97.9% over: False"),
        ("0.001", "0.002"),
        ("1e-3", "1e-4"),
        ("1.5e-05", "2.5e-05"),
        ("(2, 3)", "(3, 2)"),
        ("equal", "DIFFERENT"),
    ],
)
def test_what_may_not_differ(one, other):
    assert sanitized(one) != sanitized(other)


def picture(change=0, size=40):
    """A PNG, some of whose pixels are changed."""
    pixels = np.full((size, size, 3), 255, np.uint8)
    pixels.reshape(-1, 3)[:change] = 0
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "png")
    return base64.b64encode(held.getvalue()).decode()


def notebook(*outputs, tags=(), states=None):
    """A notebook with one cell that has these outputs."""
    cell = new_code_cell("x", id="x", outputs=list(outputs), metadata={"tags": list(tags)})
    return new_notebook(cells=[cell], metadata={"widgets": {STATE: {"state": states or {}}}})


def png(data):
    """An output that shows a picture."""
    return new_output("display_data", data={"image/png": data})


def text(content):
    """An output of print."""
    return new_output("stream", name="stdout", text=content)


def state(**traits):
    """A widget's stored state."""
    return {"w": {"model_name": "AnyModel", "state": traits}}


SAME = [
    (notebook(text("≈1")), notebook(text("≈2"))),
    (notebook(text("1"), tags=["nbval-ignore-output"]), notebook(text("2"), tags=["nbval-ignore-output"])),
    (notebook(png(picture())), notebook(png(picture(change=3)))),
    (notebook(states=state(x=[1.0, 2.0])), notebook(states=state(x=[1.0000001, 2.0]))),
]
DIFFERENT = [
    (notebook(text("1")), notebook(text("2")), "other text"),
    (notebook(text("1")), notebook(), "other outputs"),
    (notebook(tags=["nbval-ignore-output"]), notebook(text("1"), tags=["nbval-ignore-output"]), "an output is missing"),
    (notebook(png(picture())), notebook(png(picture(change=400))), "other image/png"),
    (notebook(png(picture())), notebook(png(picture(size=50))), "other image/png"),
    (notebook(states=state(x=[1.0, 2.0])), notebook(states=state(x=[1.0, 2.1])), "the widget"),
    (notebook(states=state(_esm="a")), notebook(states=state(_esm="b")), "the widget"),
    (notebook(states=state(on=True)), notebook(states=state(on=False)), "the widget"),
    (notebook(states=state(x=1)), notebook(states={}), "other widgets"),
]


@pytest.mark.parametrize(("old", "new"), SAME)
def test_same(old, new):
    assert first_difference(old, new) is None


@pytest.mark.parametrize(("old", "new", "reason"), DIFFERENT)
def test_different(old, new, reason):
    assert reason in first_difference(old, new)
    assert first_difference(old, copy.deepcopy(old)) is None
