"""Contract of `lstm_backward`, backpropagation through time for the LSTM.

unrolled-canary-29c3b970d2ae
"""

import numpy as np

from solutions.exercises.lstm_backward.step_backward import gate_by_gate as lstm_step_backward
from solutions.exercises.lstm_backward.step_backward import lstm_step_backward as step_contract
from solutions.exercises.lstm_forward import sequence
from solutions.exercises.lstm_forward.sequence import list_of_states as lstm_forward
from solutions.judging import kit
from solutions.reference import lstm
from solutions.reference.lstm import STEPS_AT_ONCE

READ = "lstm-backward#eq-lstm-backward"


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """The arguments of the forward pass, then the gradients of all states and of the last cell state."""
    return {
        **sequence.draw(rng, sizes, dtype),
        "dHs": kit.normal(rng, sizes.batch, sizes.steps, sizes.hidden, dtype=dtype),
        "dc_last": kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
    }


def _last_cell_only(rng: np.random.Generator) -> kit.Arguments:
    arguments = draw(rng, kit.Sizes(2, 4, 4, 3, 2), np.float64)
    return {**arguments, "dHs": np.zeros_like(arguments["dHs"])}


def _long(rng: np.random.Generator) -> kit.Arguments:
    # Longer than the steps that the reference works on together.
    return draw(rng, kit.Sizes(batch=2, steps=STEPS_AT_ONCE + 3, inputs=3, hidden=2, outputs=2), np.float64)


lstm_backward = kit.Contract(
    reference=lstm.lstm_backward,
    outputs=kit.near("dX", "dh0", "dc0", "dW", "dU", "db"),
    read=READ,
    parts=kit.of_gradients(
        draw,
        kit.loss_at_the_end(draw),
        kit.loss_at_the_start(draw),
        kit.Special("a loss on the last cell state only", _last_cell_only),
        kit.Special("a longer sequence", _long),
    ),
    rules=(kit.gradient_rule(draw, 2, READ),),
    probe=kit.Probe("through_cache", {"upstream": 2}),
    forward=lstm.lstm_forward,
)


WORDS = {
    "dh": "what flows back into the hidden state",
    "dc": "what flows back into the cell state",
    "dHs[:, t]": "the step's own gradient",
    "dHs": "the states' own gradients",
    "dc_last": "the gradient of the last cell state",
    "dX": "the inputs' gradients",
    "W": "the input kernel",
    "U": "the recurrent kernel",
    "b": "the bias",
}


@lstm_backward.derivation(lstm_forward, words=WORDS)
def step_by_step(dHs, dc_last, cache):
    dh, dc = np.zeros_like(dc_last), dc_last  #: eq-lstm-flows
    dX, dW, dU, db = [], 0, 0, 0
    for t in reversed(range(len(cache))):  #: eq-lstm-flows
        dh = dh + dHs[:, t]  #: eq-lstm-flows: what flows back from the later steps + the step's own dHs
        dx, dh, dc, dW_t, dU_t, db_t = lstm_step_backward(dh, dc, cache[t])  #: eq-lstm-flows
        dX.insert(0, dx)  #: eq-lstm-backward
        dW = dW + dW_t  #: eq-lstm-backward
        dU = dU + dU_t  #: eq-lstm-backward
        db = db + db_t  #: eq-lstm-backward
    return np.stack(dX, axis=1), dh, dc, dW, dU, db  #: eq-lstm-backward


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


@lstm_backward.variant_of(lstm_forward)
def recursive(dHs, dc_last, cache):
    def back(t, dh, dc):
        if t < 0:
            return [], dh, dc, []
        dx, dh, dc, *own = lstm_step_backward(dh + dHs[:, t], dc, cache[t])
        earlier, dh0, dc0, parameters = back(t - 1, dh, dc)
        return [*earlier, dx], dh0, dc0, [*parameters, own]

    dX, dh0, dc0, parameters = back(len(cache) - 1, np.zeros_like(dc_last), dc_last)
    return np.array(dX).swapaxes(0, 1), dh0, dc0, *(sum(each) for each in zip(*parameters, strict=True))


lstm_backward.inherit(step_contract)

lstm_backward.mistakes(
    """
    no-cell-gradient-at-all: No step hears of the cell gradient, not even of dc_last: lstm_step_backward gets zeros
      for dc_next, or does not use it. [lstm-backward#eq-lstm-flows]
        lstm_step_backward(dh, dc, → lstm_step_backward(dh, 0 * dc,
    cell-gradient-not-carried: The gradient of the cell state stops after one step. Hand the dc of each step to the
      step before it. [lstm-backward#eq-lstm-flows]
        lstm_step_backward(dh, dc, → lstm_step_backward(dh, dc if t == len(cache) - 1 else 0 * dc,
    last-cell-gradient-at-every-step: dc_last is added at every step. It belongs to the last cell state alone.
      [lstm-backward#eq-lstm-flows]
        zeros_like(dc_last), dc_last → zeros_like(dc_last), 0
        lstm_step_backward(dh, dc, → lstm_step_backward(dh, dc + dc_last,
    upstream-into-the-cell: Each step's dHs is added to the gradient of the cell state. It is the gradient of the
      hidden state. [lstm-backward#eq-lstm-flows]
        dh = dh + dHs[:, t] → dc = dc + dHs[:, t]
    gradients-not-accumulated: The gradients of W, U and b are overwritten at each step. All steps share these
      parameters: sum what they give.
        dW + dW_t → dW_t
        dU + dU_t → dU_t
        db + db_t → db_t
    taken-apart-in-another-order-dh-dc: dc_last starts the gradient of the hidden state. It is the gradient of the
      last cell state.
    answer-missing-1: You return five things. Six are asked for: dX, dh0, dc0, dW, dU, db.
    """
)
