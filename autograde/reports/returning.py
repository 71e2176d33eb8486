"""`autograde return`: feedback packed so that the platform, or a mail program, gives each student their own."""

from __future__ import annotations

import csv
import functools
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograde.course.errors import CourseError
from autograde.course.folder import Course, notebook_name, write_whole
from autograde.grade.results import Result, results
from autograde.reports.feedback import current_pages
from autograde.reports.grades import Grade, grades
from autograde.reports.into.matching import Sought, is_anonymous, seek
from autograde.reports.into.sheet import safe
from autograde.reports.lost import label, scores_by_cell, summary
from autograde.reports.page_notebook import page_as_notebook
from autograde.reports.told import grouped, named

DATE = (1980, 1, 1, 0, 0, 0)  # the same content gives the same bytes
TITLES = {"canvas": "Canvas", "moodle": "Moodle", "gradescope": "Gradescope"}
RUNS = Path(__file__).with_name("gradescope_results.py")
MAIL_COLUMNS = ("student_id", "name", "first_name", "last_name", "email", "file")
MARK = "\ufeff"  # by which word processors know UTF-8
NO_ORIGIN = "it was not collected from {}, so that its number there is not known"
NO_ADDRESS = "no e-mail address is known: course.yml has to name a roster with a column `email`, filled in for them"
UNEQUAL = (
    "they handed in together and have different grades ({}), and {} would give all of them the same: "
    "tell each of them, for example with --for email"
)
WAITS = "answers wait for a person, so that there is no grade yet (--partial gives the points so far)"


@dataclass(frozen=True)
class Returned:
    """What was packed.

    path: where it lies; None where there is nothing to pack.
    students: whose feedback it holds.
    missing: why it holds none of another who handed in.
    waiting: those of `students` whose answers wait for a person; none but with `partial`.
    anew: those of them who have handed in another file since it was graded.
    """

    assignment: str
    path: Path | None
    students: list[str]
    missing: dict[str, str]
    waiting: list[str]
    anew: list[str]

    def told(self) -> list[str]:
        """What a person has to know of it, in sentences."""
        lines = [f"not in it: {named(who)}: {why}" for why, who in grouped(self.missing)]
        if self.waiting:
            lines.append(f"in {len(self.waiting)} of them answers wait for a person: {named(self.waiting)}")
        if self.anew:
            lines.append(f"handed in anew since they were graded: {named(self.anew)}")
        return lines


@dataclass(frozen=True)
class _Packing:
    course: Course
    slug: str
    pages: Mapping[str, Path]
    known: Mapping[str, Sought]
    found: Mapping[str, Grade]
    partial: bool


# What is packed, and why a student's part is missing from it.
Packed = tuple[Path, list[str], dict[str, str]]


def return_feedback(course: Course, slugs: list[str], platform: str, *, partial: bool = False) -> list[Returned]:
    """Pack the feedback of each assignment that somebody handed in.

    Args:
        platform: canvas, moodle or gradescope, or email for a folder a student and a table for a mail program.
        partial: that of those too whose answers wait for a person, with the points so far.

    Raises:
        CourseError: unknown platform, or nothing to return.
    """
    if platform not in PACKERS:
        raise CourseError(f"There is no way back to {platform!r}.", f"Use one of: {', '.join(PACKERS)}.")
    done = [_return(course, slug, platform, partial) for slug in slugs if any(course.submitted.glob(f"*/{slug}"))]
    if not done:
        what = slugs[0] if len(slugs) == 1 else "anything"
        raise CourseError(f"Nobody has handed in {what}.", "Run `autograde collect`, `grade` and `feedback` first.")
    return done


def _return(course: Course, slug: str, platform: str, partial: bool) -> Returned:
    pages, without_page = current_pages(course, slug)
    handed_in = {grade.student_id: grade for grade in grades(course, [slug], partial=partial) if grade.handed_in}
    waits = {student for student, grade in handed_in.items() if grade.waiting}
    done = {student: page for student, page in pages.items() if partial or student not in waits}
    known = seek(course, handed_in.values(), platform, of_assignment=slug)
    path, students, more = PACKERS[platform](_Packing(course, slug, done, known, handed_in, partial))
    if platform == "gradescope":  # it takes no pages
        without_page = {}
    missing = {student: grade.note for student, grade in handed_in.items()} | without_page
    missing |= {} if partial else dict.fromkeys(waits - set(without_page), WAITS)
    packed = set(students)
    missing = {student: why for student, why in {**missing, **more}.items() if student not in packed}
    anew = [student for student in students if _handed_in_anew(course, slug, student)]
    if not students:
        _remove(path)
    waiting = [student for student in students if student in waits]
    return Returned(slug, path if students else None, students, missing, waiting, anew)


def _handed_in_anew(course: Course, slug: str, student: str) -> bool:
    present, record = course.submitted / student / slug / notebook_name(slug), course.record_file(slug, student)
    return present.is_file() and record.is_file() and present.stat().st_mtime > record.stat().st_mtime


def _canvas(packing: _Packing) -> Packed:
    # Canvas reads the first two parts that are numbers alone; of an anonymous hand-in, those behind `anon`. It takes a
    # last part that begins with "link" for an address.
    def name(one: Sought) -> str:
        if one.origin is None or not one.origin.number or not one.origin.file_number:
            return ""
        letters = "".join(letter for letter in one.origin.name.casefold() if letter.isalpha()) or "student"
        who = "anon" if is_anonymous(one.origin) else letters
        return f"{who}_{one.origin.number}_{one.origin.file_number}_feedback-{packing.slug}.ipynb"

    return _zip_of_pages(packing, "canvas", name, lambda page: page_as_notebook(page.read_text("utf-8")).encode())


