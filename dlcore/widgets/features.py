"""LearnedFeatures: the first layer of a network as pictures, over a training that was recorded."""

import math

import numpy as np
import traitlets

from .base import Explorable

#: What the recorded weights may take, in bytes; in a page it is 4/3 of that.
MOST_BYTES = 150_000


class LearnedFeatures(Explorable):
    """The weights into each unit of the first layer as a picture, epoch by epoch, with the test accuracy beside.

    A digit goes through the network in the page: each unit shows what it gives for it, and a chosen unit shows the
    sum behind that number.

    Args:
        recording: what `get_weights()` of a network of Dense layers gave before training and after each epoch:
            [kernel, bias, kernel, bias, …]. ReLU stands between the layers, softmax behind the last.
        accuracy: the share of right answers on the test set, one a moment of the recording.
        images: a few images to send through, of shape (n, height, width), from 0 to 1.
        labels: what they show, as numbers of classes.
        classes: what the outputs are called; "0", "1" … by default.
        unit: what lies between two moments of the recording.
        title, try_first, alternative: texts of the frame.

    Weights are kept as int8, in 127 steps up to the largest of their array at that moment. `outputs(moment, images)`
    computes with these rounded weights in NumPy, number by number what the page computes.
    """

    script = ("pixels.js", "learned-features.js")
    styles = "learned-features.css"
    texts = {
        "title": "What the first layer learned",
        "try_first": "Press Play, and watch noise turn into strokes. Then choose a picture.",
    }

    sizes = traitlets.List(help="[inputs, units, …, classes]").tag(sync=True)
    weights = traitlets.Bytes(help="int8, moment by moment, array by array").tag(sync=True)
    scales = traitlets.List(help="for each moment, one number an array").tag(sync=True)
    full_colour = traitlets.Float(help="the weight that is shown in full colour").tag(sync=True)
    accuracy = traitlets.List().tag(sync=True)
    image_shape = traitlets.List().tag(sync=True)
    images = traitlets.Bytes(help="uint8, one image after the other").tag(sync=True)
    labels = traitlets.List().tag(sync=True)
    classes = traitlets.List().tag(sync=True)
    unit = traitlets.Unicode("epoch").tag(sync=True)

    def __init__(self, recording, accuracy, images, labels, *, classes=None, unit="epoch", **texts):
        recording = [[np.asarray(array, dtype=np.float32) for array in arrays] for arrays in recording]
        images = np.asarray(images)
        sizes = read_sizes(recording)
        if len(accuracy) != len(recording) or len(recording) < 2:
            raise ValueError(
                f"There are {len(recording)} moments in the recording and {len(accuracy)} accuracies. Expected one "
                "for each, and at least two: before training and after it."
            )
        if images.ndim != 3 or math.prod(images.shape[1:]) != sizes[0] or len(images) != len(labels):
            raise ValueError(
                f"images {images.shape} with {len(labels)} labels: expected (n, height, width) with n labels, and "
                f"height · width = {sizes[0]}, the inputs of the first layer."
            )
        classes = [str(c) for c in (range(sizes[-1]) if classes is None else classes)]
        if len(classes) != sizes[-1]:
            raise ValueError(f"The network has {sizes[-1]} outputs, but classes names {len(classes)}.")
        scales = [[float(np.abs(array).max()) or 1.0 for array in arrays] for arrays in recording]
        rounded = b"".join(
            np.round(array / scale * 127).astype(np.int8).tobytes()
            for arrays, row in zip(recording, scales)
            for array, scale in zip(arrays, row)
        )
        if len(rounded) > MOST_BYTES:
            raise ValueError(
                f"The recording takes {len(rounded):,} bytes, more than {MOST_BYTES:,}. Record fewer moments, or take "
                "a smaller network."
            )
        texts.setdefault("alternative", describe(sizes, len(recording), unit))
        super().__init__(
            sizes=sizes,
            weights=rounded,
            scales=scales,
            full_colour=float(np.quantile(np.abs([arrays[0] for arrays in recording]), 0.995)) or 1.0,
            accuracy=[round(float(a), 4) for a in accuracy],
            image_shape=list(images.shape[1:]),
            images=np.round(np.clip(images, 0, 1) * 255).astype(np.uint8).tobytes(),
            labels=[int(label) for label in labels],
            classes=classes,
            unit=unit,
            **texts,
        )

    def arrays(self, moment):
        """The rounded weights of one moment: [kernel, bias, kernel, bias, …]."""
        values = np.frombuffer(self.weights, np.int8).reshape(len(self.scales), -1)[moment]
        found, start = [], 0
        for i, scale in enumerate(self.scales[moment]):
            inputs, units = self.sizes[i // 2 : i // 2 + 2]
            shape = (units,) if i % 2 else (inputs, units)
            found.append(values[start : start + math.prod(shape)].reshape(shape) * (scale / 127))
            start += math.prod(shape)
        return found

    def outputs(self, moment, images):
        """What each layer gives for images (n, …) from 0 to 1, with the rounded weights: a list of arrays."""
        arrays, given = self.arrays(moment), [np.asarray(images, dtype=float).reshape(len(images), -1)]
        for kernel, bias in zip(arrays[::2], arrays[1::2]):
            given.append(np.maximum(given[-1] @ kernel + bias, 0))
        z = given[-2] @ arrays[-2] + arrays[-1]
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return [*given[1:-1], e / e.sum(axis=1, keepdims=True)]


def read_sizes(recording):
    """[inputs, units, …, classes] of a recording, which has to hold the same Dense layers at each moment."""
    shapes = [[array.shape for array in arrays] for arrays in recording]
    if not shapes or any(other != shapes[0] for other in shapes):
        raise ValueError("recording: expected a list of what get_weights() gave, of one network at several moments.")
    kernels, biases = shapes[0][::2], shapes[0][1::2]
    fits = len(kernels) == len(biases) > 1 and all(
        len(kernel) == 2 and bias == kernel[1:] for kernel, bias in zip(kernels, biases)
    )
    if not fits or any(before[1] != after[0] for before, after in zip(kernels, kernels[1:])):
        raise ValueError(
            "recording: expected [kernel, bias, kernel, bias, …] of at least two Dense layers, each fitting the next, "
            f"but the shapes are {shapes[0]}."
        )
    if not all(np.isfinite(array).all() for arrays in recording for array in arrays):
        raise ValueError("The recorded weights hold NaN or infinity: this training broke.")
    return [kernels[0][0], *(kernel[1] for kernel in kernels)]


def describe(sizes, moments, unit):
    return (
        f"{sizes[1]} small pictures, one for each unit of the first layer: the weights that it gives to the pixels. "
        "In colour, ink counts for the unit; in grey, against it. They were recorded before training and after each of "
        f"{moments - 1} {unit}s: noise at first, then strokes and spots where digits differ. A curve beside them shows "
        "the share of right answers on the test set at that moment. A bar under each picture says how strongly the "
        "unit answers to the chosen digit; for a chosen unit, the digit, the picture and their products are shown "
        "beside each other, with the sum. Further bars say how sure the network is of each answer.\n\n"
        "With the keyboard: Tab to the pictures, to the digits and to the steps; Enter chooses."
    )
