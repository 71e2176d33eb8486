"""Inside the sandbox: answers the judge's calls to the student's objects. The judge trusts nothing of what it says."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograde.runner import values
from autograde.runner.asked import AskedForInputError
from autograde.runner.forbid import NotAllowedError
from autograde.runner.frames import Channel
from autograde.runner.values import THEIRS, YOURS, Tree, mutable_parts
from unrolled.checking.probes import through_cache
from unrolled.checking.tape import NotCountedError, TooMuchWorkError

HOMES = ("builtins", "numpy.exceptions", "numpy.linalg")  # of exceptions that the judge has, too
LONGEST_MESSAGE = 500  # characters of an exception's text
LONGEST_NAME = 100
CELL = "<ipython-input"  # how the file names of cells begin
BEGINNING = -1  # before the first cell

Message = dict[str, Any]


class TimeLimit(BaseException):
    """This cell took too long. Not an Exception, so that `except Exception` does not swallow it."""


class Uninterrupted(Channel):
    """A channel whose messages the end of the time does not tear apart.

    busy: above zero while one is under way.
    works: the student's code runs, which may be interrupted.
    interrupted: it was, since it began.
    """

    busy = 0
    works = interrupted = False

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """The student's code runs within. Raises TimeLimit."""
        self.works, self.interrupted = True, False
        try:
            yield
        finally:
            self.works = False

    def send(self, *arguments: Any, **options: Any) -> None:
        with self.exchange():
            super().send(*arguments, **options)

    @contextmanager
    def exchange(self) -> Iterator[None]:
        """A question and its answer, undisturbed."""
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1


class Agent:
    """The student's objects that the judge has asked for, by number, and the calls to them.

    Args:
        names: the notebook's namespace.
    """

    def __init__(self, channel: Uninterrupted, names: dict[str, Any]) -> None:
        self.channel, self.names = channel, names
        self.objects: dict[int, Any] = {}
        self.kept: set[int] = set()  # the numbers of those whose content the judge has
        self.taken: dict[int, bool] = {}  # by identity: what a call was given by handle, and whether it is kept
        self.asked: tuple[list[Any], bytes] = ([], b"")  # the last calls, as they came
        self.last = 0
        self.after: dict[int, dict[str, Any]] = {BEGINNING: dict(names)}

    def remember(self, cell: int, last_test: int) -> None:
        """Remember the names as this cell left them, for the tests that stand behind it and run later.

        Args:
            last_test: the last test before it. What cells behind that one had left, no test can ask for any more; kept,
                it would hold on to memory that the notebook has given back.
        """
        self.after = {earlier: names for earlier, names in self.after.items() if earlier <= last_test}
        self.after[cell] = dict(self.names)

    def answer(self, message: Message, blob: bytes) -> None:
        """Do what the message asks and send its outcome: a value, or what was raised."""
        handlers: dict[str, Callable[[Message, bytes], None]] = {
            "test": self._test,
            "names": self._names,
            "attribute": self._attribute,
            "call": self._call,
            "calls": self._calls,
            "grads": self._grads,
            "dependence": self._dependence,
            "tape": self._tape,
        }
        for number in message.get("forget", ()):
            self.objects.pop(number, None)
            self.kept.discard(number)
        self.taken = {}
        try:
            handlers[message["do"]](message, blob)
        except TimeLimit:
            raise
        except BaseException as error:  # sys.exit() in an answer, too, is an answer that failed
            self.channel.send(_raised(error))

    def _test(self, message: Message, blob: bytes) -> None:
        # No objects are out, and the names are what they were where the test stands.
        self.objects.clear()
        self.kept.clear()
        then = self.after[max(cell for cell in self.after if cell < message["test"])]
        self.names.clear()
        self.names.update(then)
        self._names(message, blob)

    def _names(self, message: Message, blob: bytes) -> None:
        blobs: list[bytes] = []
        found = {name: self.names[name] for name in message["names"] if name in self.names}
        self.channel.send({"value": values.encode_names(found, blobs, self._give), "changed": []}, blobs)

    def _attribute(self, message: Message, blob: bytes) -> None:
        self._send(getattr(self.objects[message["object"]], message["name"]))

    def _call(self, message: Message, blob: bytes) -> None:
        arguments, named = values.decode(message["arguments"], blob, take=self._take)
        given = Given((arguments, named), self.taken)
        with np.errstate(**message["errstate"]):
            answer = self.objects[message["object"]](*arguments, **named)
        blobs: list[bytes] = []
        value = values.encode_answer(answer, blobs, self._give)
        self.channel.send({"value": value, "changed": given.changed(blobs, self._give)}, blobs)

    def _calls(self, message: Message, blob: bytes) -> None:
        self.asked = message["calls"], blob
        function = self.objects[message["object"]]
        if message["after"] is not None:
            forward, upstream = message["after"]
            function = through_cache(function, self.objects[forward], upstream=upstream)
        taken = self.taken
        blobs: list[bytes] = []
        answers = []
        for arguments, errstate in self._asked():
            if self.channel.interrupted:  # and the call before swallowed it
                raise TimeLimit
            own: list[bytes] = []
            try:
                given = Given((arguments, {}), taken)
                with np.errstate(**errstate):
                    answer = function(*arguments)
                value = values.encode_answer(answer, own, self._give, opaque=message["opaque"])
                answers.append({"value": value, "changed": given.changed(own, self._give)})
                blobs += own
            except TimeLimit:
                raise
            except BaseException as error:
                answers.append(_raised(error))
        self.channel.send({"answers": answers}, blobs)

    def _asked(self) -> list[tuple[tuple[Any, ...], Message]]:
        # The arguments of several calls, made anew from the message in which they came last.
        trees, blob = self.asked
        reader = values.Reader(blob, self._take)
        found = []
        for tree, errstate in trees:
            reader.nodes = 0
            found.append((reader.read(tree)[0], errstate))
        return found

    def _grads(self, message: Message, blob: bytes) -> None:
        from unrolled import grads

        inputs, upstream = values.decode(message["arguments"], blob, take=self._take)
        self._send(grads(self.objects[message["object"]], *inputs, upstream=upstream))

    def _dependence(self, message: Message, blob: bytes) -> None:
        from unrolled.checking.independence import dependence
        from unrolled.checking.probes import Probe

        probe, others, cases, kinds = values.decode(message["arguments"], blob, take=self._take)
        if cases is None:  # those of the last calls
            cases = [list(arguments) for arguments, _ in self._asked()]
        found = dependence(Probe(**probe), [self.objects[message["object"]], *others], cases, kinds)
        self._send(found.name if found is not None else "")

    def _tape(self, message: Message, blob: bytes) -> None:
        from unrolled.checking.tape import record

        arguments = values.decode(message["arguments"], blob, take=self._take)
        tape = record(self.objects[message["object"]], *arguments)
        self._send((tape.text, tape.literals))

    def _send(self, value: Any) -> None:
        blobs: list[bytes] = []
        self.channel.send({"value": values.encode_answer(value, blobs, self._give), "changed": []}, blobs)

    def _give(self, value: Any, *, kept: bool = False) -> Tree:
        self.last += 1
        self.objects[self.last] = value
        if kept:
            self.kept.add(self.last)
        return [THEIRS, self.last, callable(value)]

    def _take(self, whose: str, number: int, is_callable: bool) -> Any:
        if whose != YOURS:
            return self._judges_function(number)
        found = self.objects[number]
        self.taken[id(found)] = number in self.kept
        return found

    def _judges_function(self, number: int) -> Callable[..., Any]:
        # A function that the judge passes, such as the one whose gradient is asked for: it runs over there.
        def function(*arguments: Any) -> Any:
            blobs: list[bytes] = []
            tree = values.encode(arguments, blobs)
            with self.channel.exchange():
                self.channel.send({"asks": number, "arguments": tree}, blobs)
                message, blob = self.channel.receive()
                while "do" in message:  # that function calls one of the student's in turn
                    self.answer(message, blob)
                    message, blob = self.channel.receive()
            if "raised" in message:
                raise ValueError(message["raised"])
            return values.decode(message["value"], blob)

        return function


