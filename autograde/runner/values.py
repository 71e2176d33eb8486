"""Values as data: plain Python values, NumPy arrays and tensors, written as JSON and raw bytes.

No pickle, no archive, no object arrays, no subclasses. What is not data crosses as a handle: a number that stands for
an object on the side that sent it. A container that an answer holds, such as a cache, crosses with a handle: unless
a test changes it, the original goes back. What of it is nested too deeply is a handle; so is all of one too large.
"""

from __future__ import annotations

import math
import sys
from collections import OrderedDict
from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from functools import lru_cache
from itertools import chain, islice
from types import GeneratorType
from typing import Any, cast

import numpy as np

from autograde.runner.frames import LARGEST_BLOB, LARGEST_JSON

NUMBERS = "biufc"  # NumPy's kinds of numbers
DEEPEST = 20
MOST_NODES = 50_000
MOST_KEYS = 1_000  # of one dict or set
LONGEST_INTEGER = 1_000  # digits
LONGEST_TEXT = 1_000_000
MOST_DIMENSIONS = 16
SPREAD = "spread"  # laid out as every second entry of a larger array: not contiguous
GENERATOR = "PCG64"
STATE_BITS = 128

KEPT = "kept"  # a container: its plain content, and a handle to the original
AGAIN = "again"  # an array that was there before in the same value
PLAIN = (tuple, list, dict, OrderedDict)
VIEWS: tuple[type, ...] = (KeysView, ValuesView, ItemsView)
ONCE: tuple[type, ...] = (GeneratorType, map, filter, zip, enumerate, reversed)  # what can be gone through once
LAZY: tuple[type, ...] = (*ONCE, *VIEWS)
CONTAINERS: tuple[type, ...] = (tuple, list, dict, set, frozenset, *LAZY)
LONGEST_KIND = 8  # characters of an array's type

Tree = list[Any]
# An object that is no data becomes a handle: [THEIRS, number, callable] or [YOURS, number]; `kept` beside its content.
Give = Callable[..., Tree]
Take = Callable[[str, int, bool], Any]  # a handle becomes what stands for it, or the object that was meant
THEIRS = "theirs"  # of the side that sends
YOURS = "yours"  # of the side that receives


class Kept:
    """A container that stands for the other side's own.

    handle: to the original; none where a test has changed the content, which is what goes back then.
    came: the content as it came, tree and bytes.
    forget: called with the handle's number when the original is no longer wanted.
    """

    handle: Tree | None = None
    came: tuple[Tree, bytes] = ([], b"")
    forget: Callable[[int], None] | None = None

    def take_over(self, other: Kept) -> None:
        """Stand for what `other` stands for, which stands for nothing from now on."""
        self.let_go()
        self.handle, self.came, other.handle = other.handle, other.came, None

    def let_go(self) -> None:
        """Stand for nothing but the content."""
        if self.handle is not None and self.forget is not None:
            self.forget(self.handle[1])
        self.handle = None

    def __del__(self) -> None:
        self.let_go()

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        plain = next(kind for kind, kept in KEPT_TYPES.items() if isinstance(self, kept))
        return plain, (plain(self),)  # a copy is one's own


class KeptTuple(Kept, tuple[Any, ...]):
    pass


class KeptList(Kept, list[Any]):
    pass


class KeptDict(Kept, dict[Any, Any]):
    pass


class NotDataError(TypeError):
    """A value that cannot cross."""


class BadValueError(ValueError):
    """What came over the wire is no value."""


def encode(value: Any, blobs: list[bytes], *, give: Give | None = None, came: Give | None = None) -> Tree:
    """Write a value as a JSON tree; the bytes of its arrays are appended to `blobs`.

    Args:
        give: what to do with an object that is no data; without it, NotDataError is raised.
        came: for a stand-in of an object of the other side's: the handle with which it came.
    """
    return _Encoder(blobs, give, came).encode(value, 0)


def encode_answer(value: Any, blobs: list[bytes], give: Give, *, opaque: Sequence[int] = ()) -> Tree:
    """Write what a call returned. Each entry of a tuple, or else the whole, is a handle where it cannot cross.

    Args:
        opaque: places in a tuple that nobody looks into; nothing stands there.
    """
    encoder = _Encoder(blobs, give)
    if type(value) is tuple:
        nothing: Tree = ["none"]
        return ["tuple", [nothing if k in opaque else encoder.element(item) for k, item in enumerate(value)]]
    return encoder.element(value)


