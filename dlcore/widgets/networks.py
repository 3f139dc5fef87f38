"""Explorables of the networks chapter: a curve built out of bumps, and the plane bent by a hidden layer."""

import numpy as np
import traitlets

from .base import Explorable

#: The targets are handed over as samples at this many places from 0 to 1.
SAMPLES = 401


def hill(x):
    return np.exp(-(((x - 0.45) / 0.16) ** 2))


def waves(x):
    return 0.45 + 0.3 * np.sin(3 * np.pi * x) + 0.15 * np.sin(9 * np.pi * x + 1)


def jump(x):
    return np.where(x < 0.37, 0.2 + 0.5 * x, 0.95 - 0.5 * x)


class BumpBuilder(Explorable):
    """A network with one input and one hidden layer, whose units the reader puts together to bumps: ŷ = Σ bumps.

    A bump is a box, h·σ(s(x − l)) − h·σ(s(x − r)), or a tent of three ReLUs; l and r are its ends, h its height and
    s the steepness. The distance from a target curve is shown, on average and at most, over 401 places from 0 to 1.

    Args:
        bumps: those at the start, each (middle, width, height).
        targets: name → function of an array of places from 0 to 1; what the reader can choose to build.
        steepness: s at the start, from 10 to 300.
    """

    script = ("loss-axes.js", "bump-builder.js")
    styles = "bump-builder.css"
    texts = {
        "title": "A curve out of bumps",
        "try_first": "Drag the ringed dot until the bump stands in the hill. Then add more, and get closer.",
        "alternative": (
            "A target curve over inputs from 0 to 1, drawn broad and pale, and on it the output of a network "
            "with one hidden layer. Each bump is two steep sigmoid units: the first goes up at the bump's left "
            "end, the second, with the opposite weight, takes it down again at the right end. Or it is a tent of "
            "three ReLU units. A bump can be moved, made higher or lower (below zero too), and wider. The "
            "network's output is the sum of all bumps. Placed evenly, 6 boxes stay at most 0.35 away from the "
            "hill, 12 boxes 0.09, 24 boxes 0.02. At the jump no number of bumps helps with the largest distance."
            "\n\nWith the keyboard: Tab to the chosen bump, then the arrow keys, with Shift in larger steps; Page "
            "Down and Page Up choose the next and the previous bump."
        ),
    }

    bumps = traitlets.List().tag(sync=True)
    targets = traitlets.List().tag(sync=True)  # [name, samples], since stored pages sort the keys of a dict
    steepness = traitlets.Float(100.0, min=10.0, max=300.0).tag(sync=True)

    def __init__(self, bumps=((0.3, 0.2, 0.6),), targets=None, **traits):
        bumps = [[float(part) for part in bump] for bump in bumps]
        if not bumps or any(len(bump) != 3 for bump in bumps):
            raise ValueError(f"BumpBuilder: expected at least one bump (middle, width, height), but got {bumps}.")
        targets = targets or {"one hill": hill, "waves": waves, "a jump": jump}
        places = np.linspace(0, 1, SAMPLES)
        super().__init__(
            bumps=bumps,
            targets=[[name, np.round(target(places), 6).tolist()] for name, target in targets.items()],
            **traits,
        )


class BendPlane(Explorable):
    """A hidden layer of two units as a map of the plane: x → f(x W + b), run through in three stages.

    The reader moves a grid and labelled points through the layer, and a line in the plane they are on. The yes-side of
    the line, carried back to the input plane, is shaded there.

    Args:
        points, labels: n points of the input plane, (n, 2), and 0 or 1 for each.
        kernel: W, shape (2, 2).
        bias: the bias of both units at the start, from −2 to 1.
        stage: 0 the input plane, 1 after W, 2 after b, 3 bent.
        threshold: the line's distance from 0 at the start.
        angle: the direction of its arrow at the start, in degrees; 45 points up and to the right.
    """

    script = ("plane.js", "bend-plane.js")
    styles = "bend-plane.css"
    texts = {
        "title": "The plane, bent by a hidden layer",
        "try_first": "Move “through the layer” to the right, slowly, or press Play. Then turn the line.",
        "alternative": (
            "Two planes with a grid and the four dots of XOR. The left one stays as it is. The right one goes "
            "through a hidden layer of two units: W turns and stretches it, b moves it, and the ReLU folds what "
            "is negative onto the axes. At the start the dots are the corners of a square, and no line separates "
            "the yes-dots (0, 1) and (1, 0) from the no-dots (0, 0) and (1, 1). W and b make a parallelogram of "
            "the square: still no line does it. After the bend, with both biases at −1, the no-dots lie on one "
            "place, (0, 0), and the yes-dots at (0, 1) and (1, 0): the line h₁ + h₂ = ½ separates them. Seen in "
            "the left plane the same border has bends: the no-side is a wedge around the diagonal from (0, 0) to "
            "(1, 1), and the yes-dots lie on both sides of it. With biases of 0 the dots (0, 2), (1, 1) and (2, "
            "0) lie on one line, and no line separates them; with −2 all four fall on one place."
            "\n\nWith the keyboard: Tab to the sliders, or to the line and the arrow's tip and move them by the "
            "arrow keys, with Shift in larger steps."
        ),
    }

    points = traitlets.List().tag(sync=True)
    labels = traitlets.List(traitlets.Int()).tag(sync=True)
    kernel = traitlets.List().tag(sync=True)
    bias = traitlets.Float(-1.0, min=-2.0, max=1.0).tag(sync=True)
    stage = traitlets.Float(0.0, min=0.0, max=3.0).tag(sync=True)
    threshold = traitlets.Float(0.35, min=-3.0, max=3.0).tag(sync=True)
    angle = traitlets.Float(45.0, min=-180.0, max=180.0).tag(sync=True)

    def __init__(
        self, points=((0, 0), (0, 1), (1, 0), (1, 1)), labels=(0, 1, 1, 0), kernel=((2, -1), (-1, 2)), **traits
    ):
        shapes = np.shape(points), np.shape(labels), np.shape(kernel)
        if shapes != ((len(labels), 2), (len(points),), (2, 2)) or not {0, 1} <= set(labels) <= {0, 1}:
            raise ValueError(
                f"BendPlane: expected points (n, 2), labels (n,) of 0 and 1, both used, and a kernel (2, 2), but got "
                f"points {shapes[0]}, labels {shapes[1]}, kernel {shapes[2]}."
            )
        super().__init__(
            points=[list(map(float, p)) for p in points],
            labels=[int(label) for label in labels],
            kernel=[list(map(float, row)) for row in kernel],
            **traits,
        )
