"""Assignments solved in the page: Python, `check`, what the browser keeps, and a download that earns full points."""

import json
import threading
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from autograde.course import cells
from autograde.course.folder import Course
from autograde.grade.grade import grade_one
from autograde.release import leaks
from autograde.release.source import read_source
from solutions.exercises.catalogue import ASSIGNMENTS, contracts_of, source_of
from solutions.kept import misconceptions_of
from tests.browser.conftest import Visit, visits
from tests.places import ROOT

pytestmark = pytest.mark.slow

SOLVED = ("rnn-cell", "fast-cells", "deep-bidirectional")
PATIENCE = 120_000  # milliseconds, on a busy machine
COURSE = Course(ROOT)
EXTRA = "print(1 + 1)"
STATES = """() => [...document.querySelectorAll(".u-cell-output .u-error")].map((e) => e.innerText)"""


def released(slug: str) -> nbformat.NotebookNode:
    return nbformat.read(COURSE.release_notebook(slug), 4)


def answers(slug: str) -> dict[str, str]:
    """The model answers, by grade id."""
    source = read_source(source_of(slug))
    return {cells.grade_id(cell): cell.source for cell in source.cells if cells.is_answer(cell)}


def cell_of(page: Page, slug: str, grade_id: str):
    found = next(cell for cell in released(slug).cells if cells.grade_id(cell) == grade_id)
    return page.locator(f'[data-cell="{found.id}"]')


def open_page(visit: Visit, address: str, slug: str) -> Page:
    page = visit.open(f"{address}solve/{slug}.html").page
    page.wait_for_selector(".u-solve.alive")
    return page


def write(page: Page, slug: str, texts: dict[str, str]) -> None:
    for grade_id, text in texts.items():
        cell_of(page, slug, grade_id).locator("textarea").fill(text)


def run(page: Page, slug: str, grade_id: str, ending: str = "[") -> str:
    """Run a cell and give back what it put out."""
    cell = cell_of(page, slug, grade_id)
    cell.get_by_role("button", name="Run").click()
    expect(cell.locator(".u-count")).not_to_have_text("[*]", timeout=PATIENCE)
    return cell.locator(".u-cell-output").inner_text()


def run_all(page: Page) -> None:
    page.get_by_role("button", name="Run all").click()
    page.wait_for_selector('.u-python[data-kind="ready"]', timeout=PATIENCE)


def download(page: Page) -> Path:
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download my notebook").first.click()
    return coming.value.path()


@pytest.fixture(scope="module")
def visit(browser, address):
    """One browser for all that runs Python: the runtime is loaded once."""
    with visits(browser) as make:
        yield make()


@pytest.fixture
def page(new_visit, address) -> Page:
    """The page of rnn-cell, in a browser that knows nothing."""
    return open_page(new_visit(), address, "rnn-cell")


def test_a_chapter_leads_there_with_one_click(visit, address):
    visit.open(f"{address}book/recurrence/rnn-cell.html")
    visit.page.get_by_role("link", name="Open the assignment rnn-cell").click()
    visit.page.wait_for_url("**/solve/rnn-cell.html")


def test_a_wrong_answer_is_named_and_hints_are_links(visit, address):
    page = open_page(visit, address, "rnn-cell")
    wrong = {m.name: m for m in misconceptions_of(contracts_of("rnn-cell")["rnn_step"])}["bias-after-tanh"]
    write(page, "rnn-cell", {"rnn_step": wrong.source("rnn_step")})
    for grade_id in ("imports", "rnn_step"):
        run(page, "rnn-cell", grade_id)
    said = run(page, "rnn-cell", "rnn_step-check")
    assert wrong.hint in " ".join(said.split())
    assert "Traceback" not in said
    link = cell_of(page, "rnn-cell", "rnn_step-check").locator(".u-cell-output a").get_attribute("href")
    assert link == f"{address}book/recurrence/rnn-cell.html#equation-eq-rnn-step"


def test_a_check_says_that_the_answer_was_changed(visit):
    page = visit.page
    write(page, "rnn-cell", {"rnn_step": answers("rnn-cell")["rnn_step"]})
    check = cell_of(page, "rnn-cell", "rnn_step-check")
    expect(check.locator(".u-note")).to_have_text("Not run since your last edit.")
    run(page, "rnn-cell", "rnn_step-check")
    expect(check.locator(".u-note")).to_contain_text("has not run as it stands")
    cell_of(page, "rnn-cell", "rnn_step").locator("textarea").press("Shift+Enter")
    check.get_by_role("button", name="Run").press("Shift+Enter")  # the focus is there
    expect(check.locator(".u-note")).to_have_text("✓ passed", timeout=PATIENCE)


