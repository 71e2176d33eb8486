"""The doctor on a hub: who may write into the exchange, look into the course, and what formgrader reads."""

import pytest

from autograde.course.folder import CONFIG_NAME, Course
from autograde.machine import doctor

READS = "from autograde.settings import configure\n\nconfigure(get_config())\n"


@pytest.fixture
def course(tmp_path):
    """A private course folder whose settings name an exchange, which is as it should be."""
    made = Course(tmp_path / "course")
    made.root.mkdir(mode=0o700)
    folder = tmp_path / "exchange"
    folder.mkdir()
    folder.chmod(0o1777)
    (made.root / CONFIG_NAME).write_text(f"c = get_config()\nc.Exchange.root = {str(folder)!r}\n", "utf-8")
    return made


def test_an_exchange_as_it_should_be(course):
    (check,) = doctor._exchange(course)
    assert check.ok


@pytest.mark.parametrize(
    ("mode", "open_course", "remedy"),
    [(0o755, 0o700, "chmod 1777"), (0o777, 0o700, "chmod 1777"), (0o1777, 0o750, "chmod 700")],
)
def test_what_students_could_do_is_told_with_the_remedy(course, tmp_path, mode, open_course, remedy):
    (tmp_path / "exchange").chmod(mode)
    course.root.chmod(open_course)
    (check,) = doctor._exchange(course)
    assert not check.ok and remedy in check.remedy


def test_a_missing_exchange_is_told_where_the_settings_name_one(course, tmp_path):
    (tmp_path / "exchange").rmdir()
    (check,) = doctor._exchange(course)
    assert not check.ok and "install -d -m 1777" in check.remedy
    (course.root / CONFIG_NAME).unlink()
    assert doctor._exchange(Course(course.root)) == []


def test_on_a_hub_formgrader_must_read_the_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    assert doctor._formgrader() == []
    monkeypatch.setenv("JUPYTERHUB_USER", "teacher")
    (check,) = doctor._formgrader()
    assert not check.ok and check.needed
    (tmp_path / CONFIG_NAME).write_text(READS, "utf-8")
    (check,) = doctor._formgrader()
    assert check.ok
