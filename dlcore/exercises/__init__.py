"""Exercises: a check that says which mistake was made, in a sentence, and never breaks on what it is given.

    exercises.check(halve, lambda x: x / 2, [(4.0,), (-1.0,)], mistakes={"You doubled it.": lambda x: 2 * x})

Your function runs on every case beside the reference (running.py). Where they differ, each known mistake is tried: is
there one that gives your numbers in every case? If not, the answers themselves are looked at: are they of the right
kind and shape (shapes.py), and how do the wrong numbers relate to the right ones (numbers.py)?

In a notebook, what was solved is remembered by the function's name (memory.py): `exercises.solved()` lists it.
"""

from .check import Verdict, check, check_value
from .memory import solved

__all__ = ["Verdict", "check", "check_value", "solved"]
