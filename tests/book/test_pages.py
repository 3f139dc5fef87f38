"""The built pages (_build/html; BOOK_HTML=folder for others): their files, and what they do in headless Chromium.

Every page is opened once as each kind of reader; the tests then ask what came of it. A failing test lists the pages
with what is wrong on them. test_pages_faults.py proves that each check finds its fault.
"""

import re
import urllib.parse

import pytest

from build_tools.project import config
from tests.book import page_files, page_hands
from tests.book.page_visits import Site, axe, cut_code, light_surfaces, too_wide, unset_formulas

pytestmark = pytest.mark.pages

#: Gzipped bytes of a first visit to a page, figures apart.
BUDGET = 900 * 1024
#: Faults that a failing test lists.
MOST = 25


@pytest.fixture(scope="module")
def folder():
    return page_files.site()


@pytest.fixture(scope="module")
def site(browser, folder):
    site = Site(browser, folder)
    yield site
    site.close()


@pytest.fixture(scope="module")
def found(site, folder):
    """found["kind of fault"] → every fault of that kind as `page: culprit`, from three visits to each page."""
    faults = {}

    def note(kind, page, culprits):
        faults.setdefault(kind, []).extend(f"{page}: {culprit}" for culprit in culprits)

    for path in page_files.pages(folder):
        page = page_files.name(path, folder)
        if page == "index.html":
            continue  # it only leads on
        with site.visit(page) as tab:
            note("undrawn", page, page_hands.undrawn(tab))
            note("formulas", page, unset_formulas(tab))
            note("weight", page, too_heavy(site.weight(tab)))
            note("axe", page, axe(tab))
            note("tab", page, page_hands.lost_on_the_way(tab))
            note("deaf", page, page_hands.deaf_explorables(tab) + page_hands.deaf_questions(tab))
            note("foreign", page, site.foreign(tab))
            note("cut", page, cut_code(tab))
            note("problems", page, tab.problems)
        with site.visit(page, dark=True) as tab:
            note("axe dark", page, axe(tab, rules=["color-contrast", "link-in-text-block"]))
            note("light", page, light_surfaces(tab))
            note("problems", page, tab.problems)
        with site.visit(page, width=390, files=True, calm=True) as tab:
            note("wide", page, too_wide(tab))
            note("moves", page, page_hands.moves(tab))
            note("file", page, page_hands.undrawn(tab) + unset_formulas(tab) + tab.problems + site.foreign(tab))
    return faults


def too_heavy(weight):
    """What a page weighs, if that is more than the budget, the heaviest files first."""
    total = sum(weight.values())
    heaviest = sorted(weight, key=weight.get, reverse=True)[:4]
    named = ", ".join(f"{path} {weight[path] / 1024:.0f}" for path in heaviest)
    return [f"{total / 1024:.0f} KB, most of it {named}"] if total > BUDGET else []


def none(faults):
    """Fail with the faults, one a line, the first of many."""
    if faults:
        more = f"\n… and {len(faults) - MOST} more" * (len(faults) > MOST)
        pytest.fail(f"{len(faults)} faults\n" + "\n".join(faults[:MOST]) + more, pytrace=False)


# ---------------------------------------------------------------- the files


def test_every_internal_link_and_anchor_leads_somewhere_and_nothing_is_loaded_from_elsewhere(folder):
    none(page_files.dead_links(folder))


def test_every_figure_has_a_real_alt_text_and_a_caption(folder):
    none(page_files.mute_figures(folder))


def test_pages_are_valid_html(folder):
    none(page_files.invalid_html(folder))


def test_each_notebook_s_page_says_what_it_was_executed_with(folder):
    none(page_files.unsigned_notebooks(folder))


def test_the_front_door_leads_to_a_page(folder):
    door = page_files.soup(folder / "index.html").find("meta", attrs={"http-equiv": "refresh"})["content"]
    first = folder / door.split("url=")[1]
    for page in (folder / "index.html", first):
        told = page_files.soup(page).find("meta", attrs={"name": "description"})["content"]
        assert told == config()["description"], f"{page.name} doesn't say what the book is"


def test_the_checks_saw_the_book(folder):
    assert len(page_files.pages(folder)) > len(page_files.chapters(folder)) > 0
    assert sum(len(page_files.soup(path).select("article img")) for path in page_files.chapters(folder)) > 0


# ---------------------------------------------------------------- in the browser


def test_no_request_leaves_the_site(found):
    none(found["foreign"])


def test_nothing_fails_to_load_and_the_console_stays_silent(found):
    none(found["problems"])


def test_axe_finds_nothing_in_light(found):
    none(found["axe"])


def test_axe_finds_enough_contrast_in_dark(found):
    none(found["axe dark"])


def test_nothing_large_is_painted_light_in_dark_mode(found):
    none(found["light"])


def test_formulas_are_set(found):
    none(found["formulas"])


def test_every_explorable_is_drawn_and_its_controls_have_names(found):
    none(found["undrawn"])


def test_every_explorable_and_question_answers_the_keyboard(found):
    none(found["deaf"])


def test_tab_reaches_the_main_part_at_once_and_its_stops_can_be_seen(found):
    none(found["tab"])


def test_no_page_scrolls_sideways_on_a_phone(found):
    none(found["wide"])


def test_no_line_of_code_is_cut_off_beside_the_margins_of_a_laptop(found):
    none(found["cut"])


def test_a_first_visit_stays_within_its_budget(found):
    none(found["weight"])


def test_pages_work_straight_from_a_folder(found):
    none(found["file"])


def test_who_asked_for_less_motion_sees_no_film(found):
    none(found["moves"])


def test_the_search_finds_every_page_by_its_title(site, folder):
    faults = []
    with site.visit("search.html") as tab:
        for path in page_files.pages(folder):
            heading = page_files.soup(path).select_one("article h1")
            if not heading or path.stem in ("search", "index"):
                continue
            words = re.sub(r"\W+", " ", heading.find(string=True)).strip()
            tab.goto(f"{site.base}search.html?q={urllib.parse.quote(words)}")
            page = page_files.name(path, folder)
            if not any(page in address for address in page_hands.results(tab)):
                faults.append(f"{page} is not found by {words!r}")
        none(faults + tab.problems)


def test_a_reader_searches_from_any_page(site, folder):
    page = page_files.name(page_files.chapters(folder)[0], folder)
    with site.visit(page) as tab:
        tab.locator("button.search-button-field:visible, button.search-button:visible").first.click()
        tab.locator("input[type=search]:visible").first.press_sequentially("gradient")
        tab.keyboard.press("Enter")
        tab.wait_for_url(re.compile(r"search\.html\?q=gradient"))
        assert any("glossary.html" in address for address in page_hands.results(tab))
        none(tab.problems)


def test_the_search_works_straight_from_a_folder(site):
    with site.visit("search.html?q=gradient", files=True) as tab:
        assert any("glossary.html" in address for address in page_hands.results(tab))
        none(tab.problems)
