"""One number that remembers how it was computed, so that it can tell every slope.

This is all of backpropagation, with single numbers and nothing but Python. Read it from top to bottom:

    >>> w, x, b = Value(2.0, "w"), Value(3.0, "x"), Value(-5.0, "b")
    >>> y = (w * x + b).tanh()
    >>> y.backward()
    >>> round(w.grad, 3)
    1.26

If w grows by a little, y grows by 1.26 times as much. `dlcore.tensor` does the same with whole arrays.
"""

import math
import numbers
import random

__all__ = ["Neuron", "Value"]


class Value:
    """A number, the numbers it was computed from, and its slope against each of them.

    Args:
        data: the number.
        label: what drawings and printouts call it, such as "w".
        operation, parents, slopes: set by the operations below. slopes[i] is ∂self/∂parents[i].

    Attributes:
        grad: ∂y/∂self after `y.backward()`. In numbers that you put in it adds up over several backward passes, until
            `zero_grad`; in numbers that were computed it is that of the last pass.
    """

    def __init__(self, data, label="", *, operation="", parents=(), slopes=()):
        self.data = float(data)
        self.grad = 0.0
        self.label = label
        self.operation = operation
        self.parents = parents
        self.slopes = slopes

    def __repr__(self):
        label = f", label={self.label!r}" if self.label else ""
        return f"Value({self.data:g}, grad={self.grad:g}{label})"

    def __float__(self):
        return self.data

    # ------------------------------------------------ operations: the result, and its slope against each input

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, operation="+", parents=(self, other), slopes=(1.0, 1.0))

    def __sub__(self, other):
        other = as_value(other)
        return Value(self.data - other.data, operation="-", parents=(self, other), slopes=(1.0, -1.0))

    def __mul__(self, other):
        other = as_value(other)
        return Value(self.data * other.data, operation="*", parents=(self, other), slopes=(other.data, self.data))

    def __truediv__(self, other):
        other = as_value(other)
        if other.data == 0:
            raise ZeroDivisionError(f"{self.data:g} / 0: the number below the line must not be zero.")
        y = self.data / other.data
        return Value(y, operation="/", parents=(self, other), slopes=(1 / other.data, -y / other.data))

    def __pow__(self, n):
        if isinstance(n, Value):
            raise TypeError("x ** n needs a plain number n. For a Value in the exponent, write (n * x.log()).exp().")
        if self.data < 0 and n != int(n) or self.data == 0 and n < 0:
            raise ValueError(f"{self.data:g} ** {n:g} is no real number.")
        if self.data == 0 and 0 < n < 1:
            raise ValueError(f"0 ** {n:g} has no slope: the curve is vertical there. Take a number above 0.")
        slope = n * self.data ** (n - 1) if n not in (0, 1) else n
        return Value(self.data**n, operation=f"**{n:g}", parents=(self,), slopes=(slope,))

    def __neg__(self):
        return Value(-self.data, operation="neg", parents=(self,), slopes=(-1.0,))

    def exp(self):
        """eˣ          slope eˣ"""
        try:
            y = math.exp(self.data)
        except OverflowError:
            raise OverflowError(f"exp({self.data:g}) is larger than any number that Python can hold.") from None
        return Value(y, operation="exp", parents=(self,), slopes=(y,))

    def log(self):
        """log x, for x > 0          slope 1 / x"""
        if self.data <= 0:
            raise ValueError(f"log({self.data:g}): a logarithm needs a number above 0.")
        return Value(math.log(self.data), operation="log", parents=(self,), slopes=(1 / self.data,))

    def tanh(self):
        """y = tanh x          slope 1 − y²"""
        y = math.tanh(self.data)
        return Value(y, operation="tanh", parents=(self,), slopes=(1 - y * y,))

    def sigmoid(self):
        """y = 1 / (1 + e⁻ˣ)          slope y (1 − y)"""
        e = math.exp(-abs(self.data))  # never a positive exponent, so it can't overflow
        y = 1 / (1 + e) if self.data >= 0 else e / (1 + e)
        return Value(y, operation="sigmoid", parents=(self,), slopes=(y * (1 - y),))

    def relu(self):
        """max(x, 0)          slope 1 where x > 0, else 0"""
        on = self.data > 0
        return Value(self.data if on else 0.0, operation="relu", parents=(self,), slopes=(1.0 if on else 0.0,))

    # 3 + x, 3 - x ...: Python asks the right-hand side when the left is a plain number.

    def __radd__(self, other):
        return as_value(other) + self

    def __rsub__(self, other):
        return as_value(other) - self

    def __rmul__(self, other):
        return as_value(other) * self

    def __rtruediv__(self, other):
        return as_value(other) / self

    # ------------------------------------------------ the chain rule

    def backward(self):
        """Add ∂self/∂v to `v.grad` for every value v that self was computed from.

        Each value passes its gradient on to its parents, times its slope against each. A value comes after all that
        use it, so what it passes on is complete. A value used twice gets both shares.
        """
        order = self.history()
        for value in order:
            if value.parents:
                value.grad = 0.0  # only the numbers you put in collect over several passes
        self.grad += 1.0
        for value in reversed(order):
            for parent, slope in zip(value.parents, value.slopes, strict=True):
                parent.grad += slope * value.grad

    def history(self):
        """Every value that self was computed from, and self: each after its parents."""
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            value, parents_done = stack.pop()
            if parents_done:
                order.append(value)
            elif id(value) not in seen:
                seen.add(id(value))
                stack.append((value, True))
                stack.extend((parent, False) for parent in reversed(value.parents))
        return order

    def zero_grad(self):
        """Set the gradient of every value that self was computed from back to zero."""
        for value in self.history():
            value.grad = 0.0

    def graph(self):
        """The graph as plain data, to draw it: two lists of dicts, `(nodes, edges)`.

        A node, in the order of computation, has `id` (its place in the list), `label`, `operation` (empty for a number
        that you put in), `value` and `grad`. An edge has `source` and `target` (ids; the target was computed from the
        source) and `slope`, ∂target/∂source.
        """
        order = self.history()
        place = {id(value): i for i, value in enumerate(order)}
        nodes = [
            {"id": i, "label": v.label, "operation": v.operation, "value": v.data, "grad": v.grad}
            for i, v in enumerate(order)
        ]
        edges = [
            {"source": place[id(parent)], "target": place[id(v)], "slope": slope}
            for v in order
            for parent, slope in zip(v.parents, v.slopes, strict=True)
        ]
        return nodes, edges


