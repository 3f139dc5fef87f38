"""TrainingPlayback and DrawDigit: a finished training played back, and the trained network in the reader's hands.

Both hold what they show as bytes, one byte a number, so that a page stays small.
"""

import math

import numpy as np
import traitlets

from ..utils import nearest
from .base import Explorable

#: What the weight images of a playback may take, in bytes; in a page it is 4/3 of that.
WEIGHT_BYTES = 180_000
#: What the page can compute after a Dense layer.
ACTIVATIONS = ("linear", "relu", "leaky_relu", "elu", "silu", "sigmoid", "tanh", "softmax")
#: Layers that change nothing when the trained network predicts one flat image.
PASSIVE = ("InputLayer", "Input", "Flatten", "Reshape", "Dropout")


# ---------------------------------------------------------------- a training, played back


class TrainingPlayback(Explorable):
    """Loss and metrics that grow epoch by epoch, and first-layer weights as images that change with them.

    Args:
        history: what `fit` returned, or its dict: {"loss": [...], "accuracy": [...], "val_loss": [...], …},
            one value an epoch. "val_…" is drawn dashed beside its training curve.
        weights: the first layer's kernel at several moments, each of shape (inputs, units), or None.
        weights_at: the epoch after which each was recorded, 0 for before training. Not needed where there is
            one for each value of the history, or one more, from before training.
        unit: what one value stands for: "epoch", or "step" for a record by batches.
        every: how many units lie between two values: 100 if each hundredth step was recorded.
        image_shape: (height, width) of a weight image; the square root of the inputs by default.
        units: how many units to show, the first ones, or a list of which.
        title, try_first, alternative: texts of the frame.

    The weights are kept as int8, in 127 steps up to the value that 99.5% of them stay below, and thinned
    evenly in time if they took more than `WEIGHT_BYTES`. 400 values a curve are kept at most.
    """

    script = ("pixels.js", "playback.js")
    styles = "playback.css"
    curves = traitlets.List().tag(sync=True)
    at = traitlets.List().tag(sync=True)
    unit = traitlets.Unicode("epoch").tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)
    weight_scale = traitlets.Float(1.0).tag(sync=True)
    frames_at = traitlets.List().tag(sync=True)
    image_shape = traitlets.List().tag(sync=True)

    def __init__(
        self, history, weights=None, *, weights_at=None, unit="epoch", every=1, image_shape=None, units=16, **texts
    ):
        curves, at = read_history(history, every)
        state = {"curves": curves, "at": at, "unit": unit}
        if weights is not None:
            state |= read_weights(weights, weights_at, range(0, at[-1] + 1, every), image_shape, units)
        texts.setdefault("title", "Training, played back")
        texts.setdefault("try_first", "Press Play and watch when the two curves part. Then drag back to that moment.")
        texts.setdefault("alternative", describe(curves, at, unit, state.get("frames_at", [])))
        super().__init__(**state, **texts)


def read_history(history, every):
    """The curves as `[{"name", "kind", "split", "share", "values"}]`, and the unit at which each value stands."""
    history = getattr(history, "history", history)
    curves = []
    for name, values in history.items():
        kind = name.removeprefix("val_")
        values = [float(v) for v in values]
        if not np.isfinite(values).all():
            raise ValueError(f"history[{name!r}] holds NaN or infinity: that training broke, no curve can show it.")
        split = "training" if kind == name else "validation"
        curves.append({"name": name, "kind": kind, "split": split, "values": values})
    lengths = {c["name"]: len(c["values"]) for c in curves}
    if not curves or min(lengths.values()) == 0:
        raise ValueError("The history is empty; pass what fit() returned, or {'loss': [...]} with one value an epoch.")
    if len(set(lengths.values())) > 1:
        raise ValueError(f"All curves need the same number of values, but the history has {lengths}.")
    keep = thin(len(curves[0]["values"]), 400)
    for curve in curves:
        curve["values"] = [float(f"{curve['values'][i]:.5g}") for i in keep]
        curve["share"] = "accuracy" in curve["kind"] or curve["kind"] == "acc"
    curves.sort(key=lambda c: (c["kind"] != "loss", c["kind"], c["split"]))
    return curves, [int((i + 1) * every) for i in keep]


