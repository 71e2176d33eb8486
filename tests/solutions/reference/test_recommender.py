"""The reference of `recommender`, against PyTorch, SciPy and examples that were worked out by hand."""

import numpy as np
import pytest
import torch
from scipy.stats import rankdata

from solutions.reference import recommender

RNG = np.random.default_rng(5)


def test_lanes_by_hand():
    sessions = [[3, 1, 4], [7], [5, 9], [2, 6, 8], [1, 7]]
    inputs, targets, starts = recommender.session_batches(sessions, 2)
    assert inputs.tolist() == [[3, 5], [1, 2], [1, 6]]
    assert targets.tolist() == [[1, 9], [4, 6], [7, 8]]
    assert starts.tolist() == [[1, 1], [0, 1], [1, 0]]


def test_a_lane_reads_whole_sessions_and_all_ends_when_one_is_free_for_good():
    sessions = [list(range(10 * n, 10 * n + int(RNG.integers(1, 6)))) for n in range(30)]
    inputs, targets, starts = recommender.session_batches(sessions, 4)
    read = list(zip(inputs.ravel(), targets.ravel(), strict=True))
    assert len(set(read)) == len(read)
    assert all(other == one + 1 for one, other in read)
    assert np.array_equal(starts == 1, inputs % 10 == 0)
    last = {session[-1] for session in sessions}
    assert any(int(target) in last for target in targets[-1])
    # Where two lanes are free at once and one session is left, nobody reads it.
    first = [session[0] for session in sessions if len(session) > 1]
    assert set(first[:-3]) <= set(inputs.ravel())


def of_pairs(function):
    def loss(scores):
        B = len(scores)
        pairs = [function(scores[n, n], scores[n, j]) for n in range(B) for j in range(B) if j != n]
        return sum(pairs) / len(pairs)

    return loss


LOSSES = {
    "sampled_cross_entropy": lambda scores: torch.nn.functional.cross_entropy(scores, torch.arange(len(scores))),
    "bpr_loss": of_pairs(lambda own, other: -torch.nn.functional.logsigmoid(own - other)),
    "top1_loss": of_pairs(lambda own, other: torch.sigmoid(other - own) + torch.sigmoid(other**2)),
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize(("lanes", "scale"), [(2, 1), (5, 1), (4, 300)])
def test_a_loss_and_its_gradient_are_pytorchs(name, lanes, scale):
    scores = scale * RNG.standard_normal((lanes, lanes))
    leaf = torch.tensor(scores, requires_grad=True)
    loss = LOSSES[name](leaf)
    loss.backward()
    mine, dscores = getattr(recommender, name)(scores)
    assert mine == pytest.approx(loss.item())
    assert np.allclose(dscores, leaf.grad.numpy(), atol=1e-12)


def test_ranks_are_scipys_means():
    scores = RNG.integers(-2, 3, (20, 7)) / 2
    targets = RNG.integers(0, 7, 20)
    assert np.array_equal(
        recommender.ranks(scores, targets), rankdata(-scores, "average", axis=1)[np.arange(20), targets]
    )


def test_recall_and_mrr_by_hand():
    assert recommender.recall_and_mrr(np.array([1, 2.5, 5, 5.5]), 5) == pytest.approx((3 / 4, (1 + 0.4 + 0.2) / 4))


def test_transitions_by_hand():
    A = recommender.transition_scores([[0, 1, 0, 1], [2], [1, 2]], 4, 2.0)
    q = np.array([2, 3, 2, 0]) / 7
    counts = np.array([[0, 2, 0, 0], [1, 0, 1, 0], [0] * 4, [0] * 4])
    assert np.allclose(A, (counts + 2 * q) / np.array([[4], [4], [2], [2]]))
    assert np.allclose(A[2:], q)


def test_a_step_is_pytorchs():
    B, V, H, rate = 5, 6, 4, 0.7
    inputs, targets, starts = np.array([1, 1, 2, 0, 5]), np.array([3, 0, 3, 3, 1]), np.array([0, 1, 0, 0, 1])
    h, W, U, b, Wy = (RNG.standard_normal(shape) for shape in ((B, H), (V, H), (H, H), H, (H, V)))
    leaves = [torch.tensor(one, requires_grad=True) for one in (W, U, b, Wy)]
    kernel, recurrent, bias, readout = leaves
    before = torch.tensor(h) * (1 - torch.tensor(starts))[:, None]
    state = torch.tanh(kernel[torch.tensor(inputs)] + before @ recurrent + bias)
    loss = torch.nn.functional.cross_entropy(state @ readout[:, torch.tensor(targets)], torch.arange(B))
    loss.backward()
    mine, h_next, *new = recommender.recommender_step(inputs, targets, starts, h, W, U, b, Wy, rate)
    assert mine == pytest.approx(loss.item())
    assert np.allclose(h_next, state.detach().numpy())
    for one, leaf in zip(new, leaves, strict=True):
        assert np.allclose(one, (leaf - rate * leaf.grad).detach().numpy())
