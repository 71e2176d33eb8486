"""The class report: who is alike, what was repaired, what ran unsafely, what changed, and who is to be looked at."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from urllib.parse import urlsplit

import numpy as np
import pytest

from autograde.cli import app
from autograde.course.apply import apply_plan
from autograde.course.confinement import Confinement
from autograde.course.errors import CourseError
from autograde.course.gradebook import gradebook
from autograde.grade.grade import grade
from autograde.grade.history import Change, load_record, save_record
from autograde.grade.outcomes import CellResult
from autograde.grade.pieces import pieces_in
from autograde.grade.results import Result, results
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
from tests.autograde.reports.made_class import write_made_report

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


def pieces(codes):
    return {student: pieces_in(code) for student, code in codes.items()}


def test_shared_peculiarities_make_a_pair_and_the_common_answer_does_not():
    codes = {student: COMMON + own for student, own in OWN.items()}
    assert alike(pieces(codes)) == []
    codes["eve"] = codes["ada"] + "\n# done by myself"
    (pair,) = alike(pieces(codes))
    assert pair.students == ("ada", "eve") and 0.85 < pair.likeness < 1


def test_the_same_code_makes_a_group_whatever_the_blanks():
    codes = {student: COMMON + own for student, own in OWN.items()}
    codes |= {f"student-{at}": COMMON + f"value = {at} ** {at + 1} - {at * at} / {at + 7}" for at in range(6)}
    codes |= {name: codes["ada"].replace("    ", "\t") for name in ("eve", "zoe")}
    assert alike(pieces(codes)) == [Alike(("ada", "eve", "zoe"), 1.0)]


@pytest.mark.parametrize(
    "codes", [{}, {"ada": COMMON}, {"ada": "", "alan": ""}, {"a": COMMON, "b": COMMON, "c": COMMON}]
)
def test_where_there_is_nothing_to_compare_nobody_is_alike(codes):
    assert alike(pieces(codes)) == []


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
        replace(wrong("emmy"), remarks=["The cell 'a' was edited; it was restored."] * 2, confinement=Confinement.NONE),
        replace(wrong("kurt"), remarks=["The cell 'b' was edited; it was restored."], points=1.0, waiting={"why": 2.0}),
        Result("eve", "tiny", "failed", reason="a strange name"),
        Result("hedy", "tiny", "graded", max_points=4.0, readable=False, remarks=["It is not a notebook."]),
        Result("ida", "tiny", "graded", cells=[CellResult("step-loops", "step", "values", 0.0, 2.0, "not run")]),
        replace(wrong("grace"), remarks=["It mentions torch.nn.LSTM: a person should look."]),
    ]
    chapter = summarise("tiny", rows, absent={"zed": True, "yan": False}, new=["new"])
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
        (NEW, [("new", "")]),
        (NOT_RUN, [("ida", "step-loops")]),
        (REMARKED, [("grace", "It mentions torch.nn.LSTM")]),
        (WAITING, [("kurt", "why")]),
    ]
    assert chapter.to_look_at == 6 and chapter.waiting == 1
    assert (chapter.states["zed"], chapter.states["yan"], chapter.states["new"]) == (MISSING, NOT_DUE, NEW)
    assert (chapter.missing, chapter.not_due, chapter.states["ada"]) == (["zed"], ["yan"], "")
    assert chapter.median == 1.0, "what nobody could read is no zero"


def answered(student: str, **points: float) -> Result:
    cells = [
        CellResult(name, name, "values", earned, 2.0, "right" if earned else "wrong") for name, earned in points.items()
    ]
    return Result(student, "tiny", "graded", points=sum(points.values()), max_points=2.0 * len(points), cells=cells)


def test_a_part_is_held_against_the_other_parts_alone():
    # The parts "a", "b" and "e" go together, "c" goes against them, everybody has "d".
    levels = [0.0, 2.0] * 8
    rows = [answered(f"s{at}", a=x, b=x, c=2.0 - x, d=2.0, e=x) for at, x in enumerate(levels)]
    rows[0] = answered("s0", a=2.0, b=0.0, c=2.0, d=2.0, e=0.0)
    a, _, c, d, _ = items(rows)
    others = [row.points - row.cells[0].points for row in rows]
    expected = np.corrcoef([row.cells[0].points for row in rows], others)[0, 1]
    assert a.discrimination.value == pytest.approx(expected) and 0.5 < expected < 0.95
    half = 1.96 / 13**0.5
    assert a.discrimination.low == pytest.approx(np.tanh(np.arctanh(expected) - half))
    assert c.discrimination.value < -0.5 < a.discrimination.value
    assert (d.discrimination, d.why, d.ease) == (None, "all right", 1.0)
    assert (a.ease, a.graded) == (9 / 16, 16)
    assert [item.why for item in items(rows[:9])] == ["fewer than 10"] * 3 + ["all right", "fewer than 10"]
    assert [item.why for item in items([answered("x", a=0.0)])] == ["all wrong"]


def test_what_waits_counts_for_no_part():
    rows = [answered(f"s{at}", a=2.0 * (at % 2), b=2.0 * (at % 2), why=0.0) for at in range(12)]
    waiting = [replace(row, waiting={"why": 2.0}) if at % 3 else row for at, row in enumerate(rows)]
    a, _, why = items(waiting)
    assert (why.graded, why.counts["for a person"], why.why) == (4, 8, "all wrong")
    assert a.discrimination.value == pytest.approx(1.0), "the rest is of what is graded in all"


def data_of(page: str) -> dict:
    (found,) = re.findall(r'<script type="application/json" id="table">(.*?)</script>', page, re.DOTALL)
    return json.loads(found)


def rows_of(page: str) -> dict[str, dict]:
    """The rows of a page's table, by student; of a cell with a link or a mark its value alone."""
    data = data_of(page)
    titles = [column["title"] for column in data["columns"]]
    rows = [[cell[0] if isinstance(cell, list) else cell for cell in row] for row in data["rows"]]
    return {row[0]: dict(zip(titles, row, strict=True)) for row in rows}


