"""Contract of `lstm_step`, one step of the LSTM with forget gate.

unrolled-canary-075dbd10b1cd
"""

import numpy as np

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
    parts=of_arrays(draw, saturated(draw, forbid_overflow=True), with_zero(draw, "h", "c")),
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


@lstm_step.variant
def gate_by_gate(x, h, c, W, U, b):
    def sigmoid(a):
        return 0.5 * (1 + np.tanh(0.5 * a))

    a_i, a_f, a_g, a_o = np.split(x @ W + h @ U + b, 4, axis=1)
    i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)
    g = np.tanh(a_g)
    c_next = f * c + i * g
    h_next = o * np.tanh(c_next)
    return h_next, c_next, (x, h, c)


@lstm_step.variant
def concatenated_kernel(x, h, c, W, U, b):
    from scipy.special import expit

    hidden = h.shape[1]
    a = np.hstack([h, x]) @ np.vstack([U, W]) + b
    gates = expit(a)
    i, f, o = gates[:, :hidden], gates[:, hidden : 2 * hidden], gates[:, 3 * hidden :]
    c_next = c * f + np.tanh(a[:, 2 * hidden : 3 * hidden]) * i
    return np.tanh(c_next) * o, c_next, {"gates": gates, "a": a}


@lstm_step.variant
def einsum_over_blocks(x, h, c, W, U, b):
    hidden = h.shape[1]
    a = np.einsum("bd,dkh->kbh", x, W.reshape(-1, 4, hidden)) + np.einsum("bj,jkh->kbh", h, U.reshape(-1, 4, hidden))
    a = a + b.reshape(4, 1, hidden)
    i, f, o = (np.exp(-np.logaddexp(0, -a[k])) for k in (0, 1, 3))
    c_next = np.multiply(f, c) + np.multiply(i, np.tanh(a[2]))
    return np.multiply(o, np.tanh(c_next)), c_next, None


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
def in_its_own_buffers(x, h, c, W, U, b):
    a = x @ W
    a += h @ U
    a += b
    blocks = a.reshape(len(x), 4, -1)
    blocks[:, [0, 1, 3]] *= 0.5
    np.tanh(blocks, out=blocks)
    blocks[:, [0, 1, 3]] = 0.5 + 0.5 * blocks[:, [0, 1, 3]]
    c_next = blocks[:, 0] * blocks[:, 2]
    c_next += blocks[:, 1] * c
    return blocks[:, 3] * np.tanh(c_next), c_next, a


lstm_step.rewrite(
    "kernels-of-each-gate",
    (
        "np.split(x @ W + h @ U + b, 4, axis=1)",
        "(x @ w + h @ u + v for w, u, v in zip(np.split(W, 4, 1), np.split(U, 4, 1), np.split(b, 4)))",
    ),
)

