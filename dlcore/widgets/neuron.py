"""Explorables of the neuron chapter: the decision line to drag, and the perceptron's rule step by step."""

import numpy as np
import traitlets

from .base import Explorable

#: The four corners of the plane, and what each logical operation says about them.
CORNERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
LOGIC = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "XOR": [0, 1, 1, 0]}


def bank_clerk(n=100, noise=0.4, seed=0):
    """A clerk's yes (1) and no (0) to `n` customers by their income and debt, where 0 is the average customer.

    She says yes where 1.5·income − 2·debt + 0.5 is positive, give or take her mood (`noise`; 0 is a clerk who is
    never moody). Returns x of shape (n, 2) and y of shape (n,), two decimals, integers 0 and 1.
    """
    rng = np.random.default_rng(seed)
    x = rng.uniform([-2.0, -1.5], [2.0, 1.5], size=(n, 2)).round(2)
    score = 1.5 * x[:, 0] - 2.0 * x[:, 1] + 0.5 + noise * rng.standard_normal(n)
    return x, (score > 0).astype(int)


def perceptron_steps(x, y, weights=(0.0, 0.0), bias=0.0, learning_rate=1.0, rounds=100):
    """The perceptron's rule (Rosenblatt, 1958), example by example, round by round.

    ŷ = 1 if w·x + b ≥ 0 else 0,    w ← w + η (y − ŷ) x,    b ← b + η (y − ŷ)

    It stops after a round without a mistake, after a round whose end was the end of an earlier round (from there
    it would repeat for ever), or after `rounds`. Returns a dictionary: `steps`, a list of dictionaries with `example`,
    `prediction`, `error` (y − ŷ), `weights`, `bias` and `mistakes` (of all examples, after the update), and `end`:
    ("solved", round), ("cycle", first round, same again after round) or ("open", round). Round 0 is the start.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    w, b = np.asarray(weights, dtype=float), float(bias)
    steps, seen = [], {_state(w, b): 0}
    for number in range(1, rounds + 1):
        clean = True
        for example in range(len(x)):
            prediction = float(_fires(w @ x[example] + b))
            error = y[example] - prediction
            w, b = w + learning_rate * error * x[example], b + learning_rate * error
            clean = clean and error == 0
            mistakes = int(np.sum(_fires(x @ w + b) != y))
            steps.append({"example": example, "prediction": int(prediction), "error": int(error),
                          "weights": w.tolist(), "bias": b, "mistakes": mistakes})  # fmt: skip
        if clean:
            return {"steps": steps, "end": ("solved", number)}
        if _state(w, b) in seen:
            return {"steps": steps, "end": ("cycle", seen[_state(w, b)], number)}
        seen[_state(w, b)] = number
    return {"steps": steps, "end": ("open", rounds)}


def _fires(z):
    # Rounded: with η = 0.1 a z that is zero on paper comes out as −3e−17, and the rule would take another way.
    return np.round(z, 9) >= 0


def _state(w, b):
    # Rounded: 0.1 + 0.2 and 0.3 are the same weight for a cycle.
    return tuple(np.round([*w, b], 9) + 0.0)


class _Plane(Explorable):
    """Two-dimensional points in two classes, the reader's own or one of the presets."""

    script = "plane.js"

    sets = traitlets.List(help="[{name, x, y}], the data to choose from; the first one is shown.").tag(sync=True)
    names = traitlets.List(["x₁", "x₂"], help="What the two axes measure.").tag(sync=True)
    weights = traitlets.List([1.0, 0.0]).tag(sync=True)
    bias = traitlets.Float(0.0).tag(sync=True)

    def __init__(self, x=None, y=None, *, data, presets, weights, bias, **traits):
        sets = [] if x is None and y is None else [_checked(data, x, y)]
        sets += [_preset(name) for name in presets]
        if not sets:
            raise ValueError(f"{type(self).__name__} has no data. Expected x and y, or presets such as ('AND', 'XOR').")
        weights = np.asarray(weights, dtype=float)
        if weights.shape != (2,):
            raise ValueError(f"{type(self).__name__}: weights have shape {weights.shape}. Expected (2,): w₁ and w₂.")
        super().__init__(sets=sets, weights=weights.tolist(), bias=float(bias), **traits)


def _checked(name, x, y):
    if x is None or y is None:
        raise ValueError("Only one of x and y is given. Expected both: points of shape (n, 2), classes of shape (n,).")
    x, y = np.asarray(x, dtype=float), np.asarray(y).reshape(-1)
    if x.ndim != 2 or x.shape[1] != 2 or len(x) == 0:
        raise ValueError(f"x has shape {x.shape}. Expected (n, 2): one row a point, two numbers each.")
    if len(y) != len(x):
        raise ValueError(f"y has {len(y)} entries for {len(x)} points. Expected one class a point.")
    if not np.isin(y, [0, 1]).all():
        raise ValueError(f"y holds {sorted(set(y.tolist()))}. Expected the classes 0 and 1 (have you -1 for 0?).")
    if not np.isfinite(x).all():
        raise ValueError("x holds NaN or infinity. Expected finite numbers.")
    return {"name": name, "x": x.round(6).tolist(), "y": y.astype(int).tolist()}


def _preset(name):
    if name == "bank clerk":
        x, y = bank_clerk()
        return {"name": name, "x": x.tolist(), "y": y.tolist()}
    if name not in LOGIC:
        raise ValueError(f"No preset {name!r}. There are: bank clerk, {', '.join(LOGIC)}.")
    return {"name": name, "x": CORNERS, "y": LOGIC[name]}