def encode_names(names: Mapping[str, Any], blobs: list[bytes], give: Give) -> Tree:
    """Write values by name. Raises NotDataError where there is not room for all of them; one alone has always room."""
    encoder = _Encoder(blobs, give)
    alone = len(names) == 1
    return ["dict", [[["text", name], encoder.element(value, strict=not alone)] for name, value in names.items()]]


def decode(tree: Any, blob: bytes, *, take: Take | None = None) -> Any:
    """The value that `encode` wrote; see `Reader`."""
    return Reader(blob, take).read(tree)


def encode_element(value: Any, blobs: list[bytes], give: Give) -> Tree:
    """Write what stands alone: a handle with its content where it is a container, or a handle where it cannot cross."""
    return _Encoder(blobs, give).element(value)


def content(container: Any, give: Give, came: Give | None = None) -> tuple[Tree, bytes]:
    """What crosses of a container besides its handle. Raises NotDataError."""
    blobs: list[bytes] = []
    encoder = _Encoder(blobs, give, came)
    encoder.is_answer = True
    return cast(Tree, encoder._container(container, 1)), b"".join(blobs)


class _Encoder:
    def __init__(self, blobs: list[bytes], give: Give | None, came: Give | None = None) -> None:
        self.blobs, self.give, self.came = blobs, give, came
        self.nodes = self.bytes = self.characters = 0
        self.arrays: list[Any] = []  # of this value; kept, so that none gets another's identity
        self.places: dict[int, int] = {}
        self.is_answer = False

    def element(self, value: Any, *, strict: bool = False) -> Tree:
        """A part of an answer, with a handle where it is a container; where it cannot cross, the handle alone."""
        assert self.give is not None
        before = self.nodes, self.bytes, self.characters, len(self.blobs)
        self.arrays, self.places, self.is_answer = [], {}, True
        original = value
        if isinstance(value, ONCE):
            value = list(islice(cast(Iterator[Any], original), MOST_NODES))
            original = chain(value, cast(Iterator[Any], original))
        try:
            tree = self.encode(value, 1)
        except Exception:  # whatever an object of the student's does when it is looked at
            if strict:
                raise
            self.nodes, self.bytes, self.characters, blobs = before
            del self.blobs[blobs:]
            return self.give(original)
        is_kept = original is not value or (type(value) in PLAIN and len(value))
        return [KEPT, self.give(original, kept=True), tree] if is_kept else tree

    def encode(self, value: Any, depth: int) -> Tree:
        self.nodes += 1
        if depth > DEEPEST or self.nodes > MOST_NODES:
            raise NotDataError("a value nested too deeply, or of too many parts")
        if type(value) is np.ndarray:  # as most are
            return self._array(value) or self._handle(value)
        if self.is_answer and isinstance(value, CONTAINERS if depth == DEEPEST else ONCE):
            return self._handle(value)
        if isinstance(value, Kept) and self.came is not None:
            return self._kept(value, self.came, depth)
        plain = self._plain(value)
        if plain is not None:
            return plain
        if self.give is not None and isinstance(value, (tuple, list, dict)) and type(value) not in PLAIN:
            return [KEPT, self.give(value, kept=True), self._container(value, depth)]
        return self._container(value, depth) or self._object(value, depth)

    def _kept(self, value: Any, came: Give, depth: int) -> Tree:
        if self.give is came:  # within a comparison with what came
            return [KEPT, value.handle, self._container(value, depth)]
        if value.handle is not None:
            if content(value, came, came) == value.came:
                return [YOURS, value.handle[1]]
            value.let_go()
        return cast(Tree, self._container(value, depth))

    def _container(self, value: Any, depth: int) -> Tree | None:
        if isinstance(value, tuple):
            return ["tuple", [self.encode(item, depth + 1) for item in tuple.__iter__(value)]]
        if isinstance(value, list):
            return ["list", [self.encode(item, depth + 1) for item in list.__iter__(value)]]
        if isinstance(value, dict):
            pairs = dict.items(value)
            if len(pairs) > MOST_KEYS:
                raise NotDataError(f"a dict of more than {MOST_KEYS} keys")
            return ["dict", [[self.encode(key, depth + 1), self.encode(item, depth + 1)] for key, item in pairs]]
        if isinstance(value, (set, frozenset)) and len(value) <= MOST_KEYS:
            kind = "frozenset" if isinstance(value, frozenset) else "set"
            return [kind, [self.encode(item, depth + 1) for item in value]]
        if isinstance(value, LAZY):  # what it would give one by one
            items = islice(cast(Iterator[Any], value), MOST_NODES)
            return ["list", [self.encode(item, depth + 1) for item in items]]
        return None

    def _object(self, value: Any, depth: int) -> Tree:
        array = self._array(value)
        if array is not None:
            return array
        if hasattr(type(value), "__array__"):  # a table, say
            return self.encode(np.asarray(value), depth + 1)
        if isinstance(value, np.random.Generator) and type(value.bit_generator).__name__ == GENERATOR:
            return ["generator", generator_state(value)]
        return self._handle(value)

    def _plain(self, value: Any) -> Tree | None:
        if value is None:
            return ["none"]
        if isinstance(value, bool):
            return ["bool", value]
        if isinstance(value, str):
            return ["text", self._counted(str.__str__(value)[:LONGEST_TEXT])]
        if isinstance(value, np.generic):
            return self._scalar(value)
        if isinstance(value, int):
            return ["int", str(int(value))] if abs(value) < 10**LONGEST_INTEGER else self._handle(value)
        if isinstance(value, float):
            return ["float", float.hex(value)]
        if isinstance(value, complex):
            return ["complex", float.hex(value.real), float.hex(value.imag)]
        return None

    def _scalar(self, value: np.generic) -> Tree:
        if value.dtype.kind not in NUMBERS:
            return self._handle(value)
        self.blobs.append(value.tobytes())
        return ["scalar", value.dtype.str]

    def _counted(self, text: str) -> str:
        self.characters += len(text) if text.isascii() else 6 * len(text)  # as JSON writes them
        if self.characters > LARGEST_JSON // 2 and self.is_answer:
            raise NotDataError("more text than a message holds")
        return text

    def _array(self, value: Any) -> Tree | None:
        if id(value) in self.places:
            return [AGAIN, self.places[id(value)]]
        found = self._new_array(value)
        if found is not None and found[0] in ("array", "tensor"):
            self.places[id(value)] = len(self.arrays)
            self.arrays.append(value)
        return found

    def _new_array(self, value: Any) -> Tree | None:
        if isinstance(value, np.ndarray):
            if value.dtype.kind not in NUMBERS or value.ndim > MOST_DIMENSIONS:
                return self._handle(value)
            return ["array", *self._bytes_of(np.asarray(value))]
        if _is_tensor(value):
            try:
                plain = value.detach().cpu().numpy()
            except (TypeError, RuntimeError):  # a layout or a number that NumPy lacks
                return self._handle(value)
            return ["tensor", *self._bytes_of(plain), bool(value.requires_grad)]
        return None

    def _bytes_of(self, array: np.ndarray) -> Tree:
        self.bytes += array.nbytes
        if self.bytes > LARGEST_BLOB:
            raise NotDataError("more numbers than a message holds")
        layout = layout_of(array)
        self.blobs.append(array.tobytes("F" if layout == "F" else "C"))
        return [array.dtype.str, list(array.shape), layout]

    def _handle(self, value: Any) -> Tree:
        if self.give is None:
            raise NotDataError(f"a {type(value).__name__} cannot be sent")
        return self.give(value)


