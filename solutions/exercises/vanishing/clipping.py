"""Contract of `clip_by_global_norm`.

unrolled-canary-e0c58d71a93f
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import clipping

READ = "vanishing#eq-clip-norm"


def _norm(gradients: list[np.ndarray]) -> float:
    return float(np.sqrt(sum((g.astype(float) ** 2).sum() for g in gradients)))


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    # The float32 case lies below the limit.
    shapes = (sizes.inputs, sizes.hidden), (sizes.hidden, sizes.hidden), (sizes.hidden,)
    gradients = [kit.normal(rng, *shape, dtype=dtype, scale=k) for k, shape in enumerate(shapes, 1)]
    return _limited(gradients, rng.uniform(1.5, 4) if dtype is np.float32 else rng.uniform(0.05, 0.15))


def _limited(gradients: list[np.ndarray], share: float) -> kit.Arguments:
    # The limit as a share of the norm: below 1, the gradients are clipped. Where all are zero it is the share itself.
    return {f"gradients[{k}]": g for k, g in enumerate(gradients)} | {"limit": share * (_norm(gradients) or 1.0)}


def _special(label: str, low: float, high: float, scales: tuple[float, ...] = (1, 2, 3)) -> kit.Special:
    def draw(rng: np.random.Generator) -> kit.Arguments:
        gradients = [s * rng.standard_normal(shape) for s, shape in zip(scales, ((3, 2), (2, 2), (2,)), strict=True)]
        return _limited(gradients, rng.uniform(low, high))

    return kit.Special(label, draw)


def _of_other_shapes(rng: np.random.Generator) -> kit.Arguments:
    return _limited([rng.standard_normal(shape) for shape in ((2, 3, 2), (4,), (1, 5))], rng.uniform(0.3, 0.6))


def _off(function: kit.Function, rng: np.random.Generator) -> bool:
    for count in (1, 2, 5):
        gradients = [rng.standard_normal((2, k + 1)) for k in range(count)]
        norm, share = _norm(gradients), rng.uniform(0.3, 0.6)
        *clipped, given = function(*[g.copy() for g in gradients], share * norm)
        same = all(np.allclose(c, share * g, rtol=1e-3, atol=1e-4) for c, g in zip(clipped, gradients, strict=True))
        if not (same and np.isclose(given, norm, rtol=1e-3)):
            return True
    return False


clip_by_global_norm = kit.Contract(
    reference=clipping.clip_by_global_norm,
    outputs=kit.near("clipped[0]", "clipped[1]", "clipped[2]", "norm"),
    read=READ,
    parts=kit.of_values(
        _draw,
        _special("the norm is below the limit", 1.5, 4),
        _special("the norm is just above the limit", 0.99, 0.99),
        _special("all gradients zero", 0.5, 2, (0, 0, 0)),
        _special("one gradient exploded", 1e-3, 1e-2, (1, 1e3, 3)),
        kit.Special("three axes, one, and two", _of_other_shapes),
    ),
    rules=(kit.Rule("direction-or-norm-off", "gradients, however many, are scaled by one factor.", _off, READ),),
    probe=kit.Probe("on_a_list"),
)


@clip_by_global_norm.derivation(
    words={"total": "the sum of all squares", "g": "the gradient"},
    alike={"limit": "1"},
    without=("answer-zero-2", "values-swapped-total-limit"),
)
def one_norm_one_factor(gradients, limit):
    total = 0.0
    for g in gradients:
        total = total + (g**2).sum()  #: eq-global-norm
    norm = np.sqrt(total)  #: eq-global-norm
    factor = limit / norm if norm > limit else 1.0  #: eq-clip-norm
    return [g * factor for g in gradients], norm  #: eq-clip-norm


@clip_by_global_norm.derivation()
def one_long_vector(gradients, limit):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in gradients]))
    if norm <= limit:
        return [g.copy() for g in gradients], norm
    return [limit * g / norm for g in gradients], norm


FACTOR = ("limit / norm if norm > limit else 1.0", "min(1, limit / (norm + 1e-8))")
clip_by_global_norm.rewrite("with-small-constant", FACTOR)

clip_by_global_norm.mistakes(
    """
    norms-added: You take the sum of the gradients' norms for the norm. Add the squares of all entries, then take one
      root. [vanishing#eq-global-norm]
        (g**2).sum() → np.sqrt((g**2).sum())
        np.sqrt(total) → total
    each-by-its-own-norm: Each gradient is clipped by its own norm, which changes the direction of the step. One norm
      over all of them gives one factor for all.
        g * factor → g * min(1, limit / max(np.sqrt((g**2).sum()), 1e-12))
    norm-of-the-list: You give np.linalg.norm the list. It makes one array of it, for which the gradients' shapes do
      not fit together. Take the sum of squares of each gradient, add them up, then take one root.
      [vanishing#eq-global-norm]
        np.sqrt(total) → np.linalg.norm(gradients)
    by-value: Each entry is cut off at ±limit. Clipping by norm scales all entries by one factor and keeps the
      direction.
        g * factor → np.clip(g, -limit, limit)
    always-scaled: You always scale to the limit, so that small gradients grow. Scale only where the norm exceeds the
      limit.
        if norm > limit → if norm
    norm-after-clipping: You return the norm after clipping. Return the norm before it: it tells how the training
      goes.
        ], norm → ], norm * factor
    """
)
