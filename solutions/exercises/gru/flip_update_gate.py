"""Contract of `flip_update_gate`, which turns a GRU's weights into those of the other update convention.

unrolled-canary-58f1fbc79612
"""

import numpy as np

from solutions.judging.cases import SMALL
from solutions.judging.contract import Contract, Rule
from solutions.judging.derivation import Function
from solutions.judging.drawing import normal
from solutions.judging.gated import kernels, state
from solutions.judging.parts import Arguments, Sizes, of_arrays
from solutions.reference import gru
from unrolled.checking.outputs import near

READ = "gru#eq-gru-negated"


def _draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return kernels(rng, sizes, dtype, blocks=3)


def _not_its_own_inverse(function: Function, rng: np.random.Generator) -> bool:
    arguments = _draw(rng, SMALL, np.float64)
    # Copies: a function that works in its arguments must not change what its answer is compared with.
    once = function(*(a.copy() for a in arguments.values()))
    twice = function(*(np.array(a) for a in once))
    return not all(np.allclose(a, b, rtol=1e-6) for a, b in zip(twice, arguments.values(), strict=True))


def _another_cell(function: Function, rng: np.random.Generator) -> bool:
    arguments = _draw(rng, SMALL, np.float64)
    x, h = normal(rng, SMALL.batch, SMALL.inputs, dtype=np.float64), state(rng, SMALL, np.float64)
    h_next, _ = gru.gru_step(x, h, *arguments.values())
    W, U, b = (np.split(np.asarray(a), 3, axis=-1) for a in function(*arguments.values()))
    z, r = (0.5 + 0.5 * np.tanh(0.5 * (x @ W[k] + h @ U[k] + b[k])) for k in (0, 1))
    replaced = (1 - z) * h + z * np.tanh(x @ W[2] + (r * h) @ U[2] + b[2])
    return not np.allclose(replaced, h_next, rtol=1e-4, atol=2e-5)


flip_update_gate = Contract(
    reference=gru.flip_update_gate,
    outputs=near("W", "U", "b"),
    read=READ,
    parts=of_arrays(_draw),
    rules=(
        Rule(
            "not-its-own-inverse", "applied twice, the conversion gives the weights back.", _not_its_own_inverse, READ
        ),
        Rule(
            "another-cell",
            "the cell with z = 1 replacing, run on the converted weights, computes what the cell with z = 1 keeping "
            "computes on the original ones.",
            _another_cell,
            READ,
        ),
    ),
)


@flip_update_gate.variant
def copies_with_a_negated_block(W, U, b):
    H = U.shape[0]
    W, U, b = W.copy(), U.copy(), b.copy()
    W[:, :H] = -W[:, :H]
    U[:, :H] = -U[:, :H]
    b[:H] = -b[:H]
    return W, U, b


@flip_update_gate.variant
def multiplied_by_signs(W, U, b):
    signs = np.repeat(np.array([-1, 1, 1], dtype=b.dtype), len(U))
    return W * signs, U * signs, b * signs


@flip_update_gate.variant
def concatenated(W, U, b):
    def flip(a):
        z, r, n = np.split(a, 3, axis=-1)
        return np.concatenate([-z, r, n], axis=-1)

    return flip(W), flip(U), flip(b)


@flip_update_gate.variant
def by_diagonal_matrix(W, U, b):
    S = np.eye(3 * len(U))
    S[: len(U)] *= -1
    return [W @ S, U @ S, b @ S]


@flip_update_gate.variant
def blocks_on_an_axis(W, U, b):
    flipped = []
    for a in (W, U, b):
        blocks = np.array(a).reshape(*a.shape[:-1], 3, -1)
        blocks[..., 0, :] *= -1
        flipped.append(blocks.reshape(a.shape))
    return tuple(flipped)


COPIES = "W, U, b = W.copy(), U.copy(), b.copy()"
FLIP_W, FLIP_U, FLIP_B = "W[:, :H] = -W[:, :H]", "U[:, :H] = -U[:, :H]", "b[:H] = -b[:H]"


def _all_three(name: str, hint: str, block: str, change: str) -> None:
    # The same mistake in W, U and b: another block, or another change of it.
    flip_update_gate.slip(
        name,
        hint,
        (FLIP_W, f"W[:, {block}] = " + change.format(f"W[:, {block}]")),
        (FLIP_U, f"U[:, {block}] = " + change.format(f"U[:, {block}]")),
        (FLIP_B, f"b[{block}] = " + change.format(f"b[{block}]")),
    )


