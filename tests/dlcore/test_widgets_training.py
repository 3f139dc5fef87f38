"""TrainingPlayback and DrawDigit in Python: what is read, how it is rounded, and what bad input is told."""

import base64
import json

import numpy as np
import pytest

from dlcore import Input, Sequential, layers
from dlcore.widgets.draw_digit import DrawDigit, read_layers
from dlcore.widgets.drawing_pad import quantise
from dlcore.widgets.training import TrainingPlayback, thin

HISTORY = {
    "loss": [1.0, 0.5, 0.3],
    "accuracy": [0.6, 0.8, 0.9],
    "val_loss": [0.9, 0.6, 0.7],
    "val_accuracy": [0.6, 0.7, 0.7],
}


def page_bytes(widget):
    """What the widget adds to a page: its state with bytes as base64, its script and its style sheet."""
    state = {name: getattr(widget, name) for name in widget.keys if name != "layout"}
    return sum(len(base64.b64encode(v)) if isinstance(v, bytes) else len(json.dumps(v)) for v in state.values())


# ---------------------------------------------------------------- TrainingPlayback


def test_history_becomes_curves_with_training_before_validation():
    widget = TrainingPlayback(HISTORY)
    shown = [(c["kind"], c["split"], c["share"]) for c in widget.curves]
    assert shown == [
        ("loss", "training", False),
        ("loss", "validation", False),
        ("accuracy", "training", True),
        ("accuracy", "validation", True),
    ]
    assert widget.curves[1]["values"] == [0.9, 0.6, 0.7] and widget.at == [1, 2, 3]
    assert "val_loss goes from 0.9 to 0.7" in widget.alternative


def test_a_history_object_is_read_as_well():
    class History:
        history = HISTORY

    assert TrainingPlayback(History()).curves == TrainingPlayback(HISTORY).curves


def test_weights_are_rounded_to_less_than_a_step():
    kernels = np.random.default_rng(0).normal(0, 0.1, (4, 36, 20)).astype(np.float32)
    widget = TrainingPlayback(HISTORY, kernels, units=[3, 0])
    assert widget.image_shape == [2, 6, 6] and widget.frames_at == [0, 1, 2, 3]
    stored = np.frombuffer(widget.weights, np.int8).reshape(4, 2, 36) / 127 * widget.weight_scale
    wanted = np.clip(kernels[:, :, [3, 0]].transpose(0, 2, 1), -widget.weight_scale, widget.weight_scale)
    assert np.abs(stored - wanted).max() <= widget.weight_scale / 254 + 1e-7


def test_frames_without_one_from_before_training_start_at_one():
    assert TrainingPlayback(HISTORY, np.ones((3, 4, 2))).frames_at == [1, 2, 3]
    assert TrainingPlayback(HISTORY, np.ones((2, 4, 2)), weights_at=[0, 2]).frames_at == [0, 2]
    assert TrainingPlayback(HISTORY, np.ones((4, 4, 2)), every=50).frames_at == [0, 50, 100, 150]


def test_a_long_training_with_many_frames_stays_below_300_kb():
    epochs = 1000
    history = {name: np.linspace(1, 0.1, epochs) for name in HISTORY}
    kernels = np.random.default_rng(0).normal(size=(101, 784, 16)).astype(np.float32)
    widget = TrainingPlayback(history, kernels, weights_at=range(0, 1001, 10))
    assert page_bytes(widget) < 300_000
    assert widget.frames_at[0] == 0 and widget.frames_at[-1] == 1000 and widget.at[-1] == 1000
    assert len(widget.curves[0]["values"]) == 400


def test_thinning_keeps_the_ends():
    assert thin(3, 10) == [0, 1, 2] and thin(101, 3) == [0, 50, 100]


@pytest.mark.parametrize(
    ("history", "weights", "settings", "message"),
    [
        ({}, None, {}, "history is empty"),
        ({"loss": []}, None, {}, "history is empty"),
        ({"loss": [1, float("nan")]}, None, {}, r"history\['loss'\] holds NaN"),
        ({"loss": [1, 2], "accuracy": [1]}, None, {}, "same number of values.*'accuracy': 1"),
        (HISTORY, np.ones((3, 10, 2)), {}, "10 inputs make no image of 3 × 3"),
        (HISTORY, np.ones((3, 10)), {}, r"kernels of shape \(inputs, units\)"),
        (HISTORY, np.ones((2, 4, 2)), {}, "2 kernels for 3 values.*weights_at"),
        (HISTORY, np.ones((3, 4, 2)), {"weights_at": [1]}, "names 1 moments, but there are 3"),
    ],
)
def test_playback_refuses_what_it_cannot_show(history, weights, settings, message):
    with pytest.raises(ValueError, match=message):
        TrainingPlayback(history, weights, **settings)


# ---------------------------------------------------------------- DrawDigit


def mlp(last="softmax"):
    stack = [Input((8, 8)), layers.Flatten(), layers.Dense(12, activation="tanh"), layers.Dropout(0.5)]
    return Sequential([*stack, layers.Dense(10, activation=last)], seed=0)


