"""Small tanh nets that remember two bits, and nets without tanh on the same task; the tanh nets' weights.

Read by the page `looking-inside`, which finds their fixed points.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn.functional import mse_loss

from unrolled.data.flip_flop import flip_flop

SEEDS = range(1, 6)
BUDGET = 800  # updates of each net
PROBE = 4
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")

BITS, UNITS, BATCH, STEPS, NORM = 2, 16, 32, 50, 1.0
RATES = (0.003, 0.01)  # tried on data of their own; the better is tested
LENGTHS = (50, 500, 2000)  # steps of a test


class Net(torch.nn.Module):
    """h' = tanh(x W + h U + b), or the same without the tanh, and a linear readout."""

    def __init__(self, squashed: bool):
        super().__init__()
        self.squashed = squashed
        self.cell = torch.nn.RNN(BITS, UNITS, batch_first=True)
        self.head = torch.nn.Linear(UNITS, BITS)
        with torch.no_grad():
            self.cell.bias_hh_l0.zero_()
        self.cell.bias_hh_l0.requires_grad_(False)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Answers (B, T, BITS) to pulses (B, T, BITS)."""
        if self.squashed:
            return self.head(self.cell(X)[0])
        inputs = X @ self.cell.weight_ih_l0.t() + self.cell.bias_ih_l0
        h, states = torch.zeros(len(X), UNITS), []
        for a in inputs.unbind(1):
            h = a + h @ self.cell.weight_hh_l0.t()
            states.append(h)
        return self.head(torch.stack(states, 1))


def drawn(rng: np.random.Generator, batch: int, steps: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pulses and answers as tensors."""
    X, Y = flip_flop(rng, batch, steps, BITS)
    return torch.tensor(X).float(), torch.tensor(Y).float()


def wrong(net: Net, rng: np.random.Generator, steps: int) -> float:
    """The share of wrong bits, from the first pulse of each bit on."""
    X, Y = drawn(rng, 64, steps)
    with torch.no_grad():
        said = net(X)
    return float(((said * Y) <= 0)[Y != 0].double().mean())


def trained(seed: int, squashed: bool, rate: float, budget: int) -> Net:
    """One net; nets of one seed read the same pulses."""
    torch.manual_seed(seed)
    net = Net(squashed)
    learning = [array for array in net.parameters() if array.requires_grad]
    adam = torch.optim.Adam(learning, lr=rate)
    rng = np.random.default_rng(seed)
    for _ in range(budget):
        X, Y = drawn(rng, BATCH, STEPS)
        loss = mse_loss(net(X), Y)
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, NORM)
        adam.step()
    return net


def weights(net: Net) -> dict[str, Any]:
    """The arrays in the book's order."""
    cell, head = net.cell, net.head
    arrays = {
        "W": cell.weight_ih_l0.t(),
        "U": cell.weight_hh_l0.t(),
        "b": cell.bias_ih_l0,
        "Wy": head.weight.t(),
        "by": head.bias,
    }
    return {name: array.detach().double().numpy() for name, array in arrays.items()}


def run(seed: int, budget: int) -> dict[str, Any]:
    """Errors on long tests of both kinds of net, each at its better rate; the tanh net's weights."""
    found: dict[str, Any] = {}
    for name, squashed in (("tanh", True), ("linear", False)):
        nets = {str(rate): trained(seed, squashed, rate, budget) for rate in RATES}
        tried = {rate: wrong(net, np.random.default_rng(1000 + seed), 500) for rate, net in nets.items()}
        rate = min(tried, key=lambda one: tried[one])
        test = np.random.default_rng(2000 + seed)
        found[name] = {
            "tried": tried,
            "rate": rate,
            "wrong": {str(steps): wrong(nets[rate], test, steps) for steps in LENGTHS},
        }
        if squashed:
            found["net"] = weights(nets[rate])
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates: the weights of one unit of each net."""
    nets = {name: trained(seed, squashed, RATES[0], budget) for name, squashed in (("tanh", True), ("linear", False))}
    return {name: weights(net)["U"][0] for name, net in nets.items()}
