"""Cells run in the page: loading once, tracebacks, stopping, plots, changed cells, a page from a folder."""

import functools
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.conftest import Visit

pytestmark = pytest.mark.slow

PATIENCE = 120_000  # milliseconds, for a machine that does much else
CELLS = "book/gates/lstm-or-gru.html"  # a cell defines a function, a later one is to try
PLOT = "book/recurrence/rnn-cell.html"


@dataclass
class Site:
    """The site as served by a server that notes what it is asked for."""

    address: str
    asked: list[str]

    def runtime_files(self) -> list[str]:
        return [path for path in self.asked if "/runtime-" in path]


@pytest.fixture(scope="module")
def served(site) -> Iterator[Site]:
    asked: list[str] = []

    class Noting(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Noting, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Site(f"http://127.0.0.1:{server.server_port}/", asked)
    server.shutdown()


@pytest.fixture(scope="module")
def visit(browser: Browser, served: Site) -> Iterator[Visit]:
    """One reader, whose browser keeps what it loaded."""
    context = browser.new_context(viewport={"width": 1300, "height": 900}, reduced_motion="reduce")
    yield Visit(context.new_page()).open(served.address + CELLS)
    context.close()


def cell_of(page: Page, words: str) -> Locator:
    return page.locator(".u-runs").filter(has_text=words).first


def run(cell: Locator, code: str | None = None) -> None:
    """Run a cell, with other code where that is given, and wait until it is done."""
    if code is None:
        cell.get_by_role("button", name="Run").click()
    else:
        cell.locator("textarea").fill(code)
        cell.locator("textarea").press("Shift+Enter")
    wait(cell)


def wait(cell: Locator) -> None:
    cell.get_by_role("button", name="Run", disabled=False).wait_for(timeout=PATIENCE)


def output(cell: Locator) -> str:
    return cell.locator(".u-run-output").inner_text()


@pytest.fixture(scope="module")
def step(visit: Visit, served: Site) -> Locator:
    """A cell that defines a function, run once; before that click nothing of Python was loaded."""
    assert not [path for path in served.asked if "/_static/python/" in path or "/_static/cells/" in path]
    cell = cell_of(visit.page, "def sign_test(")
    run(cell)
    assert output(cell).startswith("10 of 20: p = 1")
    return cell


def test_an_earlier_cell_runs_first_as_the_reader_changed_it(visit, step):
    later = cell_of(visit.page, "verdict =")
    run(later)  # opens its editor
    run(later, "x = 1")
    assert "It shows nothing by itself" in later.get_by_role("status").inner_text()
    run(later, "np.ones(2)")
    assert "What it needs ran first, unseen: np." in later.get_by_role("status").inner_text()
    run(step, "def sign_test(*_):\n    return 'mine'")
    run(later, "print(sign_test())")
    assert output(later).strip() == "mine"
    step.get_by_role("button", name="Reset").click()
    assert step.locator("textarea").count() == 0 and "def sign_test(" in step.inner_text()
    run(later, "print(sign_test())")
    assert "TypeError" in output(later)
    later.get_by_role("button", name="Reset").click()


def test_a_traceback_shows_the_reader_s_lines_alone(visit, step):
    run(step)
    run(step, "import numpy as np\n\n\ndef f(x):\n    return np.linalg.inv(x)\n\n\nf(np.zeros(3))")
    told = output(step)
    assert "line 8" in told and "return np.linalg.inv(x)" in told and "LinAlgError" in told
    assert "site-packages" not in told and "numpy/" not in told
    step.get_by_role("button", name="Reset").click()


def test_an_endless_loop_can_be_stopped_and_python_is_there_again(visit, step):
    run(step)
    step.locator("textarea").fill("kept = 1\nprint('begun')\nwhile True:\n    pass")
    step.locator("textarea").press("Shift+Enter")
    step.locator(".u-run-stdout").wait_for(timeout=PATIENCE)
    step.get_by_role("button", name="Stop").click()
    wait(step)
    assert "names are gone" in step.get_by_role("status").inner_text()
    run(step, "kept")
    assert "NameError" in output(step)
    run(step, "1 + 1")
    assert output(step).strip() == "2"


def test_a_second_run_is_quick(visit, step):
    seconds = []
    for number in range(5):
        step.locator("textarea").fill(f"print({number})")
        seconds.append(
            step.evaluate(
                """async (cell) => {
                    const button = cell.querySelector("button.u-run");
                    const begun = performance.now();
                    button.click();
                    while (button.disabled) await new Promise((done) => setTimeout(done, 5));
                    return (performance.now() - begun) / 1000;
                }"""
            )
        )
        assert output(step).strip() == str(number)
    assert min(seconds) < 0.3


def test_another_page_draws_and_loads_nothing_twice(visit, step, served):
    loaded = served.runtime_files()
    visit.open(served.address + PLOT)
    cell = cell_of(visit.page, "plt.plot(states")
    run(cell)
    assert cell.locator(".u-run-output svg").count() == 1
    assert cell.locator(".u-run-output [role=img]").get_attribute("aria-label")
    new = served.runtime_files()[len(loaded) :]
    assert new and not set(new) & set(loaded)  # Matplotlib came, nothing else again
    assert visit.outside_requests(served.address) == []
    assert visit.problems == []


def test_a_page_from_a_folder_says_how_to_serve_it(site, new_visit):
    visit = new_visit().open((site / CELLS).as_uri())
    cell = cell_of(visit.page, "def sign_test(")
    cell.get_by_role("button", name="Run").click()
    assert "python3 -m http.server" in cell.get_by_role("status").inner_text()
    assert visit.problems == []


def test_a_thumb_finds_the_button_and_paper_shows_none(address, new_visit):
    page = new_visit(width=390).open(address + PLOT).page
    button = cell_of(page, "plt.plot(states").get_by_role("button", name="Run")
    assert button.bounding_box()["height"] >= 44
    page.emulate_media(media="print")
    assert not button.is_visible()
