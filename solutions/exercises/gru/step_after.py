"""Contract of `gru_step_after`, one step of the GRU with the reset after the product.

unrolled-canary-b8caef202422
"""

import numpy as np

from solutions.exercises.gru import step
from solutions.exercises.rnn_cell.sigmoid import form_by_sign as sigmoid
from solutions.judging import kit
from solutions.reference import gru

READ = "gru#eq-gru-step-after"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return {**step.draw(rng, sizes, dtype), "bn": kit.away_from_zero(rng, sizes.hidden, dtype)}


gru_step_after = kit.Contract(
    reference=gru.gru_step_after,
    outputs=(*kit.near("h_next"), kit.opaque()),
    read=READ,
    parts=kit.of_arrays(_draw, kit.saturated(_draw, forbid_overflow=True), kit.with_zero(_draw, "h")),
    rules=step.step_properties(_draw, READ),
)


@gru_step_after.derivation(words=step.WORDS)
def gate_by_gate(x, h, W, U, b, bn):
    W_z, W_r, W_n = np.split(W, 3, axis=1)  #: eq-gru-blocks
    U_z, U_r, U_n = np.split(U, 3, axis=1)  #: eq-gru-blocks
    b_z, b_r, b_n = np.split(b, 3)  #: eq-gru-blocks
    #: eq-gru-update-gate: the input's term x W_z + the state's term h U_z + the bias b_z
    z = sigmoid(x @ W_z + h @ U_z + b_z)
    #: eq-gru-reset-gate: the input's term x W_r + the state's term h U_r + the bias b_r
    r = sigmoid(x @ W_r + h @ U_r + b_r)
    s = h @ U_n + bn  #: eq-gru-recurrent-part: the state's term h U_n + the recurrent bias bn
    #: eq-gru-candidate-after: the input's term x W_n + the bias b_n + the reset recurrent part r ⊙ s
    n = np.tanh(x @ W_n + b_n + r * s)
    h_next = z * h + (1 - z) * n  #: eq-gru-update: z of the old state + 1 − z of the candidate
    return h_next, None


@gru_step_after.derivation()
def products_first(x, h, W, U, b, bn):
    a_z, a_r, a_n = np.split(x @ W + b, 3, axis=1)
    s_z, s_r, s_n = np.split(h @ U, 3, axis=1)
    z, r = (np.exp(-np.logaddexp(0, -a)) for a in (a_z + s_z, a_r + s_r))
    n = np.tanh(a_n + r * (s_n + bn))
    return n + z * (h - n), {"z": z, "r": r, "n": n}


gru_step_after.mistakes(step.GATES)

for name, where, wrong in (
    ("reset-before-the-product", "the state before the product", "x @ W_n + b_n + (r * h) @ U_n + bn"),
    ("state-reset-and-bias-reset", "the state before the product, and bn", "x @ W_n + b_n + (r * h) @ U_n + r * bn"),
    ("cell-without-recurrent-bias", "h before the product, and bn is missing", "x @ W_n + b_n + (r * h) @ U_n"),
    ("recurrent-bias-not-reset", "h U_n alone, and bn stands outside", "x @ W_n + b_n + r * s + (1 - r) * bn"),
    ("input-bias-reset", "the bias b_n, too", "x @ W_n + r * (b_n + s)"),
    ("reset-on-everything", "the whole sum of the candidate", "r * (x @ W_n + b_n + s)"),
    ("reset-on-the-input", "the input's part", "r * (x @ W_n + b_n) + s"),
):
    hint = f"The reset gate multiplies {where}. Here it multiplies s = h U_n + bn, which is one thing."
    gru_step_after.slip(name, hint, ("x @ W_n + b_n + r * s", wrong), read="gru#eq-gru-two-places")

gru_step_after.mistakes(
    """
    recurrent-bias-in-every-block: bn is added in the gates too. It belongs to the candidate's recurrent part alone.
      [gru#eq-gru-recurrent-part]
         + b_z) →  + b_z + bn)
         + b_r) →  + b_r + bn)
    another-value-s-bn-b_n: b_n stands in the place of bn. Did bz, br, bn = np.split(b, 3) overwrite the argument?
    """
)
