"""The judge, measured: under every key no right answer fails, and nothing wrong keeps full points.

`make verify` measures under 100 keys and keeps the result. Here the records have to be of today's code; `fresh_keys.py`
tries a fresh key, and `make full-test` measures all again.
"""

import warnings

import pytest

from solutions import kept, verify
from solutions.exercises.catalogue import contract_of
from solutions.judging.audit import Audit, audit, right_answers
from solutions.kept import misconceptions_of
from tests.solutions.judging.fresh_keys import HALVES, is_drawn

FUNCTIONS = verify.functions()
of_each = pytest.mark.parametrize("function", FUNCTIONS)


def recorded(function: str) -> Audit:
    return Audit(**verify.recorded(function)["audit"])


@of_each
def test_the_record_is_of_todays_code(function):
    record = verify.recorded(function)
    assert record.get("hash") == verify.digest(contract_of(function)), (
        f"records/verifications/ does not know today's {function}: its contract, something that it imports or a "
        f"library has changed. Run `make verify FUNCTIONS={function}` and commit the record."
    )
    assert record["keys"] == len(verify.KEYS) >= 100


@of_each
def test_the_judge_was_found_right(function):
    assert recorded(function).trouble() == []


def test_there_is_no_record_without_its_function():
    assert {path.stem for path in verify.RECORDS.glob("*.json")} == set(FUNCTIONS)


def test_misconceptions_are_called_by_their_names():
    audits = [recorded(function) for function in FUNCTIONS]
    unnamed = [f"{found.function}:{name}" for found in audits for name in found.unnamed]
    assert len(unnamed) <= 0.05 * sum(found.misconceptions for found in audits), unnamed
    if unnamed:
        warnings.warn(f"not called by their own names under every key: {', '.join(unnamed)}", stacklevel=1)


@of_each
def test_every_contract_is_measured_with_enough(function):
    contract, found = contract_of(function), recorded(function)
    assert found.right_answers == len(list(right_answers(contract))) > 8  # 8 besides the reference itself
    assert found.misconceptions == len(misconceptions_of(contract)) >= 6
    assert found.edits >= 15  # one line has no more


def test_every_function_is_tried_under_fresh_keys():
    assert sorted(one for half in HALVES for one in half) == sorted(FUNCTIONS)
    assert sum(map(is_drawn, FUNCTIONS)) > len(FUNCTIONS) / 6, "what is tried in `make test` is a third of them"


@pytest.mark.full
@of_each
def test_the_judge_is_right_under_all_keys(function):
    contract = contract_of(function)
    assert audit(contract, verify.KEYS, misconceptions_of(contract)).trouble() == []


def test_what_a_bad_judge_does_is_trouble():
    wrong = Audit(
        "f",
        failed_right_answers=["a"],
        misconceptions_with_full_points=["b"],
        misnamed=["c"],
        unnamed=["d"],
        passed_edits=["e"],
    )
    assert [one.rpartition(": ")[2] for one in wrong.trouble()] == ["a", "b", "c", "e"]


def test_where_the_book_explains_a_mistake_decides_nothing_about_the_judge(monkeypatch):
    contract = contract_of("sigmoid")
    before = verify.digest(contract), kept.digest.__wrapped__(contract)
    monkeypatch.setattr(kept, "reading", lambda place: f"another section than that of {place}")
    after = verify.digest(contract), kept.digest.__wrapped__(contract)
    assert after[0] == before[0] and after[1] != before[1]
