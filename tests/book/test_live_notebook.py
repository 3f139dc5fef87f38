"""What a reader's code lives through in Live: download and import, a browser that keeps nothing, a new edition."""

import json
import re

import pytest

from tests.book.live_hands import FIRST, PAGE, begin, editor, open_editors, shown, write
from tests.book.page_visits import axe

pytestmark = pytest.mark.pages

LEFT_ALONE = "was not imported, and nothing was changed"


def note(tab):
    return tab.locator(".dl-live-note").inner_text()


def code(tab):
    """The cells' code by their ids."""
    return {cell["id"]: cell["source"] for cell in downloaded(tab)["cells"] if cell["cell_type"] == "code"}


def downloaded(tab):
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download notebook").click()
    return json.loads(download.value.path().read_text(encoding="utf-8"))


def hand_in(tab, content, name="neuron.ipynb"):
    """Import a file with this content; what the bar says then."""
    before = note(tab)
    written = content if isinstance(content, bytes) else json.dumps(content).encode()
    with tab.expect_file_chooser() as chooser:
        tab.get_by_role("button", name="Import notebook").press("Enter")
    chooser.value.set_files({"name": name, "mimeType": "application/x-ipynb+json", "buffer": written})
    tab.wait_for_function("b => document.querySelector('.dl-live-note').innerText !== b", arg=before, timeout=10_000)
    return note(tab)


def cell_of(notebook, name):
    return next(cell for cell in notebook["cells"] if cell["id"] == name)


# ---------------------------------------------------------------- import


def test_a_downloaded_notebook_is_imported_and_each_cell_can_undo_it(visit):
    tab = open_editors(visit())
    book = code(tab)
    write(tab, 2, FIRST, key="End")
    notebook = downloaded(tab)
    tab.locator(".cell", has=editor(tab, 2)).get_by_role("button", name="Reset").click()
    assert code(tab) == book
    told = hand_in(tab, notebook)
    assert re.match(r"neuron.ipynb: 1 cell changed \(\d+\); undo in a cell", told) and "Nothing was run" in told
    assert code(tab) == book | {"problem-data": FIRST}
    assert tab.locator(".dl-live-count", has_text="run [").count() == 0
    assert not axe(tab)
    editor(tab, 2).focus()
    tab.keyboard.press("Control+z")
    assert code(tab) == book
    editor(tab, 2).focus()
    tab.keyboard.press("Control+y")
    tab.reload()
    open_editors(tab)
    assert code(tab) == book | {"problem-data": FIRST}


def test_of_a_notebook_from_elsewhere_only_the_code_of_the_page_s_cells_is_taken(visit):
    tab = open_editors(visit())
    book = code(tab)
    notebook = downloaded(tab)
    for cell in notebook["cells"]:  # as Jupyter and Colab save it
        cell["source"] = cell["source"].splitlines(keepends=True)
    mine = cell_of(notebook, "imports")
    mine["source"] = ["import math\r\n", "math.tau  # <img src=x onerror=alert(1)>"]
    mine["metadata"] = {"tags": ["remove-cell"], "id": "problem-data"}
    html = "<script>document.title = 'broken into'</script>"
    mine["outputs"] = [{"output_type": "display_data", "data": {"text/html": html}, "metadata": {}}]
    cell_of(notebook, "card")["source"] += ["\nMy own note."]
    broken = {"cell_type": "code", "id": "problem-data", "source": 5}
    notebook["cells"] += [dict(mine, id="my-own"), dict(mine), 3, broken]
    notebook["metadata"]["title"] = html
    told = hand_in(tab, notebook, name="Copy of neuron.ipynb")
    assert told.startswith("Copy of neuron.ipynb: 1 cell changed") and "5 other cells of the file have no place" in told
    assert code(tab) == book | {"imports": "import math\nmath.tau  # <img src=x onerror=alert(1)>"}
    assert "broken into" not in tab.content() and tab.locator(".dl-live-bar img").count() == 0
    assert hand_in(tab, notebook).startswith("neuron.ipynb: 0 cells changed.")


