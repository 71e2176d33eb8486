"""Contract of `lstm_step_backward`, one step of the LSTM run backwards.

unrolled-canary-481341297f68
"""

import numpy as np

from solutions.exercises.lstm_forward import step as forward_step
from solutions.judging.cases import saturated, with_zero
from solutions.judging.contract import Contract
from solutions.judging.drawing import normal
from solutions.judging.parts import Arguments, Sizes, of_gradients
from solutions.judging.rules.gradient import gradient_rule
from solutions.reference import lstm
from unrolled.checking.outputs import near
from unrolled.checking.probes import Probe

READ = "lstm-backward#eq-lstm-step-backward"


def draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    """The arguments of a step, then the gradients of both of its outputs."""
    return {
        **forward_step.draw(rng, sizes, dtype),
        "dh_next": normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        "dc_next": normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
    }


lstm_step_backward = Contract(
    reference=lstm.lstm_step_backward,
    outputs=near("dx", "dh", "dc", "dW", "dU", "db"),
    read=READ,
    parts=of_gradients(
        draw, saturated(draw), with_zero(draw, "dh_next"), with_zero(draw, "dc_next"), with_zero(draw, "h")
    ),
    rules=(gradient_rule(draw, 2, READ),),
    probe=Probe("through_cache", {"upstream": 2}),
    forward=lstm.lstm_step,
)


def step(x, h, c, W, U, b):
    def sigmoid(a):
        return 0.5 * (1 + np.tanh(0.5 * a))

    a_i, a_f, a_g, a_o = np.split(x @ W + h @ U + b, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c_next = f * c + i * g
    return o * np.tanh(c_next), c_next, (x, h, c, W, U, i, f, g, o, c_next)


@lstm_step_backward.variant_of(step)
def gate_by_gate(dh_next, dc_next, cache):
    x, h, c, W, U, i, f, g, o, c_next = cache
    tanh_c = np.tanh(c_next)
    do = dh_next * tanh_c
    dc_total = dc_next + dh_next * o * (1 - tanh_c**2)
    di = dc_total * g
    df = dc_total * c
    dg = dc_total * i
    da_i = di * i * (1 - i)
    da_f = df * f * (1 - f)
    da_g = dg * (1 - g**2)
    da_o = do * o * (1 - o)
    da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)
    dx = da @ W.T
    dh = da @ U.T
    dc = dc_total * f
    dW = x.T @ da
    dU = h.T @ da
    db = da.sum(axis=0)
    return dx, dh, dc, dW, dU, db


@lstm_step_backward.variant_of(step)
def block_by_block(dh_next, dc_next, cache):
    x, h, c, W, U, i, f, g, o, c_next = cache
    hidden = h.shape[1]
    dc_total = dh_next * o / np.cosh(np.clip(c_next, -300, 300)) ** 2
    dc_total += dc_next
    das = [dc_total * g * (i - i**2), dc_total * c * (f - f**2), dc_total * i * (1 - g) * (1 + g)]
    das.append(dh_next * np.tanh(c_next) * (o - o**2))
    dx, dh = np.zeros_like(x), np.zeros_like(h)
    dW, dU, db = np.empty_like(W), np.empty_like(U), np.empty(4 * hidden)
    for k, da in enumerate(das):
        block = slice(k * hidden, (k + 1) * hidden)
        dx += da @ W[:, block].T
        dh += da @ U[:, block].T
        dW[:, block], dU[:, block], db[block] = x.T @ da, h.T @ da, np.ones(len(x)) @ da
    return [dx, dh, f * dc_total, dW, dU, db]


def step_keeping_arguments(x, h, c, W, U, b):
    from scipy.special import expit

    i, f, g, o = np.split(x @ W + h @ U + b, 4, axis=1)
    c_next = expit(f) * c + expit(i) * np.tanh(g)
    return expit(o) * np.tanh(c_next), c_next, {"x": x, "h": h, "c": c, "W": W, "U": U, "b": b}


