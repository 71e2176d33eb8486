"""Fuzzing of the files that strangers send: notebooks and exports of platforms. No crash, no hang, no way out."""

import contextlib
import io
import tempfile
import unicodedata
import zipfile
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autograde.collect.archives import Member
from autograde.collect.collect import collect
from autograde.collect.platforms import read_export
from autograde.course.errors import CourseError
from autograde.course.folder import Course, why_student_id_is_refused
from autograde.course.people import student_id
from autograde.grade.intake import rebuild, template_of
from tests.depth import examples

QUICK = settings(
    max_examples=examples(150), deadline=2_000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PLATFORM_NAMES = [
    "lovelaceada_340934_208490284_tiny.ipynb",
    "turingalan_LATE_9_8_tiny-1.ipynb",
    "Ada Lovelace_3_assignsubmission_file_",
    "LATE_anon_Kq3bX_208490284_tiny.ipynb",
    "131072-48292 - Ada Lovelace - Oct 11, 2026 803 PM",
    "Tiny_adal_attempt_2026-10-11-20-03-11_tiny.ipynb",
    "Tiny_adal_attempt_2026-10-11-20-03-11.txt",
    "Submitted files",
    "Version 2",
    "submission_metadata.yml",
    "submission_11",
    "tiny.ipynb",
    "..",
    "",
    "\u202e",
]
names = st.lists(st.sampled_from(PLATFORM_NAMES) | st.text(max_size=12), min_size=1, max_size=4).map("/".join)


@pytest.fixture(scope="module")
def template(made_once):
    folder = made_once / "course"
    source = nbformat.read(folder / "source/tiny/tiny.ipynb", 4)
    return template_of(source, nbformat.read(folder / "release/tiny/tiny.ipynb", 4))


@pytest.fixture(scope="module")
def released(made_once) -> bytes:
    return (made_once / "course/release/tiny/tiny.ipynb").read_bytes()


def graded_cells(notebook):
    cells = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    return [(cell.metadata, cell.source) for cell in cells if not cell.metadata["nbgrader"]["solution"]]


damage = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 40), st.binary(max_size=12)), min_size=1, max_size=6)


def damaged(raw: bytes, wounds) -> bytes:
    """Some stretches of the bytes replaced by others."""
    for place, length, patch in wounds:
        at = place % (len(raw) + 1)
        raw = raw[:at] + patch + raw[at + length :]
    return raw


@QUICK
@given(damage)
def test_a_damaged_notebook_never_changes_a_test(template, released, wounds):
    rebuilt = rebuild(damaged(released, wounds), template)
    nbformat.validate(rebuilt.notebook)
    assert nbformat.writes(rebuilt.notebook).encode()
    assert graded_cells(rebuilt.notebook) == graded_cells(template)


@contextlib.contextmanager
def scratch_course(made_once):
    """A course with `tiny` released, in a folder of its own; nothing may appear outside its submitted/."""
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder) / "course")
        course.root.mkdir()
        for name in ("source", "release"):
            (course.root / name).symlink_to(made_once / "course" / name)
        yield course
        assert {path.name for path in Path(folder).iterdir()} <= {"course", "export.zip"}
        assert {path.name for path in course.root.iterdir()} <= {"source", "release", "submitted", "collected.csv"}
        for path in course.submitted.rglob("*"):
            assert not path.is_symlink() and (path.is_dir() or path.name in ("tiny.ipynb", "timestamp.txt"))
        for path in course.submitted.glob("[!.]*"):
            assert why_student_id_is_refused(path.name) is None


members = st.lists(
    st.tuples(names, st.binary(max_size=30), st.integers(0, 2**32 - 1), st.sampled_from([0, 0, 0, 1, 0x800])),
    max_size=6,
)


def zipped(entries) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, attributes, flags in entries:
            info = zipfile.ZipInfo(name.encode("utf-8", "replace").decode())
            info.external_attr, info.compress_type = attributes, zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
            info.flag_bits |= flags
    return buffer.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@QUICK
@given(members, st.none() | damage)
@example([(PLATFORM_NAMES[0], b"1", 0, 0)] * 2, None)
def test_no_zip_file_breaks_collecting_or_leaves_the_folder(made_once, entries, wounds):
    raw = zipped(entries)
    with scratch_course(made_once) as course:
        path = course.root.parent / "export.zip"
        path.write_bytes(damaged(raw, wounds) if wounds else raw)
        try:
            found = collect(course, [path])
        except CourseError as error:
            assert wounds, error
        else:
            assert all(row.reason for row in found if row.status == "refused")


yaml_texts = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["2026-01-01 10:00:00 Z"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["submission_11", ":submitters", ":sid", ":created_at"]), inner, max_size=3)
    ),
    max_leaves=12,
).map(repr)


def _reader(text: str):
    return lambda largest=0: text.encode("utf-8", "replace")


@QUICK
@given(yaml_texts | st.text(max_size=60), st.lists(names, max_size=4))
def test_no_description_of_gradescope_breaks_the_reading(about, paths):
    texts = {"submission_metadata.yml": about, **{path: "" for path in paths}}
    given_members = [
        Member(tuple(part for part in path.split("/") if part) or ("x",), _reader(text)) for path, text in texts.items()
    ]
    export = read_export(given_members)
    assert all(one.people for one in export.found) and all(reason for _, reason in export.strays)


@QUICK
@given(st.text(max_size=200))
@example("A\u030a" * 90)
@example("𝕏" * 128)
def test_every_name_becomes_a_usable_id_or_none(name):
    made = student_id(name)
    assert made == student_id(made) and "/" not in made and not made.startswith(".")
    assert unicodedata.is_normalized("NFC", made) or not made
    if made and why_student_id_is_refused(made) is None:
        with tempfile.TemporaryDirectory() as folder:
            record = Course(Path(folder)).record_file("tiny", made)
            record.parent.mkdir(parents=True)
            record.with_suffix(".page").touch()
            (Path(folder) / made).mkdir(exist_ok=True)
