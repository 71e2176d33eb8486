"""Releases kept by content: any change gives a new one, and nothing that is not whole is ever used."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from traitlets.config import Config

from autograde.course.errors import CourseError
from autograde.course.folder import CONFIG_NAME, Course
from autograde.course.gradebook import gradebook
from autograde.course.settings import CONFIG_FILE, configure
from autograde.release import kept, release
from tests.places import ROOT
from unrolled.lab import provenance

SLUG = "rnn-cell"
FOLDER = "rnn_cell"


def settings(**more) -> Config:
    config = Config()
    configure(config)
    config.CourseDirectory.db_url = "sqlite:////tmp/a.db"
    config.CourseDirectory.update(more)
    return config


@pytest.fixture
def house(tmp_path, monkeypatch) -> Path:
    """A copy of all that a release depends on, which a test may change."""
    for part in ("solutions", "book", "autograde/release", "autograde/course"):
        ignored = shutil.ignore_patterns("__pycache__", "_build", "theme", "figures")
        shutil.copytree(ROOT / part, tmp_path / part, ignore=ignored)
    for name in kept.BOOK:
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setattr(kept, "PUBLIC_PACKAGE", tmp_path / "book")
    monkeypatch.setattr(kept, "MAKING", (tmp_path / "autograde/release", tmp_path / "autograde/course"))
    places = {"unrolled": tmp_path / "book/unrolled", "solutions": tmp_path / "solutions"}
    monkeypatch.setattr(provenance, "PACKAGES", places)
    return tmp_path


def place(house: Path, config: Config | None = None) -> Path:
    secret = house / "solutions"
    return kept.place_of(SLUG, secret / "exercises" / FOLDER, secret, config or settings())


CHANGES = {
    "a contract's text": f"solutions/exercises/{FOLDER}/step.py",
    "the notebook": f"solutions/exercises/{FOLDER}/{SLUG}.md",
    "what the contracts import": "solutions/reference/rnn.py",
    "how fixtures are written": "solutions/fixtures.py",
    "the public package": "book/unrolled/checking/check.py",
    "how the package is built": "book/pyproject.toml",
    "the release's code": "autograde/release/bundle.py",
    "the course's code": "autograde/course/cells.py",
    "a chapter that hints point to": "book/recurrence/rnn-cell.md",
    "the book's contents": "_toc.yml",
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
def test_a_change_of_what_a_release_depends_on_gives_a_new_one(house, changed):
    before = place(house)
    assert place(house) == before
    file = house / changed
    file.write_text(file.read_text("utf-8") + "\n# a comment\n", "utf-8")
    assert place(house) != before


def test_another_library_or_another_setting_gives_a_new_one(house, monkeypatch):
    before = place(house)
    assert place(house, settings(db_url="postgresql://elsewhere")) == before
    assert place(house, settings(course_id="another")) != before
    real = kept.version
    monkeypatch.setattr(kept, "version", lambda name: "0.0" if name == "nbgrader" else real(name))
    assert place(house) != before


@pytest.mark.parametrize("name", ["header", "footer"])
def test_a_change_of_a_notebook_that_the_settings_name_gives_a_new_one(house, name):
    around = house / f"{name}.ipynb"
    config = settings()
    config.IncludeHeaderFooter[name] = str(around)
    places = []
    for content in ("one", "another"):
        around.write_text(content, "utf-8")
        places.append(place(house, config))
    assert places[0] != places[1] == place(house, config)


def test_another_assignments_change_keeps_it(house):
    before = place(house)
    for changed in ("gru/step.py", "gru/gru.md"):
        (house / "solutions/exercises" / changed).write_text("", "utf-8")
    assert place(house) == before


OPENED = """
import sys, tempfile, warnings
from pathlib import Path

warnings.simplefilter("ignore")
root, opened = Path(sys.argv[1]), set()
sys.addaudithook(lambda event, args: opened.add(str(args[0])) if event == "open" else None)
from autograde.course.folder import Course
from autograde.release import kept, release

before = set(sys.modules)
slug, secret = "lstm-backward", release.SOLUTIONS
source = release.source_of(slug, secret)
with tempfile.TemporaryDirectory() as scratch:
    made = Course(Path(scratch))
    release._draft(made, made.config, source, release.write_fixtures)
opened |= {str(module.__file__) for name, module in sys.modules.items() if getattr(module, "__file__", None)}
names = {Path(name) for name in opened if name.startswith(str(root)) and not name.endswith(".pyc")}
missed = {name for name in names if not {".venv", "_build"}.intersection(name.parts) and name.is_file()}
for name in sorted(missed - kept.depends_on(source.parent, secret)):
    print(name.relative_to(root))
