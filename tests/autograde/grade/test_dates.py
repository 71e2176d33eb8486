"""The plan at work: dates, late days, extensions and people reach the gradebook, the grades and the feedback."""

import csv
import shutil

import pytest
from typer.testing import CliRunner

from autograde.cli import app
from autograde.course.apply import apply_plan
from autograde.course.folder import Course
from autograde.course.gradebook import gradebook
from autograde.course.origins import Origin, write_origins
from autograde.grade import run
from autograde.grade.grade import grade, in_order_of_dates, rescore_others
from autograde.grade.history import LATE, Change, changes_text
from autograde.grade.remarks import ASKS
from autograde.grade.results import results, submissions
from autograde.release.release import release
from autograde.reports.export import write_grades
from autograde.reports.feedback import write_feedback
from autograde.reports.grades import grades
from tests import sharing
from tests.autograde.conftest import SOURCE, no_fixtures

RIGHT = {"double": "def double(x):\n    return x + x"}
LATE_RULE = "late: {percent_per_day: 10, free_days: 3, at_most_percent: 50}"
SLUGS = ("first", "second")
DUE = {"first": "2026-10-10", "second": "2026-10-20"}


def plan(course, *lines, due=DUE, extensions=""):
    dates = "".join(f"\n  {slug}: {{due: {day} 10:00}}" for slug, day in due.items())
    text = "\n".join([*lines, f"assignments:{dates}", extensions])
    (course.root / "course.yml").write_text(text, "utf-8")
    return apply_plan(course)


def grade_all(course):
    rows = rescore_others(course, [row for slug in SLUGS for row in grade(course, slug)])
    return {(row.assignment, row.student): row for row in rows}


def make_two(folder):
    made = Course(folder / "course")
    made.root.mkdir()
    for number, slug in enumerate(SLUGS):
        source = folder / "solutions" / "exercises" / slug / f"{slug}.md"
        source.parent.mkdir(parents=True)
        source.write_text(SOURCE.replace("00000000aaaa", f"00000000aaa{number}"), "utf-8")
    release(made, list(SLUGS), secret=folder / "solutions", fixtures=no_fixtures)


@pytest.fixture
def two(tmp_path, tmp_path_factory, prepared, wheel, fast):
    """A course folder with two assignments released."""
    made = sharing.made_once(tmp_path_factory, "two", make_two)
    return Course(shutil.copytree(made / "course", tmp_path / "two"))


def hand_in(course, slug, student, time=None):
    folder = course.submitted / student / slug
    folder.mkdir(parents=True, exist_ok=True)
    text = course.release_notebook(slug).read_text("utf-8")
    stub = "raise NotImplementedError()"
    assert stub in text
    (folder / f"{slug}.ipynb").write_text(text.replace(stub, "return x + x"), "utf-8")
    if time:
        (folder / "timestamp.txt").write_text(f"{time}\n")


def standing(course, student):
    """What each assignment gives the student, and what the command says of it."""
    return {
        slug: (one.score, one.late) for slug in SLUGS for one in submissions(course, slug) if one.student == student
    }


def test_free_days_are_spent_in_the_order_of_due_dates_and_each_penalty_is_explained(two):
    plan(two, LATE_RULE)
    hand_in(two, "second", "ada", "2026-10-22 12:00")
    grade(two, "second")
    assert standing(two, "ada") == {"second": (4, "3 days late, 3 of 3 free days used, no points off")}
    hand_in(two, "first", "ada", "2026-10-11 12:00")
    rows = grade_all(two)
    assert standing(two, "ada") == {
        "first": (4, "2 days late, 2 of 3 free days used, no points off"),
        "second": (3.2, "3 days late, 3 of 3 free days used, 20 % of the points off"),
    }
    (change,) = rows["second", "ada"].changes
    assert rows["second", "ada"].status == "rescored" and (change.cell, change.before, change.after) == (LATE, 0, -0.8)
    with gradebook(two) as book:
        assert book.find_submission("second", "ada").late_submission_penalty == 0.8
    found = {one.assignment: one for one in grades(two, list(SLUGS), partial=True)}
    assert found["second"].score == 3.2 and found["second"].late_submission_penalty == 0.8
    assert found["second"].note.startswith("3 days late, 3 of 3 free days used, 20 % of the points off; 0.8 points")
    (page,), failures = write_feedback(two, "second")
    text = page.read_text("utf-8")
    assert "3 days late, 3 of 3 free days used, 20 % of the points off." in text and not failures
    assert "0.8 points less for handing in late" in text


