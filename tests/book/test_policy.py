"""The content security policy in Chromium, on the built book: what it must refuse is refused, what pages need works.

That every page stays silent under it, from a server and from a folder, is what test_pages.py finds when it visits them.
Another server on this machine is the foreign host. To see that an attempt would succeed, each is made without the
policy, too.
"""

import hashlib
import io
import json
import re
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from build_tools import serve_book
from tests.book import page_files
from tests.book.live_hands import CORE, PAGE, begin, say, shown, write

pytestmark = pytest.mark.pages

#: Ways of Python in the page to another host.
FROM_PYTHON = {
    "fetch": "import js\njs.fetch('{foreign}')\nprint('asked')",
    "XMLHttpRequest": "import js\nask = js.XMLHttpRequest.new()\nask.open('GET', '{foreign}', False)\nask.send()",
    "open_url": "import pyodide.http\npyodide.http.open_url('{foreign}')",
    "WebSocket": "import js\njs.WebSocket.new('{foreign}'.replace('http', 'ws'))",
    "EventSource": "import js\njs.EventSource.new('{foreign}')",
    "import": "import js\njs.eval(\"import('{foreign}')\")",
    "worker": """import js
from pyodide.ffi import to_js
source = js.Blob.new(to_js(["fetch('{foreign}')"]))
js.Worker.new(js.URL.createObjectURL(source))
print('asked')""",
}
#: HTML that a cell shows.
IN_HTML = {
    "picture": '<img src="{foreign}" alt="x">',
    "style": '<style>.x {{ background: url("{foreign}") }}</style><p class="x">x</p>',
    "style sheet": '<link rel="stylesheet" href="{foreign}">',
    "frame": '<iframe src="{foreign}"></iframe>',
    "way out": '<meta http-equiv="refresh" content="0; url={foreign}">',
    "script": '<img src="x" alt="x" onerror="fetch(`{foreign}`)">',
}


class Foreign(BaseHTTPRequestHandler):
    """Another host, which answers everyone and remembers who asked."""

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_HEAD = do_OPTIONS = do_GET

    def log_message(self, *_):
        """Nothing."""


@pytest.fixture(scope="module")
def base(served):
    """The address of the built book."""
    return served(serve_book.QuietHandler)


@pytest.fixture(scope="module")
def foreign():
    """Another host: .address, and in .asked the paths that it was asked for."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Foreign)
    server.asked = []
    server.address = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def visit(browser, base):
    """visit(page, …) → a tab with a page of the book; tab.problems holds what the console says."""
    opened = []

    def visit(page=f"{PAGE}.html", settings=CORE, **context):
        context = browser.new_context(viewport={"width": 1200, "height": 900}, **context)
        opened.append(context)
        context.route("**/live/settings.json", lambda route: route.fulfill(json=settings))
        tab = context.new_page()
        tab.problems = []
        tab.on("console", lambda m: m.type in ("error", "warning") and tab.problems.append(m.text))
        tab.on("pageerror", lambda error: tab.problems.append(str(error)))
        tab.goto(page if "://" in page else f"{base}/{page}")
        return tab

    yield visit
    for context in opened:
        context.close()


# ---------------------------------------------------------------- what the pages say


def test_every_page_has_its_policy_first_and_no_script_of_its_own():
    folder = page_files.site()
    for path in page_files.pages(folder):
        page, name = page_files.soup(path), page_files.name(path, folder)
        first = page.head.find(True)
        assert first.get("http-equiv") == "Content-Security-Policy", name
        scripts = re.search(r"script-src ([^;]*);", first["content"])[1].split()
        assert set(scripts) <= {"'self'", "'wasm-unsafe-eval'"}, name
        assert all("json" in script.get("type", "") for script in page.find_all("script", src=False)), name
    page = page_files.soup(page_files.chapters(folder)[0])
    assert "wasm-unsafe-eval" in page.head.find(True)["content"]
    host = json.loads((folder / "_static" / "live" / "settings.json").read_text())["packages"]
    foreign = [word.strip(";") for word in page.head.find(True)["content"].split() if "//" in word]
    assert foreign == [host] * ("://" in host)


def test_the_colours_are_set_before_anything_is_painted(visit):
    head = page_files.soup(page_files.chapters(page_files.site())[0]).head
    script = head.find("script", src=re.compile("/colours-"))
    assert not {"async", "defer", "type"} & set(script.attrs)
    assert not script.find_previous("link", rel="stylesheet")
    tab = visit()
    tab.evaluate("localStorage.mode = localStorage.theme = 'dark'")
    tab.reload(wait_until="commit")
    tab.wait_for_selector("body", state="attached")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"


# ---------------------------------------------------------------- what works


@pytest.mark.parametrize("key", ["mouse", "Enter"])
def test_the_theme_s_buttons_answer(visit, key):
    tab = visit()
    tab.evaluate("() => { window.print = () => (window.said = 'print'); }")
    tab.evaluate("() => { window.toggleFullScreen = () => (window.said = 'whole screen'); }")
    wide = tab.locator("button[title='Fullscreen mode'], button[data-bs-original-title='Fullscreen mode']").first
    downloads = tab.get_by_role("button", name="Download this page").first
    printed = tab.locator(".btn-download-pdf-button").first
    for steps, said in (([wide], "whole screen"), ([downloads, printed], "print")):
        for button in steps:
            button.click() if key == "mouse" else button.press(key)
        assert tab.evaluate("window.said") == said
    assert not tab.problems


@pytest.mark.parametrize("place", ["server", "folder"])
def test_a_reader_searches_by_the_form(visit, place):
    address = f"{PAGE}.html" if place == "server" else (page_files.site() / f"{PAGE}.html").as_uri()
    tab = visit(address)
    tab.locator("button.search-button-field:visible, button.search-button:visible").first.click()
    tab.locator("input[type=search]:visible").first.press_sequentially("gradient")
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile(r"search\.html\?q=gradient"))
    tab.wait_for_selector("#search-results li a")
    assert not tab.problems


def test_live_starts_under_the_policy_and_says_nothing(visit):
    tab = begin(visit())
    write(tab, 1, "from IPython.display import HTML\nprint(sum(range(5)))\nHTML('<b>bold</b> <a href=\"x\">link</a>')")
    assert "10" in shown(tab, 1) and tab.locator(".dl-live-html b").inner_text() == "bold"
    assert not tab.problems


# ---------------------------------------------------------------- what is refused


@pytest.fixture(scope="module", params=[True, False], ids=["policy", "no policy"])
def live(request, visit):
    """A page with Live started; without the policy, too, to see that an attempt would succeed."""
    tab = begin(visit(bypass_csp=not request.param))
    tab.guarded = request.param
    return tab


def attempt(tab, foreign, code):
    """Whether the other host heard of a cell with this code, in which {foreign} stands for that host's address."""
    foreign.asked.clear()
    write(tab, 1, code.format(foreign=f"{foreign.address}secret"), key="Control+Enter")
    tab.told = shown(tab, 1)
    tab.wait_for_timeout(700)
    return "/secret" in foreign.asked


