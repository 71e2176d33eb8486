"""The round through nbgrader's exchange, with students who write into it as they like."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeFetchAssignment, ExchangeFetchFeedback, ExchangeSubmit
from traitlets.config import Config

from autograde.course.folder import CONFIG_NAME, Course
from autograde.course.settings import CONFIG_FILE
from autograde.grade.grade import grade
from autograde.hub import exchange as hub
from autograde.reports.feedback import write_feedback

pytestmark = pytest.mark.usefixtures("fast")
COURSE_ID = "rnn-2026"  # another than ours, as where a hub has two courses
RIGHT = {"double": "def double(x):\n    return x + x"}
WRONG = {"double": "def double(x):\n    return x"}


@pytest.fixture
def exchange(tmp_path, course):
    """The folder of an exchange that the course's settings name, where all hand-ins belong to one user."""
    folder = tmp_path / "exchange"
    folder.mkdir()
    folder.chmod(0o1777)
    named(course, folder, "c.ExchangeCollect.check_owner = False")
    return folder


@pytest.fixture
def one(tmp_path, exchange, course):
    """A student, and an exchange in which the assignment is released."""
    assert api_of(course).release_assignment("tiny")["success"]
    return Student("ada", tmp_path, exchange)


def named(course: Course, exchange: Path, *lines: str) -> None:
    own = [f"c.CourseDirectory.course_id = {COURSE_ID!r}", f"c.Exchange.root = {str(exchange)!r}"]
    settings = [CONFIG_FILE, *own, *lines]
    (course.root / CONFIG_NAME).write_text("\n".join(settings), "utf-8")


def api_of(course: Course) -> NbGraderAPI:
    """What formgrader calls, with the course's present settings."""
    config = Course(course.root).config
    return NbGraderAPI(CourseDirectory(root=str(course.root), config=config), config=config)


class Student:
    """A student with a home folder and nbgrader's commands."""

    def __init__(self, name: str, homes: Path, exchange: Path) -> None:
        self.home = homes / name
        self.home.mkdir()
        self.inbound = exchange / COURSE_ID / "inbound"
        self.config = Config()
        self.config.CourseDirectory.update(
            course_id=COURSE_ID, student_id=name, assignment_id="tiny", root=str(self.home)
        )
        self.config.Exchange.update(root=str(exchange), assignment_dir=str(self.home), cache=str(self.home / ".cache"))

    def _do(self, kind):
        course = CourseDirectory(config=self.config)
        kind(coursedir=course, authenticator=Authenticator(), config=self.config).start()

    def hand_in(self, answers):
        """Fetch the assignment where that was not done, write answers, submit; returns the folder in the exchange."""
        path = self.home / "tiny" / "tiny.ipynb"
        if not path.exists():
            self._do(ExchangeFetchAssignment)
        notebook = nbformat.read(path, 4)
        for cell in notebook.cells:
            cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
        nbformat.write(notebook, path)
        before = set(self.inbound.iterdir())
        self._do(ExchangeSubmit)
        return (set(self.inbound.iterdir()) - before).pop()

    def feedback(self):
        """The pages that the student finds, the oldest first."""
        self._do(ExchangeFetchFeedback)
        return [path.read_text("utf-8") for path in sorted((self.home / "tiny" / "feedback").glob("*/tiny.html"))]


def collected(course: Course) -> tuple[set[str], str]:
    """Who is in submitted/ after collecting, and what was said."""
    told = api_of(course).collect("tiny")
    assert told["success"], told
    return {path.parent.name for path in course.submitted.glob("*/tiny")}, told["log"]


def released_feedback(course: Course) -> str:
    assert grade(course, "tiny")
    write_feedback(course, "tiny")
    told = api_of(course).release_feedback("tiny")
    assert told["success"], told
    return told["log"]


def test_each_student_gets_feedback_on_what_was_handed_in_last(course, exchange, one, tmp_path):
    (about,) = api_of(course).get_assignments()
    assert about["status"] == "released"
    bob = Student("bob", tmp_path, exchange)
    one.hand_in(RIGHT)
    bob.hand_in(WRONG)
    assert collected(course)[0] == {"ada", "bob"}
    rows = grade(course, "tiny")
    assert [(row.student, row.remarks) for row in rows] == [("ada", []), ("bob", [])], "none about nbgrader's own files"
    assert all(found["autograded"] for found in api_of(course).get_submissions("tiny")), (
        "formgrader sees them as graded"
    )
    released_feedback(course)
    assert ["✗" in page for page in one.feedback() + bob.feedback()] == [False, True]
    bob.hand_in(WRONG)  # the same again, which the page is as before for
    collected(course)
    released_feedback(course)
    assert len(bob.feedback()) == 2 and len(one.feedback()) == 1


