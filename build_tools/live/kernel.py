"""Runs a page's cells in the reader's browser: what a Jupyter kernel does, as far as this book needs it.

It runs inside Pyodide, in a worker of the page (worker.js). All that a cell shows goes through one function, `send`,
as a dictionary with one of the keys "stream", "html", "image", "widget", "error" or "solved".
"""

import ast
import base64
import contextlib
import importlib.machinery
import io
import linecache
import os
import re
import rlcompleter
import sys
import time
import traceback
import types

#: A line that is no Python, with what stands before it.
MAGIC = re.compile(r"^(\s*)([%!].*)$", re.MULTILINE)

#: The page's kernel, which page_backend.py hands figures to.
current = None


class Kernel:
    """The names that a page's cells share, and how a cell is run.

    Args:
        send: called with a dictionary for everything that a cell shows, as soon as it shows it.
    """

    def __init__(self, send):
        global current
        current, self.forward, self.streams = self, send, ()
        os.environ["MPLBACKEND"] = "module://page_backend"
        self.names = {"__name__": "__main__", "display": self.display, "input": no_input}
        self.names |= dict.fromkeys(("exit", "quit"), no_exit)
        self.alts = []
        sys.modules["IPython"], sys.modules["IPython.display"] = ipython(self.display)
        if not any(isinstance(finder, Absent) for finder in sys.meta_path):
            sys.meta_path.append(Absent())

    def run(self, code, name, alts=()):
        """Run a cell's code. Returns whether it came to its end.

        Args:
            code: Python, of which the last expression's value is shown unless a semicolon ends it.
            name: what tracebacks call the cell.
            alts: alternative texts of the figures that the cell draws, in their order.
        """
        file = f"<{name}>"
        try:
            self.alts = list(alts)
            linecache.cache[file] = len(code), None, code.splitlines(keepends=True), file
            self.streams = Stream(self.forward, "out"), Stream(self.forward, "err")
            with contextlib.redirect_stdout(self.streams[0]), contextlib.redirect_stderr(self.streams[1]):
                self.execute(code, file)
                self.show_figures()
            return True
        except BaseException as error:  # Stop raises KeyboardInterrupt, at any time, and a cell may raise SystemExit
            self.send({"error": told(error, file), "line": line_of(error, file)})
            return False
        finally:
            self.print_held()
            close_figures()

    def send(self, shown):
        """Show something, after all that was printed before it."""
        self.print_held()
        self.forward(shown)

    def print_held(self):
        for stream in self.streams:
            stream.flush()

    def execute(self, code, file):
        tree = parsed(code, file)
        quiet = code.rstrip().endswith(";")
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, file, "exec"), self.names)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), file, "eval"), self.names)
            if not quiet:
                self.display(value)

    def display(self, *values, **ignored):
        """Show values as a notebook does: a widget, a figure, HTML where a value knows its own, else its repr."""
        for value in values:
            if value is None:
                continue
            if isinstance(solved := getattr(value, "solved", None), bool):  # the verdict of an exercise's check
                self.send({"solved": solved})
            if hasattr(value, "_ipython_display_"):
                value._ipython_display_()
            elif hasattr(value, "widget_state"):
                self.send({"widget": value.widget_state()})
            elif hasattr(value, "savefig"):
                self.show_figure(value)
            elif hasattr(value, "_repr_html_") and (html := value._repr_html_()):
                self.send({"html": html})
            else:
                self.streams[0].write(f"{value!r}\n")

    def show_figures(self):
        """Show the figures that are open, and close them."""
        if module := pyplot():
            for number in module.get_fignums():
                self.show_figure(module.figure(number))
        close_figures()

    def show_figure(self, figure):
        picture = io.BytesIO()
        figure.savefig(picture, format="png", bbox_inches="tight")
        alt = self.alts.pop(0) if self.alts else "The figure that this cell draws."
        self.send({"image": base64.b64encode(picture.getvalue()).decode(), "alt": alt})

    def complete(self, text):
        """Names that go on from the end of `text`: those of the cells, of Python, and attributes after a dot."""
        start = re.search(r"[\w.]*$", text)[0]
        if not start:
            return []
        finder, found = rlcompleter.Completer(self.names), []
        with contextlib.suppress(Exception):  # a property may raise what it likes
            while (word := finder.complete(start, len(found))) is not None:
                found.append(word.rstrip("( "))
        return sorted(set(found))


