"""What the experiments of the page `papers` measure with: the rule of 1997 is its gradient, the grammar its strings."""

import re
import sys

import numpy as np
import pytest
import torch

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book"))
from experiments import continual_reber, copy_memory, forget_bias, reber
from experiments._online_cells import BEHIND, MAY, SYMBOLS, Build, Cells, Plain, right, string

BUILDS = {
    "1997": Build(3, 2, True, (0, 0, 0), (-1, -2, -3), (0.5, 0.5, 0.5)),
    "2000": Build(4, 2, False, (-0.5,) * 4, (-1,) * 4, (1, 1, 1, 1)),
}


def wide(nets):
    """The same nets in float64, with larger weights."""
    for name, array in vars(nets).items():
        if isinstance(array, np.ndarray) and array.dtype == np.float32:
            setattr(nets, name, array.astype(float))
    nets.W *= 5
    return nets


def cut_gradient(nets, symbols, following):
    """The slopes of the last error, which goes back through the cells' states alone, by torch."""
    build, C, B = nets.build, nets.build.all_cells, nets.build.blocks
    W, V = (torch.tensor(array, requires_grad=True) for array in (nets.W, nets.V))
    s, units = torch.zeros(len(W), C).double(), torch.zeros(nets.units.shape).double()
    one_hot, one = torch.eye(7).double(), torch.ones(len(W), 1).double()
    spread = torch.eye(B).double().repeat_interleave(build.cells, 1)
    for now in symbols.T:
        heard = torch.cat([one_hot[now], units.detach(), one], 1)
        squashed = torch.einsum("nz,nzu->nu", heard, W).sigmoid()
        i, f, o = (squashed[:, at : at + B] @ spread for at in (C, C + B, C + 2 * B))
        f = torch.where(torch.tensor(nets.forgets)[:, None], f, 1.0)
        s = f * s + i * (4 * squashed[:, :C] - 2)
        y = o * (s / 2).tanh()
        outputs = torch.einsum("nr,nrk->nk", torch.cat([y, one_hot[now], one], 1), V).sigmoid()
        gates = [squashed[:, C : C + B], squashed[:, C + 2 * B :]] if build.gates_heard else []
        units = torch.cat([y, *gates], 1)
    error = (one_hot[following] - outputs).square().sum() / 2
    return [array.numpy() for array in torch.autograd.grad(error, [W, V])]


@pytest.mark.parametrize("build", BUILDS.values(), ids=BUILDS)
def test_cells_learn_by_the_cut_gradient(build):
    every = np.ones(3, bool)
    nets = wide(Cells(build, [1, 2, 3], np.array([True, False, True]), every, np.array([True, True, False])))
    symbols = np.random.default_rng(1).integers(0, 7, (3, 9))
    for now, following in zip(symbols.T[:7], symbols.T[1:8], strict=True):
        nets.learn(now, following, np.zeros(3))
    W, V, (by_W, by_V) = nets.W.copy(), nets.V.copy(), cut_gradient(nets, symbols[:, :8], symbols[:, 8])
    nets.learn(symbols[:, 7], symbols[:, 8], np.ones(3))
    by_W[:, -1, : build.all_cells] = 0  # cells have no bias
    np.testing.assert_allclose(W - nets.W, by_W, atol=1e-14)
    np.testing.assert_allclose(V - nets.V, by_V * nets.read[:, :, None], atol=1e-14)
    assert np.abs(by_W).max() > 1e-6


