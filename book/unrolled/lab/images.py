"""Nets that look at pictures: read row by row or pixel by pixel, or convolved."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

CELLS = ("RNN", "IRNN", "LSTM")
SIDE, CLUTTERED = 8, 16  # pixels of a side of a digit, and of a picture with clutter, as in unrolled.data.digits
REACH = CLUTTERED - SIDE  # the largest corner of a digit among clutter


class Reader(nn.Module):
    """A recurrent layer goes over X (B, T, D); a head answers from its last state, (B, outputs).

    cell: "RNN" (tanh); "IRNN": ReLU, whose recurrent kernel starts as the identity; "LSTM", whose forget gates start
        with a bias of 1.
    both_ways: a second layer reads from the end, and the head sees both last states.
    first: standard deviation of the input kernel of "IRNN" at the start.
    """

    def __init__(
        self, cell: str, inputs: int, hidden: int, outputs: int, both_ways: bool = False, first: float = 0.1
    ) -> None:
        super().__init__()
        made = nn.LSTM if cell == "LSTM" else nn.RNN
        more = {"nonlinearity": "relu"} if cell == "IRNN" else {}
        self.cell = made(inputs, hidden, batch_first=True, bidirectional=both_ways, **more)
        self.head = nn.Linear((1 + both_ways) * hidden, outputs)
        self.hidden = hidden
        with torch.no_grad():
            if cell == "IRNN":
                self.cell.weight_hh_l0.copy_(torch.eye(hidden))
                self.cell.weight_ih_l0.normal_(std=first)
                self.cell.bias_ih_l0.zero_()
                self.cell.bias_hh_l0.zero_()
            if cell == "LSTM":
                self.cell.bias_ih_l0[hidden : 2 * hidden] += 1
                if both_ways:
                    self.cell.bias_ih_l0_reverse[hidden : 2 * hidden] += 1

    def forward(self, X: Tensor) -> Tensor:
        states = self.cell(X)[0]
        forth, back = states[:, -1, : self.hidden], states[:, 0, self.hidden :]
        return self.head(torch.cat([forth, back], 1))


class Convolver(nn.Module):
    """Two layers of 3 × 3 kernels, each with ReLU and the largest of 2 × 2; a linear head. X (B, side, side)."""

    def __init__(self, side: int, channels: tuple[int, int], outputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, channels[0], 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(*channels, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(channels[1] * (side // 4) ** 2, outputs),
        )

    def forward(self, X: Tensor) -> Tensor:
        return self.layers(X[:, None])


def weights_of(net: nn.Module) -> int:
    """How many numbers a net learns."""
    return sum(array.numel() for array in net.parameters())


def hidden_for(make: Callable[[int], nn.Module], wanted: int) -> int:
    """The number of units with which `make(units)` learns about `wanted` numbers."""
    return min(range(2, 129), key=lambda hidden: abs(weights_of(make(hidden)) - wanted))


Loss = Callable[[Tensor, Tensor], Tensor]


def fit(
    net: nn.Module, X: Tensor, y: Tensor, updates: int, rate: float, seed: int, loss: Loss = nn.functional.cross_entropy
) -> None:
    """Train by Adam on batches of 64 drawn at random; the rate rises, then falls; gradients are clipped to norm 1."""
    source = torch.Generator().manual_seed(seed)
    adam = torch.optim.Adam(net.parameters(), rate, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, rate, total_steps=max(updates, 2))
    for _ in range(updates):
        chosen = torch.randint(len(X), (64,), generator=source)
        error = loss(net(X[chosen]), y[chosen])
        adam.zero_grad()
        error.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        schedule.step()


@torch.no_grad()
def answers(net: nn.Module, X: Tensor) -> Tensor:
    """What the net says of all of X."""
    return torch.cat([net(piece) for piece in X.split(500)])


def accuracy(net: nn.Module, X: Tensor, y: Tensor) -> float:
    """The share of images whose class has the largest score."""
    return float((answers(net, X).argmax(-1) == y).float().mean())


def detection_loss(said: Tensor, wanted: Tensor) -> Tensor:
    """Of ten scores and a corner (B, 12): cross-entropy, and five times the squared error in shares of the range.

    wanted: class and corner, (B, 3).
    """
    corner = (said[:, 10:] - wanted[:, 1:] / REACH).square().mean()
    return nn.functional.cross_entropy(said[:, :10], wanted[:, 0].long()) + 5 * corner


def overlap(corners: Tensor, wanted: Tensor) -> Tensor:
    """Shared area of two boxes of a digit's size, over that of both together: (N,)."""
    shared = (SIDE - (corners - wanted).abs()).clamp(min=0).prod(1)
    return shared / (2 * SIDE**2 - shared)


def found(net: nn.Module, X: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Whether the class is right, and the overlap of the boxes, both (N,)."""
    said = answers(net, X)
    return said[:, :10].argmax(1) == wanted[:, 0], overlap(said[:, 10:] * REACH, wanted[:, 1:])
