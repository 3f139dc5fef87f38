"""Random streams: one seed, and from it an independent generator for everything that needs chance.

With a single generator, one more Dropout layer would shift every number that is drawn after it, the weights of
the next layer included. So each purpose has its own stream, and each layer its own generator out of that stream.
"""

import numpy as np

from .checks import require_number

PURPOSES = ("initialisation", "shuffling", "dropout")


class Streams:
    """One random stream for each purpose; each hands out one independent generator after the other.

    Args:
        seed: an integer for the same numbers every time, or None for the next seed after `set_random_seed`.
    """

    def __init__(self, seed=None):
        root = _next_root() if seed is None else np.random.SeedSequence(require_number("seed", seed, whole=True))
        self._streams = dict(zip(PURPOSES, root.spawn(len(PURPOSES))))

    def generator(self, purpose):
        """The next generator for 'initialisation', 'shuffling' or 'dropout'."""
        return np.random.default_rng(self._streams[purpose].spawn(1)[0])


_root = None  # made at first use: np.random takes a while to load
_alone = None  # the streams of everything that belongs to no model


def set_random_seed(seed):
    """Make every random number that follows repeatable: weights, shuffling, dropout. As in Keras.

    Args:
        seed: an integer from 0 to 2³²−1.
    """
    global _root, _alone
    _root = np.random.SeedSequence(require_number("set_random_seed: seed", seed, 0, 2**32 - 1, whole=True))
    _alone = Streams()


def _next_root():
    global _root
    if _root is None:
        _root = np.random.SeedSequence()
    return _root.spawn(1)[0]


def generator(seed=None, purpose="initialisation"):
    """A random generator: the given one, one from a seed, or the next one of the global streams.

    Args:
        seed: an integer, a `np.random.Generator` (returned as it is), or None.
        purpose: which global stream to continue where seed is None.
    """
    global _alone
    if isinstance(seed, np.random.Generator):
        return seed
    if seed is not None:
        return np.random.default_rng(require_number("seed", seed, whole=True))
    if _alone is None:
        _alone = Streams()
    return _alone.generator(purpose)
