"""Grades go into the platforms' own files: each platform's import then finds every student of a class of 150."""

from dataclasses import replace

import pytest

from autograde.cli import app
from autograde.course.errors import CourseError
from autograde.course.origins import Origin, write_origins
from autograde.grade.grade import grade
from autograde.grade.outcomes import CellResult
from autograde.grade.results import Result
from autograde.reports.export import write_grades
from autograde.reports.grades import Grade
from autograde.reports.into import fill as filling
from autograde.reports.into.fill import fill
from autograde.reports.into.sheet import number_in, number_text, read_sheet
from tests.autograde.reports.platforms import (
    GERMAN,
    Blackboard,
    Brightspace,
    Canvas,
    Moodle,
    User,
    as_csv,
    class_of,
    table_of,
)

SLUG = "rnn-cell"
COLUMN = 771_234
CLASS = class_of(150)


def file_id(user: User) -> str:
    """The id that `collect` makes of Canvas' file name; of two people of one name, of their number."""
    letters = "".join(letter for letter in user.sortable.casefold() if letter.isalnum())
    return letters if letters != "wangwei" else f"{letters}{user.number}"


def points_of(user: User) -> float:
    return user.number % 67 / 2


def grade_of(student: str, score: float | None, slug: str = SLUG, most: float = 33.0) -> Grade:
    so_far = {"points_so_far": score, "max_so_far": most, "waiting": 0, "note": "", "remarks": "", "handed_in": True}
    about = {
        "assignment": slug,
        "duedate": "",
        "timestamp": "",
        "last_name": "",
        "first_name": "",
        "email": "",
        "section": "",
        "late": "",
    }
    scores = {"raw_score": score, "late_submission_penalty": 0.0, "score": score, "max_score": most}
    return Grade(student_id=student, known=True, **about, **scores, **so_far)


@pytest.fixture
def graded(course, monkeypatch):
    """Lets a course have these grades: {student: points}, or a list of grades."""

    def have(points, origins=()):
        found = [grade_of(*item) for item in points.items()] if isinstance(points, dict) else points
        slugs = sorted({one.assignment for one in found})
        monkeypatch.setattr(filling, "grades", lambda course, asked, **how: [g for g in found if g.assignment in asked])
        monkeypatch.setattr(type(course), "released", lambda course: slugs)
        write_origins(course, origins)
        return course

    return have


def canvas_origins(users):
    return [
        Origin(file_id(user), SLUG, "canvas", file_id(user), str(user.number), str(9 * user.number)) for user in users
    ]


