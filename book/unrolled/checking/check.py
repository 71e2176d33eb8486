"""`check(function)`: is this function right, and if not, what is the likely mistake?"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np

from unrolled.checking.diagnose import Failure, diagnose
from unrolled.checking.findings import Finding
from unrolled.checking.fixtures import Case, Fixture, FixtureFileError, load
from unrolled.checking.independence import dependence
from unrolled.checking.messages import CALLED, CAME_BACK, IN_DETAIL, LIKELY_CAUSE, NOT_WRITTEN, READ, WHERE, Message

Function = Callable[..., Any]

FIXTURES = Path("fixtures.npz")
VISIBLE = "visible"  # the part that students check themselves
LONGEST = 80  # characters of an argument


class CheckFailed(AssertionError):
    """A check that did not pass. Its text is that of `message`."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message.text())

    def _render_traceback_(self) -> list[str]:
        # IPython shows this instead of a traceback through the course's own code.
        return str(self).splitlines()


def check(
    function: Function, *, forward: Function | None = None, hidden: str | None = None, name: str | None = None
) -> None:
    """Check your function against the course's fixtures, which lie next to the notebook.

    Args:
        function: the function that the assignment asks for.
        forward: for a backward function: yours, whose cache it reads.
        hidden: the part that counts at grading; needs the course's judge, which only instructors have.
        name: the function's name in the assignment, where `function.__name__` is another.

    Raises:
        CheckFailed: with what was called, what came back, the likely cause and where to read.
    """
    name = name or getattr(function, "__name__", None) or type(function).__name__
    if hidden is not None:
        _judge()(function, name, hidden, forward=forward)
        print(f"✓ {name}: {hidden} right on fresh inputs.")
        return
    fixture = _fixture(name)
    if fixture.probe.upstream and callable(forward):
        _check_forward(forward, fixture)
    failure = diagnose(
        subject(function, forward, fixture, part=VISIBLE), fixture, independent=independent(function, forward, fixture)
    )
    if failure is not None:
        raise failed(failure, part=VISIBLE, disclose=True) from None
    print(f"✓ {name}: all {len(fixture.cases)} visible cases are right.")


def _check_forward(forward: Function, fixture: Fixture) -> None:
    # A mistake of the forward function's shows in the backward one, where nobody would look for it.
    own = fixture.function
    name = getattr(forward, "__name__", "")
    known = _fixtures(name)
    if name in known and diagnose(forward, known[name]) is not None:
        what = f"{own} reads the cache of {name}, which is not right itself."
        raise refused(own, VISIBLE, what, f"Run check({name}) and mend that first.")
    arguments = list(fixture.cases[0].arguments.values())
    try:
        *_, cache = forward(*arguments[: len(arguments) - fixture.probe.upstream])
    except Exception:  # whatever it is, the check itself says it
        return
    if cache is None:
        remedy = "Let the forward function return what the way back needs: its inputs, weights and states."
        raise refused(own, VISIBLE, f"{own} gets None as its cache from {name}.", remedy)


def subject(function: Any, forward: Any, fixture: Fixture, *, part: str) -> Function:
    """What the cases are put to: the function itself, adapted, or a backward function after its forward function.

    Raises:
        CheckFailed: one of the two is missing or is no function.
    """
    name = fixture.function
    if not callable(function):
        raise refused(name, part, f"{name} is {type(function).__name__}, not a function.")
    if not fixture.probe.upstream:
        return fixture.probe(function)
    if not callable(forward):
        what = f"{name} reads a cache. Say which function of yours makes it: check({name}, forward=…)."
        raise refused(name, part, what)
    return fixture.probe(function, forward)


def independent(function: Any, forward: Any, fixture: Fixture) -> Callable[[Sequence[Case]], Finding | None]:
    """What `diagnose` asks of cases in which all is right: how the function depends on other calls."""
    objects = (function, forward) if fixture.probe.upstream else (function,)
    kinds = [output.kind for output in fixture.outputs]
    return lambda cases: dependence(fixture.probe, objects, [[*case.arguments.values()] for case in cases], kinds)


def refused(function: str, part: str, what: str, remedy: str = "") -> CheckFailed:
    """The exception for what cannot be checked, or is wrong in a way that one sentence tells."""
    return CheckFailed(Message(function, part, (("", f"✗ {what}"), ("", remedy))))


def failed(failure: Failure, *, part: str, disclose: bool) -> CheckFailed:
    """The exception that tells a student about `failure`.

    With `disclose=False` the message holds no input, no value and no shape: fresh inputs stay secret.
    """
    fixture, suspect = failure.fixture, failure.suspect
    name = fixture.function
    called = _signature(fixture, failure.case.arguments) if disclose else name
    begin = (("", f"✗ {name} is not right yet."), (CALLED, f"{called}, case “{failure.case.label}”"))
    if failure.outcome.raised == "NotImplementedError":
        what = "nothing: it is not written yet (it still raises NotImplementedError)"
        return CheckFailed(Message(name, part, (*begin, (CAME_BACK, what)), NOT_WRITTEN))
    rows = (
        *begin,
        (CAME_BACK, failure.deviation.summary),
        (IN_DETAIL, failure.deviation.detail if disclose else ""),
        (WHERE, _own_line(failure.outcome.error) if disclose else ""),
        (LIKELY_CAUSE, _cause(failure)),
        (READ, suspect.read if suspect is not None else fixture.read),
    )
    return CheckFailed(Message(name, part, rows, suspect.name if suspect is not None else None))


def _cause(failure: Failure) -> str:
    if failure.suspect is None:
        return ""
    return " ".join([failure.suspect.hint, *(f"Besides: {sentence}" for sentence in failure.besides)])


def _signature(fixture: Fixture, arguments: Any) -> str:
    described = [f"{name}: {_described(value)}" for name, value in arguments.items()]
    if not fixture.probe.upstream:
        return f"{fixture.function}({', '.join(described)})"
    own, forwards = described[-fixture.probe.upstream :], described[: -fixture.probe.upstream]
    return f"{fixture.function}({', '.join(own)}, cache), the cache from a forward pass on {', '.join(forwards)}"


def _described(value: Any) -> str:
    return f"{value.shape} {value.dtype}" if isinstance(value, np.ndarray) else f"{value!r:.{LONGEST}}"


def _own_line(error: BaseException | None) -> str:
    # The innermost line of the student's own code, which IPython compiles under a name that is not a package's.
    if error is None:
        return ""
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename and Path(frame.filename).parent != Path(__file__).parent
    ]
    return f"line {own[-1].lineno} of your cell: {own[-1].line}" if own and own[-1].line else ""


def _fixtures(name: str) -> dict[str, Fixture]:
    try:
        return _loaded(FIXTURES.resolve(), FIXTURES.stat().st_mtime_ns if FIXTURES.is_file() else 0)
    except FixtureFileError as error:
        raise refused(name, VISIBLE, f"{error}.") from None


def _fixture(name: str) -> Fixture:
    fixtures = _fixtures(name)
    if name not in fixtures:
        what = f"There is no check for a function called {name!r}. There are checks for: {', '.join(fixtures)}."
        remedy = "If yours has another name, say which one is meant: check(mine, name='…')."
        raise refused(name, VISIBLE, what, remedy)
    return fixtures[name]


@cache
def _loaded(path: Path, modified: int) -> dict[str, Fixture]:
    # Read once; `modified` makes a file that changed another one.
    return load(path)


@cache
def _judge() -> Callable[..., None]:
    for entry in entry_points(group="unrolled.judge"):
        return entry.load()
    raise RuntimeError("hidden checks run at grading only: this machine has no judge installed")
