"""What a chapter has to have, as far as a script can tell. CONTRIBUTING.md says it in words.

A rule is a function that takes a chapter and yields (cell number, sentence) for each fault; RULES lists them.
"""

import ast
import json
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from build_tools import setup_cell
from build_tools.live_cells import names, statements
from build_tools.project import CHAPTERS, ROOT, pages_in_order

CARD = ["Promise", "You will", "You need", "Time", "Opens up"]
PARTS = [
    "The problem",
    "Predict",
    "The idea",
    "The math",
    "Build it",
    "Check it",
    "The same in Keras",
    "Experiment",
    "Break it",
    "Exercises",
    "Quiz",
    "Recap",
]
LEVELS = ["easy", "medium", "hard"]
EXERCISES_AT_LEAST = 4
QUESTIONS = range(3, 7)
OBJECTIVES = range(3, 6)
LINES_IN_BUILD = 15
LINES_ANYWHERE = 45
CHARACTERS = 80  # in a line of code: more don't fit beside the page's margins
BANNED = re.compile(r"\b(simply|obviously)\b", re.IGNORECASE)
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u26ff\u2705\u2728\u274c\ufe0f]")
DIRECTIVE = re.compile(r"^\s*(?::{3,}|`{3,}\{)|\{(?!cite:[pt]\}`)[a-z][\w:-]*\}`", re.MULTILINE)
LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)")
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
CITATION = re.compile(r"\{cite:[pt]\}`([^`]+)`")

Faults = Iterator[tuple[int, str]]


class Chapter:
    """A notebook, cut into its parts."""

    def __init__(self, notebook: dict, path: Path):
        self.path = Path(path)
        self.cells = notebook["cells"]
        self.metadata = notebook.get("metadata", {})

    def source(self, number: int) -> str:
        """A cell's text."""
        return "".join(self.cells[number]["source"])

    def tags(self, number: int) -> list[str]:
        """A cell's tags."""
        return self.cells[number].get("metadata", {}).get("tags", [])

    def is_code(self, number: int) -> bool:
        """Whether a cell is code."""
        return self.cells[number]["cell_type"] == "code"

    @property
    def code(self) -> list[int]:
        """The numbers of the code cells."""
        return [n for n in range(len(self.cells)) if self.is_code(n)]

    @property
    def markdown(self) -> list[int]:
        """The numbers of the Markdown cells."""
        return [n for n in range(len(self.cells)) if self.cells[n]["cell_type"] == "markdown"]

    @cached_property
    def headings(self) -> list[tuple[int, str]]:
        """(cell number, text) of each `##` heading."""
        return [(n, text) for n in self.markdown for text in re.findall(r"^## +(.+)$", self.source(n), re.MULTILINE)]

    def part(self, name: str) -> list[int]:
        """The numbers of the cells of the part `name`; empty where there is no such part."""
        starts = [n for n, text in self.headings if part_name(text) == name]
        if not starts:
            return []
        ends = [n for n, _ in self.headings if n > starts[0]] + [len(self.cells)]
        return list(range(starts[0], ends[0]))

    def text_of(self, name: str) -> str:
        """All text and code of a part."""
        return "\n".join(self.source(n) for n in self.part(name))


def part_name(heading: str) -> str:
    """`The idea: a line` → `The idea`."""
    return heading.split(":")[0].strip()


def faults(notebook: dict, path: Path) -> list[str]:
    """One line a fault: file, cell, what is missing."""
    chapter = Chapter(notebook, path)
    shown = chapter.path.relative_to(ROOT) if chapter.path.is_relative_to(ROOT) else chapter.path.name
    found = [(number, text) for rule in RULES for number, text in rule(chapter)]
    return [f"{shown} cell {number}: {text}" for number, text in sorted(found)]


def read_faults(path: Path) -> list[str]:
    """The faults of a stored chapter."""
    return faults(json.loads(Path(path).read_text(encoding="utf-8")), path)


def has_setup_cell(chapter: Chapter) -> Faults:
    """The first cell is the current set-up cell."""
    if not chapter.cells or chapter.source(0) != setup_cell.setup_source() or setup_cell.TAG not in chapter.tags(0):
        yield 0, "is not the current set-up cell, tagged remove-cell; `make execute` writes it"


