"""Collect: what Canvas, Moodle and Gradescope give out goes to the right student, and nothing in it does harm."""

import io
import json
import os
import stat
import zipfile
from datetime import UTC, datetime

import pytest

from autograde.cli import app
from autograde.collect import archives
from autograde.collect.collect import EARLIER, collect
from autograde.course.errors import CourseError
from autograde.course.folder import why_student_id_is_refused
from autograde.course.origins import read_origins
from autograde.course.people import student_id

PUT = "or put the notebook at submitted/<student>/<assignment>/<assignment>.ipynb"
CANVAS = "lovelaceada_340934_208490284_tiny.ipynb"
MOODLE = "Ada Lovelace_340934_assignsubmission_file_"
GRADESCOPE = """submission_11:
  :submitters:
  - :name: Ada Lovelace
    :sid: ada
    :email: ada@example.org
  - :name: Charles Babbage
    :sid: charles
  :created_at: 2026-03-01 10:00:00.5 Z
submission_12:
  :submitters:
  - :name: Emmy Noether
    :email: emmy@example.org
  :created_at: 2026-03-02T09:00:00+01:00
"""


@pytest.fixture
def export(tmp_path):
    """Writes a zip file; a name may be a ZipInfo, a content text or bytes."""

    def write(files, name="export.zip"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in files:
                archive.writestr(member, content)
        return path

    return write


def rows(collected):
    return [(row.status, row.student, row.assignment) for row in collected]


def refusals(collected):
    return {row.source: row.reason for row in collected if row.status == "refused"}


def handed_in(course, student):
    return (course.submitted / student / "tiny" / "tiny.ipynb").read_text("utf-8")


@pytest.mark.parametrize("as_folder", [False, True])
@pytest.mark.parametrize(
    ("files", "students"),
    [
        pytest.param(
            [
                (CANVAS, "1"),
                ("turingalan_LATE_99_208490290_tiny-2.ipynb", "2"),
                ("turingalan_LATE_99_208490291_notes_1_2_tiny.pdf", "no"),
            ],
            {"lovelaceada": "1", "turingalan": "2"},
            id="Canvas",
        ),
        pytest.param(
            [
                (f"{MOODLE}/tiny.ipynb", "1"),
                (f"{MOODLE}/more/other.ipynb", "no"),
                ("Zoë O'Neil_7_assignsubmission_file_/my answer.ipynb", "2"),
                ("Zoë O'Neil_7_assignsubmission_onlinetext_/onlinetext.html", "no"),
            ],
            {"Ada Lovelace": "1", "Zoë O'Neil": "2"},
            id="Moodle",
        ),
        pytest.param(
            [(f"{MOODLE}tiny.ipynb", "1"), ("李_8_assignsubmission_file_tiny (1).ipynb", "2")],
            {"Ada Lovelace": "1", "李": "2"},
            id="Moodle without folders",
        ),
        pytest.param(
            [
                ("assignment_5_export/submission_metadata.yml", GRADESCOPE),
                ("assignment_5_export/submission_11/tiny.ipynb", "1"),
                ("assignment_5_export/submission_12/in/tiny.ipynb", "2"),
            ],
            {"ada": "1", "charles": "1", "emmy@example.org": "2"},
            id="Gradescope",
        ),
        pytest.param(
            [("ada/tiny/tiny.ipynb", "1"), ("alan/tiny.ipynb", "2"), ("__MACOSX/alan/._tiny.ipynb", "no")],
            {"ada": "1", "alan": "2"},
            id="folders",
        ),
    ],
)
def test_each_platform_is_read(course, export, tmp_path, files, students, as_folder):
    source = export(files)
    if as_folder:
        with zipfile.ZipFile(source) as archive:
            archive.extractall(tmp_path / "unpacked")
        source = tmp_path / "unpacked"
    found = collect(course, [source], assignment="tiny")
    assert {row.student for row in found if row.status == "new"} == set(students)
    assert {student: handed_in(course, student) for student in students} == students
    assert {path.name for path in course.submitted.iterdir()} == set(students)


def test_the_time_of_gradescope_is_kept_in_utc(course, export):
    files = [
        ("submission_metadata.yml", GRADESCOPE),
        ("submission_11/tiny.ipynb", "1"),
        ("submission_12/tiny.ipynb", "2"),
    ]
    collect(course, [export(files)])
    times = [(course.submitted / one / "tiny" / "timestamp.txt").read_text() for one in ("ada", "emmy@example.org")]
    assert times == ["2026-03-01 10:00:00.500000 UTC\n", "2026-03-02 08:00:00.000000 UTC\n"]


@pytest.mark.parametrize(
    "about", ["[" * 1_000_000, "- " * 200_000, "a: &a [x]\nb: *a", "\x00", "submission_11: !ruby/object:X {}"]
)
def test_a_strange_description_of_gradescope_is_survived(course, export, about):
    found = collect(course, [export([("submission_metadata.yml", about), ("submission_11/tiny.ipynb", "1")])])
    assert refusals(found) == {"submission_11/tiny.ipynb": "submission_metadata.yml does not say whose it is"}


def test_a_late_mark_without_a_time_is_told(course, export):
    (row,) = collect(course, [export([("turingalan_LATE_99_2_tiny.ipynb", "2")])])
    assert "marks it late" in row.remarks[0]


def gradescope(time, content):
    about = f"submission_11:\n  :submitters:\n  - :sid: ada\n  :created_at: {time}\n"
    return [("submission_metadata.yml", about), ("submission_11/tiny.ipynb", content)]


def test_the_newest_hand_in_counts_and_none_is_lost(course, export):
    steps = [
        ("2026-03-02 10:00:00 Z", "second", "new", "second"),
        ("2026-03-02 10:00:00 Z", "second", "unchanged", "second"),
        ("2026-03-01 10:00:00 Z", "first", "older", "second"),
        ("2026-03-03 10:00:00 Z", "third", "replaced", "third"),
    ]
    for time, content, status, counts in steps:
        (row,) = collect(course, [export(gradescope(time, content))])
        assert (row.status, handed_in(course, "ada")) == (status, counts)
    earlier = {path.read_text() for path in (course.submitted / EARLIER).rglob("*.ipynb")}
    assert earlier == {"first", "second"}
    assert "2026-03-03" in (course.submitted / "ada/tiny/timestamp.txt").read_text()


def test_what_comes_after_the_end_is_kept_and_replaces_nothing(course, export):
    dates = "assignments: {tiny: {due: 2026-03-01 12:00, until: 2026-03-02 12:00}}"
    (course.root / "course.yml").write_text(dates)
    steps = [
        ("2026-03-02 12:01:30 Z", "late", "new", "late"),
        ("2026-03-02 12:00:30 Z", "in time", "replaced", "in time"),
        ("2026-03-02 12:01:30 Z", "late", "older", "in time"),
    ]
    for time, content, status, counts in steps:
        (row,) = collect(course, [export(gradescope(time, content))])
        assert (row.status, handed_in(course, "ada")) == (status, counts)
    assert "nothing is taken after Mon 02 Mar 2026, 12:00" in row.remarks[0]
    (course.root / "course.yml").write_text(f"{dates}\nextensions: {{ada: {{tiny: 2026-03-03 12:00}}}}")
    (row,) = collect(course, [export(gradescope("2026-03-02 12:01:30 Z", "late"))])
    assert (row.status, handed_in(course, "ada")) == ("replaced", "late")


def test_the_newest_file_of_one_export_counts(course, export):
    files = [
        ("lovelaceada_LATE_3_30_tiny-1.ipynb", "new"),
        ("lovelaceada_3_20_tiny.ipynb", "old"),
        ("lovelaceada_3_40_scratch.ipynb", "scratch"),
    ]
    found = collect(course, [export(files)], assignment="tiny")
    assert handed_in(course, "lovelaceada") == "new"
    assert refusals(found) == {"lovelaceada_3_40_scratch.ipynb": "another notebook is called tiny.ipynb, and counts"}
    assert [row.status for row in found] == ["refused", "new", "older"]


def test_one_archive_with_the_same_name_twice_loses_nothing(course, export):
    with pytest.warns(UserWarning, match="Duplicate name"):
        source = export([(CANVAS, "one"), (CANVAS, "two")])
    collect(course, [source])
    kept = {path.read_text() for path in course.submitted.rglob("*.ipynb")}
    assert kept == {"one", "two"}


def test_several_notebooks_without_the_right_name_are_refused_by_name(course, export):
    found = collect(course, [export([("a_1_2_x.ipynb", "1"), ("a_1_3_y.ipynb", "2")])])
    assert all("it is not sure which of its notebooks counts (x.ipynb, y.ipynb); put" in row.reason for row in found)
    assert all("submitted/a/tiny/tiny.ipynb" in row.reason for row in found)
    assert not course.submitted.exists()


def test_a_hand_in_without_a_notebook_is_told(course, export):
    found = collect(course, [export([(CANVAS, "1"), ("turingalan_9_9_tiny.zip", "PK")])])
    assert refusals(found) == {
        "turingalan_9_9_tiny.zip": "it is an archive: unpack it, and put the notebook in it at "
        "submitted/turingalan/<assignment>/<assignment>.ipynb"
    }


def test_the_roster_gives_the_ids(course, export, tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text('student_id,ID,Full name\nu1,340934,"Lovelace, Ada"\nu2,99,\n../u3,77,\n', "utf-8")
    files = [(CANVAS, "1"), ("x_99_3_tiny.ipynb", "2"), ("y_77_4_tiny.ipynb", "3"), ("z_55_5_tiny.ipynb", "4")]
    found = collect(course, [export(files)], roster=roster)
    assert (handed_in(course, "u1"), handed_in(course, "u2")) == ("1", "2")
    assert refusals(found) == {
        "y_77_4_tiny.ipynb": f"the roster's id '../u3' cannot be the name of a folder; {PUT}",
        "z_55_5_tiny.ipynb": "the roster has no row for whoever handed it in; add one, or a column `group` for groups; "
        + PUT,
    }
    assert {path.name for path in course.submitted.iterdir()} == {"u1", "u2"}


def test_two_people_of_one_name_are_never_mixed(course, export, tmp_path):
    files = [("smithbob_1_2_tiny.ipynb", "1"), ("SmithBob_5_3_tiny.ipynb", "2"), (CANVAS, "3")]
    found = collect(course, [export(files)])
    assert rows(found)[-1] == ("new", "lovelaceada", "tiny")
    assert ["several people would get the same id" in row.reason for row in found] == [True, True, False]
    shared = tmp_path / "roster.csv"
    shared.write_text("student_id,name\na,Bob Smith\nb,Bob Smith\n", "utf-8")
    found = collect(course, [export(files[:2])], roster=shared)
    assert all("several people of the roster bear this name" in row.reason for row in found)


def test_a_name_that_differs_in_capitals_from_one_handed_in_is_refused(course, export):
    collect(course, [export([("ada/tiny.ipynb", "1")])])
    found = collect(course, [export([("ADA/tiny.ipynb", "2")])])
    assert "submitted/ada differs only in capital letters" in found[0].reason
    assert handed_in(course, "ada") == "1"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada  Lovelace ", "Ada Lovelace"),
        ("e\u0301mile", "émile"),
        ("ada\u202egnp.exe", "adagnp.exe"),
        ("a\u200bd\u0000a\u2066", "ada"),
        ("<img src=x onerror=alert(1)>", "-img src=x onerror=alert(1)-"),
        ('"; alert(1)//', "-; alert(1)--"),
        ("../../etc", "-..-etc"),
        ("..", ""),
        ("{student_id}", "-student_id-"),
    ],
)
def test_names_become_harmless_ids(name, expected):
    assert student_id(name) == expected
    assert not expected or why_student_id_is_refused(expected) is None


