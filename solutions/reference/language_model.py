"""A language model: batches of a stream, one update, scores, an n-gram model, what comes next (chapter of its name).

unrolled-canary-5252635343d8
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.clipping import clip_by_global_norm
from solutions.reference.numerics import Array, cross_entropy, cross_entropy_backward, softmax
from solutions.reference.rnn import readout, rnn_backward, rnn_forward, rnn_step

Weights = tuple[Array, ...]  # W, U, b, Wy, by


def stream_batches(ids: Int[Array, "N"], batch: int, steps: int) -> tuple[Int[Array, "K B T"], Int[Array, "K B T"]]:
    """Inputs and targets of K = ⌊(N − 1)/(B T)⌋ batches, each row of which goes on in the next (eq-lm-batches).

    What is left over at the end of the text is dropped.
    """
    count = (len(ids) - 1) // (batch * steps)
    used = count * batch * steps
    inputs, targets = (one.reshape(batch, count, steps).swapaxes(0, 1) for one in (ids[:used], ids[1 : used + 1]))
    return inputs, targets


def lm_update(
    inputs: Int[Array, "B T"],
    targets: Int[Array, "B T"],
    h0: Float[Array, "B H"],
    W: Float[Array, "V H"],
    U: Float[Array, "H H"],
    b: Float[Array, "H"],
    Wy: Float[Array, "H V"],
    by: Float[Array, "V"],
    rate: float,
    limit: float,
) -> tuple[Array, Array, Array, Array, Array, Float[Array, "B H"], float]:
    """One clipped step of gradient descent from a carried state (eq-lm-carried): W, U, b, Wy, by, last state, loss."""
    X = np.eye(len(W))[inputs]
    Hs, cache = rnn_forward(X, h0, W, U, b)
    logits = readout(Hs, Wy, by)
    d_logits = cross_entropy_backward(logits, targets)
    _, _, dW, dU, db = rnn_backward(d_logits @ Wy.T, cache)
    gradients = dW, dU, db, np.einsum("bth,btv->hv", Hs, d_logits), d_logits.sum(axis=(0, 1))
    clipped, _ = clip_by_global_norm(gradients, limit)
    new = [old - rate * gradient for old, gradient in zip((W, U, b, Wy, by), clipped, strict=True)]
    W, U, b, Wy, by = new
    return W, U, b, Wy, by, Hs[:, -1], cross_entropy(logits, targets)


def text_scores(losses: Float[Array, "K"], counts: Int[Array, "K"], characters: int) -> tuple[float, float]:
    """Bits per character (eq-lm-bits) and perplexity of a token (eq-lm-perplexity) from mean losses of batches."""
    nats = float(losses @ counts)
    return nats / np.log(2) / characters, np.exp(nats / counts.sum())


def witten_bell(ids: Int[Array, "N"], context: Int[Array, "n"], size: int) -> Float[Array, "V"]:
    """The next token's probabilities, each context interpolated with the shorter one (eq-lm-interpolated)."""
    lower = witten_bell(ids, context[1:], size) if len(context) else np.full(size, 1 / size)
    ends = np.arange(len(context), len(ids))
    seen = np.all([ids[ends - back] == context[-back] for back in range(1, len(context) + 1)], axis=0)
    counts = np.bincount(ids[ends[np.broadcast_to(seen, ends.shape)]], minlength=size)
    kinds = np.count_nonzero(counts)
    return (counts + kinds * lower) / (counts.sum() + kinds) if kinds else lower


def next_distribution(logits: Float[Array, "V"], temperature: float, top_k: int, top_p: float) -> Float[Array, "V"]:
    """Probabilities at a temperature (eq-lm-temperature), their top k (eq-lm-top-k), their nucleus (eq-lm-nucleus).

    Temperature 0 is greedy. Of equal ones the lower number comes first.
    """
    order = np.argsort(-logits, kind="stable")
    if temperature == 0:
        return np.eye(len(logits))[order[0]]
    p = softmax(logits[order] / temperature)
    p = np.where(np.arange(len(p)) < top_k, p, 0)
    p = p / p.sum()
    p = np.where(np.cumsum(p) - p < top_p, p, 0)
    chosen = np.zeros(len(p))
    chosen[order] = p / p.sum()
    return chosen


def drawn_token(p: Float[Array, "V"], u: float) -> int:
    """The lowest v with p_0 + … + p_v > u (eq-lm-draw)."""
    total = np.cumsum(p)
    return min(int(np.searchsorted(total, u * total[-1], side="right")), int(np.flatnonzero(p)[-1]))


def continue_text(
    prompt: Int[Array, "P"],
    u: Float[Array, "n"],
    temperature: float,
    top_k: int,
    top_p: float,
    W: Float[Array, "V H"],
    U: Float[Array, "H H"],
    b: Float[Array, "H"],
    Wy: Float[Array, "H V"],
    by: Float[Array, "V"],
) -> list[int]:
    """The n tokens that continue a prompt, each drawn from the state that has read all before it (eq-lm-chain)."""
    one_hot, h = np.eye(len(W)), np.zeros((1, len(U)))
    for token in prompt:
        h, _ = rnn_step(one_hot[[token]], h, W, U, b)
    made: list[int] = []
    for number in u:
        made.append(drawn_token(next_distribution((h @ Wy + by)[0], temperature, top_k, top_p), number))
        h, _ = rnn_step(one_hot[[made[-1]]], h, W, U, b)
    return made


def bits_of_each(ids: Int[Array, "N"], weights: Weights) -> Float[Array, "N-1"]:
    """−log2 of the probability of each token but the first, the state carried through the whole text from zeros."""
    W, U, b, Wy, by = weights
    Hs, _ = rnn_forward(np.eye(len(W))[ids[None, :-1]], np.zeros((1, len(U))), W, U, b)
    p = softmax(readout(Hs, Wy, by))[0]
    return -np.log2(p[np.arange(len(ids) - 1), ids[1:]])
