"""Contract of `cell_path`, the products of forget gates from each step to the last.

unrolled-canary-b60e9d47f218
"""

from itertools import chain

import numpy as np

from solutions.judging import kit
from solutions.judging.judging import judge_part, submission_key
from solutions.reference import lstm


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    F = rng.uniform(0.3, 1, (sizes.batch, sizes.steps, sizes.hidden))
    F[rng.random(F.shape) < 0.1] = 0
    return {"F": F.astype(dtype)}


def _gate_shut(rng: np.random.Generator) -> kit.Arguments:
    F = rng.uniform(0.3, 1, (2, 5, 3))
    F[:, 2, 1] = 0
    return {"F": F}


values, edges = kit.of_values(
    _draw,
    kit.Special("as many steps as samples", lambda rng: _draw(rng, kit.Sizes(4, 4, 1, 3, 1), np.float64)),
    kit.Special("a gate of 0", _gate_shut),
)
cell_path = kit.Contract(
    reference=lstm.cell_path,
    outputs=kit.near("P"),
    read="lstm-backward#eq-lstm-cell-path",
    parts=(kit.Part("values", lambda rng: chain(values.draw(rng), edges.draw(rng))),),
)


@cell_path.derivation(
    words={"F[:, t]": "the step's own gate", "P[:, t + 1]": "the product of the later gates"},
    without=("another-value-everywhere-P-t-F",),  # it writes into F, and is said so
)
def from_the_last_step(F):
    P = np.array(F)
    for t in reversed(range(F.shape[1] - 1)):
        P[:, t] = F[:, t] * P[:, t + 1]  #: eq-lstm-cell-path
    return P


@cell_path.derivation()
def cumulative_from_behind(F):
    return np.flip(np.cumprod(np.flip(F, axis=1), axis=1), axis=1)


@cell_path.misconception("You divide by a gate, and some gates are 0. Multiply gates only.")
def by_division(F):
    return F.prod(axis=1, keepdims=True) / np.cumprod(F, axis=1) * F


def judge_cell_path(function: kit.Function) -> None:
    """The hidden test of releases from before this contract. It raises CheckFailed."""
    judge_part(cell_path, function, "values", submission_key())


cell_path.mistakes(
    """
    from-the-first-step: Yours are the products from the first step to each one. Begin at the last step.
        reversed(range(F.shape[1] - 1)) → range(1, F.shape[1])
        P[:, t + 1] → P[:, t - 1]
    own-gate-missing: The product of a step includes the gate of that step itself.
        np.array(F) → np.ones_like(F)
        F[:, t] → F[:, t + 1]
    read-along-the-batch: You read one sequence's products. The second axis counts the steps: P[:, t + 1].
        P[:, t + 1] → P[t + 1]
    written-along-the-batch: You write into one sequence's products. The second axis counts the steps: P[:, t].
        P[:, t] = → P[t] =
    whole-span-only: You return the product over all steps alone. One for each step is asked for: (B, T, H).
        return P → return P[:, 0]
    """
)
