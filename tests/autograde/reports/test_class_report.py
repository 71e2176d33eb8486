"""The class report: who is alike, what was repaired, what ran unsafely, what changed, and who is to be looked at."""

import re
from dataclasses import replace

import pytest

from autograde.grade.grade import grade
from autograde.grade.history import Change, load_record, save_record
from autograde.grade.outcomes import CellResult
from autograde.grade.results import Result, results
from autograde.grade.pieces import pieces_in
from autograde.reports.class_report import MOST_MISTAKES, MOST_NAMED, write_report
from autograde.reports.grades import grades
from autograde.reports.items import items
from autograde.reports.similarity import Alike, alike
from autograde.reports.summary import (
    FAILED,
    MISSING,
    NEW,
    NOT_DUE,
    NOT_RUN,
    REMARKED,
    UNREADABLE,
    WAITING,
    summarise,
)

COMMON = "def softmax(a):\n    e = np.exp(a - a.max(-1, keepdims=True))\n    return e / e.sum(-1, keepdims=True)\n"
OWN = {
    "ada": """def step(x, h):
    z = x @ W
    z += h @ U
    for k in range(len(z)): z[k] = np.tanh(z[k] + b)
    return z""",
    "alan": """def step(inputs, state):
    total = np.einsum('bd,dh->bh', inputs, W) + state.dot(U) + b
    return np.tanh(total)""",
    "emmy": """def step(v, s):
    return (np.exp(2 * (v @ W + s @ U + b)) - 1) / (np.exp(2 * (v @ W + s @ U + b)) + 1)""",
    "kurt": """import torch
def step(x, h):
    a = torch.from_numpy(x) @ W
    return torch.tanh(a.add(h @ U).add(b)).numpy()""",
}
COPIED = """def double(x):
    answer = 0
    for part in [x, x]:
        answer = answer + part  # a loop of mine
    return answer"""


def test_shared_peculiarities_make_a_pair_and_the_common_answer_does_not():
    codes = {student: COMMON + own for student, own in OWN.items()}
    assert pairs_of(codes) == []
    codes["eve"] = codes["ada"] + "\n# done by myself"
    (pair,) = pairs_of(codes)
    assert (pair.first, pair.second) == ("ada", "eve") and pair.likeness > 0.9


@pytest.mark.parametrize(
    "codes", [{}, {"ada": COMMON}, {"ada": "", "alan": ""}, {"a": COMMON, "b": COMMON, "c": COMMON}]
)
def test_where_there_is_nothing_to_compare_nobody_is_alike(codes):
    assert pairs_of(codes) == []


def wrong(student: str, *mistakes: str) -> Result:
    cells = [
        CellResult(f"step-{name}", "step", "values", 0.0, 2.0, "wrong", name, f"✗ step.\n  Likely cause   {name}!")
        for name in mistakes
    ]
    return Result(student, "tiny", "graded", points=1.0, max_points=4.0, cells=cells)


