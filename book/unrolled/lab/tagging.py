"""What taggers share: padded batches, one training loop, answers, and a dictionary of names as a baseline.

A net is a module that makes scores E (B, T, K) of padded inputs (B, T) or (B, T, D) and a mask (B, T).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

Name = tuple[str, int, int]  # kind, first place, last place
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
NOTHING = -1  # stands behind a sentence's tags


def padded(inputs: Sequence[Tensor], tags: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """One batch: inputs with zeros behind them, tags' numbers (B, T), and the mask (B, T), true at real steps."""
    X = pad_sequence(list(inputs), batch_first=True)
    y = pad_sequence(list(tags), batch_first=True, padding_value=NOTHING)
    return X, y.clamp(min=0), y != NOTHING


def near_lengths(lengths: Sequence[int], size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """One pass over all sentences in batches of like lengths, in random order; each batch is an array of places."""
    order = rng.permutation(len(lengths))
    order = order[np.argsort(np.asarray(lengths)[order] // 4, kind="stable")]
    batches = [order[first : first + size] for first in range(0, len(order), size)]
    for place in rng.permutation(len(batches)):
        yield batches[place]


def fit(
    net: nn.Module,
    loss: Loss,
    inputs: Sequence[Tensor],
    tags: Sequence[Tensor],
    updates: int,
    rate: float,
    rng: np.random.Generator,
    size: int = 32,
) -> list[float]:
    """Train `net` by Adam; the rate rises, then falls. Returns the loss at each update.

    loss: of E (B, T, K), y (B, T) and the mask (B, T). Where it has weights, as a CRF's, they are a part of `net`.
    """
    adam = torch.optim.Adam(net.parameters(), lr=rate, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=rate, total_steps=max(updates, 2))
    net.train()
    found: list[float] = []
    while len(found) < updates:
        for batch in near_lengths([len(one) for one in tags], size, rng):
            X, y, mask = padded([inputs[n] for n in batch], [tags[n] for n in batch])
            error = loss(net(X, mask), y, mask)
            adam.zero_grad()
            error.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            adam.step()
            schedule.step()
            found.append(float(error.detach()))
            if len(found) == updates:
                break
    net.eval()
    return found


def best_of_rates(
    build: Callable[[], nn.Module],
    train: Callable[[nn.Module, float], list[float]],
    score: Callable[[nn.Module], float],
    rates: Sequence[float],
) -> tuple[nn.Module, float, list[float]]:
    """Train a new net at each rate; the net that scores best, its rate, and its losses.

    score: on sentences that are neither trained on nor asked about in the end.
    """
    tried = []
    for rate in rates:
        net = build()
        losses = train(net, rate)
        tried.append((score(net), net, rate, losses))
    _, *best = max(tried, key=lambda one: one[0])
    return tuple(best)


@torch.no_grad()
def answers(
    net: nn.Module, best: Callable[[Tensor, Tensor], Tensor], inputs: Sequence[Tensor], size: int = 64
) -> list[list[int]]:
    """The tags' numbers that `best` of E (B, T, K) and the mask chooses for each sentence, in the order given."""
    found: dict[int, list[int]] = {}
    order = sorted(range(len(inputs)), key=lambda n: len(inputs[n]))
    for first in range(0, len(order), size):
        places = order[first : first + size]
        blank = [torch.zeros(len(inputs[n]), dtype=torch.long) for n in places]
        X, _, mask = padded([inputs[n] for n in places], blank)
        for n, row in zip(places, best(net(X, mask), mask).tolist(), strict=True):
            found[n] = row[: len(inputs[n])]
    return [found[n] for n in range(len(inputs))]


def token_loss(E: Tensor, y: Tensor, mask: Tensor) -> Tensor:
    """Cross-entropy of the right tags, a mean over the real steps of the batch."""
    return nn.functional.cross_entropy(E[mask], y[mask])


def each_alone(E: Tensor, mask: Tensor) -> Tensor:
    """The best tag of each step on its own, (B, T)."""
    return E.argmax(-1)


class Packed(nn.Module):
    """An LSTM in one direction or two that never reads padding: (B, T, D) and the mask to (B, T, H) or (B, T, 2H)."""

    def __init__(self, D: int, H: int, both: bool) -> None:
        super().__init__()
        self.lstm = nn.LSTM(D, H, bidirectional=both, batch_first=True)

    def forward(self, X: Tensor, mask: Tensor) -> Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(X, mask.sum(1), batch_first=True, enforce_sorted=False)
        states, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=X.shape[1])
        return states


class Dictionary:
    """Knows names by heart: at each place the longest known one wins, with its most frequent kind."""

    def __init__(self, sentences: Iterable[tuple[Sequence[str], Sequence[Name]]]) -> None:
        kinds: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for tokens, spans in sentences:
            for kind, first, last in spans:
                kinds[tuple(tokens[first : last + 1])][kind] += 1
        self.kinds = {name: counts.most_common(1)[0][0] for name, counts in kinds.items()}
        self.longest = max(map(len, self.kinds), default=0)

    def names(self, tokens: Sequence[str]) -> list[Name]:
        """The known names in a sentence, from left to right, none inside another."""
        found: list[Name] = []
        place = 0
        while place < len(tokens):
            for length in range(min(self.longest, len(tokens) - place), 0, -1):
                if kind := self.kinds.get(tuple(tokens[place : place + length])):
                    found.append((kind, place, place + length - 1))
                    place += length - 1
                    break
            place += 1
        return found
