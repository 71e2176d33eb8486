"""Model answers come out from their date on, without hidden tests, and nowhere public before."""

import shutil
from datetime import UTC, datetime

import nbformat
import pytest

from autograde.cli import app
from autograde.course.errors import CourseError
from autograde.course.folder import Course
from autograde.demo import SHOWN
from autograde.release.answers import answers_notebook, write_answers
from autograde.release.publish import publish
from autograde.release.release import available
from autograde.release.source import read_source
from solutions.exercises.catalogue import source_of

DAY = datetime(2026, 11, 7, 12, 0, tzinfo=UTC)


def plan(course: Course, text: str) -> None:
    (course.root / "course.yml").write_text(f"timezone: Europe/Berlin\nassignments:\n  tiny: {text}\n", "utf-8")


def text_of(notebook) -> str:
    return "\n".join(cell.source for cell in notebook.cells)


def test_answers_are_there_and_nothing_that_is_hidden(course, secret):
    plan(course, "{due: 2026-10-30 23:59, answers: 2026-11-07 08:00}")
    path = write_answers(course, "tiny", now=DAY, secret=secret)
    notebook = nbformat.read(path, 4)
    text = text_of(notebook)
    assert "twice_of_the_argument = 2 * x" in text and "Because zero is neutral" in text
    for hidden in ("43.0", "hidden sentence", "HIDDEN", "SOLUTION", "canary", "double(0.0)"):
        assert hidden not in text
    assert "# 3 points: values on fresh inputs." in text
    assert all(not cell.metadata for cell in notebook.cells)
    nbformat.validate(notebook)


def test_the_answers_run(course, secret):
    plan(course, "{answers: 2026-11-07 08:00}")
    notebook = nbformat.read(write_answers(course, "tiny", now=DAY, secret=secret), 4)
    names = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
    assert names["double"](4) == 8


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("{due: 2026-10-30 23:59}", "does not say from when on the model answers of 'tiny'"),
        ("{answers: 2026-11-07 13:30}", "may be given out from Sat 07 Nov 2026, 13:30 on"),
    ],
)
def test_before_their_date_and_without_one_they_are_not_written(course, secret, stated, said):
    plan(course, stated)
    with pytest.raises(CourseError, match=said):
        write_answers(course, "tiny", now=DAY, secret=secret)
    assert not (course.build / "answers").exists()


def test_they_wait_for_the_last_extension(course, secret):
    plan(
        course,
        "{due: 2026-10-30 23:59, answers: 2026-11-07 08:00}\nextensions:\n"
        "  ada: {tiny: 2026-11-09 12:00}\n  ben: {tiny: 2026-11-08 12:00}",
    )
    with pytest.raises(CourseError, match=r"ada may hand in 'tiny' until Mon 09 Nov 2026, 12:00"):
        write_answers(course, "tiny", now=DAY, secret=secret)
    assert write_answers(course, "tiny", now=DAY.replace(day=10), secret=secret).is_file()


def test_the_command_says_of_each_with_a_date_why_it_waits(course):
    plan(course, "{due: 2026-10-30 23:59, answers: 2099-11-07 08:00}")
    with pytest.raises(CourseError, match=r"'tiny' may be given out from .* 2099"):
        app(["answers", "--course", str(course.root)], standalone_mode=False)


def test_the_command_names_a_misspelt_student_for_whom_they_wait(course, hand_in, capsys):
    hand_in("hopper")
    plan(
        course,
        "{due: 2026-10-30 23:59, answers: 2026-11-07 08:00}\nextensions:\n  hoper: {tiny: 2099-11-09 12:00}",
    )
    with pytest.raises(CourseError, match="hoper may hand in 'tiny' until"):
        app(["answers", "tiny", "--course", str(course.root)], standalone_mode=False)
    assert "nobody here is called 'hoper'; did you mean 'hopper'?" in capsys.readouterr().out


def test_a_hidden_value_outside_of_the_markers_stops_them(course, secret):
    plan(course, "{answers: 2026-11-07 08:00}")
    source = course.source_notebook("tiny")
    notebook = nbformat.read(source, 4)
    test = next(cell for cell in notebook.cells if "hidden sentence" in cell.source)
    test.source = test.source.replace("### BEGIN HIDDEN TESTS\n", "").replace("\n### END HIDDEN TESTS", "")
    nbformat.write(notebook, source)
    with pytest.raises(CourseError, match=r"1 leak\(s\): tiny.ipynb holds a hidden test"):
        write_answers(course, "tiny", now=DAY, secret=secret)


@pytest.mark.parametrize(("answers", "are_out"), [("2000-01-02 08:00", True), ("2099-01-02 08:00", False)])
def test_what_is_public_holds_them_after_their_date_only(course, secret, answers, are_out):
    plan(course, f"{{answers: {answers}}}")
    page = course.site / "book" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<article><p>Read.</p></article>", "utf-8")
    (course.site / "index.html").write_text("", "utf-8")
    shutil.copytree(course.bundles, course.site / "bundles")
    public = publish(course, secret)
    assert (public / "answers" / "tiny.ipynb").exists() == are_out
    assert ('<a href="../answers/tiny.ipynb">tiny</a>' in (public / "book/index.html").read_text("utf-8")) == are_out
    assert any("twice_of_the_argument" in path.read_text("utf-8", "replace") for path in public.rglob("*.*")) == are_out


@pytest.mark.parametrize(
    "slug", [slug if slug in SHOWN else pytest.param(slug, marks=pytest.mark.full) for slug in available()]
)
def test_each_assignment_has_answers_that_a_student_may_have(slug):
    source = read_source(source_of(slug))
    text = text_of(answers_notebook(source))
    assert "Model answer" in text
    for hidden in ("HIDDEN", "SOLUTION", "hidden=", "For the grader", "canary", "solutions."):
        assert hidden not in text, hidden
