"""`autograde leaks` and `autograde publish`: what is public is searched, and gathered only where nothing is found."""

import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from autograde.cli import app
from autograde.course.errors import CourseError
from autograde.release import release
from autograde.release.publish import publish
from autograde.release.release import SOLUTIONS

CANARY = "unrolled-canary-00000000aaaa"


@pytest.fixture
def site(course) -> Path:
    """A built book of two pages, with the bundles that its pages of assignments were made of."""
    for name in ("index.html", "book/page.html", "_static/a.css", ".buildinfo"):
        path = course.site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"<p>{name}</p>", "utf-8")
    shutil.copytree(course.bundles, course.site / "bundles")
    return course.site


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_site_and_the_bundles_and_nothing_else_are_gathered(course, secret, site):
    place = publish(course, secret)
    assert place == course.build / "public"
    assert names(place) == {"index.html", "book/page.html", "_static/a.css", "bundles/unrolled-tiny.zip"}
    assert (place / "bundles/unrolled-tiny.zip").read_bytes() == (course.bundles / "unrolled-tiny.zip").read_bytes()
    assert {path.name for path in course.build.iterdir()} >= {"public", "html", "bundle"}
    assert not list(course.build.glob("public-*"))


def test_it_is_made_anew_each_time(course, secret, site):
    place = publish(course, secret)
    (place / "stray.txt").write_text("left here by hand", "utf-8")
    (site / "book/page.html").unlink()
    (course.bundles / "notes.txt").write_text("no bundle", "utf-8")
    assert names(publish(course, secret)) == {"index.html", "_static/a.css", "bundles/unrolled-tiny.zip"}


def test_the_printed_book_goes_along_and_the_first_page_names_it(course, secret, site):
    (site / "book/index.html").write_text("<article><p>Read.</p></article>", "utf-8")
    printed = course.build / "print"
    printed.mkdir()
    (printed / "unrolled.pdf").write_bytes(b"0" * 2_400_000)
    (printed / "part.pdf").write_bytes(b"0")
    place = publish(course, secret)
    assert (place / "unrolled.pdf").stat().st_size == 2_400_000
    assert not (place / "part.pdf").exists()
    first = (place / "book/index.html").read_text("utf-8")
    assert '<a href="../unrolled.pdf">PDF</a> (2 MB).</p></article>' in first
    assert "EPUB" not in first
    assert "PDF" not in (site / "book/index.html").read_text("utf-8")


def test_a_book_printed_before_its_pages_stays_away(course, secret, site):
    (site / "book/index.html").write_text("<article></article>", "utf-8")
    printed = course.build / "print"
    printed.mkdir()
    for name in ("unrolled.pdf", "unrolled.epub"):
        (printed / name).write_bytes(b"0")
        os.utime(printed / name, (1, 1))
    place = publish(course, secret)
    assert not list(place.glob("unrolled.*"))
    assert (place / "book/index.html").read_text("utf-8") == "<article></article>"


def test_an_epub_is_searched_for_leaks(course, secret, site):
    (site / "book/index.html").write_text("<article></article>", "utf-8")
    (course.build / "print").mkdir()
    with zipfile.ZipFile(course.build / "print/unrolled.epub", "w") as archive:
        archive.writestr("EPUB/a.xhtml", f"<p>{CANARY}</p>")
    with pytest.raises(CourseError, match=r"public/unrolled\.epub:EPUB/a\.xhtml holds the canary"):
        publish(course, secret)


def plant_in_site(course):
    (course.site / "book/page.html").write_text(f"<p>{CANARY}</p>", "utf-8")


def plant_behind_a_link(course):
    (course.root / "notes").mkdir()
    (course.root / "notes" / "a.html").write_text(f"<p>{CANARY}</p>", "utf-8")
    (course.site / "notes").symlink_to(course.root / "notes")


def plant_in_bundle(course):
    with zipfile.ZipFile(course.bundles / "unrolled-tiny.zip", "a") as archive:
        archive.writestr("unrolled-tiny/notes.py", "twice_of_the_argument = 2 * x\nreturn twice_of_the_argument\n")
    shutil.copy(course.bundles / "unrolled-tiny.zip", course.site / "bundles")