def test_a_chapter_counts_what_the_class_did():
    rows = [
        wrong("ada", "bias", "order"),
        wrong("alan", "bias"),
        replace(wrong("emmy"), remarks=["The cell 'a' was edited; it was restored."] * 2, unsafe=True),
        replace(wrong("kurt"), remarks=["The cell 'b' was edited; it was restored."], points=1.0, waiting={"why": 2.0}),
        Result("eve", "tiny", "failed", reason="a strange name"),
        Result("hedy", "tiny", "graded", max_points=4.0, readable=False, remarks=["It is not a notebook."]),
        Result("ida", "tiny", "graded", cells=[CellResult("step-loops", "step", "values", 0.0, 2.0, "not run")]),
        replace(wrong("grace"), remarks=["It mentions torch.nn.LSTM: a person should look."]),
    ]
    chapter = summarise("tiny", rows)
    assert [(mistake.name, mistake.students) for mistake in chapter.mistakes] == [
        ("bias", ["ada", "alan"]),
        ("order", ["ada"]),
    ]
    assert chapter.repairs == [("The cell … was edited; it was restored.", 2)]
    assert chapter.unsafe == ["emmy"]
    assert [bar.count for bar in chapter.bars] == [0, 0, 4, 0, 0, 1, 0, 0, 0, 0], "of what was graded so far"
    assert [(one.kind, one.students) for one in chapter.attention] == [
        (UNREADABLE, [("hedy", "It is not a notebook.")]),
        (FAILED, [("eve", "a strange name")]),
        (NOT_RUN, [("ida", "step-loops")]),
        (REMARKED, [("grace", "It mentions torch.nn.LSTM")]),
        (WAITING, [("kurt", "why")]),
    ]
    assert chapter.to_look_at == 5 and chapter.waiting == 1
    assert chapter.median == 1.0, "what nobody could read is no zero"


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def test_the_page_tells_what_changed_and_what_ran_without_a_sandbox(course, hand_in):
    for student in ("ada", "alan"):
        hand_in(student, {"double": COPIED})
    hand_in("emmy", {"double": "def double(x):\n    return x * 3"})
    grade(course, "tiny")
    former = load_record(course, "tiny", "emmy")
    change = Change("emmy", "double-values", 3.0, 0.0, "2026-03-01T10:00:00+00:00", new_file=True)
    save_record(course, "tiny", "emmy", replace(former, unsafe=True, changes=[change]))
    text = text_of(write_report(course, ["tiny"]).read_text("utf-8"))
    assert "1 submission ran without a sandbox" in text
    assert "2026-03-01 10:00 emmy double-values 3 → 0 another file was handed in" in text
    assert "100 % ada and alan" in text
    assert [row.unsafe for row in results(course, "tiny")] == [False, False, True]
    assert [grade.note for grade in grades(course, ["tiny"])] == ["", "", "graded without a sandbox"]


def test_many_mistakes_are_folded(course, monkeypatch):
    rows = [wrong(f"s{number}", f"mistake-{number:02}") for number in range(MOST_MISTAKES + 3)]
    monkeypatch.setattr("autograde.reports.class_report.results", lambda course, slug: rows)
    page = write_report(course, ["tiny"]).read_text("utf-8")
    assert "<summary>3 more</summary>" in page and page.count("mistake-14") == 2


def page_of(course, monkeypatch, rows):
    monkeypatch.setattr("autograde.reports.class_report.results", lambda course, slug: rows)
    return write_report(course, ["tiny"]).read_text("utf-8")


def test_a_hundred_answers_to_read_hide_nobody(course, monkeypatch):
    waiting = [replace(wrong(f"s{number:03}"), waiting={"why": 2.0}) for number in range(100)]
    lost = Result("zoe", "tiny", "graded", max_points=4.0, readable=False, remarks=["It is empty."])
    page = page_of(course, monkeypatch, [*waiting, lost])
    listed = page.partition("For a person to look at")[2].partition("<details>")[0]
    assert listed.index("It is empty.") < listed.index(WAITING) and listed.count("<li>") == 1 + MOST_TO_READ
    assert f"<summary>{100 - MOST_TO_READ} more</summary>" in page
    text = text_of(page)
    assert "median 1, mean 1 of 2 points so far, 2 for a person" in text and "100 answers wait for a person" in text
    assert "1 / 2 so far, 2 for a person" in text and "zoe –" in text


def test_where_some_are_read_the_most_is_the_whole(course, monkeypatch):
    rows = [replace(wrong("ada"), waiting={"why": 2.0}), replace(wrong("bob"), points=3.0)]
    text = text_of(page_of(course, monkeypatch, rows))
    assert "median 2, mean 2 of 4 points" in text and "so far, 2 for a person" in text


def test_assignments_without_a_submission_have_no_heading(course):
    text = text_of(write_report(course, ["tiny"]).read_text("utf-8"))
    assert "Not graded yet: tiny." in text and "Distribution" not in text
