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
WORDS = (
    {"dh": "what flows back into the hidden state", "dc": "what flows back into the cell state"}
    | {"dHs[:, t]": "the step's own gradient", "dHs": "the states' own gradients", "dX": "the inputs' gradients"}
    | {"dc_last": "the gradient of the last cell state"}
    | {"W": "the input kernel", "U": "the recurrent kernel", "b": "the bias"}
)


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
    rules=(kit.gradient_rule(draw, 2, READ), kit.derivation_rule(draw, 2, READ)),
    probe=kit.Probe("through_cache", {"upstream": 2}),
    forward=lstm.lstm_forward,
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


lstm_backward.inherit(step_contract)

lstm_backward.mistakes(
    """
    no-cell-gradient-at-all: No step hears of the cell gradient, not even of dc_last. Use dc_next at every step.
        lstm_step_backward(dh, dc, → lstm_step_backward(dh, 0 * dc,
    cell-gradient-not-carried: The cell state's gradient stops after one step. Each step's dc goes to the step before.
        lstm_step_backward(dh, dc, → lstm_step_backward(dh, dc if t == len(cache) - 1 else 0 * dc,
    upstream-into-the-cell: Each dHs is added to the cell state's gradient. It is the hidden state's.
        dh = dh + dHs[:, t] → dc = dc + dHs[:, t]
    taken-apart-in-another-order-dh-dc: dc_last starts the hidden state's gradient. It is the last cell state's.
    """
)
