"""Contract of `additive_scores`: how well each state fits what a decoder asks, by a small layer.

unrolled-canary-de8b581e8e9c
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import seq2seq

READ = "seq2seq#eq-s2s-additive"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    K = sizes.outputs
    return {
        "q": kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        "Hs": kit.normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype),
        "W": kit.normal(rng, sizes.hidden, K, dtype=dtype, scale=sizes.hidden**-0.5),
        "U": kit.normal(rng, sizes.inputs, K, dtype=dtype, scale=sizes.inputs**-0.5),
        "v": kit.normal(rng, K, dtype=dtype),
    }


additive_scores = kit.Contract(
    reference=seq2seq.additive_scores,
    outputs=kit.near("scores"),
    read=READ,
    parts=kit.of_arrays(_draw, kit.with_zero(_draw, "Hs"), kit.saturated(_draw)),
)


@additive_scores.derivation(
    words={
        "q": "the query",
        "Hs": "the states",
        "W": "the query's kernel",
        "U": "the states' kernel",
        "v": "the weights of the units",
        "a": "the sums",
        "asked": "the query's term",
        "found": "the states' term",
        "scores": "the scores",
    },
)
def query_beside_each_state(q, Hs, W, U, v):
    asked = q @ W  #: eq-s2s-additive
    found = Hs @ U  #: eq-s2s-additive
    a = asked[:, None] + found  #: eq-s2s-additive: the query's term q W + the states' term Hs U
    scores = np.tanh(a) @ v  #: eq-s2s-additive
    return scores


@additive_scores.variant
def state_by_state(q, Hs, W, U, v):
    asked = q @ W
    return np.stack([np.tanh(asked + Hs[:, s] @ U) @ v for s in range(Hs.shape[1])], axis=1)


@additive_scores.variant
def side_by_side(q, Hs, W, U, v):
    repeated = np.repeat(q[:, None], Hs.shape[1], axis=1)
    both = np.concatenate([repeated, Hs], axis=2)
    return (np.tanh(both @ np.concatenate([W, U])) * v).sum(axis=2)


@additive_scores.variant
def by_einsum(q, Hs, W, U, v):
    units = np.tanh(np.einsum("bh,hk->bk", q, W)[:, np.newaxis, :] + np.einsum("btd,dk->btk", Hs, U))
    return np.einsum("btk,k->bt", units, v)


@additive_scores.variant
def one_by_one(q, Hs, W, U, v):
    scores = np.zeros(Hs.shape[:2])
    for n in range(Hs.shape[0]):
        for s in range(Hs.shape[1]):
            scores[n, s] = v @ np.tanh(W.T @ q[n] + U.T @ Hs[n, s])
    return scores


@additive_scores.variant
def flattened(q, Hs, W, U, v):
    B, T, D = Hs.shape
    a = (Hs.reshape(B * T, D) @ U).reshape(B, T, -1) + (q @ W).reshape(B, 1, -1)
    return (np.tanh(a).reshape(B * T, -1) @ v.reshape(-1, 1)).reshape(B, T)


additive_scores.mistakes(
    """
    without-the-query: The query is missing: every decoder step would look at the same states. Add q W.
        asked[:, None] + found → 1 * found
    without-the-states: The states are missing: all scores of a sentence are equal. Add Hs U.
        asked[:, None] + found → asked[:, None] + 0 * found
    multiplied: Query and states are multiplied. Here they are added, inside the tanh.
        asked[:, None] + found → asked[:, None] * found
    without-the-tanh: The tanh is missing. Without it the query adds the same to each score of a sentence.
        np.tanh(a) @ v → a @ v
    tanh-around-the-score: The tanh stands around the score. It is taken of the sums, before v.
        np.tanh(a) @ v → np.tanh(a @ v)
    tanh-of-each-term: Each term has a tanh of its own. It is taken of their sum.
        asked[:, None] + found → np.tanh(asked)[:, None] + np.tanh(found)
        np.tanh(a) @ v → a @ v
    units-added-up: The units are added up without their weights v.
        np.tanh(a) @ v → np.tanh(a).sum(axis=2)
    softmax-at-once: You return weights. The scores themselves are asked for, without a softmax.
        return scores → e = np.exp(scores - scores.max(axis=1, keepdims=True)); return e / e.sum(axis=1, keepdims=True)
    divided-by-a-root: The scores are divided by a square root. Additive scores are not.
        return scores → return scores / np.sqrt(len(v))
    queries-of-the-batch-mixed: Each state meets the queries of the whole batch. It meets that of its own sentence.
        asked[:, None] + found → asked.mean(axis=0) + found
    """
)
