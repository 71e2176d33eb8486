"""What can be said about a wrong answer without knowing any mistake: facts about it, beside the right one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unrolled.checking.fixtures import Case
from unrolled.checking.outcome import Outcome
from unrolled.checking.sights import NUMBERS

STEPS_FROM, FEW_STEPS = 3, 2  # axes of an array that has steps; steps that are too few to tell anything
NOT_DEFINED = re.compile(r"name '(\w+)' is not defined")


@dataclass(frozen=True)
class Finding:
    """A fact: its name, for machines, and the sentence that says it."""

    name: str
    sentence: str


def overwritten(outcomes: Sequence[Outcome]) -> Finding | None:
    """That a call writes into its arguments."""
    names = list(dict.fromkeys(name for outcome in outcomes for name in outcome.changed))
    if not names:
        return None
    which = " and ".join(names)
    they = "it: make a new array" if len(names) == 1 else "them: make new arrays"
    return Finding(
        f"{'-'.join(names)}-overwritten",
        f"You write into {which}, which you were given. Whoever called you still needs {they}. "
        "(An operator such as += changes the array itself.)",
    )


def overflowing(labels: Sequence[str]) -> Finding:
    """That numbers grow out of their range in these cases."""
    cases = ", ".join(f"“{label}”" for label in dict.fromkeys(labels))
    return Finding(
        "overflow",
        f"Where numbers are extreme (case {cases}), an exponential overflows, or something is divided by zero. Let no "
        "exponent be positive: np.tanh for a tanh, the stable form of a sigmoid.",
    )


def axis_kept(names: Sequence[str]) -> Finding:
    """That these outputs have one axis of length 1 too many, or too few."""
    which = " and ".join(names)
    verb = "have" if len(names) > 1 else "has"
    return Finding(
        f"axis-kept-in-{'-'.join(names)}",
        f"{which} {verb} the right numbers but an axis of length 1 too many or too few: leave keepdims=True out, or a "
        "slice such as [:1].",
    )


def find(cases: Sequence[Case], outcomes: Sequence[Outcome], wrong: Sequence[bool]) -> Finding | None:
    """A fact that holds in every case in which the answer is wrong, or None."""
    failing = [(case, outcome) for case, outcome, off in zip(cases, outcomes, wrong, strict=True) if off]
    for look in (_undefined, _still_none, _at_size_one, _relation):
        found = look(failing, [case for case, off in zip(cases, wrong, strict=True) if not off])
        if found is not None:
            return found
    return None


Failing = Sequence[tuple[Case, Outcome]]


def _undefined(failing: Failing, right: Sequence[Case]) -> Finding | None:
    names = {match[1] if (match := NOT_DEFINED.match(o.said)) else "" for _, o in failing if o.raised == "NameError"}
    if len(names) != 1 or "" in names:
        return None
    name = names.pop()
    return Finding(
        "not-defined",
        f"{name} is not defined when your function is called. Is it misspelt, or made in another cell? Cells run from "
        "top to bottom: run that one first; where it stands further down, move it up, or all fails after a restart.",
    )


def _still_none(failing: Failing, right: Sequence[Case]) -> Finding | None:
    if not all(outcome.shape_of_answer == "None among the values" for _, outcome in failing):
        return None
    return Finding("still-none", "One of the answers is still None: a part of the function is not written yet.")


def _at_size_one(failing: Failing, right: Sequence[Case]) -> Finding | None:
    def has_one(case: Case) -> bool:
        return any(1 in np.shape(value) for value in case.arguments.values() if isinstance(value, np.ndarray))

    if not right or not all(has_one(case) for case, _ in failing) or not any(not has_one(case) for case in right):
        return None
    return Finding(
        "axis-of-one-lost",
        "All is right but where a size is 1, a batch of one for instance. Does something take an axis of length 1 "
        "away, as np.squeeze does, or len(…) == 1 count as a special case?",
    )


def _relation(failing: Failing, right: Sequence[Case]) -> Finding | None:
    if any(outcome.raised or outcome.shape_of_answer for _, outcome in failing):
        return None
    for name in failing[0][0].expected:
        pairs = [(outcome.outputs[name], case.expected[name], case) for case, outcome in failing]
        if not all(_comparable(mine, wanted) for mine, wanted, _ in pairs):
            continue
        off = [(mine, wanted, case) for mine, wanted, case in pairs if not _close(mine, wanted)]
        # Short sequences tell nothing of steps.
        long = [one for one in off if one[0].ndim < STEPS_FROM or one[0].shape[1] > FEW_STEPS]
        for label, sentence, holds in FACTS if long else ():
            if all(holds(mine, wanted, case.arguments) for mine, wanted, case in long):
                return Finding(f"{name}-{label}", sentence.format(name=name))
    return None


def _comparable(mine: object, wanted: object) -> bool:
    return (
        isinstance(mine, np.ndarray)
        and isinstance(wanted, np.ndarray)
        and mine.dtype.kind in NUMBERS
        and wanted.dtype.kind in NUMBERS
        and mine.shape == wanted.shape
        and mine.size > 0
    )


def _close(mine: np.ndarray, wanted: np.ndarray) -> bool:
    unit = max(float(np.abs(wanted).max(initial=0)), 1e-3)
    return bool(np.isfinite(mine).all() and np.abs(mine - wanted).max(initial=0) <= 1e-4 * unit)


def _divided_by(place: int) -> Callable[..., bool]:
    # By the length of this axis of the first array.
    def holds(mine: np.ndarray, wanted: np.ndarray, arguments: Mapping[str, object]) -> bool:
        lengths = [np.shape(value) for value in arguments.values() if isinstance(value, np.ndarray)]
        axes = lengths[0] if lengths else ()
        return len(axes) > place and axes[place] > 1 and _close(mine * axes[place], wanted)

    return holds


def _steps(mine: np.ndarray) -> Iterator[int]:
    return iter(range(mine.shape[1]) if mine.ndim > 2 else ())


def _wrong_steps(mine: np.ndarray, wanted: np.ndarray) -> list[int]:
    return [t for t in _steps(mine) if not _close(mine[:, t], wanted[:, t])]


Holds = Callable[[np.ndarray, np.ndarray, Mapping[str, object]], bool]
FACTS: tuple[tuple[str, str, Holds], ...] = (
    ("zero", "{name} is zero everywhere.", lambda m, w, a: not m.any()),
    ("negative", "{name} is the negative of what it should be.", lambda m, w, a: _close(-m, w)),
    ("twice", "{name} is twice what it should be.", lambda m, w, a: _close(m / 2, w)),
    ("half", "{name} is half of what it should be.", lambda m, w, a: _close(2 * m, w)),
    ("divided-by-the-batch", "{name} is divided by the batch size: sum here.", _divided_by(0)),
    ("divided-by-the-steps", "{name} is divided by the number of steps: sum here.", _divided_by(1)),
    (
        "in-reverse",
        "{name} holds the right steps in reverse order.",
        lambda m, w, a: m.ndim > 2 and _close(m[:, ::-1], w),
    ),
    (
        "one-step-late",
        "{name} is one step late: what belongs to a step stands at the next one.",
        lambda m, w, a: m.ndim > 2 and m.shape[1] > 2 and _close(m[:, 1:], w[:, :-1]),
    ),
    (
        "one-step-early",
        "{name} is one step early: what belongs to a step stands at the one before.",
        lambda m, w, a: m.ndim > 2 and m.shape[1] > 2 and _close(m[:, :-1], w[:, 1:]),
    ),
    (
        "wrong-at-the-first-step",
        "{name} is right at every step but the first.",
        lambda m, w, a: m.ndim > 2 and m.shape[1] > 2 and _wrong_steps(m, w) == [0],
    ),
    (
        "wrong-at-the-last-step",
        "{name} is right at every step but the last.",
        lambda m, w, a: m.ndim > 2 and m.shape[1] > 2 and _wrong_steps(m, w) == [m.shape[1] - 1],
    ),
    (
        "right-at-the-first-step-only",
        "{name} is right at the first step only: what does a step hand to the next one?",
        lambda m, w, a: m.ndim > 2 and m.shape[1] > 2 and _wrong_steps(m, w) == list(range(1, m.shape[1])),
    ),
    (
        "right-at-the-last-step-only",
        "{name} is right at the last step only: what does a step hand to the one before it?",
        lambda m, w, a: m.ndim > 2 and m.shape[1] > 2 and _wrong_steps(m, w) == list(range(m.shape[1] - 1)),
    ),
    (
        "transposed",
        "{name} is transposed.",
        lambda m, w, a: m.ndim > 1 and m.shape[-1] == m.shape[-2] > 1 and _close(np.swapaxes(m, -1, -2), w),
    ),
)