def other_chapter(notebook):
    cell_of(notebook, "card")["source"] = "# Losses\n\nHow wrong is wrong?"


def no_title(notebook):
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def no_ids(notebook):
    for cell in notebook["cells"]:
        del cell["id"]


def older(notebook):
    notebook["nbformat"] = 3


def no_cells(notebook):
    notebook["cells"] = {"0": notebook["cells"]}


SPOILT = {
    other_chapter: "another chapter, “Losses”. Import it on that chapter's page",
    no_title: "its title is missing, a cell of text with “# The neuron”",
    no_ids: "Was it saved by a program that drops the ids?",
    older: "a notebook of format 3",
    no_cells: "it has no cells",
    b"PK\x03\x04 a zip": "its name ends in .ipynb",
    b"null ": "it has no cells",
    b'{"nbformat": 4, "cells": ' + b"[" * 100_000: "it is no notebook. Choose",
    b" " * 20_000_001: "over 20 MB",
}


def test_a_file_that_can_t_be_imported_changes_nothing_and_says_why(visit):
    tab = open_editors(visit())
    write(tab, 1, FIRST, key="End")
    before = code(tab)
    for number, (spoil, words) in enumerate(SPOILT.items()):
        content = spoil
        if callable(spoil):
            content = downloaded(tab)
            cell_of(content, "imports")["source"] = "print('taken')"
            spoil(content)
        told = hand_in(tab, content, name=f"file-{number}.ipynb")
        assert LEFT_ALONE in told and words in told
        assert code(tab) == before


# ---------------------------------------------------------------- what the browser keeps


@pytest.mark.parametrize(
    "storage",
    [
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError') } })",
        "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError') }",
    ],
    ids=["off", "full"],
)
def test_without_storage_live_works_and_says_once_that_edits_don_t_last(visit, storage):
    tab = visit()
    tab.add_init_script(storage)
    tab.reload()
    begin(tab)
    write(tab, 1, FIRST)
    assert shown(tab, 1).strip() == "first 3"
    assert note(tab).count("Your browser keeps no edits") == 1 and "Download notebook" in note(tab)
    write(tab, 2, "len(names)")
    assert shown(tab, 2).strip() == "3"
    assert tab.locator(".dl-live-bar").inner_text().count("keeps no edits") == 1
    tab.reload()
    begin(tab)
    assert "Counter" not in editor(tab, 1).inner_text()


def test_an_edit_of_an_older_edition_is_kept_and_told_of(visit):
    tab = open_editors(visit())
    write(tab, 1, FIRST, key="End")

    def new_edition(route):
        told = route.fetch().json()
        told["cells"][0]["code"] = "import newer"
        route.fulfill(json=told)

    tab.context.route("**/live/cells/**", new_edition)
    tab.reload()
    open_editors(tab)
    assert "since you edited 1 cell: your code is kept, and Reset shows the book's" in note(tab)
    cell = tab.locator(".cell", has=editor(tab, 1))
    assert code(tab)["imports"] == FIRST and "has changed since your edit" in cell.inner_text()
    cell.get_by_role("button", name="Reset").click()
    assert code(tab)["imports"] == "import newer"
    editor(tab, 1).focus()
    tab.keyboard.press("Control+z")  # theirs again, and now an edit of this edition
    tab.reload()
    open_editors(tab)
    assert code(tab)["imports"] == FIRST and note(tab) == ""


def test_what_else_wrote_into_the_storage_does_no_harm(visit):
    tab = visit()
    for cell, kept in {"imports": "5", "problem-data": "no JSON", "problem-figure": '{"code": 3}'}.items():
        tab.evaluate("([name, kept]) => localStorage.setItem(name, kept)", [f"dl-live:{PAGE}:{cell}", kept])
    open_editors(tab)
    assert note(tab) == "" and "import" in code(tab)["imports"]
