"""Contract of `scan_cost`, work and depth of two scans by formula.

unrolled-canary-38d227c65038
"""

from collections.abc import Iterator

import numpy as np

from solutions.judging import kit
from solutions.reference import parallel

READ = "after-rnns#eq-scan-cost"
TREE = "after-rnns#eq-scan-tree"


def _draw(rng: np.random.Generator) -> Iterator[kit.Given]:
    # The last halves are of two steps, or of three; never a power of two.
    for last in (2, 3):
        for low, high in ((2, 5), (6, 9), (10, 15)):
            size = 2 ** int(rng.integers(low, high))
            yield kit.Given("some steps", {"T": last * size + int(rng.integers(1, size))})


def _edges(rng: np.random.Generator) -> Iterator[kit.Given]:
    power = 2 ** int(rng.integers(4, 12))
    for label, T in (
        ("a single step", 1),
        ("two steps", 2),
        ("three steps", 3),
        ("a power of two", power),
        ("one step less", power - 1),
        ("one step more", power + 1),
        ("three times a power of two", 3 * power),
    ):
        yield kit.Given(label, {"T": T})


scan_cost = kit.Contract(
    reference=parallel.scan_cost,
    outputs=kit.near("flat_work", "flat_depth", "tree_work", "tree_depth", rtol=1e-9),
    read=READ,
    parts=(kit.Part("values", _draw), kit.Part("edges", _edges)),
)

WORDS = {
    "T": "the number of steps",
    "n": "the steps that are left",
    "k": "the level",
    "flat_work": "the flat scan's work",
    "flat_depth": "the flat scan's depth",
    "tree_work": "the tree scan's work",
    "tree_depth": "the tree scan's depth",
}


@scan_cost.derivation(words=WORDS)
def level_by_level(T):
    flat_depth = (T - 1).bit_length()  #: eq-scan-cost
    flat_work = T * flat_depth - (2**flat_depth - 1)  #: eq-scan-cost: all steps in each level + those left as they are
    tree_work, tree_depth = 0, 0
    for k in range(T.bit_length() - 1):
        n = T // 2**k
        tree_work = tree_work + n - 1  #: eq-scan-tree
        tree_depth = tree_depth + (2 if n > 2 else 1)  #: eq-scan-tree
    return flat_work, flat_depth, tree_work, tree_depth


