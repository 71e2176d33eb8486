"""Contract of `lstm_backward`, backpropagation through time for the LSTM.

unrolled-canary-29c3b970d2ae
"""

import numpy as np

from solutions.exercises.lstm_backward.step_backward import lstm_step_backward as step_contract
from solutions.exercises.lstm_forward import sequence
from solutions.judging.cases import loss_at_the_end, loss_at_the_start
from solutions.judging.contract import Contract
from solutions.judging.derivation import Function
from solutions.judging.drawing import normal
from solutions.judging.loop_slips import ADD, slips_of_the_way_back
from solutions.judging.parts import Arguments, Sizes, Special, of_gradients
from solutions.judging.rules.gradient import gradient_rule
from solutions.reference import lstm
from solutions.reference.lstm import STEPS_AT_ONCE, lstm_step, lstm_step_backward
from unrolled.checking.outputs import near
from unrolled.checking.probes import Probe

READ = "lstm-backward#eq-lstm-backward"


def draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    """The arguments of the forward pass, then the gradients of all states and of the last cell state."""
    return {
        **sequence.draw(rng, sizes, dtype),
        "dHs": normal(rng, sizes.batch, sizes.steps, sizes.hidden, dtype=dtype),
        "dc_last": normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
    }


def _last_cell_only(rng: np.random.Generator) -> Arguments:
    arguments = draw(rng, Sizes(2, 4, 4, 3, 2), np.float64)
    return {**arguments, "dHs": np.zeros_like(arguments["dHs"])}


def _long(rng: np.random.Generator) -> Arguments:
    # Longer than the steps that the reference works on together.
    return draw(rng, Sizes(batch=2, steps=STEPS_AT_ONCE + 3, inputs=3, hidden=2, outputs=2), np.float64)


lstm_backward = Contract(
    reference=lstm.lstm_backward,
    outputs=near("dX", "dh0", "dc0", "dW", "dU", "db"),
    read=READ,
    parts=of_gradients(
        draw,
        loss_at_the_end(draw),
        loss_at_the_start(draw),
        Special("a loss on the last cell state only", _last_cell_only),
        Special("a longer sequence", _long),
    ),
    rules=(gradient_rule(draw, 2, READ),),
    probe=Probe("through_cache", {"upstream": 2}),
    forward=lstm.lstm_forward,
)


def forward_by_steps(X, h0, c0, W, U, b):
    h, c, states, caches = h0, c0, [], []
    for t in range(X.shape[1]):
        h, c, cache = lstm_step(X[:, t], h, c, W, U, b)
        states.append(h)
        caches.append(cache)
    return np.stack(states, axis=1), c, caches


@lstm_backward.variant_of(forward_by_steps)
def by_steps(dHs, dc_last, caches):
    dh, dc = np.zeros_like(dHs[:, 0]), dc_last
    dX, dW, dU, db = [], 0, 0, 0
    for t in reversed(range(len(caches))):
        dh = dh + dHs[:, t]
        dx, dh, dc, dW_t, dU_t, db_t = lstm_step_backward(dh, dc, caches[t])
        dX.insert(0, dx)
        dW = dW + dW_t
        dU = dU + dU_t
        db = db + db_t
    return np.stack(dX, axis=1), dh, dc, dW, dU, db


def forward_keeping_gates(X, h0, c0, W, U, b):
    def sigmoid(a):
        return 0.5 * (1 + np.tanh(0.5 * a))

    hs, cs, gates = [h0], [c0], []
    for x in X.swapaxes(0, 1):
        i, f, g, o = np.split(x @ W + hs[-1] @ U + b, 4, axis=1)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        cs.append(f * cs[-1] + i * g)
        hs.append(o * np.tanh(cs[-1]))
        gates.append((i, f, g, o))
    return np.stack(hs[1:], axis=1), cs[-1], (X, W, U, hs, cs, gates)


@lstm_backward.variant_of(forward_keeping_gates)
def one_loop(dHs, dc_last, cache):
    X, W, U, hs, cs, gates = cache
    dX = np.zeros_like(X)
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros(U.shape[1])
    dh, dc = np.zeros_like(hs[0]), dc_last.copy()
    for t in range(X.shape[1] - 1, -1, -1):
        i, f, g, o = gates[t]
        tanh_c = np.tanh(cs[t + 1])
        dh += dHs[:, t]
        dc += dh * o * (1 - tanh_c**2)
        blocks = [dc * g * i * (1 - i), dc * cs[t] * f * (1 - f), dc * i * (1 - g**2), dh * tanh_c * o * (1 - o)]
        da = np.concatenate(blocks, axis=1)
        dX[:, t] = da @ W.T
        dW += X[:, t].T @ da
        dU += hs[t].T @ da
        db += da.sum(axis=0)
        dh = da @ U.T
        dc *= f
    return dX, dh, dc, dW, dU, db


