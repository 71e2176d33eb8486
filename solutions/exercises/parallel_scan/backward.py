"""Contract of `scan_backward`, the gradient of a linear recurrence: a scan from the end.

unrolled-canary-2ec9a3503847
"""

import numpy as np

from solutions.exercises.parallel_scan import sizes as of
from solutions.exercises.parallel_scan.levels import draw as draw_forward
from solutions.exercises.parallel_scan.levels import in_levels as scan
from solutions.judging import kit
from solutions.reference import parallel
from solutions.reference.scan import loop

READ = "after-rnns#eq-scan-backward"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    forward = draw_forward(rng, sizes, dtype)
    Hs = loop(*forward.values())
    return {"dHs": kit.normal(rng, *Hs.shape, dtype=dtype), "A": forward["A"], "h0": forward["h0"], "Hs": Hs}


scan_backward = kit.Contract(
    reference=parallel.scan_backward,
    outputs=kit.near("dA", "dV", "dh0"),
    read=READ,
    parts=kit.of_gradients(
        _draw,
        of.of_steps(_draw, "a power of two", 8),
        kit.loss_at_the_end(_draw),
        kit.loss_at_the_start(_draw),
        kit.with_zero(_draw, "h0"),
        kit.with_zero(_draw, "A"),
    ),
)

WORDS = {
    "dHs": "the steps' own gradients",
    "A": "the factors",
    "h0": "the first state",
    "Hs": "the states",
    "after": "the factors one step later",
    "before": "the states before the steps",
    "dV": "the gradients of the states over all paths",
}


@scan_backward.derivation(words=WORDS)
def scan_from_the_end(dHs, A, h0, Hs):
    after = np.concatenate([A[:, 1:], np.zeros_like(A[:, :1])], axis=1)
    dV = scan(after[:, ::-1], dHs[:, ::-1], np.zeros_like(h0))[:, ::-1]  #: eq-scan-backward
    before = np.concatenate([h0[:, None], Hs[:, :-1]], axis=1)
    dA = dV * before  #: eq-scan-backward
    dh0 = A[:, 0] * dV[:, 0]  #: eq-scan-backward
    return dA, dV, dh0


@scan_backward.variant
def last_step_apart(dHs, A, h0, Hs):
    last = dHs[:, -1]
    turned = scan(A[:, :0:-1], dHs[:, -2::-1], last) if dHs.shape[1] > 1 else dHs[:, :0]
    dV = np.concatenate([turned[:, ::-1], last[:, None]], axis=1)
    dA = np.concatenate([(dV[:, 0] * h0)[:, None], dV[:, 1:] * Hs[:, :-1]], axis=1)
    return dA, dV, dV[:, 0] * A[:, 0]


@scan_backward.variant
def one_step_more(dHs, A, h0, Hs):
    # The first state as a step of its own, which has no loss.
    nothing = np.zeros((len(h0), 1, h0.shape[1]))
    own = np.concatenate([nothing, dHs], axis=1)
    over = np.concatenate([A, nothing], axis=1)
    d = scan(np.flip(over, 1), np.flip(own, 1), nothing[:, 0])
    d = np.flip(d, axis=1)
    states = np.hstack([h0[:, np.newaxis], Hs])
    return states[:, :-1] * d[:, 1:], d[:, 1:], d[:, 0].copy()


@scan_backward.variant
def shifted_with_roll(dHs, A, h0, Hs):
    after, before = np.roll(A, -1, axis=1), np.roll(Hs, 1, axis=1)
    after[:, -1], before[:, 0] = 0, h0
    dV = scan(after[:, ::-1], dHs[:, ::-1], 0 * h0)[:, ::-1].copy()
    return before * dV, dV, np.einsum("bh,bh->bh", A[:, 0], dV[:, 0])


@scan_backward.variant
def step_by_step(dHs, A, h0, Hs):
    # Right here; what calls it, and counts, is too slow with it.
    dA, dV, d = np.zeros(dHs.shape), np.zeros(dHs.shape), np.zeros(h0.shape)
    for t in range(dHs.shape[1] - 1, -1, -1):
        d = d + dHs[:, t]
        dV[:, t] = d
        dA[:, t] = d * (Hs[:, t - 1] if t else h0)
        d = d * A[:, t]
    return dA, dV, d


