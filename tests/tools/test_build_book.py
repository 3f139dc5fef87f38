"""The pages: built from stored outputs, complete without any other host, and refused where a page would be broken."""

import re
import subprocess
import sys

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_output

from build_tools import build_book, notebook_facts, page_fixes
from build_tools.execute_notebooks import execute
from build_tools.icons import used_code_points
from build_tools.project import ROOT
from tests.tools.notebook_files import make_notebook

PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="  # one red pixel
)
CARD = "# Smoke\n\n| | |\n|---|---|\n| **Promise** | You see $x^2$ & more. |\n| **Time** | 1 minute |"
QUIZ = 'from dlcore import widgets\n\nwidgets.Predict("Up?", right="Yes.", why="So.", wrong={"No.": "Look."})'


def figure(**image):
    """A cell that has shown a picture."""
    output = new_output("display_data", data={"image/png": PICTURE, "text/plain": "<Figure>"})
    return new_code_cell("plt.show()", metadata={"mystnb": {"image": image} if image else {}}, outputs=[output])


def build(folder):
    """Build a folder's pages as a command."""
    command = [sys.executable, "-m", "build_tools.build_book", "--scratch", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The built page of a notebook with a card, a widget and a figure."""
    folder = tmp_path_factory.mktemp("book")
    path = make_notebook(folder / "a.ipynb", CARD, QUIZ)
    execute(path)
    (folder / "b.md").write_text("# Terms\n\n## Loss\n\nA number. See [smoke](a.ipynb) and `dlcore`.\n")
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    html = folder / "_build" / "html"
    assert "a.html" in (html / "index.html").read_text()
    return html / "a.html"


def test_a_page_asks_no_other_host_for_anything(page):
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    loaded = [tag["src"] for tag in soup.find_all(["script", "img", "iframe", "source"], src=True)]
    loaded += [tag["href"] for tag in soup.find_all("link") if {"stylesheet", "preload", "icon"} & set(tag["rel"])]
    assert any("mathjax/tex-mml-chtml.js" in address for address in loaded)
    assert any("mini-host.js" in address for address in loaded)
    assert any("book.css" in address for address in loaded)
    assert not [address for address in loaded if re.match(r"(https?:)?//", address)]
    for address in loaded:
        assert (page.parent / address.split("?")[0]).exists(), address


def test_a_page_ends_with_what_it_was_executed_with(page):
    text = page.read_text(encoding="utf-8")
    assert re.search(r'<p class="dl-executed">Executed on \d{4}-\d\d-\d\d with Python [\d.]+, \w+ [\d.]+', text)


def test_the_card_has_row_heads_and_describes_the_page(page):
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    assert [head.get_text() for head in soup.select("table.dl-card tbody th")] == ["Promise", "Time"]
    assert soup.select("table.dl-card thead") == []
    assert soup.find("meta", attrs={"name": "description"})["content"] == "You see x^2 & more."
    assert soup.find("meta", property="og:title")["content"] == "Smoke"


def test_the_set_up_cell_and_the_question_s_code_do_not_show(page):
    text = re.sub(r"<script.*?</script>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert "find_spec" not in text


def test_the_heavy_icon_script_is_gone_and_the_icons_are_there(page):
    assert "fontawesome.js" not in page.read_text(encoding="utf-8")
    font = page.parent / "_static" / "fa-solid-900.woff"
    assert 1000 < font.stat().st_size < 20_000


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (figure(), "has no alt text"),
        (
            new_code_cell(
                "slider",
                outputs=[new_output("display_data", data={notebook_facts.VIEW: {"model_id": "1" * 32}})],
            ),
            "stores no state for it",
        ),
        (
            new_code_cell(
                "show()", outputs=[new_output("display_data", data={"text/html": "<script>alert(1)</script>"})]
            ),
            "a.html: an inline script that is not known: alert(1)",
        ),
        ("# Title\n\n[nothing](missing.md)", "missing.md"),
        ("# Title\n\n{cite:p}`nobody1900`", "nobody1900"),
    ],
    ids=["alt text", "widget", "script", "link", "citation"],
)
def test_a_broken_page_fails_the_build_each_time(tmp_path, cell, expected):
    make_notebook(tmp_path / "a.ipynb", "# Title", cell)
    for _ in range(2):
        done = build(tmp_path)
        assert done.returncode != 0
        assert expected in done.stderr
        assert "was not built" in done.stderr


def test_a_widget_that_is_no_anywidget_is_named(tmp_path):
    path = make_notebook(tmp_path / "a.ipynb", "import ipywidgets\nipywidgets.IntSlider()")
    execute(path)
    assert any("IntSliderModel, which is no anywidget" in fault for fault in notebook_facts.widget_faults(path))


def test_a_figure_with_alt_text_passes(tmp_path):
    make_notebook(tmp_path / "a.ipynb", "# Title", figure(alt="one red pixel"))
    assert build(tmp_path).returncode == 0


def test_an_empty_folder_and_a_notebook_that_is_no_notebook_are_told_apart(tmp_path):
    assert "holds no notebook" in build(tmp_path).stderr
    (tmp_path / "a.ipynb").write_text("{ not json")
    done = build(tmp_path)
    assert done.returncode != 0
    assert "a.ipynb" in done.stderr


def test_cures_change_only_what_is_sick():
    assert page_fixes.fixed("<p>role text</p>") == "<p>role text</p>"
    field = '<button class="btn search-button-field x" aria-label="Search" title="Search">'
    icon = '<button aria-label="Search" class="btn search-button" title="Search">'
    assert "aria-label" not in page_fixes.fixed(field)
    assert "aria-label" in page_fixes.fixed(icon)
    word = '<span class="pre">{}</span>'.format
    code = f"<code>{word('x.shape[-1]')} {word('utils.set_random_seed(0,')}</code><span>a.b</span>"
    broken = code.replace("utils.set_random_seed(0,", "utils.<wbr>set_<wbr>random_<wbr>seed(<wbr>0,")
    assert page_fixes.fixed(code) == broken
    assert page_fixes.fixed('<th class="head"><p></p></th><th class="head"><p>Loss</p></th>').startswith("<td></td><th")
    issue = '<a href="https://x.org/issues/new?title=a{}body=b">'
    assert page_fixes.fixed(issue.format("&")) == page_fixes.fixed(issue.format("&amp;")) == issue.format("&amp;")


def test_only_used_icons_are_kept():
    sheet = (
        '.fa-bars:before,.fa-navicon:before{content:"\\f0c9"}.fa-bug:before{content:"\\f188"}:root{--pst-icon:"\\f06a"}'
    )
    assert used_code_points(['<i class="fa-solid fa-bars"></i>'], sheet) == {0xF0C9, 0xF06A}


def test_a_description_is_cut_at_a_word():
    assert notebook_facts.shortened("one  two\nthree", 100) == "one two three"
    assert notebook_facts.shortened("one two three", 9) == "one two …"


def test_another_python_for_live_makes_all_pages_anew(tmp_path, monkeypatch):
    (tmp_path / "_toc.yml").write_text("root: a")
    parts = tmp_path, tmp_path / "_toc.yml", tmp_path / "_toc.yml"
    monkeypatch.delenv("PYODIDE_DIST", raising=False)
    before = build_book.made_from(*parts)
    assert build_book.made_from(*parts) == before
    monkeypatch.setenv("PYODIDE_DIST", "own")
    now = build_book.made_from(*parts)
    assert now["machinery"] != before["machinery"] and now["pages"] == before["pages"]