def symlink(name, target):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


def device(name):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFCHR | 0o666) << 16
    return info, ""


def test_hostile_members_are_refused_and_the_others_go_on(course, export, tmp_path):
    outside = tmp_path / "outside.ipynb"
    outside.write_text("secret", "utf-8")
    bomb = b"0" * 19_000_000
    files = [
        ("ada/tiny.ipynb", "1"),
        symlink("link/tiny.ipynb", str(outside)),
        device("device/tiny.ipynb"),
        ("../up/tiny.ipynb", "x"),
        ("/absolute/tiny.ipynb", "x"),
        ("back\\slash/tiny.ipynb", "x"),
        ("c:/drive/tiny.ipynb", "x"),
        ("bomb/tiny.ipynb", bomb),
        ("large/tiny.ipynb", os.urandom(1_000_000) * 101),
        ("\u202e/tiny.ipynb", "x"),
        ("a/b/c/d/tiny.ipynb", "x"),
        ("long" * 400 + "/tiny.ipynb", "x"),
    ]
    found = collect(course, [export(files)])
    reasons = refusals(found)
    assert len(found) == len(files) and len(reasons) == len(files) - 1
    for path, words in {
        "link/tiny.ipynb": "symbolic link",
        "device/tiny.ipynb": "no ordinary file",
        "../up/tiny.ipynb": "out of the archive",
        "/absolute/tiny.ipynb": "absolute",
        "c:/drive/tiny.ipynb": "absolute",
        "bomb/tiny.ipynb": "grows more than 200-fold",
        "large/tiny.ipynb": "larger than 100 MB",
        "\u202e/tiny.ipynb": "no letter of the name",
    }.items():
        assert words in reasons[path]
    assert [path.name for path in course.submitted.iterdir()] == ["ada"]
    assert outside.read_text() == "secret"


