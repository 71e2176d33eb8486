"""A course on something else: two assignments of plain assertions in a folder of their own, from source to answers."""

import csv
import html
import shutil
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from autograde.cli import app
from autograde.course.cells import grade_id
from autograde.course.folder import Course
from autograde.demo import fill, reference_answers
from tests.places import ROOT

# As gradebook.prepare does: pytest sets its own filters.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning:nbgrader")]
OURS = ROOT / "tests" / "other_course"
SLUGS = ("running-statistics", "sorting")
TO_READ = {"running-statistics": 1, "sorting": 1}
# Each loses the points of one test, for its own reason.
WRONG = {
    "sorting": {"merge": "def merged(first, second):\n    return sorted(second + first)\n"},
    "running-statistics": {
        "one-more": "def one_more(n, mean, s, x):\n    new = mean + (x - mean) / (n + 1)\n"
        "    return n + 1, new, s + (x - mean) ** 2\n"
    },
}
FORBIDDEN = {
    "running-statistics": {
        "one-more": "kept = []\n\ndef one_more(n, mean, s, x):\n    kept.append(x)\n"
        "    return len(kept), float(np.mean(kept)), float(np.var(kept) * len(kept))\n"
    }
}


def autograde(*words: str) -> str:
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    """The course with a class of five, graded."""
    made = Course(Path(shutil.copytree(OURS, tmp_path_factory.mktemp("elsewhere") / "course")))
    at = ("--course", str(made.root))
    assert "No leak" in autograde("release", *at)
    for slug in SLUGS:
        release = nbformat.read(made.release_notebook(slug), 4)
        right = reference_answers(nbformat.read(made.source_notebook(slug), 4))
        answers = {"ada": right, "ben": right | WRONG[slug], "cem": {}, "dora": right | FORBIDDEN.get(slug, {})}
        for student, given in answers.items():
            path = made.submitted / student / slug / f"{slug}.ipynb"
            path.parent.mkdir(parents=True)
            nbformat.write(fill(release, given), path)
    autograde("grade", *at)
    autograde("export", "--partial", *at)
    return made


@pytest.fixture(scope="module")
def scores(course) -> dict[tuple[str, str], float]:
    with (course.grades / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {(row["student_id"], row["assignment"]): float(row["score"]) for row in csv.DictReader(file)}


def test_only_its_own_assignments_are_released(course):
    assert course.released() == list(SLUGS)


def test_students_get_neither_answers_nor_hidden_tests(course):
    for slug in SLUGS:
        text = course.release_notebook(slug).read_text("utf-8")
        for secret in ("canary", "HIDDEN", "SOLUTION", "Model answer", "For the grader", "Turned around", "moved ="):
            assert secret not in text, (slug, secret)


@pytest.mark.parametrize("slug", SLUGS)
def test_points_are_those_of_the_assertions(course, scores, slug):
    notebook = nbformat.read(course.source_notebook(slug), 4)
    earned = {grade_id(cell): cell.metadata.nbgrader.get("points", 0) for cell in notebook.cells if grade_id(cell)}
    most = sum(earned.values()) - TO_READ[slug]
    lost = {"sorting": earned.get("merge-edges"), "running-statistics": earned.get("one-more-values")}[slug]
    assert scores["ada", slug] == most
    assert scores["ben", slug] == most - lost
    assert scores["cem", slug] == 0
    assert scores["dora", slug] == (most if slug == "sorting" else most - lost)


def test_the_feedback_says_what_is_wrong_and_shows_no_hidden_test(course):
    autograde("feedback", "--course", str(course.root))
    page = html.unescape(course.feedback_page("ben", "sorting").read_text("utf-8"))
    assert "Of equal numbers the first list's come first." in page
    assert "Turned around" not in page and "choices" not in page


def test_the_report_counts_a_mistake_that_a_plain_test_names(course):
    autograde("report", "--course", str(course.root))
    pages = [course.report.with_name(f"{slug}.html").read_text("utf-8") for slug in SLUGS]
    assert "one-mean-for-both" in pages[0] and "second-list-first" in pages[1]


def test_the_answers_come_out_after_their_date_only(course):
    at = ("--course", str(course.root))
    assert "sorting" in autograde("answers", *at)
    notebook = nbformat.read(course.build / "answers" / "sorting.ipynb", 4)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert "taken, i, j = [], 0, 0" in text and "m + n − 1" in text
    for secret in ("canary", "HIDDEN", "BEGIN", "For the grader", "Half for", "random"):
        assert secret not in text
    assert all("nbgrader" not in cell.metadata for cell in notebook.cells)
    assert not (course.build / "answers" / "running-statistics.ipynb").exists()
    early = CliRunner().invoke(app, ["answers", "running-statistics", *at])
    assert early.exit_code == 1 and "may be given out from Mon 26 Oct 2099, 08:00" in str(early.exception)
