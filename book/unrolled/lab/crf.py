"""A linear-chain CRF over the scores of any net, for padded batches, in PyTorch."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class CRF(nn.Module):
    """What it costs to go from tag to tag; the net's scores E (B, T, K) come from outside.

    A: (K, K), from a row's tag to a column's. start, end: (K,). All begin at zero: no preference.
    """

    def __init__(self, K: int) -> None:
        super().__init__()
        self.A = nn.Parameter(torch.zeros(K, K))
        self.start = nn.Parameter(torch.zeros(K))
        self.end = nn.Parameter(torch.zeros(K))

    def score(self, E: Tensor, y: Tensor, mask: Tensor) -> Tensor:
        """The score of each sentence's tags, (B,).

        Args:
            E: (B, T, K).
            y: the tags' numbers, (B, T); any at padding.
            mask: true at real steps, (B, T); padding stands behind them.
        """
        own = E.gather(2, y[..., None])[..., 0] * mask
        moves = self.A[y[:, :-1], y[:, 1:]] * mask[:, 1:]
        last = y.gather(1, mask.sum(1, keepdim=True) - 1)[:, 0]
        return self.start[y[:, 0]] + own.sum(1) + moves.sum(1) + self.end[last]

    def log_partition(self, E: Tensor, mask: Tensor) -> Tensor:
        """The logarithm of the sum over all paths of exp(score), for each sentence, (B,)."""
        alpha = self.start + E[:, 0]
        for t in range(1, E.shape[1]):
            step = E[:, t] + torch.logsumexp(alpha[:, :, None] + self.A, 1)
            alpha = torch.where(mask[:, t, None], step, alpha)
        return torch.logsumexp(alpha + self.end, 1)

    def loss(self, E: Tensor, y: Tensor, mask: Tensor) -> Tensor:
        """−log p of the right tags, all sentences together, per real step."""
        return (self.log_partition(E, mask) - self.score(E, y, mask)).sum() / mask.sum()

    @torch.no_grad()
    def viterbi(self, E: Tensor, mask: Tensor) -> Tensor:
        """The best path of each sentence, (B, T); 0 at padding."""
        best, steps = self.start + E[:, 0], E.shape[1]
        stay = torch.arange(E.shape[2]).expand(len(E), -1)
        pointers = []
        for t in range(1, steps):
            values, before = (best[:, :, None] + self.A).max(1)
            real = mask[:, t, None]
            best = torch.where(real, values + E[:, t], best)
            pointers.append(torch.where(real, before, stay))
        path = [(best + self.end).argmax(1)]
        for before in reversed(pointers):
            path.append(before.gather(1, path[-1][:, None])[:, 0])
        return torch.stack(path[::-1], 1) * mask

    @torch.no_grad()
    def so_far(self, E: Tensor, mask: Tensor) -> Tensor:
        """The best tag of each step by what was read up to it, (B, T): the largest of its log-sums over beginnings."""
        alpha = self.start + E[:, 0]
        found = [alpha.argmax(1)]
        for t in range(1, E.shape[1]):
            alpha = E[:, t] + torch.logsumexp(alpha[:, :, None] + self.A, 1)
            found.append(alpha.argmax(1))
        return torch.stack(found, 1) * mask

    def marginals(self, E: Tensor, mask: Tensor) -> Tensor:
        """The probability of each tag at each step, (B, T, K): the gradient of log Z with respect to E."""
        with torch.enable_grad():
            E = E.detach().requires_grad_()
            (found,) = torch.autograd.grad(self.log_partition(E, mask).sum(), E)
        return found
