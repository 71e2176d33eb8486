"""What the forget gate does on a long stream, and on which path a trained LSTM keeps a number.

Read by the page `lstm`. Nets are trained on streams of 40 steps and run over longer ones. Then something is done to
them by hand: both states are set to zero at each mark, forget gates are held open, what one of the two states knows is
taken away.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from experiments.lstm_parts import (
    FULL,
    PIECE,
    TASKS,
    Meddling,
    Net,
    Weights,
    best_of_rates,
    error,
    renew,
    tensors,
    unroll,
)

SEEDS = range(1, 21)
BUDGET = 300  # updates of each net
PROBE = 4
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")

STREAMS, STREAM, SHORT, LATE, BLOCK = 100, 1500, 300, 500, 50
EDGES = (0, 1, 5, 10, 20, 40)  # steps since the last mark: the groups begin here
CELLS = {"1997": Net("io", 8), "by hand": Net(FULL, 8, by_hand=True), "today": Net(FULL, 8)}


def since_mark(marked: Tensor) -> Tensor:
    """Steps since the last mark: (batch, T)."""
    steps = torch.arange(marked.shape[1])
    return steps - torch.where(marked, steps, 0).cummax(1).values


def by_distance(scores: Tensor, y: Tensor, since: Tensor) -> list[float]:
    """Errors of one net by steps since the last mark, relative to always answering 0; groups without a step: −1."""
    wrong = (scores[..., 0] - y).square() / y.square().mean()
    groups = torch.bucketize(since.contiguous(), torch.tensor(EDGES[1:]), right=True)
    return [float(wrong[groups == k].mean()) if (groups == k).any() else -1.0 for k in range(len(EDGES))]


def told(answers: Tensor, y: Tensor) -> float:
    """How much of the number the answers still tell: their squared correlation."""
    return float(torch.corrcoef(torch.stack([answers.flatten(), y.flatten()]))[0, 1] ** 2)


def told_by_distance(scores: Tensor, y: Tensor, since: Tensor) -> list[float]:
    """The same by steps since the last mark."""
    groups = torch.bucketize(since.contiguous(), torch.tensor(EDGES[1:]), right=True)
    return [told(scores[..., 0][groups == k], y[groups == k]) for k in range(len(EDGES))]


def one(p: Weights, nets: list[Net], name: str) -> tuple[Weights, list[Net]]:
    """One of the cells as a stack of its own."""
    k = list(CELLS).index(name)
    return {key: array[k : k + 1] for key, array in p.items()}, [nets[k]]


def meddled(p: Weights, nets: list[Net], X: Tensor, y: Tensor) -> dict[str, Any]:
    """Errors by distance on a stream, as it is and with something done by hand."""
    marked = X[:, :, 1] > 0.5
    mark, since, everywhere = marked.float(), since_mark(marked), torch.ones(X.shape[:2])
    tried: dict[str, dict[str, Meddling | None]] = {
        "1997": {
            "whole": None,
            "restart": Meddling(no_h=mark, no_c=mark),
            "erase c": Meddling(no_c=mark),
        },
        "by hand": {"whole": None},
        "today": {
            "whole": None,
            "f = 1": Meddling(open_f=everywhere),
            "f = 1 at marks": Meddling(open_f=mark),
            "f = 1 elsewhere": Meddling(open_f=1 - mark),
            "no h": Meddling(mean_h=1 - mark),
            "no c": Meddling(mean_c=1 - mark),
        },
    }
    found: dict[str, Any] = {}
    for name, ways in tried.items():
        for what, by in ways.items():
            scores = unroll(*one(p, nets, name), X, meddling=by)[0][0]
            measures = {"error": by_distance(scores, y, since), "told": told_by_distance(scores, y, since)}
            found.setdefault(name, {})[what] = measures
    return found


def long_stream(p: Weights, nets: list[Net], X: Tensor, y: Tensor) -> dict[str, Any]:
    """Errors and mean |c| along a long stream, by blocks; errors by distance in the first and the last steps; gates."""
    scores, parts = unroll(p, nets, X, keep="ifoch")
    wrong = (scores[..., 0] - y).square().mean(1) / y.square().mean()
    marked = X[:, :, 1] > 0.5
    since, first, last = since_mark(marked), slice(0, PIECE), slice(STREAM - LATE, STREAM)
    found: dict[str, Any] = {}
    for k, name in enumerate(CELLS):
        found[name] = {
            "error": wrong[k].unflatten(0, (-1, BLOCK)).mean(1).tolist(),
            "size": parts["c"][k].abs().mean((0, 2)).unflatten(0, (-1, BLOCK)).mean(1).tolist(),
            "early": float(wrong[k, first].mean()),
            "late": float(wrong[k, last].mean()),
            "early by distance": by_distance(scores[k][:, first], y[:, first], since[:, first]),
            "late by distance": by_distance(scores[k][:, last], y[:, last], since[:, last]),
        }
    f = parts["f"][-1]
    gates = {name: parts[name][-1].flatten() for name in "ifo"}
    return found | {
        "gates": {
            "shares": {
                name: np.histogram(gate.numpy(), np.linspace(0, 1, 26))[0] / len(gate) for name, gate in gates.items()
            },
            "between": {name: float(((gate > 0.1) & (gate < 0.9)).float().mean()) for name, gate in gates.items()},
            "f at marks": float(f[marked].mean()),
            "f elsewhere": float(f[~marked].mean()),
            "most open": float(f[~marked].mean(0).max()),  # of all units
        }
    }


def kept_through(seed: int, updates: int) -> dict[str, Any]:
    """The net that keeps one number over 50 steps, its forget bias 5 at first: error whole, without h, without c."""
    task = TASKS["keep"]
    p, nets, rng = best_of_rates([Net(FULL, 8, 5.0)], task, seed, updates)
    with torch.no_grad():
        X, y = tensors(task.draw, rng, 400)
        mark = X[:, :, 1]
        ways: dict[str, Meddling | None] = {
            "whole": None,
            "no h": Meddling(mean_h=1 - mark),
            "no c": Meddling(mean_c=1 - mark),
        }
        found = {}
        for what, by in ways.items():
            scores = unroll(p, nets, X, meddling=by)[0]
            found[what] = {"error": float(error(scores, y)), "told": told(scores[0, :, -1], y)}
        f = unroll(p, nets, X, keep="fh")[1]["f"][0, :, 1:]
    return found | {"f": float(f.mean()), "most open": float(f.mean((0, 1)).max())}


def run(seed: int, budget: int) -> dict[str, Any]:
    """All measurements of one seed."""
    p, nets, rng = best_of_rates(list(CELLS.values()), TASKS["replace"], seed, budget)
    with torch.no_grad():
        stream = long_stream(p, nets, *tensors(partial(renew, steps=STREAM), rng, STREAMS))
        short = meddled(p, nets, *tensors(partial(renew, steps=SHORT), rng, STREAMS))
    return {
        "stream": stream,
        "meddled": short,
        "kept": kept_through(seed, budget),
        "settings": {
            "streams": STREAMS,
            "stream": STREAM,
            "piece": PIECE,
            "late": LATE,
            "block": BLOCK,
            "edges": EDGES,
        },
    }
