"""ComputationGraph: an expression as a graph that is stepped forward and backward in the page.

Python turns the expression into a short list of nodes; the numbers are computed in the page, so that
they follow the sliders where no kernel runs.
"""

import ast
import re

import traitlets

from ..utils import nearest
from .base import Explorable

#: What the page can compute, by the names used in an expression.
FUNCTIONS = ("tanh", "sigmoid", "relu", "exp", "log")
OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}
SYMBOLS = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
KNOWN = (*OPERATORS.values(), *FUNCTIONS, "pow", "neg")
ROLES = ("input", "weight", "activation", "loss", "ink")

#: role: the first letters of the names that have it
INITIALS = {"input": "xy", "weight": "wvb", "activation": "ah"}

#: name of the graph: (expression, values of its inputs)
READY = {
    "One weight, one squared error": (
        "p = w * x; z = p + b; e = z - y; L = e**2",
        {"w": 2, "x": 1.5, "b": -1, "y": 3.6},
    ),
    "A neuron with two inputs": (
        "z = w1 * x1 + w2 * x2 + b; a = tanh(z)",
        {"w1": 0.8, "x1": 1.0, "w2": -0.6, "x2": 2.0, "b": 0.9},
    ),
    "One value used twice": ("s = w + x; f = s * w", {"w": 2, "x": -3}),
    "Two layers": ("p = w * x; h = tanh(p); q = v * h; e = q - y; L = e**2", {"w": 0.7, "x": 1, "v": -1.2, "y": 0.5}),
    "Sigmoid and log loss": ("z = w * x + b; p = sigmoid(z); c = log(p); L = -c", {"w": 1, "x": 2, "b": -3}),
}


class ComputationGraph(Explorable):
    """A computational graph: values flow forward, gradients backward, one step at a time.

    Args:
        expression: what to compute, in Python's notation, such as `"(w * x + b - y)**2"`. Several
            assignments name what lies between: `"z = w * x + b; L = (z - y)**2"`. Known are
            + - * / **, and tanh, sigmoid, relu, exp, log. Or a `scalar.Value`: the graph behind it.
            Without it, the reader starts with the first of the ready graphs.
        inputs: the first value of each name that the expression leaves open, `{"w": 2.0, …}`.
        roles: `{"w": "weight", …}` for names whose colour can't be guessed: "input", "weight",
            "activation", "loss" or "ink". Guessed are x and y (input), w, v and b (weight), a and h
            (activation) and L (loss).
        name: what the list of graphs calls this one.
        ready: names of ready graphs to offer besides (see `graph.READY`); all by default.
        title, try_first, alternative: texts of the frame.

    Each graph is a list of nodes, inputs first: `{"id", "op", "inputs", "value", "label", "role"}`.
    """

    script = ("graph-steps.js", "graph.js")
    styles = "graph.css"
    texts = {
        "title": "A graph, forward and backward",
        "try_first": "Press Step until the first gradient appears, and before each further step say what it will be.",
    }

    graphs = traitlets.List().tag(sync=True)

    def __init__(self, expression=None, inputs=None, roles=None, *, name=None, ready=None, **texts):
        graphs = []
        if expression is not None:
            graphs.append(make_graph(name, expression, inputs or {}, roles or {}))
        for title in READY if ready is None else ready:
            if title not in READY:
                raise ValueError(f"There is no ready graph {title!r}; did you mean {nearest(title, READY)!r}?")
            graphs.append(make_graph(title, *READY[title], {}))
        if not graphs:
            raise ValueError("ComputationGraph has nothing to show: give it an expression, or ready graphs.")
        texts.setdefault("alternative", describe(graphs))
        super().__init__(graphs=graphs, **texts)


def make_graph(name, expression, inputs, roles):
    """One entry of `graphs`: its name, its formula and its nodes."""
    if isinstance(expression, str):
        nodes = parse(expression, inputs, roles)
        formula = pretty(expression)
    else:
        nodes = from_value(expression, roles)
        formula = ""
    return {"name": name or formula or "Your graph", "formula": formula, "nodes": nodes}


# ---------------------------------------------------------------- from an expression


