"""Counts, lanes, losses and places: against what one works out by hand."""

import itertools

import pytest
import torch

from unrolled.lab import sessions
from unrolled.lab.sessions import NextItem

ROWS = [[0, 1, 2], [0, 1], [2, 1, 0, 3], [1, 2]]


def test_popularity_is_the_share_of_clicks():
    assert sessions.shares(ROWS, 5).tolist() == pytest.approx([3 / 11, 4 / 11, 3 / 11, 1 / 11, 0])
    assert sessions.popularity(ROWS, 5)(torch.tensor([3, 4])).shape == (2, 5)


def test_the_session_counts_its_own_items_and_popularity_decides_between_equals():
    scores = sessions.own_popularity(ROWS, 4)(torch.tensor([3, 3, 0]))
    assert scores[1].argsort(descending=True).tolist()[:2] == [3, 1]
    assert scores[2].argsort(descending=True).tolist()[:2] == [3, 0]


def test_transitions_count_within_sessions():
    chances = sessions.transitions(ROWS, 4, 1.0)(torch.arange(4))
    assert chances[0].tolist() == pytest.approx([(3 / 11) / 4, (2 + 4 / 11) / 4, (3 / 11) / 4, (1 + 1 / 11) / 4])
    assert chances[3].tolist() == pytest.approx(sessions.shares(ROWS, 4).tolist())


def test_neighbours_vote_the_last_click_most():
    alike = sessions.neighbours(ROWS, 4, 0.0)(torch.arange(4))
    assert alike[0, 1].item() == pytest.approx(3 / (23 * 24) ** 0.5)
    assert alike[0, 0].item() == pytest.approx(3 / 23)
    assert torch.equal(alike, alike.T)
    voted = sessions.neighbours(ROWS, 4, 0.5)(torch.tensor([0, 2]))
    assert torch.allclose(voted[1], alike[2] + 0.5 * alike[0])


def test_lanes_read_each_session_whole_and_in_order():
    rows = [list(range(10 * n, 10 * n + 2 + n % 3)) for n in range(12)]
    firsts = {row[0] for row in rows}
    drawn = sessions.batches(rows, many=3, back=2)
    for clicked, targets, starts, _ in itertools.islice(drawn, 40):
        assert clicked.shape == targets.shape == starts.shape == (2, 3)
        assert (targets == clicked + 1).all()
        assert all(
            (int(item) in firsts) == bool(start)
            for item, start in zip(clicked.flatten(), starts.flatten(), strict=True)
        )
        goes_on = clicked[1] == targets[0]
        assert (goes_on | starts[1].bool()).all()


def test_states_are_carried_within_a_pass():
    rows = [[0, 1, 2, 3, 4, 5, 6]] * 4
    carried = [piece[3] for piece in itertools.islice(sessions.batches(rows, many=2, back=3), 8)]
    assert carried == [False, True, True, True] * 2


def test_a_start_forgets_the_state():
    torch.manual_seed(0)
    net = NextItem(5, 3).eval()
    clicked = torch.tensor([[1], [2], [3]])
    starts = torch.tensor([[1.0], [0], [1]])
    states, last = net(clicked, starts, torch.full((1, 3), 9.0))
    alone, _ = net(clicked[2:], torch.ones(1, 1), torch.zeros(1, 3))
    assert torch.allclose(states[2], alone[0]) and torch.equal(states[2], last)
    scores = net.scores()(torch.tensor([1, 2]))
    assert torch.allclose(scores[1], net.readout(states[1, 0]))
    assert torch.allclose(net.scores(forget=True)(torch.tensor([3]))[0], net.readout(alone[0, 0]))


@pytest.mark.parametrize("loss", ["softmax", "cross-entropy", "BPR", "TOP1"])
def test_each_loss_teaches_a_fixed_successor(loss):
    torch.manual_seed(0)
    rows = [[(n + k) % 6 for k in range(5)] for n in range(6)] * 8
    net = sessions.fit(NextItem(6, 16), rows, loss, 0.02, 120, many=4, back=2)
    found = sessions.measured(sessions.places(net.scores(), rows[:6], again=True), k=1)
    assert found["recall"] > 0.9


def test_equal_scores_share_the_mean_of_their_places():
    (rank,) = sessions.places(lambda clicked: torch.zeros(len(clicked), 9), [[0, 1, 2]], again=True)
    assert rank.tolist() == [5.0, 5.0]
    (rank,) = sessions.places(lambda clicked: torch.zeros(len(clicked), 9), [[0, 1, 2]], again=False)
    assert rank.tolist() == [4.5, 4.0]  # of the eight and the seven that are left


def test_what_is_added_moves_the_places():
    (rank,) = sessions.places(
        lambda clicked: torch.zeros(len(clicked), 4), [[0, 3]], again=True, added=torch.arange(4.0)
    )
    assert rank.tolist() == [1.0]


def test_recall_and_mean_reciprocal_rank():
    found = sessions.measured([torch.tensor([1.0, 21.0]), torch.tensor([4.0, 20.0])], k=20)
    assert found["recall"] == 0.75 and found["MRR"] == pytest.approx((1 + 1 / 4 + 1 / 20) / 4)
