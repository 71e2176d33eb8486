"""The build script: which change throws away which earlier result, and how a failure is told."""

import importlib.util
import json
from pathlib import Path

import pytest

from tests.places import ROOT

spec = importlib.util.spec_from_file_location("book_build", ROOT / "book/build.py")
assert spec is not None and spec.loader is not None
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small repository which has been built once."""
    for name in (
        "book/unrolled/check.py",
        "book/extensions/offline.py",
        "requirements.txt",
        "_config.yml",
        "_toc.yml",
        "_build/.jupyter_cache/results",
        "_build/.doctrees/pages",
        "_build/html/index.html",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    build.forget_stale(tmp_path)
    for name in ("_build/.jupyter_cache/results", "_build/.doctrees/pages", "_build/html/index.html"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def kept(tree: Path) -> set[str]:
    return {path.name for path in (tree / "_build").rglob("*") if path.is_file()} - {"book-inputs.json"}


def test_nothing_is_thrown_away_when_nothing_changed(tree):
    assert build.forget_stale(tree) == []
    assert kept(tree) == {"results", "pages", "index.html"}


@pytest.mark.parametrize("name", ["book/unrolled/check.py", "requirements.txt"])
def test_change_of_package_or_lock_throws_away_results(tree, name):
    (tree / name).write_text("changed")
    assert build.forget_stale(tree) == ["results", "pages"]
    assert kept(tree) == set()


@pytest.mark.parametrize("name", ["book/extensions/offline.py", "_config.yml", "_toc.yml"])
def test_change_of_layout_keeps_results(tree, name):
    (tree / name).write_text("changed")
    assert build.forget_stale(tree) == ["pages"]
    assert kept(tree) == {"results"}


@pytest.mark.parametrize("change", ["add", "rename", "remove"])
def test_added_renamed_and_removed_modules_count(tree, change):
    module = tree / "book/unrolled/check.py"
    if change == "add":
        module.with_name("plotting.py").write_text("")
    elif change == "rename":
        module.rename(module.with_name("checks.py"))
    else:
        module.unlink()
    assert "results" in build.forget_stale(tree)


def test_unreadable_stamp_counts_as_changed(tree):
    (tree / "_build/book-inputs.json").write_text("{")
    assert build.forget_stale(tree) == ["results", "pages"]


def fake_jupyter_book(monkeypatch, *runs: tuple[int, str]) -> list[int]:
    """Replace the build by one which returns these statuses and logs in turn; return the list of runs made."""
    made: list[int] = []

    def run(root: Path, log: Path) -> int:
        status, words = runs[len(made)]
        made.append(status)
        log.write_text(words)
        return status

    monkeypatch.setattr(build, "run_jupyter_book", run)
    return made


def test_port_clash_is_tried_once_more(tree, monkeypatch, capsys):
    made = fake_jupyter_book(monkeypatch, (1, "OSError: Address already in use"), (0, "fine"))
    assert build.build(tree) == 0
    assert made == [1, 0]
    assert "_build/html/index.html" in capsys.readouterr().out


def test_port_clash_is_not_tried_for_ever(tree, monkeypatch):
    made = fake_jupyter_book(monkeypatch, *[(1, "Address already in use")] * 5)
    assert build.build(tree) == 1
    assert len(made) == 2


def test_failure_shows_log_and_is_not_remembered_as_done(tree, monkeypatch, capsys):
    made = fake_jupyter_book(monkeypatch, (1, "page.md:3: WARNING: the reason"))
    assert build.build(tree) == 1
    assert made == [1]
    assert "the reason" in capsys.readouterr().err
    assert not (tree / "_build/.doctrees").exists()


def test_failing_cell_is_shown_without_the_machinery_around_it(tree, monkeypatch, capsys):
    def run(root: Path, log: Path) -> int:
        report = root / "_build/html/reports/book/page.err.log"
        report.parent.mkdir(parents=True)
        report.write_text("Traceback of nbclient\nCellExecutionError: \x1b[31mValueError\x1b[39m: too small")
        log.write_text("the log")
        return 1

    monkeypatch.setattr(build, "run_jupyter_book", run)
    assert build.build(tree) == 1
    told = capsys.readouterr().err
    assert "A cell of page failed: ValueError: too small" in told
    assert "nbclient" not in told


def test_missing_config_is_one_sentence(tree, capsys):
    (tree / "_config.yml").unlink()
    assert build.build(tree) == 1
    assert "_config.yml is missing" in capsys.readouterr().err


def test_full_disk_is_one_sentence(tree, monkeypatch, capsys):
    def full(root: Path, log: Path) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(build, "run_jupyter_book", full)
    monkeypatch.setattr(build, "ROOT", tree)
    assert build.main() == 1
    assert "No space left" in capsys.readouterr().err


def page_with_cells(folder: Path, count: int) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("```{code-cell} ipython3\nx = 1\n```\n" * count)


def test_progress_tells_the_time_left_by_the_cells_that_are_left(tmp_path, monkeypatch):
    for name, count in (("a", 0), ("b", 10), ("c", 30)):
        page_with_cells(tmp_path / f"book/part/{name}.md", count)
    now = [0.0]
    monkeypatch.setattr(build.time, "monotonic", lambda: now[0])
    progress = build.Progress(tmp_path)
    now[0] = 100.0  # the start of Sphinx
    shown = [progress.line("reading sources... [ 33%] book/part/a\n")]
    shown.append(progress.line("reading sources... [ 67%] book/part/b\n"))
    now[0] = 160.0  # ten cells took a minute: thirty take three
    shown.append(progress.line("reading sources... [100%] book/part/c\n"))
    assert "left" not in shown[0] + shown[1]
    assert shown[2] == "100 %  book/part/c (1:00 gone, about 3 min left)"


def test_progress_lets_problems_through_and_the_rest_not(tmp_path):
    (tmp_path / "book").mkdir()
    progress = build.Progress(tmp_path)
    assert progress.line("page.md:3: WARNING: the reason\n") == "page.md:3: WARNING: the reason"
    assert progress.line("loading translations\n") == ""
    assert progress.line("writing output... [ 50%] page\n") == ""


def test_claims_that_did_not_hold_are_listed_and_only_strict_makes_them_an_error(tree, monkeypatch, capsys):
    claims = [
        {"page": "book/a", "name": "x", "what": "up is up", "holds": True, "margin": 3.0},
        {"page": "book/b", "name": "y", "what": "down is up", "holds": False, "margin": 0.5},
    ]
    (tree / "_build/claims.json").write_text(json.dumps(claims))
    fake_jupyter_book(monkeypatch, (0, "fine"), (0, "fine"))
    assert build.build(tree) == 0
    told = capsys.readouterr().out
    assert "book/b: down is up (margin 0.5)" in told and "up is up" not in told
    assert build.build(tree, strict=True) == 1


def test_strict_passes_where_all_claims_held(tree, monkeypatch):
    (tree / "_build/claims.json").write_text('[{"page": "a", "name": "x", "what": "y", "holds": true, "margin": 2}]')
    fake_jupyter_book(monkeypatch, (0, "fine"))
    assert build.build(tree, strict=True) == 0
