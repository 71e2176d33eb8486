"""Reads what a learning platform gives out, a zip file or a folder, without trusting a name, a size or a file in it."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from autograde.course.errors import CourseError
from autograde.course.strangers import LARGEST_FILE, UnreadableError, read_submission

MOST_MEMBERS = 100_000
LARGEST_TOTAL = 20_000_000_000  # bytes of notebooks taken from one archive
LARGEST_RATIO = 200  # uncompressed by compressed; notebooks stay below 50
SMALL = 1_000_000  # bytes; below this the ratio says nothing
LARGEST_ABOUT = 200_000_000  # bytes of Gradescope's description; it lists all results of all students
LARGEST_NOTE = 1_000_000  # bytes of Blackboard's note on one hand-in
LONGEST_PATH = 1_000  # characters
UTF_8 = 0x800  # the flag of a member whose name is in UTF-8
KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
JUNK = ("__MACOSX", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "desktop.ini")


class Reader(Protocol):
    """Reads one member."""

    def __call__(self, largest: int = LARGEST_FILE) -> bytes: ...


class RefusedError(Exception):
    """One member cannot be taken; the text says why."""


@dataclass(frozen=True)
class Member:
    """One file of an export.

    parts: its path, one name after the other; never absolute, never with "..".
    read: gives its bytes, at most so many (default: those of the largest notebook); raises RefusedError where it is too
        large, encrypted, damaged, a link or a device.
    """

    parts: tuple[str, ...]
    read: Reader

    @property
    def path(self) -> str:
        return "/".join(self.parts)


@contextmanager
def opened(source: Path) -> Iterator[tuple[list[Member], list[tuple[str, str]]]]:
    """The files of a zip file or folder, and what is refused at once: (path, reason).

    Raises:
        CourseError: there is no such file or folder, or it is no zip file.
    """
    if source.is_dir():
        yield _of_folder(source)
        return
    try:
        archive = zipfile.ZipFile(source)
    except FileNotFoundError:
        raise CourseError(f"There is no file or folder {source}.", "Name the zip file or folder to collect.") from None
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError):
        raise CourseError(
            f"{source.name} is no zip file that can be read.", "Download it again, or unpack it and name the folder."
        ) from None
    with archive:
        yield _of_zip(archive)


def _of_zip(archive: zipfile.ZipFile) -> tuple[list[Member], list[tuple[str, str]]]:
    found: list[Member] = []
    refused: list[tuple[str, str]] = []
    budget = _Budget(LARGEST_TOTAL)
    for info in archive.infolist()[:MOST_MEMBERS]:
        name = _name(info)
        parts = _parts(name)
        if name.endswith("/") or (parts and _is_junk(parts)):
            continue
        reason = _why_path_is_refused(name, parts) or _why_member_is_refused(info)
        if reason:
            refused.append((name, reason))
        else:
            found.append(Member(parts, _zip_reader(archive, info, budget)))
    more = len(archive.infolist()) - MOST_MEMBERS
    if more > 0:
        refused.append((f"{more} more files", f"the archive has more than {MOST_MEMBERS} files"))
    return found, refused


def _name(info: zipfile.ZipInfo) -> str:
    # Some platforms write UTF-8 without saying so; Python then takes the bytes for the letters of old DOS.
    if info.flag_bits & UTF_8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _why_member_is_refused(info: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if stat.S_ISLNK(kind):
        return "it is a symbolic link"
    if kind and not stat.S_ISREG(kind):
        return "it is no ordinary file"
    if info.flag_bits & 0x1:
        return "it is encrypted"
    if info.compress_type not in KINDS:
        return "it is compressed in an unusual way"
    return ""


@dataclass
class _Budget:
    # What may still be taken from one archive, in bytes.
    left: int


def _zip_reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget) -> Reader:
    def read(largest: int = LARGEST_FILE) -> bytes:
        # The sizes in the archive are claims: what counts is what comes out, and that is cut at the limit.
        limit = largest
        if info.compress_size:
            limit = min(limit, max(SMALL, LARGEST_RATIO * info.compress_size))
        try:
            with archive.open(info) as file:
                raw = file.read(limit + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
            raise RefusedError("it is damaged inside the archive") from None
        if len(raw) > largest:
            raise RefusedError(f"it is larger than {largest // 1_000_000} MB")
        if len(raw) > limit:
            raise RefusedError(f"it grows more than {LARGEST_RATIO}-fold when unpacked, as no notebook does")
        budget.left -= len(raw)
        if budget.left < 0:
            raise RefusedError(f"the archive holds more than {LARGEST_TOTAL // 1_000_000_000} GB")
        return raw

    return read


def _of_folder(root: Path) -> tuple[list[Member], list[tuple[str, str]]]:
    found: list[Member] = []
    refused: list[tuple[str, str]] = []
    for folder, folders, files in os.walk(root):  # follows no link
        inside = Path(folder).relative_to(root)
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in links and not _is_junk((name,)))
        refused += [(str(inside / name), "it is a symbolic link") for name in sorted(links)]
        for name in sorted(files):
            parts = (*inside.parts, name)
            reason = _why_path_is_refused(str(inside / name), parts)
            if len(found) >= MOST_MEMBERS:
                refused.append((str(root), f"the folder has more than {MOST_MEMBERS} files"))
                return found, refused
            if reason:
                refused.append((str(inside / name), reason))
            elif not _is_junk(parts):
                found.append(Member(parts, _file_reader(Path(folder) / name)))
    return found, refused


def _file_reader(path: Path) -> Reader:
    def read(largest: int = LARGEST_FILE) -> bytes:
        try:
            return read_submission(path, largest)
        except UnreadableError as error:
            raise RefusedError(str(error)) from None

    return read


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part for part in PurePosixPath(name).parts if part != ".")


def _why_path_is_refused(name: str, parts: tuple[str, ...]) -> str:
    if not parts:
        return "it has no name"
    if len(name) > LONGEST_PATH:
        return f"its path is longer than {LONGEST_PATH} characters"
    if name.startswith("/") or name[1:3] in (":\\", ":/") or "\\" in name:
        return "its path is absolute or written for another system"
    if ".." in parts:
        return "its path leads out of the archive"
    return ""


def _is_junk(parts: tuple[str, ...]) -> bool:
    return any(part in JUNK or part.startswith("._") for part in parts)
