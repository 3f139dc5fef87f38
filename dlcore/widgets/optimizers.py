"""Explorable of the optimizers chapter: six rules that walk down one surface, side by side."""

import numpy as np
import traitlets

from dlcore.widgets.base import Explorable

RUNNERS = ("SGD", "momentum", "Nesterov", "Adagrad", "RMSprop", "Adam")
SURFACES = ("ravine", "tilted ravine", "saddle", "plateau", "bend")


class OptimizerRace(Explorable):
    """A race of six update rules from one starting point, on a surface over two weights.

    The rules are those of `dlcore.optimizers` with their default settings, apart from the learning rates.

    Args:
        surface: one of `SURFACES`.
        steps: how many steps the race lasts, up to 500.
        learning_rates: rule → learning rate, for those that are to start with another than here.
        seed: of the noise that the reader can add to the slopes.
    """

    script = ("surface.js", "race-surfaces.js", "optimizer-race.js")
    styles = "optimizer-race.css"

    surface = traitlets.Enum(SURFACES, "ravine").tag(sync=True)
    steps = traitlets.Int(200, min=1, max=500).tag(sync=True)
    learning_rates = traitlets.Dict().tag(sync=True)
    noise = traitlets.List(traitlets.List(traitlets.Float()), help="One pair a step, of size about 1.").tag(sync=True)

    def __init__(self, *, learning_rates=None, steps=200, seed=0, **traits):
        rates = {"SGD": 0.3, "momentum": 0.1, "Nesterov": 0.1, "Adagrad": 1.0, "RMSprop": 0.03, "Adam": 0.1}
        unknown = sorted(set(learning_rates or {}) - set(rates))
        if unknown:
            raise ValueError(f"OptimizerRace: no runner is called {unknown[0]!r}. They are {', '.join(rates)}.")
        noise = np.random.default_rng(seed).normal(size=(steps, 2)).round(3)
        texts = {
            "title": "A race of six rules",
            "try_first": "Press Play: who wobbles, creeps, overshoots? Then choose the tilted ravine and play again.",
            "alternative": _RACE,
        }
        super().__init__(
            steps=steps, learning_rates=rates | (learning_rates or {}), noise=noise.tolist(), **{**texts, **traits}
        )


_RACE = (
    "Contour lines of a loss over two weights, six runners that start from one point, and a table with the learning "
    "rate of each, its loss, its distance to the lowest point, and the step from which on it stays within 0.1 of it. "
    "In the ravine, 40 times as steep across as along, SGD is there after 123 steps, momentum after 73, Nesterov 55, "
    "Adagrad 28, RMSprop 156, Adam 59. In the tilted ravine, the same one turned by 30 degrees, SGD, momentum and "
    "Nesterov need exactly as many steps as before. Adagrad needs 119, RMSprop 186, and Adam is not there after 200: "
    "rules with a step size for each weight depend on how the ravine lies. On the plateau, where the slope is nearly "
    "0, Adagrad is there after 28 steps, Adam 63, RMSprop 87, Nesterov 106, momentum 130, and SGD is not there."
    "\n\nWith the keyboard: Tab to the start, a ring, then the arrow keys, with Shift in larger steps. The table's "
    "boxes and rates, the surface, the noise and μ are ordinary controls; Back, Play and Step go through the race."
)
