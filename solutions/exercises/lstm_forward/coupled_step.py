"""Contract of `coupled_step`, one step of the LSTM whose forget gate is 1 − i.

unrolled-canary-8fbcdb1c6b9c
"""

import numpy as np

from solutions.exercises.lstm_forward.step import WORDS, draw, keeps_its_state
from solutions.exercises.rnn_cell.sigmoid import form_by_sign as sigmoid
from solutions.judging import kit
from solutions.reference import lstm_variants

READ = "lstm#eq-cifg"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return draw(rng, sizes, dtype, blocks=3)


def _leaves_the_interval(function: kit.Function, rng: np.random.Generator) -> bool:
    arguments = _draw(rng, kit.SMALL, np.float64)
    arguments["c"] = rng.uniform(-1, 1, arguments["c"].shape)
    _, c_next, _ = function(*arguments.values())
    return bool(np.abs(c_next).max() > 1 + 1e-6)


SHUT = "with the input gate shut (i = 0), and so the old cell kept whole, the cell state must not change."
coupled_step = kit.Contract(
    reference=lstm_variants.coupled_step,
    outputs=(*kit.near("h_next", "c_next"), kit.opaque()),
    read=READ,
    parts=kit.of_arrays(
        _draw, kit.saturated(_draw, forbid_overflow=True), kit.with_zero(_draw, "h"), kit.with_zero(_draw, "c")
    ),
    rules=(
        kit.Rule("leaves-the-interval", "a cell state between −1 and 1 stays so.", _leaves_the_interval, READ),
        keeps_its_state(_draw, "c", [-60], SHUT, READ),
    ),
)


@coupled_step.derivation(words=WORDS)
def gate_by_gate(x, h, c, W, U, b):
    a = x @ W + h @ U + b  #: eq-lstm-sums: the input's term x W + the recurrent term h U + the bias b
    a_i, a_g, a_o = np.split(a, 3, axis=1)
    i = sigmoid(a_i)  #: eq-lstm-input-gate
    g = np.tanh(a_g)  #: eq-lstm-candidate
    o = sigmoid(a_o)  #: eq-lstm-output-gate
    c_next = (1 - i) * c + i * g  #: eq-cifg: what is kept of the old cell state + what is new
    h_next = o * np.tanh(c_next)  #: eq-lstm-hidden
    return h_next, c_next, None


@coupled_step.derivation()
def joined_kernel(x, h, c, W, U, b):
    i, g, o = np.split(np.hstack([h, x]) @ np.vstack([U, W]) + b, 3, axis=1)
    i, o = (np.exp(-np.logaddexp(0, -a)) for a in (i, o))
    c_next = c + i * (np.tanh(g) - c)
    return o * np.tanh(c_next), c_next, None


coupled_step.mistakes(
    """
    one-minus-before-the-sigmoid: You take 1 − a before the sigmoid. It is one minus the gate, not minus the sum.
        (1 - i) * c + i * g → sigmoid(1 - a_i) * c + i * g
    cell-squashed-twice: The tanh belongs to the reading. What is carried has none. [lstm#eq-lstm-hidden]
        (1 - i) * c + i * g → np.tanh((1 - i) * c + i * g)
    tanh-around-the-product: The tanh squashes the cell state; then o multiplies. [lstm#eq-lstm-hidden]
        o * np.tanh(c_next) → np.tanh(o * c_next)
    values-swapped-c_next-c-g: The gate works the wrong way round: i is the candidate's share, 1 − i the old cell's.
    four-blocks: You cut the sum into four blocks. This cell has three, in the order i, g, o: its forget gate is 1 − i.
        a_i, a_g, a_o = np.split(a, 3, axis=1) → a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
    naive-sigmoid-i:  [rnn-cell#eq-sigmoid-stable]
    """
)
