"""The updates are those of PyTorch's automatic gradients, its clipping, and plain gradient descent."""

import numpy as np
import pytest
import torch

from solutions.reference import training
from solutions.reference.gru import gru_forward
from solutions.reference.lstm import lstm_forward
from solutions.reference.rnn import rnn_forward

B, T, D, H, RATE = 3, 5, 2, 4, 0.7


def drawn(blocks):
    """X, W, U, b, Wy and by."""
    rng = np.random.default_rng(0)
    shapes = (B, T, D), (D, blocks * H), (H, blocks * H), (blocks * H,), (H, 1), (1,)
    return [rng.standard_normal(shape) for shape in shapes]


def states(X, W, U, b):
    """All hidden states; which cell it is, the width of b tells."""
    h = c = X.new_zeros(B, H)
    found = []
    for t in range(T):
        a = X[:, t] @ W
        if len(b) == H:
            h = torch.tanh(a + h @ U + b)
        elif len(b) == 4 * H:
            i, f, g, o = (a + h @ U + b).split(H, dim=1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
        else:
            z, r = (a + h @ U + b)[:, : 2 * H].sigmoid().split(H, dim=1)
            n = torch.tanh(a[:, 2 * H :] + (r * h) @ U[:, 2 * H :] + b[2 * H :])
            h = z * h + (1 - z) * n
        found.append(h)
    return torch.stack(found, dim=1)


def updated(blocks, loss_of, limit=None):
    """What PyTorch makes of it: the new weights and the loss before."""
    X, *weights = (torch.tensor(one) for one in drawn(blocks))
    weights = [one.requires_grad_() for one in weights]
    *cell, Wy, by = weights
    loss = loss_of((states(X, *cell) @ Wy + by)[..., 0])
    loss.backward()
    if limit is not None:
        torch.nn.utils.clip_grad_norm_(weights, limit)
    torch.optim.SGD(weights, lr=RATE).step()
    return [*(one.detach().numpy() for one in weights), loss.item()]


def assert_same(found, wanted):
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)  # clip_grad_norm_ divides by the norm + 1e-6


def test_a_plain_net_with_an_answer_at_every_step():
    y = np.random.default_rng(1).integers(0, 2, (B, T))
    cross_entropy = torch.nn.functional.binary_cross_entropy_with_logits
    wanted = updated(1, lambda logits: cross_entropy(logits, torch.tensor(y, dtype=torch.float64)))
    X, *weights = drawn(1)
    assert_same(training.rnn_update(X, y, *weights, RATE), wanted)


@pytest.mark.parametrize("limit", [0.1, 100.0])
@pytest.mark.parametrize(
    ("update", "blocks"), [(training.clipped_update, 1), (training.gru_update, 3), (training.lstm_update, 4)]
)
def test_a_net_with_an_answer_at_the_end(update, blocks, limit):
    y = np.array([1.0, -1.0, 1.0])
    wanted = updated(blocks, lambda p: ((p[:, -1] - torch.tensor(y)) ** 2).mean() / 2, limit)
    X, *weights = drawn(blocks)
    assert_same(update(X, y, *weights, RATE, limit), wanted)


@pytest.mark.parametrize(("forward", "blocks"), [(rnn_forward, 1), (gru_forward, 3), (lstm_forward, 4)])
def test_the_cells_here_are_those_of_the_reference(forward, blocks):
    X, W, U, b, *_ = drawn(blocks)
    zeros = [np.zeros((B, H))] * (2 if blocks == 4 else 1)
    ours = states(*(torch.tensor(one) for one in (X, W, U, b))).numpy()
    np.testing.assert_allclose(forward(X, *zeros, W, U, b)[0], ours, rtol=1e-12)