@scan_cost.variant
def by_recursion(T):
    def tree(n):
        if n == 1:
            return 0, 0
        if n == 2:
            return 1, 1
        work, depth = tree(n // 2)
        return work + n - 1, depth + 2

    levels = 0
    while 2**levels < T:
        levels += 1
    return (sum(T - 2**k for k in range(levels)), levels, *tree(T))


@scan_cost.variant
def by_digits(T):
    digits = bin(T)[2:]
    L = int(np.ceil(np.log2(T)))
    depth = 2 * (len(digits) - 1) - (1 if T > 1 and digits[1] == "0" else 0)
    return L * T - 2**L + 1, L, 2 * T - digits.count("1") - len(digits), depth


@scan_cost.variant
def rounds_played(T):
    flat_work = flat_depth = tree_work = tree_depth = 0
    d = 1
    while d < T:
        flat_work, flat_depth, d = flat_work + T - d, flat_depth + 1, d + d
    lengths = [T]
    while lengths[-1] > 1:
        lengths.append(lengths[-1] // 2)
    for n in lengths[1:]:
        tree_work, tree_depth = tree_work + n, tree_depth + 1
    for n in lengths[:-1]:
        fill = len(range(2, n, 2))
        tree_work, tree_depth = tree_work + fill, tree_depth + int(fill > 0)
    return flat_work, flat_depth, tree_work, tree_depth


@scan_cost.variant
def by_arrays(T):
    shifts = 2 ** np.arange(64, dtype=np.int64)[:40]
    flat = (T - shifts)[shifts < T]
    halves = T // shifts
    halves = halves[halves > 1]
    return [int(flat.sum()), len(flat), int((halves - 1).sum()), int(np.where(halves > 2, 2, 1).sum())]


DEPTH, WORK = "(T - 1).bit_length()", "T * flat_depth - (2**flat_depth - 1)"
ANSWER = "return flat_work, flat_depth, tree_work, tree_depth"
LOOP, TREE_WORK, TREE_DEPTH = "range(T.bit_length() - 1)", "tree_work + n - 1", "tree_depth + (2 if n > 2 else 1)"
for name, hint, *edits in (
    (
        "all-steps-in-each-level",
        "You count T operations in each level. In the level with distance 2^k the first 2^k steps have nobody before "
        "them: T − 2^k.",
        (WORK, "T * flat_depth"),
    ),
    (
        "first-step-alone-left-out",
        "You count T − 1 operations in each level. In the level with distance 2^k the first 2^k steps have nobody "
        "before them: T − 2^k.",
        (WORK, "(T - 1) * flat_depth"),
    ),
    (
        "half-of-the-steps-in-each-level",
        "You count T/2 operations in each level. Of the flat scan's steps only the first 2^k rest in a level: T − 2^k.",
        (WORK, "T // 2 * flat_depth"),
    ),
    (
        "distances-from-two",
        "The distances begin with 2. They are 1, 2, 4, …: the work is the sum of T − 2^k from k = 0.",
        (WORK, "T * flat_depth - 2 * (2**flat_depth - 1)"),
    ),
    (
        "distance-of-one-too-few",
        "The sum of 1, 2, 4, …, 2^(L−1) is 2^L − 1, not 2^L.",
        (WORK, "T * flat_depth - 2**flat_depth"),
    ),
    (
        "logarithm-rounded-down",
        "The logarithm is rounded down: where T is no power of two, the flat scan needs one level more.",
        (DEPTH, "T.bit_length() - 1"),
    ),
    (
        "level-too-many-at-powers",
        "At a power of two you count one level too many: 8 steps take the distances 1, 2, 4.",
        (DEPTH, "T.bit_length()"),
    ),
    (
        "depth-of-the-loop",
        "That is the loop's depth. In each level of the flat scan all steps are joined at once: ⌈log₂ T⌉.",
        (DEPTH, "T - 1"),
        (WORK, "T * (T - 1).bit_length() - (2 ** (T - 1).bit_length() - 1)"),
    ),
    (
        "up-alone",
        "You count the way up alone, the joining of pairs. The steps between are filled in, too: n − 1 operations a "
        "level in all.",
        (TREE_WORK, "tree_work + n // 2"),
        (TREE_DEPTH, "tree_depth + 1"),
    ),
    (
        "filling-in-costs-nothing",
        "The filling in is missing in the tree's work: beside ⌊n/2⌋ pairs, each level fills in ⌈n/2⌉ − 1 steps.",
        (TREE_WORK, "tree_work + n // 2"),
    ),
    (
        "filling-in-takes-no-round",
        "The filling in takes a round of its own on each level of more than two steps.",
        (TREE_DEPTH, "tree_depth + 1"),
    ),
    (
        "two-rounds-for-two-steps",
        "Two steps take one round: nothing is to be filled in. D(2) = 1.",
        (TREE_DEPTH, "tree_depth + 2"),
    ),
    (
        "one-round-for-three-steps",
        "Three steps take two rounds: the first two are joined, then the third is filled in. D(3) = D(1) + 2.",
        (TREE_DEPTH, "tree_depth + (2 if n > 3 else 1)"),
    ),
    (
        "first-step-filled-in",
        "You fill in the first step as well. It is its own result: a level takes n − 1 operations, not n.",
        (TREE_WORK, "tree_work + n"),
    ),
    (
        "tree-as-if-a-power-of-two",
        "The tree's work is that of a power of two. Odd numbers of steps are halved downwards: "
        "W(T) = T − 1 + W(⌊T/2⌋).",
        (ANSWER, "return flat_work, flat_depth, 2 * T - T.bit_length() - 1, tree_depth"),
    ),
    (
        "tree-depth-by-the-logarithm-rounded-up",
        "The tree's depth is 2 ⌈log₂ T⌉ − 1 in yours. Odd numbers are halved downwards, so that it is less where T is "
        "no power of two: D(T) = D(⌊T/2⌋) + 2.",
        (ANSWER, "return flat_work, flat_depth, tree_work, max(2 * flat_depth - 1, 0)"),
    ),
    (
        "flat-and-tree-swapped",
        "The tree stands first. Return the flat scan's work and depth, then the tree's.",
        (ANSWER, "return tree_work, tree_depth, flat_work, flat_depth"),
    ),
    (
        "depth-before-work",
        "The depths stand before the work. Return flat_work, flat_depth, tree_work, tree_depth.",
        (ANSWER, "return flat_depth, flat_work, tree_depth, tree_work"),
    ),
    (
        "works-then-depths",
        "You return both works, then both depths. Return flat_work, flat_depth, tree_work, tree_depth.",
        (ANSWER, "return flat_work, tree_work, flat_depth, tree_depth"),
    ),
    (
        "halves-rounded-up",
        "The number of pairs is rounded up. A step without a partner is not joined: ⌊n/2⌋ go to the next level.",
        (LOOP, "range((T - 1).bit_length())"),
        ("T // 2**k", "-(-T // 2**k)"),
    ),
):
    scan_cost.slip(name, hint, *edits)