@lstm_backward.variant_of(forward_keeping_gates)
def products_at_the_end(dHs, dc_last, cache):
    X, W, U, hs, cs, gates = cache
    dA, dh, dc = np.empty((*X.shape[:2], W.shape[1])), 0, dc_last
    for t in reversed(range(X.shape[1])):
        i, f, g, o = gates[t]
        dh, tanh_c = dh + dHs[:, t], np.tanh(cs[t + 1])
        dc = dc + dh * o - dh * o * tanh_c * tanh_c
        slopes = np.hstack([g * i * (1 - i), cs[t] * f * (1 - f), i * (1 - g * g), tanh_c * o * (1 - o)])
        dA[:, t] = slopes * np.hstack([dc, dc, dc, dh])
        dh, dc = dA[:, t] @ U.T, dc * f
    H = np.stack(hs[:-1], axis=1)
    dW, dU = np.tensordot(X, dA, axes=([0, 1], [0, 1])), np.einsum("btj,btk->jk", H, dA)
    return dA @ W.T, dh, dc, dW, dU, dA.sum(axis=(0, 1))


@lstm_backward.variant_of(forward_by_steps)
def recursive(dHs, dc_last, caches):
    def back(t, dh, dc):
        if t < 0:
            return [], dh, dc, []
        dx, dh, dc, *own = lstm_step_backward(dh + dHs[:, t], dc, caches[t])
        earlier, dh0, dc0, parameters = back(t - 1, dh, dc)
        return [*earlier, dx], dh0, dc0, [*parameters, own]

    dX, dh0, dc0, parameters = back(len(caches) - 1, np.zeros_like(dc_last), dc_last)
    return np.array(dX).swapaxes(0, 1), dh0, dc0, *(sum(each) for each in zip(*parameters, strict=True))


@lstm_backward.variant_of(forward_by_steps)
def one_loss_at_a_time(dHs, dc_last, caches):
    total = None
    for last in range(len(caches)):
        dh, dc = dHs[:, last], dc_last if last == len(caches) - 1 else np.zeros_like(dc_last)
        dX, parameters = [np.zeros_like(dx) for dx in [lstm_step_backward(dh, dc, cache)[0] for cache in caches]], []
        for t in range(last, -1, -1):
            dX[t], dh, dc, *own = lstm_step_backward(dh, dc, caches[t])
            parameters.append(own)
        parts = [np.stack(dX, axis=1), dh, dc, *(sum(each) for each in zip(*parameters, strict=True))]
        total = parts if total is None else [a + p for a, p in zip(total, parts, strict=True)]
    return total


def forward_keeping_a_dict(X, h0, c0, W, U, b):
    from scipy.special import expit

    batch, steps, _ = X.shape
    hidden = h0.shape[1]
    H, C, G = np.zeros((steps + 1, batch, hidden)), np.zeros((steps + 1, batch, hidden)), []
    H[0], C[0] = h0, c0
    for t in range(steps):
        a = (X[:, t] @ W + H[t] @ U + b).reshape(batch, 4, hidden)
        s = expit(a)
        s[:, 2] = np.tanh(a[:, 2])
        C[t + 1] = s[:, 1] * C[t] + s[:, 0] * s[:, 2]
        H[t + 1] = s[:, 3] * np.tanh(C[t + 1])
        G.append(s)
    return np.moveaxis(H[1:], 0, 1).copy(), C[-1].copy(), {"X": X, "H": H, "C": C, "G": np.array(G), "W": W, "U": U}


@lstm_backward.variant_of(forward_keeping_a_dict)
def one_sequence_at_a_time(dHs, dc_last, cache):
    X, H, C, G, W, U = (cache[name] for name in "XHCGWU")
    dX, dh0, dc0 = np.zeros_like(X), np.zeros_like(dc_last), np.zeros_like(dc_last)
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros(W.shape[1])
    for n in range(len(X)):
        dh, dc = np.zeros(dc_last.shape[1]), dc_last[n]
        for t in range(X.shape[1])[::-1]:
            (i, f, g, o), q = G[t, n], np.tanh(C[t + 1, n])
            dh = dh + dHs[n, t]
            dc = dc + dh * o * (1 - q**2)
            da_i, da_f, da_g = dc * g * i * (1 - i), dc * C[t, n] * f * (1 - f), dc * i * (1 - g**2)
            da = np.r_[da_i, da_f, da_g, dh * q * o * (1 - o)]
            dX[n, t] = W @ da
            dW += np.outer(X[n, t], da)
            dU += np.outer(H[t, n], da)
            db += da
            dh, dc = U @ da, dc * f
        dh0[n], dc0[n] = dh, dc
    return dX, dh0, dc0, dW, dU, db


