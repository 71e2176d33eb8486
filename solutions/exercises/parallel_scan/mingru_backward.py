"""Contract of `mingru_backward`, the minGRU's gradients through the scan from the end.

unrolled-canary-54074cffbaf9
"""

import numpy as np

from solutions.exercises.parallel_scan import mingru
from solutions.exercises.parallel_scan import sizes as of
from solutions.exercises.parallel_scan.backward import scan_from_the_end as scan_backward
from solutions.judging import kit
from solutions.reference import parallel

READ = "after-rnns#eq-mingru-backward"
SCAN = "after-rnns#eq-scan-backward"
STEP, TOLERANCE = 1e-4, 1e-4


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """The gradients of all states, what the forward pass read and what it returned, and the kernel."""
    X, h0, W, b = mingru.draw(rng, sizes, dtype).values()
    names, made = ("Hs", "Z", "N"), parallel.mingru_forward(X, h0, W, b)
    stored: kit.Arguments = {name: one.astype(dtype) for name, one in zip(names, made, strict=True)}
    return {"dHs": kit.normal(rng, *made[0].shape, dtype=dtype), "X": X, "h0": h0, **stored, "W": W}


def _not_the_slope(function: kit.Function, rng: np.random.Generator) -> bool:
    # The loss Σ dHs ⊙ Hs along one direction of all that it depends on.
    inputs = [*mingru.draw(rng, kit.Sizes(3, 4, 2, 5, 2), np.float64).values()]
    Hs, Z, N = parallel.mingru_forward(*inputs)
    dHs = rng.standard_normal(Hs.shape)
    X, h0, W, _ = (one.copy() for one in inputs)
    gradients = function(dHs.copy(), X, h0, Hs.copy(), Z, N, W)
    for place in range(4):
        direction = rng.standard_normal(inputs[place].shape)

        def loss(s: float, place: int = place, direction: np.ndarray = direction) -> float:
            moved = [one + s * direction if k == place else one for k, one in enumerate(inputs)]
            return float((dHs * parallel.mingru_forward(*moved)[0]).sum())

        slope = (loss(STEP) - loss(-STEP)) / (2 * STEP)
        mine = float((np.asarray(gradients[place]) * direction).sum())
        if not abs(mine - slope) <= TOLERANCE * max(abs(slope), 1):
            return True
    return False


mingru_backward = kit.Contract(
    reference=parallel.mingru_backward,
    outputs=(*kit.near("dX", "dh0", "dW", "db"), kit.work()),
    read=READ,
    parts=of.with_work(
        draw,
        kit.of_gradients(
            draw,
            of.of_steps(draw, "a power of two", 8),
            kit.loss_at_the_end(draw),
            kit.loss_at_the_start(draw),
            kit.with_zero(draw, "h0"),
        ),
    ),
    rules=(
        kit.Rule(
            "not-the-slope",
            "along any direction the loss of a forward pass changes as your gradients say.",
            _not_the_slope,
            READ,
        ),
    ),
    probe=of.counted(4, {"T": [0, 1], "B": [0, 0], "D": [1, 2], "H": [2, 1]}, products=4, calls=60, numbers=80),
)

WORDS = {
    "dHs": "the steps' own gradients",
    "Hs": "the states",
    "Z": "the gate",
    "N": "the candidate",
    "dA": "the gradients of the factors",
    "dV": "the gradients of the addends",
    "dZ": "the gradients of the gate",
    "dN": "the gradients of the candidate",
    "dS": "the gradients of the sums",
    "W": "the kernel",
}


@mingru_backward.derivation(words=WORDS)
def through_the_shares(dHs, X, h0, Hs, Z, N, W):
    dA, dV, dh0 = scan_backward(dHs, Z, h0, Hs)  #: eq-scan-backward
    dZ = dA - N * dV  #: eq-mingru-backward: what the old state makes of it + what the candidate makes of it
    dN = (1 - Z) * dV  #: eq-mingru-backward
    dS = np.concatenate([dZ * Z * (1 - Z), dN], axis=2)  #: eq-mingru-backward
    dX = dS @ W.T  #: eq-mingru-backward
    dW = np.tensordot(X, dS, axes=([0, 1], [0, 1]))  #: eq-mingru-backward
    db = dS.sum(axis=(0, 1))  #: eq-mingru-backward
    return dX, dh0, dW, db


@mingru_backward.variant
def by_the_difference(dHs, X, h0, Hs, Z, N, W):
    B, T, H = Hs.shape
    before = np.concatenate([h0[:, None], Hs[:, :-1]], axis=1)
    _, d, dh0 = scan_backward(dHs, Z, h0, Hs)
    taken = d * (1 - Z)
    rows = np.concatenate([taken * Z * (before - N), taken], axis=-1).reshape(B * T, 2 * H)
    dX = np.dot(rows, W.T).reshape(B, T, -1)
    return dX, dh0, X.reshape(B * T, -1).T @ rows, rows.sum(axis=0)


