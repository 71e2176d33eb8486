"""Nets of one build, in which only what mixes the steps differs: recurrent cells, minimal cells, attention.

For the page `after-rnns`: each block is x + mix(norm(x)), then x + feed(norm(x)).
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

HEADS = 4


class Cell(nn.Module):
    """A recurrent layer of PyTorch, its states only."""

    def __init__(self, kind: str, D: int) -> None:
        super().__init__()
        self.cell = getattr(nn, kind)(D, D, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        states: Tensor = self.cell(x)[0]
        return states


def states_of(keep: Tensor, new: Tensor) -> Tensor:
    """States (B, T, D) of h_t = keep_t h_{t-1} + new_t from zero, step by step."""
    h, states = torch.zeros_like(new[:, 0]), []
    for a, b in zip(keep.unbind(1), new.unbind(1), strict=True):
        h = torch.addcmul(b, a, h)
        states.append(h)
    return torch.stack(states, 1)


class MinGRU(nn.Module):
    """A GRU whose gate and candidate see the input only; `signed`: the state is kept by 2z - 1 and not by z."""

    def __init__(self, D: int, signed: bool = False) -> None:
        super().__init__()
        self.both, self.signed = nn.Linear(D, 2 * D), signed

    def forward(self, x: Tensor) -> Tensor:
        z, n = self.both(x).chunk(2, -1)
        z = z.sigmoid()
        return states_of(2 * z - 1 if self.signed else z, (1 - z) * n)


class MinLSTM(nn.Module):
    """Two gates that are made to sum to one, and no output gate."""

    def __init__(self, D: int) -> None:
        super().__init__()
        self.all = nn.Linear(D, 3 * D)

    def forward(self, x: Tensor) -> Tensor:
        i, f, g = self.all(x).chunk(3, -1)
        i, f = i.sigmoid(), f.sigmoid()
        return states_of(f / (f + i), i / (f + i) * g)


class Attention(nn.Module):
    """Causal self-attention; `whole`: its T by T weights are laid out in memory."""

    def __init__(self, D: int, whole: bool = False) -> None:
        super().__init__()
        self.qkv, self.out, self.whole = nn.Linear(D, 3 * D), nn.Linear(D, D), whole

    def forward(self, x: Tensor) -> Tensor:
        B, T, D = x.shape
        q, k, v = (one.view(B, T, HEADS, -1).transpose(1, 2) for one in self.qkv(x).chunk(3, -1))
        if self.whole:
            scores = q @ k.mT / (D // HEADS) ** 0.5
            later = torch.ones(T, T, dtype=torch.bool).triu(1)
            read = scores.masked_fill(later, -torch.inf).softmax(-1) @ v
        else:
            read = scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(read.transpose(1, 2).reshape(B, T, D))


MIXERS = {
    **{kind: partial(Cell, kind) for kind in ("RNN", "GRU", "LSTM")},
    "minGRU": MinGRU,
    "signed minGRU": partial(MinGRU, signed=True),
    "minLSTM": MinLSTM,
    "Transformer": Attention,
    "whole Transformer": partial(Attention, whole=True),
}


class Block(nn.Module):
    """One mixing of the steps, and a net of two layers at each step alone."""

    def __init__(self, kind: str, D: int) -> None:
        super().__init__()
        self.mix = MIXERS[kind](D)
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.feed = nn.Sequential(nn.Linear(D, 2 * D), nn.GELU(), nn.Linear(2 * D, D))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.mix(self.norms[0](x))
        return x + self.feed(self.norms[1](x))


def places(T: int, D: int) -> Tensor:
    """Sines and cosines of the place, (T, D)."""
    angles = torch.arange(T)[:, None] / 10_000 ** (torch.arange(0, D, 2) / D)
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)


class Net(nn.Module):
    """Scores (B, T, outputs) of each step from ids (B, T)."""

    def __init__(self, kind: str, D: int, layers: int, symbols: int, outputs: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(symbols, D)
        self.blocks = nn.Sequential(*(Block(kind, D) for _ in range(layers)))
        self.norm, self.head = nn.LayerNorm(D), nn.Linear(D, outputs)
        self.placed = "Transformer" in kind

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embed(ids)
        if self.placed:
            x = x + places(x.shape[1], x.shape[2])
        scores: Tensor = self.head(self.norm(self.blocks(x)))
        return scores


def weights(net: nn.Module) -> int:
    """How many numbers are learnt."""
    return sum(array.numel() for array in net.parameters())