def read_weights(weights, weights_at, moments, image_shape, units):
    """The recorded kernels as int8 images, with the scale that turns them back. moments: 0 and where values stand."""
    frames = np.stack([np.asarray(w, dtype=np.float32) for w in weights])
    if frames.ndim != 3:
        raise ValueError(f"weights: expected kernels of shape (inputs, units), but they stack to {frames.shape}.")
    count, inputs, available = frames.shape
    if image_shape is None:
        image_shape = (math.isqrt(inputs),) * 2
    if math.prod(image_shape) != inputs:
        raise ValueError(
            f"{inputs} inputs make no image of {image_shape[0]} × {image_shape[1]}. Give image_shape=(height, width)."
        )
    chosen = list(range(min(units, available))) if isinstance(units, int) else list(units)
    if weights_at is None:
        if count not in (len(moments), len(moments) - 1):
            raise ValueError(
                f"There are {count} kernels for {len(moments) - 1} values in the history. "
                "Say with weights_at=[0, …] after which epoch each was recorded."
            )
        weights_at = moments[-count:]
    if len(weights_at) != count:
        raise ValueError(f"weights_at names {len(weights_at)} moments, but there are {count} kernels.")
    keep = thin(count, max(2, WEIGHT_BYTES // (inputs * len(chosen))))
    pictures = frames[keep][:, :, chosen].transpose(0, 2, 1)
    scale = float(np.quantile(np.abs(pictures), 0.995)) or 1.0
    return {
        "weights": np.round(np.clip(pictures / scale, -1, 1) * 127).astype(np.int8).tobytes(),
        "weight_scale": scale,
        "frames_at": [int(weights_at[i]) for i in keep],
        "image_shape": [len(chosen), *image_shape],
    }


def thin(count, most):
    """The indices of at most `most` of `count` moments, evenly spread, first and last among them."""
    return sorted({round(i) for i in np.linspace(0, count - 1, min(count, most))})


def describe(curves, at, unit, frames):
    lines = [f"{c['name']} goes from {c['values'][0]:.4g} to {c['values'][-1]:.4g}" for c in curves]
    text = f"Curves over {at[-1]} {unit}s: {'; '.join(lines)}."
    if frames:
        text += (
            f" Beside them the weights of the first layer as small images, recorded {len(frames)} times: at first "
            "noise, later spots and strokes where a unit looks for ink (in colour) or for its absence (grey)."
        )
    return text


# ---------------------------------------------------------------- draw a digit


class DrawDigit(Explorable):
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

    script = ("pixels.js", "drawing-pad.js", "network.js", "draw-digit.js")
    styles = ("drawing-pad.css", "draw-digit.css")
    layers = traitlets.List(help="[{'inputs', 'units', 'activation'}]").tag(sync=True)
    kernels = traitlets.Bytes(help="int8, one kernel (inputs, units) after the other").tag(sync=True)
    scales = traitlets.Bytes(help="float32, one a unit, layer by layer").tag(sync=True)
    biases = traitlets.Bytes(help="float32, one a unit, layer by layer").tag(sync=True)
    size = traitlets.Int(28).tag(sync=True)
    ink = traitlets.Float(1.0).tag(sync=True)
    box = traitlets.Int(20).tag(sync=True)
    centre = traitlets.Unicode("mass").tag(sync=True)
    classes = traitlets.List().tag(sync=True)
    examples = traitlets.Bytes(help="uint8, one image after the other").tag(sync=True)
    labels = traitlets.List().tag(sync=True)

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
        outputs = dense[-1][0].shape[1]
        classes = [str(c) for c in (classes if classes is not None else range(outputs))]
        if len(classes) != outputs:
            raise ValueError(f"The network has {outputs} outputs, but classes names {len(classes)}.")
        if centre not in (None, "mass", "box"):
            raise ValueError(f"centre is 'mass' or 'box', not {centre!r}.")
        quantised = [quantise(kernel) for kernel, _, _ in dense]
        images, labels = read_examples(examples, size, ink)
        texts.setdefault("title", "Draw a digit")
        texts.setdefault("try_first", "Draw a 3. Then add one stroke that makes it an 8, and watch the bars.")
        texts.setdefault("alternative", self._describe(dense, size, classes))
        super().__init__(
            layers=[{"inputs": k.shape[0], "units": k.shape[1], "activation": a} for k, _, a in dense],
            kernels=b"".join(q.tobytes() for q, _ in quantised),
            scales=b"".join(s.tobytes() for _, s in quantised),
            biases=b"".join(b.tobytes() for _, b, _ in dense),
            size=size,
            ink=ink,
            box=box or (20 if size == 28 else size),
            centre=centre or ("mass" if size == 28 else "box"),
            classes=classes,
            examples=images.tobytes(),
            labels=labels,
            **texts,
        )

    @staticmethod
    def _describe(dense, size, classes):
        shape = " → ".join(str(n) for n in [dense[0][0].shape[0], *(k.shape[1] for k, _, _ in dense)])
        return (
            f"A field to draw on, the same drawing shrunk to the {size} × {size} pixels that the network sees, its "
            f"hidden units, and one bar for each of {len(classes)} classes. The network ({shape}) computes them anew "
            "with every stroke. With the keyboard: the arrow keys move a pen over the field, Space lowers and lifts "
            "it, Delete clears."
        )

    def predict(self, images):
        """Probabilities for images (n, …) in the range that the model was trained on, with the rounded weights."""
        x = np.asarray(images, dtype=np.float32).reshape(len(images), -1)
        kernels = np.frombuffer(self.kernels, np.int8).astype(np.float32)
        scales, biases = np.frombuffer(self.scales, np.float32), np.frombuffer(self.biases, np.float32)
        k = u = 0
        for layer in self.layers:
            n, units = layer["inputs"], layer["units"]
            kernel = kernels[k : k + n * units].reshape(n, units) * scales[u : u + units]
            x = _ACTIVATE[layer["activation"]](x @ kernel + biases[u : u + units])
            k, u = k + n * units, u + units
        return x


def _softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


_ACTIVATE = {
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.2 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "softmax": _softmax,
}


def quantise(kernel):
    """(q, scale) with kernel ≈ q · scale: int8 steps, one scale for each unit (column)."""
    scale = np.abs(kernel).max(axis=0) / 127
    scale[scale == 0] = 1
    return np.round(kernel / scale).astype(np.int8), scale.astype(np.float32)


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
            dense.append(_entry(weights[0], bias, _activation_name(layer.activation)))
        elif kind == "Activation" and dense and dense[-1][2] == "linear":
            dense[-1] = (*dense[-1][:2], _activation_name(layer.activation))
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
    return [_entry(weights[2 * i], weights[2 * i + 1], _activation_name(activations[i])) for i in range(count)]


def _entry(kernel, bias, activation):
    kernel, bias = np.asarray(kernel, dtype=np.float32), np.asarray(bias, dtype=np.float32)
    if kernel.ndim != 2 or bias.shape != kernel.shape[1:]:
        raise ValueError(f"Expected a kernel (inputs, units) and a bias (units,), got {kernel.shape} and {bias.shape}.")
    if not (np.isfinite(kernel).all() and np.isfinite(bias).all()):
        raise ValueError("The weights hold NaN or infinity: this training broke.")
    return kernel, bias, activation


def _activation_name(activation):
    name = activation if isinstance(activation, str) else getattr(activation, "__name__", None)
    name = "linear" if activation is None else name
    if name not in ACTIVATIONS:
        guess = nearest(str(name), ACTIVATIONS)
        hint = f"Did you mean {guess!r}?" if guess else f"It knows {', '.join(ACTIVATIONS)}."
        raise ValueError(f"DrawDigit can't compute the activation {name!r} in the page. {hint}")
    return name


def read_examples(examples, size, ink):
    """Images as uint8 of shape (n, size · size), and their labels as ints."""
    if examples is None:
        return np.zeros((0, size * size), np.uint8), []
    images, labels = examples
    images = np.asarray(images)
    if images.size != len(labels) * size * size:
        raise ValueError(
            f"examples: {len(labels)} labels, but images of shape {images.shape}; each is {size} × {size}."
        )
    images = images.reshape(len(labels), size * size)
    if images.dtype != np.uint8:
        images = np.round(np.clip(images / ink, 0, 1) * 255).astype(np.uint8)
    return images, [int(label) for label in labels]
