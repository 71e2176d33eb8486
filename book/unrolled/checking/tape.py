"""What a function does with arrays, as a tape of NumPy's operations: recorded, replayed on other arrays, counted.

`record` calls the function with stand-ins, which hold other numbers of the same shapes and write down what is done
with them. `replay` does the same operations on given arrays. A tape comes from a student's process, where nothing is
certain: what it says is done or refused, and what is done is counted here. So neither its numbers nor its account can
be made up. Its format is text (JSON) and a list of arrays.
"""

from __future__ import annotations

import contextlib
import json
import math
import string
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

Function = Callable[..., Any]

VALUE, LITERAL, SLICE, TUPLE, ELLIPSIS, TYPE = "value", "literal", "slice", "tuple", "ellipsis", "type"
LONGEST_TEXT = 1_000_000  # characters of a tape
MOST_LITERALS, LARGEST_LITERAL = 2_000, 20_000
DEEPEST = 6  # lists within lists
LARGEST_INTEGER = 2**31
TYPES = ("float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")
NUMBERS = "biuf"  # NumPy's kinds
OVERHEAD, EACH = 1_000, 16  # the work of a call, and of each number, in multiplications


# A hidden check tells no more of an error than its name, so the names say what is wrong.
class NotCountedError(TypeError):
    """Something was done with an array that cannot be counted; the text says what to write instead."""


class ReadsNumbersError(NotCountedError):
    """A number was read out of an array, as by float() or if."""


class TooMuchWorkError(ValueError):
    """A tape is too long, or asks for arrays or products that are too large."""


class WrongTapeError(ValueError):
    """What came as a tape is none."""


@dataclass(frozen=True)
class Limits:
    """Of one run: bytes of new arrays in all, numbers of one array, multiplications in all, operations."""

    memory: int = 2**27
    size: int = 2**22
    work: int = 2**29
    length: int = 20_000


@dataclass(frozen=True)
class Account:
    """Counted work: matrix products, calls of NumPy (products among them; views cost none), bytes of new arrays."""

    products: int = 0
    calls: int = 0
    bytes: int = 0

    def __add__(self, other: Account) -> Account:
        return Account(self.products + other.products, self.calls + other.calls, self.bytes + other.bytes)


@dataclass(frozen=True)
class Tape:
    """Operations and what is returned, as text; the arrays of plain numbers that occur in them."""

    text: str
    literals: list[np.ndarray]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


UFUNCS = _names(
    "absolute add arctan arctanh bitwise_and bitwise_or ceil copysign cos cosh divide equal exp exp2 expm1 fabs "
    "float_power floor floor_divide fmax fmin greater greater_equal heaviside hypot invert isfinite isnan less "
    "less_equal log log1p logaddexp logical_and logical_not logical_or logical_xor matmul maximum minimum multiply "
    "negative not_equal positive power reciprocal remainder rint sign sin sinh sqrt square subtract tan tanh"
)
REDUCED = _names("add multiply maximum minimum logical_and logical_or")
VIEWS = _names(
    "array_split atleast_1d atleast_2d atleast_3d broadcast_to diagonal dsplit expand_dims flip fliplr flipud hsplit "
    "moveaxis ravel reshape rollaxis rot90 split squeeze swapaxes transpose vsplit asarray ascontiguousarray "
    "asfortranarray"
)
CONTRACTIONS = _names("dot tensordot inner vdot outer")
JOINED = _names(
    "all amax amin any array column_stack concatenate copy copyto cumprod cumsum dstack hstack max mean min prod roll "
    "stack sum vstack"
)
SPREAD = _names("where clip")
MADE = _names("empty zeros ones full")
LIKE = _names("empty_like zeros_like ones_like full_like")
FUNCTIONS: dict[str, Function] = {  # taken now: while a function is recorded, some of them have others in their place
    name: getattr(np, name) for name in UFUNCS | VIEWS | CONTRACTIONS | JOINED | SPREAD | MADE | LIKE | {"einsum"}
}
NEEDED = ("astype", "index", "reduce", "accumulate", "set")  # operations with other names than NumPy's functions
CALLED = {id(FUNCTIONS[name]): name for name in sorted(FUNCTIONS)}
NUMPY = Path(np.__file__).parent


