"""What another run of a page may draw or schedule otherwise, without one of its sentences becoming false.

Every seed and every number of threads of a page goes through here, so that `make portable` can change them all.
"""

import os

SEED_SHIFT = "UNROLLED_SEED_SHIFT"
THREADS = "UNROLLED_THREADS"


def seed(number: int) -> int:
    """Return the seed `number`, shifted by $UNROLLED_SEED_SHIFT where that is set: the same page, other luck."""
    return number + int(os.environ.get(SEED_SHIFT, "0"))


def threads(number: int) -> int:
    """Return `number` of threads, or $UNROLLED_THREADS where that is set."""
    return int(os.environ.get(THREADS, number))
