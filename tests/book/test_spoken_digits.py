"""The experiment on spoken digits: who is held out, and what is measured; on made-up voices."""

import sys

import numpy as np
import pytest
import torch

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book"))
from experiments import spoken_digits as experiment
from experiments.spoken_digits import Said, Scale, Voices

from unrolled.lab import ctc


@pytest.fixture(scope="module")
def recordings():
    return experiment.made_up(np.random.default_rng(1))


def test_each_speaker_is_held_out_once_and_chooses_once(recordings):
    every = [Voices.of(recordings, number) for number in experiment.SEEDS]
    assert sorted(one.test for one in every) == sorted(one.val for one in every) == list("abcdef")
    for one in every:
        assert len({one.test, one.val, *one.learn}) == 6


def test_no_take_of_the_test_is_learnt_and_both_learn_from_equally_many(recordings):
    voices = Voices.of(recordings, 2)
    unseen, known = (voices.learnt(kind, np.random.default_rng(1)) for kind in (False, True))
    assert len(unseen) == len(known)
    assert {one.speaker for one in unseen} == set(voices.learn)
    assert {one.speaker for one in known} == {*voices.learn, voices.test}
    assert not [one for one in unseen + known if experiment.is_test(one)]


def test_spliced_rows_say_what_is_in_them_and_where_it_ends(recordings):
    pool = [one for one in recordings if one.speaker == "a"]
    for row in experiment.spliced(pool, 20, np.random.default_rng(1)):
        assert experiment.LEAST <= len(row.labels) == len(row.ends) <= experiment.MOST
        assert list(row.ends) == sorted(row.ends) and row.ends[-1] < len(row.X)
        for end in row.ends:  # the tone before it is far louder than the noise behind
            assert row.X[end - 8 : end - 4].max() > row.X[end + 1 : end + 3].max() + 1


def test_warped_distances_are_those_of_the_plain_recursion():
    rng = np.random.default_rng(1)
    left, right = ([rng.normal(size=(T, 3)) for T in sizes] for sizes in ((4, 6), (5, 3, 7)))
    for a, row in zip(left, experiment.warped(left, right), strict=True):
        for b, found in zip(right, row, strict=True):
            D = np.full((len(a) + 1, len(b) + 1), np.inf)
            D[0, :] = np.inf
            D[0, 0] = 0
            for i in range(len(a)):
                for j in range(len(b)):
                    D[i + 1, j + 1] = np.linalg.norm(a[i] - b[j]) + min(D[i, j], D[i, j + 1], D[i + 1, j])
            assert found == pytest.approx(D[-1, -1] / (len(a) + len(b)))


def test_normalisers_look_where_they_say():
    X = np.random.default_rng(1).normal(size=(40, 24)) + 3
    learn = [Said(np.random.default_rng(2).normal(size=(30, 24)), (1,), (30,))]
    for how, moves in (("fixed", False), ("running", False), ("whole", True)):
        scale = Scale.of(learn, how)
        later = X.copy()
        later[20:] += 5
        assert (np.abs(scale(X)[:20] - scale(later)[:20]).max() > 1e-9) == moves
    np.testing.assert_allclose(Scale.of(learn, "whole")(X).mean(0), 0, atol=1e-12)


def test_nets_have_about_equally_many_weights():
    sizes = [sum(one.numel() for one in experiment.Net(*form).parameters()) for form in experiment.NETS.values()]
    assert max(sizes) / min(sizes) < 1.02


def test_a_chunk_as_long_as_the_signal_is_the_net_itself():
    torch.manual_seed(1)
    signals = [Said(np.random.default_rng(1).normal(size=(52, 24)), (1,), (52,))]
    net, scale = experiment.Net("GRU", True), Scale.of(signals, "fixed")
    (whole,), (same,), (other,) = (
        experiment.log_p(net, signals, scale),
        experiment.in_chunks(net, signals, scale, 13),
        experiment.in_chunks(net, signals, scale, 4),
    )
    np.testing.assert_allclose(same, whole, atol=1e-5)
    assert np.abs(other - whole).max() > 1e-3


def test_errors_delays_and_kinds():
    said = [Said(np.zeros((16, 1)), (2, 3), (8, 16))]
    assert experiment.error_rate([(2,)], said) == 0.5
    assert experiment.kinds_of_edits([(2, 4, 3)], said) == {"replace": 0, "delete": 0, "insert": 0.5}
    path = np.log(np.eye(4)[[0, 2, 2, 3]] + 1e-9)
    assert ctc.greedy(path) == (2, 3)
    assert experiment.delays([path], said) == [2 - 8 / experiment.STACK, 4 - 16 / experiment.STACK]
    assert experiment.delays([path], [Said(np.zeros((16, 1)), (2, 2), (8, 16))]) == []
