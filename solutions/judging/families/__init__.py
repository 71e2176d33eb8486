"""Families: each makes one kind of mistake wherever a derivation has a place for it.

unrolled-canary-3c91f5d0a7e6
"""

from collections.abc import Callable, Iterable, Iterator

from solutions.judging.derivation import Derivation, Rewrite
from solutions.judging.families.answers import answers
from solutions.judging.families.calls import calls, orders
from solutions.judging.families.loops import loops
from solutions.judging.families.names import declared, names
from solutions.judging.families.plain import plain
from solutions.judging.families.products import kernels, products
from solutions.judging.families.slopes import slopes
from solutions.judging.families.statements import statements
from solutions.judging.families.sums import added, sums

Family = Callable[[Derivation], Iterable[Rewrite]]

# Where two make the same mistake, the words of the first are said.
ARRAYS: tuple[Family, ...] = (
    declared,
    slopes,
    sums,
    added,
    products,
    orders,
    kernels,
    loops,
    calls,
    answers,
    statements,
    names,
    plain,
)


def rewrites(derivation: Derivation, families: Iterable[Family] = ARRAYS) -> Iterator[tuple[Rewrite, str]]:
    """Every mistake that the families make of a derivation, with its text; each text once."""
    seen = {derivation.text}
    for family in families:
        for rewrite in family(derivation):
            text = derivation.text_of(rewrite)
            if text not in seen:
                seen.add(text)
                yield rewrite, text