class Machine:
    """Does the operations of a tape one by one, and counts.

    Args:
        arguments: arrays and plain numbers, on which it works; it writes into them where the tape says so.
        literals: arrays of plain numbers, which it only reads.
        limits: None where the function is one's own.
    """

    def __init__(self, arguments: Sequence[Any], literals: Sequence[np.ndarray], limits: Limits | None) -> None:
        self.values: list[Any] = list(arguments)
        self.literals, self.limits = literals, limits
        self.products = self.calls = self.bytes = 0
        self.work = self.length = 0

    def do(self, operation: Any) -> list[int]:
        """Do one operation; the numbers of the arrays that it gives. Raises what NumPy raises, and WrongTapeError."""
        match operation:
            case [str(name), list(trees), dict(named)] if name in FUNCTIONS or name in NEEDED:
                arguments = [self.read(tree) for tree in trees]
                options = {str(key): self.read(tree) for key, tree in named.items()}
            case _:
                raise WrongTapeError("there is no such operation")
        return self.perform(name, arguments, options)

    def perform(self, name: str, arguments: list[Any], options: dict[str, Any]) -> list[int]:
        """Do an operation whose parts are read; the numbers of the arrays that it gives."""
        if self.limits is not None:
            self._stay_within(self.limits, *_bounds(name, arguments, options))
        made = _made(name, arguments, options)
        results = [] if made is None else [*made] if isinstance(made, list | tuple) else [made]
        results = [one if isinstance(one, np.ndarray) else np.asarray(one) for one in results]
        if any(one.dtype.kind not in NUMBERS for one in results):
            raise WrongTapeError("it makes something else than numbers")
        products, calls, new = _cost(name, arguments, options, results)
        self.products, self.calls, self.bytes = self.products + products, self.calls + calls, self.bytes + new
        if options.get("out") is not None:
            return []
        self.values += results
        return [*range(len(self.values) - len(results), len(self.values))]

    @property
    def account(self) -> Account:
        """What was counted so far."""
        return Account(self.products, self.calls, self.bytes)

    def _stay_within(self, limits: Limits, size: int, work: int) -> None:
        self.work, self.length = self.work + OVERHEAD + work, self.length + 1
        if size > limits.size or self.work > limits.work or self.length > limits.length:
            raise TooMuchWorkError("too many operations, or too large ones")
        if self.bytes > limits.memory:
            raise TooMuchWorkError("it asks for too much memory")

    def read(self, tree: Any, depth: int = 0) -> Any:
        """What a part of an operation stands for."""
        if depth > DEEPEST:
            raise WrongTapeError("it is nested too deeply")
        if isinstance(tree, list):
            return [self.read(one, depth + 1) for one in tree]
        match tree:
            case None | bool() | float() | str():
                return tree
            case int() if abs(tree) < LARGEST_INTEGER:
                return tree
            case {"value": int(number)} if len(tree) == 1 and 0 <= number < len(self.values):
                if isinstance(self.values[number], np.ndarray):
                    return self.values[number]
            case {"literal": int(number)} if len(tree) == 1 and 0 <= number < len(self.literals):
                return self.literals[number]
            case {"slice": [start, stop, step]} if len(tree) == 1:
                return slice(*(_whole(self.read(one, depth + 1)) for one in (start, stop, step)))
            case {"tuple": list(entries)} if len(tree) == 1:
                return tuple(self.read(one, depth + 1) for one in entries)
            case {"type": str(name)} if len(tree) == 1 and name in TYPES:
                return np.dtype(name)
            case {"ellipsis": _} if len(tree) == 1:
                return Ellipsis
        raise WrongTapeError("a part of an operation is none")


def record(function: Function, *arguments: Any) -> Tape:
    """What `function` does with arrays of these shapes, types and layouts; it sees none of their numbers.

    Raises:
        NotCountedError: it does what cannot be counted.
    """
    # Where the function lives in another process, what stands for it knows how to get there.
    elsewhere = getattr(type(function), "__unrolled_tape__", None)
    others = [_other_numbers(one) if isinstance(one, np.ndarray) else one for one in arguments]
    if elsewhere is not None:
        return _tape_of(elsewhere(function, others))
    return _recorded(function, others, Limits(), tape=True).tape


