"""Contract of `gru_backward`, backpropagation through time for the GRU with the reset before the product.

unrolled-canary-7143242f4dea
"""

import numpy as np

from solutions.exercises.gru import sequence
from solutions.judging.cases import loss_at_the_end, loss_at_the_start, with_zero
from solutions.judging.contract import Arguments, Contract, Sizes
from solutions.judging.drawing import normal
from solutions.judging.loop_slips import ADD, slips_of_the_way_back
from solutions.judging.rules.gradient import gradient_rule
from solutions.reference import gru

READ = "gru#eq-gru-backward"


def draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    """The arguments of the forward pass, then the gradients of all states."""
    dHs = normal(rng, sizes.batch, sizes.steps, sizes.hidden, dtype=dtype)
    return {**sequence.draw(rng, sizes, dtype), "dHs": dHs}


gru_backward = Contract(
    reference=gru.gru_backward,
    outputs=("dX", "dh0", "dW", "dU", "db"),
    read=READ,
    draw=draw,
    parts=("shapes", "gradient", "edges", "property"),
    specials=(
        loss_at_the_end(draw),
        loss_at_the_start(draw),
        with_zero(draw, "h0"),
    ),
    properties=(gradient_rule(draw, 1, READ),),
    forward=gru.gru_forward,
    upstream=1,
)


def forward(X, h0, W, U, b):
    def sigmoid(a):
        return 0.5 * (1 + np.tanh(0.5 * a))

    W_z, W_r, W_n = np.split(W, 3, axis=1)
    U_z, U_r, U_n = np.split(U, 3, axis=1)
    b_z, b_r, b_n = np.split(b, 3)
    h, states, caches = h0, [], []
    for t in range(X.shape[1]):
        x = X[:, t]
        z = sigmoid(x @ W_z + h @ U_z + b_z)
        r = sigmoid(x @ W_r + h @ U_r + b_r)
        n = np.tanh(x @ W_n + (r * h) @ U_n + b_n)
        caches.append((x, h, z, r, n))
        h = z * h + (1 - z) * n
        states.append(h)
    return np.stack(states, axis=1), (W, U, caches)


@gru_backward.variant_of(forward)
def gate_by_gate(dHs, cache):
    W, U, caches = cache
    U_z, U_r, U_n = np.split(U, 3, axis=1)
    dh, dX, dW, dU, db = np.zeros_like(dHs[:, 0]), [], 0, 0, 0
    for t in reversed(range(len(caches))):
        x, h, z, r, n = caches[t]
        dh = dh + dHs[:, t]
        dz = dh * (h - n)
        dn = dh * (1 - z)
        da_n = dn * (1 - n**2)
        drh = da_n @ U_n.T
        dr = drh * h
        da_z = dz * z * (1 - z)
        da_r = dr * r * (1 - r)
        da = np.concatenate([da_z, da_r, da_n], axis=1)
        dX.insert(0, da @ W.T)
        dW = dW + x.T @ da
        dU = dU + np.concatenate([h.T @ da_z, h.T @ da_r, (r * h).T @ da_n], axis=1)
        db = db + da.sum(axis=0)
        dh = dh * z + drh * r + da_z @ U_z.T + da_r @ U_r.T
    return np.stack(dX, axis=1), dh, dW, dU, db


