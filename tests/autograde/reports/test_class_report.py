"""The class report: who is alike, what was repaired, what ran unsafely, what changed, and who is to be looked at."""

import re
from dataclasses import replace

import pytest

from autograde.grade.grade import grade
from autograde.grade.history import Change, load_record, save_record
from autograde.grade.outcomes import CellResult
from autograde.grade.results import Result, results
from autograde.reports.class_report import MOST_MISTAKES, summarise, write_report
from autograde.reports.export import grades
from autograde.reports.similarity import pairs_of

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
        replace(wrong("kurt"), remarks=["The cell 'b' was edited; it was restored."], points=4.0, needs_person=True),
        Result("eve", "tiny", "failed", reason="a strange name"),
        replace(wrong("grace"), remarks=["It mentions torch.nn.LSTM: a person should look."]),
    ]
    chapter = summarise("tiny", rows)
    assert [(mistake.name, mistake.students) for mistake in chapter.mistakes] == [
        ("bias", ["ada", "alan"]),
        ("order", ["ada"]),
    ]
    assert chapter.repairs == [("The cell … was edited; it was restored.", 2)]
    assert chapter.unsafe == ["emmy"]
    assert [bar.count for bar in chapter.bars] == [0, 0, 4, 0, 0, 0, 0, 0, 0, 1]
    assert {student for student, _ in chapter.attention} == {"kurt", "eve", "grace"}


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
