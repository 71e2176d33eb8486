"""Every assignment through release and run: the model answers and other right ones earn every point of the tests.

Each assignment is released by itself, about 3 s where it is not kept from before; each run takes 1 to 2 s. Two
assignments are run in `make test`, all of them in `make full-test`.
"""

import re
from collections.abc import Callable

import nbformat
import pytest

from autograde.course import gradebook
from autograde.course.folder import CONFIG_NAME, Course
from autograde.course.settings import CONFIG_FILE
from autograde.demo import SHOWN, answers_of, fill, in_style, reference_answers
from autograde.grade.assignment import load_assignment
from autograde.grade.outcomes import cell_results
from autograde.grade.run import run_notebook
from autograde.release.release import available, release
from solutions.exercises.catalogue import contracts_of
from solutions.kept import misconceptions_of

# As gradebook.prepare does: pytest sets its own filters.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning:nbgrader")]
STYLES = 3
PERSON = "for a person"


SLUGS = [slug if slug in SHOWN else pytest.param(slug, marks=pytest.mark.full) for slug in available()]


@pytest.fixture(scope="module")
def course_with(tmp_path_factory) -> Callable[[str], Course]:
    """A course in which an assignment is released, for each one asked for."""
    gradebook.prepare()
    made = Course(tmp_path_factory.mktemp("course"))
    (made.root / CONFIG_NAME).write_text(CONFIG_FILE, "utf-8")

    def released(slug: str) -> Course:
        if slug not in made.released():
            release(made, [slug])
        return made

    return released


@pytest.fixture
def course(course_with, slug) -> Course:
    """A course in which the assignment of the test is released."""
    return course_with(slug)


def source_of(course: Course, slug: str):
    return nbformat.read(course.source / slug / f"{slug}.ipynb", 4)


def outcomes(course: Course, slug: str, answers: dict[str, str]) -> dict[str, str]:
    """The outcome of every graded cell for these answers."""
    assignment = load_assignment(course, slug)
    executed = run_notebook(fill(assignment.template, answers), key="a student", files=assignment.files)
    return {cell.grade_id: cell.outcome for cell in cell_results(executed)}


@pytest.mark.parametrize("slug", SLUGS)
def test_the_model_answers_earn_every_test(course, slug):
    found = outcomes(course, slug, reference_answers(source_of(course, slug)))
    assert set(found.values()) <= {"right", PERSON}, found
    assert list(found.values()).count(PERSON) >= 1


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("style", range(STYLES))
def test_answers_in_other_styles_earn_every_test(course, slug, style):
    answers = reference_answers(source_of(course, slug)) | in_style(contracts_of(slug), style)
    assert set(outcomes(course, slug, answers).values()) <= {"right", PERSON}


@pytest.mark.parametrize("slug", SLUGS)
def test_the_untouched_notebook_earns_nothing(course, slug):
    assert set(outcomes(course, slug, {}).values()) == {"not written"}


@pytest.mark.parametrize("slug", SLUGS)
def test_students_see_the_rubric_and_not_the_model_answer(course, slug):
    released = nbformat.read(course.release / slug / f"{slug}.ipynb", 4)
    text = "\n".join(cell.source for cell in released.cells)
    for secret in ("Model answer", "For the grader", "BEGIN SOLUTION", "solutions.", "hidden="):
        assert secret not in text
    roles = [cell.metadata.get("nbgrader", {}) for cell in released.cells]
    total = sum(role["points"] for role in roles if role.get("grade"))
    said = [int(points) for points in re.findall(r"(?m)^#+ .*· (\d+) points?", text)]
    assert sum(said) == total, "the headings name every point"


@pytest.mark.parametrize("slug", ["bptt"])
def test_a_wrong_step_in_bptt_is_named_and_costs_its_own_points(course, slug):
    contract = contracts_of(slug)["rnn_step_backward"]
    wrong = next(found for found in misconceptions_of(contract) if found.name == "slope-missing-da-h_next-tanh")
    answers = reference_answers(source_of(course, slug)) | answers_of(contract, wrong)
    found = outcomes(course, slug, answers)
    assert found["numerical_gradient-values"] == found["rnn_step_backward-shapes"] == "right"
    assert found["rnn_step_backward-gradient"] == "wrong"
    assert found["rnn_backward-gradient"] == "right"  # the model answer writes the step out
