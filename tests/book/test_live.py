"""Live in Chromium: Python in the page, on the built book.

Without NumPy for the browser (PYODIDE_DIST unset) its core is tested with cells of pure Python; with it, dlcore too.
"""

import json
import re
import shutil

import pytest

from build_tools import live_assets
from tests.book import page_files
from tests.book.live_hands import FIRST, PAGE, begin, editor, open_editors, say, shown, with_figures, with_numpy, write
from tests.book.page_visits import axe

pytestmark = pytest.mark.pages


# ---------------------------------------------------------------- edit and run


def test_the_bar_has_its_place_before_any_script_runs_and_none_without_scripts(visit):
    bar = visit(java_script_enabled=False).locator(".dl-live-bar")
    assert bar.count() == 1 and not bar.is_visible()


def test_the_button_says_what_it_loads_and_from_where(visit):
    assert re.match(r"Loads \d+ MB from this book(, and numpy and matplotlib from [\w.]+)?; your browser", say(visit()))


def test_an_edited_cell_shows_its_new_output_and_the_next_one_is_at_hand(visit):
    tab = begin(visit())
    assert "is ready" in say(tab) and "MB" in say(tab)
    write(tab, 1, FIRST)
    assert shown(tab, 1).strip() == "first 3"
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "Code of cell 2"
    write(tab, 2, "sorted(names)", key="Control+Enter")
    assert shown(tab, 2).strip() == "['a', 'b', 'c']"
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "Code of cell 2"
    assert not axe(tab)


def test_an_error_names_its_line_and_spares_the_other_cells(visit):
    tab = begin(visit())
    write(tab, 1, FIRST)
    shown(tab, 1)
    write(tab, 2, "kind = 1\nkind / 0\nprint('never')")
    assert "ZeroDivisionError" in shown(tab, 2) and "kernel.py" not in shown(tab, 2)
    assert tab.locator(".dl-live-wrong").inner_text() == "kind / 0"
    write(tab, 3, "print(kind, len(names))")
    assert shown(tab, 3).strip() == "1 3"


def test_text_comes_while_a_cell_runs_and_a_progress_line_stays_one_line(visit):
    tab = begin(visit())
    write(
        tab,
        1,
        "import time\nfor i in range(40):\n    print(f'\\repoch {i}', end='')\n    time.sleep(0.1)",
        key="Control+Enter",
    )
    out = tab.get_by_role("group", name="What cell 1 shows", exact=True)
    tab.wait_for_function("e => /^epoch [1-9]\\d?$/.test(e.innerText.trim())", arg=out.element_handle(), timeout=4000)
    assert tab.get_by_role("button", name="Stop").is_enabled()
    assert shown(tab, 1).strip() == "epoch 39"


@pytest.mark.parametrize("server", ["shared memory", "plain"])
def test_stop_ends_an_endless_loop_and_says_what_is_left(visit, server):
    tab = begin(visit(server=server))
    write(tab, 1, FIRST)
    shown(tab, 1)
    write(tab, 2, "while True:\n    pass")
    tab.wait_for_timeout(300)
    tab.get_by_role("button", name="Stop").click()
    told = shown(tab, 2)
    tab.wait_for_function("() => document.querySelector('.dl-live-say').innerText.includes('is ready')", timeout=60_000)
    write(tab, 3, "print('names' in globals())")
    kept = server == "shared memory"
    assert ("are still there" in told) is kept and ("was started anew" in told) is not kept
    assert shown(tab, 3).strip() == str(kept)


def test_where_nothing_can_be_interrupted_a_second_stop_starts_python_anew(visit):
    tab = begin(visit())
    write(tab, 1, "kept = 1\nimport time\ntime.sleep(600)", "Control+Enter")
    count = tab.locator("#cell-imports .dl-live-count")
    tab.get_by_role("button", name="Stop").click()
    assert count.inner_text() == "stopping …"
    tab.wait_for_function("e => e.innerText.includes('one long step')", arg=count.element_handle(), timeout=10_000)
    tab.get_by_role("button", name="Stop").click()
    assert "was started anew" in shown(tab, 1)
    write(tab, 2, "print('kept' in globals())", "Control+Enter")
    assert shown(tab, 2).strip() == "False"


