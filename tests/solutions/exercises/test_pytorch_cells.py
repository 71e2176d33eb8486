"""The assignment `pytorch-cells`: wrong attempts are called by their names, and what keeps one sign of many passes."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from autograde.course.cells import grade_id
from autograde.course.policy import mentions
from autograde.demo import reference_answers
from autograde.release.source import read_source
from solutions.exercises.catalogue import contracts_of, source_of
from solutions.exercises.pytorch_cells.behaviour import judge_marked_sign
from solutions.judging.audit import lost_parts
from solutions.judging.judging import KEY_VARIABLE
from tests.solutions.exercises.attempts import RIGHT, UNNAMED, called, fixtures, practised, run
from unrolled.checking.check import CheckFailed

ANSWERS = {
    "LSTMCell": """
class LSTMCell(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.hidden = hidden
        self.W = nn.Parameter(torch.randn(inputs, 4 * hidden) * 0.1)
        self.U = nn.Parameter(torch.randn(hidden, 4 * hidden) * 0.1)
        self.b = nn.Parameter(torch.zeros(4 * hidden))

    def forward(self, x, h, c):
        gates = x @ self.W + h @ self.U + self.b
        i, f, g, o = gates.split(self.hidden, dim=1)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        c = f * c + i * g
        h = o * c.tanh()
        return h, c
""",
    "LSTM": """
class LSTM(LSTMCell):
    def forward(self, X, h0, c0, lengths):
        h, c, Hs = h0, c0, []
        for t in range(X.shape[1]):
            mask = (t < lengths).unsqueeze(1)
            h2, c2 = LSTMCell.forward(self, X[:, t], h, c)
            h = torch.where(mask, h2, h)
            c = torch.where(mask, c2, c)
            Hs.append(h)
        return torch.stack(Hs, dim=1), h, c
""",
    "lstm_from_torch": """
def lstm_from_torch(weight_ih, weight_hh, bias_ih, bias_hh):
    return np.array(weight_ih.T), np.array(weight_hh.T), bias_ih + bias_hh
""",
    "lstm_to_torch": """
def lstm_to_torch(W, U, b):
    return W.T.copy(), U.T.copy(), b.copy(), np.zeros(len(b))
""",
    "train_stream": """
def train_stream(X, Y, h, c, W, U, b, Wy, by, window, rate, limit):
    layer = LSTM(len(W), len(U)).double()
    head = nn.Linear(len(U), 1).double()
    layer.load_state_dict({"W": torch.tensor(W), "U": torch.tensor(U), "b": torch.tensor(b)})
    head.load_state_dict({"weight": torch.tensor(Wy.T), "bias": torch.tensor(by)})
    X, Y, h, c = (torch.tensor(one, dtype=torch.float64) for one in (X, Y, h, c))
    parameters = [*layer.parameters(), *head.parameters()]
    losses = []
    opt = torch.optim.SGD(parameters, lr=rate)
    for start in range(0, X.shape[1], window):
        x, y = X[:, start:start + window], Y[:, start:start + window]
        Hs, h, c = layer(x, h, c, torch.tensor([x.shape[1]] * len(x)))
        p = head(Hs)[:, :, 0]
        loss = (p - y).pow(2).mean() / 2
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, limit)
        opt.step()
        losses.append(loss.item())
        h, c = h.detach(), c.detach()
    W, U, b, Wy, by = (a.detach().numpy() for a in (layer.W, layer.U, layer.b, head.weight.T, head.bias))
    h, c = h.detach().numpy(), c.detach().numpy()
    return np.array(losses), W, U, b, Wy, by, h, c
