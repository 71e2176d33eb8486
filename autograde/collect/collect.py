"""`autograde collect`: takes over what a learning platform gives out into submitted/<student>/<assignment>/.

nbgrader's own zip collector unpacks without limits and follows what it finds; here nothing is unpacked. Each notebook
is read within limits and written under a name that we choose. An older hand-in moves to submitted/.earlier/.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from autograde.collect.archives import RefusedError, opened
from autograde.collect.platforms import Found, Person, read_export
from autograde.course.file_names import assignment_named, is_archive, is_disguised, is_notebook
from autograde.course.folder import EARLIER, Course, notebook_name, why_student_id_is_refused, write_whole
from autograde.course.origins import Origin, write_origins
from autograde.course.people import Roster, by_value, folded, read_roster, student_id
from autograde.course.plan import read_plan
from autograde.course.strangers import UnreadableError, read_submission, text_of
from autograde.course.times import read_time, time_as_text


@dataclass(frozen=True)
class Collected:
    """What became of one hand-in.

    status: "new", "replaced" (an older one moved to submitted/.earlier/), "older" (kept there, as a newer one is
        handed in already), "unchanged" or "refused".
    source: the file of the export.
    remarks: what a person should know about it.
    """

    status: str
    source: str
    student: str = ""
    assignment: str = ""
    reason: str = ""
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _HandIn:
    # One person's file. `exact`: its name is the assignment's.
    found: Found
    person: Person
    student: str
    slug: str = ""
    exact: bool = False

    @property
    def is_notebook(self) -> bool:
        return is_notebook(self.found.file) or is_disguised(self.found.file)


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
        sources: exports of Canvas, Moodle or Gradescope, or folders <student>/[<assignment>/]<file>.
        assignment: what they hand in; without it the files' names decide.
        roster: a CSV file with the column `student_id`; its other columns hold what the export may say of the student.
            Default: the one that course.yml names.
        started, finished: called with the number of hand-ins known so far, and with each as it is done.

    Raises:
        CourseError: a source or the roster cannot be read, or the assignment is unknown.
    """
    slugs = course.released_or_all(assignment)
    roster = roster or read_plan(course).roster
    ids = by_value(read_roster(roster).values()) if roster else None
    rows: list[Collected] = []
    known = 0
    for source in sources:
        with opened(source) as (members, refused):
            platform, found, more = read_export(members)
            rows += [Collected("refused", path, reason=reason) for path, reason in (*refused, *more)]
            chosen, left = _choose(found, slugs, ids)
            rows += left
            known += len(chosen)
            started(known)
            counting: list[Origin] = []
            try:
                for hand_in in chosen:
                    rows.append(_take(course, hand_in))
                    if rows[-1].status in ("new", "replaced", "unchanged"):
                        counting.append(_origin(platform, hand_in))
                    finished(rows[-1])
            finally:
                write_origins(course, counting)
    return rows


def _choose(found: Iterable[Found], slugs: list[str], ids: Roster | None) -> tuple[list[_HandIn], list[Collected]]:
    # Each file gets its student and assignment; then one notebook for each of the two is the hand-in.
    chosen: list[_HandIn] = []
    refused: list[Collected] = []
    by_student: dict[str, list[_HandIn]] = defaultdict(list)
    for one in found:
        for person in one.people:
            hand_in, reason = _placed(one, person, slugs, ids)
            if reason:
                refused.append(_refuse(hand_in, reason))
            else:
                by_student[hand_in.student.casefold()].append(hand_in)
    for _, files in sorted(by_student.items()):
        taken, left = _of_one_student(files)
        chosen += taken
        refused += left
    return chosen, refused


def _of_one_student(files: list[_HandIn]) -> tuple[list[_HandIn], list[Collected]]:
    people = {one.person for one in files}
    if len(people) > 1:
        return [], [_refuse(one, _several_people(people)) for one in files]
    notebooks = [one for one in files if is_notebook(one.found.file)] or [one for one in files if one.is_notebook]
    if not notebooks:
        return [], [_refuse(files[0], _why_no_notebook(files[0]))]
    chosen: list[_HandIn] = []
    refused: list[Collected] = []
    for slug in sorted({one.slug for one in notebooks}):
        taken, left = _newest([one for one in notebooks if one.slug == slug])
        chosen += taken
        refused += left
    return chosen, refused


def _placed(one: Found, person: Person, slugs: list[str], ids: Roster | None) -> tuple[_HandIn, str]:
    # A file with its student and assignment, and why it is refused.
    student, reason = _student_of(person, ids)
    hand_in = _HandIn(one, person, student)
    if reason or not hand_in.is_notebook:
        return hand_in, reason
    slug, exact = _assignment_of(one, slugs)
    if not slug:
        return hand_in, f"its name says none of the assignments {', '.join(slugs)}; use --assignment"
    return _HandIn(one, person, student, slug, exact), ""


