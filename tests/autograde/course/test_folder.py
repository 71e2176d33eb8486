"""The course folder: where notebooks lie, what counts as released, and files that are never half written."""

import pytest

from autograde.course.folder import Course, write_whole


def test_an_assignment_is_released_where_both_notebooks_are_there(tmp_path):
    course = Course(tmp_path)
    for path in (course.source_notebook("b"), course.release_notebook("b"), course.source_notebook("a")):
        write_whole(path, "{}")
    assert course.released() == ["b"]
    write_whole(course.release_notebook("a"), "{}")
    assert course.released() == ["a", "b"]


def test_names_are_nbgraders(tmp_path):
    course = Course(tmp_path)
    assert course.release_notebook("a") == tmp_path / "release/a/a.ipynb"
    assert course.notebook("ada", "a") == tmp_path / "autograded/ada/a/a.ipynb"
    assert course.feedback_page("ada", "a") == tmp_path / "feedback/ada/a/a.html"


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "file.json"
    write_whole(path, "first")
    write_whole(path, "half \ud83d")
    assert path.read_bytes() == b"half \\ud83d"
    assert [found.name for found in path.parent.iterdir()] == ["file.json"]


def test_the_former_file_stays_where_the_disk_fills_up(tmp_path, monkeypatch):
    path = tmp_path / "file.json"
    write_whole(path, "former")

    def full(self, data):
        with self.open("wb") as file:
            file.write(data[:2])
        raise OSError("no space left")

    monkeypatch.setattr(type(path), "write_bytes", full)
    with pytest.raises(OSError, match="no space"):
        write_whole(path, "the new content")
    assert path.read_text("utf-8") == "former"
