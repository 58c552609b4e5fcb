"""The built documentation behind a server of its own, and Chromium to look at it; nothing outside this machine is reached.

The pages are those of docs/_build/html, or of the folder PDENN_SITE; `python -m tox run -e browser` builds them.
"""

import functools
import http.server
import os
import shutil
import sys
import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

DOCS = Path(__file__).parents[1]
SITE = Path(os.environ.get("PDENN_SITE") or DOCS / "_build" / "html")
sys.path.append(str(DOCS))  # interactive_data, which the page was built from

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_generate_tests(metafunc):
    """Tests with an argument `name` run for every page of the site."""
    if "name" in metafunc.fixturenames:
        pages = sorted(str(path.relative_to(SITE)) for path in SITE.rglob("*.html") if "_static" not in path.parts)
        if "index.html" not in pages:
            raise FileNotFoundError(f"{SITE} holds no documentation: build it by `python -m tox run -e browser`")
        metafunc.parametrize("name", pages)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A handler that prints nothing."""

    def log_message(self, format, *args):
        pass


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built pages."""
    return SITE


@pytest.fixture(scope="session")
def address():
    """Where the pages are served, on a free port."""
    handler = functools.partial(Quiet, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Chromium as installed on this machine."""
    found = [path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))]
    if not found:
        raise FileNotFoundError("these tests need Chromium: apt-get install chromium, or the like")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found[0], args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def context(browser):
    """One profile for all pages, so that scripts and fonts are read once."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(120_000)  # milliseconds; a busy machine may take half a minute to start
        yield context


@pytest.fixture
def page(context):
    """An empty page that remembers its faults."""
    yield from watched(context)


@pytest.fixture(scope="module")
def interactive(context, address):
    """The interactive page, opened once for all tests of a file; it must stay without faults."""
    for page in watched(context):
        page.goto(f"{address}/interactive.html")
        page.wait_for_function("() => window.pdennState !== undefined")
        yield page
        assert page.faults == []


def watched(context):
    """A page; `page.faults` gathers errors of scripts, failed requests, and requests that leave this machine."""
    page = context.new_page()
    page.faults = []
    page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("requestfailed", lambda request: page.faults.append(f"failed: {request.url}"))
    page.on(
        "response", lambda reply: page.faults.append(f"{reply.status}: {reply.url}") if reply.status >= 400 else None
    )
    page.on("request", lambda r: None if is_local(r.url) else page.faults.append(f"leaves this machine: {r.url}"))
    yield page
    page.close()


def is_local(url: str) -> bool:
    """Whether a request stays on this machine."""
    return url.startswith(("http://127.0.0.1:", "file:", "data:", "blob:"))


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where the pictures of the pages go."""
    folder = SITE.parent / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder
