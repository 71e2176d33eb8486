"""One child's confinement inside the small world: own processes, other user, private scratch space, limits, filter."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from autograde.sandbox import filter, linux, world
from autograde.sandbox.limits import Limits
from autograde.sandbox.world import SAFE, SCRATCH, USER

# Users whom no account has: the range that systemd keeps for services made on the fly.
FIRST_USER, USERS = 61184, 4095
NOBODY = 65534


def fork(own: int) -> int:
    """Like os.fork(), but the child is the first process of a process namespace of its own: it takes all others along.

    Args:
        own: a descriptor of this process's own process namespace, to which it returns.
    """
    linux.unshare(linux.CLONE_NEWPID)
    try:
        child = os.fork()
    except OSError:
        linux.setns(own, linux.CLONE_NEWPID)
        raise
    if child:
        linux.setns(own, linux.CLONE_NEWPID)
    return child


def enter(limits: Limits, program: bytes, wire: int, parent: int, run: Callable[[], None]) -> NoReturn:
    """Confine this process, which `fork` made, run `run()` and end with it. Whoever kills it kills all that is inside.

    Args:
        program: the compiled system-call filter.
        wire: the one file descriptor that it keeps, besides the standard three.
        parent: a descriptor of the process that forked it, with which it ends.
    """
    try:
        close_others(wire, parent)
        linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS)
        _confine(limits, program, parent)
        run()
        os._exit(0)
    finally:
        os._exit(1)


def _confine(limits: Limits, program: bytes, parent: int) -> None:
    about = os.open("/proc/self", os.O_PATH | os.O_DIRECTORY)  # as it is in the parent's /proc, which can be written to
    # Settings of the network belong to root, who in a user namespace is the student; all children share them.
    linux.mount("proc", "/proc", "proc", SAFE | linux.MS_NOEXEC | linux.MS_RDONLY)
    linux.mount("tmpfs", SCRATCH, "tmpfs", SAFE, f"size={limits.scratch},nr_inodes=4096,mode=777")
    Path(SCRATCH, "tmp").mkdir()
    Path(SCRATCH, "tmp").chmod(0o777)  # mkdir's mode would lose what the umask takes
    os.chdir(SCRATCH)
    _leave_root(about)
    os.close(about)
    settle(limits, SCRATCH, parent)
    filter.install(program)


def settle(limits: Limits, place: str, parent: int) -> None:
    """What a confined process does of itself, once it is the user that it will be: nothing that another one sees.

    Args:
        place: its folder, with one called tmp.
        parent: a descriptor of the process that forked it, with which it ends.
    """
    linux.end_with(parent)  # after the change of user, which clears it
    os.close(parent)
    os.setsid()
    os.environ.clear()
    os.environ.update(_environment(place))
    tempfile.tempdir = None  # found anew: the parent's was another
    limits.apply()
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    linux.drop_capabilities()


def _leave_root(about: int) -> None:
    user = free_user()
    if user is None:
        # In a user namespace there is one user only, the one who grades; nothing of theirs is to be seen in here. In
        # one of its own, a child does not share the limits that count by user.
        world.become_root_of_a_user_namespace(about)
    else:
        become(user)
    linux.prctl(linux.PR_SET_DUMPABLE, 1)  # lets the process read its own /proc/self


def become(user: int) -> None:
    """Leave root for this user, without a way back."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def free_user() -> int | None:
    """A user whom no account has, chosen at random; none where this user namespace knows of none."""
    mapped = [line.split() for line in Path("/proc/self/uid_map").read_text("ascii").splitlines()]
    ranges = [range(int(first), int(first) + int(count)) for first, _, count in mapped]
    wanted = FIRST_USER + int.from_bytes(os.urandom(4)) % USERS
    return next((user for user in (wanted, NOBODY) if any(user in numbers for numbers in ranges)), None)


def _environment(place: str) -> dict[str, str]:
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    places = {"HOME": place, "TMPDIR": f"{place}/tmp", "IPYTHONDIR": f"{place}/.ipython", "USER": USER}
    inline = "module://matplotlib_inline.backend_inline"
    return {
        **threads,
        **places,
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "MPLBACKEND": inline,
        "NBGRADER_EXECUTION": "autograde",
    }


def close_others(*kept: int) -> None:
    """Close all descriptors but these; the standard three lead nowhere."""
    nowhere = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    first = 3
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, min(os.sysconf("SC_OPEN_MAX"), 1 << 16))