@pytest.mark.parametrize("plant", [plant_in_site, plant_behind_a_link, plant_in_bundle])
def test_nothing_is_gathered_with_a_leak(course, secret, site, plant):
    before = names(publish(course, secret))
    plant(course)
    with pytest.raises(CourseError, match=r"1 leak\(s\): public/"):
        publish(course, secret)
    assert names(course.build / "public") == before
    assert CANARY not in (course.build / "public/book/page.html").read_text("utf-8")
    shutil.rmtree(course.build / "public")
    with pytest.raises(CourseError):
        publish(course, secret)
    assert not list(course.build.glob("public*"))


def test_a_secret_file_without_a_canary_stops_it(course, secret, site):
    (secret / "new.py").write_text("x = 1\n", "utf-8")
    with pytest.raises(CourseError, match=r"without a canary line: solutions/new\.py"):
        publish(course, secret)


def test_a_failing_disk_leaves_the_former_folder(course, secret, site, monkeypatch):
    place = publish(course, secret)
    before = names(place)
    (site / "new.html").write_text("<p>new</p>", "utf-8")
    rename = Path.rename

    def failing(self, to):
        if self.name == "public" and "public-" in str(self):
            raise OSError("No space left on device")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="No space"):
        publish(course, secret)
    assert names(place) == before


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda course: shutil.rmtree(course.site), "There is no book"),
        (lambda course: shutil.rmtree(course.release), "No assignment is released"),
        (lambda course: (course.bundles / "unrolled-tiny.zip").unlink(), r"no bundle unrolled-tiny\.zip"),
        (lambda course: shutil.rmtree(course.site / "bundles"), "of another release"),
        (lambda course: (course.site / "bundles/unrolled-tiny.zip").write_bytes(b"older"), "of another release"),
    ],
    ids=["book", "release", "bundle", "book without the bundles", "book of another release"],
)
def test_what_is_missing_is_said(course, secret, site, harm, sentence):
    harm(course)
    with pytest.raises(CourseError, match=sentence):
        publish(course, secret)
    assert not (course.build / "public").exists()


def run(course, *words: str):
    return CliRunner().invoke(app, [*words, "--course", str(course.root)])


@pytest.fixture
def of_tiny(monkeypatch):
    """The command without the arrays of the real assignments, which are quick to look for, but not to make."""
    values = np.array([0.12345678, 0.22345678, 0.32345678, 0.42345678])
    monkeypatch.setattr(release, "hidden_arrays", lambda slugs: [("double, values", values)])
    return values


def test_the_command_finds_nothing_in_a_clean_course(course, site, of_tiny):
    done = run(course, "leaks")
    assert (done.exit_code, done.stdout) == (0, "No leak in anything public.\n")
    assert run(course, "leaks", "--json").stdout == "[]\n"


@pytest.mark.parametrize("place", ["_build/html/new.html", "release/tiny/notes.txt", "feedback/ada/tiny/tiny.html"])
def test_the_command_lists_every_leak_in_everything_public(course, site, of_tiny, place):
    canary = next(line for line in (SOLUTIONS / "fixtures.py").read_text("utf-8").split() if "unrolled-canary" in line)
    path = course.root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{canary}\n{of_tiny.tolist()}", "utf-8")
    done = run(course, "leaks")
    assert done.exit_code == 1
    assert len(done.stdout.splitlines()) == 2
    for secret in (f"holds the canary {canary}", "holds hidden expected values of double, values"):
        assert f"{path.name} {secret}" in done.stdout
    assert run(course, "leaks", "--json").exit_code == 1


def test_the_command_says_where_it_gathered(course, site, of_tiny, monkeypatch):
    monkeypatch.chdir(course.root)
    done = run(course, "publish")
    assert done.exit_code == 0, done.stdout
    assert done.stdout.split()[-1] == "_build/public"


def test_lists_of_unequal_lengths_are_searched_for_one_by_one():
    found = list(release.arrays_of([[0.1, 0.2], [0.3, 0.4, 0.5]]))
    assert [array.tolist() for array in found] == [[0.1, 0.2], [0.3, 0.4, 0.5]]
    assert [array.tolist() for array in release.arrays_of([["<bos>"], []])] == [["<bos>"], []]
    (whole,) = release.arrays_of([[0.1, 0.2], [0.3, 0.4]])
    assert whole.shape == (2, 2)
