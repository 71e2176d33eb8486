"""Hostile hand-ins in a real browser: no script, request, frame or style of theirs acts on any page that shows them."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from autograde.course.confinement import Confinement
from autograde.course.folder import CONFIG_NAME, Course
from autograde.course.gradebook import gradebook
from autograde.course.settings import CONFIG_FILE
from autograde.grade.grade import grade
from autograde.reports.class_report import write_report
from autograde.reports.feedback import write_feedback
from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book"))
from printing.browser import launched

pytestmark = pytest.mark.slow

MATHJAX = "https://cdnjs.cloudflare.com/ajax/libs/mathjax/"  # nbgrader's own formgrader asks for it
ACT = "window.acted=1;document.title='acted';fetch('http://evil.invalid/')"
MARKUP = [
    f"<script>{ACT}</script>",
    f'<img src="http://evil.invalid/x.png" onerror="{ACT}">',
    f'<svg xmlns="http://www.w3.org/2000/svg" onload="{ACT}"><script>{ACT}</script></svg>',
    '<iframe src="http://evil.invalid/" srcdoc="<script>parent.acted=1</script>"></iframe>',
    '<style>body { display: none !important } @import "http://evil.invalid/x.css";</style>',
    '<link rel="stylesheet" href="http://evil.invalid/y.css"><meta http-equiv="refresh" content="0;url=http://evil.invalid">',
    '<base href="http://evil.invalid/"><form action="http://evil.invalid/"><button id="b">Go</button></form>',
    f'<details open ontoggle="{ACT}"><summary>x</summary></details><object data="http://evil.invalid/z"></object>',
    f"</pre></div></textarea></title></style></script><script>{ACT}</script>",
    "<input id='why' class='score' value='5' autofocus onfocus='" + ACT + "'>",
]
MARKDOWN = [
    *MARKUP,
    f"[click](javascript:{ACT}) [data](data:text/html,<script>{ACT}</script>) ![pic](http://evil.invalid/p.png)",
    "![a](attachment:nothing.png)",
    f'```mermaid\n</pre><script>{ACT}</script>\n```\n\n```"><script>{ACT}</script>\ncode\n```',
    f"$\\href{{javascript:{ACT}}}{{x}}$ $$</script><script>{ACT}</script>$$",
    f"\\begin{{a}}<script>{ACT}</script>\\end{{a}}",
    f"<!--><script>{ACT}</script>--> <a href='jav&#x09;ascript:{ACT}'>x</a> <javascript:{ACT}>",
]
BUNDLE = {
    "text/html": "".join(MARKUP),
    "image/svg+xml": MARKUP[2],
    "application/javascript": ACT,
    "text/latex": f"$\\href{{javascript:{ACT}}}{{x}}$<script>{ACT}</script>",
    "text/markdown": MARKDOWN[0],
    "application/vnd.jupyter.widget-view+json": {"model_id": "x"},
}
OUTPUTS = [
    new_output("display_data", data={**BUNDLE, "text/plain": MARKUP[0]}),
    *[new_output("display_data", data={kind: content}) for kind, content in BUNDLE.items()],
    new_output(
        "display_data", data={"image/png": f'" onerror="{ACT}'}, metadata={"image/png": {"width": f'1" onload="{ACT}'}}
    ),
    new_output("stream", name="stderr", text="\x1b[31m" + "".join(MARKUP)),
    new_output("error", ename=MARKUP[0], evalue=MARKUP[1], traceback=["\x1b[1m" + MARKUP[0], MARKUP[1]]),
]
STUDENT = "O'Neil & Söhne ¦ &lt;b&gt; %22"
ACTED = """() => [
  window.acted ? "a script ran" : "",
  document.title === "acted" ? "the title changed" : "",
  getComputedStyle(document.body).display === "none" ? "a style acted" : "",
  ...[...document.querySelectorAll("iframe, object, embed, base, form, meta[http-equiv=refresh], [srcdoc]")]
    .map((e) => e.outerHTML),
  ...[...document.querySelectorAll("body *")].flatMap((e) => [...e.attributes]
    .filter((a) => a.name.startsWith("on") && a.value.includes("acted")
      || ["href", "src", "action"].includes(a.name) && /^\\s*(javascript|data:text)/i.test(a.value))
    .map((a) => `${e.tagName} ${a.name}=${a.value}`)),
].filter(Boolean)"""


@pytest.fixture(scope="module")
def graded(made_once, tmp_path_factory) -> Course:
    """A graded course with one hostile hand-in, its outputs as plain nbgrader would have kept them, and its pages."""
    course = Course(Path(shutil.copytree(made_once / "course", tmp_path_factory.mktemp("hostile") / "course")))
    (course.root / CONFIG_NAME).write_text(CONFIG_FILE, "utf-8")
    notebook = nbformat.read(course.release / "tiny" / "tiny.ipynb", 4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id == "double":
            cell.source = "def double(x):\n    raise ValueError(" + repr(MARKUP[0]) + ")\n# " + "".join(MARKUP)
        elif grade_id == "why":
            cell.source = "\n\n".join(MARKDOWN)
    notebook.cells += [new_markdown_cell(text) for text in MARKDOWN]
    notebook.cells.append(new_code_cell("print('mine')\n# " + "".join(MARKUP)))
    for name in ("tiny.ipynb", f"{MARKUP[1]}.txt".replace("/", "∕")):
        path = course.submitted / STUDENT / "tiny" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
    (course.submitted / MARKUP[0].replace("/", "∕") / "tiny").mkdir(parents=True)
    grade(course, "tiny", confinement=Confinement.NONE)
    _spoil(course)
    write_feedback(course, "tiny")
    write_report(course, ["tiny"])
    return course


def _spoil(course: Course) -> None:
    path = course.autograded / STUDENT / "tiny" / "tiny.ipynb"
    executed = nbformat.read(path, 4)
    for cell in executed.cells:
        about = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and not about.get("grade"):
            cell.outputs = OUTPUTS
    path.chmod(0o644)
    nbformat.write(executed, path)
    with gradebook(course) as book:
        student = book.find_student(STUDENT)
        student.first_name, student.last_name = MARKUP[0], MARKUP[1]
        book.find_comment("why", "tiny", "tiny", STUDENT).manual_comment = "".join(MARKUP)
        book.db.commit()


@pytest.fixture(scope="module")
def formgrader(graded):
    """The address of a Jupyter server with formgrader over the course."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1", "--IdentityProvider.token="]
    extension = "--ServerApp.jpserver_extensions={'nbgrader.server_extensions.formgrader': True}"
    folders = {f"JUPYTER_{kind}_DIR": str(graded.root / ".jupyter") for kind in ("CONFIG", "DATA", "RUNTIME")}
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", *options, extension],
        cwd=graded.root,
        env={**os.environ, **folders},
        stdout=subprocess.DEVNULL,
        stderr=(graded.root / "server.log").open("w"),
    )
    address = f"http://127.0.0.1:{port}/"
    try:
        _wait_for(address, server, graded.root / "server.log")
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(f"{address}api").close()
            return
        time.sleep(0.1)
    pytest.fail(f"the Jupyter server did not start:\n{log.read_text()}")


