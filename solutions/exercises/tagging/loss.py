"""Contract of `masked_token_loss`, the mean loss of the words that count, with its gradient.

unrolled-canary-50b8e7d92f1a
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import tagging

READ = "tagging#eq-tag-loss"
GRADIENT = "tagging#eq-tag-loss-gradient"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return {
        "logits": kit.normal(rng, sizes.batch, sizes.steps, sizes.outputs, dtype=dtype, scale=2),
        "tags": kit.labels(rng, sizes.outputs, sizes.batch, sizes.steps),
        "mask": kit.ragged_mask(rng, sizes.batch, sizes.steps, dtype),
    }


def _large(rng: np.random.Generator) -> kit.Arguments:
    logits, tags, mask = _draw(rng, kit.Sizes(2, 4, 1, 1, 3), np.float64).values()
    # Sure and wrong at the first word, which counts in every sentence.
    tags[:, 0] = logits[:, 0].argmin(axis=-1)
    return {"logits": 1e4 * logits, "tags": tags, "mask": mask}


def _masked(rng: np.random.Generator, mask: list[list[int]]) -> kit.Arguments:
    sizes = kit.Sizes(batch=len(mask), steps=len(mask[0]), inputs=1, hidden=1, outputs=4)
    return _draw(rng, sizes, np.float64) | {"mask": np.array(mask, dtype=float)}


def _padding_counts(function: kit.Function, rng: np.random.Generator) -> bool:
    # Whatever the scores and the tags of the padding are, nothing changes, and nothing flows back into it.
    logits, tags, mask = _draw(rng, kit.Sizes(4, 6, 1, 1, 5), np.float64).values()
    loss, dlogits = function(logits, tags, mask)
    padding = mask == 0
    logits[padding] = 50 * rng.standard_normal(logits[padding].shape)
    tags[padding] = rng.integers(0, 5, tags[padding].shape)
    other, dother = function(logits, tags, mask)
    nothing_changed = np.isclose(loss, other) and np.allclose(dlogits, dother)
    return not (nothing_changed and np.all(dother[padding] == 0) and loss > 0 and np.any(dlogits))


masked_token_loss = kit.Contract(
    reference=tagging.masked_token_loss,
    outputs=kit.near("loss", "dlogits"),
    read=READ,
    parts=kit.of_arrays(
        _draw,
        kit.Special("large logits", _large, forbid_overflow=True),
        kit.Special("nothing masked", lambda rng: _masked(rng, [[1, 1, 1, 1]] * 3)),
        kit.Special("gaps in the mask", lambda rng: _masked(rng, [[1, 0, 1, 1, 0], [0, 1, 0, 1, 1], [1, 0, 0, 0, 1]])),
        kit.Special("a sentence masked as a whole", lambda rng: _masked(rng, [[1, 1, 0], [0, 0, 0], [1, 1, 1]])),
    ),
    rules=(
        kit.Rule(
            "padding-counts",
            "what stands in the padding changes neither the loss nor the gradient, which is 0 there.",
            _padding_counts,
            READ,
        ),
    ),
)


@masked_token_loss.derivation(
    words={
        "shifted": "the scores without their maximum",
        "log_p": "the log-probabilities",
        "right": "the right tags, one-hot",
        "losses": "the losses of the words",
        "share": "each word's share in the mean",
        "logits": "the scores",
        "mask": "the mask",
    }
)
def shares_of_the_mean(logits, tags, mask):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    #: rnn-cell#eq-loss-log-sum-exp: the score + the log-sum-exp
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    right = np.eye(logits.shape[-1])[tags]
    losses = -(log_p * right).sum(axis=-1)
    share = mask / mask.sum()  #: eq-tag-loss
    loss = (losses * share).sum()  #: eq-tag-loss
    #: eq-tag-loss-gradient: the probabilities + the right tags, one-hot
    dlogits = (np.exp(log_p) - right) * share[..., None]
    return loss, dlogits


@masked_token_loss.variant
def selected_words(logits, tags, mask):
    keep = mask > 0
    scores, right = logits[keep] - logits[keep].max(axis=1, keepdims=True), tags[keep]
    p = np.exp(scores)
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(right))
    loss = -np.mean(scores[rows, right] - np.log(np.exp(scores).sum(axis=1)))
    p[rows, right] -= 1
    dlogits = np.zeros(logits.shape)
    dlogits[keep] = p / len(right)
    return loss, dlogits


@masked_token_loss.variant
def word_by_word(logits, tags, mask):
    loss, dlogits = 0.0, np.zeros(logits.shape)
    for n in range(len(logits)):
        for t in range(logits.shape[1]):
            if mask[n, t]:
                log_Z = np.logaddexp.reduce(logits[n, t])
                loss += log_Z - logits[n, t, tags[n, t]]
                dlogits[n, t] = np.exp(logits[n, t] - log_Z)
                dlogits[n, t, tags[n, t]] -= 1
    return loss / mask.sum(), dlogits / mask.sum()


@masked_token_loss.variant
def along_the_axis(logits, tags, mask):
    places = np.expand_dims(tags, -1)
    log_Z = np.logaddexp.reduce(logits, axis=2, keepdims=True)
    losses = (log_Z - np.take_along_axis(logits, places, axis=-1))[..., 0]
    dlogits = np.exp(logits - log_Z)
    np.put_along_axis(dlogits, places, np.take_along_axis(dlogits, places, axis=-1) - 1, axis=-1)
    return np.average(losses, weights=mask), dlogits * (mask / np.sum(mask))[:, :, np.newaxis]


@masked_token_loss.variant
def in_rows(logits, tags, mask):
    B, T, K = logits.shape
    flat, real = logits.reshape(B * T, K), mask.reshape(-1)
    e = np.exp(flat - flat.max(axis=1)[:, None])
    total = e.sum(axis=1)
    own = flat[range(B * T), tags.ravel()] - flat.max(axis=1)
    loss = np.sum(real * (np.log(total) - own)) / real.sum()
    right = tags.reshape(-1, 1) == np.arange(K)
    return loss, (real[:, None] * (e / total[:, None] - right) / real.sum()).reshape(B, T, K)


masked_token_loss.mistakes(
    """
    mask-ignored: The mask is ignored: padded words count in your loss.
        share = mask / mask.sum() → share = np.ones(mask.shape) / mask.size
    divided-by-all-words: You divide by all B·T places. Divide by the words where mask is 1.
        mask / mask.sum() → mask / mask.size
    divided-by-the-sentences: You divide by the number of sentences. Divide by the words where mask is 1.
        mask / mask.sum() → mask / len(mask)
    mean-of-sentences: You average each sentence first: words of short ones weigh more. Average all words at once.
        mask / mask.sum() → mask / np.maximum(mask.sum(axis=1, keepdims=True), 1) / np.any(mask, axis=1).sum()
    not-divided: The loss is a sum, and so is its gradient. Divide both by the number of words where mask is 1.
        mask / mask.sum() → 1 * mask
    padding-in-the-loss: The padding counts in your loss, and not in the gradient. Mask both.
        loss = (losses * share).sum() → loss = losses.mean()
    gradient-not-masked: Something flows back into the padding. The gradient is 0 there. [tagging#eq-tag-loss-gradient]
        (np.exp(log_p) - right) * share[..., None] → (np.exp(log_p) - right) / mask.sum()
    gradient-not-divided: The gradient is not divided by the number of words, as the loss is.
      [tagging#eq-tag-loss-gradient]
        (np.exp(log_p) - right) * share[..., None] → (np.exp(log_p) - right) * mask[..., None]
    gradient-of-log-p: Your gradient has the wrong sign: it is that of log p. The loss is −log p: p minus the right
      tag's 1. [tagging#eq-tag-loss-gradient]
        np.exp(log_p) - right → right - np.exp(log_p)
    log-p-for-p: In the gradient stand log-probabilities. It takes the probabilities. [tagging#eq-tag-loss-gradient]
        np.exp(log_p) - right → log_p - right
    at-the-right-tag-alone: In the gradient only the right tag's place is filled. All tags have a part: p, less 1 at the
      right one. [tagging#eq-tag-loss-gradient]
        (np.exp(log_p) - right) * share → (np.exp(log_p) - right) * right * share
    logits-masked: You multiply the logits by the mask. A padded word then counts with the loss of equal scores: mask
      the losses.
        shifted = logits → logits = logits * mask[..., None]; shifted = logits
        share = mask / mask.sum() → share = np.ones(mask.shape) / mask.sum()
    naive-softmax: The exponential overflows where scores are large. Take each word's maximum from its scores first.
        logits - logits.max(axis=-1, keepdims=True) → 1.0 * logits
    """
)
