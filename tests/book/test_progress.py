"""Progress in Chromium, on the built book: what is read and solved shows, stays, and travels as a file."""

import json
import re
from functools import partial

import pytest

from build_tools import notebook_facts
from build_tools.project import ROOT
from tests.book import page_files
from tests.book.live_hands import CORE, begin, from_folder, with_numpy
from tests.book.page_visits import Site, axe, too_wide

pytestmark = pytest.mark.pages

PAGE, OTHER = "chapters/foundations/neuron", "chapters/foundations/losses"
SHORT = "chapters/back-matter/notation"  # no chapter, and quickly there
KEY = "dl-progress"
SOME = {"version": 1, "read": [PAGE], "quizzes": [f"{PAGE}#quiz-questions"], "exercises": ["nand", "two_layers"]}
NOTHING = {"version": 1, "read": [], "quizzes": [], "exercises": []}
#: A verdict as exercises.check gives it, without NumPy.
VERDICT = "class Verdict:\n    solved = {}\n    def _ipython_display_(self):\n        print('told')\nVerdict()"
# How far the contents list moved while the page was loading.
SHIFTS = """() => new Promise((done) => {
    const moved = (list) => list.getEntries().flatMap((entry) => [...entry.sources]).map((source) => source.node);
    const inside = (node) => (node?.nodeType === 1 ? node : node?.parentElement)?.closest(".bd-sidebar-primary nav");
    const name = (node) => `${node.nodeName}: ${node.textContent.trim().slice(0, 40)}`;
    const seen = [];
    const eye = new PerformanceObserver((list) => seen.push(...moved(list).filter(inside).map(name)));
    eye.observe({type: "layout-shift", buffered: true});
    setTimeout(() => done(seen), 500);
})"""


@pytest.fixture(scope="module")
def site(browser):
    site = Site(browser, page_files.site())
    yield site
    site.close()


@pytest.fixture
def visit(browser, site):
    """visit(page, kept=…, before=script, clock=False, folder=False, …) → a tab of a reader of whom `kept` is known."""
    opened, problems = [], []

    def visit(page=PAGE, kept=None, before="", clock=False, folder=False, **settings):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
        opened.append(context)
        context.route("**/live/settings.json", lambda route: route.fulfill(json=CORE))
        if kept is not None:
            text = kept if isinstance(kept, str) else json.dumps(kept)
            first = f"sessionStorage.dlBegun ?? localStorage.setItem('{KEY}', {json.dumps(text)})"
            context.add_init_script(f"{first}; sessionStorage.dlBegun = 1;")
        if before:
            context.add_init_script(before)
        tab = context.new_page()
        tab.on("filechooser", lambda chooser: None)  # from now on, the tests choose
        # Where storage throws, the theme's scripts say so, too; that is theirs.
        tab.on("pageerror", lambda error: (not before or "progress" in error.stack) and problems.append(str(error)))
        if clock:
            tab.clock.install()
        tab.base = site.folder.as_uri() + "/" if folder else site.base
        tab.goto(f"{tab.base}{page}.html", wait_until="domcontentloaded")
        return tab

    yield visit
    for context in opened:
        context.close()
    assert not problems


def stored(tab):
    return json.loads(tab.evaluate(f"localStorage.getItem('{KEY}')") or "null")


def link(tab, title):
    return tab.get_by_role("navigation", name="Main").get_by_role("link", name=title, exact=True)


def shown(tab, title):
    """(what the contents list shows below a chapter, what a screen reader says after its title)."""
    place = link(tab, title)
    heard = tab.locator(f"#{place.get_attribute('aria-describedby')}").text_content()
    return place.locator("xpath=following-sibling::span[1]").text_content(), heard


def unfold(tab):
    """Open the place `Your progress` by keyboard."""
    tab.get_by_text("Your progress", exact=True).focus()
    tab.keyboard.press("Enter")
    return tab.locator("details.dl-progress")


def bring_in(tab, content):
    """Import a file with this content; gives what the page then says."""
    place = unfold(tab) if not tab.get_by_role("button", name="Import").is_visible() else tab.locator(".dl-progress")
    place.get_by_role("button", name="Import").focus()
    with tab.expect_file_chooser() as chooser:
        tab.keyboard.press("Enter")
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    chooser.value.set_files({"name": "<b>.json", "mimeType": "application/json", "buffer": content})
    say = place.get_by_role("status").last
    tab.wait_for_function("e => e.textContent", arg=say.element_handle())
    return say.inner_text()