SCAN = "scan(after[:, ::-1], dHs[:, ::-1], np.zeros_like(h0))[:, ::-1]"
SHIFT = "np.concatenate([A[:, 1:], np.zeros_like(A[:, :1])], axis=1)"
BEFORE = "np.concatenate([h0[:, None], Hs[:, :-1]], axis=1)"
FIRST, DA = "A[:, 0] * dV[:, 0]", "dV * before"
for name, hint, *edits in (
    (
        "not-shifted",
        "The factors are not shifted: what flows back from step t + 1 has gone through THAT step, so that a_{t+1} "
        "multiplies it, not a_t.",
        (SHIFT, "1 * A"),
    ),
    (
        "shifted-the-wrong-way",
        "The factors are shifted the wrong way: step t reads a_{t−1}. What comes back has gone through a_{t+1}.",
        (SHIFT, "np.concatenate([np.zeros_like(A[:, :1]), A[:, :-1]], axis=1)"),
    ),
    (
        "forwards",
        "The scan runs from the first step on. Gradients flow back: turn factors and gradients round, scan, and turn "
        "the result round.",
        (SCAN, "scan(after, dHs, np.zeros_like(h0))"),
    ),
    (
        "forwards-with-own-factors",
        "The scan runs from the first step on, with the factors of the forward pass. Gradients flow back: "
        "h̄_t = δ_t + a_{t+1} h̄_{t+1}.",
        (SHIFT, "1 * A"),
        (SCAN, "scan(after, dHs, np.zeros_like(h0))"),
    ),
    (
        "result-not-turned-round",
        "What the scan gives stands in the order from the end. Turn it round.",
        (SCAN, "scan(after[:, ::-1], dHs[:, ::-1], np.zeros_like(h0))"),
    ),
    (
        "factors-not-turned-round",
        "The factors are not turned round, only the gradients are.",
        (SCAN, "scan(after, dHs[:, ::-1], np.zeros_like(h0))[:, ::-1]"),
    ),
    (
        "gradients-not-turned-round",
        "The gradients are not turned round, only the factors are.",
        (SCAN, "scan(after[:, ::-1], dHs, np.zeros_like(h0))[:, ::-1]"),
    ),
    (
        "nothing-flows-back",
        "Nothing flows back: each step has its own gradient alone. Add what a later step sends through its factor.",
        (SCAN, "1 * dHs"),
    ),
    (
        "first-state-for-a-gradient",
        "The scan from the end starts from h0. Behind the last step nothing comes back: start from zeros.",
        (SHIFT, "np.concatenate([A[:, 1:], np.ones_like(A[:, :1])], axis=1)"),
        (SCAN, "scan(after[:, ::-1], dHs[:, ::-1], h0)[:, ::-1]"),
    ),
    (
        "states-after-the-step",
        "dA reads the state after each step. The factor has multiplied the state BEFORE it: h0 first, then Hs[:, :-1].",
        (BEFORE, "1 * Hs"),
    ),
    (
        "first-state-left-out-of-dA",
        "In dA the first step finds no state before it. It was h0.",
        (BEFORE, "np.concatenate([0 * h0[:, None], Hs[:, :-1]], axis=1)"),
    ),
    (
        "first-old-state-is-the-last",
        "In dA the first step finds the LAST state before it, as np.roll or Hs[:, -1] gives it. It was h0.",
        (BEFORE, "np.roll(Hs, 1, axis=1) + 0 * h0[:, None]"),
    ),
    (
        "own-gradients-in-dA",
        "dA is made of the steps' own gradients alone. The factor acts on the loss over all later steps, too.",
        (DA, "dHs * before"),
    ),
    (
        "first-factor-left-out",
        "dh0 is the gradient of the first STATE. h0 is one step earlier: multiply by a_1.",
        (FIRST, "1 * dV[:, 0]"),
    ),
    (
        "own-gradient-in-dh0",
        "dh0 reads the first step's own gradient alone. What came back to it from later steps is missing.",
        (FIRST, "A[:, 0] * dHs[:, 0]"),
    ),
    (
        "last-step-in-dh0",
        "dh0 is made at the last step. h0 enters at the first one.",
        (FIRST, "A[:, -1] * dV[:, -1]"),
    ),
    (
        "dV-before-dA",
        "dV stands before dA. Return dA, dV, dh0.",
        ("return dA, dV, dh0", "return dV, dA, dh0"),
    ),
    (
        "uphill",
        "All gradients have the wrong sign.",
        ("return dA, dV, dh0", "return -dA, -dV, -dh0"),
    ),
):
    scan_backward.slip(name, hint, *edits)