@gru_backward.variant_of(forward)
def filled_arrays(dHs, cache):
    W, U, caches = cache
    hidden = U.shape[0]
    dX = np.zeros((*dHs.shape[:2], W.shape[0]))
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros(3 * hidden)
    flow = np.zeros_like(dHs[:, 0])
    for t in range(len(caches) - 1, -1, -1):
        x, h, z, r, n = caches[t]
        flow += dHs[:, t]
        da = np.empty((len(x), 3 * hidden))
        da[:, 2 * hidden :] = flow * (1 - z) * (1 - n) * (1 + n)
        drh = np.dot(da[:, 2 * hidden :], U[:, 2 * hidden :].T)
        da[:, :hidden] = flow * (h - n) * (z - z**2)
        da[:, hidden : 2 * hidden] = drh * h * (r - r**2)
        dX[:, t] = np.dot(da, W.T)
        dW += np.dot(x.T, da)
        dU[:, : 2 * hidden] += np.dot(h.T, da[:, : 2 * hidden])
        dU[:, 2 * hidden :] += np.dot((r * h).T, da[:, 2 * hidden :])
        db += np.ones(len(x)) @ da
        flow *= z
        flow += r * drh
        flow += np.dot(da[:, : 2 * hidden], U[:, : 2 * hidden].T)
    return [dX, flow, dW, dU, db]


def forward_keeping_arrays(X, h0, W, U, b):
    from scipy.special import expit

    batch, steps, _ = X.shape
    hidden = h0.shape[1]
    A, H, G = X @ W + b, np.zeros((batch, steps + 1, hidden)), np.zeros((batch, steps, 3, hidden))
    H[:, 0] = h0
    for t in range(steps):
        h, a = H[:, t], A[:, t].reshape(batch, 3, hidden)
        V = U.reshape(hidden, 3, hidden)
        G[:, t, 0] = expit(a[:, 0] + h @ V[:, 0])
        G[:, t, 1] = expit(a[:, 1] + h @ V[:, 1])
        G[:, t, 2] = np.tanh(a[:, 2] + (G[:, t, 1] * h) @ V[:, 2])
        H[:, t + 1] = G[:, t, 2] + G[:, t, 0] * (h - G[:, t, 2])
    return H[:, 1:].copy(), {"X": X, "W": W, "U": U, "H": H, "G": G}


@gru_backward.variant_of(forward_keeping_arrays)
def products_at_the_end(dHs, cache):
    X, W, U, H, G = (cache[name] for name in "XWUHG")
    (batch, steps, _), hidden = X.shape, U.shape[0]
    Z, R, N, before = G[:, :, 0], G[:, :, 1], G[:, :, 2], H[:, :-1]
    dA, dh = np.zeros((batch, steps, 3, hidden)), np.zeros((batch, hidden))
    V = U.reshape(hidden, 3, hidden)
    for t in range(steps)[::-1]:
        dh = dh + dHs[:, t]
        dA[:, t, 0] = dh * (before[:, t] - N[:, t]) * Z[:, t] * (1 - Z[:, t])
        dA[:, t, 2] = dh * (1 - Z[:, t]) * (1 - N[:, t] ** 2)
        drh = dA[:, t, 2] @ V[:, 2].T
        dA[:, t, 1] = drh * before[:, t] * R[:, t] * (1 - R[:, t])
        dh = dh * Z[:, t] + drh * R[:, t] + np.einsum("bkh,jkh->bj", dA[:, t, :2], V[:, :2])
    seen = np.stack([before, before, R * before], axis=2)
    dU = np.einsum("btkj,btkh->jkh", seen, dA).reshape(U.shape)
    dA = dA.reshape(batch, steps, 3 * hidden)
    return dA @ W.T, dh, np.tensordot(X, dA, axes=([0, 1], [0, 1])), dU, dA.sum(axis=(0, 1))


@gru_backward.variant_of(forward_keeping_arrays)
def one_sequence_at_a_time(dHs, cache):
    X, W, U, H, G = (cache[name] for name in "XWUHG")
    U_z, U_r, U_n = np.split(U, 3, axis=1)
    dX, dh0, dW, dU, db = np.zeros_like(X), np.zeros_like(H[:, 0]), np.zeros_like(W), np.zeros_like(U), 0
    for k in range(len(X)):
        dh = np.zeros(U.shape[0])
        for t in reversed(range(X.shape[1])):
            (z, r, n), h, d = G[k, t], H[k, t], dh + dHs[k, t]
            da_n = d * (1 - z) * (1 - n**2)
            back = U_n @ da_n
            da_z, da_r = d * (h - n) * z * (1 - z), back * h * r * (1 - r)
            da = np.r_[da_z, da_r, da_n]
            dX[k, t] = W @ da
            dW += np.outer(X[k, t], da)
            dU += np.hstack([np.outer(h, da_z), np.outer(h, da_r), np.outer(r * h, da_n)])
            db = db + da
            dh = z * d + r * back + U_z @ da_z + U_r @ da_r
        dh0[k] = dh
    return dX, dh0, dW, dU, db