@lstm_step_backward.variant_of(step_keeping_arguments)
def recomputed(dh_next, dc_next, cache):
    from scipy.special import expit

    x, h, c, W, U, b = (cache[name] for name in ("x", "h", "c", "W", "U", "b"))
    a = (x @ W + h @ U + b).reshape(len(x), 4, -1)
    i, f, g, o = expit(a[:, 0]), expit(a[:, 1]), np.tanh(a[:, 2]), expit(a[:, 3])
    t = np.tanh(f * c + i * g)
    d = dc_next + dh_next * o * (1 - t * t)
    da = np.stack([d * g * i * (1 - i), d * c * f * (1 - f), d * i * (1 - g * g), dh_next * t * o * (1 - o)], axis=1)
    da = da.reshape(len(x), -1)
    dW = np.einsum("bd,bk->dk", x, da)
    dU = np.einsum("bj,bk->jk", h, da)
    return np.einsum("bk,dk->bd", da, W), np.einsum("bk,jk->bj", da, U), d * f, dW, dU, np.einsum("bk->k", da)


def step_concatenated(x, h, c, W, U, b):
    both = np.concatenate([x, h, np.ones((len(x), 1))], axis=1)
    kernel = np.concatenate([W, U, b[None, :]])
    half = both @ kernel
    hidden = h.shape[1]
    half[:, : 2 * hidden] *= 0.5
    half[:, 3 * hidden :] *= 0.5
    s = np.tanh(half)
    gates = 0.5 + 0.5 * s
    i, f, g, o = gates[:, :hidden], gates[:, hidden : 2 * hidden], s[:, 2 * hidden : 3 * hidden], gates[:, 3 * hidden :]
    c_next = f * c + i * g
    return o * np.tanh(c_next), c_next, [both, kernel, c, i, f, g, o, np.tanh(c_next), x.shape[1]]


@lstm_step_backward.variant_of(step_concatenated)
def concatenated_kernel(dh_next, dc_next, cache):
    both, kernel, c, i, f, g, o, tanh_c, inputs = cache
    dc = dc_next + dh_next * o - dh_next * o * tanh_c**2
    slopes = np.hstack([i * (1 - i), f * (1 - f), 1 - g**2, o * (1 - o)])
    da = slopes * np.hstack([dc * g, dc * c, dc * i, dh_next * tanh_c])
    dboth, dkernel = da @ kernel.T, both.T @ da
    return dboth[:, :inputs], dboth[:, inputs:-1], dc * f, dkernel[:inputs], dkernel[inputs:-1], dkernel[-1]


@lstm_step_backward.variant_of(step)
def loop_over_batch(dh_next, dc_next, cache):
    x, h, c, W, U, i, f, g, o, c_next = cache
    dx, dh, dc = np.zeros_like(x), np.zeros_like(h), np.zeros_like(c)
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros(W.shape[1])
    for n in range(len(x)):
        t = np.tanh(c_next[n])
        d = dc_next[n] + dh_next[n] * o[n] * (1 - t**2)
        da_i = d * g[n] * i[n] * (1 - i[n])
        da_f = d * c[n] * f[n] * (1 - f[n])
        da = np.r_[da_i, da_f, d * i[n] * (1 - g[n] ** 2), dh_next[n] * t * o[n] * (1 - o[n])]
        dx[n], dh[n], dc[n] = W @ da, U @ da, d * f[n]
        dW += np.outer(x[n], da)
        dU += np.outer(h[n], da)
        db += da
    return dx, dh, dc, dW, dU, db


