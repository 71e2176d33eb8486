"""The release: what students get, what they must not get, and that a failure leaves the former one."""

import errno
import subprocess
import sys
import zipfile

import nbformat
import pytest

from autograde.course.errors import CourseError
from autograde.course.folder import CONFIG_NAME, Course
from autograde.course.settings import CONFIG_FILE
from autograde.release import bundle, release
from autograde.release.release import release as make_release


def fixtures(slug, path):
    path.write_bytes(b"fixture bytes")


def snapshot(root):
    kept = [path for part in ("source", "release", "_build/bundle") for path in sorted((root / part).rglob("*"))]
    return {str(path): path.read_bytes() for path in kept if path.is_file()}


def test_the_release_has_stubs_and_neither_solutions_nor_hidden_tests(course):
    text = (course.release / "tiny" / "tiny.ipynb").read_text("utf-8")
    assert "YOUR CODE HERE" in text and "YOUR ANSWER HERE" in text and "NotImplementedError" in text
    for secret in ("twice_of_the_argument", "hidden sentence", "neutral for", "canary", "HIDDEN", "SOLUTION"):
        assert secret not in text


def test_a_course_folder_gets_nbgraders_settings_unless_it_has_some(course, secret):
    config = course.root / CONFIG_NAME
    assert config.read_text("utf-8") == CONFIG_FILE
    config.write_text(own := f"{CONFIG_FILE}\nc.LateSubmissionPlugin.penalty_method = 'zero'\n", "utf-8")
    make_release(course, ["tiny"], secret=secret, fixtures=fixtures)
    assert config.read_text("utf-8") == own


def test_the_bundle_holds_what_a_student_needs(course, tmp_path):
    with zipfile.ZipFile(course.bundles / "unrolled-tiny.zip") as archive:
        names = sorted(archive.namelist())
        archive.extractall(tmp_path / "student")
    folder = tmp_path / "student" / "unrolled-tiny"
    wheel = next(folder.glob("*.whl"))
    expected = ["README.md", "fixtures.npz", "requirements.txt", "start.py", "tiny.ipynb", wheel.name]
    assert names == sorted(f"unrolled-tiny/{name}" for name in expected)
    requirements = (folder / "requirements.txt").read_text("utf-8").splitlines()
    names = [line.partition("==")[0] for line in requirements]
    assert names == ["--find-links .", "unrolled", "jupyterlab", "numpy", "scipy", "matplotlib"]
    assert requirements[1].partition("==")[2] in wheel.name
    readme = (folder / "README.md").read_text("utf-8")
    assert "python3 start.py" in readme and "py start.py" in readme and "tiny.ipynb" in readme
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
        assert not [name for name in archive.namelist() if "solutions" in name]
    command = [sys.executable, "-c", "import unrolled; print(unrolled.__file__)"]
    told = subprocess.run(command, cwd=tmp_path / "installed", capture_output=True, text=True, check=True).stdout
    assert str(tmp_path / "installed") in told


def test_the_same_content_gives_the_same_bundle(course, secret):
    first = (course.bundles / "unrolled-tiny.zip").read_bytes()
    make_release(course, ["tiny"], secret=secret, fixtures=lambda slug, path: path.write_bytes(b""))
    assert (course.bundles / "unrolled-tiny.zip").read_bytes() == first


def test_an_unknown_assignment_is_named_with_the_known_ones(course, secret):
    with pytest.raises(CourseError, match=r"no assignment called 'tinny'; there are: tiny"):
        make_release(course, ["tinny"], secret=secret, fixtures=fixtures)


@pytest.mark.parametrize("step", ["fixtures", "bundle", "gradebook", "rename"])
def test_a_full_disk_leaves_the_former_release(course, secret, monkeypatch, step):
    before = snapshot(course.root)

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    source = secret / "exercises" / "tiny" / "tiny.md"
    source.write_text(source.read_text("utf-8").replace("# Tiny", "# Another title"), "utf-8")
    if step == "bundle":
        monkeypatch.setattr(bundle, "build_bundle", full)
    elif step == "gradebook":
        generate = release._generate
        monkeypatch.setattr(
            release, "_generate", lambda *a, in_gradebook: full() if in_gradebook else generate(*a, in_gradebook=False)
        )
    elif step == "rename":
        rename = type(course.root).rename
        bundles = str(course.bundles / "unrolled-tiny.zip")
        monkeypatch.setattr(
            type(course.root), "rename", lambda self, to: full() if str(self) == bundles else rename(self, to)
        )
    with pytest.raises(OSError, match="No space"):
        make_release(course, ["tiny"], secret=secret, fixtures=full if step == "fixtures" else fixtures)
    assert snapshot(course.root) == before
    assert not list(course.build.glob("release-*"))


def test_a_leak_stops_the_release(course, secret):
    before = snapshot(course.root)
    page = course.site / "page.html"
    page.parent.mkdir()
    page.write_text("<p>unrolled-canary-00000000aaaa</p>", "utf-8")
    with pytest.raises(CourseError, match=r"1 leak\(s\): html/page.html holds the canary"):
        make_release(course, ["tiny"], secret=secret, fixtures=fixtures)
    assert snapshot(course.root) == before


def test_a_secret_file_without_a_canary_stops_the_release(course, secret):
    (secret / "new.py").write_text("x = 1\n", "utf-8")
    with pytest.raises(CourseError, match=r"without a canary line: solutions/new.py"):
        make_release(course, ["tiny"], secret=secret, fixtures=fixtures)


def test_cells_cannot_change_under_graded_submissions(course, secret, hand_in):
    from autograde.grade.grade import grade

    hand_in("ada")
    grade(course, "tiny")
    source = secret / "exercises" / "tiny" / "tiny.md"
    source.write_text(source.read_text("utf-8").replace("test double-edges 1", "test double-corners 1"), "utf-8")
    with pytest.raises(CourseError, match="holds submissions of 'tiny'"):
        make_release(course, ["tiny"], secret=secret, fixtures=fixtures)
    released = nbformat.read(course.release / "tiny" / "tiny.ipynb", 4)
    assert "double-edges" in str(released)


def test_a_course_folder_whose_settings_are_broken_is_named(course):
    (course.root / "nbgrader_config.py").write_text("c = (", "utf-8")
    with pytest.raises(CourseError, match=r"nbgrader_config.py .* cannot be read"):
        Course(course.root).config  # noqa: B018 (reading the property is the test)


def test_pages_made_of_the_former_release_do_not_stop_the_next_one(course, secret):
    canary = "unrolled-canary-00000000aaaa"
    old = ("solve/tiny.html", "solve/tiny/tiny.ipynb", "bundles/unrolled-tiny.zip")
    for name in (*old, "solve/tiny-2.html"):
        path = course.site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(canary, "utf-8")
    found = {finding.place for finding in release.leaks_in(course, secret)}
    assert found == {f"html/{name}" for name in (*old, "solve/tiny-2.html")}
    with pytest.raises(CourseError, match=r"1 leak\(s\): html/solve/tiny-2\.html"):
        make_release(course, ["tiny"], secret=secret, fixtures=fixtures)
    (course.site / "solve/tiny-2.html").unlink()
    make_release(course, ["tiny"], secret=secret, fixtures=fixtures)