lstm_step.slip("bias-forgotten", "Your output is what you get without the bias b.", (" + b,", ","))
lstm_step.slip(
    "bias-twice", "The bias is added twice, once to each product.", ("x @ W + h @ U + b", "(x @ W + b) + (h @ U + b)")
)
lstm_step.slip(
    "state-ignored",
    "Your gates do not see the state h: the recurrent term h U is missing.",
    ("x @ W + h @ U + b", "x @ W + b"),
)
lstm_step.slip(
    "input-ignored",
    "Your gates do not see the input x: the term x W is missing.",
    ("x @ W + h @ U + b", "h @ U + b"),
)
lstm_step.slip(
    "cell-feeds-gates",
    "Your gates see the cell state c where the hidden state h belongs: U multiplies h.",
    ("h @ U", "c @ U"),
)
lstm_step.slip(
    "product-of-terms",
    "The input's and the state's contributions are multiplied. They are added.",
    ("x @ W + h @ U + b", "(x @ W) * (h @ U) + b"),
)
lstm_step.slip(
    "kernels-swapped",
    "The two kernels are swapped: W belongs to the input x and U to the state h. "
    "They only fit the other way round where inputs and units are equally many.",
    ("x @ W + h @ U", "x @ U + h @ W"),
)
lstm_step.slip(
    "input-kernel-transposed",
    "W is transposed. With rows as samples it is x @ W: (B, D) times (D, 4H).",
    ("x @ W", "x @ W.T"),
)
lstm_step.slip(
    "recurrent-kernel-transposed",
    "U is transposed. With rows as samples it is h @ U: (B, H) times (H, 4H).",
    ("h @ U", "h @ U.T"),
)
lstm_step.slip(
    "recurrent-blocks-transposed",
    "Each block of the recurrent kernel is transposed: with rows as samples it is h @ U, block by block.",
    ("h @ U", "h @ np.hstack([u.T for u in np.split(U, 4, axis=1)])"),
)
lstm_step.slip(
    "blocks-f-i-g-o",
    "The input gate and the forget gate are swapped: the blocks stand in the order i, f, g, o; f multiplies the old "
    "cell state, i the candidate.",
    ("a_i, a_f, a_g, a_o =", "a_f, a_i, a_g, a_o ="),
)
lstm_step.slip(
    "blocks-i-f-o-g",
    "The candidate and the output gate are swapped: the blocks stand in the order i, f, g, o.",
    ("a_i, a_f, a_g, a_o =", "a_i, a_f, a_o, a_g ="),
)
lstm_step.slip(
    "blocks-f-i-o-g",
    "You read the blocks in the order f, i, o, g, as some papers stack them. Here it is i, f, g, o.",
    ("a_i, a_f, a_g, a_o =", "a_f, a_i, a_o, a_g ="),
)
lstm_step.slip(
    "blocks-i-g-f-o",
    "The forget gate and the candidate are swapped: the blocks stand in the order i, f, g, o.",
    ("a_i, a_f, a_g, a_o =", "a_i, a_g, a_f, a_o ="),
)
lstm_step.slip(
    "joined-in-different-orders",
    "You join x and h in one order and their kernels in the other. x has to meet W, and h has to meet U.",
    ("x @ W + h @ U", "np.hstack([h, x]) @ np.vstack([W, U])"),
)
lstm_step.slip(
    "interleaved-blocks",
    "You take every fourth column for one gate. The first H columns are the input gate's, the next H the forget "
    "gate's, and so on.",
    ("np.split(x @ W + h @ U + b, 4, axis=1)", "((x @ W + h @ U + b)[:, k::4] for k in range(4))"),
)
lstm_step.slip(
    "cut-along-the-batch",
    "You cut the batch into four. The four blocks stand side by side: np.split needs axis=1.",
    ("4, axis=1)", "4)"),
)
lstm_step.slip(
    "sigmoid-on-candidate",
    "Your candidate g went through a sigmoid (0 to 1). It is a tanh (−1 to 1), so that it can also lower the cell.",
    ("g = np.tanh(a_g)", "g = sigmoid(a_g)"),
)
lstm_step.slip(
    "candidate-not-squashed",
    "The candidate g is used as the plain sum: its tanh is missing.",
    ("g = np.tanh(a_g)", "g = a_g"),
)
lstm_step.slip(
    "tanh-on-gates",
    "Your gates i, f, o went through a tanh. A gate is a sigmoid: it lets through between none and all.",
    ("sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)", "np.tanh(a_i), np.tanh(a_f), np.tanh(a_o)"),
)
lstm_step.slip(
    "squashings-swapped",
    "Sigmoid and tanh are swapped: the gates i, f, o are sigmoids, the candidate g is a tanh.",
    ("sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)", "np.tanh(a_i), np.tanh(a_f), np.tanh(a_o)"),
    ("g = np.tanh(a_g)", "g = sigmoid(a_g)"),
)
for gate, name in (("i", "input"), ("f", "forget"), ("o", "output")):
    lstm_step.slip(
        f"tanh-on-{name}-gate",
        f"Your {name} gate {gate} went through a tanh. A gate is a sigmoid: it lets through between none and all.",
        (f"sigmoid(a_{gate})", f"np.tanh(a_{gate})"),
        read=f"lstm#eq-lstm-{name}-gate",
    )
