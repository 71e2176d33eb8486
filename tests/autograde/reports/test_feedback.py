"""Feedback, report and export: they help, they escape, and they hold no hidden test."""

import csv
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograde.cli import app
from autograde.course import book, cells
from autograde.course.gradebook import gradebook
from autograde.grade import run
from autograde.grade.grade import grade
from autograde.grade.outcomes import readable_error
from autograde.reports import feedback
from autograde.reports.class_report import write_report
from autograde.reports.feedback import write_feedback
from autograde.reports.feedback_page import EARLIER, REMOVED, reduce_outputs
from autograde.reports.rendering import Harmless
from tests.autograde import quick
from unrolled.checking.messages import Message

NOT_ALLOWED = "torch.nn.LSTM does what this exercise asks you to write; write it from its equations"
RIGHT = "def double(x):\n    return x + x"
SCRIPT = "<script>alert(1)</script>"
PEEK = "\n".join(
    [
        "from IPython.display import HTML, display",
        f"display(HTML('{SCRIPT}'))",
        "print('plain <b>text</b>')",
        "print(In)",
    ]
)
LOUD = "def double(x):\n    print('called with', x)\n    return 3 * x"


@pytest.fixture
def graded(course, hand_in):
    def edit(notebook):
        notebook.cells.append(new_code_cell(PEEK))
        notebook.cells.append(new_markdown_cell(f"note {SCRIPT}"))

    hand_in("right", {"double": RIGHT})
    hand_in("wrong", {"double": LOUD, "why": f"Because. {SCRIPT}"}, edit=edit)
    hand_in("O'Neil & Zoë")
    hand_in("<b>bold")
    hand_in("misnamed", {"double": RIGHT}, name="tiny (1).ipynb")
    grade(course, "tiny")
    return course


def page(course, student):
    return (course.feedback / student / "tiny" / "tiny.html").read_text("utf-8")


def test_feedback_helps_and_holds_no_hidden_test(graded):
    pages, failures = write_feedback(graded, "tiny")
    assert len(pages) == 4 and failures == {}
    wrong = page(graded, "wrong")
    assert "1 of 4 points so far, 2 for a person" in wrong and "This part is not right yet." in wrong
    assert "values on fresh inputs." in wrong
    for secret in ("43.0", "21.5", "hidden sentence", "HIDDEN"):
        assert secret not in wrong
    assert "4 of 6 points" in page(graded, "right")
    assert "tiny (1).ipynb" in page(graded, "misnamed")
    assert sorted(path.name for path in (graded.feedback / "wrong" / "tiny").iterdir()) == ["tiny.html"]


def test_an_output_that_quotes_a_hidden_test_is_removed():
    # Under plain `nbgrader autograde` the student's process holds the tests and can print them.
    test = new_code_cell("### BEGIN HIDDEN TESTS\nassert double(21.5) == 43.0\n### END HIDDEN TESTS")
    test.metadata["nbgrader"] = {"grade": True, "solution": False, "grade_id": "t", "points": 1, "locked": True}
    spy = new_code_cell("print(In)")
    spy.outputs = [new_output("stream", text="['assert double(21.5) == 43.0']")]
    notebook = new_notebook(cells=[test, spy])
    reduce_outputs(notebook)
    assert [output.text for output in notebook.cells[1].outputs] == [REMOVED]


def test_pages_are_written_again_only_where_something_changed(graded):
    write_feedback(graded, "tiny")
    pages = {path: path.stat().st_mtime_ns for path in graded.feedback.rglob("*.html")}
    with gradebook(graded) as book:
        book.find_comment("why", "tiny", "tiny", "wrong").manual_comment = "Nearly."
        book.db.commit()
    assert len(write_feedback(graded, "tiny")[0]) == 4
    changed = {path.parent.parent.name for path, time in pages.items() if path.stat().st_mtime_ns != time}
    assert changed == {"wrong"} and "Nearly." in page(graded, "wrong")


def test_a_change_of_what_makes_the_pages_makes_all_anew(graded, monkeypatch, tmp_path):
    write_feedback(graded, "tiny")
    pages = {path: path.stat().st_mtime_ns for path in graded.feedback.rglob("*.html")}
    (tmp_path / "rendering.py").write_text("# other")
    others = [path for path in feedback.MAKERS if path.name != "rendering.py"]
    assert len(others) == len(feedback.MAKERS) - 1
    monkeypatch.setattr(feedback, "MAKERS", (*others, tmp_path / "rendering.py"))
    write_feedback(graded, "tiny")
    assert all(path.stat().st_mtime_ns != time for path, time in pages.items())


