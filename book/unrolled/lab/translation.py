"""From one sequence to another: encoder and decoder in PyTorch, four ways of looking back, training and decoding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
import torch
from torch import Tensor, nn

from unrolled.lab.tagging import near_lengths

PAD, BOS, EOS, UNKNOWN = range(4)
KINDS = ("none", "mean", "multiplicative", "additive")

Text = str | list[str]  # of characters, or of words
Pair = tuple[Text, Text]  # what is read, and what is to be written
Reading = Callable[[Tensor, Tensor], Tensor]


class Alphabet:
    """The characters (or words) of some texts as numbers, behind padding, start, end and the unknown.

    between: what stands between two of them in a text that is put together again.
    """

    def __init__(self, texts: Iterable[Text], between: str = "") -> None:
        self.between = between
        self.known = sorted({one for text in texts for one in text})
        self.places = {one: n for n, one in enumerate(self.known, start=UNKNOWN + 1)}

    def __len__(self) -> int:
        return UNKNOWN + 1 + len(self.known)

    def numbers(self, text: Text) -> list[int]:
        """The numbers of what the text is made of, without start and end."""
        return [self.places.get(one, UNKNOWN) for one in text]

    def text(self, numbers: Iterable[int]) -> str:
        """What stands before the first end."""
        found = takewhile(lambda n: n != EOS, numbers)
        return self.between.join(self.known[n - UNKNOWN - 1] if n > UNKNOWN else "?" for n in found)


def padded(rows: Sequence[list[int]]) -> Tensor:
    """Rows of numbers as one tensor (B, T), padding behind."""
    found = torch.full((len(rows), max(map(len, rows))), PAD)
    for row, numbers in zip(found, rows, strict=True):
        row[: len(numbers)] = torch.tensor(numbers)
    return found


@dataclass(frozen=True)
class Letters:
    """Both alphabets; `reverse`: the source is read from its end."""

    source: Alphabet
    target: Alphabet
    reverse: bool = False

    def sources(self, texts: Sequence[Text]) -> Tensor:
        """X (B, T)."""
        return padded([self.source.numbers(text[::-1] if self.reverse else text) for text in texts])

    def targets(self, texts: Sequence[Text]) -> Tensor:
        """Start, text, end (B, T' + 1): without its last column the decoder's input, without its first the target."""
        return padded([[BOS, *self.target.numbers(text), EOS] for text in texts])


class Translator(nn.Module):
    """A GRU reads the source, another writes the target.

    kind: what the decoder sees of the source beside its first state, which is the encoder's last: nothing more
        ("none"), the mean of all states of the encoder ("mean"), or their mean weighted by attention with
        multiplicative or additive scores. The context enters behind the decoder's GRU, so that under teacher
        forcing all steps are computed at once.
    reading: None, or what is done to the weights (B, T', T) before they are used, given the mask (B, T).
    """

    def __init__(self, source: int, target: int, H: int, kind: str, D: int = 32) -> None:
        super().__init__()
        if kind not in KINDS:
            raise ValueError(f"there is no kind {kind!r}: {', '.join(KINDS)}")
        self.kind = kind
        self.source, self.target = nn.Embedding(source, D), nn.Embedding(target, D)
        self.encoder = nn.GRU(D, H, batch_first=True)
        self.decoder = nn.GRU(D, H, batch_first=True)
        if kind == "multiplicative":
            self.W = nn.Linear(H, H, bias=False)
        if kind == "additive":
            self.W, self.U = nn.Linear(H, H, bias=False), nn.Linear(H, H, bias=False)
            self.v = nn.Linear(H, 1, bias=False)
        self.mix = nn.Linear(H if kind == "none" else 2 * H, H)
        self.head = nn.Linear(H, target)
        self.reading: Reading | None = None

    def encode(self, X: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """All states (B, T, H), the mask (B, T), and the state behind the last real step (B, H)."""
        real = X != PAD
        states, _ = self.encoder(self.source(X))
        return states, real, states[torch.arange(len(X)), real.sum(1) - 1]

    def weights(self, queries: Tensor, states: Tensor, real: Tensor) -> Tensor:
        """How the decoder's states (B, T', H) share themselves out among the encoder's: (B, T', T)."""
        if self.kind == "multiplicative":
            scores = self.W(queries) @ states.transpose(1, 2)
        elif self.kind == "additive":
            both = self.W(queries)[:, :, None] + self.U(states)[:, None]
            scores = self.v(torch.tanh(both))[..., 0]
        else:
            scores = queries.new_zeros(*queries.shape[:2], states.shape[1])
        found = scores.masked_fill(~real[:, None], -torch.inf).softmax(-1)
        return found if self.reading is None else self.reading(found, real)

    def step(self, y: Tensor, q: Tensor, states: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (B, T', V) behind the tokens y (B, T'), and the decoder's last state (B, H)."""
        queries, last = self.decoder(self.target(y), q[None].contiguous())
        seen = queries
        if self.kind != "none":
            seen = torch.cat([queries, self.weights(queries, states, real) @ states], -1)
        return self.head(torch.tanh(self.mix(seen))), last[0]

    def forward(self, X: Tensor, y: Tensor) -> Tensor:
        """Logits (B, T', V) of what follows each token of y (B, T'), which is fed as it stands."""
        states, real, last = self.encode(X)
        return self.step(y, last, states, real)[0]


def _mean(a: Tensor, real: Tensor) -> Tensor:
    return (real / real.sum(1, keepdim=True))[:, None].expand_as(a)


