"""The judge, measured: over many keys and both dtypes no right answer fails, and nothing wrong keeps full points.

Writes the counts into _build/judge.json.
"""

import dataclasses
import json
from pathlib import Path

import pytest

from solutions.audit import Audit, audit, right_answers
from solutions.contracts import ASSIGNMENTS, contracts_of

ROOT = Path(__file__).resolve().parents[2]
KEYS = [str(k) for k in range(100)]  # each draws float64, float32 and non-contiguous inputs
CONTRACTS = [contract for assignment in ASSIGNMENTS for contract in contracts_of(assignment).values()]

# Mutants that compute the same as the original for every input, and why.
EQUIVALENT = {
    "step_losses, line 3: 0 → -1": "the last axis has one entry there",
    "step_losses, line 3: -1 → 1": "logits of a batch have two axes",
    "log_sum_exp, line 3: -1 → 1": "logits of a batch have two axes",
    "log_sum_exp, line 4: 0 → -1": "the last axis has one entry there",
    "log_sum_exp, line 4: -1 → 1": "logits of a batch have two axes",
    "rnn_forward, line 9: (h, states, caches) → (h, caches, states)": "two empty lists",
}


@pytest.fixture(scope="module")
def audits() -> list[Audit]:
    found = [audit(contract, KEYS, frozenset(EQUIVALENT)) for contract in CONTRACTS]
    path = ROOT / "_build" / "judge.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([dataclasses.asdict(one) for one in found], indent=1, ensure_ascii=False) + "\n")
    return found


def test_no_right_answer_is_marked_wrong(audits):
    assert {a.function: a.failed_right_answers for a in audits if a.failed_right_answers} == {}


def test_no_misconception_keeps_full_points(audits):
    assert {a.function: a.misconceptions_with_full_points for a in audits if a.misconceptions_with_full_points} == {}


def test_every_misconception_is_called_by_its_name(audits):
    assert {a.function: a.misnamed for a in audits if a.misnamed} == {}


def test_no_mutant_keeps_full_points(audits):
    survivors = {a.function: a.mutants_with_full_points for a in audits if a.mutants_with_full_points}
    assert survivors == {}


def test_every_contract_is_measured_with_enough(audits):
    for contract in CONTRACTS:
        assert len(list(right_answers(contract))) - 1 >= 7, contract.name
        assert len(contract.misconceptions) >= 5, contract.name
    assert sum(a.mutants for a in audits) > 100
