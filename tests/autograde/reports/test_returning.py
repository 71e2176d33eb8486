"""Feedback goes back: the platforms' uploads find each student, and nobody gets a page that is not of their grade."""

import json
import re
import subprocess
import sys
import zipfile

import nbformat
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from autograde.cli import app
from autograde.course.errors import CourseError
from autograde.course.origins import Origin, write_origins
from autograde.grade.grade import grade
from autograde.reports import returning
from autograde.reports.feedback import write_feedback
from autograde.reports.grades import Grade
from autograde.reports.page_notebook import page_as_notebook
from autograde.reports.returning import return_feedback
from tests.autograde.reports.platforms import Canvas, Moodle, class_of, table_of
from tests.autograde.reports.test_export import read_by_hand

RIGHT = {"double": "def double(x):\n    return x + x"}
CLASS = class_of(150)


def grade_of(student):
    numbers = dict.fromkeys(("raw_score", "late_submission_penalty", "score", "max_score"), 1.0)
    texts = dict.fromkeys(
        ("duedate", "timestamp", "last_name", "first_name", "email", "section", "late", "note", "remarks"), ""
    )
    so_far = {"points_so_far": 1.0, "max_so_far": 1.0, "waiting": 0, "handed_in": True, "known": True}
    return Grade("tiny", student_id=student, **numbers, **texts, **so_far)


@pytest.fixture
def class_of_150(course, monkeypatch):
    """A course whose pages are those of 150 people; the id of each is the platform's number."""
    pages = {}
    for user in CLASS:
        pages[str(user.number)] = course.feedback_page(str(user.number), "tiny")
        pages[str(user.number)].parent.mkdir(parents=True)
        pages[str(user.number)].write_text(f"page of {user.name}", "utf-8")
    (course.submitted / "someone" / "tiny").mkdir(parents=True)
    monkeypatch.setattr(returning, "current_pages", lambda course, slug: (pages, {}))
    monkeypatch.setattr(returning, "grades", lambda *args, **how: [grade_of(student) for student in pages])
    return course


@pytest.fixture
def graded(course, hand_in, fast):
    """One who is done, one who waits, one whose file cannot be read, and one who handed in after the grading."""
    hand_in("ada", RIGHT)
    hand_in("waits", {**RIGHT, "why": "Because."})
    hand_in("unreadable").write_bytes(b"PK\x03\x04")
    grade(course, "tiny")
    hand_in("after", RIGHT)
    numbers = {"ada": "11", "waits": "12", "unreadable": "13", "after": "14"}
    write_origins(
        course,
        [
            Origin(who, "tiny", "gradescope", who, who, file=f"submission_{number}/a.ipynb")
            for who, number in numbers.items()
        ],
    )
    return course


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def text_of(notebook):
    read = nbformat.reads(notebook.decode(), 4)
    nbformat.validate(read)
    return read.cells[0].source


def test_the_page_is_whole_in_canvas_notebook(graded):
    write_feedback(graded, "tiny")
    write_origins(graded, [Origin("ada", "tiny", "canvas", "ada", "11", "5")])
    (done,) = return_feedback(graded, ["tiny"], "canvas")
    (content,) = members(done.path).values()
    shown = MarkdownIt("commonmark").render(text_of(content))
    words = BeautifulSoup(shown, "html.parser").text.split()
    page = BeautifulSoup(graded.feedback_page("ada", "tiny").read_text("utf-8"), "html.parser").body.text.split()
    assert words == page and "return" in words


def test_mathematics_and_empty_lines_do_not_break_the_page_in_a_notebook():
    code = "a = 1\n\n    b = '$x$ \\\\(y\\\\)'"
    source = text_of(
        page_as_notebook(f"<body>\n<p>One</p>\n\n    <pre>{code}</pre>\n\n    <p>*two*</p></body>").encode()
    )
    assert "$" not in source and "\n" not in source
    shown = BeautifulSoup(MarkdownIt("commonmark").render(source), "html.parser")
    assert shown.pre.text == code and shown("p")[-1].text == "*two*"


def test_canvas_gives_each_of_150_their_own_page(class_of_150):
    names = {user.number: "".join(filter(str.isalnum, user.sortable.casefold())) for user in CLASS}
    names[CLASS[7].number] = "12345"  # a name of digits alone
    write_origins(
        class_of_150,
        [Origin(str(u.number), "tiny", "canvas", names[u.number], str(u.number), str(9 * u.number)) for u in CLASS],
    )
    (done,) = return_feedback(class_of_150, ["tiny"], "canvas")
    assert not done.missing and len(done.students) == 150
    taken, ignored = Canvas(CLASS, {}).upload_submissions(
        done.path.read_bytes(), {user.number: 9 * user.number for user in CLASS}
    )
    assert not ignored
    assert {number: text_of(content) for number, content in taken.items()} == {
        user.number: f"<div>page of {user.name}</div>" for user in CLASS
    }


