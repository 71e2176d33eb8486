"""Contract of `lstm_step`, one step of the LSTM with forget gate.

unrolled-canary-075dbd10b1cd
"""

import itertools

import numpy as np

from solutions.exercises.rnn_cell.sigmoid import form_by_sign as sigmoid
from solutions.judging import kit
from solutions.reference import lstm

READ = "lstm#eq-lstm-step"


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type, blocks: int = 4) -> kit.Arguments:
    """x, h, c and the parameters of one step."""
    x, c = (kit.normal(rng, sizes.batch, width, dtype=dtype) for width in (sizes.inputs, sizes.hidden))
    return {"x": x, "h": kit.state(rng, sizes, dtype), "c": c, **kit.kernels(rng, sizes, dtype, blocks)}


def loses_the_cell(draw: kit.Function, gates: list[float], statement: str, read: str) -> kit.Rule:
    """The cell state has to stay as it is where the first blocks of the bias are `gates`, far into saturation."""

    def violated(function: kit.Function, rng: np.random.Generator) -> bool:
        arguments = draw(rng, kit.SMALL, np.float64)
        arguments["b"][: kit.SMALL.hidden * len(gates)] = np.repeat(gates, kit.SMALL.hidden)
        c = arguments["c"].copy()
        return not np.allclose(function(*arguments.values())[1], c, rtol=1e-4, atol=2e-5)

    return kit.Rule("loses-the-cell", statement, violated, read)


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
        loses_the_cell(draw, [-60, 60], SHUT_AND_OPEN, "lstm#eq-carousel"),
        mixes_rows(draw, "x", "h", "c", read=READ),
    ),
)


GATES = {"i": "the input gate", "f": "the forget gate", "g": "the candidate", "o": "the output gate"}
WORDS = (
    GATES
    | {f"a_{k}": f"{gate}'s sum" for k, gate in GATES.items()}
    | {"x": "the input", "h": "the old hidden state", "c": "the old cell state", "a": "the sums"}
    | {"W": "the input kernel", "U": "the recurrent kernel", "b": "the bias"}
    | {"c_next": "the new cell state", "h_next": "the new hidden state"}
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
def concatenated_kernel(x, h, c, W, U, b):
    a = np.hstack([h, x]) @ np.vstack([U, W]) + b
    a[:, : 2 * h.shape[1]] *= 0.5
    a[:, 3 * h.shape[1] :] *= 0.5
    i, f, g, o = np.tanh(a).reshape(len(x), 4, -1).swapaxes(0, 1)
    c_next = c / 2 * (1 + f) + g * (1 + i) / 2
    return np.tanh(c_next) * (1 + o) / 2, c_next, None


for one, other in itertools.permutations("ifo", 2):
    hint = f"{one} ({WORDS[one]}) is the same as {WORDS[other]}: a_{other} is taken for a_{one}, or {other} for {one}."
    lstm_step.say(f"another-value-{one}-a_{one}-a_{other}", hint)

lstm_step.mistakes(
    """
    joined-in-another-order-a-U-W: You join x and h in one order and their kernels in the other. x has to meet W, and h
      has to meet U. [lstm#eq-lstm-sums]
    blocks-as-wide-as-the-batch: Your blocks are as wide as the batch is long. The number of units is h.shape[1];
      h.shape[0] counts sequences.
        np.split(a, 4, axis=1) → (a[:, k * len(h) : (k + 1) * len(h)] for k in range(4))
    interleaved: A gate's H columns stand together, not every fourth.
        np.split(a, 4, axis=1) → (a[:, k::4] for k in range(4))
    cell-squashed-twice: The tanh belongs to the reading. What is carried has none.
        f * c + i * g → np.tanh(f * c + i * g)
    tanh-around-the-product: The tanh squashes the cell state; then o multiplies.
        o * np.tanh(c_next) → np.tanh(o * c_next)
    squashed-cell-carried: You pass the tanh of the cell state on. The tanh belongs to what is read out; the cell
      itself stays linear. [lstm#eq-lstm-hidden]
        f * c + i * g → np.tanh(f * c + i * g)
        o * np.tanh(c_next) → o * c_next
    naive-sigmoid-i:  [rnn-cell#eq-sigmoid-stable]
    """
)
