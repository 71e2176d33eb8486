"""Whether a function keeps to itself: what it returns is its own, and no call disturbs another.

Each thing is shown by calls alone: two calls before the first answer is looked at, the same arguments once more, two
forward passes before the first way back, the way back twice.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from unrolled.checking.findings import Finding
from unrolled.checking.outputs import NEAR
from unrolled.checking.probes import Probe

Function = Callable[..., Any]
Arguments = Sequence[Any]

SHARED = Finding(
    "shares-memory",
    "What you return is an array that you were given, or a part of it: who changes one of the two changes both. Return "
    "a new array, such as a copy.",
)
ONE_BUFFER = Finding(
    "one-buffer",
    "A second call changes what the first one returned: both return the same array. Make a new one in every call.",
)
GOES_ON = Finding(
    "goes-on-from-the-last-call",
    "The same arguments give other numbers in a later call: something goes on from the call before, such as a global "
    "variable or a default argument that is changed. Let all that counts come in as an argument.",
)
OTHER_CACHE = Finding(
    "reads-no-cache",
    "After a second forward pass, the way back from the first one gives other numbers: you read what the last forward "
    "pass left, such as a global variable. Read the cache that you are given.",
)
USED_UP = Finding(
    "cache-used-up",
    "The same cache gives other gradients the second time: you empty it, or write into its arrays. Work on new ones.",
)
OUTPUTS_CHANGED = Finding(
    "outputs-changed",
    "The way back changes what the forward pass had returned: you write into arrays of the cache. Work on new ones.",
)


FINDINGS = {one.name: one for one in (SHARED, ONE_BUFFER, GOES_ON, OTHER_CACHE, USED_UP, OUTPUTS_CHANGED)}


def dependence(
    probe: Probe, objects: Sequence[Any], cases: Sequence[Arguments], kinds: Sequence[str]
) -> Finding | None:
    """How a function that gives right answers depends on other calls, or they on it; None where it keeps to itself.

    Args:
        objects: what the probe takes: the function, and the forward function whose cache it reads, if there is one.
        cases: arguments for which it is right. All are looked at for shared memory, and the largest for the rest:
            where all is of length 1, there is but one order of anything.
        kinds: of the outputs, see `outputs`.
    """
    elsewhere = getattr(type(objects[0]), "__unrolled_dependence__", None)
    if elsewhere is not None:  # it lives in another process, which says what it found
        name = elsewhere(objects[0], asdict(probe), list(objects[1:]), [list(given) for given in cases], list(kinds))
        return FINDINGS.get(name, GOES_ON) if name else None
    try:
        with np.errstate(all="ignore"):
            return _here(probe, objects, cases, kinds)
    except Exception:  # for these arguments nothing was raised before
        return GOES_ON


def _here(probe: Probe, objects: Sequence[Any], cases: Sequence[Arguments], kinds: Sequence[str]) -> Finding | None:
    function, largest = probe(*objects), max(cases, key=_size)
    if any(_shares(function, given, kinds) for given in cases):
        return SHARED
    if not probe.upstream:
        return _of_calls(function, largest, kinds)
    split = len(largest) - probe.upstream
    backward, forward = objects
    return _of_passes(backward, forward, largest[split:], largest[:split], kinds)


def _shares(function: Function, given: Arguments, kinds: Sequence[str]) -> bool:
    # Arrays of their own lie apart, so that bounds tell.
    mine = _copies(given)
    answer = _arrays(function(*mine), kinds)
    return any(
        np.may_share_memory(one, other)
        for one in answer
        for other in mine
        if isinstance(one, np.ndarray) and isinstance(other, np.ndarray)
    )


def _of_calls(function: Function, given: Arguments, kinds: Sequence[str]) -> Finding | None:
    answer = _arrays(function(*_copies(given)), kinds)
    kept = _copies(answer)
    _in_vain(function, _turned(given))
    if not _equal(answer, kept):
        return ONE_BUFFER
    return None if _gives(function, _copies(given), kinds, kept) else GOES_ON


def _of_passes(
    backward: Function, forward: Function, upstream: Arguments, inputs: Arguments, kinds: Sequence[str]
) -> Finding | None:
    *_, cache = forward(*_copies(inputs))
    kept = _copies(_arrays(backward(*_copies(upstream), cache), kinds))
    *outputs, cache = forward(*_copies(inputs))
    outputs_kept = _copies(outputs)
    _in_vain(forward, _turned(inputs))
    try:
        gradients = _arrays(backward(*_copies(upstream), cache), kinds)
    except Exception:
        return OTHER_CACHE
    if not _equal(gradients, kept):
        return OTHER_CACHE
    _in_vain(backward, [*_turned(upstream), cache])
    if not _equal(gradients, kept):
        return ONE_BUFFER
    if not _gives(backward, [*_copies(upstream), cache], kinds, kept):
        return USED_UP
    return None if _equal(outputs, outputs_kept) else OUTPUTS_CHANGED


def _gives(function: Function, arguments: Arguments, kinds: Sequence[str], wanted: Sequence[Any]) -> bool:
    try:
        return _equal(_arrays(function(*arguments), kinds), wanted)
    except Exception:
        return False


def _in_vain(function: Function, arguments: Arguments) -> None:
    # Whatever comes of it: this call is made for what it leaves behind.
    with contextlib.suppress(Exception):
        function(*arguments)


def _size(given: Arguments) -> int:
    return sum(value.size for value in given if isinstance(value, np.ndarray))


def _copies(values: Arguments) -> list[Any]:
    return [copy.deepcopy(value) for value in values]


def _turned(values: Arguments) -> list[Any]:
    # Other arguments of the same shapes, and as admissible: samples in reverse order, with their labels and masks.
    return [np.ascontiguousarray(v[::-1]) if isinstance(v, np.ndarray) and v.ndim else v for v in _copies(values)]


def _arrays(answer: Any, kinds: Sequence[str]) -> list[Any]:
    values = [answer] if len(kinds) == 1 else answer
    return [value for value, kind in zip(values, kinds, strict=True) if kind == NEAR]


def _equal(some: Sequence[Any], others: Sequence[Any]) -> bool:
    # The same work twice; only how the processor groups a sum may differ.
    return all(
        np.shape(one) == np.shape(other) and np.allclose(one, other, rtol=1e-4, atol=1e-6, equal_nan=True)
        for one, other in zip(some, others, strict=True)
        if isinstance(one, np.ndarray | float | int)
    )
