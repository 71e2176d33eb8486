"""The system-call filter: what student code may not ask of the kernel, on any architecture that libseccomp knows."""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import fcntl
import os
import resource
import socket
import struct
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from autograde.sandbox import linux

ALLOW = 0x7FFF0000
REFUSE = 0x00050000  # with the error number in the low bits
PRETEND = 0  # the error number of a call that is not made and seems to have been
DIFFERS, AT_LEAST, EQUAL_MASKED = 1, 5, 7  # libseccomp's comparisons; the last: (argument & first) == second
WHOLE = 0xFFFFFFFF  # the kernel reads 32 bits of these arguments, whatever stands above
CLONE_THREAD = 0x00010000

# In here the kernel looks as old as Linux 5.8 (faccessat2): no list can know calls that are yet to come.
NEWEST_CALL = 439
LOAD, IF_EQUAL, IF_GREATER, RETURN = 0x20, 0x15, 0x25, 0x06  # instructions of BPF
NUMBER, FIRST_ARGUMENT = 0, 16  # where the kernel puts them; the lower half of the argument, as all our machines do

# One process, no other programs, no network, no way to other processes, kernels or mounts.
REFUSED = (
    *("fork", "vfork", "execve", "execveat"),
    *("socket", "connect", "bind", "listen", "accept", "accept4", "setsockopt"),
    *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_open", "pidfd_getfd"),
    *("mount", "umount", "umount2", "pivot_root", "chroot", "unshare", "setns"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "move_mount", "open_tree"),
    *("open_by_handle_at", "name_to_handle_at", "quotactl", "swapon", "swapoff"),
    *("add_key", "request_key", "keyctl", "bpf", "perf_event_open", "userfaultfd", "seccomp"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "io_setup", "io_submit"),
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "syslog", "acct"),
    *("clock_settime", "settimeofday", "adjtimex", "clock_adjtime", "sethostname", "setdomainname"),
    # What others do with files.
    *("inotify_init", "inotify_init1", "inotify_add_watch", "fanotify_init"),
    # Memory that no limit of this process counts: sendmsg keeps descriptors on their way, setxattr keeps long lists.
    *("memfd_create", "shmget", "shmat", "msgget", "semget", "mq_open", "vmsplice", "sendmsg", "sendmmsg"),
    *("setxattr", "lsetxattr", "fsetxattr"),
    *("personality", "modify_ldt", "iopl", "ioperm", "ioprio_set", "sched_setscheduler", "sched_setattr"),
)
# What reaches beyond this process (locks on files that all share, their caches, the disks' queues) and does nothing
# within it: a single process needs no lock, and its files are in memory.
PRETENDED = ("flock", "sync", "syncfs", "fsync", "fdatasync", "sync_file_range", "fadvise64", "readahead")

# Besides these, where a process shares namespaces with others: theirs, that no number may name.
REFUSED_IN_COMPANY = (
    *("tkill", "pidfd_send_signal", "setpriority", "sched_setparam", "move_pages", "migrate_pages"),
    *("shmctl", "msgctl", "msgsnd", "msgrcv", "semctl", "semop", "semtimedop", "mq_unlink"),
    *("removexattr", "lremovexattr", "fremovexattr", "mknod", "mknodat"),
)
# Landlock lets whoever owns a file, or may write to it, change what is noted about it.
PRETENDED_IN_COMPANY = (
    *("chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat"),
    *("utime", "utimes", "futimesat", "utimensat"),
)
# Calls whose first argument is a process, which may be the caller alone; to some of them, 0 is the caller too.
NAME_A_PROCESS = (("kill", False), ("tgkill", False), ("rt_sigqueueinfo", False), ("rt_tgsigqueueinfo", False))
NAME_A_PROCESS_OR_0 = (("prlimit64", True), ("sched_setaffinity", True))

