"""The system-call filter: what student code may not ask of the kernel, on any architecture that libseccomp knows."""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import os
from functools import cache

from autograde.sandbox import linux

ALLOW = 0x7FFF0000
REFUSE = 0x00050000  # with the error number in the low bits
EQUAL_MASKED = 7  # libseccomp's comparison: (argument & first) == second
CLONE_THREAD = 0x00010000

# One process, no other programs, no network, no way to other processes, kernels or mounts.
REFUSED = (
    *("fork", "vfork", "execve", "execveat"),
    *("socket", "connect", "bind", "listen", "accept", "accept4"),
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_open", "pidfd_getfd"),
    *("mount", "umount", "umount2", "pivot_root", "chroot", "unshare", "setns"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "move_mount", "open_tree", "mount_setattr"),
    *("open_by_handle_at", "name_to_handle_at", "fanotify_init", "quotactl", "swapon", "swapoff"),
    *("add_key", "request_key", "keyctl", "bpf", "perf_event_open", "userfaultfd"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "io_setup", "io_submit"),
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "syslog", "acct"),
    *("clock_settime", "settimeofday", "adjtimex", "clock_adjtime", "sethostname", "setdomainname"),
    # Memory that no limit of this process counts.
    *("memfd_create", "memfd_secret", "shmget", "shmat", "msgget", "semget", "mq_open", "vmsplice"),
    *("personality", "modify_ldt", "iopl", "ioperm", "ioprio_set", "sched_setscheduler", "sched_setattr"),
)


class FilterError(OSError):
    """libseccomp is missing or refuses a rule; the text says what to do."""


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


@cache
def compiled() -> bytes:
    """The filter as the kernel takes it (BPF), for this machine's architecture. Raises FilterError."""
    library = _library()
    context = library.seccomp_init(ctypes.c_uint32(ALLOW))
    if not context:
        raise FilterError(errno.ENOMEM, "libseccomp could not start a filter")
    try:
        for name in REFUSED:
            _refuse(library, context, name, errno.EPERM)
        # glibc asks for clone3 first, whose flags no filter can read, and then for clone.
        _refuse(library, context, "clone3", errno.ENOSYS)
        no_thread = _Comparison(0, EQUAL_MASKED, CLONE_THREAD, 0)
        _refuse(library, context, "clone", errno.EPERM, no_thread)
        # Whoever clears this signal outlives the process whose end is to be theirs.
        parents_death = _Comparison(0, EQUAL_MASKED, 0xFFFFFFFF, linux.PR_SET_PDEATHSIG)
        _refuse(library, context, "prctl", errno.EPERM, parents_death)
        return _exported(library, context)
    finally:
        library.seccomp_release(context)


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
    if call == -1:  # libseccomp has not heard of it; the kernel may have
        return
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