def test_an_encrypted_or_damaged_member_is_refused(course, export):
    path = export([("ada/tiny.ipynb", "1" * 50), ("alan/tiny.ipynb", "2" * 50)])
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1  # the first one's flag: encrypted
    start = raw.index(b"alan/tiny.ipynb") + len(b"alan/tiny.ipynb")
    raw[start : start + 2] = b"\xff\xff"
    path.write_bytes(raw)
    assert refusals(collect(course, [path])) == {
        "ada/tiny.ipynb": "it is encrypted",
        "alan/tiny.ipynb": "it is damaged inside the archive",
    }


def test_counts_and_totals_are_limited(course, export, monkeypatch):
    source = export([(f"s{number}/tiny.ipynb", "x" * 10) for number in range(30)])
    monkeypatch.setattr(archives, "LARGEST_TOTAL", 50)
    monkeypatch.setattr(archives, "MOST_MEMBERS", 20)
    found = collect(course, [source])
    assert sum(row.status == "new" for row in found) == 5
    assert any(row.source == "10 more files" for row in found)


def test_links_and_pipes_in_a_folder_are_refused(course, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "tiny.ipynb").write_text("secret", "utf-8")
    source = tmp_path / "source"
    for student in ("ada", "alan", "emmy"):
        (source / student).mkdir(parents=True)
    (source / "ada" / "tiny.ipynb").write_text("1", "utf-8")
    (source / "alan" / "tiny.ipynb").symlink_to(outside / "tiny.ipynb")
    os.mkfifo(source / "emmy" / "tiny.ipynb")
    (source / "whole").symlink_to(outside)
    found = collect(course, [source])
    assert refusals(found) == {
        "alan/tiny.ipynb": "it is a symbolic link, which is never followed",
        "emmy/tiny.ipynb": "it is no ordinary file",
        "whole": "it is a symbolic link",
    }
    assert ("new", "ada", "tiny") in rows(found)
    assert not list(course.submitted.rglob("alan"))


