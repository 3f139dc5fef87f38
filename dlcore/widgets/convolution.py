"""SlidingKernel and FeatureMaps: a convolution done place by place, and a trained CNN's maps of a drawn digit."""

import math

import numpy as np
import traitlets

from .. import ops
from .base import Explorable
from .training import _ACTIVATE, PASSIVE, _activation_name, quantise, read_examples

# ---------------------------------------------------------------- a kernel slid over a picture

#: Small pictures: 0 is paper, 9 is full ink.
PICTURES = {
    "a seven": [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 9, 9, 9, 9, 9, 9, 0],
        [0, 4, 4, 4, 4, 9, 9, 0],
        [0, 0, 0, 0, 4, 9, 4, 0],
        [0, 0, 0, 4, 9, 4, 0, 0],
        [0, 0, 0, 9, 9, 0, 0, 0],
        [0, 0, 4, 9, 4, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ],
    "an upright bar": [[0, 0, 0, 9, 9, 0, 0, 0] for _ in range(8)],
    "a lying bar": [[9 if i in (3, 4) else 0] * 8 for i in range(8)],
    "a ring": [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 9, 9, 9, 9, 0, 0],
        [0, 9, 9, 4, 4, 9, 9, 0],
        [0, 9, 4, 0, 0, 4, 9, 0],
        [0, 9, 4, 0, 0, 4, 9, 0],
        [0, 9, 9, 4, 4, 9, 9, 0],
        [0, 0, 9, 9, 9, 9, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ],
    "a single dot": [[9 if (i, j) == (3, 3) else 0 for j in range(8)] for i in range(8)],
}
KERNELS = {
    "upright edges": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "lying edges": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "blur": [[1 / 9] * 3] * 3,
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "outline": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "copy": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
}


class SlidingKernel(Explorable):
    """A picture, a kernel to type in, the products under the window, and the result that grows place by place.

    Args:
        pictures: name → rows of numbers, on top of the built-in ones.
        kernels: name → rows of numbers, on top of the built-in ones.
        picture, kernel: the names of those to start with.
        stride: 1, 2 or 3.
        padding: "valid" or "same".
        at: at which place the window stands at first, counted from 0 row by row.
        title, try_first, alternative: texts of the frame.
    """

    script = "sliding-kernel.js"
    styles = "sliding-kernel.css"
    pictures = traitlets.List(help="[{'name', 'rows'}]").tag(sync=True)
    kernels = traitlets.List(help="[{'name', 'rows'}]").tag(sync=True)
    start = traitlets.Dict(help="picture, kernel, stride, padding, at").tag(sync=True)

    def __init__(
        self,
        pictures=None,
        kernels=None,
        *,
        picture="a seven",
        kernel="upright edges",
        stride=1,
        padding="valid",
        at=15,
        **texts,
    ):
        pictures, kernels = (
            as_sheets("pictures", PICTURES | (pictures or {})),
            as_sheets("kernels", KERNELS | (kernels or {})),
        )
        for what, name, known in (("picture", picture, pictures), ("kernel", kernel, kernels)):
            if name not in [entry["name"] for entry in known]:
                raise ValueError(f"There is no {what} {name!r}. There are: {', '.join(e['name'] for e in known)}.")
        if padding not in ("valid", "same") or stride not in (1, 2, 3):
            raise ValueError(f"stride is 1, 2 or 3 and padding 'valid' or 'same', but got {stride!r} and {padding!r}.")
        texts.setdefault("title", "A kernel slides over a picture")
        texts.setdefault("try_first", "Press Play, then choose another kernel.")
        texts.setdefault(
            "alternative",
            "Left a picture of small numbers, with a frame around the window that the kernel lies on. In the middle "
            "the kernel's weights, which can be changed, and their products with the numbers in the window. Right the "
            "result: at each place the sum of the products. It grows as the window slides, row by row. With the "
            "keyboard: the arrow keys move the window, when it or the result's entry has the focus.",
        )
        start = {"picture": picture, "kernel": kernel, "stride": stride, "padding": padding, "at": at}
        super().__init__(pictures=pictures, kernels=kernels, start=start, **texts)


