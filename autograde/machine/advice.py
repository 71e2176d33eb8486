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
        "seccomp=unconfined --security-opt apparmor=unconfined`, or grade outside the container."
    )


def _setting(name: str) -> str:
    try:
        return (SETTINGS / name).read_text("ascii").strip()
    except OSError:
        return ""