def test_graded_in_the_order_of_dates_no_first_penalty_is_called_a_change(two, capsys):
    dates = {"first": "2026-10-20", "second": "2026-10-10"}
    plan(two, LATE_RULE, due=dates)
    hand_in(two, "first", "ada", "2026-10-23 12:00")
    hand_in(two, "second", "ada", "2026-10-12 12:00")
    assert in_order_of_dates(two, SLUGS) == ["second", "first"]
    rows = rescore_others(two, [row for slug in in_order_of_dates(two, SLUGS) for row in grade(two, slug)])
    assert standing(two, "ada")["first"][0] < 4 and not any(row.changes for row in rows)
    plan(two, LATE_RULE.replace("3,", "0,"), due=dates)
    app(["grade", "--course", str(two.root)], standalone_mode=False)
    told = capsys.readouterr().out
    assert "changed: ada, second: late penalty, 0 -> -1.2\n" in told


def test_many_changes_are_one_line():
    one, other = Change("ada", "a", 0, 1, "", new_file=False), Change("ada", "b", 2, 0.5, "", new_file=True)
    assert changes_text([one]) == "a, 0 -> 1"
    assert changes_text([one, other]) == "a, 0 -> 1; b, 2 -> 0.5 (another file)"
    assert changes_text([one] * 21 + [other]) == "22 cells, 2 -> 21.5 (another file)"


def test_a_changed_date_rule_or_extension_counts_without_running_anything(two, monkeypatch):
    hand_in(two, "first", "ada", "2026-10-12 12:00")
    hand_in(two, "second", "bob", "2026-10-12 12:00")
    grade_all(two)
    monkeypatch.setattr(run, "run_notebook", None)

    def again():
        return {key: row.status for key, row in grade_all(two).items() if row.status != "unchanged"}

    told = plan(two, "timezone: Europe/Berlin", "late: {percent_per_day: 10}").changes
    assert told == ["first is due Sat 10 Oct 2026, 10:00", "second is due Tue 20 Oct 2026, 10:00"]
    assert again() == {("first", "ada"): "rescored"} and standing(two, "ada")["first"][0] == pytest.approx(2.8)
    told = plan(two, "late: {percent_per_day: 10}", extensions="extensions: {ada: {first: 2026-10-12 10:00}}")
    assert "ada has until Mon 12 Oct 2026, 10:00 for first" in told.changes
    assert again() == {("first", "ada"): "rescored"} and standing(two, "ada")["first"][0] == 3.6
    with gradebook(two) as book:
        assert str(book.find_submission("first", "ada").duedate) == "2026-10-12 10:00:59", "formgrader shows it"
    told = plan(two, "late: {percent_per_day: 10}")
    assert told.changes == ["ada has no extension for first any more (before: Mon 12 Oct 2026, 10:00)"]
    assert again() == {("first", "ada"): "rescored"}
    told = plan(two, "late: {percent_per_day: 10}", due=DUE | {"first": "2026-10-30"})
    assert told.changes == ["first is due Fri 30 Oct 2026, 10:00 (before: Sat 10 Oct 2026, 10:00)"]
    assert again() == {("first", "ada"): "rescored"} and standing(two, "ada")["first"] == (4, "")
    assert plan(two, "late: {percent_per_day: 10}", due=DUE | {"first": "2026-10-30"}).changes == []


def test_where_course_yml_says_nothing_of_late_nbgraders_own_penalty_holds(two):
    (two.root / "nbgrader_config.py").open("a").write("\nc.LateSubmissionPlugin.penalty_method = 'zero'\n")
    plan(two)
    hand_in(two, "first", "ada", "2026-10-12 12:00")
    hand_in(two, "second", "ada", "2026-10-12 12:00")
    grade_all(two)
    assert standing(two, "ada") == {"first": (0, ""), "second": (4, "")}


