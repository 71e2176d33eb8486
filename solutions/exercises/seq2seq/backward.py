"""Contract of `attention_backward`: the gradient of multiplicative attention.

unrolled-canary-8f2e21bd08ac
"""

import numpy as np

from solutions.exercises.seq2seq import attention
from solutions.exercises.seq2seq.attention import WORDS
from solutions.exercises.seq2seq.attention import projected_query as attention_forward
from solutions.judging import kit
from solutions.reference import seq2seq

READ = "seq2seq#eq-s2s-attention-gradient"
SOFTMAX = "seq2seq#eq-s2s-softmax-gradient"
UNIT = 2.0**30  # no step of a finite difference fits a kernel in this unit and a query in its inverse
LOUD = 2.0**60  # beside so large a loss, rounding hides what another sentence does to it
LARGE = 700  # units, between which finite differences take minutes
TOLERANCE = 1e-3


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """The arguments of the forward function, then the gradient of the context."""
    return {
        **attention.draw(rng, sizes, dtype),
        "dcontext": kit.normal(rng, sizes.batch, sizes.inputs, dtype=dtype),
    }


def _unmasked(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    drawn = draw(rng, sizes, dtype)
    return {name: one for name, one in drawn.items() if name != "mask"}


GRADIENT = kit.gradient_rule(_unmasked, 1, READ)


def _not_the_gradient(backward: kit.Function, rng: np.random.Generator, forward: kit.Function) -> bool:
    # Of the context alone, by what is no mask.
    mask = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])

    def context(q: np.ndarray, Hs: np.ndarray, W: np.ndarray) -> tuple[object, None]:
        return forward(q, Hs, W, mask.copy())[0], None

    def gradients(q: np.ndarray, Hs: np.ndarray, W: np.ndarray, dcontext: np.ndarray) -> object:
        return backward(q, Hs, W, mask.copy(), dcontext)

    return GRADIENT.violated(gradients, rng, context)


def _measured(backward: kit.Function, rng: np.random.Generator, forward: kit.Function) -> bool:
    drawn = draw(rng, kit.Sizes(3, 4, 3, 5, 2), np.float64)
    plain = backward(*drawn.values())
    dq, dHs, dW = backward(*(drawn | {"q": drawn["q"] * UNIT, "W": drawn["W"] / UNIT}).values())
    other = dq * UNIT, dHs, dW / UNIT
    loud = backward(*(drawn | {"dcontext": drawn["dcontext"] * np.array([[LOUD], [1], [1]])}).values())
    for one, two in (*zip(other, plain, strict=True), *((loud[k][1:], plain[k][1:]) for k in (0, 1))):
        if not np.allclose(one, two, rtol=TOLERANCE, atol=TOLERANCE * float(np.abs(two).max())):
            return True
    large = draw(rng, kit.Sizes(1, 3, LARGE, LARGE, 2), np.float64)
    large |= {"q": large["q"] / LARGE**0.5, "mask": np.ones((1, 3))}  # so that no state has all the weight
    dq, _, dW = backward(*large.values())
    # q in a unit and W in its inverse give the same scores, so that both sums are equal.
    one, two = float((large["q"] * dq).sum()), float((large["W"] * dW).sum())
    return not abs(one - two) <= TOLERANCE * max(abs(one), abs(two)) or one == 0


def _alone(rng: np.random.Generator) -> kit.Arguments:
    # With a single real step the weight is 1 whatever the score: nothing flows back into q and W.
    drawn = draw(rng, kit.Sizes(3, 4, 2, 3, 2), np.float64)
    return drawn | {"mask": np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])}


attention_backward = kit.Contract(
    reference=seq2seq.attention_backward,
    outputs=kit.near("dq", "dHs", "dW"),
    read=READ,
    parts=kit.of_gradients(
        draw,
        kit.Special("a single real step", _alone),
        kit.with_zero(draw, "dcontext"),
        kit.with_zero(draw, "q"),
    ),
    rules=(
        kit.Rule(GRADIENT.name, GRADIENT.statement, _not_the_gradient, READ),
        kit.Rule(
            "measured-not-derived",
            "gradients hold in other units of the query and beside a sentence with a much larger gradient, and "
            "hundreds of units take no minutes. Those of finite differences do not: derive them.",
            _measured,
            READ,
        ),
    ),
    probe=kit.Probe("through_cache", {"upstream": 1}),
    forward=seq2seq.attention_forward,
)


@attention_backward.derivation(
    attention_forward,
    words=WORDS
    | {
        "dcontext": "the gradient of the context",
        "dweights": "the gradient of the weights",
        "mean": "the mean of these by the weights",
        "dscores": "the gradient of the scores",
        "of_states": "the sum of states by the gradients of their scores",
        "as_read": "the path of what is read",
        "as_compared": "the path of what is compared",
    },
    without=("not-reduced-of_states-sum-dscores-None-Hs-1",),  # in edges, like another axis
)
def two_paths(dcontext, cache):
    q, Hs, W, weights = cache
    dweights = (dcontext[:, None] * Hs).sum(axis=2)  #: eq-s2s-softmax-gradient
    mean = (weights * dweights).sum(axis=1, keepdims=True)  #: eq-s2s-softmax-gradient
    dscores = weights * (dweights - mean)  #: eq-s2s-softmax-gradient
    of_states = (dscores[:, :, None] * Hs).sum(axis=1)
    dq = of_states @ W.T  #: eq-s2s-attention-gradient
    as_read = weights[:, :, None] * dcontext[:, None]
    as_compared = dscores[:, :, None] * (q @ W)[:, None]
    dHs = as_read + as_compared  #: eq-s2s-attention-gradient: the path of what is read + the path of what is compared
    dW = q.T @ of_states  #: eq-s2s-attention-gradient
    return dq, dHs, dW


