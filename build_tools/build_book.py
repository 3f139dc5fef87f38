"""Builds the book's pages from the notebooks' stored outputs, every warning an error.

    python -m build_tools.build_book                     the book, into _build/html
    python -m build_tools.build_book --scratch FOLDER    FOLDER's notebooks and Markdown files with the book's settings
                                                         and looks, into FOLDER/_build/html

A page is built again when its source changed; all are when tools, settings or dlcore changed, or a build failed.
"""

import argparse
import hashlib
import json
import os
import shutil
import time
from pathlib import Path

import yaml

from build_tools.fetch_assets import fetch_assets
from build_tools.live_assets import lay_out, write_cells
from build_tools.page_policy import guard
from build_tools.project import BUILD, CHAPTERS, HTML, ROOT, TOOLS, config

INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="description" content="{description}">
<meta http-equiv="refresh" content="0; url={first}">
<link rel="canonical" href="{first}">
</head>
<body><p><a href="{first}">{title}</a></p></body>
</html>
"""


def build(source: Path = ROOT, settings: Path = ROOT / "_config.yml", toc: Path = ROOT / "_toc.yml") -> Path:
    """Build the pages of `source` and return the folder they are in.

    Raises:
        SystemExit: the build failed or warned. What Sphinx said stands above.
    """
    fetch_assets()
    output = source / "_build"
    stamp = output / "built-from.json"
    before = json.loads(stamp.read_text()) if stamp.exists() else {}
    now = made_from(source, settings, toc)
    if now == before and (output / "html" / "index.html").exists():
        return output / "html"
    stamp.unlink(missing_ok=True)
    # Sphinx warns about a page only when it reads it, so after a failed build, too, all pages are read again.
    if before.get("machinery") != now["machinery"]:
        shutil.rmtree(output / ".doctrees", ignore_errors=True)
        shutil.rmtree(output / "html", ignore_errors=True)

    lay_out()
    from jupyter_book.sphinx import build_sphinx

    result = build_sphinx(
        sourcedir=str(source),
        outputdir=str(output / "html"),
        path_config=str(settings),
        confoverrides={"external_toc_path": str(toc), "latex_individualpages": False},
        noconfig=True,
        warningiserror=True,
        keep_going=True,
        quiet=True,
    )
    if result:
        raise SystemExit("The book was not built: what is above has to be cured first (a warning counts as an error).")
    first = yaml.safe_load(toc.read_text(encoding="utf-8"))["root"]
    notebooks = [path for path in pages_of(source) if path.suffix == ".ipynb"]
    write_cells({p.relative_to(source).with_suffix("").as_posix(): p for p in notebooks}, output / "html")
    index = INDEX.format(title=config()["title"], description=config()["description"], first=f"{first}.html")
    (output / "html" / "index.html").write_text(index, encoding="utf-8")
    guard(output / "html")
    stamp.write_text(json.dumps(now))
    return output / "html"


def made_from(source: Path, settings: Path, toc: Path) -> dict:
    """What a build depends on: when "pages" changed, those pages are built again, and when "machinery" did, all are."""
    own_python = os.environ.get("PYODIDE_DIST")  # each page says what Live loads, and from where
    return {"pages": digest(pages_of(source)), "machinery": [digest([settings, toc, *machinery()]), own_python]}


def pages_of(source: Path) -> list[Path]:
    """What pages are made from: all that lies in the book's chapters, or in the folder of a scratch book."""
    folder = CHAPTERS if source == ROOT else source
    return [p for p in folder.rglob("*") if p.is_file() and not hidden(p.relative_to(folder))]


def hidden(path: Path) -> bool:
    """Whether a part of the path starts with a dot, or with an underscore as _build does."""
    return any(part[0] in "._" for part in path.parts)


def machinery() -> list[Path]:
    """What makes pages: our tools, the pinned packages, and dlcore, whose docstrings and colours pages show."""
    tools = [*TOOLS.glob("*.py"), *(p for part in ("assets", "live") for p in (TOOLS / part).rglob("*") if p.is_file())]
    return [*tools, TOOLS / "package-lock.json", ROOT / "requirements.txt", *(ROOT / "dlcore").rglob("*.py")]


def digest(files: list[Path]) -> str:
    """A hash of the files' names and contents."""
    found = hashlib.sha256()
    for file in sorted(files):
        found.update(f"{file}\0".encode() + file.read_bytes() + b"\0")
    return found.hexdigest()


def build_scratch(folder: Path) -> Path:
    """Build the notebooks and Markdown files of any folder as if they were a book; for looking at work in progress."""
    folder = folder.resolve()
    pages = sorted(p.relative_to(folder) for p in pages_of(folder) if p.suffix in {".ipynb", ".md"})
    pages = [page.with_suffix("").as_posix() for page in pages]
    if not pages:
        raise SystemExit(f"{folder} holds no notebook and no Markdown file.")
    settings = config()
    settings["sphinx"]["config"]["include_patterns"] = ["**"]
    settings["sphinx"]["local_extensions"] = {"build_tools.book_ext": str(ROOT)}
    settings["html"]["favicon"] = str(ROOT / settings["html"]["favicon"])
    settings["bibtex_bibfiles"] = [str(ROOT / "chapters" / "references.bib")]
    made = folder / "_build"
    made.mkdir(exist_ok=True)
    toc = {"format": "jb-book", "root": pages[0]}
    if pages[1:]:
        toc["chapters"] = [{"file": page} for page in pages[1:]]
    (made / "_toc.yml").write_text(yaml.safe_dump(toc))
    (made / "_config.yml").write_text(yaml.safe_dump(settings))
    return build(folder, made / "_config.yml", made / "_toc.yml")


def main() -> None:
    """Build, and say how to look at the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scratch", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    start = time.perf_counter()
    if arguments.scratch:
        html = build_scratch(arguments.scratch)
        print(f"Built in {time.perf_counter() - start:.0f} s: {html / 'index.html'}")
        return
    BUILD.mkdir(exist_ok=True)
    build()
    shown = HTML.relative_to(ROOT) / "index.html"
    print(f"The book is built ({time.perf_counter() - start:.0f} s). Open {shown} in a browser, or run `make serve`.")


if __name__ == "__main__":
    main()
