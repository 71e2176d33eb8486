"""The gradebook on a PostgreSQL server of our own: the same grades as on SQLite, and as safe to repeat."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from autograde.course.errors import CourseError
from autograde.course.folder import CONFIG_NAME, Course
from autograde.course.gradebook import gradebook
from autograde.course.settings import CONFIG_FILE
from autograde.grade.grade import grade
from autograde.release.release import release
from autograde.reports.export import write_grades
from tests.autograde.conftest import no_fixtures
from tests.autograde.grade.test_grade import RIGHT, WRONG
from tests.autograde.grade.test_interrupted import grade_and_die

pytestmark = pytest.mark.slow


def program(name: str) -> str:
    """Where a program of the server is; Debian keeps them away from PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *map(str, places)]))
    assert found, f"{name} is missing: `make test` installs PostgreSQL on Debian and Ubuntu, as root"
    return found


@pytest.fixture(scope="module")
def server():
    """A server that answers on a Unix socket only: the folder of its data and its socket, and how to control it."""
    folder = Path(tempfile.mkdtemp(prefix="unrolled-postgres-"))
    who = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    if who:  # it refuses to run as root
        shutil.chown(folder, "postgres", "postgres")

    def control(*words: str) -> None:
        subprocess.run(words, cwd=folder, check=True, capture_output=True, timeout=60, **who)

    control(program("initdb"), "-D", f"{folder}/data", "-U", "grader", "-A", "trust", "--no-sync", "--encoding=UTF8")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    log = f"{folder}/log"

    def server_is(state: str) -> None:
        control(program("pg_ctl"), "-D", f"{folder}/data", "-o", options, "-l", log, "-m", "immediate", "-w", state)

    server_is("start")
    yield folder, server_is
    server_is("stop")
    shutil.rmtree(folder)


@pytest.fixture
def on_postgres(server, secret, tmp_path) -> Course:
    """A course whose gradebook is in a fresh database of the server, with `tiny` released."""
    folder, _ = server
    subprocess.run([program("createdb"), "-h", folder, "-U", "grader", tmp_path.name], check=True, timeout=60)
    made = Course(tmp_path / "on-postgres")
    made.root.mkdir()
    url = f"postgresql+psycopg://grader@/{tmp_path.name}?host={folder}"
    (made.root / CONFIG_NAME).write_text(f"{CONFIG_FILE}\nc.CourseDirectory.db_url = {url!r}\n", "utf-8")
    release(made, ["tiny"], secret=secret, fixtures=no_fixtures)
    return made


@pytest.fixture
def both(course, on_postgres, hand_in) -> tuple[Course, Course]:
    """The same class handed in to a course on SQLite and to one on PostgreSQL."""
    for number in range(9):
        hand_in(f"s{number} Zoë 李", {"double": WRONG if number % 3 == 0 else RIGHT, "why": "Because."})
    shutil.copytree(course.submitted, on_postgres.submitted)
    return course, on_postgres


def grades(course: Course) -> bytes:
    return write_grades(course, ["tiny"], form="csv", to=None)[0].read_bytes()


def by_hand(course: Course) -> None:
    with gradebook(course) as book:
        found = book.find_grade("why", "tiny", "tiny", "s1 Zoë 李")
        found.manual_score, found.needs_manual_grade = 1.5, False
        book.db.commit()


def test_the_exported_grades_are_those_of_sqlite_also_after_a_regrade_and_manual_points(both, fast):
    for force in (False, True, True):
        for course in both:
            assert {row.status for row in grade(course, "tiny", force=force)} == {"graded"}
            by_hand(course)
        assert grades(both[0]) == grades(both[1])
    assert not (both[1].root / "gradebook.db").exists()
    assert {row.status for row in grade(both[1], "tiny")} == {"unchanged"}


def test_kill_then_the_same_command(both, fast):
    sqlite, postgres = both
    grade(sqlite, "tiny")
    for step in (9, 30, 14):
        assert grade_and_die(postgres, step)
    grade(postgres, "tiny")
    assert grades(postgres) == grades(sqlite)


def test_a_server_that_stops_in_the_middle_is_a_sentence_and_the_same_command_goes_on(both, server, fast):
    sqlite, postgres = both
    _, server_is = server
    grade(sqlite, "tiny")
    rows = []

    def finished(row):
        rows.append(row)
        if len(rows) == 3:
            server_is("stop")

    with pytest.raises(CourseError, match="database does not answer"):
        grade(postgres, "tiny", finished=finished)
    server_is("start")
    # What was told as done is done; what was recorded in one transaction with it, too.
    statuses = [row.status for row in grade(postgres, "tiny")]
    assert 3 <= statuses.count("unchanged") < len(statuses)
    assert grades(postgres) == grades(sqlite)
