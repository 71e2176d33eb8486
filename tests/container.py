"""Run a command as in a container of the usual kind: root without most of its powers, and no namespaces to be had.

python -m tests.container COMMAND …      as root of the container, if root starts it
python -m tests.container --user COMMAND …      as an ordinary user of it

A folder that is closed to others and in which Python lies is opened on the way, as an image has it; for this command.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import sys

from autograde.sandbox import filter, linux, view

# What Docker leaves root by default: chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap,
# net_bind_service, net_raw, sys_chroot, mknod, audit_write, setfcap.
KEPT = (0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31)
# What its filter refuses to whom has no CAP_SYS_ADMIN.
REFUSED = ("unshare", "setns", "mount", "umount2", "pivot_root", "fsopen", "open_tree", "move_mount", "bpf")
NEW_NAMESPACES = 0x7E020000
ANY_USER = 1000


def main() -> None:
    """Become a container's process, then the command."""
    words = sys.argv[1:]
    asked = words[:1] == ["--user"]
    if os.geteuid() == 0:
        open_python()
        close_doors()
        if asked:
            os.setgroups([])
            os.setresgid(ANY_USER, ANY_USER, ANY_USER)
            os.setresuid(ANY_USER, ANY_USER, ANY_USER)
        else:
            keep_capabilities()
    else:
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        close_doors()
    words = words[asked:]
    os.execvp(words[0], words)


def open_python() -> None:
    """In a mount namespace of its own, open the closed folders in which Python or this project lie."""
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    needed = [path for path in (*view.visible_folders(), *view.own_folders()) if not path.is_symlink()]
    closed = {above for path in needed for above in path.parents if not above.stat().st_mode & 0o001}
    for folder in sorted(closed, key=lambda folder: len(folder.parts)):
        entries = [(path, os.open(path, os.O_PATH | os.O_NOFOLLOW)) for path in folder.iterdir()]
        linux.mount("tmpfs", str(folder), "tmpfs", 0, "mode=755")
        for path, number in entries:
            about = os.fstat(number)
            if stat.S_ISLNK(about.st_mode):
                path.symlink_to(os.readlink("", dir_fd=number))
                continue
            path.mkdir() if stat.S_ISDIR(about.st_mode) else path.touch()
            linux.mount(f"/proc/self/fd/{number}", str(path), None, linux.MS_BIND)
            os.close(number)


def close_doors() -> None:
    """Refuse what makes namespaces and mounts."""
    library = filter._library()
    context = library.seccomp_init(ctypes.c_uint32(filter.ALLOW))
    for name in REFUSED:
        filter._refuse(library, context, name, errno.EPERM)
    filter._refuse(library, context, "clone3", errno.ENOSYS)
    for bit in range(32):
        if NEW_NAMESPACES >> bit & 1:
            flag = filter._Comparison(0, filter.EQUAL_MASKED, 1 << bit, 1 << bit)
            filter._refuse(library, context, "clone", errno.EPERM, flag)
    filter.install(filter._exported(library, context))
    library.seccomp_release(context)


def keep_capabilities() -> None:
    """Drop what a container's root does not have."""
    for capability in range(64):
        if capability not in KEPT and linux._libc.prctl(linux.PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0):
            break  # beyond the last one
    kept = sum(1 << capability for capability in KEPT)
    halves = kept & 0xFFFFFFFF, kept >> 32
    header = linux.CapabilityHeader(linux.CAPABILITY_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)(halves[0], halves[0], 0, halves[1], halves[1], 0)
    linux._check(linux._libc.capset(ctypes.byref(header), data), "capset")


if __name__ == "__main__":
    main()
