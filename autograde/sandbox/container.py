"""Confinement of a child without namespaces, in a container that gives none: Landlock, another user, limits, filter.

It promises less than `world` and `cell` do; the page on security says what.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from autograde.sandbox import cell, filter, landlock, linux, view
from autograde.sandbox.landlock import READ_DIR, READ_FILE, READING, WRITE_FILE, Rule
from autograde.sandbox.limits import Limits
from autograde.sandbox.world import DEVICES

# Of itself a process sees these, and of other processes nothing. Its lists of connections are the machine's.
OF_ITSELF = ("status", "stat", "statm", "maps", "limits", "cmdline", "comm", "environ", "fd", "fdinfo")
ITS_OWN = READING | WRITE_FILE | landlock.MAKING | landlock.REFER | landlock.TRUNCATE
NEEDED_BY_ROOT = (0, 6, 7)  # capabilities: to give a folder away, to change groups and user
NEEDED_VERSION, NEEDED_OF_ONE_USER = 1, 3  # Landlock's; from 3 on it keeps a user's own files whole


@dataclass(frozen=True)
class Container:
    """What children are confined by.

    rules: what of the file system they may read.
    program: the filter, without its beginning.
    other_users: each is a user of its own; else all are the one who grades.
    """

    rules: tuple[Rule, ...]
    program: bytes
    other_users: bool


def prepare(hidden_packages: Iterable[str] = (), private: Iterable[str] = ()) -> Container:
    """Look at what this machine offers.

    Args:
        hidden_packages: installed packages that submissions may not import; of their files only the names are seen.
        private: folders of which nothing may be seen, wherever they lie.

    Raises:
        OSError: it cannot be done here; the text says why.
    """
    secret = [Path(folder) for folder in private]
    packages = [*view.folders_of(hidden_packages), *view.own_folders()]
    steps = view.mounts(view.visible_folders(), [*packages, *secret])
    shown = [step.folder for step in steps if step.shown]
    # Who is root in a user namespace of one user is that user to all others.
    other_users = os.geteuid() == 0 and cell.free_user() is not None
    _insist(landlock.version(), shown, other_users)
    covered = {step.folder for step in steps if not step.shown}
    unseen = {step.folder for step in view.mounts(view.visible_folders(), secret) if not step.shown}
    rules = [rule for folder in shown for rule in _reading(folder, covered, unseen)]
    rules += [Rule(Path("/dev", name), READ_FILE | WRITE_FILE) for name in DEVICES]
    return Container(tuple(rules), filter.compiled(in_company=True), other_users)


def _insist(version: int, shown: list[Path], other_users: bool) -> None:
    if version < (NEEDED_VERSION if other_users else NEEDED_OF_ONE_USER):
        what = f"Landlock of version {version}, and an ordinary user needs 3 (Linux 6.2)" if version else "no Landlock"
        raise OSError(errno.ENOSYS, what)
    if other_users:
        held = int(_status("CapEff"), 16)
        if not all(held >> capability & 1 for capability in NEEDED_BY_ROOT):
            raise OSError(errno.EPERM, "this root may not become another user")
        closed = [path for folder in shown for path in (folder, *folder.parents) if not _is_open(path)]
        if closed:
            raise OSError(errno.EACCES, f"{closed[-1]} is closed to other users, and Python needs what lies in it")


def _is_open(path: Path) -> bool:
    about = path.stat()
    return bool(about.st_mode & (stat.S_IXOTH if stat.S_ISDIR(about.st_mode) else stat.S_IROTH))


def _status(name: str) -> str:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(line.split(":")[1].strip() for line in lines if line.startswith(f"{name}:"))


def _reading(folder: Path, covered: set[Path], unseen: set[Path]) -> Iterator[Rule]:
    # Landlock can only add: where something in a folder is covered, all else in it is named.
    if folder in covered or folder.is_symlink():  # what a link leads to is seen where it lies, or not at all
        return
    if not any(path.is_relative_to(folder) for path in covered):
        yield Rule(folder, READING)
        return
    if not any(path.is_relative_to(folder) for path in unseen):
        yield Rule(folder, READ_DIR)  # without which Python imports nothing from it
    for entry in sorted(folder.iterdir()):
        yield from _reading(entry, covered, unseen)


def enter(
    container: Container, limits: Limits, folder: str, wire: int, parent: int, run: Callable[[], None]
) -> NoReturn:
    """Confine this process, run `run()` and end with it. It can start no other.

    Args:
        folder: where it works, and the one place where it can write.
        wire, parent: as for `cell.enter`.
    """
    try:
        cell.close_others(wire, parent)
        _confine(container, limits, folder, parent)
        run()
        os._exit(0)
    finally:
        os._exit(1)


def _confine(container: Container, limits: Limits, folder: str, parent: int) -> None:
    os.chdir(folder)
    if container.other_users:
        user = cell.free_user()
        assert user is not None, "`prepare` has found one"
        os.chown(folder, user, user)
        cell.become(user)
    else:  # all threads of that user count
        limits = replace(limits, threads=limits.threads + _threads_of(os.getuid()))
    linux.prctl(linux.PR_SET_DUMPABLE, 1)  # lets the process read its own /proc/self
    Path("tmp").mkdir()
    cell.settle(limits, folder, parent)
    about = [Rule(Path("/proc/self", name), READ_FILE | READ_DIR) for name in OF_ITSELF]
    landlock.restrict([*container.rules, *about, Rule(Path(folder), ITS_OWN)])
    filter.install(filter.only_itself(os.getpid()) + container.program)


def _threads_of(user: int) -> int:
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            count += len([*(process / "task").iterdir()]) if process.stat().st_uid == user else 0
        except OSError:  # it has ended
            continue
    return count
