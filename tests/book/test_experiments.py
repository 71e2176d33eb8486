"""What experiments measure with: their cells are torch's, and nets that share arrays do not touch each other."""

import sys

import numpy as np
import pytest
import torch

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book"))
from experiments import _translations, dates_in_words, lstm_parts, numbers_in_words, what_each_sees

from unrolled.lab import translation
from unrolled.lab.translation import Alphabet, Letters, Translator


def close(found, wanted, tolerance=1e-12):
    torch.testing.assert_close(found, wanted, atol=tolerance, rtol=tolerance)


@pytest.fixture
def nets():
    """The whole cell, that of 1997 and a plain net, with random biases, and inputs."""
    stack = [lstm_parts.Net("iof", 5), lstm_parts.Net("io", 5), lstm_parts.Net("plain", 3)]
    p = lstm_parts.first_weights(stack, 3, seed=1)
    generator = torch.Generator().manual_seed(1)
    p["b"] = torch.randn(3, 1, 20, generator=generator)
    p["b"][2].view(4, 5)[:, 3:] = 0
    return stack, p, torch.randn(4, 7, 3, generator=generator)


def test_the_whole_cell_is_torchs_lstm(nets):
    stack, p, X = nets
    kept = lstm_parts.unroll(p, stack, X, keep="ch")[1]
    net = torch.nn.LSTM(3, 5, batch_first=True).requires_grad_(False)
    for name, array in (("weight_ih_l0", p["W"]), ("weight_hh_l0", p["U"]), ("bias_ih_l0", p["b"])):
        getattr(net, name).copy_(array[0].squeeze(0).t())
    net.bias_hh_l0.zero_()
    states, (_, last) = net(X)
    close(kept["h"][0], states, 1e-6)
    close(kept["c"][0, :, -1], last[0], 1e-6)


def test_the_plain_net_is_torchs_and_keeps_to_its_units(nets):
    stack, p, X = nets
    states = lstm_parts.unroll(p, stack, X)[1]["h"][2]
    net = torch.nn.RNN(3, 3, batch_first=True).requires_grad_(False)
    net.weight_ih_l0.copy_(p["W"][2, :, 10:13].t())
    net.weight_hh_l0.copy_(p["U"][2, :3, 10:13].t())
    net.bias_ih_l0.copy_(p["b"][2, 0, 10:13])
    net.bias_hh_l0.zero_()
    close(states[:, :, :3], net(X)[0], 1e-6)
    close(states[:, :, 3:], torch.zeros(4, 7, 2))


def test_without_a_forget_gate_all_writes_stay(nets):
    stack, p, X = nets
    kept = lstm_parts.unroll(p, stack, X, keep="igch")[1]
    close(kept["c"][1], (kept["i"] * kept["g"])[1].cumsum(1), 1e-5)


def test_nets_of_one_run_do_not_touch_each_other():
    stack = [lstm_parts.Net("iof", 8), lstm_parts.Net("o", 8, rate=0.04)]
    both, _ = lstm_parts.train(stack, lstm_parts.TASKS["keep"], seed=1, updates=5)
    for place, net in enumerate(stack):
        alone, _ = lstm_parts.train([net], lstm_parts.TASKS["keep"], seed=1, updates=5)
        for array in alone:
            close(both[array][place], alone[array][0], 1e-5)


def test_the_stream_asks_for_the_number_that_was_marked_last():
    X, y = lstm_parts.renew(np.random.default_rng(1), 5, 60)
    for inputs, answers in zip(X, y, strict=True):
        latest = None
        for (number, mark), answer in zip(inputs, answers, strict=True):
            latest = number if mark else latest
            assert answer == np.float32(latest)


def test_a_forget_gate_set_by_hand_is_shut_at_marks_and_open_elsewhere():
    stack = [lstm_parts.Net("iof", 8, by_hand=True)]
    p, rng = lstm_parts.train(stack, lstm_parts.TASKS["replace"], seed=1, updates=5)
    X, _ = lstm_parts.tensors(lstm_parts.renew, rng, 3)
    f = lstm_parts.unroll(p, stack, X, keep="fh")[1]["f"][0]
    close(f, (1 - X[:, :, 1:]).expand_as(f), 1e-6)


def test_without_its_states_at_every_step_a_net_sees_the_last_input_only():
    stack = [lstm_parts.Net("iof", 8)]
    p = lstm_parts.first_weights(stack, 2, seed=1)
    X = torch.randn(3, 6, 2, generator=torch.Generator().manual_seed(1))
    always = torch.ones(3, 6)
    by = lstm_parts.Meddling(no_h=always, no_c=always)
    cut = lstm_parts.unroll(p, stack, X, meddling=by)[1]["h"]
    for t in range(6):
        close(cut[:, :, t], lstm_parts.unroll(p, stack, X[:, t : t + 1])[1]["h"][:, :, 0], 1e-6)


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


@pytest.fixture
def translator():
    """A net that has learnt nothing, its alphabets, and pairs of one length."""
    letters = Letters(Alphabet(["abc"]), Alphabet(["0123456789"]))
    torch.manual_seed(1)
    net = Translator(len(letters.source), len(letters.target), 12, "additive").double()
    return net, letters, [("abc", "120"), ("cab", "905"), ("b", "333"), ("ca", "007")]


def test_fed_with_truth_or_itself_the_same_is_wholly_right(translator):
    net, letters, pairs = translator
    said = translation.translated(net, letters, [source for source, _ in pairs], 4)
    pairs = [(source, (text + "000")[:3]) for (source, _), text in zip(pairs, said, strict=True)]
    found = _translations.fed(net, letters, pairs)
    assert found["exact"][0] == found["exact"][1]
    assert len(found["forced"]) == len(found["own"]) == 4 and 0 <= min(found["own"]) <= max(found["own"]) <= 1


def test_a_wrong_digit_is_put_in_at_its_place_only(translator):
    net, letters, pairs = translator
    found = _translations.misled(net, letters, pairs, range(2), np.random.default_rng(1))
    assert [len(row) for row in found["with"]] == [len(row) for row in found["without"]] == [3, 2]
    rows = letters.targets([target for _, target in pairs])
    clean = translation.greedy(net, letters.sources([source for source, _ in pairs]), 3, rows[:, :2])
    close(torch.tensor(found["without"][0]), (clean == rows[:, 2:]).float().mean(0), 1e-6)


def test_a_mistake_is_the_searchs_or_the_models(translator):
    net, letters, pairs = translator
    found = _translations.searched(net, letters, pairs, 2, 0.0, 4)
    assert found["exact"] + found["model"] + found["search"] == pytest.approx(1)
    assert len(found["logs"]) == 4 and max(found["logs"]) < 0


def test_edits_are_added_up_before_dividing():
    assert _translations.scores(["abcd", "x"], ["abcd", "y"]) == {"exact": 0.5, "error rate": 0.2}


def test_no_number_and_no_day_stands_in_both_parts():
    numbers = numbers_in_words.Data(1)
    assert not {one[1] for one in numbers.train} & {one[1] for one in numbers.test}
    days = dates_in_words.Data(1)
    learnt = {one[1] for one in days.train}
    assert not learnt & {one[1] for one in days.tests["new days"]}
    assert {one[1] for one in days.tests["seen days"]} <= learnt
    assert not {one[0] for one in days.train} & {one[0] for one in days.tests["seen days"]}


def test_the_page_names_the_updates_of_the_dates():
    page = (ROOT / "book/applications/seq2seq.md").read_text("utf-8")
    assert f"days_updates={dates_in_words.BUDGET}," in page
