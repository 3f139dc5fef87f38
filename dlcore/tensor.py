"""Tensor: a NumPy array that remembers how it was computed, so that gradients can flow back.

Read it in this order: `op` records what was computed, `backpropagate` walks the record in reverse,
`Tensor` and `Variable` are what a user holds.
"""

import itertools
import threading
from contextlib import contextmanager
from functools import wraps
from operator import attrgetter

import numpy as np

__all__ = ["GradientTape", "Tensor", "Variable", "as_array", "gradients", "is_recording", "no_grad", "op"]


class _State(threading.local):
    """What each thread decides for itself."""

    recording = True

    def __init__(self):
        self.tapes = []  # the GradientTapes that are open


_state = _State()
_ages = itertools.count()


def is_recording():
    """True where operations are recorded for `backward`, False inside `no_grad()`."""
    return _state.recording


@contextmanager
def no_grad():
    """Inside this block nothing is recorded: cheaper, for prediction and for weight updates."""
    before = is_recording()
    _state.recording = False
    try:
        yield
    finally:
        _state.recording = before


# ---------------------------------------------------------------- recording


def op(function):
    """Turn plain NumPy mathematics into an operation on tensors.

    `function(*arrays, **settings)` returns `(y, vjp)`. The vector-Jacobian product `vjp(g)` takes
    g = ∂L/∂y, which has the shape of y, and returns a tuple with ∂L/∂x for each positional argument x.
    An entry may also be a function without arguments that computes the gradient: it is called only if
    that argument needs one. A gradient may have the shape that x was broadcast to: it is summed back here.
    A vjp never changes g.
    """

    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    given = function.__defaults__ or ()
    defaults = dict(zip(names[len(names) - len(given) :], given))

    @wraps(function)
    def operation(*inputs, **settings):
        if settings:
            inputs += positional(settings, names[len(inputs) :], defaults, function.__name__)
        arrays, parents, needs_gradient = [], [], False
        for x in inputs:
            parent = None  # where no gradient goes: plain data, or a tensor that asks for none
            if isinstance(x, Tensor):
                if x.requires_grad:
                    parent, needs_gradient = x, True
                x = x.data
            arrays.append(x)
            parents.append(parent)
        y, vjp = function(*arrays, **settings)
        if needs_gradient and _state.recording:
            return Tensor(y, parents=parents, vjp=vjp)
        return Tensor(y)

    return operation


def positional(settings, names, defaults, function):
    """Take arguments that were given by name out of `settings`: dense(x, kernel, bias=b) is dense(x, kernel, b).

    Those left out before a tensor get their defaults: dot_product_attention(q, k, v, mask=m) has no bias.
    """
    taken = ()
    last = max((i for i, name in enumerate(names) if isinstance(settings.get(name), Tensor)), default=-1)
    for i, name in enumerate(names):
        if name in settings:
            taken += (settings.pop(name),)
        elif i < last and name in defaults:
            taken += (defaults[name],)
        else:
            break
    for name, value in settings.items():
        if isinstance(value, Tensor):
            raise TypeError(f"{function}: the arguments before '{name}' must be given too.")
    return taken


def unbroadcast(g, shape):
    """Sum g over the axes along which an array of `shape` was repeated to reach g's shape."""
    if g.shape == shape:
        return g
    if g.ndim > len(shape):
        g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    stretched = tuple(axis for axis, n in enumerate(shape) if n == 1 and g.shape[axis] != 1)
    return g.sum(axis=stretched, keepdims=True) if stretched else g


# ---------------------------------------------------------------- backpropagation


def topological_order(y):
    """All tensors that y was computed from, each after everything that it was computed from.

    A tensor is made later than those it was computed from, so their age puts them in order. They are collected by
    a loop with a list of its own, since recursion would overflow on a long chain.
    """
    found, waiting = {id(y): y}, [y]
    while waiting:
        for p in waiting.pop().parents:
            if p is not None and id(p) not in found:
                found[id(p)] = p
                waiting.append(p)
    return sorted(found.values(), key=attrgetter("age"))


