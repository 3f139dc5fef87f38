"""Each check of the built pages is shown a page with the fault it is there for, and a page without it."""

import pytest

from tests.book import page_files, page_hands
from tests.book.page_visits import Site, axe, cut_code, light_surfaces, too_wide, unset_formulas
from tests.book.test_pages import BUDGET, too_heavy

FIGURE = '<figure><img src="{src}" alt="{alt}"><figcaption>{caption}</figcaption></figure>'
GOOD_FIGURE = {"src": "a.png", "alt": "Points in two classes, parted by a line", "caption": "The line ends up between."}


def page(body="", head=""):
    """A sound page with something in it."""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A page</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f'{head}</head><body><a href="#main">Skip</a><main id="main"><article><h1>A page</h1>{body}</article></main>'
        "</body></html>"
    )


@pytest.fixture
def folder(tmp_path):
    """folder(body, head=…, **other files) → a built site whose page a.html holds them."""

    def write(body="", head="", **files):
        html = tmp_path / "_build" / "html"
        html.mkdir(parents=True)
        (html / "a.html").write_text(page(body, head))
        (html / "b.html").write_text(page('<h2 id="there">Part</h2>'))
        for name, text in files.items():
            (html / name.replace("_", ".")).write_text(text)
        return html

    return write


@pytest.fixture
def open_page(browser, folder):
    """open_page(body, head=…, **settings) → a.html in Chromium, and its site."""
    opened = []

    def open_page(body="", head="", files=None, **settings):
        site = Site(browser, folder(body, head, **(files or {})))
        visit = site.visit("a.html", **settings)
        opened.extend([site.close, lambda: visit.__exit__(None, None, None)])
        return visit.__enter__(), site

    yield open_page
    for close in reversed(opened):
        close()


def only(faults, *words):
    """There is one fault, and it names the page's culprit."""
    assert len(faults) == 1, faults
    for word in words:
        assert word in faults[0]


def none_of(faults):
    """There is no fault."""
    assert faults == []


# ---------------------------------------------------------------- files


def test_a_sound_page_passes_every_check_of_files(folder):
    html = folder(
        '<p id="here"><a href="b.html#there">x</a> <a href="#here">y</a> <a href="https://example.org">z</a></p>'
        f"{FIGURE.format(**GOOD_FIGURE)}",
        a_png="",
    )
    for check in (page_files.dead_links, page_files.mute_figures, page_files.invalid_html):
        assert check(html) == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('<a href="c.html">here</a>', ["a.html: 'c.html'", "names no file"]),
        ('<a href="b.html#nowhere">here</a>', ["'b.html#nowhere'", "an anchor that b.html lacks"]),
        ('<a href="#nowhere">here</a>', ["'#nowhere'", "lacks"]),
        ('<a href="../../../pyproject.toml">here</a>', ["pyproject.toml"]),
        ('<img src="c.png" alt="">', ["'c.png'", "names no file"]),
        ('<script src="https://cdn.example/x.js"></script>', ["cdn.example", "another host"]),
        ('<link rel="stylesheet" href="//cdn.example/x.css">', ["cdn.example", "another host"]),
    ],
)
def test_a_dead_link_is_found(folder, body, words):
    only(page_files.dead_links(folder(body)), "a.html", *words)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"alt": ""}, "no alt text"),
        ({"alt": "a.png"}, "a file's name"),
        ({"alt": "_images/3f2b.png"}, "a file's name"),
        ({"alt": "<Figure size 640x480>"}, "a file's name or code"),
        ({"alt": "A plot"}, "fewer than"),
        ({"caption": ""}, "no caption"),
        ({"caption": GOOD_FIGURE["alt"]}, "its caption for alt text"),
    ],
)
def test_a_figure_without_words_is_found(folder, change, word):
    only(page_files.mute_figures(folder(FIGURE.format(**GOOD_FIGURE | change))), "a.html: the image a.png", word)


def test_two_figures_with_one_alt_text_are_found(folder):
    twice = FIGURE.format(**GOOD_FIGURE) + FIGURE.format(**GOOD_FIGURE | {"src": "c.png"})
    only(page_files.mute_figures(folder(twice)), "c.png", "has the alt text of a.png")


def test_an_image_outside_of_a_figure_is_found(folder):
    only(page_files.mute_figures(folder('<img src="a.png" alt="One red pixel and nothing">')), "a.png", "no caption")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("<p>one<dl><dt>x</dt></dl></p>", "unexpected-end-tag"),
        ("<div><span></div>", "span"),
        ('<a href="x?a=1&copy=2">c</a>', "named-entity"),
        ('<p id="i">a</p><p id="i">b</p>', "the id 'i' is given twice"),
        ('<p class="a" class="b">a</p>', "duplicate-attribute"),
    ],
)
def test_broken_html_is_found(folder, body, word):
    faults = page_files.invalid_html(folder(body))
    assert faults and all("a.html" in fault for fault in faults)
    assert any(word in fault for fault in faults)