F_OFD_SETLK, F_OFD_SETLKW = 37, 38
LOCKS = (fcntl.F_SETLK, fcntl.F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW)
F_SETOWN, F_SETSIG, F_SETOWN_EX = 8, 10, 15
F_SETPIPE_SZ, F_GET_SEALS = 1031, 1034
TERMINAL = ord("T")  # the second byte of a request of ioctl is its kind; Python asks any file for this one
KIND_BITS = range(8, 16)
SO_PEERCRED, SO_PEERSEC, SO_PEERGROUPS, SO_PEERPIDFD = 17, 31, 59, 77
PR_SCHED_CORE = 62
RWF_NOWAIT = 8
MADV_MERGEABLE = 12
MAP_HUGETLB = 0x40000


class FilterError(OSError):
    """libseccomp is missing or refuses a rule; the text says what to do."""


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


@cache
def compiled(*, in_company: bool = False) -> bytes:
    """The filter as the kernel takes it (BPF), for this machine's architecture. Raises FilterError.

    Args:
        in_company: for a process that shares namespaces with others; `only_itself` belongs in front.
    """
    library = _library()
    context = library.seccomp_init(ctypes.c_uint32(ALLOW))
    if not context:
        raise FilterError(errno.ENOMEM, "libseccomp could not start a filter")
    try:
        for rule in (*_rules(), *(_rules_in_company() if in_company else ())):
            _refuse(library, context, *rule)
        return _old_kernel() + _exported(library, context)
    finally:
        library.seccomp_release(context)


def only_itself(process: int) -> bytes:
    """The beginning of a filter that keeps this process from naming others. Raises FilterError."""
    library, made = _library(), []
    for name, or_0 in (*NAME_A_PROCESS, *NAME_A_PROCESS_OR_0):
        call = library.seccomp_syscall_resolve_name(name.encode())
        made += [
            (LOAD, 0, 0, NUMBER),
            (IF_EQUAL, 0, 4, call & WHOLE),
            (LOAD, 0, 0, FIRST_ARGUMENT),
            (IF_EQUAL, 2, 0, process),
            (IF_EQUAL, 1, 0, 0 if or_0 else process),
            (RETURN, 0, 0, REFUSE | errno.EPERM),
        ]
    return _packed(made)


