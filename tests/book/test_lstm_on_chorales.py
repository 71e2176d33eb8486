"""The ablations: the loop is the LSTM that PyTorch has, each variant differs from it, and stacked nets stay apart."""

import sys

import pytest
import torch

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book"))
from experiments import lstm_on_chorales as cells

FIRST = torch.full((6,), 0.2)
X = (torch.rand(3, 7, 6, generator=torch.Generator().manual_seed(1)) < 0.3).float()


def test_the_standard_cell_is_pytorchs():
    w = cells.start("", FIRST, 1, 1)
    H = cells.UNITS
    layer = torch.nn.LSTM(6, H, batch_first=True)
    i, f, o, g = torch.arange(4 * H).view(4, H)
    order = torch.cat([i, f, g, o])  # PyTorch's
    with torch.no_grad():
        layer.weight_ih_l0.copy_(w["W"][0].T[order])
        layer.weight_hh_l0.copy_(w["U"][0].T[order])
        layer.bias_ih_l0.copy_(w["b"][0, 0][order])
        layer.bias_hh_l0.zero_()
        wanted = layer(torch.cat([torch.zeros(3, 1, 6), X[:, :-1]], 1))[0] @ w["V"][0] + w["v"][0]
        torch.testing.assert_close(cells.scores("", w, X)[0], wanted)


@pytest.mark.parametrize("name", [name for name in cells.VARIANTS if name != "standard"])
def test_each_variant_is_another_cell(name):
    variant = cells.VARIANTS[name]
    w = cells.start(variant, FIRST, 1, 1)
    if "p" in w:
        w["p"] = w["p"] + 1  # peepholes start at zero
    assert (cells.scores(variant, w, X) - cells.scores("", w, X)).abs().max() > 1e-4


@torch.no_grad()
def test_nets_of_a_stack_do_not_touch_each_other():
    w = cells.start("+p", FIRST, 1, 2)
    before = cells.scores("+p", w, X)
    for one in w.values():
        one[1] += 0.1
    after = cells.scores("+p", w, X)
    assert torch.equal(after[0], before[0]) and not torch.equal(after[1], before[1])


def test_the_optimiser_is_pytorchs_adam_in_one_cycle():
    w = {"a": torch.tensor([[[3.0, -2.0]]], requires_grad=True)}
    twin = torch.nn.Parameter(w["a"].detach().clone())
    own = cells.Adam(w, (0.1,), 20)
    adam = torch.optim.Adam([twin], 0.1)
    cycle = torch.optim.lr_scheduler.OneCycleLR(adam, 0.1, total_steps=20, cycle_momentum=False, final_div_factor=1e9)
    for _ in range(20):
        for one in (w["a"], twin):
            one.grad = None
            (one**4).sum().backward()
        torch.nn.utils.clip_grad_norm_([twin], cells.NORM)
        own.step()
        adam.step()
        cycle.step()
    torch.testing.assert_close(w["a"].detach(), twin.detach(), rtol=0.02, atol=1e-3)