def test_by_keyboard_alone_from_the_button_to_the_output(visit):
    tab = visit()
    tab.get_by_role("button", name="Live: run this page here").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_selector("html[data-dl-live]", timeout=120_000)
    tab.get_by_role("button", name="Run all").focus()
    for _ in range(40):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.getAttribute('aria-label')") == "Code of cell 1":
            break
    tab.keyboard.press("Control+A")
    tab.keyboard.type("matter = 41")
    tab.keyboard.press("Shift+Enter")
    shown(tab, 1)
    tab.keyboard.press("Control+A")
    tab.keyboard.type("matt")
    tab.keyboard.press("Tab")
    tab.wait_for_selector(".cm-tooltip-autocomplete [aria-selected]")
    tab.wait_for_timeout(200)
    tab.keyboard.press("Tab")
    tab.keyboard.type(" + 1")
    tab.keyboard.press("Shift+Enter")
    assert shown(tab, 2).strip() == "42"


def test_every_key_of_python_can_be_typed(visit):
    tab = begin(visit())
    editor(tab, 1).focus()
    tab.keyboard.press("Control+A")
    typed = "7 // 2 + 1 / 4  # a/b"
    tab.keyboard.type(typed)
    assert editor(tab, 1).inner_text() == typed


def test_tab_leaves_an_editor_where_there_is_nothing_to_complete(visit):
    tab = begin(visit())
    editor(tab, 1).focus()
    tab.keyboard.press("Control+Home")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Run"


def test_shift_tab_leaves_an_editor_and_a_second_tab_one_where_nothing_completes(visit):
    tab = begin(visit())
    editor(tab, 2).focus()
    tab.keyboard.press("Control+A")
    tab.keyboard.insert_text("qqzzx")
    tab.keyboard.press("Tab")
    tab.wait_for_timeout(300)
    tab.keyboard.press("Tab")
    assert tab.evaluate("() => document.activeElement.getAttribute('aria-label')") == "Run cell 2"
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Shift+Tab")
    assert "cm-content" not in tab.evaluate("() => document.activeElement.className")


def test_pressing_live_by_keyboard_keeps_the_focus_in_the_bar(visit):
    tab = visit()
    tab.get_by_role("button", name="Live: run this page here").press("Enter")
    tab.wait_for_selector("html[data-dl-live]", timeout=120_000)
    assert tab.evaluate("() => document.activeElement.textContent") == "Run all"


# ---------------------------------------------------------------- one after the other


def test_a_run_asked_for_before_python_is_ready_happens_once_and_the_next_cell_waits_for_it(visit):
    tab = visit()
    tab.get_by_role("button", name="Live: run this page here").click()
    for key in ("Control+Enter",) * 3:
        write(tab, 1, "print('once')", key)
    write(tab, 2, "print('after')", "Control+Enter")
    assert "waiting" in tab.locator(".cell", has=editor(tab, 2)).locator(".dl-live-count").inner_text()
    tab.wait_for_selector("html[data-dl-live]", timeout=120_000)
    assert shown(tab, 2).strip() == "after" and shown(tab, 1).strip() == "once"
    assert "run [2]" in tab.locator(".cell", has=editor(tab, 2)).inner_text()


def test_an_endless_loop_that_prints_is_stopped_and_what_waits_is_not_run(visit):
    tab = begin(visit())
    write(tab, 1, "i = 0\nwhile True:\n    print(i)\n    i += 1", "Control+Enter")
    write(tab, 2, "print('after')", "Control+Enter")
    tab.wait_for_function("() => document.body.innerText.includes('is not shown')", timeout=60_000)
    tab.get_by_role("button", name="Stop").click(timeout=5_000)
    assert "Stopped" in shown(tab, 1) and shown(tab, 2) == ""
    assert len(shown(tab, 1)) < 200_000


def test_a_name_that_a_cell_above_makes_is_a_button_away(visit):
    tab = begin(visit())
    write(tab, 1, "np = [0, 1]", "Control+End")  # not run; the book's cell makes np, too
    write(tab, 2, "len(np)", "Control+Enter")
    assert "np comes from cell 1" in shown(tab, 2)
    tab.get_by_role("button", name="Run the cells above cell 2").click()
    tab.wait_for_function("() => document.querySelector('html').innerText.includes('run [3]')", timeout=60_000)
    assert shown(tab, 2).strip() == "2"


def test_run_all_says_where_it_ended(visit):
    tab = begin(visit())
    write(tab, 1, "1 / 0", "Control+End")
    tab.get_by_role("button", name="Run all").click()
    tab.wait_for_function("() => document.querySelector('.dl-live-note').innerText.includes('Cell 1 did not come')")