def has_card(chapter: Chapter) -> Faults:
    """The title is followed by a sentence and the card with its rows."""
    first_part = chapter.headings[0][0] if chapter.headings else len(chapter.cells)
    opening = "\n\n".join(chapter.source(n) for n in chapter.markdown if n < first_part)
    if not re.match(r"# \S", opening):
        yield 1, "the first Markdown cell has to start with the title, `# …`"
    rows = dict(re.findall(r"^\|\s*\**([^|*]+?)\**\s*\|\s*(.+?)\s*\|\s*$", opening, re.MULTILINE))
    for name in CARD:
        if not rows.get(name, "").strip("- "):
            yield 1, f"the card has no row `{name}`"
    objectives = [part for part in re.split(r";|<br>", rows.get("You will", "")) if part.strip()]
    if "You will" in rows and len(objectives) not in OBJECTIVES:
        yield 1, f"the card's row `You will` has {len(objectives)} objectives, separated by `;`; it should have 3 to 5"
    if "Time" in rows and not re.search(r"\d+ minutes", rows["Time"]):
        yield 1, "the card's row `Time` does not say how many minutes"
    opened = re.findall(r"`(dlcore/[^`]*)`", rows.get("Opens up", ""))
    if "Opens up" in rows and not opened:
        yield 1, "the card's row `Opens up` names no file of dlcore, such as `dlcore/tensor.py`"
    for name in opened:
        if not (ROOT / name).exists():
            yield 1, f"the card's row `Opens up` names {name}, which does not exist"


def has_all_parts(chapter: Chapter) -> Faults:
    """The `##` headings are the fixed ones, in order; an introduction may stand between the card and the first."""
    names = [part_name(text) for _, text in chapter.headings]
    for name in PARTS:
        if name not in names:
            yield 0, f"the part `## {name}` is missing"
    for number, text in chapter.headings:
        if part_name(text) not in PARTS:
            yield number, f"`## {text}` is none of the fixed parts; use `###` inside a part"
    known = [name for name in names if name in PARTS]
    if known != sorted(set(known), key=PARTS.index):
        yield 0, f"the parts are out of order or repeated: {', '.join(known)}"


def parts_hold_what_they_promise(chapter: Chapter) -> Faults:
    """Each part has the thing that makes it that part."""
    needs = {
        "Predict": (r"widgets\.Predict\(", "asks no question with widgets.Predict(…)"),
        "The idea": (r"widgets\.(?!Quiz|Predict|Question)\w+\(", "has no explorable of dlcore.widgets"),
        "The math": (r"\|[^|\n]*symbol[^|\n]*\|.*shape.*\|", "has no table of symbols with their shapes"),
        "Build it": (r"show_source\(", "does not show dlcore's own source with utils.show_source(…)"),
        "The same in Keras": (r"parity\.", "holds nothing against Keras with dlcore.parity"),
        "Break it": (r"(?is)symptom.*diagnosis.*cure", "does not name symptom, diagnosis and cure"),
        "Recap": (r"glossary\.md#", "links no new term to the glossary"),
    }
    for name, (pattern, fault) in needs.items():
        cells = chapter.part(name)
        if cells and not re.search(pattern, chapter.text_of(name)):
            yield cells[0], f"the part `{name}` {fault}"
    for name in ("The problem", "Check it", "Experiment", "Break it"):
        cells = chapter.part(name)
        if cells and not any(chapter.is_code(n) for n in cells):
            yield cells[0], f"the part `{name}` has no code"
    if chapter.part("Recap") and not CITATION.search(chapter.text_of("Recap")):
        yield chapter.part("Recap")[0], "the part `Recap` cites nothing to read on"


def widgets_hide_their_code(chapter: Chapter) -> Faults:
    """A cell that only makes an explorable, a question or the quiz is tagged remove-input."""
    for number in chapter.code:
        if re.match(r"widgets\.\w+\(", chapter.source(number)) and "remove-input" not in chapter.tags(number):
            yield number, "makes a widget, but is not tagged remove-input"


def exercises_are_whole(chapter: Chapter) -> Faults:
    """An exercise is five cells: task with level, the reader's cell, check, hint, solution with the same check."""
    cells = chapter.part("Exercises")
    if not cells:
        return
    starts = [n for n in cells if re.match(r"### ", chapter.source(n))]
    if len(starts) < EXERCISES_AT_LEAST:
        yield cells[0], f"has {len(starts)} exercises; there should be at least {EXERCISES_AT_LEAST}"
    levels = []
    for index, start in enumerate(starts):
        end = starts[index + 1] if index + 1 < len(starts) else cells[-1] + 1
        title = re.match(r"### Exercise (\d+) \((\w+)\): \S", chapter.source(start))
        if not title or int(title[1]) != index + 1 or title[2] not in LEVELS:
            yield start, f"an exercise's heading reads `### Exercise {index + 1} (easy|medium|hard): …`"
        else:
            levels.append(title[2])
        yield from exercise_faults(chapter, start, end)
    if levels != sorted(levels, key=LEVELS.index):
        yield starts[0], f"the exercises go from easy to hard; here they are {', '.join(levels)}"


