"""What is said of a cell that failed, and how much of an exception's text may leave a test."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from autograde.runner.clock import ASLEEP, WALL
from autograde.runner.outputs import KERNEL_DIED, MACHINE_BUSY, NO_ANSWER, NOT_RUN, TIME_LIMIT, Output
from autograde.sandbox.limits import PATIENCE, Limits
from unrolled.checking.messages import TITLES, Message

__all__ = ["KERNEL_DIED", "MACHINE_BUSY", "NOT_RUN", "NO_ANSWER", "TIME_LIMIT"]

Row = tuple[str, str]  # of a message: a title and a text
SHORTEST_WORDS = 4  # characters of an exception's text that is looked for in a message
NOT_DEFINED = "not-defined"  # the misconception of who uses a name that is not there
RAISED = re.compile(r"\bit raised (\w+)")  # how a check says so
RAISED_BY_STUDENT = "raised_by_student"  # attribute of an exception that the student's code raised

STOPPED_EARLIER = "this cell did not run, because an earlier one stopped Python"
BROKE_RULES = "Python answered with something that is no answer, and was stopped (was a part of Python replaced?)"
DIED = "Python itself stopped in this cell (exit, out of memory, or a crash)"

# What Python, NumPy and PyTorch say, by how it begins or ends, and what is passed on of it. Names, numbers and shapes
# are left out: a student's code chooses them, and could write hidden inputs with them.
KNOWN_TEXTS = tuple(
    (re.compile(pattern, re.DOTALL), said)
    for pattern, said in (
        (r"operands could not be broadcast together with shapes .*", "operands could not be broadcast together"),
        (r"shapes .* not aligned: .*", "the shapes of a product do not fit"),
        (r"matmul: Input operand .*", "the shapes of a product do not fit"),
        (r"mat1 and mat2 shapes cannot be multiplied .*", "the shapes of a product do not fit"),
        (r"(index .* is out of bounds .*|(list|tuple) index out of range)", "an index is out of range"),
        (r".*\(\) (missing|takes) .*", "a function was called with more or fewer arguments than it takes"),
        (r".* object has no attribute .*", "an object has no such attribute"),
        (r".* object is not callable", "something was called that is no function"),
        (r".* object is not subscriptable", "something was indexed that has no items"),
        (r"name .* is not defined", "a name is not defined"),
        (r"unsupported operand type\(s\) for .*", "unsupported types of operands"),
        (r"cannot unpack non-iterable .* object", "something was unpacked that has no items"),
        (r"(not enough|too many) values to unpack .*", "more or fewer values came back than were unpacked"),
        (r"(overflow|underflow|divide by zero|invalid value) encountered in .*", "a number left its range"),
        (r"maximum recursion depth exceeded.*", "a function calls itself without end"),
        (r"(output array|assignment destination) is read-only", "an array is read-only"),
        (r".* does what this exercise asks you to write; .*", "it calls what this exercise asks you to write"),
    )
)


def error(name: str, text: str) -> Output:
    """A failed cell's output, as a notebook has it."""
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [f"{name}: {text}"]}


def of_test(raised: BaseException, met: Sequence[Exception], rows_of: Callable[[BaseException], list[Row]]) -> Output:
    """What a test's failure leaves in the notebook.

    The course's own checks and assertions say what a student may know, or are reduced when feedback is written. Of any
    other text, and of all that the student's code raised, only what can carry no hidden value is kept.

    Args:
        met: what the student's code raised during the test.
        rows_of: what the notebook tells about such an error.
    """
    name, text = type(raised).__name__, str(raised)
    if isinstance(raised, AssertionError) and not hasattr(raised, RAISED_BY_STUDENT):
        return error(name, _of_check(_without_words_of(met, text), met, rows_of))
    return error(name, Message("", "", (("", harmless_text(text)), *rows_of(raised))).body())


def _without_words_of(met: Sequence[Exception], text: str) -> str:
    # A check that quotes what the student's code has said tells of it what may be told; it may have wrapped the lines.
    for one in met:
        said = str(one).strip()
        if len(said) >= SHORTEST_WORDS:
            quoted = r"\s+".join(map(re.escape, said.split()))
            told = harmless_text(said) or "…"
            text = re.sub(quoted, lambda found, told=told: told, text)  # type: ignore[misc]  # a default has no type
    return text


def _of_check(text: str, met: Sequence[Exception], rows_of: Callable[[BaseException], list[Row]]) -> str:
    # A check calls several times: what is said of its error has to hold for all of that kind.
    message = Message.read(text)
    kinds = {match[1] for _, said in message.rows if (match := RAISED.search(said))}
    told = {tuple(rows_of(one)) for one in met if type(one).__name__ in kinds}
    rows = told.pop() if len(told) == 1 else ()
    if not rows or not message.function:
        return text
    # The check knows a mistake better than the notebook does, but for why a name is missing.
    known, found = dict(message.rows), dict(rows)
    said = known | found if message.misconception == NOT_DEFINED else found | known
    return replace(message, rows=tuple((title, said[title]) for title in ("", *TITLES) if title in said)).text()


def harmless_text(text: str) -> str:
    """What the text is known to say, without its names and numbers; else nothing."""
    if any(text == said for _, said in KNOWN_TEXTS):
        return text
    return next((said for known, said in KNOWN_TEXTS if known.fullmatch(text.strip())), "")


def too_slow(limits: Limits, exceeded: str) -> Output:
    """Of a cell that was stopped, because it had too much of something; see `clock`."""
    seconds = limits.cell_seconds
    if exceeded == WALL:
        text = f"a busy machine did not let this cell compute for {seconds:g} seconds within {PATIENCE * seconds:g}"
        return error(MACHINE_BUSY, text)
    if exceeded == ASLEEP:
        return error(TIME_LIMIT, f"this cell waited for {seconds:g} seconds and was stopped (sleep, or a lock?)")
    return error(
        TIME_LIMIT,
        f"this cell took longer than {seconds:g} seconds of processor time and was stopped (an endless loop?)",
    )


def out_of_time(limits: Limits, exceeded: str) -> Output:
    """Of a cell that does not run, because the notebook had too much of something."""
    if exceeded == WALL:
        return error(MACHINE_BUSY, "this cell did not run, because the machine was too busy for the notebook")
    text = f"this cell did not run, because the notebook took longer than {limits.notebook_seconds:g} seconds"
    return error(TIME_LIMIT, text)