class Given:
    """The arguments of a call as they came, so that what the call wrote into them can be sent back.

    Args:
        taken: what of them came by handle, by identity, and whether the judge has its content.
    """

    def __init__(self, arguments: Any, taken: dict[int, bool]) -> None:
        self.taken = taken
        self.parts: list[Any] = list(mutable_parts(arguments, lambda part: taken.get(id(part))))
        self.before = [_content(part) if id(part) in taken else _snapshot(part) for part in self.parts]

    def changed(self, blobs: list[bytes], give: values.Give) -> list[Tree]:
        """Place and new value of each argument that the call changed."""
        changes = []
        for place, (part, before) in enumerate(zip(self.parts, self.before, strict=True)):
            if id(part) not in self.taken:
                if not _is_as_before(part, before):
                    changes.append([place, values.encode(part, blobs, give=give)])
            elif _content(part) not in (None, before):
                changes.append([place, values.encode_element(part, blobs, give)])
        return changes


def _content(kept: Any) -> tuple[Tree, bytes] | None:
    # What the judge may know of it, objects by identity; none where it has become what cannot cross.
    try:
        return values.content(kept, lambda value, **options: [THEIRS, id(value), False])
    except Exception:
        return None


def _snapshot(part: Any) -> Any:
    if isinstance(part, np.ndarray):
        return part.shape, part.dtype, part.tobytes()
    if isinstance(part, np.random.Generator):
        return values.generator_state(part)
    if isinstance(part, dict):
        return [*part.keys(), *part.values()]
    return list(part) if isinstance(part, list) else part.detach().clone()


def _is_as_before(part: Any, before: Any) -> bool:
    now = _snapshot(part)
    if isinstance(part, (np.ndarray, np.random.Generator)):
        return bool(now == before)
    if isinstance(part, (list, dict)):
        return len(now) == len(before) and all(one is other for one, other in zip(now, before, strict=True))
    return now.shape == before.shape and now.numpy().tobytes() == before.numpy().tobytes()


def _raised(error: BaseException) -> Message:
    return {"raised": _known_kind(error), "text": _text_of(error), "place": _place_of(error)}


def _place_of(error: BaseException) -> list[Any]:
    # Name and line of the innermost function of a cell, which IPython compiles under a name of its own.
    frames = traceback.walk_tb(error.__traceback__)
    own = [(frame.f_code.co_name, line) for frame, line in frames if frame.f_code.co_filename.startswith(CELL)]
    return next(([name[:LONGEST_NAME], line] for name, line in reversed(own) if name.isidentifier()), ["", 0])


def _known_kind(error: BaseException) -> str:
    # The nearest of its types that the judge has too.
    if isinstance(error, (NotAllowedError, AskedForInputError, NotCountedError, TooMuchWorkError)):
        return type(error).__name__
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ in HOMES)


def _text_of(error: BaseException) -> str:
    try:
        return str(error)[:LONGEST_MESSAGE]
    except Exception:
        return ""