def exercise_faults(chapter: Chapter, start: int, end: int) -> Faults:
    """What one exercise lacks."""
    numbers = range(start, end)
    code = [n for n in numbers if chapter.is_code(n)]
    solutions = [n for n in code if "hide-cell" in chapter.tags(n)]
    checks = [n for n in code if "exercises.check(" in chapter.source(n) and n not in solutions]
    if not any("..." in chapter.source(n) for n in code if n not in solutions):
        yield start, "the exercise has no cell for the reader, with `...` where code is missing"
    if not checks:
        yield start, "the exercise has no check cell, exercises.check(…)"
    for number in checks:
        if "hide-input" not in chapter.tags(number):
            yield number, "the check shows the answer: tag it hide-input"
    if not any("<summary>Hint</summary>" in chapter.source(n) for n in numbers if not chapter.is_code(n)):
        yield start, "the exercise has no hint, <details><summary>Hint</summary> …"
    if not solutions:
        yield start, "the exercise has no solution, a code cell tagged hide-cell"
    elif "exercises.check(" not in chapter.source(solutions[-1]):
        yield solutions[-1], "the solution does not end with the exercise's check, so no test executes it"
    theirs = {name for n in code if "..." in chapter.source(n) for name in defined(chapter.source(n))}
    for number in solutions:
        for name in sorted(theirs & defined(chapter.source(number))):
            yield number, f"the solution overwrites the reader's `{name}`: call it `{name}_solution`"


def checks_run_again(chapter: Chapter) -> Faults:
    """Who comes back to a check after having run the whole chapter finds everything as the check wants it."""
    used_and_made = {n: names("\n".join(statements(chapter.source(n)))) for n in chapter.code}
    for check in (n for n in chapter.code if "exercises.check(" in chapter.source(n)):
        earlier = set().union(*(used_and_made[n][1] for n in chapter.code if n < check))
        for later in (n for n in chapter.code if n > check):
            for name in sorted(used_and_made[check][0] & earlier & used_and_made[later][1]):
                yield later, f"makes `{name}` anew, which the check in cell {check} uses: give it another name"


def quiz_teaches(chapter: Chapter) -> Faults:
    """Three to six questions; the right answer and each wrong one say why."""
    quizzes = [n for n in chapter.part("Quiz") if chapter.is_code(n) and "widgets.Quiz(" in chapter.source(n)]
    if chapter.part("Quiz") and len(quizzes) != 1:
        yield chapter.part("Quiz")[0], f"the part `Quiz` has {len(quizzes)} quizzes, widgets.Quiz(…); it should have 1"
    questions = 0
    for number in chapter.code:
        if not re.search(r"widgets\.(Quiz|Predict)\(", chapter.source(number)):
            continue
        for call in calls(chapter.source(number), {"Question", "Predict"}):
            questions += number in quizzes
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            for name in ("right", "why", "wrong"):
                if name not in given:
                    yield number, f"a question lacks `{name}=`"
            wrong = given.get("wrong")
            if isinstance(wrong, ast.Dict):
                if not wrong.keys:
                    yield number, "a question has no wrong option"
                for reason in wrong.values:
                    if isinstance(reason, ast.Constant) and not str(reason.value or "").strip():
                        yield number, "a wrong option does not say why it is wrong"
    if quizzes and questions not in QUESTIONS:
        yield quizzes[0], f"the quiz has {questions} questions; it should have 3 to 6"


def syntax(source: str) -> ast.Module:
    """A cell's code as a syntax tree, IPython's own commands left out."""
    return ast.parse("\n".join("" if re.match(r"\s*[%!]", line) else line for line in source.splitlines()))