def test_feedback_of_others_is_released_where_somebody_handed_in_another_way(course, one, hand_in):
    hand_in("Zoë, by mail", RIGHT)
    one.hand_in(RIGHT)
    collected(course)
    assert "Zoë, by mail did not hand in through the exchange" in released_feedback(course)
    assert len(one.feedback()) == 1


@pytest.mark.parametrize("secret", [b"", b"\xff" * 128, b"../../" * 20, b"a" * 5000])
def test_a_secret_that_is_none_costs_the_page_and_nothing_else(course, one, secret):
    folder = one.hand_in(RIGHT)
    (folder / "submission_secret.txt").chmod(0o644)
    (folder / "submission_secret.txt").write_bytes(secret)
    collected(course)
    (row,) = grade(course, "tiny")
    assert row.status == "graded" and "submission_secret.txt is not as nbgrader writes it" in row.remarks[0]
    assert "ada did not hand in" in released_feedback(course)


def test_an_unsure_time_does_not_keep_the_feedback_back(course, one):
    folder = one.hand_in(RIGHT)
    (folder / "timestamp.txt").write_text("tomorrow")
    collected(course)
    released_feedback(course)
    assert len(one.feedback()) == 1


def test_no_link_brings_in_what_only_the_instructor_may_read(course, one):
    folder = one.hand_in(RIGHT)
    (folder / "tiny.ipynb").unlink()
    (folder / "tiny.ipynb").symlink_to(course.source_notebook("tiny"))
    (folder / "more").symlink_to(course.source)
    os.mkfifo(folder / "pipe")
    assert collected(course)[0] == {"ada"}
    assert {path.name for path in course.submitted.glob("ada/tiny/**/*")} == {
        "fixtures.npz", "submission_secret.txt", "timestamp.txt"
    }  # fmt: skip
    shutil.rmtree(course.submitted)
    shutil.rmtree(folder)
    folder.symlink_to(course.source / "tiny")
    found, told = collected(course)
    assert found == set() and "it is no folder" in told


def test_nobody_hands_in_for_another(course, exchange, one, monkeypatch):
    named(course, exchange)  # nbgrader's own setting: the owner is looked at
    one.hand_in(RIGHT)
    found, told = collected(course)
    assert found == set() and "check_owner" in told
    monkeypatch.setattr(hub, "_user", lambda number: "ada")
    assert collected(course)[0] == {"ada"}


@pytest.mark.parametrize(
    "name", ["ada+tiny+soon+x", "ada+tiny+99999-01-01 00:00:00 UTC+x", "a<b>+tiny+2026-01-01 UTC+x"]
)
def test_a_folder_of_any_name_keeps_nobody_from_being_collected(course, one, name):
    one.hand_in(RIGHT)
    (one.inbound / name).mkdir()
    found, told = collected(course)
    assert found == {"ada"} and f"{name} was left out" in told


def test_a_huge_hand_in_keeps_nobody_from_being_collected(course, exchange, one, tmp_path):
    named(course, exchange, "c.ExchangeCollect.check_owner = False", "c.CourseDirectory.max_dir_size = 50  # kB")
    folder = one.hand_in(RIGHT)
    (folder / "data.bin").write_bytes(b"x" * 60_000)
    Student("bob", tmp_path, exchange).hand_in(WRONG)
    found, told = collected(course)
    assert found == {"ada", "bob"} and "data.bin was not taken" in told
    assert folder.name in told
    assert (course.submitted / "ada" / "tiny" / "tiny.ipynb").is_file()


def test_a_file_that_changed_after_the_time_of_the_hand_in_is_named(course, one):
    folder = one.hand_in(RIGHT)
    assert "a person should look" not in collected(course)[1]
    shutil.rmtree(course.submitted)
    before = f"{datetime.now(UTC) - timedelta(hours=2):%Y-%m-%d %H:%M:%S.%f} UTC"
    folder.rename(folder.with_name(f"ada+tiny+{before}+x"))
    found, told = collected(course)
    assert found == {"ada"} and "a person should look" in told


def test_without_exchange_and_hub_what_is_released_counts_as_released(course, tmp_path, monkeypatch):
    monkeypatch.setattr("autograde.hub.exchange.List.root", str(tmp_path / "none"), raising=False)
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    api = api_of(course)
    assert not api.exchange_missing, "formgrader warns of a missing folder"
    assert [about["status"] for about in api.get_assignments()] == ["released"]
    told = api.collect("tiny")
    assert not told["success"] and "`autograde collect`" in told["log"]
    assert not api.unrelease("tiny")["success"] and course.release_notebook("tiny").is_file()


def test_an_exchange_that_is_named_and_missing_is_told(course, tmp_path):
    named(course, tmp_path / "none")
    api = api_of(course)
    assert api.exchange_missing and api.get_assignments()[0]["status"] == "draft"