def _moodle(packing: _Packing) -> Packed:
    # Moodle reads the number between the first two low lines of a folder's name.
    def name(one: Sought) -> str:
        if one.origin is None or not one.origin.number:
            return ""
        who = one.origin.name.replace("_", " ").replace("/", " ").strip() or "Participant"
        return f"{who}_{one.origin.number}_assignsubmission_file_/feedback-{packing.slug}.html"

    return _zip_of_pages(packing, "moodle", name, Path.read_bytes)


def _zip_of_pages(
    packing: _Packing, platform: str, name: Callable[[Sought], str], content: Callable[[Path], bytes]
) -> Packed:
    unequal = _unequal(packing, platform, _group)
    names = {student: name(packing.known[student]) for student in packing.pages if student not in unequal}
    files = {name: functools.partial(content, packing.pages[student]) for student, name in names.items() if name}
    groups = {_group(packing.known[student]) for student, name in names.items() if name} - {""}
    path = _write_zip(_place(packing, f"{packing.slug}-{platform}.zip"), files)
    # A group's page goes to all of it.
    left = [who for who, name in names.items() if not name and _group(packing.known[who]) not in groups]
    missing = dict.fromkeys(left, NO_ORIGIN.format(TITLES[platform]))
    return path, [who for who in names if who not in missing], missing | unequal


def _unequal(packing: _Packing, platform: str, together: Callable[[Sought], str]) -> dict[str, str]:
    # Who handed in together with others, and has another grade than they: one page or result would go to all.
    members: dict[str, list[str]] = {}
    for student, one in packing.known.items():
        if together(one):
            members.setdefault(together(one), []).append(student)
    reasons: dict[str, str] = {}
    for students in members.values():
        graded = [packing.found[student] for student in students]
        if len({(one.points_so_far, one.waiting, one.late) for one in graded}) > 1:
            points = ", ".join(f"{one.student_id} {_so_far(one)}" for one in graded)
            reasons |= dict.fromkeys(students, UNEQUAL.format(points, TITLES[platform]))
    return reasons


def _so_far(one: Grade) -> str:
    if one.points_so_far is None:
        return "no grade"
    return f"{one.points_so_far:g}{' so far, answers wait' if one.waiting else ''}"


def _group(one: Sought) -> str:
    return one.origin.group if one.origin else ""


def _gradescope(packing: _Packing) -> Packed:
    # Gradescope takes results from an autograder only: this one hands out those that are here.
    scores = scores_by_cell(packing.course, packing.slug)
    files: dict[str, Callable[[], bytes]] = {
        "run_autograder": RUNS.read_bytes,
        "setup.sh": lambda: b"#!/bin/sh\n# Nothing has to be installed.\n",
    }
    students: list[str] = []
    missing = _unequal(packing, "gradescope", lambda one: one.number)
    for result in results(packing.course, packing.slug):
        student, one = result.student, packing.known.get(result.student)
        if student not in packing.found or one is None or packing.found[student].points_so_far is None:
            continue  # its note says why
        if student in missing:
            continue
        if packing.found[student].score is None:
            missing[student] = WAITS
        elif not one.number:
            missing[student] = NO_ORIGIN.format(TITLES["gradescope"])
        else:
            files[f"results/{one.number}.json"] = functools.partial(_gradescope_file, result, scores.get(student, {}))
            students.append(student)
    return _write_zip(_place(packing, f"{packing.slug}-gradescope.zip"), files), students, missing


def _gradescope_file(result: Result, scores: Mapping[str, float]) -> bytes:
    return json.dumps(gradescope_result(result, scores), indent=1, ensure_ascii=False).encode()


def gradescope_result(result: Result, scores: Mapping[str, float]) -> dict[str, object]:
    """What Gradescope shows of a hand-in, in the form of its `results.json`; students see it once grades are published.

    Args:
        scores: the points of each graded cell.
    """
    tests = []
    for cell in result.cells:
        points = scores.get(cell.grade_id, cell.points)
        if cell.grade_id in result.waiting:
            continue
        right = points >= cell.max_points
        about = {"name": label(cell), "score": points, "max_score": cell.max_points}
        tests.append({**about, "status": "passed" if right else "failed", "output": "" if right else cell.message})
    said = "\n".join([*summary(result, scores)[:1], *result.remarks])
    return {
        "score": result.score,
        "output": said,
        "output_format": "text",
        "visibility": "after_published",
        "tests": tests,
    }


def _email(packing: _Packing) -> Packed:
    folder = _place(packing, f"{packing.slug}-email")
    _remove(folder)
    lines, missing = [], {}
    for student, page in packing.pages.items():
        person = packing.known[student].person
        if not person.email:
            missing[student] = NO_ADDRESS
            continue
        file = f"{student}/{packing.slug}.html"
        write_whole(folder / file, page.read_bytes())
        lines.append([student, person.name, person.first_name, person.last_name, person.email, file])
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(
        [[*MAIL_COLUMNS], *([safe(cell) for cell in line] for line in lines)]
    )
    write_whole(folder / "mail-merge.csv", f"{MARK}{text.getvalue()}")
    return folder, [line[0] for line in lines], missing


PACKERS: dict[str, Callable[[_Packing], Packed]] = {
    "canvas": _canvas,
    "moodle": _moodle,
    "gradescope": _gradescope,
    "email": _email,
}


def _place(packing: _Packing, name: str) -> Path:
    return packing.course.build / "return" / name


def _remove(path: Path) -> None:
    # A former one, or one with nothing in it.
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _write_zip(path: Path, files: Mapping[str, Callable[[], bytes]]) -> Path:
    # One file after the other: all pages of a class of thousands would fill the memory.
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, DATE)
            info.external_attr = (0o755 if "." not in name or name.endswith(".sh") else 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name]())
    beside.replace(path)
    return path
