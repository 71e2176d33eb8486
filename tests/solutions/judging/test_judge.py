"""The judge, measured: over many keys and both dtypes no right answer fails, and nothing wrong keeps full points.

Writes the counts into _build/judge.json.
"""

import dataclasses
import json
from concurrent.futures import ProcessPoolExecutor

import pytest

from solutions.exercises.catalogue import ASSIGNMENTS, contract_of, contracts_of
from solutions.judging.audit import Audit, audit, right_answers
from tests.places import ROOT

KEYS = [str(k) for k in range(100)]  # each draws float64, float32 and non-contiguous inputs
COUNTS = ("right_answers", "right_judgements", "misconceptions", "named", "mutants")
CONTRACTS = [contract for assignment in ASSIGNMENTS for contract in contracts_of(assignment).values()]

NO_LENGTHS = "lengths are an option of the reference; the assignment has none"
NO_RELU = "ReLU is an option of the reference; the assignment has tanh"
ONE_ENTRY = "the axis has one entry there"
TWO_AXES = "logits of a batch have two axes"
ANY_NEGATIVE = "NumPy takes any negative length for the one to be found"
SCRATCH = "space for numbers that are used up at once: any other does"
ZEROS = "only the shape is read, for an array of zeros"
FULL = "the buffer ends there, so that a longer slice is the same"
CACHE = "only the cache differs, which nobody but its author reads"
SPEED = "the memory begins elsewhere; the numbers are the same"
NEVER_EMPTY = "the assignment's list is never empty"
FINITE = "it only tells of entries that are not finite, and the assignment's are"

AROUND = "(0 if alive is None else dh * ~alive[t])"
CHOSEN = "np.take_along_axis(logits, targets[..., None], axis=-1)"
CHUNK = "dA[:stop - start]"
UNIFORM = "_uniform_orthogonal(rng, rows, columns)"
PEAK = "max((float(np.abs(g).max(initial=0)) for g in gradients), default="
BLOCKS = "np.concatenate([draw() for _ in range(blocks)], axis="

