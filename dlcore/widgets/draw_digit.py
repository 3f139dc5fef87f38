"""DrawDigit: a trained network of Dense layers in the reader's hands."""

import math

import numpy as np
import traitlets

from .drawing_pad import ACTIVATE, PASSIVE, DrawingPad, activation_name


class DrawDigit(DrawingPad):
    """A field to draw a digit on, which a trained network classifies in the page.

    Args:
        model: a trained model of Dense layers (Flatten, Dropout, Reshape and Activation may stand between), of
            dlcore or of Keras, or what its `get_weights()` returned: [kernel, bias, kernel, bias, …].
        examples: (images, labels) to load by a click, a few of the test set; images of shape (n, size, size) or
            (n, size²), uint8 or in the range that the model was trained on.
        size: height and width of the network's image; the square root of its inputs by default.
        ink: what full ink was in training: 1 for pixels scaled to 0 … 1, 255 for raw bytes.
        box: how many pixels the longer side of the digit is scaled to: 20 for 28 × 28 as in MNIST, else all.
        centre: "mass" puts the centre of mass in the middle as MNIST does (default for 28 × 28), "box" the
            bounding box.
        activations: names, one a layer, where bare weights are given; ReLU and a last softmax by default.
        classes: what the outputs are called; "0" to "9" by default.
        title, try_first, alternative: texts of the frame.

    Kernels are kept as int8 with one float32 scale a unit: 110 KB for 784-128-64-10. `predict(images)` computes
    with these rounded weights in NumPy, number by number what the page computes. A model that returns logits is
    given a softmax here.
    """

    script = (*DrawingPad.script, "network.js", "draw-digit.js")
    styles = (DrawingPad.styles, "draw-digit.css")
    texts = {
        "title": "Draw a digit",
        "try_first": "Draw a 3. Then add one stroke that makes it an 8, and watch the bars.",
    }

    layers = traitlets.List(help="[{'inputs', 'units', 'activation'}]").tag(sync=True)

    def __init__(
        self,
        model,
        examples=None,
        *,
        size=None,
        ink=1.0,
        box=None,
        centre=None,
        activations=None,
        classes=None,
        **texts,
    ):
        dense = read_layers(model, activations)
        inputs = dense[0][0].shape[0]
        size = size or math.isqrt(inputs)
        if size * size != inputs:
            raise ValueError(f"The first kernel takes {inputs} inputs, which are no square image of {size} × {size}.")
        texts.setdefault("alternative", describe(dense, size))
        super().__init__(
            [(kernel, bias) for kernel, bias, _ in dense],
            examples,
            layers=[{"inputs": k.shape[0], "units": k.shape[1], "activation": a} for k, _, a in dense],
            size=size,
            ink=ink,
            box=box,
            centre=centre,
            classes=classes,
            **texts,
        )

    def predict(self, images):
        """Probabilities for images (n, …) in the range that the model was trained on, with the rounded weights."""
        x = np.asarray(images, dtype=np.float32).reshape(len(images), -1)
        shapes = [(layer["inputs"], layer["units"]) for layer in self.layers]
        for layer, (kernel, bias) in zip(self.layers, self.rounded_weights(shapes)):
            x = ACTIVATE[layer["activation"]](x @ kernel + bias)
        return x


def read_layers(model, activations=None):
    """[(kernel, bias, activation name), …] of a model of Dense layers, or of a list of weights."""
    if hasattr(model, "layers"):
        if activations is not None:
            raise ValueError("activations is for bare weights; a model brings its own.")
        dense = _from_model(model)
    else:
        dense = _from_weights(list(model), activations)
    for (before, _, _), (after, _, _) in zip(dense, dense[1:]):
        if before.shape[1] != after.shape[0]:
            raise ValueError(f"A layer gives {before.shape[1]} values, but the next kernel has shape {after.shape}.")
    if dense[-1][2] == "linear":  # logits
        dense[-1] = (*dense[-1][:2], "softmax")
    return dense


def _from_model(model):
    dense = []
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "Dense":
            weights = layer.get_weights()
            if not weights:
                raise ValueError(f"Layer {layer.name!r} has no weights yet: build and train the model first.")
            bias = weights[1] if len(weights) > 1 else np.zeros(weights[0].shape[1])
            dense.append(_entry(weights[0], bias, activation_name(layer.activation)))
        elif kind == "Activation" and dense and dense[-1][2] == "linear":
            dense[-1] = (*dense[-1][:2], activation_name(layer.activation))
        elif kind not in PASSIVE:
            raise ValueError(
                f"DrawDigit computes Dense layers in the page, and {layer.name!r} is a {kind}. "
                f"Between them may stand: Activation, {', '.join(PASSIVE[2:])}."
            )
    if not dense:
        raise ValueError("The model has no Dense layer.")
    return dense


def _from_weights(weights, activations):
    if not weights or len(weights) % 2:
        raise ValueError(
            f"Expected [kernel, bias, kernel, bias, …] as from get_weights(), but got {len(weights)} arrays."
        )
    count = len(weights) // 2
    activations = list(activations or ["relu"] * (count - 1) + ["softmax"])
    if len(activations) != count:
        raise ValueError(f"{count} Dense layers need {count} activations, but there are {len(activations)}.")
    return [_entry(weights[2 * i], weights[2 * i + 1], activation_name(activations[i])) for i in range(count)]


def _entry(kernel, bias, activation):
    kernel, bias = np.asarray(kernel, dtype=np.float32), np.asarray(bias, dtype=np.float32)
    if kernel.ndim != 2 or bias.shape != kernel.shape[1:]:
        raise ValueError(f"Expected a kernel (inputs, units) and a bias (units,), got {kernel.shape} and {bias.shape}.")
    if not (np.isfinite(kernel).all() and np.isfinite(bias).all()):
        raise ValueError("The weights hold NaN or infinity: this training broke.")
    return kernel, bias, activation


def describe(dense, size):
    """The explorable in words."""
    shape = " → ".join(str(n) for n in [dense[0][0].shape[0], *(k.shape[1] for k, _, _ in dense)])
    return (
        f"A field to draw on, the same drawing shrunk to the {size} × {size} pixels that the network sees, its hidden "
        f"units, and one bar for each of {dense[-1][0].shape[1]} classes. The network ({shape}) computes them anew "
        "with every stroke. With the keyboard: the arrow keys move a pen over the field, Space lowers and lifts it, "
        "Delete clears."
    )