def test_an_anonymous_hand_in_goes_back_under_its_mark(class_of_150):
    write_origins(class_of_150, [Origin(str(CLASS[0].number), "tiny", "canvas", "anon_DH3FH", "DH3FH", "208490000")])
    (done,) = return_feedback(class_of_150, ["tiny"], "canvas")
    assert list(members(done.path)) == ["anon_DH3FH_208490000_feedback-tiny.ipynb"]
    assert len(done.missing) == 149 and "was not collected from Canvas" in next(iter(done.missing.values()))


def test_a_group_gets_its_page_through_the_member_whose_number_is_known(class_of_150):
    ada, bob, cy = (str(user.number) for user in CLASS[:3])
    write_origins(
        class_of_150,
        [
            Origin(ada, "tiny", "canvas", "Team 1", ada, "5", group="Team 1"),
            Origin(bob, "tiny", "canvas", "Team 1", group="Team 1"),
            Origin(cy, "tiny", "canvas", "Team 2", group="Team 2"),
        ],
    )
    (done,) = return_feedback(class_of_150, ["tiny"], "canvas")
    assert done.students == [ada, bob] and cy in done.missing
    assert list(members(done.path)) == [f"team_{ada}_5_feedback-tiny.ipynb"]


def test_an_assignment_called_link_is_not_taken_for_a_link(class_of_150):
    write_origins(class_of_150, [Origin(str(CLASS[0].number), "tiny", "canvas", "ada", "340000", "5")])
    (done,) = return_feedback(class_of_150, ["tiny"], "canvas")
    (name,) = members(done.path)
    assert not name.split("_")[-1].startswith("link")


def test_moodle_gives_each_of_150_their_own_page(class_of_150):
    participants = {51_000 + index: user for index, user in enumerate(CLASS)}
    odd = {51_007: "Under_score Name", 51_008: "Sla/sh", 51_009: ".hidden"}
    write_origins(
        class_of_150,
        [
            Origin(str(user.number), "tiny", "moodle", odd.get(number, user.name), str(number))
            for number, user in participants.items()
        ],
    )
    (done,) = return_feedback(class_of_150, ["tiny"], "moodle")
    taken, ignored = Moodle(participants).upload_feedback(done.path.read_bytes())
    assert not ignored and taken == {
        number: {"feedback-tiny.html": f"page of {user.name}".encode()} for number, user in participants.items()
    }
    first = done.path.read_bytes()
    assert return_feedback(class_of_150, ["tiny"], "moodle")[0].path.read_bytes() == first


def test_by_mail_each_has_a_folder_and_a_line_with_the_address(class_of_150):
    roster = ["student_id,first_name,last_name,email"]
    roster += [f'{u.number},"{u.first}","{u.last}",{u.email}' for u in CLASS[:149]]
    (class_of_150.root / "roster.csv").write_text("\n".join(roster), "utf-8")
    (class_of_150.root / "course.yml").write_text("roster: roster.csv")
    stale = class_of_150.build / "return" / "tiny-email" / "gone" / "tiny.html"
    stale.parent.mkdir(parents=True)
    stale.write_text("old")
    (done,) = return_feedback(class_of_150, ["tiny"], "email")
    head, *lines = table_of((done.path / "mail-merge.csv").read_bytes())
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    assert len(rows) == 149 and not stale.exists()
    for user, row in zip(CLASS, rows, strict=False):
        assert row["email"] == user.email and not row["name"].startswith(("=", "+", "-", "@"))
        assert (done.path / row["file"]).read_text("utf-8") == f"page of {user.name}"
    assert (
        list(done.missing) == [str(CLASS[149].number)] and "no e-mail address" in done.missing[str(CLASS[149].number)]
    )