def counted_call(function: Function, *arguments: Any) -> tuple[Any, Account]:
    """What `function` gives for these arguments, and the account of it; a function of another process by its tape."""
    if hasattr(type(function), "__unrolled_tape__"):
        return replay(record(function, *arguments), arguments)
    recorder = _recorded(function, arguments, None)
    return recorder.plain(recorder.answer), recorder.machine.account


def replay(tape: Tape, arguments: Sequence[Any]) -> tuple[Any, Account]:
    """What the tape comes to with these arguments, and its account. It writes into those that it overwrites.

    Raises:
        WrongTapeError: it is no tape.
        TooMuchWorkError: it asks for more than is sensible.
    """
    try:
        found = json.loads(tape.text)
        operations, returned = found["operations"], found["returned"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise WrongTapeError("it is no tape") from None
    if not isinstance(operations, list):
        raise WrongTapeError("it is no tape")
    machine = Machine(arguments, tape.literals, Limits())
    for operation in operations:
        machine.do(operation)
    return machine.read(returned), machine.account


def account(function: Function, *arguments: Any, lines: int = 5) -> Account:
    """Print and return the counted work of one call: matrix products, calls of NumPy, bytes of new arrays.

    A view, such as `a[t]`, `a.T` or most of `a.reshape(…)`, costs nothing.

    Args:
        lines: how many lines of the function are shown, those with most calls first.

    Raises:
        NotCountedError: the function does what cannot be counted; the text says what to write instead.
    """
    others = [one.copy() if isinstance(one, np.ndarray) else one for one in arguments]
    recorder = _recorded(function, others, None, follow=True)
    total = recorder.machine.account
    print(f"{total.products} matrix products, {total.calls} calls, {total.bytes:,} bytes of new arrays")
    by_calls = sorted(recorder.by_line.items(), key=lambda item: (-item[1].calls, -item[1].bytes))
    for text, cost in by_calls[:lines]:
        print(f"  {cost.products:5} products {cost.calls:6} calls {cost.bytes:12,} bytes   {text}")
    return total


class Recorder:
    """Writes down what is done with stand-ins while it is done."""

    def __init__(self, arguments: Sequence[Any], limits: Limits | None, *, tape: bool, follow: bool) -> None:
        self.literals: list[np.ndarray] = []
        self.machine = Machine(arguments, self.literals, limits)
        self.operations: list[Any] = []
        self.answer: Any = None
        self.writes, self.follow = tape, follow
        self.busy = False  # NumPy is at work, which may need arrays of its own
        self.by_line: dict[str, Account] = {}

    @property
    def tape(self) -> Tape:
        """What was written down."""
        text = json.dumps({"operations": self.operations, "returned": self.tree(self.answer)}, separators=(",", ":"))
        if len(text) > LONGEST_TEXT:
            raise TooMuchWorkError(
                "too many operations for these sizes: does each number take an operation of its own?"
            )
        return Tape(text, self.literals)

    def do(self, name: str, arguments: Sequence[Any], options: Mapping[str, Any]) -> list[StandIn]:
        """Do an operation and write it down."""
        before = self.machine.account if self.follow else Account()
        operation: list[Any] = []
        if self.writes:
            given = {key: self.tree(value) for key, value in options.items() if value is not None}
            operation = [name, [self.tree(one) for one in arguments], given]
        self.busy = True
        try:
            if self.writes:
                numbers = self.machine.do(operation)
                self.operations.append(operation)
            else:
                named = {key: self.plain(value) for key, value in options.items()}
                numbers = self.machine.perform(name, [self.plain(one) for one in arguments], named)
        finally:
            self.busy = False
        if self.follow:
            after = self.machine.account
            new = (after.products - before.products, after.calls - before.calls, after.bytes - before.bytes)
            line = _line()
            self.by_line[line] = self.by_line.get(line, Account()) + Account(*new)
        return [StandIn(self, number) for number in numbers]

    def plain(self, value: Any) -> Any:
        """A value with arrays in the place of their stand-ins."""
        match value:
            case StandIn():
                return self.machine.values[self._own(value)]
            case tuple():
                return tuple(self.plain(one) for one in value)
            case list():
                return [self.plain(one) for one in value]
            case dict():
                raise NotCountedError("a dict beside an array cannot be counted")
        return value

    def _own(self, value: StandIn) -> int:
        if value._recorder is not self:
            raise NotCountedError("an array of an earlier call: make it anew in each call")
        return value._number

    def tree(self, value: Any) -> Any:
        """A value as a part of an operation."""
        match value:
            case StandIn():
                return {VALUE: self._own(value)}
            case np.bool_():
                return bool(value)
            case np.integer():
                return int(value)
            case np.ndarray() | np.generic():  # a double is one of Python's floats, but not as weak
                return {LITERAL: self._literal(np.asarray(value))}
            case None | bool() | int() | float() | str():
                return value
            case slice():
                return {SLICE: [self.tree(one) for one in (value.start, value.stop, value.step)]}
            case tuple() | range():
                return {TUPLE: [self.tree(one) for one in value]}
            case list():
                return [self.tree(one) for one in value]
            case _ if value is Ellipsis:
                return {ELLIPSIS: 0}
            case np.dtype() | type():
                return {TYPE: _type_name(value)}
        raise NotCountedError(f"a {type(value).__name__} beside an array cannot be counted")

    def _literal(self, array: np.ndarray) -> int:
        if array.dtype.kind not in NUMBERS:
            raise NotCountedError(f"an array of {array.dtype} is none of numbers")
        if array.size > LARGEST_LITERAL or len(self.literals) >= MOST_LITERALS:
            raise TooMuchWorkError("too many plain numbers: compute with the arrays that the function gets")
        self.literals.append(np.array(array))
        return len(self.literals) - 1


class StandIn(np.lib.mixins.NDArrayOperatorsMixin):
    """Stands for an array while a function is recorded. It can be computed with; its numbers cannot be read."""

    __slots__ = ("_number", "_of", "_recorder")
    __array_priority__ = 1000

    def __init__(self, recorder: Recorder, number: int, of: Any = None) -> None:
        self._recorder, self._number, self._of = recorder, number, of

    @property
    def _array(self) -> np.ndarray:
        found: np.ndarray = self._recorder.machine.values[self._number]
        return found

    # What NumPy asks of an array.

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = (), **options: Any) -> Any:
        name = ufunc.__name__
        if name not in UFUNCS or FUNCTIONS[name] is not ufunc:
            raise NotCountedError(f"np.{name} is not counted here: write it with +, *, @, np.exp, np.tanh and the like")
        if out and out[0] is not None:
            options["out"] = _buffer(out[0])
        if method == "__call__":
            return self._do(name, inputs, options)
        if method in ("reduce", "accumulate"):
            return self._do(method, (name, *inputs), options)
        raise NotCountedError(f"np.{name}.{method} is not counted here: write it with products and sums")

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        plain = {np.shape: "shape", np.ndim: "ndim", np.size: "size"}
        if function in plain and isinstance(arguments[0], StandIn) and len(arguments) == 1:
            return getattr(arguments[0], plain[function])
        if function is np.result_type:
            return np.result_type(*(one._array if isinstance(one, StandIn) else one for one in arguments))
        name = CALLED.get(id(function))
        if name is None:
            raise NotCountedError(
                f"np.{getattr(function, '__name__', 'this')} is not counted here: write it with +, *, @, sums, "
                "slices and np.concatenate"
            )
        if options.get("out") is not None:
            options = {**options, "out": _buffer(options["out"])}
        if name == "copyto":
            _buffer(arguments[0])
        return self._do(name, arguments, options)

    def _do(self, name: str, arguments: Any, options: Any) -> Any:
        made = self._recorder.do(name, arguments, options)
        if options.get("out") is not None:
            return options["out"]
        if name == "copyto":
            return None
        return made if name.endswith("split") else made[0]

    def _refused(self, *arguments: Any, **options: Any) -> NoReturn:
        raise ReadsNumbersError(
            "a number is read out of an array, or an array is written into one that np.zeros, np.empty and the like "
            "did not make in this call (write np.zeros, with np. before it). Compute with whole arrays: np.where in "
            "the place of if, a[t] in the place of a number"
        )

    __array__ = __bool__ = __float__ = __int__ = __index__ = __complex__ = _refused
    item = tolist = tobytes = _refused
    __hash__ = None  # type: ignore[assignment]

    # What an array can do.

    def __getitem__(self, index: Any) -> StandIn:
        (made,) = self._recorder.do("index", (self, index), {})
        made._of = self._number, index
        return made

    def __setitem__(self, index: Any, value: Any) -> None:
        # a[t] += b ends with a[t] = a[t], which is there already.
        if isinstance(value, StandIn) and value._of is not None and _same_place(value._of, (self._number, index)):
            return
        self._recorder.do("set", (self, index, value), {})

    def __len__(self) -> int:
        return len(self._array)

    def __iter__(self) -> Iterator[StandIn]:
        return (self[k] for k in range(len(self)))

    def __repr__(self) -> str:
        return f"<array {self.shape} {self.dtype}, counted>"

    @property
    def shape(self) -> tuple[int, ...]:
        """As an array's."""
        return self._array.shape

    @property
    def dtype(self) -> np.dtype:
        """As an array's."""
        return self._array.dtype

    @property
    def ndim(self) -> int:
        """As an array's."""
        return self._array.ndim

    @property
    def size(self) -> int:
        """As an array's."""
        return self._array.size

    @property
    def itemsize(self) -> int:
        """As an array's."""
        return self._array.itemsize

    @property
    def nbytes(self) -> int:
        """As an array's."""
        return self._array.nbytes

    @property
    def T(self) -> StandIn:  # noqa: N802  # NumPy's name
        """The view with the axes in reverse order."""
        return self.transpose()

    @property
    def mT(self) -> StandIn:  # noqa: N802  # NumPy's name
        """The view with the last two axes exchanged."""
        return self.swapaxes(-1, -2)

    def transpose(self, *axes: Any) -> StandIn:
        """As an array's."""
        return self._do("transpose", (self, _axes(axes)), {})

    def reshape(self, *shape: Any, **options: Any) -> StandIn:
        """As an array's."""
        return self._do("reshape", (self, _axes(shape)), options)

    def copy(self, order: str = "C") -> StandIn:
        """As an array's."""
        return self._do("copy", (self,), {})

    def flatten(self) -> StandIn:
        """As an array's."""
        return self.copy().ravel()

    def astype(self, dtype: Any, **options: Any) -> StandIn:
        """As an array's."""
        return self._do("astype", (self, np.dtype(dtype)), options)

    def fill(self, value: Any) -> None:
        """As an array's."""
        self[...] = value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in METHODS:
            raise NotCountedError(f"an array's .{name} is not counted here: write it with +, *, @, sums and slices")
        return lambda *arguments, **options: self._do(name, (self, *arguments), options)


