"""Landlock: a process gives up all files but those it names, for good and without privileges."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from autograde.sandbox import linux

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # on every architecture
VERSION = 1  # the flag that asks for the version
PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
READING = EXECUTE | READ_FILE | READ_DIR
MAKING = sum(1 << bit for bit in (4, 5, 7, 8, 12))  # remove folders and files; make folders, files, links
FIRST_RIGHTS = (1 << 13) - 1
LATER_RIGHTS = ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV))  # from which version on
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE  # what a rule about a single file may hold
NETWORK_SINCE, BIND_AND_CONNECT = 4, 3
SCOPES_SINCE, SOCKETS_AND_SIGNALS = 6, 3


@dataclass(frozen=True)
class Rule:
    """A path and what may be done with it and all below it."""

    path: Path
    rights: int


class _Attributes(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("rights", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def version() -> int:
    """That of this kernel's interface; 0 where there is none, or where the container's filter refuses it."""
    try:
        return linux.system_call(CREATE_RULESET, None, 0, VERSION)
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM):
            return 0
        raise


def restrict(rules: Iterable[Rule]) -> None:
    """Leave this process, and what it will start, nothing but these. Needs no_new_privs. Raises OSError.

    Also no TCP, and no signal and no abstract socket to the outside, where the kernel's version knows of them.
    """
    found = version()
    known = FIRST_RIGHTS | sum(right for since, right in LATER_RIGHTS if found >= since)
    network = BIND_AND_CONNECT if found >= NETWORK_SINCE else 0
    scopes = SOCKETS_AND_SIGNALS if found >= SCOPES_SINCE else 0
    attributes = _Attributes(known, network, scopes)
    size = 24 if scopes else 16 if network else 8  # an older kernel refuses what it does not know
    ruleset = linux.system_call(CREATE_RULESET, ctypes.byref(attributes), size, 0)
    try:
        for rule in rules:
            with contextlib.suppress(FileNotFoundError), _opened(rule.path) as number:
                rights = rule.rights & known & (-1 if rule.path.is_dir() else OF_FILES)
                about = _PathBeneath(rights, number)
                linux.system_call(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(about), 0)
        linux.system_call(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    number = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        yield number
    finally:
        os.close(number)
