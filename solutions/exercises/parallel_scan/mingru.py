"""Contract of `mingru_forward`, a cell whose gates read the input alone, as a scan.

unrolled-canary-47f7d63511fd
"""

import numpy as np

from solutions.exercises.parallel_scan import sizes as of
from solutions.exercises.parallel_scan.levels import in_levels as scan
from solutions.judging import kit
from solutions.reference import parallel

READ = "after-rnns#eq-mingru"
SCAN = "after-rnns#eq-scan-levels"
OPEN = 1.5  # a gate's bias, so that most of the old state is kept and the first one shows in the last


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """Inputs, a first state, and a kernel and bias of two blocks, whose gate keeps more than it takes in."""
    b = kit.away_from_zero(rng, 2 * sizes.hidden, dtype)
    b[: sizes.hidden] += np.array(OPEN, dtype)
    return {
        "X": kit.normal(rng, sizes.batch, of.steps_of(sizes), sizes.inputs, dtype=dtype),
        "h0": kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        "W": kit.normal(rng, sizes.inputs, 2 * sizes.hidden, dtype=dtype, scale=sizes.inputs**-0.5),
        "b": b,
    }


mingru_forward = kit.Contract(
    reference=parallel.mingru_forward,
    outputs=(*kit.near("Hs", "Z", "N"), kit.work()),
    read=READ,
    parts=of.with_work(
        draw,
        kit.of_arrays(draw, of.of_steps(draw, "a power of two", 8), kit.saturated(draw), kit.with_zero(draw, "h0")),
    ),
    probe=of.counted(3, {"T": [0, 1], "B": [0, 0], "D": [0, 2], "H": [1, 1]}, products=2, calls=40, numbers=40),
)

WORDS = {
    "H": "the number of units",
    "S": "the sums",
    "Z": "the gate",
    "N": "the candidate",
    "Hs": "the states",
    "h0": "the first state",
    "W": "the kernel",
    "b": "the bias",
}


@mingru_forward.derivation(words=WORDS)
def gates_then_scan(X, h0, W, b):
    H = h0.shape[1]
    S = X @ W + b  #: eq-mingru
    Z = 0.5 + 0.5 * np.tanh(0.5 * S[:, :, :H])  #: eq-mingru
    N = S[:, :, H:]  #: eq-mingru
    Hs = scan(Z, (1 - Z) * N, h0)  #: eq-mingru
    return Hs, Z, N


@mingru_forward.variant
def a_product_for_each_block(X, h0, W, b):
    H = h0.shape[1]
    Z = 1 / (1 + np.exp(-(X @ W[:, :H] + b[:H])))
    N = np.dot(X, W[:, H:]) + b[H:]
    return scan(Z, N - Z * N, h0), Z, N


@mingru_forward.variant
def rows_of_all_steps(X, h0, W, b):
    B, T, D = X.shape
    H = len(b) // 2
    gate, N = np.split((X.reshape(B * T, D) @ W).reshape(B, T, 2 * H) + b, 2, axis=-1)
    small = np.exp(-np.abs(gate))
    Z = np.where(gate > 0, 1 / (1 + small), small / (1 + small))
    taken = 1 - Z
    taken *= N
    return scan(Z, taken, h0), Z, N.copy()


@mingru_forward.variant
def first_state_as_a_step(X, h0, W, b):
    H = h0.shape[1]
    S = np.einsum("btd,dk->btk", X, W) + b
    Z, N = 1 / (1 + np.exp(-S[..., :H])), S[..., H:]
    one = np.zeros((len(h0), 1, H))
    A = np.concatenate([one, Z], axis=1)
    V = np.concatenate([h0[:, None], (1 - Z) * N], axis=1)
    return scan(A, V, one[:, 0])[:, 1:], Z, N


@mingru_forward.variant
def in_place(X, h0, W, b):
    H = W.shape[1] // 2
    S = np.matmul(X, W)
    S += b
    Z = np.negative(S[:, :, :H])
    np.exp(Z, out=Z)
    Z += 1
    np.reciprocal(Z, out=Z)
    V = np.subtract(1, Z)
    V *= S[:, :, H:]
    return scan(Z, V, h0), Z, S[:, :, H:].copy()


LOOP = (
    "The values are right, but the cell goes step by step. No gate reads a state: make all gates in one product, and "
)
LOOP += "hand Z and (1 − Z) ⊙ N to scan."


@mingru_forward.misconception(LOOP, SCAN)
def step_by_step(X, h0, W, b):
    H = h0.shape[1]
    h, states, gates, candidates = h0, [], [], []
    for t in range(X.shape[1]):
        s = X[:, t] @ W + b
        z, n = 0.5 + 0.5 * np.tanh(0.5 * s[:, :H]), s[:, H:]
        h = z * h + (1 - z) * n
        states.append(h)
        gates.append(z)
        candidates.append(n)
    return np.stack(states, axis=1), np.stack(gates, axis=1), np.stack(candidates, axis=1)


