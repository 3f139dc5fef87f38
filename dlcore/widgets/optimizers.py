"""Explorable of the optimizers chapter: six rules that walk down one surface, side by side."""

import numpy as np
import traitlets

from .base import Explorable

RUNNERS = ("SGD", "momentum", "Nesterov", "Adagrad", "RMSprop", "Adam")
BEST_RATES = {
    "SGD": 0.3,
    "momentum": 0.3,
    "Nesterov": 0.3,
    "Adagrad": 3.0,
    "RMSprop": 0.1,
    "Adam": 0.3,
}  # in both ravines
SURFACES = ("ravine", "tilted ravine", "saddle", "plateau", "bend")


class OptimizerRace(Explorable):
    """A race of six update rules from one starting point, on a surface over two weights.

    The rules are those of `dlcore.optimizers` with their default settings, apart from the learning rates.

    Args:
        surface: one of `SURFACES`.
        steps: how many steps the race lasts, up to 500.
        learning_rates: rule → learning rate, for those that are to start with another than `BEST_RATES`.
        seed: of the noise that the reader can add to the slopes.
    """

    script = ("surface.js", "race-surfaces.js", "optimizer-race.js")
    styles = "optimizer-race.css"
    texts = {
        "title": "A race of six rules",
        "try_first": "Press Play: who wobbles, creeps, overshoots? Then choose the tilted ravine and play again.",
        "alternative": (
            "Contour lines of a loss over two weights, six runners that start from one point, and a table with "
            "the learning rate of each, its loss, its distance to the lowest point, and the step from which on "
            "it stays within 0.1 of it. In the ravine, 40 times as steep across as along, SGD is there after 123 "
            "steps, momentum after 63, Nesterov 45, Adagrad 5, RMSprop 101, Adam 59. In the tilted ravine, the "
            "same one turned by 30 degrees, SGD, momentum and Nesterov need exactly as many steps as before. "
            "Adagrad needs 95, RMSprop 112, Adam 67: the walk of a rule with a step size for each weight depends "
            "on how the ravine lies. The learning rates are the best of the seven on offer, in both ravines. On "
            "the plateau, where the slope is nearly 0, RMSprop is there after 18 steps, Adagrad 40, Nesterov 50, "
            "Adam 51, momentum 88, and SGD is not there. From the saddle Nesterov is there after 19 steps, Adagrad "
            "28, SGD 49, Adam 56, momentum 62, RMSprop 133. In the bend, a ravine that turns, Nesterov is there after "
            "70 steps, momentum 77, Adam 87; SGD, RMSprop and Adagrad are not there after 200, and Adagrad is farthest."
            "\n\nWith the keyboard: Tab to the start, a ring, then the arrow keys, with Shift in larger steps. The "
            "table's boxes and rates, the surface, the noise and μ are ordinary controls; Back, Play and Step go "
            "through the race."
        ),
    }

    surface = traitlets.Enum(SURFACES, "ravine").tag(sync=True)
    steps = traitlets.Int(200, min=1, max=500).tag(sync=True)
    learning_rates = traitlets.Dict().tag(sync=True)
    noise = traitlets.List(traitlets.List(traitlets.Float()), help="One pair a step, of size about 1.").tag(sync=True)

    def __init__(self, *, learning_rates=None, steps=200, seed=0, **traits):
        rates = dict(BEST_RATES)
        unknown = sorted(set(learning_rates or {}) - set(rates))
        if unknown:
            raise ValueError(f"OptimizerRace: no runner is called {unknown[0]!r}. They are {', '.join(rates)}.")
        noise = np.random.default_rng(seed).normal(size=(steps, 2)).round(3)
        super().__init__(steps=steps, learning_rates=rates | (learning_rates or {}), noise=noise.tolist(), **traits)
