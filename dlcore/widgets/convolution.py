"""SlidingKernel and FeatureMaps: a convolution done place by place, and a trained CNN's maps of a drawn digit."""

import math

import numpy as np
import traitlets

from .. import ops
from .base import Explorable
from .drawing_pad import ACTIVATE, PASSIVE, DrawingPad, activation_name

# ---------------------------------------------------------------- a kernel slid over a picture


def picture(digits):
    """Rows of numbers from rows of digits: 0 is paper, 9 is full ink."""
    return [[int(digit) for digit in row] for row in digits.split()]


PICTURES = {
    "a seven": picture("00000000 09999990 04444990 00004940 00049400 00099000 00494000 00000000"),
    "an upright bar": picture("00099000 " * 8),
    "a lying bar": picture("00000000 " * 3 + "99999999 " * 2 + "00000000 " * 3),
    "a ring": picture("00000000 00999900 09944990 09400490 09400490 09944990 00999900 00000000"),
    "a single dot": picture("00000000 " * 3 + "00090000 " + "00000000 " * 4),
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
    texts = {
        "title": "A kernel slides over a picture",
        "try_first": "Press Play, then choose another kernel.",
        "alternative": (
            "Left a picture of small numbers, with a frame around the window that the kernel lies on. In the middle "
            "the kernel's weights, which can be changed, and their products with the numbers in the window. Right the "
            "result: at each place the sum of the products. It grows as the window slides, row by row. With the "
            "keyboard: the arrow keys move the window, when it or the result's entry has the focus."
        ),
    }

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
        pictures = as_sheets("pictures", PICTURES | (pictures or {}))
        kernels = as_sheets("kernels", KERNELS | (kernels or {}))
        for what, name, known in (("picture", picture, pictures), ("kernel", kernel, kernels)):
            if name not in [entry["name"] for entry in known]:
                raise ValueError(f"There is no {what} {name!r}. There are: {', '.join(e['name'] for e in known)}.")
        if padding not in ("valid", "same") or stride not in (1, 2, 3):
            raise ValueError(f"stride is 1, 2 or 3 and padding 'valid' or 'same', but got {stride!r} and {padding!r}.")
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


class FeatureMaps(DrawingPad):
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

    script = (*DrawingPad.script, "network.js", "feature-maps.js")
    styles = (DrawingPad.styles, "feature-maps.css")
    texts = {
        "title": "What the kernels see",
        "try_first": "Choose another map, then drag the frame over it and see where it looks.",
    }

    layers = traitlets.List(help="[{'kind': 'conv' | 'pool' | 'dense', …}]").tag(sync=True)
    start = traitlets.Int(0).tag(sync=True)
    first_map = traitlets.Int(-1, help="-1: the one with the largest answer").tag(sync=True)

    def __init__(
        self, model, examples=None, *, size=28, ink=1.0, start=0, map=None, box=None, centre=None, classes=None, **texts
    ):
        described, weights = read_network(model)
        maps = next(layer["filters"] for layer in described if layer["kind"] == "conv")
        if map is not None and not 0 <= map < maps:
            raise ValueError(
                f"map should be from 0 to {maps - 1}, but is {map}: the first convolution has {maps} maps."
            )
        texts.setdefault("alternative", describe(described, size, weights[-1][0].shape[-1]))
        super().__init__(
            weights,
            examples,
            layers=described,
            size=size,
            ink=ink,
            box=box,
            centre=centre,
            classes=classes,
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
        weighted = [layer for layer in self.layers if layer["kind"] != "pool"]
        weights = self.rounded_weights([(layer["fan"], layer.get("units") or layer["filters"]) for layer in weighted])
        given = []
        for layer in self.layers:
            if layer["kind"] == "pool":
                sizes, strides = tuple(layer["size"]), tuple(layer["strides"])
                x = ops.max_pool(x, sizes, strides=strides, padding=layer["padding"]).numpy()
            else:
                kernel, bias = next(weights)
                if layer["kind"] == "conv":
                    kernel = kernel.reshape(*layer["size"], -1, layer["filters"])
                    z = ops.conv(x, kernel, strides=tuple(layer["strides"]), padding=layer["padding"]).numpy() + bias
                else:
                    z = x.reshape(len(x), -1) @ kernel + bias
                x = ACTIVATE[layer["activation"]](z)
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
        shared = {"activation": activation_name(layer.activation), "fan": math.prod(kernel.shape[:-1])}
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
        "arrow keys choose a map in the sheet, move the frame on the large map, and move the pen on the field, which "
        "Space lowers and lifts."
    )