def defined(source: str) -> set[str]:
    """The functions and classes that a cell defines at its top level."""
    return {node.name for node in syntax(source).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


def calls(source: str, names: set[str]) -> list[ast.Call]:
    """The calls of functions of these names in a cell's code."""
    found = [node for node in ast.walk(syntax(source)) if isinstance(node, ast.Call)]
    return [call for call in found if getattr(call.func, "attr", getattr(call.func, "id", "")) in names]


def figures_speak(chapter: Chapter) -> Faults:
    """Every figure has alt text and a caption."""
    for number in chapter.code:
        kinds = {kind for output in chapter.cells[number]["outputs"] for kind in output.get("data", {})}
        if not any(kind.startswith("image/") for kind in kinds):
            continue
        settings = chapter.cells[number]["metadata"].get("mystnb", {})
        alt = settings.get("image", {}).get("alt", "")
        if len(alt.split()) < 4:
            yield number, 'the figure needs alt text in the metadata: {"mystnb": {"image": {"alt": "what is there"}}}'
        if not settings.get("figure", {}).get("caption", "").strip():
            yield number, 'the figure needs a caption in the metadata: {"mystnb": {"figure": {"caption": "…"}}}'
    for number in chapter.markdown:
        for alt, target in IMAGE.findall(chapter.source(number)):
            if len(alt.split()) < 3:
                yield number, f"the image {target} needs alt text"


def cells_are_short(chapter: Chapter) -> Faults:
    """Code comes in small cells."""
    building = chapter.part("Build it")
    for number in chapter.code:
        lines = [line for line in chapter.source(number).splitlines() if line.strip()]
        limit = LINES_IN_BUILD if number in building else LINES_ANYWHERE
        if len(lines) > limit:
            yield number, f"has {len(lines)} lines of code; here at most {limit}"
        if not {"remove-cell", "remove-input"} & set(chapter.tags(number)):
            for line in lines:
                if len(line) > CHARACTERS:
                    yield number, f"has a line of {len(line)} characters, at most {CHARACTERS} fit: {line.strip()}"


def links_lead_somewhere(chapter: Chapter) -> Faults:
    """Relative links name files that exist, glossary links name terms, citations name entries, and Next is next."""
    terms = heading_slugs(CHAPTERS / "back-matter" / "glossary.md")
    entries = set(re.findall(r"^@\w+\{([^,\s]+),", (CHAPTERS / "references.bib").read_text(encoding="utf-8"), re.M))
    for number in chapter.markdown:
        for target in LINK.findall(chapter.source(number)):
            file, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:", target) or not file:
                continue
            if not (chapter.path.parent / file).exists():
                yield number, f"the link to {target} leads to no file"
            elif file.endswith("glossary.md") and anchor and anchor not in terms:
                yield number, f"the glossary has no term for the link {target}"
        for keys in CITATION.findall(chapter.source(number)):
            for key in keys.split(","):
                if key.strip() not in entries:
                    yield number, f"references.bib has no entry {key.strip()!r}"
    following = next_chapter(chapter.path)
    if chapter.part("Recap") and following and f"{following}.ipynb" not in chapter.text_of("Recap"):
        yield chapter.part("Recap")[0], f"the part `Recap` does not link to the next chapter, {following}.ipynb"


def heading_slugs(path: Path) -> set[str]:
    """The anchors of a Markdown file's headings, as the pages and GitHub make them."""
    headings = re.findall(r"^#+ +(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return set(map(slug, headings))


def slug(heading: str) -> str:
    """A heading's anchor."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def next_chapter(path: Path) -> str | None:
    """The name of the notebook after this one in the table of contents, or None for the last."""
    notebooks = [page for page in pages_in_order() if (ROOT / f"{page}.ipynb").exists()]
    names = [Path(page).name for page in notebooks]
    here = [i for i, page in enumerate(notebooks) if (ROOT / f"{page}.ipynb") == path]
    return names[here[0] + 1] if here and here[0] + 1 < len(names) else None


def words_are_right(chapter: Chapter) -> Faults:
    """No banned word, no emoji, no directive that only Jupyter Book understands."""
    for number in range(len(chapter.cells)):
        text = chapter.source(number)
        for word in BANNED.findall(text):
            yield number, f"says {word!r}: cut it, or show why"
        for sign in EMOJI.findall(text):
            yield number, f"has an emoji, {sign!r}"
    for number in chapter.markdown:
        for sign in DIRECTIVE.findall(chapter.source(number)):
            yield number, f"has a directive ({sign.strip()}), which Jupyter and Colab do not show"


RULES = [
    has_setup_cell,
    has_card,
    has_all_parts,
    parts_hold_what_they_promise,
    widgets_hide_their_code,
    exercises_are_whole,
    checks_run_again,
    quiz_teaches,
    figures_speak,
    cells_are_short,
    links_lead_somewhere,
    words_are_right,
]