@gru_backward.variant_of(forward)
def recursive(dHs, cache):
    W, U, caches = cache
    U_z, U_r, U_n = np.split(U, 3, axis=1)

    def back(t, dh):
        if t < 0:
            return [], dh, np.zeros_like(W), np.zeros_like(U), np.zeros(W.shape[1])
        x, h, z, r, n = caches[t]
        d = dh + dHs[:, t]
        da_n = d * (1 - z) * (1 - n**2)
        drh = da_n @ U_n.T
        da_z, da_r = d * (h - n) * z * (1 - z), drh * h * r * (1 - r)
        da = np.hstack([da_z, da_r, da_n])
        dX, dh0, dW, dU, db = back(t - 1, d * z + drh * r + da_z @ U_z.T + da_r @ U_r.T)
        dU = dU + np.hstack([h.T @ da_z, h.T @ da_r, (r * h).T @ da_n])
        return [*dX, da @ W.T], dh0, dW + x.T @ da, dU, db + da.sum(0)

    dX, *rest = back(len(caches) - 1, np.zeros_like(dHs[:, 0]))
    return np.array(dX).swapaxes(0, 1), *rest


NEW = "(z * h + (1 - z) * n)"  # the new state, which the cache does not hold
FLOW = "dh = dh * z + drh * r + da_z @ U_z.T + da_r @ U_r.T"
DU, STACKED = "np.concatenate([h.T @ da_z, h.T @ da_r, (r * h).T @ da_n], axis=1)", "[da_z, da_r, da_n]"

