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

READ = "lstm-backward#eq-lstm-backward"


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """The arguments of the forward pass, then the gradients of all states and of the last cell state."""
    dHs = kit.normal(rng, sizes.batch, sizes.steps, sizes.hidden, dtype=dtype)
    dc_last = kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype)
    return {**sequence.draw(rng, sizes, dtype), "dHs": dHs, "dc_last": dc_last}


def _last_cell_only(rng: np.random.Generator) -> kit.Arguments:
    arguments = draw(rng, kit.Sizes(2, 4, 4, 3, 2), np.float64)
    return {**arguments, "dHs": np.zeros_like(arguments["dHs"])}


lstm_backward = kit.Contract(
    reference=lstm.lstm_backward,
    outputs=kit.near("dX", "dh0", "dc0", "dW", "dU", "db"),
    read=READ,
    parts=kit.of_gradients(
        draw,
        kit.loss_at_the_end(draw),
        kit.loss_at_the_start(draw),
        kit.Special("a loss on the last cell state only", _last_cell_only),
        kit.Special("a longer sequence", lambda rng: draw(rng, sequence.LONG, np.float64)),
    ),
    rules=(kit.gradient_rule(draw, 2, READ),),
    probe=kit.Probe("through_cache", {"upstream": 2}),
    forward=lstm.lstm_forward,
)


WORDS = (
    {"dh": "what flows back into the hidden state", "dc": "what flows back into the cell state"}
    | {"dHs[:, t]": "the step's own gradient", "dHs": "the states' own gradients", "dX": "the inputs' gradients"}
    | {"dc_last": "the gradient of the last cell state"}
    | {"W": "the input kernel", "U": "the recurrent kernel", "b": "the bias"}
)


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


def forward_keeping_arrays(X, h0, c0, W, U, b):
    Hs, c_last, caches = lstm_forward(X, h0, c0, W, U, b)
    return Hs, c_last, [np.stack(each) for each in zip(*caches, strict=True)]  # time first


@lstm_backward.variant_of(forward_keeping_arrays)
def products_at_the_end(dHs, dc_last, cache):
    X, H, C, (W, *_), (U, *_), i, f, g, o, c_next = cache
    dA, dh, dc, q = [], 0, dc_last, np.tanh(c_next)
    slopes = np.concatenate([g * i * (1 - i), C * f * (1 - f), i * (1 - g * g), q * o * (1 - o)], axis=2)
    for t in reversed(range(len(X))):
        dh = dh + dHs[:, t]
        dc = dc + dh * o[t] - dh * o[t] * q[t] * q[t]
        dA.insert(0, slopes[t] * np.hstack([dc, dc, dc, dh]))
        dh, dc = dA[0] @ U.T, dc * f[t]
    dW, dU = np.tensordot(X, dA, axes=([0, 1], [0, 1])), np.einsum("tbj,tbk->jk", H, dA)
    return np.einsum("tbk,dk->btd", dA, W), dh, dc, dW, dU, np.sum(dA, axis=(0, 1))


lstm_backward.inherit(step_contract)

lstm_backward.mistakes(
    """
    no-cell-gradient-at-all: No step hears of the cell gradient, not even of dc_last: lstm_step_backward gets zeros
      for dc_next, or does not use it. [lstm-backward#eq-lstm-flows]
        lstm_step_backward(dh, dc, → lstm_step_backward(dh, 0 * dc,
    cell-gradient-not-carried: The gradient of the cell state stops after one step. Hand the dc of each step to the
      step before it. [lstm-backward#eq-lstm-flows]
        lstm_step_backward(dh, dc, → lstm_step_backward(dh, dc if t == len(cache) - 1 else 0 * dc,
    upstream-into-the-cell: Each step's dHs is added to the gradient of the cell state. It is the gradient of the
      hidden state. [lstm-backward#eq-lstm-flows]
        dh = dh + dHs[:, t] → dc = dc + dHs[:, t]
    taken-apart-in-another-order-dh-dc: dc_last starts the gradient of the hidden state. It is the gradient of the
      last cell state.
    """
)
