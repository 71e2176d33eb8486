"""The build script: which cells run again after which change, what Sphinx makes anew, and how a failure is told."""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from jupyter_cache import get_cache

from tests.places import ROOT
from unrolled.lab import provenance

sys.path.insert(0, str(ROOT / "book"))
import execution
import pages
import shared

pytestmark = pytest.mark.slow

spec = importlib.util.spec_from_file_location("book_build", ROOT / "book/build.py")
assert spec is not None and spec.loader is not None
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)

CONFIG = """\
title: Tiny
only_build_toc_files: true
exclude_patterns: [_build]
execute: {execute_notebooks: cache, timeout: 60}
parse: {myst_enable_extensions: [colon_fence, dollarmath]}
"""
PAGE = """\
---
jupytext:
  text_representation: {{extension: .md, format_name: myst}}
kernelspec: {{display_name: Python 3, language: python, name: python3}}
---
# A page

```{{code-cell}} ipython3
{0}
```
"""
RECORDED = """\
def recorded(name):
    return Path(f"../records/experiments/{name}.json").read_text()
print("the record:", recorded("lengths"))
import os
assert "moment" in os.environ["PYTHONWARNINGS"]
"""


def write_page(root: Path, name: str, code: str) -> None:
    (root / f"book/{name}.md").write_text(PAGE.format(code))


def ran(name: str) -> str:
    """Code that leaves a line in `runs/NAME` at each run."""
    return f"from pathlib import Path\nwith Path('../runs/{name}').open('a') as runs: runs.write('run\\n')"


def runs(root: Path) -> dict[str, int]:
    """How often each page was run."""
    return {path.name: len(path.read_text().splitlines()) for path in sorted((root / "runs").iterdir())}


@pytest.fixture
def book(tmp_path: Path, monkeypatch) -> Path:
    """Two pages; only `a` imports `tiny.used` and reads the record `lengths`."""
    files = {
        "_config.yml": CONFIG,
        "_toc.yml": "format: jb-book\nroot: book/index\nchapters: [{file: book/a}, {file: book/b}]\n",
        "book/index.md": "# Tiny\n",
        "book/tiny/__init__.py": "",
        "book/tiny/used.py": "import tiny.deeper\nNUMBER = 1\n",
        "book/tiny/deeper.py": "NUMBER = 1\n",
        "book/tiny/other.py": "NUMBER = 1\n",
        "book/tiny/words.txt": "words",
        "requirements.txt": "numpy==2.0\n",
        "records/experiments/lengths.json": "[1]",
        "records/experiments/others.json": "[1]",
        "runs/a": "",
        "runs/b": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    write_page(tmp_path, "a", f"import tiny.used\n{ran('a')}\n{RECORDED}")
    write_page(tmp_path, "b", f"import tiny.other\n{ran('b')}")
    monkeypatch.setitem(provenance.PACKAGES, "tiny", tmp_path / "book/tiny")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "book"))
    return tmp_path


def execute(root: Path) -> tuple[list[str], dict[str, str]]:
    (root / "_build").mkdir(exist_ok=True)
    with (root / "_build/book.log").open("w") as log:
        return execution.execute(root, log)


def outdated(root: Path) -> list[str]:
    """The pages whose results would have to be made anew; those results are gone afterwards."""
    cache = get_cache(root / execution.CACHE)
    found = pages.read_pages(root, cache)
    kept = pages.kept_results(cache, found)
    return [page.name for page in found if page.key not in kept]


def test_sphinx_runs_nothing_and_shows_new_results(book, capsys):
    assert build.build(book) == 0
    assert runs(book) == {"a": 1, "b": 1}
    assert (book / "_build/html/index.html").exists()
    log = (book / "_build/book.log").read_text()
    assert log.count("Using cached notebook") == 2 and "Executing notebook" not in log
    told = capsys.readouterr().out
    assert "running 2 of 2 pages" in told and "2 of 2  book/" in told

    assert build.build(book) == 0
    assert runs(book) == {"a": 1, "b": 1}
    assert "0 added, 0 changed" in (book / "_build/book.log").read_text()
    assert "running" not in capsys.readouterr().out

    (book / "records/experiments/lengths.json").write_text("[2]")
    assert build.build(book) == 0
    assert runs(book) == {"a": 2, "b": 1}
    log = (book / "_build/book.log").read_text()
    assert "reading sources... [100%] book/a" in log and "Executing notebook" not in log
    assert "the record: [2]" in (book / "_build/html/book/a.html").read_text()


