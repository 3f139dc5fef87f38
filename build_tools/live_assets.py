"""Lays out what Live loads: the bundled page code, Python for the browser, dlcore's wheel, the cells of each notebook.

All of it comes from the book itself but NumPy and matplotlib for the browser, which PyPI and npm don't have. They come
from Pyodide's public address, checked by the hashes that npm's lock file vouches for; or, with PYODIDE_DIST=folder,
from a copy of Pyodide's distribution that is taken into the book.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from build_tools.fetch_assets import with_node
from build_tools.live_cells import live_cells
from build_tools.project import ASSETS, ROOT, TOOLS, config

SOURCE = TOOLS / "live"
#: What of npm's package pyodide is Python itself.
CORE = ["pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"]
#: What each page of the book imports, by the names that Pyodide gives the packages.
NEEDED = ["numpy", "matplotlib"]
DATA = ["digits.csv.gz", "iris.csv", "wine_data.csv", "breast_cancer.csv", "diabetes_data_raw.csv.gz"]
DATA += ["diabetes_target.csv.gz"]


def lay_out(live: Path = ASSETS / "live") -> None:
    """Bring up to date what all pages share."""
    distribution_folder = os.environ.get("PYODIDE_DIST")
    made_from = digest([distribution_folder or "", *sources()])
    stamp = live / "made-from"
    if stamp.exists() and stamp.read_text() == made_from:
        return
    shutil.rmtree(live, ignore_errors=True)
    live.mkdir(parents=True)
    bundle(live)
    for name in ("worker.js", "live-button.js", "live.css"):
        shutil.copyfile(SOURCE / name, live / name)
    write_json(live / "settings.json", {**python_for_pages(live, distribution_folder), "wheels": wheels(live)})
    stamp.write_text(made_from)


def to_load(live: Path = ASSETS / "live") -> str:
    """What Live loads when it is started, in words."""
    settings = json.loads((live / "settings.json").read_text())
    size = sum(path.stat().st_size for path in live.rglob("*") if path.is_file())
    host = urlsplit(settings["packages"]).hostname
    return f"{size / 1e6:.0f} MB from this book" + (f", and {' and '.join(NEEDED)} from {host}" if host else "")


def write_cells(notebooks: dict[str, Path], html: Path) -> None:
    """Put each page's cells beside it; `notebooks` are the pages' names with their notebooks."""
    for page, notebook in notebooks.items():
        write_json(html / "_static" / "live" / "cells" / f"{page}.json", live_cells(notebook))


def sources() -> list[Path]:
    """What the shared files are made from."""
    code = [path for folder in (SOURCE, ROOT / "dlcore") for path in folder.rglob("*") if path.is_file()]
    return [*(path for path in code if "__pycache__" not in path.parts), TOOLS / "package-lock.json", Path(__file__)]


def digest(parts: list) -> str:
    found = hashlib.sha256()
    for part in sorted(map(str, parts)):
        found.update(part.encode() + (Path(part).read_bytes() if Path(part).is_file() else b""))
    return found.hexdigest()


def bundle(live: Path) -> None:
    """The page's code and the editor in one file, by esbuild."""
    tool = TOOLS / "node_modules" / ".bin" / "esbuild"
    command = [tool, SOURCE / "live.js", "--bundle", "--minify", "--format=esm", "--target=es2022", "--charset=utf8"]
    run([*command, f"--outfile={live / 'live.js'}"], TOOLS, "Bundling Live's code")


def run(command: list, folder: Path, what: str) -> None:
    settings = {**with_node(), "SOURCE_DATE_EPOCH": "315532800"}  # 1980: the same code makes the same wheel
    done = subprocess.run(
        command, cwd=folder, env=settings, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise SystemExit(f"{what} failed (exit code {done.returncode}):\n{(done.stdout + done.stderr).strip()}")


def python_for_pages(live: Path, folder: str | None) -> dict:
    """Put Python's core into the book; where the packages and their hashes are, relative to Live's folder."""
    core = TOOLS / "node_modules" / "pyodide"
    (live / "pyodide").mkdir()
    for name in CORE:
        shutil.copyfile(core / name, live / "pyodide" / name)
    if folder is None:
        version = json.loads((core / "package.json").read_text())["version"]
        address = config()["live"]["packages"].format(version=version)
        return {"packages": address, "lock": "pyodide/pyodide-lock.json", "needed": NEEDED}
    lock = json.loads((Path(folder) / "pyodide-lock.json").read_text())
    taken = with_dependencies(NEEDED, lock, Path(folder))
    (live / "packages").mkdir()
    for name in taken:
        file = lock["packages"][name]["file_name"]
        shutil.copyfile(Path(folder) / file, live / "packages" / file)
    write_json(live / "packages" / "pyodide-lock.json", lock)
    return {"packages": "packages/", "lock": "packages/pyodide-lock.json", "needed": [n for n in NEEDED if n in taken]}


def with_dependencies(names: list[str], lock: dict, folder: Path) -> list[str]:
    """The packages and those they need, of which the folder holds the files.

    Raises:
        SystemExit: NumPy is missing, without which no page runs.
    """
    taken, missing = [], []
    for name in names:
        whole, queue = [], [name]
        while queue:
            package = queue.pop()
            if package not in whole:
                whole.append(package)
                queue += lock["packages"][package]["depends"]
        there = all((folder / lock["packages"][package]["file_name"]).exists() for package in whole)
        (taken if there else missing).extend(whole if there else [name])
    if "numpy" in missing:
        raise SystemExit(f"PYODIDE_DIST={folder} holds no NumPy ({lock['packages']['numpy']['file_name']}).")
    if missing:
        print(f"PYODIDE_DIST lacks {', '.join(missing)} or what it needs: without it, figures can't be drawn in Live.")
    return sorted(set(taken))


def wheels(live: Path) -> list[str]:
    """dlcore's wheel, and one archive with the rest that pages import; their names, with a hash so that none is stale.

    traitlets is the environment's own; the rest is in live/: the kernel, and stand-ins for anywidget and scikit-learn.
    """
    with tempfile.TemporaryDirectory() as folder:
        clean = Path(folder) / "source"
        clean.mkdir()
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copyfile(ROOT / name, clean / name)
        shutil.copytree(ROOT / "dlcore", clean / "dlcore", ignore=shutil.ignore_patterns("__pycache__"))
        build = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
        run([sys.executable, "-c", build, folder], clean, "Building dlcore's wheel")
        wheel = next(Path(folder).glob("dlcore-*.whl"))
        shutil.copyfile(wheel, live / wheel.name)
    data = Path(find_spec("sklearn").origin).parent / "datasets" / "data"
    held = {path.relative_to(SOURCE).as_posix(): path for path in SOURCE.rglob("*.py")}
    held |= {f"sklearn/data/{name}": data / name for name in DATA}
    for file in distribution("traitlets").files:
        if file.suffix == ".py" and "tests" not in file.parts:
            held[file.as_posix()] = Path(file.locate())
    with zipfile.ZipFile(live / "page-packages.zip", "w") as archive:
        for name in sorted(held):
            archive.writestr(zipfile.ZipInfo(name), held[name].read_bytes(), zipfile.ZIP_DEFLATED)
    return [wheel.name, "page-packages.zip"]


def write_json(path: Path, content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
