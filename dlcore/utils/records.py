"""Long runs that were measured once: a chapter shows them beside its short one."""

from pathlib import Path

from .names import unknown

_HERE = Path(__file__).parent / "records"


def recorded(name):
    """What a long run gave when it was last recorded, as a dict: its command, and each run with date and hardware.

    The records lie beside this file and travel with the package. `python -m benchmarks.<name> --record` writes them.
    """
    import json

    path = _HERE / f"{name}.json"
    if not path.exists():
        raise ValueError(unknown("record", name, sorted(p.stem for p in _HERE.glob("*.json"))))
    return json.loads(path.read_text(encoding="utf-8"))
