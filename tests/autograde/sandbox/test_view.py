"""Which folders student code sees, and which are covered although they lie in such a folder."""

from pathlib import Path

import pytest

from autograde.sandbox import view
from autograde.sandbox.view import Mount, mounts


@pytest.fixture
def machine(tmp_path):
    """Folders as on a machine: /usr with an exchange and a clone in it, whose environment and package are shown."""
    for name in (
        "usr/lib",
        "usr/share/exchange/course/inbound",
        "usr/src/clone/solutions",
        "usr/src/clone/env/lib",
        "usr/src/clone/book/unrolled",
        "home/course/submitted",
    ):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def test_what_lies_elsewhere_needs_no_cover(machine):
    assert mounts([machine / "usr"], [machine / "home/course"]) == [Mount(machine / "usr", True)]
    assert mounts([machine / "usr"], [machine / "usr/not/there"]) == [Mount(machine / "usr", True)]


def test_what_lies_in_a_visible_folder_is_covered(machine):
    made = mounts([machine / "usr", machine / "usr/lib"], [machine / "usr/share/exchange"])
    assert made == [Mount(machine / "usr", True), Mount(machine / "usr/share/exchange", False)]


def test_what_is_visible_within_a_covered_folder_is_shown_on_top(machine):
    clone = machine / "usr/src/clone"
    visible = [clone / "env/lib", clone / "book/unrolled", machine / "usr"]
    made = mounts(visible, [clone, clone / "solutions"])
    assert made[:2] == [Mount(machine / "usr", True), Mount(clone, False)]
    assert set(made[2:]) == {Mount(clone / "env/lib", True), Mount(clone / "book/unrolled", True)}


def test_a_private_folder_in_a_shown_one_in_a_covered_one_is_covered(machine):
    clone = machine / "usr/src/clone"
    (clone / "env/lib/course").mkdir()
    made = mounts([machine / "usr", clone / "env/lib"], [clone, clone / "env/lib/course"])
    assert made[-2:] == [Mount(clone / "env/lib", True), Mount(clone / "env/lib/course", False)]


def test_links_are_followed_on_both_sides(machine):
    (machine / "opt").symlink_to(machine / "usr/share")
    (machine / "course").symlink_to(machine / "usr/share/exchange")
    # A private folder named by a link; a visible one whose path leads through a link; a visible link, shown as a link.
    assert Mount(machine / "usr/share/exchange", False) in mounts([machine / "usr"], [machine / "course"])
    (machine / "usr/share/python/lib").mkdir(parents=True)
    (machine / "usr/share/python/lib/course").mkdir()
    made = mounts([machine / "opt/python"], [machine / "usr/share/python/lib/course"])
    assert made == [Mount(machine / "opt/python", True), Mount(machine / "opt/python/lib/course", False)]
    assert mounts([machine / "opt"], [machine / "usr/share/exchange"]) == [Mount(machine / "opt", True)]


def test_a_folder_cannot_be_both(machine):
    with pytest.raises(OSError, match="cannot be hidden"):
        mounts([machine / "usr", machine / "usr/lib"], [machine / "usr/lib"])


def test_exposed_folders_are_named(machine, monkeypatch):
    monkeypatch.setattr(view, "SYSTEM", (str(machine / "usr"),))
    folders = [machine / "usr/share/exchange", machine / "home/course"]
    assert view.exposed(folders) == folders[:1]


def test_nothing_that_python_needs_is_covered_and_no_home_folder_is_shown():
    shown = view.visible_folders()
    assert Path(pytest.__file__).parents[1] in shown
    assert not any(Path.home() == path for path in shown)
    assert {mount.folder for mount in mounts(shown, view.own_folders()) if not mount.shown} <= {*view.own_folders()}


def test_what_is_mounted_at_two_places_is_covered_at_the_one_that_is_seen(machine, monkeypatch):
    # As after `mount --bind usr/share/exchange "home/the course"`: the folder is the same, the path is not.
    course = machine / "home/the course"
    course.mkdir()
    escaped = str(course).replace(" ", "\\040")
    table = machine / "mountinfo"
    table.write_text(
        f"1 0 8:1 / / rw - ext4 disk rw\n2 1 8:1 {machine}/usr/share/exchange {escaped} rw - ext4 disk rw\n"
        f"3 1 8:2 / {machine}/usr/src rw - ext4 another rw\n"
    )
    monkeypatch.setattr(view, "MOUNTS", table)
    assert mounts([machine / "usr"], [course])[1:] == [Mount(machine / "usr/share/exchange", False)]
    # Another file system that is mounted in a visible folder is not shown with it.
    assert mounts([machine / "usr"], [machine / "usr/src/clone"]) == [Mount(machine / "usr", True)]
