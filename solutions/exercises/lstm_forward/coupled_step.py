"""Contract of `coupled_step`, one step of the LSTM whose forget gate is 1 − i.

unrolled-canary-8fbcdb1c6b9c
"""

import numpy as np

from solutions.exercises.lstm_forward.step import WORDS, draw, loses_the_cell
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
        kit.Rule(
            "leaves-the-interval", "a cell state between −1 and 1 stays so.", _leaves_the_interval, READ
        ),
        loses_the_cell(_draw, [-60], SHUT, READ),
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
def concatenated_kernel(x, h, c, W, U, b):
    from scipy.special import expit

    hidden = h.shape[1]
    a = np.hstack([h, x]) @ np.vstack([U, W]) + b
    i = expit(a[:, :hidden])
    c_next = c + i * (np.tanh(a[:, hidden : 2 * hidden]) - c)
    return expit(a[:, 2 * hidden :]) * np.tanh(c_next), c_next, a


coupled_step.mistakes(
    """
    one-minus-before-the-sigmoid: You take 1 − a before the sigmoid. The forget gate is 1 − i: one minus the gate, not
      minus the sum.
        (1 - i) * c + i * g → sigmoid(1 - a_i) * c + i * g
    cell-squashed-twice: The cell state went through a tanh before it is stored and again before it is read. Only the
      reading has one. [lstm#eq-lstm-hidden]
        (1 - i) * c + i * g → np.tanh((1 - i) * c + i * g)
    tanh-around-the-product: The tanh stands round the product of output gate and cell state. It squashes the cell
      state alone. [lstm#eq-lstm-hidden]
        o * np.tanh(c_next) → np.tanh(o * c_next)
    values-swapped-c_next-c-g: The gate works the wrong way round: i is the share of the candidate, 1 − i that of the
      old cell state.
    other-number-a_i-a_g-a_o-3-4: You cut the sum into four blocks. This cell has three, in the order i, g, o: its
      forget gate is 1 − i.
    naive-sigmoid-i:  [rnn-cell#eq-sigmoid-stable]
    """
)
