"""Contract of `gru_step_after`, one step of the GRU with the reset after the product.

unrolled-canary-b8caef202422
"""

import numpy as np

from solutions.exercises.gru import step
from solutions.judging.cases import saturated, with_zero
from solutions.judging.contract import Contract
from solutions.judging.gated import away_from_zero
from solutions.judging.parts import Arguments, Sizes, of_arrays
from solutions.reference import gru
from unrolled.checking.outputs import near, opaque

READ = "gru#eq-gru-step-after"


def _draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {**step.draw(rng, sizes, dtype), "bn": away_from_zero(rng, sizes.hidden, dtype)}


gru_step_after = Contract(
    reference=gru.gru_step_after,
    outputs=(*near("h_next"), opaque()),
    read=READ,
    parts=of_arrays(_draw, saturated(_draw, forbid_overflow=True), with_zero(_draw, "h")),
    rules=step.step_properties(_draw, READ),
)


@gru_step_after.variant
def kernels_of_each_gate(x, h, W, U, b, bn):
    def sigmoid(a):
        return 0.5 * (1 + np.tanh(0.5 * a))

    W_z, W_r, W_n = np.split(W, 3, axis=1)
    U_z, U_r, U_n = np.split(U, 3, axis=1)
    b_z, b_r, b_n = np.split(b, 3)
    z = sigmoid(x @ W_z + h @ U_z + b_z)
    r = sigmoid(x @ W_r + h @ U_r + b_r)
    n = np.tanh(x @ W_n + b_n + r * (h @ U_n + bn))
    h_next = z * h + (1 - z) * n
    return h_next, (x, h, z, r, n)


@gru_step_after.variant
def two_products(x, h, W, U, b, bn):
    from scipy.special import expit

    a_z, a_r, a_n = np.split(x @ W + b, 3, axis=1)
    s_z, s_r, s_n = np.split(h @ U, 3, axis=1)
    z = expit(a_z + s_z)
    n = np.tanh(a_n + expit(a_r + s_r) * (s_n + bn))
    return n + z * (h - n), None


@gru_step_after.variant
def bias_inside_the_product(x, h, W, U, b, bn):
    hidden = h.shape[1]
    ones = np.ones((len(x), 1), dtype=x.dtype)
    a = np.hstack([x, ones]) @ np.vstack([W, b])
    s = np.hstack([h, ones]) @ np.vstack([U, np.concatenate([np.zeros(2 * hidden), bn])])
    z, r = np.split(np.exp(-np.logaddexp(0, -a[:, : 2 * hidden] - s[:, : 2 * hidden])), 2, axis=1)
    n = np.tanh(a[:, 2 * hidden :] + r * s[:, 2 * hidden :])
    return h - (1 - z) * (h - n), {"z": z, "r": r, "n": n}


@gru_step_after.variant
def einsum_over_blocks(x, h, W, U, b, bn):
    a = np.einsum("bd,dkh->kbh", x, W.reshape(len(W), 3, -1)) + b.reshape(3, 1, -1)
    s = np.einsum("bj,jkh->kbh", h, U.reshape(len(U), 3, -1))
    z, r = 0.5 + 0.5 * np.tanh(0.5 * (a[:2] + s[:2]))
    n = np.tanh(a[2] + r * s[2] + r * bn)
    return np.multiply(z, h) + np.multiply(1 - z, n), [z, r, n]


@gru_step_after.variant
def loop_over_batch(x, h, W, U, b, bn):
    h_next = np.empty_like(h)
    for k in range(len(x)):
        a_z, a_r, a_n = (W.T @ x[k] + b).reshape(3, -1)
        s_z, s_r, s_n = (U.T @ h[k]).reshape(3, -1)
        z, r = (0.5 * (1 + np.tanh(0.5 * a)) for a in (a_z + s_z, a_r + s_r))
        h_next[k] = z * h[k] + (1 - z) * np.tanh(a_n + r * (s_n + bn))
    return h_next, (x, h)


CANDIDATE = "x @ W_n + b_n + r * (h @ U_n + bn)"

