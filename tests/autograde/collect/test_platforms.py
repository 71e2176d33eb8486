"""Exports of a class of 150, named as each platform names them: everyone arrives, nobody passes for another."""

import csv
import re
import shutil
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from autograde.collect.collect import EARLIER, collect
from autograde.course.origins import read_origins

ODD = [
    ("Zoë", "O'Neil"),
    ("Jürgen", "Müller-Lüdenscheid"),
    ("伟", "王"),
    ("Wei", "Wang"),
    ("Wei", "Wang"),
    ("José María", "de la Cruz"),
    ("Anna_Lena", "von_Berg"),
    ("Björn", "Ångström"),
    ("Ng", "Ng"),
]
TWINS = (3, 4)  # two people of one name
COUNT = 150
AGAIN = range(0, COUNT, 10)  # who handed in twice


@dataclass(frozen=True)
class Student:
    first: str
    last: str
    number: int

    @property
    def name(self):
        return f"{self.last}{self.first}" if self.last == "王" else f"{self.first} {self.last}"

    @property
    def user(self):
        return f"u{self.number}"


def a_class(count=COUNT):
    names = [*ODD, *((f"First{n}", f"Last{n}") for n in range(count))][:count]
    return [Student(first, last, 340_000 + n) for n, (first, last) in enumerate(names)]


# Each makes the members of one hand-in; `attempt` 0 is the older, 1 the newer. The content says whose and which it is.


def content(one, attempt):
    return f"{one.number} {attempt}"


def canvas(one, attempt):
    # sortable_name, as content_zipper.rb changes it
    sortable = re.sub(r"_(\d+)_", r"\1", f"{one.last}, {one.first}").lower()
    late = "LATE_" * attempt
    name = re.sub(r"[^\w]", "", f"{sortable}_{late}{one.number}")
    file = f"tiny{f'-{attempt}' * attempt}.ipynb"
    return [(f"{name}_{one.number * 10 + attempt}_{file}", content(one, attempt))]


def canvas_anonymous(one, attempt):
    label = f"{one.number:x}".rjust(5, "K")[-5:]
    name = "_".join(["LATE"] * attempt + ["anon", label])
    return [(f"{name}_{one.number * 10 + attempt}_tiny.ipynb", content(one, attempt))]


def moodle_name(one):
    return re.sub(r"[&<>\"`|':\\/]", "", one.name.replace("_", " "))


def moodle(one, attempt):
    folder = f"{moodle_name(one)}_{one.number}_assignsubmission_file_"
    text = f"{moodle_name(one)}_{one.number}_assignsubmission_onlinetext_/onlinetext.html"
    return [(f"{folder}/tiny.ipynb", content(one, 1)), (text, "<p>")] if attempt else []


def moodle_flat(one, attempt):
    return [(f"{moodle_name(one)}_{one.number}_assignsubmission_file_tiny.ipynb", content(one, 1))] if attempt else []


def moodle_blind(one, attempt):
    return [(f"Participant_{one.number}_assignsubmission_file_/tiny.ipynb", content(one, 1))] if attempt else []


def brightspace(one, attempt):
    day = ("Oct 11, 2026 803 PM", "Oct 12, 2026 1213 AM")[attempt]
    return [(f"9{one.number}-48292 - {one.name} - {day}/tiny.ipynb", content(one, attempt))]


def brightspace_flat(one, attempt):
    day = ("Oct 11, 2026 1149 AM", "Nov 1, 2026 905")[attempt]
    return [(f"9{one.number}-48292 - {one.user} {one.name} - {day} - tiny.ipynb", content(one, attempt))]


def blackboard(one, attempt):
    stem = f"RNN_1_2 Cell_{one.user}_attempt_2026-10-1{attempt}-20-03-11"
    about = f"Name: {one.name} ({one.user})\nAssignment: RNN_1_2 Cell\nDate Submitted: …\n"
    return [(f"{stem}_tiny.ipynb", content(one, attempt)), (f"{stem}.txt", about)]


def teams(one, attempt):
    unique = f"{one.name}{f' {one.number}' if one.number - 340_000 in TWINS else ''}"
    return [(f"Submitted files/{unique}/Tiny/Version {attempt + 9}/tiny.ipynb", content(one, attempt))]


