"""Contract of `clip_by_global_norm`.

unrolled-canary-e0c58d71a93f
"""

import numpy as np

from solutions.judging.contract import Contract, Rule
from solutions.judging.derivation import Function
from solutions.judging.drawing import normal
from solutions.judging.parts import Arguments, Sizes, Special, of_values
from solutions.reference import clipping
from unrolled.checking.outputs import near
from unrolled.checking.probes import Probe

READ = "vanishing#eq-clip-norm"


def _gradients(rng: np.random.Generator, sizes: Sizes, dtype: type) -> list[np.ndarray]:
    shapes = ((sizes.inputs, sizes.hidden), (sizes.hidden, sizes.hidden), (sizes.hidden,))
    return [normal(rng, *shape, dtype=dtype, scale=scale) for shape, scale in zip(shapes, (1, 2, 3), strict=True)]


def _norm(gradients: list[np.ndarray]) -> float:
    return float(np.sqrt(sum((g.astype(float) ** 2).sum() for g in gradients)))


def _limited(gradients: list[np.ndarray], share: float) -> Arguments:
    # The limit as a share of the norm: below 1, the gradients are clipped.
    named = {f"gradients[{k}]": g for k, g in enumerate(gradients)}
    return {**named, "limit": share * _norm(gradients)}


def _draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    # The float32 case lies below the limit.
    share = rng.uniform(1.5, 4) if dtype is np.float32 else rng.uniform(0.05, 0.15)
    return _limited(_gradients(rng, sizes, dtype), share)


def _small(rng: np.random.Generator, share: float) -> Arguments:
    return _limited(_gradients(rng, Sizes(1, 1, 3, 2, 1), np.float64), share)


def _zero(rng: np.random.Generator) -> Arguments:
    gradients = [np.zeros_like(g) for g in _gradients(rng, Sizes(1, 1, 2, 4, 1), np.float64)]
    return {**_limited(gradients, 1), "limit": rng.uniform(0.5, 2)}


def _one_exploded(rng: np.random.Generator) -> Arguments:
    first, second, third = _gradients(rng, Sizes(1, 1, 4, 3, 1), np.float64)
    return {**_limited([first, 1e6 * second, third], 1), "limit": rng.uniform(2, 5)}


clip_by_global_norm = Contract(
    reference=clipping.clip_by_global_norm,
    outputs=near("clipped[0]", "clipped[1]", "clipped[2]", "norm"),
    read=READ,
    parts=of_values(
        _draw,
        Special("the norm is below the limit", lambda rng: _small(rng, rng.uniform(1.5, 4))),
        Special("the norm is just above the limit", lambda rng: _small(rng, 0.99)),
        Special("all gradients zero", _zero),
        Special("one gradient exploded", _one_exploded),
    ),
    rules=(
        Rule(
            "direction-or-norm-off",
            "gradients of any number are all scaled by one factor, and their norm afterwards is at most the limit.",
            lambda function, rng: _direction_or_norm_off(function, rng),
            READ,
        ),
    ),
    probe=Probe("on_a_list"),
)


def _direction_or_norm_off(function: Function, rng: np.random.Generator) -> bool:
    for count in (1, 2, 5):
        gradients = [rng.standard_normal((2, k + 1)) for k in range(count)]
        norm, share = _norm(gradients), rng.uniform(0.3, 0.6)
        *clipped, given = function(*[g.copy() for g in gradients], share * norm)
        same = all(np.allclose(c, share * g, rtol=1e-3, atol=1e-4) for c, g in zip(clipped, gradients, strict=True))
        if not (same and np.isclose(given, norm, rtol=1e-3)):
            return True
    return False


@clip_by_global_norm.variant
def two_passes(gradients, limit):
    total = 0.0
    for g in gradients:
        total += (g**2).sum()
    norm = np.sqrt(total)
    factor = limit / norm if norm > limit else 1.0
    clipped = [g * factor for g in gradients]
    return clipped, norm


@clip_by_global_norm.variant
def one_long_vector(gradients, limit):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in gradients]))
    if norm <= limit:
        return [g.copy() for g in gradients], norm
    return [limit * g / norm for g in gradients], norm


@clip_by_global_norm.variant
def norm_of_norms(gradients, limit):
    norm = float(np.linalg.norm([np.linalg.norm(g) for g in gradients]))
    return tuple(g / max(1, norm / limit) for g in gradients), norm


@clip_by_global_norm.variant
def with_small_constant(gradients, limit):
    norm = sum(float(np.vdot(g, g)) for g in gradients) ** 0.5
    return list(map(lambda g: min(1, limit / (norm + 1e-8)) * g, gradients)), norm


@clip_by_global_norm.variant
def in_place_on_copies(gradients, limit):
    copies = [np.array(g, copy=True) for g in gradients]
    norm = np.sqrt(np.sum([np.square(g).sum() for g in copies]))
    if norm > limit:
        for g in copies:
            g *= limit / norm
    return copies, norm


clip_by_global_norm.rewrite("returned_as_list", ("return clipped, norm", "return [clipped, norm]"))

SUM, FACTOR, CLIPPED = "(g**2).sum()", "limit / norm if norm > limit else 1.0", "[g * factor for g in gradients]"