def step_keeping_slopes(x, h, c, W, U, b):
    def sigmoid(a):
        return np.exp(-np.logaddexp(0, -a))

    a_i, a_f, a_g, a_o = np.split(x @ W + h @ U + b, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c_next = f * c + i * g
    t = np.tanh(c_next)
    by_cell = np.hstack([g * i * (1 - i), c * f * (1 - f), i * (1 - g**2)])
    return o * t, c_next, (x.T, h.T, W.T, U.T, by_cell, t * o * (1 - o), o * (1 - t**2), f)


@lstm_step_backward.variant_of(step_keeping_slopes)
def slopes_from_the_forward_pass(dh_next, dc_next, cache):
    x_T, h_T, W_T, U_T, by_cell, by_state, through_tanh, f = cache
    dc = dh_next * through_tanh
    dc += dc_next
    da = np.hstack([np.tile(dc, 3) * by_cell, dh_next * by_state])
    dc *= f
    return da @ W_T, da @ U_T, dc, x_T @ da, h_T @ da, da.sum(0)


TOTAL = "dc_total = dc_next + dh_next * o * (1 - tanh_c**2)"
STACKED = "[da_i, da_f, da_g, da_o]"

lstm_step_backward.slip(
    "cell-gradient-ignored",
    "The gradient dc_next is ignored. The cell state acts on h_next and on the next step's cell: add both gradients.",
    (TOTAL, "dc_total = dh_next * o * (1 - tanh_c**2)"),
)
lstm_step_backward.slip(
    "output-path-missing",
    "What h_next sends back into the cell state is missing: dh_next reaches it through the output gate and the tanh.",
    (TOTAL, "dc_total = dc_next"),
)
lstm_step_backward.slip(
    "tanh-of-cell-skipped",
    "The derivative of the tanh of the cell state is missing on the way from h_next to the cell.",
    (TOTAL, "dc_total = dc_next + dh_next * o"),
)
lstm_step_backward.slip(
    "tanh-slope-of-the-cell-itself",
    "The derivative of that tanh is 1 − tanh². You squared the cell state itself.",
    (TOTAL, "dc_total = dc_next + dh_next * o * (1 - c_next**2)"),
)
lstm_step_backward.slip(
    "tanh-slope-of-the-old-cell",
    "The derivative of that tanh is 1 − tanh(c_next)². You squared the old cell state c.",
    (TOTAL, "dc_total = dc_next + dh_next * o * (1 - c**2)"),
)
lstm_step_backward.slip(
    "tanh-slope-of-the-state",
    "The derivative of the tanh of the cell state is taken at h_next, which is the tanh times the output gate.",
    (TOTAL, "dc_total = dc_next + dh_next * o * (1 - (o * tanh_c) ** 2)"),
)
lstm_step_backward.slip(
    "tanh-slope-not-squared",
    "You take 1 − tanh as the derivative of the tanh. The tanh has to be squared in it.",
    (TOTAL, "dc_total = dc_next + dh_next * o * (1 - tanh_c)"),
)
lstm_step_backward.slip(
    "tanh-of-the-old-cell",
    "You take the tanh of the old cell state. In the forward pass h_next was made from the new one.",
    ("tanh_c = np.tanh(c_next)", "tanh_c = np.tanh(c)"),
)
lstm_step_backward.slip(
    "output-gate-skipped",
    "The output gate is missing on the way from h_next to the cell state: it multiplied the tanh.",
    (TOTAL, "dc_total = dc_next + dh_next * (1 - tanh_c**2)"),
)
lstm_step_backward.slip(
    "paths-multiplied",
    "The two gradients that reach the cell state are multiplied. Gradients from two places are added.",
    (TOTAL, "dc_total = dc_next * (dh_next * o * (1 - tanh_c**2))"),
)
lstm_step_backward.slip(
    "paths-maximum",
    "You keep the larger of the two gradients that reach the cell state. Gradients from two places are added.",
    (TOTAL, "dc_total = np.maximum(dc_next, dh_next * o * (1 - tanh_c**2))"),
)
lstm_step_backward.slip(
    "both-through-the-tanh",
    "You send dc_next through the output gate and the tanh as well. It belongs to the cell state itself: add it after.",
    (TOTAL, "dc_total = (dc_next + dh_next) * o * (1 - tanh_c**2)"),
)
lstm_step_backward.slip(
    "forget-gate-skipped",
    "The gradient of the old cell state lacks the forget gate: what f let through forwards it lets through backwards.",
    ("dc = dc_total * f", "dc = dc_total"),
)
lstm_step_backward.slip(
    "forget-gate-inverted",
    "The gradient of the old cell state is multiplied with 1 − f. The old cell state was multiplied with f.",
    ("dc = dc_total * f", "dc = dc_total * (1 - f)"),
)
lstm_step_backward.slip(
    "forget-gate-added",
    "You add the forget gate to the gradient of the old cell state. The chain rule multiplies.",
    ("dc = dc_total * f", "dc = dc_total + f"),
)
lstm_step_backward.slip(
    "old-cell-from-dc-next-only",
    "The gradient of the old cell state holds dc_next alone. What h_next sends into the cell flows on to it too.",
    ("dc = dc_total * f", "dc = dc_next * f"),
)
lstm_step_backward.slip(
    "old-cell-gradient-zero",
    "dc is zero. The old cell state is a factor in c_next: the forget gate lets its gradient through.",
    ("dc = dc_total * f", "dc = 0 * c"),
)
lstm_step_backward.slip(
    "gates-from-dc-next-only",
    "i, f and g start from dc_next alone. They start from the whole gradient of c_next: dc_next and what h_next sends.",
    ("di = dc_total", "di = dc_next"),
    ("df = dc_total", "df = dc_next"),
    ("dg = dc_total", "dg = dc_next"),
)
lstm_step_backward.slip(
    "cell-gradient-scaled-too-early",
    "The gradient of c_next is multiplied with f before i, f and g get theirs. f stands on the way to the old cell "
    "state alone.",
    (TOTAL, TOTAL.replace("= ", "= (") + ") * f"),
    ("dc = dc_total * f", "dc = dc_total"),
)
lstm_step_backward.slip(
    "input-gate-for-forget-gate",
    "The gradient of the old cell state is multiplied with the input gate. The forget gate multiplied it.",
    ("dc = dc_total * f", "dc = dc_total * i"),
)
lstm_step_backward.slip(
    "input-gate-and-candidate-swapped",
    "The factors of the input gate and the candidate are swapped: in a product, each gets the other as its factor.",
    ("di = dc_total * g", "di = dc_total * i"),
    ("dg = dc_total * i", "dg = dc_total * g"),
)
lstm_step_backward.slip(
    "new-cell-in-forget-gate",
    "The forget gate's gradient is made with the new cell state. It multiplied the old one.",
    ("df = dc_total * c", "df = dc_total * c_next"),
)
lstm_step_backward.slip(
    "state-in-forget-gate",
    "The forget gate's gradient is made with the hidden state. It multiplied the old cell state.",
    ("df = dc_total * c", "df = dc_total * h"),
)
lstm_step_backward.slip(
    "cell-not-squashed-in-output-gate",
    "The output gate's gradient is made with the cell state itself. It multiplied the tanh of the cell state.",
    ("do = dh_next * tanh_c", "do = dh_next * c_next"),
)
lstm_step_backward.slip(
    "output-gate-from-the-cell",
    "The output gate's gradient comes from the cell's. The gate acts on h_next alone: it starts from dh_next.",
    ("do = dh_next * tanh_c\n    " + TOTAL, TOTAL + "\n    do = dc_total * tanh_c"),
)
lstm_step_backward.slip(
    "slopes-skipped",
    "The derivatives of the sigmoids and of the candidate's tanh are missing: da is the gradient of the sums, not of "
    "i, f, g and o.",
    ("di * i * (1 - i)", "di"),
    ("df * f * (1 - f)", "df"),
    ("dg * (1 - g**2)", "dg"),
    ("do * o * (1 - o)", "do"),
)
lstm_step_backward.slip(
    "sigmoids-skipped",
    "The derivative of the sigmoid is missing in all three gates.",
    ("di * i * (1 - i)", "di"),
    ("df * f * (1 - f)", "df"),
    ("do * o * (1 - o)", "do"),
)
for gate, name in (("i", "input"), ("f", "forget"), ("o", "output")):
    lstm_step_backward.slip(
        f"sigmoid-skipped-in-{name}-gate",
        f"The derivative of the sigmoid is missing in the {name} gate.",
        (f"d{gate} * {gate} * (1 - {gate})", f"d{gate}"),
    )
lstm_step_backward.slip(
    "one-minus-skipped",
    "The derivative of a sigmoid s is s (1 − s). In your gates the factor 1 − s is missing.",
    ("di * i * (1 - i)", "di * i"),
    ("df * f * (1 - f)", "df * f"),
    ("do * o * (1 - o)", "do * o"),
)
lstm_step_backward.slip(
    "one-minus-alone",
    "The derivative of a sigmoid s is s (1 − s). In your gates the factor s is missing.",
    ("di * i * (1 - i)", "di * (1 - i)"),
    ("df * f * (1 - f)", "df * (1 - f)"),
    ("do * o * (1 - o)", "do * (1 - o)"),
)
lstm_step_backward.slip(
    "sigmoid-twice",
    "You take the sigmoid of the gates again in its derivative. The gates are sigmoids already: use them as they are.",
    (
        "tanh_c = np.tanh(c_next)",
        "tanh_c = np.tanh(c_next)\n    s_i, s_f, s_o = (1 / (1 + np.exp(-s)) for s in (i, f, o))",
    ),
    ("di * i * (1 - i)", "di * s_i * (1 - s_i)"),
    ("df * f * (1 - f)", "df * s_f * (1 - s_f)"),
    ("do * o * (1 - o)", "do * s_o * (1 - s_o)"),
)
lstm_step_backward.slip(
    "tanh-slope-in-gates",
    "You use the derivative of a tanh in the gates. They are sigmoids: s (1 − s).",
    ("di * i * (1 - i)", "di * (1 - i**2)"),
    ("df * f * (1 - f)", "df * (1 - f**2)"),
    ("do * o * (1 - o)", "do * (1 - o**2)"),
)
lstm_step_backward.slip(
    "sigmoid-slope-in-candidate",
    "You use the derivative of a sigmoid in the candidate. It is a tanh: 1 − g².",
    ("dg * (1 - g**2)", "dg * g * (1 - g)"),
)
lstm_step_backward.slip(
    "candidate-slope-skipped",
    "The derivative of the candidate's tanh is missing.",
    ("dg * (1 - g**2)", "dg"),
)
lstm_step_backward.slip(
    "blocks-i-f-o-g",
    "The candidate's and the output gate's blocks are swapped when you join them. The order is i, f, g, o.",
    (STACKED, "[da_i, da_f, da_o, da_g]"),
)
lstm_step_backward.slip(
    "blocks-f-i-g-o",
    "The forget gate's and the input gate's blocks are swapped when you join them. The order is i, f, g, o.",
    (STACKED, "[da_f, da_i, da_g, da_o]"),
)
lstm_step_backward.slip(
    "blocks-f-i-o-g",
    "You join the blocks in the order f, i, o, g, as some papers stack them. Here it is i, f, g, o.",
    (STACKED, "[da_f, da_i, da_o, da_g]"),
)
lstm_step_backward.slip(
    "blocks-joined-along-the-batch",
    "The four blocks do not stand side by side. Join them with np.concatenate and axis=1: (B, 4H).",
    (STACKED + ", axis=1)", STACKED + ")"),
)
lstm_step_backward.slip(
    "output-gate-dropped",
    "The output gate's block is zero: its parameters get no gradient, and nothing flows back through it.",
    (STACKED, "[da_i, da_f, da_g, 0 * da_o]"),
)
lstm_step_backward.slip(
    "state-gradient-missing",
    "dh is zero. The old state acts through all four blocks of U, and its gradient comes back through them.",
    ("dh = da @ U.T", "dh = 0 * h"),
)
lstm_step_backward.slip(
    "one-block-missing-in-dh",
    "dh comes back through the first three blocks of U only. The output gate saw the old state too.",
    ("dh = da @ U.T", "dh = np.concatenate([da_i, da_f, da_g], axis=1) @ U[:, : 3 * h.shape[1]].T"),
)
lstm_step_backward.slip(
    "state-passed-on",
    "You add dh_next to dh. There is no direct path from the old hidden state to the new one, only through the gates.",
    ("dh = da @ U.T", "dh = dh_next + da @ U.T"),
)
lstm_step_backward.slip(
    "kernel-blocks-not-transposed",
    "dh goes back through each block of U as it stands. Going back, the kernel is transposed.",
    ("dh = da @ U.T", "dh = sum(d @ u for d, u in zip(np.split(da, 4, axis=1), np.split(U, 4, axis=1)))"),
)
lstm_step_backward.slip(
    "input-kernel-not-transposed",
    "dx goes back through W as it stands. Going back, the kernel is transposed: (B, 4H) times (4H, D).",
    ("da @ W.T", "da @ W"),
)
lstm_step_backward.slip(
    "recurrent-kernel-not-transposed",
    "dh goes back through U as it stands. Going back, the kernel is transposed: (B, 4H) times (4H, H).",
    ("da @ U.T", "da @ U"),
)
lstm_step_backward.slip(
    "kernels-swapped",
    "The kernels are swapped: dx goes back through W, and dh goes back through U.",
    ("da @ W.T", "da @ U.T"),
    ("dh = da @ U.T", "dh = da @ W.T"),
)
lstm_step_backward.slip(
    "new-state-in-dU",
    "dU is made with the new state. U was multiplied with the old state h in the forward pass.",
    ("h.T @ da", "(o * tanh_c).T @ da"),
)
lstm_step_backward.slip(
    "cell-in-dU",
    "dU is made with the cell state. U was multiplied with the hidden state h in the forward pass.",
    ("h.T @ da", "c.T @ da"),
)
lstm_step_backward.slip(
    "dW-transposed",
    "dW is transposed. A gradient has the shape of what it belongs to: (D, 4H), as W.",
    ("x.T @ da", "da.T @ x"),
)
lstm_step_backward.slip(
    "dU-transposed",
    "dU is transposed. A gradient has the shape of what it belongs to: (H, 4H), as U.",
    ("h.T @ da", "da.T @ h"),
)
lstm_step_backward.slip(
    "db-summed-over-units",
    "db has a number for each sample. Sum over the samples, axis=0: one number for each unit of each block.",
    ("da.sum(axis=0)", "da.sum(axis=1)"),
)
lstm_step_backward.slip(
    "db-not-summed",
    "db still has a row for each sample. All samples share one bias: their contributions are summed.",
    ("da.sum(axis=0)", "da"),
)
lstm_step_backward.slip(
    "averaged-over-batch",
    "The gradients of W, U and b are divided by the batch size. Whatever averages is in the loss already: sum here.",
    ("x.T @ da", "x.T @ da / len(x)"),
    ("h.T @ da", "h.T @ da / len(x)"),
    ("da.sum(axis=0)", "da.mean(axis=0)"),
)
lstm_step_backward.slip(
    "db-averaged",
    "db is a mean over the batch, unlike dW and dU. The samples' contributions are summed.",
    ("da.sum(axis=0)", "da.mean(axis=0)"),
)
lstm_step_backward.slip(
    "first-sample-only",
    "The gradients of W, U and b come from the first sample alone. Every sample of the batch contributes.",
    ("x.T @ da", "x[:1].T @ da[:1]"),
    ("h.T @ da", "h[:1].T @ da[:1]"),
    ("da.sum(axis=0)", "da[0]"),
)
lstm_step_backward.slip(
    "dh-and-dc-swapped",
    "dh and dc are returned in the wrong order: dx, dh, dc, dW, dU, db.",
    ("return dx, dh, dc", "return dx, dc, dh"),
)
lstm_step_backward.slip(
    "dW-and-dU-swapped",
    "dW and dU are returned in the wrong order: first dW, then dU.",
    ("dc, dW, dU, db", "dc, dU, dW, db"),
)
lstm_step_backward.slip(
    "dc-not-returned",
    "You return five gradients. The old cell state has one too: dx, dh, dc, dW, dU, db.",
    ("return dx, dh, dc, dW", "return dx, dh, dW"),
)
lstm_step_backward.slip(
    "upstream-overwritten",
    "You add into the array dc_next that you were given. Whoever called you still needs it: make a new array.",
    (TOTAL, "dc_total = dc_next\n    dc_total += dh_next * o * (1 - tanh_c**2)"),
)

lstm_step_backward.read_at(
    {
        "lstm-backward#eq-lstm-d-cell": [
            "cell-gradient-ignored",
            "output-path-missing",
            "tanh-of-cell-skipped",
            "output-gate-skipped",
            "paths-multiplied",
            "paths-maximum",
            "both-through-the-tanh",
            "gates-from-dc-next-only",
        ],
        "lstm-backward#eq-lstm-slope-tanh": [
            "tanh-slope-of-the-cell-itself",
            "tanh-slope-of-the-old-cell",
            "tanh-slope-of-the-state",
            "tanh-slope-not-squared",
            "tanh-of-the-old-cell",
        ],
        "lstm-backward#eq-lstm-d-old-cell": [
            "forget-gate-skipped",
            "forget-gate-inverted",
            "forget-gate-added",
            "old-cell-gradient-zero",
            "cell-gradient-scaled-too-early",
            "old-cell-from-dc-next-only",
            "input-gate-for-forget-gate",
        ],
        "lstm-backward#eq-lstm-d-forget": ["new-cell-in-forget-gate", "state-in-forget-gate"],
        "lstm-backward#eq-lstm-d-input": ["input-gate-and-candidate-swapped"],
        "lstm-backward#eq-lstm-d-output": [
            "cell-not-squashed-in-output-gate",
            "output-gate-from-the-cell",
        ],
        "lstm-backward#eq-lstm-sigmoid-slope": [
            "slopes-skipped",
            "sigmoids-skipped",
            "sigmoid-skipped-in-input-gate",
            "sigmoid-skipped-in-forget-gate",
            "sigmoid-skipped-in-output-gate",
            "one-minus-skipped",
            "one-minus-alone",
            "sigmoid-twice",
            "tanh-slope-in-gates",
        ],
        "lstm-backward#eq-lstm-d-sum-candidate": [
            "sigmoid-slope-in-candidate",
            "candidate-slope-skipped",
        ],
        "lstm-backward#eq-lstm-d-sums": [
            "blocks-i-f-o-g",
            "blocks-f-i-g-o",
            "blocks-f-i-o-g",
            "blocks-joined-along-the-batch",
            "output-gate-dropped",
        ],
        "lstm-backward#eq-lstm-d-state": [
            "state-gradient-missing",
            "state-passed-on",
            "one-block-missing-in-dh",
            "kernel-blocks-not-transposed",
            "recurrent-kernel-not-transposed",
        ],
        "lstm-backward#eq-lstm-d-x": ["input-kernel-not-transposed"],
        "lstm-backward#eq-lstm-d-weights": [
            "new-state-in-dU",
            "cell-in-dU",
            "dW-transposed",
            "dU-transposed",
            "averaged-over-batch",
            "db-averaged",
            "db-not-summed",
            "db-summed-over-units",
        ],
    }
)