@pytest.mark.parametrize("exact", [True, False], ids=["RTRL", "Elman"])
def test_plain_nets_learn_by_the_whole_gradient_or_by_that_of_the_last_step(exact):
    nets = wide(Plain(5, [1, 2], exact))
    symbols = np.random.default_rng(1).integers(0, 7, (2, 7))
    for now, following in zip(symbols.T[:5], symbols.T[1:6], strict=True):
        nets.learn(now, following, np.zeros(2))
    W, V = (torch.tensor(array, requires_grad=True) for array in (nets.W, nets.V))
    h, one, one_hot = torch.zeros(2, 5).double(), torch.ones(2, 1).double(), torch.eye(7).double()
    for now in symbols.T[:6]:
        before = h if exact else h.detach()
        h = torch.einsum("nz,nzu->nu", torch.cat([one_hot[now], before, one], 1), W).sigmoid()
    outputs = torch.einsum("nr,nrk->nk", torch.cat([h, one], 1), V).sigmoid()
    error = (one_hot[symbols[:, 6]] - outputs).square().sum() / 2
    slopes = torch.autograd.grad(error, [W, V])
    nets.learn(symbols[:, 5], symbols[:, 6], np.ones(2))
    np.testing.assert_allclose(W.detach().numpy() - nets.W, slopes[0], atol=1e-14)
    np.testing.assert_allclose(V.detach().numpy() - nets.V, slopes[1], atol=1e-14)


@pytest.mark.parametrize("kind", ["cells", "plain"])
def test_hearing_says_what_learning_at_rate_zero_says(kind):
    every = np.array([True, False])
    nets = Cells(BUILDS["1997"], [1, 2], every, every, every) if kind == "cells" else Plain(5, [1, 2], True)
    states = nets.silent(1)
    for now in np.random.default_rng(1).integers(0, 7, (6, 2)):
        said = nets.learn(now, now, np.zeros(2, np.float32))
        *states, heard = nets.hear(now[:, None], *states)
        np.testing.assert_allclose(heard[:, 0], said, rtol=1e-5)


def test_the_grammar_makes_its_strings_and_all_of_them():
    behind_x = "(XT*VP)*(S|XT*VV)"
    whole = re.compile(rf"B([TP])B(TS*X{behind_x}|PT*V(P{behind_x}|V))E\1E")
    rng = np.random.default_rng(1)
    found = {"".join(SYMBOLS[one] for one in string(rng)) for _ in range(2000)}
    assert all(whole.fullmatch(one) for one in found)
    shortest = [outer + inner for outer in "TP" for inner in ("BTXSE", "BPVVE", "BTSXSE", "BPTVVE")]
    assert {f"B{one}{one[0]}E" for one in shortest} <= found


def test_right_means_all_that_may_come_above_all_others():
    may = np.array([True, False, True, False])
    outputs = np.array([[0.9, 0.2, 0.3, 0.1], [0.9, 0.3, 0.3, 0.1], [0.9, 0.4, 0.3, 0.1]])
    assert right(outputs, may).tolist() == [True, False, False]


class Knowing:
    """Stands in for a stack of one net, which knows the grammar; blind: but for the closing letter."""

    W = np.zeros((1, 1))

    def __init__(self, blind):
        self.blind = blind

    def silent(self, streams):
        return [np.zeros((1, streams), int)]

    def hear(self, symbols, nodes):
        nodes = BEHIND[nodes, symbols]
        outputs = MAY[nodes].astype(float)
        if self.blind:
            outputs[np.isin(nodes, [9, 18])] = np.eye(7)[SYMBOLS.index("T")]
        return nodes, outputs


def test_who_knows_the_grammar_foresees_every_string_and_without_the_first_letter_a_half():
    train, rows = reber.parts(np.random.default_rng(1))
    assert len(train) == 256 and len({tuple(row) for row in rows}) == len(rows)
    assert reber.judged(Knowing(blind=False), rows) == 1
    share = np.mean([SYMBOLS[row[1]] == "T" for row in rows])
    assert reber.judged(Knowing(blind=True), rows) == pytest.approx(share)