def as_sheets(what, named):
    """[{"name", "rows"}] with rows of floats, all of one length."""
    sheets = []
    for name, rows in named.items():
        array = np.asarray(rows, dtype=float)
        if array.ndim != 2 or not array.size:
            raise ValueError(f"{what}: {name!r} should be rows of numbers, but has shape {array.shape}.")
        sheets.append({"name": name, "rows": array.tolist()})
    return sheets


# ---------------------------------------------------------------- the maps of a trained CNN


class FeatureMaps(Explorable):
    """A field to draw a digit on, and what every kernel of a trained CNN makes of it.

    Args:
        model: trained, of Conv2D, MaxPooling2D and Dense layers (Flatten, Dropout and the like may stand between), of
            dlcore or of Keras, for square images with one channel.
        examples: (images, labels) to load by a click; images (n, size, size) or (n, size, size, 1), uint8 or in the
            range that the model was trained on.
        size: height and width of the images.
        ink: what full ink was in training.
        start: which example is on show at first.
        map: which map of the first convolution is shown large at first, counted from 0; by default the one with the
            largest answer.
        box, centre: as in `DrawDigit`.
        classes: what the outputs are called; "0" to "9" by default.
        title, try_first, alternative: texts of the frame.

    Kernels are kept as int8 with one float32 scale a filter or unit: 120 KB for the CNN of the convolution chapter.
    `predict(images)` computes with these rounded weights in NumPy, number by number what the page computes.
    """

    script = ("pixels.js", "drawing-pad.js", "network.js", "feature-maps.js")
    styles = ("drawing-pad.css", "feature-maps.css")
    layers = traitlets.List(help="[{'kind': 'conv' | 'pool' | 'dense', …}]").tag(sync=True)
    kernels = traitlets.Bytes(help="int8, one kernel after the other").tag(sync=True)
    scales = traitlets.Bytes(help="float32, one a filter or unit, layer by layer").tag(sync=True)
    biases = traitlets.Bytes(help="float32, one a filter or unit, layer by layer").tag(sync=True)
    size = traitlets.Int(28).tag(sync=True)
    ink = traitlets.Float(1.0).tag(sync=True)
    box = traitlets.Int(20).tag(sync=True)
    centre = traitlets.Unicode("mass").tag(sync=True)
    classes = traitlets.List().tag(sync=True)
    examples = traitlets.Bytes(help="uint8, one image after the other").tag(sync=True)
    labels = traitlets.List().tag(sync=True)
    start = traitlets.Int(0).tag(sync=True)
    first_map = traitlets.Int(-1, help="-1: the one with the largest answer").tag(sync=True)

    def __init__(
        self, model, examples=None, *, size=28, ink=1.0, start=0, map=None, box=None, centre=None, classes=None, **texts
    ):
        described, weights = read_network(model)
        outputs = described[-1]["units"]
        classes = [str(c) for c in (classes if classes is not None else range(outputs))]
        if len(classes) != outputs:
            raise ValueError(f"The network has {outputs} outputs, but classes names {len(classes)}.")
        maps = next(layer["filters"] for layer in described if layer["kind"] == "conv")
        if map is not None and not 0 <= map < maps:
            raise ValueError(
                f"map should be from 0 to {maps - 1}, but is {map}: the first convolution has {maps} maps."
            )
        images, labels = read_examples(examples, size, ink)
        quantised = [quantise(kernel.reshape(-1, kernel.shape[-1])) for kernel, _ in weights]
        texts.setdefault("title", "What the kernels see")
        texts.setdefault("try_first", "Choose another map, then drag the frame over it and see where it looks.")
        texts.setdefault("alternative", describe(described, size, outputs))
        super().__init__(
            layers=described,
            kernels=b"".join(q.tobytes() for q, _ in quantised),
            scales=b"".join(s.tobytes() for _, s in quantised),
            biases=b"".join(bias.tobytes() for _, bias in weights),
            size=size,
            ink=ink,
            box=box or (20 if size == 28 else size),
            centre=centre or ("mass" if size == 28 else "box"),
            classes=classes,
            examples=images.tobytes(),
            labels=labels,
            start=start,
            first_map=-1 if map is None else map,
            **texts,
        )

    def predict(self, images):
        """Probabilities for images (n, size, size) or (n, size, size, 1), computed with the rounded weights."""
        return self.outputs(images)[-1]

    def outputs(self, images):
        """What every layer gives for images, computed with the rounded weights."""
        x = np.asarray(images, dtype=np.float32).reshape(len(images), self.size, self.size, 1)
        kernels = np.frombuffer(self.kernels, np.int8).astype(np.float32)
        scales, biases = np.frombuffer(self.scales, np.float32), np.frombuffer(self.biases, np.float32)
        k = u = 0
        given = []
        for layer in self.layers:
            if layer["kind"] == "pool":
                size, strides = tuple(layer["size"]), tuple(layer["strides"])
                x = ops.max_pool(x, size, strides=strides, padding=layer["padding"]).numpy()
                given.append(x)
                continue
            n = layer.get("units") or layer["filters"]
            kernel = kernels[k : k + layer["fan"] * n].reshape(-1, n) * scales[u : u + n]
            bias = biases[u : u + n]
            k, u = k + layer["fan"] * n, u + n
            if layer["kind"] == "conv":
                kernel = kernel.reshape(*layer["size"], -1, n)
                z = ops.conv(x, kernel, strides=tuple(layer["strides"]), padding=layer["padding"]).numpy() + bias
            else:
                z = x.reshape(len(x), -1) @ kernel + bias
            x = _ACTIVATE[layer["activation"]](z)
            given.append(x)
        return given