def test_a_check_runs_the_exercise_as_it_stands(visit):
    tab = begin(visit())
    check = tab.locator("#cell-exercise-1-check")
    for answer in ("wrong", "right"):
        tab.locator("#cell-exercise-1-yours").get_by_role("textbox").focus()
        tab.keyboard.press("Control+A")
        tab.keyboard.insert_text(f"answer = '{answer}'")
        if answer == "wrong":
            check.locator("summary").first.click()
            check.get_by_role("textbox").focus()
            tab.keyboard.press("Control+A")
            tab.keyboard.insert_text("print(answer)")
        else:
            assert "changed since" in tab.locator("#cell-exercise-1-yours .dl-live-count").inner_text()
        check.get_by_role("button", name="Check").click()
        check.get_by_text(answer, exact=True).wait_for(timeout=30_000)


def test_an_exercise_is_checked_without_opening_its_answer(visit):
    tab = begin(visit())
    exercise, check = tab.locator("#cell-exercise-1-yours"), tab.locator("#cell-exercise-1-check")
    exercise.get_by_role("textbox").focus()
    tab.keyboard.press("Shift+Enter")
    assert tab.evaluate("() => document.activeElement.textContent") == "Check"
    assert check.get_by_role("button", name="Check").is_visible() and not check.get_by_role("textbox").is_visible()


# ---------------------------------------------------------------- what stays


def test_edits_outlive_a_reload_and_reset_brings_the_book_s_code_back(visit):
    tab = begin(visit())
    written = editor(tab, 1).inner_text()
    write(tab, 1, FIRST)
    shown(tab, 1)
    tab.reload()
    assert "1 cell are kept" in say(tab)
    begin(tab)
    assert "Counter" in editor(tab, 1).inner_text()
    cell = tab.locator(".cell", has=editor(tab, 1))
    cell.get_by_role("button", name="Reset").click()
    assert editor(tab, 1).inner_text() == written
    tab.reload()
    begin(tab)
    assert editor(tab, 1).inner_text() == written


def test_the_notebook_to_download_holds_the_edits(visit, tmp_path):
    tab = begin(visit())
    write(tab, 1, FIRST)
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download notebook").click()
    assert download.value.suggested_filename == "neuron.ipynb"
    notebook = json.loads(download.value.path().read_text(encoding="utf-8"))
    code = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert FIRST in code and len(code) > 20
    assert any(cell["cell_type"] == "markdown" for cell in notebook["cells"])


# ---------------------------------------------------------------- what can be missing


def test_cells_that_need_tensorflow_keep_their_output_and_say_where_they_run(visit):
    tab = begin(visit())
    cell = tab.locator("#cell-keras-model")
    assert cell.get_by_role("button", name="Run").is_disabled()
    assert "needs TensorFlow" in cell.inner_text() and "Colab" in cell.inner_text()
    assert cell.locator(".cell_output").first.is_visible()


def test_with_python_s_files_missing_the_page_says_so_and_stays_readable(visit):
    tab = visit()
    tab.context.route("**/pyodide/pyodide.asm.wasm", lambda route: route.fulfill(status=404))
    tab.get_by_role("button", name="Live: run this page here").click()
    tab.wait_for_function(
        "() => document.querySelector('.dl-live-say').innerText.includes('could not')", timeout=60_000
    )
    assert "can be read as before" in say(tab)
    assert tab.locator("#cell-problem-figure img").first.is_visible()


def test_where_python_could_not_be_started_the_next_run_tries_again(visit):
    tab = visit()
    lost = "**/pyodide/pyodide.asm.wasm"
    tab.context.route(lost, lambda route: route.abort())
    open_editors(tab)
    tab.wait_for_function(
        "() => document.querySelector('.dl-live-say').innerText.includes('Run tries again')", timeout=60_000
    )
    write(tab, 1, "print('still off')", "Control+Enter")
    shown(tab, 1)
    assert "could not be started" in say(tab) and "not run" in tab.locator("#cell-imports .dl-live-count").inner_text()
    tab.context.unroute(lost)
    write(tab, 1, "print('on again')", "Control+Enter")
    assert shown(tab, 1).strip() == "on again" and "is ready" in say(tab)


def test_from_a_folder_live_says_that_it_needs_a_server(browser):
    tab = browser.new_page()
    tab.goto((page_files.site() / f"{PAGE}.html").as_uri())
    tab.get_by_role("button", name="Live: run this page here").click()
    assert "make serve" in say(tab)
    tab.close()


