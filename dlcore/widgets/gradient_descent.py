"""Explorables of the gradient-descent chapter: a ball on a surface, and two weights that learn from batches."""

import numpy as np
import traitlets

from .base import Explorable


class RollingBall(Explorable):
    """Gradient descent on a surface of two weights, w ← w − η ∇L, from any start and with any of many learning rates.

    Args:
        surface: shown at first: "bowl", "ravine", "valleys" or "saddle"; the reader can change to the others.
        start: where the ball starts, (w₁, w₂) within ±2.4 and ±2.
        learning_rate: η at the start; the nearest of those on the slider is taken.
        steps: how many steps can be played.
    """

    script = ("loss-axes.js", "surface.js", "rolling-ball.js")
    texts = {
        "title": "A ball on four surfaces",
        "try_first": "Press Play. Then move the learning rate slowly to the right: the whole path changes.",
        "alternative": (
            "Left, a surface over two weights seen from above, as lines of equal loss. A ball starts where you "
            "put it and takes up to 60 steps against the gradient. Right, the loss after each step, on a "
            "logarithmic scale. On the round bowl every rate below 2 goes to the bottom: small ones creep and "
            "need more than the 60 steps, 1 is there in one step, 1.9 jumps from side to side. 2.1 flies away. "
            "In the ravine, twenty times as steep across as along, the limit is 0.1, so the way along it is "
            "slow. With two valleys the start and the rate decide in which one the ball ends, and whether it "
            "comes to rest. On the saddle a ball that starts exactly on the line w₂ = −w₁ comes to rest in the "
            "middle, where the slope is 0, though it is no bottom."
            "\n\nWith the keyboard: Tab to the start, then the arrow keys, with Shift in larger steps; the rest are "
            "buttons and sliders."
        ),
    }

    surface = traitlets.Enum(["bowl", "ravine", "valleys", "saddle"], "bowl").tag(sync=True)
    start = traitlets.List(traitlets.Float(), [-2.0, 1.5], minlen=2, maxlen=2).tag(sync=True)
    learning_rate = traitlets.Float(0.2).tag(sync=True)
    steps = traitlets.Int(60, min=2).tag(sync=True)


class NoisySteps(Explorable):
    """Two weights of a linear machine ŷ = w₁ x₁ + w₂ x₂ learn from batches of a size to choose, on their loss surface.

    Args:
        x: the inputs, shape (n, 2), n ≥ 2.
        y: the targets, shape (n,).
        batch_size, learning_rate: at the start; the nearest of those on the sliders are taken.
        start: the first weights.
        steps: how many steps can be played.
        x_label, y_label: what the two weights are.
    """

    script = ("loss-axes.js", "surface.js", "noisy-steps.js")
    texts = {
        "title": "Steps from batches",
        "try_first": "Press Play and let it run. Then make the batches smaller, and larger.",
        "alternative": (
            "The loss over two weights, as lines of equal loss, with a cross at the best weights. A walk starts "
            "at the first weights; each step follows the gradient of one batch. A solid arrow shows the next "
            "step, a dashed one the step from all examples, and a cloud of dots where 60 other batches would "
            "lead. The cloud lies around the dashed arrow's tip: wide for a batch of 1, narrow for large ones. "
            "Small batches come near quickly for little work, and then tremble about the best weights without "
            "coming to rest; a smaller rate makes them tremble less. With all examples in the batch the walk is "
            "smooth."
            "\n\nWith the keyboard: Tab to the sliders and buttons."
        ),
    }

    x = traitlets.List().tag(sync=True)
    y = traitlets.List(traitlets.Float()).tag(sync=True)
    best = traitlets.List(traitlets.Float()).tag(sync=True)
    start = traitlets.List(traitlets.Float(), minlen=2, maxlen=2).tag(sync=True)
    x_range = traitlets.List(traitlets.Float(), minlen=2, maxlen=2).tag(sync=True)
    y_range = traitlets.List(traitlets.Float(), minlen=2, maxlen=2).tag(sync=True)
    batch_sizes = traitlets.List(traitlets.Int()).tag(sync=True)
    batch_size = traitlets.Int(4, min=1).tag(sync=True)
    learning_rate = traitlets.Float(0.1).tag(sync=True)
    steps = traitlets.Int(80, min=2).tag(sync=True)
    x_label = traitlets.Unicode("weight w₁").tag(sync=True)
    y_label = traitlets.Unicode("weight w₂").tag(sync=True)

    def __init__(self, x, y, *, start=(0.0, 0.0), **traits):
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        if x.ndim != 2 or x.shape[1] != 2 or y.shape != x.shape[:1] or len(y) < 2:
            raise ValueError(f"NoisySteps: x {x.shape} and y {y.shape} must have the shapes (n, 2) and (n,), n ≥ 2.")
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise ValueError("NoisySteps: x or y holds NaN or infinity. Expected finite numbers.")
        if np.linalg.matrix_rank(x) < 2:
            raise ValueError("NoisySteps: one column of x is a multiple of the other, so no weights are the best.")
        best = np.linalg.lstsq(x, y, rcond=None)[0]
        middle, reach = (best + start) / 2, max(np.abs(best - start).max(), 1e-6)
        n = len(y)
        super().__init__(
            x=x.tolist(),
            y=y.tolist(),
            best=best.tolist(),
            start=[float(v) for v in start],
            x_range=[middle[0] - 1.2 * reach, middle[0] + 1.2 * reach],
            y_range=[middle[1] - reach, middle[1] + reach],
            batch_sizes=[*(m for m in (1, 2, 4, 8, 16, 32) if m < n), n],
            **traits,
        )
