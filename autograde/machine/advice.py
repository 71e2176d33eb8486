"""What to do on a machine that offers no sandbox."""

from __future__ import annotations

from pathlib import Path

SETTINGS = Path("/proc/sys")
ROOT_WORKS = "or grade as root (student code then still runs as another user)"


def remedy(why: str) -> str:
    """What makes a sandbox possible here, as far as this machine's settings tell.

    Args:
        why: what failed, as the system put it.
    """
    if "cannot be hidden" in why:
        return "Move the course, its gradebook or its exchange to a folder of their own."
    if "libseccomp" in why:
        return "Install libseccomp, version 2.5 or newer (on Debian or Ubuntu: sudo apt-get install libseccomp2)."
    if "Landlock" in why:
        return (
            "This confinement needs Landlock: Linux 5.13 or newer as root, 6.2 as an ordinary user, and a container "
            "that lets it through (Docker 23 or newer)."
        )
    if "closed to other users" in why:
        return "Open that folder for reading (chmod o+rx), put Python elsewhere, or grade as an ordinary user."
    if "may not become another user" in why:
        return "Start the container with the capabilities CHOWN, SETUID and SETGID, or grade as an ordinary user."
    if _setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
        return (
            "Ubuntu's AppArmor keeps users from making namespaces: allow it with "
            f"`sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`, {ROOT_WORKS}."
        )
    if _setting("kernel/unprivileged_userns_clone") == "0":
        return f"Allow namespaces to users with `sudo sysctl kernel.unprivileged_userns_clone=1`, {ROOT_WORKS}."
    if _setting("user/max_user_namespaces") == "0":
        return f"Allow namespaces with `sudo sysctl user.max_user_namespaces=10000`, {ROOT_WORKS}."
    return (
        "The kernel refused namespaces. In a Docker container, start it with `--cap-add SYS_ADMIN --security-opt "
        "seccomp=unconfined --security-opt apparmor=unconfined`, or grade outside the container. Where neither can be "
        "had, `--confinement container` may work (see below); it promises less."
    )


def _setting(name: str) -> str:
    try:
        return (SETTINGS / name).read_text("ascii").strip()
    except OSError:
        return ""
