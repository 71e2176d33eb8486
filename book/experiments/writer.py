"""A small LSTM that continues a text: its weights, the bits that it needs, and what single units go with.

Read by the landing page, which lets the reader type. The net reads the same text as the nets of `next_character`.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy, one_hot

from experiments.next_character import IMAGINARY, Text, keys, made_up, occurrences, real
from unrolled.lab.character_net import Arrays, pack, probabilities, read, unpack

SEEDS = range(1, 6)
BUDGET = 5500  # updates of each net
PROBE = 4
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")

SHOWN = 1  # the seed whose net the page has
UNITS, BATCH, STEPS, RATE, NORM = 112, 16, 64, 8e-3, 1.0
LONGEST = 7  # characters, the guessed one too, of the longest counts
PIECES = 16  # in which a text is read for measuring


def pieces(text: Text, updates: int) -> Iterator[tuple[torch.Tensor, bool]]:
    """(BATCH, STEPS + 1) for each update, and whether they go on where the last ones ended; a pass starts anywhere."""
    length = len(text.train) // BATCH
    streams = text.train[: BATCH * length].view(BATCH, length)
    in_a_pass = (length - 1) // STEPS
    for update in range(updates):
        place = STEPS * (update % in_a_pass)
        if place == 0:
            streams = streams.roll(int(torch.randint(length, ())), 1)
        yield streams[:, place : place + STEPS + 1], place > 0


def trained(text: Text, seed: int, budget: int) -> Arrays:
    """Train one net for `budget` updates; its states are carried from piece to piece."""
    torch.manual_seed(seed)
    cell, head = torch.nn.LSTM(text.size, UNITS, batch_first=True), torch.nn.Linear(UNITS, text.size)
    with torch.no_grad():
        cell.bias_hh_l0.zero_()
        cell.bias_ih_l0.zero_()[UNITS : 2 * UNITS] = 1  # forget gates start open
    cell.bias_hh_l0.requires_grad_(False)
    learning = [array for array in (*cell.parameters(), *head.parameters()) if array.requires_grad]
    adam = torch.optim.Adam(learning, lr=RATE / 10, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=RATE, total_steps=budget)
    carried = zeros = (torch.zeros(1, BATCH, UNITS), torch.zeros(1, BATCH, UNITS))
    for piece, goes_on in pieces(text, budget):
        one_hots = one_hot(piece[:, :-1], text.size).float()
        states, (h, c) = cell(one_hots, carried if goes_on else zeros)
        carried = (h.detach(), c.detach())
        loss = cross_entropy(head(states).flatten(0, 1), piece[:, 1:].flatten())
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, NORM)
        adam.step()
        schedule.step()
    found = (cell.weight_ih_l0.t(), cell.weight_hh_l0.t(), cell.bias_ih_l0, head.weight.t(), head.bias)
    return Arrays(*(array.detach().double().numpy() for array in found))


def in_pieces(ids: torch.Tensor) -> np.ndarray:
    """A text as PIECES long ones, (PIECES, T)."""
    length = len(ids) // PIECES
    return ids[: PIECES * length].view(PIECES, length).numpy()


def bits(p: Arrays, test: torch.Tensor) -> float:
    """Bits per character on held-out text."""
    ids = in_pieces(test)
    chances = probabilities(p, read(p, ids[:, :-1])[0])
    return float(-np.log2(np.take_along_axis(chances, ids[:, 1:, None], 2)).mean())


def count_bits(text: Text) -> dict[str, float]:
    """Bits per character of counts of 1, 2, … characters, each started from the shorter one's guess."""
    train, test, found = text.train.numpy(), text.test.numpy(), {}
    for order in range(1, LONGEST + 1):
        chance = np.full(len(test) - order + 1, 1 / text.size)
        for context in range(order):
            seen, seen_before = keys(train, text.size, order, context)
            now, before = keys(test, text.size, order, context)
            chance = (occurrences(seen, now) + IMAGINARY * chance) / (occurrences(seen_before, before) + IMAGINARY)
        found[str(order)] = float(-np.log2(chance).mean())
    return found


# What a unit may go with: a number for each character of a text.


def quoted(text: str) -> list[float]:
    """Whether a double quote is open; a blank line closes it."""
    found, inside = [], False
    for before, symbol in zip(" " + text, text, strict=False):
        inside = False if before == symbol == "\n" else inside != (symbol == '"')
        found.append(float(inside))
    return found


def letters_in_a_row(text: str) -> list[float]:
    """How many letters of the word there are so far."""
    found, many = [], 0
    for symbol in text:
        many = many + 1 if symbol.isalpha() else 0
        found.append(float(many))
    return found


def vowel(text: str) -> list[float]:
    """Whether the last character is a vowel."""
    return [float(symbol in "aeiou") for symbol in text]


SIGNS: dict[str, Callable[[str], list[float]]] = {"quotes": quoted, "word": letters_in_a_row, "vowel": vowel}


def correlations(p: Arrays, text: Text, ids: torch.Tensor) -> dict[str, np.ndarray]:
    """How the tanh of each unit's cell state goes with each sign, (H,)."""
    rows = in_pieces(ids)
    cells = np.tanh(read(p, rows)[1]).reshape(-1, len(p.U))
    lines = ["".join(text.symbols[n - 1] if n else "?" for n in row) for row in rows.tolist()]
    found = {}
    for name, sign in SIGNS.items():
        values = np.concatenate([sign(line) for line in lines])
        centred = (cells - cells.mean(0)) / cells.std(0)
        found[name] = centred.T @ (values - values.mean()) / len(values) / max(values.std(), 1e-9)
    return found


def of_units(p: Arrays, text: Text) -> dict[str, dict[str, float]]:
    """The unit that goes best with each sign on text that was trained on; how well it does on held-out text."""
    seen, held_out = (correlations(p, text, ids) for ids in (text.train[: len(text.test)], text.test))
    best = {name: int(np.abs(values).argmax()) for name, values in seen.items()}
    return {name: {"unit": unit, "correlation": float(held_out[name][unit])} for name, unit in best.items()}


def run(seed: int, budget: int) -> dict[str, Any]:
    """Bits of the net and of the net in bytes, units; of one seed also the weights, and the counts."""
    text = real()
    p = trained(text, seed, budget)
    packed = pack(text.symbols, p)
    small = unpack(packed).weights
    found: dict[str, Any] = {
        "bits": {"net": bits(p, text.test), "in bytes": bits(small, text.test)},
        "units": of_units(small, text),
    }
    if seed == SHOWN:
        found["net"] = packed
        found["counts"] = count_bits(text)
        found["text"] = {"train": len(text.train), "test": len(text.test), "symbols": text.size}
        found["Python"] = platform.python_version()
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates on made-up text: bits alone."""
    text = made_up()
    return {"bits": bits(trained(text, seed, budget), text.test)}