lstm_step.slip(
    "output-gate-not-squashed",
    "The output gate is used as the plain sum: its sigmoid is missing.",
    ("sigmoid(a_o)", "a_o"),
)
lstm_step.slip(
    "squashed-twice",
    "Gates and candidate are squashed twice, once where they are made and again where they are used.",
    ("sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)", "(sigmoid(sigmoid(a)) for a in (a_i, a_f, a_o))"),
    ("np.tanh(a_g)", "np.tanh(np.tanh(a_g))"),
)
lstm_step.slip(
    "overflow",
    "exp(−a) overflows where a is very negative. Use the stable sigmoid that you wrote before.",
    ("0.5 * (1 + np.tanh(0.5 * a))", "1 / (1 + np.exp(-a))"),
    read="rnn-cell#eq-sigmoid-stable",
)
lstm_step.slip(
    "tanh-of-cell-missing",
    "Your new state is o times the cell state itself: the tanh of the cell state is missing.",
    ("o * np.tanh(c_next)", "o * c_next"),
)
lstm_step.slip(
    "tanh-around-the-product",
    "The tanh stands round the product of output gate and cell state. It squashes the cell state alone; then o "
    "multiplies.",
    ("o * np.tanh(c_next)", "np.tanh(o * c_next)"),
)
lstm_step.slip(
    "old-cell-read",
    "Your new state is read from the old cell state. Update the cell first, then read the new one.",
    ("np.tanh(c_next)", "np.tanh(c)"),
)
lstm_step.slip(
    "output-gate-missing",
    "Your new state is the tanh of the cell state alone: the output gate is missing.",
    ("o * np.tanh(c_next)", "np.tanh(c_next)"),
)
lstm_step.slip(
    "state-for-cell",
    "The forget gate multiplies the hidden state h in your cell update. It multiplies the old cell state c.",
    ("f * c +", "f * h +"),
)
lstm_step.slip(
    "forget-gate-inverted",
    "Your forget gate works the wrong way round: f = 1 has to keep the old cell state, f = 0 to erase it.",
    ("f * c +", "(1 - f) * c +"),
)
lstm_step.slip(
    "forget-gate-missing",
    "The old cell state is kept whole: the forget gate is missing.",
    ("f * c +", "c +"),
)
lstm_step.slip(
    "old-cell-dropped",
    "The old cell state is missing in your update: the new one is built from the candidate alone.",
    ("f * c + i * g", "i * g"),
)
lstm_step.slip(
    "input-gate-missing", "The candidate is added whole: the input gate is missing.", ("f * c + i * g", "f * c + g")
)
lstm_step.slip(
    "coupled-gates",
    "You add the candidate with 1 − f, as the coupled variant does. Here the input gate i is a gate of its own.",
    ("+ i * g", "+ (1 - f) * g"),
)
lstm_step.slip(
    "forget-gate-from-input-gate",
    "You keep 1 − i of the old cell state, as the coupled variant does. Here the forget gate f is a gate of its own.",
    ("f * c + i * g", "(1 - i) * c + i * g"),
)
lstm_step.slip(
    "forget-gate-on-both",
    "The forget gate multiplies the candidate too. It multiplies the old cell state alone.",
    ("f * c + i * g", "f * (c + i * g)"),
)
lstm_step.slip(
    "product-for-sum",
    "What is kept and what is new are multiplied. The new cell state is their sum.",
    ("f * c + i * g", "(f * c) * (i * g)"),
)
lstm_step.slip(
    "maximum-for-sum",
    "You take the larger of what is kept and what is new. The new cell state is their sum.",
    ("f * c + i * g", "np.maximum(f * c, i * g)"),
)
lstm_step.slip(
    "squashed-cell-carried",
    "You pass the tanh of the cell state on. The tanh belongs to what is read out; the cell state itself stays linear.",
    ("c_next = f * c + i * g", "c_next = np.tanh(f * c + i * g)"),
    ("o * np.tanh(c_next)", "o * c_next"),
)
lstm_step.slip(
    "cell-squashed-twice",
    "The cell state went through a tanh before it is stored and again before it is read. Only the reading has one.",
    ("c_next = f * c + i * g", "c_next = np.tanh(f * c + i * g)"),
)
lstm_step.slip(
    "outputs-swapped",
    "You return the cell state before the hidden state. The order is h_next, c_next, cache.",
    ("return h_next, c_next", "return c_next, h_next"),
)
lstm_step.slip(
    "old-cell-returned",
    "You return the cell state that you were given. Return the new one: h_next, c_next, cache.",
    ("return h_next, c_next", "return h_next, c"),
)
lstm_step.slip(
    "cache-not-returned",
    "You return the two states alone. Return three things: h_next, c_next and a cache (None will do).",
    ("return h_next, c_next, (x, h, c)", "return h_next, c_next"),
)
lstm_step.slip(
    "cell-overwritten",
    "You write the new cell state into the array c that you were given. Whoever called you still needs the old one.",
    ("c_next = f * c + i * g", "c *= f\n    c += i * g\n    c_next = c"),
)
lstm_step.slip(
    "state-overwritten",
    "You write the new state into the array h that you were given. Whoever called you still needs the old one.",
    ("h_next = o * np.tanh(c_next)", "h[:] = o * np.tanh(c_next)\n    h_next = h"),
)
lstm_step.slip(
    "gates-averaged-over-batch",
    "Your gates are averages over the batch. Each row is a sample of its own and has gates of its own.",
    (
        "sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)",
        "(np.zeros_like(a_g) + sigmoid(a).mean(axis=0) for a in (a_i, a_f, a_o))",
    ),
)
lstm_step.slip(
    "gates-of-the-first-row",
    "Every row of the batch gets the gates of the first row. Each row is a sample of its own and has gates of its own.",
    ("sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)", "sigmoid(a_i[:1]), sigmoid(a_f[:1]), sigmoid(a_o[:1])"),
)
lstm_step.slip(
    "last-row-left-out",
    "The last row of the batch keeps its old state: your loop over the batch ends one row early.",
    ("return h_next, c_next", "h_next[-1], c_next[-1] = h[-1], c[-1]\n    return h_next, c_next"),
)

