"""What is said of a cell that failed, and how much of an exception's text may leave a test."""

from __future__ import annotations

import re

from autograde.runner.outputs import Output
from autograde.sandbox.limits import Limits

NOT_RUN = "NotRun"
TIME_LIMIT = "TimeLimit"
KERNEL_DIED = "KernelDied"

STOPPED_EARLIER = "this cell did not run, because an earlier one stopped Python"
DIED = "Python itself stopped in this cell (exit, out of memory, or a crash)"

# Texts of Python, NumPy and PyTorch that carry names and sizes only. Any other text could carry hidden inputs out.
KNOWN_TEXTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"operands could not be broadcast together with shapes( \([\d,]{0,20}\)){2,3} ?",
        r"shapes \([\d, ]{0,20}\) and \([\d, ]{0,20}\) not aligned: \d{1,4} \(dim \d\) != \d{1,4} \(dim \d\)",
        r"matmul: Input operand \d has a mismatch in its core dimension \d, with gufunc signature "
        r"[\w(),?>-]{1,40} \(size \d{1,4} is different from \d{1,4}\)",
        r"mat1 and mat2 shapes cannot be multiplied \(\d{1,4}x\d{1,4} and \d{1,4}x\d{1,4}\)",
        r"index \d{1,4} is out of bounds for axis \d with size \d{1,4}",
        r"(list|tuple) index out of range",
        r"\w{1,40}\(\) (missing|takes) [\w ,':]{1,80}( given)?",
        r"'\w{1,20}' object (is not \w{1,20}|has no attribute '\w{1,30}')",
        r"name '\w{1,40}' is not defined",
        r"unsupported operand type\(s\) for [\w*/@+%&|<>= -]{1,12}: '\w{1,20}' and '\w{1,20}'",
        r"cannot unpack non-iterable \w{1,20} object",
        r"(not enough|too many) values to unpack \(expected \d{1,2}(, got \d{1,2})?\)",
        r"(overflow|underflow|divide by zero|invalid value) encountered in \w{1,20}",
        r"maximum recursion depth exceeded[\w ]{0,40}",
        r"[\w.:]{1,60} does what this exercise asks you to write; write it from its equations",
        r"output array is read-only|assignment destination is read-only",
    )
)


def error(name: str, text: str) -> Output:
    """A failed cell's output, as a notebook has it."""
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [f"{name}: {text}"]}


def of_test(raised: BaseException) -> Output:
    """What a test's failure leaves in the notebook.

    The course's own checks and assertions say what a student may know, or are reduced when feedback is written; any
    other text is kept only where it is one that can carry no hidden value.
    """
    name, text = type(raised).__name__, str(raised)
    return error(name, text if isinstance(raised, AssertionError) else harmless(text))


def harmless(text: str) -> str:
    """The text where it is known to carry names and sizes only, else nothing."""
    line = text.strip().split("\n")[0]
    return line if any(known.fullmatch(line) for known in KNOWN_TEXTS) else ""


def too_slow(limits: Limits) -> str:
    return f"this cell took longer than {limits.cell_seconds:g} seconds and was stopped (an endless loop?)"


def out_of_time(limits: Limits) -> str:
    return f"this cell did not run, because the notebook took longer than {limits.notebook_seconds:g} seconds"
