"""Outside the sandbox: what stands for the student's objects while a test runs.

Calls go over the wire; plain data comes back. A student's object that is no data stays inside and is stood for by a
`Remote`, which answers no question of Python's own (true? equal? how long?), so that no test can pass by asking it.
"""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from autograde.runner import values
from autograde.runner.asked import AskedForInputError
from autograde.runner.clock import Allowance
from autograde.runner.failures import RAISED_BY_STUDENT
from autograde.runner.forbid import NotAllowedError
from autograde.runner.frames import Channel, WireError
from autograde.runner.tapes import without_old_memory
from autograde.runner.values import THEIRS, YOURS, Kept, Tree, mutable_parts
from unrolled.checking.tape import NotCountedError, ReadsNumbersError, TooMuchWorkError

LONGEST_TEXT = 500
MOST_ERRORS = 100  # kept of those that one test meets
Calls = list[tuple[tuple[Any, ...], dict[str, Any]]]
LONGEST_TUPLE = 100  # outputs that a function may have, to be asked for more of them than its points need
PLACE = "place"  # attribute of an exception that the student's code raised: a function's name, and a line


class TimeLimit(BaseException):
    """The student's code did not answer in time. Not an Exception, so that no check takes it for theirs."""


class StudentError(Exception):
    """The student's code raised something that is not one of Python's own exceptions."""


# Exceptions that take one text.
RAISED: dict[str, type[Exception]] = {
    **{
        name: kind
        for name, kind in vars(builtins).items()
        if isinstance(kind, type)
        and issubclass(kind, Exception)
        and not issubclass(kind, (UnicodeError, StopIteration, StopAsyncIteration, BaseExceptionGroup))
    },
    "AxisError": np.exceptions.AxisError,
    "LinAlgError": np.linalg.LinAlgError,
    "NotAllowedError": NotAllowedError,
    "AskedForInputError": AskedForInputError,
    "NotCountedError": NotCountedError,
    "ReadsNumbersError": ReadsNumbersError,
    "TooMuchWorkError": TooMuchWorkError,
}


