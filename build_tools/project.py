"""Where things are, and the few settings that several tools share."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
TOOLS = ROOT / "build_tools"
BUILD = ROOT / "_build"
HTML = BUILD / "html"
ASSETS = BUILD / "assets"


def config() -> dict:
    """The book's settings, from _config.yml."""
    return yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))


def repository_url() -> str:
    """The book's address: the one place that page buttons and the notebooks' set-up cell take it from."""
    return config()["repository"]["url"]


def pages_in_order() -> list[str]:
    """Every page of _toc.yml in reading order, as paths from the root without suffix."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [entry["file"] for part in toc["parts"] for entry in part["chapters"]]
    return [toc["root"], *chapters]


def notebooks() -> list[Path]:
    """Every notebook of the book in reading order."""
    paths = [ROOT / f"{page}.ipynb" for page in pages_in_order()]
    return [path for path in paths if path.exists()]


def named_notebooks(names: list[str]) -> list[Path]:
    """The notebooks that `names` ask for: `foundations/neuron`, `neuron` or a path. No names: all of the book's.

    Raises:
        SystemExit: a name fits no notebook; the message lists those there are.
    """
    if not names:
        return notebooks()
    found = []
    for name in names:
        stem = name.removesuffix(".ipynb").removeprefix("chapters/")
        fitting = [p for p in notebooks() if chapter_name(p) == stem or p.stem == stem]
        if Path(name).suffix == ".ipynb" and Path(name).exists():
            fitting = [Path(name).resolve()]
        if not fitting:
            known = ", ".join(chapter_name(p) for p in notebooks())
            raise SystemExit(f"There is no chapter {name!r}. The chapters are: {known}.")
        found += fitting
    return found


def chapter_name(path: Path) -> str:
    """A notebook's short name, such as foundations/neuron."""
    path = Path(path).resolve()
    if path.is_relative_to(CHAPTERS):
        return path.relative_to(CHAPTERS).with_suffix("").as_posix()
    return path.with_suffix("").name
