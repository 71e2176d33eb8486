"""The LSTM as PyTorch modules, its weights from and to PyTorch's layout, and descent along a stream.

unrolled-canary-6b72200edd87
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from solutions.reference.clipping import clip_by_global_norm
from solutions.reference.lstm import lstm_backward, lstm_forward
from solutions.reference.numerics import Array


class LSTMCell(nn.Module):
    """One step, blocks i, f, g, o side by side in W (D, 4H), U (H, 4H) and b (4H,) (eq-lstm-step)."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.W = nn.Parameter(torch.randn(inputs, 4 * hidden) / inputs**0.5)
        self.U = nn.Parameter(torch.randn(hidden, 4 * hidden) / hidden**0.5)
        self.b = nn.Parameter(torch.zeros(4 * hidden))

    def forward(
        self, x: Float[Tensor, "B D"], h: Float[Tensor, "B H"], c: Float[Tensor, "B H"]
    ) -> tuple[Float[Tensor, "B H"], Float[Tensor, "B H"]]:
        """h_t and c_t, as PyTorch's own step computes them."""
        h_next, c_next = torch.lstm_cell(x, (h, c), self.W.T, self.U.T, self.b, torch.zeros_like(self.b))
        return h_next, c_next


class LSTM(LSTMCell):
    """The step over a batch of sequences; one that has ended keeps its state (eq-lstm-sequence)."""

    def forward(  # type: ignore[override]
        self,
        X: Float[Tensor, "B T D"],
        h0: Float[Tensor, "B H"],
        c0: Float[Tensor, "B H"],
        lengths: Int[Tensor, "B"],
    ) -> tuple[Float[Tensor, "B T H"], Float[Tensor, "B H"], Float[Tensor, "B H"]]:
        """All h, the last h and the last c."""
        h, c, states = h0, c0, []
        for t, x in enumerate(X.unbind(dim=1)):
            alive = (t < lengths)[:, None]
            new = super().forward(x, h, c)
            h, c = (torch.where(alive, one, old) for one, old in zip(new, (h, c), strict=True))
            states.append(h)
        return torch.stack(states, dim=1), h, c


def lstm_from_torch(
    weight_ih: Float[Array, "4H D"],
    weight_hh: Float[Array, "4H H"],
    bias_ih: Float[Array, "4H"],
    bias_hh: Float[Array, "4H"],
) -> tuple[Float[Array, "D 4H"], Float[Array, "H 4H"], Float[Array, "4H"]]:
    """W, U, b: kernels transposed, biases added; the blocks stand in the same order (eq-lstm-sums)."""
    return weight_ih.T.copy(), weight_hh.T.copy(), bias_ih + bias_hh


def lstm_to_torch(
    W: Float[Array, "D 4H"], U: Float[Array, "H 4H"], b: Float[Array, "4H"]
) -> tuple[Float[Array, "4H D"], Float[Array, "4H H"], Float[Array, "4H"], Float[Array, "4H"]]:
    """weight_ih, weight_hh, bias_ih and bias_hh, of which the last is zero (eq-lstm-sums)."""
    return W.T.copy(), U.T.copy(), b.copy(), np.zeros_like(b)


def train_stream(
    X: Float[Array, "B T D"],
    Y: Float[Array, "B T"],
    h: Float[Array, "B H"],
    c: Float[Array, "B H"],
    W: Float[Array, "D 4H"],
    U: Float[Array, "H 4H"],
    b: Float[Array, "4H"],
    Wy: Float[Array, "H 1"],
    by: Float[Array, "1"],
    window: int,
    rate: float,
    limit: float,
) -> tuple[Array, ...]:
    """The loss of each window before its update, then W, U, b, Wy, by, h, c behind the last (eq-truncated-bptt).

    In NumPy, by the reference's own way back. The loss is half the mean squared error of h_t Wy + by; the state goes on
    from window to window, the gradient does not.
    """
    losses = []
    for start in range(0, X.shape[1], window):
        Hs, c_next, cache = lstm_forward(X[:, start : start + window], h, c, W, U, b)
        error = (Hs @ Wy + by)[..., 0] - Y[:, start : start + window]
        losses.append(np.mean(error**2) / 2)
        dp = error[..., None] / error.size
        _, _, _, dW, dU, db = lstm_backward(dp * Wy[:, 0], np.zeros_like(c), cache)
        gradients = dW, dU, db, np.einsum("bth,bto->ho", Hs, dp), dp.sum(axis=(0, 1))
        clipped, _ = clip_by_global_norm(gradients, limit)
        W, U, b, Wy, by = (old - rate * g for old, g in zip((W, U, b, Wy, by), clipped, strict=True))
        h, c = Hs[:, -1], c_next
    return np.array(losses), W, U, b, Wy, by, h.copy(), c.copy()