def _same_place(one: Any, other: Any) -> bool:
    # Of arrays among the indices, the very same.
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same_place, one, other))
    if isinstance(one, int | slice | type(None)) and isinstance(other, int | slice | type(None)):
        return bool(one == other)
    return one is other


METHODS = _names(
    "all any clip cumprod cumsum diagonal dot max mean min prod ravel squeeze sum swapaxes"
)  # those that are NumPy's functions


def _recorded(
    function: Function, arguments: Sequence[Any], limits: Limits | None, *, tape: bool = False, follow: bool = False
) -> Recorder:
    recorder = Recorder(arguments, limits, tape=tape, follow=follow)
    stand_ins = [StandIn(recorder, k) if isinstance(one, np.ndarray) else one for k, one in enumerate(arguments)]
    with _makers_counted(recorder), np.errstate(all="ignore"):
        recorder.answer = function(*stand_ins)
    return recorder


@contextlib.contextmanager
def _makers_counted(recorder: Recorder) -> Iterator[None]:
    # A plain array from np.zeros could take no stand-in, and would not be counted.
    def making(name: str) -> Function:
        def made(*arguments: Any, **options: Any) -> Any:
            if recorder.busy:
                return FUNCTIONS[name](*arguments, **options)
            return recorder.do(name, arguments, options)[0]

        return made

    def converting(name: str) -> Function:
        def converted(value: Any, *arguments: Any, **options: Any) -> Any:
            if not _has_stand_in(value):
                return FUNCTIONS[name](value, *arguments, **options)
            operation = "array" if isinstance(value, list | tuple) else name
            return recorder.do(operation, (value, *arguments), options)[0]

        return converted

    instead = {name: making(name) for name in MADE}
    instead |= {name: converting(name) for name in ("array", "asarray", "ascontiguousarray", "asfortranarray")}
    try:
        for name, function in instead.items():
            setattr(np, name, function)
        yield
    finally:
        for name in instead:
            setattr(np, name, FUNCTIONS[name])