# ---------------------------------------------------------------- reading


def test_nothing_is_shown_of_who_has_just_come(visit):
    tab = visit()
    assert shown(tab, "The neuron") == ("", "")
    assert tab.locator(".dl-done:visible, .dl-solved").count() == 0 and stored(tab) is None
    assert unfold(tab).locator("p").first.inner_text().startswith("0 of ")


def test_a_chapter_is_read_when_its_end_was_seen_after_a_while_and_other_pages_know(visit):
    tab = visit(clock=True)
    read = tab.get_by_role("checkbox", name="I have read this chapter")
    tab.clock.run_for(90_000)
    assert not read.is_checked()  # a while, but its beginning only
    tab.reload()
    tab.locator("#recap h2").scroll_into_view_if_needed()
    tab.wait_for_timeout(300)
    tab.clock.run_for(30_000)
    assert not read.is_checked()  # its end, but who scrolls through has not read
    tab.clock.run_for(40_000)
    assert read.is_checked() and shown(tab, "The neuron") == ("read ✓", "read")
    tab.goto(f"{tab.base}{OTHER}.html")
    assert shown(tab, "The neuron") == ("read ✓", "read") and shown(tab, "Losses") == ("", "")
    assert stored(tab) == {**NOTHING, "read": [PAGE]}


def test_by_keyboard_a_chapter_is_marked_as_read_and_unread_for_good(visit):
    tab = visit(clock=True)
    read = tab.get_by_role("checkbox", name="I have read this chapter")
    read.focus()
    tab.keyboard.press("Space")
    assert shown(tab, "The neuron")[0] == "read ✓"
    tab.keyboard.press("Space")
    tab.clock.run_for(90_000)
    assert not read.is_checked() and shown(tab, "The neuron") == ("", "") and stored(tab) == NOTHING


def test_what_one_tab_notes_another_shows_and_neither_overwrites(visit):
    first = visit()
    second = first.context.new_page()
    second.goto(f"{first.base}{OTHER}.html")
    second.get_by_role("checkbox", name="I have read").check()
    link(first, "Losses").locator("xpath=following-sibling::span[1]").get_by_text("read ✓").wait_for()
    first.get_by_role("checkbox", name="I have read").check()
    assert stored(second)["read"] == [OTHER, PAGE]


def test_straight_from_a_folder_progress_stays_too(visit):
    tab = visit(folder=True)
    tab.get_by_role("checkbox", name="I have read").check()
    tab.goto(f"{tab.base}{OTHER}.html")
    assert shown(tab, "The neuron")[0] == "read ✓"


# ---------------------------------------------------------------- solving


def test_a_quiz_answered_by_keyboard_counts_and_a_prediction_does_not(visit):
    tab = visit()
    tab.wait_for_selector("html[data-dl-widgets=ready]")
    for question in tab.locator("[id^=cell-] .dl-question").all():
        for number in range(question.get_by_role("radio").count()):
            if question.get_by_role("radio").first.is_disabled():
                break
            assert stored(tab) is None
            question.get_by_role("radio").nth(number).focus()
            tab.keyboard.press("Space")
            tab.keyboard.press("Tab")
            tab.keyboard.press("Enter")
    assert stored(tab) == {**NOTHING, "quizzes": [f"{PAGE}#quiz-questions"]}
    assert shown(tab, "The neuron") == ("quiz ✓", "quiz solved")
    tab.reload()
    assert tab.get_by_role("heading", name=re.compile("^Quiz.*Solved")).count() == 1
    assert shown(tab, "The neuron")[0] == "quiz ✓"


def write(tab, cell, code):
    """Write code into a cell's editor, open or folded, and run it."""
    place = tab.locator(f"#cell-{cell}")
    place.evaluate("(e) => e.querySelectorAll('details').forEach((fold) => (fold.open = true))")
    place.get_by_role("textbox").focus()
    tab.keyboard.press("Control+A")
    tab.keyboard.insert_text(code)
    tab.keyboard.press("Control+Enter")
    place.locator(".dl-live-count", has_text=re.compile(r"run \[|failed \[")).wait_for(timeout=60_000)
    return place.locator(".dl-live-out").inner_text()


