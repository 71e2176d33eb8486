"""The pages on which assignments are solved: made of a bundle alone, and of all that it holds for students."""

import io
import json
import sys
import zipfile
from html import escape
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.book import small_book
from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book" / "extensions"))

import notebooks

PICTURE = "iVBORw0KGgo="
STUB = "def f(a):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


def role(grade_id: str, **more: object) -> dict[str, object]:
    return {"nbgrader": {"grade_id": grade_id, "locked": True, "grade": False, "solution": False, **more}}


def notebook(packages: tuple[str, ...] = ("numpy",)) -> nbformat.NotebookNode:
    texts = [
        new_markdown_cell(
            "# Assignment: a test\n\nFirst $a < b$, then\n\n$$a^2$$\n\n![a picture](attachment:a.png)\n\n"
            "| x |\n|---|\n| 1 |",
            attachments={"a.png": {"image/png": PICTURE}},
        ),
        new_code_cell("import numpy as np", metadata=role("imports")),
        new_code_cell(STUB, metadata=role("f", solution=True, locked=False)),
        new_code_cell("check(f)", metadata=role("f-check")),
        new_code_cell("# 1 point: the values,\n# on fresh inputs.", metadata=role("f-values", grade=True, points=1)),
        new_code_cell("\n".join(f"x = {number} < 2" for number in range(30)), metadata=role("long-check")),
        new_markdown_cell("YOUR ANSWER HERE", metadata=role("why", grade=True, solution=True, points=2)),
        new_markdown_cell("<script>alert(1)</script> ![besides](plot.png)"),
    ]
    return new_notebook(cells=texts, metadata={"unrolled": {"packages": list(packages), "forbidden": []}})


def bundle_of(folder: Path, made: nbformat.NotebookNode) -> Path:
    path = folder / "unrolled-a-test.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {
            "a-test.ipynb": nbformat.writes(made).encode(),
            "fixtures.npz": b"values",
            "plot.png": b"PNG",
            "unrolled-0.1.0+c12-py3-none-any.whl": b"wheel",
            "README.md": b"read",
            "start.py": b"start",
            "requirements.txt": b"numpy",
        }.items():
            archive.writestr(f"unrolled-a-test/{name}", content)
    return path


@pytest.fixture
def bundle(tmp_path):
    return notebooks.read_bundle(bundle_of(tmp_path, notebook()))


def page(bundle, elsewhere=None) -> BeautifulSoup:
    made = notebooks.page_of(bundle, elsewhere or {}, lambda source: f"<pre>{escape(source)}</pre>")
    return BeautifulSoup(made, "html.parser")


def test_files_of_the_bundle_lie_beside_the_page_as_they_are(bundle, tmp_path):
    files = dict(notebooks.beside(bundle))
    assert files == {
        "solve/a-test/a-test.ipynb": nbformat.writes(notebook_as_read(bundle)).encode(),
        "solve/a-test/unrolled.whl": b"wheel",
        "solve/a-test/fixtures.npz": b"values",
        "solve/a-test/plot.png": b"PNG",
        "solve/a-test/unrolled-a-test.zip": (tmp_path / "unrolled-a-test.zip").read_bytes(),
    }


def notebook_as_read(bundle) -> nbformat.NotebookNode:
    return nbformat.read(io.StringIO(bundle.notebook.decode()), 4)


def test_every_cell_stands_on_the_page_in_order(bundle):
    shown = [element["data-cell"] for element in page(bundle).select(".u-cells [data-cell]")]
    assert shown == [cell["id"] for cell in json.loads(bundle.notebook)["cells"]]


def test_students_write_into_their_answers_and_nothing_else(bundle):
    fields = page(bundle).select(".u-cells textarea")
    assert [field.get_text().removeprefix("\n") for field in fields] == [STUB, "YOUR ANSWER HERE"]
    assert [field["aria-label"] for field in fields] == ["Your answer: f", "Your answer in words: why"]


def test_texts_are_rendered_and_their_markup_is_shown(bundle):
    made = page(bundle)
    assert made.select_one("h1").get_text() == "Assignment: a test"
    assert len(made.select("h1")) == 1
    assert made.select_one("span.math").get_text() == r"\(a < b\)"
    assert made.select_one("div.math").get_text().strip() == r"\[a^2\]"
    assert [image["src"] for image in made.select("img")] == [f"data:image/png;base64,{PICTURE}", "a-test/plot.png"]
    assert made.select_one(".pst-scrollable-table-container table td").get_text() == "1"
    assert made.select("script") == []


def test_what_earns_points_is_said_and_long_code_is_folded(bundle):
    made = page(bundle)
    assert made.select_one(".u-points").get_text() == "1 point: the values, on fresh inputs."
    assert made.select_one("details summary").get_text() == "Its code, 30 lines"


def test_links_elsewhere_are_those_that_are_set(bundle):
    links = {"Colab": "https://colab.example/{assignment}.ipynb", "JupyterHub": ""}
    shown = {link.get_text(): link["href"] for link in page(bundle, links).select(".u-solve-panel a")}
    assert shown == {
        "the bundle": "a-test/unrolled-a-test.zip",
        "Colab": "https://colab.example/a-test.ipynb",
    }


def test_an_assignment_in_pytorch_says_why_it_cannot_run(tmp_path):
    bundle = notebooks.read_bundle(bundle_of(tmp_path, notebook(("numpy", "torch", "keras"))))
    made = page(bundle, {"JupyterHub": "https://hub.example/{assignment}"})
    said = made.select_one(".u-solve-panel").get_text()
    assert "needs PyTorch and Keras" in said
    assert "the bundle" in said and "JupyterHub" in said
    assert made.select("textarea, button") == []
    assert "YOUR CODE HERE" in made.get_text()


def test_another_notebook_is_another_release(bundle, tmp_path):
    changed = notebook()
    changed.cells[2].source += "\n"
    other = notebooks.read_bundle(bundle_of(tmp_path, changed))
    assert other.release != bundle.release
    assert notebooks.digest([other]) != notebooks.digest([bundle])


@pytest.mark.parametrize("content", [b"no zip", None], ids=["no zip", "another zip"])
def test_what_is_no_bundle_is_refused(tmp_path, content):
    path = tmp_path / "unrolled-other.zip"
    path.write_bytes(content or bundle_of(tmp_path, notebook()).read_bytes())
    with pytest.raises(ValueError, match=r"unrolled-other\.zip is no bundle"):
        notebooks.read_bundle(path)


CHAPTER = "# A chapter\n\n```{assignment} a-test\n```\n"


@pytest.mark.slow
def test_a_book_without_a_release_says_so_and_gets_the_page_with_the_next_one(tmp_path):
    built = small_book.build(tmp_path, CHAPTER, "solve")
    assert built.warnings == ""
    assert 'href="solve/a-test.html"' in built.page
    place = built.site / "solve/a-test.html"
    assert "made without the assignment" in place.read_text("utf-8")
    (tmp_path / "_build/bundle").mkdir(parents=True)
    bundle_of(tmp_path / "_build/bundle", notebook())
    small_book.build(tmp_path, CHAPTER, "solve")
    assert 'data-assignment="a-test"' in place.read_text("utf-8")
    assert (built.site / "solve/a-test/fixtures.npz").read_bytes() == b"values"


@pytest.mark.slow
def test_a_name_that_is_none_is_an_error(tmp_path):
    built = small_book.build(tmp_path, "# A chapter\n\n```{assignment} ../x\n```\n", "solve")
    assert "is no name of an assignment" in built.warnings
