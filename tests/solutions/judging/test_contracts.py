"""What contracts promise beside right verdicts (those are measured in test_judge.py)."""

import ast
import re

import keras
import numpy as np
import pytest
import torch
from keras import ops
from torch import nn

from autograde.course.names import free_names
from solutions.exercises.catalogue import ASSIGNMENTS, contracts_of
from solutions.judge import judge
from solutions.judging.audit import lost_parts
from solutions.judging.contract import FURTHER, INHERITED, OWN, Contract, Variant
from solutions.judging.derivation import space_of
from solutions.judging.drawing import generator
from solutions.judging.judging import PLAIN_KEY
from solutions.judging.known import cases_of, distinct, visible_cases
from solutions.kept import misconceptions_of
from unrolled.checking.check import CheckFailed

CONTRACTS = [contract for assignment in ASSIGNMENTS for contract in contracts_of(assignment).values()]
EARLIER = {c.name: c.reference for c in CONTRACTS}  # what a source may call beside NumPy and Python's own
LIBRARIES = {"np": np, "re": re, "torch": torch, "nn": nn, "keras": keras, "ops": ops}  # as the notebooks import them
# The same as the notebook's model answer, which is its first derivation.
MODELS = {c.name: c.variants[0].function for c in CONTRACTS}


def entries(contract: Contract) -> list[Variant]:
    return [*contract.variants, *(wrong for wrong in contract.known() if wrong.origin in (OWN, FURTHER))]


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.name)
def test_misconceptions_have_names_of_their_own(contract):
    every = [wrong.name for wrong in contract.known()]
    assert len(every) == len(set(every))


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.name)
def test_what_is_worded_anew_or_left_out_is_made(contract):
    assert contract.unmade() == set()


def test_a_mistake_in_rnn_step_is_named_in_rnn_forward_too():
    contract = contracts_of("rnn-cell")["rnn_forward"]
    inherited = [wrong for wrong, _ in distinct(contract) if wrong.origin == INHERITED]
    assert len(inherited) > 50
    for wrong in inherited[::7]:
        lost = lost_parts(contract, wrong, "key")
        assert lost, wrong.name
        assert "Run check(rnn_step) first" in wrong.hint
    named = [wrong.name for wrong in inherited if wrong.name in lost_parts(contract, wrong, "key").values()]
    assert len(named) > len(inherited) / 2


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.name)
def test_sources_are_self_contained(contract):
    for entry in entries(contract):
        source = entry.source(contract.name)
        (definition,) = ast.parse(source).body
        assert isinstance(definition, ast.FunctionDef | ast.ClassDef)
        assert definition.name == contract.name
        assert not definition.decorator_list
        assert getattr(definition, "returns", None) is None
        known = LIBRARIES | EARLIER
        for name in free_names(source):
            # Where the judge runs the entry, the name stands for the same: the source and the entry do the same.
            assert name in known, f"{entry.name} uses {name}"
            assert space_of(entry.function)[name] in (known[name], MODELS.get(name)), name


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.name)
def test_derivations_are_judged_alike_as_sources(contract):
    # Edits of a derivation hold what it holds, and names that the test above allows; so one of them stands for all.
    written = [entry for entry in entries(contract) if entry.text is None]
    edited = [entry for entry in entries(contract) if entry.text is not None][:1]
    for entry in written + edited:
        namespace = {**LIBRARIES, **EARLIER}
        exec(entry.source(contract.name), namespace)  # our own source, not a student's
        again = Variant(entry.name, namespace[contract.name], forward=entry.forward)
        assert lost_parts(contract, again, "k") == lost_parts(contract, entry, "k"), entry.name


def test_the_same_key_gives_the_same_inputs_and_another_key_others():
    contract = contracts_of("rnn-cell")["rnn_step"]

    def first_input(key):
        return cases_of(contract, ("values",), generator(key, "rnn_step", "values"))[0].arguments["x"]

    assert np.array_equal(first_input("a"), first_input("a"))
    one, other = first_input("a"), first_input("b")
    assert one.shape != other.shape or not np.allclose(one, other)


def test_no_hidden_input_is_among_the_visible_fixtures():
    for contract in CONTRACTS:
        parts = [part.name for part in contract.parts]
        visible = visible_cases(contract)
        hidden = [
            case for part in parts for case in cases_of(contract, (part,), generator(PLAIN_KEY, contract.name, part))
        ]
        for theirs in visible:
            for ours in hidden:
                (a, *rest), (b, *others) = ([*case.arguments.values()] for case in (theirs, ours))
                # What is told by small whole numbers, such as sizes, or by few words, or is zero, cannot all differ.
                told = not isinstance(a, np.ndarray) or np.ndim(a) == 0 or not np.any(a)
                # Two or three tokens may come again before other weights.
                told |= isinstance(a, np.ndarray) and a.dtype.kind == "i" and a.size <= 3 and differ(rest, others)
                assert told or a.shape != b.shape or not np.allclose(a, b)


def differ(some: list, others: list) -> bool:
    """Whether any of some arguments is another array than its counterpart."""
    arrays = [(a, b) for a, b in zip(some, others, strict=True) if isinstance(a, np.ndarray)]
    return any(np.shape(a) != np.shape(b) or not np.allclose(a, b) for a, b in arrays)


def test_a_part_that_the_contract_lacks_is_an_error_of_ours_not_a_zero():
    with pytest.raises(KeyError, match="has no part 'gradient'"):
        judge(contracts_of("rnn-cell")["rnn_step"].reference, "rnn_step", "gradient")


def test_hidden_messages_disclose_no_number_of_the_inputs():
    contract = contracts_of("rnn-cell")["rnn_step"]
    for wrong in misconceptions_of(contract):
        for part in contract.part_names:
            try:
                judge(wrong.function, "rnn_step", part, "key")
            except CheckFailed as failure:
                text = str(failure)
                assert "expected" not in text
                assert "yours" not in text
                assert "float64" not in text
