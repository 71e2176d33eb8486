"""Memory cells that learn at every symbol, by the rule of 1997, and what they learn: strings of the Reber grammar.

The nets of a stack lie along the first axis of every array; each has its own weights, symbols and rate. What goes back
through time is cut as in Hochreiter and Schmidhuber 1997: an error goes back through the cells' own states only. So the
slope of a state with respect to each weight can be carried along, and no sequence need be kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit as sigmoid

SYMBOLS = "BTPSXVE"
K = len(SYMBOLS)
START = 0.2  # first weights lie between −START and START
# Reber's grammar: at each node, the symbols that may come and the node behind each; the last node has none.
REBER = ({"B": 1}, {"T": 2, "P": 3}, {"S": 2, "X": 4}, {"T": 3, "V": 5}, {"X": 3, "S": 6}, {"P": 4, "V": 6}, {"E": 7})

Floats = np.ndarray[Any, np.dtype[np.float32]]

ONE_HOT = np.eye(K, dtype=np.float32)


def embedded() -> tuple[np.ndarray, np.ndarray]:
    """The embedded grammar: which symbols may come (nodes, 7), the node behind each; behind the end comes node 0."""
    nodes: list[dict[str, int]] = [{"B": 1}, {"T": 2, "P": 2 + len(REBER) + 2}]
    for first in "TP":
        start = len(nodes)
        nodes += [{symbol: start + node for symbol, node in one.items()} for one in REBER]
        nodes += [{first: len(nodes) + 1}, {"E": 0}]
    behind = np.array([[node.get(symbol, -1) for symbol in SYMBOLS] for node in nodes])
    return behind >= 0, behind


MAY, BEHIND = embedded()


def walk(rng: np.random.Generator, nodes: np.ndarray) -> np.ndarray:
    """A symbol for each node, all that may come being equally likely."""
    return (rng.random((len(nodes), K)) * MAY[nodes]).argmax(1)


def string(rng: np.random.Generator) -> list[int]:
    """One string of the embedded grammar, as numbers of symbols."""
    node, found = np.zeros(1, int), list[int]()
    while not found or node[0]:
        found.append(int(walk(rng, node)[0]))
        node = BEHIND[node, found[-1]]
    return found


def right(outputs: Floats, may: np.ndarray) -> np.ndarray:
    """Whether all symbols that may come have a higher output than all others, (…,)."""
    lowest = np.where(may, outputs, np.inf).min(-1)
    return lowest > np.where(may, -np.inf, outputs).max(-1)


@dataclass(frozen=True)
class Build:
    """How the nets of a stack are made.

    blocks, cells: blocks of memory cells that share their gates, and cells of each.
    gates_heard: gates hear each other and are heard by the cells, as in 1997.
    inward, outward, forget: first biases of the gates, one a block.
    """

    blocks: int
    cells: int
    gates_heard: bool
    inward: tuple[float, ...]
    outward: tuple[float, ...]
    forget: tuple[float, ...]

    @property
    def all_cells(self) -> int:
        """C: the cells of all blocks."""
        return self.blocks * self.cells

    @property
    def heard(self) -> int:
        """Z: what each unit hears: symbols, units one step before, and the bias."""
        return K + self.all_cells + (2 * self.blocks if self.gates_heard else 0) + 1

    def weights(self, forgets: bool, bias: bool, shortcut: bool) -> int:
        """How many weights a net has."""
        gates = self.blocks * (3 if forgets else 2)
        read = self.all_cells + K * shortcut + bias
        return self.all_cells * (self.heard - 1) + gates * self.heard + read * K


class Cells:
    """A stack of nets of one build that learn, each with the states of its own stream of symbols.

    W (N, Z, C + 3·blocks): to the cells, the input, the forget and the output gates.
    V (N, C + 7 + 1, 7): from the cells, the symbol and the bias to the outputs.
    """

    def __init__(self, build: Build, seeds: list[int], forgets: np.ndarray, bias: np.ndarray, shortcut: np.ndarray):
        """A net a seed; which have forget gates, biases of the outputs, and symbols that reach the outputs (N,)."""
        self.build, self.forgets = build, forgets
        C, B, Z = build.all_cells, build.blocks, build.heard
        draws = [np.random.default_rng(seed) for seed in seeds]
        self.W = np.array([draw.uniform(-START, START, (Z, C + 3 * B)) for draw in draws], np.float32)
        self.V = np.array([draw.uniform(-START, START, (C + K + 1, K)) for draw in draws], np.float32)
        self.W[:, -1] = np.concatenate([np.zeros(C), build.inward, build.forget, build.outward])
        read = [np.ones((len(seeds), C)), np.repeat(shortcut[:, None], K, 1), bias[:, None]]
        self.read = np.concatenate(read, 1).astype(np.float32)
        self.V *= self.read[:, :, None]
        self.block_of = np.repeat(np.eye(B, dtype=np.float32), build.cells, 0)  # (C, B)
        # From the slopes of the cells' states to those of the weights: a gate's are its cells' together.
        self.gather = np.zeros((3 * C, C + 2 * B), np.float32)
        self.gather[:C, :C] = np.eye(C)
        self.gather[C : 2 * C, C : C + B] = self.gather[2 * C :, C + B :] = self.block_of
        self.s = np.zeros((len(seeds), C), np.float32)
        self.units = np.zeros((len(seeds), Z - K - 1), np.float32)
        self.slopes = np.zeros((len(seeds), Z, 3 * C), np.float32)

    def reset(self, which: np.ndarray) -> None:
        """Set the states of these nets to zero."""
        self.s[which] = self.units[which] = self.slopes[which] = 0

    def learn(self, symbols: np.ndarray, following: np.ndarray, rate: Floats) -> Floats:
        """Hear a symbol, say the outputs (N, 7), and change the weights by the symbol that follows."""
        C, B = self.build.all_cells, self.build.blocks
        ones = np.ones((len(symbols), 1), np.float32)
        x, wide = ONE_HOT[symbols], self.block_of.T
        z = np.concatenate([x, self.units, ones], 1)
        squashed = sigmoid(np.matmul(z[:, None], self.W)[:, 0])
        slope = squashed * (1 - squashed)
        i, f, o = (squashed[:, at : at + B] @ wide for at in (C, C + B, C + 2 * B))
        f = np.where(self.forgets[:, None], f, np.float32(1))
        g = 4 * squashed[:, :C] - 2
        grow = np.concatenate([4 * slope[:, :C] * i, (slope[:, C : C + B] @ wide) * g, f * (1 - f) * self.s], 1)
        self.s = f * self.s + i * g
        self.slopes *= np.tile(f, 3)[:, None]
        self.slopes += z[:, :, None] * grow[:, None]
        bent = 2 * sigmoid(self.s) - 1
        y = o * bent
        heard = np.concatenate([y, x, ones], 1)
        outputs = sigmoid(np.matmul(heard[:, None], self.V)[:, 0])

        missing = (ONE_HOT[following] - outputs) * outputs * (1 - outputs)
        back = np.matmul(self.V[:, :C], missing[:, :, None])[:, :, 0]
        at_state = np.tile(back * o * (1 - bent * bent) / 2, 3)
        at_out = (back * bent) @ self.block_of * slope[:, C + 2 * B :]
        self.W[:, :, : C + 2 * B] += rate[:, None, None] * ((self.slopes * at_state[:, None]) @ self.gather)
        self.W[:, :, C + 2 * B :] += z[:, :, None] * (rate[:, None] * at_out)[:, None]
        self.W[:, -1, :C] = 0  # cells have no bias
        self.V += (heard * self.read)[:, :, None] * (rate[:, None] * missing)[:, None]
        gates = [squashed[:, C : C + B], squashed[:, C + 2 * B :]] if self.build.gates_heard else []
        self.units = np.concatenate([y, *gates], 1)
        return outputs

    def silent(self, streams: int) -> list[Floats]:
        """States of zero for some streams of each net: the cells' (N, streams, C), and what units hear of units."""
        return [np.zeros((len(a), streams, a.shape[1]), np.float32) for a in (self.s, self.units)]

    def hear(self, symbols: np.ndarray, s: Floats, units: Floats) -> tuple[Floats, Floats, Floats]:
        """A step of all nets on streams (N, M) of symbols, without learning; new states, and outputs (N, M, 7)."""
        C, B = self.build.all_cells, self.build.blocks
        x, ones = ONE_HOT[symbols], np.ones((*symbols.shape, 1), np.float32)
        squashed = sigmoid(np.concatenate([x, units, ones], 2) @ self.W)
        i, f, o = (squashed[..., at : at + B] @ self.block_of.T for at in (C, C + B, C + 2 * B))
        s = np.where(self.forgets[:, None, None], f, np.float32(1)) * s + i * (4 * squashed[..., :C] - 2)
        y = o * (2 * sigmoid(s) - 1)
        gates = [squashed[..., C : C + B], squashed[..., C + 2 * B :]] if self.build.gates_heard else []
        return s, np.concatenate([y, *gates], 2), sigmoid(np.concatenate([y, x, ones], 2) @ self.V)


