"""Explorable of the regularization chapter: a noisy curve fitted many times over, with every brake under a slider."""

import numpy as np
import traitlets

from .base import Explorable

#: The curve behind the points: f(t) = Σ TRUTH[k] · cos(πkt) for t from 0 to 1.
TRUTH = (0.2, -0.3, -0.9, -0.5, 0.25, 0.15)
#: What the slider of the weight decay can be set to.
DECAYS = (0.0, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
MOST_WAVES, MOST_POINTS = 40, 60


class NoisyCurve(Explorable):
    """Waves fitted to noisy points by least squares, for many draws of the points; errors over the number of waves.

    The model is ŷ(t) = w₀ + Σₖ wₖ cos(πkt)/k with k from 1 to `waves`. It is fitted exactly. The weights w₁, w₂ … make
    the sum below smallest; where several sets do (more weights than points, and no penalty), the shortest of them:

        MSE + λ Σ wₖ² + q / (1 − q) · Σ wₖ² mean(φₖ²)    with φₖ = cos(πkt)/k at the points

    The last term is what dropout of the waves with rate q adds to the MSE on the average over all its masks
    (Srivastava et al. 2014, section 9.1). The constant w₀ is neither priced nor dropped.

    Args:
        waves: how many at the start, up to 40.
        points: in each draw at the start, from 8 to 60. Point i of n lies at a random place between i/n and (i + 1)/n.
        weight_decay: λ at the start, one of `DECAYS`.
        dropout: the rate q at the start, from 0 to 0.9.
        draws: how many sets of points are drawn.
        noise: standard deviation of the noise on each point.
        seed: of the draws.
    """

    script = ("loss-axes.js", "noisy-curve.js")
    styles = ("robust-line.css", "noisy-curve.css")
    texts = {
        "title": "Fit a noisy curve",
        "try_first": "Lower the waves from 15 to 5, then to 1. Watch how the thin lines spread, and the dashed curve.",
        "alternative": (
            "Left, points scattered around a curve, and the sum of waves that fits them best; thin lines show "
            "the fits to other draws of the points. Right, the mean error on the training points (solid) and on "
            "new points (dashed) over the number of waves. With 16 points and no brake, the dashed curve falls "
            "to 0.227 at 5 waves, rises to 0.780 at 15 waves, where there are as many weights as points and the "
            "training error is 0, and falls again to 0.307 at 40. The thin lines lie apart where it is high: "
            "variance. With a weight decay of 0.01 there is no peak, and the error at 15 waves is 0.235. Dropout "
            "at a rate of 0.1 brings it to 0.348 (at 40 waves it does harm: 0.610), and 60 points to 0.206."
            "\n\nWith the keyboard: Tab to the sliders and use the arrow keys; the ring on the dashed curve is moved "
            "by the left and right arrow keys, too, and sets the number of waves."
        ),
    }

    waves = traitlets.Int(15, min=0, max=MOST_WAVES).tag(sync=True)
    points = traitlets.Int(16, min=8, max=MOST_POINTS).tag(sync=True)
    weight_decay = traitlets.Enum(DECAYS, 0.0).tag(sync=True)
    dropout = traitlets.Float(0.0, min=0.0, max=0.9).tag(sync=True)
    noise = traitlets.Float(0.4, min=0.0).tag(sync=True)
    truth = traitlets.List(traitlets.Float()).tag(sync=True)
    decays = traitlets.List(traitlets.Float()).tag(sync=True)
    places = traitlets.List(traitlets.List(traitlets.Float()), help="0 … 1 in its cell; a row a draw.").tag(sync=True)
    errors = traitlets.List(traitlets.List(traitlets.Float()), help="In units of `noise`; a row a draw.").tag(sync=True)

    def __init__(self, *, draws=20, seed=0, **traits):
        if not (isinstance(draws, int) and 2 <= draws <= 50):
            raise ValueError(f"NoisyCurve: draws is {draws!r}. Expected a whole number from 2 to 50.")
        rng = np.random.default_rng(seed)
        places = rng.uniform(0, 1, (draws, MOST_POINTS)).round(2)
        errors = rng.normal(size=(draws, MOST_POINTS)).round(2)
        super().__init__(
            truth=list(TRUTH),
            decays=list(DECAYS),
            places=places.tolist(),
            errors=errors.tolist(),
            **traits,
        )