def test_an_exercise_counts_when_its_check_says_right_and_only_its_check(visit):
    tab = begin(visit())
    solved = tab.get_by_role("heading", name=re.compile(r"^Exercise 1 .*Solved"))
    assert "told" in write(tab, "exercise-1-check", VERDICT.format(False))
    assert "told" in write(tab, "exercise-1-solution", VERDICT.format(True))
    assert stored(tab) is None and not solved.count()
    assert "told" in write(tab, "exercise-1-check", VERDICT.format(True))
    assert stored(tab) == {**NOTHING, "exercises": ["nand"]} and solved.count() == 1
    assert shown(tab, "The neuron") == ("1/5 exercises", "1 of 5 exercises solved")
    write(tab, "exercise-1-check", VERDICT.format(False))
    tab.reload()
    assert solved.count() == 1 and shown(tab, "The neuron")[0] == "1/5 exercises"


@with_numpy
def test_an_exercise_of_the_book_wrongly_then_rightly(visit, with_dlcore):
    page = "chapters/start/toolbox"
    tab = visit(page)
    tab.context.route("**/_static/live/packages/*", partial(from_folder, with_dlcore))
    tab.context.route("**/_static/live/settings.json", partial(from_folder, with_dlcore))
    begin(tab)
    cells = {cell["id"]: "".join(cell["source"]) for cell in notebook_facts.read(ROOT / f"{page}.ipynb")["cells"]}
    first = "import numpy as np\nfrom dlcore import exercises\n"
    wrong = "def standardise(x):\n    return x\n"
    answer = cells["exercise-1-solution"].replace("standardise_solution", "standardise").split("\nexercises.check")[0]
    write(tab, "exercise-1-yours", first + wrong)
    assert "Not yet" in write(tab, "exercise-1-check", cells["exercise-1-check"])
    assert stored(tab) is None
    write(tab, "exercise-1-yours", first + answer)
    assert "Right" in write(tab, "exercise-1-check", cells["exercise-1-check"])
    assert stored(tab)["exercises"] == ["standardise"]


# ---------------------------------------------------------------- the file


def test_export_forget_import_gives_the_same(visit):
    tab = visit(kept=SOME)
    place = unfold(tab)
    before = shown(tab, "The neuron")
    assert before[0] == "read ✓ · 1/5 exercises · quiz ✓"
    with tab.expect_download() as download:
        place.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename.endswith("progress.json")
    text = download.value.path().read_bytes()
    assert json.loads(text) == SOME
    tab.once("dialog", lambda dialog: dialog.dismiss())
    place.get_by_role("button", name="Forget").click()
    assert stored(tab) == SOME  # who was asked and said no keeps all
    tab.once("dialog", lambda dialog: dialog.accept())
    place.get_by_role("button", name="Forget").click()
    assert stored(tab) == NOTHING and shown(tab, "The neuron") == ("", "") and not tab.locator(".dl-solved").count()
    assert bring_in(tab, text).startswith("Imported: 4 new")
    assert stored(tab) == SOME and shown(tab, "The neuron") == before
    assert tab.locator(".dl-solved").count() == 2


def test_an_import_adds_to_what_is_there_and_takes_a_file_from_jupyter(visit):
    tab = visit(SHORT, kept={**NOTHING, "read": [OTHER], "exercises": ["nand"]})
    told = bring_in(tab, {"version": 1, "exercises": ["nand", "two_layers"]})
    assert told == "Imported: 1 new, 1 known already."
    assert stored(tab) == {**NOTHING, "read": [OTHER], "exercises": ["nand", "two_layers"]}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (json.dumps(SOME).encode()[:-9], "no JSON"),
        (b"\x89PNG\r\n\x00\xff", "no JSON"),
        (b"[" * 150_000, "no JSON"),
        (b"null", "no progress of version 1"),
        (b"[1]", "no progress of version 1"),
        ({**SOME, "version": "1"}, "no progress of version 1"),
        (b'{"__proto__": {"version": 1, "read": ["chapters/foundations/neuron"]}}', "no progress of version 1"),
        ({**SOME, "read": {"length": 1, "0": OTHER}}, "“read” in it is no list"),
        ({**SOME, "exercises": [["nand"]]}, "“exercises” in it is no list"),
        ({**NOTHING, "read": [OTHER] * 20_000}, "too large"),
    ],
    ids=["truncated", "a picture", "deep", "null", "list", "text for 1", "__proto__", "no list", "nested", "huge"],
)
def test_a_file_that_is_something_else_changes_nothing_and_is_told_why(visit, content, says):
    tab = visit(SHORT, kept={**NOTHING, "read": [PAGE]})
    told = bring_in(tab, content)
    assert told.startswith("Nothing was imported") and says in told
    assert stored(tab) == {**NOTHING, "read": [PAGE]} and shown(tab, "Losses") == ("", "")


