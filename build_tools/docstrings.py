"""dlcore's docstrings as reStructuredText. They are written to be read beside the code, in plain text: formulas with
bars, stars and columns, which Sphinx would take for markup."""

import re

FORMULA = re.compile(r"\s*\S+ ← ")


def as_markup(app, what, name, obj, options, lines: list[str]) -> None:
    """Change a docstring's lines in place, before napoleon reads its sections."""
    changed, code = [], None
    for i, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        code = code if code is not None and (indent >= code or not line) else None
        if code is not None or line.lstrip().startswith(">>>"):
            changed.append(line)
        elif shows_code(lines, i):
            changed.append(escaped(line) + ":")
            code = indent + 1
        elif FORMULA.match(line):
            if not (i and FORMULA.match(lines[i - 1])):
                changed.append("")
            changed.append("| " + escaped(line.strip()))
            if not FORMULA.match(next(iter(lines[i + 1 :]), "")):
                changed.append("")
        else:
            changed.append(escaped(line))
    lines[:] = changed


def shows_code(lines: list[str], i: int) -> bool:
    """Whether line i ends in a colon, and an empty line and an indented block follow."""
    following = lines[i + 1 : i + 3]
    indent = len(lines[i]) - len(lines[i].lstrip())
    return (
        lines[i].endswith(":")
        and len(following) == 2
        and not following[0]
        and following[1][indent : indent + 4] == "    "
    )


def escaped(line: str) -> str:
    """The line with a backslash before what would be markup, outside of backticks; columns become wide spaces."""
    parts = re.split(r"(`[^`]*`)", line)
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(r"[|*]|_(?=\W|$)", r"\\\g<0>", parts[i])
        parts[i] = re.sub(r"(?<=\S) {4,}" if i == 0 else r" {4,}", "\u2003\u2003", parts[i])
    return "".join(parts)
