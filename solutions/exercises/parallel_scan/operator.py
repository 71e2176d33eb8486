"""Contract of `combined`, the operator of the scan: two steps as one.

unrolled-canary-f13fc6ccd951
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import parallel

READ = "after-rnns#eq-scan-operator"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return {name: kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype) for name in ("a1", "v1", "a2", "v2")}


def _not_associative(function: kit.Function, rng: np.random.Generator) -> bool:
    def join(one: tuple, other: tuple) -> tuple:
        return tuple(np.array(part) for part in function(*(part.copy() for part in (*one, *other))))

    some, others, last = (tuple(rng.standard_normal((2, 3, 4))) for _ in range(3))
    nothing = np.ones((3, 4)), np.zeros((3, 4))
    same = (
        (join(join(some, others), last), join(some, join(others, last))),
        (join(some, nothing), some),
        (join(nothing, some), some),
    )
    return not all(
        np.allclose(one, other, rtol=1e-3, atol=1e-4) for pair in same for one, other in zip(*pair, strict=True)
    )


combined = kit.Contract(
    reference=parallel.combined,
    outputs=kit.near("a", "v"),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.with_zero(_draw, "a1"),
        kit.with_zero(_draw, "a2"),
        kit.with_zero(_draw, "v1", "v2"),
    ),
    rules=(
        kit.Rule(
            "not-associative",
            "the grouping of three steps changes nothing, and a step with the factor 1 and the addend 0 changes none.",
            _not_associative,
            READ,
        ),
    ),
)

WORDS = {
    "a1": "the first step's factor",
    "v1": "the first step's addend",
    "a2": "the second step's factor",
    "v2": "the second step's addend",
    "a": "the common factor",
    "v": "the common addend",
}


@combined.derivation(words=WORDS)
def first_then_second(a1, v1, a2, v2):
    a = a2 * a1  #: eq-scan-operator
    v = a2 * v1 + v2  #: eq-scan-operator: what the second step makes of the first one's addend + its own addend
    return a, v


@combined.variant
def by_two_states(a1, v1, a2, v2):
    # A step sends 0 to its addend, and 1 to the sum of factor and addend.
    from_zero = a2 * (a1 * 0 + v1) + v2
    from_one = a2 * (a1 * 1 + v1) + v2
    return from_one - from_zero, from_zero


@combined.variant
def by_matrices(a1, v1, a2, v2):
    first, second = np.zeros((*np.shape(a1), 2, 2)), np.zeros((*np.shape(a1), 2, 2))
    for step, a, v in ((first, a1, v1), (second, a2, v2)):
        step[..., 0, 0], step[..., 0, 1], step[..., 1, 1] = a, v, 1
    both = second @ first
    return both[..., 0, 0], both[..., 0, 1]


@combined.variant
def in_one_stack(a1, v1, a2, v2):
    both = np.stack([a1, v1]) * a2
    return both[0], both[1] + v2


@combined.variant
def with_calls(a1, v1, a2, v2):
    product = np.multiply(a1, a2)
    return product, np.add(v2, np.multiply(v1, a2))


V = "a2 * v1 + v2"
for name, hint, *edits in (
    (
        "sides-swapped",
        "The steps are swapped: yours is the second one first. The first pair is the EARLIER step, so the second "
        "step's factor multiplies the first one's addend.",
        (V, "a1 * v2 + v1"),
    ),
    (
        "scaled-by-the-wrong-factor",
        "The first step's addend is multiplied by its own factor. It goes through the SECOND step: multiply by a2.",
        (V, "a1 * v1 + v2"),
    ),
    (
        "the-other-addend-scaled",
        "The second step's addend is multiplied by its factor. It is added after that: a2 multiplies v1.",
        (V, "v1 + a2 * v2"),
    ),
    (
        "both-addends-scaled",
        "Both addends are multiplied by a2. The second step's own is added after its factor has been at work.",
        (V, "a2 * (v1 + v2)"),
    ),
    (
        "scaled-by-both-factors",
        "The first step's addend is multiplied by both factors. It meets the second one alone: a2 v1 + v2.",
        (V, "a2 * a1 * v1 + v2"),
    ),
    (
        "addends-added",
        "The addends are only added. The first one goes through the second step: a2 v1 + v2.",
        (V, "v1 + v2"),
    ),
    ("factors-added", "The factors are added. Two steps in a row multiply by both.", ("a2 * a1", "a2 + a1")),
    ("addend-first", "The addend stands first. Return a, v.", ("return a, v", "return v, a")),
    (
        "a-state-for-a-pair",
        "You apply the second step to the first one's addend, and return its factor alone. The factor of both steps is "
        "the product.",
        ("a2 * a1", "1 * a2"),
    ),
):
    combined.slip(name, hint, *edits)
