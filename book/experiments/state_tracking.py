"""Parity, and a shell game of five cups: nets of one build, trained on up to 32 steps and asked after 256.

Read by the page `after-rnns`. One rate for all nets; some that fail are trained at a lower one, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from experiments._parallel_nets import Net, weights

SEEDS = range(1, 6)
BUDGET = 800  # updates of each net in the shell game; parity takes a share
PROBE = 4
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")

SHORT, LONG, BATCH, FRESH = 32, 256, 32, 256
D, NORM = 32, 1.0
CUPS = 5
BLOCKS = {
    "RNN": ("RNN", 1),
    "GRU": ("GRU", 1),
    "LSTM": ("LSTM", 1),
    "minGRU": ("minGRU", 1),
    "minGRU, 2 blocks": ("minGRU", 2),
    "signed minGRU": ("signed minGRU", 1),
    "signed minGRU, 2 blocks": ("signed minGRU", 2),
    "Transformer, 2 blocks": ("Transformer", 2),
}
RATE, LOWER = 0.01, 0.003


def parity(rng: np.random.Generator, rows: int, steps: int) -> tuple[Tensor, Tensor]:
    """Bits (rows, steps), and whether the number of ones so far is odd."""
    bits = rng.integers(0, 2, (rows, steps))
    return torch.as_tensor(bits), torch.as_tensor(bits.cumsum(1) % 2)


def cups(rng: np.random.Generator, rows: int, steps: int) -> tuple[Tensor, Tensor]:
    """Which of the ten swaps of two cups (rows, steps), and where the ball is then; it began in the middle."""
    pairs = np.array([(i, j) for j in range(CUPS) for i in range(j)])
    moves = rng.integers(0, len(pairs), (rows, steps))
    ball, where = np.full(rows, CUPS // 2), np.empty((rows, steps), int)
    for t, (first, second) in enumerate(pairs[moves].transpose(1, 2, 0)):
        ball = np.where(ball == first, second, np.where(ball == second, first, ball))
        where[:, t] = ball
    return torch.as_tensor(moves), torch.as_tensor(where)


TASKS = {"parity": (parity, 2, 2), "cups": (cups, 10, CUPS)}
SHARES = {"parity": 0.3, "cups": 1.0}  # of the budget
NETS = {
    "parity": ("RNN", "GRU", "LSTM", "minGRU", "minGRU, 2 blocks", "signed minGRU", "Transformer, 2 blocks"),
    "cups": ("LSTM", "minGRU, 2 blocks", "signed minGRU, 2 blocks", "Transformer, 2 blocks"),
}
AGAIN = {"parity": ("minGRU, 2 blocks", "Transformer, 2 blocks"), "cups": ("Transformer, 2 blocks",)}  # at LOWER


@torch.no_grad()
def right(net: Net, ids: Tensor, gold: Tensor) -> Tensor:
    """Share of right answers at each step."""
    return (net(ids).argmax(-1) == gold).double().mean(0)


def trained(task: str, name: str, rate: float, seed: int, budget: int) -> dict[str, Any]:
    """Train one net on sequences that grow to SHORT; shares of right answers on that length and by eighths of LONG."""
    draw, symbols, outputs = TASKS[task]
    budget = max(2, round(SHARES[task] * budget))
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    kind, layers = BLOCKS[name]
    net = Net(kind, D, layers, symbols, outputs)
    adam = torch.optim.Adam(net.parameters(), lr=rate / 10, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=rate, total_steps=budget)
    for update in range(budget):
        ids, gold = draw(rng, BATCH, min(SHORT, 2 + int(2 * SHORT * update / budget)))
        loss = cross_entropy(net(ids).flatten(0, 1), gold.flatten())
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), NORM)
        adam.step()
        schedule.step()
    by_step = right(net, *draw(np.random.default_rng([seed, 1]), FRESH, LONG))
    return {
        "loss": loss.item(),
        "short": float(right(net, *draw(np.random.default_rng([seed, 2]), FRESH, SHORT)).mean()),
        "long": by_step.view(LONG // SHORT, SHORT).mean(1).tolist(),
        "weights": weights(net),
        "updates": budget,
    }


def run(seed: int, budget: int) -> dict[str, Any]:
    """By task and net: what `trained` found; those at the lower rate under “net, lower rate”."""
    return {
        task: {
            **{name: trained(task, name, RATE, seed, budget) for name in NETS[task]},
            **{f"{name}, lower rate": trained(task, name, LOWER, seed, budget) for name in AGAIN[task]},
        }
        for task in TASKS
    }


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The last losses of the first updates."""
    return {task: {name: trained(task, name, RATE, seed, budget)["loss"] for name in NETS[task]} for task in TASKS}
