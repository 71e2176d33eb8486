"""Contract of `gru_backward`, backpropagation through time for the GRU with the reset before the product.

unrolled-canary-7143242f4dea
"""

import numpy as np

from solutions.exercises.gru import sequence
from solutions.judging.cases import loss_at_the_end, loss_at_the_start, with_zero
from solutions.judging.contract import Contract
from solutions.judging.drawing import normal
from solutions.judging.parts import Arguments, Sizes, of_gradients
from solutions.judging.rules.gradient import gradient_rule
from solutions.reference import gru
from unrolled.checking.outputs import near
from unrolled.checking.probes import Probe

READ = "gru#eq-gru-backward"


def draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    """The arguments of the forward pass, then the gradients of all states."""
    dHs = normal(rng, sizes.batch, sizes.steps, sizes.hidden, dtype=dtype)
    return {**sequence.draw(rng, sizes, dtype), "dHs": dHs}


gru_backward = Contract(
    reference=gru.gru_backward,
    outputs=near("dX", "dh0", "dW", "dU", "db"),
    read=READ,
    parts=of_gradients(draw, loss_at_the_end(draw), loss_at_the_start(draw), with_zero(draw, "h0")),
    rules=(gradient_rule(draw, 1, READ),),
    probe=Probe("through_cache", {"upstream": 1}),
    forward=gru.gru_forward,
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


WORDS = {
    "z": "the update gate",
    "r": "the reset gate",
    "n": "the candidate",
    "h": "the old state",
    "z * h + (1 - z) * n": "the new state",
    "dh": "the gradient of the new state",
    "drh": "what comes back through U_n",
    "dHs[:, t]": "the step's own gradient",
}


@gru_backward.derivation(forward, words=WORDS, alike={"h": "z * h + (1 - z) * n"})
def gate_by_gate(dHs, cache):
    W, U, caches = cache
    U_z, U_r, U_n = np.split(U, 3, axis=1)
    dh, dX, dW, dU, db = np.zeros_like(dHs[:, 0]), [], 0, 0, 0
    for t in reversed(range(len(caches))):
        x, h, z, r, n = caches[t]
        dh = dh + dHs[:, t]  #: eq-gru-flow: what flows back from the later steps + the step's own dHs
        dz = dh * (h - n)  #: eq-gru-z-bar
        dn = dh * (1 - z)  #: eq-gru-n-bar
        da_n = dn * (1 - n**2)  #: eq-gru-an-bar
        drh = da_n @ U_n.T  #: eq-gru-q-bar
        dr = drh * h  #: eq-gru-r-bar
        da_z = dz * z * (1 - z)  #: eq-gru-sigmoid-slope
        da_r = dr * r * (1 - r)  #: eq-gru-sigmoid-slope
        da = np.concatenate([da_z, da_r, da_n], axis=1)  #: eq-gru-a-block
        dX.insert(0, da @ W.T)  #: eq-gru-x-bar
        dW = dW + x.T @ da  #: eq-gru-w-bar
        dU = dU + np.concatenate([h.T @ da_z, h.T @ da_r, (r * h).T @ da_n], axis=1)  #: eq-gru-u-gates-bar
        db = db + da.sum(axis=0)  #: eq-gru-b-bar
        #: eq-gru-four-paths: the direct path + the path through the candidate + the path through the update gate + the path through the reset gate
        dh = dh * z + drh * r + da_z @ U_z.T + da_r @ U_r.T
    return np.stack(dX, axis=1), dh, dW, dU, db


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
