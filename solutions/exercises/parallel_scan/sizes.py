"""Sizes of sequences for a scan, and how its work is counted: what contracts of the assignment share.

unrolled-canary-cefdce898c80
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from solutions.judging import kit
from unrolled.checking.outputs import WORK

MORE = 7  # steps
LONG = (600, 701)  # steps where work is counted
LEVELS = 10  # of these
CALLS, NUMBERS = 20, 20  # a level; new ones for each unit of each step a level


def steps_of(sizes: kit.Sizes) -> int:
    """One step, or more than there are units: of small sizes 9 to 15, so that no scan of a power of two is right."""
    return 1 if sizes.steps == 1 else sizes.steps + MORE


def factors(rng: np.random.Generator, *shape: int, dtype: type) -> np.ndarray:
    """Factors of both signs, most of them a little below 1, so that the first step still shows in the last."""
    return (rng.uniform(0.6, 1.1, shape) * rng.choice([-1, 1], shape)).astype(dtype)


def of_steps(draw: kit.Function, label: str, steps: int) -> kit.Special:
    """So many steps, at most eleven."""

    def special(rng: np.random.Generator) -> kit.Arguments:
        drawn = draw(rng, kit.SMALL, np.float64)
        return {name: one[:, :steps] if np.ndim(one) == 3 else one for name, one in drawn.items()}

    return kit.Special(label, special)


def with_work(draw: kit.Function, parts: tuple[kit.Part, ...]) -> tuple[kit.Part, ...]:
    """The same parts, and before the last one that of counted work, on long sequences of few units."""

    def given(rng: np.random.Generator) -> Iterator[kit.Given]:
        steps = int(rng.integers(*LONG)) - MORE
        yield kit.Given("many steps", draw(rng, kit.Sizes(2, steps, 3, 2, 2), np.float64))

    return (*parts[:-1], kit.Part(WORK, given), parts[-1])


def counted(outputs: int, sizes: Mapping[str, Sequence[int]], products: int, calls: int, numbers: int) -> kit.Probe:
    """A probe that counts the work: that of a scan, with so many products, calls and numbers beside it."""
    allowed = {
        "products": f"{products}",
        "calls": f"{CALLS * LEVELS + calls}",
        "bytes": f"{8 * (NUMBERS * LEVELS + numbers)} T B H + 4096",
    }
    return kit.Probe("counted", {"outputs": outputs, "sizes": dict(sizes), "least": LONG[0], **allowed})
