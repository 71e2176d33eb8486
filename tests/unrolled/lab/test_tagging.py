"""Batches, training and answers of taggers, and the dictionary."""

import numpy as np
import torch
from torch import nn

from unrolled.lab import tagging
from unrolled.lab.crf import CRF

INPUTS = [torch.arange(1, n + 1) for n in (3, 1, 5, 2)]
TAGS = [row % 2 for row in INPUTS]


class Table(nn.Module):
    """Scores of each input's number alone."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(6, 2)

    def forward(self, X, mask):
        return self.table(X)


def test_a_batch_is_padded_and_its_mask_shows_where():
    X, y, mask = tagging.padded(INPUTS, TAGS)
    assert (
        mask.sum(1).tolist() == [3, 1, 5, 2] and X[1].tolist() == [1, 0, 0, 0, 0] and y[1].tolist() == [1, 0, 0, 0, 0]
    )


def test_a_pass_reads_each_sentence_once():
    batches = [*tagging.near_lengths([3, 1, 50, 2, 51], 2, np.random.default_rng(1))]
    assert sorted(np.concatenate(batches).tolist()) == [0, 1, 2, 3, 4]
    assert any(set(batch.tolist()) <= {2, 4} for batch in batches)


def test_a_net_learns_its_table_and_so_does_the_crf():
    torch.manual_seed(1)
    net = Table()
    losses = tagging.fit(net, tagging.token_loss, INPUTS, TAGS, 60, 0.3, np.random.default_rng(1))
    assert len(losses) == 60 and losses[-1] < 0.1
    assert tagging.answers(net, tagging.each_alone, INPUTS) == [row.tolist() for row in TAGS]
    net.crf = crf = CRF(2)
    tagging.fit(net, crf.loss, INPUTS, TAGS, 60, 0.3, np.random.default_rng(1))
    assert tagging.answers(net, crf.viterbi, INPUTS) == [row.tolist() for row in TAGS]
    assert crf.A[0, 1] > crf.A[0, 0]


def test_padding_changes_no_state():
    net = tagging.Packed(2, 3, both=True)
    X, mask = torch.randn(1, 4, 2), torch.ones(1, 4, dtype=torch.bool)
    longer, longer_mask = torch.cat([X, torch.randn(1, 3, 2)], 1), torch.arange(7)[None] < 4
    torch.testing.assert_close(net(longer, longer_mask)[:, :4], net(X, mask))


def test_the_longest_known_name_wins():
    known = tagging.Dictionary([("abc", [("LOC", 0, 1)]), ("abcab", [("PER", 0, 2), ("LOC", 3, 4)])])
    assert known.names("xabcab") == [("PER", 1, 3), ("LOC", 4, 5)]
    assert known.names("ba") == [] and tagging.Dictionary([]).names("ab") == []


def test_the_rate_is_chosen_by_the_score_and_each_starts_anew():
    started = []

    def build():
        torch.manual_seed(1)
        started.append(Table())
        return started[-1]

    def train(net, rate):
        with torch.no_grad():
            net.table.weight.fill_(rate)
        return [rate]

    def score(net):
        return -abs(float(net.table.weight[0, 0].detach()) - 0.2)

    net, rate, losses = tagging.best_of_rates(build, train, score, (0.1, 0.2, 0.4))
    assert rate == 0.2 and losses == [0.2] and net is started[1] and len(started) == 3