def as_value(x):
    """x as a Value; a plain number becomes a constant with the number as its label."""
    if not isinstance(x, (Value, numbers.Real)):
        raise TypeError(f"A Value computes with Values and single numbers, but got {type(x).__name__} {x!r}.")
    return x if isinstance(x, Value) else Value(x, label=f"{x:g}")


class Neuron:
    """activation(w₁x₁ + … + wₙxₙ + b), with scalar Values.

    Args:
        n_inputs: how many numbers it takes.
        activation: "tanh", "sigmoid", "relu" or "linear".
        seed: for the first weights, uniform from −1 to 1. The bias starts at 0.
    """

    activations = ("tanh", "sigmoid", "relu", "linear")

    def __init__(self, n_inputs, activation="tanh", seed=0):
        if activation not in self.activations:
            raise ValueError(f"Unknown activation {activation!r}. A scalar Neuron knows {', '.join(self.activations)}.")
        if not isinstance(n_inputs, int) or n_inputs < 1:
            raise ValueError(f"n_inputs is how many numbers the neuron takes, from 1, but got {n_inputs!r}.")
        chance = random.Random(seed)
        self.weights = [Value(chance.uniform(-1, 1), f"w{i + 1}") for i in range(n_inputs)]
        self.bias = Value(0.0, "b")
        self.activation = activation

    def __call__(self, inputs):
        """The neuron's output, a Value, for a list of numbers or Values."""
        if len(inputs) != len(self.weights):
            raise ValueError(f"This neuron has {len(self.weights)} weights, but got {len(inputs)} inputs.")
        inputs = [x if isinstance(x, Value) else Value(x, f"x{i + 1}") for i, x in enumerate(inputs)]
        z = self.bias
        for w, x in zip(self.weights, inputs, strict=True):
            z = z + w * x
        z.label = "z"
        return z if self.activation == "linear" else getattr(z, self.activation)()

    def parameters(self):
        """All that training may change: the weights, then the bias."""
        return [*self.weights, self.bias]

    def zero_grad(self):
        """Forget the gradients of the last pass, before the next one adds its own."""
        for p in self.parameters():
            p.grad = 0.0

    def __repr__(self):
        weights = ", ".join(f"{w.data:.3g}" for w in self.weights)
        return f"Neuron(weights=[{weights}], bias={self.bias.data:.3g}, activation={self.activation!r})"
