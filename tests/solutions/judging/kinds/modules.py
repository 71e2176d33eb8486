"""A PyTorch module: one step of the LSTM, with its gradients."""

import numpy as np
import torch
from torch import nn

from solutions.judging.contract import Contract
from solutions.judging.families import ARRAYS
from solutions.judging.families.libraries import written_with
from solutions.judging.parts import Given, Part
from unrolled.checking.outputs import near
from unrolled.checking.probes import Probe


def normal32(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


def cell(rng, batch, inputs, hidden):
    shapes = {
        "W": (inputs, 4 * hidden),
        "U": (hidden, 4 * hidden),
        "b": (4 * hidden,),
        "x": (batch, inputs),
        **dict.fromkeys(("h", "c", "dh", "dc"), (batch, hidden)),
    }
    return {"inputs": inputs, "hidden": hidden} | {name: normal32(rng, *shape) for name, shape in shapes.items()}


def cells(*sizes, label="unequal sizes"):
    def draw(rng):
        for each in sizes:
            yield Given(label, cell(rng, *each))

    return draw


class LSTMCell(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.W = nn.Parameter(torch.randn(inputs, 4 * hidden))
        self.U = nn.Parameter(torch.randn(hidden, 4 * hidden))
        self.b = nn.Parameter(torch.zeros(4 * hidden))

    def forward(self, x, h, c):
        zero = torch.zeros_like(self.b)
        return torch.lstm_cell(x, (h, c), self.W.T, self.U.T, self.b, zero)


lstm_cell = Contract(
    reference=LSTMCell,
    probe=Probe("module", {"sizes": 2, "weights": ["W", "U", "b"], "outputs": 2}),
    outputs=near("h_next", "c_next", "dx", "dh", "dc", "dW", "dU", "db"),
    read="lstm#eq-lstm-step",
    parts=(
        Part("shapes", cells((3, 2, 4), (1, 1, 1)), values=False),
        Part("values", cells((3, 2, 4), (2, 3, 3))),
        Part("edges", cells((1, 3, 8), label="a batch of one")),
    ),
)
WORDS = {
    "x": "the input",
    "h": "the old hidden state",
    "c": "the old cell state",
    "i": "the input gate",
    "f": "the forget gate",
    "g": "the candidate",
    "o": "the output gate",
}


@lstm_cell.derivation(
    words=WORDS,
    families=written_with("torch", ARRAYS),
    # Left out or no parameter: both are missing among the parameters.
    without=("statement-missing-W", "negated-W-nn-Parameter-randn-inputs-4-hidden"),
)
class Marked(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.W = nn.Parameter(torch.randn(inputs, 4 * hidden))
        self.U = nn.Parameter(torch.randn(hidden, 4 * hidden))
        self.b = nn.Parameter(torch.zeros(4 * hidden))

    def forward(self, x, h, c):
        sums = x @ self.W + h @ self.U + self.b
        a_i, a_f, a_g, a_o = sums.chunk(4, dim=1)
        i = torch.sigmoid(a_i)  #: eq-lstm-input-gate
        f = torch.sigmoid(a_f)  #: eq-lstm-forget-gate
        g = torch.tanh(a_g)  #: eq-lstm-candidate
        o = torch.sigmoid(a_o)  #: eq-lstm-output-gate
        c_next = f * c + i * g  #: eq-lstm-cell: what is kept + what is written
        h_next = o * torch.tanh(c_next)  #: eq-lstm-hidden
        return h_next, c_next


@lstm_cell.variant
class Stacked(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.register_parameter("b", nn.Parameter(torch.empty(4 * hidden)))
        self.W, self.U = (nn.Parameter(torch.empty(n, 4 * hidden)) for n in (inputs, hidden))

    def forward(self, x, h, c):
        both = torch.cat([x, h], 1) @ torch.cat([self.W, self.U]) + self.b
        n = h.shape[1]
        i, f, o = (both[:, k * n : (k + 1) * n].sigmoid() for k in (0, 1, 3))
        new = i * both[:, 2 * n : 3 * n].tanh() + f * c
        return [new.tanh() * o, new]


lstm_cell.slip(
    "not-a-parameter",
    "W is a plain tensor: the optimiser never sees it. Make it an nn.Parameter.",
    ("self.W = nn.Parameter(torch.randn(inputs, 4 * hidden))", "self.W = torch.randn(inputs, 4 * hidden)"),
)
lstm_cell.slip(
    "state-detached",
    "You detach the cell state: no gradient flows back through it.",
    ("f * c + i * g", "f * c.detach() + i * g"),
)
lstm_cell.slip(
    "state-kept",
    "The module keeps its state from one call to the next. It gets its state as an argument.",
    ("        sums = x", "        c = getattr(self, 'c', c)\n        sums = x"),
    ("        return h_next", "        self.c = c_next.detach()\n        return h_next"),
)
lstm_cell.slip(
    "bias-on-one-gate",
    "The bias goes to the input gate alone. Every gate has its own.",
    ("h @ self.U + self.b", "h @ self.U"),
    ("torch.sigmoid(a_i)", "torch.sigmoid(a_i + self.b[: h.shape[1]] + 0 * self.b.sum())"),
)
