"""What forecasters share: windows and their targets, nets that answer with quantiles, and one training loop.

Windows are handed to a net relative to their last value, in units of `scale`: an answer of 0 says “as today”.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

LEVELS = (0.1, 0.5, 0.9)  # of the quantiles: a centre, and an interval that is to hold four values of five
CHECKS = 10  # looks at the validation part in one training


@dataclass(frozen=True)
class Windows:
    """Windows of one series with what follows them.

    X: the steps that are seen, (N, w).
    Y: the steps asked for, (N, K).
    origins: the first step behind each window, counted from 0, (N,).
    """

    X: Tensor
    Y: Tensor
    origins: Tensor

    def __len__(self) -> int:
        return len(self.X)

    def of(self, chosen: Tensor) -> Windows:
        """Some of them, by a mask (N,) or by places."""
        return Windows(self.X[chosen], self.Y[chosen], self.origins[chosen])


def cut(x: Tensor, width: int, ahead: Sequence[int]) -> Windows:
    """All windows of `width` steps of a series (T,), with the targets `ahead` = 1, 2, … steps behind their ends."""
    pieces = x.unfold(0, width + max(ahead), 1)
    targets = torch.tensor(ahead) + width - 1
    return Windows(pieces[:, :width], pieces[:, targets], torch.arange(len(pieces)) + width)


@dataclass(frozen=True)
class Relative:
    """Makes inputs and targets of windows, and values of answers; `centre` and `scale` come from the training part.

    level: whether a second column says where the window ends on the whole scale.
    """

    centre: float
    scale: float
    level: bool

    def inputs(self, windows: Windows) -> Tensor:
        """(N, w, 1), or (N, w, 2) with the level."""
        last = windows.X[:, -1:]
        columns = [(windows.X - last) / self.scale]
        if self.level:
            columns.append(((last - self.centre) / self.scale).expand_as(windows.X))
        return torch.stack(columns, -1)

    def targets(self, windows: Windows) -> Tensor:
        """(N, K)."""
        return (windows.Y - windows.X[:, -1:]) / self.scale

    def values(self, answers: Tensor, windows: Windows) -> Tensor:
        """Answers (N, K, J) as values of the series."""
        return answers * self.scale + windows.X[:, -1:, None]


class Net(nn.Module):
    """A recurrent layer; a head reads its last state and answers with J quantiles of each of K steps, (N, K, J).

    cell: "RNN", "GRU" or "LSTM". The head starts at zero, so that an untrained net says “as today”.
    """

    def __init__(self, cell: str, inputs: int, hidden: int, outputs: int, levels: int = len(LEVELS)) -> None:
        super().__init__()
        self.cell = getattr(nn, cell)(inputs, hidden, batch_first=True)
        self.head = nn.Linear(hidden, outputs * levels)
        self.shape = (outputs, levels)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, X: Tensor) -> Tensor:
        return self.head(self.cell(X)[0][:, -1]).unflatten(1, self.shape)


def pinball(answers: Tensor, Y: Tensor, levels: Sequence[float] = LEVELS) -> Tensor:
    """The mean pinball loss of answers (N, K, J) at targets (N, K)."""
    error = Y[..., None] - answers
    level = torch.tensor(levels)
    return torch.where(error > 0, level * error, (level - 1) * error).mean()


def fit(
    net: nn.Module,
    train: tuple[Tensor, Tensor],
    val: tuple[Tensor, Tensor],
    updates: int,
    rate: float,
    seed: int,
    size: int = 64,
    levels: Sequence[float] = LEVELS,
) -> float:
    """Train by Adam on inputs and targets; the net ends with the weights that were best on the validation part.

    Returns: the validation loss of these.
    """
    source = torch.Generator().manual_seed(seed)
    adam = torch.optim.Adam(net.parameters(), lr=rate, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=rate, total_steps=max(updates, 2))
    best, kept = float("inf"), copy.deepcopy(net.state_dict())
    for update in range(1, updates + 1):
        chosen = torch.randint(len(train[0]), (size,), generator=source)
        loss = pinball(net(train[0][chosen]), train[1][chosen], levels)
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        schedule.step()
        if update % max(1, updates // CHECKS) == 0:
            with torch.no_grad():
                now = float(pinball(net(val[0]), val[1], levels))
            if now < best:
                best, kept = now, copy.deepcopy(net.state_dict())
    net.load_state_dict(kept)
    return best


@torch.no_grad()
def answers(net: nn.Module, X: Tensor) -> Tensor:
    """The net's quantiles (N, K, J), each row in rising order."""
    return torch.cat([net(piece) for piece in X.split(1024)]).sort(-1).values
