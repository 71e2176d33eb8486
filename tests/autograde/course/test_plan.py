"""course.yml: read as it is meant, refused with its line and what to write instead."""

from datetime import UTC, datetime

import pytest

from autograde.course import plan as plan_module
from autograde.course.errors import CourseError
from autograde.course.folder import Course
from autograde.course.plan import AssignmentPlan, LateRule, Plan, read_plan

EXAMPLE = plan_module.__doc__.split("```yaml\n")[1].split("```")[0]


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


def planned(course, text, encoding="utf-8"):
    (course.root / "course.yml").write_text(text, encoding)
    return read_plan(course)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_a_course_without_the_file_or_with_an_empty_one_plans_nothing(course):
    assert read_plan(course) == Plan() == planned(course, "# nothing yet\n")
    assert read_plan(course).due_for("rnn-cell", "ada") is None


def test_the_example_is_read_as_it_says(course):
    (course.root / "roster.csv").touch()
    plan = planned(course, EXAMPLE)
    assert (plan.name, plan.timezone) == ("Recurrent networks, autumn 2026", "Europe/Berlin")
    assert plan.roster == course.root / "roster.csv"
    assert plan.late == LateRule(percent_per_day=10, free_days=3, at_most_percent=50)
    assert plan.assignments["rnn-cell"] == AssignmentPlan(
        due=utc(2026, 10, 30, 22, 59, 59),
        until=utc(2026, 11, 6, 22, 59, 59),
        answers=utc(2026, 11, 7, 7),
        columns={"canvas": "Recurrent cell (771234)", "moodle": "Recurrent cell"},
    )
    assert plan.due_for("rnn-cell", "turing") == utc(2026, 10, 30, 22, 59, 59)
    assert plan.due_for("rnn-cell", "lovelaceada") == utc(2026, 11, 2, 22, 59, 59)
    assert plan.column("rnn-cell", "canvas") == "Recurrent cell (771234)" and plan.column("rnn-cell", "teams") is None
    assert plan.local(plan.due_for("rnn-cell", "turing")) == "Fri 30 Oct 2026, 23:59"


def test_a_date_may_name_its_own_zone_and_its_seconds(course):
    dates = "{due: 2026-07-01 23:59, until: 2026-07-02T23:59:30+02:00, answers: 2026-07-03 08:00 Asia/Shanghai}"
    found = planned(course, f"assignments:\n  bptt: {dates}").of("bptt")
    assert (found.due, found.until) == (utc(2026, 7, 1, 23, 59, 59), utc(2026, 7, 2, 21, 59, 30))
    assert found.answers == utc(2026, 7, 3, 0), "it begins with the minute, and what ends lasts to the minute's end"


def test_ids_stay_as_they_are_written(course):
    text = "assignments: {a: {due: 2026-10-30 23:59}}\nextensions:\n"
    later = "{a: 2026-11-01 10:00}"
    plan = planned(course, f"{text}  00123: {later}\n  no: {later}", "utf-8-sig")
    assert set(plan.extensions) == {"00123", "no"}


def test_an_extension_moves_the_end_as_well(course):
    dates = "assignments: {a: {due: 2026-10-30 10:00, until: 2026-11-01 10:00}}"
    plan = planned(course, f"{dates}\nextensions: {{ada: {{a: 2026-11-05 10:00}}, bob: {{a: 2026-10-31 10:00}}}}")
    assert [plan.until_for("a", who).day for who in ("ada", "bob", "eve")] == [5, 1, 1]
    assert not plan.why_not_taken("a", "ada", utc(2026, 11, 5, 10, 0, 59))
    why = plan.why_not_taken("a", "eve", utc(2026, 11, 1, 10, 1))
    assert why.startswith("it came Sun 01 Nov 2026, 10:01, and nothing is taken after Sun 01 Nov 2026, 10:00")
    assert "name an extension in course.yml" in why


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("nme: x", 1, "Did you mean 'name'?"),
        ("name: a\n\nname: b", 3, "Line 1 has it too"),
        ("name:", 1, "name is to be one value"),
        ("- a", 1, "`key: value`"),
        ("a: [1", 1, "Indent with spaces"),
        ("late:\n\tfree_days: 3", 2, "Indent with spaces"),
        ("timezone: CEST", 1, "such as Europe/Berlin"),
        ("roster: people.csv", 1, "there is no file"),
        ("late: {free_days: 3}", 1, "Write `percent_per_day`"),
        ("late: {percent_per_day: 101}", 1, "from 0 to 100"),
        ("late:\n  percent_per_day: 10\n  free_days: 1.5", 3, "a whole number"),
        ("late: {percent_per_day: nan}", 1, "from 0 to 100"),
        ("late: {percent_per_day: ten}", 1, "from 0 to 100"),
        ("assignments: rnn-cell", 1, "`key: value`"),
        ("assignments:\n  a: {duedate: 2026-10-30 23:59}", 2, "It may have due, until, answers, columns"),
        ("assignments:\n  a:\n    due: 30.10.2026", 3, "Write it as 2026-10-30 23:59"),
        ("assignments:\n  a:\n    due: 2026-10-30", 3, "Write it as 2026-10-30 23:59"),
        ("timezone: Europe/Berlin\nassignments: {a: {due: 2026-03-29 02:30}}", 2, "twice or never"),
        (
            "assignments:\n  a:\n    due: 2026-10-30 23:59\n    until: 2026-10-29 23:59",
            4,
            "Put `until` on `due` or after",
        ),
        ("assignments: {a: {until: 2026-10-30 23:59, answers: 2026-10-30 10:00}}", 1, "Put `answers` on `until`"),
        ("assignments: {a: {columns: {webct: A}}}", 1, "It may have canvas"),
        ("extensions: {ada: {a: 2026-10-30 23:59}}", 1, "which has no due date"),
        (
            "assignments: {a: {due: 2026-10-30 23:59}}\nextensions:\n  ada: {a: 2026-10-29 23:59}",
            3,
            "Give a later date",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_line_and_a_remedy(course, text, line, says):
    with pytest.raises(CourseError) as caught:
        planned(course, text)
    assert caught.value.what.startswith(f"course.yml, line {line}: "), caught.value.what
    assert says in str(caught.value)


def test_a_file_that_is_no_text_is_refused(course):
    for text, encoding in (("name: \u00e4", "latin-1"), ("name: \x07", "utf-8")):
        with pytest.raises(CourseError, match=r"course\.yml"):
            planned(course, text, encoding)


def test_a_changed_file_is_read_anew(course):
    assert planned(course, "name: a").name == "a"
    assert planned(course, "name: other").name == "other"
