"""What the experiments of the chapter on papers train with: their tasks, the regulariser, their masks."""

import sys

import numpy as np
import pytest
import torch

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book"))
from experiments import adding_problem, clipping, variational_dropout


def test_temporal_order_holds_two_marks_in_their_places_and_says_which_they_were():
    X, y = clipping.temporal_order(np.random.default_rng(1), 200, 20)
    marks = X < 2
    first, second = marks[:, 2:4], marks[:, 8:10]
    assert (marks.sum(1) == 2).all() and (first.sum(1) == 1).all() and (second.sum(1) == 1).all()
    assert torch.equal(y, 2 * X[:, 2:4][first] + X[:, 8:10][second])
    assert set(y.tolist()) == {0, 1, 2, 3}


def test_the_regularisers_gradient_is_that_of_the_ratios():
    luck = torch.Generator().manual_seed(1)
    U, deltas = torch.randn(2, 5, 5, generator=luck).double(), torch.randn(2, 4, 3, 5, generator=luck).double()
    states = torch.randn(2, 4, 3, 5, generator=luck).double().tanh()
    kernel = U.clone().requires_grad_()
    back = (deltas @ kernel.mT[:, None]) * (1 - states.square())
    ratios = back.square().sum((2, 3)).sqrt() / deltas.square().sum((2, 3)).sqrt()
    (wanted,) = torch.autograd.grad((ratios - 1).square().mean(1).sum(), kernel)
    torch.testing.assert_close(clipping.regulariser(U, deltas, states), wanted)


def test_the_sparse_kernel_has_its_radius_and_few_weights_into_each_unit():
    U = clipping.sparse_kernel(torch.Generator().manual_seed(1))
    assert ((U != 0).sum(0) == clipping.INCOMING).all()
    assert float(torch.linalg.eigvals(U).abs().max()) == pytest.approx(clipping.RADIUS, rel=1e-4)


def test_only_a_gradient_above_the_limit_is_clipped(monkeypatch):
    losses = {}
    for limit in (1e9, 0.1):
        monkeypatch.setitem(clipping.WAYS, "clipped", (limit, 0.0))
        losses[limit] = clipping.trained("clipped", 20, 1, 5)["val loss"]
    plain = clipping.trained("plain", 20, 1, 5)
    assert plain["largest"].min() > 0.1
    assert (losses[1e9] == plain["val loss"]).all() and (losses[0.1] != plain["val loss"]).all()


@pytest.mark.parametrize("cell", adding_problem.KERNELS)
def test_nets_of_one_cell_do_not_touch_each_other(cell, monkeypatch):
    together = adding_problem.trained(cell, 12, 1, 4)
    monkeypatch.setitem(adding_problem.RATES, cell, (0.01,))
    alone = adding_problem.trained(cell, 12, 1, 4)
    for kernel, found in alone.items():
        np.testing.assert_allclose(found["test"], together[kernel]["test"][1:2], rtol=1e-5)


def test_a_plain_net_that_begins_as_the_identity_keeps_its_state():
    p = adding_problem.initial("ReLU", 1)
    place = len(adding_problem.RATES["ReLU"])
    X = torch.zeros(2, 9, 2)
    X[:, 0, 0] = torch.tensor([0.3, 0.6])
    one, two = adding_problem.answers("ReLU", p, X)[place].tolist()
    assert two == pytest.approx(2 * one, rel=1e-5) and one != 0


@pytest.mark.parametrize("how", ["one", "fresh"])
def test_masks_are_one_for_all_steps_or_fresh(how):
    nets = variational_dropout.Nets("one", 10, 1)
    masks = nets.masks(4, how)
    chances = torch.tensor([chance for chance, _ in nets.pairs])
    assert masks.shape == (len(nets.pairs), 4, variational_dropout.STEPS, variational_dropout.UNITS)
    kept = 1 / (1 - chances)
    assert ((masks == 0) | (masks == kept[:, None, None, None])).all()
    same = (masks == masks[:, :, :1]).all()
    assert bool(same) == (how == "one")


def test_without_dropout_training_and_judging_see_the_same_net():
    text = variational_dropout.made_up()
    windows = text.train[: 3 * (variational_dropout.STEPS + 1)].view(3, -1)
    for way, drops in variational_dropout.WAYS.items():
        nets = variational_dropout.Nets(way, text.size, 1)
        training, judged = nets.losses(windows, training=True), nets.losses(windows)
        assert torch.equal(training, judged) == (not any(drops))