slips_of_the_way_back(gru_backward)
gru_backward.slip(
    "flow-replaced",
    "Each step starts from its own dHs alone: what flows back from the later steps is lost. The two are added.",
    (ADD, "dh = dHs[:, t]"),
)
gru_backward.slip(
    "last-loss-twice",
    "dh begins as the last step's dHs, and the loop adds that once more. Begin with zeros: no later step sends any.",
    ("np.zeros_like(dHs[:, 0])", "dHs[:, -1]"),
)
gru_backward.slip(
    "upstream-after-the-step",
    "dHs[:, t] joins after step t has been gone through. It belongs to the state that step t made: add it before.",
    (ADD + "\n", "\n"),
    (FLOW, FLOW + " + dHs[:, t]"),
)
gru_backward.slip(
    "upstream-alone-in-the-mix",
    "dz and dn are made of dHs[:, t] alone. They need the whole gradient of the new state: "
    "what flows back from the later steps, too.",
    ("dz = dh *", "dz = dHs[:, t] *"),
    ("dn = dh *", "dn = dHs[:, t] *"),
)
gru_backward.slip(
    "flow-added-to-itself",
    "The gradient of the new state is added to what goes on to the old one. Only what has come through the step goes "
    "on: z of it, and the other three paths.",
    ("dh = dh * z +", "dh = dh + dh * z +"),
)
gru_backward.slip(
    "direct-path-only",
    "Only the direct path leads to the old state. It stood in the candidate and in both gates, too.",
    (FLOW, "dh = dh * z"),
)
gru_backward.slip(
    "direct-path-missing",
    "The direct path from the old state to the new one is missing in dh: z of the old state was kept.",
    (FLOW, "dh = drh * r + da_z @ U_z.T + da_r @ U_r.T"),
)
gru_backward.slip(
    "direct-path-inverted",
    "The direct path to the old state is multiplied with 1 − z. The old state was multiplied with z.",
    ("dh * z + drh", "dh * (1 - z) + drh"),
)
gru_backward.slip(
    "direct-path-ungated",
    "The gradient passes whole from the new state to the old one. The old state was multiplied with z.",
    ("dh * z + drh", "dh + drh"),
)
gru_backward.slip(
    "candidate-path-missing",
    "The path through the candidate is missing in dh: the old state, reset, acted in it through U_n.",
    (FLOW, "dh = dh * z + da_z @ U_z.T + da_r @ U_r.T"),
)
gru_backward.slip(
    "reset-skipped-on-the-way-back",
    "The path through the candidate lacks the reset gate in dh: the old state was multiplied with r before U_n.",
    ("drh * r +", "drh +"),
)
gru_backward.slip(
    "candidate-path-with-the-state",
    "The path through the candidate is multiplied with h in dh. The derivative of r ⊙ h by h is r.",
    ("drh * r +", "drh * h +"),
)
gru_backward.slip(
    "candidate-path-twice",
    "The path through the candidate is added twice: da @ U.T holds it already, and without the reset gate. "
    "Only the blocks of the two gates belong in that product.",
    (FLOW, "dh = dh * z + drh * r + da @ U.T"),
)
gru_backward.slip(
    "reset-skipped-everywhere",
    "The reset gate is missing on the way back, in dh and in dU. U_n multiplied r ⊙ h; only U_z and U_r multiplied h.",
    (FLOW, "dh = dh * z + da @ U.T"),
    (DU, "h.T @ da"),
)
gru_backward.slip(
    "update-gate-path-missing",
    "The path through the update gate is missing in dh: z was computed from the old state.",
    (" + da_z @ U_z.T", ""),
)
gru_backward.slip(
    "reset-gate-path-missing",
    "The path through the reset gate is missing in dh: r was computed from the old state.",
    (" + da_r @ U_r.T", ""),
)
gru_backward.slip(
    "gate-paths-missing",
    "Both gates were computed from the old state. Their paths are missing in dh.",
    (" + da_z @ U_z.T + da_r @ U_r.T", ""),
)
gru_backward.slip(
    "paths-multiplied",
    "The direct path and the path through the candidate are multiplied. All paths to the old state are added.",
    ("dh * z + drh * r", "(dh * z) * (drh * r)"),
)
gru_backward.slip(
    "update-gate-inverted",
    "These are the gradients of the cell in which z = 1 replaces. Here z = 1 keeps: h_next = z ⊙ h + (1 − z) ⊙ n.",
    ("dh * (h - n)", "dh * (n - h)"),
    ("dn = dh * (1 - z)", "dn = dh * z"),
    ("dh * z + drh", "dh * (1 - z) + drh"),
)
gru_backward.slip(
    "direct-share-taken-first",
    "dh is multiplied with z before dz and dn are made of it. They need the whole gradient of the new state.",
    ("dz = dh * (h - n)", "dh = dh * z\n        dz = dh * (h - n)"),
    ("dh * z + drh", "dh + drh"),
)
gru_backward.slip(
    "update-gate-sign",
    "The gradient of z has the wrong sign: where z grows, more of h and less of n enters.",
    ("dh * (h - n)", "dh * (n - h)"),
)
gru_backward.slip(
    "update-gate-without-candidate",
    "The gradient of z holds the old state alone. z acts twice, in z ⊙ h and in (1 − z) ⊙ n.",
    ("dh * (h - n)", "dh * h"),
)
gru_backward.slip(
    "update-gate-without-state",
    "The gradient of z holds the candidate alone. z acts twice, in z ⊙ h and in (1 − z) ⊙ n.",
    ("dh * (h - n)", "-dh * n"),
)
gru_backward.slip(
    "new-state-in-update-gate",
    "The gradient of z is made with the new state. z multiplied the old one.",
    ("dh * (h - n)", f"dh * ({NEW} - n)"),
)
gru_backward.slip(
    "candidate-share-inverted",
    "The candidate's gradient is multiplied with z. Its share in the new state was 1 − z.",
    ("dn = dh * (1 - z)", "dn = dh * z"),
)
gru_backward.slip(
    "candidate-share-skipped",
    "The candidate's gradient lacks the factor 1 − z, its share in the new state.",
    ("dn = dh * (1 - z)", "dn = dh"),
)
gru_backward.slip(
    "candidate-slope-skipped",
    "The derivative of the candidate's tanh is missing.",
    ("dn * (1 - n**2)", "dn"),
)
gru_backward.slip(
    "candidate-slope-of-a-second-tanh",
    "You put n through a tanh once more. n is the tanh already: its slope is 1 − n².",
    ("1 - n**2", "1 - np.tanh(n) ** 2"),
)
gru_backward.slip(
    "candidate-slope-squared",
    "The slope of the candidate's tanh is 1 − n². You have (1 − n)².",
    ("(1 - n**2)", "(1 - n) ** 2"),
)
gru_backward.slip(
    "tanh-skipped-before-the-kernel",
    "The path through U_n starts from dn. It starts from da_n, the gradient of the sum inside of the tanh.",
    ("drh = da_n @", "drh = dn @"),
)
gru_backward.slip(
    "sigmoid-slope-in-candidate",
    "You use the derivative of a sigmoid in the candidate. It is a tanh: 1 − n².",
    ("dn * (1 - n**2)", "dn * n * (1 - n)"),
)
gru_backward.slip(
    "sigmoids-skipped",
    "The derivative of the sigmoid is missing in both gates.",
    ("dz * z * (1 - z)", "dz"),
    ("dr * r * (1 - r)", "dr"),
)
for gate, d, s in (("update", "dz", "z"), ("reset", "dr", "r")):
    gru_backward.slip(
        f"{gate}-gate-slope-skipped",
        f"The derivative of the sigmoid is missing in the {gate} gate.",
        (f"{d} * {s} * (1 - {s})", d),
    )
    gru_backward.slip(
        f"tanh-slope-in-the-{gate}-gate",
        f"You use the derivative of a tanh in the {gate} gate. It is a sigmoid: {s} (1 − {s}).",
        (f"{d} * {s} * (1 - {s})", f"{d} * (1 - {s}**2)"),
    )
    gru_backward.slip(
        f"{gate}-gate-kernel-not-transposed",
        f"The gradient of the {gate} gate goes back through U_{s} as it stands. Going back, the kernel is transposed.",
        (f"U_{s}.T", f"U_{s}"),
    )
