"""Where each of a student's cells belongs: by grade id, cell id, text, names; in doubt it stays the student's own."""

import pytest

from autograde.grade.matching import match
from autograde.grade.reading import Given
from tests.autograde.grade.test_mixtures import RELEASE, STUBS, TEMPLATE, TEXT, WHY

IDS = [cell.id for cell in RELEASE.cells]
WRITTEN = {name: stub.replace("raise NotImplementedError()", "return 1") for name, stub in STUBS.items()}


def all_given(keep="", **changed):
    """The release as handed in; `keep`: of each cell's marks its "grade id", its "cell id", or none."""
    found = []
    for cell in RELEASE.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "") if keep == "grade id" else ""
        cell_id = cell.id if keep == "cell id" else ""
        found.append(Given(cell.cell_type, changed.get(cell.id, cell.source), grade_id, cell_id))
    return found


def places(given):
    """The id of the cell that each is; None for the student's own."""
    return [None if place is None else IDS[place] for place in match(given, TEMPLATE).places]


@pytest.mark.parametrize("keep", ["grade id", "cell id", ""])
def test_every_cell_is_found_by_each_of_its_marks_and_without_any(keep):
    assert places(all_given(keep, **WRITTEN)) == IDS
    assert match(all_given(keep, **WRITTEN), TEMPLATE).by_id == (keep == "grade id")


@pytest.mark.parametrize("keep", ["grade id", "cell id", ""])
def test_an_untouched_hand_in_is_found_too(keep):
    assert places(all_given(keep)) == IDS


def test_a_grade_id_goes_before_a_cell_id():
    given = [Given("code", "pass", "triple-values", "double-values"), Given("code", "pass", "", "triple-values")]
    assert places(given) == ["triple-values", None]


def test_what_a_cell_defines_goes_before_an_id_that_stands_for_another_function():
    given = all_given("grade id", double=WRITTEN["triple"], triple=WRITTEN["double"])
    found = places(given)
    assert found.count("double") == found.count("triple") == 0
    assert places(all_given("grade id", double="helper = 1")) == IDS  # it defines none of them


def test_a_name_decides_only_between_the_cells_around_it():
    given = all_given("grade id")
    number = IDS.index("double")
    given[number] = Given("code", WRITTEN["double"])
    assert places(given)[number] == "double"
    given.append(given.pop(number))
    assert places(given)[-1] is None


def test_a_retyped_cell_that_is_code_is_found_by_its_name():
    given = all_given("grade id")
    number = IDS.index("double")
    for kind in ("markdown", "raw"):
        given[number] = Given(kind, WRITTEN["double"])
        assert places(given)[number] == "double"
    given[number] = Given("markdown", f"I tried:\n\n```\n{WRITTEN['double']}\n```")
    assert places(given)[number] is None


def test_texts_that_stand_several_times_are_told_apart_by_their_neighbours():
    found = places(
        [Given("code", "check(triple)"), Given("code", "# 1 point."), Given("markdown", "## 3. Write Counter")]
    )
    assert found == ["triple-check", "triple-edges", "text-3"]


def test_a_lower_half_belongs_to_its_upper_one():
    upper, lower = "def double(x):\n    y = 2 * x", "    return y"
    given = [Given("code", upper, "double"), Given("code", lower), Given("code", "z = 1"), Given("code", lower)]
    assert places(given) == ["double", "double", None, None]


def test_blanks_at_the_ends_of_lines_are_no_other_text():
    assert places([Given("code", "  \nimport math   \r\n\n"), Given("markdown", f"{WHY}\n")]) == ["imports", "why"]


def test_an_empty_cell_is_nobodys():
    assert places([Given("code", ""), Given("markdown", " \n")]) == [None, None]


def test_own_cells_stand_behind_the_last_cell_that_was_met():
    given = [
        Given("markdown", "Before all."),
        Given("code", "check(double)"),
        Given("code", "mine = 1"),
        Given("markdown", "## 1. Write double, edited", cell_id="text-1"),
        Given("markdown", TEXT),
    ]
    anchors = match(given, TEMPLATE).anchors
    assert [anchor if anchor < 0 else IDS[anchor] for anchor in anchors] == [
        -1, "double-check", "double-check", "text-1", "text-1",
    ]  # fmt: skip


def test_more_code_than_anybody_writes_is_not_read_for_names():
    much = Given("code", "double = 1  # " + "x" * 180_000)
    assert places([*[much] * 6, Given("code", WRITTEN["double"])])[-1] is None
    assert places([much, Given("code", WRITTEN["double"])])[-1] == "double"
