"""Public helpers of the course: `check` compares your function with its fixtures, `grads` takes gradients for tests."""

from unrolled.checking.check import CheckFailed, check
from unrolled.checking.gradients import grads

__all__ = ["CheckFailed", "check", "grads"]
