"""Contract of `numerical_gradient`, the gradient of any function by central differences.

unrolled-canary-f1937d5c0ab8
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import gradients

READ = "truncation#eq-central-difference"


def _cubic(rng: np.random.Generator, x: np.ndarray) -> kit.Arguments:
    # Curved so strongly that a one-sided difference or a long step shows, far from 0 so that a tiny step drowns; so
    # steep that a difference which is not divided by the step is told from zero.
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(float)
    A = rng.standard_normal((x.size, x.size))
    return {
        "x": x,
        "f.offset": float(rng.uniform(2, 5)),
        "f.curvature": (3e4 * (A @ A.T / x.size + np.eye(x.size))).astype(dtype),
        "f.cubic": (1000 * rng.uniform(0.5, 1, x.size)).astype(dtype),
    }


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return _cubic(rng, kit.normal(rng, sizes.batch, sizes.inputs, dtype=dtype, scale=1e-3))


def _narrow_valley(rng: np.random.Generator) -> kit.Arguments:
    arguments = _cubic(rng, np.zeros((2, 3)))
    return {**arguments, "f.curvature": 300 * arguments["f.curvature"]}


def _not_linear(function: kit.Function, rng: np.random.Generator) -> bool:
    x, offset, curvature, cubic = _draw(rng, kit.Sizes(2, 1, 3, 1, 1), np.float64).values()
    once, twice = (np.asarray(function(x.copy(), offset + 3 * k, k * curvature, k * cubic)) for k in (1, 2))
    return not (np.allclose(twice, 2 * once, rtol=1e-3, atol=1e-4) and np.abs(once).max() > 0.1)


numerical_gradient = kit.Contract(
    reference=gradients.numerical_gradient,
    outputs=kit.near("gradient"),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("at the bottom of a narrow valley", _narrow_valley),
        kit.Special("a vector", lambda rng: _cubic(rng, kit.normal(rng, 5, dtype=np.float64, scale=1e-3))),
        kit.Special("three axes", lambda rng: _cubic(rng, kit.normal(rng, 2, 3, 2, dtype=np.float64, scale=1e-3))),
        kit.Special("whole numbers", lambda rng: _cubic(rng, rng.permutation(np.arange(-3, 3)).reshape(2, 3))),
        many=kit.Sizes(batch=9, steps=1, inputs=2, hidden=1, outputs=1),  # f has a curvature for each pair of entries
    ),
    rules=(kit.Rule("not-linear-in-f", "2 f + a constant has twice the gradient of f.", _not_linear, READ),),
    probe=kit.Probe("on_a_cubic"),
)


# The step in the place of one value of f: told from an f that is asked twice at one place by its sixth digit alone.
@numerical_gradient.derivation(
    words={"here": "the entry's own value"},
    without=("another-value-gradient-entry-step-above", "another-value-gradient-entry-step-below"),
)
def entry_by_entry(f, x):
    x = np.array(x, dtype=float)  #: eq-bptt-best-step
    gradient = np.zeros(x.shape)
    step = 1e-5  #: eq-bptt-best-step
    for entry in np.ndindex(*x.shape):
        here = x[entry]
        x[entry] = here + step  #: eq-central-difference-entry: the entry's own value + the step up
        above = f(x)
        x[entry] = here - step  #: eq-central-difference-entry: the entry's own value + the step down
        below = f(x)
        x[entry] = here  #: eq-bptt-not-restored
        #: eq-central-difference-entry: the value of f above + the value of f below
        gradient[entry] = (above - below) / (2 * step)
    return gradient


@numerical_gradient.derivation(without=("another-value-h-n",))
def steps_along_the_axes(f, x):
    x = np.asarray(x, dtype=np.float64)
    h, n = 3e-6, x.size
    axes = np.eye(n).reshape(n, *x.shape)
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in axes]).reshape(x.shape)


numerical_gradient.mistakes(
    """
    term-of-the-wrong-sign-x-entry-the-step-up: Both values of f are equal, so that every difference is 0. Does f get
      the array that you moved, up and down?
    statement-missing-x-entry-3: You leave each entry moved while you go on to the next one. Set it back first.
    statement-missing-x: Where x holds whole numbers, the fraction of a small step is cut off, so that f is asked at
      other places than you mean. Work on a copy of x in floating point.
    one-sided: You take the difference between f(x + s) and f(x) itself. Its error is of order s. Go half way to each
      side of x: a central difference has an error of order s². [truncation#eq-one-sided-difference]
        here - step → here
        (2 * step) → step
    all-entries-at-once: You move all entries of x together, which gives their summed slope. Move one entry at a time.
      [truncation#eq-bptt-all-at-once]
        here = x[entry] → here = x.copy()
        x[entry] = here + step → x[:] = here + step
        x[entry] = here - step → x[:] = here - step
        x[entry] = here   → x[:] = here  
    whole-row-at-once: Your loop runs over the first axis only, so that a whole row of x moves together. Move one entry
      at a time: np.ndindex(*x.shape) gives all of them. [truncation#eq-bptt-all-at-once]
        np.ndindex(*x.shape) → range(len(x))
        here = x[entry] → here = x[entry].copy()
    row-not-restored: Your loop runs over the first axis only, so that a whole row of x moves together, and stays moved.
      Move one entry at a time: np.ndindex(*x.shape) gives all of them. [truncation#eq-bptt-all-at-once]
        np.ndindex(*x.shape) → range(len(x))
    two-axes-only: Your loops run over two axes. x may have any number of them: np.ndindex(*x.shape) gives all
      entries. [truncation#eq-central-difference-entry]
        *x.shape → x.shape[0], x.shape[1]
    long-step: Your step is too long: the error of a central difference grows with its square. About 1e-5 is right in
      float64. [truncation#eq-bptt-check-error]
        1e-5 → 0.05
    tiny-step: Your step is too short: the difference drowns in rounding errors. About 1e-5 is right in float64.
      [truncation#eq-bptt-check-error]
        1e-5 → 1e-13
    flat-answer: Your gradient is one long vector. It has the shape of x, with one number for each entry.
        return gradient → return gradient.reshape(-1)
    """
)
