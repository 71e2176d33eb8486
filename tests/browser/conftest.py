"""Builds the site, serves it on 127.0.0.1, and opens its pages in an installed Chrome or Chromium."""

import functools
import gzip
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from tests.places import ROOT
from tests.sharing import made_once

sys.path.insert(0, str(ROOT / "book"))
from printing.browser import BROWSER_ARGS, find_browser

SITE = ROOT / "_build/html"
LEFT = "net::ERR_ABORTED"  # what a page still loads when one goes on to the next
GENERATED_PAGES = ["genindex", "search", "solve/rnn-cell", "solve/keras-cells"]


def book_pages() -> list[str]:
    """The names of all pages a reader can reach, without `.html`: those of _toc.yml, then the generated ones."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [toc["root"], *chapters, *GENERATED_PAGES]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", book_pages(), scope="module")  # tests of one page share its visit


@dataclass
class Visit:
    """What happened while a page was open."""

    page: Page
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    finished: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("requestfailed", self._note_failure)
        self.page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        self.page.on("console", self._note_console)
        self.page.on("response", self._note_response)
        self.page.on("requestfinished", lambda request: self.finished.append(request))

    def _note_failure(self, request: Request) -> None:
        if request.failure != LEFT:
            self.problems.append(f"request failed: {request.url} ({request.failure})")

    def _note_console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console {message.type}: {message.text}")

    def _note_response(self, response) -> None:
        if response.status >= 400:
            self.problems.append(f"status {response.status}: {response.url}")

    def open(self, url: str, idle: bool = False) -> "Visit":
        """Go to `url` and wait until fonts and mathematics are done; with `idle`, until nothing loads any more."""
        self.page.goto(url, wait_until="load")
        self.page.evaluate("async () => { await window.MathJax?.startup?.promise; await document.fonts.ready; }")
        if idle:
            self.page.wait_for_load_state("networkidle")
        return self

    def weight(self) -> int:
        """The bytes that came over the wire."""
        return sum(one.sizes()["responseBodySize"] for one in self.finished if one.url.startswith("http"))

    def compressed(self) -> int:
        """The bytes that would come over the wire from a server that compresses."""
        return sum(len(gzip.compress(one.response().body())) for one in self.finished if one.url.startswith("http"))

    def outside_requests(self, allowed: str) -> list[str]:
        """The addresses asked for that neither begin with `allowed` nor are part of the page itself."""
        return [url for url in self.requests if not url.startswith((allowed, "data:", "blob:"))]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site, with pages of released assignments; nothing is done that was done before."""
    made_once(tmp_path_factory, "site", lambda _: build())
    return SITE


def build() -> None:
    """Release the assignments where that was not done, and build the book."""
    if not any((ROOT / "_build/bundle").glob("*.zip")):
        command = [sys.executable, "-m", "autograde", "release"]
        released = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert released.returncode == 0, f"the assignments cannot be released:\n{released.stdout}\n{released.stderr}"
    built = subprocess.run([sys.executable, ROOT / "book/build.py"], capture_output=True, text=True)
    assert built.returncode == 0, f"the book does not build:\n{built.stdout}\n{built.stderr}"


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The address under which the site is served."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_ARGS)
        yield running
        running.close()


@contextmanager
def visits(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Gives a function that makes visits with an empty cache, and closes them all at the end."""
    contexts: list[BrowserContext] = []

    def make(width: int = 1300) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="light", reduced_motion="reduce"
        )
        contexts.append(context)
        return Visit(context.new_page())

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def new_visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    with visits(browser) as make:
        yield make


@pytest.fixture(scope="module")
def visit(browser: Browser, address: str, page_name: str) -> Iterator[Visit]:
    """The page as served, in a wide window."""
    with visits(browser) as make:
        yield make().open(f"{address}{page_name}.html", idle=True)


@pytest.fixture
def is_local():
    """Tells whether a link stays on the site."""
    return lambda href: not urlsplit(href).scheme and not href.startswith("//")
