"""Chords foreseen: padding counts nothing, no net sees the chord that it is to foresee, the best look is kept."""

import numpy as np
import pytest
import torch
from torch import nn

from unrolled.lab import chords

ROLLS = [torch.from_numpy(np.random.default_rng(n).integers(0, 2, (n + 3, 5))).float() for n in range(6)]
HALF = torch.full((5,), 0.3)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_a_chord_changes_its_own_surprise_and_later_ones_only(kind):
    torch.manual_seed(1)
    net = chords.ChordNet(kind, 4, HALF)
    X = torch.stack([ROLLS[5][:8]])
    other = X.clone()
    other[0, 4] = 1 - other[0, 4]
    same = (net(X) == net(other)).all(-1)[0].tolist()
    assert same == [True] * 5 + [False] * 3


def test_surprise_of_coins():
    X = torch.tensor([[[1.0, 0.0]]])
    found = chords.surprise(torch.logit(torch.tensor([[[0.8, 0.25]]])), X)
    assert found.item() == pytest.approx(-np.log(0.8 * 0.75))


def test_padding_counts_nothing():
    def scores(X):
        return torch.logit(HALF).expand_as(X)

    steps = torch.tensor([len(roll) for roll in ROLLS])
    each = chords.nll_of_each(scores, ROLLS)
    alone = torch.stack([chords.nll_of_each(scores, [roll])[0] for roll in ROLLS])
    torch.testing.assert_close(each, alone)
    assert chords.nll(scores, ROLLS) == pytest.approx(float((each * steps).sum() / steps.sum()))


def test_the_shares_are_the_best_coins():
    rolls = [torch.tensor([[1.0, 0.0]] * 3 + [[0.0, 0.0]])]
    assert chords.shares(rolls).tolist() == pytest.approx([0.7, 0.1])


def test_a_pass_holds_each_roll_once():
    stream = chords.batches(ROLLS, 4, np.random.default_rng(1))
    seen = [roll for _ in range(2) for roll, there in zip(*next(stream), strict=True) if there.any()]
    assert sorted(len(one) for one in seen) and len(seen) == len(ROLLS)
    sums = sorted(float(one.sum()) for one in seen)
    assert sums == sorted(float(roll.sum()) for roll in ROLLS)


def test_the_best_look_is_kept():
    class Drifting(nn.Module):
        """Gets worse from its start on: what is trained on never sounds in the validation part."""

        def __init__(self):
            super().__init__()
            self.logits = nn.Parameter(torch.full((5,), -2.0))

        def forward(self, X):
            return self.logits.expand_as(X)

    found = chords.train(Drifting(), [torch.ones(4, 5)], [torch.zeros(4, 5)], 0.5, updates=6, looks=3, seed=1)
    assert [update for update, _ in found.curve] == [2, 4, 6]
    assert found.best[0] == 2
    assert chords.nll(found.net, [torch.zeros(4, 5)]) == pytest.approx(found.best[1])