def plain(one, attempt):
    return [(f"{one.user}.ipynb", content(one, 1))] if attempt else []


PLATFORMS = [
    canvas,
    canvas_anonymous,
    moodle,
    moodle_flat,
    moodle_blind,
    brightspace,
    brightspace_flat,
    blackboard,
    teams,
    plain,
]
NAMED_ALIKE = (canvas, moodle, moodle_flat, brightspace)  # where nothing but the name can make the id
OWN = {brightspace: [("index.html", "<html>")], brightspace_flat: [("index.html", "<html>")]}


def write(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members:
            archive.writestr(name, text)
    return path


def class_export(tmp_path, make, students):
    members = list(OWN.get(make, []))
    for n, one in enumerate(students):
        members += [*(make(one, 0) if n in AGAIN else []), *make(one, 1)]
    return write(tmp_path / "export.zip", members)


def what_counts(course):
    return {path.parts[-3]: path.read_text("utf-8") for path in course.submitted.glob("[!.]*/tiny/tiny.ipynb")}


@pytest.mark.parametrize("make", PLATFORMS, ids=lambda make: make.__name__)
def test_a_class_arrives_without_a_roster(course, tmp_path, make):
    students = a_class()
    found = collect(course, [class_export(tmp_path, make, students)], assignment="tiny")
    alike = TWINS if make in NAMED_ALIKE else ()
    expected = {content(one, 1) for n, one in enumerate(students) if n not in alike}
    assert set(what_counts(course).values()) == expected
    refused = [row for row in found if row.status == "refused"]
    assert len(refused) == len(alike) and all("name their ids in a roster" in row.reason for row in refused)
    older = {path.read_text("utf-8") for path in (course.submitted / EARLIER).rglob("*.ipynb")}
    assert older == {content(students[n], 0) for n in AGAIN if make(students[n], 0)}
    origins = read_origins(course)
    assert len(origins) == len(expected) and len({one.file for one in origins}) == len(expected)
    assert {one.late for one in origins} == {make in (canvas, canvas_anonymous)}


@pytest.mark.parametrize(
    "make", [canvas, brightspace, brightspace_flat, blackboard, plain], ids=lambda make: make.__name__
)
def test_a_class_arrives_under_the_ids_of_its_roster(course, tmp_path, make):
    students = a_class()
    with (tmp_path / "roster.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Tiny (77)"])
        table.writerow(["    Points Possible", "", "", "", "", "29"])
        table.writerows(
            [f"{one.last}, {one.first}", one.number, "", one.user, "1", n] for n, one in enumerate(students)
        )
    source = class_export(tmp_path, make, students)
    found = collect(course, [source], assignment="tiny", roster=tmp_path / "roster.csv")
    alike = TWINS if make is brightspace else ()
    assert what_counts(course) == {one.user: content(one, 1) for n, one in enumerate(students) if n not in alike}
    assert [row.student for row in found if row.status == "refused"] == [""] * 2 * (make is brightspace)
    assert not any("the roster" in remark for row in found for remark in row.remarks)
    if make is canvas:
        assert {one.student: one.number for one in read_origins(course)} == {
            one.user: str(one.number) for one in students
        }


