"""One layer, two, four, four with residual connections, and two directions: equal weights, four small tasks.

Read by the page `deep-and-bidirectional`. All nets are LSTMs of PyTorch with a linear head. Each is trained alone, at
three learning rates; the page takes, for each net and task, the rate with the best mean on validation data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from experiments._small_nets import Digits, delayed_xor
from unrolled import data

SEEDS = range(1, 9)
BUDGET = 1000  # the most updates of any net; each task has its own number
PROBE = 2
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch", "scikit-learn")

RATES = (0.01, 0.03, 0.1)
UNITS = 24  # of the net with one layer; the others get as many weights
BATCH, HELD, WINDOW = 16, 400, 24

Draw = Callable[[np.random.Generator, str, int], tuple[Any, Any]]


@dataclass(frozen=True)
class Shape:
    """A net's layers and directions, and whether each layer is added to what it reads."""

    layers: int = 1
    both: bool = False
    residual: bool = False


NETS = {
    "1 layer": Shape(),
    "2 layers": Shape(2),
    "4 layers": Shape(4),
    "4 layers, residual": Shape(4, residual=True),
    "both directions": Shape(both=True),
}


@dataclass(frozen=True)
class Task:
    """What is learnt: how to draw (inputs, answers), sizes, the updates of a whole run; `ahead`: it is a forecast."""

    draw: Draw
    inputs: int
    outputs: int
    updates: int
    ahead: bool = False


class Net(nn.Module):
    """A stack of LSTMs with a linear head; it answers at every step, or once where `once` is asked for."""

    def __init__(self, shape: Shape, D: int, H: int, K: int) -> None:
        super().__init__()
        width = H * (1 + shape.both)
        self.shape, self.H = shape, H
        self.layers = nn.ModuleList(
            nn.LSTM(width if layer else D, H, bidirectional=shape.both, batch_first=True)
            for layer in range(shape.layers)
        )
        self.head = nn.Linear(width, K)

    def forward(self, X: Tensor, once: bool) -> Tensor:
        """Scores (B, T, K); once: (B, K), from the state of each direction that has read all."""
        for layer, lstm in enumerate(self.layers):
            out = lstm(X)[0]
            X = X + out if self.shape.residual and layer else out
        if once:
            X = torch.cat([X[:, -1, : self.H], X[:, 0, self.H :]], -1)
        return self.head(X)


class Text:
    """The characters of Python's reference in windows; the last fifth is for choosing and testing."""

    def __init__(self) -> None:
        text = data.python_reference()
        ends = [int(share * len(text)) for share in (0.8, 0.9)]
        symbols = data.alphabet(text[: ends[0]])
        self.size = len(symbols) + 1
        self.parts, self.glued = {}, {}
        pieces = {"train": text[: ends[0]], "val": text[slice(*ends)], "test": text[ends[1] :]}
        for part, piece in pieces.items():
            self.parts[part] = data.encode(piece, symbols)
            words = piece.split()
            before = np.zeros(sum(map(len, words)) + 1, dtype=np.int64)
            before[np.cumsum([len(word) for word in words])] = 1
            self.glued[part] = (data.encode("".join(words), symbols), before[1:])

    def next_character(self, rng: np.random.Generator, part: str, n: int) -> tuple[Any, Any]:
        """Windows, one-hot, and the next character at each step."""
        windows = self._windows(rng, [self.parts[part]], n, WINDOW + 1)[0]
        return np.eye(self.size, dtype=np.float32)[windows[:, :-1]], windows[:, 1:]

    def blanks(self, rng: np.random.Generator, part: str, n: int) -> tuple[Any, Any]:
        """Windows without blanks, one-hot, and for each character whether a blank stood behind it."""
        letters, answers = self._windows(rng, self.glued[part], n, WINDOW)
        return np.eye(self.size, dtype=np.float32)[letters], answers

    def _windows(self, rng: np.random.Generator, rows: Any, n: int, width: int) -> list[np.ndarray]:
        places = rng.integers(0, len(rows[0]) - width, n)[:, None] + np.arange(width)
        return [row[places] for row in rows]


def xor(rng: np.random.Generator, part: str, n: int) -> tuple[Any, Any]:
    """12 bits; does each differ from the one three steps earlier?"""
    return delayed_xor(rng, part, n)


def tasks(text_too: bool = True) -> dict[str, Task]:
    """The tasks by name; on request without the text, which differs between Pythons."""
    found = {"delayed XOR": Task(xor, 1, 2, 150), "digits": Task(Digits().draw, 8, 10, 300)}
    if text_too:
        text = Text()
        found["blanks"] = Task(text.blanks, text.size, 2, 350)
        found["next character"] = Task(text.next_character, text.size, text.size, 350, ahead=True)
    return found


def weights(shape: Shape, D: int, H: int, K: int) -> int:
    """How many numbers a net has, head included."""
    return sum(array.numel() for array in Net(shape, D, H, K).parameters())


def matched(shape: Shape, D: int, K: int) -> int:
    """The units a layer and direction whose weights come nearest to those of one layer with `UNITS` units."""
    wanted = weights(NETS["1 layer"], D, UNITS, K)
    return min(range(3, 40), key=lambda H: abs(weights(shape, D, H, K) - wanted))


def drawn(task: Task, rng: np.random.Generator, part: str, n: int) -> tuple[Tensor, Tensor]:
    """Inputs and answers as tensors."""
    X, y = task.draw(rng, part, n)
    return torch.as_tensor(X).float(), torch.as_tensor(y)


def fit(task: Task, net: Net, seed: int, rate: float, budget: int) -> list[list[float]]:
    """Train one net; half-way and at the end its errors on validation and test data (bits for the next character)."""
    parts = enumerate(("val", "test"))
    held = [drawn(task, np.random.default_rng([seed, 2, which]), part, HELD) for which, part in parts]
    rng = np.random.default_rng([seed, 1])
    optimiser = torch.optim.Adam(net.parameters(), rate)
    updates, found = min(task.updates, budget), []
    for update in range(1, updates + 1):
        X, y = drawn(task, rng, "train", BATCH)
        loss = cross_entropy(net(X, y.ndim == 1).flatten(0, -2), y.flatten())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        if update in (updates // 2, updates):
            found.append([score(task, net, *one) for one in held])
    return found


@torch.no_grad()
def score(task: Task, net: Net, X: Tensor, y: Tensor) -> float:
    """Bits a character of a forecast, else the share of wrong answers."""
    scores, y = net(X, y.ndim == 1).flatten(0, -2), y.flatten()
    wrong = (scores.argmax(-1) != y).double().mean()
    return float(cross_entropy(scores, y) / np.log(2) if task.ahead else wrong)


def run(seed: int, budget: int, text_too: bool = True) -> dict[str, Any]:
    """By task and net: units, weights, and the scores (rates, half-way and end, val and test)."""
    found: dict[str, Any] = {}
    for name, task in tasks(text_too).items():
        found[name] = {}
        for kind, shape in NETS.items():
            if task.ahead and shape.both:
                continue  # it would read the answer
            H = matched(shape, task.inputs, task.outputs)
            scores = []
            for rate in RATES:
                torch.manual_seed(seed)
                scores.append(fit(task, Net(shape, task.inputs, H, task.outputs), seed, rate, budget))
            count = weights(shape, task.inputs, H, task.outputs)
            found[name][kind] = {"units": H, "weights": count, "scores": scores}
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The same without the text, which differs from one Python to another."""
    return run(seed, budget, text_too=False)
