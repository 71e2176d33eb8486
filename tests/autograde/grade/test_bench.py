"""The benchmark of grading: what it counts and compares, and the whole of it on a class of two."""

import pytest
from nbformat import NotebookNode

from autograde.grade.assignment import load_assignment
from autograde.runner.frames import HEADER
from autograde.runner.warm import stop_all
from benchmarks import classroom, grading, notebooks, overhead, profile, wire, work
from benchmarks.classroom import TORCH
from benchmarks.grading import CLASS, OURS, START, STOCK, TIMES, WHOLE, Cost
from benchmarks.notebooks import right_notebook, run_once

RIGHT = [f"{profile.RIGHT}, {part}" for part in (notebooks.WHOLE, notebooks.STUDENTS, notebooks.NOTHING)]


@pytest.fixture
def small(tmp_path):
    """A class of two, and the warm parents ended."""
    yield classroom.make(tmp_path, 2)
    stop_all()


def test_the_ratio_is_of_stocks_fastest_runs_scaled_to_the_class():
    costs = {
        (OURS, 1): [Cost(2.0, 2.0), Cost(2.0, 2.0)],
        (OURS, 11): [Cost(12.0, 22.0), Cost(7.0, 12.0)],
        (STOCK, 1): [Cost(9.0, 9.0), Cost(5.0, 5.0)],
        (STOCK, 3): [Cost(11.0, 11.0), Cost(17.0, 17.0)],
    }
    found = grading.compared(costs, 11)["time"]
    assert found[OURS][START] == {"median": 1.25, "least": 1.0, "most": 1.5, "runs": 2}
    assert (found[STOCK][START], found[STOCK][WHOLE], found[STOCK][CLASS]) == (2.0, 35.0, 33.0)
    assert found[TIMES][WHOLE]["least"] == 35 / 12 and found[TIMES][WHOLE]["most"] == 35 / 7
    assert found[TIMES][CLASS]["least"] == 33 / 11


def test_what_was_said_is_read_as_the_messages_it_is_made_of():
    text = b'{"do": "call"}'
    whole = HEADER.pack(len(text), 3) + text + b"abc"
    assert [message["do"] for message in wire.messages(whole + whole + whole[:9])] == ["call", "call"]


@pytest.mark.slow
def test_another_call_of_an_answer_shows_in_the_profile(small):
    assignment = load_assignment(small, TORCH)
    notebook = right_notebook(small, assignment)
    index = next(
        index for index, cell in enumerate(notebook.cells) if "step(x, h" in cell.source and "assert" in cell.source
    )
    again = NotebookNode(notebook.cells[index])
    again.source += "\nstep(x, h, W, U, b)"
    longer = NotebookNode({**notebook, "cells": [*notebook.cells[:index], again, *notebook.cells[index + 1 :]]})

    def counts(one):
        run_once(assignment, one)
        return profile.profile_of(lambda: run_once(assignment, one), 1)

    before, after = counts(notebook), counts(longer)
    asked = {kind: (before[profile.WIRE][kind], after[profile.WIRE][kind]) for kind in before[profile.WIRE]}
    assert asked["asked: call"][1] == asked["asked: call"][0] + 1
    assert asked[wire.TURNS][1] == asked[wire.TURNS][0] + 1
    assert all(now > then for way, (then, now) in asked.items() if way.startswith("bytes"))
    assert asked["asked: test"][0] == asked["asked: test"][1] == 2
    for role in (work.STUDENTS, work.JUDGES):
        assert before[role][work.FORKS] == after[role][work.FORKS] == 1
        assert before[role][work.FAULTS] > 100 and before[role][work.PROCESSOR] > 100
    assert before[work.WARM + work.STUDENTS][work.PROCESSOR] > 0 and before[work.GRADER][work.PROCESSOR] > 0


@pytest.mark.slow
def test_both_sides_grade_and_points_that_are_not_what_they_must_be_are_no_measurement(small):
    points = {}
    stock, ours = (grading.cost(small, who, size, points) for who, size in ((STOCK, 1), (OURS, 2)))
    assert stock.time > 0 and stock.work > 0 and ours.time > 0 and ours.work > 0
    assert points[TORCH, "student-000"] == (3.0, 6.0) and points[TORCH, "student-001"] == (6.0, 6.0)
    with pytest.raises(RuntimeError, match=r"numpy-cell of student-000: 0\.0 of 0\.0 points"):
        grading.check_points({}, 2, {})
    with pytest.raises(RuntimeError, match=r"torch-cell of student-000: 3\.0 points, where others gave 4\.0"):
        grading.check_points(points, 2, {(TORCH, "student-000"): (4.0, 6.0)})


@pytest.mark.slow
def test_all_that_is_measured_is_told(small, monkeypatch):
    monkeypatch.setattr(classroom, "make", lambda root, students: small)
    monkeypatch.setattr(grading, "SLUGS", (TORCH,))
    monkeypatch.setattr(overhead, "ROUNDS", 1)
    monkeypatch.setattr(grading, "cost", lambda course, who, size, known: Cost(1.0 + size, 2.0 + size))
    found = grading.measure(2, runs=2, repeats=2, sample=2)
    assert found["notebooks"] == 2 and found["right"] == {TORCH: 1}
    assert found["time"][TIMES][WHOLE] == {"median": 1.0, "least": 1.0, "most": 1.0, "runs": 2}
    for parts in found["one_notebook"].values():
        for of_it in parts.values():
            assert of_it["overhead"] == pytest.approx(sum(of_it["of it"].values()))
    assert set(found["profile"]) == {f"{TORCH}, {part}" for part in (profile.CLASS, *RIGHT)}
    assert found["kernels"]["PyTorch"]
    told = grading.told(found)
    assert "one notebook of torch-cell" in told and "class of 2" in told