def test_a_linked_folder_in_submitted_is_not_written_through(course, export, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    course.submitted.mkdir(exist_ok=True)
    (course.submitted / "ada").symlink_to(tmp_path / "elsewhere")
    (row,) = collect(course, [export([("ada/tiny.ipynb", "1")])])
    assert "symbolic link" in row.reason and not list((tmp_path / "elsewhere").iterdir())


def test_a_student_cannot_pass_for_another_by_a_file_name(course, export):
    spoof = "Alan Turing_2_assignsubmission_file_tiny.ipynb"
    files = [
        (f"{MOODLE}/tiny.ipynb", "right"),
        ("Eve_3_assignsubmission_file_/submission_metadata.yml", gradescope("2026-01-01", "")[0][1]),
        (f"Eve_3_assignsubmission_file_/{spoof}", "spoof"),
        ("Eve_3_assignsubmission_file_/lovelaceada_340934_1_tiny.ipynb", "spoof"),
    ]
    collect(course, [export(files)])
    assert [path.name for path in course.submitted.iterdir()] == ["Ada Lovelace"]
    assert handed_in(course, "Ada Lovelace") == "right"


@pytest.mark.parametrize("alone", [False, True])
def test_a_student_cannot_make_the_export_look_like_another_platforms(course, export, alone):
    about = gradescope("2026-01-01 10:00:00 Z", "")[0][1]
    files = [("ada/tiny.ipynb", "right"), ("eve/submission_metadata.yml", about)]
    files += [(f"eve/submission_{number}/tiny.ipynb", "spoof") for number in range(30)]
    files += [(f"eve/ada_{number}_1_tiny.ipynb", "spoof") for number in range(30)]
    found = collect(course, [export(files[alone:])])
    assert {row.student for row in found if row.status != "refused"} == (set() if alone else {"ada"})
    assert alone or handed_in(course, "ada") == "right"


def test_a_stray_file_costs_nobody_the_hand_in(course, export):
    found = collect(course, [export([(CANVAS, "1"), ("turingalan_9_9_tiny.ipynb", "2"), ("grades.xlsx", "x")])])
    assert refusals(found) == {"grades.xlsx": "its name is none that Canvas gives"}
    assert handed_in(course, "lovelaceada") == "1"


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06 no", b"\x1f\x8b gzip", b"PK\x03\x04" + b"\0" * 100])
def test_what_is_no_zip_file_is_said_in_one_sentence(course, tmp_path, content):
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(CourseError, match="no zip file"):
        collect(course, [tmp_path / "x.zip"])
    with pytest.raises(CourseError, match="no file or folder"):
        collect(course, [tmp_path / "nowhere.zip"])


def test_a_zip_inside_a_zip_is_not_opened(course, export):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("tiny.ipynb", "1")
    found = collect(course, [export([("ada/tiny.zip", inner.getvalue()), ("alan/tiny.ipynb", "2")])])
    assert list(refusals(found)) == ["ada/tiny.zip"] and "unpack it" in refusals(found)["ada/tiny.zip"]


def test_the_command_lists_what_became_of_each(course, export, capsys):
    source = export([(CANVAS, "1"), ("turing\x1balan_9_9_tiny.pdf", "2")])
    arguments = ["collect", str(source), "--course", str(course.root)]
    app(arguments, standalone_mode=False)
    text = capsys.readouterr().out
    assert "1 new, 1 refused." in text and "there is no notebook" in text and "\x1b" not in text
    app([*arguments, "--json"], standalone_mode=False)
    assert [row["status"] for row in json.loads(capsys.readouterr().out)] == ["refused", "unchanged"]


def test_a_name_that_differs_only_in_how_accents_are_written_is_the_same_student(course, export):
    files = [("Zoe\u0308/tiny.ipynb", "1")]
    assert rows(collect(course, [export(files)])) == [("new", "Zo\u00eb", "tiny")]
    (course.submitted / "Zo\u00eb").rename(course.submitted / "Zoe\u0308")  # as some file systems and archives do
    if (course.submitted / "Zo\u00eb").exists():
        return  # this one knows them for one
    assert "in how accents are written" in collect(course, [export(files)])[0].reason


def test_a_notebook_with_another_ending_behind_its_own_is_taken_unless_there_is_a_right_one(course, export):
    files = [("ada/tiny.ipynb.txt", "1"), ("bob/tiny.ipynb.json", "no"), ("bob/tiny (1).ipynb", "2")]
    found = collect(course, [export(files)])
    assert [row.status for row in found] == ["new", "new"]
    assert handed_in(course, "ada") == "1" and handed_in(course, "bob") == "2"


@pytest.mark.parametrize("known", ["2026-03-01 12:00:00 +0100", "2026-03-01T11:00Z", "2026-03-01 12:00 Europe/Berlin"])
def test_a_time_that_lies_there_is_read_in_its_zone(course, export, known):
    folder = course.submitted / "ada" / "tiny"
    folder.mkdir(parents=True)
    (folder / "tiny.ipynb").write_text("newer")
    (folder / "timestamp.txt").write_text(known)
    files = [("submission_metadata.yml", GRADESCOPE), ("submission_11/tiny.ipynb", "1")]  # of 10:00 UTC
    found = {row.student: row.status for row in collect(course, [export(files)])}
    assert found["ada"] == "older" and handed_in(course, "ada") == "newer"


def test_where_it_came_from_is_kept(course, export):
    files = [(CANVAS, "1"), ("turingalan_LATE_99_208490290_tiny-2.ipynb", "2")]
    collect(course, [export(files)])
    collect(course, [export(gradescope("2026-03-01 10:00:00 Z", "3"))])
    assert [(one.student, one.platform, one.number, one.file_number) for one in read_origins(course)] == [
        ("lovelaceada", "canvas", "340934", "208490284"),
        ("turingalan", "canvas", "99", "208490290"),
        ("ada", "gradescope", "ada", ""),
    ]
    assert read_origins(course)[2].time == datetime(2026, 3, 1, 10, tzinfo=UTC)
