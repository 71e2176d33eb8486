"""The small world in which submissions run: no network, and a read-only file system with nothing of ours in it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from autograde.sandbox import linux, view
from autograde.sandbox.view import Mount

SCRATCH = "/scratch"
DEVICES = ("null", "zero", "random", "urandom")
PLACES_FOR_ROOT = ("/mnt", "/tmp", "/srv", "/opt", "/var")
SAFE = linux.MS_NOSUID | linux.MS_NODEV
USER = "student"
# A bind mount keeps the flags of what it shows; a remount in a user namespace may not clear them.
KEPT_FLAGS = ((os.ST_NOSUID, linux.MS_NOSUID), (4, linux.MS_NODEV), (8, linux.MS_NOEXEC))


def enter(hidden_packages: Iterable[str] = (), private: Iterable[str] = (), *, as_root: bool | None = None) -> None:
    """Leave the machine's network and file system for the small world. Needs a process with one thread.

    Args:
        hidden_packages: installed packages that submissions may not import; their folders are empty in there.
        private: folders that are empty in there too, wherever they lie.
        as_root: with the powers of the machine's administrator, else with those of a user namespace. Default: what
            this process has.

    What can be seen is the system's programs and libraries, Python, its installed packages and `unrolled`. Paths are
    those of the machine, so that what is imported later is found.

    Raises:
        OSError: the kernel does not allow it, and the text names the call; or a private folder cannot be covered.
    """
    hidden = [*view.folders_of(hidden_packages), *map(Path, private), *view.own_folders()]
    steps = view.mounts(view.visible_folders(), hidden)
    if not (os.geteuid() == 0 if as_root is None else as_root):
        about = os.open("/proc/self", os.O_PATH | os.O_DIRECTORY)
        become_root_of_a_user_namespace(about)
        os.close(about)
        _become_first_of_its_processes()
    linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWNET)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    root = _free_folder(steps)
    linux.mount("tmpfs", root, "tmpfs", SAFE, "size=1m,mode=755")
    for step in steps:
        if step.shown:
            _show(step.folder, root)
        else:
            linux.mount("tmpfs", root + str(step.folder), "tmpfs", SAFE, "size=64k,mode=755")
    for step in steps:
        if not step.shown:  # not before: a folder that is shown may lie in it
            _make_read_only(root + str(step.folder), SAFE)
    _make_devices(root)
    _make_places(root)
    linux.pivot_root(root)
    linux.mount(None, "/", None, linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | SAFE)


def become_root_of_a_user_namespace(about: int) -> None:
    """Leave the user namespace for a new one, with this user alone in it.

    Args:
        about: a descriptor of /proc/self, in a /proc that can be written to.

    Raises:
        OSError: the kernel does not allow it.
    """
    user, group = os.geteuid(), os.getegid()
    linux.unshare(linux.CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        file = os.open(name, os.O_WRONLY, dir_fd=about)
        os.write(file, text.encode("ascii"))
        os.close(file)


def _free_folder(steps: list[Mount]) -> str:
    # Where the new root is put together: any folder that holds nothing of it, for what it holds is covered meanwhile.
    for name in PLACES_FOR_ROOT:
        if Path(name).is_dir() and not any(step.folder.is_relative_to(name) for step in steps):
            return name
    raise OSError(f"Python or this project lies in each of the folders {', '.join(PLACES_FOR_ROOT)}")


def _become_first_of_its_processes() -> None:
    # Only into a process namespace that belongs to its user namespace may a process return after a fork into another.
    outside = os.pidfd_open(os.getpid())
    linux.unshare(linux.CLONE_NEWPID)
    inside = os.fork()
    if inside:
        _, status = os.waitpid(inside, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0x7F)
    linux.end_with(outside)
    os.close(outside)


def _show(path: Path, root: str) -> None:
    # In the small world, at the same path. A link is shown as the link that it is.
    target = root + str(path)
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        Path(target).symlink_to(path.readlink())
        return
    if path.is_dir():
        Path(target).mkdir(exist_ok=True)
    else:
        Path(target).touch()
    linux.mount(str(path), target, None, linux.MS_BIND)
    _make_read_only(target, SAFE)


def _make_read_only(target: str, flags: int) -> None:
    status = os.statvfs(target).f_flag
    kept = sum(flag for bit, flag in KEPT_FLAGS if status & bit)
    linux.mount(None, target, None, linux.MS_BIND | linux.MS_REMOUNT | linux.MS_RDONLY | flags | kept)


def _make_devices(root: str) -> None:
    Path(root, "dev").mkdir()
    for name in DEVICES:
        device = Path(root, "dev", name)
        device.touch()
        linux.mount(f"/dev/{name}", str(device), None, linux.MS_BIND)
        _make_read_only(str(device), linux.MS_NOSUID)  # they can be written to, but their times not be set


def _make_places(root: str) -> None:
    Path(root, "dev/shm").symlink_to(f"{SCRATCH}/tmp")  # what threads' pools keep their locks in
    for name in (SCRATCH, "/proc"):
        Path(root + name).mkdir()
    if not Path(root, "tmp").exists():  # there, and read-only, where Python or the project lies in /tmp
        Path(root, "tmp").symlink_to(f"{SCRATCH}/tmp")
    Path(root, "etc").mkdir(exist_ok=True)
    Path(root, "etc/passwd").write_text(f"{USER}:x:1000:1000::{SCRATCH}:/bin/false\n", "ascii")
    # Seen by the parent only: each child covers it with the processes of its own.
    linux.mount("/proc", f"{root}/proc", None, linux.MS_BIND | linux.MS_REC)
