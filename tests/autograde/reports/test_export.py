"""Exported grades: no zero that nobody earned, no formula, and the same bytes each time."""

import csv
import json
from datetime import UTC, datetime, timedelta

import pytest
from nbgrader.api import Gradebook

from autograde.cli import app
from autograde.course.apply import apply_plan
from autograde.course.folder import CONFIG_NAME
from autograde.course.gradebook import gradebook
from autograde.course.settings import CONFIG_FILE
from autograde.grade.grade import grade
from autograde.grade.results import submissions
from autograde.reports.export import write_grades
from autograde.reports.grades import grades
from autograde.reports.into.sheet import safe

RIGHT = "def double(x):\n    return x + x"
WRITTEN = {"double": RIGHT, "why": "Because."}
SOON, PAST = (str(datetime.now(UTC).replace(tzinfo=None, microsecond=0) + timedelta(days=days)) for days in (5, -5))


def rows(course, **how):
    with write_grades(course, ["tiny"], **how)[0].open(encoding="utf-8", newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def platform(course, form, **how):
    """The scores by student, as a platform reads them."""
    with write_grades(course, ["tiny"], form=form, **how)[0].open(encoding="utf-8", newline="") as file:
        head, *table = csv.reader(file)
    name = head.index("SIS Login ID" if form == "canvas" else "ID number")
    assert head[-1] == "tiny"
    return {row[name]: row[-1] for row in table if row[name]}


def enrol(course, *students):
    with gradebook(course) as book:
        for student in students:
            book.update_or_create_student(student)


def due(course, date):
    with gradebook(course) as book:
        book.update_or_create_assignment("tiny", duedate=f"{date} UTC")


def read_by_hand(course, student, points, cell="why"):
    with gradebook(course) as book:
        found = book.find_grade(cell, "tiny", "tiny", student)
        found.manual_score, found.needs_manual_grade = points, False
        book.db.commit()


@pytest.fixture
def graded(course, hand_in, fast):
    """A hand-in of each kind, and one student who handed in nothing."""
    hand_in("right", {"double": RIGHT})
    hand_in("waits", WRITTEN)
    hand_in("empty")
    hand_in("unreadable").write_bytes(b"PK\x03\x04")
    (course.submitted / "nothing-inside" / "tiny").mkdir(parents=True)
    for name in ("tiny (1).ipynb", "other.ipynb"):
        hand_in("two", {"double": RIGHT}, name=name)
    hand_in("<b>bold")
    enrol(course, "absent")
    grade(course, "tiny")
    return course


def test_nothing_that_nobody_graded_is_a_number(graded):
    found = rows(graded)
    assert {student: row["score"] for student, row in found.items()} == {
        "right": "4.0", "empty": "1.0", "waits": "", "unreadable": "", "nothing-inside": "", "two": "", "<b>bold": "",
        "absent": "",
    }  # fmt: skip
    for student, row in found.items():
        assert (row["raw_score"] == "") == (row["late_submission_penalty"] == "") == (row["score"] == ""), student
        assert bool(row["note"]) == (row["score"] == ""), student
        assert row["max_score"] == "6.0"
    assert found["waits"]["note"] == "4 of 4 points so far, 2 for a person"
    assert "could not be read" in found["unreadable"]["note"]
    assert "There is no notebook" in found["nothing-inside"]["note"]
    assert "'other.ipynb', 'tiny (1).ipynb'" in found["two"]["note"]
    assert "formgrader" in found["<b>bold"]["note"]
    assert found["absent"]["note"] == "nothing was handed in"
    assert "other.ipynb" in found["two"]["remarks"] and found["right"]["remarks"] == ""
    so_far = {student: (row["points_so_far"], row["max_so_far"], row["waiting"]) for student, row in found.items()}
    assert so_far["right"] == ("4.0", "6.0", "0") and so_far["waits"] == ("4.0", "4.0", "1")
    assert {so_far[student] for student in ("unreadable", "absent", "two", "<b>bold")} == {("", "", "0")}


@pytest.mark.parametrize("form", ["canvas", "moodle"])
def test_platforms_get_an_empty_field_never_a_zero(graded, form):
    expected = {"right": "4.0", "empty": "1.0", "waits": ""} | dict.fromkeys(
        ("unreadable", "nothing-inside", "two", "absent"), ""
    )
    assert platform(graded, form) == expected, "the folder that is nobody's is left out"
    assert platform(graded, form, partial=True) == expected | {"waits": "4.0"}
    assert platform(graded, form, zeros=True) == expected | {"absent": "0.0"}
    read_by_hand(graded, "waits", 1.5)
    assert platform(graded, form) == expected | {"waits": "5.5"}


def test_the_commands_say_what_has_no_grade_yet(graded, capsys):
    app(["grade", "--course", str(graded.root)], standalone_mode=False)
    assert "tiny: 1 answer waits for a person" in capsys.readouterr().out
    app(["export", "--course", str(graded.root)], standalone_mode=False)
    told = capsys.readouterr().out
    waits = "tiny: 1 student has no grade yet, as answers wait for a person in formgrader (--partial gives the points"
    assert waits in told and "tiny: 1 handed in nothing (an empty field): absent" in told
    for student in ("unreadable", "nothing-inside", "two", "<b>bold"):
        assert f"no grade {student}, tiny: not graded: " in told
    assert "no grade right" not in told and "no grade waits" not in told
    app(["export", "--partial", "--course", str(graded.root)], standalone_mode=False)
    told = capsys.readouterr().out
    assert "tiny: 1 grade is the points so far, as answers wait for a person in formgrader: waits" in told
    app(["grade", "--json", "--course", str(graded.root)], standalone_mode=False)
    found = {row["student"]: row for row in json.loads(capsys.readouterr().out)}
    assert (found["waits"]["points"], found["waits"]["max_points"], found["waits"]["waiting"]) == (4, 6, {"why": 2})
    assert found["unreadable"]["points"] is found["<b>bold"]["points"] is None


def test_what_nobody_has_handed_in_is_not_in_the_export(course, capsys):
    enrol(course, "ada")
    app(["export", "--course", str(course.root)], standalone_mode=False)
    assert "Nothing was handed in yet" in capsys.readouterr().out
    assert rows(course) == {} and grades(course, ["tiny"]) == []
    assert grades(course, ["tiny"], zeros=True) == [], "without a due date nobody was asked for it yet"
    due(course, SOON)
    assert grades(course, ["tiny"], zeros=True) == []
    due(course, PAST)
    assert grades(course, ["tiny"]) == []
    assert [(one.student_id, one.score) for one in grades(course, ["tiny"], zeros=True)] == [("ada", 0)]


def test_what_was_handed_in_but_not_graded_yet_is_said(course, hand_in, fast):
    hand_in("ada", {"double": RIGHT})
    due(course, PAST)
    note = "not graded yet: run `autograde grade`"
    assert [(one.student_id, one.score, one.note) for one in grades(course, ["tiny"], zeros=True)] == [
        ("ada", None, note)
    ]
    grade(course, "tiny")
    hand_in("bob", {"double": RIGHT})
    assert [(one.student_id, one.score) for one in grades(course, ["tiny"], zeros=True)] == [("ada", 4), ("bob", None)]
    assert platform(course, "moodle") == {"ada": "4.0"}


def test_what_is_not_due_yet_is_no_zero_even_where_zeros_are_asked_for(graded):
    due(graded, SOON)
    found = rows(graded, zeros=True)
    assert (
        found["absent"]["score"] == ""
        and found["absent"]["note"] == f"nothing was handed in, which is due on {SOON}+00:00"
    )
    assert found["right"]["score"] == "4.0"
    due(graded, PAST)
    assert rows(graded, zeros=True)["absent"]["score"] == "0.0"
    assert rows(graded, zeros=True)["unreadable"]["score"] == "", "something was handed in"
    assert rows(graded)["absent"]["score"] == ""


def test_who_can_still_hand_in_gets_no_zero(graded, capsys):
    enrol(graded, "longer")
    days = {day: f"{datetime.now(UTC) + timedelta(days=day):%Y-%m-%d %H:%M}" for day in (-9, -2, 2)}

    def found(until):
        text = (
            f"assignments: {{tiny: {{due: {days[-9]}, until: {until}}}}}\nextensions: {{longer: {{tiny: {days[2]}}}}}"
        )
        (graded.root / "course.yml").write_text(text)
        apply_plan(graded)
        return {student: (row["score"], row["note"]) for student, row in rows(graded, zeros=True).items()}

    still = found(days[2])["absent"]
    assert still == ("", f"nothing was handed in, and it is taken until {days[2]}:59+00:00")
    over = found(days[-2])
    assert over["absent"] == ("0.0", "nothing was handed in")
    assert over["longer"] == ("", f"nothing was handed in, which is due on {days[2]}:59+00:00")
    app(["export", "--zeros", "--course", str(graded.root)], standalone_mode=False)
    told = capsys.readouterr().out
    assert "1 handed in nothing (0 points): absent" in told and "1 handed in nothing (an empty field): longer" in told


def test_what_nobody_has_handed_in_counts_only_after_its_end(course):
    enrol(course, "ada")
    due, soon, past = (f"{datetime.now(UTC) + timedelta(days=day):%Y-%m-%d %H:%M}" for day in (-9, 2, -2))
    for until, expected in ((soon, []), (past, [0])):
        (course.root / "course.yml").write_text(f"assignments: {{tiny: {{due: {due}, until: {until}}}}}")
        apply_plan(course)
        assert [one.score for one in grades(course, ["tiny"], zeros=True)] == expected


def test_a_late_penalty_is_told_with_the_points_so_far(course, hand_in, fast):
    (course.root / CONFIG_NAME).write_text(f"{CONFIG_FILE}\nc.LateSubmissionPlugin.penalty_method = 'zero'\n")
    for student, answers in {"ada": WRITTEN, "bob": {"double": RIGHT}}.items():
        (hand_in(student, answers).parent / "timestamp.txt").write_text(f"{SOON} UTC")
    grade(course, "tiny")
    due(course, PAST)
    found = rows(course)
    assert found["ada"]["note"] == "0 of 4 points so far, 2 for a person; 4 points less for handing in late"
    assert [found["bob"][name] for name in ("raw_score", "late_submission_penalty", "score")] == ["4.0", "4.0", "0.0"]


def test_who_has_only_an_extension_has_handed_in_nothing(graded):
    due(graded, PAST)
    with gradebook(graded) as book:
        book.update_or_create_submission("tiny", "absent")
        book.grant_extension("tiny", "absent", days=2)
    assert "absent" not in {found.student for found in submissions(graded, "tiny")}
    row = rows(graded, zeros=True)["absent"]
    assert (row["note"], row["score"]) == ("nothing was handed in", "0.0"), "the two days are over"
    with gradebook(graded) as book:
        book.grant_extension("tiny", "absent", days=9)
    row = rows(graded, zeros=True)["absent"]
    assert row["note"].startswith("nothing was handed in, which is due on ") and row["score"] == ""


def test_what_a_person_gave_for_a_file_that_could_not_be_read_counts(graded):
    read_by_hand(graded, "unreadable", 3, cell="double-values")
    row = rows(graded)["unreadable"]
    assert row["score"] == "3.0" and row["note"].startswith("graded by hand alone: ")


def test_a_grade_of_before_stands_beside_the_reason_why_the_present_hand_in_has_none(
    course, hand_in, fast, monkeypatch
):
    hand_in("ada", {"double": RIGHT})
    grade(course, "tiny")
    path = hand_in("ada")
    path.rename(course.submitted / "ada" / "tiny.ipynb")
    path.parent.rmdir()
    grade(course, "tiny")
    (row,) = rows(course).values()
    assert row["score"] == "4.0" and row["note"].startswith("the grade of an earlier hand-in; the present one was not ")


def test_times_go_by_the_clock_of_the_course_and_say_so(course, hand_in, fast):
    (course.root / "course.yml").write_text("timezone: Europe/Berlin\nassignments: {tiny: {due: 2026-10-11 23:59}}")
    (hand_in("ada").parent / "timestamp.txt").write_text("2026-10-11 20:00:00 UTC")
    apply_plan(course)
    grade(course, "tiny")
    row = rows(course)["ada"]
    assert (row["duedate"], row["timestamp"]) == ("2026-10-11 23:59:59+02:00", "2026-10-11 22:00:00+02:00")


def test_the_export_of_a_class_asks_the_gradebook_a_few_times_only(graded, monkeypatch):
    opened = []
    former = Gradebook.__init__
    monkeypatch.setattr(Gradebook, "__init__", lambda self, *args: opened.append(args) or former(self, *args))
    grades(graded, ["tiny"])
    assert len(opened) == 2


def test_exports_are_the_same_each_time_and_hold_no_formula(course, hand_in, fast):
    hand_in("=1+1", {"double": RIGHT})
    hand_in("ada")
    grade(course, "tiny")
    path, _ = write_grades(course, ["tiny"])
    first = path.read_bytes()
    assert write_grades(course, ["tiny"])[0].read_bytes() == first
    assert [
        (row["student_id"], row["score"], row["max_score"]) for row in csv.DictReader(first.decode().splitlines())
    ] == [
        ("'=1+1", "4.0", "6.0"),
        ("ada", "1.0", "6.0"),
    ]
    canvas = list(csv.reader(write_grades(course, ["tiny"], form="canvas")[0].read_text().splitlines()))
    assert canvas[0][0] == "Student" and canvas[1][0].strip() == "Points Possible" and canvas[1][-1] == "6.0"
    moodle = list(csv.reader(write_grades(course, ["tiny"], form="moodle")[0].read_text().splitlines()))
    assert moodle[0] == ["ID number", "First name", "Last name", "Email address", "tiny"]
    assert moodle[2] == ["ada", "", "", "", "1.0"]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1"])
def test_formulas_are_defused(text):
    assert safe(text) == f"'{text}"


def test_numbers_and_words_stay():
    assert [safe(cell) for cell in (-1.0, "ada", "")] == [-1.0, "ada", ""]
