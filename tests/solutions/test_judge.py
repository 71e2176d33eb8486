"""The judge, measured: over many keys and both dtypes no right answer fails, and nothing wrong keeps full points.

Writes the counts into _build/judge.json.
"""

import dataclasses
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from solutions.audit import Audit, audit, right_answers
from solutions.contracts import ASSIGNMENTS, contract_of, contracts_of

ROOT = Path(__file__).resolve().parents[2]
KEYS = [str(k) for k in range(100)]  # each draws float64, float32 and non-contiguous inputs
CONTRACTS = [contract for assignment in ASSIGNMENTS for contract in contracts_of(assignment).values()]

NO_LENGTHS = "lengths are an option of the reference; the assignment has none"
FINITE = "it only tells of entries that are not finite, and the assignment's are"
AROUND = "(0 if alive is None else dh * ~alive[t])"
UNIFORM = "_uniform_orthogonal(rng, rows, columns)"

# Mutants that compute the same as the original for every input, and why.
EQUIVALENT = {
    "step_losses: 0 → -1": "the last axis has one entry there",
    "step_losses: -1 → 1": "logits of a batch have two axes",
    "log_sum_exp: -1 → 1": "logits of a batch have two axes",
    "log_sum_exp: 0 → -1": "the last axis has one entry there",
    "alive_steps: 0 → 1": NO_LENGTHS,
    "alive_steps: 0 → -1": NO_LENGTHS,
    "alive_steps: lengths.max() → lengths.min()": NO_LENGTHS,
    "rnn_forward: (h, states, caches) → (h, caches, states)": "two empty lists",
    f"rnn_backward: dA[:, t] @ U_T + {AROUND} → dA[:, t] @ U_T - {AROUND}": NO_LENGTHS,
    f"rnn_backward: dA[:, t] @ U_T + {AROUND} → dA[:, t] @ U_T": NO_LENGTHS,
    "rnn_backward: dh * alive[t] → dh + alive[t]": NO_LENGTHS,
    "rnn_backward: dh * alive[t] → dh": NO_LENGTHS,
    "rnn_backward: dh * alive[t] → alive[t]": NO_LENGTHS,
    "rnn_backward: dh * ~alive[t] → dh + ~alive[t]": NO_LENGTHS,
    "rnn_backward: dh * ~alive[t] → dh": NO_LENGTHS,
    "rnn_backward: dh * ~alive[t] → ~alive[t]": NO_LENGTHS,
    "summed_product: 1 → 2": "NumPy takes any negative length for the one to be found",
    "numerical_gradient: relative * np.maximum(1, np.abs(x[entry])) → relative": "another good step",
    "numerical_gradient: 1 → 2": "another good step",
    "rnn_jacobian: 0 → 1": "ReLU is an option of the reference; the assignment has tanh",
    "rnn_jacobian: 0 → -1": "ReLU is an option of the reference; the assignment has tanh",
    "gradient_norms: 0 → -1": "the axis has one entry there",
    f"orthogonal: gain * {UNIFORM} → {UNIFORM}": "the assignment's gain is 1",
    "_stacked: 1 → 0": "the assignment's kernel has one block",
    "_positive: 0 → -1": "the limit is positive in every case, as the assignment says",
    "global_norm: 0.0 → 1.0": "the assignment's list is never empty",
    "global_norm: 0.0 → -1.0": "the assignment's list is never empty",
    "global_norm: 0 → 1": "a larger peak only scales, and is divided out again",
    "global_norm: 0 → -1": "no largest absolute value is below 0",
    "_refuse: (k, g) → (g, k)": FINITE,
    "_refuse: bad(g).sum() → bad(g).mean()": FINITE,
}


def audited(function: str) -> Audit:
    """The audit of one contract; at the top of the module, so that another process can call it."""
    return audit(contract_of(function), KEYS, EQUIVALENT)


@pytest.fixture(scope="module")
def audits() -> list[Audit]:
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(audited, [contract.name for contract in CONTRACTS]))
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