def text_of(page: str) -> str:
    page = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def assignment_page(report) -> str:
    return report.with_name("tiny.html").read_text("utf-8")


def test_the_page_tells_what_changed_and_what_ran_without_a_sandbox(course, hand_in, fast):
    for student in ("ada", "alan"):
        hand_in(student, {"double": COPIED})
    hand_in("emmy", {"double": "def double(x):\n    return x * 3"})
    grade(course, "tiny")
    former = load_record(course, "tiny", "emmy")
    change = Change("emmy", "double-values", 3.0, 0.0, "2026-03-01T10:00:00+00:00", new_file=True)
    save_record(course, "tiny", "emmy", replace(former, confinement=Confinement.NONE, changes=[change]))
    text = text_of(assignment_page(write_report(course, ["tiny"])))
    assert "1 submission ran without a sandbox" in text
    assert "2026-03-01 10:00 emmy double-values 3 → 0 another file was handed in" in text
    assert "the same ada and alan" in text
    assert [row.confinement.value for row in results(course, "tiny")] == ["sandbox", "sandbox", "none"]
    assert [grade.note for grade in grades(course, ["tiny"])] == ["", "", "graded without a sandbox"]


def test_a_record_tells_the_same_as_the_notebook_and_of_that_notebook_alone(course, hand_in, fast):
    hand_in("ada", {"double": COPIED, "why": "Because."})
    grade(course, "tiny")
    (told,) = results(course, "tiny")
    record = load_record(course, "tiny", "ada")
    assert record.cells == told.cells and record.pieces == told.pieces != ""
    save_record(course, "tiny", "ada", replace(record, notebook="", cells=[], pieces=""))
    assert results(course, "tiny") == [told], "read from the notebook"
    false = [replace(cell, outcome="not run") for cell in record.cells]
    save_record(course, "tiny", "ada", replace(record, cells=false))
    assert results(course, "tiny") != [told]
    path = course.notebook("ada", "tiny")
    path.chmod(0o644)
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    assert results(course, "tiny") == [told], "the record is of another file"


