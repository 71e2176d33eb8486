"""Which of six nets guesses the next character best, what each looks back to, and what the largest writes; and counts.

Read by the page `rnn-cell`. All nets of a run read the same pieces of text; each is clipped and trained alone. The text
is the language reference of the Python that runs, so the probe trains on made-up text.
"""

from __future__ import annotations

import math
import platform
import re
import time
from collections import defaultdict
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from unrolled.data.text import alphabet, encode, python_reference

SEEDS = range(1, 9)
BUDGET = 1000  # updates of each net
PROBE = 4
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")

BATCH, STEPS, RATE, NORM = 32, 32, 1e-2, 5.0
SIZES = {"no memory": 64, "Elman": 64, "Jordan": 60, "second order": 13, "factored": 44, "Elman, 128 units": 128}
WRITER = "Elman, 128 units"
COUNTS = ("single counts", "pair counts", "triple counts", "4-gram counts")
IMAGINARY = 2.0  # characters that a count with a longer context starts from, spread as the shorter one predicts
LOOKS = (0, 100, 300, 1000)  # updates after which the writer writes
TEMPERATURES = (0.5, 1.0, 1.5)
SAMPLES, LENGTH = 16, 500  # texts that are written, and their characters
WORD = re.compile(r"(?<![a-z])[a-z]{4,}(?![a-z])")

Weights = dict[str, Tensor]


class Text(NamedTuple):
    """A text as numbers, cut in two; its alphabet, 0 for all that is not in it; its words of four letters or more."""

    train: Tensor
    test: Tensor
    symbols: str
    words: frozenset[str]

    @property
    def size(self) -> int:
        """How many symbols there are."""
        return len(self.symbols) + 1


def cut_in_two(text: str, at_least: int) -> Text:
    """The first nine tenths to train on, the last to test on."""
    cut = int(0.9 * len(text))
    symbols = alphabet(text[:cut], at_least)
    train, test = (torch.as_tensor(encode(part, symbols)) for part in (text[:cut], text[cut:]))
    return Text(train, test, symbols, frozenset(WORD.findall(text[:cut])))


@cache
def real() -> Text:
    """Python's language reference."""
    return cut_in_two(python_reference(), 20)


def made_up() -> Text:
    """The same on every machine."""
    return cut_in_two("".join(f"{n} times {n + 1} equals {n * n + n}\n" for n in range(400)), 1)


# The nets.


def initial(net: str, size: int, generator: torch.Generator) -> Weights:
    """The weights that a net starts with."""

    def normal(*shape: int, scale: float) -> Tensor:
        return scale * torch.randn(*shape, generator=generator)

    H = SIZES[net]
    p = {"b": torch.zeros(H), "Wy": normal(H, size, scale=H**-0.5), "by": torch.zeros(size)}
    if net == "second order":
        return p | {"V": normal(size, H, H, scale=H**-0.5)}
    p["W"] = normal(size, H, scale=0.3)
    if net.startswith("Elman"):
        p["U"] = normal(H, H, scale=H**-0.5)
    if net == "Jordan":
        p["U"] = normal(size, H, scale=size**-0.5)
    if net == "factored":  # every symbol starts near the same recurrent kernel
        p["P"] = 1 + normal(size, H, scale=0.3)
        p["Q"], p["R"] = normal(H, H, scale=H**-0.5), normal(H, H, scale=H**-0.5)
    return p


def start(net: str, p: Weights, batch: int) -> tuple[Tensor, Tensor]:
    """The state and the output before the first step."""
    h = torch.zeros(batch, SIZES[net])
    if net == "second order":
        h[:, 0] = 1  # a product with a zero state would drop the first symbol
    K = len(p["by"])
    return h, torch.full((batch, K), 1 / K)


