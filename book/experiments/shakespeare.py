"""RNN, LSTM and GRU at equal parameters on tiny Shakespeare, and a table of counts.

Read by the page `language-model`. The text's file is the publisher's, so the probe trains on made-up text.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from unrolled.data.shakespeare import TINY_SHAKESPEARE, halves
from unrolled.data.text import alphabet, encode
from unrolled.lab.counts import surprises

SEEDS = range(1, 6)
BUDGET = 1960  # updates of each net: twice through the text
PROBE = 4
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")
DATA = TINY_SHAKESPEARE.hashes

SIZES = {"RNN": 160, "LSTM": 80, "GRU": 93}  # units, for about equally many weights
RATES = {"RNN": 4e-3, "LSTM": 8e-3, "GRU": 8e-3}
EMBEDDING, BATCH, STEPS, NORM = 32, 16, 64, 1.0
LOOKS = 5  # times that the validation text is read while training
ROWS = 16  # in which a text is read for measuring
COUNTED = 1  # the seed whose run holds the counts, too
LONGEST = 9  # symbols, the guessed one too, of the longest counts


class Text(NamedTuple):
    """A text as numbers, 0 for what is not in the alphabet: the part to train on, and the one to validate on."""

    train: Tensor
    validation: Tensor
    symbols: str

    @property
    def size(self) -> int:
        """How many symbols there are."""
        return len(self.symbols) + 1


def numbered(train: str, validation: str) -> Text:
    """Both parts as numbers; the alphabet is that of the training part."""
    symbols = alphabet(train, 1)
    return Text(*(torch.as_tensor(encode(part, symbols)) for part in (train, validation)), symbols)


def made_up() -> Text:
    """The same on every machine."""
    text = "".join(f"{n} times {n + 1} equals {n * n + n}\n" for n in range(400))
    return numbered(text[:9000], text[9000:])


class Net(nn.Module):
    """Scores (B, T, K) of each next symbol, and the state."""

    def __init__(self, kind: str, symbols: int) -> None:
        super().__init__()
        H = SIZES[kind]
        self.embed = nn.Embedding(symbols, EMBEDDING)
        self.cell = getattr(nn, kind)(EMBEDDING, H, batch_first=True)
        self.head = nn.Linear(H, symbols)
        if kind == "LSTM":
            with torch.no_grad():
                self.cell.bias_hh_l0.zero_()
                self.cell.bias_ih_l0.zero_()[H : 2 * H] = 1  # forget gates start open

    def forward(self, ids: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        out, state = self.cell(self.embed(ids), state)
        return self.head(out), state


def pieces(text: Text, updates: int) -> Iterator[tuple[Tensor, bool]]:
    """(BATCH, STEPS + 1) for each update, and whether they go on where the last ones ended; a pass starts anywhere."""
    length = len(text.train) // BATCH
    in_a_pass = (length - 1) // STEPS
    streams = text.train[: BATCH * length].view(BATCH, length)
    for update in range(updates):
        place = STEPS * (update % in_a_pass)
        if place == 0:
            streams = text.train.roll(int(torch.randint(len(text.train), ())))[: BATCH * length].view(BATCH, length)
        yield streams[:, place : place + STEPS + 1], place > 0


def detached(state: Any) -> Any:
    """The state without its past."""
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


@torch.no_grad()
def bits(net: Net, ids: Tensor) -> float:
    """Bits per character of a text that is read as ROWS long ones, the state carried."""
    length = len(ids) // ROWS
    rows = ids[: ROWS * length].view(ROWS, length)
    state, nats = None, 0.0
    for place in range(0, length - 1, 512):
        piece = rows[:, place : place + 513]
        scores, state = net(piece[:, :-1], state)
        nats += float(cross_entropy(scores.flatten(0, 1), piece[:, 1:].flatten(), reduction="sum"))
    return nats / (ROWS * (length - 1)) / math.log(2)


def trained(kind: str, text: Text, seed: int, budget: int) -> tuple[Net, dict[str, Any]]:
    """Train one net for `budget` updates, its state carried from piece to piece; the net, and its curve."""
    torch.manual_seed(seed)
    net = Net(kind, text.size)
    adam = torch.optim.Adam(net.parameters(), lr=RATES[kind] / 10, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=RATES[kind], total_steps=budget)
    carried, curve, every = None, {}, max(1, budget // LOOKS)
    for update, (piece, goes_on) in enumerate(pieces(text, budget), 1):
        scores, state = net(piece[:, :-1], carried if goes_on else None)
        carried = detached(state)
        loss = cross_entropy(scores.flatten(0, 1), piece[:, 1:].flatten())
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), NORM)
        adam.step()
        schedule.step()
        if update % every == 0:
            curve[update] = bits(net, text.validation)
    return net, curve


def run(seed: int, budget: int) -> dict[str, Any]:
    """Bits of each net on both parts, curves, weights, seconds; of one seed also the counts."""
    text = numbered(*halves())
    found: dict[str, Any] = {"validation": {}, "train": {}, "curves": {}, "weights": {}, "seconds": {}}
    for kind in SIZES:
        began = time.process_time()
        net, found["curves"][kind] = trained(kind, text, seed, budget)
        found["seconds"][kind] = time.process_time() - began
        found["validation"][kind] = bits(net, text.validation)
        found["train"][kind] = bits(net, text.train[: len(text.validation)])
        found["weights"][kind] = sum(array.numel() for array in net.parameters())
    if seed == COUNTED:
        guessed = surprises(text.train.numpy(), text.validation.numpy(), text.size, LONGEST).mean(1)
        found["counts"] = {str(length): float(one) for length, one in enumerate(guessed, 1)}
        found["text"] = {"train": len(text.train), "validation": len(text.validation), "symbols": text.size - 1}
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates of each net on made-up text."""
    text = made_up()
    return {kind: bits(trained(kind, text, seed, budget)[0], text.validation) for kind in SIZES}
