"""No rule of any contract is satisfied by an answer that holds nothing to judge."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from solutions.exercises.catalogue import ASSIGNMENTS, contract_of, contracts_of
from solutions.judge import judge
from solutions.judging.audit import lost_parts
from solutions.judging.contract import Contract
from unrolled.checking.check import CheckFailed
from unrolled.checking.outputs import NEAR

CONTRACTS = [contract for assignment in ASSIGNMENTS for contract in contracts_of(assignment).values()]
WITH_RULES = [contract for contract in CONTRACTS if contract.rules]
# Statistics and plain data have no axis to spare; an answer of another shape leaves a module no gradients to look at.
NO_ARRAYS = ("on_generators", "module", "layer")
OF_ARRAYS = [c for c in WITH_RULES if c.probe.name not in NO_ARRAYS and c.outputs[0].kind == NEAR]
BACKWARD_RULES = [c for c in WITH_RULES if any(rule.name == "not-the-gradient" for rule in c.rules)]

CONSTANTS = {
    "empty tuple": (),
    "empty list": [],
    "nothing": None,
    "empty array": np.zeros(0),
    "empty array of three axes": np.zeros((0, 0, 0)),
    "nan": np.nan,
    "zero": 0.0,
    "tuple of empty arrays": (np.zeros(0),) * 5,
    "derived numbers instead of a matrix": (np.eye(1), 0.0, 0.0, np.zeros(1)),
}
FILLED = {"zeros": 0.0, "nans": np.nan}


def filled(answer: Any, value: float) -> Any:
    """An answer with all numbers replaced by one."""
    if isinstance(answer, tuple | list):
        return type(answer)(filled(part, value) for part in answer)
    if isinstance(answer, torch.Tensor):
        return answer * 0 + value  # with gradients, which are zero
    return np.full(np.shape(answer), value) if isinstance(answer, np.ndarray | float | int) else answer


def answering(contract: Contract, change: Callable[[Any], Any]) -> Callable[..., Any]:
    """The reference with its answers changed; a module stays one, its parameters what they are."""
    if not isinstance(contract.reference, type):
        return functools.wraps(contract.reference)(lambda *arguments: change(contract.reference(*arguments)))

    class Changed(contract.reference):
        def forward(self, *inputs):
            return change(super().forward(*inputs))

    return Changed


def earns(contract: Contract, answer: Callable[..., Any], part: str = "property") -> bool:
    try:
        judge(answer, contract.name, part, "key", forward=contract.forward)
    except CheckFailed:
        return False
    return True


@pytest.mark.parametrize("kind", CONSTANTS)
@pytest.mark.parametrize("contract", WITH_RULES, ids=lambda c: c.name)
def test_an_answer_without_the_right_outputs_satisfies_no_rules(contract, kind):
    assert not earns(contract, lambda *arguments: CONSTANTS[kind])


@pytest.mark.parametrize("kind", FILLED)
@pytest.mark.parametrize("contract", WITH_RULES, ids=lambda c: c.name)
def test_zeros_or_nans_of_the_right_shapes_satisfy_no_rules(contract, kind):
    assert not earns(contract, answering(contract, lambda answer: filled(answer, FILLED[kind])))


@pytest.mark.parametrize("contract", OF_ARRAYS, ids=lambda c: c.name)
def test_outputs_with_one_more_axis_satisfy_rules_and_lose_the_points_of_shapes(contract):
    def deeper(answer):
        if isinstance(answer, tuple | list):
            return type(answer)(deeper(part) for part in answer)
        return np.asarray(answer)[None] if isinstance(answer, np.ndarray | float) else answer

    assert earns(contract, contract.reference)
    answer = answering(contract, deeper)
    shapes = next((part.name for part in contract.parts if not part.values), contract.parts[-1].name)
    assert set(lost_parts(contract, answer, "key")) == {shapes}


@pytest.mark.parametrize("contract", BACKWARD_RULES, ids=lambda c: c.name)
def test_each_input_has_one_gradient(contract):
    drawn = next(contract.parts[0].draw(np.random.default_rng(0))).arguments
    assert len(contract.outputs) == len(drawn.keys() - {"mask"}) - contract.probe.upstream
    for k in range(len(contract.outputs)):

        def one_off(*arguments, k=k):
            return tuple(g + 1 if j == k else g for j, g in enumerate(contract.reference(*arguments)))

        assert not earns(contract, one_off)
    assert not earns(contract, lambda *arguments: contract.reference(*arguments)[:-1])


def test_the_gradient_rule_itself_counts_what_it_gets():
    contract = contract_of("rnn_step_backward")
    rule = next(rule for rule in contract.rules if rule.name == "not-the-gradient")
    whole = contract.subject(contract.reference)
    assert not rule.violated(whole, np.random.default_rng(0), contract.forward)
    with pytest.raises(ValueError, match="argument"):
        rule.violated(lambda *arguments: (), np.random.default_rng(0), contract.forward)
    sums = contract.subject(lambda *a: tuple(np.sum(g) for g in contract.reference(*a)))
    assert rule.violated(sums, np.random.default_rng(0), contract.forward)


def test_a_forward_function_of_another_shape_has_no_gradient_to_compare():
    contract = contract_of("rnn_step_backward")

    def total(x, h, W, U, b):
        return x.sum() + h.sum() + W.sum() + U.sum() + b.sum(), (x, h, W, U, b)

    def backward(dh_next, cache):
        return tuple(np.full(a.shape, dh_next.sum()) for a in cache)

    with pytest.raises(CheckFailed, match="could not be tested"):
        judge(backward, contract.name, "property", "key", forward=total)


def test_arguments_that_are_overwritten_are_no_proof_of_an_inverse():
    def scaled(W, U, b):
        for a in (W, U, b):
            a *= 3
        return W, U, b

    (rule, _) = contract_of("flip_update_gate").rules
    with pytest.raises(CheckFailed, match="gives the weights back"):
        judge(scaled, "flip_update_gate", "property", "key")
    assert rule.violated(scaled, np.random.default_rng(0))


def test_derived_numbers_earn_nothing_in_place_of_a_matrix():
    def forged(rng, size):
        return np.eye(size), 0.0, 0.0, np.zeros(size)

    orthogonal = contract_of("orthogonal")
    assert [part for part in orthogonal.part_names if earns(orthogonal, forged, part)] == []


def test_a_flat_tuple_earns_nothing_in_place_of_a_pair():
    clip = contract_of("clip_by_global_norm")

    def flat(gradients, limit):
        clipped, norm = clip.reference(gradients, limit)
        return (*clipped, norm)

    assert [part for part in clip.part_names if earns(clip, flat, part)] == []


def test_the_message_says_what_is_wrong_with_the_structure():
    def wrong(answer):
        with pytest.raises(CheckFailed) as failure:
            judge(lambda a: answer, "softmax", "property", "key")
        return str(failure.value)

    assert "has the wrong shape" in wrong(np.zeros((0, 0, 0)))
    assert "is None" in wrong(None)
    assert "a tuple" in wrong((1, 2))
    assert "NaN" in wrong(np.full((3, 5), np.nan))
    assert "real numbers" in wrong(np.full((3, 5), 1j))