def test_change_reruns_the_pages_that_depend_on_it_and_no_other(book):
    assert execute(book) == (["book/a", "book/b"], {})
    seconds = execution.read_seconds(book)
    assert seconds["book/a"]["wall"] > 0 and seconds["book/b"]["cpu"] > 0
    assert outdated(book) == []
    for place in ("book/tiny/unknown.py", "book/b.md.old", "records/experiments/others.json"):
        (book / place).write_text("NUMBER = 2\n")
    (book / "book/tiny/used.py").write_text("import tiny.deeper\nNUMBER = 1  \n\n# a remark\n")
    assert outdated(book) == []
    (book / "book/tiny/other.py").write_text("NUMBER = 2\n")
    assert execute(book) == (["book/b"], {})
    assert runs(book) == {"a": 1, "b": 2}
    assert execution.read_seconds(book)["book/a"] == seconds["book/a"]
    (book / "book/tiny/deeper.py").write_text("NUMBER = 2\n")
    assert outdated(book) == ["book/a"]


@pytest.mark.parametrize(
    "change",
    [
        lambda book, _: (book / "records/experiments/lengths.json").unlink(),
        lambda book, _: (book / "book/tiny/used.py").unlink(),
        lambda book, _: (book / "book/tiny/words.txt").write_text("other words"),
        lambda book, patch: patch.setattr(pages, "installed", lambda name: "9.9"),
        lambda book, _: (book / "requirements.txt").write_text("numpy==2.0\nscipy==1.0\n"),
        lambda book, monkeypatch: monkeypatch.setattr(pages.platform, "python_version", lambda: "3.99.0"),
        lambda book, monkeypatch: monkeypatch.setenv("UNROLLED_SEED_SHIFT", "1"),
        lambda book, _: write_page(book, "a", "1 + 1  # other cells"),
    ],
    ids=["record", "module", "its data", "versions", "lock", "Python", "seeds", "cells"],
)
def test_what_the_results_of_a_page_depend_on(book, monkeypatch, change):
    cache = get_cache(book / execution.CACHE)
    before = {page.name: (page.key, page.inputs) for page in pages.read_pages(book, cache)}
    change(book, monkeypatch)
    after = {page.name: (page.key, page.inputs) for page in pages.read_pages(book, cache)}
    assert before["book/a"] != after["book/a"]


def test_text_in_a_module_counts_whatever_it_looks_like(book):
    place = book / "book/tiny/used.py"
    place.write_text('"""What it is for."""\nTEXT = """one\n# two\n"""\n')
    before = pages.inputs_of(book, ["import tiny.used"])
    place.write_text('"""Other words."""\nTEXT = """one\n# two\n"""  # a remark\n')
    assert pages.inputs_of(book, ["import tiny.used"]) == before
    place.write_text('"""What it is for."""\nTEXT = """one\n# three\n"""\n')
    assert pages.inputs_of(book, ["import tiny.used"]) != before


def test_record_whose_name_only_the_run_knows_may_be_any(book):
    cells = ["for name in ('lengths', 'others'): recorded(name)"]
    before = pages.inputs_of(book, cells)
    (book / "records/experiments/others.json").write_text("[2]")
    assert pages.inputs_of(book, cells) != before


def git(root: Path, *words: str) -> None:
    settings = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *settings, *words], cwd=root, check=True, capture_output=True)


@pytest.fixture
def branches(book) -> Path:
    """The book as a repository whose branch `changed` has other code in a module of page `a`, and other prose."""
    (book / ".gitignore").write_text("_build\nruns\n")
    git(book, "init", "-b", "main")
    git(book, "add", ".")
    git(book, "commit", "-m", "one")
    git(book, "checkout", "-b", "changed")
    (book / "book/tiny/deeper.py").write_text("NUMBER = 2\n")
    for name in ("a", "b"):
        text = (book / f"book/{name}.md").read_text()
        (book / f"book/{name}.md").write_text(text.replace("# A page", "# A page with another title"))
    git(book, "commit", "-am", "two")
    git(book, "checkout", "main")
    return book