def test_rounding_is_within_half_a_step_of_each_unit():
    kernel = np.random.default_rng(0).normal(size=(50, 7)).astype(np.float32) * np.arange(7, dtype=np.float32)
    q, scale = quantise(kernel)
    assert q.dtype == np.int8 and scale.dtype == np.float32
    assert (np.abs(q * scale - kernel) <= scale / 2 + 1e-6).all()
    assert (q[:, 0] == 0).all() and np.isfinite(scale).all()


def test_probabilities_equal_the_models_up_to_rounding():
    model = mlp()
    images = np.random.default_rng(0).uniform(0, 1, (200, 8, 8)).astype(np.float32)
    ours, models = DrawDigit(model).predict(images), model.predict(images, verbose=0)
    assert ours.shape == (200, 10)
    assert np.abs(ours - models).max() < 0.01
    assert np.abs(ours.sum(axis=1) - 1).max() < 1e-6


def test_a_model_and_its_weights_give_the_same_explorable():
    model = mlp()
    from_weights = DrawDigit(model.get_weights(), activations=["tanh", "softmax"])
    assert from_weights.kernels == DrawDigit(model).kernels and from_weights.layers == DrawDigit(model).layers
    assert DrawDigit(model.get_weights()).layers[0]["activation"] == "relu"


def test_logits_get_a_softmax():
    assert [a for _, _, a in read_layers(mlp(last=None))] == ["tanh", "softmax"]


def test_an_activation_layer_belongs_to_the_dense_before_it():
    model = Sequential([Input((4,)), layers.Dense(3), layers.Activation("sigmoid"), layers.Dense(2)])
    assert [a for _, _, a in read_layers(model)] == ["sigmoid", "softmax"]


def test_size_and_centring_follow_the_network():
    small, large = DrawDigit(mlp()), DrawDigit([np.ones((784, 10)), np.zeros(10)])
    assert (small.size, small.box, small.centre) == (8, 8, "box")
    assert (large.size, large.box, large.centre) == (28, 20, "mass")


def test_a_network_of_784_128_64_10_stays_small():
    random = np.random.default_rng(0)
    shapes = [(784, 128), (128,), (128, 64), (64,), (64, 10), (10,)]
    widget = DrawDigit([random.normal(size=s) for s in shapes], (np.zeros((10, 28, 28), np.uint8), range(10)))
    assert len(widget.kernels) == 784 * 128 + 128 * 64 + 64 * 10
    assert page_bytes(widget) < 220_000


def test_examples_may_be_bytes_or_floats_of_any_shape():
    images = np.random.default_rng(0).integers(0, 256, (3, 8, 8)).astype(np.uint8)
    as_bytes = DrawDigit(mlp(), (images, [1, 2, 3])).examples
    assert as_bytes == DrawDigit(mlp(), (images.reshape(3, 64) / 255, [1, 2, 3])).examples
    assert as_bytes == DrawDigit(mlp(), (images[..., None].astype(float), np.array([1, 2, 3])), ink=255).examples


class Conv2D:
    name = "first"


class Foreign:
    layers = [Conv2D()]


BROKEN = [np.full((64, 2), np.nan), np.zeros(2)]


@pytest.mark.parametrize(
    ("model", "settings", "message"),
    [
        (Foreign(), {}, "'first' is a Conv2D"),
        ([np.ones((64, 2))], {}, "got 1 arrays"),
        ([np.ones((63, 2)), np.zeros(2)], {}, "63 inputs, which are no square image"),
        ([np.ones((64, 2)), np.zeros(3)], {}, r"got \(64, 2\) and \(3,\)"),
        ([np.ones((64, 5)), np.zeros(5), np.ones((4, 2)), np.zeros(2)], {}, r"gives 5 values.*\(4, 2\)"),
        (BROKEN, {}, "NaN or infinity"),
        ([np.ones((64, 2)), np.zeros(2)], {"activations": ["sofmax"]}, "Did you mean 'softmax'"),
        ([np.ones((64, 2)), np.zeros(2)], {"activations": ["relu", "softmax"]}, "1 Dense layers need 1 activations"),
        ([np.ones((64, 2)), np.zeros(2)], {"classes": ["a"]}, "2 outputs, but classes names 1"),
        ([np.ones((64, 2)), np.zeros(2)], {"centre": "left"}, "centre is 'mass' or 'box'"),
        ([np.ones((64, 2)), np.zeros(2)], {"examples": (np.ones((2, 9, 9)), [0, 1])}, "each is 8 × 8"),
        (Sequential([layers.Dense(3)]), {}, "no weights yet"),
    ],
)
def test_draw_digit_refuses_what_it_cannot_compute(model, settings, message):
    with pytest.raises(ValueError, match=message):
        DrawDigit(model, **settings)


def test_repr_is_stable():
    assert repr(DrawDigit(mlp())).startswith("Draw a digit. A field to draw on")
    assert "64 → 12 → 10" in repr(DrawDigit(mlp())) and "0x" not in repr(DrawDigit(mlp()))
