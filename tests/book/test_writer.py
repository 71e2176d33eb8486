"""The landing page's net: its bytes, its equations, what it goes with, and the still that needs no script."""

import re
import sys

import numpy as np
import pytest
import torch

from tests.places import ROOT
from unrolled.lab import character_net
from unrolled.lab.character_net import Arrays, continued, pack, probabilities, read, unpack

sys.path.insert(0, str(ROOT / "book"))
sys.path.insert(0, str(ROOT / "book/extensions"))
import writer as page
from experiments import writer as experiment

H, SYMBOLS = 5, "abc "
K = len(SYMBOLS) + 1


@pytest.fixture
def weights():
    rng = np.random.default_rng(1)
    return Arrays(*(rng.normal(size=shape) for shape in ((K, 4 * H), (H, 4 * H), (4 * H,), (H, K), (K,))))


def test_what_is_unpacked_is_off_by_half_a_step_at_most(weights):
    found = unpack(pack(SYMBOLS, weights))
    assert found.symbols == SYMBOLS
    for array, other in zip(weights, found.weights, strict=True):
        assert array.shape == other.shape
        assert 0 < np.abs(array - other).max() <= 0.51 * np.abs(array).max() / character_net.LEVELS


def test_packing_again_changes_nothing(weights):
    packed = pack(SYMBOLS, weights)
    assert pack(SYMBOLS, unpack(packed).weights) == packed


def test_bytes_of_another_size_are_refused(weights):
    packed = pack(SYMBOLS, weights)
    with pytest.raises(ValueError, match="reshape"):
        unpack(packed | {"units": H + 1})


def test_the_states_are_torchs(weights):
    net = torch.nn.LSTM(K, H, batch_first=True).double().requires_grad_(False)
    for name, array in (("weight_ih_l0", weights.W.T), ("weight_hh_l0", weights.U.T), ("bias_ih_l0", weights.b)):
        getattr(net, name).copy_(torch.tensor(array))
    net.bias_hh_l0.zero_()
    ids = np.array([[1, 2, 0, 4, 3, 3], [2, 2, 1, 1, 0, 4]])
    out, (_, last) = net(torch.nn.functional.one_hot(torch.tensor(ids), K).double())
    hs, cs = read(weights, ids)
    np.testing.assert_allclose(hs, out, atol=1e-12)
    np.testing.assert_allclose(cs[:, -1], last[0], atol=1e-12)


def test_a_temperature_divides_the_scores(weights):
    h = np.random.default_rng(2).normal(size=(3, H))
    scores = torch.tensor(h @ weights.Wy + weights.by)
    np.testing.assert_allclose(probabilities(weights, h, 0.5), (scores / 0.5).softmax(-1), atol=1e-12)


def test_it_writes_as_many_characters_as_wanted_and_all_of_its_alphabet(weights):
    net = unpack(pack(SYMBOLS, weights))
    written = continued(net, np.array([1, 2]), 400, 1.0, np.random.default_rng(1))
    assert len(written) == 400 and set(written) == set(SYMBOLS)


def test_what_a_unit_may_go_with():
    assert experiment.quoted('a "b" "c\n\nd') == [0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0]
    assert experiment.letters_in_a_row("ab c") == [1, 2, 0, 1]
    assert experiment.vowel("ab e") == [1, 0, 0, 1]


def test_pieces_go_on_where_the_last_ones_ended():
    text = experiment.made_up()
    (first, _), (second, goes_on) = list(experiment.pieces(text, 2))
    assert goes_on and torch.equal(first[:, -1], second[:, 0])
    assert first.shape == second.shape == (experiment.BATCH, experiment.STEPS + 1)


def test_the_recorded_net_is_small_and_whole():
    net = unpack(page.facts()["net"])
    assert net.weights.U.shape == (experiment.UNITS, 4 * experiment.UNITS)
    assert len(page.script()) < 150_000


@pytest.mark.slow
def test_the_recorded_net_needs_the_recorded_bits():
    text = experiment.real()
    if text.symbols != page.facts()["net"]["symbols"]:
        pytest.skip("this Python's reference has another alphabet")
    found = experiment.bits(unpack(page.facts()["net"]).weights, text.test)
    assert found == pytest.approx(page.facts()["bits"]["in bytes"], abs=0.02)  # the text differs between Pythons


def test_the_still_shows_each_character_with_a_state_and_needs_no_script():
    figure = page.figure()
    marks = re.findall(r"<([bi])(?: class=down)? style=--v:([01]\.\d\d)>", figure)
    assert [tag for tag, _ in marks] == ["b"] * len(page.PROMPT) + ["i"] * page.LENGTH
    assert len({value for _, value in marks}) > 20
    assert "<form hidden" in figure and "<script" not in figure
    best = min(page.facts()["counts"].values())
    assert f"needs {page.facts()['bits']['in bytes']:.2f} bits" in figure and f"needs {best:.2f};" in figure