def states(net: str, p: Weights, ids: Tensor, h: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """All states (batch, T, H) for `ids` (batch, T), and the last state and output."""
    picked = {name: p[name][ids].unbind(1) for name in ("W", "V", "P") if name in p}
    out = []
    for t in range(ids.shape[1]):
        if net == "no memory":
            a = picked["W"][t]
        elif net == "Jordan":
            a = picked["W"][t] + y @ p["U"]
        elif net == "second order":
            a = torch.bmm(h[:, None], picked["V"][t])[:, 0]
        elif net == "factored":
            a = picked["W"][t] + (picked["P"][t] * (h @ p["Q"])) @ p["R"]
        else:
            a = torch.addmm(picked["W"][t], h, p["U"])
        h = (a + p["b"]).tanh()
        if net == "Jordan":
            y = (h @ p["Wy"] + p["by"]).softmax(-1)
        out.append(h)
    return torch.stack(out, 1), h, y


def losses(net: str, p: Weights, pieces: Tensor) -> Tensor:
    """The loss of each character but the first, in nats; `pieces` (batch, T + 1)."""
    Hs, _, _ = states(net, p, pieces[:, :-1], *start(net, p, len(pieces)))
    scores = (Hs.flatten(0, 1) @ p["Wy"] + p["by"]).view(*Hs.shape[:2], -1)
    return cross_entropy(scores.transpose(1, 2), pieces[:, 1:], reduction="none")


def bits(net: str, p: Weights, test: Tensor) -> float:
    """Bits per character; the test text is read as 16 long pieces."""
    length = len(test) // 16
    with torch.no_grad():
        return float(losses(net, p, test[: 16 * length].view(16, length)).mean()) / math.log(2)


def by_place(net: str, p: Weights, test: Tensor) -> list[float]:
    """Bits of the first, second, … character after a state of zeros, over many places of the test text."""
    starts = torch.arange(0, len(test) - STEPS, STEPS)
    with torch.no_grad():
        return (losses(net, p, test[starts[:, None] + torch.arange(STEPS + 1)]).mean(0) / math.log(2)).tolist()


def write(net: str, p: Weights, first: int, temperature: float, generator: torch.Generator) -> Tensor:
    """Texts (SAMPLES, LENGTH) that a net writes: each character is drawn, then read."""
    h, y = start(net, p, SAMPLES)
    ids, out = torch.full((SAMPLES, 1), first), []
    with torch.no_grad():
        for _ in range(LENGTH):
            _, h, y = states(net, p, ids, h, y)
            ids = torch.multinomial(((h @ p["Wy"] + p["by"]) / temperature).softmax(-1), 1, generator=generator)
            out.append(ids)
    return torch.cat(out, 1)


def share_of_words(ids: Tensor, text: Text) -> dict[str, float]:
    """How many words of four letters or more were written; the shares that stand in the training text, and differ."""
    written = []
    for row in ids.tolist():
        line = "".join(text.symbols[i - 1] if i else "?" for i in row)
        written += WORD.findall(line[: line.rfind(" ") + 1])  # the last word may be cut off
    many = max(1, len(written))
    real = sum(word in text.words for word in written)
    return {"words": len(written), "share": real / many, "different": len(set(written)) / many}


# The counts.


def keys(ids: np.ndarray, size: int, order: int, context: int) -> tuple[np.ndarray, np.ndarray]:
    """Number each window's last `context` symbols, with and without the one to guess."""
    windows = np.lib.stride_tricks.sliding_window_view(ids, order)
    place = size ** np.arange(context + 1)
    return windows[:, order - 1 - context :] @ place, windows[:, order - 1 - context : -1] @ place[:-1]


def occurrences(seen: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """How often each of `wanted` is among `seen`."""
    values, counts = np.unique(seen, return_counts=True)
    at = np.searchsorted(values, wanted).clip(max=len(values) - 1)
    return np.where(values[at] == wanted, counts[at], 0)


def count_bits(text: Text, read: np.ndarray) -> dict[str, float]:
    """Bits per character of the counts over those windows of the training text that were `read` wholly."""
    train, test, found = text.train.numpy(), text.test.numpy(), {}
    for order, name in enumerate(COUNTS, 1):
        whole = np.lib.stride_tricks.sliding_window_view(read, order).all(1)
        chance = np.full(len(test) - order + 1, 1 / text.size)
        for context in range(order):
            seen, seen_before = (part[whole] for part in keys(train, text.size, order, context))
            now, before = keys(test, text.size, order, context)
            chance = (occurrences(seen, now) + IMAGINARY * chance) / (occurrences(seen_before, before) + IMAGINARY)
        found[name] = float(-np.log2(chance).mean())
    return found


def written_by_counts(text: Text, generator: torch.Generator) -> Tensor:
    """Texts (SAMPLES, LENGTH), each character drawn from those that followed the last three in the training text."""
    followers: dict[tuple[int, ...], list[int]] = defaultdict(list)
    train = text.train.tolist()
    for place in range(3, len(train)):
        followers[tuple(train[place - 3 : place])].append(train[place])
    rows = []
    for _ in range(SAMPLES):
        row = train[:3]
        while len(row) < LENGTH:
            after = followers[tuple(row[-3:])]
            row.append(after[int(torch.randint(len(after), (), generator=generator))])
        rows.append(row)
    return torch.tensor(rows)


# One run.


def pieces_of(text: Text, seed: int, updates: int) -> Tensor:
    """Where the pieces of each update start, (updates, BATCH)."""
    generator = torch.Generator().manual_seed(1000 + seed)
    return torch.randint(0, len(text.train) - STEPS, (updates, BATCH), generator=generator)


def trained(net: str, text: Text, seed: int, budget: int) -> tuple[Weights, dict[int, Weights]]:
    """Train one net for `budget` updates; its weights at the end, and those after each number of updates in LOOKS."""
    p = initial(net, text.size, torch.Generator().manual_seed(seed))
    for array in p.values():
        array.requires_grad_()
    adam = torch.optim.Adam(p.values(), lr=RATE / 10, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=RATE, total_steps=budget)
    looks = {0: {name: array.detach().clone() for name, array in p.items()}}
    for update, starts in enumerate(pieces_of(text, seed, budget), 1):
        loss = losses(net, p, text.train[starts[:, None] + torch.arange(STEPS + 1)]).mean()
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(p.values(), NORM)
        adam.step()
        schedule.step()
        if update in LOOKS:
            looks[update] = {name: array.detach().clone() for name, array in p.items()}
    return {name: array.detach() for name, array in p.items()}, looks


def of_nets(text: Text, seed: int, budget: int) -> dict[str, Any]:
    """What each net reaches, and what the largest writes."""
    found: dict[str, Any] = {"bits": {}, "places": {}, "weights": {}, "seconds": {}}
    for net in SIZES:
        began = time.process_time()
        p, looks = trained(net, text, seed, budget)
        found["seconds"][net] = time.process_time() - began
        found["bits"][net] = bits(net, p, text.test)
        found["places"][net] = by_place(net, p, text.test)
        found["weights"][net] = sum(array.numel() for array in p.values())
    generator = torch.Generator().manual_seed(2000 + seed)
    first = text.symbols.index("\n") + 1
    found["learning"] = {
        updates: share_of_words(write(WRITER, then, first, 1.0, generator), text)
        | {"bits": bits(WRITER, then, text.test)}
        for updates, then in looks.items()
    }
    found["temperatures"] = {
        temperature: share_of_words(write(WRITER, p, first, temperature, generator), text)
        for temperature in TEMPERATURES
    }
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """Bits, places, weights and seconds of each net; what was written; counts of all the text and of what was read."""
    text = real()
    found = of_nets(text, seed, budget)
    places = (pieces_of(text, seed, budget).flatten()[:, None] + torch.arange(STEPS + 1)).flatten().numpy()
    read = np.zeros(len(text.train), dtype=bool)
    read[places] = True
    generator = torch.Generator().manual_seed(3000 + seed)
    found["counts"] = count_bits(text, np.ones_like(read))
    found["counts of what was read"] = count_bits(text, read)
    found["words of counts"] = share_of_words(written_by_counts(text, generator), text)
    found["read"] = {"characters": budget * BATCH * STEPS, "share": float(read.mean())}
    found["text"] = {"train": len(text.train), "test": len(text.test), "symbols": text.size}
    found["Python"] = platform.python_version()
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates of each net on made-up text: their losses alone, not what is drawn from them."""
    text = made_up()
    return {net: bits(net, trained(net, text, seed, budget)[0], text.test) for net in SIZES}