class Reader:
    """Reads values, in the order in which they were encoded, from the trees of one message and its bytes.

    Args:
        take: makes something of a handle; without it, a handle is an error.
        with_grad: tensors that required a gradient do so again. Not for answers: no gradient flows back over the wire.
        forget: called with the numbers of originals that are no longer wanted.
    """

    def __init__(
        self,
        blob: bytes,
        take: Take | None = None,
        *,
        with_grad: bool = True,
        forget: Callable[[int], None] | None = None,
    ) -> None:
        self.blob, self.take, self.with_grad, self.forget = blob, take, with_grad, forget
        self.position = self.nodes = 0
        self.arrays: list[Any] = []  # of the value that is read
        self.kinds: Mapping[str, Callable[..., Any]] = {
            "none": lambda: None,
            "bool": _exact(bool),
            "int": self._integer,
            "float": float.fromhex,
            "complex": lambda real, imaginary: complex(float.fromhex(real), float.fromhex(imaginary)),
            "text": _exact(str),
            "scalar": self._scalar,
            "array": self._array,
            AGAIN: self._again,
            "tensor": self._tensor,
            "generator": generator_in_state,
            THEIRS: lambda number, is_callable: self._handle(THEIRS, number, is_callable),
            YOURS: lambda number: self._handle(YOURS, number, False),
        }

    def read(self, tree: Any) -> Any:
        """The next value. Raises BadValueError for anything that `encode` does not write, whatever it may be."""
        self.arrays = []
        try:
            return self._decode(tree, 0)
        except BadValueError:
            raise
        except (TypeError, ValueError, LookupError, OverflowError, MemoryError, AttributeError, RuntimeError) as error:
            raise BadValueError(f"not a value: {type(error).__name__}") from None

    def _decode(self, tree: Any, depth: int) -> Any:
        self.nodes += 1
        if depth > DEEPEST or self.nodes > MOST_NODES:
            raise BadValueError("a value nested too deeply, or of too many parts")
        if not isinstance(tree, list) or not tree or not isinstance(tree[0], str):
            raise BadValueError("no value")
        kind, *rest = tree
        if kind in SEQUENCES:
            (items,) = rest
            if kind in ("set", "frozenset") and len(items) > MOST_KEYS:
                raise BadValueError("a set of too many items")
            return SEQUENCES[kind](self._decode(item, depth + 1) for item in _exact(list)(items))
        if kind == KEPT:
            handle, content = rest
            return self._kept(handle, content, depth)
        if kind == "dict":
            (pairs,) = rest
            if len(pairs) > MOST_KEYS:  # many keys of one hash take time by the square
                raise BadValueError("a dict of too many keys")
            return {self._decode(key, depth + 1): self._decode(item, depth + 1) for key, item in _exact(list)(pairs)}
        return self.kinds[kind](*rest)

    def _kept(self, handle: Tree, content: Tree, depth: int) -> Any:
        self.nodes -= 1  # `encode` counts the container and its content as one, too
        if depth <= 1:  # an element of an answer, whose arrays are counted alone
            self.arrays = []
        begin = self.position
        plain = self._decode(content, depth)
        whose, number, _ = handle
        if whose != THEIRS or self.take is None:
            raise BadValueError("a handle that nobody gave")
        _exact(int)(number)
        made: Any = KEPT_TYPES[type(plain)](plain)  # type: ignore[call-arg]  # a list, dict or tuple
        made.handle, made.came, made.forget = handle, (content, self.blob[begin : self.position]), self.forget
        return made

    def _integer(self, text: str) -> int:
        if len(_exact(str)(text)) > LONGEST_INTEGER + 1:
            raise BadValueError("an integer that is too long")
        return int(text)

    def _scalar(self, kind: str) -> Any:
        return self._numbers(kind, [], "C")[()]

    def _array(self, kind: str, shape: list[int], layout: str) -> np.ndarray:
        array = self._numbers(kind, shape, layout)
        self.arrays.append(array)
        return array

    def _again(self, place: int) -> Any:
        if not 0 <= _exact(int)(place) < len(self.arrays):
            raise BadValueError("an array that was not there before")
        return self.arrays[place]

    def _tensor(self, kind: str, shape: list[int], layout: str, requires_grad: bool) -> Any:
        torch = sys.modules.get("torch")
        if torch is None:
            raise BadValueError("a tensor where PyTorch is not in use")
        tensor = torch.from_numpy(self._numbers(kind, shape, layout))
        self.arrays.append(tensor)
        return tensor.requires_grad_() if requires_grad and self.with_grad and tensor.is_floating_point() else tensor

    def _numbers(self, kind: str, shape: list[int], layout: str) -> np.ndarray:
        if type(kind) is not str or len(kind) > LONGEST_KIND:
            raise BadValueError("an array of something that is no number")
        dtype = _number_type(kind)
        if type(shape) is not list or len(shape) > MOST_DIMENSIONS:
            raise BadValueError("an array of a shape that cannot be")
        for size in shape:
            if type(size) is not int or size < 0:
                raise BadValueError("an array of a shape that cannot be")
        sizes, count = tuple(shape), math.prod(shape)
        end = self.position + count * dtype.itemsize
        if end > len(self.blob):
            raise BadValueError("an array that is longer than its bytes")
        flat = np.frombuffer(self.blob, dtype, count, self.position)
        self.position = end
        array = flat.reshape(sizes, order="F" if layout == "F" else "C").copy(order="K")
        return spread(array) if layout == SPREAD and array.ndim else array

    def _handle(self, whose: str, number: int, is_callable: bool) -> Any:
        if self.take is None:
            raise BadValueError("an object where only data can be")
        return self.take(whose, _exact(int)(number), bool(is_callable))


