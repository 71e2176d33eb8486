"""The figure of a unit's states: its still, its words; and what the experiment behind it measures with."""

import re
import sys

import numpy as np
import pytest
import torch

from tests.places import ROOT
from unrolled.lab.character_net import Arrays, probabilities, read, step, unpack

sys.path.insert(0, str(ROOT / "book"))
sys.path.insert(0, str(ROOT / "book/extensions"))
import inside as page
from experiments import inner_units as experiment

H, K = experiment.UNITS, 7


@pytest.fixture
def weights():
    rng = np.random.default_rng(1)
    shapes = ((K, 4 * H), (H, 4 * H), (4 * H,), (H, K), (K,))
    return Arrays(*(rng.normal(size=shape, scale=0.3) for shape in shapes))


def test_the_still_shows_each_character_with_a_state_and_needs_no_script():
    figure = page.figure()
    marks = re.findall(r"<i(?: class=down)? style=--v:([01]\.\d\d)>", figure)
    assert len(marks) == len(page.sample()) and len(set(marks)) > 20
    assert figure.count("<form hidden") == 2 and "<script" not in figure
    assert "Python Software Foundation" in figure


def test_the_recorded_net_is_small_and_whole():
    assert unpack(page.facts()["net"]).weights.U.shape == (H, 4 * H)
    assert len(page.script()) < 100_000


def test_in_words_each_stretch_has_its_line_its_way_and_its_text():
    text = 'a = "<b"\n  c\n'
    values = np.array([0, 0, 0, 0, 0.9, 0.9, 0.6, 0.1, 0, -0.9, -0.9, -0.7, 0])
    assert page.in_words(text, values) == (
        "<li>line 1, up: <code>&quot;&lt;b</code></li><li>line 2, down: <code>c</code></li>"
    )


def test_a_unit_that_is_held_says_the_same_at_each_step(weights):
    ids = np.random.default_rng(2).integers(0, K, (3, 12))
    means = np.linspace(-0.5, 0.5, H)
    nothing, one = experiment.clamped(weights, ids, [[], [4]], means)
    chances = probabilities(weights, read(weights, ids[:, :-1])[0])
    wanted = -np.log2(np.take_along_axis(chances, ids[:, 1:, None], 2))[:, :, 0]
    np.testing.assert_allclose(nothing, wanted, atol=1e-4)
    h = c = np.zeros((3, H))
    for t in range(11):
        h, c = step(weights, ids[:, t], h, c)
        h[:, 4] = means[4]
        now = -np.log2(probabilities(weights, h)[np.arange(3), ids[:, t + 1]])
        np.testing.assert_allclose(one[:, t], now, atol=1e-4)


def test_the_search_finds_a_unit_that_copies_a_sign():
    rng = np.random.default_rng(1)
    states, values = rng.normal(size=(500, 9)), rng.normal(size=500)
    states[:, 3] = -2 * values + 1
    assert experiment.shares(states, values)[3] == pytest.approx(1)
    found = experiment.found_and_judged((states, values), (states[::-1], values))
    assert found["unit"] == 3 and found["judged"] < 0.1


def test_a_probe_knows_what_is_linear_and_leaves_out_what_never_varies():
    rng = np.random.default_rng(1)
    X, weights = rng.normal(size=(4000, 6)), rng.normal(size=6)
    X[:, 5] = 0.5
    still = X[:2000].copy()
    X[2000:, 5] = rng.normal(size=2000)
    y = X[:, :5] @ weights[:5]
    assert experiment.probed(still, y[:2000], X[2000:], y[2000:]) > 0.99


def test_gradient_and_occlusion_agree_where_nothing_bends(weights):
    tiny = Arrays(*(array * 0.02 for array in weights))
    ids = np.random.default_rng(3).integers(0, K, 200)
    found = experiment.looked(tiny, ids, np.array([80, 120, 180]), np.full(K, 1 / K))
    np.testing.assert_allclose(found.gradient, found.occluded, atol=0.02 * np.abs(found.occluded).max())
    assert found.norms.shape == (3, experiment.LAGS) and (np.diff(found.norms.mean(0)) < 0).all()


def test_longer_counts_know_more_on_a_text_that_repeats():
    ids = np.tile([1, 2, 3, 1, 2, 4], 300)
    found = experiment.by_counts(ids, ids, 5, {"any": np.arange(20, 400)})["any"]
    assert found[0] > 1.5 > found[1] > found[2] and found[5] < 0.05


def test_training_lowers_the_loss():
    text = torch.tensor(np.tile([1, 2, 3, 4], 1500))
    cell, head = experiment.untrained(5, 1)
    rows = text[:400].view(4, 100).numpy()

    def bits():
        p = experiment.arrays(cell, head)
        chances = probabilities(p, read(p, rows[:, :-1])[0])
        return -np.log2(np.take_along_axis(chances, rows[:, 1:, None], 2)).mean()

    before = bits()
    experiment.train(cell, head, text, 30)
    assert bits() < 0.6 * before
