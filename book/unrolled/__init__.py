"""Public helpers of the course: `check` compares your function with its fixtures, `account` counts its work, `grads`
takes gradients for tests."""

from unrolled.checking.check import CheckFailed, check
from unrolled.checking.gradients import grads
from unrolled.checking.tape import account

__all__ = ["CheckFailed", "account", "check", "grads"]
