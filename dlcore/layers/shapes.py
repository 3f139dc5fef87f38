"""Shapes of what goes into a layer: of one tensor, or of each in a list or a dict of inputs."""

from ..utils.checks import is_whole


def shape_of(x):
    """The shape of an input for a message; of a list or dict of tensors, their shapes."""
    x = list(x.values()) if isinstance(x, dict) else x
    return f"[{', '.join(map(shape_of, x))}]" if isinstance(x, list) else str(x.shape)


def batch_shape(x):
    """The shape of an input as `build` gets it, None for the batch; of a list or dict of tensors, their shapes."""
    if isinstance(x, dict):
        return {name: batch_shape(each) for name, each in x.items()}
    return [batch_shape(each) for each in x] if isinstance(x, (list, tuple)) else (None, *x.shape[1:])


def map_shapes(function, shape, *others):
    """function(shape), or where `shape` is a list or dict of shapes, that of each; `others` are built alike."""
    if isinstance(shape, dict):
        return {name: map_shapes(function, each, *(o[name] for o in others)) for name, each in shape.items()}
    if shape and isinstance(shape[0], (tuple, list, dict)):
        return [map_shapes(function, *each) for each in zip(shape, *others)]
    return function(shape, *others)


def agreeing(shape, other):
    """The shape with None for each size that is another one in `other`."""
    return tuple(n if n == m else None for n, m in zip(shape, other))


def sizes(shape):
    """A shape as a tuple; (3) in place of (3,) is taken for the shape that it was meant to be."""
    return (shape,) if is_whole(shape) else tuple(shape)