SPOOFS = [
    "lovelaceada_340934_208490284_tiny.ipynb",
    "LATE_anon_Kq3bX_208490284_tiny.ipynb",
    "Ada Lovelace_340934_assignsubmission_file_tiny.ipynb",
    "131072-48292 - Ada Lovelace - Oct 11, 2026 803 PM - tiny.ipynb",
    "T_ada_attempt_2026-10-11-20-03-11_tiny.ipynb",
    "T_ada_attempt_2026-10-11-20-03-11.txt",
    "tiny.ipynb",
]
TREES = [
    "Ada Lovelace_340934_assignsubmission_file_/tiny.ipynb",
    "131072-48292 - Ada Lovelace - Oct 11, 2026 803 PM/tiny.ipynb",
    "Submitted files/Ada Lovelace/Tiny/Version 3/tiny.ipynb",
    "Ada Lovelace/Tiny/Version 3/tiny.ipynb",
    "submission_metadata.yml",
    "tiny/tiny.ipynb",
]
EVES = {
    "canvas": ("eve_1_{n}_", False),
    "anonymous": ("anon_EvEvE_{n}_", False),
    "moodle": ("Eve_1_assignsubmission_file_/", True),
    "moodle flat": ("Eve_1_assignsubmission_file_", False),
    "brightspace": ("1-48292 - Eve - Oct 11, 2026 803 PM/", True),
    "brightspace flat": ("1-48292 - Eve - Oct 11, 2026 803 PM - ", False),
    "blackboard": ("T_eve_attempt_2026-10-11-20-03-11_", False),
    "teams": ("Submitted files/Eve/Tiny/Version 1/", True),
    "folder": ("Eve/", True),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("platform", EVES)
def test_whatever_a_file_is_called_it_goes_to_no_other(course, tmp_path, platform, alone):
    prefix, deep = EVES[platform]
    ada = prefix.replace("eve", "ada").replace("Eve", "Ada").replace("EvE", "AdA")
    ada = ada.replace("1-", "2-").replace("_1_", "_2_").format(n=99) + "tiny.ipynb"
    for spoof in SPOOFS + TREES * deep:
        more = [(prefix.format(n=n) + spoof.replace("tiny.ipynb", f"{n}.pdf"), "more") for n in range(20)]
        members = [(prefix.format(n=50) + spoof, "spoof"), *more] + [(ada, "right")] * (not alone)
        collect(course, [write(tmp_path / "export.zip", members)], assignment="tiny")
        found = what_counts(course)
        assert all("eve" in student.casefold() for student, text in found.items() if text == "spoof"), spoof
        assert alone or "right" in found.values(), spoof
        shutil.rmtree(course.submitted, ignore_errors=True)


def test_a_number_within_a_name_on_canvas_is_not_taken_for_anothers(course, tmp_path):
    # Eve calls herself "Ada_340934"; Canvas puts her own number behind it.
    source = write(
        tmp_path / "x.zip", [("ada_340934_7_208_tiny.ipynb", "spoof"), ("adalovelace_340934_209_tiny.ipynb", "right")]
    )
    (refused, taken) = collect(course, [source])
    assert "it is not sure which of the numbers" in refused.reason and taken.student == "adalovelace"
    assert what_counts(course) == {"adalovelace": "right"}


@pytest.mark.parametrize(
    "name",
    [
        "eve_1_2_Ada_340934_assignsubmission_file_tiny.ipynb",  # of Canvas, like Moodle's
        "T_eve_attempt_2026-10-11-20-03-11_lovelaceada_340934_208_tiny.ipynb",  # of Blackboard, like Canvas'
        "1-2 - Eve - Oct 11, 2026 803 PM - lovelaceada_340934_208_tiny.ipynb",  # of Brightspace, like Canvas'
        "Eve_3_assignsubmission_file_lovelaceada_340934_208_tiny.ipynb",  # of Moodle, like Canvas'
    ],
)
def test_a_number_of_the_roster_is_no_way_in(course, tmp_path, name):
    (tmp_path / "roster.csv").write_text("student_id,ID,Identifier\nada,340934,Participant 340934\n", "utf-8")
    (row,) = collect(course, [write(tmp_path / "x.zip", [(name, "spoof")])], roster=tmp_path / "roster.csv")
    assert row.status == "refused" and what_counts(course) == {}


def test_names_in_utf8_without_the_flag_are_read(course, tmp_path):
    name = "müllerjürgen_1_2_tiny.ipynb".encode()
    path = write(tmp_path / "x.zip", [("x" * len(name), "1")])
    path.write_bytes(path.read_bytes().replace(b"x" * len(name), name))
    with zipfile.ZipFile(path) as archive:
        assert not archive.infolist()[0].flag_bits & 0x800
    collect(course, [path])
    assert set(what_counts(course)) == {"müllerjürgen"}


BERLIN = "timezone: Europe/Berlin\n"


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("1-2 - Ada - Oct 11, 2026 803 PM/tiny.ipynb", datetime(2026, 10, 11, 18, 3, tzinfo=UTC)),
        ("1-2 - Ada - Oct 11, 2026 1203 AM/tiny.ipynb", datetime(2026, 10, 10, 22, 3, tzinfo=UTC)),
        ("1-2 - Ada - 11 Oct, 2026 2003/tiny.ipynb", datetime(2026, 10, 11, 18, 3, tzinfo=UTC)),
        ("1-2 - Ada - Oct 25, 2026 230 AM/tiny.ipynb", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # shown twice
        ("T_ada_attempt_2026-12-11-20-03-11_tiny.ipynb", datetime(2026, 12, 11, 19, 3, 11, tzinfo=UTC)),
    ],
)
def test_a_platforms_clock_is_read_in_the_courses_zone(course, tmp_path, name, moment):
    source = write(tmp_path / "x.zip", [(name, "1")])
    (row,) = collect(course, [source])
    assert "write `timezone:" in row.remarks[0] and read_origins(course)[0].time is None
    (course.root / "course.yml").write_text(BERLIN, "utf-8")
    (row,) = collect(course, [source])
    assert row.remarks == [] and read_origins(course)[0].time == moment
    assert (course.submitted / row.student / "tiny" / "timestamp.txt").is_file()


