"""Points in the plane, made by a formula: small enough to see, hard enough to need a network.

All return (x, y): x of shape (n, 2), float32; y of shape (n,), class numbers, int64. The classes take turns, so that
every batch holds all of them. The same seed gives the same points.
"""

import numpy as np

from ..utils import require_number


def moons(n=200, noise=0.1, seed=0):
    """Two half circles that reach into each other, one above, one below; no straight line separates them.

    Args:
        n: number of points, both classes together.
        noise: standard deviation of what is added to each coordinate.
        seed: of the random generator.
    """
    rng, y = start("moons", n, 2, noise, seed)
    t = rng.uniform(0, np.pi, n)
    upper = np.stack([np.cos(t), np.sin(t)], axis=1)
    lower = np.stack([1 - np.cos(t), 0.5 - np.sin(t)], axis=1)
    return scattered(np.where(y[:, None] == 0, upper, lower), noise, rng), y


def circles(n=200, noise=0.1, seed=0, factor=0.5):
    """A circle of radius 1, class 0, around one of radius `factor`, class 1.

    Args:
        n, noise, seed: as for `moons`.
        factor: radius of the inner circle, between 0 and 1.
    """
    require_number("circles: factor, the inner radius,", factor, 0, 1, above=True, below=True)
    rng, y = start("circles", n, 2, noise, seed)
    t = rng.uniform(0, 2 * np.pi, n)
    radius = np.where(y == 0, 1.0, factor)
    return scattered(radius[:, None] * np.stack([np.cos(t), np.sin(t)], axis=1), noise, rng), y


def spirals(n=300, classes=3, noise=0.2, seed=0):
    """Arms that wind out from the middle, one for each class, within a radius of 1.

    Args:
        n: number of points, all classes together.
        classes: number of arms.
        noise: standard deviation of what is added to the angle, in radians.
        seed: of the random generator.
    """
    require_number("spirals: classes", classes, 2, whole=True)
    rng, y = start("spirals", n, classes, noise, seed)
    radius = rng.uniform(0.05, 1, n)
    angle = 2 * np.pi * y / classes + 4 * radius + noise * rng.normal(size=n)
    return (radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)).astype(np.float32), y


def xor(n=200, noise=0.1, seed=0):
    """Clouds around the corners (0, 0), (0, 1), (1, 0), (1, 1); class 1 where exactly one coordinate is 1.

    `xor(4, noise=0)` is the truth table, in this order.

    Args:
        n, noise, seed: as for `moons`.
    """
    rng, _ = start("xor", n, 4, noise, seed)
    corner = np.arange(n) % 4
    first, second = corner // 2, corner % 2
    return scattered(np.stack([first, second], axis=1), noise, rng), (first ^ second).astype(np.int64)


def start(name, n, classes, noise, seed):
    """The random generator and the class of each point, after a look at the arguments."""
    require_number(f"{name}: n, with {classes} groups,", n, classes, whole=True)
    require_number(f"{name}: noise, a standard deviation,", noise)
    if seed is not None:
        require_number(f"{name}: seed", seed, whole=True)
    return np.random.default_rng(seed), np.arange(n, dtype=np.int64) % classes


def scattered(x, noise, rng):
    """x with normal noise on each coordinate, as float32."""
    return (x + noise * rng.normal(size=x.shape)).astype(np.float32)