def _why_no_notebook(hand_in: _HandIn) -> str:
    if is_archive(hand_in.found.file):
        return "it is an archive: unpack it, and collect the folder"
    return "there is no notebook in this hand-in"


def _student_of(person: Person, ids: Roster | None) -> tuple[str, str]:
    # The student's id, and why there is none.
    known = (*person.also, person.name)
    if ids is None:
        student = student_id(person.name)
    else:
        student = next((ids[folded(one)] for one in known if folded(one) in ids), "")
        if not student:
            return student_id(person.name), f"the roster has no one row for {person.name!r}"
    if not student:
        return "", "no letter of the name can be used; name the student in a roster"
    if student != student_id(student):
        return student_id(student), f"the roster's id {student!r} cannot be the name of a folder"
    return student, why_student_id_is_refused(student) or ""


def _assignment_of(found: Found, slugs: list[str]) -> tuple[str, bool]:
    # The assignment that a file belongs to, and whether its name says so.
    named = assignment_named(found.file, slugs)
    if found.folder:
        return (found.folder, named == found.folder) if found.folder in slugs else ("", False)
    if named or len(slugs) > 1:
        return named, bool(named)
    return slugs[0], False


def _several_people(who: set[Person]) -> str:
    names = ", ".join(sorted(f"{one.name} ({one.also[0]})" if one.also else one.name for one in who))
    return f"several people would get the same id: {names}; name their ids in a roster"


def _newest(several: list[_HandIn]) -> tuple[list[_HandIn], list[Collected]]:
    # The newest of those called like the assignment; older ones come first, so that they are kept as such.
    named = [one for one in several if one.exact]
    if not named and len(several) > 1:
        names = ", ".join(sorted(one.found.file for one in several))
        return [], [_refuse(one, f"none of the notebooks is called {one.slug}.ipynb: {names}") for one in several]
    others = [_refuse(one, f"another notebook is called {one.slug}.ipynb") for one in several if not one.exact]
    return sorted(named or several, key=_age), others if named else []


def _age(hand_in: _HandIn) -> tuple[datetime, int]:
    found = hand_in.found
    version = re.search(r"-(\d{1,3})\.ipynb$", found.file)
    return found.time or datetime.min.replace(tzinfo=UTC), found.order or (int(version[1]) if version else 0)


def _refuse(hand_in: _HandIn, reason: str) -> Collected:
    return Collected("refused", hand_in.found.member.path, hand_in.student, hand_in.slug, reason)


def _take(course: Course, hand_in: _HandIn) -> Collected:
    student, slug, time = hand_in.student, hand_in.slug, hand_in.found.time
    reason = _why_folder_is_refused(course, student, slug)
    if reason:
        return _refuse(hand_in, reason)
    try:
        raw = hand_in.found.member.read()
    except RefusedError as error:
        return _refuse(hand_in, str(error))
    remarks = ["the platform marks it late, without saying when it came"] if hand_in.found.late else []
    folder = course.submitted / student / slug
    present = _present(folder, slug)
    status = "new"
    if present is not None:
        before, when = present
        if before == raw:
            if time and time != when:
                _write(folder, slug, raw, time)
            return Collected("unchanged", hand_in.found.member.path, student, slug, remarks=remarks)
        if time and when and time < when:
            _keep(course, hand_in, raw, time)
            return Collected("older", hand_in.found.member.path, student, slug, remarks=remarks)
        status = "replaced"
        _keep(course, hand_in, before, when)
        if not (time and when):
            remarks.append("it is not known which of the two is newer; the one collected now counts")
    _write(folder, slug, raw, time)
    return Collected(status, hand_in.found.member.path, student, slug, remarks=remarks)


def _origin(platform: str, hand_in: _HandIn) -> Origin:
    found, person = hand_in.found, hand_in.person
    number = found.number
    return Origin(
        hand_in.student,
        hand_in.slug,
        platform,
        person.name,
        number,
        str(found.order or ""),
        found.member.path,
        time=found.time,
    )


def _why_folder_is_refused(course: Course, student: str, slug: str) -> str:
    folder = course.submitted / student
    if folder.is_symlink() or (folder / slug).is_symlink():
        return f"submitted/{student} or its folder {slug} is a symbolic link"
    if folder.is_dir() or not course.submitted.is_dir():
        return ""
    same = folded(student)
    other = next((path.name for path in course.submitted.iterdir() if folded(path.name) == same), None)
    if other is None:
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


def _keep(course: Course, hand_in: _HandIn, raw: bytes, time: datetime | None) -> None:
    name = hashlib.sha256(raw).hexdigest()[:12]
    _write(course.submitted / EARLIER / hand_in.student / hand_in.slug / name, hand_in.slug, raw, time)


def _write(folder: Path, slug: str, raw: bytes, time: datetime | None) -> None:
    write_whole(folder / notebook_name(slug), raw)
    if time is not None:
        (folder / "timestamp.txt").write_text(f"{time_as_text(time)}\n", "utf-8")
    else:
        (folder / "timestamp.txt").unlink(missing_ok=True)
