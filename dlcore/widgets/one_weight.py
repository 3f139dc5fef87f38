"""The smallest machine that learns, to play with: one weight, its loss and the steps downhill."""

import numpy as np
import traitlets

from .base import Explorable


class OneWeight(Explorable):
    """A line y = w·x through the origin beside its loss: drag the line, or let it step downhill by itself.

    Args:
        x, y: the measurements, two arrays of n numbers.
        x_label, y_label: what they are, with their units.
        w: where the weight starts.
        learning_rates: the rates to choose from; the first is chosen at the start.
        w_range: the weights that can be chosen, lowest and highest.
    """

    script = "one-weight.js"
    texts = {"title": "One weight"}

    x = traitlets.List(traitlets.Float()).tag(sync=True)
    y = traitlets.List(traitlets.Float()).tag(sync=True)
    x_label = traitlets.Unicode("x").tag(sync=True)
    y_label = traitlets.Unicode("y").tag(sync=True)
    w = traitlets.Float(0.0).tag(sync=True)
    learning_rates = traitlets.List(traitlets.Float()).tag(sync=True)
    w_range = traitlets.List(traitlets.Float(), minlen=2, maxlen=2).tag(sync=True)

    def __init__(self, x, y, *, learning_rates=(0.02, 0.005, 0.05), w_range=(-0.5, 1.5), **traits):
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        if x.ndim != 1 or x.shape != y.shape or not len(x):
            raise ValueError(f"OneWeight: x {x.shape} and y {y.shape} must be two arrays of the same n > 0 numbers.")
        super().__init__(
            x=x.tolist(),
            y=y.tolist(),
            learning_rates=list(learning_rates),
            w_range=list(w_range),
            **traits,
        )
