"""The small world in which submissions run: no network, and a read-only file system with nothing of ours in it."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from autograde.sandbox import linux

SCRATCH = "/scratch"
SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/lib32", "/libx32", "/sbin", "/etc/ld.so.cache")
DEVICES = ("null", "zero", "random", "urandom")
SAFE = linux.MS_NOSUID | linux.MS_NODEV
USER = "student"
# A bind mount keeps the flags of what it shows; a remount in a user namespace may not clear them.
KEPT_FLAGS = ((os.ST_NOSUID, linux.MS_NOSUID), (4, linux.MS_NODEV), (8, linux.MS_NOEXEC))


def enter(hidden_packages: Iterable[str] = (), *, as_root: bool | None = None) -> None:
    """Leave the machine's network and file system for the small world. Needs a process with one thread.

    Args:
        hidden_packages: installed packages that submissions may not import; their folders are empty in there.
        as_root: with the powers of the machine's administrator, else with those of a user namespace. Default: what
            this process has.

    What can be seen is the system's programs and libraries, Python, its installed packages and `unrolled`. Paths are
    those of the machine, so that what is imported later is found.

    Raises:
        OSError: the kernel does not allow it; the text names the call.
    """
    if not (os.geteuid() == 0 if as_root is None else as_root):
        _become_root_of_a_user_namespace()
        _become_first_of_its_processes()
    linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWNET)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    root = "/mnt" if Path("/mnt").is_dir() else "/tmp"  # any folder does: it is covered in this namespace only
    hidden = _folders_of(hidden_packages)
    linux.mount("tmpfs", root, "tmpfs", SAFE, "size=1m,mode=755")
    for path in visible_folders():
        _show(path, root)
    for folder in hidden:
        linux.mount("tmpfs", root + str(folder), "tmpfs", SAFE | linux.MS_RDONLY, "size=4k,mode=755")
    _make_devices(root)
    _make_places(root)
    linux.pivot_root(root)
    linux.mount(None, "/", None, linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | SAFE)


def visible_folders() -> list[Path]:
    """What of this machine's file system a submission can read, besides devices; nothing twice."""
    python = [Path(sys.base_prefix), *(Path(folder) for folder in _package_folders()), _folder_of("unrolled")]
    system = [Path(path) for path in SYSTEM]
    shown: list[Path] = []
    for path in [*system, *python]:
        inside_another = any(path.is_relative_to(other) for other in shown if not other.is_symlink())
        if path.exists() and not inside_another:
            shown.append(path)
    return shown


def _become_root_of_a_user_namespace() -> None:
    user, group = os.geteuid(), os.getegid()
    linux.unshare(linux.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny", "ascii")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1", "ascii")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1", "ascii")


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


def _package_folders() -> set[str]:
    paths = sysconfig.get_paths()
    return {*site.getsitepackages(), paths["purelib"], paths["platlib"], paths["stdlib"], paths["platstdlib"]}


def _folder_of(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise OSError(f"the package {package} is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


def _folders_of(packages: Iterable[str]) -> list[Path]:
    found = [find_spec(package) for package in packages]
    places = [spec.submodule_search_locations for spec in found if spec is not None]
    return [Path(folder) for place in places if place for folder in place]


def _show(path: Path, root: str) -> None:
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
    status = os.statvfs(path).f_flag
    kept = sum(flag for bit, flag in KEPT_FLAGS if status & bit)
    linux.mount(None, target, None, linux.MS_BIND | linux.MS_REMOUNT | linux.MS_RDONLY | SAFE | kept)


def _make_devices(root: str) -> None:
    Path(root, "dev").mkdir()
    for name in DEVICES:
        device = Path(root, "dev", name)
        device.touch()
        linux.mount(f"/dev/{name}", str(device), None, linux.MS_BIND)


def _make_places(root: str) -> None:
    for name in (SCRATCH, "/proc"):
        Path(root + name).mkdir()
    if not Path(root, "tmp").exists():  # there, and read-only, where Python or the project lies in /tmp
        Path(root, "tmp").symlink_to(f"{SCRATCH}/tmp")
    Path(root, "etc").mkdir(exist_ok=True)
    Path(root, "etc/passwd").write_text(f"{USER}:x:1000:1000::{SCRATCH}:/bin/false\n", "ascii")
    # Seen by the parent only: each child covers it with the processes of its own.
    linux.mount("/proc", f"{root}/proc", None, linux.MS_BIND | linux.MS_REC)
