"""The base of every explorable: an anywidget with all its state in its traits, so that using it needs no kernel."""

from pathlib import Path

import anywidget
import traitlets

from dlcore import palette
from dlcore.utils import refuse

_HERE = Path(__file__).parent


class Explorable(anywidget.AnyWidget):
    """A drawing to play with, in the book's one frame.

    A subclass names its JavaScript, a file beside this one, and adds synchronised traits for what it draws:

        class DecisionLine(Explorable):
            script = "decision-line.js"
            points = traitlets.List().tag(sync=True)

    The script is a module that ends in `export default { render({ model, el }) { … } }`; `dlFrame` from
    `frame.js` is in front of it. Where explorables share code, `script` is a tuple of files, the module last.
    `styles` names a style sheet, or several, for what only this explorable has. `texts` holds the frame's texts where
    no others are given: {"title": …, "try_first": …, "alternative": …}.
    """

    script = ""
    styles = ""
    texts = {}

    title = traitlets.Unicode().tag(sync=True)
    try_first = traitlets.Unicode(help="One sentence: what to try first.").tag(sync=True)
    alternative = traitlets.Unicode(help="What there is to see, for who can't see it.").tag(sync=True)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "script" not in vars(cls) and cls.script:
            return  # traitlets makes subclasses of its own, which inherit what is loaded already
        if not cls.script:
            raise TypeError(f"{cls.__name__} names no script. Expected script = 'name.js', a file in {_HERE.name}/.")
        if unknown := cls.texts.keys() - {"title", "try_first", "alternative"}:
            raise TypeError(
                f"{cls.__name__}: the frame has no text {min(unknown)!r}. It has title, try_first, alternative."
            )
        scripts = (cls.script,) if isinstance(cls.script, str) else cls.script
        cls._esm = "".join(_read(name) for name in ("frame.js", *scripts))
        sheets = (cls.styles,) if isinstance(cls.styles, str) else cls.styles
        cls._css = palette.css_variables() + "".join(_read(name) for name in ("frame.css", *sheets) if name)

    def __init__(self, **traits):
        own = set(self.trait_names()).difference(anywidget.AnyWidget.class_trait_names())
        unknown = {name: value for name, value in traits.items() if name not in own}
        refuse(type(self).__name__, unknown, {}, known=own)
        super().__init__(**{**self.texts, **traits})

    def __repr__(self):
        """What a page without JavaScript shows, and what stays the same from run to run."""
        return f"{self.title}. {self.alternative}" if self.alternative else f"{type(self).__name__}: {self.title}"


def _read(name):
    return (_HERE / name).read_text(encoding="utf-8") + "\n"
