"""The ablations of Greff et al. 2017 on JSB Chorales: an LSTM without one of its parts, or with one more.

Read by the page `music`. The nets of one variant differ in their rate alone, and are stacked along the first axis of
every array, but each has its own loss, clipping, rate and weights. All variants start from the same random numbers and
see the same batches. The file is the publisher's, so the probe trains on made-up chords.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch
from torch import Tensor

from experiments.chorales import made_up, real
from unrolled.data.chorales import JSB
from unrolled.lab.chords import batches, before, nll, padded, shares, surprise

SEEDS = range(1, 6)
BUDGET = 160  # updates of each net
PROBE = 3
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")
DATA = JSB.hashes

UNITS, BATCH, NORM, LOOKS = 36, 16, 1.0, 5
RATES = (0.02, 0.04)  # the validation part chooses
VARIANTS = {
    "standard": "",
    "no input gate": "-i",
    "no forget gate": "-f",
    "no output gate": "-o",
    "no input activation": "-g",
    "no output activation": "-c",
    "coupled gates": "f=1-i",
    "peepholes": "+p",
}
Weights = dict[str, Tensor]


def start(variant: str, first: Tensor, seed: int, many: int) -> Weights:
    """The same first weights for `many` nets, stacked; gates i, f, o and the candidate g, in this order."""
    torch.manual_seed(seed)
    K, H = len(first), UNITS
    found = {
        "W": torch.empty(K, 4 * H).uniform_(-(H**-0.5), H**-0.5),
        "U": torch.empty(H, 4 * H).uniform_(-(H**-0.5), H**-0.5),
        "b": torch.zeros(1, 4 * H),
        "V": torch.empty(H, K).uniform_(-(H**-0.5), H**-0.5),
        "v": torch.logit(first)[None],
    }
    found["b"][:, H : 2 * H] = 1  # forget gates start open
    if "+p" in variant:
        found["p"] = torch.zeros(1, 3 * H)
    return {name: one.expand(many, *one.shape).clone().requires_grad_() for name, one in found.items()}


def scores(variant: str, w: Weights, X: Tensor) -> Tensor:
    """Logits of each note before it sounds, (N, B, T, K), of N nets on rolls (B, T, K); nll of one net takes [0]."""
    N, H = len(w["W"]), UNITS
    sums = before(X).flatten(0, 1) @ w["W"] + w["b"]  # (N, B·T, 4H)
    steps = sums.view(N, *X.shape[:2], 4 * H).unbind(2)
    h = c = X.new_zeros(N, len(X), H)
    outputs = []
    for step in steps:
        a = step + h @ w["U"]
        before_gates, candidate = a[..., : 3 * H], a[..., 3 * H :]
        if "+p" in variant:
            p = w["p"]
            before_gates = before_gates + torch.cat([c * p[..., :H], c * p[..., H : 2 * H], torch.zeros_like(c)], -1)
        i, f, o = before_gates.sigmoid().chunk(3, -1)
        g = candidate if "-g" in variant else candidate.tanh()
        kept = c if "-f" in variant else (1 - i) * c if "f=1-i" in variant else f * c
        c = kept + (g if "-i" in variant else i * g)
        if "+p" in variant:
            o = (before_gates[..., 2 * H :] + c * w["p"][..., 2 * H :]).sigmoid()
        shown = c if "-c" in variant else c.tanh()
        h = shown if "-o" in variant else o * shown
        outputs.append(h)
    states = torch.stack(outputs, 2)
    return (states.flatten(1, 2) @ w["V"] + w["v"]).view(N, *X.shape)


class Adam:
    """Adam for stacked nets, each with its own highest rate in one cycle and its own clipping."""

    def __init__(self, weights: Weights, rates: tuple[float, ...], updates: int) -> None:
        self.weights = list(weights.values())
        self.moments = [(torch.zeros_like(one), torch.zeros_like(one)) for one in self.weights]
        self.rates = torch.tensor(rates)[:, None, None]
        self.updates, self.done = updates, 0

    def cycle(self) -> float:
        """The share of the highest rate: from a 25th up over 30 % of the updates, then down, both along a cosine."""
        up, at = 0.3 * self.updates - 1, self.done - 1
        if at <= up:
            return 1 - 0.48 * (1 + np.cos(np.pi * at / up))
        return 0.5 * (1 + np.cos(np.pi * (at - up) / (self.updates - 1 - up)))

    @torch.no_grad()
    def step(self) -> None:
        """One update from the gradients, which are cleared."""
        self.done += 1
        gradients = [one.grad for one in self.weights]
        norm = sum(one.square().sum((1, 2), keepdim=True) for one in gradients).sqrt()
        share = (NORM / (norm + 1e-6)).clamp(max=1.0)
        for one, gradient, (mean, square) in zip(self.weights, gradients, self.moments, strict=True):
            gradient = gradient * share
            mean.lerp_(gradient, 0.1)
            square.lerp_(gradient.square(), 0.001)
            unbiased = square / (1 - 0.999**self.done)
            one -= self.rates * self.cycle() * mean / (1 - 0.9**self.done) / (unbiased.sqrt() + 1e-8)
            one.grad = None


def trained(variant: str, data: dict[str, list[Tensor]], seed: int, updates: int) -> list[dict[str, Any]]:
    """What the net of each rate reached at the look that was best on the validation part."""
    w = start(variant, shares(data["train"]), seed, len(RATES))
    adam = Adam(w, RATES, updates)
    stream = batches(data["train"], BATCH, np.random.default_rng(seed))
    found: list[dict[str, Any]] = [{"val": float("inf")} for _ in RATES]
    every = max(1, updates // LOOKS)
    for update, (X, there) in zip(range(1, updates + 1), stream, strict=False):
        ((surprise(scores(variant, w, X), X) * there).sum() / there.sum()).backward()
        adam.step()
        if update % every == 0:
            with torch.no_grad():
                X, there = padded(data["val"])
                errors = (surprise(scores(variant, w, X), X) * there).sum((1, 2)) / there.sum()
            for number, error in enumerate(errors.tolist()):
                if error < found[number]["val"]:
                    net = {name: one.detach()[number : number + 1].clone() for name, one in w.items()}
                    found[number] = {"val": error, "update": update, "net": net}
    for one in found:
        net = one.pop("net")
        one |= {part: nll(lambda X, net=net: scores(variant, net, X)[0], data[part]) for part in ("train", "test")}
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """What each variant reaches at each rate, and its processor time."""
    data = real()
    found: dict[str, Any] = {}
    for name, variant in VARIANTS.items():
        began = time.process_time()
        reached = trained(variant, data, seed, budget)
        found[name] = {
            "rates": {str(rate): one for rate, one in zip(RATES, reached, strict=True)},
            "seconds": time.process_time() - began,
        }
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates of each variant on made-up chords."""
    data = made_up()
    return {name: [one["test"] for one in trained(variant, data, seed, budget)] for name, variant in VARIANTS.items()}