def test_names_that_the_book_does_not_have_are_counted_and_left_out(visit):
    tab = visit(SHORT, kept={**NOTHING, "read": [PAGE]})
    names = ["<img src=x onerror=alert(1)>", "__proto__", "constructor", OTHER]
    hostile = {"version": 1, "read": names, "quizzes": [f"{PAGE}#x"], "exercises": ["toString"]}
    polluted = '"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}'
    text = f"{json.dumps(hostile)[:-1]}, {polluted}}}"
    assert bring_in(tab, text.encode()) == "Imported: 1 new, 0 known already; 5 left out, which this book doesn't have."
    assert stored(tab) == {**NOTHING, "read": [OTHER, PAGE]}
    assert tab.evaluate("({}).polluted === undefined && !document.querySelector('img[src=x]')")


# ---------------------------------------------------------------- what can be wrong with the browser


@pytest.mark.parametrize(
    "fault",
    [
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }});",
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };",
        "Storage.prototype.getItem = () => { throw new DOMException('no', 'SecurityError'); };",
    ],
    ids=["none", "full", "unreadable"],
)
def test_where_the_browser_keeps_nothing_the_page_works_and_says_so(visit, fault):
    tab = visit(before=fault)
    tab.get_by_role("checkbox", name="I have read").check()
    tab.locator("#recap").evaluate("(e) => e.dispatchEvent(new CustomEvent('dl-solved', {bubbles: true}))")
    assert shown(tab, "The neuron")[0] == "read ✓"
    assert "keeps nothing" in unfold(tab).inner_text()
    bring_in(tab, {"version": 1, "exercises": ["nand"]})
    assert shown(tab, "The neuron")[0] == "read ✓ · 1/5 exercises"
    assert tab.locator(".dl-frame").count()


@pytest.mark.parametrize("rubbish", ["{", "[]", '{"version": 1, "read": 3}', "<b>", '{"version": 9}'])
def test_rubbish_in_the_browser_is_told_of_and_replaced_by_what_comes_next(visit, rubbish):
    tab = visit(kept=rubbish)
    assert "can't be read" in unfold(tab).inner_text()
    tab.get_by_role("checkbox", name="I have read").check()
    tab.reload()
    assert stored(tab) == {**NOTHING, "read": [PAGE]} and shown(tab, "The neuron")[0] == "read ✓"
    assert "can't be read" not in unfold(tab).inner_text()


# ---------------------------------------------------------------- how it looks


def test_the_contents_list_does_not_move_while_the_page_loads(visit):
    tab = visit(kept={**SOME, "read": [PAGE, OTHER, "chapters/start/welcome", "chapters/start/toolbox"]})
    tab.reload()  # the icons' font, which moves the search button when it arrives, is at hand then
    assert tab.evaluate(SHIFTS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_progress_shows(visit, scheme):
    tab = visit(kept=SOME, color_scheme=scheme)
    unfold(tab)
    assert not axe(tab)


def test_on_a_phone_it_stands_in_the_drawer_and_all_can_be_touched(visit):
    tab = visit(kept=SOME, viewport={"width": 390, "height": 844})
    assert not too_wide(tab)
    assert tab.locator(".dl-read").bounding_box()["height"] >= 44
    tab.locator("button.primary-toggle").first.click()
    drawer = tab.get_by_role("dialog")
    assert drawer.locator(".dl-done", has_text="read ✓ · 1/5 exercises · quiz ✓").is_visible()
    place = unfold(tab)
    sizes = [button.bounding_box() for button in place.locator("button, summary").all()]
    assert len(sizes) == 4 and min(min(size["width"], size["height"]) for size in sizes) >= 44
    assert max(size["x"] + size["width"] for size in sizes) <= 390
