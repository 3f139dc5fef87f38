"""The book's colours, in one place: figures, explorables, tables and the pages' style sheet take them from here.

Each role keeps its colour through the whole book, with one value for light and one for dark backgrounds.
Colour never stands alone: a role also has a dash pattern, a marker and a label (`dlcore.plots.ROLE`).

The five roles stay at least 0.10 apart in OKLab, to normal eyes and in a simulation of complete red, green and blue
blindness (Machado, Oliveira and Fernandes 2009), and reach a contrast of 4.5 : 1 on paper and on panel.
tests/dlcore/test_palette.py measures both.
"""

#: role: (on light, on dark)
COLORS = {
    "input": ("#213CA6", "#6BABEE"),
    "weight": ("#BC4C0C", "#F8A761"),
    "activation": ("#0E7A6E", "#43E0B4"),
    "loss": ("#83086B", "#E56CA8"),
    "gradient": ("#4E4608", "#EEDE29"),
    "ink": ("#1F2328", "#E6E6E6"),
    "muted": ("#5F6770", "#A5ADB8"),
    "paper": ("#FFFFFF", "#121212"),
    "panel": ("#F5F6F8", "#1E2126"),
    "rule": ("#C9CED6", "#444B55"),
}

#: The colours that carry a meaning; the others are what they stand on.
ROLES = ("input", "weight", "activation", "loss", "gradient")

# Each host says in its own way what it shows: JupyterLab and VS Code on <body>, the book's pages and Colab on <html>.
_SAYS_LIGHT = ':root, body[data-jp-theme-light="true"], body.vscode-light, body.vscode-high-contrast-light'
_SAYS_DARK = (
    'html[data-theme="dark"], html[theme="dark"], body[data-jp-theme-light="false"], '
    "body.vscode-dark, body.vscode-high-contrast:not(.vscode-high-contrast-light)"
)
_SAYS_NOTHING = ':root:not([data-theme="light"]):not([theme="light"])'


def color(role, dark=False):
    """The colour of a role as '#RRGGBB', for a light background or a dark one."""
    if role not in COLORS:
        raise KeyError(f"The palette has no role {role!r}. It has: {', '.join(COLORS)}.")
    return COLORS[role][int(dark)]


def css_variables():
    """CSS that sets `--dl-input`, `--dl-weight` … for light and dark, in every host that shows the book.

    Where the host says neither, the reader's system decides (`prefers-color-scheme`).
    """
    light, dark = ("".join(f" --dl-{role}: {pair[side]};" for role, pair in COLORS.items()) for side in (0, 1))
    return (
        f"{_SAYS_LIGHT} {{{light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ {_SAYS_NOTHING} {{{dark} }} }}\n"
        f"{_SAYS_DARK} {{{dark} }}\n"
    )
