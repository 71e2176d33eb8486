"""Contract of `lstm_step`, one step of the LSTM with forget gate.

unrolled-canary-075dbd10b1cd
"""

import itertools

import numpy as np

from solutions.exercises.rnn_cell.sigmoid import form_by_sign as sigmoid
from solutions.judging import kit
from solutions.reference import lstm

READ = "lstm#eq-lstm-step"
GATES = {"i": "the input gate", "f": "the forget gate", "g": "the candidate", "o": "the output gate"}
WORDS = (
    GATES
    | {f"a_{k}": f"{gate}'s sum" for k, gate in GATES.items()}
    | {"x": "the input", "h": "the old hidden state", "c": "the old cell state", "a": "the sums"}
    | {"W": "the input kernel", "U": "the recurrent kernel", "b": "the bias"}
    | {"c_next": "the new cell state", "h_next": "the new hidden state"}
)


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type, blocks: int = 4) -> kit.Arguments:
    """x, h, c and the parameters of one step."""
    x, c = (kit.normal(rng, sizes.batch, width, dtype=dtype) for width in (sizes.inputs, sizes.hidden))
    return {"x": x, "h": kit.state(rng, sizes, dtype), "c": c, **kit.kernels(rng, sizes, dtype, blocks)}


def keeps_its_state(draw: kit.Function, state: str, gates: list[float], statement: str, read: str) -> kit.Rule:
    """A state, h or c, has to stay where the first blocks of the bias are `gates`, far into saturation."""

    def violated(function: kit.Function, rng: np.random.Generator) -> bool:
        arguments = draw(rng, kit.SMALL, np.float64)
        arguments["b"][: kit.SMALL.hidden * len(gates)] = np.repeat(gates, kit.SMALL.hidden)
        before = arguments[state].copy()
        return not np.allclose(function(*arguments.values())["hc".index(state)], before, rtol=1e-4, atol=2e-5)

    return kit.Rule("does-not-keep", statement, violated, read)


def mixes_rows(draw: kit.Function, *rows: str, read: str) -> kit.Rule:
    """Each row of the arguments `rows`, an input and states, has to be worked on alone."""

    def violated(function: kit.Function, rng: np.random.Generator) -> bool:
        return kit.mixes_rows(function, draw(rng, kit.SMALL, np.float64), rows, states=len(rows) - 1)

    return kit.Rule("mixes-rows", "each row of the batch has to depend on that row alone.", violated, read)


SHUT_AND_OPEN = "with the forget gate open (f = 1) and the input gate shut (i = 0) the cell state must not change."
lstm_step = kit.Contract(
    reference=lstm.lstm_step,
    outputs=(*kit.near("h_next", "c_next"), kit.opaque()),
    read=READ,
    parts=kit.of_arrays(
        draw, kit.saturated(draw, forbid_overflow=True), kit.with_zero(draw, "h"), kit.with_zero(draw, "c")
    ),
    rules=(
        keeps_its_state(draw, "c", [-60, 60], SHUT_AND_OPEN, "lstm#eq-carousel"),
        mixes_rows(draw, "x", "h", "c", read=READ),
    ),
)


@lstm_step.derivation(words=WORDS, alike={"i": "1 - f", "f": "1 - i"})
def gate_by_gate(x, h, c, W, U, b):
    a = x @ W + h @ U + b  #: eq-lstm-sums: the input's term x W + the recurrent term h U + the bias b
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)  #: eq-lstm-blocks
    i = sigmoid(a_i)  #: eq-lstm-input-gate
    f = sigmoid(a_f)  #: eq-lstm-forget-gate
    g = np.tanh(a_g)  #: eq-lstm-candidate
    o = sigmoid(a_o)  #: eq-lstm-output-gate
    c_next = f * c + i * g  #: eq-lstm-cell: what is kept of the old cell state + what is new
    h_next = o * np.tanh(c_next)  #: eq-lstm-hidden
    return h_next, c_next, (x, h, c, W, U, i, f, g, o, c_next)


@lstm_step.derivation()
def joined_kernel(x, h, c, W, U, b):
    i, f, g, o = np.split(np.hstack([h, x]) @ np.vstack([U, W]) + b, 4, axis=1)
    i, f, o = (np.exp(-np.logaddexp(0, -a)) for a in (i, f, o))
    c_next = f * c + i * np.tanh(g)
    return o * np.tanh(c_next), c_next, None


for one, other in itertools.permutations("ifo", 2):
    hint = f"{one} ({WORDS[one]}) is the same as {WORDS[other]}: a_{other} is taken for a_{one}, or {other} for {one}."
    lstm_step.say(f"another-value-{one}-a_{one}-a_{other}", hint)

lstm_step.mistakes(
    """
    joined-in-another-order-i-f-g-o-U-W: x and h are joined in one order, their kernels in the other. x has to meet W.
    blocks-as-wide-as-the-batch: Your blocks are as wide as the batch is long. h.shape[1] is the number of units.
        np.split(a, 4, axis=1) → (a[:, k * len(h) : (k + 1) * len(h)] for k in range(4))
    interleaved: A gate's H columns stand together, not every fourth.
        np.split(a, 4, axis=1) → (a[:, k::4] for k in range(4))
    gates-not-squashed: The sums are taken for the gates and the candidate: no sigmoid, no tanh. [lstm#eq-lstm-blocks]
        c_next = f → i, f, g, o = a_i, a_f, a_g, a_o; c_next = f
    cell-squashed-twice: The tanh belongs to the reading. What is carried has none.
        f * c + i * g → np.tanh(f * c + i * g)
    tanh-around-the-product: The tanh squashes the cell state; then o multiplies.
        o * np.tanh(c_next) → np.tanh(o * c_next)
    squashed-cell-carried: You pass the tanh of the cell state on. It belongs to the reading. [lstm#eq-lstm-hidden]
        f * c + i * g → np.tanh(f * c + i * g)
        o * np.tanh(c_next) → o * c_next
    naive-sigmoid-i:  [rnn-cell#eq-sigmoid-stable]
    """
)
