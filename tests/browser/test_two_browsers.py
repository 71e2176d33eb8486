"""A reader's way through the site in Chromium and in Firefox: run, break, stop, solve, come back, all at home."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import axe_playwright_python
import nbformat
import pytest
from playwright.sync_api import Browser

from autograde.course import cells
from autograde.course.folder import Course
from autograde.release.source import read_source
from solutions.exercises.catalogue import contracts_of, source_of
from solutions.kept import misconceptions_of
from tests.browser import firefox
from tests.browser.conftest import Visit
from tests.places import ROOT

pytestmark = pytest.mark.slow

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
PATIENCE = 120_000  # milliseconds, on a busy machine
PAGE, CELL = "book/frameworks/keras.html", ".u-cell-try0"  # a page with few formulas
SLUG, FUNCTION, MISTAKE = "rnn-cell", "rnn_step", "bias-after-tanh"
DESK, PHONE = (1200, 900), (390, 800)
BROKEN = "import numpy as np\n\nnp.linalg.inv(np.zeros(3))"
ENDLESS = "print('begun')\nwhile True:\n    pass"


class Reader(Protocol):
    """One tab. `requests` are the addresses that its pages asked for, `problems` their errors."""

    requests: list[str]
    problems: list[str]

    def resize(self, width: int, height: int) -> None: ...
    def open(self, url: str) -> None: ...
    def reload(self) -> None: ...
    def evaluate(self, expression: str) -> Any: ...
    def click(self, selector: str) -> None: ...
    def press_shift_enter(self) -> None: ...


class Chromium(Visit):
    """A visit, as a `Reader`."""

    def resize(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})

    def reload(self) -> None:
        self.page.reload(wait_until="load")

    def evaluate(self, expression: str) -> Any:
        return self.page.evaluate(expression)

    def click(self, selector: str) -> None:
        self.page.click(selector)

    def press_shift_enter(self) -> None:
        self.page.keyboard.press("Shift+Enter")


@pytest.fixture(scope="module")
def chromium_tab(browser: Browser) -> Iterator[Reader]:
    context = browser.new_context(color_scheme="light", reduced_motion="reduce")
    yield Chromium(context.new_page())
    context.close()


@pytest.fixture(scope="module")
def firefox_tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    if program := firefox.find_firefox():
        with firefox.running(program, tmp_path_factory.mktemp("firefox")) as tab:
            yield tab
    elif firefox.could_be_installed():
        pytest.fail("Firefox is missing, and can be installed here: scripts/setup.sh browser")
    else:
        pytest.skip("Firefox is missing, and no package of it is at hand: nothing was tried in it")


# A wide light window of Chromium is what `test_run_here` and `test_solve` have.
WAYS = pytest.mark.parametrize(
    ("reader", "size", "theme"),
    [("chromium_tab", PHONE, "dark"), ("firefox_tab", DESK, "light"), ("firefox_tab", PHONE, "dark")],
    ids=["Chromium-390", "Firefox-1200", "Firefox-390"],
    indirect=["reader"],
)


@pytest.fixture
def reader(request: pytest.FixtureRequest) -> Reader:
    return request.getfixturevalue(request.param)


def wait(reader: Reader, condition: str) -> None:
    """Wait until a condition of JavaScript holds."""
    held = reader.evaluate(
        f"""(async () => {{
          const end = performance.now() + {PATIENCE};
          while (!({condition}) && performance.now() < end) await new Promise((done) => setTimeout(done, 50));
          return Boolean({condition});
        }})()"""
    )
    assert held, condition


def element(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)})"


def text(reader: Reader, selector: str) -> str:
    return " ".join(reader.evaluate(f"{element(selector)}.innerText").split())


def write(reader: Reader, selector: str, code: str) -> None:
    reader.evaluate(f"({element(selector)}.focus(), {element(selector)}.select())")
    reader.evaluate(f"document.execCommand('insertText', false, {json.dumps(code)})")


def open_in(reader: Reader, address: str, page: str, theme: str) -> None:
    """Open a page in a theme that was chosen before, on a page that loads little, as the theme's button keeps it."""
    reader.open(f"{address}genindex.html")
    reader.evaluate(f"(localStorage.setItem('mode', '{theme}'), localStorage.setItem('theme', '{theme}'))")
    reader.open(address + page)
    assert reader.evaluate("document.documentElement.dataset.theme") == theme


