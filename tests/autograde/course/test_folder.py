"""The course folder: where notebooks lie, what counts as released, and files that are never half written."""

from pathlib import Path

import pytest
from nbgrader.exchange.default import Exchange

from autograde.course.folder import CONFIG_NAME, Course, write_whole


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


def test_private_is_the_course_and_where_its_links_and_settings_lead(tmp_path):
    course = Course(tmp_path / "course")
    (tmp_path / "elsewhere").mkdir()
    course.root.mkdir()
    course.submitted.symlink_to(tmp_path / "elsewhere")
    (tmp_path / "grades.db").touch()
    database = f"c.CourseDirectory.db_url = 'sqlite:///{tmp_path}/grades.db'"
    (course.root / CONFIG_NAME).write_text(f"c = get_config()\n{database}\nc.Exchange.root = '/srv/hand-ins'")
    assert course.private_folders() == [course.root, course.submitted, tmp_path, Path("/srv/hand-ins")]


def test_the_exchange_is_nbgrader_s_where_none_is_named(tmp_path):
    assert Path(Exchange.root.default_value) in Course(tmp_path).private_folders()