# Mutants that compute the same as the original for every input, and why.
EQUIVALENT = {
    f"step_losses: {CHOSEN}[..., 0] → {CHOSEN}[..., -1]": ONE_ENTRY,
    f"step_losses: {CHOSEN} → {CHOSEN.replace('-1', '1')}": TWO_AXES,
    "log_sum_exp: peak[..., 0] → peak[..., -1]": ONE_ENTRY,
    "log_sum_exp: a.max(axis=-1, keepdims=True) → a.max(axis=1, keepdims=True)": TWO_AXES,
    "log_sum_exp: np.exp(a - peak).sum(axis=-1) → np.exp(a - peak).sum(axis=1)": TWO_AXES,
    f"rnn_backward: dA[:, t] @ U_T + {AROUND} → dA[:, t] @ U_T - {AROUND}": NO_LENGTHS,
    f"rnn_backward: dA[:, t] @ U_T + {AROUND} → dA[:, t] @ U_T": NO_LENGTHS,
    **{
        f"{function}: dh * {mask}[t] → {change}": NO_LENGTHS
        for function in ("rnn_backward", "gru_backward")
        for mask in ("alive", "~alive")
        for change in (f"dh + {mask}[t]", "dh", f"{mask}[t]")
    },
    "gru_backward: dh += around → dh -= around": NO_LENGTHS,
    "summed_product: A.reshape(-1, A.shape[-1]) → A.reshape(-2, A.shape[-1])": ANY_NEGATIVE,
    "summed_product: dB.reshape(-1, dB.shape[-1]) → dB.reshape(-2, dB.shape[-1])": ANY_NEGATIVE,
    "numerical_gradient: relative * np.maximum(1, np.abs(x[entry])) → relative": "another good step",
    "numerical_gradient: np.maximum(1, np.abs(x[entry])) → np.maximum(2, np.abs(x[entry]))": "another good step",
    "rnn_jacobian: h_next > 0 → h_next > 1": NO_RELU,
    "rnn_jacobian: h_next > 0 → h_next > -1": NO_RELU,
    "gradient_norms: (ds[:, None, :] @ J[:, t])[:, 0] → (ds[:, None, :] @ J[:, t])[:, -1]": ONE_ENTRY,
    f"orthogonal: gain * {UNIFORM} → {UNIFORM}": "the assignment's gain is 1",
    f"_stacked: {BLOCKS}1) → {BLOCKS}0)": "the assignment's kernel has one block",
    "_positive: limit > 0 → limit > -1": "the limit is positive in every case, as the assignment says",
    f"global_norm: {PEAK}0.0) → {PEAK}1.0)": NEVER_EMPTY,
    f"global_norm: {PEAK}0.0) → {PEAK}-1.0)": NEVER_EMPTY,
    "global_norm: np.abs(g).max(initial=0) → np.abs(g).max(initial=1)": "a larger peak is divided out again",
    "global_norm: np.abs(g).max(initial=0) → np.abs(g).max(initial=-1)": "no largest absolute value is below 0",
    "_refuse: (k, g) → (g, k)": FINITE,
    "_refuse: bad(g).sum() → bad(g).mean()": FINITE,
    "lstm_forward: (H, C) → (C, H)": "two empty buffers of one shape",
    "lstm_forward: sums[0] → sums[1]": SCRATCH,
    "lstm_forward: sums[0] → sums[-1]": SCRATCH,
    "lstm_forward: z.reshape(-1, inputs + 1) → z.reshape(-2, inputs + 1)": ANY_NEGATIVE,
    "lstm_forward: from_inputs[:, :len(z)].reshape(4, -1, hidden) → from_inputs[:, :len(z)].reshape(4, -2, hidden)": (
        ANY_NEGATIVE
    ),
    "_halved_blocks: K.reshape(len(K), 4, -1) → K.reshape(len(K), 4, -2)": ANY_NEGATIVE,
    "aligned: size + CACHE_LINE → size * CACHE_LINE": SPEED,
    "aligned: -space.ctypes.data % CACHE_LINE → space.ctypes.data % CACHE_LINE": SPEED,
    "forget_bias: bias.reshape(-1) → bias.reshape(-2)": ANY_NEGATIVE,
    "lstm_backward: C[0] → C[1]": ZEROS,
    "lstm_backward: C[0] → C[-1]": ZEROS,
    "lstm_backward: range(steps, 0, -STEPS_AT_ONCE) → range(steps, -1, -STEPS_AT_ONCE)": "a chunk without steps more",
    "lstm_backward: stop - start → stop + start": FULL,
    "lstm_backward: stop - start → stop": FULL,
    "lstm_backward: dA[t - start].reshape(batch, -1) → dA[t - start].reshape(batch, -2)": ANY_NEGATIVE,
    f"lstm_backward: {CHUNK}.reshape(-1, 4 * hidden) → {CHUNK}.reshape(-2, 4 * hidden)": ANY_NEGATIVE,
    "lstm_backward: dX[start:stop].reshape(-1, inputs) → dX[start:stop].reshape(-2, inputs)": ANY_NEGATIVE,
    "lstm_backward: Z[start:stop].reshape(-1, inputs + 1) → Z[start:stop].reshape(-2, inputs + 1)": ANY_NEGATIVE,
    "lstm_backward: H[start:stop].reshape(-1, hidden) → H[start:stop].reshape(-2, hidden)": ANY_NEGATIVE,
    "_gates_backward: (u, v) → (v, u)": SCRATCH,
    "gru_step: (z, r, n) → (r, z, n)": CACHE,
    "gru_step: (z, r, n) → (z, n, r)": CACHE,
    "gru_step_after: (z, r, n) → (r, z, n)": CACHE,
    "gru_step_after: (z, r, n) → (z, n, r)": CACHE,
    "gru_backward: H[0] → H[1]": ZEROS,
    "gru_backward: H[0] → H[-1]": ZEROS,
    "blocks: stacked.shape[-1] → stacked.shape[1]": "two axes wherever the assignment's functions call it",
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
    functions = [dataclasses.asdict(one) for one in found]
    counts = {name: sum(one[name] for one in functions) for name in COUNTS}
    report = {"keys": len(KEYS), "counts": counts, "functions": functions}
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return found


def test_no_right_answer_is_marked_wrong(audits):
    assert {a.function: a.failed_right_answers for a in audits if a.failed_right_answers} == {}


def test_no_misconception_keeps_full_points(audits):
    assert {a.function: a.misconceptions_with_full_points for a in audits if a.misconceptions_with_full_points} == {}


def test_no_misconception_is_called_by_the_name_of_another(audits):
    assert {a.function: a.misnamed for a in audits if a.misnamed} == {}


def test_misconceptions_are_called_by_their_names(audits):
    assert sum(a.named for a in audits) >= 0.95 * sum(a.misconceptions for a in audits)


def test_no_mutant_keeps_full_points(audits):
    survivors = {a.function: a.mutants_with_full_points for a in audits if a.mutants_with_full_points}
    assert survivors == {}


def test_every_mutant_that_is_called_equivalent_was_met(audits):
    met = {change for a in audits for change in a.equivalent_mutants}
    assert set(EQUIVALENT) - met == set()


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.name)
def test_every_contract_is_measured_with_enough(contract):
    assert len(list(right_answers(contract))) - 1 >= 8  # besides the reference itself
    assert len(contract.misconceptions) >= 6


def test_every_contract_has_mutants(audits):
    assert {a.function for a in audits if a.mutants == 0} == set()
