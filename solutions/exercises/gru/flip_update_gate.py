"""Contract of `flip_update_gate`, which turns a GRU's weights into those of the other update convention.

unrolled-canary-58f1fbc79612
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import gru

READ = "gru#eq-gru-negated"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return kit.kernels(rng, sizes, dtype, blocks=3)


def _stays_flipped(function: kit.Function, rng: np.random.Generator) -> bool:
    arguments = _draw(rng, kit.SMALL, np.float64)
    # Copies: a function that works in its arguments must not change what its answer is compared with.
    once = function(*(a.copy() for a in arguments.values()))
    twice = function(*(np.array(a) for a in once))
    return not all(np.allclose(a, b, rtol=1e-6) for a, b in zip(twice, arguments.values(), strict=True))


def _another_cell(function: kit.Function, rng: np.random.Generator) -> bool:
    arguments = _draw(rng, kit.SMALL, np.float64)
    x, h = kit.normal(rng, kit.SMALL.batch, kit.SMALL.inputs, dtype=np.float64), kit.state(rng, kit.SMALL, np.float64)
    h_next, _ = gru.gru_step(x, h, *arguments.values())
    W, U, b = (np.split(np.asarray(a), 3, axis=-1) for a in function(*arguments.values()))
    z, r = (0.5 + 0.5 * np.tanh(0.5 * (x @ W[k] + h @ U[k] + b[k])) for k in (0, 1))
    replaced = (1 - z) * h + z * np.tanh(x @ W[2] + (r * h) @ U[2] + b[2])
    return not np.allclose(replaced, h_next, rtol=1e-4, atol=2e-5)


flip_update_gate = kit.Contract(
    reference=gru.flip_update_gate,
    outputs=kit.near("W", "U", "b"),
    read=READ,
    parts=kit.of_arrays(_draw),
    rules=(
        kit.Rule("not-its-own-inverse", "applied twice, the conversion gives the weights back.", _stays_flipped, READ),
        kit.Rule("another-cell", "their cell computes with the new weights what yours does.", _another_cell, READ),
    ),
)


@flip_update_gate.derivation(words={"z": "the update gate's block", "r": "the reset gate's", "n": "the candidate's"})
def negated_blocks(W, U, b):
    flipped = []
    for A in (W, U, b):
        z, r, n = np.split(A, 3, axis=-1)  #: eq-gru-blocks
        flipped.append(np.concatenate([-z, r, n], axis=-1))  #: eq-gru-convention
    return flipped[0], flipped[1], flipped[2]


@flip_update_gate.derivation()
def copies_with_a_negated_block(W, U, b):
    H = len(U)
    W, U, b = W.copy(), U.copy(), b.copy()
    for a in (W, U, b):
        a[..., :H] *= -1
    return W, U, b


flip_update_gate.rewrite("by-diagonal", ("np.concatenate([-z, r, n], axis=-1)", "A * np.repeat([-1, 1, 1], len(U))"))

ONLY_Z = "Reset gate and candidate are the same in both conventions: only z changes."
for name, wrong, hint in (
    ("every-block", "-z, -r, -n", f"All blocks changed their sign. {ONLY_Z} (A block has len(U) columns.)"),
    ("reset-gate-negated", "z, -r, n", "The second block changed its sign, the reset gate's. The first has to."),
    ("candidate-negated", "z, r, -n", "The third block changed its sign, the candidate's. The first has to."),
    ("both-gates-negated", "-z, -r, n", f"Both gates changed their sign. {ONLY_Z}"),
    ("one-minus-the-weights", "1 - z, r, n", "You took 1 minus the weights. They change their sign: σ(−a) = 1 − σ(a)."),
    ("blocks-swapped", "r, z, n", "You swapped update gate and reset gate. They stay: the first changes its sign."),
):
    flip_update_gate.slip(name, hint, ("-z, r, n", wrong))

flip_update_gate.mistakes(
    """
    minus-missing-flipped-z: The weights come back as they were. The update gate's block changes its sign.
    other-axis-flipped-1-0-concatenate: The blocks stand side by side: axis=1 for W and U.
    another-value-H-U-W: Your block is as wide as W has rows. It has len(U) columns.
    bias-only: Only the bias changed its sign: the update gate's block of both kernels changes it too.
        np.concatenate([-z, r, n], axis=-1) → np.concatenate([-z, r, n]) if A is b else A
    one-unit-only: Only the first column changed its sign, one unit's. A block has H columns.
        np.concatenate([-z, r, n], axis=-1) → A * np.where(np.arange(A.shape[-1]) < 1, -1, 1)
    rows-for-columns: The first rows of the kernels changed their sign. Blocks stand side by side: take columns.
        np.concatenate([-z, r, n], axis=-1) → np.concatenate([-A[: len(U)], A[len(U) :]])
    """
)