def looks_right(reader: Reader, selector: str) -> None:
    """No sideways scroll, knobs for thumbs, and in both themes colours that can be read."""
    assert reader.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = f"""[...document.querySelectorAll({json.dumps(selector + " button")})].filter((one) =>
      one.checkVisibility() && innerWidth < 600 && one.getBoundingClientRect().height < 43.5).length"""
    assert reader.evaluate(small) == 0
    reader.evaluate(AXE)
    before = reader.evaluate("document.documentElement.dataset.theme")
    for theme in ("light", "dark"):
        reader.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        found = f"axe.run({json.dumps(selector)}, {{ runOnly: ['color-contrast', 'label', 'button-name'] }})"
        assert reader.evaluate(f"{found}.then((all) => JSON.stringify(all.violations))") == "[]"
    reader.evaluate(f"document.documentElement.dataset.theme = '{before}'")


def nothing_went_outside_or_wrong(reader: Reader, address: str) -> None:
    assert any("/_static/python/runtime-" in url for url in reader.requests)
    assert [url for url in reader.requests if not url.startswith((address, "data:", "blob:", "about:"))] == []
    assert reader.problems == []


@WAYS
def test_a_cell_is_run_and_broken_and_an_endless_loop_stopped(reader, address, size, theme):
    status, output, editor = (f"{CELL} {part}" for part in (".u-run-status", ".u-run-output", "textarea"))
    idle = f"!{element(f'{CELL} .u-run')}.disabled"
    reader.resize(*size)
    open_in(reader, address, PAGE, theme)

    reader.click(f"{CELL} .u-run")
    wait(reader, f"{element(output)} && {idle}")
    assert "Ran in" in text(reader, status) and text(reader, output)

    write(reader, editor, BROKEN)
    reader.press_shift_enter()
    wait(reader, f"{element(CELL + ' .u-run-error')} && {idle}")
    said = text(reader, output)
    assert "LinAlgError" in said and "line 3" in said and "site-packages" not in said
    looks_right(reader, CELL)

    write(reader, editor, ENDLESS)
    reader.press_shift_enter()
    wait(reader, element(CELL + " .u-run-stdout"))
    reader.click(f"{CELL} .u-run:nth-of-type(2)")
    wait(reader, idle)
    assert "names are gone" in text(reader, status)

    write(reader, editor, "6 * 7")
    reader.press_shift_enter()
    wait(reader, idle)
    assert text(reader, output) == "42"
    nothing_went_outside_or_wrong(reader, address)


@WAYS
def test_a_function_is_solved_after_a_hint_and_found_again(reader, address, size, theme):
    released = nbformat.read(Course(ROOT).release_notebook(SLUG), 4)
    ids = {cells.grade_id(cell): cell.id for cell in released.cells}
    solved = read_source(source_of(SLUG)).cells
    right = next(cell.source for cell in solved if cells.grade_id(cell) == FUNCTION)
    wrong = {one.name: one for one in misconceptions_of(contracts_of(SLUG)[FUNCTION])}[MISTAKE]
    answer, check = (f'[data-cell="{ids[name]}"]' for name in (FUNCTION, f"{FUNCTION}-check"))
    note, output = f"{check} .u-note", f"{check} .u-cell-output"

    def run(name: str) -> None:
        cell = f'[data-cell="{ids[name]}"]'
        reader.click(f"{cell} [data-do=run]")
        wait(reader, f"!['', '[*]', '[ ]'].includes({element(cell + ' .u-count')}.textContent.trim())")

    reader.resize(*size)
    open_in(reader, address, f"solve/{SLUG}.html", theme)
    wait(reader, element(".u-solve.alive"))

    write(reader, f"{answer} textarea", wrong.source(FUNCTION))
    for name in ("imports", FUNCTION, f"{FUNCTION}-check"):
        run(name)
    assert wrong.hint in text(reader, output)
    looks_right(reader, check)

    write(reader, f"{answer} textarea", right)
    for name in (FUNCTION, f"{FUNCTION}-check"):
        run(name)
    wait(reader, f"{element(note)}.textContent.includes('passed')")
    wait(reader, f"{element('.u-kept')}.textContent.includes('Saved')")

    reader.reload()
    wait(reader, element(".u-solve.alive"))
    assert reader.evaluate(f"{element(answer + ' textarea')}.value") == right
    nothing_went_outside_or_wrong(reader, address)
