"""By which paths an LSTM's gradient comes back: the cell path alone against all paths, before and after training.

Read by the page `lstm-backward`. One run has one net of each kind, each trained alone: untrained, trained to add two
marked numbers, to keep the first symbol, to read (the next character of a real text).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, cross_entropy, one_hot

from unrolled.data import text as data
from unrolled.data.tasks import adding, first_symbol

SEEDS = range(1, 17)
BUDGET = 800  # updates of each net
PROBE = 3
TOLERANCE = 1e-2
LIBRARIES = ("numpy", "torch")

STEPS, BATCH, TESTED, RATE = 40, 16, 400, 1e-2
DISTANCES = (0, 1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 35, 39)  # at which the gradients are kept
BACK = (1, 5, 20, 35)  # steps before the end at which states are exchanged
LANE = 2  # units whose forget gates are shut, at most steps

Weights = dict[str, Tensor]  # W (D, 4H), U (H, 4H), b (4H,), Wy (H, K), by (K,)
Draw = Callable[[np.random.Generator, int], tuple[Tensor, Tensor]]  # X (B, T, D), y (B,) or (B, T)


@dataclass(frozen=True)
class Kind:
    """What a net is trained for: how sequences are drawn, its sizes, and whether every step has an answer."""

    draw: Draw
    inputs: int
    units: int
    outputs: int
    share: float = 1.0  # of the budget that it is trained with
    every_step: bool = False


def add(rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
    """The adding problem."""
    X, y = adding(rng, count, STEPS)
    return torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)


def keep(rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
    """Which of two symbols came first?"""
    X, y = first_symbol(rng, count, STEPS)
    return torch.tensor(X, dtype=torch.float32), torch.tensor(y)


@cache
def corpus() -> tuple[np.ndarray, int]:
    """Python's language reference as numbers, and how many different ones there are."""
    text = data.python_reference()
    symbols = data.alphabet(text)
    return data.encode(text, symbols), len(symbols) + 1


def read(rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
    """Pieces of the text, and the character that follows each step."""
    numbers, K = corpus()
    starts = rng.integers(0, len(numbers) - STEPS - 1, count)
    pieces = torch.tensor(numbers[starts[:, None] + np.arange(STEPS + 1)])
    return one_hot(pieces[:, :-1], K).float(), pieces[:, 1:]


def kinds(text_too: bool = True) -> dict[str, Kind]:
    """All kinds of nets."""
    found = {
        "untrained": Kind(add, 2, 16, 1, share=0),
        "trained to add": Kind(add, 2, 16, 1),
        "trained to keep": Kind(keep, 2, 16, 2, share=0.5),
    }
    if text_too:
        K = corpus()[1]
        found["trained to read"] = Kind(read, K, 32, K, every_step=True)
    return found


def first_weights(kind: Kind, generator: torch.Generator) -> Weights:
    """Each block of U is orthogonal, the forget bias is 1."""
    H = kind.units
    blocks = [torch.nn.init.orthogonal_(torch.empty(H, H), generator=generator) for _ in range(4)]
    scale = 1.0 if kind.every_step else 1 / math.sqrt(kind.inputs)  # one input of a one-hot row is 1
    b = torch.zeros(4 * H)
    b[H : 2 * H] = 1
    return {
        "W": scale * torch.randn(kind.inputs, 4 * H, generator=generator),
        "U": torch.cat(blocks, 1),
        "b": b,
        "Wy": torch.randn(H, kind.outputs, generator=generator) / math.sqrt(H),
        "by": torch.zeros(kind.outputs),
    }


def unroll(
    p: Weights,
    X: Tensor,
    start: tuple[Tensor, Tensor] | None = None,
    read: list[Tensor] | None = None,
    shut: Any = None,
) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    """All h, c and f of a pass.

    Args:
        p: the weights.
        X: inputs, (B, T, D).
        start: h and c before the first step, (B, H) each; zeros if not given.
        read: what the gates and the candidate read at each step in place of the h of the step before.
        shut: numbers of the units whose forget gate is held at 0.
    """
    zeros = X.new_zeros(len(X), len(p["U"]))
    h, c = start or (zeros, zeros)
    hs, cs, fs = [], [], []
    for t, a in enumerate((X @ p["W"] + p["b"]).unbind(1)):
        i, f, g, o = (a + (read[t] if read else h) @ p["U"]).chunk(4, -1)
        f = f.sigmoid()
        if shut is not None:
            f = f.index_fill(1, shut, 0.0)
        c = f * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        hs.append(h)
        cs.append(c)
        fs.append(f)
    return hs, cs, fs


def answers(p: Weights, hs: list[Tensor]) -> Tensor:
    """Answers at the last step, (B, K)."""
    return hs[-1] @ p["Wy"] + p["by"]


def loss_of(kind: Kind, p: Weights, hs: list[Tensor], y: Tensor) -> Tensor:
    """Squared error, or cross-entropy in nats: a mean over the batch (and the steps, where each has an answer)."""
    if kind.outputs == 1:
        return (answers(p, hs)[:, 0] - y).square().mean()
    if kind.every_step:
        return cross_entropy((torch.stack(hs, 1) @ p["Wy"] + p["by"]).flatten(0, 1), y.flatten())
    return cross_entropy(answers(p, hs), y)


def trained(kind: Kind, seed: int, updates: int) -> Weights:
    """One net, trained alone; in float64 afterwards."""
    generator, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    p = {name: array.requires_grad_() for name, array in first_weights(kind, generator).items()}
    updates = int(kind.share * updates)
    if updates:
        adam = torch.optim.Adam(p.values(), foreach=True)
        schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=2 * RATE, total_steps=updates)
        for _ in range(updates):
            X, y = kind.draw(rng, BATCH)
            adam.zero_grad()
            loss_of(kind, p, unroll(p, X)[0], y).backward()
            torch.nn.utils.clip_grad_norm_(p.values(), 1.0)
            adam.step()
            schedule.step()
    return {name: array.detach().double() for name, array in p.items()}


