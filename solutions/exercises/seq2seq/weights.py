"""Contract of `attend`: masked weights of states, and the mean by them.

unrolled-canary-83c04d23f77f
"""

import numpy as np

from solutions.judging import kit
from solutions.judging.families.logsumexp import logsumexp
from solutions.reference import seq2seq

READ = "seq2seq#eq-s2s-weights"
LARGE = 1e4


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return {
        "scores": kit.normal(rng, sizes.batch, sizes.steps, dtype=dtype, scale=1.5),
        "values": kit.normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype),
        "mask": kit.ragged_mask(rng, sizes.batch, sizes.steps, dtype),
    }


def _masked(rng: np.random.Generator, mask: list[list[int]]) -> kit.Arguments:
    sizes = kit.Sizes(batch=len(mask), steps=len(mask[0]), inputs=3, hidden=1, outputs=1)
    return _draw(rng, sizes, np.float64) | {"mask": np.array(mask, dtype=float)}


def _large(rng: np.random.Generator) -> kit.Arguments:
    drawn = _draw(rng, kit.Sizes(3, 5, 2, 1, 1), np.float64)
    return drawn | {"scores": LARGE * np.round(8 * drawn["scores"]) / 8}


def _loud_padding(rng: np.random.Generator) -> kit.Arguments:
    # The largest score is no real one, by so much that beside it no other counts.
    drawn = _masked(rng, [[1, 1, 1, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 1]])
    drawn["scores"][drawn["mask"] == 0] += LARGE
    return drawn


def _quiet(rng: np.random.Generator) -> kit.Arguments:
    # Who masks by a score of 0 gives the padding most of the weight.
    drawn = _masked(rng, [[1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1]])
    drawn["scores"] -= 60
    return drawn


def _padding_counts(function: kit.Function, rng: np.random.Generator) -> bool:
    scores, values, mask = _draw(rng, kit.Sizes(4, 6, 3, 1, 1), np.float64).values()
    context, weights = function(scores, values, mask)
    padding = mask == 0
    scores[padding] = 50 * rng.standard_normal(scores[padding].shape)
    values[padding] = 50 * rng.standard_normal(values[padding].shape)
    other, others = function(scores, values, mask)
    nothing_changed = np.allclose(context, other) and np.allclose(weights, others)
    return not (nothing_changed and np.all(others[padding] == 0) and np.allclose(others.sum(axis=1), 1))


attend = kit.Contract(
    reference=seq2seq.attend,
    outputs=kit.near("context", "weights"),
    read=READ,
    parts=kit.of_arrays(
        _draw,
        kit.Special("large scores", _large, forbid_overflow=True),
        kit.Special("the largest score is padding", _loud_padding, forbid_overflow=True),
        kit.Special("scores far below zero", _quiet),
        kit.Special("nothing masked", lambda rng: _masked(rng, [[1, 1, 1, 1]] * 3)),
        kit.Special("gaps in the mask", lambda rng: _masked(rng, [[1, 0, 1, 1, 0], [0, 1, 0, 1, 1], [0, 0, 0, 0, 1]])),
    ),
    rules=(
        kit.Rule(
            "padding-counts",
            "what stands in the padding changes nothing: its weights are exactly 0, and those of the real steps sum "
            "to 1.",
            _padding_counts,
            READ,
        ),
    ),
)


@attend.derivation(
    words={
        "scores": "the scores",
        "real": "the scores of the real steps",
        "e": "the exponentials",
        "weights": "the weights",
        "values": "the values",
        "mask": "the mask",
    },
    families=(logsumexp, *kit.ARRAYS),
)
def padding_at_minus_infinity(scores, values, mask):
    real = np.where(mask == 1, scores, -np.inf)
    e = np.exp(real - real.max(axis=1, keepdims=True))
    weights = e / e.sum(axis=1, keepdims=True)  #: eq-s2s-weights
    context = (weights[:, :, None] * values).sum(axis=1)  #: eq-s2s-context
    return context, weights


@attend.variant
def largest_real_score(scores, values, mask):
    top = np.max(scores * 1.0, axis=1, keepdims=True, where=mask > 0, initial=-np.inf)
    e = np.exp(np.minimum(scores - top, 0)) * mask
    weights = e / np.sum(e, axis=1)[:, None]
    return np.einsum("bt,btd->bd", weights, values), weights


@attend.variant
def sentence_by_sentence(scores, values, mask):
    context = np.zeros((len(scores), values.shape[2]))
    weights = np.zeros(scores.shape)
    for n in range(len(scores)):
        keep = mask[n].astype(bool)
        e = np.exp(scores[n, keep] - scores[n, keep].max())
        weights[n, keep] = e / e.sum()
        context[n] = weights[n] @ values[n]
    return context, weights


