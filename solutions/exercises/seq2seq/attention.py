"""Contract of `attention_forward`: multiplicative scores, then weights and context.

unrolled-canary-62e67ade0eb8
"""

import numpy as np

from solutions.exercises.seq2seq.weights import attend as of_weights
from solutions.exercises.seq2seq.weights import padding_at_minus_infinity as attend
from solutions.judging import kit
from solutions.reference import seq2seq

READ = "seq2seq#eq-s2s-multiplicative"
WORDS = {
    "q": "the query",
    "Hs": "the states",
    "W": "the kernel",
    "projected": "the query in the states' space",
    "scores": "the scores",
    "weights": "the weights",
    "context": "the context",
    "mask": "the mask",
}


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """q, Hs, W and mask."""
    return {
        "q": kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        "Hs": kit.normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype),
        "W": kit.normal(rng, sizes.hidden, sizes.inputs, dtype=dtype, scale=(sizes.hidden * sizes.inputs) ** -0.25),
        "mask": kit.ragged_mask(rng, sizes.batch, sizes.steps, dtype),
    }


def _large(rng: np.random.Generator) -> kit.Arguments:
    drawn = draw(rng, kit.SMALL, np.float64)
    return {name: one if name == "mask" else 32 * np.round(one * 8) / 8 for name, one in drawn.items()}


def _loud_padding(rng: np.random.Generator) -> kit.Arguments:
    # The padding fits the query better than any real state, by far.
    drawn = draw(rng, kit.Sizes(3, 5, 3, 4, 2), np.float64)
    drawn["mask"] = np.array([[1, 1, 1, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 1]], dtype=float)
    padding = drawn["mask"] == 0
    fitting = np.broadcast_to((drawn["q"] @ drawn["W"])[:, None], drawn["Hs"].shape)
    drawn["Hs"][padding] = 1000 * fitting[padding]
    return drawn


attention_forward = kit.Contract(
    reference=seq2seq.attention_forward,
    outputs=(*kit.near("context", "weights"), kit.opaque()),
    read=READ,
    parts=kit.of_arrays(
        draw,
        kit.Special("large scores", _large, forbid_overflow=True),
        kit.Special("the padding fits best", _loud_padding),
        kit.with_zero(draw, "Hs"),
    ),
)


@attention_forward.derivation(words=WORDS)
def projected_query(q, Hs, W, mask):
    projected = q @ W  #: eq-s2s-multiplicative
    scores = (projected[:, None] * Hs).sum(axis=2)  #: eq-s2s-multiplicative
    context, weights = attend(scores, Hs, mask)
    return context, weights, (q, Hs, W, weights)


@attention_forward.variant
def projected_states(q, Hs, W, mask):
    scores = np.einsum("bh,bth->bt", q, Hs @ W.T)
    context, weights = attend(scores, Hs, mask)
    return context, weights, {"q": q, "Hs": Hs, "W": W, "weights": weights}


@attention_forward.variant
def as_products_of_matrices(q, Hs, W, mask):
    scores = (Hs @ (q @ W)[:, :, None])[:, :, 0]
    context, weights = attend(scores, Hs, mask)
    return context, weights, (weights, Hs, q, W)


@attention_forward.variant
def state_by_state(q, Hs, W, mask):
    scores = np.stack([np.sum((q @ W) * Hs[:, s], axis=1) for s in range(Hs.shape[1])], axis=1)
    return (*attend(scores, Hs, mask), None)


@attention_forward.variant
def one_by_one(q, Hs, W, mask):
    scores = np.zeros(mask.shape)
    for n in range(len(q)):
        for s in range(Hs.shape[1]):
            scores[n, s] = q[n] @ W @ Hs[n, s]
    context, weights = attend(scores, Hs, mask)
    return context, weights, [q, Hs, W, mask, scores, context, weights]


attention_forward.inherit(of_weights)
attention_forward.mistakes(
    """
    divided-by-a-root: The scores are divided by a square root, as in a transformer. Here they are not.
        (projected[:, None] * Hs).sum(axis=2) → (projected[:, None] * Hs).sum(axis=2) / np.sqrt(Hs.shape[2])
    kernel-turned-round: W stands the other way round: it leads from the query to the states, q W hᵀ.
        q @ W → q @ W.T
    without-the-kernel: W is missing: query and state are compared as they are.
        projected = q @ W → projected = 1 * q
    tanh-around-the-score: There is a tanh in your scores. That is the additive way; here they are plain products.
        (projected[:, None] * Hs).sum(axis=2) → np.tanh((projected[:, None] * Hs).sum(axis=2))
    tanh-of-the-query: There is a tanh around q W. That is the additive way; here it is a plain product.
        projected = q @ W → projected = np.tanh(q @ W)
    added: Query and state are added, as in additive_scores. Here they are multiplied.
        (projected[:, None] * Hs).sum(axis=2) → (projected[:, None] + Hs).sum(axis=2)
    context-of-projected-states: The context is a mean of states times a kernel. It is that of the states as they are.
        context, weights = attend(scores, Hs, mask) → context, weights = attend(scores, Hs * projected[:, None], mask)
    mask-ignored: The mask is ignored: the padding gets weight. Hand it on to attend.
        attend(scores, Hs, mask) → attend(scores, Hs, np.ones(mask.shape))
    scores-masked-to-zero: You multiply the scores by the mask. A score of 0 has weight: attend takes the mask.
        attend(scores, Hs, mask) → attend(scores * mask, Hs, np.ones(mask.shape))
    states-masked: You multiply the states by the mask. A score of 0 has weight: attend takes the mask.
        attend(scores, Hs, mask) → attend(scores * mask, Hs * mask[:, :, None], np.ones(mask.shape))
    scores-for-weights: You return the scores for the weights.
        return context, weights, → return context, scores,
    """
)
