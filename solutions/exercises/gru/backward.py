"""Contract of `gru_backward`, backpropagation through time for the GRU with the reset before the product.

unrolled-canary-7143242f4dea
"""

import numpy as np

from solutions.exercises.gru import sequence, step
from solutions.judging import kit
from solutions.reference import gru

READ = "gru-backward#eq-gru-backward"
WITHOUT = ("kernels-swapped-dU_z-da_z-and-da_r", "entry-by-entry-dX-da-W")
NEW = "z * h + (1 - z) * n"  # what the cache does not hold
WORDS = step.WORDS | {"drh": "what comes back through U_n"}
WORDS |= {"dh": "the gradient of the new state", "dHs[:, t]": "the step's own gradient"}


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """The arguments of the forward pass, then the gradients of all states."""
    dHs = kit.normal(rng, sizes.batch, sizes.steps, sizes.hidden, dtype=dtype)
    return {**sequence.draw(rng, sizes, dtype), "dHs": dHs}


gru_backward = kit.Contract(
    reference=gru.gru_backward,
    outputs=kit.near("dX", "dh0", "dW", "dU", "db"),
    read=READ,
    parts=kit.of_gradients(draw, kit.loss_at_the_end(draw), kit.loss_at_the_start(draw), kit.with_zero(draw, "h0")),
    rules=(kit.gradient_rule(draw, 1, READ), kit.derivation_rule(draw, 1, READ)),
    probe=kit.Probe("through_cache", {"upstream": 1}),
    forward=gru.gru_forward,
)


@gru_backward.derivation(sequence.list_of_states, words=WORDS, alike={"h": NEW}, without=WITHOUT)
def gate_by_gate(dHs, cache):
    W, U, caches = cache
    U_z, U_r, U_n = np.split(U, 3, axis=1)  #: gru#eq-gru-blocks
    dh = np.zeros_like(dHs[:, 0])  #: eq-gru-flow
    dX, dW, dU, db = [], 0, 0, 0
    for t in reversed(range(len(caches))):
        x, h, z, r, n = caches[t]
        dh = dh + dHs[:, t]  #: eq-gru-flow: what flows back from the later steps + the step's own dHs
        dz = dh * (h - n)  #: eq-gru-z-bar
        dn = dh * (1 - z)  #: eq-gru-n-bar
        da_n = dn * (1 - n**2)  #: eq-gru-an-bar
        drh = da_n @ U_n.T  #: eq-gru-q-bar
        dr = drh * h  #: eq-gru-r-bar
        da_z = dz * z * (1 - z)  #: eq-gru-az-bar
        da_r = dr * r * (1 - r)  #: eq-gru-ar-bar
        da = np.concatenate([da_z, da_r, da_n], axis=1)  #: eq-gru-a-block
        dX.insert(0, da @ W.T)  #: eq-gru-x-bar
        dW = dW + x.T @ da  #: eq-gru-w-bar
        db = db + da.sum(axis=0)  #: eq-gru-b-bar
        dU_z = h.T @ da_z  #: eq-gru-u-gates-bar
        dU_r = h.T @ da_r  #: eq-gru-u-gates-bar
        dU_n = (r * h).T @ da_n  #: eq-gru-u-n-bar
        dU = dU + np.concatenate([dU_z, dU_r, dU_n], axis=1)  #: eq-gru-backward
        #: eq-gru-four-paths: the direct path + the path through the candidate
        #: + the path through the update gate + the path through the reset gate
        dh = dh * z + drh * r + da_z @ U_z.T + da_r @ U_r.T
    return np.stack(dX, axis=1), dh, dW, dU, db


gru_backward.mistakes(
    """
    direct-share-taken-first: dh is multiplied with z before dz and dn are made of it. They need the whole dh.
        dz = dh * → dh = dh * z; dz = dh *
        dh = dh * z + → dh = dh +
    dX-without-the-gates: dX comes through the candidate alone. The input stood in both gates, too.
        dX.insert(0, da @ W.T) → dX.insert(0, da_n @ W[:, 2 * len(U) :].T)
    blocks-r-z-n-in-the-answer: Update gate and reset gate are swapped in dW, dU and db: their blocks stand in the order
      z, r, n. [gru-backward#eq-gru-a-block]
        dX.insert(0, da @ W.T) → dX.insert(0, da @ W.T); da = np.concatenate([da_r, da_z, da_n], axis=1)
        [dU_z, dU_r, → [dU_r, dU_z,
    upstream-alone-in-the-mix: dz and dn are made of dHs[:, t] alone. They need what flows back from later, too.
        dz = dh * → dz = dHs[:, t] *
        dn = dh * → dn = dHs[:, t] *
    candidate-path-twice: The candidate's path is added twice: da @ U.T holds it already, and without the reset gate.
        da_z @ U_z.T + da_r @ U_r.T → da @ U.T
    reset-skipped-everywhere: r is missing in dh and in dU. U_n multiplied r ⊙ h; only U_z and U_r multiplied h.
        dh = dh * z + drh * r + da_z @ U_z.T + da_r @ U_r.T → dh = dh * z + da @ U.T
        np.concatenate([dU_z, dU_r, dU_n], axis=1) → h.T @ da
    reset-in-every-block-of-dU: All blocks of dU are made with r ⊙ h. The gates saw the whole h.
        np.concatenate([dU_z, dU_r, dU_n], axis=1) → (r * h).T @ da
    update-gate-inverted: These are the gradients of the cell in which z = 1 replaces the state. [gru#eq-gru-convention]
        (h - n) → (n - h)
        dn = dh * (1 - z) → dn = dh * z
        dh = dh * z + → dh = dh * (1 - z) +
    cell-with-reset-after: These are the gradients with the reset after U_n. [gru-backward#eq-gru-r-bar-after]
        dr = drh * h → dr = da_n * (h @ U_n)
        drh = da_n @ → drh = (da_n * r) @
        drh * r + → drh +
        (r * h).T @ da_n → h.T @ (da_n * r)
    another-value-everywhere-dz-h-z-1-n: The new state stands in the old one's place. Which h did the cache keep?
    """
)