GROUPS = """student_id,ID,Student,group
adal,340934,"Lovelace, Ada",Team 7
emmyn,340935,"Noether, Emmy","Team 7, Lab A"
bob,3,,
"""


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("team7_340934_208490284_tiny.ipynb", ["340934", ""]),
        ("Team 7_12_assignsubmission_file_/tiny.ipynb", ["", ""]),
        ("55-2 - Team 7 - Oct 11, 2026 803 PM/tiny.ipynb", ["", ""]),
    ],
)
def test_a_groups_file_goes_to_its_members(course, tmp_path, name, numbers):
    (tmp_path / "roster.csv").write_text(GROUPS, "utf-8")
    collect(course, [write(tmp_path / "x.zip", [(name, "1")])], roster=tmp_path / "roster.csv")
    assert what_counts(course) == {"adal": "1", "emmyn": "1"}
    assert [(one.student, one.number, one.group != "") for one in read_origins(course)] == [
        ("adal", numbers[0], True),
        ("emmyn", numbers[1], True),
    ]


def test_whoever_is_called_like_a_group_does_not_hand_in_for_it(course, tmp_path):
    (tmp_path / "roster.csv").write_text(GROUPS, "utf-8")
    names = ["Team 7_12_assignsubmission_file_/tiny.ipynb", "Team 7_99_assignsubmission_file_/tiny.ipynb"]
    source = write(tmp_path / "x.zip", [(name, name) for name in names])
    found = collect(course, [source], roster=tmp_path / "roster.csv")
    assert what_counts(course) == {} and {row.source for row in found if row.status == "refused"} == set(names)


def test_a_number_outside_the_group_is_not_the_groups(course, tmp_path):
    (tmp_path / "roster.csv").write_text(GROUPS, "utf-8")
    source = write(tmp_path / "x.zip", [("team7_3_1_tiny.ipynb", "bob's")])
    collect(course, [source], roster=tmp_path / "roster.csv")
    assert what_counts(course) == {"bob": "bob's"}


def test_the_newest_attempt_counts_though_it_has_another_ending(course, tmp_path):
    names = ["1-2 - Ada - Oct 11, 2026 803 PM/tiny.ipynb", "1-2 - Ada - Oct 12, 2026 803 PM/tiny.ipynb.txt"]
    collect(course, [write(tmp_path / "x.zip", [(name, name) for name in names])])
    assert what_counts(course) == {"Ada": names[1]}


def test_a_name_of_moodles_that_cannot_be_read_is_no_students_id(course, tmp_path):
    folder = "Teilnehmer_in_51000_assignsubmission_file_"
    (row,) = collect(course, [write(tmp_path / "x.zip", [(f"{folder}/tiny.ipynb", "1")])])
    assert row.status == "refused" and "does not say whose" in row.reason


def test_of_one_more_folder_around_the_students_it_is_said(course, tmp_path):
    found = collect(course, [write(tmp_path / "x.zip", [(f"all/{name}/tiny.ipynb", "1") for name in ("ada", "bob")])])
    assert "it lies in a folder 'ada', which is no assignment; students' folders have none around" in found[0].reason