def parse(expression, inputs, roles):
    """The nodes of an expression, each after those that it is computed from.

    Raises:
        ValueError: for what the page can't compute, a name without a value, or a value without a name.
    """
    try:
        tree = ast.parse(expression.strip())
    except SyntaxError as error:
        raise ValueError(
            f"The expression {expression!r} can't be read: {error.msg} at column {error.offset}."
        ) from None
    if not tree.body:
        raise ValueError("The expression is empty; write one such as '(w * x + b)**2'.")
    reader = _Reader(expression, inputs, roles)
    for statement in tree.body:
        reader.statement(statement)
    unused = set(inputs) - set(reader.names)
    if unused:
        raise ValueError(f"inputs gives a value for {sorted(unused)}, but {expression!r} doesn't use that name.")
    return reader.finish()


class _Reader:
    """Walks Python's own syntax tree and writes one node for each operation."""

    def __init__(self, expression, inputs, roles):
        self.expression, self.inputs, self.roles = expression, inputs, roles
        self.nodes, self.names = [], {}

    def statement(self, statement):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            node = self.visit(statement.value)
            if node["op"] in ("input", "const"):
                raise ValueError(f"'{name} = …' in {self.expression!r} only renames a value; use the value itself.")
            node.update(label=label(name), role=role_of(name, self.roles))
            self.names[name] = node
        elif isinstance(statement, ast.Expr):
            self.visit(statement.value)
        else:
            raise ValueError(f"{self.expression!r}: only expressions and 'name = expression' can be drawn.")

    def visit(self, tree):
        if isinstance(tree, ast.Name):
            return self.names.get(tree.id) or self.leaf(tree.id)
        if isinstance(tree, ast.Constant) and isinstance(tree.value, (int, float)) and not isinstance(tree.value, bool):
            return self.add("const", value=float(tree.value), label=f"{tree.value:g}".replace("-", "−"))
        if isinstance(tree, ast.BinOp) and type(tree.op) in OPERATORS:
            return self.add(OPERATORS[type(tree.op)], self.visit(tree.left), self.visit(tree.right))
        if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Pow):
            return self.add("pow", self.visit(tree.left), power=self.exponent(tree.right))
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
            return self.add("neg", self.visit(tree.operand))
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and len(tree.args) == 1:
            if tree.func.id not in FUNCTIONS:
                guess = nearest(tree.func.id, FUNCTIONS)
                hint = f"did you mean {guess}?" if guess else f"known are {', '.join(FUNCTIONS)}."
                raise ValueError(f"The graph can't draw {tree.func.id}(…); {hint}")
            return self.add(tree.func.id, self.visit(tree.args[0]))
        raise ValueError(
            f"The graph can't draw {ast.unparse(tree)!r}. "
            f"It knows + - * / **, {', '.join(FUNCTIONS)}, names and numbers."
        )

    def leaf(self, name):
        if name not in self.inputs:
            raise ValueError(
                f"{self.expression!r} uses {name!r}, but inputs gives it no value: add inputs={{{name!r}: 1.0}}."
            )
        self.names[name] = self.add(
            "input", value=float(self.inputs[name]), label=label(name), role=role_of(name, self.roles)
        )
        return self.names[name]

    def exponent(self, tree):
        sign = 1
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
            sign, tree = -1, tree.operand
        if not (isinstance(tree, ast.Constant) and isinstance(tree.value, (int, float))):
            raise ValueError(f"In {self.expression!r} the exponent must be a number, as in e**2.")
        return sign * tree.value

    def add(self, op, *inputs, value=None, label="", role="ink", **extra):
        node = {"id": f"n{len(self.nodes)}", "op": op, "inputs": [n["id"] for n in inputs]}
        node.update(value=value, label=label, role=role, **extra)
        self.nodes.append(node)
        return node

    def finish(self):
        if len(self.nodes) == sum(n["op"] in ("input", "const") for n in self.nodes):
            raise ValueError(f"{self.expression!r} computes nothing: there is no operation to draw.")
        return complete(self.nodes)


# ---------------------------------------------------------------- from a scalar.Value


