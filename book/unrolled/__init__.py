"""Public helpers of the course: `check` compares your function with the course's fixtures."""

from unrolled.check import CheckFailed, check

__all__ = ["CheckFailed", "check"]