""",
}


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a test's own")


def verdict(name, *edits):
    """What `check` calls the answer to `name` after the edits."""
    space = run(ANSWERS, name, edits, torch=torch, nn=nn)
    return called(fixtures("pytorch-cells")[name], space[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_right(name):
    assert verdict(name) == RIGHT


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("LSTMCell", "nn.Parameter(torch.zeros(4 * hidden))", "torch.zeros(4 * hidden)", "b-not-a-parameter"),
        (
            "LSTMCell",
            "nn.Parameter(torch.randn(hidden, 4 * hidden) * 0.1)",
            "torch.randn(hidden, 4 * hidden)",
            "U-not-a-parameter",
        ),
        ("LSTMCell", "self.b = ", "self.register_buffer('b', torch.zeros(4 * hidden)); self.b2 = ", "two-biases"),
        ("LSTMCell", "torch.zeros(4 * hidden)", "torch.zeros(hidden)", "bias-of-one-gate"),
        ("LSTMCell", "torch.randn(inputs, 4 * hidden)", "torch.randn(4 * hidden, inputs)", "W-of-the-shape-of-torch"),
        ("LSTMCell", "+ self.b", "+ 2 * self.b", "bias-twice"),
        ("LSTMCell", " + self.b", "", "terms-missing-a-the-bias-b-input-s-term"),
        ("LSTMCell", "f * c + i * g", "f * c.detach() + i * g", "cell-detached"),
        ("LSTMCell", "h @ self.U", "h.detach() @ self.U", "state-detached"),
        ("LSTMCell", "return h, c", "return h.detach(), c.detach()", "without-gradients"),
        ("LSTMCell", "f * c + i * g", "torch.tanh(f * c + i * g)", "cell-squashed-twice"),
        ("LSTMCell", "o * c.tanh()", "(o * c).tanh()", "tanh-around-the-product"),
        ("LSTMCell", "o * c.tanh()", "o * c", "function-missing-h_next-tanh-c_next"),
        ("LSTMCell", "return h, c", "return c, h", "answers-swapped-1-2"),
        ("LSTMCell", "return h, c", "return h", "answer-missing-1"),
        ("LSTMCell", "f.sigmoid()", "f.tanh()", "other-function-f-sigmoid-tanh-a_f"),
        ("LSTMCell", "f * c + i * g", "(1 - i) * c + i * g", "another-value-c_next-f-1-i"),
        ("LSTMCell", "c = f * c", "self.c = c = f * getattr(self, 'c', c).detach()", "state-kept"),
        ("LSTMCell", "super().__init__()\n", "pass\n", UNNAMED),
        ("LSTM", "t < lengths", "t <= lengths", "one-step-too-many"),
        ("LSTM", "t < lengths", "t < lengths - 1", "one-step-too-few"),
        ("LSTM", "t < lengths", "t > lengths", "other-comparison-alive-t-lengths-2"),
        ("LSTM", "t < lengths", "t >= lengths", "mask-turned-round"),
        ("LSTM", "h = torch.where(mask, h2, h)", "h = h2", "cell-state-alone-kept"),
        ("LSTM", "c = torch.where(mask, c2, c)", "c = c2", "hidden-state-alone-kept"),
        ("LSTM", "t < lengths", "t < lengths + 100", "padding-not-left-out"),
        ("LSTM", "Hs.append(h)", "Hs.append(h2)", "unpadded-states-in-Hs"),
        ("LSTM", "Hs.append(h)", "Hs.append(torch.where(mask, h, 0 * h))", "zeros-behind-the-end"),
        ("LSTM", "dim=1", "dim=0", "time-first"),
        ("LSTM", "X[:, t], h, c", "X[:, t], h.detach(), c.detach()", "detached-in-every-step"),
        ("LSTM", "h, c, Hs = h0, c0", "h, c, Hs = 0 * h0, 0 * c0", "initial-states-ignored"),
        ("LSTM", "dim=1), h, c", "dim=1), h2, c2", UNNAMED),
        ("LSTM", "dim=1), h, c", "dim=1), h2, c", "last-state-of-the-padding"),
        ("LSTM", "X.shape[1]", "int(lengths.max())", "stops-at-the-longest"),
        ("LSTM", "X[:, t], h, c", "X[:, t], h0, c0", "nothing-carried"),
        ("lstm_from_torch", " + bias_hh", "", "bias-of-the-state-lost"),
        ("lstm_from_torch", "weight_hh.T", "weight_hh", "not-transposed-U-weight_hh"),
        (
            "lstm_from_torch",
            "np.array(weight_hh.T)",
            "weight_hh.reshape(-1, len(bias_ih))",
            "recurrent-kernel-reshaped",
        ),
        ("lstm_to_torch", "np.zeros(len(b))", "b.copy()", "bias-in-both"),
        ("lstm_to_torch", "b.copy(), np.zeros(len(b))", "b / 2, b / 2", "bias-in-halves"),
        ("lstm_to_torch", "W.T.copy(), U.T.copy()", "U.T.copy(), W.T.copy()", "kernels-taken-for-each-other"),
        ("lstm_to_torch", ", np.zeros(len(b))", "", "answer-missing-1"),
        ("train_stream", "        opt.zero_grad()\n", "", "gradients-pile-up"),
        ("train_stream", "        nn.utils.clip_grad_norm_(parameters, limit)\n", "", "not-clipped"),
        ("train_stream", "clip_grad_norm_", "clip_grad_value_", "clipped-entry-by-entry"),
        ("train_stream", "        h, c = h.detach(), c.detach()\n", "", "state-not-detached"),
        ("train_stream", "= h.detach(), c.detach()\n", "= 0 * h.detach(), 0 * c.detach()\n", "h-zero"),
        ("train_stream", "(x, h, c,", "(x, 0 * h, 0 * c,", "state-zero-in-every-window"),
        ("train_stream", "        opt.step()\n", "", "weights-stay"),
        ("train_stream", "SGD(parameters", "Adam(parameters", "adam-for-sgd"),
        ("train_stream", "SGD(parameters", "SGD(layer.parameters()", "readout-not-trained"),
        ("train_stream", "X.shape[1], window)", "X.shape[1] - window + 1, window)", "remainder-lost"),
        ("train_stream", "mean() / 2", "mean()", "not-divided-loss-p-y-2-mean"),
        ("train_stream", "mean() / 2", "sum() / 2", "other-reduction-loss-mean-sum-p-y-2"),
        ("train_stream", "loss.item()", "loss", "losses-kept-as-tensors"),
        ("train_stream", "[:, :, 0]", "", "y-without-its-axis"),
        ("train_stream", "(X, Y, h, c))", "(X, Y, c, h))", UNNAMED),
    ],
)
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, wanted):
    assert verdict(name, (old, new)) == wanted


@pytest.mark.parametrize("order", list(itertools.permutations("ifgo"))[1:], ids="".join)
def test_blocks_in_any_other_order_are_known(order):
    names = f"{', '.join(order)} = gates"
    assert verdict("LSTMCell", ("i, f, g, o = gates", names)).startswith("taken-apart-in-another-order")


def test_a_clip_behind_the_step_is_known():
    clip, step = "        nn.utils.clip_grad_norm_(parameters, limit)\n", "        opt.step()\n"
    assert verdict("train_stream", (clip + step, step + clip)) == "not-clipped"


def test_gradients_cleared_before_the_step_are_known():
    clear, back = "        opt.zero_grad()\n", "        loss.backward()\n"
    assert verdict("train_stream", (clear + back, back + clear)) == "weights-stay"


def test_a_view_of_what_was_given_is_known():
    wrong = run(ANSWERS, "lstm_from_torch", [("np.array(weight_ih.T)", "weight_ih.T")], torch=torch, nn=nn)
    contract = contracts_of("pytorch-cells")["lstm_from_torch"]
    assert lost_parts(contract, wrong["lstm_from_torch"], "key") == {"edges": "shares-memory"}


def test_a_graph_that_is_kept_is_known():
    edits = ("        h, c = h.detach(), c.detach()\n", ""), ("loss.backward()", "loss.backward(retain_graph=True)")
    assert verdict("train_stream", *edits) == "graph-retained"


def cells():
    return {grade_id(cell): cell.source for cell in read_source(source_of("pytorch-cells")).cells}


def test_the_model_answers_of_the_notebook_lose_nothing():
    space = run({"imports": cells()["imports"]} | solved())
    for name, contract in contracts_of("pytorch-cells").items():
        assert lost_parts(contract, space[name], "key") == {}, name


def solved():
    """The notebook's model answers, as students would write them."""
    answers = reference_answers(read_source(source_of("pytorch-cells")))
    return {name: text for name, text in answers.items() if text.startswith(("def ", "class "))}


