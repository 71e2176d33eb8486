"""Where things lie in a course folder, and which assignments it has released."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from traitlets.config import Config, PyFileConfigLoader

from autograde.course.errors import CourseError
from autograde.course.settings import EXCHANGE, configure

CONFIG_NAME = "nbgrader_config.py"
EARLIER = ".earlier"  # in submitted/: hand-ins that newer ones replaced
SQLITE = "sqlite:///"
TIMESTAMP = "timestamp.txt"  # beside a notebook: when it came
SECRET = "submission_secret.txt"  # the same through nbgrader's exchange: by it the student finds the feedback
LONGEST_STUDENT_ID = 128  # the width of nbgrader's column
LONGEST_FILE_NAME = 200  # bytes; file systems allow 255, endings and all
BIDI_CONTROLS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
MARKUP = '<>"\\'


@dataclass(frozen=True)
class Course:
    """A course folder in nbgrader's layout: source, release, submitted, autograded, feedback, gradebook.db."""

    root: Path

    @property
    def build(self) -> Path:
        return self.root / "_build"

    @property
    def source(self) -> Path:
        return self.root / "source"

    @property
    def release(self) -> Path:
        return self.root / "release"

    @property
    def submitted(self) -> Path:
        return self.root / "submitted"

    @property
    def autograded(self) -> Path:
        return self.root / "autograded"

    @property
    def records(self) -> Path:
        return self.autograded / ".records"

    @property
    def feedback(self) -> Path:
        return self.root / "feedback"

    @property
    def bundles(self) -> Path:
        return self.build / "bundle"

    @property
    def site(self) -> Path:
        return self.build / "html"

    @property
    def report(self) -> Path:
        return self.build / "report" / "index.html"

    @property
    def grades(self) -> Path:
        return self.build / "grades"

    @property
    def collected(self) -> Path:
        """Where each hand-in came from; see `origins`."""
        return self.root / "collected.csv"

    @property
    def key_file(self) -> Path:
        return self.root / ".course-key"

    def source_notebook(self, slug: str) -> Path:
        """An assignment with its model answers and hidden tests."""
        return self.source / slug / notebook_name(slug)

    def release_notebook(self, slug: str) -> Path:
        """An assignment as students get it."""
        return self.release / slug / notebook_name(slug)

    def notebook(self, student: str, slug: str) -> Path:
        """What a student handed in, as it was graded, with outputs."""
        return self.autograded / student / slug / notebook_name(slug)

    def feedback_page(self, student: str, slug: str) -> Path:
        """What a student gets back."""
        return self.feedback / student / slug / f"{slug}.html"

    @cached_property
    def config(self) -> Config:
        """nbgrader's settings: those of nbgrader_config.py where the folder has one, else the course's own.

        Raises CourseError where the file cannot be read as Python.
        """
        if (self.root / CONFIG_NAME).is_file():
            try:
                config = PyFileConfigLoader(CONFIG_NAME, path=str(self.root)).load_config()
            except Exception as error:
                raise CourseError(
                    f"{CONFIG_NAME} in {self.root} cannot be read ({type(error).__name__}: {error}).",
                    "Repair it, or remove it to use the course's own settings.",
                ) from error
        else:
            config = Config()
            configure(config)
        if "db_url" not in config.CourseDirectory:
            config.CourseDirectory.db_url = f"{SQLITE}{self.root / 'gradebook.db'}"
        return config

    def private_folders(self) -> list[Path]:
        """The folders that student code may not see: the course's, and those to which links and settings lead.

        Raises CourseError where nbgrader_config.py cannot be read.
        """
        own = [self.source, self.release, self.submitted, self.autograded, self.feedback, self.build]
        exchange = self.config.Exchange.get("root", EXCHANGE)
        database = self.config.CourseDirectory.db_url.removeprefix(SQLITE)
        elsewhere = [Path(database).parent] if Path(database).is_file() else []
        return [self.root, *(path for path in own if path.is_symlink()), *elsewhere, Path(exchange)]

    def released(self) -> list[str]:
        """The assignments that can be graded: those with a source and a release notebook, by name."""
        slugs = (path.name for path in self.source.glob("*"))
        return sorted(
            slug for slug in slugs if self.source_notebook(slug).is_file() and self.release_notebook(slug).is_file()
        )

    def released_or_all(self, slug: str | None) -> list[str]:
        """The assignment asked for, or all that are released.

        Raises CourseError for an unknown assignment, or where nothing is released.
        """
        known = self.released()
        if not known:
            raise CourseError(f"No assignment is released in {self.root}.", "Run `autograde release` there first.")
        if slug is None:
            return known
        if slug not in known:
            raise CourseError(
                f"There is no released assignment called {slug!r}; released are: {', '.join(known)}.",
                "Check the spelling, or run `autograde release` first.",
            )
        return [slug]

    def record_file(self, slug: str, student: str) -> Path:
        """Where what intake and run said about one submission is kept."""
        return self.records / slug / f"{_file_name(student)}.json"


def notebook_name(slug: str) -> str:
    """What an assignment's notebook is called, wherever it lies."""
    return f"{slug}.ipynb"


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that a crash leaves the former one or the new one, never half of one.

    Args:
        content: a text's half characters, which UTF-8 has not, are spelled out.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content)
    beside.replace(path)


def _file_name(student: str) -> str:
    name = _quoted(student)
    if _is_short(name):
        return name
    return f"{_quoted(student[:12])}~{hashlib.sha256(student.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"


def _quoted(student: str) -> str:
    # Letters of any script stay, so that a long name in Greek is not three times as long; `unquote` reads it back.
    return "".join(one if one.isalnum() else quote(one, safe="", errors="surrogateescape") for one in student)


def _is_short(name: str) -> bool:
    return len(name.encode("utf-8", "replace")) <= LONGEST_FILE_NAME


def why_student_id_is_refused(student: str) -> str | None:
    """The reason why a folder's name cannot be a student's id, or None where it can.

    Spaces, apostrophes and letters of any script are fine. nbgrader strips spaces at the ends, reads ids with
    patterns that stop at a line break, and puts ids into formgrader's pages as they are.
    """
    if student.startswith("."):
        return "the folder's name begins with a dot, which hides it; rename it"
    if student != student.strip():
        return "the folder's name begins or ends with a space; rename it"
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in student):
        return "the folder's name has a control or undecodable character; rename it"
    if any(unicodedata.bidirectional(letter) in BIDI_CONTROLS for letter in student):
        return "the folder's name turns the direction of writing, so that it looks like another one; rename it"
    if len(student) > LONGEST_STUDENT_ID or not _is_short(_quoted(student)):
        return f"the folder's name is longer than {LONGEST_STUDENT_ID} characters, or too long for a file; shorten it"
    if any(letter in MARKUP for letter in student):
        return "the folder's name has one of < > \" \\, which formgrader would take for markup; rename it"
    if "{" in student or "}" in student:
        return "the folder's name has a curly bracket, which nbgrader reads as a placeholder; rename it"
    return None
