"""An assignment's text source (MyST) to nbgrader's source notebook."""

from __future__ import annotations

import builtins
import hashlib
import re
import symtable
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from autograde.course import cells
from autograde.course.errors import CourseError
from autograde.course.names import free_names
from autograde.course.policy import Policy, PolicyError, read_policy
from autograde.course.rubric import RubricError, read_rubric
from autograde.release import judged
from autograde.release.judged import OPTION

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")

# What nbgrader calls each role.
ROLES = {
    "solution": {"grade": False, "solution": True, "locked": False, "task": False},
    "test": {"grade": True, "solution": False, "locked": True, "task": False},
    "manual": {"grade": True, "solution": True, "locked": False, "task": False},
    "task": {"grade": False, "solution": False, "locked": True, "task": True},
    "locked": {"grade": False, "solution": False, "locked": True, "task": False},
}
WITH_POINTS = ("test", "manual", "task")


def read_source(path: Path) -> NotebookNode:
    """The source notebook with nbgrader's metadata, stable cell ids and the python3 kernel.

    Args:
        path: `<slug>.md`, a MyST text notebook whose cells carry the option `ng: role id [points]`, and in which blocks
            `{judged}` stand for the cells of an exercise. A heading `## … ·` gets the points of its section.

    Raises:
        CourseError: naming file, cell and remedy, for a wrong role, id, points, marker, block or unreadable text.
    """
    try:
        notebook = jupytext.read(path)
    except Exception as error:
        raise CourseError(
            f"{path.name} is not a readable MyST notebook ({type(error).__name__}: {error}).",
            "Check its front matter and that each ```{code-cell} block is closed.",
        ) from error
    policy = _policy(notebook, path.name)
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type != "raw"]  # the front matter
    notebook.cells = judged.expand(notebook.cells, path.stem, path.name)
    seen: set[str] = set()
    for number, cell in enumerate(notebook.cells, start=1):
        grade_id = _expand(cell, f"{path.name}, cell {number}", seen)
        cell["id"] = hashlib.sha1((grade_id or f"#{number}").encode()).hexdigest()[:8]
    _check_tests(notebook, path.name)
    _tell_points(notebook)
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
            cells.METADATA: policy.as_metadata(),
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return notebook


def _check_tests(notebook: NotebookNode, where: str) -> None:
    # In the judge, every name that a test neither defines nor imports is the student's, builtins aside.
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    answered = {name for cell in code if cells.is_answer(cell) for name in _defined(cell)}
    builtin = sorted(name for name in answered if hasattr(builtins, name))
    if builtin:
        raise CourseError(
            f"{where}: an answer is called {builtin[0]!r}, as one of Python's own functions.",
            "Give it another name: a test would use Python's.",
        )
    ours = {name for cell in code if not cells.is_answer(cell) for name in _defined(cell)}
    for cell in filter(cells.is_test, code):
        borrowed = sorted(_used(cell, where) & ours - answered)
        if borrowed:
            raise CourseError(
                f"{where}: the test {cells.grade_id(cell)!r} uses {borrowed[0]!r}, "
                "which a cell of the notebook defines.",
                "Define or import it in the test: what the notebook defines, a student can define anew.",
            )


def _used(test: NotebookNode, where: str) -> set[str]:
    try:
        return free_names(test.source)
    except SyntaxError as error:
        raise CourseError(
            f"{where}: the test {cells.grade_id(test)!r} is not plain Python ({error}).",
            "Tests run outside the notebook, where magics are unknown.",
        ) from error


def _defined(cell: NotebookNode) -> set[str]:
    # The names that a cell assigns or defines; imports aside.
    try:
        table = symtable.symtable(cell.source, "<cell>", "exec")
    except SyntaxError:  # magics
        return set()
    return {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() and not symbol.is_imported()}


def _tell_points(notebook: NotebookNode) -> None:
    # The points of all cells up to the next heading, behind this one.
    tests = manual = 0.0
    for cell in reversed(notebook.cells):
        if cell.cell_type == "markdown" and not cells.role(cell):
            lines = cell.source.split("\n")
            for number, line in reversed([*enumerate(lines)]):
                if not line.startswith("## "):
                    continue
                if line.endswith(" ·"):
                    person = ", read by a person" if manual and not tests else ""
                    points = judged.in_words(tests + manual) if tests + manual else "no points"
                    lines[number] = f"{line} {points}{person}"
                tests = manual = 0.0
            cell.source = "\n".join(lines)
        elif cells.is_test(cell):
            tests += cells.points(cell)
        else:
            manual += cells.points(cell)


