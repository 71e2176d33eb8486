"""Values as data: plain Python values, NumPy arrays and tensors, written as JSON and raw bytes.

No pickle, no archive, no object arrays, no subclasses. What is not data crosses as a handle: a number that stands for
an object on the side that sent it.
"""

from __future__ import annotations

import math
import sys
from collections import OrderedDict
from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from itertools import islice
from types import GeneratorType
from typing import Any, cast

import numpy as np

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

KEPT = "kept"  # a container with something of its own: its plain content, and a handle to the original
PLAIN = (tuple, list, dict, OrderedDict)
VIEWS: tuple[type, ...] = (KeysView, ValuesView, ItemsView)
LAZY: tuple[type, ...] = (GeneratorType, map, filter, zip, enumerate, reversed, *VIEWS)
LONGEST_KIND = 8  # characters of an array's type

Tree = list[Any]
Give = Callable[
    [Any], Tree
]  # an object that is no data becomes a handle: [THEIRS, number, callable] or [YOURS, number]
Take = Callable[[str, int, bool], Any]  # a handle becomes what stands for it, or the object that was meant
THEIRS = "theirs"  # of the side that sends
YOURS = "yours"  # of the side that receives


class KeptTuple(tuple[Any, ...]):
    """A tuple that stands for the other side's own (a named tuple, say), which is what goes back."""

    number: int


class KeptList(list[Any]):
    """A list that stands for the other side's own."""

    number: int


class KeptDict(dict[Any, Any]):
    """A dict that stands for the other side's own."""

    number: int


class NotDataError(TypeError):
    """A value that cannot cross."""


class BadValueError(ValueError):
    """What came over the wire is no value."""


def encode(value: Any, blobs: list[bytes], *, give: Give | None = None) -> Tree:
    """Write a value as a JSON tree; the bytes of its arrays are appended to `blobs`.

    Args:
        give: what to do with an object that is no data; without it, NotDataError is raised.
    """
    return _Encoder(blobs, give).encode(value, 0)


def decode(tree: Any, blob: bytes, *, take: Take | None = None) -> Any:
    """The value that `encode` wrote; see `Reader`."""
    return Reader(blob, take).read(tree)


class _Encoder:
    def __init__(self, blobs: list[bytes], give: Give | None) -> None:
        self.blobs, self.give = blobs, give
        self.nodes = 0

    def encode(self, value: Any, depth: int) -> Tree:
        self.nodes += 1
        if depth > DEEPEST or self.nodes > MOST_NODES:
            raise NotDataError("a value nested too deeply, or of too many parts")
        if isinstance(value, (KeptTuple, KeptList, KeptDict)):
            return [YOURS, value.number]
        plain = self._plain(value)
        if plain is not None:
            return plain
        if self.give is not None and isinstance(value, (tuple, list, dict)) and type(value) not in PLAIN:
            return [KEPT, self.give(value), self._container(value, depth)]
        return self._container(value, depth) or self._object(value, depth)

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
            return ["text", str.__str__(value)[:LONGEST_TEXT]]
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

    def _array(self, value: Any) -> Tree | None:
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
    """

    def __init__(self, blob: bytes, take: Take | None = None, *, with_grad: bool = True) -> None:
        self.blob, self.take, self.with_grad = blob, take, with_grad
        self.position = self.nodes = 0
        self.kinds: Mapping[str, Callable[..., Any]] = {
            "none": lambda: None,
            "bool": _exact(bool),
            "int": self._integer,
            "float": float.fromhex,
            "complex": lambda real, imaginary: complex(float.fromhex(real), float.fromhex(imaginary)),
            "text": _exact(str),
            "scalar": self._scalar,
            "array": self._array,
            "tensor": self._tensor,
            "generator": generator_in_state,
            THEIRS: lambda number, is_callable: self._handle(THEIRS, number, is_callable),
            YOURS: lambda number: self._handle(YOURS, number, False),
        }

    def read(self, tree: Any) -> Any:
        """The next value. Raises BadValueError for anything that `encode` does not write, whatever it may be."""
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
        plain = self._decode(content, depth)
        whose, number, _ = handle
        made = KEPT_TYPES[type(plain)](plain)
        made.number = _exact(int)(number)
        if whose != THEIRS or self.take is None:
            raise BadValueError("a handle that nobody gave")
        return made

    def _integer(self, text: str) -> int:
        if len(_exact(str)(text)) > LONGEST_INTEGER + 1:
            raise BadValueError("an integer that is too long")
        return int(text)

    def _scalar(self, kind: str) -> Any:
        return self._numbers(kind, [], "C")[()]

    def _array(self, kind: str, shape: list[int], layout: str) -> np.ndarray:
        return self._numbers(kind, shape, layout)

    def _tensor(self, kind: str, shape: list[int], layout: str, requires_grad: bool) -> Any:
        torch = sys.modules.get("torch")
        if torch is None:
            raise BadValueError("a tensor where PyTorch is not in use")
        tensor = torch.from_numpy(self._numbers(kind, shape, layout))
        return tensor.requires_grad_() if requires_grad and self.with_grad and tensor.is_floating_point() else tensor

    def _numbers(self, kind: str, shape: list[int], layout: str) -> np.ndarray:
        if len(_exact(str)(kind)) > LONGEST_KIND:
            raise BadValueError("an array of something that is no number")
        dtype = np.dtype(kind)
        if dtype.kind not in NUMBERS or dtype.hasobject or dtype.subdtype is not None:
            raise BadValueError("an array of something that is no number")
        sizes = tuple(_exact(int)(size) for size in _exact(list)(shape))
        count = math.prod(sizes)
        if len(sizes) > MOST_DIMENSIONS or any(size < 0 for size in sizes):
            raise BadValueError("an array of a shape that cannot be")
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


def mutable_parts(value: Any) -> Iterator[Any]:
    """What a call may change of its arguments, always in the same order: arrays, tensors, lists, dicts, generators."""
    # An array of other things than numbers is no data: the other side has none in its place.
    is_array = isinstance(value, np.ndarray) and value.dtype.kind in NUMBERS
    if is_array or isinstance(value, (np.random.Generator, list, dict)) or _is_tensor(value):
        yield value
    if isinstance(value, (list, tuple, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from mutable_parts(item)


KEPT_TYPES: dict[type, Callable[[Any], Any]] = {tuple: KeptTuple, list: KeptList, dict: KeptDict}
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