@mingru_backward.variant
def block_by_block(dHs, X, h0, Hs, Z, N, W):
    H = h0.shape[-1]
    dA, dV, dh0 = scan_backward(dHs, Z, h0, Hs)
    gate = (dA - dV * N) * (Z - Z * Z)
    new = dV - Z * dV
    dX = gate @ W[:, :H].T + new @ W[:, H:].T
    kernels = [np.einsum("btd,bth->dh", X, one) for one in (gate, new)]
    return dX, dh0, np.hstack(kernels), np.concatenate([gate.sum((0, 1)), new.sum((0, 1))])


@mingru_backward.variant
def into_one_array(dHs, X, h0, Hs, Z, N, W):
    B, T, H = Z.shape
    dA, dV, dh0 = scan_backward(dHs, Z, h0, Hs)
    dS = np.zeros((B, T, 2 * H))
    np.multiply(dV, N, out=dS[:, :, :H])
    np.subtract(dA, dS[:, :, :H], out=dS[:, :, :H])
    dS[:, :, :H] *= Z
    dS[:, :, H:] = dV
    dS[:, :, :H] *= 1 - Z
    dS[:, :, H:] *= 1 - Z
    dW = np.matmul(X.transpose(0, 2, 1), dS).sum(axis=0)
    return np.einsum("btk,dk->btd", dS, W), dh0, dW, np.einsum("btk->k", dS)


@mingru_backward.variant
def through_the_factors_alone(dHs, X, h0, Hs, Z, N, W):
    # h = n + z (h' − n): the gate's slope is that of the difference.
    old = np.roll(Hs, 1, axis=1)
    old[:, 0] = h0
    dV, dh0 = scan_backward(dHs, Z, h0, Hs)[1:]
    slope = Z * (1 - Z)
    dS = np.concatenate([slope * dV * old - slope * dV * N, dV - dV * Z], axis=2)
    return np.tensordot(dS, W, axes=(2, 1)), dh0, np.tensordot(X, dS, axes=2 * [[0, 1]]), dS.sum(0).sum(0)


@mingru_backward.misconception(
    "The values are right, but the gradients go back step by step: too many calls. scan_backward gives those of all "
    "steps at once; what follows are whole arrays.",
    SCAN,
)
def step_by_step(dHs, X, h0, Hs, Z, N, W):
    T = Hs.shape[1]
    d, steps = np.zeros_like(h0), []
    for t in reversed(range(T)):
        d = d + dHs[:, t]
        old = Hs[:, t - 1] if t else h0
        z, n = Z[:, t], N[:, t]
        steps.append(np.concatenate([d * (old - n) * z * (1 - z), d * (1 - z)], axis=1))
        d = d * z
    dS = np.stack(steps[::-1], axis=1)
    return dS @ W.T, d, np.tensordot(X, dS, axes=([0, 1], [0, 1])), dS.sum(axis=(0, 1))


@mingru_backward.misconception(
    "The values are right, but the gradients of kernel and inputs are made step by step, two products each. dS holds "
    "all steps: one product gives dX, and one dW.",
)
def products_in_the_loop(dHs, X, h0, Hs, Z, N, W):
    dA, dV, dh0 = scan_backward(dHs, Z, h0, Hs)
    dS = np.concatenate([(dA - N * dV) * Z * (1 - Z), (1 - Z) * dV], axis=2)
    dX, dW = [], np.zeros(W.shape)
    for t in range(dS.shape[1]):
        dX.append(dS[:, t] @ W.T)
        dW = dW + X[:, t].T @ dS[:, t]
    return np.stack(dX, axis=1), dh0, dW, dS.sum(axis=(0, 1))


@mingru_backward.misconception(
    "The values are right, but the kernel's gradient is added up step by step, a product in each. dS holds all steps: "
    "one np.tensordot over sequences and steps, or one product of (B T, D) and (B T, 2H), gives it.",
)
def kernel_in_the_loop(dHs, X, h0, Hs, Z, N, W):
    dA, dV, dh0 = scan_backward(dHs, Z, h0, Hs)
    dS = np.concatenate([(dA - N * dV) * Z * (1 - Z), (1 - Z) * dV], axis=2)
    dW = np.zeros(W.shape)
    for t in range(dS.shape[1]):
        dW = dW + X[:, t].T @ dS[:, t]
    return dS @ W.T, dh0, dW, dS.sum(axis=(0, 1))


