"""Cuts the theme's icon fonts down to the icons that the pages use: 300 KB become 5.

The theme's style sheet gives each icon a code point; a subset of the font with the code points in use, under the same
family name in a style sheet of our own, takes the place of the whole font.
"""

import re
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx

STYLE = "icons.css"
#: family in the theme's style sheet, weight, file in the theme
FONTS = [
    ("Font Awesome 6 Free", 900, "fa-solid-900"),
    ("Font Awesome 6 Free", 400, "fa-regular-400"),
    ("Font Awesome 6 Brands", 400, "fa-brands-400"),
]
FACE = '@font-face{{font-family:"{family}";font-weight:{weight};src:url({name}.woff) format("woff")}}\n'


def write_used_icons(app: Sphinx, error) -> None:
    """After the build: write a font and a rule for each family of icons."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    theme_css = (static / "styles" / "pydata-sphinx-theme.css").read_text(encoding="utf-8")
    sheets = theme_css + (static / "styles" / "sphinx-book-theme.css").read_text(encoding="utf-8")
    points = used_code_points([p.read_text(encoding="utf-8") for p in Path(app.outdir).rglob("*.html")], sheets)
    rules = ""
    for family, weight, name in FONTS:
        source = static / "vendor" / "fontawesome" / "webfonts" / f"{name}.ttf"
        write_subset(source, static / f"{name}.woff", points)
        rules += FACE.format(family=family, weight=weight, name=name)
    (static / STYLE).write_text(rules, encoding="utf-8")


def used_code_points(pages: list[str], sheets: str) -> set[int]:
    """Code points of the icons that pages name in a class, and of those that style sheets keep in variables."""
    names = {name for page in pages for name in re.findall(r'[" ](fa-[a-z0-9-]+)(?=[" ])', page)}
    points = {int(code, 16) for code in re.findall(r'--[\w-]+:\s*"\\([0-9a-f]{4})"', sheets)}
    for selectors, code in re.findall(r'([^{}]*:before)\{content:"\\([0-9a-f]{2,4})"', sheets):
        if names & set(re.findall(r"\.(fa-[a-z0-9-]+):", selectors)):
            points.add(int(code, 16))
    return points


def write_subset(source: Path, target: Path, points: set[int]) -> None:
    """Write those of the font's glyphs that `points` ask for."""
    font = TTFont(source)
    cutter = subset.Subsetter(subset.Options(layout_features=[], notdef_outline=True))
    cutter.populate(unicodes=points)
    cutter.subset(font)
    font.flavor = "woff"
    font.save(target)