def read_network(model):
    """[what the page needs to know of each layer], [(kernel, bias) of each that has weights]."""
    described, weights = [], []
    for layer in model.layers:
        kind = type(layer).__name__
        if kind in PASSIVE:
            continue
        if kind == "MaxPooling2D":
            sizes = {"size": list(layer.pool_size), "strides": list(layer.strides)}
            described.append({"kind": "pool", "padding": layer.padding, **sizes})
            continue
        if kind not in ("Conv2D", "Dense"):
            raise ValueError(
                f"FeatureMaps computes Conv2D, MaxPooling2D and Dense layers in the page, and {layer.name!r} is a "
                f"{kind}. Between them may stand: {', '.join(PASSIVE[2:])}."
            )
        arrays = [np.asarray(w, dtype=np.float32) for w in layer.get_weights()]
        if not arrays:
            raise ValueError(f"Layer {layer.name!r} has no weights yet: build and train the model first.")
        if not all(np.isfinite(w).all() for w in arrays):
            raise ValueError(f"The weights of {layer.name!r} hold NaN or infinity: this training broke.")
        kernel = arrays[0]
        weights.append((kernel, arrays[1] if len(arrays) > 1 else np.zeros(kernel.shape[-1], np.float32)))
        shared = {"activation": _activation_name(layer.activation), "fan": math.prod(kernel.shape[:-1])}
        if kind == "Dense":
            described.append({"kind": "dense", "units": kernel.shape[-1], **shared})
            continue
        if max(layer.dilation_rate) > 1 or layer.groups > 1:
            raise ValueError(f"FeatureMaps knows no groups and no dilation, but {layer.name!r} has one of them.")
        sizes = {"size": list(kernel.shape[:2]), "strides": list(layer.strides), "padding": layer.padding}
        described.append({"kind": "conv", "filters": kernel.shape[-1], **sizes, **shared})
    if not described or described[0]["kind"] != "conv" or described[-1]["kind"] != "dense":
        raise ValueError("FeatureMaps needs a model that begins with a Conv2D layer and ends with a Dense layer.")
    if described[-1]["activation"] == "linear":  # logits
        described[-1]["activation"] = "softmax"
    return described, weights


def describe(layers, size, outputs):
    """The explorable in words."""
    convolutions = [layer["filters"] for layer in layers if layer["kind"] == "conv"]
    return (
        f"A field to draw on, or a test digit, and one bar for each of {outputs} classes. Below, as small images, what "
        f"the network makes of the {size} × {size} pixels: after its first convolution {convolutions[0]} maps in which "
        "strokes and edges of one kind or another light up, later more and smaller maps that are harder to name. A "
        "slider moves the digit sideways before the network sees it: the maps move along, and the answer may change. "
        "One map is shown large, with the weights that made it; a frame on it marks a place, and a frame on the image "
        "the pixels that this place sees: few in the first layer, more from layer to layer. With the keyboard: the "
        "arrow keys choose a map in the sheet, move the frame on the large map, and move the pen on the field."
    )