@attend.variant
def a_very_small_score(scores, values, mask):
    scores = np.where(mask == 0, -1e30, scores.astype(float))
    scores = scores - scores.max(axis=-1)[:, np.newaxis]
    weights = np.exp(scores) / np.exp(scores).sum(axis=-1)[:, np.newaxis]
    return (weights[:, None] @ values)[:, 0], weights


@attend.variant
def by_the_logarithm(scores, values, mask):
    log_mask = np.where(mask > 0.5, 0, -np.inf)
    log_sum = np.logaddexp.reduce(scores + log_mask, axis=1, keepdims=True)
    weights = np.exp(scores + log_mask - log_sum)
    return sum(weights[:, t, None] * values[:, t] for t in range(values.shape[1])), weights


@attend.variant
def step_by_step(scores, values, mask):
    B, T = scores.shape
    top = np.full(B, -np.inf)
    for t in range(T):
        top = np.where(mask[:, t] == 1, np.maximum(top, scores[:, t]), top)
    e = [np.where(mask[:, t] == 1, np.exp(np.minimum(scores[:, t] - top, 0)), 0) for t in range(T)]
    weights = np.stack([one / sum(e) for one in e], axis=1)
    return np.matmul(np.swapaxes(values, 1, 2), weights[..., None]).squeeze(-1), weights


attend.mistakes(
    """
    mask-ignored: The mask is ignored: the padding gets weight. Give it a score of −inf before the softmax.
        np.where(mask == 1, scores, -np.inf) → 1.0 * scores
    mask-turned-round: The mask is turned round: 1 stands at a real step, 0 at the padding.
        mask == 1 → mask == 0
    masked-behind-the-softmax: You mask the weights behind the softmax: they no longer sum to 1. Mask before it, or
      divide once more.
        np.where(mask == 1, scores, -np.inf) → 1.0 * scores
        weights = e / e.sum(axis=1, keepdims=True) → weights = e / e.sum(axis=1, keepdims=True) * mask
    padding-scored-zero: The padding gets a score of 0, as if you multiplied the scores by the mask. exp(0) is 1, no
      weight of 0: its score is −inf.
        np.where(mask == 1, scores, -np.inf) → np.where(mask == 1, scores, 0.0)
    largest-of-the-padding: You take the largest score out, that of the padding among them: where it is much larger, all
      exponentials of real steps are 0. Take the largest real score.
        real = np.where(mask == 1, scores, -np.inf) → real = 1.0 * scores
        e = np.exp(real - real.max(axis=1, keepdims=True)) → e = np.exp(real - real.max(axis=1, keepdims=True)) * mask
    naive-softmax: The exponential overflows where scores are large. Take each sentence's largest real score from its
      scores first.
        np.exp(real - real.max(axis=1, keepdims=True)) → np.exp(real)
    largest-of-the-batch: You take the largest score of the whole batch out. Beside another sentence's, those of one may
      all vanish: take each sentence's own.
        real.max(axis=1, keepdims=True) → real.max()
    softmax-over-the-batch: The softmax goes over the batch. It goes over the steps of each sentence, axis 1.
        real.max(axis=1, keepdims=True) → real.max(axis=0, keepdims=True)
        e.sum(axis=1, keepdims=True) → e.sum(axis=0, keepdims=True)
    divided-by-all: You divide by the sum over the whole batch. Each sentence's weights sum to 1.
        e.sum(axis=1, keepdims=True) → e.sum()
    mean-for-sum: The context is divided by the number of steps once more. The weights sum to 1 already.
        (weights[:, :, None] * values).sum(axis=1) → (weights[:, :, None] * values).mean(axis=1)
    plain-mean: The context is the plain mean of the real steps. It is the mean by the weights.
        (weights[:, :, None] * values) → ((mask / mask.sum(axis=1, keepdims=True))[:, :, None] * values)
    best-alone: The context is the value with the largest weight alone. All take part, each by its weight.
        (weights[:, :, None] * values).sum(axis=1) → values[np.arange(len(values)), weights.argmax(axis=1)]
    unscaled: You return the exponentials. Divide each sentence's by their sum.
        weights = e / e.sum(axis=1, keepdims=True) → weights = 1.0 * e
    scores-as-weights: The scores are the weights of your context. Take the softmax of them.
        (weights[:, :, None] * values).sum(axis=1) → ((scores * mask)[:, :, None] * values).sum(axis=1)
    a-small-number-below: Something is added to the sum below. The weights then do not sum to 1.
        e.sum(axis=1, keepdims=True) → (e.sum(axis=1, keepdims=True) + 0.01)
    """
)
