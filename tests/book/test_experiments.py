"""What experiments measure with: their cells are torch's, and nets that share arrays do not touch each other."""

import sys

import numpy as np
import pytest
import torch

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book"))
from experiments import lstm_parts, what_each_sees


def close(found, wanted, tolerance=1e-12):
    torch.testing.assert_close(found, wanted, atol=tolerance, rtol=tolerance)


@pytest.fixture
def nets():
    """Weights of three kinds in float64, with random biases, and inputs."""
    kinds = {"full": set(), "coupled": {"coupled"}, "1997": {"no f"}}
    generator = torch.Generator().manual_seed(1)
    p = {name: array.double() for name, array in lstm_parts.gated_nets(kinds, 3, 2, 5, 1.0, seed=1).items()}
    p["b"] = torch.randn(3, 1, 20, generator=generator).double()
    return kinds, p, torch.randn(3, 4, 7, 3, generator=generator).double()


@pytest.mark.parametrize("place", [0, 1])
def test_the_cells_are_torchs_lstm(nets, place):
    kinds, p, X = nets
    kept = lstm_parts.unroll(p, kinds, X, keep="ch")[1]
    net = torch.nn.LSTM(3, 5, batch_first=True, dtype=torch.float64).requires_grad_(False)
    for name, array in (("weight_ih_l0", p["W"]), ("weight_hh_l0", p["U"]), ("bias_ih_l0", p["b"])):
        blocks = array[place].squeeze(0).t().clone()
        if place == 1:  # coupled: the forget block is minus the input block
            blocks[5:10] = -blocks[:5]
        getattr(net, name).copy_(blocks)
    net.bias_hh_l0.zero_()
    states, (_, last) = net(X[place])
    close(kept["h"][place], states)
    close(kept["c"][place, :, -1], last[0])


def test_without_a_forget_gate_all_writes_stay(nets):
    kinds, p, X = nets
    kept = lstm_parts.unroll(p, kinds, X, keep="igch")[1]
    close(kept["c"][2], (kept["i"] * kept["g"])[2].cumsum(1))


def test_nets_of_one_run_do_not_touch_each_other():
    kinds = {name: lstm_parts.VARIANTS[name] for name in ("today's cell", "no input gate")}
    task, loss = lstm_parts.lag_task(6), lstm_parts.entropy_at_the_end
    both, _ = lstm_parts.trained(kinds, task, loss, (4, 4, 8), 1.0, seed=1, updates=5)
    for place, (name, words) in enumerate(kinds.items()):
        alone, _ = lstm_parts.trained({name: words}, task, loss, (4, 4, 8), 1.0, seed=1, updates=5)
        for array in alone:
            close(both[array][place], alone[array][0], 1e-5)


def test_the_stream_asks_for_the_symbol_that_came_last():
    X, y = lstm_parts.last_symbol(np.random.default_rng(1), 5, 60)
    for inputs, answers in zip(X, y, strict=True):
        latest = None
        for x, answer in zip(inputs, answers, strict=True):
            latest = int(x.argmax()) if x.max() > 0.5 else latest
            assert answer == latest


def test_the_state_at_a_word_is_torchs():
    generator = torch.Generator().manual_seed(1)
    p = what_each_sees.parameters("recurrent", generator)
    net = torch.nn.RNN(16, 50, batch_first=True).requires_grad_(False)
    net.weight_ih_l0.copy_(p["in 0"].T)
    net.weight_hh_l0.copy_(p["back 0"].T)
    net.bias_ih_l0.copy_(p["in 0 bias"])
    net.bias_hh_l0.zero_()
    rows, ends = torch.randn(3, 6, 16, generator=generator), torch.tensor([1, 6, 4])
    wanted = net(rows)[0][torch.arange(3), ends - 1]
    close(what_each_sees.last_state(p, 0, rows, ends), wanted, 1e-5)


@pytest.mark.parametrize(
    ("net", "places"), [("no memory", {9}), ("window", set(range(5, 14))), ("convolutions", set(range(3, 16)))]
)
def test_a_net_sees_what_the_page_says(net, places):
    def line(changed=None):
        tokens = ["one"] * 20
        if changed is not None:
            tokens[changed] = "other"
        return what_each_sees.Occurrence(tuple(tokens), 9, "name")

    lines = [line(), *map(line, range(20))]
    encoded = what_each_sees.encode(lines, {"one": 2, "other": 3}, "name")
    scores = what_each_sees.scores(net, what_each_sees.parameters(net, torch.Generator().manual_seed(1)), encoded)
    moved = (scores[1:] - scores[0]).abs().amax(1)
    assert {place for place in range(20) if moved[place] > 1e-5} == places
