"""Whether two executions of a notebook came out the same, as far as a reader can tell.

Text is compared after the rules of tests/book/sanitize.cfg, pictures pixel by pixel with a little tolerance, widgets by
their code exactly and by their numbers to a relative 1e-3. What nbval would not compare is not compared here either.
"""

import base64
import io
import math
import re
from functools import cache

from nbval.plugin import get_sanitize_patterns

from build_tools.notebook_facts import VIEW, widget_states
from build_tools.project import ROOT

SANITIZE = ROOT / "tests" / "book" / "sanitize.cfg"
#: Tags of cells whose outputs belong to the machine that ran them.
UNCOMPARED = {"nbval-ignore-output", "nbval-skip"}


@cache
def patterns() -> list[tuple[str, str]]:
    """The (regex, replacement) pairs of sanitize.cfg."""
    return get_sanitize_patterns(SANITIZE.read_text(encoding="utf-8"))


def sanitized(text: str) -> str:
    """`text` without what two runs may print differently."""
    for regex, replacement in patterns():
        text = re.sub(regex, replacement, text)
    return text


def first_difference(old, new) -> str | None:
    """A sentence about the first output in which two notebooks of the same cells differ, or None."""
    for number, (before, after) in enumerate(zip(old.cells, new.cells, strict=True)):
        if before.cell_type != "code":
            continue
        if UNCOMPARED & set(before.metadata.get("tags", [])):
            reason = "an output is missing" if len(before.outputs) < len(after.outputs) else None
        else:
            reason = outputs_differ(before.outputs, after.outputs)
        if reason:
            return f"cell {number} ({before.id}): {reason}"
    before, after = widget_states(old), widget_states(new)
    if before.keys() != after.keys():
        return "other widgets"
    for model_id in before:
        if not close(before[model_id], after[model_id]):
            return f"the widget {before[model_id]['state'].get('_anywidget_id', model_id)}"
    return None


def outputs_differ(old: list, new: list) -> str | None:
    """What differs between two cells' lists of outputs."""
    if [o.output_type for o in old] != [o.output_type for o in new]:
        return "other outputs"
    for before, after in zip(old, new, strict=True):
        if before.output_type == "stream" and sanitized(before.text) != sanitized(after.text):
            return "other text"
        if before.get("ename") != after.get("ename"):
            return "another error"
        before, after = before.get("data", {}), after.get("data", {})
        if before.keys() != after.keys():
            return "another kind of output"
        for kind in before:
            if not same_data(kind, before[kind], after[kind]):
                return f"other {kind}"
    return None


def same_data(kind: str, old, new) -> bool:
    """Whether two outputs of one MIME type show the same."""
    if old == new or kind == VIEW:
        return True
    if kind == "image/png":
        return same_picture(old, new)
    return isinstance(old, str) and isinstance(new, str) and sanitized(old) == sanitized(new)


def same_picture(old: str, new: str) -> bool:
    """Whether two PNGs have one size and at most 1% of their pixels differ visibly."""
    import numpy as np
    from PIL import Image

    first, second = (np.asarray(Image.open(io.BytesIO(base64.b64decode(p))).convert("RGB"), int) for p in (old, new))
    if first.shape != second.shape:
        return False
    return float((abs(first - second).max(axis=-1) > 32).mean()) <= 0.01


def close(old, new) -> bool:
    """Whether two widget states are equal up to the last digits of their numbers."""
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, int | float) and isinstance(new, int | float):
        return math.isclose(old, new, rel_tol=1e-3, abs_tol=1e-6)
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(close(old[k], new[k]) for k in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(close, old, new))
    if isinstance(old, str) and isinstance(new, str):
        return old == new or sanitized(old) == sanitized(new)
    return old == new