def backpropagate(y, g=None, keep=True):
    """Yield `(tensor, ∂y/∂tensor)` for everything that y depends on, from y back to the leaves.

    The chain rule in one loop: when a tensor's turn comes, all that use it have passed their share
    on, so its gradient is complete. Without `keep`, each step of the record is dropped as soon as it has been
    walked back, so that the memory of arrays that nobody needs any more serves for the next gradients.
    """
    grads = {id(y): np.ones(y.data.shape, y.data.dtype) if g is None else g}
    order = topological_order(y)
    while order:
        node = order.pop()
        g = grads.pop(id(node))
        yield node, g
        if node.vjp is None:
            continue
        parents, shares = node.parents, node.vjp(g)
        if not keep:
            node.parents, node.vjp = (), used_up
        for parent, share in itertools.zip_longest(parents, shares):  # settings have no share
            if parent is None:
                continue
            if share is None or parent.changed > node.age:
                raise no_gradient(parent, share)
            share = share() if callable(share) else share
            if share.shape != parent.data.shape:
                share = unbroadcast(share, parent.data.shape)
            if share.dtype != parent.data.dtype:  # where float32 met float64
                share = share.astype(parent.data.dtype)
            known = grads.get(id(parent))
            grads[id(parent)] = share if known is None else known + share


def used_up(g):
    raise RuntimeError(
        "The record behind this tensor was dropped by an earlier gradient. To differentiate the same result twice, "
        "use GradientTape(persistent=True), or gradients(...) without keep=False. A state carried over from an "
        "earlier step is cut off from it by ops.stop_gradient(state)."
    )


def no_gradient(parent, share):
    """Why nothing can be passed back to this parent."""
    if share is None:
        return TypeError(
            "A tensor that asks for a gradient was given for a setting, such as leaky_relu's negative_slope, and "
            "settings have none. Give a plain number, or write the formula with operations that have a gradient for it."
        )
    return RuntimeError(
        f"'{parent.name}' was changed after it was used, and this gradient needs the numbers that it had then. "
        "Take all gradients first, then change the weights."
    )


def gradients(y, variables, keep=True):
    """∂y/∂v for each v in `variables`, as a list of arrays in the same order.

    The counterpart of `tape.gradient(y, variables)` in TensorFlow. y must hold one number.
    A variable that y does not depend on gets None. Arrays may share their memory: don't change them in place.
    With keep=False the record is dropped on the way, which saves memory; y can't be differentiated again.
    """
    require_one_number(y)
    if isinstance(variables, Tensor) or not all(isinstance(v, Tensor) for v in variables):
        raise TypeError("gradients(y, variables) needs a list of tensors: for a single one w, write gradients(y, [w]).")
    wanted = {id(v) for v in variables}
    found = {id(node): np.asarray(g) for node, g in backpropagate(y, keep=keep) if id(node) in wanted}
    return [found.get(id(v)) for v in variables]


def require_one_number(y):
    if not isinstance(y, Tensor) or not y.requires_grad:
        raise ValueError(
            "There is nothing to differentiate: the result was not computed from a tensor with requires_grad=True. "
            "Was it computed inside no_grad(), or did .numpy() cut it off from its inputs?"
        )
    if y.size != 1:
        raise ValueError(
            f"A gradient needs one number to differentiate, but the result has shape {y.shape}. "
            "Take its mean or sum first, as a loss does, or pass the gradient to start from: y.backward(g)."
        )


class GradientTape:
    """Gradients in a training loop of your own, written as in TensorFlow:

        with GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))

    TensorFlow records operations on a tape, and only while one is open. Here each tensor carries the record of how
    it was computed, always (except inside `no_grad`), so the tape itself keeps nothing: `tape.gradient(y, variables)`
    is `gradients(y, variables)`, except that a y of many numbers is summed, that a single tensor or a dict may
    stand for the list, and that the record is dropped on the way unless the tape is persistent or another is open
    beside it: the two may need one record, as those for the generator and the discriminator of a GAN do.

    There are no gradients of gradients: a gradient is an array without a record.

    Args:
        persistent: whether `gradient` may be called more than once.
    """

    def __init__(self, persistent=False):
        self.persistent = persistent
        self._used = False
        self._shares = False  # whether another tape was open beside it

    def __enter__(self):
        for other in _state.tapes:
            other._shares = self._shares = True
        _state.tapes.append(self)
        return self

    def __exit__(self, *error):
        """What was computed keeps its record; the tape is no longer open."""
        _state.tapes.remove(self)

    def watch(self, tensor):
        """Ask for gradients of tensors (one, or a list or dict of them) that are no Variables, before using them."""
        for t in flat(tensor):
            if not isinstance(t, Tensor) or t.dtype.kind not in "fc":
                kind = f"{type(t).__name__} of {t.dtype}" if hasattr(t, "dtype") else type(t).__name__
                raise TypeError(f"watch needs a Tensor of floats, but got {kind}: write x = Tensor(x) before it.")
            t.requires_grad = True

    def gradient(self, target, sources):
        """∂target/∂source for each source, in the structure of `sources`; None where target does not depend on it.

        Args:
            target: a tensor or a list of tensors; all their numbers are added up.
            sources: a tensor, or a list, tuple or dict of them.

        Raises:
            NotImplementedError: another tape is open, which would differentiate this gradient once more.
        """
        if self._used and not self.persistent:
            raise RuntimeError(
                "This tape was used already. For a second gradient, make it GradientTape(persistent=True)."
            )
        if any(tape is not self for tape in _state.tapes):
            raise NotImplementedError(
                "This gradient is taken inside the block of another tape, which would take it for a constant: dlcore "
                "has no gradients of gradients. Where a constant is meant, take it after that block."
            )
        found, wanted, targets = {}, {id(v) for v in flat(sources)}, flat(target)
        for y in targets:
            if not isinstance(y, Tensor):
                raise TypeError(f"gradient(target, sources) differentiates a tensor, but target is {y!r}.")
        self._used = True
        keep = self.persistent or self._shares or len(targets) > 1  # several may share a part of their record
        for y in targets:
            for node, g in backpropagate(y, keep=keep) if y.requires_grad else ():
                if id(node) in wanted:
                    found[id(node)] = found[id(node)] + g if id(node) in found else np.asarray(g)
        return like(sources, found)


