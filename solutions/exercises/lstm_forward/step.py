"""Contract of `lstm_step`, one step of the LSTM with forget gate.

unrolled-canary-075dbd10b1cd
"""

import itertools

import numpy as np

from solutions.exercises.rnn_cell.sigmoid import form_by_sign as sigmoid
from solutions.judging.cases import SMALL, saturated, with_zero
from solutions.judging.contract import Contract, Rule
from solutions.judging.derivation import Function
from solutions.judging.drawing import normal
from solutions.judging.gated import kernels, mixes_rows, state
from solutions.judging.parts import Arguments, Sizes, of_arrays
from solutions.reference import lstm
from unrolled.checking.outputs import near, opaque

READ = "lstm#eq-lstm-step"


def draw(rng: np.random.Generator, sizes: Sizes, dtype: type, blocks: int = 4) -> Arguments:
    """x, h, c and the parameters of one step."""
    return {
        "x": normal(rng, sizes.batch, sizes.inputs, dtype=dtype),
        "h": state(rng, sizes, dtype),
        "c": normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        **kernels(rng, sizes, dtype, blocks),
    }


def _loses_the_cell(function: Function, rng: np.random.Generator) -> bool:
    arguments = draw(rng, SMALL, np.float64)
    b = arguments["b"].copy()
    b[:2], b[2:4] = -60, 60  # hidden is 2: the input gate shut, the forget gate open
    _, c_next, _ = function(*{**arguments, "b": b}.values())
    return not np.allclose(c_next, arguments["c"], rtol=1e-4, atol=2e-5)


def _mixes_rows(function: Function, rng: np.random.Generator) -> bool:
    return mixes_rows(function, draw(rng, SMALL, np.float64), ("x", "h", "c"), states=2)


lstm_step = Contract(
    reference=lstm.lstm_step,
    outputs=(*near("h_next", "c_next"), opaque()),
    read=READ,
    parts=of_arrays(draw, saturated(draw, forbid_overflow=True), with_zero(draw, "h"), with_zero(draw, "c")),
    rules=(
        Rule(
            "loses-the-cell",
            "with the forget gate open (f = 1) and the input gate shut (i = 0) the cell state must not change.",
            _loses_the_cell,
            "lstm#eq-carousel",
        ),
        Rule("mixes-rows", "each row of the batch has to depend on that row alone.", _mixes_rows, READ),
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


@lstm_step.variant
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
lstm_step.slip(
    "squashed-cell-carried",
    "You pass the tanh of the cell state on. The tanh belongs to what is read out; the cell itself stays linear.",
    (CELL, f"np.tanh({CELL})"),
    (HIDDEN, "o * c_next"),
    read="lstm#eq-lstm-hidden",
)
lstm_step.slip(
    "squashings-swapped",
    "Sigmoid and tanh are swapped: the gates i, f, o are sigmoids, the candidate g is a tanh.",
    *((f"= sigmoid(a_{gate})", f"= np.tanh(a_{gate})") for gate in "ifo"),
    ("np.tanh(a_g)", "sigmoid(a_g)"),
    read="lstm#eq-lstm-candidate",
)
for one, other in itertools.permutations("ifo", 2):
    hint = f"{one} ({WORDS[one]}) is the same as {WORDS[other]}: a_{other} is taken for a_{one}, or {other} for {one}."
    lstm_step.say(f"another-value-{one}-a_{one}-a_{other}", hint)
lstm_step.say("naive-sigmoid-i", "", read="rnn-cell#eq-sigmoid-stable")
lstm_step.say("answer-missing-1", "You return two things. Three are asked for: h_next, c_next and a cache.")