def test_only_pages_of_the_present_grades_are_packed_and_the_rest_is_said(graded, hand_in):
    (done,) = return_feedback(graded, ["tiny"], "gradescope")
    assert done.students == ["ada"] and set(done.missing) == {"waits", "unreadable", "after"}
    assert "could not be read" in done.missing["unreadable"] and "not graded yet" in done.missing["after"]
    write_origins(graded, [Origin(who, "tiny", "moodle", who, "5") for who in ("ada", "waits")])
    (done,) = return_feedback(graded, ["tiny"], "moodle")
    assert not done.students and done.path is None and "there is no feedback page" in done.missing["ada"]
    write_feedback(graded, "tiny")
    (done,) = return_feedback(graded, ["tiny"], "moodle", partial=True)
    assert {"ada", "waits"} <= set(done.students) and done.waiting == ["waits"]
    assert "in 1 of them answers wait for a person: waits" in done.told()
    (done,) = return_feedback(graded, ["tiny"], "moodle")
    assert "ada" in done.students and "waits" not in done.students and not done.waiting
    assert done.missing["waits"].startswith("answers wait for a person")
    assert "not graded yet" in done.missing["after"] and not done.anew
    hand_in("ada", {})
    (done,) = return_feedback(graded, ["tiny"], "moodle")
    assert done.anew == ["ada"] and "handed in anew since they were graded: ada" in done.told()
    read_by_hand(graded, "waits", 1)
    (done,) = return_feedback(graded, ["tiny"], "moodle")
    assert "waits" not in done.students and "is older than the grades" in done.missing["waits"]


def test_gradescopes_results_are_handed_out_by_hand_in(graded, tmp_path):
    read_by_hand(graded, "ada", 1, cell="double-values")
    (done,) = return_feedback(graded, ["tiny"], "gradescope", partial=True)
    assert done.students == ["ada", "waits"] and done.waiting == ["waits"]
    place = tmp_path / "autograder"
    (place / "results").mkdir(parents=True)
    with zipfile.ZipFile(done.path) as archive:
        archive.extractall(place / "source")

    def run(number):
        (place / "submission_metadata.json").write_text(json.dumps({"id": number}))
        command = [sys.executable, str(place / "source" / "run_autograder"), str(place)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert run(11).returncode == 0
    result = json.loads((place / "results" / "results.json").read_text("utf-8"))
    assert result["score"] == 2 and result["visibility"] == "after_published"
    by_name = {test["name"]: test for test in result["tests"]}
    assert by_name["double-values"] | {"output": ""} == {
        "name": "double-values", "score": 1.0, "max_score": 3.0, "status": "failed", "output": "",
    }  # fmt: skip
    assert by_name["double-edges"]["status"] == "passed" and "43.0" not in json.dumps(result)
    (place / "results" / "results.json").unlink()
    refused = run(99)
    assert refused.returncode == 1 and "has not been graded yet" in refused.stderr
    assert not (place / "results" / "results.json").exists(), "no zero that nobody earned"


@pytest.mark.parametrize("platform", ["canvas", "moodle", "gradescope"])
def test_who_handed_in_together_with_another_grade_gets_nobody_elses(graded, hand_in, platform):
    hand_in("bob", RIGHT)
    hand_in("cy", RIGHT)
    grade(graded, "tiny")
    write_feedback(graded, "tiny")
    file = "submission_11/a.ipynb"
    origins = [Origin(who, "tiny", platform, who, "11", "5", file, group="Team") for who in ("ada", "bob")]
    write_origins(graded, [*origins, Origin("cy", "tiny", platform, "cy", "15", "6", "submission_15/a.ipynb")])
    assert {"ada", "bob", "cy"} <= set(return_feedback(graded, ["tiny"], platform)[0].students)
    read_by_hand(graded, "bob", 1, cell="double-values")
    write_feedback(graded, "tiny")
    (done,) = return_feedback(graded, ["tiny"], platform)
    assert {"ada", "bob", "cy"} & set(done.students) == {"cy"} and "(ada 4, bob 2)" in done.missing[
        "ada"
    ] == done.missing["bob"]
    assert not any(re.search(r"\b11\b|_11_", name) for name in members(done.path))


def test_the_command_says_what_is_missing(graded, capsys):
    write_feedback(graded, "tiny")
    app(["return", "--for", "gradescope", "--course", str(graded.root)], standalone_mode=False)
    told = capsys.readouterr().out
    assert (
        "could not be read" in told
        and "tiny: 1 student: " in told
        and "not in it: waits: answers wait for a person" in told
    )
    app(["return", "--for", "email", "--json", "--course", str(graded.root)], standalone_mode=False)
    (one,) = json.loads(capsys.readouterr().out)
    assert one["students"] == [] and "no e-mail address" in one["missing"]["ada"]


def test_unknown_ways_and_an_empty_course_are_refused(course):
    with pytest.raises(CourseError, match=r"no way back to 'pigeon'.*canvas, moodle, gradescope, email"):
        return_feedback(course, ["tiny"], "pigeon")
    with pytest.raises(CourseError, match="Nobody has handed in tiny"):
        return_feedback(course, ["tiny"], "canvas")
