"""Explorables of the losses chapter: what a probability costs, and how far a single point moves a line."""

import numpy as np
import traitlets

from .base import Explorable


class ProbabilitySlider(Explorable):
    """One prediction p = σ(z) for one yes-or-no question: its cross-entropy, its squared error, and their slopes in z.

    The reader moves p, or lets two copies of it walk downhill, z ← z − slope, each by one of the losses.

    Args:
        p: the probability of "yes" at the start, from 0.001 to 0.999.
        truth: 1 for yes, 0 for no.
    """

    script = ("loss-axes.js", "probability-slider.js")
    texts = {
        "title": "What a probability costs",
        "try_first": "Drag the disc to 0.02: nearly sure of “no”, while the truth is “yes”. Then press Ten steps.",
        "alternative": (
            "Left, two losses over the probability p of “yes”, from 0 to 1. Where the truth is yes, the "
            "cross-entropy, −log p, grows without limit towards p = 0, and the squared error, (1 − p)², ends at "
            "1. Right, the slopes of both in the score z, where p = σ(z). The cross-entropy's is the straight "
            "line p − 1: near −1 where the answer is badly wrong. The squared error's is 2(p − 1) · p(1 − p): "
            "near 0 where it is right, and near 0 where it is badly wrong. From p = 0.02, ten steps downhill "
            "take the cross-entropy to p = 0.84, and the squared error to p = 0.03."
            "\n\nWith the keyboard: Tab to the disc, then the left and right arrow keys, with Shift in larger steps; "
            "or use the slider."
        ),
    }

    p = traitlets.Float(0.5, min=0.001, max=0.999).tag(sync=True)
    truth = traitlets.Enum([0, 1], 1).tag(sync=True)


class RobustLine(Explorable):
    """Points with one to drag, and the lines of the smallest mean squared, mean absolute and Huber loss.

    Args:
        x, y: the points, two arrays of n ≥ 3 numbers.
        outlier: index of the point that can be dragged.
        delta: Huber's δ at the start, from 0.5 to 20.
        y_range: what is shown of the vertical axis, lowest and highest.
        x_label, y_label: what the axes measure.
    """

    script = ("loss-axes.js", "robust-line.js")
    styles = "robust-line.css"
    texts = {
        "title": "Three losses, three lines",
        "try_first": "Drag the ringed point up, slowly, and watch which of the lines goes with it.",
        "alternative": (
            "Points near a line, one of them ringed, and the lines with the smallest mean squared error (solid), "
            "Huber loss (dashed) and mean absolute error (dotted). While the ringed point lies with the others, "
            "the three nearly coincide. The further up it is dragged, the further the solid line follows it, "
            "without end. The dashed line follows until the point's error exceeds δ, then stays. The dotted line "
            "moves little, or not at all."
            "\n\nWith the keyboard: Tab to the ringed point, then the arrow keys, with Shift in larger steps."
        ),
    }

    x = traitlets.List(traitlets.Float()).tag(sync=True)
    y = traitlets.List(traitlets.Float()).tag(sync=True)
    outlier = traitlets.Int().tag(sync=True)
    delta = traitlets.Float(2.0, min=0.5, max=20.0).tag(sync=True)
    y_range = traitlets.List(traitlets.Float(), minlen=2, maxlen=2).tag(sync=True)
    x_label = traitlets.Unicode("x").tag(sync=True)
    y_label = traitlets.Unicode("y").tag(sync=True)

    def __init__(self, x, y, *, outlier=-1, y_range=None, **traits):
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        if x.ndim != 1 or x.shape != y.shape or len(x) < 3:
            raise ValueError(f"RobustLine: x {x.shape} and y {y.shape} must be two arrays of the same n ≥ 3 numbers.")
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise ValueError("RobustLine: x or y holds NaN or infinity. Expected finite numbers.")
        if len(np.unique(np.delete(x, outlier))) < 2:
            raise ValueError("RobustLine: without the point to drag, all x are the same, and no line is the best.")
        super().__init__(
            x=x.tolist(),
            y=y.tolist(),
            outlier=int(np.arange(len(x))[outlier]),
            y_range=list(y_range or (min(0.0, y.min()), 1.2 * y.max())),
            **traits,
        )
