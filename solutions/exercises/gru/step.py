"""Contract of `gru_step`, one step of the GRU with the reset before the product, and what both places share.

unrolled-canary-bff2f62d9556
"""

import numpy as np

from solutions.judging.cases import SMALL, saturated, with_zero
from solutions.judging.contract import Contract, Rule
from solutions.judging.derivation import Function
from solutions.judging.drawing import normal
from solutions.judging.gated import kernels, mixes_rows, state
from solutions.judging.parts import Arguments, Sizes, of_arrays
from solutions.reference import gru
from unrolled.checking.outputs import near, opaque

READ = "gru#eq-gru-step"


def draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    """x, h and the parameters of one step."""
    return {
        "x": normal(rng, sizes.batch, sizes.inputs, dtype=dtype),
        "h": state(rng, sizes, dtype),
        **kernels(rng, sizes, dtype, blocks=3),
    }


def step_properties(draw: Function, read: str) -> tuple[Rule, ...]:
    """What every step of a GRU obeys."""

    def does_not_keep(function: Function, rng: np.random.Generator) -> bool:
        arguments = draw(rng, SMALL, np.float64)
        b = arguments["b"].copy()
        b[:2] = 60  # hidden is 2: the update gate's block, far into saturation
        h_next, _ = function(*{**arguments, "b": b}.values())
        return not np.allclose(h_next, arguments["h"], rtol=1e-4, atol=2e-5)

    def mixes(function: Function, rng: np.random.Generator) -> bool:
        return mixes_rows(function, draw(rng, SMALL, np.float64), ("x", "h"), states=1)

    return (
        Rule("does-not-keep", "with z = 1 the state must not change.", does_not_keep, read),
        Rule("mixes-rows", "each row of the batch has to depend on that row alone.", mixes, read),
    )


gru_step = Contract(
    reference=gru.gru_step,
    outputs=(*near("h_next"), opaque()),
    read=READ,
    parts=of_arrays(draw, saturated(draw, forbid_overflow=True), with_zero(draw, "h")),
    rules=step_properties(draw, READ),
)


@gru_step.variant
def kernels_of_each_gate(x, h, W, U, b):
    def sigmoid(a):
        return 0.5 * (1 + np.tanh(0.5 * a))

    W_z, W_r, W_n = np.split(W, 3, axis=1)
    U_z, U_r, U_n = np.split(U, 3, axis=1)
    b_z, b_r, b_n = np.split(b, 3)
    z = sigmoid(x @ W_z + h @ U_z + b_z)
    r = sigmoid(x @ W_r + h @ U_r + b_r)
    n = np.tanh(x @ W_n + (r * h) @ U_n + b_n)
    h_next = z * h + (1 - z) * n
    return h_next, (x, h, z, r, n)


@gru_step.variant
def input_product_first(x, h, W, U, b):
    from scipy.special import expit

    hidden = h.shape[1]
    a = x @ W + b
    gates = expit(a[:, : 2 * hidden] + h @ U[:, : 2 * hidden])
    z, r = gates[:, :hidden], gates[:, hidden:]
    n = np.tanh(a[:, 2 * hidden :] + (h * r) @ U[:, 2 * hidden :])
    return n + z * (h - n), {"gates": gates, "n": n}


@gru_step.variant
def concatenated_kernel(x, h, W, U, b):
    hidden = h.shape[1]
    K = np.vstack([U, W])
    a = np.hstack([h, x]) @ K[:, : 2 * hidden] + b[: 2 * hidden]
    z, r = np.split(np.exp(-np.logaddexp(0, -a)), 2, axis=1)
    n = np.tanh(np.hstack([r * h, x]) @ K[:, 2 * hidden :] + b[2 * hidden :])
    return h - (1 - z) * (h - n), None


