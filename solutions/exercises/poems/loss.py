"""Contract of `poem_loss`, the mean over poems of each one's mean loss, with its gradient.

unrolled-canary-e686f7e436b6
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import poems

READ = "poems#eq-poem-loss"
GRADIENT = "poems#eq-poem-loss-gradient"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    lengths = kit.ragged_mask(rng, sizes.batch, sizes.steps, float).sum(axis=1).astype(int)
    return _of_lengths(rng, lengths, sizes.steps, sizes.outputs, dtype)


def _of_lengths(
    rng: np.random.Generator, lengths: np.ndarray, steps: int, tokens: int, dtype: type = np.float64
) -> kit.Arguments:
    targets = kit.labels(rng, tokens, len(lengths), steps)
    return {
        "logits": kit.normal(rng, len(lengths), steps, tokens, dtype=dtype, scale=2),
        # In the padding stands 0. It may be the target of a real step, too: what is real, the lengths say.
        "targets": np.where(np.arange(steps) < lengths[:, None], targets, 0),
        "lengths": lengths,
    }


def _large(rng: np.random.Generator) -> kit.Arguments:
    logits, targets, lengths = _draw(rng, kit.Sizes(2, 4, 1, 1, 3), np.float64).values()
    # Sure and wrong at the first token.
    targets[:, 0] = logits[:, 0].argmin(axis=-1)
    return {"logits": 1e4 * logits, "targets": targets, "lengths": lengths}


def _not_alike(function: kit.Function, rng: np.random.Generator) -> bool:
    # The loss of a batch is the mean of those of its poems, each by itself and without its padding.
    logits, targets, lengths = _of_lengths(rng, rng.permutation([1, 3, 6, 6]), 6, 5).values()
    loss, dlogits = function(logits, targets, lengths)
    alone = []
    for n, steps in enumerate(lengths):
        one, gradient = function(
            logits[n : n + 1, :steps].copy(), targets[n : n + 1, :steps].copy(), lengths[n : n + 1]
        )
        alone.append(one)
        if not np.allclose(dlogits[n, :steps], np.asarray(gradient)[0] / len(lengths)):
            return True
    return not (np.isclose(loss, np.mean(alone)) and loss > 0 and np.any(dlogits))


poem_loss = kit.Contract(
    reference=poems.poem_loss,
    outputs=kit.near("loss", "dlogits"),
    read=READ,
    parts=kit.of_arrays(
        _draw,
        kit.Special("large logits", _large, forbid_overflow=True),
        kit.Special("no padding", lambda rng: _of_lengths(rng, np.array([4, 4, 4]), 4, 5)),
        kit.Special("one long poem, three short ones", lambda rng: _of_lengths(rng, np.array([1, 7, 1, 2]), 7, 4)),
        kit.Special("padding behind every poem", lambda rng: _of_lengths(rng, np.array([2, 3, 1]), 5, 4)),
    ),
    rules=(
        kit.Rule(
            "poems-not-alike",
            "the loss of a batch is the mean of the losses of its poems, each alone and without its padding.",
            _not_alike,
            READ,
        ),
    ),
)


@poem_loss.derivation(
    words={
        "shifted": "the scores without their maximum",
        "log_p": "the log-probabilities",
        "right": "the targets, one-hot",
        "losses": "the losses of the steps",
        "real": "what is no padding",
        "share": "each step's share in the mean",
        "logits": "the scores",
        "lengths": "the lengths",
    }
)
def shares_of_the_mean(logits, targets, lengths):
    B, T, V = logits.shape
    shifted = logits - logits.max(axis=-1, keepdims=True)
    #: rnn-cell#eq-loss-log-sum-exp: the score + the log-sum-exp
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    right = np.eye(V)[targets]
    losses = -(log_p * right).sum(axis=-1)
    real = np.arange(T) < lengths[:, None]
    share = real / lengths[:, None] / B  #: eq-poem-loss
    loss = (losses * share).sum()  #: eq-poem-loss
    #: eq-poem-loss-gradient: the probabilities + the targets, one-hot
    dlogits = (np.exp(log_p) - right) * share[..., None]
    return loss, dlogits


@poem_loss.variant
def poem_by_poem(logits, targets, lengths):
    B = len(logits)
    loss, dlogits = 0.0, np.zeros(logits.shape)
    for n, steps in enumerate(lengths):
        own, t = logits[n, :steps], np.arange(steps)
        log_p = own - np.logaddexp.reduce(own, axis=1, keepdims=True)
        loss -= log_p[t, targets[n, :steps]].mean() / B
        gradient = np.exp(log_p)
        gradient[t, targets[n, :steps]] -= 1
        dlogits[n, :steps] = gradient / steps / B
    return loss, dlogits


@poem_loss.variant
def step_by_step(logits, targets, lengths):
    loss, dlogits = 0.0, np.zeros(logits.shape)
    for n in range(len(logits)):
        for t in range(lengths[n]):
            log_Z = np.logaddexp.reduce(logits[n, t])
            loss += (log_Z - logits[n, t, targets[n, t]]) / lengths[n]
            dlogits[n, t] = np.exp(logits[n, t] - log_Z) / lengths[n]
            dlogits[n, t, targets[n, t]] -= 1 / lengths[n]
    return loss / len(logits), dlogits / len(logits)


@poem_loss.variant
def along_the_axis(logits, targets, lengths):
    places = np.expand_dims(targets, -1)
    log_Z = np.logaddexp.reduce(logits, axis=2, keepdims=True)
    losses = (log_Z - np.take_along_axis(logits, places, axis=-1))[..., 0]
    mask = (np.arange(logits.shape[1])[None] < np.reshape(lengths, (-1, 1))).astype(float)
    dlogits = np.exp(logits - log_Z)
    np.put_along_axis(dlogits, places, np.take_along_axis(dlogits, places, axis=-1) - 1, axis=-1)
    return np.mean((losses * mask).sum(axis=1) / lengths), dlogits * (mask / mask.sum(axis=1, keepdims=True))[
        :, :, np.newaxis
    ] / len(mask)


@poem_loss.variant
def in_rows(logits, targets, lengths):
    B, T, V = logits.shape
    real = np.concatenate([np.arange(T) < length for length in lengths])
    weights = real / np.repeat(lengths, T)
    flat = logits.reshape(B * T, V) - logits.reshape(B * T, V).max(axis=1)[:, None]
    e = np.exp(flat)
    total = e.sum(axis=1)
    loss = np.sum(weights * (np.log(total) - flat[range(B * T), targets.ravel()])) / B
    right = targets.reshape(-1, 1) == np.arange(V)
    return loss, (weights[:, None] * (e / total[:, None] - right) / B).reshape(B, T, V)


@poem_loss.variant
def padding_set_to_zero(logits, targets, lengths):
    p = np.exp(logits - np.max(logits, axis=2)[..., None])
    total = np.sum(p, axis=2)
    own = np.take_along_axis(logits, targets[..., None], axis=2)[..., 0]
    losses = np.log(total) + np.max(logits, axis=2) - own
    dlogits = p / total[..., None] - (targets[..., None] == np.arange(p.shape[2]))
    for n in range(len(lengths)):
        losses[n, lengths[n] :] = 0
        dlogits[n, lengths[n] :] = 0
        losses[n] /= lengths[n] * len(lengths)
        dlogits[n] /= lengths[n] * len(lengths)
    return losses.sum(), dlogits


SHARE = "share = real / lengths[:, None] / B"
poem_loss.mistakes(
    f"""
    mean-over-tokens: You average all tokens of the batch at once: long poems count more than short ones. Here each poem
      counts the same.
        {SHARE} → share = real / real.sum()
    padding-counts: The lengths are not used: the padding counts in your loss.
        {SHARE} → share = np.ones((B, T)) / (B * T)
    divided-by-the-longest: You divide each poem's sum by T. Divide it by its own length.
        {SHARE} → share = real / T / B
    not-divided-by-the-lengths: Each poem's loss is a sum. Divide it by the poem's length.
        {SHARE} → share = real / B
    not-divided-by-the-poems: The losses of the poems are added up. Take their mean: divide by B.
        {SHARE} → share = real / lengths[:, None]
    not-divided: The loss is a sum over all tokens. Divide each poem's by its length, and all by B.
        {SHARE} → share = 1.0 * real
    padding-counts-in-the-mean: The padding counts in each poem's sum, which you divide by its length. It counts
      nothing.
        {SHARE} → share = np.ones((B, T)) / lengths[:, None] / B
    multiplied-by-the-lengths: You weight each poem by its length: long ones count more. Divide by it instead.
        {SHARE} → share = real * lengths[:, None] / B
    targets-of-0-left-out: You leave out the steps whose target is 0. What is padding the lengths say.
        real = np.arange(T) < lengths[:, None] → real = targets > 0
    one-step-too-many: One step of the padding counts in each poem: steps are numbered from 0.
        np.arange(T) < lengths[:, None] → np.arange(T) <= lengths[:, None]
    last-step-left-out: The last real step of each poem is left out: the one at which it learns to end.
        np.arange(T) < lengths[:, None] → np.arange(T) < lengths[:, None] - 1
    padding-in-the-loss: The padding counts in your loss, and not in the gradient. Leave it out of both.
        loss = (losses * share).sum() → loss = losses.mean()
    gradient-not-masked: Something flows back into the padding. The gradient is 0 there. [{GRADIENT}]
        right) * share[..., None] → right) / lengths[:, None, None] / B
    gradient-not-divided: The gradient is divided neither by the lengths nor by B, as the loss is. [{GRADIENT}]
        right) * share[..., None] → right) * real[..., None]
    gradient-not-divided-by-the-poems: The gradient is not divided by the number of poems, as the loss is. [{GRADIENT}]
        right) * share[..., None] → right) * share[..., None] * B
    gradient-not-divided-by-the-lengths: The gradient is not divided by the lengths, as the loss is. [{GRADIENT}]
        right) * share[..., None] → right) * real[..., None] / B
    gradient-mean-over-tokens: The gradient is that of a mean over all tokens, the loss that of a mean over poems.
      [{GRADIENT}]
        right) * share[..., None] → right) * real[..., None] / real.sum()
    gradient-of-log-p: Your gradient has the wrong sign: it is that of log p. The loss is −log p: p minus the target's
      1.
      [{GRADIENT}]
        np.exp(log_p) - right → right - np.exp(log_p)
    log-p-for-p: In the gradient stand log-probabilities. It takes the probabilities. [{GRADIENT}]
        np.exp(log_p) - right → log_p - right
    at-the-target-alone: In the gradient only the target's place is filled. All tokens have a part: p, less 1 at the
      target. [{GRADIENT}]
        (np.exp(log_p) - right) * share → (np.exp(log_p) - right) * right * share
    logits-for-probabilities: You take the scores for probabilities. They are scores: a softmax makes probabilities of
      them. [rnn-cell#eq-loss-log-sum-exp]
        np.log(np.exp(shifted).sum(axis=-1, keepdims=True)) → 0
    softmax-twice: You take the softmax of a softmax. The net gives scores; one softmax makes probabilities of them.
        shifted = logits → logits = np.exp(logits - np.logaddexp.reduce(logits, axis=-1)[..., None]); shifted = logits
    naive-softmax: The exponential overflows where scores are large. Take each step's maximum from its scores first.
        logits - logits.max(axis=-1, keepdims=True) → 1.0 * logits
    """
)
