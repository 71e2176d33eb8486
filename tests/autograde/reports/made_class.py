"""A class of any size, made by code: what a report is written of, without a grader or a gradebook."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

import numpy as np

from autograde.course.folder import Course
from autograde.course.people import Person
from autograde.course.plan import Plan
from autograde.grade.outcomes import FOR_A_PERSON, CellResult
from autograde.grade.pieces import pieces_in
from autograde.grade.results import Result
from autograde.reports import class_report
from autograde.reports.class_report import Class

PARTS = (("rnn_step", "shapes", 1.0), ("rnn_step", "values", 3.0), ("rnn_forward", "values", 3.0))
MISTAKES = ("no-bias", "order-of-products", "tanh-left-out")
DUE = datetime(2026, 10, 30, 22, 59)
NAMES = ("Ada", "Alan", "Emmy", "Kurt", "Grace", "王伟", "Zoë", "<b>Bob</b>")


def people_of(size: int) -> dict[str, Person]:
    """So many people in two sections; one in ten never hands in."""
    return {
        f"s{at:05}": Person(f"s{at:05}", NAMES[at % len(NAMES)], f"Number {at}", f"s{at}@example.edu", "AB"[at % 2])
        for at in range(size)
    }


def results_of(slug: str, size: int) -> list[Result]:
    """What they handed in: some late, some in need of a person, the written answers read of the first half."""
    random = np.random.default_rng(len(slug))
    level = random.normal(size=size)
    return [_result(slug, at, level[at], random) for at in range(size) if at % 10 != 9]


def _result(slug: str, at: int, level: float, random: np.random.Generator) -> Result:
    student = f"s{at:05}"
    if at % 37 == 5:
        return Result(student, slug, "graded", max_points=9.0, readable=False, remarks=["It is not a notebook."])
    cells = []
    for function, part, most in PARTS:
        right = level + random.normal() > 0
        name = "" if right else MISTAKES[int(random.integers(3))]
        told = "" if right else f"✗ {function}.\n  Likely cause   {name}!"
        earned, outcome = (most, "right") if right else (0.0, "wrong")
        cells.append(CellResult(f"{function}-{part}", function, part, earned, most, outcome, name, told))
    is_read = at % 2 == 0
    outcome, points = ("read by a person", float(at % 3)) if is_read else (FOR_A_PERSON, 0.0)
    cells.append(CellResult("why", "", "", points, 2.0, outcome))
    is_late = at % 11 == 0
    writer = 0 if at == 2 else at  # one copied
    code = "\n".join(f"own_{writer}_{line} = inputs @ weights_{line} + 0.{writer}{line}" for line in range(9))
    return Result(
        student,
        slug,
        "graded",
        points=sum(cell.points for cell in cells),
        max_points=9.0,
        waiting={} if is_read else {"why": 2.0},
        penalty=1.0 if is_late else 0.0,
        timestamp=f"2026-10-{31 if is_late else 29} 10:00:00",
        duedate=str(DUE),
        remarks=["It mentions torch.nn.LSTM </script><b>: a person should look."] if at % 50 == 3 else [],
        cells=cells,
        pieces=pieces_in(code),
        number=f"{at:032x}",
    )


@contextmanager
def made_class(size: int) -> Iterator[None]:
    """While it lasts, reports are of these people and what they handed in."""
    people = people_of(size)
    about = Class(Plan(name="Recurrent networks"), people, [*people], dict.fromkeys(("bptt", "gru", "rnn-cell"), DUE))
    with (
        patch.object(class_report, "_read_class", lambda course: about),
        patch.object(class_report, "results", lambda course, slug: results_of(slug, size)),
        patch.object(class_report, "not_looked_at", lambda course, slug: set()),
        patch.object(class_report, "mismatches", lambda course, slug, rows: {}),
    ):
        yield


def write_made_report(folder: Path, size: int) -> Path:
    """The report of such a class on three assignments, in a folder."""
    course = Course(folder)
    for student in ("s00000", "s00001"):
        page = course.feedback_page(student, "rnn-cell")
        page.parent.mkdir(parents=True)
        page.write_text("<title>Feedback</title>", "utf-8")
    with made_class(size):
        return class_report.write_report(course, ["bptt", "gru", "rnn-cell"])