ALL, DZ, DN = "dA, dV, dh0 = scan_backward(dHs, Z, h0, Hs)", "dA - N * dV", "(1 - Z) * dV"
SUMS, DX, DW, DB = "dZ * Z * (1 - Z)", "dS @ W.T", "np.tensordot(X, dS, axes=([0, 1], [0, 1]))", "dS.sum(axis=(0, 1))"
BLOCKS, ANSWER = "[dZ * Z * (1 - Z), dN]", "return dX, dh0, dW, db"
for name, hint, *edits in (
    (
        "candidate-s-part-of-the-gate-missing",
        "In the gate's gradient the candidate's part is missing. z takes 1 − z of the candidate away: h_{t−1} − n_t.",
        (DZ, "1 * dA"),
    ),
    (
        "old-state-s-part-of-the-gate-missing",
        "In the gate's gradient the old state's part is missing: h_{t−1} − n_t.",
        (DZ, "-N * dV"),
    ),
    (
        "candidate-s-part-of-the-gate-added",
        "In the gate's gradient the candidate's part has the wrong sign: the candidate has the share 1 − z.",
        (DZ, "dA + N * dV"),
    ),
    (
        "gate-s-gradient-turned-round",
        "The gate's gradient has the wrong sign: it is h̄ (h_{t−1} − n_t).",
        (DZ, "N * dV - dA"),
    ),
    (
        "shares-exchanged",
        "The candidate gets the share of the old state. It was taken with 1 − z.",
        (DN, "Z * dV"),
    ),
    (
        "candidate-takes-all",
        "The candidate's gradient is not scaled. It came in with the share 1 − z.",
        (DN, "1 * dV"),
    ),
    (
        "sigmoid-s-slope-missing",
        "The gate's slope is missing: it went through a sigmoid, z (1 − z).",
        (SUMS, "1 * dZ"),
    ),
    (
        "slope-of-a-tanh",
        "The gate's slope is that of a tanh. A sigmoid's is z (1 − z).",
        (SUMS, "dZ * (1 - Z**2)"),
    ),
    (
        "candidate-with-a-slope-of-tanh",
        "The candidate gets the slope of a tanh. It is linear.",
        (BLOCKS, "[dZ * Z * (1 - Z), dN * (1 - N**2)]"),
    ),
    (
        "blocks-exchanged",
        "The blocks are exchanged: the gate stands first, then the candidate.",
        (BLOCKS, "[dN, dZ * Z * (1 - Z)]"),
    ),
    (
        "own-gradients-alone",
        "Nothing flows back from later steps: gate and candidate get the steps' own gradients. Take dV of "
        "scan_backward, which holds all paths.",
        (ALL, f"{ALL}; dV = dHs; dA = dHs * np.concatenate([h0[:, None], Hs[:, :-1]], axis=1)"),
    ),
    (
        "states-after-the-step-for-those-before",
        "The gate multiplied the state BEFORE the step. Yours reads the one after it.",
        (DZ, "dV * Hs - N * dV"),
    ),
    (
        "factors-of-the-candidate",
        "scan_backward gets 1 − Z for the factors. What is carried from step to step is multiplied by Z.",
        (ALL, "dA, dV, dh0 = scan_backward(dHs, 1 - Z, h0, Hs)"),
    ),
    (
        "kernel-of-the-mean",
        "dW is a mean over the batch. The loss is a sum over what reaches it: add.",
        (DW, "np.tensordot(X, dS, axes=([0, 1], [0, 1])) / len(X)"),
    ),
    (
        "bias-over-the-steps-alone",
        "db keeps the axis of the batch. Add over sequences and steps.",
        (DB, "dS.sum(axis=1)"),
    ),
    (
        "bias-over-the-batch-alone",
        "db keeps the axis of the steps. Add over sequences and steps.",
        (DB, "dS.sum(axis=0)"),
    ),
    (
        "bias-of-the-last-step",
        "db is that of the last step. The same bias is used at every step: add.",
        (DB, "dS[:, -1].sum(axis=0)"),
    ),
    (
        "kernel-of-the-last-step",
        "dW is that of the last step. The same kernel is used at every step: add.",
        (DW, "X[:, -1].T @ dS[:, -1]"),
    ),
    (
        "first-state-first",
        "dh0 stands first. Return dX, dh0, dW, db.",
        (ANSWER, "return dh0, dX, dW, db"),
    ),
    (
        "first-state-s-gradient-forgotten",
        "dh0 is 0. The first state reaches all others: scan_backward returns its gradient.",
        (ANSWER, "return dX, 0 * dh0, dW, db"),
    ),
    ("uphill", "All gradients have the wrong sign.", (ANSWER, "return -dX, -dh0, -dW, -db")),
):
    mingru_backward.slip(name, hint, *edits)