@attention_backward.variant_of(attention_forward)
def by_einsum(dcontext, cache):
    q, Hs, W, weights = cache
    dweights = np.einsum("bd,btd->bt", dcontext, Hs)
    dscores = weights * dweights - weights * np.einsum("bt,bt->b", weights, dweights)[:, None]
    dq = np.einsum("bt,btd,hd->bh", dscores, Hs, W)
    dHs = np.einsum("bt,bd->btd", weights, dcontext) + np.einsum("bt,bh,hd->btd", dscores, q, W)
    return dq, dHs, np.einsum("bt,bh,btd->hd", dscores, q, Hs)


@attention_backward.variant_of(attention_forward)
def with_jacobians(dcontext, cache):
    q, Hs, W, weights = cache
    dq, dHs, dW = np.zeros(q.shape), np.zeros(Hs.shape), np.zeros(W.shape)
    for n in range(len(q)):
        a = weights[n]
        jacobian = np.diag(a) - np.outer(a, a)
        dscores = jacobian @ (Hs[n] @ dcontext[n])
        dq[n] = W @ (Hs[n].T @ dscores)
        dHs[n] = np.outer(a, dcontext[n]) + np.outer(dscores, q[n] @ W)
        dW += np.outer(q[n], dscores @ Hs[n])
    return dq, dHs, dW


@attention_backward.variant_of(attention_forward)
def step_by_step(dcontext, cache):
    q, Hs, W, weights = cache
    context = (weights[:, :, None] * Hs).sum(axis=1)
    dq, dHs, dW = 0, np.zeros(Hs.shape), np.zeros(W.shape)
    for s in range(Hs.shape[1]):
        h, a = Hs[:, s], weights[:, s : s + 1]
        dscore = a * np.sum(dcontext * (h - context), axis=1, keepdims=True)
        dq = dq + dscore * (h @ W.T)
        dHs[:, s] = a * dcontext + dscore * (q @ W)
        dW += q.T @ (dscore * h)
    return dq, dHs, dW


@attention_backward.variant_of(attention_forward)
def through_the_projected_states(dcontext, cache):
    q, Hs, W, a = cache
    P = Hs @ W.T
    da = (Hs @ dcontext[..., None])[..., 0]
    ds = a * (da - np.sum(a * da, axis=-1)[:, None])
    dP = ds[..., None] * q[:, None, :]
    dHs = a[..., None] * dcontext[:, None, :] + dP @ W
    dW = np.tensordot(dP, Hs, axes=([0, 1], [0, 1]))
    return (ds[:, None, :] @ P)[:, 0], dHs, dW


attention_backward.mistakes(
    """
    read-path-forgotten: In dHs one path is missing: the states are read, too, by the weights. Add each weight times
      dcontext.
        dHs = as_read + as_compared → dHs = 1 * as_compared
    compared-path-forgotten: In dHs one path is missing: the states are compared with the query, too. Add each score's
      gradient times q W.
        dHs = as_read + as_compared → dHs = 1 * as_read
    weights-held-fast: You treat the weights as given: nothing flows back into the scores, and dq and dW are 0. They
      depend on q, Hs and W.
        dscores = weights * (dweights - mean) → dscores = 0 * weights
    mean-forgotten: In the gradient of the softmax the mean is missing: raising one score lowers the other weights.
      [seq2seq#eq-s2s-softmax-gradient]
        weights * (dweights - mean) → weights * dweights
    plain-mean: The mean is taken by equal weights. It is the one by the attention weights.
      [seq2seq#eq-s2s-softmax-gradient]
        (weights * dweights).sum(axis=1, keepdims=True) → dweights.mean(axis=1, keepdims=True)
    not-times-the-weights: The gradient of the softmax lacks its first factor, the weights.
      [seq2seq#eq-s2s-softmax-gradient]
        weights * (dweights - mean) → 1 * (dweights - mean)
    slope-of-a-sigmoid: You take the slope of a sigmoid, a (1 − a), for each weight by itself. In a softmax each weight
      depends on all scores. [seq2seq#eq-s2s-softmax-gradient]
        weights * (dweights - mean) → weights * (1 - weights) * dweights
    softmax-skipped: The gradient of the weights is taken for that of the scores: the softmax lies between them.
      [seq2seq#eq-s2s-softmax-gradient]
        weights * (dweights - mean) → 1 * dweights
    kernel-not-turned: dq takes W the wrong way round. Going back it is transposed.
        of_states @ W.T → of_states @ W
    kernel-forgotten-in-dq: In dq the kernel is missing: q meets the states through W.
        dq = of_states @ W.T → dq = of_states
    kernel-turned-in-the-states: In dHs the query goes through W transposed. It goes through W, as in the scores.
        (q @ W)[:, None] → (q @ W.T)[:, None]
    query-alone-in-the-states: In dHs stands the query as it is. It is compared after W: q W.
        (q @ W)[:, None] → (q)[:, None]
    kernel-gradient-turned-round: dW is turned round: it has the shape of W, (H, D).
        dW = q.T @ of_states → dW = of_states.T @ q
    first-sentence-alone: dW is that of one sentence. Every sentence of the batch adds its own.
        dW = q.T @ of_states → dW = np.outer(q[0], of_states[0])
    mean-over-the-batch: dW is divided by the batch size. Sum here, for what averages is in the loss.
        dW = q.T @ of_states → dW = q.T @ of_states / len(q)
    """
)
