"""Contract of `sequence_loss`.

unrolled-canary-5be9bd7fae19
"""

import numpy as np

from solutions.judging.contract import Contract
from solutions.judging.drawing import labels, normal, ragged_mask
from solutions.judging.parts import Arguments, Sizes, Special, of_values
from solutions.judging.small_number import slips_of_the_small_number
from solutions.reference import rnn
from solutions.reference.numerics import cross_entropy
from unrolled.checking.outputs import near


def _draw_loss(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {
        "logits": normal(rng, sizes.batch, sizes.steps, sizes.outputs, dtype=dtype, scale=2),
        "targets": labels(rng, sizes.outputs, sizes.batch, sizes.steps),
        "mask": ragged_mask(rng, sizes.batch, sizes.steps, dtype),
    }


def _large(rng: np.random.Generator) -> Arguments:
    arguments = _draw_loss(rng, Sizes(2, 4, 1, 1, 3), np.float64)
    logits, targets = 1e4 * arguments["logits"], arguments["targets"]
    # Sure and wrong at the first step, which counts in every sequence.
    targets[:, 0] = logits[:, 0].argmin(axis=-1)
    return {**arguments, "logits": logits}


def _full_mask(rng: np.random.Generator) -> Arguments:
    arguments = _draw_loss(rng, Sizes(3, 4, 1, 1, 5), np.float64)
    return {**arguments, "mask": np.ones((3, 4))}


sequence_loss = Contract(
    reference=rnn.sequence_loss,
    outputs=near("loss"),
    read="rnn-cell#eq-sequence-loss",
    parts=of_values(
        _draw_loss, Special("large logits", _large, forbid_overflow=True), Special("nothing masked", _full_mask)
    ),
)


@sequence_loss.misconception("The mask is ignored: padded steps count in your loss.")
def mask_ignored(logits, targets, mask):
    top = logits.max(axis=-1, keepdims=True)
    logp = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(logp, targets[..., None], axis=-1).mean()


@sequence_loss.misconception(
    "You divide by all B·T steps, padded ones included. Divide by the number of steps where mask is 1."
)
def divided_by_all_steps(logits, targets, mask):
    top = logits.max(axis=-1, keepdims=True)
    logp = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    return -(np.take_along_axis(logp, targets[..., None], axis=-1)[..., 0] * mask).mean()


@sequence_loss.misconception("The loss is a sum. Divide it by the number of steps where mask is 1.")
def sum_not_mean(logits, targets, mask):
    top = logits.max(axis=-1, keepdims=True)
    logp = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    return -(np.take_along_axis(logp, targets[..., None], axis=-1)[..., 0] * mask).sum()


@sequence_loss.misconception(
    "You average each sequence first and then over the batch, so that steps of short sequences weigh more. "
    "Average over all unmasked steps at once."
)
def mean_of_means(logits, targets, mask):
    top = logits.max(axis=-1, keepdims=True)
    logp = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    losses = -np.take_along_axis(logp, targets[..., None], axis=-1)[..., 0] * mask
    return (losses.sum(axis=1) / mask.sum(axis=1)).mean()


@sequence_loss.misconception(
    "You divide by the batch size alone, as if a sequence were one step. Divide by the number of unmasked steps."
)
def divided_by_batch(logits, targets, mask):
    top = logits.max(axis=-1, keepdims=True)
    logp = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    return -(np.take_along_axis(logp, targets[..., None], axis=-1)[..., 0] * mask).sum() / len(logits)


@sequence_loss.misconception(
    "exp overflows for large logits. Subtract the maximum over the classes first, as in cross_entropy."
)
def logits_not_shifted(logits, targets, mask):
    chosen = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    return ((np.log(np.exp(logits).sum(axis=-1)) - chosen) * mask).sum() / mask.sum()


@sequence_loss.misconception(
    "You take the logarithm of the softmax. Where a probability underflows to 0, that is −∞, even at a masked step: "
    "0 · ∞ is no number. Use the logarithm of the sum of exponentials instead, as in cross_entropy."
)
def logarithm_of_softmax(logits, targets, mask):
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    losses = -np.log(np.take_along_axis(p, targets[..., None], axis=-1)[..., 0])
    return (losses * mask).sum() / mask.sum()


@sequence_loss.misconception(
    "The sum of exponentials became its largest term. The loss of a step is the logarithm of the sum over the classes."
)
def maximum_for_sum(logits, targets, mask):
    chosen = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    return ((logits.max(axis=-1) - chosen) * mask).sum() / mask.sum()


@sequence_loss.misconception(
    "You multiply the logits by the mask. A padded step then counts with the loss of equal scores: mask the losses."
)
def logits_masked(logits, targets, mask):
    masked = logits * mask[..., None]
    chosen = np.take_along_axis(masked, targets[..., None], axis=-1)[..., 0]
    return (np.logaddexp.reduce(masked, axis=-1) - chosen).sum() / mask.sum()


@sequence_loss.misconception(
    "You shift the targets by one step once more. They are given as the class that each step has to predict."
)
def targets_shifted(logits, targets, mask):
    logits, targets, mask = logits[:, :-1], targets[:, 1:], mask[:, 1:]
    chosen = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    return ((np.logaddexp.reduce(logits, axis=-1) - chosen) * mask).sum() / max(mask.sum(), 1)


@sequence_loss.misconception("Your loss is that of the first sequence alone. Average over the steps of all sequences.")
def first_sequence_only(logits, targets, mask):
    chosen = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    losses = (np.logaddexp.reduce(logits, axis=-1) - chosen) * mask
    return losses[0].sum() / mask[0].sum()


@sequence_loss.misconception(
    "You subtract the maximum inside the array that you were given. Whoever called you still needs its logits."
)
def logits_overwritten(logits, targets, mask):
    logits -= logits.max(axis=-1, keepdims=True)
    chosen = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    return ((np.log(np.exp(logits).sum(axis=-1)) - chosen) * mask).sum() / mask.sum()


@sequence_loss.variant
def through_one_hot(logits, targets, mask):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return -np.einsum("btk,btk,bt->", np.eye(logits.shape[-1])[targets], logp, mask) / np.count_nonzero(mask)


@sequence_loss.variant
def selected_steps(logits, targets, mask):
    keep = mask.astype(bool)
    return cross_entropy(logits[keep], targets[keep])


@sequence_loss.variant
def weighted_average(logits, targets, mask):
    chosen = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    return np.average(np.logaddexp.reduce(logits, axis=-1) - chosen, weights=mask)


@sequence_loss.variant
def two_loops(logits, targets, mask):
    total = count = 0.0
    for k in range(logits.shape[0]):
        for t in range(logits.shape[1]):
            if mask[k, t]:
                total += np.logaddexp.reduce(logits[k, t]) - logits[k, t, targets[k, t]]
                count += 1
    return total / count


@sequence_loss.variant
def step_by_step(logits, targets, mask):
    total, batch = 0.0, np.arange(len(logits))
    for t in range(logits.shape[1]):
        losses = np.logaddexp.reduce(logits[:, t], axis=1) - logits[batch, t, targets[:, t]]
        total += losses @ mask[:, t]
    return total / mask.sum()


@sequence_loss.variant
def cut_to_length(logits, targets, mask):
    losses = []
    for scores, classes, length in zip(logits, targets, mask.sum(axis=1).astype(int), strict=True):
        scores, classes = scores[:length], classes[:length]
        losses.extend(np.logaddexp.reduce(scores - scores[np.arange(length), classes][:, None], axis=1))
    return sum(losses) / len(losses)


slips_of_the_small_number(
    sequence_loss,
    "logp = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))",
    "e = np.exp(shifted)\n    logp = np.log(e / e.sum(axis=-1, keepdims=True) + {small})",
)