def put(tmp_path, content, name="export.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def gradebook(users=CLASS):
    return Canvas(users, {1: ("Essay", 10.0), COLUMN: ("RNN cell", 33.0), 3: ("rnn-cell bonus", 5.0)})


@pytest.mark.parametrize("how", [{}, {"sis": False}, {"semicolons": True}, {"split_names": True}])
def test_canvas_finds_all_of_a_class_of_150_by_its_own_numbers(tmp_path, graded, how):
    there = gradebook()
    there.scores[CLASS[3].number, 1] = "7"
    course = graded({file_id(user): points_of(user) for user in CLASS}, canvas_origins(CLASS))
    done = fill(course, put(tmp_path, there.gradebook(**how)))
    (column,) = done.columns
    assert len(column.filled) == 150 and not column.no_row and not column.nobodys and not column.kept
    there.import_gradebook(done.path.read_bytes())
    assert not there.made and not there.strangers
    assert {user.number: float(there.scores[user.number, COLUMN]) for user in CLASS} == {
        user.number: points_of(user) for user in CLASS
    }
    assert there.scores[CLASS[3].number, 1] == "7" and there.assignments[COLUMN] == ("RNN cell", 33.0)


def test_all_else_in_canvas_file_stays_as_it_is(tmp_path, graded):
    there = gradebook()
    before = there.gradebook()
    course = graded({file_id(user): points_of(user) for user in CLASS[:50]}, canvas_origins(CLASS[:50]))
    path = put(tmp_path, before)
    done = fill(course, path)
    place = table_of(before)[0].index(f"RNN cell ({COLUMN})")
    after = [[*row[:place], "", *row[place + 1 :]] for row in table_of(done.path.read_bytes())]
    assert after[0][place] == "" and after[1:] == [
        [*row[:place], "", *row[place + 1 :]] for row in table_of(before)[1:]
    ]
    assert path.read_bytes() == before and done.path == course.grades / "export.csv"
    assert len(done.columns[0].nobodys) == 100 and "Student, Test" not in done.columns[0].nobodys


def test_ids_and_names_find_people_where_no_number_is_known(tmp_path, graded):
    users = [user for user in CLASS if file_id(user).startswith("wangwei") is False]
    by_login = {user.login: points_of(user) for user in users[:40]}
    by_name = {user.name: points_of(user) for user in users[40:]}
    there = gradebook(users)
    done = fill(graded(by_login | by_name), put(tmp_path, there.gradebook()))
    assert not done.columns[0].no_row and len(done.columns[0].filled) == len(users)
    there.import_gradebook(done.path.read_bytes())
    assert all(float(there.scores[user.number, COLUMN]) == points_of(user) for user in users)


def test_two_of_one_name_are_never_mixed_up(tmp_path, graded):
    there = gradebook()
    course = graded({"Wei Wang": 3.0, "Björn Ångström-Öz": 4.0})
    (column,) = fill(course, put(tmp_path, there.gradebook())).columns
    assert column.filled == ["Björn Ångström-Öz"] and column.no_row == {"Wei Wang": "2 rows fit"}


def test_a_row_that_went_to_another_is_named_as_theirs(tmp_path, graded):
    user = CLASS[20]
    origins = [Origin(who, SLUG, "canvas", "x", str(user.number)) for who in ("former", user.login)]
    course = graded({"former": 4.0, user.login: 5.0}, origins)
    (column,) = fill(course, put(tmp_path, gradebook().gradebook())).columns
    assert column.filled == [user.login]
    assert column.no_row == {"former": f"the row of {user.sortable} is that of {user.login}"}


def test_who_left_the_course_does_not_give_the_grade_to_a_namesake(tmp_path, graded):
    former, present = (user for user in CLASS if user.name == "Wei Wang")
    there = gradebook([user for user in CLASS if user is not former])
    done = fill(graded({"wangwei": 3.0}, [Origin("wangwei", SLUG, "canvas", "wangwei", str(former.number), "5")]),
                put(tmp_path, there.gradebook()))  # fmt: skip
    assert done.columns[0].no_row == {"wangwei": "there is no row"} and present.sortable in done.columns[0].nobodys


def test_excused_unassigned_and_ungraded_fields_stay(tmp_path, graded):
    there = gradebook()
    excused, without, waits = CLASS[:3]
    there.scores |= {(excused.number, COLUMN): "EX", (without.number, COLUMN): "N/A", (waits.number, COLUMN): "5.00"}
    there.scores[CLASS[4].number, COLUMN] = "1.00"
    points = {file_id(user): points_of(user) for user in CLASS} | {file_id(waits): None}
    done = fill(graded(points, canvas_origins(CLASS)), put(tmp_path, there.gradebook()))
    (column,) = done.columns
    assert set(column.kept) == {file_id(excused), file_id(without)} and column.replaced == [file_id(CLASS[4])]
    rows = {row[1]: row for row in table_of(done.path.read_bytes())}
    place = table_of(done.path.read_bytes())[0].index(f"RNN cell ({COLUMN})")
    assert [rows[str(user.number)][place] for user in (excused, without, waits)] == ["EX", "N/A", "5.00"]


@pytest.mark.parametrize("named", ["Recurrent cell (771234)", "Recurrent cell"])
def test_the_column_that_the_plan_names_is_filled(tmp_path, graded, named):
    there = Canvas(CLASS, {5: ("rnn-cell", 10.0), COLUMN: ("Recurrent cell", 33.0)})
    course = graded({file_id(CLASS[0]): 3.0}, canvas_origins(CLASS))
    (course.root / "course.yml").write_text(f'assignments: {{{SLUG}: {{columns: {{canvas: "{named}"}}}}}}')
    assert fill(course, put(tmp_path, there.gradebook())).columns[0].column == "Recurrent cell (771234)"


def test_canvas_column_is_known_by_its_number(tmp_path, graded):
    there = Canvas(CLASS, {5: ("rnn-cell (2)", 10.0), COLUMN: ("rnn-cell", 33.0)})
    course = graded({file_id(CLASS[0]): 3.0}, canvas_origins(CLASS))

    def filled(named):
        (course.root / "course.yml").write_text(f'assignments: {{{SLUG}: {{columns: {{canvas: "{named}"}}}}}}')
        return fill(course, put(tmp_path, there.gradebook())).columns[0].column

    assert filled("called otherwise before (771234)") == "rnn-cell (771234)"
    assert filled("rnn-cell (2)") == "rnn-cell (2) (5)", "a title may end in a number"
    with pytest.raises(
        CourseError, match=r"the number of 'rnn-cell \(771299\)'; of this title .*'rnn-cell \(771234\)'"
    ):
        filled("rnn-cell (771299)")


def test_who_has_handed_in_and_has_no_row_is_named_without_a_grade_too(tmp_path, graded):
    course = graded({file_id(CLASS[0]): 3.0, "stranger": None}, canvas_origins(CLASS))
    (column,) = fill(course, put(tmp_path, gradebook().gradebook())).columns
    assert column.no_row == {"stranger": "there is no row"} and "stranger" in " ".join(column.told())


def test_a_column_that_is_missing_or_could_be_several_or_is_read_only_is_refused(tmp_path, graded):
    course = graded({file_id(CLASS[0]): 3.0}, canvas_origins(CLASS))
    with pytest.raises(CourseError, match=r"no column for rnn-cell.*Essay \(1\).*course.yml.*canvas: \"Essay \(1\)"):
        fill(course, put(tmp_path, Canvas(CLASS, {1: ("Essay", 10.0)}).gradebook()))
    with pytest.raises(CourseError, match=r"Several columns could be 'rnn-cell'.*\(5\).*\(6\)"):
        fill(course, put(tmp_path, Canvas(CLASS, {5: ("rnn-cell", 1.0), 6: ("RNN Cell", 1.0)}).gradebook()))
    (course.root / "course.yml").write_text(f'assignments: {{{SLUG}: {{columns: {{canvas: "Final Grade"}}}}}}')
    with pytest.raises(CourseError, match="read only"):
        fill(course, put(tmp_path, gradebook().gradebook()))
    assert not course.grades.exists()


def test_several_assignments_fill_their_columns_and_the_others_are_named(tmp_path, graded):
    there = Canvas(CLASS, {5: ("gru", 20.0), COLUMN: ("rnn-cell", 33.0)})
    ada = file_id(CLASS[0])
    found = [grade_of(ada, 3.0), grade_of(ada, 4.0, "gru", 20.0), grade_of(ada, 5.0, "bptt", 20.0)]
    done = fill(graded(found, canvas_origins(CLASS)), put(tmp_path, there.gradebook()))
    assert [one.assignment for one in done.columns] == ["rnn-cell", "gru"] and done.without == ["bptt"]
    there.import_gradebook(done.path.read_bytes())
    assert [there.scores[CLASS[0].number, number] for number in (5, COLUMN)] == ["4", "3"]


def test_another_maximum_is_said_and_nothing_is_scaled_unasked(tmp_path, graded):
    there = Canvas(CLASS, {COLUMN: ("rnn-cell", 100.0)})
    course = graded({file_id(CLASS[0]): 16.5}, canvas_origins(CLASS))
    path = put(tmp_path, there.gradebook())
    done = fill(course, path)
    assert "the platform gives 100 points, we 33: written as they are; --scale brings" in " ".join(
        done.columns[0].told()
    )
    there.import_gradebook(done.path.read_bytes())
    assert float(there.scores[CLASS[0].number, COLUMN]) == 16.5
    done = fill(course, path, scale=True)
    there.import_gradebook(done.path.read_bytes())
    assert float(there.scores[CLASS[0].number, COLUMN]) == 50.0 and "brought to its" in " ".join(done.columns[0].told())


def test_the_instructors_own_file_is_written_over_only_when_asked(tmp_path, graded):
    course = graded({file_id(CLASS[0]): 16.5}, canvas_origins(CLASS))
    course.grades.mkdir(parents=True)
    path = put(course.grades, gradebook().gradebook())
    assert fill(course, path).path.name == "export-filled.csv" and path.read_bytes() == gradebook().gradebook()
    assert fill(course, path, to=path).path == path and path.read_bytes() != gradebook().gradebook()


def moodle_class(most=33.0, words=None):
    participants = {51_000 + index: user for index, user in enumerate(CLASS)}
    return Moodle(participants, most, **({"words": words} if words else {}))


def moodle_origins(there):
    return [
        Origin(f"{user.name} {number}", SLUG, "moodle", user.name, str(number))
        for number, user in there.participants.items()
    ]


@pytest.mark.parametrize("how", [{}, {"blind": True}, {"comments": False}])
@pytest.mark.parametrize("words", [None, GERMAN])
def test_moodle_finds_all_participants_in_any_language(tmp_path, graded, monkeypatch, how, words):
    there = moodle_class(words=words)
    monkeypatch.setattr(filling, "results", lambda course, slug: [])
    points = {f"{user.name} {number}": points_of(user) for number, user in there.participants.items()}
    course = graded(points, moodle_origins(there))
    done = fill(course, put(tmp_path, there.worksheet(**how)))
    assert len(done.columns[0].filled) == 150 and not done.columns[0].nobodys
    there.upload_worksheet(done.path.read_bytes())
    assert there.grades == {number: points_of(user) for number, user in there.participants.items()}
    assert done.path.read_bytes().startswith(b"\xef\xbb\xbf") and b"\r\n" in done.path.read_bytes()


def test_what_moodle_would_drop_in_silence_is_said(tmp_path, graded, monkeypatch):
    there = moodle_class(most=10.0)
    monkeypatch.setattr(filling, "results", lambda course, slug: [])
    points = {f"{user.name} {number}": points_of(user) for number, user in there.participants.items()}
    course = graded(points, moodle_origins(there))
    path = put(tmp_path, there.worksheet())
    (column,) = fill(course, path).columns
    assert set(column.kept) == {student for student, score in points.items() if score > 10}
    assert any("at most and would drop" in line for line in column.told())
    (column,) = fill(course, path, scale=True).columns
    assert not column.kept


def test_moodles_comments_say_what_lost_points_and_spare_what_a_person_wrote(tmp_path, graded, monkeypatch):
    there = moodle_class()
    first, second, third = list(there.participants)[:3]
    there.comments |= {second: "See me.", third: "1 of 33 points.<br>old"}
    points = {f"{user.name} {number}": 31.0 for number, user in there.participants.items()}
    lost = CellResult(
        "step-values", "rnn_step", "values", 0, 2, "wrong", "", "✗ x < y\n  Likely cause   the bias is missing."
    )
    lines = [Result(student, SLUG, "graded", 31.0, 33.0, cells=[lost]) for student in points]
    monkeypatch.setattr(filling, "results", lambda course, slug: lines)
    done = fill(graded(points, moodle_origins(there)), put(tmp_path, there.worksheet()))
    there.upload_worksheet(done.path.read_bytes())
    assert there.comments[first] == there.comments[third]
    assert there.comments[first] == "31 of 33 points.<br>rnn_step (values): 0 of 2. the bias is missing."
    assert there.comments[second] == "See me." and done.columns[0].commented == 149


def test_a_worksheet_belongs_to_the_assignment_whose_numbers_it_has(tmp_path, graded, monkeypatch):
    there = moodle_class()
    monkeypatch.setattr(filling, "results", lambda course, slug: [])
    number, user = next(iter(there.participants.items()))
    student = f"{user.name} {number}"
    found = [grade_of(student, 3.0, "bptt"), grade_of(student, 4.0)]
    course = graded(found, moodle_origins(there))
    assert [one.assignment for one in fill(course, put(tmp_path, there.worksheet())).columns] == [SLUG]
    course.collected.unlink()
    with pytest.raises(CourseError, match="is for one assignment, and does not say which"):
        fill(course, put(tmp_path, there.worksheet()))
    assert fill(course, put(tmp_path, there.worksheet()), "bptt").columns[0].assignment == "bptt"


def test_brightspace_gets_its_import_form(tmp_path, graded):
    users = [replace(user, login=f"{user.login}x") for user in CLASS]
    there = Brightspace(users, {"Essay": 5.0, "Recurrent cell": 33.0})
    course = graded({user.login: points_of(user) for user in users})
    (course.root / "course.yml").write_text(f"assignments: {{{SLUG}: {{columns: {{brightspace: Recurrent cell}}}}}}")
    done = fill(course, put(tmp_path, there.exported()))
    assert table_of(done.path.read_bytes())[0] == [
        "OrgDefinedId", "Username", "Recurrent cell Points Grade", "End-of-Line Indicator",
    ]  # fmt: skip
    there.import_grades(done.path.read_bytes())
    assert there.grades == {(user.login, "Recurrent cell"): points_of(user) for user in users}


@pytest.mark.parametrize("named", ["RNN cell", "RNN cell [Total Pts: 33 Score] |771234"])
def test_blackboard_finds_all_by_user_name(tmp_path, graded, named):
    there = Blackboard(CLASS, {7: ("Essay", 10.0), COLUMN: ("RNN cell", 33.0)})
    origins = [Origin(file_id(user), SLUG, "blackboard", user.name, user.login) for user in CLASS]
    course = graded({file_id(user): points_of(user) for user in CLASS}, origins)
    (course.root / "course.yml").write_text(f'assignments: {{{SLUG}: {{columns: {{blackboard: "{named}"}}}}}}')
    done = fill(course, put(tmp_path, there.downloaded(), "gc.xls"))
    there.upload(done.path.read_bytes())
    assert there.grades == {(user.login, COLUMN): points_of(user) for user in CLASS}


def test_gradescopes_scores_are_filled_by_hand_in(tmp_path, graded):
    head = [
        "First Name",
        "Last Name",
        "SID",
        "Email",
        "Sections",
        "Total Score",
        "Max Points",
        "Status",
        "Submission ID",
    ]
    rows = [[one.first, one.last, one.login, one.email, "", "", "33.0", "Graded", one.number] for one in CLASS]
    origins = [
        Origin(one.email, SLUG, "gradescope", one.name, one.login, file=f"submission_{one.number}/a.ipynb")
        for one in CLASS[:100]
    ]
    course = graded({one.email: points_of(one) for one in CLASS}, origins)
    done = fill(course, put(tmp_path, as_csv([head, *rows])))
    assert [float(row[5]) for row in table_of(done.path.read_bytes())[1:]] == [points_of(one) for one in CLASS]


def test_a_form_made_from_nothing_is_found_too(course, graded, monkeypatch):
    made = [grade_of(file_id(user), points_of(user)) for user in CLASS]
    course = graded(made, canvas_origins(CLASS))
    monkeypatch.setattr("autograde.reports.export.grades", lambda *args, **how: made)
    (course.root / "course.yml").write_text(
        f'assignments: {{{SLUG}: {{columns: {{canvas: "RNN cell ({COLUMN})", brightspace: RNN cell}}}}}}'
    )
    there = gradebook()
    there.import_gradebook(write_grades(course, [SLUG], form="canvas")[0].read_bytes())
    assert not there.made and not there.strangers and there.assignments[COLUMN] == ("RNN cell", 33.0)
    assert all(float(there.scores[user.number, COLUMN]) == points_of(user) for user in CLASS)
    other = Brightspace([replace(user, login=file_id(user)) for user in CLASS], {"RNN cell": 33.0})
    other.import_grades(write_grades(course, [SLUG], form="brightspace")[0].read_bytes())
    assert len(other.grades) == 150


def test_files_of_other_kinds_are_refused_with_what_would_do(tmp_path, course, graded):
    graded({"ada": 1.0})
    with pytest.raises(CourseError, match="no file that can be filled; it begins with: a, b"):
        fill(course, put(tmp_path, b"a,b\n1,2\n"))
    with pytest.raises(CourseError, match="There is no file"):
        fill(course, tmp_path / "none.csv")
    with pytest.raises(CourseError, match="workbook"):
        fill(course, put(tmp_path, b"PK\x03\x04"))
    with pytest.raises(CourseError, match="empty"):
        fill(course, put(tmp_path, b""))
    with pytest.raises(CourseError, match="cannot be read as CSV"):
        fill(course, put(tmp_path, b'"a,b\n1,2\n'))
    graded({})
    with pytest.raises(CourseError, match="No assignment is released"):
        fill(course, put(tmp_path, gradebook().gradebook()))


def test_a_western_spreadsheets_file_stays_readable(tmp_path, graded):
    users = [user for user in CLASS if user.sortable.isascii()] + [CLASS[0]]
    content = gradebook(users).gradebook().decode().encode("cp1252")
    course = graded({file_id(CLASS[0]): 3.0}, canvas_origins(CLASS))
    done = fill(course, put(tmp_path, content))
    assert "Ångström" in done.path.read_bytes().decode("cp1252") and len(done.columns[0].filled) == 1
    assert read_sheet(done.path).encoding == "cp1252"


@pytest.mark.parametrize(("value", "text"), [(29.0, "29"), (0.0, "0"), (100.0, "100"), (22.335, "22.34"), (0.5, "0.5")])
def test_points_are_written_without_what_says_nothing(value, text):
    assert number_text(value) == text and number_text(value, comma=True) == text.replace(".", ",")
    assert number_in(text) == float(text)


def test_the_command_says_both_ways_who_was_not_found(course, hand_in, fast, tmp_path, capsys):
    hand_in("ada", {"double": "def double(x):\n    return x + x"})
    hand_in("bob", {"double": "def double(x):\n    return x + x"})
    hand_in("waits", {"double": "def double(x):\n    return x + x", "why": "Because."})
    grade(course, "tiny")
    write_origins(
        course, [Origin(who, "tiny", "canvas", who, number) for who, number in (("ada", "11"), ("waits", "12"))]
    )
    users = [User(11, "Ada", "Lovelace", "al"), User(12, "Waits", "Long", "wl"), User(13, "Cy", "Nobody", "cn")]
    there = Canvas(users, {5: ("Tiny", 100.0)})
    app(
        ["export", "--into", str(put(tmp_path, there.gradebook())), "--course", str(course.root)], standalone_mode=False
    )
    told = capsys.readouterr().out
    assert "grades for Canvas: " in told and "1 grade in 'Tiny (5)'" in told and "we 6" in told
    assert "no row for bob: there is no row" in told and "1 row of nobody known here: Nobody, Cy" in told
    assert "tiny: 1 student has no grade yet, as answers wait for a person" in told
    there.import_gradebook((course.grades / "export.csv").read_bytes())
    assert there.scores == {(11, 5): "4"}