def test_after_the_end_nothing_is_taken_until_a_person_says_so(two):
    dates = {"first": "2026-10-10 10:00, until: 2026-10-12"}

    def again(extension=""):
        told = plan(two, LATE_RULE, due=dates, extensions=extension)
        return grade_all(two), told

    hand_in(two, "first", "in time", "2026-10-10 09:00")
    hand_in(two, "first", "late", "2026-10-12 10:01")
    hand_in(two, "second", "late", "2026-10-23 09:00")
    rows, _ = again()
    assert rows["first", "late"].status == "failed"
    assert "nothing is taken after Mon 12 Oct 2026, 10:00" in rows["first", "late"].reason
    found = {one.student_id: one for one in grades(two, ["first"], partial=True, zeros=True)}
    assert found["in time"].score == 4
    assert found["late"].score is None and "name an extension in course.yml" in found["late"].note
    rows, told = again("extensions: {late: {first: 2026-10-12 10:01}}")
    assert told.changes == ["late has until Mon 12 Oct 2026, 10:01 for first"]
    assert rows["first", "late"].status == "graded" and standing(two, "late")["first"] == (4, "")
    rows, _ = again()
    assert rows["first", "late"].status == "failed", "taken back"
    assert standing(two, "late")["first"][0] is None
    (page,) = [page for page in write_feedback(two, "first")[0] if "late" in page.parts]
    assert "It came after the last date" in page.read_text("utf-8")


def test_what_comes_after_the_end_leaves_the_grade_of_what_came_before(two):
    plan(two, due={"first": "2026-10-10 10:00, until: 2026-10-12"})
    hand_in(two, "first", "ada", "2026-10-10 09:00")
    grade(two, "first")
    hand_in(two, "first", "ada", "2026-10-13 09:00")
    (row,) = grade(two, "first")
    (found,) = grades(two, ["first"], partial=True)
    assert row.status == "failed" and found.score == 4
    assert found.note.startswith("the grade of an earlier hand-in; the present one was not graded: it came Tue 13 Oct")


def test_a_late_mark_without_a_time_asks_for_a_person_until_one_has_decided(two):
    for student in ("ada", "bob"):
        hand_in(two, "first", student)
        write_origins(two, [Origin(student, "first", "canvas", late=student == "ada")])
    plan(two, LATE_RULE)

    def asked():
        grade(two, "first")
        return [one.student for one in submissions(two, "first") if "marks it late" in " ".join(one.remarks)]

    assert asked() == ["ada"]
    (remark,) = next(one.remarks for one in submissions(two, "first") if one.student == "ada")
    assert remark.endswith(ASKS)
    plan(two, LATE_RULE, extensions="extensions: {ada: {first: 2026-10-12 10:00}}")
    assert asked() == []
    plan(two, LATE_RULE)
    assert asked() == ["ada"]
    (two.submitted / "ada/first/timestamp.txt").write_text("2026-10-11 09:00")
    assert asked() == [] and standing(two, "ada")["first"] == (4, "1 day late, 1 of 3 free days used, no points off")