lstm_step.read_at(
    {
        "lstm#eq-lstm-sums": (
            "bias-forgotten",
            "bias-twice",
            "state-ignored",
            "input-ignored",
            "cell-feeds-gates",
            "product-of-terms",
            "kernels-swapped",
            "input-kernel-transposed",
            "recurrent-kernel-transposed",
            "recurrent-blocks-transposed",
            "joined-in-different-orders",
        ),
        "lstm#eq-lstm-blocks": (
            "blocks-f-i-g-o",
            "blocks-i-f-o-g",
            "blocks-f-i-o-g",
            "blocks-i-g-f-o",
            "interleaved-blocks",
        ),
        "lstm#eq-lstm-candidate": (
            "sigmoid-on-candidate",
            "candidate-not-squashed",
        ),
        "lstm#eq-lstm-input-gate": ("tanh-on-gates",),
        "lstm#eq-lstm-output-gate": ("output-gate-not-squashed",),
        "lstm#eq-lstm-cell": (
            "state-for-cell",
            "forget-gate-missing",
            "old-cell-dropped",
            "input-gate-missing",
            "coupled-gates",
            "forget-gate-from-input-gate",
            "forget-gate-on-both",
            "product-for-sum",
            "maximum-for-sum",
            "cell-overwritten",
        ),
        "lstm#eq-lstm-truth": ("forget-gate-inverted",),
        "lstm#eq-lstm-hidden": (
            "tanh-of-cell-missing",
            "tanh-around-the-product",
            "old-cell-read",
            "output-gate-missing",
            "squashed-cell-carried",
            "cell-squashed-twice",
            "state-overwritten",
        ),
        "lstm#eq-lstm-sequence": (
            "outputs-swapped",
            "old-cell-returned",
            "cache-not-returned",
        ),
    }
)
