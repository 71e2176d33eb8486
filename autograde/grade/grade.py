"""Grading: every hand-in through intake, run and record; one failure never stops the others."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from autograde.course.confinement import Confinement
from autograde.course.errors import CourseError, explain, lost_its_worker, reason_of
from autograde.course.folder import Course
from autograde.course.gradebook import open_gradebook
from autograde.course.lock import only_grader
from autograde.course.origins import read_origins
from autograde.course.plan import Plan, read_plan
from autograde.course.settings import SECONDS_PER_CELL
from autograde.course.times import read_time
from autograde.grade import history
from autograde.grade.assignment import Assignment, load_assignment
from autograde.grade.engines import open_pool
from autograde.grade.hand_ins import HandIn, read_hand_in, students
from autograde.grade.history import Change, Record
from autograde.grade.interrupt import Interrupts
from autograde.grade.keys import course_key, submission_key
from autograde.grade.outcomes import CellResult, cell_results
from autograde.grade.penalties import late_or_penalised
from autograde.grade.recorder import Executed, Recorded, Recorder
from autograde.grade.results import graded_students
from autograde.grade.submission import Outcome, run_submission
from autograde.grade.threads import Pool

LATE_SOMEHOW = (
    "The platform marks it late without saying when it came, so nothing was taken off; its time goes into "
    "timestamp.txt, or an extension into course.yml: a person should look."
)
SECONDS_BETWEEN_CHECKS = 2.0  # while no submission gets done
IN_FLIGHT = 2  # submissions for each worker: one runs, the next waits, so that none idles while one is recorded


@dataclass(frozen=True)
class Row:
    """How one submission went; how its points changed.

    status: "graded", "unchanged", "rescored" where the late penalty alone is another, or "failed" with the reason.
    """

    student: str
    assignment: str
    status: str
    reason: str = ""
    remarks: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def grade(
    course: Course,
    slug: str,
    *,
    force: bool = False,
    only: Collection[str] = (),
    timeout: int = SECONDS_PER_CELL,
    workers: int | None = None,
    scheduler: str | None = None,
    confinement: Confinement = Confinement.SANDBOX,
    started: Callable[[int], None] = lambda count: None,
    finished: Callable[[Row], None] = lambda row: None,
) -> list[Row]:
    """Grade every hand-in of one assignment that is new or changed.

    Args:
        force: grade the unchanged ones too.
        only: the students whose hand-ins are graded; all where it is empty.
        timeout: seconds for each cell.
        workers: how many run at a time on this machine; default: one more than its cores.
        scheduler: address of a Dask scheduler whose workers run them instead.
        confinement: how the students' code is kept apart.
        started, finished: called with the number of those to grade, then with the row of each as it is done.

    Returns the rows by student.

    Raises:
        CourseError: nothing to grade, nothing of one of `only`, another grader at work, or a fault of this machine
            (full disk, locked gradebook, …). What was graded until then is kept, and the same command goes on from
            there.
    """
    assignment = load_assignment(course, slug)
    gc.freeze()  # what is loaded by now stays; looking for garbage in it took a fifth of this process's time
    with only_grader(course), open_gradebook(course) as book:
        recorder = Recorder(course, slug, book)
        assignment = replace(assignment, template=recorder.sanitise(assignment.template))
        about = (read_plan(course), _late_somehow(course, slug))
        grading = _Grading(course, assignment, recorder, course_key(course), timeout, confinement, *about)
        rows, todo = grading.sort_out(force, only)
        rows = _rescored_rows(course, recorder, rows)
        started(len(todo))
        if todo:
            with open_pool(assignment, workers, scheduler) as pool, Interrupts().kept() as interrupts:
                for row in grading.run(todo, pool, interrupts):
                    rows.append(row)
                    finished(row)
    return sorted(rows, key=lambda row: row.student)


def fingerprint_of(assignment: Assignment, hand_in: HandIn, secret: bytes, confinement: Confinement) -> str:
    """Of everything that decides the result of a hand-in: equal means that there is nothing to do.

    Args:
        secret: the course's, from which the hidden checks draw their inputs.
    """
    about = [hand_in.student, hand_in.timestamp, hand_in.remarks, hand_in.raw is None, confinement]
    about += [hand_in.secret] if hand_in.secret else []
    parts = (assignment.fingerprint.encode(), secret, json.dumps(about).encode(), hand_in.raw or b"")
    return history.fingerprint(*parts)


def _late_somehow(course: Course, slug: str) -> set[str]:
    # Whose hand-in the platform marks late without saying when it came.
    return {one.student for one in read_origins(course) if one.assignment == slug and one.late and one.time is None}


def in_order_of_dates(course: Course, slugs: Iterable[str]) -> list[str]:
    """The assignments as they are due, so that free late days are spent in this order; those without a date last."""
    plan = read_plan(course)
    never = datetime.max.replace(tzinfo=UTC)
    return sorted(slugs, key=lambda slug: (plan.of(slug).due or never, slug))


def rescore_others(course: Course, rows: list[Row]) -> list[Row]:
    """The late penalties of all graded hand-ins of the students of these rows, brought up to date once more.

    A free late day that one assignment takes is missing in another, whichever was graded first.

    Returns the rows, those whose penalty changed marked, and one more for each such hand-in of another assignment.
    """
    plan = read_plan(course)
    if plan.late is None:
        return rows
    found = {(row.assignment, row.student): row for row in rows}
    who = {row.student for row in rows}
    with only_grader(course), open_gradebook(course) as book:
        concerned = late_or_penalised(book, plan, plan.late)
        for slug in sorted(set(course.released()) & {slug for slug, _ in concerned}):
            late = who & {student for its, student in concerned if its == slug} & graded_students(course, slug)
            others = [Row(student, slug, "unchanged") for student in sorted(late)]
            for row in _rescored_rows(course, Recorder(course, slug, book), others):
                if row.changes:
                    here = found.get((slug, row.student), row)
                    status = row.status if here.status == "unchanged" else here.status
                    found[slug, row.student] = replace(here, status=status, changes=[*here.changes, *row.changes])
    return list(found.values())


def _rescored_rows(course: Course, recorder: Recorder, rows: list[Row]) -> list[Row]:
    # Of the unchanged ones with the late penalty that the dates and the settings now ask for.
    unchanged = [row.student for row in rows if row.status == "unchanged"]
    penalties = recorder.penalise(unchanged)
    return [_rescored(course, row, *penalties[row.student]) if row.student in penalties else row for row in rows]


def _rescored(course: Course, row: Row, before: float, after: float) -> Row:
    former = history.load_record(course, row.assignment, row.student)
    if former is None:
        return row
    known = replace(former, points={history.LATE: 0.0 - before, **former.points})
    new = history.following(known, replace(known, points={**known.points, history.LATE: 0.0 - after}), row.student)
    changes = new.changes[len(former.changes) :]
    if not changes:
        return row
    history.save_record(course, row.assignment, row.student, new)
    return replace(row, status="rescored", changes=changes)


@dataclass(frozen=True)
class _Grading:
    course: Course
    assignment: Assignment
    recorder: Recorder
    secret: bytes
    timeout: int
    confinement: Confinement
    plan: Plan
    late_somehow: set[str]

    def sort_out(self, force: bool, only: Collection[str]) -> tuple[list[Row], list[str]]:
        """The rows of those who are done already, and the students who are to be graded."""
        slug = self.assignment.slug
        known = set() if force else graded_students(self.course, slug)
        rows, todo = [], []
        for student in _of(students(self.course, slug), only):
            hand_in = self._hand_in(student)
            former = history.load_record(self.course, slug, student)
            same = former is not None and former.fingerprint == self._fingerprint(hand_in)
            if hand_in.refusal:
                rows.append(self._failed(student, hand_in.refusal))
            elif former is not None and same and former.status == "graded" and student in known:
                rows.append(Row(student, slug, "unchanged", remarks=former.remarks))
            else:
                todo.append(student)
        return rows, todo

    def run(self, todo: list[str], pool: Pool, interrupts: Interrupts) -> Iterator[Row]:
        """The rows as they are done; no more than a few hand-ins and outcomes are held at a time.

        Those whose workers died run once more, each when no other does: what kills workers takes no other along.
        """
        again: list[str] = []
        yield from self._run(todo, pool, interrupts, IN_FLIGHT * pool.size, again)
        yield from self._run(again, pool, interrupts, 1, None)

    def _run(
        self, todo: list[str], pool: Pool, interrupts: Interrupts, most: int, again: list[str] | None
    ) -> Iterator[Row]:
        waiting: dict[Future[Outcome], HandIn] = {}
        left = iter(todo)
        while True:
            for student in islice(left, most - len(waiting)):
                hand_in = self._hand_in(student)
                if hand_in.refusal:  # it was moved away since
                    yield self._failed(student, hand_in.refusal)
                    continue
                key = submission_key(self.secret, self.assignment.slug, student, hand_in.raw or b"")
                future = pool.executor.submit(run_submission, pool.shared, hand_in, key, self.timeout, self.confinement)
                waiting[future] = hand_in
            if not waiting:
                return
            with interrupts.answered():
                done = wait(waiting, SECONDS_BETWEEN_CHECKS, FIRST_COMPLETED).done
            if not done or any(future.cancelled() or future.exception() for future in done):
                pool.check()
            finished = []
            for future in done:
                hand_in = waiting.pop(future)
                if again is not None and not future.cancelled() and lost_its_worker(future.exception()):
                    again.append(hand_in.student)
                else:
                    finished.append((hand_in, future))
            yield from self._rows(finished)

    def _hand_in(self, student: str) -> HandIn:
        slug = self.assignment.slug
        found = read_hand_in(self.course, slug, student)
        if found.timestamp is not None and not found.refusal:
            return replace(found, refusal=self.plan.why_not_taken(slug, student, read_time(found.timestamp)))
        if student in self.late_somehow and slug not in self.plan.extensions.get(student, {}):
            return replace(found, remarks=[*found.remarks, LATE_SOMEHOW])
        return found

    def _rows(self, finished: list[tuple[HandIn, Future[Outcome]]]) -> Iterator[Row]:
        # Those that ran come first: a fault of the machine that another one met costs none of them.
        yield from self._recorded([(hand_in, future.result()) for hand_in, future in finished if _has_result(future)])
        for hand_in, future in finished:
            if not _has_result(future):
                yield self._not_done(hand_in, CancelledError() if future.cancelled() else future.exception())

    def _recorded(self, ran: list[tuple[HandIn, Outcome]]) -> list[Row]:
        try:
            return self._record(ran) if ran else []
        except Exception as error:
            if len(ran) == 1:
                return [self._not_done(ran[0][0], error)]
        return [row for one in ran for row in self._recorded([one])]  # what one of them broke costs no other

    def _not_done(self, hand_in: HandIn, error: BaseException | None) -> Row:
        assert error is not None
        known = explain(error)
        if known is not None:
            raise known from error
        return self._failed(hand_in.student, reason_of(error))

    def _record(self, ran: list[tuple[HandIn, Outcome]]) -> list[Row]:
        # A record that says "interrupted" stands while the gradebook may be ahead of it.
        slug = self.assignment.slug
        formers = [history.load_record(self.course, slug, hand_in.student) for hand_in, _ in ran]
        for hand_in, _ in ran:
            history.save_failure(self.course, slug, hand_in.student, history.INTERRUPTED)
        recorded = self.recorder.record(
            [
                Executed(one.student, outcome.executed, one.timestamp, former.read if former else {}, one.secret)
                for (one, outcome), former in zip(ran, formers, strict=True)
            ]
        )
        return [self._row(*one, *about) for one, about in zip(ran, zip(formers, recorded, strict=True), strict=True)]

    def _row(self, hand_in: HandIn, outcome: Outcome, former: Record | None, recorded: Recorded) -> Row:
        slug, student = self.assignment.slug, hand_in.student
        new = Record(
            fingerprint=self._fingerprint(hand_in),
            remarks=outcome.remarks,
            readable=outcome.readable,
            confinement=self.confinement,
            content=history.fingerprint(hand_in.raw or b""),
            points=recorded.points,
            read=recorded.read,
            notebook=recorded.notebook,
            cells=recorded.cells,
            pieces=recorded.pieces,
        )
        new = history.following(former, new, student)
        history.save_record(self.course, slug, student, new)
        changes = new.changes[len(former.changes) :] if former else []
        return Row(student, slug, "graded", remarks=outcome.remarks, changes=changes)

    def _failed(self, student: str, reason: str) -> Row:
        history.save_failure(self.course, self.assignment.slug, student, reason)
        return Row(student, self.assignment.slug, "failed", reason)

    def _fingerprint(self, hand_in: HandIn) -> str:
        return fingerprint_of(self.assignment, hand_in, self.secret, self.confinement)


def _has_result(future: Future[Outcome]) -> bool:
    return not future.cancelled() and future.exception() is None


def _of(known: list[str], only: Collection[str]) -> list[str]:
    unknown = sorted(set(only) - set(known))
    if unknown:
        raise CourseError(f"There is no submission of {', '.join(unknown)}.", "Check the spelling of the student's id.")
    return [student for student in known if not only or student in only]


@dataclass(frozen=True)
class SingleRun:
    """One notebook graded without a gradebook."""

    assignment: str
    cells: list[CellResult]
    remarks: list[str]
    readable: bool


def grade_one(
    course: Course,
    slug: str,
    path: Path,
    *,
    timeout: int = SECONDS_PER_CELL,
    confinement: Confinement = Confinement.SANDBOX,
) -> SingleRun:
    """Grade one file without a gradebook. Raises CourseError where it does not exist."""
    if not path.is_file():
        raise CourseError(f"There is no file {path}.", "Name the notebook to grade.")
    return grade_hand_in(course, slug, HandIn("", path.read_bytes()), timeout=timeout, confinement=confinement)


def grade_hand_in(
    course: Course, slug: str, hand_in: HandIn, *, timeout: int = SECONDS_PER_CELL, confinement: Confinement
) -> SingleRun:
    """Grade one hand-in without a gradebook."""
    assignment = load_assignment(course, slug)
    key = submission_key(course_key(course), slug, hand_in.student, hand_in.raw or b"")
    outcome = run_submission(assignment, hand_in, key, timeout, confinement)
    return SingleRun(slug, cell_results(outcome.executed), outcome.remarks, outcome.readable)