def canvas_roster(course, size):
    """Canvas' gradebook export of a class; the last letter of a login says the section."""
    table = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section"], ["    Points Possible", "", "", "", ""]]
    for number in range(size):
        section = "AB"[number % 2]
        table.append(
            [f"Name{number}, Ada", str(34_000 + number), f"{number:04}", f"login{number:03}", f"Group {section}"]
        )
    with (course.root / "roster.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(table)


def test_a_class_of_150_has_names_sections_and_is_missed(course):
    canvas_roster(course, 150)
    handed_in = [f"login{number:03}" for number in range(150) if number % 30 != 7]
    for student in handed_in:
        folder = course.submitted / student / "tiny"
        folder.mkdir(parents=True)
        shutil.copyfile(course.release_notebook("tiny"), folder / "tiny.ipynb")
    told = plan(course, "roster: roster.csv", due={"tiny": "2026-10-10"})
    assert (
        told.changes[0].startswith("150 people of the roster now in the gradebook: login000, login001")
        and not told.notes
    )
    with write_grades(course, ["tiny"], zeros=True)[0].open(encoding="utf-8", newline="") as file:
        found = {row["student_id"]: row for row in csv.DictReader(file)}
    assert len(found) == 150
    assert (found["login003"]["last_name"], found["login003"]["section"]) == ("Name3", "Group B")
    missing = [student for student, row in found.items() if row["score"] == "0.0"]
    assert missing == ["login007", "login037", "login067", "login097", "login127"]
    said = CliRunner().invoke(app, ["plan", "--course", str(course.root)]).output
    assert "people: 150 (Group A 75, Group B 75)" in said and "145 of 150" in said and "2026-10-10 10:00" in said
    canvas_roster(course, 151)
    assert apply_plan(course).changes == ["1 person of the roster now in the gradebook: login150"]


def test_a_roster_with_other_ids_than_the_hand_ins_says_so_and_adds_nobody(course):
    canvas_roster(course, 20)
    for number in range(18):
        (course.submitted / f"{number:04}" / "tiny").mkdir(parents=True)
    (note,) = plan(course, "roster: roster.csv", due={}).notes
    assert "18 of 18 who handed in are not in the roster" in note
    assert "Its column 'SIS User ID' has 18 of them: call that one 'student_id'" in note
    with gradebook(course) as book:
        assert book.students == []
    text = (course.root / "roster.csv").read_text("utf-8")
    (course.root / "roster.csv").write_text(text.replace("SIS User ID", "student_id"), "utf-8")
    told = apply_plan(course)
    assert told.changes[0].startswith("20 people") and not told.notes


def test_who_and_what_is_not_known_is_named(course):
    (course.root / "roster.csv").write_text("student_id\nlovelace\n../x\n", "utf-8")
    for student in ("lovelace", "eve"):
        (course.submitted / student / "tiny").mkdir(parents=True)
    extensions = "extensions: {lovelce: {tinny: 2026-10-11 10:00}}"
    told = plan(course, "roster: roster.csv", due={"tinny": "2026-10-10"}, extensions=extensions)
    assert told.notes == [
        "no assignment 'tinny' is released; did you mean 'tiny'?",
        "1 person who handed in not in the roster: eve",
        "roster: '../x' cannot be a student's id, which becomes a folder's name; change it",
        "extensions: nobody here is called 'lovelce'; did you mean 'lovelace'?",
    ]


def test_an_extension_beyond_the_model_answers_is_named(two):
    dates = {"first": "2026-10-10 10:00, answers: 2026-10-12"}
    told = plan(
        two, due=dates, extensions="extensions: {ada: {first: 2026-10-12 10:30}, bob: {first: 2026-10-11 10:00}}"
    )
    assert told.notes[0] == (
        "ada has until Mon 12 Oct 2026, 10:30 for first, others get the model answers from Mon 12 Oct 2026, 10:00 on"
    )
    assert [note for note in told.notes[1:] if "until" in note] == []


def test_an_extension_waits_for_who_has_handed_in_nothing(two):
    (two.root / "roster.csv").write_text("student_id\nada\n", "utf-8")
    told = plan(
        two,
        "roster: roster.csv",
        "late: {percent_per_day: 10}",
        extensions="extensions: {ada: {first: 2026-10-12 10:00}}",
    )
    assert "ada has until Mon 12 Oct 2026, 10:00 for first" in told.changes
    hand_in(two, "first", "ada", "2026-10-12 09:00")
    grade(two, "first")
    assert [(one.student, one.late) for one in results(two, "first")] == [("ada", "")]


def test_the_commands_say_what_changed_and_who_is_missing(two):
    (two.root / "roster.csv").write_text("student_id,name\nada,Ada L\nbob,Bob B\n", "utf-8")
    hand_in(two, "first", "ada", "2026-10-12 12:00")
    dates = "assignments: {first: {due: 2026-10-10 10:00}}"
    (two.root / "course.yml").write_text(f"roster: roster.csv\n{LATE_RULE}\n{dates}", "utf-8")
    run_it = lambda *words: CliRunner().invoke(app, [*words, "--course", str(two.root)])  # noqa: E731
    said = run_it("grade", "--unsafe")
    assert said.exit_code == 0, said.output
    assert "first is due Sat 10 Oct 2026, 10:00" in said.output
    assert "first: 1 of 2 have handed in nothing: bob" in said.output
    said = run_it("plan").output
    assert "3 free days a student, then 10 % of the points off a day, at most 50 %" in said
    (two.root / "course.yml").write_text("naem: x", "utf-8")
    said = run_it("grade")
    assert said.exit_code == 1 and "line 1" in str(said.exception)
