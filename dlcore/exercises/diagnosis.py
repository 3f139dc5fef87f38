"""From wrong answers to the reason: a known mistake, a wrong kind or shape, or a pattern in the numbers."""

from dataclasses import dataclass, replace

from .numbers import pattern
from .running import call
from .shapes import misfit
from .values import alike, fitted, parts, plain, same
from .wording import part_of


@dataclass
class Evidence:
    """All that is known: the reader's function, the cases, its answers and the expected ones, one each a case."""

    function: object
    cases: list
    answers: list
    expected: list
    tolerance: float
    what: str

    @property
    def wrong(self):
        """The indices of the cases with a wrong answer."""
        pairs = zip(self.answers, self.expected)
        return [i for i, (a, b) in enumerate(pairs) if not same(a, b, self.tolerance)]

    @property
    def in_every_case(self):
        return ", in every case" if len(self.cases) > 1 else ""

    def part(self, key):
        """The same about one part of answers that are tuples or dicts."""
        answers, expected = ([x[key] for x in values] for values in (self.answers, self.expected))
        return replace(self, answers=answers, expected=expected, what=part_of(self.what, key))


def known_mistake(evidence, mistakes):
    """The sentence of the first mistake that gives the reader's answer in every case."""
    for sentence, mistaken in mistakes.items():
        try:
            theirs = [fitted(plain(call(mistaken, x)), b) for x, b in zip(evidence.cases, evidence.expected)]
        except Exception:
            continue
        if all(same(a, m, evidence.tolerance) for a, m in zip(evidence.answers, theirs)):
            return sentence
    return None


def diagnosis(evidence):
    """A sentence about what is wrong with the answers, or None."""
    first = evidence.wrong[0]
    answer, wanted = evidence.answers[first], evidence.expected[first]
    sentence = misfit(answer, wanted, evidence.tolerance, evidence.what)
    if sentence or not all(map(alike, evidence.answers, evidence.expected)):
        return sentence or pattern(evidence)
    key = next(key for key in parts(wanted) if not same(answer[key], wanted[key], evidence.tolerance))
    return diagnosis(evidence.part(key))
