"""The printed book, tried on two small pages: nothing of them is lost on paper."""

import subprocess
import sys

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from pypdf import PdfReader

from build_tools.execute_notebooks import execute
from build_tools.print_book import online, parts, print_pages
from build_tools.project import ROOT, pages_in_order
from tests.tools.notebook_files import make_notebook

LONG = f"total = {' + '.join(f'number_{i}' for i in range(30))} + last_of_the_line"
CODE = f"if False:\n    {LONG}"
QUIZ = 'from dlcore import widgets\n\nwidgets.Predict("Up or down?", right="Up.", why="So.", wrong={"Down.": "Look."})'
EXPLORABLE = "widgets.ProbabilitySlider()"
FIGURE = "import matplotlib.pyplot as plt\n\nplt.plot([1, 2])\nplt.show()"
ALT = {"mystnb": {"image": {"alt": "A line that rises from one to two."}, "figure": {"caption": "It rises."}}}
SOLUTION = "capybara = 1"
TOC = """format: jb-book
root: a
parts:
  - caption: Back & matter
    chapters:
      - file: b
"""
HINT = "Wide: $a + b$.\n\n<details><summary>Hint</summary>\n\nA folded word: chrysanthemum.\n\n</details>"
BOX = "<label><input type='checkbox'> I have read this</label>"


@pytest.fixture(scope="module")
def pdf(tmp_path_factory, browser):
    """The PDF of a notebook and a page of Markdown that links to it."""
    folder = tmp_path_factory.mktemp("book")
    cells = [CODE, QUIZ, EXPLORABLE, new_code_cell(FIGURE, metadata=ALT)]
    cells += [new_markdown_cell(HINT), new_markdown_cell(BOX)]
    cells.append(new_code_cell(SOLUTION, metadata={"tags": ["hide-cell"]}))
    path = make_notebook(folder / "a.ipynb", "# Smoke\n\nA rhinoceros.\n\n## Fire", *cells)
    execute(path)
    (folder / "b.md").write_text("# Terms of `dlcore`\n\n## Loss\n\nA number, says a giraffe. See [smoke](a.ipynb).\n")
    command = [sys.executable, "-m", "build_tools.build_book", "--scratch", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (folder / "parts.yml").write_text(TOC)
    sheets = print_pages(browser, folder / "_build" / "html", folder / "parts.yml", folder / "book.pdf")
    reader = PdfReader(folder / "book.pdf")
    assert len(reader.pages) == sheets
    return reader


def texts(pdf):
    """What each sheet says, in single spaces."""
    return [" ".join(page.extract_text().split()) for page in pdf.pages]


def leaves(pdf, kind):
    """What the tree of tags holds of one kind, such as /Figure, in reading order."""
    found, waiting = [], [pdf.trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        item = waiting.pop().get_object()
        if item.get("/S") == kind:
            found.append(item)
        below = item.get("/K", [])
        below = below if isinstance(below, list) else [below]
        waiting += [each for each in reversed(below) if hasattr(each.get_object(), "keys")]
    return found


def test_bookmarks_are_the_headings_and_parts_hold_their_chapters(pdf):
    def titles(entries):
        return [titles(entry) if isinstance(entry, list) else entry.title.strip() for entry in entries]

    assert titles(pdf.outline) == [
        "Deep Learning Demystified",
        "Contents",
        "Smoke",
        ["Fire"],
        "Back & matter",
        ["Terms of dlcore", ["Loss"]],
    ]


def test_a_heading_s_tag_has_its_bookmark_s_level(pdf):
    assert [len(leaves(pdf, f"/H{level}")) for level in (1, 2, 3)] == [4, 2, 1]


def test_every_picture_and_formula_has_words(pdf):
    words = [figure.get("/Alt") for figure in leaves(pdf, "/Figure")]
    assert all(words) and ALT["mystnb"]["image"]["alt"] in words
    assert [formula["/Alt"] for formula in leaves(pdf, "/Formula")] == ["a + b"]
    assert any("probability" in text for text in words)


def test_it_is_tagged_and_names_its_title_and_language(pdf):
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/StructTreeRoot"]["/K"]
    assert root["/Lang"].startswith("en")
    assert pdf.metadata.title == "Deep Learning Demystified"


def test_the_words_of_all_pages_are_there_the_folded_ones_too(pdf):
    said = " ".join(texts(pdf))
    for word in ("rhinoceros", "Up or down?", "chrysanthemum", "giraffe", "What a probability costs", "capybara"):
        assert word in said


def test_what_only_answers_in_a_browser_is_not_printed(pdf):
    said = " ".join(texts(pdf))
    for word in ("Live", "Reset", "With the keyboard", "Show the solution", "I have read"):
        assert word not in said


def test_the_contents_say_on_which_sheet_a_chapter_begins(pdf):
    flat = [*pdf.outline, *(entry for group in pdf.outline if isinstance(group, list) for entry in group)]
    begins = {entry.title: pdf.get_destination_page_number(entry) + 1 for entry in flat if "/Title" in entry}
    contents = texts(pdf)[begins["Contents"] - 1]
    assert "Back & matter" in contents
    for title in ("Smoke", "Terms of dlcore"):
        assert f"{title} {begins[title]}" in contents


def test_a_long_line_of_code_wraps_within_the_margin(pdf):
    places = []
    for page in pdf.pages:
        right = float(page.mediabox.width)

        def note(text, matrix, text_matrix, font, size, right=right):
            if "last_of_the_line" in text:
                places.append((matrix[0] * text_matrix[4] + matrix[4]) / right)

        page.extract_text(visitor_text=note)
    assert places and all(0 < place < 0.9 for place in places)


def test_an_explorable_leads_to_its_page_online(pdf):
    links = [
        note.get_object()["/A"] for page in pdf.pages for note in page.get("/Annots", []) if "/A" in note.get_object()
    ]
    addresses = [link["/URI"] for link in links if "/URI" in link]
    assert any(address.endswith("/a.html") for address in addresses)


def test_links_among_the_pages_lead_to_places_in_the_pdf(pdf):
    notes = [note.get_object() for page in pdf.pages for note in page.get("/Annots", [])]
    places = [note.get("/Dest") or note.get("/A", {}).get("/D") for note in notes]
    assert not [note["/A"]["/URI"] for note in notes if "/URI" in note.get("/A", {}) and "file:" in note["/A"]["/URI"]]
    named = {name.lstrip("/") for name in pdf.named_destinations}
    places = [place.lstrip("/") for place in places if isinstance(place, str)]
    assert len(places) >= 3 and set(places) <= named  # the contents' two, and the one of the text


def test_a_page_s_address_comes_from_the_repository_s():
    assert online("chapters/a", "https://github.com/owner/name") == "https://owner.github.io/name/chapters/a.html"
    assert online("chapters/a", "https://example.org/owner/name") is None


def test_the_parts_hold_every_page_of_the_book():
    assert [page for _, pages in parts() for page in pages] == pages_in_order()
