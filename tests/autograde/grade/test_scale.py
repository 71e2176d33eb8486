"""The benchmark of large classes, on a small one."""

import pytest

from autograde.course.folder import Course
from benchmarks import scale

pytestmark = pytest.mark.slow


def test_a_class_is_made_graded_and_measured(tmp_path, fast):
    scale.make_class(tmp_path / "course", 8)
    course = Course(tmp_path / "course")
    files = [path.read_bytes() for path in course.submitted.glob("*/*/*.ipynb")]
    assert len(files) == 8
    found = scale.measure(course)
    assert found["submissions"] == found["graded"] == 8
    assert [point[0] for point in found["curve"]] == list(range(1, 9))
    assert found["ms_each"] > 0 and found["peak_mb"] > 1