def test_feedback_runs_nothing_and_asks_for_nothing_outside(graded):
    write_feedback(graded, "tiny")
    for student in ("wrong", "O'Neil & Zoë"):
        text = page(graded, student)
        assert "<script" not in text and "& Zoë" not in text and "://" not in text
        assert "default-src 'none'" in text


def test_the_report_has_a_row_each_and_escapes_names(graded):
    write_feedback(graded, "tiny")
    index = write_report(graded, ["tiny"])
    text = index.with_name("tiny.html").read_text("utf-8")
    assert "5 submissions" in text and "<b>bold" not in text and r"\u003cb\u003ebold" in text
    assert (
        "1 answer waits for a person" in text
        and text.count("students")
        and r"\u003cb\u003ebold" in index.read_text("utf-8")
    )
    assert "../../feedback/right/tiny/tiny.html" in text


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("ValueError", "hidden: 21.5", "Your code raised ValueError."),
        ("H_21_5", "x", "Your code raised an error."),
        ("NotAllowedError", NOT_ALLOWED, "NotAllowedError: it calls what this exercise asks you to write"),
        ("IndexError", "list index out of range", "IndexError: an index is out of range"),
        ("IndexError", "an index is out of range", "IndexError: an index is out of range"),
        ("AssertionError", "expected 43.0", "This part is not right yet."),
        ("NotImplementedError", "", "This is not written yet."),
        ("TimeLimit", "too slow", "Not graded: too slow."),
    ],
)
def test_the_text_of_an_error_carries_no_hidden_input(name, text, message):
    assert readable_error(new_output("error", ename=name, evalue=text, traceback=[]))[1] == message


def test_no_folder_is_lost_however_it_is_called(course, hand_in, capsys):
    hand_in("ada", {"double": RIGHT})
    odd = ["x\udcff", "x\udcfe", "\n", "<" * 120, "<" * 121, "𝕏" * 63, "\u202eada"]
    for name in odd:
        (course.submitted / name / "tiny").mkdir(parents=True)
    for command in (["grade"], ["grade", "--json"], ["feedback"], ["report"], ["report", "--json"], ["export"]):
        app([*command, "--course", str(course.root)], standalone_mode=False)
    assert "\u202e" not in capsys.readouterr().out.partition("[\n")[0]
    found = list(csv.DictReader((course.grades / "grades.csv").open(encoding="utf-8", newline="")))
    assert [row["score"] for row in found if row["student_id"] == "ada"] == ["4.0"]
    others = [row for row in found if row["student_id"] != "ada"]
    assert len({row["student_id"] for row in others}) == len(odd)
    assert all(row["score"] == "" and "not graded" in row["note"] for row in others)
    assert f"{len(odd) + 1} submissions" in course.report.with_name("tiny.html").read_text("utf-8")


def test_files_with_odd_names_beside_the_notebook_are_named_harmlessly(course, hand_in, capsys):
    inside = hand_in("ada", {"double": RIGHT}).parent
    for name in ("x\udcff.txt", "\u202e\x1b[31m.txt", "<script>.txt", "=cmd.csv"):
        (inside / name).write_text("x", "utf-8")
    for command in ("grade", "feedback", "report", "export"):
        app([command, "--course", str(course.root)], standalone_mode=False)
    assert "\x1b[31m." not in capsys.readouterr().out
    report = course.report.with_name("tiny.html").read_text("utf-8")
    assert "&lt;script&gt;.txt" in page(course, "ada") and "<script>" not in page(course, "ada")
    assert r"\u003cscript\u003e.txt" in report and "<script>.txt" not in report


def failing(text):
    """A run in which the first test fails with this message of a check."""

    def run_notebook(notebook, **how):
        executed = quick.run_notebook(notebook, **how)
        values = next(cell for cell in executed.cells if cells.grade_id(cell) == "double-values")
        values.outputs = [quick.error("CheckFailed", text)]
        return executed

    return run_notebook


