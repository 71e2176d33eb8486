"""`autograde collect`: takes over what a learning platform gives out into submitted/<student>/<assignment>/.

nbgrader's own zip collector unpacks without limits and follows what it finds; here nothing is unpacked. Each notebook
is read within limits and written under a name that we choose. An older hand-in moves to submitted/.earlier/.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path

from autograde.collect.archives import RefusedError, opened
from autograde.collect.choose import HandIn, choose
from autograde.collect.platforms import read_export
from autograde.collect.whose import Roster
from autograde.course.folder import EARLIER, Course, notebook_name, write_whole
from autograde.course.origins import Origin, read_origins, write_origins
from autograde.course.people import folded, read_people, read_roster
from autograde.course.plan import PLAN_NAME, read_plan
from autograde.course.strangers import UnreadableError, read_submission, text_of
from autograde.course.times import read_time, time_as_text, time_zone

COUNTS = ("new", "replaced", "unchanged")
OTHER_PERSON = (
    "another person of this name was collected before; name both in a roster, or if it is one person after all, remove "
    "the line from collected.csv"
)


@dataclass(frozen=True)
class Collected:
    """What became of one hand-in.

    status: "new", "replaced" (an older one moved to submitted/.earlier/), "older" (kept there, as a newer one is
        handed in already, or as this one came after the end and another before it), "unchanged" or "refused".
    source: the file of the export.
    remarks: what a person should know about it.
    """

    status: str
    source: str
    student: str = ""
    assignment: str = ""
    reason: str = ""
    remarks: list[str] = field(default_factory=list)


def collect(
    course: Course,
    sources: Sequence[Path],
    *,
    assignment: str | None = None,
    roster: Path | None = None,
    started: Callable[[int], None] = lambda count: None,
    finished: Callable[[Collected], None] = lambda row: None,
) -> list[Collected]:
    """Take the notebooks of zip files and folders over into submitted/; what is refused is listed with its reason.

    Args:
        sources: exports of the platforms of `autograde.collect.platforms`, or folders that people made.
        assignment: what they hand in; without it the files' names decide.
        roster: the people, as `read_roster` reads them; default: those of course.yml.
        started, finished: called with the number of hand-ins known so far, and with each as it is done.

    Raises:
        CourseError: a source, the roster, course.yml or collected.csv cannot be read, or the assignment is unknown.
    """
    slugs = course.released_or_all(assignment)
    people = read_roster(roster) if roster else read_people(course)
    known = Roster(people.values()) if people else None
    rows: list[Collected] = []
    count = 0
    for source in sources:
        with opened(source) as (members, refused):
            export = read_export(members, slugs, _zone(course))
            chosen, left = choose(export, slugs, known, released=course.released())
            rows += [Collected("refused", path, reason=reason) for path, reason in (*refused, *export.strays)]
            rows += [_refuse(hand_in, reason) for hand_in, reason in left]
            count += len(chosen)
            started(count)
            earlier = Earlier(course, [one.student for attempts in chosen for one in attempts])
            counting: list[Origin] = []
            try:
                for attempts in chosen:
                    made, origin = _take_newest(course, attempts, export.platform, earlier)
                    counting += [origin] if origin else []
                    rows += made
                    finished(made[0])
            finally:
                write_origins(course, counting)
    return rows


FORGET = "when all is collected anew, delete what is there under that id, points given by hand too:"


class Earlier:
    """What was collected before and lies in submitted/, by what may contradict what is collected now."""

    def __init__(self, course: Course, students: Iterable[str]) -> None:
        """students: those of the present export."""
        known = read_origins(course)
        # Read once: each student's folder held against all others would be the square of the class.
        folders = course.submitted.iterdir() if course.submitted.is_dir() else ()
        self._folders = {folded(path.name): path.name for path in folders}
        self._of = {(one.student, one.assignment): one for one in known}
        present = set(students)
        self._under_other_ids = {
            (one.platform, one.file, one.assignment): one.student
            for one in known
            if one.student not in present and (course.submitted / one.student / one.assignment).is_dir()
        }

    def is_of_another(self, now: Origin) -> bool:
        """Whether the student's id stands for another person of the platform in what was collected before."""
        before = self._of.get((now.student, now.assignment))
        if before is None or now.group or before.group or now.platform != before.platform:
            return False
        return bool(now.number and before.number and now.number != before.number)

    def folder_like(self, student: str) -> str:
        """The folder in submitted/ that differs only in capital letters, or in how accents are written; or empty."""
        found = self._folders.get(folded(student), student)
        return "" if found == student else found

    def add(self, student: str) -> None:
        """This student has a folder now."""
        self._folders.setdefault(folded(student), student)

    def remarks(self, now: Origin) -> list[str]:
        """What to do, where the same file was collected under another id."""
        other = self._under_other_ids.get((now.platform, now.file, now.assignment))
        return (
            [f"the same file was collected as {other!r} before; {FORGET} `autograde forget {shlex.quote(other)}`"]
            if other
            else []
        )