def test_no_answer_of_the_notebook_is_remarked_as_a_mention_of_what_is_forbidden():
    notebook = read_source(source_of("pytorch-cells"))
    forbidden = notebook.metadata["unrolled"]["forbidden"]
    for text in solved().values():
        assert mentions(text, forbidden) == set()


def test_pytorchs_own_layers_and_cells_are_refused():
    forbidden = read_source(source_of("pytorch-cells")).metadata["unrolled"]["forbidden"]
    program = f"""
import torch
from torch import nn
from autograde.runner.forbid import NotAllowedError, forbid
made = nn.LSTM(2, 3)
forbid({list(forbidden)!r})
zeros = [torch.zeros(shape) for shape in ((1, 2), (1, 3), (1, 3), (12, 2), (12, 3), (12,), (12,))]
for call in (
    lambda: nn.LSTM(2, 3),
    lambda: nn.GRUCell(2, 3),
    lambda: made(zeros[0]),
    lambda: made(nn.utils.rnn.pack_sequence([zeros[0]])),
    lambda: torch.lstm_cell(zeros[0], zeros[1:3], *zeros[3:]),
):
    try:
        call()
    except NotAllowedError:
        print("refused")
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["refused"] * 5


def test_where_pytorch_is_missing_a_sentence_says_what_to_install(monkeypatch):
    import importlib.util

    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else found(name))
    with pytest.raises(ModuleNotFoundError, match="python -m pip install torch"):
        exec(cells()["imports"], {})


def training(*edits):
    """The source's `train` with these edits."""
    return run({"imports": cells()["imports"]} | solved(), "train", edits)["train"]