@pytest.fixture(scope="module")
def browser(graded, formgrader):
    with launched() as running:
        yield running


@pytest.fixture
def visit(browser):
    """Opens an address, clicks what looks like a link of the student's, and returns the page and what acted."""
    context = browser.new_context()

    def go(address: str):
        page = context.new_page()
        acted: list[str] = []
        page.on("dialog", lambda dialog: (acted.append("a dialog"), dialog.dismiss()))
        page.on("request", lambda request: acted.append(request.url) if _is_foreign(request.url) else None)
        page.goto(address, wait_until="load")
        page.wait_for_timeout(300)
        return page, acted + page.evaluate(ACTED)

    yield go
    context.close()


def _is_foreign(url: str) -> bool:
    return not url.startswith(("file://", "http://127.0.0.1", "data:image/png", MATHJAX))


def test_the_feedback_page_shows_it_and_nothing_acts(graded, visit):
    page, acted = visit((graded.feedback / STUDENT / "tiny" / "tiny.html").as_uri())
    assert acted == []
    text = page.inner_text("body")
    assert STUDENT in text and "window.acted=1" in text and "[image: pic]" in text
    assert page.locator("script, style ~ style, img").count() == 0


def test_the_report_names_it_and_nothing_acts(graded, visit):
    page, acted = visit(graded.report.as_uri())
    assert acted == [] and STUDENT in page.inner_text("#students")
    page, acted = visit(graded.report.with_name("tiny.html").as_uri())
    assert acted == []
    assert STUDENT in page.inner_text("#students") and "<script>window.acted=1" in page.inner_text("body")


def test_pages_fit_a_phone(graded, visit):
    for path in (*graded.report.parent.glob("*.html"), graded.feedback / STUDENT / "tiny" / "tiny.html"):
        page, _ = visit(path.as_uri())
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_formgrader_shows_the_submission_and_nothing_acts(graded, formgrader, visit):
    with gradebook(graded) as book:
        (submission,) = book.notebook_submissions("tiny", "tiny")
        address = f"{formgrader}formgrader/submissions/{submission.id}/"
    page, acted = visit(address)
    assert acted == []
    assert page.locator("#why").count() == 1  # the field for points is nbgrader's own
    text = page.inner_text("#notebook-container")
    assert "window.acted=1" in text and "[image: pic]" in text and page.locator("#notebook-container img").count() == 0


def test_formgraders_lists_show_names_and_nothing_acts(graded, formgrader, visit):
    for place in (
        "manage_students",
        f"manage_students/{urllib.request.quote(STUDENT)}",
        f"manage_students/{urllib.request.quote(STUDENT)}/tiny",
        "manage_submissions/tiny",
        "gradebook/tiny/tiny",
    ):
        page, acted = visit(f"{formgrader}formgrader/{place}")
        page.wait_for_function("() => !document.body.innerText.includes('Loading')")
        assert acted + page.evaluate(ACTED) == [], place