def success(kind: Kind, p: Weights, seed: int, shut: Tensor | None = None) -> float:
    """On fresh sequences: the squared error, the share of right answers, or bits per character at the last step."""
    X, y = kind.draw(np.random.default_rng([seed, 1]), TESTED)
    said = answers(p, unroll(p, X.double(), shut=shut)[0])
    if kind.outputs == 1:
        return float((said[:, 0] - y).square().mean())
    if kind.every_step:
        return float(cross_entropy(said, y[:, -1])) / math.log(2)
    return float((said.argmax(1) == y).double().mean())


def two_ways(kind: Kind, p: Weights, seed: int) -> dict[str, list[float]]:
    """The gradient of c at each distance, by all paths and by the cell path alone.

    What is sent back into the last h: the readout's column; of two symbols the difference of theirs; in reading the
    gradient of the loss there. Kept are log10 of both norms, their cosine, and which share of the whole one's square
    sits in the two units where the path is widest: means over the sequences.
    """
    X, y = kind.draw(np.random.default_rng([seed, 2]), 64)
    hs, cs, fs = unroll(p, X.double().requires_grad_())
    row = p["Wy"][:, 0].expand(64, -1) if kind.outputs == 1 else (p["Wy"][:, 0] - p["Wy"][:, 1]).expand(64, -1)
    if kind.every_step:
        off = answers(p, hs).softmax(1) - one_hot(y[:, -1], kind.outputs)
        row = off.detach() @ p["Wy"].T
    whole = torch.autograd.grad((hs[-1] * row).sum(), cs)
    found: dict[str, list[float]] = {"all": [], "path": [], "cosine": [], "lane": []}
    path = whole[-1]
    for k, (c_bar, f) in enumerate(zip(reversed(whole), reversed(fs), strict=True)):
        if k in DISTANCES:
            widest = c_bar.gather(1, path.abs().topk(LANE, 1).indices)
            found["all"].append(float(c_bar.norm(dim=1).log10().mean()))
            found["path"].append(float(path.norm(dim=1).log10().mean()))
            found["cosine"].append(float(cosine_similarity(c_bar, path, dim=1, eps=1e-300).mean()))
            found["lane"].append(float((widest.norm(dim=1) / c_bar.norm(dim=1)).square().mean()))
        path = (path * f).detach()
    return found


