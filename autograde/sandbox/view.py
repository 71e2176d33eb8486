"""Which folders student code sees (the system, Python, `unrolled`), and which are covered although they lie in one."""

from __future__ import annotations

import errno
import re
import site
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/lib32", "/libx32", "/sbin", "/etc/ld.so.cache")
# Of Python's own base, where other things may lie, such as a home folder's or conda's other environments.
PARTS_OF_PYTHON = ("lib", "lib64", "share", "etc", "ssl")
MOUNTS = Path("/proc/self/mountinfo")
OCTAL = r"\\(\d{3})"  # how it writes a space


@dataclass(frozen=True)
class Mount:
    """A folder (or a file) that is shown as it is, or covered with an empty file system."""

    folder: Path
    shown: bool


def mounts(visible: Iterable[Path], hidden: Iterable[Path]) -> list[Mount]:
    """What is mounted, in this order: each folder after those in which it lies, nothing twice.

    A hidden folder is covered wherever a visible one would show it, be it by another path; what is visible within it is
    shown on top.

    Raises OSError where one folder is to be both.
    """
    shown = [path for path in visible if path.exists()]
    mounted = _mounted()
    # A link is shown as a link, and does not show what it leads to.
    places = {path: _place(path, mounted) for path in shown if not path.is_symlink()}
    covered = {
        path / inside
        for folder in hidden
        if folder.is_dir()
        for path, place in places.items()
        if (inside := _way(place, _place(folder, mounted))) is not None
    }
    if both := sorted(covered.intersection(shown)):
        raise OSError(errno.EINVAL, f"{both[0]} is a folder that student code needs, and cannot be hidden from it")
    made: list[Mount] = []
    for path in sorted({*shown, *covered}, key=lambda path: len(path.parts)):
        above = [mount for mount in made if path.is_relative_to(mount.folder) and not mount.folder.is_symlink()]
        is_seen = bool(above) and above[-1].shown
        if is_seen == (path in covered):
            made.append(Mount(path, path not in covered))
    return made


def exposed(folders: Iterable[Path]) -> list[Path]:
    """Those of these folders that lie in one that student code sees, so that they have to be covered."""
    mounted = _mounted()
    visible = [_place(path, mounted) for path in visible_folders()]
    return [folder for folder in folders if any(_way(place, _place(folder, mounted)) is not None for place in visible)]


def _mounted() -> list[tuple[str, str, str]]:
    # Of each file system that is mounted: where, its device, and which folder of it.
    lines = MOUNTS.read_text("utf-8", "surrogateescape").splitlines() if MOUNTS.is_file() else []
    words = ([re.sub(OCTAL, lambda code: chr(int(code[1], 8)), word) for word in line.split()[2:5]] for line in lines)
    return [(point, device, root) for device, root, point in words]


def _place(path: Path, mounted: list[tuple[str, str, str]]) -> tuple[str, Path]:
    # The file system in which it lies, and the path in there: a folder may be mounted at several places.
    path = path.resolve()
    above = {str(folder) for folder in (path, *path.parents)}
    ways = [(len(point), number) for number, (point, _, _) in enumerate(mounted) if point in above]
    if not ways:
        return "", path
    point, device, root = mounted[max(ways)[1]]  # the nearest; of two at one place, the later lies on top
    return device, Path(root, path.relative_to(point))


def _way(outer: tuple[str, Path], inner: tuple[str, Path]) -> Path | None:
    # The path from one place to another within it.
    if outer[0] != inner[0] or not inner[1].is_relative_to(outer[1]):
        return None
    return inner[1].relative_to(outer[1])


def visible_folders() -> list[Path]:
    """What of this machine's file system a submission can read, besides devices, unless it is covered."""
    base = [Path(sys.base_prefix, name) for name in PARTS_OF_PYTHON]
    python = [*base, *(Path(folder) for folder in sorted(_package_folders())), _folder_of("unrolled")]
    return [path for path in dict.fromkeys([*map(Path, SYSTEM), *python]) if path.exists()]


def own_folders() -> list[Path]:
    """The folders of this project that nobody's code but ours may see: the clone, or what is installed of it."""
    packages = folders_of(["autograde", "solutions"])
    installed = {Path(folder).resolve() for folder in _package_folders()}
    return [*packages, *(folder.parent for folder in packages if folder.parent.resolve() not in installed)]


def _package_folders() -> set[str]:
    paths = sysconfig.get_paths()
    return {*site.getsitepackages(), paths["purelib"], paths["platlib"], paths["stdlib"], paths["platstdlib"]}


def _folder_of(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise OSError(f"the package {package} is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


def folders_of(packages: Iterable[str]) -> list[Path]:
    """The folders of those of these packages that are installed."""
    found = [find_spec(package) for package in packages]
    places = [spec.submodule_search_locations for spec in found if spec is not None]
    return [Path(folder) for place in places if place for folder in place]
