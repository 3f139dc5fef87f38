"""The content security policy: what it allows, which scripts become files, and what a build refuses."""

import json
import re

import pytest

from build_tools import explorables, page_policy
from dlcore import widgets

COLOURS = """<script data-cfasync="false">
    document.documentElement.dataset.mode = localStorage.getItem("mode") || "auto";
    document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";
  </script>"""
SETTINGS = """<script>let toggleHintShow = 'Show';</script>
<script src="../_static/togglebutton.js"></script>
<script>var togglebuttonSelector = '.toggle, .admonition.dropdown';</script>
<script>var togglebuttonSelector = '.toggle, .admonition.dropdown';</script>
<script>DOCUMENTATION_OPTIONS.pagename = 'chapters/a';</script>"""
LIVE = '<script data-page="a" src="../_static/live/live-button.js"></script>'


@pytest.fixture
def site(tmp_path):
    """site(body, head) → a built site whose page chapters/a.html holds them."""

    def write(body="", head="", packages="https://host.org/pyodide/"):
        live = tmp_path / "_static" / "live"
        live.mkdir(parents=True, exist_ok=True)
        (live / "settings.json").write_text(json.dumps({"packages": packages}))
        (tmp_path / "chapters").mkdir(exist_ok=True)
        page = f'<!DOCTYPE html><html><head>\n<meta charset="utf-8">{head}</head><body>{body}</body></html>'
        (tmp_path / "chapters" / "a.html").write_text(page)
        return tmp_path

    return write


def guarded(site):
    """The page after the pass over the site."""
    page_policy.guard(site)
    return (site / "chapters" / "a.html").read_text()


def directives(page):
    """The policy in a page: each directive's sources."""
    given = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    assert len(given) == 1
    return {name: sources for name, *sources in (part.split() for part in given[0].split("; "))}


# ---------------------------------------------------------------- the policy


def test_the_policy_comes_first_and_allows_the_book_s_own_files(site):
    page = guarded(site())
    assert re.search(r'<head>\s*<meta http-equiv="Content-Security-Policy"', page)
    allowed = directives(page)
    assert allowed["default-src"] == allowed["base-uri"] == allowed["worker-src"] == ["'none'"]
    assert allowed["script-src"] == allowed["connect-src"] == allowed["form-action"] == ["'self'"]


def test_live_adds_webassembly_its_worker_and_one_address(site):
    allowed = directives(guarded(site(LIVE)))
    assert allowed["script-src"] == ["'self'", "'wasm-unsafe-eval'"]
    assert allowed["connect-src"] == ["'self'", "https://host.org/pyodide/"]
    assert allowed["worker-src"] == ["blob:"]


def test_where_the_book_brings_python_along_no_other_host_is_allowed(site):
    assert "//" not in " ".join(directives(guarded(site(LIVE, packages="packages/")))["connect-src"])


def test_a_second_pass_changes_nothing_but_what_is_configured_anew(site):
    folder = site(LIVE + SETTINGS, COLOURS)
    first = guarded(folder)
    assert guarded(folder) == first
    settings = folder / "_static" / "live" / "settings.json"
    settings.write_text(json.dumps({"packages": "packages/"}))
    assert directives(guarded(folder))["connect-src"] == ["'self'"]


# ---------------------------------------------------------------- scripts become files


def test_known_scripts_become_files_where_the_first_of_them_stood(site):
    folder = site(head=f"{COLOURS}<link rel=stylesheet href='x.css'>{SETTINGS}")
    page = guarded(folder)
    files = re.findall(r'<script src="\.\./(_static/inline/[\w-]+\.js)"></script>', page)
    assert [file.split("/")[-1].split("-")[0] for file in files] == ["colours", "settings"]
    assert page.index(files[0]) < page.index("stylesheet") < page.index(files[1]) < page.index("togglebutton.js")
    colours, settings = [(folder / file).read_text() for file in files]
    assert colours.count("localStorage") == 2
    assert settings == "let toggleHintShow = 'Show';\nvar togglebuttonSelector = '.toggle, .admonition.dropdown';\n"
    assert "pagename" not in page + settings


def test_data_stays_in_the_page(site):
    assert '{"a": 1}</script>' in guarded(site('<script type="application/json">{"a": 1}</script>'))


