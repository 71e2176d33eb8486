"""Errors that a person can act on: what happened, and what to do about it, in one sentence each."""

from __future__ import annotations

import errno

FULL_DISK = (errno.ENOSPC, errno.EDQUOT)


class CourseError(Exception):
    """Something that the person at the keyboard can put right.

    Args:
        what: one sentence that says what is wrong.
        remedy: one sentence that says what to do.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what, self.remedy = what, remedy

    def __reduce__(self) -> tuple[type, tuple[str, ...]]:
        """It comes whole from a worker of a cluster."""
        return type(self), (self.what, self.remedy)


class NoSandboxError(CourseError):
    """This machine cannot confine student code. Args: why: what failed, as the system put it."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"This machine offers no sandbox for student code ({why}).",
            "`autograde doctor` says what to do about it, and whether --confinement container works here, which "
            "promises less. To grade without any, and only submissions that you trust, add --unsafe: student code can "
            "then read and write what you can.",
        )
        self.why = why

    def __reduce__(self) -> tuple[type, tuple[str, ...]]:
        """As its base's."""
        return type(self), (self.why,)


class NoRunnerError(CourseError):
    """This system cannot run notebooks for grading, sandbox or not."""

    def __init__(self) -> None:
        super().__init__(
            "Submissions are run on Linux only, which confines them; here they cannot be, --unsafe or not.",
            "Grade in a Linux container, a virtual machine, WSL 2 or on a Linux cluster (--scheduler). All other "
            "commands work here, and so do the book and the students' bundles.",
        )

    def __reduce__(self) -> tuple[type, tuple[str, ...]]:
        """As its base's."""
        return type(self), ()


def explain(error: BaseException) -> CourseError | None:
    """Turn a fault of the machine or its set-up into a CourseError; None for anything else.

    Libraries wrap errors in their own, so the chain of causes is searched too.
    """
    seen: BaseException | None = error
    while seen is not None:
        found = _explain_one(seen)
        if found is not None:
            return found
        seen = seen.__cause__ or seen.__context__
    return None


def lost_its_worker(error: BaseException | None) -> bool:
    """Whether each worker of a cluster that had a task in hand died, of this task or of another that it had too."""
    return type(error).__name__ == "KilledWorker"  # Dask's, which is not loaded for it


def reason_of(error: BaseException) -> str:
    """Why one submission could not be graded, in a line."""
    if lost_its_worker(error):
        return "each worker of the cluster that tried it died"
    return f"{type(error).__name__}: {error}"


def _explain_one(error: BaseException) -> CourseError | None:
    if isinstance(error, CourseError):
        return error
    if isinstance(error, ModuleNotFoundError):
        return CourseError(
            f"The Python package {error.name!r} is missing.",
            "Run `make course`, or install the locked packages: python -m pip install -r requirements.txt.",
        )
    if isinstance(error, OSError):
        return _explain_os(error)
    if type(error).__module__.startswith("sqlalchemy") and type(error).__name__.endswith("Error"):
        known = _explain_database(str(error.args[0] if error.args else error))
        return known or _explain_server(error)
    if type(error).__name__ == "NoSuchKernel":
        return CourseError(
            "Jupyter knows no kernel called python3.",
            "Install it with the course's Python: python -m ipykernel install --sys-prefix.",
        )
    return None


def _explain_os(error: OSError) -> CourseError | None:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in FULL_DISK:
        return full_disk(where)
    if error.errno == errno.EROFS:
        return CourseError(
            f"The disk is read-only{where}.", "Mount it writable, or use another folder with --course DIR."
        )
    if isinstance(error, PermissionError):
        return CourseError(f"Permission denied{where}.", "Give yourself write access there, or use --course DIR.")
    if isinstance(error, FileNotFoundError) and error.filename == "alembic":
        return CourseError(
            "The command `alembic` is missing, which makes the gradebook.", "Run `make course` once more."
        )
    return None


def full_disk(where: str = "") -> CourseError:
    """The sentence for a full disk."""
    return CourseError(
        f"The disk is full{where}.",
        "Free some space and run the same command again; finished work is kept, nothing was overwritten.",
    )


def _explain_database(text: str) -> CourseError | None:
    lowered = text.lower()
    if "disk is full" in lowered or "no space left" in lowered:
        return full_disk(" (gradebook)")
    if "locked" in lowered:
        return CourseError(
            "Another program holds the gradebook.",
            "Wait for the other autograde, nbgrader or formgrader command to finish, then run this again.",
        )
    if "readonly" in lowered or "read-only" in lowered or "unable to open" in lowered:
        return CourseError("The gradebook cannot be written.", "Check the permissions of gradebook.db and its folder.")
    if "not a database" in lowered or "malformed" in lowered:
        return CourseError(
            "gradebook.db is not a readable database.",
            "Put a backup in its place, or move it away and grade again.",
        )
    if "no such table" in lowered or "no such column" in lowered:
        return CourseError(
            "The gradebook was made by another version of nbgrader.",
            "Make a copy of gradebook.db, then run `nbgrader db upgrade`.",
        )
    return None


def _explain_server(error: BaseException) -> CourseError | None:
    # SQLAlchemy's names for faults of the database itself, not of what was to be written.
    if type(error).__name__ not in ("OperationalError", "InterfaceError", "InternalError"):
        return None
    text = str(error.args[0] if error.args else error).strip().split("\n")[0]
    return CourseError(
        f"The gradebook's database does not answer as it should: {text}.",
        "Start its server or check db_url in nbgrader_config.py, then run this again; finished work is kept.",
    )
