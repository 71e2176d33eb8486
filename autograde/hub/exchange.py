"""nbgrader's exchange as the instructor of a course of ours uses it: students write into it as they like.

So they can hand in under another's name, with a time of their choice, and with links to what the instructor alone may
read. What is odd is left out and named, and never keeps the rest from being collected.
"""

from __future__ import annotations

import glob
import os
import pwd
import stat
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import Exchange, ExchangeCollect, ExchangeList, ExchangeReleaseFeedback
from nbgrader.utils import temp_attrs

from autograde.course.file_names import is_notebook
from autograde.course.folder import SECRET, TIMESTAMP, Course, why_student_id_is_refused
from autograde.course.strangers import UnreadableError, printable, read_submission

DEEPEST = 3  # folders within a hand-in
MOST_FILES = 1_000  # of a hand-in
LONGEST_COPY = timedelta(minutes=10)  # between the time that a hand-in names and its last file
NOBODY = {"username": "", "filename": "", "timestamp": datetime.min}


class _NeedsExchange(Exchange):
    def ensure_root(self) -> None:
        """Say what to do where there is no exchange; nbgrader's own words are for a student."""
        if not Path(self.root).is_dir():
            self.fail(
                f"There is no exchange folder {self.root}. A hub's administrator makes it; what students send "
                "another way is taken by `autograde collect`."
            )
        super().ensure_root()


class Collect(_NeedsExchange, ExchangeCollect):
    """As nbgrader's `collect`, of ordinary files in folders that belong to the students whose names they bear."""

    def init_src(self) -> None:
        """Choose the hand-in of each student."""
        super().init_src()
        self.src_records: list[dict[str, Any]] = [record for record in self.src_records if record is not NOBODY]

    def _path_to_record(self, path: str) -> dict[str, Any]:
        try:
            record = super()._path_to_record(path)
            about = Path(path).lstat()
        except (ExchangeError, ValueError, OverflowError, OSError):
            return self._left_out(path, "its name is not as nbgrader gives names")
        refusal = why_student_id_is_refused(record["username"])
        if refusal or not stat.S_ISDIR(about.st_mode):
            return self._left_out(path, refusal or "it is no folder")
        owner = _user(about.st_uid)
        if self.check_owner and owner != record["username"]:
            whose = f"it belongs to {owner} (on a hub where all are one user, c.ExchangeCollect.check_owner = False)"
            return self._left_out(path, whose)
        return record

    def _left_out(self, path: str, why: str) -> dict[str, Any]:
        self.log.warning("%s was left out: %s", printable(Path(path).name), printable(why))
        return NOBODY

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy one hand-in, without what is no ordinary file or too much."""
        with tempfile.TemporaryDirectory() as scratch:
            plain = Path(scratch) / "hand-in"
            self._compare_times(src, self._copy_ordinary(src, plain))
            super().do_copy(str(plain), dest, log)

    def _copy_ordinary(self, src: str, plain: Path) -> datetime:
        # Folders are held open, so that none can be exchanged for a link meanwhile. Returns when a file last changed.
        plain.mkdir()
        room = 1000 * self.coursedir.max_dir_size
        count, changed = 0, 0.0
        for folder, folders, names, handle in os.fwalk(src, follow_symlinks=False):
            inside = Path(folder).relative_to(src)
            (plain / inside).mkdir(exist_ok=True)
            folders[:] = folders if len(inside.parts) < DEEPEST else []
            for name in sorted(names, key=lambda name: (not is_notebook(name), name)):
                count += 1
                try:
                    if count > MOST_FILES:
                        raise UnreadableError("there are too many files")
                    raw = read_submission(Path(name), room, folder=handle)
                except UnreadableError as error:
                    place = printable(str(Path(Path(src).name, inside, name)))
                    self.log.warning("%s was not taken: %s", place, error)
                    continue
                room -= len(raw)
                changed = max(changed, os.stat(name, dir_fd=handle, follow_symlinks=False).st_ctime)
                (plain / inside / name).write_bytes(raw)
        return datetime.fromtimestamp(changed, UTC).replace(tzinfo=None)

    def _compare_times(self, src: str, changed: datetime) -> None:
        said = super()._path_to_record(src)["timestamp"]
        if changed > said + LONGEST_COPY:
            what = "%s names %s UTC as its time, but a file in it was last changed at %s UTC: a person should look"
            self.log.warning(what, printable(Path(src).name), said, changed)


class ReleaseFeedback(_NeedsExchange, ExchangeReleaseFeedback):
    """As nbgrader's `release_feedback`, which a single page of somebody who handed in another way would end."""

    def copy_files(self) -> None:
        """Put the pages where their students look for them."""
        for folder in sorted(Path(found) for found in glob.glob(self.src_path)):  # noqa: PTH207 (nbgrader's path is a pattern)
            if all((folder / name).is_file() for name in (SECRET, TIMESTAMP)):
                with temp_attrs(self, src_path=glob.escape(str(folder))):
                    super().copy_files()
            elif folder.is_dir():
                student = printable(folder.parent.name)
                self.log.warning("%s did not hand in through the exchange, and gets no page there", student)


class List(_NeedsExchange, ExchangeList):
    """As nbgrader's `list`; in a course without exchange or hub, what `autograde release` released counts as released.

    formgrader asks it; else it calls every assignment of such a course a draft, and warns of the missing folder.
    """

    def start(self) -> list[dict[str, Any]]:
        """The assignments, or the hand-ins where they are asked for."""
        has_none = "root" not in self.config.Exchange and "JUPYTERHUB_USER" not in os.environ
        if has_none and not Path(self.root).exists() and not (self.remove or self.inbound or self.cached):
            about = {"course_id": self.coursedir.course_id, "status": "released", "notebooks": []}
            released = Course(Path(self.coursedir.root)).released()
            return [{**about, "assignment_id": slug, "path": str(Path("release", slug))} for slug in released]
        return super().start()


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
