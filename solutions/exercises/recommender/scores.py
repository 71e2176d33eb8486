"""What the contracts of losses of a batch's scores share: how these are drawn, and what no finite difference gives.

unrolled-canary-da7bc763d240
"""

import numpy as np

from solutions.judging import kit

FAR = 2.0**40  # a score so low makes a loss beside which rounding hides what other scores do to it
TOLERANCE = 1e-3


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """Scores (B, B) of two lanes and more; of two cases of unequal sizes one has own scores above the others."""
    lanes = sizes.batch + 1
    scores = kit.normal(rng, lanes, lanes, dtype=dtype)
    lift = 1 if sizes.batch < sizes.hidden else -1
    return {"scores": scores + lift * np.eye(lanes, dtype=dtype)}


def specials() -> tuple[kit.Special, ...]:
    """Where losses of scores are delicate."""

    def of(change: kit.Function) -> kit.Function:
        return lambda rng: {"scores": change(rng.standard_normal((4, 4)))}

    return (
        kit.Special("large scores", of(lambda scores: 1e4 * scores), forbid_overflow=True),
        kit.Special("all scores large", of(lambda scores: 800 + scores), forbid_overflow=True),
        kit.Special("all scores far below 0", of(lambda scores: scores - 800), forbid_overflow=True),
        kit.Special("equal scores", of(lambda scores: 0 * scores + scores[0, 0])),
        kit.Special("two lanes", lambda rng: {"scores": rng.standard_normal((2, 2))}),
    )


def derived(reference: kit.Function, read: str, many: int = 5) -> kit.Rule:
    """The rule that the gradient is derived: right beside a loss that hides differences, and soon for `many` lanes."""

    def measured(function: kit.Function, rng: np.random.Generator) -> bool:
        loud = rng.standard_normal((5, 5))
        loud[1, 1] -= FAR
        for scores in (loud, rng.standard_normal((many, many))):
            _, dscores = function(scores.copy())
            _, right = reference(scores)
            if not np.allclose(dscores, right, rtol=TOLERANCE, atol=TOLERANCE * float(np.abs(right).max())):
                return True
        return False

    return kit.Rule(
        "measured-not-derived",
        "the gradient is right beside a very large loss, and that of hundreds of lanes takes no minutes. Finite "
        "differences give neither: derive it.",
        measured,
        read,
    )