def test_where_to_read_is_a_link_once_the_book_has_an_address(course, hand_in, monkeypatch, tmp_path):
    place = "The recurrent cell, section 1.2 “One step”, Eq. (1.3)"
    path = "book/recurrence/rnn-cell.html#equation-eq-rnn-step"
    rows = (("", "✗ double: wrong."), ("Likely cause", "You use <b>U</b>."), ("Read", f"{place}: {path}"))
    monkeypatch.setattr(run, "run_notebook", failing(Message("double", "values", rows, "halved").text()))
    monkeypatch.setattr(book, "CONFIG", tmp_path / "_config.yml")
    hand_in("ada", {"double": "def double(x):\n    return x"})
    grade(course, "tiny")
    write_feedback(course, "tiny")
    assert f"{place}: {path}" in " ".join(page(course, "ada").split()) and "://" not in page(course, "ada")
    (tmp_path / "_config.yml").write_text("html: {baseurl: 'https://book.example/rnn'}")
    write_feedback(course, "tiny")
    assert f'<dd><a href="https://book.example/rnn/{path}">{place}</a></dd>' in page(course, "ada")
    assert "<b>" not in page(course, "ada")


def test_a_page_says_what_waits_and_gives_no_zero_that_nobody_earned(course, hand_in, fast):
    hand_in("ada", {"double": RIGHT, "why": "Because."})
    hand_in("unreadable").write_bytes(b"PK\x03\x04")
    grade(course, "tiny")
    write_feedback(course, "tiny")
    ada = " ".join(page(course, "ada").split())
    assert "4 of 4 points so far, 2 for a person" in ada and "– / 2 points · waits for a person" in ada
    lost = page(course, "unreadable")
    assert "No points yet" in lost and "could not be read" in lost
    assert "0 of" not in lost and "0 / " not in lost and "not written" not in lost
    with gradebook(course) as opened:
        why = opened.find_grade("why", "tiny", "tiny", "ada")
        why.manual_score, why.needs_manual_grade = 0.0, False
        opened.db.commit()
    write_feedback(course, "tiny")
    ada = " ".join(page(course, "ada").split())
    assert "4 of 6 points<" in ada and "0 / 2 points · read by a person" in ada


def test_a_page_of_a_former_hand_in_says_so(course, hand_in, fast):
    path = hand_in("ada", {"double": RIGHT})
    grade(course, "tiny")
    write_feedback(course, "tiny")
    assert EARLIER not in page(course, "ada")
    path.rename(course.submitted / "ada" / "tiny.ipynb")
    path.parent.rmdir()
    grade(course, "tiny")
    write_feedback(course, "tiny")
    assert EARLIER in page(course, "ada") and "4 of 6 points" in page(course, "ada")


RUBRIC = "**Rubric.**\n- a 1.5: <i>zero</i> is neutral\n- b 0.5: for the addition\n\n"
COMMENT = "a: Nearly <b>.\n> zero   twice\nTwice of what?\n> not in the answer\nMissing."


def test_a_rubric_reaches_formgrader_and_its_choices_the_student(graded):
    source = graded.source_notebook("tiny")
    notebook = nbformat.read(source, 4)
    (asked,) = [cell for cell in notebook.cells if cells.grade_id(cell) == "why"]
    asked.source = asked.source.replace("Because zero", f"{RUBRIC}Because zero")
    nbformat.write(notebook, source)
    path = graded.notebook("wrong", "tiny")
    path.chmod(0o644)
    path.write_text(path.read_text("utf-8").replace("Because. ", "It is zero\\ntwice over. "), "utf-8")
    shown, _ = Harmless().preprocess(nbformat.read(path, 4), {"metadata": {"path": str(path.parent)}})
    (above,) = [shown.cells[at - 1].source for at, cell in enumerate(shown.cells) if cells.grade_id(cell) == "why"]
    assert "- **b** 0.5: for the addition" in above and "zero" not in text_of(above.partition("- **a**")[0])
    with gradebook(graded) as book:
        grade = book.find_grade("why", "tiny", "tiny", "wrong")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.find_comment("why", "tiny", "tiny", "wrong").manual_comment = COMMENT
        book.db.commit()
    write_feedback(graded, "tiny")
    text = text_of(page(graded, "wrong"))
    assert "✓ 1.5 · &lt;i&gt;zero&lt;/i&gt; is neutral" in text
    assert "– 0.5 · for the addition (not found in your answer)" in text
    assert "zero twice [1] over." in text and "Comment. Nearly &lt;b&gt;." in text
    assert "zero twice Twice of what?" in text and "not in the answer Missing." in text and "[2]" not in text
    right = page(graded, "right")
    assert "for the addition" not in right, "nobody has read it"


def text_of(page):
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())