gru_backward.slip(
    "tanh-slope-in-gates",
    "You use the derivative of a tanh in the gates. They are sigmoids: s (1 − s).",
    ("dz * z * (1 - z)", "dz * (1 - z**2)"),
    ("dr * r * (1 - r)", "dr * (1 - r**2)"),
)
gru_backward.slip(
    "reset-gate-without-gradient",
    "The reset gate gets no gradient. It acts on the new state through the candidate.",
    ("dr = drh * h", "dr = 0 * h"),
)
gru_backward.slip(
    "reset-gate-without-the-kernel",
    "The reset gate's gradient is made of da_n and h. Between the two lies the product with U_n: go back through it.",
    ("dr = drh * h", "dr = da_n * h"),
)
gru_backward.slip(
    "reset-gate-from-the-output",
    "The reset gate's gradient starts from dh. The gate acts inside the candidate: start from what comes back there.",
    ("dr = drh * h", "dr = dh * h"),
)
gru_backward.slip(
    "reset-after-the-product",
    "The reset gate's gradient is that of the cell with the reset after the product. Here r multiplied h itself.",
    ("dr = drh * h", "dr = da_n * (h @ U_n)"),
)
gru_backward.slip(
    "cell-with-reset-after",
    "These are the gradients of the cell with the reset after the product. Here r multiplied the state h before U_n.",
    ("drh = da_n @ U_n.T", "drh = (da_n * r) @ U_n.T"),
    ("dr = drh * h", "dr = da_n * (h @ U_n)"),
    ("drh * r +", "drh +"),
    ("(r * h).T @ da_n", "h.T @ (da_n * r)"),
)
gru_backward.slip(
    "new-state-in-reset-gate",
    "The reset gate's gradient is made with the new state. r multiplied the old one.",
    ("dr = drh * h", f"dr = drh * {NEW}"),
)
gru_backward.slip(
    "reset-skipped-in-dU",
    "The candidate's block of dU is made with the whole state h. U_n was multiplied with r ⊙ h.",
    ("(r * h).T @ da_n", "h.T @ da_n"),
)
gru_backward.slip(
    "reset-in-every-block-of-dU",
    "All blocks of dU are made with r ⊙ h. The gates saw the whole state h.",
    (DU, "(r * h).T @ da"),
)
gru_backward.slip(
    "new-state-for-the-old-one",
    "Where the old state belongs stands the new one: in dz, dr and dU. Did the cache keep h after the step?",
    ("x, h, z, r, n = caches[t]", f"x, h, z, r, n = caches[t]\n        h = {NEW}"),
)
gru_backward.slip(
    "gates-of-the-last-step",
    "Every step is gone through with the cache of the last one. Each step has gates and a state of its own.",
    ("= caches[t]", "= caches[-1]"),
)
gru_backward.slip(
    "caches-one-step-early",
    "Each step is gone through with the cache of the step before it.",
    ("= caches[t]", "= caches[t - 1]"),
)
gru_backward.slip(
    "blocks-of-dU-transposed",
    "Each block of dU is transposed: what was fed in comes first and is transposed, h.T @ da_z.",
    (DU, "np.concatenate([da_z.T @ h, da_r.T @ h, da_n.T @ (r * h)], axis=1)"),
)
gru_backward.slip(
    "new-state-in-dU",
    "dU is made with the new state. U was multiplied with the old one.",
    (DU, f"np.concatenate([{NEW}.T @ da_z, {NEW}.T @ da_r, (r * {NEW}).T @ da_n], axis=1)"),
)
gru_backward.slip(
    "candidate-kernel-not-transposed",
    "The gradient goes back through U_n as it stands. Going back, the kernel is transposed.",
    ("da_n @ U_n.T", "da_n @ U_n"),
)
gru_backward.slip(
    "gate-kernels-not-transposed",
    "The gradients of the gates go back through U_z and U_r as they stand. Going back, the kernels are transposed.",
    ("U_z.T", "U_z"),
    ("U_r.T", "U_r"),
)
gru_backward.slip(
    "gate-kernels-swapped",
    "The gradients of the gates go back through each other's kernel: da_z belongs with U_z, da_r with U_r.",
    ("da_z @ U_z.T + da_r @ U_r.T", "da_z @ U_r.T + da_r @ U_z.T"),
)
gru_backward.slip(
    "dX-without-the-gates",
    "dX comes through the candidate alone. The input stood in both gates, too.",
    ("dX.insert(0, da @ W.T)", "dX.insert(0, da_n @ np.split(W, 3, axis=1)[2].T)"),
)
gru_backward.slip(
    "dX-without-the-candidate",
    "dX comes through the gates alone. The input stood in the candidate, too.",
    ("dX.insert(0, da @ W.T)", "dX.insert(0, da @ W.T - da_n @ np.split(W, 3, axis=1)[2].T)"),
)
gru_backward.slip(
    "blocks-r-z-n",
    "Update gate and reset gate are swapped where you join the blocks: the order is z, r, n.",
    (STACKED, "[da_r, da_z, da_n]"),
    ("h.T @ da_z, h.T @ da_r", "h.T @ da_r, h.T @ da_z"),
)
gru_backward.slip(
    "blocks-r-z-n-in-da",
    "Update gate and reset gate are swapped in what dX, dW and db are made of: the order is z, r, n.",
    (STACKED, "[da_r, da_z, da_n]"),
)
gru_backward.slip(
    "blocks-r-z-n-in-dU",
    "Update gate and reset gate are swapped in dU: the order is z, r, n.",
    ("h.T @ da_z, h.T @ da_r", "h.T @ da_r, h.T @ da_z"),
)
gru_backward.slip(
    "gradients-not-accumulated",
    "The gradients of W, U and b are overwritten at each step. All steps share these parameters: sum what they give.",
    ("dW = dW + ", "dW = "),
    ("dU = dU + ", "dU = "),
    ("db = db + ", "db = "),
)
gru_backward.slip(
    "dW-not-accumulated",
    "dW is overwritten at each step. All steps share W: their contributions are summed.",
    ("dW = dW + ", "dW = "),
)
gru_backward.slip(
    "dU-not-accumulated",
    "dU is overwritten at each step. All steps share U: their contributions are summed.",
    ("dU = dU + ", "dU = "),
)
gru_backward.slip(
    "db-not-accumulated",
    "db is overwritten at each step. All steps share b: their contributions are summed.",
    ("db = db + ", "db = "),
)
gru_backward.slip(
    "db-not-summed-over-batch",
    "db has a row for each sequence of the batch. The whole batch shares b: sum over the first axis.",
    ("da.sum(axis=0)", "da"),
)
gru_backward.slip(
    "db-averaged-over-batch",
    "db is a mean over the batch. Sum here: what averages is in the loss.",
    ("da.sum(axis=0)", "da.mean(axis=0)"),
)
gru_backward.slip(
    "first-step-not-in-the-list",
    "The loop stops before step 0: dX has one step too few. In Python, range(T - 1, -1, -1) and reversed(range(T)) "
    "end with 0; range(T - 1, 0, -1) ends with 1.",
    ("reversed(range(len(caches)))", "reversed(range(1, len(caches)))"),
)
gru_backward.slip(
    "first-step-left-out",
    "The loop stops before step 0, so that the first input and h0 get nothing of it. In Python, range(T - 1, -1, -1) "
    "and reversed(range(T)) end with 0; range(T - 1, 0, -1) ends with 1.",
    ("reversed(range(len(caches)))", "reversed(range(1, len(caches)))"),
    ("np.stack(dX, axis=1)", "np.stack([0 * dHs[:, 0] @ U @ W.T, *dX], axis=1)"),
)
gru_backward.slip(
    "forwards-in-time",
    "The loop runs forwards in time. The gradient of a state is complete only when all later steps are done.",
    ("reversed(range(len(caches)))", "range(len(caches))"),
    ("dX.insert(0, da @ W.T)", "dX.append(da @ W.T)"),
)
gru_backward.slip(
    "dX-reversed",
    "dX is in reverse order: dX[:, 0] belongs to the first input, although the loop reaches it last.",
    ("dX.insert(0, da @ W.T)", "dX.append(da @ W.T)"),
)
gru_backward.slip(
    "dX-time-first",
    "dX is stacked time first, (T, B, D). Batch comes first, as in X.",
    ("np.stack(dX, axis=1)", "np.stack(dX)"),
)
gru_backward.slip(
    "first-step-not-passed",
    "dh0 is the gradient of the first state, h_1. It has to go back through the first step as well.",
    (FLOW, FLOW + " if t else dh"),
)
gru_backward.slip(
    "dh0-zero",
    "dh0 is zero. The initial state is an input like any other: what is left after the first step is its gradient.",
    ("axis=1), dh,", "axis=1), 0 * dh,"),
)
gru_backward.slip(
    "first-sequence-only",
    "The gradients of W, U and b come from the first sequence of the batch alone. Every sequence contributes.",
    ("x.T @ da", "x[:1].T @ da[:1]"),
    (DU, "np.concatenate([h[:1].T @ da_z[:1], h[:1].T @ da_r[:1], (r * h)[:1].T @ da_n[:1]], axis=1)"),
    ("da.sum(axis=0)", "da[0]"),
)

