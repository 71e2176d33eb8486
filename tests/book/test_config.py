"""The book's configuration: what must hold whatever chapters come."""

import pytest
import yaml

from tests.book import small_book
from tests.places import ROOT

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [chapter["file"] for part in TOC["parts"] for chapter in part["chapters"]]


@pytest.mark.parametrize("folder", ["solutions", "autograde", "tests", "source", "submitted", "feedback"])
def test_private_folders_stay_out_of_the_book(folder):
    assert folder in CONFIG["exclude_patterns"]


def test_virtual_environments_stay_out_of_the_book():
    assert {".*", "**/.*"} <= set(CONFIG["exclude_patterns"])


def test_only_chapters_of_the_contents_are_built():
    assert CONFIG["only_build_toc_files"] is True


@pytest.mark.parametrize("chapter", [TOC["root"], *CHAPTERS])
def test_every_chapter_exists_inside_the_book(chapter):
    assert chapter.startswith("book/")
    assert (ROOT / f"{chapter}.md").is_file()


def test_failing_cells_fail_the_build():
    assert CONFIG["execute"].get("allow_errors", False) is False
    assert CONFIG["execute"]["execute_notebooks"] == "cache"


def test_warnings_are_hidden_only_where_agreed():
    assert CONFIG["sphinx"]["config"]["suppress_warnings"] == ["mystnb.unknown_mime_type"]


@pytest.mark.slow
def test_what_a_cell_prints_on_stderr_fails_the_build(tmp_path):
    setting = CONFIG["sphinx"]["config"]["nb_output_stderr"]
    page = "# Page\n\n```{code-cell} ipython3\nimport sys\nprint('told', file=sys.stderr)\n```\n"
    built = small_book.build(tmp_path, page, settings=f"nb_output_stderr = {setting!r}\n")
    assert "stderr was found" in built.warnings


def test_no_static_folder_at_the_root():
    # Jupyter Book would put every script in it on every page.
    assert not (ROOT / "_static").exists()


def test_no_button_leads_nowhere():
    assert "launch_buttons" not in CONFIG
    assert "repository" not in CONFIG


def test_equations_are_numbered_by_chapter():
    settings = CONFIG["sphinx"]["config"]
    assert (settings["numfig"], settings["math_numfig"], settings["numfig_secnum_depth"]) == (True, True, 1)
    assert settings["math_eqref_format"] == "Eq. ({number})"