def test_another_branch_and_back_runs_what_differs_once(branches, tmp_path_factory):
    assert execute(branches) == (["book/a", "book/b"], {})
    seconds = execution.read_seconds(branches)
    git(branches, "checkout", "changed")
    assert execute(branches) == (["book/a"], {})
    assert runs(branches) == {"a": 2, "b": 1}
    for branch, new in (("main", ["book/a"]), ("changed", ["book/a"]), ("changed", [])):
        git(branches, "checkout", branch)
        assert execute(branches) == (new, {})
    assert runs(branches) == {"a": 2, "b": 1}
    git(branches, "checkout", "main")
    assert execute(branches) == (["book/a"], {})
    assert execution.read_seconds(branches) == seconds

    other = tmp_path_factory.mktemp("worktree")
    git(branches, "worktree", "add", "--detach", str(other), "main")
    assert execute(other) == (["book/a", "book/b"], {})
    assert not (other / "runs").exists()
    assert git_sees(branches) == git_sees(other) == ""


def git_sees(root: Path) -> str:
    return subprocess.run(["git", "status", "--short"], cwd=root, check=True, capture_output=True, text=True).stdout


def test_what_was_shared_shows_what_the_run_showed(branches):
    execute(branches)
    git(branches, "checkout", "changed")
    execute(branches)
    git(branches, "checkout", "main")
    assert build.build(branches) == 0
    assert "Executing notebook" not in (branches / "_build/book.log").read_text()
    assert "the record: [1]" in (branches / "_build/html/book/a.html").read_text()


@pytest.mark.parametrize("content", [b"", b"no archive", b"half"], ids=["empty", "other", "half"])
def test_shared_result_that_is_not_whole_is_made_again(branches, content):
    execute(branches)
    kept = sorted((branches / ".git" / shared.FOLDER).iterdir())
    before = [path.read_bytes() for path in kept]
    for path in kept:
        path.write_bytes(path.read_bytes()[:-9] if content == b"half" else content)
    shutil.rmtree(branches / "_build")
    assert len(execute(branches)[0]) == 2
    assert runs(branches) == {"a": 2, "b": 2}
    assert sorted((branches / ".git" / shared.FOLDER).iterdir()) == kept
    assert all(len(path.read_bytes()) > len(old) / 2 for path, old in zip(kept, before, strict=True))


def test_what_was_not_used_for_longest_makes_room(branches):
    execute(branches)
    folder, cache = branches / ".git" / shared.FOLDER, get_cache(branches / execution.CACHE)
    old, half = folder / "of-another-branch.json.gz", sum(path.stat().st_size for path in folder.iterdir())
    old.write_bytes(b"x")
    os.utime(old, (1, 1))
    found = pages.read_pages(branches, cache)
    shared.keep(folder, cache, found, most=half + 1)
    assert old.exists()
    shared.keep(folder, cache, found, most=half)
    assert not old.exists() and len(list(folder.iterdir())) == 2


def test_folder_in_another_repository_and_one_without_git_share_nothing(branches, monkeypatch):
    inner = branches / "inner"
    inner.mkdir()
    assert shared.folder_of(branches) == branches / ".git" / shared.FOLDER
    assert shared.folder_of(inner) is None
    monkeypatch.setenv("PATH", str(inner))
    assert shared.folder_of(branches) is None
    assert execute(branches)[0] == ["book/a", "book/b"]


def test_cells_that_cannot_be_parsed_are_the_kernels_to_tell(book):
    assert pages.inputs_of(book, ["if True"]) != pages.inputs_of(book, ["if False"])
    assert pages.inputs_of(book, ["%time import tiny.used"]) != pages.inputs_of(book, ["%time import tiny.other"])


def test_pages_with_the_same_cells_are_run_once(book):
    for name in ("a", "b"):
        write_page(book, name, ran("a"))
    assert execute(book) == (["book/a", "book/b"], {})
    assert execute(book) == ([], {})
    assert runs(book)["a"] == 1


