"""First bias of the forget gate, 0, 1 or 2: sums among distracting letters, and the first of many symbols.

Read by the page `papers`, beside Table 1 of Jozefowicz, Zaremba and Sutskever 2015. One run trains an LSTM for each
task, rate and bias; those of one task start from the same other weights and see the same sequences. The page takes for
each bias the rate that is best on validation data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from unrolled.data.tasks import first_symbol

SEEDS = range(1, 6)
BUDGET = 600  # updates of each net on sums; a third of it on first symbols
PROBE = 6
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")

BIASES, BATCH, TESTED = (0.0, 1.0, 2.0), 32, 400
DIGITS, LETTERS, STOPPED = 2, "abcdefghij", 0.25  # of the numbers; distracting letters, which stop with this chance
ALPHABET = " 0123456789+-=." + LETTERS
QUESTION, ANSWER = 40, DIGITS + 3  # longest
KINDS = 4  # of first symbols

Draw = Callable[[np.random.Generator, int], tuple[Tensor, Tensor]]


def question(rng: np.random.Generator) -> tuple[str, str]:
    """A sum or difference with distracting letters behind each character, and its answer with a full stop."""
    first, second = (int(rng.integers(10 ** rng.integers(1, DIGITS + 1))) for _ in range(2))
    sign = "+-"[rng.integers(2)]
    plain = f"{first}{sign}{second}"
    noise = ["".join(rng.choice(list(LETTERS), count - 1)) for count in rng.geometric(STOPPED, len(plain))]
    text = "".join(one + letters for one, letters in zip(plain, noise, strict=True)) + "="
    return text, f"{first + second if sign == '+' else first - second}."


def sums(rng: np.random.Generator, batch: int) -> tuple[Tensor, Tensor]:
    """One-hot questions, filled up at the left, and answers behind; and the symbol that follows each, −1: none."""
    X, y = np.zeros((batch, QUESTION + ANSWER), int), np.full((batch, QUESTION + ANSWER), -1)
    for row in range(batch):
        text, answer = question(rng)
        while len(text) > QUESTION:
            text, answer = question(rng)
        X[row, QUESTION - len(text) : QUESTION] = [ALPHABET.index(one) for one in text]
        ids = [ALPHABET.index(one) for one in answer]
        X[row, QUESTION : QUESTION + len(ids)] = ids
        y[row, QUESTION - 1 : QUESTION - 1 + len(ids)] = ids
    return one_hot(torch.as_tensor(X), len(ALPHABET)).float(), torch.as_tensor(y)


def lag(steps: int) -> Draw:
    """Sequences (batch, steps, 4) whose first symbol is asked for at the end; −1 at the other steps."""

    def draw(rng: np.random.Generator, batch: int) -> tuple[Tensor, Tensor]:
        X, first = first_symbol(rng, batch, steps, KINDS)
        y = np.full(X.shape[:2], -1)
        y[:, -1] = np.ravel(first)
        return torch.as_tensor(X).float(), torch.as_tensor(y)

    return draw


# How to draw, symbols, units, share of the budget, and rates.
TASKS = {
    "sums": (sums, len(ALPHABET), 64, 1.0, (0.003, 0.01)),
    "lag 20": (lag(20), KINDS, 20, 1 / 3, (0.003, 0.01, 0.03)),
    "lag 60": (lag(60), KINDS, 20, 1 / 3, (0.003, 0.01, 0.03)),
}


class Net(torch.nn.Module):
    """An LSTM whose biases are zero but for the forget gate's, and a readout."""

    def __init__(self, symbols: int, units: int, bias: float) -> None:
        super().__init__()
        self.layer = torch.nn.LSTM(symbols, units, batch_first=True)
        self.head = torch.nn.Linear(units, symbols)
        with torch.no_grad():
            for name, array in self.layer.named_parameters():
                if name.startswith("bias"):
                    array.zero_()
                if name == "bias_ih_l0":
                    array[units : 2 * units] = bias  # PyTorch's order is i, f, g, o

    def forward(self, X: Tensor) -> Tensor:
        """Scores (B, T, symbols)."""
        scores: Tensor = self.head(self.layer(X)[0])
        return scores


def trained(task: str, rate: float, bias: float, seed: int, budget: int) -> dict[str, float]:
    """Train one net: shares of right symbols on validation and test data, and the last loss."""
    draw, symbols, units, share, _ = TASKS[task]
    torch.manual_seed(seed)
    net, rng = Net(symbols, units, bias), np.random.default_rng(seed)
    adam = torch.optim.Adam(net.parameters(), lr=rate, foreach=True)
    for _ in range(round(share * budget)):
        X, y = draw(rng, BATCH)
        loss = cross_entropy(net(X).flatten(0, 1), y.flatten(), ignore_index=-1)
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
    found = {"loss": loss.item()}
    for place, part in enumerate(("val", "test"), start=1):
        X, y = draw(np.random.default_rng([seed, place]), TESTED)
        with torch.no_grad():
            found[part] = float((net(X).argmax(-1) == y)[y >= 0].float().mean())
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """By task, bias and rate: what `trained` found."""
    return {
        task: {bias: {rate: trained(task, rate, bias, seed, budget) for rate in rates} for bias in BIASES}
        for task, (_, _, _, _, rates) in TASKS.items()
    }


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The last losses of the first updates."""
    return {task: [trained(task, 0.003, bias, seed, budget)["loss"] for bias in BIASES] for task in TASKS}