"""
# Read, or loaded along, and without a say in what a release holds.
WITHOUT_A_SAY = {"autograde/__init__.py", "book/unrolled/lab/__init__.py", "book/unrolled/lab/provenance.py"}


@pytest.mark.slow
def test_every_file_that_making_a_release_reads_is_among_what_it_depends_on():
    command = [sys.executable, "-c", OPENED, str(ROOT)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) <= WITHOUT_A_SAY


@pytest.fixture
def entry(tmp_path) -> Path:
    """Something kept."""
    made = tmp_path / "draft"
    for name, content in (("source/it/it.ipynb", b"source"), ("release/it/a/b.npz", b"release"), ("it.zip", b"zip")):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(content)
    where = tmp_path / "releases" / "it-0123"
    kept.keep(where, made, [made / "source", made / "release" / "it", made / "it.zip"])
    return where


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_kept_comes_back(entry, tmp_path):
    assert kept.fetch(entry, tmp_path / "course")
    assert files(tmp_path / "course") == files(tmp_path / "draft")


@pytest.mark.parametrize(
    "harm",
    [
        lambda entry: (entry / "it.zip").write_bytes(b"zi"),
        lambda entry: (entry / "it.zip").unlink(),
        lambda entry: (entry / "manifest.json").unlink(),
        lambda entry: (entry / "manifest.json").write_text((entry / "manifest.json").read_text()[:-9]),
        lambda entry: (entry / "manifest.json").write_text("{}"),
        lambda entry: (entry / "manifest.json").write_text("3"),
        shutil.rmtree,
    ],
    ids=["short file", "no file", "no manifest", "half a manifest", "empty manifest", "odd manifest", "no entry"],
)
def test_what_is_not_whole_is_not_used(entry, tmp_path, harm):
    harm(entry)
    assert not kept.fetch(entry, tmp_path / "course")
    assert not (tmp_path / "course").exists()


def test_a_new_entry_takes_the_place_of_the_former_and_of_no_other(entry, tmp_path):
    draft = tmp_path / "draft"
    kept.keep(entry.with_name("it-too-0123"), draft, [draft / "it.zip"])
    kept.keep(entry.with_name("it-4567"), draft, [draft / "it.zip"])
    kept.keep(entry.with_name("it-4567"), draft, [draft / "it.zip", draft / "source"])
    assert sorted(path.name for path in entry.parent.iterdir()) == ["it-4567", "it-too-0123"]
    assert set(files(entry.with_name("it-4567"))) == {"it.zip", "source/it/it.ipynb", "manifest.json"}


def test_a_full_disk_leaves_no_half_entry(entry, tmp_path, monkeypatch):
    draft = tmp_path / "draft"
    monkeypatch.setattr(kept.json, "dumps", lambda *a, **k: (_ for _ in ()).throw(OSError("No space left on device")))
    with pytest.raises(OSError, match="No space"):
        kept.keep(entry.with_name("it-4567"), draft, [draft / "it.zip"])
    assert [path.name for path in entry.parent.iterdir()] == ["it-0123"]


def made(folder: Path) -> Course:
    course = Course(folder)
    folder.mkdir()
    (folder / CONFIG_NAME).write_text(CONFIG_FILE, "utf-8")
    release.release(course, [SLUG])
    return course


def public(course: Course) -> dict[str, bytes]:
    return files(course.release) | files(course.bundles)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch) -> Path:
    """Releases are kept in a place of this test."""
    monkeypatch.setattr(kept, "place_of", lambda slug, *rest: tmp_path / "releases" / f"{slug}-0")
    return tmp_path / "releases" / f"{SLUG}-0"


@pytest.mark.slow
def test_the_second_release_is_copied_checked_and_recorded(elsewhere, tmp_path, monkeypatch):
    first = made(tmp_path / "first")
    with monkeypatch.context() as patched:
        patched.setattr(release, "_draft", None)  # calling it would raise
        second = made(tmp_path / "second")
    assert public(second) == public(first)
    with gradebook(second) as opened:
        assert [assignment.name for assignment in opened.assignments] == [SLUG]
    (elsewhere / "manifest.json").unlink()
    assert public(made(tmp_path / "third")) == public(first), "made anew, byte by byte the same"
    assert (elsewhere / "manifest.json").is_file()


@pytest.mark.slow
def test_a_release_that_cannot_be_kept_is_made_all_the_same(elsewhere, tmp_path):
    elsewhere.parent.write_text("no folder", "utf-8")
    assert public(made(tmp_path / "first"))


@pytest.mark.slow
def test_what_is_kept_is_searched_for_leaks_like_what_is_made(elsewhere, tmp_path):
    made(tmp_path / "first")
    notebook = elsewhere / "release" / SLUG / f"{SLUG}.ipynb"
    notebook.write_text(notebook.read_text("utf-8").replace("softmax", "unrolled-canary-00000000aaaa", 1), "utf-8")
    manifest = json.loads((elsewhere / "manifest.json").read_text())
    manifest[f"release/{SLUG}/{SLUG}.ipynb"] = kept._hash(notebook.read_bytes())
    (elsewhere / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CourseError, match="the canary unrolled-canary-00000000aaaa"):
        made(tmp_path / "second")
    assert not (tmp_path / "second" / "release").exists()
