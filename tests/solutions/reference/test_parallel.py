"""The reference of `parallel-scan`: two steps as one, costs against scans that count, gradients, the minGRU."""

import numpy as np
import pytest
import torch

from solutions.reference import minimal, parallel
from solutions.reference.scan import loop, scan

RNG = np.random.default_rng(11)


def test_two_steps_are_one():
    h, a1, v1, a2, v2 = RNG.standard_normal((5, 2, 3))
    a, v = parallel.combined(a1, v1, a2, v2)
    np.testing.assert_allclose(a * h + v, a2 * (a1 * h + v1) + v2)


def flat(pairs):
    """All results of the flat scan, and how many pairs each of its rounds joins."""
    rounds, d = [], 1
    while d < len(pairs):
        joined = [parallel.combined(*pairs[t - d], *pairs[t]) for t in range(d, len(pairs))]
        rounds.append(len(joined))
        pairs, d = [*pairs[:d], *joined], 2 * d
    return pairs, rounds


def tree(pairs):
    """The same of the tree."""
    if len(pairs) < 2:
        return pairs, []
    joined = [parallel.combined(*pairs[t], *pairs[t + 1]) for t in range(0, len(pairs) - 1, 2)]
    known, rounds = tree(joined)
    filled = [parallel.combined(*known[t // 2 - 1], *pairs[t]) for t in range(2, len(pairs), 2)]
    results = {0: pairs[0], **{2 * k + 1: one for k, one in enumerate(known)}}
    results |= {2 * k + 2: one for k, one in enumerate(filled)}
    return [results[t] for t in range(len(pairs))], [len(joined), *rounds, *([len(filled)] if filled else [])]


@pytest.mark.parametrize("T", [*range(1, 40), 64, 100, 127, 129])
def test_costs_are_those_of_scans_that_count(T):
    A, V, h0 = RNG.uniform(-1, 1, (1, T, 2)), RNG.standard_normal((1, T, 2)), RNG.standard_normal((1, 2))
    Hs = loop(A, V, h0)
    rounds = []
    for way in (flat, tree):
        results, of_rounds = way([(A[0, t], V[0, t]) for t in range(T)])
        np.testing.assert_allclose([a * h0[0] + v for a, v in results], Hs[0], atol=1e-12)
        rounds.append(of_rounds)
    np.testing.assert_allclose(scan(A, V, h0), Hs, atol=1e-12)
    (some, other) = rounds
    assert parallel.scan_cost(T) == (sum(some), len(some), sum(other), len(other))


@pytest.mark.parametrize("T", [1, 2, 7, 30])
def test_gradients_of_the_minimal_gru_are_pytorchs(T):
    B, D, H = 2, 3, 4
    given = [RNG.standard_normal(shape) for shape in ((B, T, D), (B, H), (D, 2 * H), (2 * H,))]
    X, h0, W, b = leaves = [torch.tensor(one, requires_grad=True) for one in given]
    S = X @ W + b
    Z, N = torch.sigmoid(S[..., :H]), S[..., H:]
    Z.retain_grad()
    h, states = h0, []
    for t in range(T):
        h = Z[:, t] * h + (1 - Z[:, t]) * N[:, t]
        states.append(h)
    Hs = torch.stack(states, dim=1)
    dHs = RNG.standard_normal((B, T, H))
    (Hs * torch.tensor(dHs)).sum().backward()
    mine = parallel.mingru_forward(*given)
    for one, other in zip(mine, (Hs, Z, N), strict=True):
        np.testing.assert_allclose(one, other.detach().numpy(), atol=1e-12)
    gradients = parallel.mingru_backward(dHs, given[0], given[1], *mine, given[2])
    for one, leaf in zip(gradients, leaves, strict=True):
        np.testing.assert_allclose(one, leaf.grad.numpy(), atol=1e-12)
    dA, dV, _ = parallel.scan_backward(dHs, mine[1], given[1], mine[0])
    np.testing.assert_allclose(dA - mine[2] * dV, Z.grad.numpy(), atol=1e-12)


def test_it_is_the_minimal_cell_of_the_other_module():
    X, h0, W, b = (RNG.standard_normal(shape) for shape in ((2, 9, 3), (2, 4), (3, 8), (8,)))
    dHs = RNG.standard_normal((2, 9, 4))
    Hs, cache = minimal.mingru_forward(X, h0, W, b)
    mine = parallel.mingru_forward(X, h0, W, b)
    np.testing.assert_array_equal(mine[0], Hs)
    for one, other in zip(
        parallel.mingru_backward(dHs, X, h0, *mine, W), minimal.mingru_backward(dHs, cache), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-12)
