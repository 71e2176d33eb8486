"""Edits of a text: every kind of slip is made, each is a program of its own, and a seed gives the same ones."""

import ast

import numpy as np
import pytest

from solutions.exercises.catalogue import contract_of
from solutions.judging.edits import KINDS, edits, random_edits

TEXT = '''\
def back(dHs, cache, window=3):
    """What it does."""
    import math
    W, U, states = cache

    def slope(a):
        return 1 - a ** 2

    dh, dX, db = 0, [], np.zeros(
        len(U)
    )
    for t in reversed(range(len(states))):
        dh = dh + dHs[:, t]
        da = dh * slope(np.tanh(-states[t]))
        dX.append(da @ W.T)
        db += da.sum(axis=0)
        if t < window:
            dh = da @ U.T
    total = max(np.sum(x * x, axis=1, keepdims=True) for x in dX)
    return np.stack(dX[::-1], axis=1), dh / total, db
'''
ALL = list(edits(TEXT))


@pytest.mark.parametrize(
    ("kind", "line", "change"),
    [
        ("operator", 15, "dX.append(da @ W.T) → dX.append(da * W.T)"),
        ("operator", 7, "return 1 - a ** 2 → return 1 + a ** 2"),
        ("operand", 13, "dh = dh + dHs[:, t] → dh = dHs[:, t]"),
        ("operand", 15, "dX.append(da @ W.T) → dX.append(W.T @ da)"),
        ("sign", 14, "da = dh * slope(np.tanh(-states[t])) → da = dh * slope(np.tanh(states[t]))"),
        ("sign", 13, "dh = dh + dHs[:, t] → dh = -(dh + dHs[:, t])"),
        ("number", 7, "return 1 - a ** 2 → return 1 - a ** 3"),
        ("number", 1, "def back(dHs, cache, window=3): → def back(dHs, cache, window=2):"),
        ("comparison", 17, "if t < window: → if t <= window:"),
        ("comparison", 17, "if t < window: → if t > window:"),
        ("transpose", 18, "dh = da @ U.T → dh = da @ U"),
        ("transpose", 18, "dh = da @ U.T → dh = da.T @ U.T"),
        ("axis", 16, "db += da.sum(axis=0) → db += da.sum(axis=1)"),
        ("axis", 16, "db += da.sum(axis=0) → db += da.sum()"),
        ("keepdims", 16, "db += da.sum(axis=0) → db += da.sum(axis=0, keepdims=True)"),
        ("keepdims", 19, "→ total = max((np.sum(x * x, axis=1) for x in dX))"),
        ("function", 14, "np.tanh(-states[t])) → da = dh * slope(np.sin(-states[t]))"),
        ("function", 16, "db += da.sum(axis=0) → db += da.mean(axis=0)"),
        ("function", 9, "dh, dX, db = (0, [], np.ones(len(U)))"),
        ("function", 19, "total = min("),
        ("function", 15, "dX.append(da @ W.T) → dX.insert(0, da @ W.T)"),
        ("function", 12, "for t in reversed(range(len(states))): → for t in range(len(states)):"),
        ("function", 20, "return (np.concatenate(dX[::-1], axis=1), dh / total, db)"),
        ("function", 20, "return (np.stack(dX, axis=1), dh / total, db)"),
        ("name", 18, "dh = da @ U.T → dh = da @ W.T"),
        ("index", 13, "dh = dh + dHs[:, t] → dh = dh + dHs[:, t - 1]"),
        ("index", 13, "dh = dh + dHs[:, t] → dh = dh + dHs[:, -1]"),
        ("index", 13, "dh = dh + dHs[:, t] → dh = dh + dHs[t]"),
        ("order", 4, "W, U, states = cache → U, W, states = cache"),
        ("order", 20, "return (np.stack(dX[::-1], axis=1), db, dh / total)"),
        ("augmented", 16, "db += da.sum(axis=0) → db = da.sum(axis=0)"),
        ("augmented", 16, "db += da.sum(axis=0) → db -= da.sum(axis=0)"),
        ("augmented", 13, "dh = dh + dHs[:, t] → dh += dHs[:, t]"),
        ("deleted", 15, "dX.append(da @ W.T) → (nothing)"),
        ("deleted", 18, "dh = da @ U.T → pass"),
        ("swapped", 15, "dX.append(da @ W.T); db += da.sum(axis=0) → db += da.sum(axis=0); dX.append(da @ W.T)"),
    ],
)
def test_a_slip_is_made(kind, line, change):
    found = [edit for edit in ALL if (edit.kind, edit.line) == (kind, line)]
    assert any(change in edit.change for edit in found), [edit.change for edit in found]


def test_every_kind_is_made():
    assert {edit.kind for edit in ALL} == set(KINDS)


def test_names_are_replaced_by_what_holds_a_value_there():
    def instead_of(name, line):
        pairs = [edit.change.split(" → ") for edit in ALL if (edit.kind, edit.line) == ("name", line)]
        return {new for old, new in pairs if name in old}

    assert instead_of("1 - a ** 2", 7) >= {"return 1 - W ** 2", "return 1 - dHs ** 2"}
    assert not any("slope" in new.replace("slope(", "") or "math" in new for new in instead_of("", 14))
    assert not any("total" in new or "x" in new for new in instead_of("", 13))


@pytest.mark.parametrize("function", ["sequence_loss", "rnn_backward_truncated", "gru_backward"])
def test_edits_of_right_answers_are_functions_with_texts_of_their_own(function):
    for variant in contract_of(function).variants:
        text = variant.source(function)
        found = random_edits(text, np.random.default_rng(0), 80)
        assert len({edit.text for edit in found} | {ast.unparse(ast.parse(text))}) == len(found) + 1
        for edit in found:
            (definition,) = ast.parse(edit.text).body
            compile(edit.text, edit.change, "exec")
            assert (type(definition), definition.name) == (ast.FunctionDef, function)
            assert 1 <= edit.line <= len(text.splitlines())
            assert edit.change.count(" → ") == 1


def test_a_text_and_a_seed_give_the_same_edits():
    assert list(edits(TEXT)) == ALL
    one, again, other = (random_edits(TEXT, np.random.default_rng(seed), 30) for seed in (0, 0, 1))
    assert one == again != other
    assert {edit.text for edit in one} <= {edit.text for edit in ALL}


def test_edits_at_random_are_of_all_kinds_and_many_lines():
    drawn = random_edits(TEXT, np.random.default_rng(0), len(KINDS))
    assert {edit.kind for edit in drawn} == set(KINDS)
    assert len({edit.line for edit in drawn}) >= 7


def test_there_are_no_more_edits_than_all():
    assert sorted(edit.text for edit in random_edits(TEXT, np.random.default_rng(0), 10_000)) == sorted(
        edit.text for edit in ALL
    )
