"""Contract of `adam_update`, one step of Adam.

unrolled-canary-906fbaefad0e
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import poems

READ = "poems#eq-poem-adam"
MOMENTS = "poems#eq-poem-adam-moments"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    shape = sizes.inputs, sizes.hidden
    return {
        "w": kit.normal(rng, *shape, dtype=dtype),
        # Away from zero, where v decides.
        "dw": (rng.uniform(0.3, 1.5, shape) * rng.choice([-1, 1], shape)).astype(dtype),
        "m": kit.normal(rng, *shape, dtype=dtype),
        "v": rng.uniform(0.3, 1.5, shape).astype(dtype),
        "step": int(rng.integers(2, 5)),
        "rate": float(rng.uniform(0.2, 0.9)),
        "beta1": float(rng.uniform(0.6, 0.75)),
        "beta2": float(rng.uniform(0.8, 0.9)),
        "epsilon": float(rng.uniform(0.1, 0.3)),
    }


def _first(rng: np.random.Generator) -> kit.Arguments:
    given = _draw(rng, kit.SMALL, np.float64)
    return given | {"m": np.zeros_like(given["m"]), "v": np.zeros_like(given["v"]), "step": 1}


def _usual(rng: np.random.Generator) -> kit.Arguments:
    usual = {"step": 1000, "rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    given = _draw(rng, kit.SMALL, np.float64)
    return given | usual | {"w": given["w"] / 100}


def _nothing(rng: np.random.Generator) -> kit.Arguments:
    given = _first(rng)
    return given | {"dw": np.zeros_like(given["dw"])}


def _in_shape(*shape: int) -> kit.Function:
    def special(rng: np.random.Generator) -> kit.Arguments:
        given = _draw(rng, kit.SMALL, np.float64)
        new = {name: rng.uniform(0.3, 1.5, shape) for name in ("w", "dw", "m", "v")}
        return given | new

    return special


def _scale_counts(function: kit.Function, rng: np.random.Generator) -> bool:
    # From zeros, and with an epsilon of nothing to speak of, the first step is as long as the rate, however large the
    # gradient is; and two equal gradients make two equal steps.
    w, dw, *_ = _draw(rng, kit.SMALL, np.float64).values()
    for scale in (1e-3, 1.0, 1e3):
        moments, before = (np.zeros_like(w), np.zeros_like(w)), w
        for step in (1, 2):
            after, *moments = function(before.copy(), scale * dw, *map(np.array, moments), step, 0.1, 0.9, 0.99, 1e-12)
            if not np.allclose(before - after, 0.1 * np.sign(dw)):
                return True
            before = np.array(after)
    return False


adam_update = kit.Contract(
    reference=poems.adam_update,
    outputs=kit.near("w", "m", "v"),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("the first update", _first),
        kit.Special("the usual numbers, after a thousand updates", _usual),
        kit.Special("no gradient at all", _nothing),
        kit.Special("a vector", _in_shape(5)),
        kit.Special("three axes", _in_shape(2, 3, 4)),
    ),
    rules=(
        kit.Rule(
            "scale-counts",
            "the first steps from zeros are as long as the rate, however large the gradient is.",
            _scale_counts,
            READ,
        ),
    ),
)

WORDS = {"m": "the mean of gradients", "v": "the mean of their squares", "dw": "the gradient", "rate": "the rate"}
WORDS |= {"w": "the weights", "corrected_m": "the corrected mean of gradients", "epsilon": "epsilon"}
WORDS |= {"corrected_v": "the corrected mean of squares", "step": "the number of the update"}
WORDS |= {"beta1": "beta1", "beta2": "beta2"}


@adam_update.derivation(words=WORDS)
def line_by_line(w, dw, m, v, step, rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * dw  #: eq-poem-adam-moments: the old mean + the gradient
    v = beta2 * v + (1 - beta2) * dw**2  #: eq-poem-adam-moments: the old mean of squares + the squared gradient
    corrected_m = m / (1 - beta1**step)  #: eq-poem-adam
    corrected_v = v / (1 - beta2**step)  #: eq-poem-adam
    w = w - rate * corrected_m / (np.sqrt(corrected_v) + epsilon)  #: eq-poem-adam: the weights + the step
    return w, m, v


@adam_update.variant
def moved_towards(w, dw, m, v, step, rate, beta1, beta2, epsilon):
    m_new = m + (1 - beta1) * (dw - m)
    v_new = v + (1 - beta2) * (dw * dw - v)
    step_length = rate / (1 - np.power(beta1, step))
    return w - step_length * m_new / (np.sqrt(v_new / (1 - np.power(beta2, step))) + epsilon), m_new, v_new


@adam_update.variant
def corrected_at_once(w, dw, m, v, step, rate, beta1, beta2, epsilon):
    m = beta1 * m + dw - beta1 * dw
    v = beta2 * v + np.square(dw) - beta2 * np.square(dw)
    root = np.sqrt(1 - beta2**step)
    return w - rate * root / (1 - beta1**step) * m / (np.sqrt(v) + epsilon * root), m, v


@adam_update.variant
def on_copies(w, dw, m, v, step, rate, beta1, beta2, epsilon):
    w, m, v = w.copy(), m.copy(), v.copy()
    m *= beta1
    m += (1 - beta1) * dw
    v *= beta2
    v += (1 - beta2) * dw**2
    denominator = (v / (1 - beta2**step)) ** 0.5
    denominator += epsilon
    w -= rate * (m / (1 - beta1**step)) / denominator
    return w, m, v


@adam_update.variant
def entry_by_entry(w, dw, m, v, step, rate, beta1, beta2, epsilon):
    new = [np.zeros(w.shape, dtype=w.dtype) for _ in range(3)]
    for place in np.ndindex(*w.shape):
        mean = beta1 * m[place] + (1 - beta1) * dw[place]
        square = beta2 * v[place] + (1 - beta2) * dw[place] ** 2
        root = np.sqrt(square / (1 - beta2**step))
        moved = w[place] - rate * mean / (1 - beta1**step) / (root + epsilon)
        new[0][place], new[1][place], new[2][place] = moved, mean, square
    return tuple(new)


@adam_update.variant
def averaged_by_numpy(w, dw, m, v, step, rate, beta1, beta2, epsilon):
    m = np.average([m, dw], axis=0, weights=[beta1, 1 - beta1])
    v = np.average([v, dw**2], axis=0, weights=[beta2, 1 - beta2])
    down = np.divide(m, (1 - beta1**step) * (epsilon + np.sqrt(v) / np.sqrt(1 - beta2**step)))
    return w - rate * down, m, v


MOVE = "w = w - rate * corrected_m / (np.sqrt(corrected_v) + epsilon)"
adam_update.mistakes(
    f"""
    not-corrected: Neither mean is corrected. Both begin with 0: divide them by 1 − beta**step.
        m / (1 - beta1**step) → m
        v / (1 - beta2**step) → v
    first-mean-not-corrected: The mean of gradients is not corrected: divide it by 1 − beta1**step.
        m / (1 - beta1**step) → m
    mean-of-squares-not-corrected: The mean of squares is not corrected: divide it by 1 − beta2**step.
        v / (1 - beta2**step) → v
    corrected-as-if-by-the-first-step: You divide by 1 − beta, whichever update it is. It is 1 − beta**step.
        1 - beta1**step → 1 - beta1
        1 - beta2**step → 1 - beta2
    steps-from-0: You count one update more than there were: step is 1 at the first one.
        beta1**step → beta1**(step + 1)
        beta2**step → beta2**(step + 1)
    steps-from-minus-1: You count one update fewer than there were: step is 1 at the first one.
        beta1**step → beta1**max(step - 1, 0.5)
        beta2**step → beta2**max(step - 1, 0.5)
    beta-times-step: You take step times beta. It is a power: beta**step.
        beta1**step → min(beta1 * step, 0.99)
        beta2**step → min(beta2 * step, 0.99)
    betas-exchanged: beta1 and beta2 are exchanged: beta1 belongs to the mean of gradients. [{MOMENTS}]
        m = beta1 * m + (1 - beta1) * dw → beta1, beta2 = beta2, beta1; m = beta1 * m + (1 - beta1) * dw
    corrected-handed-on: You return the corrected means. Hand on those without correction: it is made anew at each step.
      [{MOMENTS}]
        return w, m, v → return w, corrected_m, corrected_v
    gradient-not-squared: The mean of squares takes up the gradient itself. Square it. [{MOMENTS}]
        dw**2 → dw
    mean-squared: You square the mean of gradients. The mean of squares takes up the squared gradient. [{MOMENTS}]
        dw**2 → m**2
    absolute-gradient: The mean of squares takes up the gradient's absolute value. Square it. [{MOMENTS}]
        dw**2 → np.abs(dw)
    momentum-not-shared: The new gradient enters the mean whole. Its share is 1 − beta1. [{MOMENTS}]
        (1 - beta1) * dw → dw
    square-not-shared: The new square enters the mean whole. Its share is 1 − beta2. [{MOMENTS}]
        (1 - beta2) * dw**2 → dw**2
    shares-exchanged: The shares are exchanged: beta1 is what is kept of the old mean, beta2 of the mean of squares.
      [{MOMENTS}]
        m = beta1 * m + (1 - beta1) * dw → m = (1 - beta1) * m + beta1 * dw
        v = beta2 * v + (1 - beta2) * dw**2 → v = (1 - beta2) * v + beta2 * dw**2
    root-missing: The root is missing: divide by the root of the mean of squares.
        np.sqrt(corrected_v) → corrected_v
    epsilon-under-the-root: epsilon stands under the root. Add it to the root.
        (np.sqrt(corrected_v) + epsilon) → np.sqrt(corrected_v + epsilon)
    epsilon-forgotten: epsilon is missing: where there was never a gradient, you divide 0 by 0.
        (np.sqrt(corrected_v) + epsilon) → np.sqrt(corrected_v)
    epsilon-before-the-correction: epsilon is added before the correction, as Keras does. Here it is added to the root
      of the corrected mean.
        (np.sqrt(corrected_v) + epsilon) → ((np.sqrt(v) + epsilon) / np.sqrt(1 - beta2**step))
    uphill: You add the step. Take it away: it goes down.
        w = w - rate → w = w + rate
    gradient-for-mean: The step goes along the last gradient. It goes along the mean of gradients: that is the momentum.
        rate * corrected_m / → rate * dw /
    plain-descent: The weights go down the gradient itself, as in plain descent: m and v do nothing.
        {MOVE} → w = w - rate * dw
    momentum-alone: The step is not divided by the root of the mean of squares. That is momentum, not yet Adam.
        {MOVE} → w = w - rate * corrected_m
    step-alone: You return the step, not the new weights.
        {MOVE} → w = rate * corrected_m / (np.sqrt(corrected_v) + epsilon)
    old-means-in-the-step: The step is made of the old means. Take up the new gradient first.
        m = beta1 * m → old_m, old_v = m, v; m = beta1 * m
        corrected_m = m / → corrected_m = old_m /
        corrected_v = v / → corrected_v = old_v /
    old-means-handed-on: You return the old means. Hand on the new ones. [{MOMENTS}]
        m = beta1 * m → old_m, old_v = m, v; m = beta1 * m
        return w, m, v → return w, old_m, old_v
    one-length-for-all: You divide all entries by one number. Each has its own mean of squares.
        np.sqrt(corrected_v) → np.sqrt(corrected_v.mean())
    """
)