def flat(structure):
    """The tensors or arrays in a list, tuple or dict, one after the other; a single one stands for itself."""
    if isinstance(structure, dict):
        structure = list(structure.values())
    return [t for each in structure for t in flat(each)] if isinstance(structure, (list, tuple)) else [structure]


def like(structure, found):
    """The structure with each tensor replaced by what was found for it, or None."""
    if isinstance(structure, dict):
        return {name: like(each, found) for name, each in structure.items()}
    if isinstance(structure, (list, tuple)):
        return [like(each, found) for each in structure]
    return found.get(id(structure))


# ---------------------------------------------------------------- what a user holds


class Tensor:
    """An array of numbers and, if it was computed from others, the record of how.

    Args:
        data: array, nested list or number. Lists and Python floats become float32.
        requires_grad: whether `backward` should compute ∂L/∂(this tensor).
        parents, vjp: set by `op`; the inputs of the operation, None for those that need no gradient, and its
            vector-Jacobian product.

    Attributes:
        data: the NumPy array.
        grad: ∂L/∂(this tensor), an array of the same shape, after `backward`; None before.
        logits: what a softmax or sigmoid made this tensor of, for the cross-entropies; other tensors have none.
    """

    __slots__ = ("data", "grad", "requires_grad", "parents", "vjp", "age", "logits", "__weakref__")
    changed = -1  # when its numbers were last replaced, as an age: those of a Variable alone ever are
    __array_priority__ = 1000  # so that `array + tensor` becomes a tensor, not an array of objects

    def __init__(self, data, requires_grad=False, *, parents=(), vjp=None):
        if not isinstance(data, np.ndarray) or data.dtype.kind not in NUMBERS:
            data = as_array(data)
        if requires_grad and data.dtype.kind in "biu":
            data = data.astype(np.float32)  # a gradient step on whole numbers would be rounded away
        self.data = data
        self.grad = None
        self.parents = parents
        self.vjp = vjp
        self.requires_grad = requires_grad or vjp is not None
        self.age = next(_ages)  # its place in the order in which tensors are made

    @property
    def shape(self):
        """How many entries along each axis, a tuple."""
        return self.data.shape

    @property
    def dtype(self):
        """The NumPy type of the entries, such as float32."""
        return self.data.dtype

    @property
    def ndim(self):
        """The number of axes."""
        return self.data.ndim

    @property
    def size(self):
        """The number of entries."""
        return self.data.size

    def numpy(self):
        """The values as a NumPy array, cut off from the record."""
        return self.data

    def item(self):
        """The value of a one-number tensor as a Python number."""
        return self.data.item()

    def __array__(self, dtype=None, copy=None):
        return np.array(self.data, dtype=dtype, copy=copy)

    def __len__(self):
        return len(self.data)

    def __iter__(self):
        if self.ndim == 0:
            raise TypeError("This tensor is a single number: there is nothing to go through.")
        return (self[i] for i in range(len(self)))

    def __format__(self, how):
        return format(self.item() if how and self.ndim == 0 else str(self), how)

    def __int__(self):
        return int(self.data)

    def __float__(self):
        return float(self.data)

    def __bool__(self):
        return bool(self.data)

    def __repr__(self):
        grad = ", requires_grad=True" if self.requires_grad else ""
        return f"Tensor({np.array2string(self.data, separator=', ', prefix='Tensor(')}, dtype={self.dtype}{grad})"

    def backward(self, g=None):
        """Add ∂self/∂t to `t.grad` for every leaf t (a tensor that was not computed) that self depends on.

        Args:
            g: gradient to start from, with this tensor's shape; 1 by default, which needs a one-number tensor.
        """
        if g is None or not self.requires_grad:
            require_one_number(self)
        else:
            g = np.asarray(g, dtype=self.dtype)
            if g.shape != self.shape:
                raise ValueError(f"backward(g) needs g with the tensor's shape {self.shape}, but got {g.shape}.")
        for node, g_node in backpropagate(self, g):
            if node.vjp is None:
                # A copy: an operation may pass one array on to several tensors, and a grad is its owner's to change.
                node.grad = np.array(g_node if node.grad is None else node.grad + g_node)


