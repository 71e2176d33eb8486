"""Contract of `masked_loss`, the mean of squared errors over the real steps of padded sequences.

unrolled-canary-6e20c4b9d813
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")  # read once, when Keras is imported

import numpy as np
from keras import ops

from solutions.judging import kit
from solutions.judging.families.libraries import written_with
from solutions.reference import keras_training

READ = "rnn-cell#eq-sequence-loss"
NOWHERE = [[0, 0, 0], [0, 0, 0]]


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """What a net says, what is right, and where there is a step. What is padded holds numbers that mean nothing."""
    mask = kit.ragged_mask(rng, sizes.batch, sizes.steps, np.float64) == 1
    y = rng.choice([-1.0, 1.0], mask.shape) * rng.uniform(0.5, 1.5, mask.shape)
    return {
        "p": kit.normal(rng, sizes.batch, sizes.steps, 1, dtype=dtype),
        "y": np.where(mask, y, 7 * y).astype(dtype),
        "mask": mask,
    }


def _masked(rng: np.random.Generator, mask: list[list[int]]) -> kit.Arguments:
    sizes = kit.Sizes(batch=len(mask), steps=len(mask[0]), inputs=1, hidden=1, outputs=1)
    return draw(rng, sizes, np.float64) | {"mask": np.array(mask, dtype=bool)}


def _not_a_number(rng: np.random.Generator) -> kit.Arguments:
    given = _masked(rng, [[1, 1, 0, 0], [1, 1, 1, 0]])
    return given | {"y": np.where(given["mask"], given["y"], np.nan)}


masked_loss = kit.Contract(
    reference=keras_training.masked_loss,
    outputs=kit.near("loss"),
    read=READ,
    parts=kit.of_values(
        draw,
        kit.Special("nothing masked", lambda rng: _masked(rng, [[1, 1, 1, 1]] * 3)),
        kit.Special("gaps in the mask", lambda rng: _masked(rng, [[1, 0, 1, 1, 0], [0, 1, 0, 1, 1], [1, 0, 0, 0, 1]])),
        kit.Special("padded in front", lambda rng: _masked(rng, [[0, 0, 1, 1], [0, 1, 1, 1]])),
        kit.Special("a sequence masked as a whole", lambda rng: _masked(rng, [[1, 1, 0], [0, 0, 0], [1, 1, 1]])),
        kit.Special("no step is real", lambda rng: _masked(rng, NOWHERE)),
        kit.Special("no number where it is padded", _not_a_number),
    ),
)


@masked_loss.derivation(
    words={"p": "what the net says", "y": "what is right", "mask": "the mask", "errors": "the errors"}
    | {"losses": "the losses of the steps", "real": "the number of real steps"},
    families=written_with("ops", kit.ARRAYS),
)
def where_it_is_real(p, y, mask):
    errors = ops.where(mask, p[..., 0] - y, 0.0)
    losses = errors**2 / 2
    real = ops.sum(ops.cast(mask, losses.dtype))
    return ops.sum(losses) / ops.maximum(real, 1.0)  #: eq-sequence-loss


@masked_loss.variant
def selected_steps(p, y, mask):
    p, y, mask = (ops.convert_to_tensor(one) for one in (p, y, mask))
    errors = ops.squeeze(p, -1)[mask] - y[mask]
    return (errors * errors).sum() / 2 / max(len(errors), 1)


@masked_loss.variant
def cleaned_and_weighted(p, y, mask):
    weights = ops.cast(mask, "float64")
    target = ops.where(mask, y, 0)
    squares = ops.square(ops.reshape(ops.cast(p, "float64"), target.shape) - target)
    count = ops.sum(weights)
    return 0.5 * ops.sum(weights * squares) / ops.where(count > 0, count, 1)


@masked_loss.variant
def step_after_step(p, y, mask):
    total, count = 0.0, 0
    for t in range(mask.shape[1]):
        off = ops.where(mask[:, t], p[:, t, 0] - y[:, t], 0.0)
        total = total + ops.sum(off * off) / 2
        count = count + int(mask[:, t].sum())
    return total / count if count else ops.sum(p) * 0


@masked_loss.variant
def flattened(p, y, mask):
    p, y, mask = (ops.reshape(one, (-1,)) for one in (p, y, mask))
    off = ops.where(mask, p - y, ops.zeros_like(p))
    return ops.dot(off, off) / (2 * ops.maximum(ops.count_nonzero(mask), 1))


masked_loss.mistakes(
    """
    mask-ignored: The mask is ignored: padded steps count in your loss.
        ops.where(mask, p[..., 0] - y, 0.0) → p[..., 0] - y + 0 * mask
        ops.sum(ops.cast(mask, losses.dtype)) → ops.size(y) * 1.0
    divided-by-all-steps: You divide by all B·T steps. Divide by those that are real.
        ops.sum(ops.cast(mask, losses.dtype)) → ops.size(mask) * 1.0
    divided-by-batch: You divide by B alone. Divide by the steps that are real.
        ops.sum(ops.cast(mask, losses.dtype)) → len(mask) * 1.0
    not-divided: The loss is a sum. Divide it by the number of real steps.
        / ops.maximum(real, 1.0) → / 1.0
    mask-inverted: You take the steps where the mask is False. True is a real step.
        errors = ops.where(mask, p[..., 0] - y, 0.0) → mask = ~mask; errors = ops.where(mask, p[..., 0] - y, 0.0)
    mean-of-means: You average each sequence first: steps of short ones weigh more. Average all at once.
        ops.sum(ops.cast(mask, losses.dtype)) → ops.maximum(ops.sum(ops.cast(mask, losses.dtype), 1, True), 1)
        ops.sum(losses) / ops.maximum(real, 1.0) → ops.sum(losses / real) / len(mask)
    y-without-its-axis: y is (B, T), and p is (B, T, 1): their difference has B·T rows too many. Give both one shape:
      p[..., 0].
        errors = ops.where(mask, p[..., 0] - y, 0.0) → errors = ops.where(mask, p - y, 0.0)
    zero-divided-by-zero: Where no step is real you divide 0 by 0. The loss is 0 there.
        / ops.maximum(real, 1.0) → / real
    nan-times-zero: What is padded may be no number, and 0 · NaN is NaN. Choose with ops.where in the place of
      multiplying.
        ops.where(mask, p[..., 0] - y, 0.0) → ops.cast(mask, "float64") * (p[..., 0] - y)
    not-halved: The loss of a step is half of the squared error.
        errors**2 / 2 → errors**2
    """
)