def _has_stand_in(value: Any) -> bool:
    return isinstance(value, StandIn) or (isinstance(value, list | tuple) and any(map(_has_stand_in, value)))


def _buffer(value: Any) -> StandIn:
    (one,) = value if isinstance(value, tuple) else (value,)
    if isinstance(one, StandIn):
        return one
    raise NotCountedError(
        "what is written into has to be an argument, or made in this call by np.empty, np.zeros and the like"
    )


def _axes(given: tuple[Any, ...]) -> Any:
    if not given:
        return None
    return given[0] if len(given) == 1 and (given[0] is None or isinstance(given[0], tuple | list)) else given


def _type_name(value: Any) -> str:
    try:
        name = np.dtype(value).name
    except TypeError:
        name = ""
    if name not in TYPES:
        raise NotCountedError(f"{value} is no type of real numbers")
    return name


def _line() -> str:
    import linecache

    frame = sys._getframe(2)
    own = (__file__, np.lib.mixins.__file__)
    while frame.f_back is not None and (
        frame.f_code.co_filename in own or Path(frame.f_code.co_filename).is_relative_to(NUMPY)
    ):
        frame = frame.f_back
    return linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip() or f"line {frame.f_lineno}"


def _other_numbers(array: np.ndarray) -> np.ndarray:
    # Between 0 and 1, so that a logarithm or a quotient of them is one.
    numbers = (0.05 + 0.9 * (np.arange(1, array.size + 1) * 0.6180339887 % 1)).reshape(array.shape)
    if array.dtype.kind != "f":
        numbers = np.round(numbers)
    numbers = numbers.astype(array.dtype)
    if array.flags.c_contiguous:
        return numbers
    return np.asfortranarray(numbers) if array.flags.f_contiguous else np.repeat(numbers, 2, axis=-1)[..., ::2]