@gru_step.variant
def einsum_over_blocks(x, h, W, U, b):
    V = U.reshape(len(U), 3, -1)
    a = np.einsum("bd,dkh->kbh", x, W.reshape(len(W), 3, -1)) + b.reshape(3, 1, -1)
    z, r = 0.5 + 0.5 * np.tanh(0.5 * (a[:2] + np.einsum("bj,jkh->kbh", h, V[:, :2])))
    n = np.tanh(a[2] + np.einsum("bj,bj,jh->bh", r, h, V[:, 2]))
    return np.multiply(z, h) + np.multiply(1 - z, n), [z, r, n]


@gru_step.variant
def loop_over_batch(x, h, W, U, b):
    hidden = h.shape[1]
    h_next = np.empty_like(h)
    for k in range(len(x)):
        a_z, a_r, a_n = (W.T @ x[k] + b).reshape(3, -1)
        z = 0.5 * (1 + np.tanh(0.5 * (a_z + U[:, :hidden].T @ h[k])))
        r = 0.5 * (1 + np.tanh(0.5 * (a_r + U[:, hidden : 2 * hidden].T @ h[k])))
        h_next[k] = z * h[k] + (1 - z) * np.tanh(a_n + U[:, 2 * hidden :].T @ (r * h[k]))
    return h_next, (x, h)


gru_step.rewrite("update-by-difference", ("z * h + (1 - z) * n", "n + z * (h - n)"))


def in_order(blocks: str) -> tuple[tuple[str, str], ...]:
    """Edits after which the blocks are read in another order than z, r, n."""
    return tuple((f"{k}_z, {k}_r, {k}_n =", ", ".join(f"{k}_{block}" for block in blocks) + " =") for k in "WUb")


UPDATE = "z * h + (1 - z) * n"
Z, R = "x @ W_z + h @ U_z + b_z", "x @ W_r + h @ U_r + b_r"


