"""A course of one tiny assignment, released into a temporary folder: quick, and independent of the real ones."""

import shutil
from pathlib import Path

import nbformat
import pytest

from autograde.course import gradebook
from autograde.course.folder import Course
from autograde.grade import run
from autograde.release import bundle
from autograde.release.release import release
from tests import sharing
from tests.autograde import quick

SOURCE = '''---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
canary: unrolled-canary-00000000aaaa
---

# Tiny

```{code-cell} ipython3
import numpy as np
```

```{code-cell} ipython3
:ng: solution double

def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    twice_of_the_argument = 2 * x
    return twice_of_the_argument
    ### END SOLUTION
```

```{code-cell} ipython3
:ng: test double-values 3

# 3 points: values on fresh inputs.
### BEGIN HIDDEN TESTS
assert double(21.5) == 43.0, "a hidden sentence about 43.0"
### END HIDDEN TESTS
```

```{code-cell} ipython3
:ng: test double-edges 1

# 1 point: zero.
assert callable(double)
### BEGIN HIDDEN TESTS
assert double(0.0) == 0.0
### END HIDDEN TESTS
```

Why is twice zero zero?

+++ {"ng": "manual why 2"}

### BEGIN SOLUTION
Because zero is neutral for the addition of numbers.
### END SOLUTION

+++

Done.
'''


def pytest_configure(config):
    # As gradebook.prepare does: pytest sets its own filters.
    config.addinivalue_line("filterwarnings", "ignore::sqlalchemy.exc.SAWarning:nbgrader")


@pytest.fixture(scope="session", autouse=True)
def prepared():
    gradebook.prepare()


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """The public wheel, built once."""
    (found,) = sharing.made_once(tmp_path_factory, "wheel", bundle.build_wheel).glob("*.whl")
    return found


@pytest.fixture(autouse=True)
def one_wheel(monkeypatch, wheel):
    """Releases take the wheel that is there: building it takes longer than all the rest."""
    monkeypatch.setattr(bundle, "build_wheel", lambda folder: Path(shutil.copy(wheel, folder)))


@pytest.fixture
def fast(monkeypatch):
    """Runs without processes, for tests of what happens around a run."""
    monkeypatch.setattr(run, "run_notebook", quick.run_notebook)


def no_fixtures(slug: str, path: Path) -> None:
    """Fixtures of an assignment that has none worth speaking of."""
    path.write_bytes(b"")


@pytest.fixture(scope="session")
def made_once(tmp_path_factory, prepared, wheel) -> Path:
    """A folder with the secret tree `solutions` and the course folder `course`, where `tiny` is released."""
    return sharing.made_once(tmp_path_factory, "tiny", make_tiny)


def make_tiny(folder: Path) -> None:
    """Write the source of the assignment `tiny` and release it."""
    source = folder / "solutions" / "exercises" / "tiny" / "tiny.md"
    source.parent.mkdir(parents=True)
    source.write_text(SOURCE, "utf-8")
    made = Course(folder / "course")
    made.root.mkdir()
    release(made, ["tiny"], secret=folder / "solutions", fixtures=no_fixtures)


@pytest.fixture
def secret(tmp_path, made_once) -> Path:
    """A secret tree like solutions/, with the assignment `tiny`."""
    return Path(shutil.copytree(made_once / "solutions", tmp_path / "solutions"))


@pytest.fixture
def course(tmp_path, made_once) -> Course:
    """A course folder with `tiny` released."""
    return Course(Path(shutil.copytree(made_once / "course", tmp_path / "course")))


@pytest.fixture
def hand_in(course):
    """Hand in a notebook: the release with some answers written; `edit(notebook)` may do anything else."""

    def write(student, answers=None, edit=None, name="tiny.ipynb") -> Path:
        notebook = nbformat.read(course.release / "tiny" / "tiny.ipynb", 4)
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = (answers or {}).get(grade_id, cell.source)
        if edit is not None:
            edit(notebook)
        path = course.submitted / student / "tiny" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        return path

    return write