gru_backward.read_at(
    {
        "gru#eq-gru-four-paths": (
            "direct-path-missing",
            "direct-path-inverted",
            "direct-path-ungated",
            "candidate-path-missing",
            "candidate-path-twice",
            "update-gate-path-missing",
            "reset-gate-path-missing",
            "gate-paths-missing",
            "paths-multiplied",
            "direct-share-taken-first",
            "direct-path-only",
            "flow-added-to-itself",
            "gate-kernels-not-transposed",
            "update-gate-kernel-not-transposed",
            "reset-gate-kernel-not-transposed",
            "gate-kernels-swapped",
        ),
        "gru#eq-gru-d-q": (
            "reset-skipped-on-the-way-back",
            "candidate-path-with-the-state",
        ),
        "gru#eq-gru-z-bar": (
            "new-state-for-the-old-one",
            "update-gate-inverted",
            "update-gate-sign",
            "update-gate-without-candidate",
            "update-gate-without-state",
            "new-state-in-update-gate",
        ),
        "gru#eq-gru-n-bar": (
            "candidate-share-inverted",
            "candidate-share-skipped",
        ),
        "gru#eq-gru-an-bar": (
            "candidate-slope-skipped",
            "candidate-slope-of-a-second-tanh",
            "candidate-slope-squared",
            "sigmoid-slope-in-candidate",
        ),
        "gru#eq-gru-q-bar": (
            "candidate-kernel-not-transposed",
            "tanh-skipped-before-the-kernel",
        ),
        "gru#eq-gru-r-bar": (
            "reset-gate-without-gradient",
            "reset-gate-without-the-kernel",
            "reset-gate-from-the-output",
            "new-state-in-reset-gate",
        ),
        "gru#eq-gru-r-bar-after": (
            "reset-after-the-product",
            "cell-with-reset-after",
        ),
        "gru#eq-gru-sigmoid-slope": (
            "sigmoids-skipped",
            "update-gate-slope-skipped",
            "reset-gate-slope-skipped",
            "tanh-slope-in-gates",
            "tanh-slope-in-the-update-gate",
            "tanh-slope-in-the-reset-gate",
        ),
        "gru#eq-gru-u-n-bar": (
            "reset-skipped-everywhere",
            "reset-skipped-in-dU",
        ),
        "gru#eq-gru-u-gates-bar": (
            "reset-in-every-block-of-dU",
            "new-state-in-dU",
            "blocks-of-dU-transposed",
        ),
        "gru#eq-gru-a-block": (
            "blocks-r-z-n",
            "blocks-r-z-n-in-da",
            "blocks-r-z-n-in-dU",
        ),
        "gru#eq-gru-x-bar": (
            "dX-without-the-gates",
            "dX-without-the-candidate",
        ),
        "gru#eq-gru-b-bar": (
            "db-not-summed-over-batch",
            "db-averaged-over-batch",
        ),
        "gru#eq-gru-w-bar": ("first-sequence-only",),
        "gru#eq-gru-flow": (
            "last-loss-only",
            "flow-multiplied",
            "flow-maximum",
            "upstream-one-step-late",
            "upstream-overwritten",
            "flow-replaced",
            "last-loss-twice",
            "upstream-after-the-step",
            "upstream-alone-in-the-mix",
            "gates-of-the-last-step",
            "caches-one-step-early",
            "first-step-not-in-the-list",
            "first-step-left-out",
            "forwards-in-time",
            "dX-reversed",
            "first-step-not-passed",
            "dh0-zero",
        ),
    }
)