def test_a_folder_called_like_an_id_is_that_students_though_others_bear_the_name(course, tmp_path):
    (tmp_path / "roster.csv").write_text("student_id,first_name,last_name\nada,Ada,King\nadal,Ada,Lovelace\n", "utf-8")
    source = write(tmp_path / "x.zip", [("ada/tiny.ipynb", "1")])
    collect(course, [source], roster=tmp_path / "roster.csv")
    assert what_counts(course) == {"ada": "1"}


def test_a_group_that_the_roster_does_not_know_is_told(course, tmp_path):
    (tmp_path / "roster.csv").write_text('student_id,ID,name\nadal,340934,"Lovelace, Ada"\n', "utf-8")
    source = write(tmp_path / "x.zip", [("team7_340934_2_tiny.ipynb", "1")])
    (row,) = collect(course, [source], roster=tmp_path / "roster.csv")
    assert "give its members a column `group`" in row.remarks[0] and row.student == "adal"


def test_the_roster_of_the_course_is_used_and_what_lies_under_former_ids_is_told(course, tmp_path):
    source = write(tmp_path / "x.zip", [("lovelaceada_340934_1_tiny.ipynb", "1")])
    collect(course, [source])
    (course.root / "roster.csv").write_text('student_id,ID,name\nadal,340934,"Lovelace, Ada"\n', "utf-8")
    (course.root / "course.yml").write_text("roster: roster.csv\n", "utf-8")
    (row,) = collect(course, [source])
    assert row.student == "adal" and "`autograde forget lovelaceada`" in row.remarks[0]


@pytest.mark.parametrize(
    ("row", "name", "says"),
    [
        ("a,Ada Lovelace,5", "lovelaceada_5_1_tiny.ipynb", ""),
        ("a,Ada Lovelace,", "lovelaceada_5_1_tiny.ipynb", ""),
        ("a,Ada King,5", "lovelaceada_5_1_tiny.ipynb", ""),  # with a remark
        ("a,Emmy Noether,5\nb,Ada Lovelace,", "lovelaceada_5_1_tiny.ipynb", "in the rows of different people"),
        (
            "a,Ada Lovelace,\nb,Ada Lovelace,",
            "lovelaceada_5_1_tiny.ipynb",
            "several people of the roster bear this name, and no row of it says 5; write that into the right one's row",
        ),
        ("a,Ada Lovelace,5\nb,Ada Lovelace,", "Ada Lovelace_5_assignsubmission_file_/tiny.ipynb", ""),
        ("a,Emmy Noether,5", "Ada Lovelace_5_assignsubmission_file_/tiny.ipynb", "the roster has no row"),
        ("a,Ada Lovelace,5\nb,Ada Lovelace,5", "lovelaceada_5_1_tiny.ipynb", "several rows of the roster are for 5"),
        ("a,Emmy Noether,7", "lovelaceada_5_1_tiny.ipynb", "the roster has no row"),
        ("a,Emmy Noether,7", "LATE_anon_Kq3bX_1_tiny.ipynb", ""),  # nobody can know
    ],
)
def test_names_and_numbers_of_the_roster_have_to_agree(course, tmp_path, row, name, says):
    (tmp_path / "roster.csv").write_text(f"student_id,name,number\n{row}\n", "utf-8")
    (told,) = collect(course, [write(tmp_path / "x.zip", [(name, "1")])], roster=tmp_path / "roster.csv")
    assert (told.status == "refused") == bool(says) and says in told.reason
    assert says or told.student == ("anon_Kq3bX" if "anon" in name else "a")


def test_one_id_stays_one_persons_from_export_to_export(course, tmp_path):
    collect(course, [write(tmp_path / "x.zip", [("wangwei_1_2_tiny.ipynb", "first")])])
    (row,) = collect(course, [write(tmp_path / "y.zip", [("wangwei_5_6_tiny.ipynb", "other")])])
    assert row.status == "refused" and "another person of this name" in row.reason
    assert what_counts(course) == {"wangwei": "first"}


