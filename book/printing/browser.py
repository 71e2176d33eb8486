"""An installed Chrome or Chromium: finds it, and opens a page in it that makes no request to anywhere."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_BROWSER = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
# No name but 127.0.0.1 resolves, so a request to elsewhere can be seen but never made.
BROWSER_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
WAIT = 600_000  # milliseconds; the whole book has 3,300 formulas
TYPESET = "async () => { await window.MathJax?.startup?.promise; await document.fonts.ready }"


class NoBrowserError(Exception):
    """There is no Chrome or Chromium on this machine; the message says how to get one."""


def find_browser() -> str:
    """The path of an installed Chrome or Chromium.

    Raises:
        NoBrowserError: there is none.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None and MAC_BROWSER.exists():
        found = str(MAC_BROWSER)
    if found is None:
        raise NoBrowserError("no Chrome or Chromium found; install one (Debian, Ubuntu: sudo apt-get install chromium)")
    return found


@contextmanager
def launched() -> Iterator[Browser]:
    """Starts an installed browser, and ends it.

    Raises:
        NoBrowserError: there is none.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_ARGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def typeset(browser: Browser, file: Path, width: int, svg: bool = False) -> Iterator[Page]:
    """Opens a joined page, `width` pixels wide, and waits until its formulas are set: with fonts, or as drawings."""
    page = browser.new_page(viewport={"width": width, "height": 1000}, color_scheme="light")
    try:
        page.set_default_timeout(WAIT)
        page.goto(file.as_uri() + ("?svg" if svg else ""), timeout=WAIT)
        page.evaluate(TYPESET)
        yield page
    finally:
        page.close()
