"""nbgrader as a library: its converters on one notebook at a time, its gradebook, and quiet."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import nbgrader.api
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.converters import generate_assignment
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    latesubmissions,
    overwritecells,
    overwritekernelspec,
    saveautogrades,
    savecells,
)
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError, SAWarning
from sqlalchemy.orm import Query, Session
from traitlets.config import Config

from autograde.course.folder import Course
from autograde.course.settings import COURSE_ID

# nbgrader's tables have none of these: it reads all grades of all students for the score of one.
INDICES = {
    "grade_of_notebook": "grade (notebook_id)",
    "comment_of_notebook": "comment (notebook_id)",
    "notebook_of_submission": "submitted_notebook (assignment_id)",
}
NO_STUDENT = "."  # nbgrader's name for the place of assignments that belong to nobody


def prepare(*, verbose: bool = False) -> None:
    """Let nbgrader find `alembic` beside this Python, and keep its log quiet unless wanted."""
    here = str(Path(sys.executable).parent)
    if here not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([here, os.environ.get("PATH", "")])
    # nbgrader opens the gradebook a dozen times a submission; one engine keeps the compiled queries.
    nbgrader.api.create_engine = _engine
    # nbgrader links new rows before it adds them, which SQLAlchemy remarks on at every submission.
    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")
    if verbose:
        logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    else:
        logging.getLogger("traitlets").setLevel(logging.CRITICAL + 1)


@cache
def _engine(url: str, **options: Any) -> Engine:
    return create_engine(url, **options)


@contextmanager
def gradebook(course: Course) -> Iterator[Gradebook]:
    """The course's gradebook, opened and closed."""
    with Gradebook(course.config.CourseDirectory.db_url, COURSE_ID) as opened:
        yield opened


def rows_of_cells(
    book: Gradebook, kind: type[Grade] | type[Comment], columns: Iterable[Any], slug: str, students: Sequence[str] = ()
) -> Query[Any]:
    """What the gradebook has of each cell of an assignment's submissions: the student's id, the cell's name, columns.

    Columns, not whole objects: a class of thousands has hundreds of thousands of them.

    Args:
        columns: of `kind`, grades or comments, or of what these are joined with.
        students: only of these; of all where it is empty.
    """
    found = (
        book.db.query(SubmittedAssignment.student_id, BaseCell.name, *columns)
        .select_from(kind)
        .join(SubmittedNotebook, kind.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .join(BaseCell, kind.cell_id == BaseCell.id)
        .filter(Assignment.name == slug)
    )
    return found.filter(SubmittedAssignment.student_id.in_(students)) if students else found


class _WholeSession(Session):
    # nbgrader commits after each cell; here the transaction around the submission does it once.
    def commit(self) -> None:
        """Nothing yet."""


class OpenGradebook(Gradebook):
    """nbgrader's gradebook, held open, which writes whole transactions.

    connection: of the present transaction.
    """

    connection: Connection

    def __init__(self, url: str) -> None:
        super().__init__(url, COURSE_ID)
        self.url = url
        # A server's user who does not own the tables may not; then it is slower.
        with suppress(ProgrammingError), self.engine.begin() as connection:
            for name, columns in INDICES.items():
                connection.execute(text(f"CREATE INDEX IF NOT EXISTS {name} ON {columns}"))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that happens inside reaches the database, or nothing."""
        with self.engine.begin() as connection, _WholeSession(connection) as session:
            self.connection, self.db = connection, session
            yield
            self.settle()

    def settle(self) -> None:
        """Send what has changed to the database, and read it anew where it is asked for next."""
        self.db.flush()
        self.db.expire_all()

    def close(self) -> None:
        """Nothing: nbgrader's steps close what they opened."""


@contextmanager
def open_gradebook(course: Course) -> Iterator[OpenGradebook]:
    """The course's gradebook for many submissions: nbgrader's steps use it instead of opening their own."""
    book = OpenGradebook(course.config.CourseDirectory.db_url)
    modules = (generate_assignment, latesubmissions, overwritecells, overwritekernelspec, saveautogrades, savecells)
    for module in modules:
        module.Gradebook = lambda *about: book
    try:
        yield book
    finally:
        for module in modules:
            module.Gradebook = Gradebook
        book.engine.dispose()


def convert(
    kind: type[BaseConverter],
    *,
    root: Path,
    config: Config,
    slug: str,
    student: str = NO_STUDENT,
    **settings: Any,
) -> None:
    """Run one of nbgrader's converters on one notebook, `<slug>.ipynb` of one student.

    Args:
        settings: attributes of the converter, set before it starts.

    Raises whatever went wrong inside, which nbgrader itself would only write to its log.
    """
    coursedir = CourseDirectory(root=str(root), config=config, assignment_id=slug)
    converter = _one_notebook(kind, slug, student)(coursedir=coursedir, config=config)
    for name, value in {"force": True, **settings}.items():
        setattr(converter, name, value)
    try:
        converter.start()
    except NbGraderException as error:
        raise getattr(converter, "cause", None) or error from None


def _one_notebook(kind: type[BaseConverter], slug: str, student: str) -> type[BaseConverter]:
    class OneNotebook(kind):
        cause: Exception | None = None

        # nbgrader looks notebooks up by glob patterns, which ids and folders with * ? [ would upset.
        def init_notebooks(self) -> None:
            folder = self._format_source(slug, student)
            self.assignments = {folder: [os.path.join(folder, f"{slug}.ipynb")]}  # noqa: PTH118 (nbgrader compares these as text)

        def init_assignment(self, *args: Any) -> None:
            self._remember(super().init_assignment, *args)

        def convert_single_notebook(self, *args: Any) -> None:
            self._remember(super().convert_single_notebook, *args)

        def _remember(self, step: Any, *args: Any) -> None:
            try:
                step(*args)
            except Exception as error:
                self.cause = error
                raise

    return OneNotebook
