"""Embedded Reber grammar, learnt symbol by symbol: memory cells as in 1997, and plain nets.

Read by the page `papers`, beside experiment 1 of Hochreiter and Schmidhuber 1997. One run has strings of its own for
training and for testing, and trains two nets of each kind at each rate.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from experiments._online_cells import BEHIND, MAY, Build, Cells, Plain, right, string

SEEDS = range(1, 6)
BUDGET = 250_000  # symbols that each net hears, about 23,000 strings
PROBE = 60
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "scipy")

TRIALS, STRINGS, EVERY = 2, 256, 2500  # nets a rate; strings of each part; symbols from one judging to the next
RATES = (0.1, 0.2, 0.5)
BUILD = Build(3, 2, True, (0, 0, 0), (-1, -2, -3), (0, 0, 0))  # no forget gates: their biases are not used
# Which have biases of the outputs, and symbols that go to the outputs, too.
READS = {"as described": (False, False), "bias": (True, False), "bias and symbol": (True, True)}
ELMAN, RTRL = 15, 12  # units


def table(strings: list[tuple[int, ...]]) -> np.ndarray:
    """Strings as rows, filled up with −1."""
    rows = np.full((len(strings), max(map(len, strings))), -1)
    for row, one in zip(rows, strings, strict=True):
        row[: len(one)] = one
    return rows


def parts(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Strings for training; and for judging: the different ones among these, and as many that are not."""
    train = [tuple(string(rng)) for _ in range(STRINGS)]
    test: list[tuple[int, ...]] = []
    while len(test) < STRINGS:
        one = tuple(string(rng))
        if one not in train:
            test.append(one)
    return table(train), table(sorted({*train, *test}))


def judged(nets: Cells | Plain, rows: np.ndarray) -> np.ndarray:
    """The share of strings of which a net foresees every symbol, (N,)."""
    nodes, states = np.zeros(len(rows), int), nets.silent(len(rows))
    whole = np.ones((len(nets.W), len(rows)), bool)
    for now, following in pairwise(rows.T):
        nodes = BEHIND[nodes, now]
        *states, outputs = nets.hear(np.broadcast_to(now, whole.shape), *states)
        whole &= right(outputs, MAY[nodes]) | (following < 0)
    return whole.mean(1)


def trained(nets: Cells | Plain, rates: np.ndarray, train: np.ndarray, rows: np.ndarray, rng: Any, budget: int) -> Any:
    """Train a stack; by net: strings until all were foreseen (0: never), the best share, and the last one."""
    N, lengths = len(rates), (train >= 0).sum(1)
    row, place = rng.integers(0, STRINGS, N), np.zeros(N, int)
    strings, until, best = np.zeros(N, int), np.zeros(N, int), np.zeros(N)
    for update in range(1, budget + 1):
        nets.learn(train[row, place], train[row, place + 1], rates)
        place += 1
        done = place == lengths[row] - 1
        if done.any():
            strings += done
            nets.reset(done)
            place[done] = 0
            row = np.where(done, rng.integers(0, STRINGS, N), row)
        if update % min(EVERY, budget) == 0:
            share = judged(nets, rows)
            best = np.maximum(best, share)
            until = np.where((share == 1) & (until == 0), strings, until)
            if until.all():
                break
    return until, best, share


def run(seed: int, budget: int) -> dict[str, Any]:
    """By kind and rate, of each net: strings until all were foreseen (0: never), the best share, and the last one."""
    rng = np.random.default_rng(seed)
    train, rows = parts(rng)
    seeds = [10 * seed + 1000 * trial for trial in range(1, TRIALS + 1)]
    found: dict[str, Any] = {"strings": len(rows)}

    def add(names: list[str], nets: Cells | Plain) -> None:
        rates = np.tile(np.repeat(np.array(RATES, np.float32), TRIALS), len(names))
        each = trained(nets, rates, train, rows, np.random.default_rng([seed, 1]), budget)
        split = [one.reshape(len(names), len(RATES), TRIALS) for one in each]
        for place, name in enumerate(names):
            found[name] = {
                rate: {"until": split[0][place, r], "best": split[1][place, r], "last": split[2][place, r]}
                for r, rate in enumerate(RATES)
            }

    bias, symbol = (np.repeat([read[place] for read in READS.values()], len(RATES) * TRIALS) for place in (0, 1))
    cells = seeds * (len(RATES) * len(READS))
    add(list(READS), Cells(BUILD, cells, np.zeros(len(cells), bool), bias, symbol))
    add(["Elman"], Plain(ELMAN, seeds * len(RATES), exact=False))
    add(["RTRL"], Plain(RTRL, seeds * len(RATES), exact=True))
    weights = {name: BUILD.weights(False, *read) for name, read in READS.items()}
    found["weights"] = weights | {"Elman": Plain(ELMAN, [1], False).weights(), "RTRL": Plain(RTRL, [1], True).weights()}
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """What tests run again: the outputs of each kind after the first updates."""
    train, _ = parts(np.random.default_rng(seed))
    found = {}
    for name, nets in (
        ("cells", Cells(BUILD, [1, 2], np.zeros(2, bool), np.ones(2, bool), np.array([False, True]))),
        ("Elman", Plain(ELMAN, [1, 2], exact=False)),
        ("RTRL", Plain(RTRL, [1, 2], exact=True)),
    ):
        for row in train[: budget // 10]:
            for now, following in pairwise(row[:9]):
                outputs = nets.learn(np.full(2, now), np.full(2, following), np.full(2, 0.5, np.float32))
            nets.reset(np.ones(2, bool))
        found[name] = outputs
    return found