def install(program: bytes) -> None:
    """Put the filter on this process, for good. Needs no_new_privs. Raises OSError."""
    buffer = ctypes.create_string_buffer(program, len(program))
    header = Program(len(program) // 8, ctypes.addressof(buffer))
    linux.prctl(linux.PR_SET_SECCOMP, linux.SECCOMP_MODE_FILTER, ctypes.addressof(header))


class _Comparison(ctypes.Structure):
    # libseccomp's struct scmp_arg_cmp.
    _fields_ = [
        ("argument", ctypes.c_uint),
        ("operation", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    ]


def _rules() -> Iterator[tuple[Any, ...]]:
    # Each the name of a call, the number of the error, and the arguments for which alone it is refused.
    yield from ((name, errno.EPERM) for name in REFUSED)
    yield from ((name, PRETEND) for name in PRETENDED)
    # glibc asks for clone3 first, whose flags no filter can read, and then for clone.
    yield "clone3", errno.ENOSYS
    yield "clone", errno.EPERM, _Comparison(0, EQUAL_MASKED, CLONE_THREAD, 0)
    # Whoever clears the first signal outlives the process whose end is to be theirs.
    for option in (linux.PR_SET_PDEATHSIG, linux.PR_SET_SECCOMP, PR_SCHED_CORE):
        yield "prctl", errno.EPERM, _equal(0, option)
    for command in LOCKS:
        yield "fcntl", PRETEND, _equal(1, command)
    for command in (fcntl.F_SETLEASE, fcntl.F_NOTIFY, F_SETPIPE_SZ):
        yield "fcntl", errno.EPERM, _equal(1, command)
    yield "fcntl", errno.EPERM, _Comparison(1, AT_LEAST, F_GET_SEALS + 1, 0)
    # Networks, file systems, namespaces, devices: each kind differs from that of terminals in one bit or more.
    for bit in KIND_BITS:
        other = ~(TERMINAL << KIND_BITS.start) & (1 << bit)
        yield "ioctl", errno.EOPNOTSUPP, _Comparison(1, EQUAL_MASKED, 1 << bit, other)
    for option in (SO_PEERCRED, SO_PEERSEC, SO_PEERGROUPS, SO_PEERPIDFD):
        yield "getsockopt", errno.EPERM, _equal(2, option)
    # A crash hands the memory to the machine's own program for that, unless this limit is 1.
    yield "setrlimit", errno.EPERM, _equal(0, resource.RLIMIT_CORE)
    yield "prlimit64", errno.EPERM, _equal(1, resource.RLIMIT_CORE), _Comparison(2, DIFFERS, 0, 0)
    # Which pages of a file others have read, or hold in memory.
    yield "preadv2", errno.EOPNOTSUPP, _Comparison(5, EQUAL_MASKED, RWF_NOWAIT, RWF_NOWAIT)
    yield "madvise", errno.EINVAL, _equal(2, MADV_MERGEABLE)
    # Large pages that an administrator set aside for a program.
    yield "mmap", errno.ENOMEM, _Comparison(3, EQUAL_MASKED, MAP_HUGETLB, MAP_HUGETLB)


def _rules_in_company() -> Iterator[tuple[Any, ...]]:
    yield from ((name, errno.EPERM) for name in REFUSED_IN_COMPANY)
    yield from ((name, PRETEND) for name in PRETENDED_IN_COMPANY)
    # A pair of sockets that takes addresses reaches whoever listens there.
    yield "socketpair", errno.EPERM, _Comparison(0, DIFFERS, socket.AF_UNIX, 0)
    yield "sendto", errno.EPERM, _Comparison(4, DIFFERS, 0, 0)
    # Who gets a signal when something can be read.
    for command in (F_SETOWN, F_SETSIG, F_SETOWN_EX):
        yield "fcntl", errno.EPERM, _equal(1, command)


def _equal(argument: int, value: int) -> _Comparison:
    return _Comparison(argument, EQUAL_MASKED, WHOLE, value)


def _old_kernel() -> bytes:
    # In front of the other rules: an unknown call, as a kernel of that age answers.
    instructions = [
        (LOAD, 0, 0, NUMBER),
        (IF_GREATER, 0, 1, NEWEST_CALL),
        (RETURN, 0, 0, REFUSE | errno.ENOSYS),
    ]
    return _packed(instructions)


def _packed(instructions: Iterable[tuple[int, int, int, int]]) -> bytes:
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)


def _library() -> ctypes.CDLL:
    name = ctypes.util.find_library("seccomp") or "libseccomp.so.2"
    try:
        library = ctypes.CDLL(name, use_errno=True)
    except OSError as error:
        raise FilterError(
            errno.ENOENT, "libseccomp is missing (on Debian or Ubuntu: apt-get install libseccomp2)"
        ) from error
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_release.argtypes = [ctypes.c_void_p]
    library.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_void_p,
    ]
    return library


def _refuse(library: ctypes.CDLL, context: int, name: str, number: int, *where: _Comparison) -> None:
    call = library.seccomp_syscall_resolve_name(name.encode())
    if call == -1:
        raise FilterError(errno.ENOSYS, f"libseccomp has not heard of {name}: it is older than 2.5")
    array = (_Comparison * len(where))(*where) if where else None
    done = library.seccomp_rule_add_array(context, REFUSE | number, call, len(where), array)
    if done not in (0, -errno.EDOM):  # EDOM: this architecture has no such call
        raise FilterError(-done, f"libseccomp refused the rule for {name}: {os.strerror(-done)}")


def _exported(library: ctypes.CDLL, context: int) -> bytes:
    reading, writing = os.pipe()
    try:
        done = library.seccomp_export_bpf(context, writing)
        os.close(writing)
        if done != 0:
            raise FilterError(-done, f"libseccomp could not write the filter: {os.strerror(-done)}")
        with os.fdopen(reading, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(reading)