def page_of(course, monkeypatch, rows):
    monkeypatch.setattr("autograde.reports.class_report.results", lambda course, slug: rows)
    return assignment_page(write_report(course, ["tiny"]))


def test_many_mistakes_are_folded(course, monkeypatch):
    rows = [wrong(f"s{number}", f"mistake-{number:02}") for number in range(MOST_MISTAKES + 3)]
    page = page_of(course, monkeypatch, rows)
    assert "<summary>3 more</summary>" in page and text_of(page).count("mistake-14") == 2


def test_a_hundred_answers_to_read_hide_nobody(course, monkeypatch):
    waiting = [replace(wrong(f"s{number:03}"), waiting={"why": 2.0}) for number in range(100)]
    lost = Result("zoe", "tiny", "graded", max_points=4.0, readable=False, remarks=["It is empty."])
    page = page_of(course, monkeypatch, [*waiting, lost])
    listed = page.partition("For a person to look at")[2].partition("<h2")[0]
    assert listed.index("It is empty.") < listed.index("answers wait to be read") and listed.count("<li") < MOST_NAMED
    assert "and 95 more" in listed
    text = text_of(page)
    assert "median 1, mean 1 of 2 points so far, 2 for a person" in text and "100 answers wait for a person" in text
    rows = rows_of(page)
    assert (rows["s000"]["Points"], rows["s000"]["of"], rows["s000"]["To do"]) == (1, 2, "to read")
    assert (rows["zoe"]["Points"], rows["zoe"]["To do"], len(rows)) == (None, "unreadable", 101)


def test_where_some_are_read_the_most_is_the_whole(course, monkeypatch):
    rows = [replace(wrong("ada"), waiting={"why": 2.0}), replace(wrong("bob"), points=3.0)]
    page = page_of(course, monkeypatch, rows)
    assert "median 2, mean 2 of 4 points" in text_of(page)
    assert {name: row["of"] for name, row in rows_of(page).items()} == {"ada": 2, "bob": 4}


def test_assignments_without_a_submission_have_no_page(course):
    report = write_report(course, ["tiny"])
    assert "Not handed in yet: tiny." in text_of(report.read_text("utf-8"))
    assert not report.with_name("tiny.html").exists()


PLAN = """
roster: roster.csv
assignments:
  tiny: {due: 2026-01-10 12:00}
extensions:
  yan: {tiny: 2099-01-01 12:00}
"""
ROSTER = "student_id,name,section\nada,Ada Lovelace,A\nzed,Zed Zero,B\nyan,Yan Yi,B\n"


def test_the_roster_gives_names_sections_and_who_is_missing(course, hand_in, fast):
    (course.root / "course.yml").write_text(PLAN, "utf-8")
    (course.root / "roster.csv").write_text(ROSTER, "utf-8")
    hand_in("ada", {"double": "def double(x):\n    return x + x"})
    grade(course, "tiny")
    hand_in("late", {"double": COPIED})
    report = write_report(course, ["tiny"])
    page = assignment_page(report)
    rows = rows_of(page)
    assert rows["Ada Lovelace (ada)"]["Section"] == "A"
    states = {name: row["To do"] for name, row in rows.items()}
    assert states == {
        "Ada Lovelace (ada)": "",
        "Zed Zero (zed)": "missing",
        "Yan Yi (yan)": "not due yet",
        "late": "new",
    }
    assert "A 1 " in text_of(page) and "B 0 1" in text_of(page)
    line = rows_of(report.read_text("utf-8"))
    assert line["Zed Zero (zed)"] | {"Student": ""} == {
        "Student": "", "Section": "B", "Percent": None, "Missing": 1, "Late": 0, "tiny": None
    }  # fmt: skip
    assert line["Ada Lovelace (ada)"]["tiny"] == 4 and line["Ada Lovelace (ada)"]["Percent"] == 67


