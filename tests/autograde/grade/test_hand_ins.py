"""What lies in submitted/: whose it is, which file counts, when it came; what cannot be used is said."""

import unicodedata
import zipfile

import pytest

from autograde.course.errors import CourseError
from autograde.course.folder import Course
from autograde.grade.hand_ins import read_hand_in, students

COMPOSED, APART = "Zo\u00eb", "Zoe\u0308"


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


@pytest.fixture
def put(course):
    """Writes a file into a hand-in's folder."""

    def write(student, file="tiny.ipynb", content=b"{}"):
        path = course.submitted / student / "tiny" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return write


def read(course, student="ada"):
    return read_hand_in(course, "tiny", student)


def test_a_hand_in_is_its_notebook_and_its_time(course, put):
    put("ada", content=b"the notebook")
    put("ada", "timestamp.txt", b"2026-10-11 23:59:00 +0200\n")
    put("ada", "fixtures.npz")
    put("ada", "submission_secret.txt")  # as nbgrader's exchange leaves it
    found = read(course)
    assert (found.raw, found.timestamp) == (b"the notebook", "2026-10-11 21:59:00.000000 UTC")
    assert found.remarks == [] and not found.refusal


@pytest.mark.parametrize(
    "raw",
    [
        "2026-10-11 21:59:00 UTC".encode("utf-16"),
        b"\xef\xbb\xbf2026-10-11 21:59:00 UTC\r\n",
        b"2026-10-11T21:59:00Z",
        b"2026-10-11 23:59:00 Europe/Berlin",
    ],
)
def test_a_time_is_read_in_every_form_that_names_one_moment(course, put, raw):
    put("ada")
    put("ada", "timestamp.txt", raw)
    assert read(course).timestamp == "2026-10-11 21:59:00.000000 UTC"
    assert read(course).remarks == []


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"2026-10-11 23:59:00 CEST", "'2026-10-11 23:59:00 CEST'"),
        (b"11.10.2026 23:59", "'11.10.2026 23:59'"),
        (b"1791755940", "'1791755940'"),
        (b"\x1b[2J", "'\\x1b[2J'"),
        (b"9" * 1000, "no short text"),
        (b"\xff\xfe\x00", "no short text"),
    ],
)
def test_an_unsure_time_is_a_remark_for_a_person_and_nothing_counts_as_late(course, put, raw, words):
    put("ada")
    put("ada", "timestamp.txt", raw)
    found = read(course)
    assert found.timestamp is None
    (remark,) = found.remarks
    assert words in remark and "nothing counts as late" in remark
    assert remark.endswith(": a person should look.")


def test_an_empty_time_is_none(course, put):
    put("ada")
    put("ada", "timestamp.txt", b" \n")
    assert (read(course).timestamp, read(course).remarks) == (None, [])


@pytest.mark.parametrize(
    "file",
    ["tiny (1).ipynb", "tiny-Copy1.ipynb", "solution.IPYNB", "tiny.ipynb.txt", "tiny.ipynb.json", "a/tiny.ipynb",
     "a/b/c/mine.ipynb"],
)  # fmt: skip
def test_the_one_notebook_is_taken_whatever_it_is_called_and_wherever_it_lies(course, put, file):
    put("ada", file, b"the notebook")
    put("ada", "notes.txt")
    put("ada", ".ipynb_checkpoints/tiny-checkpoint.ipynb")
    found = read(course)
    assert found.raw == b"the notebook"
    assert found.remarks == [
        f"The file is called {file!r}, not 'tiny.ipynb'; it was taken.",
        "Other files in the folder were not used: notes.txt.",
    ]


def test_the_notebook_of_the_right_name_goes_before_all_others(course, put):
    for file in ("tiny (1).ipynb", "tiny.ipynb.txt", "a/tiny.ipynb"):
        put("ada", file)
    put("ada", content=b"the notebook")
    assert read(course).raw == b"the notebook"
    (remark,) = read(course).remarks
    assert remark == "Other files in the folder were not used: a, tiny (1).ipynb, tiny.ipynb.txt."


def test_in_sub_folders_the_right_name_decides(course, put):
    put("ada", "a/tiny.ipynb", b"the notebook")
    put("ada", "a/other.ipynb")
    assert read(course).raw == b"the notebook"
    put("ada", "b/tiny.ipynb")
    assert read(course).raw is None and "None was taken" in read(course).remarks[0]


def test_of_several_notebooks_none_is_taken(course, put):
    put("ada", "tiny (1).ipynb")
    put("ada", "tiny (2).ipynb")
    found = read(course)
    assert found.raw is None
    assert "'tiny (1).ipynb', 'tiny (2).ipynb'. None was taken: rename the right one." in found.remarks[0]


def test_an_archive_is_named_and_not_unpacked(course, put):
    path = put("ada", "unrolled-tiny.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny.ipynb", "{}")
    found = read(course)
    assert found.raw is None
    assert "an archive, 'unrolled-tiny.zip': unpack it there" in found.remarks[0]


def test_no_link_is_followed_into_a_sub_folder(course, put, tmp_path):
    (tmp_path / "peer").mkdir()
    (tmp_path / "peer" / "tiny.ipynb").write_text("a peer's")
    put("ada", "notes.txt")
    (course.submitted / "ada" / "tiny" / "a").symlink_to(tmp_path / "peer")
    (course.submitted / "ada" / "tiny" / "b").mkdir()
    (course.submitted / "ada" / "tiny" / "b" / "tiny.ipynb").symlink_to(tmp_path / "peer" / "tiny.ipynb")
    assert read(course).raw is None


def test_a_hidden_folder_is_refused_with_the_reason_and_what_is_ours_is_passed_over(course, put):
    put("ada")
    put(".bob")
    put(".earlier/cleo")
    (course.submitted / ".earlier" / "stray.ipynb").touch()
    assert students(course, "tiny") == [".bob", "ada"]
    assert "begins with a dot" in read(course, ".bob").refusal


@pytest.mark.parametrize("name", [COMPOSED, APART])
def test_a_name_is_one_student_however_its_accents_are_written(course, put, name):
    put(name, content=b"the notebook")
    assert students(course, "tiny") == [COMPOSED]
    assert (read(course, COMPOSED).student, read(course, COMPOSED).raw) == (COMPOSED, b"the notebook")


def test_two_folders_of_one_name_are_refused_with_the_reason(course, put):
    put(COMPOSED)
    put(APART)
    if len([*course.submitted.iterdir()]) == 1:
        return  # this file system knows them for one
    assert students(course, "tiny") == [COMPOSED]
    assert "two folders bear this name" in read(course, COMPOSED).refusal


def test_a_second_folder_for_another_assignment_does_no_harm(course, put):
    put(COMPOSED, content=b"the notebook")
    (course.submitted / APART / "other").mkdir(parents=True)
    assert read(course, COMPOSED).raw == b"the notebook"


def test_a_name_of_both_kinds_of_accents_is_not_passed_over(course, put):
    mixed = "\u00e9e\u0301"
    put(mixed)
    assert students(course, "tiny") == [mixed] and read(course, mixed).raw == b"{}"
    put(unicodedata.normalize("NFC", mixed))
    assert len(students(course, "tiny")) == 2
    assert "two folders" in read(course, mixed).refusal


def test_nobody_is_a_sentence(course):
    with pytest.raises(CourseError, match="no submissions of 'tiny'"):
        students(course, "tiny")
