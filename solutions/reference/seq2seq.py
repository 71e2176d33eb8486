"""From one sequence to another: batches, attention and its gradient, edit distance, beam search (chapter of its name).

A source has T steps, and its encoder's states Hs (B, T, D); q (B, H) is what a decoder asks with at one step.

unrolled-canary-6e1f40b79d2c
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.numerics import Array

AttentionCache = tuple[Array, Array, Array, Array]  # q, Hs, W, weights


def teacher_batch(
    sentences: Sequence[Sequence[int]], bos: int, eos: int, pad: int
) -> tuple[Int[Array, "B T"], Int[Array, "B T"], Int[Array, "B T"]]:
    """Inputs, targets and mask of a decoder that reads the right tokens (eq-s2s-teacher); T is the longest plus 1."""
    longest = 1 + max(map(len, sentences))
    padding = [[pad] * (longest - 1 - len(one)) for one in sentences]
    inputs = [[bos, *one, *behind] for one, behind in zip(sentences, padding, strict=True)]
    targets = [[*one, eos, *behind] for one, behind in zip(sentences, padding, strict=True)]
    mask = [[1] * (len(one) + 1) + [0] * len(behind) for one, behind in zip(sentences, padding, strict=True)]
    return np.array(inputs), np.array(targets), np.array(mask)


def attend(
    scores: Float[Array, "B T"], values: Float[Array, "B T D"], mask: Float[Array, "B T"]
) -> tuple[Float[Array, "B D"], Float[Array, "B T"]]:
    """The mean of values by a softmax over the real steps (eq-s2s-context), and its weights (eq-s2s-weights)."""
    real = np.where(mask == 1, scores, -np.inf)
    exponentials = np.exp(real - real.max(axis=1, keepdims=True))
    weights = exponentials / exponentials.sum(axis=1, keepdims=True)
    return np.einsum("bt,btd->bd", weights, values), weights


def additive_scores(
    q: Float[Array, "B H"],
    Hs: Float[Array, "B T D"],
    W: Float[Array, "H K"],
    U: Float[Array, "D K"],
    v: Float[Array, "K"],
) -> Float[Array, "B T"]:
    """Scores of the states by a layer of K units (eq-s2s-additive)."""
    return np.tanh((q @ W)[:, None] + Hs @ U) @ v


def attention_forward(
    q: Float[Array, "B H"], Hs: Float[Array, "B T D"], W: Float[Array, "H D"], mask: Float[Array, "B T"]
) -> tuple[Float[Array, "B D"], Float[Array, "B T"], AttentionCache]:
    """Context and weights of multiplicative attention (eq-s2s-multiplicative)."""
    scores = np.einsum("bh,hd,btd->bt", q, W, Hs)
    context, weights = attend(scores, Hs, mask)
    return context, weights, (q, Hs, W, weights)


def attention_backward(
    dcontext: Float[Array, "B D"], cache: AttentionCache
) -> tuple[Float[Array, "B H"], Float[Array, "B T D"], Float[Array, "H D"]]:
    """dq, dHs, dW of a loss that depends on the context alone (eq-s2s-attention-gradient)."""
    q, Hs, W, weights = cache
    # Of a softmax: each entry of dcontext's product with the states, less their mean (eq-s2s-softmax-gradient).
    dweights = (Hs @ dcontext[:, :, None])[..., 0]
    dscores = weights * (dweights - np.einsum("bt,bt->b", weights, dweights)[:, None])
    of_states = np.einsum("bt,btd->bd", dscores, Hs)
    dHs = np.einsum("bt,bd->btd", weights, dcontext) + np.einsum("bt,bd->btd", dscores, q @ W)
    return of_states @ W.T, dHs, np.einsum("bh,bd->hd", q, of_states)


def edit_distance(a: Sequence[object], b: Sequence[object]) -> int:
    """The fewest insertions, deletions and replacements of one entry that make b of a (eq-s2s-edit)."""
    D = np.add.outer(np.arange(len(a) + 1), np.arange(len(b) + 1))
    for i, one in enumerate(a, 1):
        for j, other in enumerate(b, 1):
            D[i, j] = min(D[i - 1, j] + 1, D[i, j - 1] + 1, D[i - 1, j - 1] + (one != other))
    return int(D[-1, -1])


def string_scores(gold: Sequence[str], predicted: Sequence[str]) -> tuple[float, float]:
    """The share of texts that are right as a whole, and the rate of wrong characters (eq-s2s-error-rate)."""
    pairs = list(zip(gold, predicted, strict=True))
    exact = sum(one == other for one, other in pairs) / len(pairs)
    return exact, sum(edit_distance(one, other) for one, other in pairs) / sum(map(len, gold))


def beam_search(
    score: Callable[[list[int]], Float[Array, "V"]],
    bos: int,
    eos: int,
    width: int,
    longest: int,
    alpha: float,
) -> tuple[list[list[int]], list[float]]:
    """What a beam finds, the best first, and its sums over a length penalty (eq-s2s-beam, eq-s2s-penalty)."""
    beam: list[tuple[float, list[int]]] = [(0.0, [bos])]
    finished: list[tuple[float, list[int]]] = []
    for _ in range(longest):
        grown = [(total + float(p), [*row, k]) for total, row in beam for k, p in enumerate(score(row))]
        grown = sorted(grown, key=lambda one: -one[0])[:width]
        finished += [one for one in grown if one[1][-1] == eos]
        beam = [one for one in grown if one[1][-1] != eos]
    found = [(total / ((5 + len(row) - 1) / 6) ** alpha, row[1:]) for total, row in finished + beam]
    found.sort(key=lambda one: -one[0])
    return [row for _, row in found], [penalized for penalized, _ in found]
