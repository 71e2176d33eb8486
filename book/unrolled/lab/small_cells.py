"""The three cells in PyTorch with every line in sight, and an axis of nets in front: what experiments train.

They follow eq-rnn-step, eq-gru-step-after and eq-lstm-step of the book. In shapes, N is nets, k blocks side by side.
"""

from __future__ import annotations

import torch
from torch import Tensor

CELLS = ("RNN", "GRU", "LSTM")
BLOCKS = {"RNN": 1, "GRU": 3, "LSTM": 4}

Weights = dict[str, Tensor]  # W (N, D, kH), U (N, H, kH), b (N, 1, kH); GRU: bn (N, 1, H)


def advance(cell: str, p: Weights, a: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """One step of all nets from the input's sums `a` (N, B, kH); returns h and c (N, B, H)."""
    if cell == "RNN":
        return torch.baddbmm(a, h, p["U"]).tanh(), c
    if cell == "LSTM":
        i, f, g, o = torch.baddbmm(a, h, p["U"]).chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c
    H = h.shape[-1]
    from_input, from_state = a.split([2 * H, H], -1), (h @ p["U"]).split([2 * H, H], -1)
    z, r = (from_input[0] + from_state[0]).sigmoid().chunk(2, -1)
    n = (from_input[1] + r * (from_state[1] + p["bn"])).tanh()
    return torch.lerp(n, h, z), c


def states(cell: str, p: Weights, X: Tensor) -> Tensor:
    """All states (N, B, T, H) for X (N, B, T, D), from zeros."""
    sums = (X.flatten(1, 2) @ p["W"] + p["b"]).unflatten(1, X.shape[1:3])
    h = c = X.new_zeros(*X.shape[:2], p["U"].shape[1])
    out = []
    for a in sums.unbind(2):
        h, c = advance(cell, p, a, h, c)
        out.append(h)
    return torch.stack(out, 2)


def from_torch(layer: torch.nn.RNNBase) -> Weights:
    """The weights of one of PyTorch's layers, as one net; its GRU has r before z."""
    W, U, b, bU = (array.detach() for array in layer.parameters())
    if isinstance(layer, torch.nn.GRU):
        W, U, b, bU = (torch.cat([v.chunk(3)[j] for j in (1, 0, 2)]) for v in (W, U, b, bU))
        H = U.shape[1]
        b = b + torch.cat([bU[: 2 * H], torch.zeros(H, dtype=b.dtype)])
        return {"W": W.T[None], "U": U.T[None], "b": b[None, None], "bn": bU.chunk(3)[2][None, None]}
    return {"W": W.T[None], "U": U.T[None], "b": (b + bU)[None, None]}