def test_an_endless_loop_is_stopped_and_commands_of_jupyter_are_named(visit):
    page = visit.page
    cell_of(page, "rnn-cell", "rnn_step").get_by_role("button", name="Add a cell below").click()
    extra = page.locator(".u-cell.u-open").filter(has=page.get_by_role("button", name="Remove"))
    extra.locator("textarea").fill("while True:\n    pass")
    extra.get_by_role("button", name="Run").click()
    page.wait_for_selector('.u-python[data-kind="busy"]')
    page.get_by_role("button", name="Stop").click()
    expect(extra.locator(".u-cell-output")).to_contain_text("Stopped.")
    extra.locator("textarea").fill(f"%timeit x\n{EXTRA}")
    extra.get_by_role("button", name="Run").click()
    expect(extra.locator(".u-cell-output")).to_contain_text("2", timeout=PATIENCE)
    expect(extra.locator(".u-cell-output")).to_contain_text("%timeit: a command of Jupyter")
    extra.locator("textarea").fill(EXTRA)


@pytest.mark.parametrize("slug", SOLVED)
def test_a_solved_assignment_is_kept_and_earns_all_points(visit, address, slug):
    page = visit.page if slug == SOLVED[0] else open_page(visit, address, slug)
    solved = answers(slug)
    write(page, slug, solved)
    run_all(page)
    assert page.evaluate(STATES) == []
    many = sum(cells.grade_id(cell).endswith("-check") for cell in released(slug).cells)
    expect(page.locator(".u-checked").first).to_have_text(f"{many} of {many} checks pass.")
    expect(page.locator(".u-kept")).to_contain_text("Saved in this browser")
    page.reload()
    page.wait_for_selector(".u-solve.alive")
    for grade_id, text in solved.items():
        assert cell_of(page, slug, grade_id).locator("textarea").input_value() == text
    file = download(page)
    given, got = released(slug), nbformat.read(file, 4)
    for cell in given.cells:
        if cells.is_answer(cell):
            cell.source = solved[cells.grade_id(cell)]
    assert [cell for cell in got.cells if cell.id in {one.id for one in given.cells}] == given.cells
    assert got.metadata == given.metadata
    assert [cell.source for cell in got.cells if cell not in given.cells] == ([EXTRA] if slug == SOLVED[0] else [])
    done = grade_one(COURSE, slug, file)
    assert {cell.grade_id: cell.points for cell in done.cells if cell.outcome != "for a person"} == {
        cell.grade_id: cell.max_points for cell in done.cells if cell.outcome != "for a person"
    }
    assert done.remarks == []


def test_nobody_else_was_asked(visit, address):
    assert visit.outside_requests(address) == []
    assert visit.problems == []


@pytest.mark.parametrize("slug", ["rnn-cell", "gru"])
def test_an_untouched_download_is_the_released_file(new_visit, address, slug):
    page = open_page(new_visit(), address, slug)
    assert download(page).read_bytes() == COURSE.release_notebook(slug).read_bytes()


def test_the_pages_hold_nothing_of_the_solutions(site):
    pages = [path for path in (site / "solve").rglob("*") if path.suffix in (".html", ".ipynb")]
    assert len(pages) >= 2 * len(ASSIGNMENTS)
    for path in pages:  # `autograde leaks` searches for more
        text = path.read_text("utf-8")
        assert not leaks.CANARY.search(text.encode())
        assert not any(secret in text for secret in ("BEGIN SOLUTION", "HIDDEN TESTS", "Model answer"))


def choose(page: Page, file: Path) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("input[type=file]").set_input_files(file)


