"""Grades into a platform's own file, so that the platform finds every student and the assignment by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from html import escape
from pathlib import Path

from autograde.course.errors import CourseError
from autograde.course.folder import Course, write_whole
from autograde.course.plan import read_plan
from autograde.grade.results import results
from autograde.reports.grades import Grade, grades
from autograde.reports.into import blackboard, brightspace, canvas, gradescope, moodle
from autograde.reports.into.form import Column, Form
from autograde.reports.into.matching import Row, match, seek
from autograde.reports.into.sheet import Sheet, number_in, number_text, read_sheet
from autograde.reports.lost import scores_by_cell, summary
from autograde.reports.told import counted, grouped, named

FORMS = {module.FORM.name: module.FORM for module in (canvas, gradescope, brightspace, blackboard, moodle)}
OWN_COMMENT = re.compile(r"\d+(?:\.\d+)? of \d+(?:\.\d+)? points")  # as `lost.summary` begins


@dataclass(frozen=True)
class Filled:
    """What became of one assignment's column.

    column: its head.
    filled: the students whose grade stands in it now.
    replaced: those of them that had another grade there.
    kept: why a field stayed as it is although there is a grade, by student.
    no_row: why a student who handed in, or has a grade, has no row.
    nobodys: the rows of whom the course knows nothing, as the file names them.
    most: what the platform gives for the assignment; None where the file does not say; max_points: what we give.
    scaled: whether the grades were brought to the platform's maximum.
    commented: how many comments were written.
    """

    assignment: str
    column: str
    max_points: float
    most: float | None = None
    scaled: bool = False
    commented: int = 0
    filled: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    no_row: dict[str, str] = field(default_factory=dict)
    nobodys: list[str] = field(default_factory=list)

    def told(self) -> list[str]:
        """What a person has to know of it, in sentences."""
        lines = [f"{counted(len(self.filled), 'grade')} in {self.column!r}"]
        if self.replaced:
            lines[0] += f", {len(self.replaced)} in the place of another: {named(self.replaced)}"
        if self.commented:
            lines.append(f"{counted(self.commented, 'comment')} on what lost points")
        if self.most is not None and self.most != self.max_points:
            how = "brought to its maximum" if self.scaled else "written as they are; --scale brings them to its maximum"
            lines.append(f"the platform gives {self.most:g} points, we {self.max_points:g}: {how}")
        lines += [f"{why}, so that the field stays: {named(who)}" for why, who in grouped(self.kept)]
        lines += [f"no row for {named(who)}: {why}" for why, who in grouped(self.no_row)]
        if self.nobodys:
            lines.append(f"{counted(len(self.nobodys), 'row')} of nobody known here: {named(self.nobodys)}")
        return lines


@dataclass(frozen=True)
class Export:
    """What was written. without: the assignments for which the file has no column."""

    platform: str
    path: Path
    columns: list[Filled]
    without: list[str]
    grades: list[Grade]


def fill(
    course: Course,
    path: Path,
    assignment: str | None = None,
    *,
    to: Path | None = None,
    scale: bool = False,
    partial: bool = False,
    zeros: bool = False,
) -> Export:
    """Write a copy of a platform's file with the grades in it; where there is no grade, the field stays as it is.

    Args:
        to: where to; without it _build/grades/<name>, and never over `path`.
        scale: bring the grades to the maximum that the platform has.
        partial, zeros: as in `grades`.

    Raises:
        CourseError: the file is none that is known, or has no place for these grades.
    """
    sheet = read_sheet(path)
    form = next((form for form in FORMS.values() if form.is_one(sheet)), None)
    if form is None:
        raise CourseError(
            f"{path.name} is no file that can be filled; it begins with: {', '.join(sheet.head)[:200]}.",
            "Name the file of Canvas' gradebook, Moodle's grading worksheet, Gradescope's scores of an assignment, "
            "Brightspace's grades with both keys, or Blackboard's grades.",
        )
    found = grades(course, course.released_or_all(assignment), partial=partial, zeros=zeros)
    slugs = _slugs(course, sheet, form, found, assignment)
    plan = read_plan(course)
    done: list[Filled] = []
    columns: list[int] = []
    without: list[str] = []
    for slug in slugs:
        named = plan.column(slug, form.name)
        column = form.column(sheet, [named] if named else [slug])
        if column is None:
            without.append(slug)
            continue
        columns.append(column.index)
        done.append(_fill(course, sheet, form, column, [one for one in found if one.assignment == slug], scale=scale))
    if not done:
        raise _no_column(path, form, sheet, slugs)
    target = to or _beside(course.grades / path.name, path)
    write_whole(target, form.for_import(sheet, columns).content())
    return Export(form.title, target, done, without, [one for one in found if one.assignment in slugs])


def _slugs(course: Course, sheet: Sheet, form: Form, found: Sequence[Grade], assignment: str | None) -> list[str]:
    # The assignments that the file is for.
    slugs = list(dict.fromkeys(grade.assignment for grade in found))
    if not slugs:
        raise CourseError("There is no grade yet.", "Run `autograde collect` and `autograde grade` first.")
    if not form.of_assignment or len(slugs) == 1:
        return slugs
    numbers = {row.number for row in form.rows(sheet)}
    mine = [
        slug
        for slug in slugs
        if any(
            one.number in numbers for one in seek(course, found, form.name, of_assignment=slug).values() if one.number
        )
    ]
    if len(mine) != 1:
        raise CourseError(
            f"{form.title}'s file is for one assignment, and does not say which.",
            f"Name it: autograde export --into FILE {slugs[0]}.",
        )
    return mine


def _fill(course: Course, sheet: Sheet, form: Form, column: Column, found: Sequence[Grade], *, scale: bool) -> Filled:
    slug, most = found[0].assignment, found[0].max_score
    known = seek(course, found, form.name, of_assignment=slug if form.of_assignment else "")
    matched = match(form.rows(sheet), known.values())
    scaled = scale and column.most is not None and column.most != most and most > 0
    factor = (column.most or 1.0) / most if scaled else 1.0
    comma = sheet.delimiter == ";" or any("," in text for text in _numbers(sheet, column))
    comments = _comments(course, slug) if column.comments is not None else {}
    done = Filled(slug, sheet.head[column.index], most, column.most, scaled)
    commented = 0
    for grade in found:
        student, row = grade.student_id, matched.rows.get(grade.student_id)
        if row is None:
            if grade.handed_in or grade.score is not None:
                done.no_row[student] = matched.why_none[student]
            continue
        if grade.score is None:
            continue
        points = grade.score * factor
        reason = form.why_kept(sheet, row, column) or _too_much(form, column, points)
        if reason:
            done.kept[student] = reason
            continue
        before, text = sheet.cell(row.line, column.index), number_text(points, comma=comma)
        if number_in(before) is not None and number_in(before) != number_in(text):
            done.replaced.append(student)
        sheet.write(row.line, column.index, text)
        done.filled.append(student)
        commented += _comment(sheet, row, column, comments.get(student, ""))
    done.nobodys.extend(row.shown for row in matched.nobodys)
    return Filled(**{**vars(done), "commented": commented})


def _too_much(form: Form, column: Column, points: float) -> str:
    if form.drops_more and column.most is not None and points > column.most:
        return f"{form.title} gives {column.most:g} points at most and would drop {points:g} without a word"
    return ""


def _comment(sheet: Sheet, row: Row, column: Column, text: str) -> bool:
    # What a person wrote there stays.
    if column.comments is None or not text:
        return False
    before = sheet.cell(row.line, column.comments)
    if before and not OWN_COMMENT.match(before):
        return False
    sheet.write(row.line, column.comments, text)
    return True


def _comments(course: Course, slug: str) -> Mapping[str, str]:
    # As HTML, which Moodle's comments are.
    scores = scores_by_cell(course, slug)
    return {
        one.student: "<br>".join(map(escape, summary(one, scores.get(one.student, {}))))
        for one in results(course, slug)
    }


def _numbers(sheet: Sheet, column: Column) -> list[str]:
    # The numbers in the column and, where it has one, in that of the maximum.
    places = (column.index, column.index + 1)
    texts = [sheet.cell(line, place) for line in range(len(sheet.rows)) for place in places]
    return [text for text in texts if number_in(text) is not None]


def _beside(target: Path, source: Path) -> Path:
    if target.resolve() == source.resolve():
        return target.with_name(f"{target.stem}-filled{target.suffix}")
    return target


def _no_column(path: Path, form: Form, sheet: Sheet, slugs: Sequence[str]) -> CourseError:
    heads = form.heads(sheet)
    like = next(iter(get_close_matches(slugs[0], heads, n=1, cutoff=0.0)), slugs[0])
    return CourseError(
        f"{path.name} has no column for {', '.join(slugs)}; its columns for grades are: {', '.join(heads) or 'none'}.",
        "Write into course.yml which it is, for example: assignments: {"
        f'{slugs[0]}: {{columns: {{{form.name}: "{like}"}}}}}}.',
    )
