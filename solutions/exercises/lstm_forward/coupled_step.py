"""Contract of `coupled_step`, one step of the LSTM whose forget gate is 1 − i.

unrolled-canary-8fbcdb1c6b9c
"""

import numpy as np

from solutions.exercises.lstm_forward.step import draw
from solutions.judging.cases import SMALL, saturated, with_zero
from solutions.judging.contract import Contract, Rule
from solutions.judging.derivation import Function
from solutions.judging.parts import Arguments, Sizes, of_arrays
from solutions.reference import lstm_variants
from unrolled.checking.outputs import near, opaque

READ = "lstm#eq-cifg"


def _draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return draw(rng, sizes, dtype, blocks=3)


def _leaves_the_interval(function: Function, rng: np.random.Generator) -> bool:
    arguments = _draw(rng, SMALL, np.float64)
    arguments["c"] = rng.uniform(-1, 1, arguments["c"].shape)
    _, c_next, _ = function(*arguments.values())
    return bool(np.abs(c_next).max() > 1 + 1e-6)


def _loses_the_cell(function: Function, rng: np.random.Generator) -> bool:
    arguments = _draw(rng, SMALL, np.float64)
    b = arguments["b"].copy()
    b[:2] = -60  # hidden is 2: the input gate shut
    _, c_next, _ = function(*{**arguments, "b": b}.values())
    return not np.allclose(c_next, arguments["c"], rtol=1e-4, atol=2e-5)


coupled_step = Contract(
    reference=lstm_variants.coupled_step,
    outputs=(*near("h_next", "c_next"), opaque()),
    read=READ,
    parts=of_arrays(_draw, saturated(_draw, forbid_overflow=True), with_zero(_draw, "h", "c")),
    rules=(
        Rule(
            "leaves-the-interval",
            "the new cell state is a mean of the old one and the candidate: it stays between −1 and 1 if it was there.",
            _leaves_the_interval,
            READ,
        ),
        Rule(
            "loses-the-cell",
            "with the input gate shut (i = 0), and so the old cell kept whole, the cell state must not change.",
            _loses_the_cell,
            READ,
        ),
    ),
)


@coupled_step.variant
def gate_by_gate(x, h, c, W, U, b):
    def sigmoid(a):
        return 0.5 * (1 + np.tanh(0.5 * a))

    a_i, a_g, a_o = np.split(x @ W + h @ U + b, 3, axis=1)
    i, o = sigmoid(a_i), sigmoid(a_o)
    g = np.tanh(a_g)
    c_next = (1 - i) * c + i * g
    h_next = o * np.tanh(c_next)
    return h_next, c_next, (x, h, c)


@coupled_step.variant
def concatenated_kernel(x, h, c, W, U, b):
    from scipy.special import expit

    hidden = h.shape[1]
    a = np.hstack([h, x]) @ np.vstack([U, W]) + b
    i = expit(a[:, :hidden])
    c_next = c + i * (np.tanh(a[:, hidden : 2 * hidden]) - c)
    return expit(a[:, 2 * hidden :]) * np.tanh(c_next), c_next, a


@coupled_step.variant
def forget_gate_from_minus_a(x, h, c, W, U, b):
    a = (x @ W + h @ U + b).reshape(len(x), 3, -1)
    i, f, o = (np.exp(-np.logaddexp(0, s)) for s in (-a[:, 0], a[:, 0], -a[:, 2]))
    c_next = f * c + i * np.tanh(a[:, 1])
    return o * np.tanh(c_next), c_next, None


@coupled_step.variant
def loop_over_batch(x, h, c, W, U, b):
    h_next, c_next = np.empty_like(h), np.empty_like(c)
    for n in range(len(x)):
        a_i, a_g, a_o = (W.T @ x[n] + U.T @ h[n] + b).reshape(3, -1)
        i, o = 0.5 * (1 + np.tanh(0.5 * a_i)), 0.5 * (1 + np.tanh(0.5 * a_o))
        c_next[n] = i * np.tanh(a_g) + (1 - i) * c[n]
        h_next[n] = o * np.tanh(c_next[n])
    return h_next, c_next, [x, h]


@coupled_step.variant
def einsum_over_blocks(x, h, c, W, U, b):
    hidden = h.shape[1]
    a = np.einsum("bd,dkh->kbh", x, W.reshape(-1, 3, hidden)) + np.einsum("bj,jkh->kbh", h, U.reshape(-1, 3, hidden))
    a += b.reshape(3, 1, hidden)
    a[[0, 2]] *= 0.5
    i, g, o = np.tanh(a)
    i, o = (1 + i) / 2, (1 + o) / 2
    c_next = c - i * c + i * g
    return o * np.tanh(c_next), c_next, {"a": a}


SUM, UPDATE = "x @ W + h @ U + b", "(1 - i) * c + i * g"