def gate_slips(contract: Contract) -> None:
    """Register the mistakes in the gates and in the update, which do not depend on the place of the reset."""
    contract.slip(
        "update-gate-inverted",
        "z is the other way round: here z = 1 keeps the old state and 1 − z lets the candidate in.",
        (UPDATE, "(1 - z) * h + z * n"),
    )
    contract.slip(
        "blocks-r-z-n",
        "Update gate and reset gate are swapped: the blocks stand in the order z, r, n. (PyTorch's is r, z, n.)",
        *in_order("rzn"),
    )
    contract.slip(
        "inverted-and-blocks-r-z-n",
        "Two things differ: the blocks stand in the order z, r, n, and z = 1 keeps the old state.",
        *in_order("rzn"),
        (UPDATE, "(1 - z) * h + z * n"),
    )
    contract.slip(
        "blocks-z-n-r",
        "The reset gate and the candidate are swapped: the blocks stand in the order z, r, n.",
        *in_order("znr"),
    )
    contract.slip(
        "update-by-sum",
        "The old state and the candidate are added whole. They are mixed: z of the one, 1 − z of the other.",
        (UPDATE, "h + n"),
    )
    contract.slip(
        "old-state-whole",
        "The old state is kept whole and the candidate added. z of the old state is kept.",
        (UPDATE, "h + (1 - z) * n"),
    )
    contract.slip(
        "candidate-whole",
        "The candidate is added whole. 1 − z of it is let in.",
        (UPDATE, "z * h + n"),
    )
    contract.slip(
        "candidate-returned",
        "You return the candidate. The new state is a mix of it and the old state: z of the old one, 1 − z of it.",
        (UPDATE, "n"),
    )
    contract.slip(
        "same-share-of-both",
        "Old state and candidate are both multiplied with z. The candidate's share is 1 − z.",
        (UPDATE, "z * h + z * n"),
    )
    contract.slip(
        "old-state-dropped",
        "The old state is missing in the update: z of it is kept.",
        (UPDATE, "(1 - z) * n"),
    )
    contract.slip(
        "old-state-dropped-and-candidate-reset",
        "z of the old state is missing: this cell forgets everything. And r multiplies the candidate once more. "
        "It acts inside of the candidate alone.",
        (UPDATE, "(1 - z) * r * n"),
    )
    contract.slip(
        "product-for-sum",
        "What is kept and what is new are multiplied. The new state is their sum.",
        (UPDATE, "(z * h) * ((1 - z) * n)"),
    )
    contract.slip(
        "maximum-for-sum",
        "You take the larger of what is kept and what is new. The new state is their sum.",
        (UPDATE, "np.maximum(z * h, (1 - z) * n)"),
    )
    contract.slip(
        "reset-in-the-update",
        "The old state is reset in the update too. The reset gate acts inside the candidate alone.",
        (UPDATE, "z * (r * h) + (1 - z) * n"),
    )
    contract.slip(
        "reset-for-update-gate",
        "The reset gate mixes old state and candidate. That is the update gate's task.",
        (UPDATE, "r * h + (1 - r) * n"),
    )
    contract.slip(
        "gates-ignore-the-state",
        "Your gates see the input alone: the terms with h and U are missing in them.",
        (Z, "x @ W_z + b_z"),
        (R, "x @ W_r + b_r"),
    )
    contract.slip(
        "gates-ignore-the-input",
        "Your gates see the state alone: the terms with x and W are missing in them.",
        (Z, "h @ U_z + b_z"),
        (R, "h @ U_r + b_r"),
    )
    contract.slip(
        "gate-biases-forgotten",
        "The biases of both gates are missing.",
        (Z, "x @ W_z + h @ U_z"),
        (R, "x @ W_r + h @ U_r"),
    )
    contract.slip(
        "biases-forgotten",
        "The biases are missing: each of the three sums ends with its block of b.",
        (Z, "x @ W_z + h @ U_z"),
        (R, "x @ W_r + h @ U_r"),
        (" + b_n", ""),
    )
    for gate, sum_, bias in (("update", Z, "b_z"), ("reset", R, "b_r")):
        contract.slip(
            f"{gate}-gate-bias-forgotten",
            f"The bias {bias} of the {gate} gate is missing.",
            (sum_, sum_.removesuffix(f" + {bias}")),
        )
    for gate, sum_, tail in (("update", Z, "h @ U_z"), ("reset", R, "h @ U_r")):
        contract.slip(
            f"{gate}-gate-ignores-the-state",
            f"The {gate} gate sees the input alone: its term {tail.replace('@ ', '')} is missing.",
            (sum_, sum_.replace(f" + {tail}", "")),
        )
        contract.slip(
            f"tanh-on-the-{gate}-gate",
            f"The {gate} gate went through a tanh. A gate is a sigmoid: it lets through between none and all.",
            (f"sigmoid({sum_})", f"np.tanh({sum_})"),
        )
    contract.slip("candidate-bias-forgotten", "The bias b_n of the candidate is missing.", (" + b_n", ""))
    contract.slip(
        "reset-in-the-update-gate",
        "The update gate sees the reset state. Both gates see the state as it is.",
        (f"    z = sigmoid({Z})\n", ""),
        (f"r = sigmoid({R})", f"r = sigmoid({R})\n    z = sigmoid(x @ W_z + (r * h) @ U_z + b_z)"),
    )
    contract.slip(
        "kernels-swapped",
        "The two kernels are swapped: W belongs to the input x and U to the state h. "
        "They only fit the other way round where inputs and units are equally many.",
        ("split(W, 3, axis=1)\n    U_z, U_r, U_n = np.split(U", "split(U, 3, axis=1)\n    U_z, U_r, U_n = np.split(W"),
    )
    contract.slip(
        "recurrent-blocks-transposed",
        "Each block of the recurrent kernel is transposed: with rows as samples it is h @ U_z, not h @ U_z.T.",
        ("np.split(U, 3, axis=1)", "(u.T for u in np.split(U, 3, axis=1))"),
    )
    contract.slip(
        "sigmoid-on-candidate",
        "Your candidate went through a sigmoid (0 to 1). It is a tanh (−1 to 1): a state can be negative.",
        ("n = np.tanh(", "n = sigmoid("),
    )
    contract.slip(
        "candidate-not-squashed",
        "The candidate is used as the plain sum: its tanh is missing.",
        ("n = np.tanh(", "n = ("),
    )
    contract.slip(
        "tanh-on-gates",
        "Your gates went through a tanh. A gate is a sigmoid: it lets through between none and all.",
        ("z = sigmoid(", "z = np.tanh("),
        ("r = sigmoid(", "r = np.tanh("),
    )
    contract.slip(
        "overflow",
        "exp(−a) overflows where a is very negative. Use the stable sigmoid that you wrote before.",
        ("0.5 * (1 + np.tanh(0.5 * a))", "1 / (1 + np.exp(-a))"),
        read="rnn-cell#eq-sigmoid-stable",
    )
    contract.slip(
        "state-overwritten",
        "You write the new state into the array h that you were given. Whoever called you still needs the old one.",
        ("h_next = " + UPDATE, "h[:] = " + UPDATE + "\n    h_next = h"),
    )
    contract.slip(
        "cache-not-returned",
        "You return the new state alone. Return two things: h_next and a cache (None will do).",
        ("return h_next, (x, h, z, r, n)", "return h_next"),
    )
    contract.slip(
        "update-gate-averaged-over-batch",
        "Your update gate is an average over the batch. Each row is a sample of its own and has gates of its own.",
        (f"z = sigmoid({Z})", f"z = sigmoid({Z}).mean(axis=0)"),
    )
    contract.slip(
        "reset-gate-of-the-first-row",
        "Every row of the batch gets the reset gate of the first row. Each row has gates of its own.",
        (f"r = sigmoid({R})", f"r = sigmoid({R})[:1]"),
    )


