"""Names: of layers, of arguments, and the nearest known one to a name that was mistyped."""

import re
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
        if value is not left_out[name] and value != left_out[name]:
            raise NotImplementedError(
                f"{owner}({name}={value!r}): Keras has this argument, dlcore leaves it out. "
                f"Remove it, or build this model in Keras."
            )
