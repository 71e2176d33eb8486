"""Contracts of `readout` and `sequence_loss`.

unrolled-canary-6b9f03ad58c2
"""

import numpy as np

from solutions import rnn
from solutions.contracts.contract import Arguments, Contract, Sizes, Special
from solutions.contracts.drawing import labels, normal, ragged_mask
from solutions.numerics import cross_entropy


def _draw_readout(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {
        "Hs": np.tanh(normal(rng, sizes.batch, sizes.steps, sizes.hidden, dtype=dtype)),
        "Wy": normal(rng, sizes.hidden, sizes.outputs, dtype=dtype),
        "by": normal(rng, sizes.outputs, dtype=dtype) + dtype(2),
    }


readout = Contract(
    reference=rnn.readout,
    outputs=("logits",),
    read="rnn-cell#eq-readout",
    draw=_draw_readout,
    parts=("values", "edges"),
)


@readout.misconception("The bias by is missing.")
def output_bias_forgotten(Hs, Wy, by):
    return Hs @ Wy


@readout.misconception("Your output is the softmax of the logits. The loss wants the logits themselves.")
def softmax_applied(Hs, Wy, by):
    a = Hs @ Wy + by
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@readout.misconception("Your output has the last step only. The head is applied at every step: (B, T, K).")
def last_step_only(Hs, Wy, by):
    return Hs[:, -1] @ Wy + by


@readout.misconception("Your output went through a tanh. Logits are linear in the state: any real number.")
def tanh_applied(Hs, Wy, by):
    return np.tanh(Hs @ Wy + by)


@readout.misconception("You read the sum of the states over time. Each step is read by itself.")
def states_summed(Hs, Wy, by):
    return np.cumsum(Hs, axis=1) @ Wy + by


@readout.variant
def step_by_step(Hs, Wy, by):
    return np.stack([Hs[:, t] @ Wy + by for t in range(Hs.shape[1])], axis=1)


@readout.variant
def flattened(Hs, Wy, by):
    batch, steps, hidden = Hs.shape
    return (Hs.reshape(batch * steps, hidden) @ Wy + by).reshape(batch, steps, -1)


@readout.variant
def tensordot(Hs, Wy, by):
    return np.tensordot(Hs, Wy, axes=(2, 0)) + by


def _draw_loss(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {
        "logits": normal(rng, sizes.batch, sizes.steps, sizes.outputs, dtype=dtype, scale=2),
        "targets": labels(rng, sizes.outputs, sizes.batch, sizes.steps),
        "mask": ragged_mask(rng, sizes.batch, sizes.steps, dtype),
    }


def _large(rng: np.random.Generator) -> Arguments:
    arguments = _draw_loss(rng, Sizes(2, 4, 1, 1, 3), np.float64)
    return {**arguments, "logits": 1e4 * arguments["logits"]}


def _full_mask(rng: np.random.Generator) -> Arguments:
    arguments = _draw_loss(rng, Sizes(3, 4, 1, 1, 5), np.float64)
    return {**arguments, "mask": np.ones((3, 4))}


sequence_loss = Contract(
    reference=rnn.sequence_loss,
    outputs=("loss",),
    read="rnn-cell#eq-sequence-loss",
    draw=_draw_loss,
    parts=("values", "edges"),
    specials=(
        Special("large logits", _large, forbid_overflow=True),
        Special("nothing masked", _full_mask),
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
