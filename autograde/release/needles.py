"""Many secrets, each kind found in one pass over a file: the time is the file's, however many secrets there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

SHORTEST_LINE = 12  # characters without blanks; shorter lines (`else:`, `return h`) say nothing
LONGEST_LINE = 2_000  # longer ones are minified scripts
FEWEST_VALUES = 4  # so many numbers of an array, printed, give it away
WORD = 8  # bytes by which an array is looked up
LOW_BITS = np.uint64(2**20 - 1)
DECIMALS = 8
PROMPT = re.compile(r"^\s*(>>>|\.\.\.|In \[\d*\]:)\s?")
FEWEST_DECIMALS = DECIMALS - 2  # NumPy leaves zeros at the end away
# A search for the point is quick.
PRINTED = re.compile(rf"\.(\d{{{FEWEST_DECIMALS},{DECIMALS}}})(\d*)([eE][+-]?\d{{1,3}})?")


class CodeLines:
    """Runs of lines of code, blanks aside."""

    def __init__(self) -> None:
        self._origins: dict[tuple[str, ...], set[str]] = {}
        self._lengths: dict[str, set[int]] = {}  # by the first line of a run

    def add(self, lines: Iterable[str], length: int, origin: str) -> None:
        """Remember every run of `length` distinctive lines of this code, and where it is from."""
        kept = distinctive(lines)
        for start in range(len(kept) - length + 1):
            run = tuple(kept[start : start + length])
            self._origins.setdefault(run, set()).add(origin)
            self._lengths.setdefault(run[0], set()).add(length)

    def found(self, lines: list[str]) -> dict[str, str]:
        """For each origin of which a run is in these distinctive lines, the first line of the first one."""
        found: dict[str, str] = {}
        for start, line in enumerate(lines):
            for length in self._lengths.get(line, ()):
                for origin in self._origins.get(tuple(lines[start : start + length]), ()):
                    found.setdefault(origin, line)
        return found


class Arrays:
    """Arrays of floats, as bytes (in double or single precision, by rows or by columns) and as printed numbers."""

    def __init__(self, arrays: Iterable[tuple[str, np.ndarray]]) -> None:
        """Take pairs of an origin and an array of at least FEWEST_VALUES floats."""
        self._raw: dict[int, set[tuple[bytes, str]]] = {}  # by the first eight bytes
        self._printed: dict[str, set[tuple[tuple[str, ...], str]]] = {}  # by the decimals of the first number
        for origin, values in arrays:
            if values.size < FEWEST_VALUES:
                raise ValueError(f"an array of {values.size} values is too short to be looked for")
            for form in (values, values.astype(np.float32)):
                for order in ("C", "F"):
                    raw = form.tobytes(order)
                    self._raw.setdefault(int.from_bytes(raw[:WORD], "little"), set()).add((raw, origin))
            numbers = tuple(f"{value:.{DECIMALS}f}"[-DECIMALS:] for value in values.ravel()[:FEWEST_VALUES])
            self._printed.setdefault(numbers[0], set()).add((numbers, origin))
        self._words = np.sort(np.fromiter(self._raw, np.uint64, len(self._raw)))
        self._may_be = np.zeros(LOW_BITS + 1, bool)  # by some bits of a word: what nearly all of a file fails
        self._may_be[self._words & LOW_BITS] = True

    def found(self, content: bytes, text: str) -> set[str]:
        """The origins of all arrays that are in a file's bytes, or printed in its text."""
        return set(self._in_bytes(content)) | set(self._in_text(text))

    def _in_bytes(self, content: bytes) -> Iterator[str]:
        if not self._raw:
            return
        for offset in range(min(WORD, len(content) - WORD + 1)):
            words = np.frombuffer(content, "<u8", (len(content) - offset) // WORD, offset)
            likely = np.flatnonzero(self._may_be[words & LOW_BITS])
            # Not np.isin, which sorts all the secrets again for each file.
            near = self._words[np.searchsorted(self._words, words[likely]).clip(max=len(self._words) - 1)]
            for place in likely[near == words[likely]]:
                for raw, origin in self._raw[int(words[place])]:
                    if content.startswith(raw, offset + WORD * int(place)):
                        yield origin

    def _in_text(self, text: str) -> Iterator[str]:
        numbers = set(_decimals(text))
        for first in numbers & self._printed.keys():
            for printed, origin in self._printed[first]:
                if numbers.issuperset(printed):
                    yield origin


def _decimals(text: str) -> Iterator[str]:
    # The first decimals of each number that has enough of them, cut and rounded, and without its exponent.
    for match in PRINTED.finditer(text):
        decimals, more, exponent = match.groups()
        decimals = decimals.ljust(DECIMALS, "0")
        yield decimals
        if more >= "5":
            yield f"{int(decimals) + 1:0{DECIMALS}}"[-DECIMALS:]
        if exponent:
            digit = text[max(match.start() - 1, 0)]
            yield f"{float((digit if digit.isdecimal() else '') + match[0]):.{DECIMALS}f}"[-DECIMALS:]


def distinctive(lines: Iterable[str]) -> list[str]:
    """Code lines without blanks; comments, imports and what is too short or too long are left out."""
    kept = []
    for line in lines:
        if len(line) > LONGEST_LINE:
            continue
        squeezed = "".join(PROMPT.sub("", line).split())
        if len(squeezed) >= SHORTEST_LINE and not squeezed.startswith(("#", "import", "from", "def", '"""')):
            kept.append(squeezed)
    return kept
