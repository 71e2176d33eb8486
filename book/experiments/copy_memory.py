"""Copying memory: ten symbols, a wait of a hundred steps, and the ten symbols again.

Read by the page `papers`, beside Figure 1 of Arjovsky, Shah and Bengio 2016. All nets of a run see the same sequences.
Three of them differ in their recurrent weights only: always a rotation; a rotation at the start; random at the start.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from unrolled.data.tasks import copying

SEEDS = range(1, 6)
BUDGET = 800  # updates of each net
PROBE = 3
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")

WAIT, LENGTH, SYMBOLS, BATCH, TESTED = 100, 10, 8, 20, 200
INPUTS, OUTPUTS = SYMBOLS + 2, SYMBOLS + 1
BASELINE = LENGTH * math.log(SYMBOLS) / (WAIT + 2 * LENGTH)  # of who knows when to write, but not what
AVERAGED = 20  # updates, over which the losses of the record are means
UNITS = {"LSTM": 34, "tanh": 72, "rotation": 96, "free": 70, "random": 70}  # about 6,500 weights each
NETS = {  # kind, rate of all, rate of the recurrent weights
    "LSTM": ("LSTM", 1e-3, 1e-3),
    "LSTM, rate of 0.01": ("LSTM", 1e-2, 1e-2),
    "tanh": ("tanh", 1e-3, 1e-3),
    "rotation": ("rotation", 1e-3, 1e-4),
    "free": ("free", 1e-3, 1e-4),
    "random": ("random", 1e-3, 1e-4),
}


class Modulus(torch.nn.Module):
    """A plain net that keeps the sign of each sum and moves its size by a bias (modReLU of Arjovsky et al.).

    kind: "rotation", recurrent weights exp(A − Aᵀ), an orthogonal matrix whatever A is; "free", which start as such a
    matrix and move freely; "random", which start as numbers of variance 1 / H.
    """

    def __init__(self, units: int, kind: str) -> None:
        super().__init__()
        angles = (2 * torch.rand(units // 2) - 1) * math.pi
        A, even = torch.zeros(units, units), torch.arange(0, units, 2)
        A[even, even + 1] = angles
        self.rotation = kind == "rotation"
        random = torch.randn(units, units) / math.sqrt(units)
        starts = {"rotation": A, "free": torch.matrix_exp(A - A.T), "random": random}
        self.recurrent = torch.nn.Parameter(starts[kind])
        self.inward = torch.nn.Parameter(torch.randn(INPUTS, units) / math.sqrt(INPUTS))
        self.bias = torch.nn.Parameter(0.01 * (2 * torch.rand(units) - 1))
        self.start = torch.nn.Parameter((2 * torch.rand(units) - 1) * math.sqrt(3 / (2 * units)))

    def kernel(self) -> Tensor:
        """The recurrent weights (H, H)."""
        A = self.recurrent.triu(1)
        return torch.matrix_exp(A - A.T) if self.rotation else self.recurrent

    def forward(self, X: Tensor) -> tuple[Tensor, None]:
        """All states (B, T, H) for one-hot symbols (B, T, D)."""
        U, h, states = self.kernel(), self.start.expand(len(X), -1), []
        for from_x in (X @ self.inward).unbind(1):
            sums = torch.addmm(from_x, h, U)
            h = sums.sign() * (sums.abs() + self.bias).relu()
            states.append(h)
        return torch.stack(states, 1), None


class Net(torch.nn.Module):
    """A recurrent layer, and a readout at every step."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        units = UNITS[kind]
        if kind in ("LSTM", "tanh"):
            self.layer = {"LSTM": torch.nn.LSTM, "tanh": torch.nn.RNN}[kind](INPUTS, units, batch_first=True)
        else:
            self.layer = Modulus(units, kind)
        self.head = torch.nn.Linear(units, OUTPUTS)

    def forward(self, X: Tensor) -> Tensor:
        """Scores (B, T, 9) for symbols (B, T)."""
        scores: Tensor = self.head(self.layer(one_hot(X, INPUTS).float())[0])
        return scores

    def used(self) -> int:
        """How many weights have a say: below the diagonal, a rotation has none."""
        total = sum(array.numel() for array in self.parameters())
        rotation = isinstance(self.layer, Modulus) and self.layer.rotation
        units = self.head.in_features
        return total - units * (units + 1) // 2 if rotation else total


def drawn(rng: np.random.Generator, batch: int) -> tuple[Tensor, Tensor]:
    """Sequences and what is to be said at each step, (batch, WAIT + 2 · LENGTH)."""
    X, y = copying(rng, batch, WAIT, LENGTH, SYMBOLS)
    return torch.as_tensor(X), torch.as_tensor(y)


def trained(name: str, seed: int, budget: int) -> dict[str, Any]:
    """Train one net: its losses on fresh sequences, on the way; and at the end the share of right symbols."""
    kind, rate, recurrent = NETS[name]
    torch.manual_seed(seed)
    net, rng = Net(kind), np.random.default_rng(seed)
    own = {key for key, _ in net.named_parameters() if "recurrent" in key or "weight_hh" in key}
    groups = [
        {"params": [array for key, array in net.named_parameters() if (key in own) == inside], "lr": one}
        for inside, one in ((True, recurrent), (False, rate))
    ]
    adapt = torch.optim.RMSprop(groups, alpha=0.9)
    losses = []
    for _ in range(budget):
        X, y = drawn(rng, BATCH)
        loss = cross_entropy(net(X).flatten(0, 1), y.flatten())
        adapt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adapt.step()
        losses.append(loss.item())
    X, y = drawn(np.random.default_rng([seed, 1]), TESTED)
    with torch.no_grad():
        scores = net(X)
    piece = min(AVERAGED, budget)
    return {
        "losses": np.array(losses[: budget // piece * piece]).reshape(-1, piece).mean(1),
        "loss": float(cross_entropy(scores.flatten(0, 1), y.flatten())),
        "right": float((scores.argmax(-1) == y)[y > 0].float().mean()),
        "weights": net.used(),
    }


def run(seed: int, budget: int) -> dict[str, Any]:
    """By net: what `trained` found."""
    return {name: trained(name, seed, budget) for name in NETS} | {"baseline": BASELINE}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The loss of each net after its first updates."""
    return {name: trained(name, seed, budget)["loss"] for name in NETS}