flip_update_gate.slip(
    "nothing-changed",
    "The weights come back as they were. The update gate's block changes its sign.",
    (FLIP_W, "pass"),
    (FLIP_U, "pass"),
    (FLIP_B, "pass"),
)
flip_update_gate.slip(
    "bias-not-negated",
    "The bias still has its old sign: all of what the gate sums changes sign, the bias too.",
    (FLIP_B, "pass"),
)
flip_update_gate.slip(
    "recurrent-kernel-not-negated",
    "The recurrent kernel still has its old sign: all of what the gate sums changes sign.",
    (FLIP_U, "pass"),
)
flip_update_gate.slip(
    "input-kernel-not-negated",
    "The input kernel still has its old sign: all of what the gate sums changes sign.",
    (FLIP_W, "pass"),
)
flip_update_gate.slip(
    "bias-only",
    "Only the bias changed its sign: the parts of both kernels in the update gate's sum change theirs too.",
    (FLIP_W, "pass"),
    (FLIP_U, "pass"),
)
_all_three(
    "every-block",
    "All blocks changed their sign. Reset gate and candidate are the same in both conventions: only z changes. "
    "(A block is as wide as U has rows.)",
    ":",
    "-{}",
)
_all_three(
    "reset-gate-negated",
    "The second block changed its sign, which is the reset gate's. The order is z, r, n: the update gate comes first.",
    "H : 2 * H",
    "-{}",
)
_all_three(
    "candidate-negated",
    "The third block changed its sign, which is the candidate's. The order is z, r, n: the update gate comes first.",
    "2 * H :",
    "-{}",
)
_all_three(
    "both-gates-negated",
    "Both gates changed their sign. The reset gate is the same in both conventions: only z changes.",
    ": 2 * H",
    "-{}",
)
_all_three(
    "one-minus-the-weights",
    "You took 1 minus the weights. It is the gate that turns into 1 − z; for its weights that means another sign.",
    ":H",
    "1 - {}",
)
_all_three(
    "reciprocal", "You took the reciprocal of the weights. They change their sign: σ(−a) = 1 − σ(a).", ":H", "1 / {}"
)
_all_three(
    "update-block-erased",
    "The update gate's block is zero, which makes z = ½ whatever comes in. It changes its sign.",
    ":H",
    "0 * {}",
)
_all_three(
    "absolute-values",
    "You took the negative of the absolute values. Every weight changes its own sign, negative ones too.",
    ":H",
    "-np.abs({})",
)
flip_update_gate.slip(
    "blocks-swapped",
    "You swapped the blocks of update and reset gate. That is the way to PyTorch's order, not to the other convention.",
    (FLIP_W, "W = np.hstack([W[:, H : 2 * H], W[:, :H], W[:, 2 * H :]])"),
    (FLIP_U, "U = np.hstack([U[:, H : 2 * H], U[:, :H], U[:, 2 * H :]])"),
    (FLIP_B, "b = np.hstack([b[H : 2 * H], b[:H], b[2 * H :]])"),
)
flip_update_gate.slip(
    "width-of-the-input",
    "Your block is as wide as W has rows, which is the input size D. A block has H columns: as many as U has rows.",
    ("H = U.shape[0]", "H = W.shape[0]"),
)
flip_update_gate.slip(
    "rows-for-columns",
    "The first rows of the kernels changed their sign. The blocks stand side by side: take the first H columns.",
    (FLIP_W, "W[:H] = -W[:H]"),
    (FLIP_U, "U[:H] = -U[:H]"),
)
flip_update_gate.slip(
    "caller-overwritten",
    "You change the sign in the arrays that you were given. Whoever called you still needs them: work on copies.",
    (COPIES, "pass"),
)
flip_update_gate.slip(
    "input-kernel-overwritten",
    "You change the sign in the array W that you were given. Whoever called you still needs it: work on copies.",
    (COPIES, "U, b = U.copy(), b.copy()"),
)
flip_update_gate.slip(
    "bias-overwritten",
    "You change the sign in the array b that you were given. Whoever called you still needs it: work on copies.",
    (COPIES, "W, U = W.copy(), U.copy()"),
)
_all_three(
    "candidate-taken-for-update-gate",
    "You swapped the blocks of update gate and candidate. All stay where they are: the first one changes its sign.",
    ":",
    "np.concatenate([{0}[..., 2 * H :], {0}[..., H : 2 * H], {0}[..., :H]], axis=-1)",
)
flip_update_gate.slip(
    "blocks-on-top-of-each-other",
    "You joined the blocks on top of each other. They stand side by side: axis=1 for W and U.",
    (FLIP_W, "W = np.concatenate([-W[:, :H], W[:, H : 2 * H], W[:, 2 * H :]])"),
    (FLIP_U, "U = np.concatenate([-U[:, :H], U[:, H : 2 * H], U[:, 2 * H :]])"),
)
flip_update_gate.slip(
    "one-unit-only",
    "Only the first column changed its sign, which is one unit's. The update gate's block has H columns.",
    (FLIP_W, "W[:, 0] = -W[:, 0]"),
    (FLIP_U, "U[:, 0] = -U[:, 0]"),
    (FLIP_B, "b[0] = -b[0]"),
)
flip_update_gate.slip(
    "bias-not-returned",
    "You return the kernels alone. Return three things: W, U, b.",
    ("return W, U, b", "return W, U"),
)

flip_update_gate.read_at(
    {
        "gru#eq-gru-minus": (
            "one-minus-the-weights",
            "reciprocal",
            "update-block-erased",
            "absolute-values",
        ),
        "gru#eq-gru-convention": (
            "every-block",
            "reset-gate-negated",
            "candidate-negated",
            "both-gates-negated",
        ),
        "gru#eq-gru-blocks": (
            "width-of-the-input",
            "rows-for-columns",
            "candidate-taken-for-update-gate",
            "blocks-on-top-of-each-other",
            "one-unit-only",
        ),
        "gru#eq-gru-torch-order": ("blocks-swapped",),
    }
)