class Plain:
    """A stack of plain nets of H logistic units that learn at every symbol, with the same methods.

    exact: the slopes of the units with respect to the weights are carried along in full (RTRL); else, as Elman did,
    only the last step is seen.
    """

    def __init__(self, units: int, seeds: list[int], exact: bool) -> None:
        self.exact, Z = exact, K + units + 1
        draws = [np.random.default_rng(seed) for seed in seeds]
        self.W = np.array([draw.uniform(-START, START, (Z, units)) for draw in draws], np.float32)
        self.V = np.array([draw.uniform(-START, START, (units + 1, K)) for draw in draws], np.float32)
        self.h = np.zeros((len(seeds), units), np.float32)
        self.slopes = np.zeros((len(seeds), units, Z, units), np.float32)  # of a unit, by weights
        self.own = np.arange(units)

    def weights(self) -> int:
        """How many weights a net has."""
        return self.W[0].size + self.V[0].size

    def reset(self, which: np.ndarray) -> None:
        """Set the states of these nets to zero."""
        self.h[which] = self.slopes[which] = 0

    def learn(self, symbols: np.ndarray, following: np.ndarray, rate: Floats) -> Floats:
        """Hear a symbol, say the outputs (N, 7), and change the weights by the symbol that follows."""
        ones = np.ones((len(symbols), 1), np.float32)
        z = np.concatenate([ONE_HOT[symbols], self.h, ones], 1)
        self.h = sigmoid(np.matmul(z[:, None], self.W)[:, 0])
        heard = np.concatenate([self.h, ones], 1)
        outputs = sigmoid(np.matmul(heard[:, None], self.V)[:, 0])
        missing = (ONE_HOT[following] - outputs) * outputs * (1 - outputs)
        back = np.matmul(self.V[:, :-1], missing[:, :, None])[:, :, 0]
        bend = self.h * (1 - self.h)
        if self.exact:
            N, units, Z, _ = self.slopes.shape
            U = self.W[:, K:-1].transpose(0, 2, 1)
            self.slopes = np.matmul(U, self.slopes.reshape(N, units, -1)).reshape(N, units, Z, units)
            self.slopes[:, self.own, :, self.own] += z
            self.slopes *= bend[:, :, None, None]
            by_weight = np.matmul(back[:, None], self.slopes.reshape(N, units, -1)).reshape(N, Z, units)
            self.W += rate[:, None, None] * by_weight
        else:
            self.W += z[:, :, None] * (rate[:, None] * back * bend)[:, None]
        self.V += heard[:, :, None] * (rate[:, None] * missing)[:, None]
        return outputs

    def silent(self, streams: int) -> list[Floats]:
        """States of zero for some streams of each net, (N, streams, H)."""
        return [np.zeros((len(self.h), streams, self.h.shape[1]), np.float32)]

    def hear(self, symbols: np.ndarray, h: Floats) -> tuple[Floats, Floats]:
        """A step of all nets on streams (N, M) of symbols, without learning; new states, and outputs (N, M, 7)."""
        ones = np.ones((*symbols.shape, 1), np.float32)
        h = sigmoid(np.concatenate([ONE_HOT[symbols], h, ones], 2) @ self.W)
        return h, sigmoid(np.concatenate([h, ones], 2) @ self.V)