def from_value(value, roles):
    """The nodes of the graph behind a `scalar.Value`."""
    if not hasattr(value, "graph"):
        raise TypeError(
            f"ComputationGraph draws an expression (a string) or a scalar.Value, but got {type(value).__name__}."
        )
    nodes, edges = value.graph()
    sources = {n["id"]: [] for n in nodes}
    for edge in edges:
        sources[edge["target"]].append(f"n{edge['source']}")
    drawn = []
    for n in nodes:
        name, operation = n["label"], n["operation"]
        node = {"id": f"n{n['id']}", "op": SYMBOLS.get(operation, operation), "inputs": sources[n["id"]], "value": None}
        if operation.startswith("**"):
            node |= {"op": "pow", "power": float(operation[2:])}
        elif not operation:
            constant = name == f"{n['value']:g}"
            node |= {"op": "const" if constant else "input", "value": float(n["value"])}
        elif node["op"] not in KNOWN:
            raise ValueError(f"The graph can't draw {operation!r}. It knows + - * / ** and {', '.join(FUNCTIONS)}.")
        drawn.append(node | {"label": label(name), "role": role_of(name, roles) if name else "ink"})
    if not edges:
        raise ValueError(f"{value!r} was not computed from anything: there is no operation to draw.")
    return complete(drawn)


# ---------------------------------------------------------------- names and texts


def complete(nodes):
    """Check that all lead to one result, and name what has no name, so that a sentence can speak of it."""
    used = {i for n in nodes for i in n["inputs"]}
    ends = [n for n in nodes if n["id"] not in used]
    if len(ends) != 1:
        names = ", ".join(n["label"] or n["op"] for n in ends)
        raise ValueError(f"A graph has one result, but {len(ends)} values ({names}) are computed and never used.")
    taken = {n["label"] for n in nodes}
    if not ends[0]["label"]:
        ends[0]["label"] = next(name for name in ("f", "g", "F", "f₀") if name not in taken)
    free = (name for name in "pqrstuvcdghkmno" if name not in taken)
    for count, node in enumerate(n for n in nodes if not n["label"]):
        node["label"] = next(free, f"t{count}")
    return nodes


def role_of(name, roles):
    """The role asked for, or the one that the name suggests."""
    role = roles.get(name) or guess_role(name)
    if role not in ROLES:
        raise ValueError(f"{name!r} can't have the role {role!r}; roles are {', '.join(ROLES)}.")
    return role


def guess_role(name):
    """The role that the book gives a name: x and y are inputs, w, v and b weights, a and h activations, L a loss."""
    if name.lower() == "loss" or name == "L":
        return "loss"
    return next((role for role, initials in INITIALS.items() if name[0] in initials), "ink")


def label(name):
    """A name as it is printed: w1 becomes w₁."""
    letters, digits = re.fullmatch(r"(.*?)_?(\d*)", name).groups()
    return (letters + digits.translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))) if letters else name


def pretty(expression):
    """An expression as a formula: w * x becomes w·x, e**2 becomes e²."""
    raised = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
    text = re.sub(r"\s*\*\*\s*(\d+)", lambda m: m[1].translate(raised), expression.strip())
    text = re.sub(r"\s*\*\s*", "·", text).replace("-", "−")
    text = re.sub(r"[A-Za-z]+\d+", lambda m: label(m[0]), text)
    return re.sub(r"\s*[;\n]\s*", ", ", text)


def describe(graphs):
    """The text alternative: what each of the graphs computes, and from what; then how both walks go."""
    choice = f"{len(graphs)} graphs to choose from. " if len(graphs) > 1 else ""
    return (
        f"{choice}{' '.join(map(summary, graphs))} Each input can be changed. Forward, each operation computes its "
        "value from those before it. Backward, from the end, each passes on the gradient it received times its own "
        "derivative, and where one value was used twice, the two gradients add. Each step is also told as a sentence "
        "with its numbers."
    ).replace("-", "−")


def summary(graph):
    """One sentence about a graph: its name, its formula, the values that it starts with, and its end."""
    leaves = ", ".join(f"{n['label']} = {n['value']:g}" for n in graph["nodes"] if n["op"] == "input")
    name, formula = graph["name"], graph["formula"]
    named = f"{name}: {formula}" if formula and name != formula else name
    start = f", at first with {leaves}" if leaves else ""
    return f"{named}{start}; it ends in {graph['nodes'][-1]['label']}."