@mingru_forward.misconception(
    "The cell goes step by step, with two products in each; the values are right. No gate reads a state: one product "
    "with W makes both blocks of all steps. Hand Z and (1 − Z) ⊙ N to scan.",
    SCAN,
)
def step_by_step_with_two_products(X, h0, W, b):
    H = h0.shape[1]
    h, states, gates, candidates = h0, [], [], []
    for t in range(X.shape[1]):
        z = 0.5 + 0.5 * np.tanh(0.5 * (X[:, t] @ W[:, :H] + b[:H]))
        n = X[:, t] @ W[:, H:] + b[H:]
        h = z * h + (1 - z) * n
        states.append(h)
        gates.append(z)
        candidates.append(n)
    return np.stack(states, axis=1), np.stack(gates, axis=1), np.stack(candidates, axis=1)


@mingru_forward.misconception(
    "The gates are made at once, and the values are right. But the states are made step by step: hand Z and "
    "(1 − Z) ⊙ N to scan.",
    SCAN,
)
def states_step_by_step(X, h0, W, b):
    H = h0.shape[1]
    S = X @ W + b
    Z, N = 0.5 + 0.5 * np.tanh(0.5 * S[:, :, :H]), S[:, :, H:]
    h, states = h0, []
    for t in range(X.shape[1]):
        h = Z[:, t] * h + (1 - Z[:, t]) * N[:, t]
        states.append(h)
    return np.stack(states, axis=1), Z, N


GATE, CANDIDATE = "0.5 + 0.5 * np.tanh(0.5 * S[:, :, :H])", "N = S[:, :, H:]"
SUM, STATES, ANSWER = "X @ W + b", "scan(Z, (1 - Z) * N, h0)", "return Hs, Z, N"
for name, hint, *edits in (
    (
        "shares-exchanged",
        "The shares are exchanged: 1 − z of the old state is kept. Here z = 1 keeps the state; the paper writes z for "
        "our 1 − z.",
        (STATES, "scan(1 - Z, Z * N, h0)"),
    ),
    (
        "gate-is-one-minus-z",
        "The gate is 1 − z in yours: all states are right, but Z has to be the share that is KEPT.",
        (ANSWER, "return Hs, 1 - Z, N"),
    ),
    (
        "candidate-not-scaled",
        "The candidate comes in whole. The share 1 − z of it is taken: the addend is (1 − Z) ⊙ N.",
        (STATES, "scan(Z, 1 * N, h0)"),
    ),
    (
        "candidate-scaled-by-z",
        "The candidate is scaled by z, like the old state. The shares add up to 1: (1 − Z) ⊙ N.",
        (STATES, "scan(Z, Z * N, h0)"),
    ),
    (
        "blocks-exchanged",
        "The blocks are exchanged: the gate stands first in W and b, then the candidate.",
        (GATE, "0.5 + 0.5 * np.tanh(0.5 * S[:, :, H:])"),
        (CANDIDATE, "N = S[:, :, :H]"),
    ),
    (
        "candidate-squashed",
        "The candidate is squashed by a tanh, as the GRU's is. The minGRU's is linear: x W_n + b_n.",
        (CANDIDATE, "N = np.tanh(S[:, :, H:])"),
    ),
    ("gate-not-squashed", "The gate is not squashed. It is a sigmoid of the sum.", (GATE, "1 * S[:, :, :H]")),
    (
        "gate-squashed-by-tanh",
        "The gate is a tanh. It has to lie between 0 and 1: a sigmoid.",
        (GATE, "np.tanh(S[:, :, :H])"),
    ),
    (
        "gate-squashed-twice",
        "The gate goes through the sigmoid twice.",
        (STATES, "scan(0.5 + 0.5 * np.tanh(0.5 * Z), (0.5 - 0.5 * np.tanh(0.5 * Z)) * N, h0)"),
    ),
    ("bias-forgotten", "The bias is forgotten.", (SUM, "X @ W + 0 * b")),
    (
        "first-state-ignored",
        "h0 is ignored: the sequence starts from zeros.",
        (STATES, "scan(Z, (1 - Z) * N, 0 * h0)"),
    ),
    (
        "only-one-candidate",
        "Every state is its step's own share alone: nothing is carried from step to step.",
        (STATES, "(1 - Z) * N + 0 * h0[:, None]"),
    ),
    (
        "addends-for-candidates",
        "N holds what was taken of the candidate. Return the candidate itself, x W_n + b_n.",
        (ANSWER, "return Hs, Z, (1 - Z) * N"),
    ),
    (
        "sums-for-gates",
        "Z holds the sum before the sigmoid. Return the gate.",
        (ANSWER, "return Hs, S[:, :, :H], N"),
    ),
    (
        "candidate-before-gate",
        "The candidate stands before the gate. Return Hs, Z, N.",
        (ANSWER, "return Hs, N, Z"),
    ),
    (
        "states-before-the-step",
        "You return the states before each step, h_0 to h_{T−1}. h_1 to h_T are asked for.",
        (ANSWER, "return np.concatenate([h0[:, None], Hs[:, :-1]], axis=1), Z, N"),
    ),
):
    mingru_forward.slip(name, hint, *edits)
