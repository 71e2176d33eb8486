"""The benchmark of large classes, on small ones."""

import pytest

from autograde.collect.collect import collect
from autograde.course.folder import Course
from autograde.grade.grade import grade
from autograde.reports.feedback import write_feedback
from autograde.reports.into.fill import fill
from autograde.reports.returning import return_feedback
from benchmarks import scale
from benchmarks.large_class import SLUG, add_grades, make_class, start_course

pytestmark = pytest.mark.slow


def test_a_class_is_made_graded_and_measured_and_its_copies_are_as_if_graded(tmp_path, fast):
    make_class(tmp_path / "course", 8)
    graded = Course(tmp_path / "course")
    files = [path.read_bytes() for path in graded.submitted.glob("*/*/*.ipynb")]
    assert len(files) == 8
    found = scale.measure_grading(graded)
    assert found["submissions"] == found["graded"] == 8
    assert [point[0] for point in found["curve"]] == list(range(1, 9))
    assert found["ms_each"] > 0 and found["peak_mb"] > 1

    large = start_course(graded, tmp_path / "large", 20)
    assert [row.status for row in collect(large, [large.root / "moodle.zip"])] == ["new"] * 20
    add_grades(graded, large, 20)
    assert [row.status for row in grade(large, SLUG)] == ["unchanged"] * 20
    pages, failures = write_feedback(large, SLUG)
    assert len({page.read_bytes() for page in pages}) == 20 and not failures
    (column,) = fill(large, large.root / "moodle.csv", partial=True).columns
    assert len(column.filled) == 20 and not column.nobodys
    (returned,) = return_feedback(large, [SLUG], "moodle", partial=True)
    assert len(returned.students) == 20


def test_a_command_is_measured_with_what_it_writes(tmp_path, fast):
    make_class(tmp_path / "course", 2)
    graded = Course(tmp_path / "course")
    grade(graded, SLUG)
    large = start_course(graded, tmp_path / "large", 4)
    found = scale.measure(large, scale.INTAKE[0], 4)
    assert found["submissions"] == 4 and len(found["seconds"]) in (1, scale.RUNS)
    assert min(found["processor_seconds"]) > 0 and min(found["peak_mb"]) > 10
    assert found["bytes"] > sum(path.stat().st_size for path in large.submitted.glob("*/*/*.ipynb"))


@pytest.mark.parametrize(("power", "straight"), [(1.0, True), (2.0, False)])
def test_what_does_not_grow_in_a_straight_line_is_named(power, straight):
    runs = [
        {"submissions": n, "processor_seconds": [1 + 1e-3 * n**power], "peak_mb": [100 + n / 1e3], "bytes": 7 * n}
        for n in (100, 1_000, 10_000)
    ]
    found = scale.growth(runs)
    assert found["straight"] is straight and found["bytes_each"] == [7, 7]
    assert found["memory_kb_each"] == pytest.approx([1, 1])
