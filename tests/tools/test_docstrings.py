"""Docstrings in plain text become markup that shows what they say."""

import pytest

from build_tools.docstrings import as_markup


def converted(text):
    lines = text.split("\n")
    as_markup(None, "function", "f", None, None, lines)
    return lines


@pytest.mark.parametrize(
    ("plain", "markup"),
    [
        ("y = |x| * 2", r"y = \|x\| \* 2"),
        ("`|x|` and `*args` stay", "`|x|` and `*args` stay"),
        ("'val_…' and y_true", r"'val\_…' and y_true"),
        ("y = x          slope 1", "y = x\u2003\u2003slope 1"),
        ("as `axis`          slope 1", "as `axis`\u2003\u2003slope 1"),
        ("    x: an array.", "    x: an array."),
        (">>> a | b", ">>> a | b"),
    ],
)
def test_a_line(plain, markup):
    assert converted(plain) == [markup]


def test_formulas_keep_their_lines():
    assert converted("With μ:\n    v ← μ v\n    w ← w + v\nThen on.") == [
        "With μ:", "", "| v ← μ v", "| w ← w + v", "", "Then on."
    ]  # fmt: skip


def test_code_after_a_colon_is_left_alone():
    text = "Write:\n\n    class A(B):\n        x = y | z\n\nAnd then |z|."
    assert converted(text) == ["Write::", *text.split("\n")[1:-1], r"And then \|z\|."]


def test_a_section_is_no_code():
    assert converted("Args:\n    x: |x| counts.") == ["Args:", r"    x: \|x\| counts."]