coupled_step.slip("bias-forgotten", "Your output is what you get without the bias b.", (SUM, "x @ W + h @ U"))
coupled_step.slip(
    "state-ignored", "Your gates do not see the state h: the recurrent term h U is missing.", (SUM, "x @ W + b")
)
coupled_step.slip(
    "kernels-swapped",
    "The two kernels are swapped: W belongs to the input x and U to the state h. "
    "They only fit the other way round where inputs and units are equally many.",
    (SUM, "x @ U + h @ W + b"),
)
coupled_step.slip(
    "blocks-i-o-g",
    "The candidate and the output gate are swapped: the blocks stand in the order i, g, o.",
    ("a_i, a_g, a_o =", "a_i, a_o, a_g ="),
)
coupled_step.slip(
    "blocks-g-i-o",
    "The input gate and the candidate are swapped: the blocks stand in the order i, g, o.",
    ("a_i, a_g, a_o =", "a_g, a_i, a_o ="),
)
coupled_step.slip(
    "four-blocks",
    "You cut the sum into four blocks. This cell has three, in the order i, g, o: its forget gate is 1 − i.",
    ("a_i, a_g, a_o = np.split(x @ W + h @ U + b, 3, axis=1)", "a_i, _, a_g, a_o = np.split(x @ W + h @ U + b, 4, 1)"),
)
coupled_step.slip(
    "coupling-inverted",
    "The gate works the wrong way round: i is the share of the candidate, 1 − i that of the old cell state.",
    (UPDATE, "i * c + (1 - i) * g"),
)
coupled_step.slip(
    "one-minus-before-the-sigmoid",
    "You take 1 − a before the sigmoid. The forget gate is 1 − i: one minus the gate, not minus the sum.",
    (UPDATE, "sigmoid(1 - a_i) * c + i * g"),
)
coupled_step.slip(
    "not-coupled",
    "The old cell state and the candidate are both multiplied with i. What enters drives out the old: 1 − i for c.",
    (UPDATE, "i * c + i * g"),
)
coupled_step.slip(
    "nothing-forgotten",
    "The old cell state is kept whole, as in the cell of 1997. Here 1 − i of it is kept.",
    (UPDATE, "c + i * g"),
)
coupled_step.slip("old-cell-dropped", "The old cell state is missing in your update.", (UPDATE, "i * g"))
coupled_step.slip(
    "candidate-not-gated",
    "The candidate is added whole. The gate i lets a share of it through.",
    (UPDATE, "(1 - i) * c + g"),
)
coupled_step.slip(
    "state-for-cell",
    "The share 1 − i multiplies the hidden state h. It multiplies the old cell state c.",
    (UPDATE, "(1 - i) * h + i * g"),
)
coupled_step.slip(
    "product-for-sum",
    "What is kept and what is new are multiplied. The new cell state is their sum.",
    (UPDATE, "((1 - i) * c) * (i * g)"),
)
coupled_step.slip(
    "maximum-for-sum",
    "You take the larger of what is kept and what is new. The new cell state is their sum.",
    (UPDATE, "np.maximum((1 - i) * c, i * g)"),
)
coupled_step.slip(
    "sigmoid-on-candidate",
    "Your candidate g went through a sigmoid. It is a tanh, so that it can also lower the cell.",
    ("g = np.tanh(a_g)", "g = sigmoid(a_g)"),
)
coupled_step.slip(
    "tanh-on-gates",
    "Your gates i and o went through a tanh. A gate is a sigmoid: it lets through between none and all.",
    ("sigmoid(a_i), sigmoid(a_o)", "np.tanh(a_i), np.tanh(a_o)"),
)
coupled_step.slip(
    "overflow",
    "exp(−a) overflows where a is very negative. Use the stable sigmoid that you wrote before.",
    ("0.5 * (1 + np.tanh(0.5 * a))", "1 / (1 + np.exp(-a))"),
    read="rnn-cell#eq-sigmoid-stable",
)
coupled_step.slip(
    "tanh-of-cell-missing",
    "Your new state is o times the cell state itself: the tanh of the cell state is missing.",
    ("o * np.tanh(c_next)", "o * c_next"),
)
coupled_step.slip(
    "cell-squashed-twice",
    "The cell state went through a tanh before it is stored and again before it is read. Only the reading has one.",
    (UPDATE, "np.tanh((1 - i) * c + i * g)"),
)
coupled_step.slip(
    "old-cell-read",
    "Your new state is read from the old cell state. Update the cell first, then read the new one.",
    ("np.tanh(c_next)", "np.tanh(c)"),
)
coupled_step.slip(
    "output-gate-missing",
    "Your new state is the tanh of the cell state alone. The output gate stays: only i and f are coupled.",
    ("o * np.tanh(c_next)", "np.tanh(c_next)"),
)
coupled_step.slip(
    "outputs-swapped",
    "You return the cell state before the hidden state. The order is h_next, c_next, cache.",
    ("return h_next, c_next", "return c_next, h_next"),
)
coupled_step.slip(
    "cache-not-returned",
    "You return the two states alone. Return three things: h_next, c_next and a cache (None will do).",
    ("return h_next, c_next, (x, h, c)", "return h_next, c_next"),
)
coupled_step.slip(
    "cell-overwritten",
    "You write the new cell state into the array c that you were given. Whoever called you still needs the old one.",
    ("c_next = " + UPDATE, "c += i * (g - c)\n    c_next = c"),
)
coupled_step.slip(
    "gates-of-the-first-row",
    "Every row of the batch gets the gates of the first row. Each row is a sample of its own and has gates of its own.",
    ("sigmoid(a_i), sigmoid(a_o)", "sigmoid(a_i[:1]), sigmoid(a_o[:1])"),
)

coupled_step.read_at(
    {
        "lstm#eq-lstm-sums": (
            "bias-forgotten",
            "state-ignored",
            "kernels-swapped",
        ),
        "lstm#eq-lstm-candidate": ("sigmoid-on-candidate",),
        "lstm#eq-lstm-input-gate": ("tanh-on-gates",),
        "lstm#eq-lstm-hidden": (
            "tanh-of-cell-missing",
            "cell-squashed-twice",
            "old-cell-read",
            "output-gate-missing",
        ),
        "lstm#eq-lstm-sequence": (
            "outputs-swapped",
            "cache-not-returned",
        ),
    }
)