def test_failing_page_is_told_and_others_are_run(book, capsys):
    write_page(book, "b", "raise ValueError('too small')")
    assert build.build(book) == 1
    told = capsys.readouterr()
    assert "A cell of book/b failed: " in told.err and "ValueError: too small" in told.err
    assert "nbclient" not in told.err and "\x1b" not in told.err
    assert "book/b: failed" in told.out
    assert not (book / "_build/html").exists()
    assert outdated(book) == ["book/b"]
    assert [path.stem for path in book.glob("_build/.jupyter_cache/executed/*/base.ipynb")] == ["base"]


def test_kernel_that_dies_is_started_once_more(book):
    write_page(book, "a", f"{ran('a')}\nimport os\nif Path('../runs/a').read_text() == 'run\\n': os._exit(1)")
    write_page(book, "b", f"{ran('b')}\nimport os\nos._exit(1)")
    new, failed = execute(book)
    assert new == ["book/a"] and "DeadKernelError" in failed["book/b"]
    assert runs(book) == {"a": 2, "b": 2}


def test_result_that_was_half_written_is_made_again(book):
    execute(book)
    broken, missing = sorted(book.glob("_build/.jupyter_cache/executed/*/base.ipynb"))
    broken.write_text(broken.read_text()[:100])
    missing.unlink()
    assert outdated(book) == ["book/a", "book/b"]
    assert len(execute(book)[0]) == 2


def test_longest_page_first_and_new_pages_by_their_cells(book):
    for name, cells in (("c", 3), ("d", 1)):
        write_page(book, name, "\n```\n\n```{code-cell} ipython3\n".join(["1"] * cells))
    (book / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\n"
        "chapters: [{file: book/a}, {file: book/b}, {file: book/c}, {file: book/d}]\n"
    )
    found = pages.read_pages(book, get_cache(book / execution.CACHE))
    before = {
        "book/a": {"wall": 5.0, "cpu": 1.0},
        "book/b": {"wall": 15.0, "cpu": 1.0},
        "gone": {"wall": 99.0, "cpu": 9.0},
    }
    expected = execution.expected_seconds(found, before)
    assert expected == {"book/a": 5.0, "book/b": 15.0, "book/c": 30.0, "book/d": 10.0}
    assert execution.expected_seconds(found, {})["book/c"] == 3


