"""ActivationCurves: one input dragged through every activation, with value, slope and where it is flat."""

import traitlets

from ..utils import unknown
from .base import Explorable

#: What the JavaScript can compute, each with its slope, as `dlcore.activations` does; in the order shown.
CURVES = ("linear", "step", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu")
#: z goes from −LIMIT to LIMIT.
LIMIT = 5.0


class ActivationCurves(Explorable):
    """The same z put into every activation: what comes out, how steep it is there, and which ones are flat.

    A second slider puts neurons in a row, each with weight 1 and bias 0, the answer of one the input of the next:
    then the curves are f(f(… f(z))), and the slopes multiply.

    Args:
        chosen: the activation that is drawn large at the start, one of `CURVES`.
        z: the input at the start, between −5 and 5.
        row: how many neurons stand in a row at the start, 1 to 10.
    """

    script = "activations.js"
    styles = "activations.css"
    texts = {"title": "One input, every activation"}

    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    chosen = traitlets.Unicode("sigmoid").tag(sync=True)
    z = traitlets.Float(1.0).tag(sync=True)
    limit = traitlets.Float(LIMIT).tag(sync=True)
    row = traitlets.Int(1).tag(sync=True)

    def __init__(self, *, chosen="sigmoid", z=1.0, row=1, **texts):
        if chosen not in CURVES:
            raise ValueError(unknown("curve", chosen, CURVES))
        if not -LIMIT <= z <= LIMIT or row not in range(1, 11):
            raise ValueError(f"ActivationCurves: expected z from −5 to 5 and row from 1 to 10, but got {z} and {row}.")
        super().__init__(names=list(CURVES), chosen=chosen, z=float(z), row=row, **texts)
