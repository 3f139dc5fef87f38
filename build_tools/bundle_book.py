"""Packs the built book into one zip that works without network, wherever it is unpacked.

    python -m build_tools.bundle_book     builds the book and packs it into _build/deep-learning-demystified.zip

The same book gives the same bytes: names are sorted, and every file has the same time and rights.
"""

import json
import zipfile
from pathlib import Path

from build_tools.build_book import build
from build_tools.live_assets import NEEDED
from build_tools.project import BUILD, CHAPTERS, ROOT, TOOLS, config

NAME = "deep-learning-demystified"
TARGET = BUILD / f"{NAME}.zip"
#: The oldest time that a zip can hold.
TIME = (1980, 1, 1, 0, 0, 0)
README = """{title}
{line}

READ
    Open book/index.html in a browser. Figures, quizzes and explorables work in the page, without network.

RUN CODE IN THE PAGE
    The button Live on a chapter needs the book from a web server, which your own machine can be. In this folder, type
        python serve.py
    (python3 on some machines, py on Windows), and open the address that it prints. Any other web server does, too; but
    where it doesn't send the headers that serve.py sends, stopping a cell loses what the cells before it made.
    {python}

RUN THE NOTEBOOKS
    notebooks/ holds the chapters for Jupyter. Python 3.11 or newer, and once the network, install what they need:
        pip install jupyterlab "book/_static/live/{wheel}[notebooks]"
        jupyter lab notebooks
    From then on they run without network. Where a chapter would fetch data, such as MNIST, it uses a small stand-in
    that it has and says so; or it takes the data, such as mnist.npz, from the folder that DLCORE_DATA_DIR names.

LICENCES
    Text and figures: CC BY 4.0. Code: MIT. See LICENSE.
"""
WITH_PYTHON = "Python, {held} and dlcore are in this folder: this, too, works without network."
LACKS = (
    "\n    Cells that need {names} don't run: the copy of Pyodide's distribution that this was packed with lacks it."
)
WITHOUT_PYTHON = """Python and dlcore are in this folder. NumPy and matplotlib for the browser are not: Live fetches
    them once from {host}. To have them in here, pack the book with a copy of Pyodide's distribution:
        make bundle PYODIDE_DIST=folder"""


def contents(site: Path, chapters: Path) -> dict[str, Path]:
    """Every file of the bundle, by its name in it: pages, notebooks and the texts they link to, a server, the licence.

    Args:
        site: the folder of built pages.
        chapters: the folder of notebooks.
    """
    pages = {f"book/{name}": path for name, path in files(site).items()}
    sources = {f"notebooks/{name}": path for name, path in files(chapters).items() if path.suffix in {".ipynb", ".md"}}
    return {**pages, **sources, "LICENSE": ROOT / "LICENSE", "serve.py": TOOLS / "serve_book.py"}


def files(folder: Path) -> dict[str, Path]:
    """All files below a folder, by their path from there, but for hidden ones, such as Jupyter's checkpoints."""
    paths = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {name.as_posix(): path for name, path in paths.items() if not any(part[0] == "." for part in name.parts)}


def readme(site: Path) -> str:
    """What README.txt says: how to open this bundle, and whether Live's Python is all in it."""
    live = site / "_static" / "live"
    settings = json.loads((live / "settings.json").read_text(encoding="utf-8"))
    address, held = settings["packages"], settings["needed"]
    if "://" in address:
        python = WITHOUT_PYTHON.format(host=address.split("/")[2])
    else:
        python = WITH_PYTHON.format(held=", ".join(held).replace("numpy", "NumPy"))
        lacking = [name for name in NEEDED if name not in held]
        python += LACKS.format(names=", ".join(lacking)) if lacking else ""
    title = config()["title"]
    return README.format(title=title, line="=" * len(title), python=python, wheel=settings["wheels"][0])


def pack(site: Path, chapters: Path, target: Path) -> int:
    """Write the zip; returns how many files it holds. All of them lie in one folder."""
    held = {name: path.read_bytes() for name, path in contents(site, chapters).items()}
    held["README.txt"] = readme(site).encode()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(held):
            entry = zipfile.ZipInfo(f"{NAME}/{name}", TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, wherever this runs, for the rights below
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, held[name])
    return len(held)


def main() -> None:
    """Build the book, pack it, and say where the bundle is."""
    BUILD.mkdir(exist_ok=True)
    count = pack(build(), CHAPTERS, TARGET)
    print(f"The book is packed: {TARGET.relative_to(ROOT)}, {count} files, {TARGET.stat().st_size / 1e6:.0f} MB.")


if __name__ == "__main__":
    main()