class Variable(Tensor):
    """A tensor that training changes: a weight.

    Args:
        initializer: the first value, array-like, or a function `initializer(shape, dtype)` that makes it.
        shape, dtype: what to ask an initializer for; an array brings its own.
        trainable: whether optimizers change it. A batch-norm average is a weight that is not trainable.
        name: what error messages and summaries call it.
    """

    __slots__ = ("trainable", "name", "changed")

    def __init__(self, initializer, shape=None, dtype=None, trainable=True, name="variable"):
        value = initializer(shape, dtype or "float32") if callable(initializer) else initializer
        super().__init__(np.array(as_array(value, dtype)), requires_grad=trainable)
        self.trainable = trainable
        self.name = name
        self.note_change()

    def numpy(self):
        """A copy of the values: training goes on changing the weight itself."""
        return self.data.copy()

    def __reduce__(self):
        """How a copy or a pickle is made again: as a new variable, since ages count in one process only."""
        arguments = self.data, None, None, self.trainable, self.name
        return Variable, arguments, (None, {"grad": self.grad, "requires_grad": self.requires_grad})

    def assign(self, value):
        """Replace the values in place; the shape must stay the same."""
        value = as_array(value, self.dtype)
        if value.shape != self.shape:
            raise ValueError(f"Variable '{self.name}' of shape {self.shape} can't take a value of shape {value.shape}.")
        self.data[...] = value
        self.note_change()

    def assign_add(self, value):
        """Add to the values in place."""
        self.assign(self.data + as_array(value, self.dtype))

    def assign_sub(self, value):
        """Subtract from the values in place."""
        self.assign(self.data - as_array(value, self.dtype))

    @property
    def value(self):
        """The variable itself: what Keras keeps the numbers in is a tensor, and so is a variable here."""
        return self

    def note_change(self):
        """Remember that the numbers are new, so that no gradient is taken with them that needs the old ones."""
        self.changed = next(_ages)

    def __repr__(self):
        return f"Variable('{self.name}', shape={self.shape}, dtype={self.dtype})"


def as_array(x, dtype=None):
    """x as a NumPy array of numbers: arrays keep their dtype, Python floats and lists of them become float32."""
    array = numbers(x)
    if dtype is None:
        of_python = not isinstance(x, (Tensor, np.ndarray, np.generic))
        return array.astype(np.float32) if of_python and array.dtype == np.float64 else array
    if array.dtype.kind == "c" and np.dtype(dtype).kind != "c":
        raise TypeError(f"Complex numbers don't fit into {np.dtype(dtype)}: their imaginary parts would be lost.")
    return array.astype(dtype, copy=False)


NUMBERS = "fiubc"  # NumPy's letters for floats, integers with and without sign, booleans and complex numbers


def numbers(x, what="a tensor"):
    """x as an array of whatever kind of numbers it holds; `what` is what messages call it.

    Raises:
        TypeError: it holds something else, such as text or None.
        ValueError: it is a list of rows of different lengths.
    """
    try:
        array = x.data if isinstance(x, Tensor) else np.asarray(x)
    except ValueError:
        raise ValueError(f"{what} needs rows of one length, but this list has longer and shorter ones.") from None
    if array.dtype.kind not in NUMBERS:
        hint = (
            "Is something missing (None) in it?" if array.dtype == object else "x.astype('float32') may convert them."
        )
        raise TypeError(f"{what} holds {array.dtype} values, but numbers are needed. {hint}")
    return array
