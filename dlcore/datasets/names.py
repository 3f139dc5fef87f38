"""First names: 32,033 short words, from which a model learns how names sound."""

from pathlib import Path

from .fetched import REGISTRY, load


def load_data():
    """A list of 32,033 names, of 2 to 15 letters from a to z: girls' names, then boys', each the most common first.

    A name that both bear stands twice: 29,494 are different.

    Fetched (0.2 MB) and cached like all real data sets: see `datasets.mnist.load_data`, which fails in the same ways.

    Source: `names.txt` of A. Karpathy's makemore, 2022, MIT License, after US Social Security statistics of 2018.
    """
    return load(REGISTRY["names"])["names.txt"].decode().split()


def default():
    """The stand-in: a list of common first names, each once and in alphabetical order, that needs no network."""
    return Path(__file__).with_name("names.txt").read_text(encoding="utf-8").split()