def _peak(a: Tensor, real: Tensor) -> Tensor:
    return nn.functional.one_hot(a.argmax(-1), a.shape[-1]).to(a)


def _shifted(a: Tensor, real: Tensor) -> Tensor:
    moved = nn.functional.pad(a, (1, 0))[..., :-1] * real[:, None]
    return moved / moved.sum(-1, keepdim=True).clamp(min=1e-9)


# What may be done to the weights of a trained net, to see whether the place where it reads matters.
READINGS: dict[str, Reading | None] = {"its own": None, "peak": _peak, "shifted": _shifted, "mean": _mean}


def size(net: nn.Module) -> int:
    """How many numbers a net learns."""
    return sum(array.numel() for array in net.parameters())


def units(source: int, target: int, kind: str, wanted: int) -> int:
    """The H with which a net of this kind has about `wanted` numbers."""
    return min(range(8, 257), key=lambda H: abs(size(Translator(source, target, H, kind)) - wanted))


def loss_of(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy, a mean over the real tokens of the batch."""
    return nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PAD)


def sampled(net: Translator, X: Tensor, y: Tensor, own: float, rng: np.random.Generator) -> Tensor:
    """Logits as `net(X, y)`, but each input behind the first is, with probability `own`, the net's own last choice."""
    states, real, q = net.encode(X)
    fed, found = y[:, :1], []
    for t in range(y.shape[1]):
        logits, q = net.step(fed, q, states, real)
        found.append(logits)
        if t + 1 < y.shape[1]:
            coin = torch.from_numpy(rng.random((len(X), 1)) < own)
            fed = torch.where(coin, logits.detach().argmax(-1), y[:, t + 1 : t + 2])
    return torch.cat(found, 1)


def fit(
    net: Translator,
    letters: Letters,
    pairs: Sequence[Pair],
    updates: int,
    rate: float,
    rng: np.random.Generator,
    batch: int = 64,
    own: float = 0.0,
) -> list[float]:
    """Train by Adam; the rate rises, then falls. Returns the loss at each update.

    own: 0 is teacher forcing; otherwise scheduled sampling: the share of the decoder's own choices among its inputs
        grows evenly from 0 to this.
    """
    adam = torch.optim.Adam(net.parameters(), lr=rate, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=rate, total_steps=max(updates, 2))
    found: list[float] = []
    while len(found) < updates:
        for places in near_lengths([len(source) for source, _ in pairs], batch, rng):
            X = letters.sources([pairs[n][0] for n in places])
            y = letters.targets([pairs[n][1] for n in places])
            share = own * len(found) / updates
            logits = sampled(net, X, y[:, :-1], share, rng) if share else net(X, y[:, :-1])
            error = loss_of(logits, y[:, 1:])
            adam.zero_grad()
            error.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            adam.step()
            schedule.step()
            found.append(float(error.detach()))
            if len(found) == updates:
                break
    return found


@torch.no_grad()
def greedy(net: Translator, X: Tensor, longest: int, start: Tensor | None = None) -> Tensor:
    """The likeliest token at each step, fed back: (B, longest), behind `start` (B, k) or the start alone."""
    states, real, q = net.encode(X)
    fed = torch.full((len(X), 1), BOS) if start is None else start
    found = []
    for _ in range(longest):
        logits, q = net.step(fed, q, states, real)
        fed = logits[:, -1:].argmax(-1)
        found.append(fed)
    return torch.cat(found, 1)


def translated(net: Translator, letters: Letters, texts: Sequence[Text], longest: int, batch: int = 256) -> list[str]:
    """What the net writes for each text, greedily."""
    found = []
    for first in range(0, len(texts), batch):
        rows = greedy(net, letters.sources(texts[first : first + batch]), longest)
        found += [letters.target.text(row) for row in rows.tolist()]
    return found


@torch.no_grad()
def log_probability(net: Translator, X: Tensor, y: Tensor) -> Tensor:
    """log p of each row of y (B, 1 + T'), start and end included, given its source: (B,)."""
    logs = net(X, y[:, :-1]).log_softmax(-1).gather(2, y[:, 1:, None])[..., 0]
    return (logs * (y[:, 1:] != PAD)).sum(1)


@torch.no_grad()
def beam(net: Translator, X: Tensor, width: int, longest: int, alpha: float) -> tuple[list[int], float]:
    """The best row that a beam of `width` finds for one source X (1, T): its tokens with the end, and its log p."""
    states, real, q = net.encode(X)
    rows, sums = torch.full((1, 1), BOS), torch.zeros(1)
    done: list[tuple[float, float, list[int]]] = []

    def aside(row: Tensor, total: Tensor) -> None:
        tokens = row[1:].tolist()
        done.append((float(total) / ((5 + len(tokens)) / 6) ** alpha, float(total), tokens))

    for _ in range(longest):
        many = len(rows)
        logits, q = net.step(rows[:, -1:], q, states.expand(many, -1, -1), real.expand(many, -1))
        totals = (sums[:, None] + logits[:, -1].log_softmax(-1)).flatten()
        sums, places = totals.topk(min(width, len(totals)))
        before, tokens = places // logits.shape[-1], places % logits.shape[-1]
        rows, q = torch.cat([rows[before], tokens[:, None]], 1), q[before]
        for n in torch.nonzero(tokens == EOS)[:, 0]:
            aside(rows[n], sums[n])
        alive = tokens != EOS
        rows, q, sums = rows[alive], q[alive], sums[alive]
        if not len(rows):
            break
    for row, total in zip(rows, sums, strict=True):
        aside(row, total)
    _, log_p, best = max(done, key=lambda one: one[0])
    return best, log_p