# ---------------------------------------------------------------- what is laid out


def test_the_page_s_code_is_bundled_where_the_system_has_no_node(tmp_path, monkeypatch):
    only_env = tmp_path / "bin"
    only_env.mkdir()
    (only_env / "env").symlink_to(shutil.which("env"))
    monkeypatch.setenv("PATH", str(only_env))  # the environment's own wheel brings a Node
    live_assets.bundle(tmp_path)
    code = (tmp_path / "live.js").read_text(encoding="utf-8")
    assert "dl-live-editor" in code and "import " not in code[:200]


def test_a_distribution_of_one_s_own_is_taken_into_the_book(tmp_path, capsys):
    own, live = tmp_path / "own", tmp_path / "live"
    own.mkdir()
    live.mkdir()
    packages = {name: {"file_name": f"{name}.whl", "depends": []} for name in ("numpy", "pillow")}
    packages["matplotlib"] = {"file_name": "matplotlib.whl", "depends": ["numpy", "pillow"]}
    for package in packages.values():
        (own / package["file_name"]).write_bytes(b"")
    (own / "pyodide-lock.json").write_text(json.dumps({"packages": packages}))
    told = live_assets.python_for_pages(live, str(own))
    assert told == {"packages": "packages/", "lock": "packages/pyodide-lock.json", "needed": ["numpy", "matplotlib"]}
    assert (live / "packages" / "pillow.whl").exists() and capsys.readouterr().out == ""


# ---------------------------------------------------------------- with NumPy


@with_numpy
def test_dlcore_runs_and_an_exercise_is_checked(visit, with_dlcore):
    tab = begin(visit(files=with_dlcore))
    write(
        tab,
        1,
        "import numpy as np\nfrom dlcore import datasets, exercises, layers\nlayers.Dense(2)(np.ones((1, 3))).shape",
    )
    assert shown(tab, 1).strip() == "(1, 2)"
    check = "exercises.check(double, lambda x: 2 * x, [(1.0,), (-3.0,)], mistakes={'You squared it.': lambda x: x * x})"
    write(tab, 2, f"def double(x):\n    return x * x\n\n{check}")
    assert "You squared it." in shown(tab, 2)
    write(tab, 2, f"def double(x):\n    return 2 * x\n\n{check}")
    assert shown(tab, 2).startswith("Right")
    write(tab, 3, "(x, y), _ = datasets.digits()\nx.shape")
    assert shown(tab, 3).strip() == "(1442, 8, 8)"


@with_numpy
def test_a_training_shows_its_progress(visit, with_dlcore):
    tab = begin(visit(files=with_dlcore))
    code = """import numpy as np
from dlcore import Sequential, datasets, layers
(x, y), (xt, yt) = datasets.digits()
model = Sequential([layers.Flatten(), layers.Dense(32, "relu"), layers.Dense(10, "softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=3, validation_data=(xt, yt))
print("better than chance:", history.history["val_accuracy"][-1] > 0.5)"""
    write(tab, 1, code)
    assert "better than chance: True" in shown(tab, 1)


@with_numpy
def test_an_explorable_is_drawn_from_edited_code(visit, with_dlcore):
    tab = begin(visit(files=with_dlcore))
    write(tab, 1, "from dlcore import widgets\nwidgets.ProbabilitySlider(title='My own slider')")
    tab.wait_for_selector(".dl-live-out .dl-host[data-ready] svg", timeout=30_000)
    assert "My own slider" in shown(tab, 1)


@with_figures
def test_a_figure_is_drawn_with_its_words_and_anew_from_edited_code(visit, with_dlcore):
    tab = begin(visit(files=with_dlcore))
    cell = tab.locator("#cell-problem-figure")
    book = cell.locator(".cell_output img").get_attribute("alt")
    pictures = []
    for rise in (1, 2):
        write(tab, 3, f"import matplotlib.pyplot as plt\nplt.plot([0, {rise}])\nplt.title('$x^2$')\nplt.show()")
        shown(tab, 3)
        picture = cell.locator(".dl-live-out img")
        assert picture.get_attribute("alt") == book and picture.evaluate("image => image.naturalWidth") > 200
        pictures.append(picture.get_attribute("src"))
    assert pictures[0] != pictures[1] and not cell.locator(".cell_output img").is_visible()