clip_by_global_norm.slip(
    "norm-of-the-list",
    "You give np.linalg.norm the list. It makes one array of it, for which the gradients' shapes do not fit together. "
    "Take the sum of squares of each gradient, add them up, then take one root.",
    ("np.sqrt(total)", "np.linalg.norm(gradients)"),
)
clip_by_global_norm.slip(
    "each-by-its-own-norm",
    "Each gradient is clipped by its own norm, which changes the direction of the step. One norm over all of them "
    "gives one factor for all.",
    (CLIPPED, "[g * min(1, limit / max(np.sqrt((g**2).sum()), 1e-12)) for g in gradients]"),
)
clip_by_global_norm.slip(
    "each-alone-and-its-norm",
    "Each gradient is clipped by its own norm, and the norm that you return is that of the last one. One norm over all "
    "of them gives one factor for all.",
    (CLIPPED, "[g * min(1, limit / max(np.sqrt((g**2).sum()), 1e-12)) for g in gradients]"),
    ("return clipped, norm", "return clipped, np.sqrt((gradients[-1] ** 2).sum())"),
)
clip_by_global_norm.slip(
    "by-value",
    "Each entry is cut off at ±limit. Clipping by norm scales all entries by one factor and keeps the direction.",
    (CLIPPED, "[np.clip(g, -limit, limit) for g in gradients]"),
)
clip_by_global_norm.slip(
    "always-scaled",
    "You always scale to the limit, so that small gradients grow. Scale only where the norm exceeds the limit.",
    (FACTOR, "limit / norm"),
)
clip_by_global_norm.slip(
    "never-scaled",
    "The gradients come back as they were. Where the norm exceeds the limit, scale them by limit over norm.",
    (FACTOR, "1.0"),
)
clip_by_global_norm.slip(
    "scaled-when-small",
    "The comparison is the wrong way round: you scale where the norm is below the limit, not where it exceeds it.",
    ("norm > limit", "0 < norm < limit"),
)
clip_by_global_norm.slip(
    "factor-inverted",
    "The factor is upside down: what is too large grows. It is the limit over the norm.",
    ("limit / norm", "norm / limit"),
)
clip_by_global_norm.slip(
    "divided-by-norm",
    "You scale to norm 1. Scale to the limit.",
    ("limit / norm", "1 / norm"),
)
clip_by_global_norm.slip(
    "root-missing",
    "The square root is missing: this is the squared norm.",
    ("np.sqrt(total)", "total"),
)
clip_by_global_norm.slip(
    "norms-added",
    "You add the norms of the gradients. Add the squares of all entries, then take one root.",
    (SUM, "np.sqrt((g**2).sum())"),
    ("norm = np.sqrt(total)", "norm = total"),
)
clip_by_global_norm.slip(
    "largest-norm",
    "You take the largest of the gradients' norms. Add the squares of all entries, then take one root.",
    ("total += (g**2).sum()", "total = max(total, (g**2).sum())"),
)
clip_by_global_norm.slip(
    "largest-entry",
    "You take the largest entry for the norm. Add the squares of all entries, then take one root.",
    ("total += (g**2).sum()", "total = max(total, (g**2).max())"),
)
clip_by_global_norm.slip(
    "mean-of-squares",
    "You add means of squares. The norm has the sum of the squares of all entries.",
    (SUM, "(g**2).mean()"),
)
clip_by_global_norm.slip(
    "absolute-values",
    "You add absolute values. The norm is the root of the sum of squares.",
    (SUM, "np.abs(g).sum()"),
    ("norm = np.sqrt(total)", "norm = total"),
)
clip_by_global_norm.slip(
    "last-gradient-only",
    "The norm is that of the last gradient alone: the sum is overwritten in the loop. Add up all gradients.",
    ("total +=", "total ="),
)
clip_by_global_norm.slip(
    "first-gradient-only",
    "Only the first gradient is scaled. The factor belongs to all of them.",
    (CLIPPED, "[gradients[0] * factor, *(g.copy() for g in gradients[1:])]"),
)
clip_by_global_norm.slip(
    "norm-after-clipping",
    "You return the norm after clipping. Return the norm before it: it tells how the training goes.",
    ("return clipped, norm", "return clipped, norm * factor"),
)
clip_by_global_norm.slip(
    "factor-returned",
    "You return the factor. Return the norm before clipping.",
    ("return clipped, norm", "return clipped, factor"),
)
clip_by_global_norm.slip(
    "gradients-overwritten",
    "You write into the gradients that you were given. Whoever called you still needs them: make new ones.",
    (CLIPPED, "gradients\n    for g in gradients:\n        g *= factor"),
)
clip_by_global_norm.slip(
    "norm-not-returned",
    "You return the clipped gradients alone. Return two things: their list, and the norm before clipping.",
    ("return clipped, norm", "return clipped"),
)
clip_by_global_norm.slip(
    "answers-swapped",
    "You return the norm first. First the list of clipped gradients, then the norm.",
    ("return clipped, norm", "return norm, clipped"),
)

clip_by_global_norm.read_at(
    {
        "vanishing#eq-global-norm": (
            "root-missing",
            "norms-added",
            "largest-norm",
            "largest-entry",
            "mean-of-squares",
            "absolute-values",
            "last-gradient-only",
            "first-gradient-only",
        ),
    }
)