@pytest.mark.parametrize(
    ("line", "good"),
    [
        ("Executed on 2026-05-01 with NumPy 2.4.6, Python 3.11.2 on some CPU (2 cores), no GPU.", True),
        ("Executed on 2026-05-01 with Keras 3.15.1, NumPy 2.4.6, Python 3.11.2 on some CPU (1 core), an H100.", True),
        ("Executed on 2026-05-01 with Python 3.11.2 on some CPU (2 cores), no GPU.", False),
        ("Executed on some day.", False),
        (None, False),
    ],
)
def test_a_notebook_that_hides_what_executed_it_is_found(folder, line, good):
    html = folder(f'<p class="dl-executed">{line}</p>' if line else "")
    assert page_files.unsigned_notebooks(html) == []  # pages made of Markdown owe nothing
    (html.parents[1] / "a.ipynb").touch()
    faults = page_files.unsigned_notebooks(html)
    assert (faults == []) is good
    assert all("a.html" in fault for fault in faults)


def test_a_page_over_the_budget_is_found():
    only(too_heavy({"a.html": 1000, "big.js": BUDGET}), "big.js 900", "901 KB")
    assert too_heavy({"a.html": BUDGET}) == []


# ---------------------------------------------------------------- in the browser


def test_a_sound_page_passes_every_check_in_the_browser(open_page):
    tab, site = open_page('<p><a href="b.html">On</a></p><button>One</button><a href="b.html">End</a>')
    assert (
        tab.problems
        == site.foreign(tab)
        == unset_formulas(tab)
        == too_wide(tab)
        == light_surfaces(tab)
        == cut_code(tab)
        == []
    )
    assert axe(tab) == page_hands.undrawn(tab) == page_hands.lost_on_the_way(tab) == page_hands.moves(tab) == []


def test_a_request_to_another_host_is_found(open_page):
    tab, site = open_page('<script src="http://127.0.0.2:9/x.js"></script>')
    only(site.foreign(tab), "127.0.0.2")
    assert any("127.0.0.2" in problem and "not loaded" in problem for problem in tab.problems)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<script>console.error('oh no')</script>", ["error: oh no"]),
        ("<script>console.warn('hm')</script>", ["warning: hm"]),
        ("<script>nothing.there()</script>", ["error: nothing is not defined"]),
        ('<script src="missing.js"></script>', ["missing.js answered 404"]),
    ],
)
def test_what_the_console_says_is_found(open_page, body, words):
    tab, _ = open_page(body)
    for word in words:
        assert any(word in problem for problem in tab.problems), tab.problems


def test_what_the_content_security_policy_refuses_is_found(open_page):
    head = "<meta http-equiv='Content-Security-Policy' content=\"script-src 'self'; img-src 'none'\">"
    tab, _ = open_page('<script>window.ran = 1</script><img src="a.png" alt="">', head=head)
    for directive in ("script-src", "img-src"):
        assert any(directive in problem for problem in tab.problems), tab.problems


def test_an_explorable_that_never_comes_is_found(browser, folder):
    view = '<script type="application/vnd.jupyter.widget-view+json">{}</script>'
    site = Site(browser, folder(view))
    with site.visit("a.html", patience=0.3) as tab:
        only(tab.problems, "were not drawn")
    site.close()


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("<button></button>", "critical button-name"),
        ('<p style="color: #bbb; background: #fff">pale</p>', "serious color-contrast"),
        ('<details><summary>More</summary><input type="text"></details>', "critical label"),
    ],
)
def test_axe_s_findings_are_named(open_page, body, word):
    tab, _ = open_page(body)
    assert any(word in fault for fault in axe(tab))


def test_what_fades_in_is_looked_at_when_it_is_there(open_page):
    fade = "<style>@keyframes fade { from { opacity: 0.1 } } details[open] p { animation: fade 0.4s }</style>"
    tab, _ = open_page("<details><summary>More</summary><p>Plain</p></details>", head=fade)
    assert axe(tab) == []


def test_a_formula_left_as_code_is_found(open_page):
    tab, _ = open_page(r'<span class="math">\(x^2\)</span>')
    only(unset_formulas(tab), "not set", "x^2")


def test_the_innermost_wide_element_is_found(open_page):
    table = '<div style="overflow-x: auto"><pre style="width: 900px">scrolls in its box</pre></div>'
    tab, _ = open_page(f'{table}<div><p class="culprit" style="width: 600px">x</p></div>', width=390)
    faults = too_wide(tab)
    assert any('class="culprit"' in fault for fault in faults)
    assert not any("<pre" in fault for fault in faults)


def test_code_that_is_cut_off_is_found(open_page):
    cells = [
        f'<div class="cell_input"><pre style="width: 300px; overflow: auto">{"x" * n}</pre></div>' for n in (9, 99)
    ]
    tab, _ = open_page("".join(cells), width=1280)
    only(cut_code(tab), "pixels: xxx")