def _tape_of(answer: Any) -> Tape:
    match answer:
        case (str(text), list(literals)) if (
            len(text) <= LONGEST_TEXT
            and len(literals) <= MOST_LITERALS
            and all(
                isinstance(one, np.ndarray) and one.size <= LARGEST_LITERAL and one.dtype.kind in NUMBERS
                for one in literals
            )
        ):
            return Tape(text, [*literals])
    raise WrongTapeError("it is no tape")


def _whole(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise WrongTapeError("a slice goes from a whole number to another one")


def _arrays(values: Any) -> list[np.ndarray]:
    if isinstance(values, np.ndarray):
        return [values]
    return [array for one in values for array in _arrays(one)] if isinstance(values, list | tuple) else []


def _size_of(shape: Any) -> int:
    entries = shape if isinstance(shape, list | tuple) else [shape]
    return math.prod(int(one) for one in entries)


def _made(name: str, arguments: list[Any], options: dict[str, Any]) -> Any:
    match name:
        case "index":
            source, index = arguments
            return _array(source)[_index(index)]
        case "set":
            target, index, value = arguments
            _array(target)[_index(index)] = value
            return None
        case "astype":
            return _array(arguments[0]).astype(np.dtype(arguments[1]), **options)
        case "reduce" | "accumulate":
            which, *others = arguments
            if which not in REDUCED:
                raise WrongTapeError("there is no such operation")
            return getattr(FUNCTIONS[which], name)(*others, **options)
    return FUNCTIONS[name](*arguments, **options)


def _array(value: Any) -> np.ndarray:
    if not isinstance(value, np.ndarray):
        raise WrongTapeError("an operation lacks its array")
    return value


def _index(index: Any) -> Any:
    return tuple(index) if isinstance(index, tuple) else index


def _bounds(name: str, arguments: list[Any], options: dict[str, Any]) -> tuple[int, int]:
    # At most how many numbers an operation makes, and its work in multiplications.
    arrays = _arrays([*arguments, *options.values()])
    sizes = [one.size for one in arrays]
    size = max(sum(sizes), 1)
    match name:
        case "matmul":
            left, right = (np.shape(one) for one in arguments)
            batch = math.prod(np.broadcast_shapes(left[:-2], right[:-2]))
            size = batch * math.prod(left[-2:-1]) * (right[-1] if len(right) > 1 else 1)
            return size, size * left[-1]
        case "einsum":
            return _bounds_of_einsum(arguments)
        case _ if name in CONTRACTIONS:
            work = math.prod(np.size(one) for one in arguments[:2])
            return work // max(_contracted(name, arguments, options), 1) ** 2, work
        case _ if name in UFUNCS or name in SPREAD or name == "copyto":
            size = math.prod(np.broadcast_shapes(*(np.shape(one) for one in arrays)))
        case "set":
            size = max(_array(arguments[0]).size, size)
        case "index":
            index = _arrays(list(arguments[1]) if isinstance(arguments[1], tuple) else [arguments[1]])
            whole = math.prod(one.size for one in index if one.dtype.kind != "b")
            size = max(size, sizes[0] * whole)
        case _ if name in MADE:
            size = _size_of(options.get("shape", arguments[0] if arguments else 0))
        case "broadcast_to":
            size = _size_of(options.get("shape", arguments[1] if len(arguments) > 1 else 0))
        case _ if name in LIKE and options.get("shape") is not None:
            size = _size_of(options["shape"])
        case "array_split" | "split" | "hsplit" | "vsplit" | "dsplit":
            pieces = options.get("indices_or_sections", arguments[1] if len(arguments) > 1 else 0)
            size = max(size, pieces if isinstance(pieces, int) else 0)
    return size, EACH * size


def _bounds_of_einsum(arguments: list[Any]) -> tuple[int, int]:
    operands, inside, outside = _subscripts(arguments)
    sizes: dict[str, int] = {}
    for letters, array in zip(inside, operands, strict=True):
        sizes |= {letter: max(n, sizes.get(letter, 1)) for letter, n in zip(letters, array.shape, strict=True)}
    return math.prod(sizes.get(letter, 1) for letter in outside), EACH * math.prod(sizes.values())


def _contracted(name: str, arguments: list[Any], options: dict[str, Any]) -> int:
    # The length of the axes over which is summed; NumPy refuses arrays in which it differs.
    shape = np.shape(arguments[0])
    if name == "vdot":
        return math.prod(shape)
    if name in ("dot", "inner"):
        return shape[-1] if shape and np.ndim(arguments[1]) else 1
    if name == "tensordot":
        axes = options.get("axes", arguments[2] if len(arguments) > 2 else 2)
        if isinstance(axes, int):
            return math.prod(shape[len(shape) - axes :])
        first = axes[0] if isinstance(axes[0], list | tuple) else [axes[0]]
        return math.prod(shape[axis] for axis in set(first))
    return 1


def _subscripts(arguments: list[Any]) -> tuple[list[np.ndarray], list[str], str]:
    text, *operands = arguments
    if not isinstance(text, str) or not all(isinstance(one, np.ndarray) for one in operands):
        raise NotCountedError("np.einsum begins with its letters, such as 'bd,dh->bh'; arrays follow")
    inside, arrow, outside = text.replace(" ", "").partition("->")
    terms = inside.split(",")
    if set(inside + outside) - {*string.ascii_letters, ","}:
        raise NotCountedError("np.einsum is counted with letters alone, such as 'bd,dh->bh'")
    if [len(term) for term in terms] != [one.ndim for one in operands]:
        raise ValueError("einsum: one letter for each axis of each array")
    if not arrow:
        outside = "".join(letter for letter in set(inside) - {","} if inside.count(letter) == 1)
    return operands, terms, outside


def _cost(name: str, arguments: list[Any], options: dict[str, Any], results: list[np.ndarray]) -> tuple[int, int, int]:
    if name == "index" or name in VIEWS:
        source = _arrays(arguments)[:1]
        new = [one for one in results if not (source and np.may_share_memory(one, source[0])) and one.size]
        return 0, min(len(new), 1), sum(one.nbytes for one in new)
    new_bytes = 0 if options.get("out") is not None else sum(one.nbytes for one in results)
    return _products(name, arguments), 1, new_bytes


def _products(name: str, arguments: list[Any]) -> int:
    if name == "einsum":
        operands, terms, outside = _subscripts(arguments)
        shared = {one for one in "".join(terms) if sum(one in term for term in terms) > 1}
        return max(len(operands) - 1, 0) if shared - set(outside) else 0
    if name in ("dot", "inner", "vdot", "tensordot"):
        return int(all(np.ndim(one) for one in arguments[:2]))
    return int(name == "matmul")