class DecisionLine(_Plane):
    """A neuron with two inputs: its line, its shading by activation, its mistakes and its loss, all to drag.

    x, y: points of shape (n, 2) and classes 0 or 1 of shape (n,); without them, only the presets.
    presets: further data to choose from, of "bank clerk", "AND", "OR", "XOR" (all of them where no x is given).
    activation: "sigmoid" or "step"; loss: "cross-entropy" (sigmoid only) or "squared error", both means over points.
    soft: False leaves only the hard answer, yes or no, and hides activation and loss: for readers who know neither.
    bias_limit: how far the bias goes to either side; None is as far as the largest weights can need.
    weights, bias: where the neuron starts. In a notebook with a kernel they follow what the reader drags.
    """

    script = ("plane.js", "decision-line.js")
    texts = {
        "title": "A neuron with two inputs",
        "try_first": "Drag the line until few points are crossed out, then turn it by the arrow's tip.",
    }

    activation = traitlets.Enum(["sigmoid", "step"], "sigmoid").tag(sync=True)
    loss = traitlets.Enum(["cross-entropy", "squared error"], "cross-entropy").tag(sync=True)
    soft = traitlets.Bool(True).tag(sync=True)
    bias_limit = traitlets.Float(None, allow_none=True).tag(sync=True)

    def __init__(self, x=None, y=None, *, data="your data", presets=None, weights=(1.0, 0.0), bias=0.0, **traits):
        if presets is None:
            presets = ("bank clerk", *LOGIC) if x is None else ()
        soft = traits.get("soft", True)
        traits.setdefault("alternative", (_DECISION_LINE if soft else _HARD_LINE) + _DECISION_KEYS)
        if not soft:
            traits |= {"activation": "step", "loss": "squared error"}
        super().__init__(x, y, data=data, presets=presets, weights=weights, bias=bias, **traits)


_LINE = (
    "A plane of points, one a pair of inputs x₁ and x₂. Filled discs are of class 1, hollow squares of class 0. "
    "The neuron computes z = w₁x₁ + w₂x₂ + b. Where z is zero runs a straight line; an arrow, the weights, stands "
    "on it at a right angle and points to where z grows. "
)
_DECISION_LINE = (
    f"{_LINE}The plane is shaded by the activation: fully where it is near 1, not at all where it is near 0. A point "
    "on the wrong side of the line is crossed out. Larger weights make the shading change more sharply, the bias "
    "moves the line along the arrow."
)
_HARD_LINE = (
    f"{_LINE}The side where the answer is yes, z at least zero, is shaded. A point on the wrong side of the line is "
    "crossed out. The bias moves the line along the arrow."
)
_DECISION_KEYS = (
    "\n\nWith the keyboard: Tab to the line, the arrow's tip or the chosen point, then move it by the arrow keys, "
    "with Shift in larger steps. On the chosen point, Page Down and Page Up choose the next and the previous one."
)


class PerceptronSteps(_Plane):
    """The perceptron's rule, one example at a time: prediction, error, update in numbers, and the line that moves.

    x, y: points of shape (n, 2) and classes 0 or 1 of shape (n,); without them, only the presets.
    presets: as for DecisionLine; "AND", "OR" and "XOR" where no x is given. weights, bias: the start.
    learning_rate: η. rounds: where to stop if neither a solution nor a cycle has come.
    `run(name)` computes the same steps in Python, see perceptron_steps.
    """

    script = ("plane.js", "perceptron-steps.js")
    texts = {
        "title": "The perceptron's rule, example by example",
        "try_first": "Press Step and follow one update with a pencil. Then choose XOR and press Play.",
    }

    learning_rate = traitlets.Float(1.0).tag(sync=True)
    rounds = traitlets.Int(100).tag(sync=True)

    def __init__(self, x=None, y=None, *, data="your data", presets=None, weights=(0.0, 0.0), bias=0.0, **traits):
        if presets is None:
            presets = tuple(LOGIC) if x is None else ()
        super().__init__(x, y, data=data, presets=presets, weights=weights, bias=bias, **traits)
        if "alternative" not in traits:
            self.alternative = " ".join([_PERCEPTRON, *(self._outcome(data_set) for data_set in self.sets)])

    def run(self, name=None):
        """The steps on the data set of this name (the first one by default), as perceptron_steps returns them."""
        by_name = {data_set["name"]: data_set for data_set in self.sets}
        if name is not None and name not in by_name:
            raise ValueError(f"No data set {name!r} here. There are: {', '.join(by_name)}.")
        chosen = by_name[name] if name is not None else self.sets[0]
        return perceptron_steps(chosen["x"], chosen["y"], self.weights, self.bias, self.learning_rate, self.rounds)

    def _outcome(self, data_set):
        result = self.run(data_set["name"])
        kind, *numbers = result["end"]
        fewest = min(step["mistakes"] for step in result["steps"])
        ends = {
            "solved": "round {0} is the first without a mistake.",
            "cycle": "after round {1} the weights are those after round {0} again, and so on for ever; "
            f"on the way the fewest mistakes were {fewest} of {len(data_set['x'])}.",
            "open": f"after {{0}} rounds it still makes mistakes; the fewest were {fewest} of {len(data_set['x'])}.",
        }
        return f"On {data_set['name']}, {ends[kind].format(*numbers)}"


_PERCEPTRON = (
    "Examples come one after the other, round by round. For each the neuron says 1 if w₁x₁ + w₂x₂ + b is at least "
    "zero, else 0. If that is wrong, the weights and the bias move: w ← w + η(y − ŷ)x and b ← b + η(y − ŷ). The "
    "picture shows the points, the current example with a ring, the line before (dashed) and after the update, "
    "and below it the number of mistakes on all points after every step."
)
