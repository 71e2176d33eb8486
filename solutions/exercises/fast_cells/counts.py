"""Contract of `foretold`, the counts of three programs by formula.

unrolled-canary-38530bce5e3c
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import fast

READ = "making-it-fast#eq-fast-calls"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    T, B, D, H = (int(n) for n in (sizes.steps, sizes.batch, sizes.inputs, sizes.hidden))
    return {"T": T, "B": B, "D": D, "H": H, "k": int(rng.choice([1, 3, 4])), "e": int(np.dtype(dtype).itemsize)}


def _large(rng: np.random.Generator) -> kit.Arguments:
    return {"T": int(rng.integers(500, 900)), "B": 64, "D": int(rng.integers(30, 60)), "H": 256, "k": 4, "e": 4}


foretold = kit.Contract(
    reference=fast.foretold,
    outputs=kit.near("products", "operations", "saved", rtol=1e-9),
    read=READ,
    parts=kit.of_values(_draw, kit.Special("a real net", _large)),
)

WORDS = {"T": "the steps", "B": "the batch", "D": "the input size", "H": "the hidden size"}
WORDS |= {"k": "the blocks", "e": "the bytes of a number"}


@foretold.derivation(words=WORDS)
def by_formula(T, B, D, H, k, e):
    apart = 2 * k * T  #: eq-fast-gates
    side_by_side = 2 * T  #: eq-fast-calls
    hoisted = T + 1  #: eq-fast-calls
    operations = 2 * B * T * (D + H) * k * H  #: eq-fast-product
    saved = e * (T - 1) * (D + 1) * k * H  #: eq-fast-saved
    return np.array([apart, side_by_side, hoisted]), operations, saved


@foretold.variant
def by_the_piece(T, B, D, H, k, e):
    products = [sum(2 for _ in range(k * T)), T + T, 1 + T]
    operations = T * 2 * B * D * k * H + T * 2 * B * H * k * H
    once = e * (D * k * H + k * H)
    return products, operations, T * once - once


@foretold.variant
def by_shapes(T, B, D, H, k, e):
    kernels = [(D, k * H), (H, k * H)]
    each_step = len(kernels)
    operations = sum(2 * T * B * rows * columns for rows, columns in kernels)
    read_once = (D * k * H + k * H) * e
    return (each_step * k * T, each_step * T, (each_step - 1) * T + 1), operations, (T - 1) * read_once


@foretold.variant
def counted_in_loops(T, B, D, H, k, e):
    apart = side_by_side = hoisted = operations = 0
    hoisted += 1
    for _ in range(T):
        side_by_side += 2
        hoisted += 1
        for _ in range(k):
            apart += 2
            operations += 2 * B * D * H + 2 * B * H * H
    return np.array([apart, side_by_side, hoisted]), operations, e * k * H * (1 + D) * (T - 1)


foretold.mistakes(
    """
    kernels-of-both-saved: W, U and b are not all read once: U is needed at each step {eq}. Only W and b are saved.
        (D + 1) → (D + H + 1)
    bias-not-saved: The bias is read once as well: count its k H numbers, too.
        (D + 1) → D
    all-readings-saved: One reading is left: T readings become one, so T − 1 are saved.
        (T - 1) → T
    numbers-for-bytes: These are numbers. A number has e bytes.
        e * (T - 1) → (T - 1)
    multiplications-alone: A multiplication and an addition are two operations.
        2 * B * T → B * T
    blocks-forgotten-in-operations: The kernels are k H wide: k blocks.
        (D + H) * k * H → (D + H) * H
    one-kernel-alone: Apart, each block makes two products a step: one with its W and one with its U.
        apart = 2 * k * T → apart = k * T
    no-input-product: One input product is still made, for all steps at once: count it, too.
        T + 1 → T
    """.replace(" {eq}", "")
)
