"""Strings of the embedded Reber grammar without end: memory cells without forget gates, with resets from outside, with.

Read by the page `papers`, beside the continual task of Gers, Schmidhuber and Cummins 2000. One run trains two nets of
each kind, each with the same first weights and symbols; after training they hear streams without learning.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments._online_cells import BEHIND, MAY, SYMBOLS, Build, Cells, Floats, right, sigmoid, walk

SEEDS = range(1, 6)
BUDGET = 400_000  # symbols that each net hears, about 33,000 strings
PROBE = 60
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "scipy")

TRIALS, MARKS = 2, 16  # nets of each kind; times of judging
RATE, FALL, OFTEN = 0.5, 0.96, 10_000  # a falling rate is multiplied by FALL after so many symbols
CUT = 250  # symbols, after which all states are set to zero and another stream begins
STREAMS, SHORT, LONG = 10, 1000, 10_000  # streams to judge by; symbols of each, on the way and at the end
BIN, BINS = 25, 40  # symbols; stretches of the stream whose states are measured
BUILD = Build(4, 2, False, (-0.5, -1, -1.5, -2), (-0.5, -1, -1.5, -2), (0.5, 1, 1.5, 2))
KINDS = {"standard": (False, False), "reset": (False, True), "forget": (True, False)}  # forget gates, resets
SCHEDULES = {"constant": 1.0, "falling": FALL}
CLOSING = np.zeros(len(MAY), bool)  # the nodes at which the first T or P has to be repeated
CLOSING[[9, 18]] = True


class Stream:
    """Streams of symbols: the one heard now, and the nodes behind it."""

    def __init__(self, rng: np.random.Generator, count: int) -> None:
        self.rng, self.nodes = rng, np.zeros(count, int)
        self.go(walk(rng, self.nodes))

    def go(self, symbols: np.ndarray) -> None:
        """Hear these symbols."""
        self.symbols, self.nodes = symbols, BEHIND[self.nodes, symbols]

    def following(self) -> np.ndarray:
        """Draw what follows."""
        return walk(self.rng, self.nodes)

    @property
    def ended(self) -> np.ndarray:
        """Where the string ends with this symbol."""
        return self.nodes == 0


def forgetting(nets: Cells, symbols: np.ndarray, units: Floats) -> Floats:
    """The forget gates of each net at a symbol that all hear: (N, M, blocks)."""
    C, B = nets.build.all_cells, nets.build.blocks
    x = np.eye(len(SYMBOLS), dtype=np.float32)[symbols]
    z = np.concatenate([x, units, np.ones((*symbols.shape, 1), np.float32)], 2)
    gates: Floats = sigmoid(z @ nets.W[:, :, C + B : C + 2 * B])
    return gates


def judged(nets: Cells, resets: np.ndarray, rng: np.random.Generator, symbols: int) -> dict[str, np.ndarray]:
    """What nets do on STREAMS streams, the same for all.

    length (N,): symbols until the first that was not foreseen, mean over the streams. right, closing: share of the
    symbols, and of the closing T or P, that are foreseen. size, foreseen (N, BINS): mean size of the cells' states, and
    share of right symbols, by stretches of the stream. gates (N, 2): the mean over the streams of the most shut forget
    gate, where a string ends and elsewhere.
    """
    N = len(nets.W)
    stream, (s, units) = Stream(rng, STREAMS), nets.silent(STREAMS)
    well, length = np.ones((N, STREAMS), bool), np.zeros((N, STREAMS))
    sizes, hits = [], []
    closing, gates = np.zeros((2, N)), np.zeros((2, N, 2))
    for _ in range(symbols):
        now = np.broadcast_to(stream.symbols, (N, STREAMS))
        shut, ended = forgetting(nets, now, units).min(2), stream.ended
        for place, where in enumerate((ended, ~ended)):
            gates[0, :, place] += shut[:, where].sum(1)
            gates[1, :, place] += where.sum()
        s, units, outputs = nets.hear(now, s, units)
        hit = right(outputs, MAY[stream.nodes])
        well &= hit
        length += well
        hits.append(hit.mean(1))
        sizes.append(np.abs(s).mean((1, 2)))
        last = CLOSING[stream.nodes]
        closing += hit[:, last].sum(1), np.full(N, last.sum())
        cleared = resets[:, None] & ended
        s[cleared] = units[cleared] = 0
        stream.go(stream.following())
    bins = min(BINS, symbols // BIN)
    return {
        "length": length.mean(1),
        "right": np.mean(hits, 0),
        "closing": closing[0] / np.maximum(closing[1], 1),
        "size": np.array(sizes)[: bins * BIN].reshape(bins, BIN, N).mean(1).T,
        "foreseen": np.array(hits)[: bins * BIN].reshape(bins, BIN, N).mean(1).T,
        "gates": gates[0] / np.maximum(gates[1], 1),
    }


def stack(seed: int) -> tuple[Cells, np.ndarray, np.ndarray]:
    """All nets of a run, those that are reset at the end of a string, and the factors of their rates."""
    rows = [(*kind, fall) for kind in KINDS.values() for fall in SCHEDULES.values() for _ in range(TRIALS)]
    forgets, resets, falls = (np.array(column) for column in zip(*rows, strict=True))
    seeds = [10 * seed + 1000 * trial for trial in range(1, TRIALS + 1)] * (len(KINDS) * len(SCHEDULES))
    every = np.ones(len(rows), bool)
    return Cells(BUILD, seeds, forgets, every, every), resets, falls.astype(np.float32)


def run(seed: int, budget: int) -> dict[str, Any]:
    """By kind, schedule and measure, of each net: what `judged` found; `lengths`: of streams of SHORT, on the way."""
    nets, resets, falls = stack(seed)
    N, rates, lengths = len(falls), np.full(len(falls), RATE, np.float32), []
    stream = Stream(np.random.default_rng([seed, 1]), TRIALS)

    def all_nets(values: np.ndarray) -> np.ndarray:
        return np.tile(values, N // TRIALS)

    for update in range(1, budget + 1):
        following = stream.following()
        nets.learn(all_nets(stream.symbols), all_nets(following), rates)
        ended = all_nets(stream.ended)
        stream.go(following)
        if (ended & resets).any():
            nets.reset(ended & resets)
        if update % CUT == 0:
            nets.reset(np.ones(N, bool))
            stream = Stream(stream.rng, TRIALS)
        if update % OFTEN == 0:
            rates *= falls
        if update % (budget // MARKS) == 0:
            lengths.append(judged(nets, resets, np.random.default_rng([seed, 2]), min(SHORT, budget))["length"])
    each = judged(nets, resets, np.random.default_rng([seed, 3]), min(LONG, budget)) | {"lengths": np.array(lengths).T}
    split = {name: array.reshape(len(KINDS), len(SCHEDULES), TRIALS, *array.shape[1:]) for name, array in each.items()}
    found: dict[str, Any] = {
        kind: {way: {name: array[k, w] for name, array in split.items()} for w, way in enumerate(SCHEDULES)}
        for k, kind in enumerate(KINDS)
    }
    return found | {"weights": {kind: BUILD.weights(gates, True, True) for kind, (gates, _) in KINDS.items()}}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """What tests run again: the outputs of the first nets after the first updates."""
    nets, _, _ = stack(seed)
    stream, rates = Stream(np.random.default_rng(seed), 1), np.full(len(nets.W), RATE, np.float32)
    for _ in range(budget):
        following = stream.following()
        outputs = nets.learn(np.repeat(stream.symbols, len(rates)), np.repeat(following, len(rates)), rates)
        stream.go(following)
    return {"outputs": outputs[::TRIALS], "states": nets.s[::TRIALS]}
