"""Builds the book's pages from the notebooks' stored outputs, every warning an error.

    python -m build_tools.build_book                     the book, into _build/html
    python -m build_tools.build_book --scratch FOLDER    FOLDER's notebooks and Markdown files with the book's settings
                                                         and looks, into FOLDER/_build/html

A page is read again when its source changed, and all pages after a build that failed.
"""

import argparse
import re
import shutil
import time
from pathlib import Path

import yaml
from jupyter_book.sphinx import build_sphinx

from build_tools.fetch_assets import fetch_assets
from build_tools.project import BUILD, HTML, ROOT, config

INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
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
    # Sphinx warns about a page only when it reads it: after a failed build all pages are read again.
    clean = output / "built-clean"
    if not clean.exists():
        shutil.rmtree(output / ".doctrees", ignore_errors=True)
    clean.unlink(missing_ok=True)
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
    clean.touch()
    first = yaml.safe_load(toc.read_text(encoding="utf-8"))["root"]
    index = INDEX.format(title=config()["title"], first=f"{first}.html")
    (output / "html" / "index.html").write_text(index, encoding="utf-8")
    return output / "html"


def build_scratch(folder: Path) -> Path:
    """Build the notebooks and Markdown files of any folder as if they were a book; for looking at work in progress."""
    folder = folder.resolve()
    pages = sorted(p for p in folder.rglob("*") if p.suffix in {".ipynb", ".md"})
    pages = [p.relative_to(folder) for p in pages if not any(re.match(r"[._]", part) for part in p.parts[1:])]
    pages = [p.with_suffix("").as_posix() for p in pages if "_build" not in p.parts]
    if not pages:
        raise SystemExit(f"{folder} holds no notebook and no Markdown file.")
    settings = config()
    settings["exclude_patterns"] = []
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