def _policy(notebook: NotebookNode, where: str) -> Policy:
    try:
        return read_policy(notebook.metadata.get(cells.METADATA))
    except PolicyError as error:
        raise CourseError(
            f"{where}: its front matter says something that cannot be ({error}).",
            "State what answers may use as in:\n  unrolled:\n    packages: [numpy]\n    forbidden: [torch.nn.LSTM]",
        ) from error


def points_of(notebook: NotebookNode) -> float:
    """The most that can be earned in a notebook."""
    return sum(map(cells.points, notebook.cells))


def _expand(cell: NotebookNode, where: str, seen: set[str]) -> str | None:
    # Replace the cell's short option by nbgrader's metadata; check both. Returns the cell's grade id.
    option = cell.metadata.pop(OPTION, None)
    cell.metadata = nbformat.from_dict(
        {key: value for key, value in cell.metadata.items() if not key.startswith("lines_to")}
    )
    if option is None:
        _check_markers(cell, None, where)
        return None
    role, grade_id, points = _parse(str(option), where)
    if grade_id in seen:
        raise CourseError(f"{where}: the id {grade_id!r} is used twice.", "Give each cell an id of its own.")
    seen.add(grade_id)
    where = f"{where} ({grade_id})"
    _check_markers(cell, role, where)
    cell.metadata[cells.NBGRADER] = nbformat.from_dict(
        {"schema_version": 3, "grade_id": grade_id, "cell_type": cell.cell_type, **ROLES[role]}
    )
    if points is not None:
        cells.role(cell)["points"] = points
        _check_rubric(cell, points, where)
    function, part = cells.checked_by(cell.source) if role == "test" else ("", "")
    if function:
        cell.metadata[cells.METADATA] = nbformat.from_dict({"function": function, "part": part})
    return grade_id


def _check_rubric(cell: NotebookNode, points: float, where: str) -> None:
    form = "Write below **Rubric.** one line for each item, as `- a 0.5: what the answer says`"
    try:
        rubric = read_rubric(cell.source)
    except RubricError as error:
        raise CourseError(f"{where}: its rubric cannot be read: {error}.", f"{form}.") from error
    total = sum(item.points for item in rubric)
    if rubric and abs(total - points) > 1e-9:
        raise CourseError(
            f"{where}: the items of its rubric give {total:g} points, the question {points:g}.",
            f"{form}, all of them together worth {points:g}.",
        )


def _parse(option: str, where: str) -> tuple[str, str, float | None]:
    role, *rest = option.split() or [""]
    if role not in ROLES:
        raise CourseError(f"{where}: the role {role!r} is unknown.", f"Use one of: {', '.join(ROLES)}.")
    if not rest or not ID.fullmatch(rest[0]):
        raise CourseError(f"{where}: the id is missing or has odd characters.", f"Write `:ng: {role} ID` with letters.")
    if role not in WITH_POINTS:
        if len(rest) > 1:
            raise CourseError(f"{where}: a {role} cell earns no points.", f"Write `:ng: {role} {rest[0]}`.")
        return role, rest[0], None
    try:
        points = float(rest[1]) if len(rest) == 2 else -1.0
    except ValueError:
        points = -1.0
    if not 0 < points < 1e6:
        raise CourseError(
            f"{where}: a {role} cell needs points, one number above 0.",
            f"Write `:ng: {role} {rest[0]} 2`.",
        )
    return role, rest[0], int(points) if points == int(points) else points


def _check_markers(cell: NotebookNode, role: str | None, where: str) -> None:
    try:
        solutions = cells.lines_inside(cell.source, cells.SOLUTION)
        hidden = cells.lines_inside(cell.source, cells.HIDDEN_TESTS)
    except cells.UnbalancedMarkersError as error:
        raise CourseError(
            f"{where}: the marker {str(error)!r} has no partner.",
            "Pair each ### BEGIN … with its ### END …, without nesting.",
        ) from error
    if solutions and role not in ("solution", "manual"):
        raise CourseError(
            f"{where}: a solution region outside a solution cell would reach the students.",
            "Give the cell the option `:ng: solution ID`.",
        )
    if hidden and role != "test":
        raise CourseError(
            f"{where}: hidden tests outside a test cell would reach the students.",
            "Give the cell the option `:ng: test ID POINTS`.",
        )
    if role == "solution" and cell.cell_type == "code" and not solutions:
        raise CourseError(
            f"{where}: a solution cell without a solution region would be replaced whole.",
            "Put ### BEGIN SOLUTION and ### END SOLUTION around what students write.",
        )
    if role == "test" and (cell.cell_type != "code" or not cell.source.strip()):
        raise CourseError(f"{where}: a test cell must hold code.", "Write the test, or use `:ng: task`.")
