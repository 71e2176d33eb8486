"""An autoencoder for sequences of one length: an LSTM reads, a code is kept, another LSTM writes from the end."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Autoencoder(nn.Module):
    """Sequences (B, T, D) → a code (B, K) → the sequences again, (B, T, D), written from the last step to the first.

    The decoder reads nothing: its input is zero, so all that it knows of the sequence stands in the code.
    """

    def __init__(self, inputs: int, hidden: int, code: int) -> None:
        super().__init__()
        self.reader = nn.LSTM(inputs, hidden, batch_first=True)
        self.squeeze, self.spread = nn.Linear(hidden, code), nn.Linear(code, hidden)
        self.writer = nn.LSTM(1, hidden, batch_first=True)
        self.head = nn.Linear(hidden, inputs)

    def encode(self, X: Tensor) -> Tensor:
        return self.squeeze(self.reader(X)[0][:, -1])

    def decode(self, code: Tensor, steps: int) -> Tensor:
        start = self.spread(code)[None]
        states, _ = self.writer(code.new_zeros(len(code), steps, 1), (start, torch.zeros_like(start)))
        return self.head(states).flip(1)

    def forward(self, X: Tensor) -> Tensor:
        return self.decode(self.encode(X), X.shape[1])


def fit(net: nn.Module, X: Tensor, updates: int, rate: float, seed: int) -> list[float]:
    """Train to give back X, by Adam on batches of 32; the rate rises, then falls. Returns the loss at each update."""
    source = torch.Generator().manual_seed(seed)
    adam = torch.optim.Adam(net.parameters(), rate, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, rate, total_steps=max(updates, 2))
    found = []
    for _ in range(updates):
        batch = X[torch.randint(len(X), (32,), generator=source)]
        error = (net(batch) - batch).square().mean()
        adam.zero_grad()
        error.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        schedule.step()
        found.append(float(error.detach()))
    return found