def test_how_late_and_what_it_costs_stands_in_the_students_row(course, hand_in, fast):
    plan = "late: {percent_per_day: 10, free_days: 1}\nassignments: {tiny: {due: 2026-10-10 10:00}}\n"
    (course.root / "course.yml").write_text(plan, "utf-8")
    apply_plan(course)
    path = hand_in("ada", {"double": "def double(x):\n    return x + x"})
    (path.parent / "timestamp.txt").write_text("2026-10-12 09:00")
    grade(course, "tiny")
    row = rows_of(assignment_page(write_report(course, ["tiny"])))["ada"]
    assert row["Remarks"].startswith("2 days late, 1 of 1 free days used, 10 % of the points off.")
    assert row["Points"] == 3.6


def test_points_that_are_not_those_of_the_chosen_items_are_named(course, hand_in, fast, capsys):
    source = course.source_notebook("tiny")
    source.write_text(
        source.read_text("utf-8").replace(
            "Because zero", "**Rubric.**\\n- a 1.5: zero\\n- b 0.5: why\\n\\nBecause zero"
        )
    )
    hand_in("ada", {"double": COPIED, "why": "Zero is neutral."})
    grade(course, "tiny")
    by_hand(course, "ada", points=2.0, comment="a: Nearly.")
    app(["grade", "--course", str(course.root)], standalone_mode=False)
    assert "the items a give 1.5, the points given are 2" in capsys.readouterr().out
    assert "why: the items a give 1.5, the points given are 2" in text_of(
        assignment_page(write_report(course, ["tiny"]))
    )
    by_hand(course, "ada", points=2.0, comment="a b: Well.")
    page = assignment_page(write_report(course, ["tiny"]))
    assert "the items" not in text_of(page) and "To do" not in rows_of(page)["ada"]


def by_hand(course, student, *, points, comment):
    with gradebook(course) as book:
        row = book.find_grade("why", "tiny", "tiny", student)
        row.manual_score, row.needs_manual_grade = points, False
        book.find_comment("why", "tiny", "tiny", student).manual_comment = comment
        book.db.commit()


def test_only_the_pages_own_script_runs_and_what_students_wrote_is_data(tmp_path):
    report = write_made_report(tmp_path, 120)
    for path in (report, report.with_name("gru.html")):
        page = path.read_text("utf-8")
        scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
        assert len(scripts) == 1 and f"script-src 'sha256-{digest}'" in page
        assert "<b>" not in page and "</script><b>" not in page and " onclick" not in page
        assert "<b>Bob</b> Number 7 (s00007)" in rows_of(page)
    assert any("</script><b>" in row["Remarks"] for row in rows_of(page).values())


def test_formgrader_is_where_one_says_and_nowhere_else(course, monkeypatch):
    rows = [replace(wrong("ada"), waiting={"why": 2.0}, number="abc")]
    page = page_of(course, monkeypatch, rows)
    assert {urlsplit(url).netloc for url in re.findall(r"https?://[^\"' ]+", page)} == {"localhost:8888"}
    write_report(course, ["tiny"], formgrader="https://hub.example.edu/user/me/")
    page = course.report.with_name("tiny.html").read_text("utf-8")
    assert 'href="https://hub.example.edu/user/me/formgrader/gradebook/tiny/tiny"' in page
    assert '"base":"https://hub.example.edu/user/me/formgrader/submissions/"' in page and '["to read","abc"]' in page
    with pytest.raises(CourseError, match="no address"):
        write_report(course, ["tiny"], formgrader="javascript:alert(1)")
