"""Wrong numbers of the right shape: how do they relate to the right ones, over all cases?"""

from dataclasses import replace

import numpy as np

from .values import close, is_array, plain
from .wording import argument_name, number, plural, times

FAR = 1000  # from this factor on, a bracket or a whole division is missing
LARGE = " Is a bracket missing? a - b / c divides only b."
SMALL = " Is a division missing, or a bracket? a / 2 * h means (a / 2) * h."


def pattern(evidence):
    """The sentence of the first clue that applies, or None."""
    pairs = list(zip(evidence.answers, evidence.expected))
    if not all(is_array(a) and is_array(b) and a.shape == b.shape for a, b in pairs):
        return None
    if any(x.dtype.kind == "c" for pair in pairs for x in pair):
        return None
    answers, expected = ([x.astype(np.float64) for x in values] for values in zip(*pairs))
    e = replace(evidence, answers=answers, expected=expected)
    return rows(e) or constant_factor(e) or likeness(e) or right_in_some(e)


def joined(arrays):
    return np.concatenate([x.ravel() for x in arrays])


def agree(a, b):
    return np.allclose(a, b, rtol=1e-4, atol=0)


def factors(e):
    """[(case, k)] with answer = k · expected, less the cases where both are 0; empty if one case has no such k."""
    found = []
    for case, a, b in zip(e.cases, e.answers, e.expected):
        if a.any() or b.any():
            k = float(np.vdot(a, b) / np.vdot(b, b))
            if not (np.isfinite(k) and k and close(a / k, b, e.tolerance)):
                return []
            found.append((case, k))
    # Any two numbers have a factor: it takes different numbers, or several cases, to mean something.
    right = joined(e.expected)
    return found if len(e.cases) > 2 or not np.allclose(right, right[0]) else []


def rows(e):
    """A sum where the mean is wanted or the other way round, or a fixed number in place of the number of rows."""
    found = factors(e)
    for values in zip(*(map(plain, case) for case, _ in found)):
        if not all(is_array(x) and x.ndim and len(x) for x in values) or max(map(len, values)) == 1:
            continue
        n, k = np.array([(len(x), k) for x, (_, k) in zip(values, found)]).T
        size = next(len(x) for x in values if len(x) > 1)
        fact = f"Your {e.what} is {size} times too {{}}, and your input has {size} rows. Did you {{}}?"
        if agree(k, n):
            return fact.format("large", "sum where the mean is wanted")
        if agree(k, 1 / n):
            return fact.format("small", "take the mean where the sum is wanted, or divide by their number twice")
        fixed = np.round(n[0] / k[0])
        if fixed > 1 and np.ptp(n) and agree(k, n / fixed):
            cure = f"divide by {fixed:.0f}, not by the number of rows"
            return f"Your {e.what} would be right if the input had {fixed:.0f} rows. Did you {cure}?"
    return None


def constant_factor(e):
    """The same factor in every case; not one so near 1 that it would be printed as 1."""
    ks = [k for _, k in factors(e)]
    if not ks or not agree(ks, ks[0]) or 0.99 < ks[0] < 1.01:
        return None
    k = abs(ks[0])
    if 0.99 < k < 1.01:
        return f"The size of your {e.what} is right, the sign is not."
    sign = " and has the wrong sign" if ks[0] < 0 else ""
    hints = {
        2.0: " Is a factor of 1/2 missing, or is something counted twice?",
        0.5: " Is a factor of 2 missing, or is something counted only half?",
    }
    hint = LARGE if k > FAR else SMALL if k < 1 / FAR else hints.get(round(k, 4), "")
    size = f"{times(k)} times too large" if k > 1 else f"{times(1 / k)} times too small"
    return f"Your {e.what} is {size}{sign}{e.in_every_case}.{hint}"


