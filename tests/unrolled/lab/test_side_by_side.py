"""Nets side by side: each is PyTorch's LSTM, trained as if it were alone; masks and decay do what they say."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from unrolled.lab import side_by_side as lab
from unrolled.lab.side_by_side import Nets, Pace, Way

luck = torch.Generator().manual_seed(1)
X, y = torch.rand(6, 5, 3, generator=luck), torch.tensor([0, 1, 2, 3, 4, 5])
SMALL = Way(units=7)


def after(way, rates, strengths=(), updates=3, seed=1):
    nets = Nets(way, Pace(rates, strengths), 3, seed)
    for _ in range(updates):
        nets.update(X, y)
    return nets.p


def test_a_net_is_torchs_lstm():
    p = lab.initial(replace(SMALL, forget=1.0), 3, 1, seed=2)
    net = torch.nn.LSTM(3, 7, batch_first=True).requires_grad_(False)
    net.weight_ih_l0.copy_(p["W"][0].t())
    net.weight_hh_l0.copy_(p["U"][0].t())
    net.bias_ih_l0.copy_(p["b"][0, 0])
    net.bias_hh_l0.zero_()
    wanted = net(X)[0][:, -1] @ p["Wy"][0] + p["by"][0]
    found = lab.scores(SMALL, p, X[None], torch.zeros(1, 1, 1))[0]
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("way", [SMALL, replace(SMALL, clip="norm"), replace(SMALL, decay="decoupled")])
def test_each_net_is_trained_as_if_it_were_alone(way):
    rates, strengths = [0.01, 0.3], [0.1, 0.5]
    together = after(way, rates, strengths)
    for n in (0, 1):
        alone = after(way, rates[n : n + 1], strengths[n : n + 1])
        for name, array in alone.items():
            torch.testing.assert_close(together[name][n], array[0], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("decay", "kind"), [("in the gradient", "Adam"), ("decoupled", "AdamW")])
def test_updates_are_torchs(decay, kind):
    p = {name: array.detach()[0].clone() for name, array in lab.initial(SMALL, 3, 1, seed=1).items()}
    arrays = [array.requires_grad_() for array in p.values()]
    shrinking, others = arrays[:3], arrays[3:]  # W, U, Wy; biases stay
    groups = [{"params": shrinking, "weight_decay": 0.2}, {"params": others, "weight_decay": 0.0}]
    optimizer = getattr(torch.optim, kind)(groups, lr=0.02)
    for _ in range(3):
        optimizer.zero_grad()
        found = lab.scores(SMALL, {name: array[None] for name, array in p.items()}, X[None], torch.zeros(1, 1, 1))
        lab.losses(found, y).sum().backward()
        optimizer.step()
    for name, array in after(replace(SMALL, decay=decay), [0.02], [0.2]).items():
        torch.testing.assert_close(array[0], p[name], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("place", lab.DROPS)
def test_masks_are_drawn_in_training_alone(place):
    way = replace(SMALL, drop=place)
    p, chance = lab.initial(way, 3, 1, seed=1), torch.full((1, 1, 1), 0.5)
    draws = [lab.scores(way, p, X[None], chance, torch.Generator().manual_seed(n)) for n in (1, 2)]
    in_use = lab.scores(way, p, X[None], chance)
    torch.testing.assert_close(in_use, lab.scores(SMALL, p, X[None], chance))
    assert not torch.allclose(*draws) and not torch.allclose(draws[0], in_use)


def test_what_is_fresh_is_drawn_at_each_step_and_one_mask_once(monkeypatch):
    drawn = []
    monkeypatch.setattr(lab, "mask", lambda like, chance, luck: drawn.append(like) or torch.ones_like(like))
    for place, wanted in (("products, one", 1), ("cell, one", 1), ("products, fresh", 5), ("cell, fresh", 5)):
        drawn.clear()
        way = replace(SMALL, drop=place)
        lab.scores(way, lab.initial(way, 3, 1, 1), X[None], torch.zeros(1, 1, 1), torch.Generator())
        assert len(drawn) == wanted, place


def test_a_learned_start_is_learnt_and_the_same_for_all_sequences():
    p = after(replace(SMALL, learned_start=True), [0.01])
    assert p["h0"].shape == (1, 1, 7) and p["h0"].abs().min() > 0


def test_passes_show_each_image_once_before_any_comes_again():
    rows = lab.order(10, 4, 5, np.random.default_rng(1))
    assert rows.shape == (5, 4)
    assert sorted(rows.flatten()[:10]) == sorted(rows.flatten()[10:]) == list(range(10))
