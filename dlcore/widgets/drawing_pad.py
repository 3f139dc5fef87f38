"""What DrawDigit and FeatureMaps share: a field to draw on, and a trained network behind it, kept in few bytes."""

import numpy as np
import traitlets

from ..utils import nearest
from .base import Explorable

#: Layers that change nothing when the trained network predicts one image.
PASSIVE = ("InputLayer", "Input", "Flatten", "Reshape", "Dropout")


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


#: What the page can compute after a layer.
ACTIVATE = {
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.2 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "softmax": softmax,
}


class DrawingPad(Explorable):
    """A field to draw a digit on, and the weights of the network that looks at it: int8, one float32 scale a unit."""

    script = ("pixels.js", "drawing-pad.js")
    styles = "drawing-pad.css"

    kernels = traitlets.Bytes(help="int8, one kernel (fan-in, units) after the other").tag(sync=True)
    scales = traitlets.Bytes(help="float32, one a filter or unit, layer by layer").tag(sync=True)
    biases = traitlets.Bytes(help="float32, one a filter or unit, layer by layer").tag(sync=True)
    size = traitlets.Int(28).tag(sync=True)
    ink = traitlets.Float(1.0).tag(sync=True)
    box = traitlets.Int(20).tag(sync=True)
    centre = traitlets.Unicode("mass").tag(sync=True)
    classes = traitlets.List().tag(sync=True)
    examples = traitlets.Bytes(help="uint8, one image after the other").tag(sync=True)
    labels = traitlets.List().tag(sync=True)

    def __init__(self, weights, examples, *, size, ink, box, centre, classes, **traits):
        """weights: (kernel, bias) of each layer that has them; the rest as in `DrawDigit`."""
        outputs = weights[-1][0].shape[-1]
        classes = [str(c) for c in (classes if classes is not None else range(outputs))]
        if len(classes) != outputs:
            raise ValueError(f"The network has {outputs} outputs, but classes names {len(classes)}.")
        if centre not in (None, "mass", "box"):
            raise ValueError(f"centre is 'mass' or 'box', not {centre!r}.")
        quantised = [quantise(kernel.reshape(-1, kernel.shape[-1])) for kernel, _ in weights]
        images, labels = read_examples(examples, size, ink)
        super().__init__(
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
            **traits,
        )

    def rounded_weights(self, shapes):
        """The kernels and biases that the page computes with, for layers of these shapes (fan-in, units)."""
        kernels = np.frombuffer(self.kernels, np.int8).astype(np.float32)
        scales, biases = np.frombuffer(self.scales, np.float32), np.frombuffer(self.biases, np.float32)
        k = u = 0
        for fan, units in shapes:
            kernel = kernels[k : k + fan * units].reshape(fan, units) * scales[u : u + units]
            yield kernel, biases[u : u + units]
            k, u = k + fan * units, u + units


def quantise(kernel):
    """(q, scale) with kernel ≈ q · scale: int8 steps, one scale for each unit (column)."""
    scale = np.abs(kernel).max(axis=0) / 127
    scale[scale == 0] = 1
    return np.round(kernel / scale).astype(np.int8), scale.astype(np.float32)


def activation_name(activation):
    name = activation if isinstance(activation, str) else getattr(activation, "__name__", None)
    name = "linear" if activation is None else name
    if name not in ACTIVATE:
        guess = nearest(str(name), ACTIVATE)
        hint = f"Did you mean {guess!r}?" if guess else f"It knows {', '.join(ACTIVATE)}."
        raise ValueError(f"The page can't compute the activation {name!r}. {hint}")
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
