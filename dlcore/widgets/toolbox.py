"""Explorables of the toolbox chapter: two shapes that meet, and two slopes that multiply."""

import traitlets

from .base import Explorable

MOST_ROWS, MOST_COLUMNS = 4, 5


class Broadcasting(Explorable):
    """Two arrays with shapes to edit, lined up from the right: what stretches, what comes out, or why nothing does.

    The first array holds 1, 2, 3 …, the second 10, 20, 30 …, so that each sum tells which two numbers met.

    Args:
        a, b: the shapes at the start, of at most two axes: up to 4 rows and 5 columns.
        operation: "+", "−" or "×".
        stage: 0 for the two arrays alone, 1 with their copies, 2 with the result.
    """

    script = "broadcasting.js"
    styles = "broadcasting.css"
    texts = {
        "title": "Two shapes meet",
        "try_first": "Press Step twice: watch the copies slide, and meet. Then give b four rows.",
        "alternative": (
            "Two arrays as boxes of numbers, and a table of their shapes, lined up from the right. For each axis "
            "it says whether the sizes are equal, whether one of them is 1 or missing and is stretched to the "
            "other, or whether they clash. Step goes from the arrays alone to their copies, drawn dashed, as "
            "only solid cells are stored, and on to a third box with the result, where no axis clashes. The "
            "shapes (3,) and (2, 1) give (2, 3): three numbers and two make six, as each meets each. The shapes "
            "(4,) and (4, 1) give sixteen. The shapes (3, 2) and (3,) clash, 2 against 3, and NumPy's error is "
            "shown."
            "\n\nWith the keyboard: choose rows and columns in the lists; Tab to the chosen cell of the result, then "
            "the arrow keys."
        ),
    }

    a = traitlets.List(traitlets.Int()).tag(sync=True)
    b = traitlets.List(traitlets.Int()).tag(sync=True)
    operation = traitlets.Enum(["+", "−", "×"], "+").tag(sync=True)
    stage = traitlets.Int(0, min=0, max=2).tag(sync=True)

    def __init__(self, a=(3,), b=(2, 1), **traits):
        for name, shape in (("a", a), ("b", b)):
            sizes = zip(reversed(shape), (MOST_COLUMNS, MOST_ROWS))
            if len(shape) > 2 or not all(1 <= size <= most for size, most in sizes):
                raise ValueError(
                    f"Broadcasting: {name} has the shape {tuple(shape)}. Expected at most two axes, with "
                    f"1 to {MOST_ROWS} rows and 1 to {MOST_COLUMNS} columns, which can be drawn."
                )
        super().__init__(a=list(a), b=list(b), **traits)


class ChainGears(Explorable):
    """x turns u and u turns y: a nudge of x shows as an arc on three dials, and its ratios multiply.

    Args:
        chain: "gears" (u = 2x, y = 3u), "square" (u = 3x − 1.5, y = u²) or "miss" (u = 1 − x, y = −log u).
        nudge: how far x is turned, from 0.01 to 0.3.
    """

    script = "chain-gears.js"
    texts = {
        "title": "Slopes in a chain",
        "try_first": "Compare the three arcs: which dial turns how far? Then press “Turn x by the nudge”.",
        "alternative": (
            "Three dials, x, u and y, each with a hand for its value and an arc for how far a nudge of x turns "
            "it. Below, wheels and chains: a wheel of fixed size drives the next, which is smaller the faster it "
            "turns; a crossed chain turns it backwards. In the first chain u turns twice as far as x, and y "
            "three times as far as u, so y turns six times as far as x, at every x and for every nudge. In the "
            "second, u = 3x − 1.5 and y = u², at x = 1: with a nudge of 0.2 the measured ratios are 3 and 3.6, "
            "which multiply to 10.8; with smaller nudges the second comes down to the slope, 3, and the product "
            "to 9. In the third, u = 1 − x and y = −log u, the first ratio is −1."
            "\n\nWith the keyboard: Tab to the hand of x, then the left and right arrow keys, with Shift in larger "
            "steps."
        ),
    }

    chain = traitlets.Enum(["gears", "square", "miss"], "gears").tag(sync=True)
    nudge = traitlets.Float(0.2, min=0.01, max=0.3).tag(sync=True)
