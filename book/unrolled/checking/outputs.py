"""What a function returns, one entry an output: its name, and how it is compared with the right one."""

from __future__ import annotations

from dataclasses import dataclass

# Wide enough for float32 arithmetic inside a right answer, hundreds of times finer than any misconception.
RTOL, ATOL = 1e-4, 2e-5
NEAR, EXACT, TEXT, OPAQUE, WORK = "near", "exact", "text", "opaque", "work"
COUNTED = ("matrix products", "calls of NumPy", "bytes of new arrays")


@dataclass(frozen=True)
class Output:
    """One output.

    kind: near (numbers within rtol and atol), exact (numbers or nested lists, equal), text (equal), or opaque: it
        belongs to the author of the function, and nobody looks inside. Or work, which is not returned but counted.
    words: which entry of `probes.IN_WORDS` says what a wrong number means; without it the number itself is told.
    """

    name: str
    kind: str = NEAR
    rtol: float = RTOL
    atol: float = ATOL
    words: str = ""


def near(*names: str, rtol: float = RTOL, atol: float = ATOL) -> tuple[Output, ...]:
    """Arrays of numbers, right within rounding."""
    return tuple(Output(name, NEAR, rtol, atol) for name in names)


def exact(name: str) -> Output:
    """Numbers that are right or wrong: token ids, a path of tags, a count."""
    return Output(name, EXACT, 0.0, 0.0)


def text(name: str) -> Output:
    """A string."""
    return Output(name, TEXT)


def opaque(name: str = "cache") -> Output:
    """What the function keeps for another one of the same author."""
    return Output(name, OPAQUE)


def work() -> Output:
    """Counted work, as `probes.counted` gives it: the steps, then what was used and what is allowed of each COUNTED."""
    return Output(WORK, WORK, 0.0, 0.0)


def over(counts: list[int]) -> list[tuple[str, int, int]]:
    """What of counted work is more than allowed: what it is, how much, and how much is allowed."""
    pairs = zip(COUNTED, counts[1::2], counts[2::2], strict=True)
    return [(what, used, allowed) for what, used, allowed in pairs if used > allowed]


def statistic(name: str, words: str) -> Output:
    """A number that is computed from what came back; `words` say what a wrong one means."""
    return Output(name, NEAR, words=words)
