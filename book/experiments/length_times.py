"""What a training step and a decoding step take, against the length: LSTM, attention, minGRU, of equal weights.

Read by the page `after-rnns`. Processor time of one thread, one sequence; of some tries, which take turns, the least.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, logsigmoid, scaled_dot_product_attention

from experiments._parallel_nets import HEADS, Attention, Net, weights

SEEDS = range(1, 6)
BUDGET = 3  # tries
PROBE = 1
TOLERANCE = 1e-3
LIBRARIES = ("torch",)

SYMBOLS, LAYERS = 66, 2
SIZES = {"LSTM": 53, "Transformer": 64, "whole Transformer": 64, "minGRU": 74, "minGRU in logs": 74}
LENGTHS = (64, 128, 256, 512, 1024, 2048)
BEHIND = (64, 512, 4096, 32768)  # symbols before a decoding step
STEPS = 20  # of decoding, that are timed together


class LogMinGRU(nn.Module):
    """A minGRU with positive candidates, all steps at once: sums of logarithms in the place of products."""

    def __init__(self, D: int) -> None:
        super().__init__()
        self.both = nn.Linear(D, 2 * D)

    def forward(self, x: Tensor) -> Tensor:
        z, n = self.both(x).chunk(2, -1)
        kept = logsigmoid(z).cumsum(1)
        new = logsigmoid(-z) + torch.where(n >= 0, n.relu() + 0.5, n.sigmoid()).log()
        return (kept + (new - kept).logcumsumexp(1)).exp()


def net_of(name: str) -> Net:
    """A net of about as many weights as the others."""
    D = SIZES[name]
    net: Any = Net(name.removesuffix(" in logs"), D, LAYERS, SYMBOLS, SYMBOLS)
    if name.endswith(" in logs"):
        for block in net.blocks:
            block.mix = LogMinGRU(D)
    found: Net = net
    return found


def training(name: str, T: int) -> Callable[[], object]:
    """One forward and backward pass over one sequence."""
    net = net_of(name)
    ids = torch.randint(SYMBOLS, (1, T))

    def go() -> None:
        net.zero_grad()
        cross_entropy(net(ids).mT, ids).backward()

    return go


def decoding(name: str, T: int) -> Callable[[], object]:
    """STEPS steps, each one symbol behind T others, of which keys and values are kept, or a state."""
    net: Any = net_of(name)
    D = SIZES[name]
    x = torch.randn(1, 1, D)
    cache = torch.randn(2, LAYERS, 1, HEADS, T, D // HEADS)
    state = torch.zeros(2, LAYERS, 1, 1, D)

    def mixed(layer: int, mix: Any, x: Tensor) -> Any:
        if not isinstance(mix, Attention):
            return mix.cell(x, tuple(state[:, layer]))[0]
        q = mix.qkv(x).view(1, 1, 3, HEADS, -1)[:, :, 0].transpose(1, 2)
        return mix.out(scaled_dot_product_attention(q, *cache[:, layer]).transpose(1, 2).reshape(1, 1, D))

    @torch.no_grad()
    def go() -> None:
        for _ in range(STEPS):
            y = x
            for layer, block in enumerate(net.blocks):
                y = y + mixed(layer, block.mix, block.norms[0](y))
                y = y + block.feed(block.norms[1](y))
            net.head(net.norm(y))

    return go


def least(programs: dict[str, Callable[[], object]], tries: int) -> dict[str, float]:
    """Least processor seconds of each; they take turns, and the first turn warms up."""
    found = {name: float("inf") for name in programs}
    for turn in range(tries + 1):
        for name, go in programs.items():
            began = time.thread_time()
            go()
            if turn:
                found[name] = min(found[name], time.thread_time() - began)
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """Seconds of a training step by net, and of a decoding step by net, for each of the lengths; weights."""
    torch.manual_seed(seed)
    trained = [least({name: training(name, T) for name in SIZES}, budget) for T in LENGTHS]
    decoded = [least({name: decoding(name, T) for name in ("LSTM", "Transformer")}, budget) for T in BEHIND]
    return {
        "lengths": LENGTHS,
        "behind": BEHIND,
        "training": {name: [one[name] for one in trained] for name in SIZES},
        "decoding": {name: [one[name] / STEPS for one in decoded] for name in ("LSTM", "Transformer")},
        "weights": {name: weights(net_of(name)) for name in SIZES},
    }


def probe(seed: int, budget: int) -> dict[str, Any]:
    """What does not depend on a clock: the weights, and that a loop and sums of logarithms give the same states."""
    torch.manual_seed(seed)
    mix = LogMinGRU(8).double()
    x = torch.randn(2, 30, 8).double()
    z, n = mix.both(x).chunk(2, -1)
    z, n = z.sigmoid(), torch.where(n >= 0, n + 0.5, n.sigmoid())
    h = torch.zeros(2, 8).double()
    for t in range(30):
        h = z[:, t] * h + (1 - z[:, t]) * n[:, t]
    return {"gap": float((mix(x)[:, -1] - h).abs().max() < 1e-9), "weights": [weights(net_of(name)) for name in SIZES]}
