"""Answers: one of them zero, swapped, missing, averaged.

unrolled-canary-2d7fa16b08c9
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from solutions.judging.derivation import Derivation, Rewrite


def answers(d: Derivation) -> Iterator[Rewrite]:
    """Every mistake in what is returned."""
    for statement in d.statements:
        if not isinstance(statement, ast.Return) or statement.value is None:
            continue
        value = statement.value
        if not isinstance(value, ast.Tuple):
            yield d.rewrite("answer-zero", (value, f"0 * ({ast.unparse(value)})"), place="1")
            continue
        given = value.elts
        if any(isinstance(one, ast.Starred) for one in given):
            continue
        for k, answer in enumerate(given):
            text = ast.unparse(answer)
            if text != "None" and not isinstance(answer, ast.Tuple):
                yield d.rewrite("answer-zero", (answer, f"0 * ({text})"), place=str(k + 1))
            others = [other for other in given if other is not answer]
            left = ast.Tuple(others, ast.Load()) if len(others) > 1 else others[0]
            yield d.rewrite("answer-missing", (value, left), place=str(k + 1))
        if len(given) > 2:
            yield d.rewrite("answer-alone", (value, given[0]), place="1")
        for one, other in itertools.combinations(range(len(given)), 2):
            swapped = list(given)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            yield d.rewrite(
                "answers-swapped", (value, ast.Tuple(swapped, ast.Load())), first=str(one + 1), second=str(other + 1)
            )
        yield from _averaged(d, value)


def _averaged(d: Derivation, value: ast.Tuple) -> Iterator[Rewrite]:
    # The gradients of what all share, divided by the number of those that share it.
    shared = [one for one in value.elts if ast.unparse(one) in ("dW", "dU", "db")]
    first = d.arguments[0]
    if len(shared) < 2:
        return
    names = " and ".join(ast.unparse(one) for one in shared)
    yield d.rewrite("averaged-over-batch", *((n, f"{ast.unparse(n)} / len({first})") for n in shared), what=names)
    if len(d.shapes.get(first, ())) > 2:
        edits = [(n, f"{ast.unparse(n)} / {first}.shape[1]") for n in shared]
        yield d.rewrite("averaged-over-time", *edits, what=names)