@pytest.mark.slow
def test_the_right_answer_passes(capsys):
    judge_marked_sign(training(), "long", steps=20, enough=1)
    assert capsys.readouterr().out.count("✓ train") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "edits",
    [
        [
            ("= 4\n", "= -40\n"),
            (
                "        optimiser.step()\n",
                "        optimiser.step(); layer.b.data[hidden:2 * hidden] = -40; layer.U.data[:] = 0\n",
            ),
        ],
        [("range(updates)", "range(1)")],
        [("        optimiser.step()\n", "")],
    ],
    ids=["no memory", "one update", "no step"],
)
def test_what_does_not_keep_fails(edits):
    with pytest.raises(CheckFailed, match="do not learn"):
        judge_marked_sign(training(*edits), "long", steps=20, enough=1)


def net(hidden):
    return [np.zeros(shape) for shape in ((2, 4 * hidden), (hidden, 4 * hidden), (4 * hidden,), (hidden, 1), (1,))]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "something else"),
        (net(4)[:4], "something else"),
        (net(33), "1 to 32 units"),
        ([*net(4)[:3], np.zeros((1, 4)), np.zeros(1)], "Wy does not fit"),
        (net(4), "do not learn"),
    ],
    ids=str,
)
def test_what_is_no_net_is_named(answer, sentence):
    with pytest.raises(CheckFailed) as failed:
        judge_marked_sign(lambda X, y, rng: answer, "short", steps=3, enough=1)
    assert sentence in " ".join(str(failed.value).split())


@pytest.mark.slow
def test_the_practice_cell_says_what_is_wrong(capsys, monkeypatch):
    monkeypatch.setattr("tests.solutions.exercises.attempts.model_answers", lambda assignment: solved())
    assert "✓ train" in practised("pytorch-cells", "train", [], capsys)
    assert "transpose it" in practised("pytorch-cells", "train", [("head.weight.T", "head.weight")], capsys)
    assert "guessing" in practised("pytorch-cells", "train", [("range(updates)", "range(1)")], capsys)