def _take_newest(
    course: Course, attempts: list[HandIn], platform: str, earlier: Earlier
) -> tuple[list[Collected], Origin | None]:
    # The newest attempt that can be read is the hand-in; the older ones are kept.
    rows: list[Collected] = []
    attempts = sorted(attempts, key=lambda one: bool(_too_late(course, one, one.found.time)))
    for position, hand_in in enumerate(attempts):
        origin = _origin(platform, hand_in)
        older = attempts[position + 1 :]
        if earlier.is_of_another(origin):
            rows.append(_refuse(hand_in, OTHER_PERSON))
            continue
        row = _take(course, hand_in, older, earlier)
        rows.append(row)
        if row.status != "refused":
            row.remarks.extend(earlier.remarks(origin))
            rows += [_take_older(course, one) for one in older]
            return rows, origin if row.status in COUNTS else None
    return rows, None


def _zone(course: Course) -> tzinfo | None:
    # Without course.yml nobody has said by which clock the course goes.
    return time_zone(read_plan(course).timezone) if (course.root / PLAN_NAME).exists() else None


def _origin(platform: str, hand_in: HandIn) -> Origin:
    found, person = hand_in.found, hand_in.person
    return Origin(
        student=hand_in.student,
        assignment=hand_in.slug,
        platform=platform,
        name=person.name,
        number=person.number,
        file_number=str(found.number or ""),
        file=found.member.path,
        group=hand_in.group,
        time=found.time,
        late=found.late,
    )


def _refuse(hand_in: HandIn, reason: str) -> Collected:
    return Collected("refused", hand_in.found.member.path, hand_in.student, hand_in.slug, reason)


def _take(course: Course, hand_in: HandIn, older: Sequence[HandIn], earlier: Earlier) -> Collected:
    student, slug, time, path = hand_in.student, hand_in.slug, hand_in.found.time, hand_in.found.member.path
    reason = _why_folder_is_refused(course, student, slug, earlier)
    if reason:
        return _refuse(hand_in, reason)
    try:
        raw = hand_in.found.member.read()
    except RefusedError as error:
        return _refuse(hand_in, str(error))
    remarks = [*hand_in.remarks]
    folder = course.submitted / student / slug
    present = _present(folder, slug)
    status = "new"
    if present is not None:
        before, when = present
        if before == raw:
            if time and time != when:
                _write(folder, slug, raw, time)
            return Collected("unchanged", path, student, slug, remarks=remarks)
        late = _too_late(course, hand_in, time)
        is_older = time and when and (not late, time) < (not _too_late(course, hand_in, when), when)
        if is_older or (late and not when):
            _keep(course, hand_in, raw, time)
            return Collected("older", path, student, slug, remarks=[*remarks, *late])
        status = "replaced"
        _keep(course, hand_in, before, when)
        if not (time and when) and not any(_holds(one, before) for one in older):
            remarks.append("it is not known which of the two is newer; the one collected now counts")
    _write(folder, slug, raw, time)
    earlier.add(student)
    return Collected(status, path, student, slug, remarks=remarks)


def _take_older(course: Course, hand_in: HandIn) -> Collected:
    try:
        raw = hand_in.found.member.read()
    except RefusedError as error:
        return _refuse(hand_in, str(error))
    _keep(course, hand_in, raw, hand_in.found.time)
    late = _too_late(course, hand_in, hand_in.found.time)
    return Collected("older", hand_in.found.member.path, hand_in.student, hand_in.slug, remarks=late)


def _too_late(course: Course, hand_in: HandIn, time: datetime | None) -> list[str]:
    # Why what came at a time does not replace what came before the end.
    why = read_plan(course).why_not_taken(hand_in.slug, hand_in.student, time) if time else ""
    return [f"{why}, and collect again"] if why else []


def _holds(hand_in: HandIn, raw: bytes) -> bool:
    try:
        return hand_in.found.member.read() == raw
    except RefusedError:
        return False


def _why_folder_is_refused(course: Course, student: str, slug: str, earlier: Earlier) -> str:
    folder = course.submitted / student
    if folder.is_symlink() or (folder / slug).is_symlink():
        return f"submitted/{student} or its folder {slug} is a symbolic link"
    other = "" if folder.is_dir() else earlier.folder_like(student)
    if not other:
        return ""
    return f"submitted/{other} differs only in capital letters, or in how accents are written; name the id in a roster"


def _present(folder: Path, slug: str) -> tuple[bytes, datetime | None] | None:
    # What is handed in already, and when.
    try:
        raw = read_submission(folder / notebook_name(slug))
    except UnreadableError:
        return None
    return raw, _time_in(folder)


def _time_in(folder: Path) -> datetime | None:
    try:
        return read_time(text_of(read_submission(folder / "timestamp.txt", largest=1_000))[0])
    except (UnreadableError, ValueError):
        return None


def _keep(course: Course, hand_in: HandIn, raw: bytes, time: datetime | None) -> None:
    name = hashlib.sha256(raw).hexdigest()[:12]
    _write(course.submitted / EARLIER / hand_in.student / hand_in.slug / name, hand_in.slug, raw, time)


def _write(folder: Path, slug: str, raw: bytes, time: datetime | None) -> None:
    write_whole(folder / notebook_name(slug), raw)
    if time is not None:
        (folder / "timestamp.txt").write_text(f"{time_as_text(time)}\n", "utf-8")
    else:
        (folder / "timestamp.txt").unlink(missing_ok=True)
