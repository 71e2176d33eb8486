"""The comparison of Chung et al. 2014 on JSB Chorales: tanh, LSTM and GRU at their sizes, and simple models.

Read by the page `music`. The file is the publisher's, so the probe trains on made-up chords.
"""

from __future__ import annotations

import time
from typing import Any

import torch
from torch import Tensor, nn

from unrolled.data.chorales import JSB, Chorale, load, roll
from unrolled.lab.chords import ChordNet, Rolls, before, nll, nll_of_each, shares, train

SEEDS = range(1, 6)
BUDGET = 300  # updates of each net
PROBE = 4
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")
DATA = JSB.hashes

SIZES = {"RNN": 100, "LSTM": 36, "GRU": 46}  # units, as in the article
RATES = {"RNN": (0.0025, 0.005, 0.01), "LSTM": (0.01, 0.02, 0.04), "GRU": (0.01, 0.02, 0.04)}  # tried by one seed
CHOSEN = {"RNN": 0.005, "LSTM": 0.02, "GRU": 0.02}  # by that seed's validation part; the other seeds run these
LOOKS = 15
WINDOWS = {"window 1": (1, 0), "window 2": (2, 0), "window 4": (4, 0), "tanh window 4": (4, 46)}  # chords, tanh units
SHOWN = 1  # the seed whose run holds all rates and the simple models


def real() -> dict[str, list[Tensor]]:
    """The published parts as piano rolls."""
    return {part: tensors(chorales) for part, chorales in load().items()}


def tensors(chorales: list[Chorale]) -> list[Tensor]:
    """Piano rolls of chorales."""
    return [torch.from_numpy(roll(one)) for one in chorales]


def made_up() -> dict[str, list[Tensor]]:
    """Chords in thirds that walk up and down; the same on every machine."""
    pieces = [[[48 + (n * t) % 24, 52 + (n * t) % 24, 67] for t in range(20 + n)] for n in range(1, 25)]
    return {"train": tensors(pieces[:16]), "val": tensors(pieces[16:20]), "test": tensors(pieces[20:])}


class Windows(nn.Module):
    """The logistic regression of each note on the last chords, each of them (K,), or on tanh units that see these."""

    def __init__(self, chords: int, first: Tensor, hidden: int = 0) -> None:
        super().__init__()
        self.chords = chords
        seen = chords * len(first)
        self.hidden = nn.Sequential(nn.Linear(seen, hidden), nn.Tanh()) if hidden else nn.Identity()
        self.head = nn.Linear(hidden or seen, len(first))
        with torch.no_grad():
            self.head.bias.copy_(torch.logit(first))
            if not hidden:
                self.head.weight.zero_()

    def forward(self, X: Tensor) -> Tensor:
        seen = [before(X)]
        for _ in range(1, self.chords):
            seen.append(before(seen[-1]))
        return self.head(self.hidden(torch.cat(seen, -1)))


class KeepOrChange(nn.Module):
    """Each note alone: its chance to sound if it sounded last, and if it did not; counted, not trained."""

    def __init__(self, rolls: Rolls) -> None:
        super().__init__()
        now = torch.cat(list(rolls))
        last = torch.cat([before(one[None])[0] for one in rolls])
        share = shares(rolls)
        self.kept = torch.logit(((now * last).sum(0) + share) / (last.sum(0) + 1))
        self.struck = torch.logit(((now * (1 - last)).sum(0) + share) / ((1 - last).sum(0) + 1))

    def forward(self, X: Tensor) -> Tensor:
        last = before(X)
        return last * self.kept + (1 - last) * self.struck


def simple(data: dict[str, list[Tensor]], updates: int) -> dict[str, Any]:
    """What the models without a state reach on the test part; those that are trained, on the validation part, too."""
    first = shares(data["train"])
    still = KeepOrChange(data["train"])
    found: dict[str, Any] = {
        "frequency": {"test": nll(lambda X: torch.logit(first).expand_as(X), data["test"])},
        "keep or change": {"test": nll(still, data["test"])},
    }
    for name, (chords, hidden) in WINDOWS.items():
        tried = []
        for rate in RATES["LSTM"]:
            torch.manual_seed(SHOWN)
            net = Windows(chords, first, hidden)
            done = train(net, data["train"], data["val"], rate, updates, LOOKS, SHOWN)
            tried.append({"val": done.best[1], "test": nll(net, data["test"]), "rate": rate})
        found[name] = min(tried, key=lambda one: one["val"])
    return found


def one(kind: str, units: int, data: dict[str, list[Tensor]], rate: float, seed: int, updates: int) -> dict[str, Any]:
    """What a net reached at the look that was best on the validation part, and its processor time."""
    began = time.process_time()
    torch.manual_seed(seed)
    net = ChordNet(kind, units, shares(data["train"]))
    done = train(net, data["train"], data["val"], rate, updates, LOOKS, seed)
    seconds = time.process_time() - began
    return {
        **{part: nll(net, data[part]) for part in ("train", "val", "test")},
        "test pieces": nll_of_each(net, data["test"]).numpy(),
        "update": done.best[0],
        "curve": [error for _, error in done.curve],
        "seconds": seconds,
        "weights": {
            "layer": sum(array.numel() for array in net.cell.parameters()),
            "all": sum(array.numel() for array in net.parameters()),
        },
    }


def known_tunes(data: dict[str, list[Tensor]], notes: int = 12) -> list[int]:
    """The test chorales whose first steps have the highest notes, in any key, of a training piece's."""

    def beginning(piece: Tensor) -> tuple[int, ...]:
        top = (piece[:notes] * torch.arange(1, piece.shape[1] + 1)).amax(1)
        return tuple(top.diff().tolist())

    known = {beginning(piece) for piece in data["train"]}
    return [number for number, piece in enumerate(data["test"]) if beginning(piece) in known]


def run(seed: int, budget: int) -> dict[str, Any]:
    """What each net reaches; of one seed at every rate, and also the simple models and the sizes of the parts."""
    data = real()
    rates = RATES if seed == SHOWN else {kind: (rate,) for kind, rate in CHOSEN.items()}
    found: dict[str, Any] = {
        "nets": {
            kind: {str(rate): one(kind, units, data, rate, seed, budget) for rate in rates[kind]}
            for kind, units in SIZES.items()
        }
    }
    if seed == SHOWN:
        found["simple"] = simple(data, budget)
        found["sizes"] = {part: {"pieces": len(data[part]), "steps": sum(map(len, data[part]))} for part in data}
        found["known tunes"] = known_tunes(data)
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates on made-up chords."""
    data = made_up()
    nets = {kind: one(kind, units, data, CHOSEN[kind], seed, budget)["test"] for kind, units in SIZES.items()}
    return {"nets": nets, "simple": {name: found["test"] for name, found in simple(data, budget).items()}}
