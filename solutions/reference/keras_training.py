"""A net of our cells, its masked loss and one update: what the assignment keras-cells asks for, and its references.

unrolled-canary-d8130be5a7f4
"""

# The sum of tensors is none of the number 0.
# mypy: disable-error-code=arg-type
import os
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")  # read once, when Keras is imported

import keras
import torch
from jaxtyping import Bool, Float

from solutions.reference.keras_cells import GRUCell
from solutions.reference.numerics import Array


class MaskedNet(keras.layers.Layer):
    """A GRU over padded sequences and one number at each step: p_t = h_t Wy + by. A masked step keeps the state."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.rnn = keras.layers.RNN(GRUCell(units), return_sequences=True)
        self.head = keras.layers.Dense(1)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights for inputs (B, T, D)."""
        self.rnn.build(input_shape)
        self.head.build((*input_shape[:-1], self.units))

    def call(self, X: Float[Any, "B T D"], mask: Bool[Any, "B T"]) -> Float[Any, "B T 1"]:
        """X and its mask -> the number at each step."""
        return self.head(self.rnn(X, mask=mask))

    def get_config(self) -> dict[str, Any]:
        """What it takes to build the net again."""
        return {**super().get_config(), "units": self.units}


def masked_loss(p: Float[Any, "B T 1"], y: Float[Any, "B T"], mask: Bool[Any, "B T"]) -> Float[Any, ""]:
    """The mean of (p − y)²/2 over the steps where mask is True; 0 where there are none (eq-sequence-loss).

    Of arrays or tensors, a tensor.
    """
    p, y, mask = (torch.as_tensor(one) for one in (p, y, mask))
    errors = p[..., 0][mask] - y[mask]
    return (errors**2).sum() / 2 / max(len(errors), 1)


def keras_update(
    X: Float[Array, "B T D"],
    y: Float[Array, "B T"],
    mask: Bool[Array, "B T"],
    W: Float[Array, "D 3H"],
    U: Float[Array, "H 3H"],
    b: Float[Array, "3H"],
    Wy: Float[Array, "H 1"],
    by: Float[Array, "1"],
    rate: float,
    limit: float,
) -> tuple[Array | float, ...]:
    """One update of gradient descent with clipping of `MaskedNet`: new W, U, b, Wy, by and the loss before it.

    Without Keras: PyTorch's own gradients of the equations.
    """
    inputs, answers, real = torch.tensor(X), torch.tensor(y), torch.tensor(mask)
    weights = [torch.tensor(array, requires_grad=True) for array in (W, U, b, Wy, by)]
    kernel, recurrent, bias, head, offset = weights
    H = len(U)
    h = torch.zeros(len(X), H, dtype=inputs.dtype)
    total = torch.zeros((), dtype=inputs.dtype)
    for t in range(X.shape[1]):
        a = inputs[:, t] @ kernel + bias
        z, r = (torch.sigmoid(a[:, k * H : (k + 1) * H] + h @ recurrent[:, k * H : (k + 1) * H]) for k in (0, 1))
        new = z * h + (1 - z) * torch.tanh(a[:, 2 * H :] + (r * h) @ recurrent[:, 2 * H :])
        h = torch.where(real[:, t, None], new, h)
        error = (h @ head + offset)[:, 0] - answers[:, t]
        total = total + torch.where(real[:, t], error**2, torch.zeros_like(error)).sum()
    loss = total / 2 / real.sum()
    gradients = torch.autograd.grad(loss, weights)
    norm = torch.sqrt(sum((g**2).sum() for g in gradients))
    factor = rate * min(1.0, limit / float(norm))
    return *((w - factor * g).detach().numpy() for w, g in zip(weights, gradients, strict=True)), float(loss.detach())