def test_blind_marking_in_another_language_and_with_the_worksheet_as_roster(course, tmp_path):
    names = [f"Teilnehmerin_{n}_assignsubmission_file_/tiny.ipynb" for n in (51, 52, 53)]
    collect(course, [write(tmp_path / "x.zip", [(name, "1") for name in names])])
    assert set(what_counts(course)) == {"Teilnehmerin 51", "Teilnehmerin 52", "Teilnehmerin 53"}
    (tmp_path / "roster.csv").write_text("student_id,Identifier\nada,Participant 51\n", "utf-8")
    source = write(tmp_path / "y.zip", [("Participant_51_assignsubmission_file_/tiny.ipynb", "2")])
    (row,) = collect(course, [source], roster=tmp_path / "roster.csv")
    assert row.student == "ada"


@pytest.mark.parametrize(
    ("files", "counts"),
    [
        (["tiny-Copy1.ipynb"], "tiny-Copy1.ipynb"),
        (["tiny (2).ipynb", "tiny.ipynb"], "tiny.ipynb"),
        (["tiny.ipynb.txt"], "tiny.ipynb.txt"),
        (["tiny.ipynb.txt", "tiny (1).ipynb"], "tiny (1).ipynb"),
        (["tiny.ipynb.json", "other.ipynb.txt"], "tiny.ipynb.json"),
        (["tiny-Copy1.ipynb", "tiny (2).ipynb"], None),
        (["tiny.zip"], None),
        (["tiny.pdf"], None),
    ],
)
def test_which_of_the_copies_counts_or_where_to_put_the_right_one(course, tmp_path, files, counts):
    folder = "Ada Lovelace_3_assignsubmission_file_"
    found = collect(course, [write(tmp_path / "x.zip", [(f"{folder}/{file}", file) for file in files])])
    if counts:
        assert what_counts(course) == {"Ada Lovelace": counts}
    else:
        assert all(row.status == "refused" and "submitted/Ada Lovelace/" in row.reason for row in found)
        assert found and not course.submitted.exists()


def test_teams_with_several_assignments_takes_what_is_asked_for(tmp_path, course):
    names = {"Tiny": "tiny.ipynb", "Essay": "essay.ipynb", "Lab 3": "tiny.ipynb"}
    members = [
        (f"C - Student Work/Submitted files/Ada/{title}/Version 1/{file}", title) for title, file in names.items()
    ]
    members.append(("C - Student Work/Working files/Ada/Tiny/tiny.ipynb", "not yet"))
    found = collect(course, [write(tmp_path / "x.zip", members[:2] + members[3:])], assignment="tiny")
    assert what_counts(course) == {"Ada": "Tiny"}
    assert sorted(row.status for row in found) == ["new", "refused", "refused"]


def test_plain_notebooks_may_name_the_assignment_too(course, tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name in ("Ada Lovelace.ipynb", "tiny_bob.ipynb", "eve tiny (1).ipynb", "tiny.ipynb", "Ada Lovelace (1).ipynb"):
        (folder / name).write_text(name, "utf-8")
    found = collect(course, [folder], assignment="tiny")
    assert what_counts(course) == {
        "Ada Lovelace": "Ada Lovelace (1).ipynb",
        "bob": "tiny_bob.ipynb",
        "eve": "eve tiny (1).ipynb",
    }
    assert [row.source for row in found if row.status == "refused"] == ["tiny.ipynb"]


def test_collecting_the_same_export_twice_changes_nothing(course, tmp_path):
    source = class_export(tmp_path, canvas, a_class(20))
    collect(course, [source])
    before = {path: path.read_bytes() for path in course.root.rglob("*") if path.is_file()}
    again = collect(course, [source])
    assert {row.status for row in again} == {"unchanged", "older", "refused"}
    assert {path: path.read_bytes() for path in course.root.rglob("*") if path.is_file()} == before


def test_what_is_the_same_of_many_is_told_in_one_line(course, tmp_path, capsys):
    from autograde.cli import app

    members = [*((f"s{n}_{n}_{n}_tiny.ipynb", "1") for n in range(50)), *((f"notes{n}.txt", "x") for n in range(40))]
    app(["collect", str(write(tmp_path / "x.zip", members)), "--course", str(course.root)], standalone_mode=False)
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "50 new, 40 refused." and len(told) == 2
    assert told[1].startswith("refused 40 files: its name is none that Canvas gives") and "and 35 more" in told[1]
