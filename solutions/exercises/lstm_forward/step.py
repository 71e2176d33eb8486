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
    return {
        "x": kit.normal(rng, sizes.batch, sizes.inputs, dtype=dtype),
        "h": kit.state(rng, sizes, dtype),
        "c": kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        **kit.kernels(rng, sizes, dtype, blocks),
    }


def _loses_the_cell(function: kit.Function, rng: np.random.Generator) -> bool:
    arguments = draw(rng, kit.SMALL, np.float64)
    b = arguments["b"].copy()
    b[:2], b[2:4] = -60, 60  # hidden is 2: the input gate shut, the forget gate open
    _, c_next, _ = function(*{**arguments, "b": b}.values())
    return not np.allclose(c_next, arguments["c"], rtol=1e-4, atol=2e-5)


def _mixes_rows(function: kit.Function, rng: np.random.Generator) -> bool:
    return kit.mixes_rows(function, draw(rng, kit.SMALL, np.float64), ("x", "h", "c"), states=2)


lstm_step = kit.Contract(
    reference=lstm.lstm_step,
    outputs=(*kit.near("h_next", "c_next"), kit.opaque()),
    read=READ,
    parts=kit.of_arrays(
        draw, kit.saturated(draw, forbid_overflow=True), kit.with_zero(draw, "h"), kit.with_zero(draw, "c")
    ),
    rules=(
        kit.Rule(
            "loses-the-cell",
            "with the forget gate open (f = 1) and the input gate shut (i = 0) the cell state must not change.",
            _loses_the_cell,
            "lstm#eq-carousel",
        ),
        kit.Rule("mixes-rows", "each row of the batch has to depend on that row alone.", _mixes_rows, READ),
    ),
)


WORDS = {
    "x": "the input",
    "h": "the old hidden state",
    "c": "the old cell state",
    "W": "the input kernel",
    "U": "the recurrent kernel",
    "b": "the bias",
    "a": "the sums",
    "a_i": "the input gate's sum",
    "a_f": "the forget gate's sum",
    "a_g": "the candidate's sum",
    "a_o": "the output gate's sum",
    "i": "the input gate",
    "f": "the forget gate",
    "g": "the candidate",
    "o": "the output gate",
    "c_next": "the new cell state",
    "h_next": "the new hidden state",
}


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


@lstm_step.variant
def loop_over_batch(x, h, c, W, U, b):
    h_next, c_next = np.empty_like(h), np.empty_like(c)
    for n in range(len(x)):
        blocks = (W.T @ x[n] + U.T @ h[n] + b).reshape(4, -1)
        i, f, o = (0.5 * (1 + np.tanh(0.5 * blocks[k])) for k in (0, 1, 3))
        c_next[n] = f * c[n] + i * np.tanh(blocks[2])
        h_next[n] = o * np.tanh(c_next[n])
    return h_next, c_next, [x, h, c]


@lstm_step.derivation()
def concatenated_kernel(x, h, c, W, U, b):
    a = np.hstack([h, x]) @ np.vstack([U, W]) + b
    a[:, : 2 * h.shape[1]] *= 0.5
    a[:, 3 * h.shape[1] :] *= 0.5
    i, f, g, o = np.tanh(a).reshape(len(x), 4, -1).swapaxes(0, 1)
    c_next = c / 2 * (1 + f) + g * (1 + i) / 2
    return np.tanh(c_next) * (1 + o) / 2, c_next, None


SUMS, SPLIT, CELL, HIDDEN = "x @ W + h @ U + b", "np.split(a, 4, axis=1)", "f * c + i * g", "o * np.tanh(c_next)"
LABELS = {SUMS: "eq-lstm-sums", SPLIT: "eq-lstm-blocks", CELL: "eq-lstm-cell", HIDDEN: "eq-lstm-hidden"}
SLIPS = (
    (
        SUMS,
        "np.hstack([h, x]) @ np.vstack([W, U]) + b",
        "joined-in-different-orders",
        "You join x and h in one order and their kernels in the other. x has to meet W, and h has to meet U.",
    ),
    (
        SPLIT,
        "(a[:, k * len(h) : (k + 1) * len(h)] for k in range(4))",
        "blocks-as-wide-as-the-batch",
        "Your blocks are as wide as the batch is long. The number of units is h.shape[1]; h.shape[0] counts sequences.",
    ),
    (SPLIT, "(a[:, k::4] for k in range(4))", "interleaved", "A gate's H columns stand together, not every fourth."),
    (CELL, "f * (c + i * g)", "forget-gate-on-both", "The forget gate multiplies the old cell state alone."),
    (CELL, f"np.tanh({CELL})", "cell-squashed-twice", "The tanh belongs to the reading. What is carried has none."),
    (HIDDEN, "np.tanh(o * c_next)", "tanh-around-the-product", "The tanh squashes the cell state; then o multiplies."),
)
for old, new, name, hint in SLIPS:
    lstm_step.slip(name, hint, (old, new), read=f"lstm#{LABELS[old]}")
for one, other in itertools.permutations("ifo", 2):
    hint = f"{one} ({WORDS[one]}) is the same as {WORDS[other]}: a_{other} is taken for a_{one}, or {other} for {one}."
    lstm_step.say(f"another-value-{one}-a_{one}-a_{other}", hint)

lstm_step.mistakes(
    """
    squashed-cell-carried: You pass the tanh of the cell state on. The tanh belongs to what is read out; the cell
      itself stays linear. [lstm#eq-lstm-hidden]
        f * c + i * g → np.tanh(f * c + i * g)
        o * np.tanh(c_next) → o * c_next
    squashings-swapped: Sigmoid and tanh are swapped: the gates i, f, o are sigmoids, the candidate g is a tanh.
      [lstm#eq-lstm-candidate]
        = sigmoid(a_i) → = np.tanh(a_i)
        = sigmoid(a_f) → = np.tanh(a_f)
        = sigmoid(a_o) → = np.tanh(a_o)
        np.tanh(a_g) → sigmoid(a_g)
    naive-sigmoid-i:  [rnn-cell#eq-sigmoid-stable]
    answer-missing-1: You return two things. Three are asked for: h_next, c_next and a cache.
    """
)
