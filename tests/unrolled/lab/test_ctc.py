"""CTC against the sum over all paths, against torch, and against exhaustive search."""

import itertools

import numpy as np
import pytest
import torch

from unrolled.lab import ctc


def drawn(T, K, seed=1):
    return torch.tensor(np.random.default_rng(seed).normal(size=(T, K))).log_softmax(1)


def test_repetitions_become_one_and_blanks_go():
    assert ctc.collapse([0, 1, 1, 0, 1, 2, 2, 0]) == (1, 1, 2)
    assert ctc.collapse([0, 0]) == ()


@pytest.mark.parametrize(("labels", "steps"), [((), 0), ((1, 2), 2), ((1, 1), 3), ((2, 2, 2, 1), 6)])
def test_the_shortest_path(labels, steps):
    assert ctc.shortest(labels) == steps
    spelling = [ctc.collapse(path) == labels for path in itertools.product(range(3), repeat=steps)]
    shorter = [ctc.collapse(path) == labels for path in itertools.product(range(3), repeat=max(0, steps - 1))]
    assert any(spelling) and (steps == 0 or not any(shorter))


def test_each_row_has_the_probability_of_its_paths():
    log_p = drawn(6, 3).numpy()
    every = ctc.spelt(log_p)
    assert sum(every.values()) == pytest.approx(1)
    for labels, chance in every.items():
        assert np.exp(ctc.log_probability(log_p, labels)) == pytest.approx(chance)
    assert ctc.log_probability(log_p, (1, 1, 1, 1)) == -np.inf


@pytest.mark.parametrize("labels", [(1,), (3, 3), (1, 2, 2, 3), (2, 1, 2)])
def test_loss_and_gradient_are_torchs(labels):
    logits = torch.tensor(np.random.default_rng(2).normal(size=(8, 4)), requires_grad=True)
    log_p = logits.log_softmax(1)
    many = [torch.tensor([n]) for n in (8, len(labels))]
    loss = torch.nn.functional.ctc_loss(log_p[:, None], torch.tensor([labels]), *many, reduction="sum")
    loss.backward()
    numbers = log_p.detach().numpy()
    assert -ctc.log_probability(numbers, labels) == pytest.approx(loss.item())
    np.testing.assert_allclose(ctc.gradient(numbers, labels), logits.grad, atol=1e-12)


def test_beginnings_and_endings_make_chances_that_sum_to_one():
    chances = ctc.occupied(drawn(7, 3).numpy(), (1, 1, 2))
    assert chances.shape == (7, 7) and chances.min() >= 0
    np.testing.assert_allclose(chances.sum(1), 1)
    np.testing.assert_allclose(chances[0, 2:], 0)


@pytest.mark.parametrize("seed", range(5))
def test_a_beam_with_room_for_all_is_exhaustive_search(seed):
    log_p = drawn(5, 3, seed).numpy()
    every, found = ctc.spelt(log_p), ctc.prefix_beam(log_p, 10_000)
    assert {row for row, _ in found} == set(every)
    np.testing.assert_allclose([np.exp(score) for _, score in found], [every[row] for row, _ in found])
    assert found[0][0] == max(every, key=every.get)


def test_a_narrow_beam_finds_what_the_best_path_does_not():
    log_p = np.log([[0.55, 0.4, 0.05], [0.5, 0.45, 0.05], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8], [0.7, 0.1, 0.2]])
    assert ctc.greedy(log_p) == (2,)
    assert ctc.prefix_beam(log_p, 2)[0][0] == (1, 2)
