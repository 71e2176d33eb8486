"""Contract of `flip_update_gate`, which turns a GRU's weights into those of the other update convention.

unrolled-canary-58f1fbc79612
"""

import re

import numpy as np

from solutions.exercises.gru.step import WORDS
from solutions.judging import kit
from solutions.reference import gru

READ = "gru#eq-gru-negated"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return kit.kernels(rng, sizes, dtype, blocks=3)


def _not_its_own_inverse(function: kit.Function, rng: np.random.Generator) -> bool:
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
        kit.Rule(
            "not-its-own-inverse", "applied twice, the conversion gives the weights back.", _not_its_own_inverse, READ
        ),
        kit.Rule(
            "another-cell",
            "the cell with z = 1 replacing, run on the converted weights, computes what the cell with z = 1 keeping "
            "computes on the original ones.",
            _another_cell,
            READ,
        ),
    ),
)


@flip_update_gate.derivation(words={k: v for k, v in WORDS.items() if k in "WUb"})
def negated_blocks(W, U, b):
    W_z, W_r, W_n = np.split(W, 3, axis=1)  #: eq-gru-blocks
    U_z, U_r, U_n = np.split(U, 3, axis=1)  #: eq-gru-blocks
    b_z, b_r, b_n = np.split(b, 3)  #: eq-gru-blocks
    W = np.concatenate([-W_z, W_r, W_n], axis=1)  #: eq-gru-convention
    U = np.concatenate([-U_z, U_r, U_n], axis=1)  #: eq-gru-convention
    b = np.concatenate([-b_z, b_r, b_n])  #: eq-gru-convention
    return W, U, b


@flip_update_gate.derivation()
def copies_with_a_negated_block(W, U, b):
    H = len(U)
    W, U, b = W.copy(), U.copy(), b.copy()
    for a in (W, U, b):
        a[..., :H] *= -1
    return W, U, b


@flip_update_gate.derivation()
def by_diagonal_matrix(W, U, b):
    S = np.eye(3 * len(U))
    S[: len(U)] *= -1
    return [W @ S, U @ S, b @ S]


def _slip(name: str, wrong: str, hint: str, arrays: str = "WUb") -> None:
    # The same in each of the arrays. `wrong` calls it A and its blocks z, r, n.
    edits = []
    for k in arrays:
        blocks, axis = f"[-{k}_z, {k}_r, {k}_n]", "" if k == "b" else ", axis=1"
        other = re.sub(r"\b([zrn])\b", rf"{k}_\1", wrong).replace("A", k)
        edits.append((f"np.concatenate({blocks}{axis})", other) if "A" in wrong else (blocks, f"[{other}]"))
    flip_update_gate.slip(name, hint, *edits)


ONLY_Z = "Reset gate and candidate are the same in both conventions: only z changes."
SIGN = "The weights change their sign: σ(−a) = 1 − σ(a)."
STAY = "All blocks stay where they are: the first one changes its sign."
COLUMNS = "np.where(np.arange(len(A.T)) < {}, -1, 1)"
_slip("nothing-changed", "z, r, n", "The weights come back as they were. The update gate's block changes its sign.")
_slip("every-block", "-z, -r, -n", f"All blocks changed their sign. {ONLY_Z} (A block has len(U) columns.)")
_slip(
    "reset-gate-negated",
    "z, -r, n",
    "The second block changed its sign, the reset gate's. The first is the update gate's.",
)
_slip(
    "candidate-negated",
    "z, r, -n",
    "The third block changed its sign, the candidate's. The first is the update gate's.",
)
_slip("both-gates-negated", "-z, -r, n", f"Both gates changed their sign. {ONLY_Z}")
_slip(
    "one-minus-the-weights",
    "1 - z, r, n",
    f"You took 1 minus the weights. It is the gate that turns into 1 − z. {SIGN}",
)
_slip("reciprocal", "1 / z, r, n", f"You took the reciprocal of the weights. {SIGN}")
_slip(
    "update-block-erased",
    "0 * z, r, n",
    f"The update gate's block is zero, which makes z = ½ whatever comes in. {SIGN}",
)
_slip("absolute-values", "-np.abs(z), r, n", f"You took the negative of the absolute values. {SIGN} Negative ones too.")
_slip(
    "blocks-swapped", "r, z, n", f"You swapped update gate and reset gate. That is the way to PyTorch's order. {STAY}"
)
_slip("update-gate-and-candidate-swapped", "n, r, z", f"You swapped update gate and candidate. {STAY}")
_slip(
    "bias-only",
    "z, r, n",
    "Only the bias changed its sign: the update gate's block of both kernels changes it too.",
    "WU",
)
_slip("blocks-on-top", "np.concatenate([-A_z, A_r, A_n])", "The blocks stand side by side: axis=1 for W and U.", "WU")
_slip(
    "width-of-the-input",
    "A * " + COLUMNS.format("len(W)"),
    "Your block is as wide as W has rows. It has len(U) columns.",
)
_slip(
    "one-unit-only",
    "A * " + COLUMNS.format(1),
    "Only the first column changed its sign, one unit's. A block has H columns.",
)
_slip(
    "rows-for-columns",
    "A * np.where(np.arange(len(A)) < len(U), -1, 1)[:, None]",
    "The first rows of the kernels changed their sign. The blocks stand side by side: take the first H columns.",
    "WU",
)

flip_update_gate.mistakes(
    """
    answer-missing-1: You return too few: W, U and b are asked for.
    """
)