class Absent:
    """Finds what no page has: an import of it succeeds, and its first use says where the cell does run."""

    packages = "tensorflow", "keras", "sklearn", "scipy", "matplotlib"

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name.split(".")[0] in self.packages else None

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        module.__path__ = []


class StandIn(types.ModuleType):
    """A module, or a thing in it, that is not here."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self.__name__}.{name}")

    def __call__(self, *args, **kwargs):
        package = self.__name__.split(".")[0]
        raise ModuleNotFoundError(
            f"{self.__name__} needs the package {package}, which Python in a page lacks. "
            "Run this cell on Colab or on your machine."
        )


class Stream(io.TextIOBase):
    """What is printed goes to the page at once, but of a flood a hundred pieces a second, and what a page can show."""

    LARGEST = 100_000
    PIECES, SECONDS = 50, 0.5

    def __init__(self, send, name):
        self.forward, self.stream = send, name
        self.held, self.size, self.sent, self.since = [], 0, 0, time.monotonic()

    def write(self, text):
        if "\r" not in text:  # a progress bar's text replaces the one before
            self.size += len(text)
        if self.size <= self.LARGEST:
            self.held.append(text)
        elif (before := self.size - len(text)) <= self.LARGEST:
            self.held += text[: self.LARGEST - before], "\n… more was printed, and is not shown."
        now = time.monotonic()
        if now - self.since > self.SECONDS:
            self.since, self.sent = now, 0
        if self.sent < self.PIECES:
            self.flush()
        return len(text)

    def flush(self):
        text = "".join(self.held)
        self.held.clear()
        if text:
            self.sent += 1
            self.forward({"stream": self.stream, "text": text})


def no_input(prompt=""):
    raise RuntimeError("Python in a page can't ask for input. Write the value into the cell instead.")


def no_exit(code=None):
    raise RuntimeError("There is nothing to leave here: Stop ends a cell that runs.")


def parsed(code, file):
    """The code as a tree. What only IPython understands, magics and shell commands, is told of and left out."""
    with contextlib.suppress(SyntaxError):
        return ast.parse(code, file)
    tree = ast.parse(MAGIC.sub(r"\1pass", code), file)
    for line in MAGIC.finditer(code):
        if not line[2].startswith("%matplotlib"):
            print(f"{line[2]} does nothing in a page: that is for Jupyter and Colab.", file=sys.stderr)
    return tree


def ipython(display):
    """Two modules that stand in for IPython, for code that imports `display`, `HTML` or `Markdown` from it."""
    package, module = types.ModuleType("IPython"), types.ModuleType("IPython.display")
    package.display, package.get_ipython, package.version_info = module, lambda: None, (8, 24)  # matplotlib asks
    module.display, module.HTML, module.Markdown = display, Html, Markdown
    module.clear_output = lambda wait=False: None
    return package, module


class Html:
    """HTML to show."""

    def __init__(self, data):
        self.data = data

    def _repr_html_(self):
        return self.data


class Markdown(Html):
    """Markdown to show; of Markdown a page needs blocks of code only, the rest is shown as it is written."""

    def _repr_html_(self):
        return "".join(f"<pre>{escaped(part)}</pre>" for part in re.findall(r"```\w*\n(.*?)```", self.data, re.S)) or (
            f"<pre>{escaped(self.data)}</pre>"
        )


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def told(error, file):
    """A traceback from the cell's own line on, without what called it and without this module's frames."""
    if isinstance(error, KeyboardInterrupt):
        return "Stopped. The names that other cells made are still there."
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename != file:
        frames = frames.tb_next
    story = traceback.TracebackException(type(error), error.with_traceback(frames), frames)
    story.stack = traceback.StackSummary.from_list([frame for frame in story.stack if frame.filename != __file__])
    advice = ""
    if isinstance(error, ModuleNotFoundError) and error.name:
        advice = "\nPython in a page has NumPy and matplotlib. Run this cell on Colab or on your machine."
    return "".join(story.format()).rstrip() + advice


def line_of(error, file):
    """The line of the cell at which it went wrong, from 1; None where it was in no line of it."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return lines[-1] if lines else None


def pyplot():
    """matplotlib.pyplot if a cell has imported it, else None; None, too, where Python in the page lacks it."""
    module = sys.modules.get("matplotlib.pyplot")
    return None if isinstance(module, StandIn) else module


def close_figures():
    if module := pyplot():
        module.close("all")
