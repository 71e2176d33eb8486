"""The secret of a course, and the keys that hidden inputs are drawn from."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets

from autograde.course.errors import CourseError
from autograde.course.folder import Course

SHORTEST = 32  # characters


def course_key(course: Course) -> bytes:
    """The course's secret, made on first use and readable by its owner only.

    Raises CourseError where the file is damaged.
    """
    try:
        descriptor = os.open(course.key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
    key = course.key_file.read_bytes().strip()
    if len(key) < SHORTEST:
        raise CourseError(f"{course.key_file} is damaged.", "Remove it; a new one is made, with fresh inputs.")
    return key


def submission_key(secret: bytes, slug: str, student: str, raw: bytes) -> str:
    """The key of a submission's hidden inputs, from the course's secret, the names and the submitted bytes.

    A regrade of the same file gives the same inputs, and so the same points. No two students get the same, and a
    student who hands in again meets fresh ones: what feedback on the first try taught about them is of no use.
    """
    about = f"{slug}\0{student}\0{hashlib.sha256(raw).hexdigest()}"
    return hmac.new(secret, about.encode(), "sha256").hexdigest()
