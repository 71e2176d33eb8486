"""Training and measuring nets of one build on tiny Shakespeare; for `parallel_plays` and the trials of its rates."""

from __future__ import annotations

import math
import time
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from experiments._parallel_nets import Net, weights
from unrolled.data.shakespeare import halves
from unrolled.data.text import alphabet, encode

SIZES = {"GRU": 56, "minGRU": 72, "minLSTM": 67, "Transformer": 64}  # D, for about equally many weights
LAYERS, BATCH, STEPS, NORM = 2, 16, 128, 1.0


class Text(NamedTuple):
    """A text as numbers, 0 for what is not in the alphabet: the part to train on, and the one to validate on."""

    train: Tensor
    validation: Tensor
    size: int


def numbered(train: str, validation: str) -> Text:
    """Both parts as numbers; the alphabet is that of the training part."""
    symbols = alphabet(train, 1)
    return Text(*(torch.as_tensor(encode(part, symbols)) for part in (train, validation)), len(symbols) + 1)


def plays() -> Text:
    """Tiny Shakespeare."""
    return numbered(*halves())


def made_up() -> Text:
    """The same on every machine."""
    text = "".join(f"{n} times {n + 1} equals {n * n + n}\n" for n in range(400))
    return numbered(text[:9000], text[9000:])


@torch.no_grad()
def bits(net: Net, ids: Tensor) -> list[float]:
    """Bits per character at each eighth of windows of STEPS that begin with no past."""
    rows = ids[: len(ids) // (STEPS + 1) * (STEPS + 1)].view(-1, STEPS + 1)
    nats = torch.cat(
        [cross_entropy(net(some[:, :-1]).mT, some[:, 1:], reduction="none") for some in rows.split(64)]
    ).double()
    return (nats.mean(0) / math.log(2)).view(8, -1).mean(1).tolist()


def trained(kind: str, text: Text, rate: float, seed: int, budget: int) -> dict[str, Any]:
    """Train one net on random windows; its bits on the validation part by eighths of a window, weights, seconds."""
    torch.manual_seed(seed)
    net = Net(kind, SIZES[kind], LAYERS, text.size, text.size)
    adam = torch.optim.Adam(net.parameters(), lr=rate / 10, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=rate, total_steps=budget)
    began = time.process_time()
    for _ in range(budget):
        places = torch.randint(len(text.train) - STEPS, (BATCH, 1)) + torch.arange(STEPS + 1)
        window = text.train[places]
        loss = cross_entropy(net(window[:, :-1]).flatten(0, 1), window[:, 1:].flatten())
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), NORM)
        adam.step()
        schedule.step()
    seconds = time.process_time() - began
    found = bits(net, text.validation)
    return {"bits": sum(found) / len(found), "eighths": found, "weights": weights(net), "seconds": seconds}