def test_a_notebook_from_elsewhere_goes_on_here(page, tmp_path):
    notebook = released("rnn-cell")
    for cell in notebook.cells:
        if cells.grade_id(cell) == "sigmoid":
            cell.source = "def sigmoid(a):\n    return a"
    place = notebook.cells.index(next(cell for cell in notebook.cells if cells.grade_id(cell) == "softmax"))
    notebook.cells.insert(place, nbformat.v4.new_code_cell(EXTRA))
    del notebook.cells[place - 1]["id"]
    (tmp_path / "mine (1).ipynb").write_text(json.dumps(notebook), "utf-8")
    choose(page, tmp_path / "mine (1).ipynb")
    expect(page.locator(".u-asked")).to_contain_text("Opened mine (1).ipynb.")
    got = nbformat.read(download(page), 4)
    assert [cell.source for cell in got.cells] == [cell.source for cell in notebook.cells]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda: COURSE.release_notebook("lstm-forward").read_bytes(), "This is not the notebook of rnn-cell"),
        (lambda: b"PK not a notebook", "This file is no notebook."),
        (lambda: b'{"worksheets": []}', "no notebook of today's format"),
    ],
    ids=["another", "no JSON", "old"],
)
def test_another_file_is_refused_and_nothing_changes(page, tmp_path, content, sentence):
    (tmp_path / "a.ipynb").write_bytes(content())
    choose(page, tmp_path / "a.ipynb")
    expect(page.locator(".u-asked")).to_contain_text(sentence)
    assert download(page).read_bytes() == COURSE.release_notebook("rnn-cell").read_bytes()


def test_a_second_tab_is_noticed(page, address):
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector(".u-solve.alive")
    write(other, "rnn-cell", {"sigmoid": "of the other tab"})
    expect(page.locator(".u-asked")).to_contain_text("changed in another tab")
    page.get_by_role("button", name="Go on with the other tab's work").click()
    expect(cell_of(page, "rnn-cell", "sigmoid").locator("textarea")).to_have_value("of the other tab")


def test_what_is_erased_is_gone(page):
    write(page, "rnn-cell", {"sigmoid": "mine"})
    expect(page.locator(".u-kept")).to_contain_text("Saved")
    page.on("dialog", lambda dialog: dialog.accept())
    with page.expect_navigation():
        page.get_by_role("button", name="Erase my work").click()
    page.wait_for_selector(".u-solve.alive")
    assert "NotImplementedError" in cell_of(page, "rnn-cell", "sigmoid").locator("textarea").input_value()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('unrolled-solve'))") == []


def test_work_of_a_former_release_is_offered(page):
    write(page, "rnn-cell", {"sigmoid": "of the former release"})
    expect(page.locator(".u-kept")).to_contain_text("Saved")
    page.evaluate(
        """() => {
          const key = Object.keys(localStorage).find((one) => one.startsWith("unrolled-solve"));
          localStorage.setItem(key.replace(/\\w+$/, "0123456789ab"), localStorage.getItem(key));
          localStorage.removeItem(key);
        }"""
    )
    page.reload()
    page.get_by_role("button", name="Take it over").click()
    expect(cell_of(page, "rnn-cell", "sigmoid").locator("textarea")).to_have_value("of the former release")


def test_a_browser_that_keeps_nothing_is_named(page):
    page.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    )
    write(page, "rnn-cell", {"sigmoid": "mine"})
    expect(page.locator(".u-kept")).to_contain_text("Not kept")
    asked = threading.Event()
    page.once("dialog", lambda dialog: (asked.set(), dialog.accept()))
    page.reload()
    assert asked.is_set()


def test_tab_indents_and_escape_leaves(page):
    field = cell_of(page, "rnn-cell", "sigmoid").locator("textarea")
    field.fill("")
    field.press_sequentially("def f(a):")
    field.press("Enter")
    field.press_sequentially("return a")
    assert field.input_value() == "def f(a):\n    return a"
    field.press("Shift+Tab")
    assert field.input_value() == "def f(a):\nreturn a"
    field.press("Home")
    field.press("Tab")
    assert field.input_value() == "def f(a):\n    return a"
    field.press("Escape")
    field.press("Tab")
    assert page.evaluate("document.activeElement.dataset.do") == "run"


@pytest.mark.parametrize("slug", ["pytorch-cells", "keras-cells"])
def test_what_cannot_run_here_says_why_and_gives_the_bundle(new_visit, address, site, slug):
    page = new_visit().open(f"{address}solve/{slug}.html").page
    assert "not run in a browser" in page.locator(".u-solve-panel").inner_text()
    assert page.locator("[data-do]").count() == 0
    link = page.locator(".u-solve-panel a").get_attribute("href")
    assert (site / "solve" / link).resolve().is_file()
