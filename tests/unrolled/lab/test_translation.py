"""Encoder and decoder: padding changes nothing, masks hold, decoding agrees with probabilities."""

import itertools

import numpy as np
import pytest
import torch

from unrolled.lab import translation
from unrolled.lab.translation import BOS, EOS, KINDS, READINGS, Alphabet, Letters, Translator


@pytest.fixture(params=KINDS)
def net(request):
    torch.manual_seed(1)
    return Translator(9, 7, 8, request.param).double()


@pytest.fixture
def letters():
    return Letters(Alphabet(["abc"]), Alphabet(["xyz"]))


def close(found, wanted):
    torch.testing.assert_close(found, wanted, atol=1e-12, rtol=1e-12)


def test_texts_come_back(letters):
    row = letters.targets(["zxy", "y"])
    assert row.tolist() == [[BOS, 6, 4, 5, EOS], [BOS, 5, EOS, 0, 0]]
    assert [letters.target.text(one) for one in row[:, 1:].tolist()] == ["zxy", "y"]


def test_the_unknown_has_a_number_of_its_own(letters):
    assert letters.source.numbers("ab?") == [4, 5, translation.UNKNOWN]
    assert letters.target.text([4, translation.UNKNOWN]) == "x?"


def test_words_are_joined_with_blanks():
    words = Alphabet([["no", "rain"]], " ")
    assert words.text(words.numbers(["rain", "no"])) == "rain no"


def test_a_source_may_be_read_from_its_end(letters):
    backwards = Letters(letters.source, letters.target, reverse=True)
    assert backwards.sources(["abc"]).tolist() == letters.sources(["cba"]).tolist()


def test_padding_changes_nothing(net):
    X, y = torch.tensor([[4, 5, 6]]), torch.tensor([[BOS, 4, 5]])
    longer = torch.tensor([[4, 5, 6, 0, 0], [4, 5, 6, 7, 8]])
    close(net(longer, y.expand(2, -1))[0], net(X, y)[0])


def test_a_step_sees_no_later_target(net):
    X = torch.tensor([[4, 5, 6]])
    a, b = torch.tensor([[BOS, 4, 5, 6]]), torch.tensor([[BOS, 4, 6, 5]])
    close(net(X, a)[:, :2], net(X, b)[:, :2])
    assert not torch.allclose(net(X, a)[:, 2], net(X, b)[:, 2])


@pytest.mark.parametrize("name", READINGS)
def test_weights_are_none_on_padding_and_sum_to_one(name):
    torch.manual_seed(1)
    net = Translator(9, 7, 8, "additive").double()
    net.reading = READINGS[name]
    real = torch.tensor([[True] * 5, [True, True, True, False, False]])
    found = net.weights(torch.randn(2, 4, 8).double(), torch.randn(2, 5, 8).double(), real)
    assert (found[1, :, 3:] == 0).all()
    close(found.sum(-1).double(), torch.ones(2, 4).double())


def test_a_shift_reads_one_place_later():
    a = torch.tensor([[[0.5, 0.3, 0.2, 0.0]]])
    real = torch.tensor([[True, True, True, False]])
    torch.testing.assert_close(READINGS["shifted"](a, real), torch.tensor([[[0.0, 0.625, 0.375, 0.0]]]))


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="hard"):
        Translator(9, 7, 8, "hard")


@pytest.mark.parametrize("kind", KINDS)
def test_nets_of_all_kinds_can_be_made_equally_large(kind):
    wanted = 20_000
    H = translation.units(50, 20, kind, wanted)
    assert abs(translation.size(Translator(50, 20, H, kind)) / wanted - 1) < 0.03


def test_step_by_step_gives_what_all_steps_at_once_give(net):
    X, y = torch.tensor([[4, 5, 6], [7, 8, 0]]), torch.tensor([[BOS, 4, 5, 6], [BOS, 6, 6, 4]])
    rng = np.random.default_rng(1)
    close(translation.sampled(net, X, y, 0.0, rng), net(X, y))


def test_with_own_choices_only_the_greedy_row_is_fed(net):
    X = torch.tensor([[4, 5, 6]])
    row = translation.greedy(net, X, 4)
    fed = torch.cat([torch.tensor([[BOS]]), row[:, :-1]], 1)
    other = torch.tensor([[BOS, 4, 4, 4]])
    close(translation.sampled(net, X, other, 1.1, np.random.default_rng(1)), net(X, fed))


def test_greedy_goes_on_behind_a_prefix(net):
    X = torch.tensor([[4, 5, 6]])
    whole = translation.greedy(net, X, 6)
    prefix = torch.cat([torch.tensor([[BOS]]), whole[:, :2]], 1)
    assert translation.greedy(net, X, 4, prefix).tolist() == whole[:, 2:].tolist()


def all_rows(net, X, longest):
    """Every row that ends, or is cut off, with its log p."""
    for length in range(1, longest + 1):
        for row in itertools.product(range(7), repeat=length):
            if EOS in row[:-1] or (length < longest and row[-1] != EOS):
                continue
            y = torch.tensor([[BOS, *row]])
            logs = net(X, y[:, :-1]).log_softmax(-1).gather(2, y[:, 1:, None])
            yield list(row), float(logs.sum().detach())


@pytest.mark.parametrize("alpha", [0.0, 1.0, 3.0])
def test_a_wide_beam_finds_the_best_of_all_rows(net, alpha):
    X = torch.tensor([[4, 5, 6]])
    row, log_p = max(all_rows(net, X, 3), key=lambda one: one[1] / ((5 + len(one[0])) / 6) ** alpha)
    found = translation.beam(net, X, 400, 3, alpha)
    assert found[0] == row and found[1] == pytest.approx(log_p)


def test_a_beam_of_one_is_greedy(net):
    X = torch.tensor([[4, 5, 6]])
    row = translation.greedy(net, X, 5)[0].tolist()
    end = row.index(EOS) + 1 if EOS in row else len(row)
    assert translation.beam(net, X, 1, 5, 0.0)[0] == row[:end]


def test_log_probability_counts_real_tokens(net):
    X, y = torch.tensor([[4, 5, 6], [4, 5, 6]]), torch.tensor([[BOS, 4, EOS, 0, 0], [BOS, 4, 5, 6, EOS]])
    found = translation.log_probability(net, X, y)
    short = net(X[:1], y[:1, :2]).log_softmax(-1)
    assert float(found[0]) == pytest.approx(float((short[0, 0, 4] + short[0, 1, EOS]).detach()))
    assert found[1] < 0


@pytest.mark.parametrize("own", [0.0, 0.5])
def test_it_learns_to_turn_words_round(own):
    rng = np.random.default_rng(1)
    texts = ["".join(rng.choice(list("abc"), rng.integers(1, 4))) for _ in range(300)]
    pairs = [(text, text[::-1]) for text in texts]
    letters = Letters(Alphabet(texts), Alphabet(texts))
    torch.manual_seed(1)
    net = Translator(len(letters.source), len(letters.target), 24, "additive")
    losses = translation.fit(net, letters, pairs, 200, 0.02, rng, own=own)
    assert np.mean(losses[-10:]) < 0.2 < np.mean(losses[:10])
    assert translation.translated(net, letters, ["abc", "cb"], 5) == ["cba", "bc"]