CANDIDATE = "x @ W_n + (r * h) @ U_n + b_n"

gate_slips(gru_step)
gru_step.slip(
    "reset-after-the-product",
    "The reset gate multiplies the product h U_n. Here it multiplies the state h before the product.",
    (CANDIDATE, "x @ W_n + r * (h @ U_n) + b_n"),
)
gru_step.slip(
    "cell-of-pytorch",
    "This is PyTorch's cell. Two things differ: here the blocks stand in the order z, r, n, and the reset gate "
    "multiplies the state h before the product.",
    *in_order("rzn"),
    (CANDIDATE, "x @ W_n + r * (h @ U_n) + b_n"),
)
gru_step.slip(
    "inverted-and-reset-after",
    "Two things differ: here z = 1 keeps the old state, and the reset gate multiplies the state h before the product.",
    (UPDATE, "(1 - z) * h + z * n"),
    (CANDIDATE, "x @ W_n + r * (h @ U_n) + b_n"),
)
gru_step.slip(
    "reset-forgotten",
    "The candidate sees the whole old state: the reset gate is missing.",
    (CANDIDATE, "x @ W_n + h @ U_n + b_n"),
)
gru_step.slip(
    "reset-inverted",
    "The reset gate works the wrong way round: r = 1 lets the old state into the candidate, r = 0 shuts it out.",
    (CANDIDATE, "x @ W_n + ((1 - r) * h) @ U_n + b_n"),
)
gru_step.slip(
    "reset-by-the-update-gate",
    "The update gate z multiplies the state inside the candidate. That is the reset gate's task. (Or r is made of the "
    "blocks of z.)",
    (CANDIDATE, "x @ W_n + (z * h) @ U_n + b_n"),
)
gru_step.slip(
    "bias-reset-too",
    "The reset gate multiplies the product h U_n, and the bias too. Here it multiplies the state h alone.",
    (CANDIDATE, "x @ W_n + r * (h @ U_n + b_n)"),
)
gru_step.slip(
    "candidate-kernel-transposed",
    "The block U_n is transposed: with rows as samples it is (r ⊙ h) @ U_n.",
    ("(r * h) @ U_n", "(r * h) @ U_n.T"),
)
gru_step.slip(
    "reset-on-everything",
    "The reset gate multiplies the whole sum of the candidate. It multiplies the state h alone.",
    (CANDIDATE, "r * (x @ W_n + h @ U_n + b_n)"),
)
gru_step.slip(
    "reset-on-the-input",
    "The reset gate multiplies the input's part. It multiplies the state h.",
    (CANDIDATE, "r * (x @ W_n) + h @ U_n + b_n"),
)
gru_step.slip(
    "reset-on-the-candidate",
    "The reset gate multiplies the finished candidate. It multiplies the state h inside of it.",
    ("np.tanh(" + CANDIDATE + ")", "r * np.tanh(x @ W_n + h @ U_n + b_n)"),
)
gru_step.slip(
    "reset-added",
    "The reset gate is added to the state. A gate multiplies.",
    (CANDIDATE, "x @ W_n + (r + h) @ U_n + b_n"),
)
gru_step.slip(
    "candidate-ignores-the-state",
    "The candidate sees the input alone: the reset state's part is missing.",
    (CANDIDATE, "x @ W_n + b_n"),
)
gru_step.slip(
    "candidate-ignores-the-input",
    "The candidate sees the state alone: the input's part is missing.",
    (CANDIDATE, "(r * h) @ U_n + b_n"),
)