@pytest.mark.parametrize(
    ("body", "head", "words"),
    [
        ("<script>alert('hello')</script>", "", "an inline script that is not known: alert('hello')"),
        ("<script>let toggleHintShow = 'Show'; alert(1)</script>", "", "not known: let toggleHintShow"),
        ('<script type="module">x()</script>', "", "not known: x()"),
        ("<script>x(); window.MathJax = {}</script>", "", "not known: x(); window.MathJax"),
        ('<img src="a.png" onerror="x()">', "", "has a script in its attribute onerror"),
        ('<a href="javascript:x()">x</a>', "", "has a script for an address"),
        ('<script src="https://cdn.example/x.js"></script>', "", "cdn.example/x.js"),
        ('<script src="data:text/javascript,x()"></script>', "", "belongs in a file"),
        ('<img src="//cdn.example/x.png">', "", "cdn.example/x.png"),
        ('<img srcset="a.png 1x, https://cdn.example/x.png 2x">', "", "cdn.example/x.png"),
        ("", '<link href="https://cdn.example/x.css" rel="stylesheet">', "cdn.example/x.css"),
        ("", "<style>@import 'https://cdn.example/x.css';</style>", "a style loads https://cdn.example/x.css"),
        ('<p style="background: url(https://cdn.example/x.png)">x</p>', "", "loads https://cdn.example/x.png"),
        ('<form action="https://cdn.example/x"></form>', "", "cdn.example/x"),
        ('<iframe srcdoc="x"></iframe>', "", "<iframe"),
        ("", '<base href="/">', "<base"),
        ("", '<meta http-equiv="refresh" content="0; url=https://cdn.example/">', "asks another host"),
    ],
)
def test_what_the_policy_would_block_fails_the_build_and_is_named(site, body, head, words):
    for _ in range(2):
        with pytest.raises(SystemExit, match=r"(?s)chapters/a.html: .*build_tools/page_policy.py") as refused:
            guarded(site(body, head))
        assert words in str(refused.value)
        assert str(refused.value).count("chapters/a.html") == 1


def test_links_to_other_hosts_and_pictures_in_the_page_are_fine(site):
    guarded(
        site(
            '<a href="https://example.org">x</a><img src="data:image/png;base64,AA">',
            '<link rel="canonical" href="https://x.org/">',
        )
    )


def test_a_style_sheet_that_asks_another_host_is_named(site):
    folder = site()
    (folder / "_static" / "theme.css").write_text("@font-face { src: url('https://cdn.example/x.woff') }")
    with pytest.raises(SystemExit, match=r"_static/theme.css loads https://cdn.example/x.woff"):
        page_policy.guard(folder)


def test_a_page_without_a_head_is_named(site):
    folder = site()
    (folder / "b.html").write_text("<p>bare</p>")
    with pytest.raises(SystemExit, match=r"b.html: it has no head"):
        page_policy.guard(folder)


# ---------------------------------------------------------------- explorables


def stored(code):
    """The script with the state of one widget."""
    record = {"model_name": "AnyModel", "state": {"_esm": code, "text": "</script>"}}
    text = json.dumps({"version_major": 2, "state": {"1": record}}).replace("</", r"<\/")
    return f'<script type="application/vnd.jupyter.widget-state+json">{text}</script>'


def test_an_explorable_s_code_becomes_a_file_that_its_state_names(site):
    code = "export function size() { return 3; }\nexport default { render() { return size(); } };\n"
    folder = site(stored(code))
    page = guarded(folder)
    text = re.search(r"widget-state\+json\">(.*?)</script>", page, re.DOTALL)[1]
    state = json.loads(text)["state"]["1"]["state"]
    assert state == {"_module": explorables.name_of(code), "text": "</script>"}
    file = (folder / "_static" / "explorables" / f"{state['_module']}.js").read_text()
    assert "export" not in file and "function size()" in file and "return { render()" in file


def test_an_explorable_that_imports_code_is_refused(site):
    for code in (
        "import x from 'https://cdn.example/x.js';\nexport default {};",
        "export const a = 1;",
        "export { a };",
    ):
        with pytest.raises(SystemExit, match="chapters/a.html: an explorable can't become a file"):
            guarded(site(stored(code)))


def test_every_explorable_of_dlcore_has_its_file():
    scripts = explorables.scripts_of_dlcore()
    assert explorables.name_of(widgets.Quiz._esm) in scripts and len(scripts) > 15
