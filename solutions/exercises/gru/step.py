"""Contract of `gru_step`, one step of the GRU with the reset before the product, and what both places share.

unrolled-canary-bff2f62d9556
"""

import numpy as np

from solutions.exercises.lstm_forward.step import keeps_its_state, mixes_rows
from solutions.exercises.rnn_cell.sigmoid import form_by_sign as sigmoid
from solutions.judging import kit
from solutions.reference import gru

READ = "gru#eq-gru-step"
# In edges such an r is too often the one without the smaller term.
LARGER = tuple(
    f"larger-of-the-terms-r-the-{term}-s-term-{x}-{k}_r" for term, x, k in (("input", "x", "W"), ("state", "h", "U"))
)
# What the variables of the cell are called, here and in the other functions of the assignment.
WORDS = (
    {"x": "the input", "h": "the old state", "h_next": "the new state", "z * h + (1 - z) * n": "the new state"}
    | {"z": "the update gate", "r": "the reset gate", "n": "the candidate", "s": "the recurrent part"}
    | {"W": "the input kernel", "U": "the recurrent kernel", "b": "the bias", "bn": "the candidate's recurrent bias"}
)


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """x, h and the parameters of one step."""
    x = kit.normal(rng, sizes.batch, sizes.inputs, dtype=dtype)
    return {"x": x, "h": kit.state(rng, sizes, dtype), **kit.kernels(rng, sizes, dtype, blocks=3)}


def step_properties(draw: kit.Function, read: str) -> tuple[kit.Rule, ...]:
    """What every step of a GRU obeys."""

    keeps = keeps_its_state(draw, "h", [60], "with z = 1 the state must not change.", read)
    return keeps, mixes_rows(draw, "x", "h", read=read)


gru_step = kit.Contract(
    reference=gru.gru_step,
    outputs=(*kit.near("h_next"), kit.opaque()),
    read=READ,
    parts=kit.of_arrays(draw, kit.saturated(draw, forbid_overflow=True), kit.with_zero(draw, "h")),
    rules=step_properties(draw, READ),
)


@gru_step.derivation(words=WORDS, without=LARGER)
def gate_by_gate(x, h, W, U, b):
    W_z, W_r, W_n = np.split(W, 3, axis=1)  #: eq-gru-blocks
    U_z, U_r, U_n = np.split(U, 3, axis=1)  #: eq-gru-blocks
    b_z, b_r, b_n = np.split(b, 3)  #: eq-gru-blocks
    #: eq-gru-update-gate: the input's term x W_z + the state's term h U_z + the bias b_z
    z = sigmoid(x @ W_z + h @ U_z + b_z)
    #: eq-gru-reset-gate: the input's term x W_r + the state's term h U_r + the bias b_r
    r = sigmoid(x @ W_r + h @ U_r + b_r)
    #: eq-gru-candidate: the input's term x W_n + the reset state's term (r ⊙ h) U_n + the bias b_n
    n = np.tanh(x @ W_n + (r * h) @ U_n + b_n)
    h_next = z * h + (1 - z) * n  #: eq-gru-update: z of the old state + 1 − z of the candidate
    return h_next, (x, h, z, r, n)


@gru_step.derivation()
def joined_kernel(x, h, W, U, b):
    K = np.vstack([U, W])
    a_z, a_r, _ = np.split(np.hstack([h, x]) @ K + b, 3, axis=1)
    z, r = (np.exp(-np.logaddexp(0, -a)) for a in (a_z, a_r))
    n = np.tanh(np.split(np.hstack([r * h, x]) @ K + b, 3, axis=1)[2])
    return h - (1 - z) * (h - n), None


# Mistakes in the gates and in the update, wherever the reset stands.
GATES = """
    update-gate-inverted: Here z = 1 keeps the old state, 1 − z lets the new one in. [gru#eq-gru-convention]
        z * h + (1 - z) * n → (1 - z) * h + z * n
    old-state-dropped-and-candidate-reset: z of the old state is missing: this cell forgets everything. And r multiplies
      the candidate once more. [gru-backward#eq-gru-wrong]
        z * h + (1 - z) * n → (1 - z) * r * n
    reset-in-the-update-gate: The update gate sees the reset state. Both gates see the state as it is.
        + b_r) → + b_r); z = sigmoid(x @ W_z + (r * h) @ U_z + b_z)
    update-by-sum: Old state and candidate are added whole. They are mixed: z of one, 1 − z of the other.
        z * h + (1 - z) * n → h + n
    reset-in-the-update: The old state is reset in the update too. r acts in n alone.
        z * h + (1 - z) * n → z * (r * h) + (1 - z) * n
    naive-sigmoid-z: exp overflows: use the stable sigmoid, and np.tanh. [rnn-cell#eq-sigmoid-stable]
    another-value-h_next-h-n: You return the candidate n. It is mixed with the old state.
    """
gru_step.mistakes(GATES)

for name, where, wrong in (
    ("reset-after-the-product", "the product h U_n", "x @ W_n + r * (h @ U_n) + b_n"),
    ("bias-reset-too", "the product h U_n, and the bias too", "x @ W_n + r * (h @ U_n + b_n)"),
    ("reset-on-everything", "the whole sum of the candidate", "r * (x @ W_n + h @ U_n + b_n)"),
    ("reset-on-the-input", "the input's part", "r * (x @ W_n) + h @ U_n + b_n"),
    ("reset-and-state-swapped", "U_n, and h the product", "x @ W_n + (r @ U_n) * h + b_n"),
    ("reset-on-the-candidate", "the finished candidate", "x @ W_n + h @ U_n + b_n) * (r"),
):
    hint = f"The reset gate multiplies {where}. Here it multiplies the state h before the product with U_n."
    gru_step.slip(name, hint, ("x @ W_n + (r * h) @ U_n + b_n", wrong), read="gru#eq-gru-two-places")

gru_step.slip(
    "cell-of-pytorch",
    "As in PyTorch, two things differ: here the blocks stand in the order z, r, n, and r multiplies h, not h U_n.",
    *((f"{k}_z, {k}_r, {k}_n =", f"{k}_r, {k}_z, {k}_n =") for k in "WUb"),
    ("(r * h) @ U_n", "r * (h @ U_n)"),
    read="gru#eq-gru-torch-order",
    further=True,
)