# Where the book explains mistakes that both places of the reset know.
EITHER_RESET = {
    "gru#eq-gru-blocks": (
        "blocks-r-z-n",
        "inverted-and-blocks-r-z-n",
        "blocks-z-n-r",
    ),
    "gru#eq-gru-update": (
        "update-by-sum",
        "old-state-whole",
        "candidate-whole",
        "candidate-returned",
        "same-share-of-both",
        "reset-in-the-update",
        "reset-for-update-gate",
    ),
    "gru#eq-gru-wrong": (
        "old-state-dropped",
        "old-state-dropped-and-candidate-reset",
    ),
    "gru#eq-gru-entry": (
        "product-for-sum",
        "maximum-for-sum",
        "update-gate-averaged-over-batch",
        "reset-gate-of-the-first-row",
    ),
    "gru#eq-gru-update-gate": (
        "gates-ignore-the-state",
        "gates-ignore-the-input",
        "gate-biases-forgotten",
        "biases-forgotten",
        "update-gate-bias-forgotten",
        "update-gate-ignores-the-state",
        "tanh-on-the-update-gate",
        "reset-in-the-update-gate",
        "kernels-swapped",
        "recurrent-blocks-transposed",
        "tanh-on-gates",
    ),
    "gru#eq-gru-reset-gate": (
        "reset-gate-bias-forgotten",
        "reset-gate-ignores-the-state",
        "tanh-on-the-reset-gate",
    ),
    "rnn-cell#eq-sigmoid-stable": ("overflow",),
}
gru_step.read_at(
    {
        **EITHER_RESET,
        "gru#eq-gru-convention": (
            "update-gate-inverted",
            "inverted-and-reset-after",
        ),
        "gru#eq-gru-torch-order": ("cell-of-pytorch",),
        "gru#eq-gru-two-places": ("reset-after-the-product", "bias-reset-too"),
        "gru#eq-gru-candidate": (
            "candidate-bias-forgotten",
            "sigmoid-on-candidate",
            "candidate-not-squashed",
            "candidate-kernel-transposed",
            "reset-forgotten",
            "reset-inverted",
            "reset-by-the-update-gate",
            "reset-on-everything",
            "reset-on-the-input",
            "reset-on-the-candidate",
            "reset-added",
            "candidate-ignores-the-state",
            "candidate-ignores-the-input",
        ),
    }
)
