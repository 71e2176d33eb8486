"""Contract of `LSTMCell`, one step of the LSTM as a PyTorch module, and what both modules share.

unrolled-canary-09b291bba420
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from solutions.exercises.lstm_forward import step
from solutions.judging import kit
from solutions.judging.families.libraries import written_with
from solutions.reference import pytorch_cells

READ = "lstm#eq-lstm-step"
WORDS = step.WORDS | {"a": "the sums"}
ONES = kit.Sizes(batch=1, steps=1, inputs=1, hidden=1, outputs=1)
RARE = (
    ("a single input, a single step", kit.Sizes(batch=3, steps=1, inputs=1, hidden=2, outputs=2)),
    ("a single unit", kit.Sizes(batch=2, steps=3, inputs=3, hidden=1, outputs=2)),
    ("all sizes equal", kit.Sizes(batch=3, steps=3, inputs=3, hidden=3, outputs=2)),
    ("sizes above eight", kit.Sizes(batch=10, steps=2, inputs=2, hidden=9, outputs=2)),
)


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """The sizes, the weights, x, h, c, and the gradients of both answers; in float32, as modules are made."""
    del dtype
    x, c = (kit.normal(rng, sizes.batch, width, dtype=np.float32) for width in (sizes.inputs, sizes.hidden))
    return {
        "inputs": sizes.inputs,
        "hidden": sizes.hidden,
        **kit.kernels(rng, sizes, np.float32, blocks=4),
        "x": x,
        "h": kit.state(rng, sizes, np.float32),
        "c": c,
        **{name: kit.normal(rng, sizes.batch, sizes.hidden, dtype=np.float32) for name in ("dh_next", "dc_next")},
    }


def small_parts(draw: kit.Function, *specials: kit.Special, shapes: bool = True) -> tuple[kit.Part, ...]:
    """Shapes, values and edges like `kit.of_arrays`, in fewer and smaller cases: a module's step takes long.

    Without `shapes`: values and edges alone.
    """

    def sizes_of(rng: np.random.Generator) -> tuple[kit.Sizes, kit.Sizes]:
        # All different; what is longer in the first is shorter in the second.
        batch, steps, inputs, hidden = map(int, rng.permutation(np.arange(2, 6)))
        return kit.Sizes(batch, steps, inputs, hidden, 2), kit.Sizes(7 - batch, 7 - steps, 7 - inputs, 7 - hidden, 2)

    def of_shapes(rng: np.random.Generator) -> Iterator[kit.Given]:
        yield kit.Given("unequal sizes", draw(rng, sizes_of(rng)[0], np.float64))
        yield kit.Given("sizes of one", draw(rng, ONES, np.float64))

    def of_values(rng: np.random.Generator) -> Iterator[kit.Given]:
        some, others = sizes_of(rng)
        for sizes in (some, others):
            yield kit.Given("unequal sizes", draw(rng, sizes, np.float64))
        yield kit.Given("as many inputs as units", draw(rng, replace(some, inputs=some.hidden), np.float32))

    def of_edges(rng: np.random.Generator) -> Iterator[kit.Given]:
        yield kit.Given("sizes of one", draw(rng, ONES, np.float64))
        yield kit.Given("a batch of one", draw(rng, kit.Sizes(1, 4, 3, 2, 2), np.float64))
        for special in specials:
            yield kit.Given(special.label, special.draw(rng))
        for label, sizes in RARE:
            yield kit.Given(label, draw(rng, sizes, np.float64), rare=True)

    values = kit.Part("values", of_values), kit.Part("edges", of_edges)
    return (kit.Part("shapes", of_shapes, values=False), *values) if shapes else values


def saturated(rng: np.random.Generator) -> kit.Arguments:
    """Inputs after which every gate is shut or open."""
    arguments = draw(rng, kit.SMALL, np.float32)
    return arguments | {"x": 100 * np.sign(arguments["x"]), "W": arguments["W"] + np.sign(arguments["W"])}


def with_zero(rng: np.random.Generator) -> kit.Arguments:
    """Both states zero."""
    arguments = draw(rng, kit.SMALL, np.float32)
    return arguments | {name: np.zeros_like(arguments[name]) for name in "hc"}


LSTMCell = kit.Contract(
    reference=pytorch_cells.LSTMCell,
    outputs=kit.near("h_next", "c_next", "dx", "dh", "dc", "dW", "dU", "db"),
    read=READ,
    parts=small_parts(draw, kit.Special("saturated", saturated), kit.Special("h and c zero", with_zero)),
    rules=(
        step.keeps_its_state(draw, "c", [-60, 60], step.SHUT_AND_OPEN, "lstm#eq-carousel"),
        step.mixes_rows(draw, "x", "h", "c", "dh_next", "dc_next", read=READ),
    ),
    probe=kit.Probe("module", {"sizes": 2, "weights": ["W", "U", "b"], "outputs": 2}),
)


@LSTMCell.derivation(
    words=WORDS,
    alike={"i": "1 - f", "f": "1 - i"},
    families=written_with("torch", kit.ARRAYS),
    without=("answer-missing-2",),  # of one output nobody sees which it is
)
class GateByGate(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.W = nn.Parameter(torch.randn(inputs, 4 * hidden) / inputs**0.5)
        self.U = nn.Parameter(torch.randn(hidden, 4 * hidden) / hidden**0.5)
        self.b = nn.Parameter(torch.zeros(4 * hidden))

    def forward(self, x, h, c):
        #: eq-lstm-sums: the input's term x W + the recurrent term h U + the bias b
        a = x @ self.W + h @ self.U + self.b
        a_i, a_f, a_g, a_o = a.chunk(4, dim=1)  #: eq-lstm-blocks
        i = torch.sigmoid(a_i)  #: eq-lstm-input-gate
        f = torch.sigmoid(a_f)  #: eq-lstm-forget-gate
        g = torch.tanh(a_g)  #: eq-lstm-candidate
        o = torch.sigmoid(a_o)  #: eq-lstm-output-gate
        c_next = f * c + i * g  #: eq-lstm-cell: what is kept of the old cell state + what is new
        h_next = o * torch.tanh(c_next)  #: eq-lstm-hidden
        return h_next, c_next


@LSTMCell.variant
class JoinedKernels(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.hidden = hidden
        self.register_parameter("b", nn.Parameter(torch.zeros(4 * hidden)))
        self.W, self.U = (nn.Parameter(torch.empty(n, 4 * hidden).uniform_(-0.5, 0.5)) for n in (inputs, hidden))

    def forward(self, x, h, c):
        i, f, g, o = torch.split(torch.cat([h, x], 1) @ torch.cat([self.U, self.W]) + self.b, self.hidden, dim=1)
        c = c * f.sigmoid() + i.sigmoid() * g.tanh()
        return [o.sigmoid() * c.tanh(), c]


@LSTMCell.variant
class BySlices(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.W = nn.Parameter(torch.randn(inputs, 4 * hidden) / 2)
        self.U = nn.Parameter(torch.randn(hidden, 4 * hidden) / 4)
        self.b = nn.Parameter(torch.randn(4 * hidden) / 4)

    def sums(self, x, h, k):
        block = slice(k * h.shape[1], (k + 1) * h.shape[1])
        return x @ self.W[:, block] + h @ self.U[:, block] + self.b[block]

    def forward(self, x, h, c):
        i, f, o = (nn.functional.sigmoid(self.sums(x, h, k)) for k in (0, 1, 3))
        new = torch.addcmul(f * c, i, torch.tanh(self.sums(x, h, 2)))
        return o * new.tanh(), new


@LSTMCell.variant
class OneTanhForAll(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.W = nn.Parameter(nn.init.xavier_uniform_(torch.empty(inputs, 4 * hidden)))
        self.U = nn.Parameter(nn.init.orthogonal_(torch.empty(hidden, 4 * hidden)))
        self.b = nn.Parameter(torch.zeros(4 * hidden))

    def forward(self, x, h, c):
        a = torch.einsum("bd,dk->bk", x, self.W) + torch.einsum("bh,hk->bk", h, self.U) + self.b
        a_i, a_f, a_g, a_o = a.unflatten(1, (4, -1)).unbind(1)
        i, f, o = (0.5 + 0.5 * torch.tanh(0.5 * one) for one in (a_i, a_f, a_o))
        c_next = f * c + i * torch.tanh(a_g)
        return o * torch.tanh(c_next), c_next


LSTMCell.say("answer-missing-1", "You return one tensor. Two are asked for: h_next and c_next, in this order.")
LSTMCell.say(
    "naive-sigmoid-i",
    "Made of plain exponentials, a sigmoid overflows. Use torch.sigmoid.",
    "rnn-cell#eq-sigmoid-stable",
)
LSTMCell.say(
    "naive-tanh-g", "Made of plain exponentials, a tanh overflows. Use torch.tanh.", "rnn-cell#eq-sigmoid-stable"
)
for name, shape in (("W", "inputs, 4 * hidden) / inputs**0.5"), ("U", "hidden, 4 * hidden) / hidden**0.5")):
    made = f"self.{name} = nn.Parameter(torch.randn({shape})"
    LSTMCell.slip(
        f"{name}-not-a-parameter",
        f"{name} is a plain tensor, so that no optimiser finds it and no file keeps it. Make it an nn.Parameter.",
        (made, f"self.{name} = torch.randn({shape}"),
    )
    first = shape.split(",")[0]
    LSTMCell.slip(
        f"{name}-of-the-shape-of-torch",
        f"{name} is transposed, as nn.LSTM has it. Here its rows are what comes in: ({first}, 4 * hidden).",
        (made, made.replace(f"{first}, 4 * hidden", f"4 * hidden, {first}")),
        (f"@ self.{name}", f"@ self.{name}.T"),
    )
LSTMCell.mistakes(
    """
    b-not-a-parameter: b is a plain tensor, so that no optimiser finds it and no file keeps it. Make it an nn.Parameter.
        self.b = nn.Parameter(torch.zeros(4 * hidden)) → self.b = torch.zeros(4 * hidden)
    b-a-buffer: b is a buffer: it is kept in files, but no optimiser moves it. Make it an nn.Parameter.
        self.b = nn.Parameter(torch.zeros(4 * hidden)) → self.register_buffer("b", torch.zeros(4 * hidden))
    two-biases: Your cell has a second bias, as nn.LSTM has. Here there is one, b; the two of PyTorch act as their sum.
        self.b = nn.Parameter( → self.b2 = nn.Parameter(torch.zeros(4 * hidden)); self.b = nn.Parameter(
        + self.b → + self.b + self.b2
    bias-of-one-gate: b has one block alone. Each of the four has its own: b is (4 * hidden,).
        torch.zeros(4 * hidden) → torch.zeros(hidden)
        + self.b → + self.b.repeat(4)
    bias-twice: The bias is added twice, with the input and with the state. PyTorch's two are two arrays; here is one.
        h @ self.U + self.b → self.b + h @ self.U + self.b
    bias-on-one-gate: The bias goes to the input gate alone. Each block of the sums has its own block of b.
        h @ self.U + self.b → h @ self.U
        torch.sigmoid(a_i) → torch.sigmoid(a_i + self.b[: h.shape[1]] + 0 * self.b.sum())
    interleaved: A gate's columns stand together, not every fourth. [lstm#eq-lstm-blocks]
        a.chunk(4, dim=1) → (a[:, k::4] for k in range(4))
    cut-along-the-batch: You cut the batch into four, not the sums: chunk goes along dim=1. [lstm#eq-lstm-blocks]
        dim=1 → dim=0
    weights-detached: No gradient reaches W and U: you compute with .data or .detach(). Use the parameters themselves.
        x @ self.W + h @ self.U → x @ self.W.detach() + h @ self.U.detach()
    cell-detached: You detach the old cell state inside of the step: no gradient flows back along it. Who trains
      detaches, at the border of a window. [lstm#eq-lstm-cell]
        f * c → f * c.detach()
    state-detached: You detach the old hidden state inside of the step: no gradient flows back through it. Who trains
      detaches, at the border of a window.
        h @ self.U → h.detach() @ self.U
    both-states-detached: You detach both states inside of the step: no gradient flows back in time. Who trains
      detaches, at the border of a window.
        h @ self.U → h.detach() @ self.U
        f * c → f * c.detach()
    new-cell-detached: You detach the new cell state before it is read: h_next passes no gradient on to it.
        torch.tanh(c_next) → torch.tanh(c_next.detach())
    without-gradients: Nothing that you return has a gradient: torch.no_grad(), .data or NumPy stands in the way.
        return h_next, c_next → return h_next.detach(), c_next.detach()
    state-kept: The module keeps its state from one call to the next. It gets both states as arguments.
        self.b = nn.Parameter( → self.c = None; self.b = nn.Parameter(
        c_next = f * c + → c = c if self.c is None or self.c.shape != c.shape else self.c; c_next = f * c +
        return h_next → self.c = c_next.detach(); return h_next
    states-ignored: The step begins with zeros, not with the h and c that it is given.
        a = x @ → h, c = torch.zeros_like(h), torch.zeros_like(c); a = x @
    cell-squashed-twice: The tanh belongs to the reading. What is carried has none. [lstm#eq-lstm-cell]
        f * c + i * g → torch.tanh(f * c + i * g)
    tanh-around-the-product: The tanh squashes the cell state; then o multiplies. [lstm#eq-lstm-hidden]
        o * torch.tanh(c_next) → torch.tanh(o * c_next)
    squashed-cell-carried: You pass the tanh of the cell state on. It belongs to the reading. [lstm#eq-lstm-hidden]
        f * c + i * g → torch.tanh(f * c + i * g)
        o * torch.tanh(c_next) → o * c_next
    gates-not-squashed: The sums are taken for gates and candidate: no sigmoid, no tanh. [lstm#eq-lstm-blocks]
        c_next = f → i, f, g, o = a_i, a_f, a_g, a_o; c_next = f
    """
)