def test_a_light_surface_in_dark_mode_is_found(open_page):
    dark = "<style>body { background: #121212; color: #ddd }</style>"
    pale = '<div class="culprit" style="width: 300px; height: 200px; background: #eee"></div>'
    calm = '<div style="width: 300px; height: 200px; background: #223"></div><button>x</button>'
    tab, _ = open_page(calm + pale, head=dark, dark=True)
    only(light_surfaces(tab), "culprit")


def test_focus_that_can_t_be_seen_and_traps_are_found(open_page):
    hidden = "<style>.culprit:focus { outline: none }</style>"
    tab, _ = open_page('<button class="culprit">x</button><a href="b.html">End</a>', head=hidden)
    only(page_hands.lost_on_the_way(tab), "can't be seen", "culprit")


def test_a_ring_round_the_thumb_of_a_slider_is_seen(open_page):
    bare = "<style>input:focus { outline: none; appearance: none }</style>"
    ring = "<style>.good:focus-visible::-webkit-slider-thumb { outline: 2px solid var(--dl-ink) }</style>"
    sliders = "".join(f'<input type="range" class="{name}">' for name in ("good", "culprit"))
    tab, _ = open_page(sliders + '<a href="b.html">End</a>', head=bare + ring)
    only(page_hands.lost_on_the_way(tab), "can't be seen", "culprit")


def test_a_trap_is_found(open_page):
    tab, _ = open_page('<button onkeydown="event.preventDefault()">x</button><a href="b.html">End</a>')
    only(page_hands.lost_on_the_way(tab), "doesn't get past", "<button")


def test_a_missing_skip_link_is_found(open_page):
    tab, _ = open_page(head="<style>body > a { display: none }</style>", body='<a href="b.html">x</a>')
    only(page_hands.lost_on_the_way(tab), "no skip link")


def test_a_stop_outside_of_the_page_is_found(open_page):
    tab, _ = open_page('<button style="position: absolute; left: -999px">lost</button><a href="b.html">End</a>')
    only(page_hands.lost_on_the_way(tab), "nothing is to be seen", "<button")


# ---------------------------------------------------------------- explorables

FRAME = (
    '<div class="dl-frame"><p class="dl-title">Toy</p><div class="dl-drawing" style="height: 60px">0</div>'
    '{controls}<p class="dl-status"></p><button class="dl-reset">Reset</button></div>'
    "<script>const drawing = document.querySelector('.dl-drawing'), draw = (v) => (drawing.textContent = v);"
    "document.querySelector('.dl-reset').onclick = () => draw({reset});</script>"
)
SLIDER = '<input type="range" aria-label="w" min="0" max="9" value="0" oninput="{}">'
BUTTON = '<button onclick="{}">Go</button>'


@pytest.mark.parametrize(
    ("controls", "reset", "word"),
    [
        (SLIDER.format("draw(this.value)"), 0, None),
        (BUTTON.format("draw(1)"), 0, None),
        (SLIDER.format(""), 0, "doesn't answer"),
        (BUTTON.format(""), 0, "doesn't answer"),
        ("", 0, "doesn't answer"),
        (SLIDER.format("draw(this.value)"), 7, "not as it was after Reset"),
    ],
)
def test_an_explorable_that_does_not_answer_is_found(open_page, controls, reset, word):
    tab, _ = open_page(FRAME.format(controls=controls, reset=reset))
    faults = page_hands.deaf_explorables(tab)
    only(faults, "'Toy'", word) if word else none_of(faults)


@pytest.mark.parametrize(
    ("frame", "word"),
    [
        (FRAME.format(controls='<input type="range">', reset=0), "a control without a name: - slider"),
        (FRAME.format(controls="", reset=0).replace("height: 60px", "display: none"), "has drawn nothing"),
        ('<div class="dl-host">This could not be drawn</div>', "could not be drawn"),
    ],
)
def test_an_explorable_that_is_not_there_is_found(open_page, frame, word):
    tab, _ = open_page(frame)
    only(page_hands.undrawn(tab), word)


@pytest.mark.parametrize("answers", [True, False])
def test_a_question_that_does_not_answer_is_found(open_page, answers):
    reason = "this.previousElementSibling.hidden = false" if answers else ""
    tab, _ = open_page(
        '<div class="dl-frame"><p class="dl-title">Quiz</p><div class="dl-drawing"><fieldset class="dl-question">'
        '<legend>Why?</legend><label><input type="radio" name="q">So</label>'
        '<p class="dl-reason" hidden>Because it is so.</p>'
        f'<button onclick="{reason}">Answer</button></fieldset></div></div>'
    )
    faults = page_hands.deaf_questions(tab)
    none_of(faults) if answers else only(faults, "'Why?'")


@pytest.mark.parametrize(("pause", "calm"), [(300, True), (16, False)])
def test_a_film_is_found(open_page, pause, calm):
    play = f'<button onclick="setInterval(() => draw(performance.now()), {pause})">Play</button>'
    tab, _ = open_page(FRAME.format(controls=play, reset=0), calm=True)
    faults = page_hands.moves(tab)
    none_of(faults) if calm else only(faults, "'Toy'", "pictures a second")
