"""Nets that foresee the next chord of a chorale: rolls in batches, independent notes, training with early stopping."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

Rolls = Sequence[Tensor]  # piano rolls (T, K) of several lengths
Scores = Callable[[Tensor], Tensor]  # from rolls (B, T, K) to the logit of each note before it sounds, (B, T, K)


def padded(rolls: Rolls) -> tuple[Tensor, Tensor]:
    """Rolls as one array (B, T, K), zeros behind the shorter ones, and which steps are real, (B, T)."""
    steps = torch.tensor([len(roll) for roll in rolls])
    X = nn.utils.rnn.pad_sequence(list(rolls), batch_first=True)
    return X, (torch.arange(X.shape[1]) < steps[:, None]).float()


def before(X: Tensor) -> Tensor:
    """What is known before each step: the chord of the last one, silence at first; the shape of X."""
    return torch.cat([torch.zeros_like(X[:, :1]), X[:, :-1]], 1)


def surprise(scores: Tensor, X: Tensor) -> Tensor:
    """Negative log-likelihood of each step in nats, (…, T), all notes of a step together."""
    return cross_entropy(scores, X.expand_as(scores), reduction="none").sum(-1)


@torch.no_grad()
def nll(scores: Scores, rolls: Rolls) -> float:
    """Mean surprise of a step, over all steps of all rolls."""
    X, real = padded(rolls)
    return float((surprise(scores(X), X) * real).sum() / real.sum())


@torch.no_grad()
def nll_of_each(scores: Scores, rolls: Rolls) -> Tensor:
    """Mean surprise of a step of each roll, (rolls,)."""
    X, real = padded(rolls)
    return (surprise(scores(X), X) * real).sum(1) / real.sum(1)


def shares(rolls: Rolls) -> Tensor:
    """How often each note sounds, (K,), with half a sounding and half a silence more than were seen."""
    X = torch.cat(list(rolls))
    return (X.sum(0) + 0.5) / (len(X) + 1)


def batches(rolls: Rolls, size: int, rng: np.random.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches without end, each with rolls of about one length; a pass holds each roll once."""
    while True:
        order = sorted(rng.permutation(len(rolls)).tolist(), key=lambda n: len(rolls[n]) // size)
        groups = [order[start : start + size] for start in range(0, len(order), size)]
        for group in rng.permutation(len(groups)).tolist():
            yield padded([rolls[n] for n in groups[group]])


class ChordNet(nn.Module):
    """Logits of each note of the next chord, (B, T, K), from a recurrent layer of torch: RNN, LSTM or GRU."""

    def __init__(self, kind: str, units: int, first: Tensor) -> None:
        """`first`: the share of each note, (K,), with which the net starts."""
        super().__init__()
        self.cell = getattr(nn, kind)(len(first), units, batch_first=True)
        self.head = nn.Linear(units, len(first))
        with torch.no_grad():
            self.head.bias.copy_(torch.logit(first))
            if kind == "LSTM":
                self.cell.bias_hh_l0.zero_()
                self.cell.bias_ih_l0[units : 2 * units] = 1  # forget gates start open

    def forward(self, X: Tensor) -> Tensor:
        return self.head(self.cell(before(X))[0])


class Trained(NamedTuple):
    """A net with its weights of the look with the lowest validation error, and what it was like at each look.

    curve: update and mean surprise on the validation part, a pair for each look.
    """

    net: nn.Module
    curve: list[tuple[int, float]]

    @property
    def best(self) -> tuple[int, float]:
        """The look whose weights were kept: its update, and its error."""
        return min(self.curve, key=lambda look: look[1])


def train(
    net: nn.Module, rolls: Rolls, validation: Rolls, rate: float, updates: int, looks: int, seed: int, size: int = 16
) -> Trained:
    """Train a net by Adam with one cycle of the rate, and keep the weights that were best on the validation part.

    rate: the highest rate. looks: how often the validation part is read. size: rolls of a batch.
    """
    adam = torch.optim.Adam(net.parameters(), rate, foreach=True)
    cycle = torch.optim.lr_scheduler.OneCycleLR(adam, rate, total_steps=updates)
    stream = batches(rolls, size, np.random.default_rng(seed))
    curve: list[tuple[int, float]] = []
    kept, every = deepcopy(net.state_dict()), max(1, updates // looks)
    for update, (X, real) in zip(range(1, updates + 1), stream, strict=False):
        loss = (surprise(net(X), X) * real).sum() / real.sum()
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        cycle.step()
        if update % every == 0:
            curve.append((update, nll(net, validation)))
            if curve[-1][1] == min(error for _, error in curve):
                kept = deepcopy(net.state_dict())
    net.load_state_dict(kept)
    return Trained(net, curve)
