"""Names: of layers, of arguments, and the nearest known one to a name that was mistyped."""

import re
import reprlib
from collections import Counter

_used = Counter()


def unique_name(class_name):
    """'Dense' → 'dense', then 'dense_1', 'dense_2' …, as Keras numbers its layers."""
    name = snake_case(class_name)
    count = _used[name]
    _used[name] += 1
    return name if count == 0 else f"{name}_{count}"


def snake_case(class_name):
    """'MeanSquaredError' → 'mean_squared_error'."""
    return re.sub(r"(?<=.)(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", class_name).lower()


def clear_session():
    """Start the numbering of layer names again: the next Dense is called 'dense'."""
    _used.clear()


def nearest(name, known):
    """The entry of `known` that looks most like `name`, or None if none comes close."""
    import difflib  # only needed on the way to an error message

    known = list(known)
    close = difflib.get_close_matches(str(name).lower(), [k.lower() for k in known], n=1, cutoff=0.6)
    spellings = [k for k in known if k.lower() in close]  # 'mse' and 'MSE', for one: take the more similar
    return max(spellings, key=lambda k: sum(a == b for a, b in zip(k, str(name)))) if spellings else None


def unknown(what, name, known):
    """The sentence for an unknown name: what it was meant to be, or everything it could have been."""
    guess = nearest(name, known)
    hint = f"Did you mean '{guess}'?" if guess else f"Known: {', '.join(sorted(known))}."
    return f"Unknown {what} {name!r}. {hint}"


def by_name(kind, identifier, known, form, names=None):
    """What `get` gives in initializers, regularizers, losses and metrics.

    For a name what it stands for, a class as a new object; for a saved configuration that very object. Objects,
    functions and None come back as they are.

    Args:
        kind: what messages call it, such as "loss".
        identifier: the name, class, {"class_name": …, "config": …}, object, function or None.
        known: name → class or function.
        form: what an identifier is, for the message about anything else.
        names: which names to tell of where one is unknown; all by default.
    """
    if isinstance(identifier, dict):
        name, config = described(kind, identifier)
        return type(by_name(kind, name, known, form, names)).from_config(config)
    if isinstance(identifier, str):
        if identifier not in known:
            raise ValueError(unknown(kind, identifier, names or known))
        identifier = known[identifier]
    if isinstance(identifier, type):
        return identifier()
    if identifier is None or callable(identifier):
        return identifier
    raise ValueError(f"{form}, but got {identifier!r}.")


def described(kind, description):
    """(class name, arguments) out of {"class_name": …, "config": …}."""
    if not isinstance(description, dict) or not {"class_name", "config"} <= description.keys():
        raise ValueError(f"The {kind}'s description is {{'class_name': …, 'config': …}}, but got {description!r}.")
    return description["class_name"], description["config"]


def argument_names(cls):
    """The names of the arguments of a class, with those that **kwargs hands on to the classes it is made from."""
    import inspect  # takes a while to load

    names = {}
    for base in cls.__mro__:
        if "__init__" in base.__dict__ and base is not object:
            parameters = list(inspect.signature(base.__init__).parameters.values())[1:]
            names.update({p.name: None for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)})
            if not any(p.kind is p.VAR_KEYWORD for p in parameters):
                break
    return list(names)


def kept_arguments(thing, names, owner):
    """The arguments that make an object like `thing` again: name → value, each read from the attribute of that name."""
    for name in names:
        if not hasattr(thing, name):
            raise NotImplementedError(
                f"{owner}: the argument '{name}' is not kept as an attribute, so it can't be saved. "
                f"Write self.{name} = {name} in __init__, or a get_config of your own."
            )
    return {name: getattr(thing, name) for name in names}


class Configured:
    """What is made again from its arguments, each kept in the attribute of the same name: initializers and others."""

    def get_config(self):
        """The arguments that make the same object again."""
        return kept_arguments(self, argument_names(type(self)), type(self).__name__)

    @classmethod
    def from_config(cls, config):
        """A new object from what `get_config` returned."""
        return cls(**config)

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.get_config().items())})"


def absent(module, known):
    """A module's `__getattr__`: the message for a name that it does not have."""

    def __getattr__(name):
        hint = "" if name.startswith("__") else unknown("name", name, known).partition(". ")[2]
        raise AttributeError(f"{module} has no '{name}'. {hint}".rstrip())

    return __getattr__


def refuse(owner, given, left_out, known=()):
    """Refuse keyword arguments that are Keras's but not dlcore's, and those that are nobody's.

    Nothing is accepted and ignored: an argument passes only with the value that asks for nothing.

    Args:
        owner: what was called, for the message.
        given: the remaining keyword arguments, a dict.
        left_out: name → the value that asks for nothing, for each argument of Keras that dlcore leaves out.
        known: the argument names that `owner` does have.
    """
    for name, value in given.items():
        if name not in left_out:
            raise TypeError(f"{owner}: {unknown('argument', name, [*known, *left_out])}")
        if value is not left_out[name] and (getattr(value, "ndim", 0) or value != left_out[name]):
            raise NotImplementedError(
                f"{owner}({name}={reprlib.repr(value)}): Keras has this argument, dlcore leaves it out. "
                f"Remove it, or build this model in Keras."
            )