def exchanged(kind: Kind, p: Weights, seed: int) -> dict[str, list[float]]:
    """Two sequences exchange their states some steps before the end: by which way do their answers go over?

    Exchanging both states moves the answers by some difference. Kept is the share of it (by least squares over the
    sequences) that is moved by one way alone. "c": c is exchanged, while at every later step all gates read the h that
    belongs to the own c. "h": the own c goes on, while at every later step all gates read the h of the exchanged pass.
    """
    X, y = kind.draw(np.random.default_rng([seed, 3]), TESTED)
    other = torch.arange(TESTED).roll(1)
    if kind.outputs == 2:  # a partner with the other symbol
        places = [torch.nonzero(y == symbol)[:, 0] for symbol in (0, 1)]
        pairs = min(len(place) for place in places)
        X, other = X[torch.cat([place[:pairs] for place in places])], torch.arange(2 * pairs).roll(pairs)
    X = X.double()
    hs, cs, _ = unroll(p, X)
    found: dict[str, list[float]] = {"h": [], "c": []}
    for back in BACK:
        h, c = hs[-1 - back], cs[-1 - back]
        mine, rest = [h, *hs[-back:-1]], X[:, -back:]
        theirs = unroll(p, rest, (h[other], c[other]))[0]
        both = answers(p, theirs) - answers(p, hs)
        by_c = unroll(p, rest, (h, c[other]), read=mine)[0]
        by_h = unroll(p, rest, (h, c), read=[h[other], *theirs[:-1]])[0]
        for way, end in (("c", by_c), ("h", by_h)):
            moved = answers(p, end) - answers(p, hs)
            found[way].append(float((moved * both).sum() / both.square().sum()))
    return found


def shut_down(kind: Kind, p: Weights, seed: int) -> dict[str, float]:
    """`success` with the forget gates of the widest units held at 0, and of as many units drawn from the others."""
    X, _ = kind.draw(np.random.default_rng([seed, 4]), TESTED)
    kept = torch.stack(unroll(p, X.double())[2], 1).log().mean((0, 1))  # how much each unit keeps in a step
    order = kept.argsort(descending=True)
    others = np.random.default_rng([seed, 5]).choice(np.arange(LANE, kind.units), LANE, replace=False)
    return {
        "widest": success(kind, p, seed, order[:LANE]),
        "others": success(kind, p, seed, order[torch.tensor(others)]),
        "f widest": float(kept[order[:LANE]].mean().exp()),
        "f others": float(kept[order[LANE:]].mean().exp()),
    }


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The same without the net that reads, whose text differs from one Python to another."""
    return run(seed, budget, text_too=False)


@torch.no_grad()
def measured(kind: Kind, p: Weights, seed: int) -> dict[str, Any]:
    """All measurements of one net."""
    found: dict[str, Any] = {"success": success(kind, p, seed), "exchanged": exchanged(kind, p, seed)}
    with torch.enable_grad():
        found["ways"] = two_ways(kind, p, seed)
    return found | {"shut": shut_down(kind, p, seed)}


def run(seed: int, budget: int, text_too: bool = True) -> dict[str, Any]:
    """Measurements of one net of each kind, and what they were made with."""
    found: dict[str, Any] = {
        name: measured(kind, trained(kind, seed, budget), seed) for name, kind in kinds(text_too).items()
    }
    if text_too:
        share = np.bincount(corpus()[0]) / len(corpus()[0])
        found["bits without context"] = float(
            -(share * np.log2(share, where=share > 0, out=np.zeros_like(share))).sum()
        )
        found["settings"] = {"updates": budget, "steps": STEPS, "distances": DISTANCES, "back": BACK, "lane": LANE}
    return found
