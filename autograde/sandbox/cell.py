"""One child's confinement inside the small world: own processes, other user, private scratch space, limits, filter."""

from __future__ import annotations

import os
import select
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from autograde.sandbox import filter, linux
from autograde.sandbox.limits import Limits
from autograde.sandbox.world import SAFE, SCRATCH, USER

# Users whom no account has: the range that systemd keeps for services made on the fly.
FIRST_USER, USERS = 61184, 4095
NOBODY = 65534


def enter(limits: Limits, program: bytes, keep: int, run: Callable[[], None]) -> NoReturn:
    """Run `run()` in a new confined process and end with it. Called in a fresh child of the warm parent.

    Args:
        program: the compiled system-call filter.
        keep: the one file descriptor that the confined process keeps, besides the standard three.

    This process stays outside as the one that waits; whoever kills it kills all that is inside.
    """
    _close_others(keep)
    linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS)
    watched = os.pidfd_open(os.getpid())
    inside = os.fork()
    if inside:
        os.close(keep)
        _, status = os.waitpid(inside, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0x7F)
    try:
        _confine(limits, program, watched)
        run()
        os._exit(0)
    finally:
        os._exit(1)


def _confine(limits: Limits, program: bytes, watched: int) -> None:
    linux.mount("proc", "/proc", "proc", SAFE | linux.MS_NOEXEC)
    linux.mount("tmpfs", SCRATCH, "tmpfs", SAFE, f"size={limits.scratch},nr_inodes=4096,mode=777")
    Path(SCRATCH, "tmp").mkdir()
    Path(SCRATCH, "tmp").chmod(0o777)  # mkdir's mode would lose what the umask takes
    os.chdir(SCRATCH)
    _leave_root()
    # After the change of user, which clears it: who waits outside takes us along when it dies.
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    if select.select([watched], [], [], 0)[0]:
        os._exit(1)
    os.close(watched)
    os.setsid()
    os.environ.clear()
    os.environ.update(_environment())
    tempfile.tempdir = None  # found anew: the parent's was another
    limits.apply()
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    linux.drop_capabilities()
    filter.install(program)


def _leave_root() -> None:
    # In a user namespace there is one user only, the one who grades; nothing of theirs is to be seen in here.
    user = _free_user()
    if user is None:
        return
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    linux.prctl(linux.PR_SET_DUMPABLE, 1)  # lets the process read its own /proc/self


def _free_user() -> int | None:
    mapped = [line.split() for line in Path("/proc/self/uid_map").read_text("ascii").splitlines()]
    ranges = [range(int(first), int(first) + int(count)) for first, _, count in mapped]
    wanted = FIRST_USER + int.from_bytes(os.urandom(4)) % USERS
    return next((user for user in (wanted, NOBODY) if any(user in numbers for numbers in ranges)), None)


def _environment() -> dict[str, str]:
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    places = {"HOME": SCRATCH, "TMPDIR": f"{SCRATCH}/tmp", "IPYTHONDIR": f"{SCRATCH}/.ipython", "USER": USER}
    inline = "module://matplotlib_inline.backend_inline"
    return {
        **threads,
        **places,
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "MPLBACKEND": inline,
        "NBGRADER_EXECUTION": "autograde",
    }


def _close_others(keep: int) -> None:
    # The standard three lead nowhere; of the rest only the wire stays.
    nowhere = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.closerange(3, keep)
    os.closerange(keep + 1, min(os.sysconf("SC_OPEN_MAX"), 1 << 16))