step.gate_slips(gru_step_after)
gru_step_after.slip(
    "reset-before-the-product",
    "The reset gate multiplies the state before the product. Here it multiplies the product, h U_n + bn.",
    (CANDIDATE, "x @ W_n + b_n + (r * h) @ U_n + bn"),
)
gru_step_after.slip(
    "state-reset-and-bias-reset",
    "The reset gate multiplies h before the product, and bn. Here it multiplies the product and bn together.",
    (CANDIDATE, "x @ W_n + b_n + (r * h) @ U_n + r * bn"),
)
gru_step_after.slip(
    "recurrent-bias-not-reset",
    "bn stands outside of what the reset gate multiplies. It is added to h U_n first.",
    (CANDIDATE, "x @ W_n + b_n + r * (h @ U_n) + bn"),
)
gru_step_after.slip(
    "input-bias-reset",
    "b_n stands inside of what the reset gate multiplies. Only h U_n and bn belong there.",
    (CANDIDATE, "x @ W_n + r * (h @ U_n + b_n + bn)"),
)
gru_step_after.slip(
    "biases-swapped",
    "b_n and bn are swapped: b_n goes with the input's part, bn with the recurrent one.",
    (CANDIDATE, "x @ W_n + bn + r * (h @ U_n + b_n)"),
)
gru_step_after.slip(
    "recurrent-bias-overwritten",
    "b_n stands in both places. bn, the last argument, is another array, and belongs with h U_n. "
    "Did a line such as bz, br, bn = np.split(b, 3) overwrite it?",
    (CANDIDATE, "x @ W_n + b_n + r * (h @ U_n + b_n)"),
)
gru_step_after.slip(
    "recurrent-bias-in-both-places",
    "bn stands in both places. The input's part has b_n, the last block of b.",
    (CANDIDATE, "x @ W_n + bn + r * (h @ U_n + bn)"),
)
gru_step_after.slip(
    "cell-without-recurrent-bias",
    "This is the cell of part 2, with the reset before the product. Here the reset gate multiplies h U_n + bn.",
    (CANDIDATE, "x @ W_n + b_n + (r * h) @ U_n"),
)
gru_step_after.slip(
    "candidate-kernel-transposed",
    "The block U_n is transposed: with rows as samples it is h @ U_n.",
    ("(h @ U_n + bn)", "(h @ U_n.T + bn)"),
)
gru_step_after.slip(
    "recurrent-bias-forgotten",
    "The recurrent bias bn is missing.",
    (CANDIDATE, "x @ W_n + b_n + r * (h @ U_n)"),
)
gru_step_after.slip(
    "recurrent-bias-in-every-block",
    "bn is added in the gates too. It belongs to the candidate's recurrent part alone.",
    (step.Z, step.Z + " + bn"),
    (step.R, step.R + " + bn"),
)
gru_step_after.slip(
    "reset-forgotten",
    "The candidate sees the whole old state: the reset gate is missing.",
    (CANDIDATE, "x @ W_n + b_n + h @ U_n + bn"),
)
gru_step_after.slip(
    "reset-inverted",
    "The reset gate works the wrong way round: r = 1 lets the old state into the candidate, r = 0 shuts it out.",
    (CANDIDATE, "x @ W_n + b_n + (1 - r) * (h @ U_n + bn)"),
)
gru_step_after.slip(
    "reset-by-the-update-gate",
    "The update gate z multiplies the recurrent part. That is the reset gate's task. "
    "(Or r is made of the blocks of z.)",
    (CANDIDATE, "x @ W_n + b_n + z * (h @ U_n + bn)"),
)
gru_step_after.slip(
    "reset-on-everything",
    "The reset gate multiplies the whole sum of the candidate. It multiplies the recurrent part alone.",
    (CANDIDATE, "r * (x @ W_n + b_n + h @ U_n + bn)"),
)
gru_step_after.slip(
    "reset-on-the-input",
    "The reset gate multiplies the input's part. It multiplies the recurrent part.",
    (CANDIDATE, "r * (x @ W_n + b_n) + h @ U_n + bn"),
)
gru_step_after.slip(
    "reset-added",
    "The reset gate is added to the recurrent part. A gate multiplies.",
    (CANDIDATE, "x @ W_n + b_n + r + (h @ U_n + bn)"),
)
gru_step_after.slip(
    "candidate-ignores-the-state",
    "The candidate sees the input alone: the recurrent part is missing.",
    (CANDIDATE, "x @ W_n + b_n"),
)
gru_step_after.slip(
    "candidate-ignores-the-input",
    "The candidate sees the state alone: the input's part is missing.",
    (CANDIDATE, "b_n + r * (h @ U_n + bn)"),
)

gru_step_after.read_at(
    {
        **step.EITHER_RESET,
        "gru#eq-gru-convention": ("update-gate-inverted",),
        "gru#eq-gru-recurrent-part": (
            "recurrent-bias-not-reset",
            "recurrent-bias-overwritten",
            "recurrent-bias-in-both-places",
            "recurrent-bias-forgotten",
            "recurrent-bias-in-every-block",
        ),
        "gru#eq-gru-two-places": (
            "cell-without-recurrent-bias",
            "reset-before-the-product",
            "state-reset-and-bias-reset",
        ),
        "gru#eq-gru-candidate-after": (
            "candidate-bias-forgotten",
            "sigmoid-on-candidate",
            "candidate-not-squashed",
            "candidate-kernel-transposed",
            "input-bias-reset",
            "biases-swapped",
            "reset-forgotten",
            "reset-inverted",
            "reset-by-the-update-gate",
            "reset-on-everything",
            "reset-on-the-input",
            "reset-added",
            "candidate-ignores-the-state",
            "candidate-ignores-the-input",
        ),
    }
)
