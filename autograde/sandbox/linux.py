"""The system calls of confinement, which Python 3.11 does not offer: namespaces, mounts, privileges."""

from __future__ import annotations

import ctypes
import os
import select
import signal
from typing import Any

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP = 1, 4, 22
PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 24, 36, 38
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

_libc = ctypes.CDLL(None, use_errno=True)


class CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def unshare(flags: int) -> None:
    """Leave namespaces for new ones. Raises OSError."""
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def setns(descriptor: int, kind: int) -> None:
    """Enter an existing namespace of this kind (CLONE_NEW…). Raises OSError."""
    _check(_libc.setns(ctypes.c_int(descriptor), ctypes.c_int(kind)), "setns")


def mount(source: str | None, target: str, kind: str | None = None, flags: int = 0, options: str | None = None) -> None:
    """Mount something. Raises OSError naming the target."""
    arguments = [text.encode() if text is not None else None for text in (source, target, kind)]
    data = options.encode() if options is not None else None
    _check(_libc.mount(*arguments, ctypes.c_ulong(flags), data), f"mount {target}")


def pivot_root(new: str) -> None:
    """Make `new`, a mount point, the root, and detach the old one. Raises OSError."""
    number = SYS_PIVOT_ROOT[os.uname().machine]
    os.chdir(new)
    _check(_libc.syscall(ctypes.c_long(number), b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", MNT_DETACH), "umount old root")  # the old root lies on top of the new one
    os.chdir("/")


def prctl(option: int, *arguments: int) -> None:
    """Set a property of this process. Raises OSError."""
    padded = [*arguments, *[0] * (4 - len(arguments))]
    _check(_libc.prctl(ctypes.c_int(option), *(ctypes.c_ulong(value) for value in padded)), f"prctl {option}")


def end_with(parent: int, how: int = signal.SIGKILL) -> None:
    """Let this process end when its parent does; at once, where the parent is gone already.

    Args:
        parent: a descriptor of the parent (os.pidfd_open).
        how: the signal that it then gets.
    """
    prctl(PR_SET_PDEATHSIG, how)
    if select.select([parent], [], [], 0)[0]:
        os._exit(1)


def drop_capabilities() -> None:
    """Give up every privilege, also those that a later program could inherit. Raises OSError."""
    for capability in range(64):
        if _libc.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) != 0:
            break  # beyond the kernel's last capability, or no privilege left to drop any
    header = CapabilityHeader(CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(ctypes.byref(header), (ctypes.c_uint32 * 6)()), "capset")


def system_call(number: int, *arguments: Any) -> int:
    """One that the C library has no function for. Raises OSError."""
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    result = int(_libc.syscall(ctypes.c_long(number), *wide))
    _check(0 if result >= 0 else result, f"system call {number}")
    return result


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
