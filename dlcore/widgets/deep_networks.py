"""Explorable of the deep-networks chapter: how large answers and gradients are, layer by layer."""

import traitlets

from .base import Explorable

#: What the JavaScript can compute, with dlcore's names.
FUNCTIONS = ("linear", "sigmoid", "tanh", "relu")
NORMS = ("none", "batch", "layer")
DEEPEST = 40


class LayerSizes(Explorable):
    """A stack of layers before training: the size of answers on the way up, and of gradients on the way down.

    Every layer has 32 units and gets 32 rows at once. Inputs are random, of size about 1; so is the gradient that
    arrives at the last layer, of size 1. A layer is a = f(norm(x W)), or x + f(norm(x W)); norms are dlcore's, with
    ε = 0.001.

    Args:
        depth: layers at the start, 1 to 40.
        activation: one of `FUNCTIONS`.
        spread: standard deviation of the weights at the start, 0.01 to 0.5.
        norm: one of `NORMS`.
        residual: whether each layer adds its input to its answer.
        seed: of inputs, weights and gradient.
    """

    script = ("loss-axes.js", "surface.js", "layer-sizes.js")
    texts = {
        "title": "Thirty multipliers",
        "try_first": "Move the spread σ of the weights to 0.5, then to 0.25. Then choose sigmoid.",
        "alternative": (
            "Two curves over the layers, on a logarithmic scale. One is the size of the answers, from the input "
            "on the left to the last layer on the right. The other is the size of the gradient that arrives at "
            "these answers: it starts with 1 at the last layer and goes to the left. With ReLU and weights of "
            "spread 0.1 both fall by a factor of about 0.4 in each layer, so that after thirty layers some 10⁻¹² "
            "is left. At 0.25 (He's start for 32 units) both stay level. At 0.5 both grow by about 2 a layer, to "
            "some 10⁹. With sigmoid the answers stay near a half, while the gradient vanishes. With batch or "
            "layer normalisation the answers stay level from a spread of 0.05 on; at 0.01 they shrink. With the way "
            "around each layer the gradient doesn't vanish, but at large spreads and without a norm it explodes. "
            "Beside the curves is a histogram of the answers of the layer under the marker."
            "\n\nWith the keyboard: Tab to the marker, then the left and right arrow keys; the rest are sliders, "
            "lists and buttons."
        ),
    }

    depth = traitlets.Int(30, min=1, max=DEEPEST).tag(sync=True)
    deepest = traitlets.Int(DEEPEST).tag(sync=True)
    activation = traitlets.Enum(FUNCTIONS, "relu").tag(sync=True)
    spread = traitlets.Float(0.1, min=0.01, max=0.5).tag(sync=True)
    norm = traitlets.Enum(NORMS, "none").tag(sync=True)
    residual = traitlets.Bool(False).tag(sync=True)
    seed = traitlets.Int(1, min=1).tag(sync=True)