@lru_cache(maxsize=64)
def _number_type(kind: str) -> np.dtype[Any]:
    dtype = np.dtype(kind)
    if dtype.kind not in NUMBERS or dtype.hasobject or dtype.subdtype is not None:
        raise BadValueError("an array of something that is no number")
    return dtype


def mutable_parts(value: Any, whole: Callable[[Any], bool | None]) -> Iterator[Any]:
    """What a call may change of its arguments, always in the same order: arrays, tensors, lists, dicts, generators.

    Args:
        whole: whether something crossed as the handle of a container, which is one part, or as another handle, which is
            none; None for data.
    """
    by_handle = whole(value)
    if by_handle is not None:
        if by_handle:
            yield value
        return
    # An array of other things than numbers is no data: the other side has none in its place.
    is_array = isinstance(value, np.ndarray) and value.dtype.kind in NUMBERS
    if is_array and type(value) is np.ndarray:  # as most are
        yield value
        return
    if is_array or isinstance(value, (np.random.Generator, list, dict)) or _is_tensor(value):
        yield value
    if isinstance(value, (list, tuple, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from mutable_parts(item, whole)


KEPT_TYPES: dict[type, type[Kept]] = {tuple: KeptTuple, list: KeptList, dict: KeptDict}
SEQUENCES: dict[str, type] = {"tuple": tuple, "list": list, "set": set, "frozenset": frozenset}


def layout_of(array: np.ndarray) -> str:
    """How an array lies in memory: "C", "F" or "spread" (anything that is not contiguous)."""
    if array.flags.c_contiguous:
        return "C"
    return "F" if array.flags.f_contiguous else SPREAD


def spread(array: np.ndarray) -> np.ndarray:
    """The same numbers as a view that is not contiguous."""
    return np.repeat(array, 2, axis=-1)[..., ::2]


def generator_state(generator: np.random.Generator) -> list[str]:
    """The whole state of a PCG64 generator, as decimal numbers."""
    state = generator.bit_generator.state
    numbers = (state["state"]["state"], state["state"]["inc"], state["has_uint32"], state["uinteger"])
    return [str(int(number)) for number in numbers]


def set_generator_state(generator: np.random.Generator, state: list[str]) -> None:
    """Put a PCG64 generator into a state. Raises BadValueError."""
    numbers = [int(_exact(str)(text)) for text in state if len(text) < STATE_BITS]
    bits = (STATE_BITS, STATE_BITS, 1, 32)
    if len(numbers) != len(bits) or any(not 0 <= n < 2**most for n, most in zip(numbers, bits, strict=True)):
        raise BadValueError("no state of a generator")
    generator.bit_generator.state = {
        "bit_generator": GENERATOR,
        "state": {"state": numbers[0], "inc": numbers[1]},
        "has_uint32": numbers[2],
        "uinteger": numbers[3],
    }


def generator_in_state(state: list[str]) -> np.random.Generator:
    """A PCG64 generator in this state. Raises BadValueError."""
    generator = np.random.Generator(np.random.PCG64(0))
    set_generator_state(generator, state)
    return generator


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _exact(kind: type) -> Callable[[Any], Any]:
    # JSON's own types only: a bool is no integer here.
    def checked(value: Any) -> Any:
        if type(value) is not kind:
            raise BadValueError(f"no {kind.__name__}")
        return value

    return checked