def test_stopped_build_ends_its_kernels_and_goes_on_from_there(book):
    write_page(book, "b", f"{ran('b')}\nimport os, time\nPath('../pid').write_text(str(os.getpid()))\ntime.sleep(600)")
    write_page(book, "a", f"{ran('a')}\nimport time\nwhile not Path('../pid').exists(): time.sleep(0.05)")
    code = (
        f"import sys; sys.path[:0] = [{str(ROOT / 'book')!r}]\n"
        f"import build; from pathlib import Path\nbuild.ROOT = Path({str(book)!r})\nsys.exit(build.main())"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    while "book/a: " not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130 and "goes on from there" in told
    with pytest.raises(ProcessLookupError):
        os.kill(int((book / "pid").read_text()), 0)
    assert outdated(book) == ["book/b"]


def test_pages_over_the_budget_are_marked(tmp_path, capsys):
    seconds = {
        "book/a": {"wall": 99, "cpu": 44.9},
        "book/b": {"wall": 1, "cpu": 45.1},
        "book/c": {"wall": 1, "cpu": 50},
    }
    (tmp_path / "_build").mkdir()
    (tmp_path / "_build/seconds.json").write_text(json.dumps(seconds))
    build.show_seconds(tmp_path, ["book/a", "book/b"])
    b, a = capsys.readouterr().out.splitlines()
    assert "book/b" in b and b.endswith("over the budget of 45 s")
    assert "book/a" in a and "44.9 s" in a and "99.0 s" in a and "over" not in a


def test_progress_tells_the_time_left(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(execution.time, "monotonic", lambda: now[0])
    progress = execution.Progress({"a": 60, "b": 60, "c": 60, "d": 60, "e": 1}, workers=2)
    now[0] = 1
    assert progress.line("e", {}) == "1 of 5  e: failed (0:01 gone)"
    now[0] = 120  # pages take twice as long as before: two minutes more for the other two
    assert progress.line("a", {"wall": 120}) == "2 of 5  a: 120 s (2:00 gone, about 2 min left)"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch) -> Path:
    """A small repository without cells, which has been built once."""
    for name in ("book/extensions/offline.py", "book/figures/a.svg", "requirements.txt", "_config.yml", "_toc.yml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    monkeypatch.setattr(build, "execute", lambda root, log: ([], {}))
    fake_jupyter_book(monkeypatch, (0, "fine"))
    assert build.build(tmp_path) == 0
    for name in ("a.doctree", "b.doctree"):
        (tmp_path / "_build/.doctrees/book").mkdir(parents=True, exist_ok=True)
        (tmp_path / "_build/.doctrees/book" / name).touch()
    (tmp_path / "_build/html").mkdir()
    (tmp_path / "_build/html/index.html").touch()
    return tmp_path


def fake_jupyter_book(monkeypatch, *results: tuple[int, str]) -> list[int]:
    """Replace Sphinx by one which returns these statuses and logs in turn; return the list of runs made."""
    made: list[int] = []

    def run(root: Path, log: Path) -> int:
        status, words = results[len(made)]
        made.append(status)
        log.write_text(words)
        return status

    monkeypatch.setattr(build, "run_jupyter_book", run)
    return made


def sphinx_kept(tree: Path) -> set[str]:
    return {path.name for folder in (".doctrees", "html") for path in (tree / "_build" / folder).rglob("*.*")}


def test_nothing_is_thrown_away_when_nothing_changed(tree, monkeypatch):
    fake_jupyter_book(monkeypatch, (0, "fine"))
    assert build.build(tree) == 0
    assert sphinx_kept(tree) == {"a.doctree", "b.doctree", "index.html"}


def test_page_with_new_results_is_read_again(tree, monkeypatch):
    monkeypatch.setattr(build, "execute", lambda root, log: (["book/a"], {}))
    monkeypatch.setattr(build, "show_seconds", lambda root, names: None)
    fake_jupyter_book(monkeypatch, (0, "fine"))
    assert build.build(tree) == 0
    assert sphinx_kept(tree) == {"b.doctree", "index.html"}


@pytest.mark.parametrize("name", ["book/extensions/offline.py", "requirements.txt", "_config.yml", "_toc.yml"])
@pytest.mark.parametrize("change", ["edit", "add"])
def test_change_of_layout_makes_the_site_anew(tree, monkeypatch, name, change):
    if change == "edit":
        (tree / name).write_text("changed")
    else:
        (tree / "book/figures/b.svg").touch()
    fake_jupyter_book(monkeypatch, (0, "fine"))
    assert build.build(tree) == 0
    assert sphinx_kept(tree) == set()


def test_failure_shows_the_log_and_is_not_remembered_as_done(tree, monkeypatch, capsys):
    made = fake_jupyter_book(monkeypatch, (1, "page.md:3: WARNING: the reason"), (0, "fine"))
    assert build.build(tree) == 1
    assert "the reason" in capsys.readouterr().err
    assert build.build(tree) == 0
    assert made == [1, 0] and sphinx_kept(tree) == set()


def test_site_stays_where_cells_fail(tree, monkeypatch):
    monkeypatch.setattr(build, "execute", lambda root, log: ([], {"book/a": "ValueError"}))
    made = fake_jupyter_book(monkeypatch)
    assert build.build(tree) == 1
    assert made == [] and "index.html" in sphinx_kept(tree)


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


def test_problems_are_shown_and_the_rest_is_not():
    assert build.worth_showing("page.md:3: WARNING: the reason\n") == "page.md:3: WARNING: the reason"
    assert build.worth_showing("writing output... [100%] page\n") == "pages written"
    assert build.worth_showing("loading translations\n") == ""
    assert build.worth_showing("writing output... [ 50%] page\n") == ""


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


def test_what_pages_look_like_is_one_of_their_inputs():
    inputs = {path for pattern in build.PAGE_INPUTS for path in ROOT.glob(pattern)}
    assert {ROOT / "book/theme/unrolled.css", ROOT / "book/theme/unrolled.js", ROOT / "_config.yml"} <= inputs
