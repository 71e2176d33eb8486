"""What the experiments of the page `after-rnns` measure with: nets that look back only, tasks with right answers."""

import sys

import numpy as np
import pytest
import torch

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book"))
from experiments import length_times, state_tracking
from experiments._parallel_nets import MIXERS, Attention, MinGRU, MinLSTM, Net


def close(found, wanted, tolerance=1e-6):
    torch.testing.assert_close(found, wanted, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("kind", MIXERS)
def test_no_net_sees_what_comes_later(kind):
    torch.manual_seed(1)
    net = Net(kind, 8, 2, 5, 3)
    ids = torch.randint(5, (2, 9))
    changed = ids.clone()
    changed[:, 6] = (changed[:, 6] + 1) % 5
    before, after = net(ids), net(changed)
    close(after[:, :6], before[:, :6])
    assert (after[:, 6:] - before[:, 6:]).abs().max() > 1e-4


def test_attention_that_lays_out_its_scores_is_the_other():
    torch.manual_seed(1)
    one, other = Attention(8), Attention(8, whole=True)
    other.load_state_dict(one.state_dict())
    x = torch.randn(2, 7, 8)
    close(other(x), one(x))


@pytest.mark.parametrize(("signed", "factor"), [(False, 0.5), (True, 0.0)])
def test_a_mingru_with_gates_half_open(signed, factor):
    mix = MinGRU(2, signed)
    torch.nn.init.zeros_(mix.both.weight)
    mix.both.bias.data = torch.tensor([0.0, 0.0, 3.0, -1.0])
    h, states = torch.zeros(2), []
    for _ in range(4):
        h = factor * h + 0.5 * torch.tensor([3.0, -1.0])
        states.append(h)
    close(mix(torch.randn(1, 4, 2))[0], torch.stack(states))


def test_a_minlstm_is_a_weighted_mean_of_its_candidates():
    mix = MinLSTM(3)
    torch.nn.init.zeros_(mix.all.weight)
    mix.all.bias.data = torch.tensor([2.0, 0.0, -2.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    last = mix(torch.randn(1, 200, 3))[0, -1]
    close(last, torch.ones(3), 1e-4)


def test_sums_of_logarithms_give_the_states_of_the_loop():
    assert length_times.probe(1, 1)["gap"] == 1.0


def test_parity_and_cups_have_right_answers():
    rng = np.random.default_rng(1)
    bits, odd = state_tracking.parity(rng, 20, 30)
    assert [sum(row[: t + 1]) % 2 for row in bits.tolist() for t in range(30)] == odd.flatten().tolist()
    moves, where = state_tracking.cups(rng, 20, 30)
    pairs = [(i, j) for j in range(5) for i in range(j)]
    for row, found in zip(moves.tolist(), where.tolist(), strict=True):
        cups = [0, 0, 1, 0, 0]
        for move, place in zip(row, found, strict=True):
            i, j = pairs[move]
            cups[i], cups[j] = cups[j], cups[i]
            assert cups.index(1) == place
