"""How student code is kept from everything else: the names that options, records and reports use."""

from __future__ import annotations

from enum import StrEnum


class Confinement(StrEnum):
    """A mode of running student code; each promises less than the one before.

    SANDBOX: namespaces, a file system of its own, a filter.
    CONTAINER: for containers that give no namespaces: Landlock and a filter, in the container's own file system.
    NONE: nothing; only for submissions that one trusts.
    """

    SANDBOX = "sandbox"
    CONTAINER = "container"
    NONE = "none"


# How code ran, as the end of a sentence; nothing where all promises hold.
MARKS = {
    Confinement.SANDBOX: "",
    Confinement.CONTAINER: "in the confinement of a container",
    Confinement.NONE: "without a sandbox",
}