def test_a_stream_is_strings_one_behind_the_other():
    stream = continual_reber.Stream(np.random.default_rng(1), 1)
    text, ends = "", []
    for place in range(200):
        text += SYMBOLS[stream.symbols[0]]
        if stream.ended[0]:
            ends.append(place + 1)
        stream.go(stream.following())
    pieces = [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    assert len(pieces) > 5 and all(re.fullmatch(r"B([TP])B[^B]+E\1E", piece) for piece in pieces)


def test_nets_of_one_trial_start_alike_and_the_states_of_a_string_go_with_a_reset():
    nets, resets, falls = continual_reber.stack(1)
    for trial in range(continual_reber.TRIALS):
        assert np.ptp(nets.W[trial :: continual_reber.TRIALS], axis=0).max() == 0
    assert len(resets) == len(falls) == len(nets.W) and 0 < resets.sum() < len(resets)
    found = continual_reber.judged(nets, resets, np.random.default_rng(1), 400)
    standard, reset, forget = found["size"].reshape(3, -1, 16).mean(1)
    assert standard[-1] > 3 * standard[0] and reset[-1] < 2 * reset[0] and forget[-1] < 2 * forget[1]


def test_a_rotation_stays_one_and_the_free_net_starts_as_one():
    for kind in ("rotation", "free"):
        torch.manual_seed(1)
        net = copy_memory.Modulus(8, kind)
        torch.testing.assert_close(net.kernel().T @ net.kernel(), torch.eye(8), atol=1e-5, rtol=0)
    torch.manual_seed(1)
    net = copy_memory.Modulus(8, "rotation")
    with torch.no_grad():
        net.recurrent.normal_()
    torch.testing.assert_close(net.kernel().T @ net.kernel(), torch.eye(8), atol=1e-5, rtol=0)


def test_who_knows_when_but_not_what_has_the_baseline():
    X, y = copy_memory.drawn(np.random.default_rng(1), 500)
    assert X.shape == y.shape == (500, 120) and (y[:, :110] == 0).all() and (y[:, 110:] > 0).all()
    scores = torch.full((500, 120, 9), -1e9)
    scores[:, :110, 0] = scores[:, 110:, 1:] = 0.0
    loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), y.flatten())
    assert float(loss) == pytest.approx(copy_memory.BASELINE, rel=1e-5)


def test_nets_of_the_copying_task_have_about_as_many_weights():
    assert all(6200 < copy_memory.Net(kind).used() < 6800 for kind in copy_memory.UNITS)


def test_questions_have_right_answers_behind_their_letters():
    rng = np.random.default_rng(1)
    for _ in range(300):
        text, answer = forget_bias.question(rng)
        plain = "".join(one for one in text if one not in forget_bias.LETTERS)
        first, sign, second = re.fullmatch(r"(\d+)([+-])(\d+)=", plain).groups()
        assert answer == f"{int(first) + (1 if sign == '+' else -1) * int(second)}."


def test_a_net_is_asked_for_each_symbol_of_the_answer_before_it_sees_it():
    X, y = forget_bias.sums(np.random.default_rng(1), 50)
    ids = X.argmax(-1)
    for row, wanted in zip(ids.tolist(), y.tolist(), strict=True):
        asked = [place for place, one in enumerate(wanted) if one >= 0]
        assert forget_bias.ALPHABET[row[asked[0]]] == "="
        assert [row[place + 1] for place in asked] == [wanted[place] for place in asked]
        assert forget_bias.ALPHABET[wanted[asked[-1]]] == "."


def test_nets_of_one_seed_differ_in_the_forget_gates_bias_alone():
    nets = []
    for bias in forget_bias.BIASES:
        torch.manual_seed(1)
        nets.append(dict(forget_bias.Net(4, 5, bias).named_parameters()))
    for name, array in nets[0].items():
        moved = [(other[name] - array).detach() for other in nets[1:]]
        wanted = [torch.zeros(array.shape) for _ in moved]
        if name == "layer.bias_ih_l0":
            wanted = [torch.tensor([0.0] * 5 + [bias] * 5 + [0.0] * 10) for bias in forget_bias.BIASES[1:]]
        for found, one in zip(moved, wanted, strict=True):
            torch.testing.assert_close(found, one)