def likeness(e):
    """What the answers and the right ones have in common, in every case."""

    def every(holds):
        return all(map(holds, e.answers, e.expected))

    def equal(a, b):
        return a.shape == b.shape and close(a, b, e.tolerance)

    def same_sizes(a, b):
        return equal(np.abs(a), np.abs(b))

    mine, right = joined(e.answers), joined(e.expected)
    off = mine - right
    if len(e.answers) > 2 and len(e.wrong) > 1 and every(lambda a, b: equal(a, e.answers[0])):
        return f"Your {e.what} is the same in every case. Does it use the arguments?"
    if np.unique(right).tolist() == [0, 1] and np.array_equal(mine, 1 - right):
        return f"Your {e.what} is the opposite of what is wanted{e.in_every_case}."
    sizes = [(np.abs(a).max(initial=0), np.abs(b).max(initial=0)) for a, b in zip(e.answers, e.expected)]
    if all(np.inf > a > FAR * b > 0 for a, b in sizes):
        return f"Your {e.what} is far too large{e.in_every_case}.{LARGE}"
    if all(np.inf > b > FAR * a > 0 for a, b in sizes):
        return f"Your {e.what} is far too small{e.in_every_case}.{SMALL}"
    if right.size > 1 and np.allclose(off, off[0], rtol=e.tolerance, atol=0) and not every(same_sizes):
        return f"Every number of your {e.what} is too {'large' if off[0] > 0 else 'small'} by {number(abs(off[0]))}."
    if every(lambda a, b: a.ndim == 2 and equal(a.T, b)):
        return f"Your {e.what} is the transpose of what is wanted: a .T is missing, or one too many."
    if np.unique(right).size > 2 and every(lambda a, b: a.size > 1 and equal(np.sort(a, None), np.sort(b, None))):
        return f"Your {e.what} has the right numbers in another order."
    if right.size > 1 and right.any() and (right >= 0).all() and (mine < -e.tolerance * right.max()).any():
        cure = "Is an absolute value missing, a square, or a maximum with 0?"
        return f"Your {e.what} falls below 0, and the right one doesn't in any of these cases. {cure}"
    if every(same_sizes):
        if right.size == 1:
            return f"The size of your {e.what} is right, the sign is not."
        return f"Your {e.what} has the right sizes, but some of the signs are wrong."
    if every(lambda a, b: close(a, b, 1e-2)):
        return f"Your {e.what} is close, but not equal. Is a small term missing, or was something rounded?"
    return None


TRAITS = {
    "is 0": lambda x: not x.any(),
    "is positive": lambda x: (x > 0).all(),
    "is negative": lambda x: (x < 0).all(),
    "has a negative number in it": lambda x: (x < 0).any(),
    "has a 0 in it": lambda x: (x == 0).any(),
}


def right_in_some(e):
    """In which cases the answers are right: what do the arguments of those, and only those, have in common?"""
    right = [i not in e.wrong for i in range(len(e.cases))]
    if not any(right):
        return None
    fact = f"Your {e.what} is right in {sum(right)} of {plural(len(right), 'case')}"
    arguments = [
        (argument_name(e.function, i), values)
        for i, values in enumerate(zip(*(map(plain, case) for case in e.cases)))
        if all(is_array(x) and x.dtype.kind != "c" for x in values)
    ]
    for name, values in arguments:
        n = max((len(x) for x, r in zip(values, right) if r and x.ndim), default=0)
        if [x.ndim > 0 and len(x) == n for x in values] == right:
            cure = f"Does your code say {n} where it should take the number of rows?" if n > 1 else ""
            return f"{fact}: where {name} has {plural(n, 'row')}. {cure}".strip()
    found = [words for words in (trait(name, values, right) for name, values in arguments) if words]
    return f"{fact}{found[0]}." if len(found) == 1 else f"{fact}."


def trait(name, values, right):
    """What parts an argument's values in the right cases from those in the wrong ones; a single case says nothing."""
    if not 2 <= sum(right) <= len(right) - 2:
        return None
    for words, test in TRAITS.items():
        holds = [bool(test(x)) for x in values]
        if holds == right:
            return f": where {name} {words}"
        if holds == [not r for r in right]:
            return f", and wrong where {name} {words}"
    return None
