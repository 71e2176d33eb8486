"""A module, a layer, a training loop, a lattice, a tokenizer and a beam search are contracts like any other."""

from dataclasses import replace

import pytest

from solutions.judging.audit import audit, lost_parts, right_answers
from solutions.judging.contract import Contract, Misconception
from solutions.kept import misconceptions_of, visible_fixture
from tests.autograde.notebooks import answer, graded, points, run, why
from tests.places import ROOT
from tests.solutions.judging import kinds
from tests.solutions.judging.kinds.tokens import decode
from unrolled import CheckFailed, check
from unrolled.checking.fixtures import load, save

KEYS = ("one", "two")
OF_FRAMEWORKS = ("LSTMCell", "Elman")
of_each = pytest.mark.parametrize(
    "contract",
    [
        pytest.param(kind, id=kind.name, marks=[pytest.mark.slow] if kind.name in OF_FRAMEWORKS else [])
        for kind in kinds.KINDS
    ],
)
# What names of mistakes begin with: those that families make, and the contract's own.
NAMED = {
    "LSTMCell": (
        "not-a-parameter",
        "state-detached",
        "state-kept",
        "bias-on-one-gate",
        "terms-missing-c_next",
        "other-function-g",
        "function-missing-h_next",
        "answers-swapped",
    ),
    "Elman": ("not-trained", "state-kept", "terms-missing-h", "function-missing-h", "backwards", "last-entry-alone"),
    "train_epoch": (
        "loss-after-the-step",
        "weights-overwritten",
        "piling-up",
        "behind-the-loop-g",
        "behind-the-loop-w",
        "returned-in-the-loop",
    ),
    "log_partition": (
        "largest-for-logsumexp",
        "exponential-left-out",
        "logarithm-left-out",
        "naive-logsumexp",
        "transitions-turned-round",
    ),
    "viterbi": ("greedy", "transitions-turned-round", "in-reverse-path", "terms-missing-best", "answers-swapped"),
    "encode": (
        "cut-behind-the-end",
        "unknown-skipped",
        "not-filled-up",
        "call-left-out",
        "slots-miscounted",
        "no-room",
        "bytes-for-characters",
    ),
    "decode": ("not-joined", "joined-with-spaces", "end-ignored", "slots-miscounted", "other-comparison"),
    "beam_search": (
        "cut-before-adding",
        "finished-dropped",
        "finished-not-stopped",
        "worst-first",
        "by-length",
        "greedy",
    ),
}


def mistakes(contract: Contract) -> list[Misconception]:
    """Those of NAMED."""
    known = misconceptions_of(contract)
    return [next(wrong for wrong in known if wrong.name.startswith(name)) for name in NAMED[contract.name]]


def checked(contract: Contract, function, folder, monkeypatch, capsys) -> str:
    """What the visible check says, from a file of fixtures."""
    monkeypatch.chdir(folder)
    try:
        check(function, name=contract.name)
    except CheckFailed as failure:
        return str(failure)
    return capsys.readouterr().out


@of_each
def test_right_answers_pass_every_part_and_the_visible_check(contract, tmp_path, monkeypatch, capsys):
    assert len(contract.variants) >= 2
    save({contract.name: visible_fixture(contract)}, tmp_path / "fixtures.npz")
    for right in right_answers(contract):
        assert lost_parts(contract, right, KEYS[0]) == {}, right.name
        assert "visible cases are right" in checked(contract, right.function, tmp_path, monkeypatch, capsys)


@of_each
def test_mistakes_are_called_by_their_names_in_the_visible_check(contract, tmp_path, monkeypatch, capsys):
    save({contract.name: visible_fixture(contract)}, tmp_path / "fixtures.npz")
    for wrong in mistakes(contract):
        said = " ".join(checked(contract, wrong.function, tmp_path, monkeypatch, capsys).split())
        assert wrong.hint in said
        assert said.endswith(f"· visible · {wrong.name}]")


@of_each
def test_mistakes_are_called_by_their_names_by_the_judge(contract):
    for wrong in mistakes(contract):
        # Where a part has nothing but large numbers, any sum of plain exponentials overflows alike.
        assert {wrong.name, "overflow"} & set(lost_parts(contract, wrong, KEYS[0]).values())


@of_each
def test_a_stored_fixture_is_what_was_stored(contract, tmp_path):
    fixture = visible_fixture(contract)
    save({contract.name: fixture}, tmp_path / "fixtures.npz")
    stored = load(tmp_path / "fixtures.npz")[contract.name]
    assert replace(stored, cases=(), suspects=()) == replace(fixture, cases=(), suspects=())
    for one, other in zip(fixture.cases, stored.cases, strict=True):
        assert repr(one) == repr(other)


@of_each
@pytest.mark.slow
def test_the_judge_makes_no_mistake(contract):
    assert audit(contract, KEYS, misconceptions_of(contract)).trouble() == []


def test_a_loop_that_changes_the_weights_it_was_given_is_told_so():
    (wrong,) = (one for one in kinds.epoch.written() if one.name == "weights-overwritten")
    assert set(lost_parts(kinds.epoch, wrong, KEYS[0]).values()) == {"weights-overwritten"}


def test_what_a_rule_says_shows_without_a_case_that_does():
    def reads_any_text_but(ids, vocabulary):
        made = decode(ids, vocabulary)
        return made if len(ids) != 10 else made[:-1]

    assert lost_parts(kinds.decoding, reads_any_text_but, KEYS[0]) == {"property": "forgets-the-text"}


JUDGED = """
import sys
sys.path.insert(0, {root!r})  # the judge runs in a folder of its own
from solutions.judging.judging import judge_part
from tests.solutions.judging import kinds
from tests.solutions.judging.kinds.tokens import decode
for part in {contract}.part_names:
    judge_part({contract}, {name}, part, 'key')
"""


@pytest.mark.slow
def test_modules_layers_loops_and_searches_are_judged_where_the_judge_is_outside():
    kinds_of = {
        "lstm_cell": kinds.lstm_cell,
        "elman": kinds.elman,
        "epoch": kinds.epoch,
        "searching": kinds.searching,
        "encoding": kinds.encoding,
    }
    cells = ["import torch, keras, numpy as np\nfrom torch import nn\nfrom keras import ops"]
    for contract in kinds_of.values():
        cells.append(answer(contract.variants[0].source(contract.name)))
    cells += [
        graded(JUDGED.format(root=str(ROOT), contract=f"kinds.{name}", name=each.name))
        for name, each in kinds_of.items()
    ]
    done = run(*cells, packages=("numpy", "torch", "keras"), timeout=120)
    for cell in done[len(kinds_of) + 1 :]:
        assert points(cell) == 3, why(cell)


@pytest.mark.slow
def test_a_mistake_in_a_module_is_named_where_the_judge_is_outside():
    for wrong in mistakes(kinds.lstm_cell)[:5]:
        source = wrong.source("LSTMCell")
        judged = JUDGED.format(root=str(ROOT), contract="kinds.lstm_cell", name="LSTMCell")
        *_, cell = run(
            "import torch\nfrom torch import nn",
            answer(source),
            graded(judged),
            packages=("numpy", "torch"),
            timeout=60,
        )
        assert points(cell) == 0
        assert f"· {wrong.name}]" in why(cell), why(cell)
