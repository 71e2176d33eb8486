"""Contract of `sequence_loss`.

unrolled-canary-5be9bd7fae19
"""

import numpy as np

from solutions.exercises.rnn_cell.cross_entropy import ALIKE, NAMED_TWICE, WORDS, on_the_way_to_log_p
from solutions.exercises.rnn_cell.cross_entropy import through_log_sum_exp as cross_entropy
from solutions.judging import kit
from solutions.reference import rnn


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return {
        "logits": kit.normal(rng, sizes.batch, sizes.steps, sizes.outputs, dtype=dtype, scale=2),
        "targets": kit.labels(rng, sizes.outputs, sizes.batch, sizes.steps),
        "mask": kit.ragged_mask(rng, sizes.batch, sizes.steps, dtype),
    }


def _large(rng: np.random.Generator) -> kit.Arguments:
    logits, targets, mask = _draw(rng, kit.Sizes(2, 4, 1, 1, 3), np.float64).values()
    # Sure and wrong at the first step, which counts in every sequence.
    targets[:, 0] = logits[:, 0].argmin(axis=-1)
    return {"logits": 1e4 * logits, "targets": targets, "mask": mask}


def _far_apart(rng: np.random.Generator) -> kit.Arguments:
    return _masked(rng, [[1, 1], [1, 1]]) | {
        "logits": kit.eighths(rng, 2, 2, 4) - 2000 * rng.permutation(4).reshape(2, 2, 1)
    }


def _masked(rng: np.random.Generator, mask: list[list[int]]) -> kit.Arguments:
    sizes = kit.Sizes(batch=len(mask), steps=len(mask[0]), inputs=1, hidden=1, outputs=4)
    return _draw(rng, sizes, np.float64) | {"mask": np.array(mask, dtype=float)}


sequence_loss = kit.Contract(
    reference=rnn.sequence_loss,
    outputs=kit.near("loss"),
    read="rnn-cell#eq-sequence-loss",
    parts=kit.of_values(
        _draw,
        kit.Special("large logits", _large, forbid_overflow=True),
        kit.Special("rows far apart", _far_apart, forbid_overflow=True),
        kit.Special("nothing masked", lambda rng: _masked(rng, [[1, 1, 1, 1]] * 3)),
        # What is masked need not stand at the end.
        kit.Special("gaps in the mask", lambda rng: _masked(rng, [[1, 0, 1, 1, 0], [0, 1, 0, 1, 1], [1, 0, 0, 0, 1]])),
        kit.Special("the mask begins with zeros", lambda rng: _masked(rng, [[0, 0, 1, 1], [0, 1, 1, 1]])),
        kit.Special("a sequence masked as a whole", lambda rng: _masked(rng, [[1, 1, 0], [0, 0, 0], [1, 1, 1]])),
    ),
)


# For these the mask fits where a size is 1 only, where it may equal the target.
FOR_MASK = ("log_sum-m-mask", "log_sum-m-mask-2", "log_p-logits-mask", "log_p-log_sum-mask", "keep-targets")


@sequence_loss.derivation(
    words=WORDS | {"losses": "the losses of the steps"},
    alike=ALIKE,
    without=(*NAMED_TWICE, "values-swapped-log_p-log_sum-mask", *(f"another-value-{it}" for it in FOR_MASK)),
)
def through_log_sum_exp(logits, targets, mask):
    m = logits.max(axis=-1, keepdims=True)
    #: eq-loss-log-sum-exp: the maximum + the logarithm of the sum
    log_sum = m + np.log(np.exp(logits - m).sum(axis=-1, keepdims=True))
    log_p = logits - log_sum  #: eq-loss-log-sum-exp: the score + the log-sum-exp
    losses = -np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]  #: eq-loss-one
    return (losses * mask).sum() / mask.sum()  #: eq-sequence-loss


@sequence_loss.derivation(without=("another-value-everywhere-keep-targets", "indices-swapped-losses-0"))
def selected_steps(logits, targets, mask):
    keep = mask.astype(bool)
    return cross_entropy(logits[keep], targets[keep])


@sequence_loss.derivation()
def step_by_step(logits, targets, mask):
    steps = zip(logits.reshape(-1, logits.shape[-1]), targets.ravel(), mask.ravel(), strict=True)
    losses = [np.logaddexp.reduce(scores) - scores[target] for scores, target, real in steps if real]
    return sum(losses) / len(losses)


sequence_loss.rewrite("weighted", ("(losses * mask).sum() / mask.sum()", "np.average(losses, weights=mask)"))
on_the_way_to_log_p(sequence_loss)
sequence_loss.mistakes(
    """
    not-divided-losses-mask-sum: The loss is a sum. Divide it by the number of steps where mask is 1.
    mask-ignored: The mask is ignored: padded steps count in your loss.
        (losses * mask).sum() / mask.sum() → losses.mean()
    divided-by-all-steps: You divide by all B·T steps. Divide by those where mask is 1.
        (losses * mask).sum() / mask.sum() → (losses * mask).mean()
    divided-by-batch: You divide by B alone. Divide by the steps where mask is 1.
        / mask.sum() → / len(mask)
    mean-of-means: You average each sequence first: steps of short ones weigh more. Average all at once.
        (losses * mask).sum() / mask.sum() → ((losses * mask).sum(axis=1) / mask.sum(axis=1)).mean()
    logits-masked: You multiply the logits by the mask. A padded step then counts with the loss of equal scores: mask
      the losses.
        m = logits → logits = logits * mask[..., None]; m = logits
        (losses * mask).sum() → losses.sum()
    targets-shifted: You shift the targets by one step once more. They are given as the class that each step has to
      predict.
        m = logits → logits, targets, mask = logits[:, :-1], targets[:, 1:], mask[:, 1:]; m = logits
    """
)