@pytest.mark.parametrize("way", FROM_PYTHON)
def test_python_in_the_page_reaches_no_other_host(live, foreign, way):
    assert attempt(live, foreign, FROM_PYTHON[way]) is not live.guarded, live.told


@pytest.mark.parametrize("way", IN_HTML)
def test_html_that_a_cell_shows_reaches_no_other_host(live, foreign, way):
    cleaned = way in ("style sheet", "frame", "way out")  # these are left out before the policy is asked
    reached = attempt(live, foreign, f"from IPython.display import HTML\nHTML({IN_HTML[way]!r})")
    assert reached is not (live.guarded or cleaned)
    assert PAGE in live.url


def test_a_form_is_sent_nowhere_else(visit, foreign):
    tab = visit()
    foreign.asked.clear()
    # Playwright would wait for the page that a click leads to; this one never comes.
    tab.evaluate(
        """(action) => {
        document.body.append(Object.assign(document.createElement("form"), { action, method: "post" }));
        document.forms[document.forms.length - 1].submit();
    }""",
        foreign.address,
    )
    tab.wait_for_timeout(700)
    assert not foreign.asked
    assert any("form-action" in problem for problem in tab.problems)


def test_an_explorable_with_code_of_its_own_does_not_run(live):
    code = "export default { render() { document.title = 'taken' } };"
    write(live, 1, f"import anywidget\nclass Mine(anywidget.AnyWidget):\n    _esm = {code!r}\nMine()")
    live.wait_for_function("() => document.querySelector('.dl-live-out').innerText.includes('could not be drawn')")
    assert "not the book's" in shown(live, 1) and live.title() != "taken"


# ---------------------------------------------------------------- packages of the configured host


@pytest.fixture
def from_host(visit):
    """from_host(sha256=None, …) → a tab with Live started where a small package comes from the configured host.

    tab.asked lists what was asked of that host. Another hash than the package's own can be given.
    """
    live = page_files.site() / "_static" / "live"
    packages = json.loads((live / "settings.json").read_text())["packages"]
    if "://" not in packages:
        pytest.skip("this book brings its Python along and knows no other host")
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("small.py", "word = 'from the host'\n")
        archive.writestr("small-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: small\nVersion: 1.0\n")
    lock = json.loads((live / "pyodide" / "pyodide-lock.json").read_text())
    name = "small-1.0-py3-none-any.whl"

    def from_host(sha256=None, **context):
        known = {"name": "small", "version": "1.0", "file_name": name, "install_dir": "site", "depends": []}
        known |= {"sha256": sha256 or hashlib.sha256(wheel.getvalue()).hexdigest(), "imports": ["small"]}
        known["package_type"] = "package"
        tab = visit(settings={**CORE, "packages": packages, "lock": "small.json", "needed": ["small"]}, **context)
        tab.asked = []

        def answer(route):
            tab.asked.append(route.request.url.removeprefix(packages))
            route.fulfill(body=wheel.getvalue(), headers={"Access-Control-Allow-Origin": "*"})

        tab.context.route(f"{packages}**", answer)
        tab.context.route(
            "**/live/small.json", lambda route: route.fulfill(json={**lock, "packages": {"small": known}})
        )
        tab.host, tab.package = packages, name
        return tab

    return from_host


@pytest.mark.parametrize("guarded", [True, False], ids=["policy", "no policy"])
def test_once_they_are_there_python_can_not_send_to_that_host_either(from_host, guarded):
    tab = begin(from_host(bypass_csp=not guarded))
    write(
        tab, 1, "import small\nprint(small.word)\n" + FROM_PYTHON["XMLHttpRequest"].format(foreign=f"{tab.host}?secret")
    )
    assert "from the host" in shown(tab, 1)
    assert tab.asked == [tab.package, *["?secret"] * (not guarded)]


def test_a_package_with_another_hash_is_refused(from_host):
    tab = from_host(sha256="0" * 64)
    tab.get_by_role("button", name="Live: run this page here").click()
    tab.wait_for_function("() => document.querySelector('.dl-live-say').innerText.includes('could not')")
    assert f"{tab.package} can't be had" in say(tab)