@dataclass(frozen=True)
class Answer:
    """What one call came to: a value and the new values of arguments, by place, or an exception."""

    value: Any = None
    changes: list[tuple[Any, Any]] = field(default_factory=list)
    error: Exception | None = None

    def come_back(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Do to the arguments what the call did, and return or raise what it did. Raises WireError."""
        if self.error is not None:
            raise self.error
        parts = list(mutable_parts((arguments, named), _is_by_handle)) if self.changes else []
        for place, value in self.changes:
            if type(place) is not int or not 0 <= place < len(parts):
                raise WireError("it changed what was not given to it")
            _overwrite(parts[place], value)
        return self.value


class Link:
    """The wire during one test.

    Args:
        allowance: the test's time.
    """

    def __init__(self, channel: Channel, allowance: Allowance) -> None:
        self.channel, self.allowance = channel, allowance
        self.functions: dict[int, Callable[..., Any]] = {}
        self.failed: WireError | TimeLimit | None = None  # a test that swallows it has failed nevertheless
        self.errors: list[Exception] = []  # the first that the student's code raised
        self.forgotten: list[int] = []  # handles that no test holds any more
        self.too_large: set[int] = set()  # those whose answers no message could hold, or were tuples without an end
        self.last_calls: list[tuple[Any, ...]] = []  # the arguments of the last calls

    def begin(self, test: int, names: list[str]) -> dict[str, Any]:
        """What the notebook has under these names where the test stands; those that it lacks are left out."""
        with self._noted():
            message, blob = self._exchange({"do": "test", "test": test, "names": names}, None)
            if "raised" in message:  # more than one message can hold, or a name whose error is the test's
                found: dict[str, Any] = {}
                for name in names:
                    found |= self._found([name], self._ask({"do": "names", "names": [name]}))
            else:
                found = self._found(names, self._answer_of(message, self._reader(blob)).value)
        for name, value in found.items():
            if isinstance(value, Remote):
                object.__setattr__(value, "__name__", name)
        return found

    def _found(self, names: list[str], answer: Any) -> dict[str, Any]:
        if type(answer) is not dict:
            raise WireError("it answered with something that is no names")
        return {name: answer[name] for name in names if name in answer}

    def call(self, target: int, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call a student's object. What it writes into its arguments is written into these."""
        blobs: list[bytes] = []
        tree = self._encode((arguments, named), blobs)
        request = {"do": "call", "object": target, "arguments": tree, "errstate": np.geterr()}
        with self._noted():
            return self._ask(request, blobs, given=(arguments, named))

    def calls(
        self, target: int, calls: Calls, *, opaque: list[int], after: tuple[int, int] | None = None
    ) -> Iterator[tuple[Callable[..., Any], bool]]:
        """Call a student's object several times in one exchange, which takes less time than one for each.

        Args:
            calls: arguments of each, and NumPy's settings for floating-point errors.
            opaque: what of a tuple of answers need not come.
            after: a backward function is called with the cache of this one, and so many of the arguments.

        Returns for each a function that answers, with the same arguments, and whether it writes into them.
        """
        blobs: list[bytes] = []
        trees = [[self._encode((arguments, {}), blobs), errstate] for arguments, errstate in calls]
        request = {"do": "calls", "object": target, "calls": trees, "opaque": opaque, "after": after}
        with self._noted():
            message, blob = self._exchange(request, blobs)
            self.last_calls = [arguments for arguments, _ in calls] if "answers" in message else []
            if "raised" in message:  # more than one message can hold
                self.too_large.add(target)
                yield from self._one_by_one(request, calls)
                return
            entries = message.get("answers")
            if type(entries) is not list or len(entries) != len(calls):
                raise WireError("it gave more or fewer answers than there were calls")
            reader = self._reader(blob)
            answers = [self._answer_of(entry, reader) for entry in entries]
            if any(type(one.value) is tuple and len(one.value) > LONGEST_TUPLE for one in answers):
                self.too_large.add(target)
        for answer in answers:
            yield lambda *arguments, answer=answer: self._come_back(answer, arguments), bool(answer.changes)

    def _one_by_one(self, request: dict[str, Any], calls: Calls) -> Iterator[tuple[Callable[..., Any], bool]]:
        for arguments, errstate in calls:
            blobs: list[bytes] = []
            one = {**request, "calls": [[self._encode((arguments, {}), blobs), errstate]]}
            message, blob = self._exchange(one, blobs)
            entries = message.get("answers", [message])  # an error, if there are none
            if type(entries) is not list or len(entries) != 1:
                raise WireError("it gave more or fewer answers than there were calls")
            answer = self._answer_of(entries[0], self._reader(blob))
            yield lambda *arguments, answer=answer: self._come_back(answer, arguments), bool(answer.changes)

    def _come_back(self, answer: Answer, arguments: tuple[Any, ...]) -> Any:
        with self._noted():
            return answer.come_back(arguments, {})

    def attribute(self, target: int, name: str) -> Any:
        """An attribute of a student's object."""
        with self._noted():
            return self._ask({"do": "attribute", "object": target, "name": name})

    def grads(self, target: int, inputs: tuple[Any, ...], upstream: Any) -> Any:
        """Outputs and gradients, as unrolled.checking.gradients gives them, computed on the student's side."""
        blobs: list[bytes] = []
        tree = self._encode((inputs, upstream), blobs)
        with self._noted():
            return self._ask({"do": "grads", "object": target, "arguments": tree}, blobs)

    def dependence(self, target: int, question: tuple[Any, ...]) -> Any:
        """What unrolled.checking.independence finds on the student's side: its name, or an empty text."""
        probe, others, cases, kinds = question
        if len(cases) == len(self.last_calls) and all(
            len(one) == len(other) and all(map(operator.is_, one, other))
            for one, other in zip(cases, self.last_calls, strict=True)
        ):
            question = (probe, others, None, kinds)  # they are there already
        blobs: list[bytes] = []
        tree = self._encode(question, blobs)
        with self._noted():
            return self._ask({"do": "dependence", "object": target, "arguments": tree}, blobs)

    def tape(self, target: int, arguments: list[Any]) -> Any:
        """What unrolled.checking.tape writes down on the student's side: a text, and a list of arrays."""
        blobs: list[bytes] = []
        tree = self._encode(arguments, blobs)
        with self._noted():
            return without_old_memory(self._ask({"do": "tape", "object": target, "arguments": tree}, blobs))

    @contextmanager
    def _noted(self) -> Iterator[None]:
        if self.failed is not None:
            raise self.failed
        try:
            yield
        except (WireError, TimeLimit) as error:
            self.failed = error
            raise

    def _ask(self, request: dict[str, Any], blobs: list[bytes] | None = None, given: Any = ((), {})) -> Any:
        message, blob = self._exchange(request, blobs)
        return self._answer_of(message, self._reader(blob)).come_back(*given)

    def _exchange(self, request: dict[str, Any], blobs: list[bytes] | None) -> tuple[dict[str, Any], bytes]:
        self._insist_on_time()
        forgotten, self.forgotten = self.forgotten, []
        self.channel.send({**request, "forget": forgotten}, blobs or (), deadline=self.allowance)
        while True:
            message, blob = self.allowance.receive(self.channel)
            if "asks" in message:
                self._answer(message, blob)
                continue
            self._insist_on_time()  # an answer that comes late is none
            if "late" in message:
                raise TimeLimit
            return message, blob

    def _insist_on_time(self) -> None:
        if self.allowance.left() <= 0 or self.allowance.exceeded:
            raise TimeLimit

    def _reader(self, blob: bytes) -> values.Reader:
        return values.Reader(blob, self._take, with_grad=False, forget=lambda number: self.forgotten.append(number))

    def _answer_of(self, entry: Any, reader: values.Reader) -> Answer:
        if type(entry) is not dict:
            raise WireError("it answered with something that is no answer")
        reader.nodes = 0  # each answer may have as many parts as if it had come alone
        if "raised" in entry:
            error = error_of(entry["raised"], entry.get("text"), entry.get("place"))
            self.errors += [error] if len(self.errors) < MOST_ERRORS else []
            return Answer(error=error)
        try:
            value = reader.read(entry.get("value"))
            return Answer(value, [(place, reader.read(tree)) for place, tree in entry.get("changed", [])])
        except (values.BadValueError, TypeError, ValueError) as error:
            raise WireError("it answered with something that is no value") from error

    def _answer(self, message: dict[str, Any], blob: bytes) -> None:
        # The student's code calls a function that the test passed.
        blobs: list[bytes] = []
        reply: dict[str, Any]
        try:
            function = self.functions[message["asks"]]
            arguments = values.decode(message.get("arguments"), blob)
            reply = {"value": values.encode(function(*arguments), blobs)}
        except (Exception, TimeLimit) as error:  # it waits for a reply in any case
            blobs, reply = [], {"raised": f"the function that was passed refused its argument ({type(error).__name__})"}
        self.channel.send(reply, blobs, deadline=self.allowance)

    def _encode(self, value: Any, blobs: list[bytes]) -> Tree:
        return values.encode(value, blobs, give=self._give, came=_came)

    def _give(self, value: Any, *, kept: bool = False) -> Tree:
        if isinstance(value, Remote):
            return [YOURS, value._number]
        if callable(value):
            number = len(self.functions) + 1
            self.functions[number] = value
            return [THEIRS, number, True]
        raise values.NotDataError(f"a test cannot pass a {type(value).__name__} to a student's function")

    def _take(self, whose: str, number: int, is_callable: bool) -> Any:
        if whose == YOURS:
            raise values.BadValueError("the test's own function came back")
        return RemoteFunction(self, number) if is_callable else Remote(self, number)


class Remote:
    """A student's object that is no plain data. Its public attributes can be read."""

    def __init__(self, link: Link, number: int) -> None:
        object.__setattr__(self, "_link", link)
        object.__setattr__(self, "_number", number)

    def __del__(self) -> None:
        self._link.forgotten.append(self._number)

    def _refuse(self, *arguments: Any) -> NoReturn:
        raise TypeError("a student's object that is no plain data cannot be used like this in a test")

    __bool__ = __len__ = __iter__ = __contains__ = __getitem__ = __setitem__ = __delitem__ = _refuse
    __float__ = __int__ = __index__ = __complex__ = __setattr__ = __delattr__ = _refuse
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __hash__ = object.__hash__

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._link.attribute(self._number, name)


class RemoteFunction(Remote):
    """A student's function, class or module: calling it runs it inside the sandbox."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._link.call(self._number, arguments, named)

    def __unrolled_calls__(self, calls: Calls, opaque: list[int]) -> Iterator[tuple[Callable[..., Any], bool]]:
        return self._link.calls(self._number, calls, opaque=opaque)

    def __unrolled_after__(self, forward: RemoteFunction, upstream: int) -> Composed:
        return Composed(self, forward, upstream)

    def __unrolled_dependence__(self, *question: Any) -> Any:
        return self._link.dependence(self._number, question)

    @property
    def __unrolled_too_large__(self) -> bool:
        """Whether its answers were more than one message can hold, or than a function's outputs can be."""
        return self._number in self._link.too_large

    def __unrolled_tape__(self, arguments: list[Any]) -> Any:
        return self._link.tape(self._number, arguments)

    def __unrolled_grads__(self, inputs: tuple[Any, ...], upstream: Any) -> Any:
        return self._link.grads(self._number, inputs, upstream)


class Composed:
    """A student's backward function after the forward function whose cache it reads, both inside the sandbox.

    upstream: how many arguments go to the backward function itself.
    """

    def __init__(self, backward: RemoteFunction, forward: RemoteFunction, upstream: int) -> None:
        self.backward, self.forward, self.upstream = backward, forward, upstream

    def __call__(self, *arguments: Any) -> Any:
        ((answer, _),) = self.__unrolled_calls__([(arguments, dict(np.geterr()))], [])
        return answer(*arguments)

    def __unrolled_calls__(self, calls: Calls, opaque: list[int]) -> Iterator[tuple[Callable[..., Any], bool]]:
        after = self.forward._number, self.upstream
        return self.backward._link.calls(self.backward._number, calls, opaque=opaque, after=after)


def place_of(error: BaseException) -> tuple[str, int]:
    """The function, and the line of its cell, where a student's code says that it raised an error; else nothing."""
    match getattr(error, PLACE, None):
        case [str(name), int(line)]:
            return name, line
    return "", 0


def error_of(kind: Any, text: Any, place: Any = None) -> Exception:
    """The exception that a student's code raised: one of Python's own, or StudentError."""
    words = text[:LONGEST_TEXT] if isinstance(text, str) else ""
    error = RAISED.get(kind, StudentError)(words) if isinstance(kind, str) else StudentError(words)
    setattr(error, RAISED_BY_STUDENT, True)
    setattr(error, PLACE, place)
    return error


def _came(value: Any, *, kept: bool = False) -> Tree:
    # The handle with which a student's object came.
    return [THEIRS, value._number, isinstance(value, RemoteFunction)]


def _is_by_handle(value: Any) -> bool | None:
    # Of an argument that has been sent: whether its original went, of which the test knows the content.
    return True if isinstance(value, Kept) and value.handle is not None else None


def _refill(old: Any, new: Any) -> Any:
    # What stands for `new`: the old containers and arrays, which a test may hold, with the new content where it fits.
    if isinstance(old, np.ndarray) and isinstance(new, np.ndarray) and (old.shape, old.dtype) == (new.shape, new.dtype):
        old[...] = new
    elif isinstance(old, list) and isinstance(new, list):
        old[:] = [*map(_refill, old, new), *new[len(old) :]]
    elif isinstance(old, dict) and isinstance(new, dict):
        found = {key: _refill(old.get(key), value) for key, value in new.items()}
        old.clear()
        old.update(found)
    elif isinstance(old, tuple) and isinstance(new, tuple) and len(old) == len(new):
        found_items = [*map(_refill, old, new)]
        return old if all(map(operator.is_, old, found_items)) else new
    else:
        return new
    return old


def _overwrite(part: Any, value: Any) -> None:
    if type(part) is not type(value):
        raise WireError("it changed an argument into something else")
    if isinstance(part, Kept):
        _refill(part, value)
        assert isinstance(value, Kept)
        part.take_over(value)
    elif isinstance(part, np.random.Generator):
        values.set_generator_state(part, values.generator_state(value))
    elif isinstance(part, list):
        part[:] = value
    elif isinstance(part, dict):
        part.clear()
        part.update(value)
    elif isinstance(part, np.ndarray):
        # Another shape or type cannot be written into this array: that it was changed is all that matters.
        same = part.shape == value.shape and part.dtype == value.dtype
        part[...] = value if same else ~part if part.dtype.kind in "biu" else np.nan
    else:
        part.data.copy_(value) if part.shape == value.shape else part.data.fill_(float("nan"))
