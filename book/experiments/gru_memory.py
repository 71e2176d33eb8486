"""By which paths a trained GRU keeps a number: the update gates, transplanted states, and the gradient's four paths.

Read by the pages `gru` and `gru-backward`. One run trains two nets, each alone, on the same sequences: one as PyTorch
starts it, one whose update gate starts open. Then it cuts paths of the trained nets, and puts them back.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import linear

SEEDS = range(1, 11)
BUDGET = 400  # updates of each net
PROBE = 4
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")

UNITS, BATCH, STEPS, RATE, MARKS = 8, 32, 30, 2e-2, 0.15
GAP, BEFORE, TESTED = 20, 10, 1000  # steps after the last mark, steps before it, sequences
KINDS = {"as PyTorch starts it": None, "update gate started open": 4.0}  # and the first bias of z
PATHS = ("mix", "candidate", "update gate", "reset gate")
# Which paths carry the state of a stranger, another sequence of the batch, where the own one is cut.
CUTS = {
    "nothing cut": (),
    "candidate": ("candidate",),
    "gates": ("update gate", "reset gate"),
    "candidate and gates": ("candidate", "update gate", "reset gate"),
    "mix": ("mix",),
}


def marked_numbers(rng: np.random.Generator, count: int, steps: int) -> tuple[Tensor, Tensor]:
    """Numbers and marks, X (B, T, 2), and at each step the number that came with the last mark, y (B, T)."""
    numbers = rng.uniform(-1, 1, (count, steps))
    marks = rng.random((count, steps)) < MARKS
    marks[:, 0] = True
    last = np.maximum.accumulate(np.where(marks, np.arange(steps), 0), axis=1)
    X = np.stack([numbers, marks], axis=-1)
    return torch.tensor(X, dtype=torch.float32), torch.tensor(np.take_along_axis(numbers, last, 1), dtype=torch.float32)


def one_mark(rng: np.random.Generator, count: int) -> Tensor:
    """Sequences whose last mark stands at step BEFORE, and GAP steps without any after it: X (B, T, 2)."""
    X, _ = marked_numbers(rng, count, BEFORE + 1 + GAP)
    X[:, BEFORE:, 1] = 0
    X[:, BEFORE, 1] = 1
    return X


class Net(torch.nn.Module):
    """A layer of gated recurrent units (the reset after the product) and a head that reads every state."""

    gru: torch.nn.GRU
    head: torch.nn.Linear

    def __init__(self, bias: float | None) -> None:
        super().__init__()
        self.gru = torch.nn.GRU(2, UNITS, batch_first=True)
        self.head = torch.nn.Linear(UNITS, 1)
        if bias is not None:
            with torch.no_grad():  # PyTorch's order is r, z, n
                self.layer["bias_ih_l0"][UNITS : 2 * UNITS] = bias
                self.layer["bias_hh_l0"][UNITS : 2 * UNITS] = 0

    @property
    def layer(self) -> dict[str, Tensor]:
        """The layer's weights, by PyTorch's names."""
        return dict(self.gru.named_parameters())

    def forward(self, X: Tensor) -> Tensor:
        """The answer at every step, (B, T)."""
        scores: Tensor = self.head(self.gru(X)[0])
        return scores[..., 0]

    def step(self, x: Tensor, by: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """One step in which each path carries a state of its own; returns the new state and the update gate."""
        layer = self.layer
        from_x = linear(x, layer["weight_ih_l0"], layer["bias_ih_l0"]).chunk(3, -1)
        U, c = layer["weight_hh_l0"].chunk(3), layer["bias_hh_l0"].chunk(3)
        r = (from_x[0] + linear(by["reset gate"], U[0], c[0])).sigmoid()
        z = (from_x[1] + linear(by["update gate"], U[1], c[1])).sigmoid()
        n = (from_x[2] + r * linear(by["candidate"], U[2], c[2])).tanh()
        return z * by["mix"] + (1 - z) * n, z


def trained(bias: float | None, seed: int, updates: int) -> Net:
    """A net after its training, with its own clipped gradient."""
    torch.manual_seed(seed)
    net, rng = Net(bias), np.random.default_rng(seed)
    adam = torch.optim.Adam(net.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, RATE, total_steps=updates)
    for _ in range(updates):
        X, y = marked_numbers(rng, BATCH, STEPS)
        loss = (net(X) - y).square().mean()
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        schedule.step()
    return net.requires_grad_(False)


def all_states(net: Net, X: Tensor) -> tuple[list[Tensor], Tensor]:
    """The states before the first step and after each one, and all update gates (T, B, H)."""
    states, gates = [X.new_zeros(len(X), UNITS)], []
    for x in X.unbind(1):
        h, z = net.step(x, dict.fromkeys(PATHS, states[-1]))
        states.append(h)
        gates.append(z)
    return states, torch.stack(gates)


def transplanted(net: Net, X: Tensor, cut: tuple[str, ...]) -> dict[str, list[float]]:
    """How much of the own number is in the answer, and how much of a stranger's, at 1 to GAP steps after the mark.

    From the mark on, the paths in `cut` carry the state that the same net has for another sequence. The shares are
    the coefficients of a least squares fit: answer = own share · own number + other share · the stranger's + constant.
    """
    states, _ = all_states(net, X)
    own = X[:, BEFORE, 0]
    h, answers = states[BEFORE + 1], []
    for t in range(BEFORE + 1, X.shape[1]):
        stranger = states[t].roll(1, 0)
        h, _ = net.step(X[:, t], {path: stranger if path in cut else h for path in PATHS})
        answers.append(net.head(h)[:, 0])
    both = torch.stack([own, own.roll(1), torch.ones_like(own)], 1).double()
    fit = torch.linalg.lstsq(both, torch.stack(answers, 1).double()).solution
    return {"own": fit[0].tolist(), "other": fit[1].tolist()}


def path_shares(net: Net, X: Tensor) -> dict[str, Any]:
    """What share of d answer / d number goes through each path, step by step; the answer is read GAP steps later.

    At every step, the derivative is the sum over the four paths of (what comes back to the state along this path) ·
    (d state / d number), by the chain rule; `missed` is by how much the sum misses it.
    """
    number = X[:, BEFORE, 0]
    before = all_states(net, X)[0][BEFORE]
    copies: list[dict[str, Tensor]] = []  # of the state, one for each path, at every step

    def run(number: Tensor) -> list[Tensor]:
        h, states = before, []
        copies.clear()
        for t in range(BEFORE, X.shape[1]):
            x = torch.stack([number, X[:, t, 1]], -1) if t == BEFORE else X[:, t]
            by = {path: h * 1 for path in PATHS}
            copies.append(by)
            h, _ = net.step(x, by)
            states.append(h)
        return states

    moved = torch.func.jvp(lambda v: torch.stack(run(v)), (number,), (torch.ones_like(number),))[1]
    start = number.clone().requires_grad_()
    answer = net.head(run(start)[-1])[:, 0]
    flat = [by[path] for by in copies[1:] for path in PATHS]
    slope, *back = torch.autograd.grad(answer.sum(), [start, *flat])
    parts = torch.stack(back).unflatten(0, (-1, len(PATHS)))
    flow = (parts * moved[:-1, None]).sum(-1)  # (GAP, paths, B)
    missed = (flow.sum(1) - slope).abs().max() / slope.abs().max()
    shares = flow.mean(-1) / slope.mean()
    return {
        "slope": float(slope.mean()),
        "missed": float(missed),
        "shares": dict(zip(PATHS, shares.mean(0).tolist(), strict=True)),
    }


def run(seed: int, budget: int) -> dict[str, Any]:
    """Both nets after training; see the module's functions for what is measured."""
    found: dict[str, Any] = {}
    for kind, bias in KINDS.items():
        net, rng = trained(bias, seed, budget), np.random.default_rng(1000 + seed)
        X, y = marked_numbers(rng, TESTED, STEPS)
        answers, gates = net(X), all_states(net, X)[1].transpose(0, 1)
        marks = X[..., 1] > 0
        quiet = one_mark(rng, TESTED)
        after = all_states(net, quiet)[1][BEFORE + 1 :].double()
        found[kind] = {
            "error": float((answers - y).square().mean() / y.square().mean()),
            "z at marks": float(gates[marks].double().mean()),
            "z elsewhere": float(gates[~marks].double().mean()),
            "z of each unit": after.mean((0, 1)).tolist(),
            "kept": after.log().sum(0).mean(0).exp().tolist(),  # the product of z over GAP steps, by unit
            "cuts": {name: transplanted(net, quiet, cut) for name, cut in CUTS.items()},
            "sequence": {  # the first one, to look at
                "numbers": X[0, :, 0].tolist(),
                "marks": X[0, :, 1].tolist(),
                "wanted": y[0].tolist(),
                "answers": answers[0].tolist(),
                "gates": gates[0].tolist(),
            },
            "paths": path_shares(net.double(), quiet[:200].double()),
        }
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """What tests run again: what two nets that have hardly learnt do; the shares of nothing would be noise."""
    found = {}
    for kind, bias in KINDS.items():
        net = trained(bias, seed, budget)
        X, y = marked_numbers(np.random.default_rng(1000 + seed), TESTED, STEPS)
        gates = all_states(net, X)[1]
        error = (net(X) - y).square().mean() / y.square().mean()
        weights = sum(float(array.square().sum()) for array in net.parameters())
        found[kind] = {"error": float(error), "z": gates.mean((0, 1)).tolist(), "weights": weights}
    return found