STEP = "dx, dh, dc, dW_t, dU_t, db_t = lstm_step_backward(dh, dc, caches[t])"

slips_of_the_way_back(lstm_backward)
lstm_backward.slip(
    "state-gradient-not-carried",
    "Each step starts from its own dHs alone: what flows back through the gates of the later steps is lost. Add it.",
    (ADD, "dh = dHs[:, t]"),
)
lstm_backward.slip(
    "cell-gradient-not-carried",
    "The gradient of the cell state stops after one step. Hand the dc of each step to the step before it.",
    (STEP, "dx, dh, dc, dW_t, dU_t, db_t = lstm_step_backward(dh, dc if t == len(caches) - 1 else 0 * dc, caches[t])"),
)
lstm_backward.slip(
    "no-cell-gradient-at-all",
    "No step hears of the cell gradient, not even of dc_last: lstm_step_backward gets zeros for dc_next, or does not "
    "use it.",
    (STEP, STEP.replace("(dh, dc,", "(dh, 0 * dc,")),
)
lstm_backward.slip(
    "state-flow-cut",
    "No step gets a dh back from the step after it, and dh0 is zero: dh is set to zero in the loop, or in "
    "lstm_step_backward.",
    (STEP, STEP + "\n        dh = 0 * dh"),
)
lstm_backward.slip(
    "flows-swapped-at-each-step",
    "dh and dc change places from step to step. lstm_step_backward takes dh_next before dc_next and returns dh before "
    "dc.",
    (STEP, STEP.replace("dx, dh, dc,", "dx, dc, dh,")),
)
lstm_backward.slip(
    "stale-cell-gradient",
    "Every step gets dc_last. Only the last one does; each earlier step gets the dc that the later step gave back.",
    (STEP, STEP.replace("(dh, dc,", "(dh, dc_last,")),
)
lstm_backward.slip(
    "cell-gradient-thrown-away",
    "The dc that a step gives back is thrown away: every step gets dc_last, and dc_last comes back as dc0.",
    (STEP, STEP.replace("dx, dh, dc,", "dx, dh, _,")),
)
lstm_backward.slip(
    "last-cell-gradient-ignored",
    "The gradient dc_last is ignored: your pass starts from zeros for the cell state.",
    ("dh, dc = np.zeros_like(dHs[:, 0]), dc_last", "dh, dc = np.zeros_like(dHs[:, 0]), np.zeros_like(dc_last)"),
)
lstm_backward.slip(
    "last-cell-gradient-at-every-step",
    "dc_last is added at every step. It belongs to the last cell state alone.",
    (STEP, STEP.replace("(dh, dc,", "(dh, dc if t == len(caches) - 1 else dc + dc_last,")),
)
lstm_backward.slip(
    "last-cell-gradient-overwritten",
    "Your loop, or lstm_step_backward, writes into the array dc_last that you were given. Whoever called you still "
    "needs it: make new arrays.",
    (STEP, STEP.replace("dx, dh, dc,", "dx, dh, dc[:],")),
)
lstm_backward.slip(
    "last-cell-gradient-into-the-state",
    "dc_last starts the gradient of the hidden state. It is the gradient of the last cell state.",
    ("dh, dc = np.zeros_like(dHs[:, 0]), dc_last", "dh, dc = dc_last, np.zeros_like(dHs[:, 0])"),
)
lstm_backward.slip(
    "flow-averaged",
    "You take the mean of what flows back and the step's own dHs. A state that acts in two places adds them.",
    (ADD, "dh = (dh + dHs[:, t]) / 2 if t < len(caches) - 1 else dHs[:, t]"),
)
lstm_backward.slip(
    "upstream-into-the-cell",
    "Each step's dHs is added to the gradient of the cell state. It is the gradient of the hidden state.",
    (ADD, "dc = dc + dHs[:, t]"),
)
lstm_backward.slip(
    "upstream-after-the-step",
    "The step's own dHs joins only after the step has been passed back through. Add it first.",
    (ADD + "\n        " + STEP, STEP + "\n        " + ADD),
)
lstm_backward.slip(
    "forwards-in-time",
    "The loop runs forwards in time. The gradient of a state is complete only when all later steps are done.",
    ("reversed(range(len(caches)))", "range(len(caches))"),
    ("dX.insert(0, dx)", "dX.append(dx)"),
)
lstm_backward.slip(
    "forwards-in-time-and-dX-reversed",
    "The loop runs forwards in time. Begin at the last step: reversed(range(T)).",
    ("reversed(range(len(caches)))", "range(len(caches))"),
)
lstm_backward.slip(
    "caches-in-wrong-order",
    "The caches are taken from the first to the last while time runs backwards: step t needs the cache of step t.",
    ("caches[t]", "caches[-1 - t]"),
)
lstm_backward.slip(
    "cache-one-step-early",
    "Each step gets the cache of the step before it. Step t needs the cache of step t.",
    ("caches[t]", "caches[max(t - 1, 0)]"),
)
lstm_backward.slip(
    "cache-before",
    "Each step gets the cache of the step before it, the first one that of the last. Step t needs the cache of step t.",
    ("caches[t]", "caches[t - 1]"),
)
lstm_backward.slip(
    "gradients-not-accumulated",
    "The gradients of W, U and b are overwritten at each step. All steps share these parameters: sum what they give.",
    ("dW + dW_t", "dW_t"),
    ("dU + dU_t", "dU_t"),
    ("db + db_t", "db_t"),
)
lstm_backward.slip(
    "dW-not-accumulated",
    "dW is overwritten at each step. All steps share W: their contributions are summed.",
    ("dW + dW_t", "dW_t"),
)
lstm_backward.slip(
    "dU-not-accumulated",
    "dU is overwritten at each step. All steps share U: their contributions are summed.",
    ("dU + dU_t", "dU_t"),
)
lstm_backward.slip(
    "db-not-accumulated",
    "db is overwritten at each step. All steps share b: their contributions are summed.",
    ("db + db_t", "db_t"),
)
lstm_backward.slip(
    "gradients-maximum",
    "You keep the largest contribution of a step to dW, dU and db. The contributions of all steps are summed.",
    ("dW + dW_t", "np.maximum(dW, dW_t) if t < len(caches) - 1 else dW_t"),
    ("dU + dU_t", "np.maximum(dU, dU_t) if t < len(caches) - 1 else dU_t"),
    ("db + db_t", "np.maximum(db, db_t) if t < len(caches) - 1 else db_t"),
)
lstm_backward.slip(
    "first-step-skipped",
    "The loop ends before the first step: it has to run down to t = 0.",
    ("reversed(range(len(caches)))", "reversed(range(1, len(caches)))"),
)
lstm_backward.slip(
    "truncated-to-two-steps",
    "Only the last two steps are passed back through. The gradient goes through all of them.",
    ("dX.insert(0, dx)", "dX.insert(0, dx)\n        dh, dc = (dh, dc) if t > len(caches) - 2 else (0 * dh, 0 * dc)"),
)
lstm_backward.slip(
    "returned-in-the-loop",
    "dX has one step only: the return stands inside the loop. Indent it less, so that all steps are passed first.",
    ("    return", "        return"),
)
lstm_backward.slip(
    "dX-reversed",
    "dX is in reverse order: dX[:, 0] belongs to the first input, although the loop reaches it last.",
    ("dX.insert(0, dx)", "dX.append(dx)"),
)
lstm_backward.slip(
    "dX-time-first",
    "dX is stacked time first, (T, B, D). Batch comes first, as in X: axis=1 in np.stack.",
    ("axis=1", "axis=0"),
)
lstm_backward.slip(
    "initial-gradients-swapped",
    "dh0 and dc0 are returned in the wrong order: dX, dh0, dc0, dW, dU, db.",
    ("axis=1), dh, dc,", "axis=1), dc, dh,"),
)
lstm_backward.slip(
    "initial-gradients-zero",
    "dh0 and dc0 are zeros. The initial states are inputs like any other: what is left after the first step is theirs.",
    ("axis=1), dh, dc,", "axis=1), 0 * dh, 0 * dc,"),
)


def _through(step_backward: Function) -> Function:
    def backward(dHs, dc_last, caches):
        dh, dc = np.zeros_like(dHs[:, 0]), dc_last
        dX, parameters = [], []
        for t in reversed(range(len(caches))):
            dx, dh, dc, *own = step_backward(dh + dHs[:, t], dc, caches[t])
            dX.insert(0, dx)
            parameters.append(own)
        return np.stack(dX, axis=1), dh, dc, *(sum(each) for each in zip(*parameters, strict=True))

    return backward


def _forward_through(step: Function) -> Function:
    def forward(X, h0, c0, W, U, b):
        h, c, states, caches = h0, c0, [], []
        for t in range(X.shape[1]):
            h, c, cache = step(X[:, t], h, c, W, U, b)
            states.append(h)
            caches.append(cache)
        return np.stack(states, axis=1), c, caches

    return forward


lstm_backward.inherit(step_contract, _through, _forward_through)
