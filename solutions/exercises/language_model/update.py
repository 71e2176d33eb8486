"""Contract of `lm_update`, one update of a language model on one batch of a stream, from a carried state.

unrolled-canary-5d4710e37bb3
"""

import numpy as np

from solutions.exercises.bptt.backward import line_by_line as rnn_backward
from solutions.exercises.bptt.update import uphill
from solutions.exercises.rnn_cell.forward import list_of_states as rnn_forward
from solutions.exercises.vanishing.clipping import one_norm_one_factor as clip_by_global_norm
from solutions.judging import kit
from solutions.reference import language_model

READ = "language-model#eq-lm-carried"
CHAIN = "language-model#eq-lm-chain"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    tokens, hidden = sizes.outputs, sizes.hidden
    # As in `kit.at_the_end`: one of two cases lies below the limit, the other one above it.
    limit = rng.uniform(0.05, 0.15) if sizes.batch < hidden else rng.uniform(50, 100)
    return {
        "inputs": kit.labels(rng, tokens, sizes.batch, sizes.steps),
        "targets": kit.labels(rng, tokens, sizes.batch, sizes.steps),
        "h0": kit.normal(rng, sizes.batch, hidden, dtype=dtype, scale=0.7),
        **kit.cell(rng, kit.Sizes(sizes.batch, sizes.steps, tokens, hidden, tokens), dtype),
        "Wy": kit.normal(rng, hidden, tokens, dtype=dtype, scale=hidden**-0.5),
        "by": kit.normal(rng, tokens, dtype=dtype),
        "rate": float(rng.uniform(0.5, 2)),
        "limit": float(limit),
    }


_descent = kit.descent_rule(_draw, READ)


def _not_downhill(function: kit.Function, rng: np.random.Generator) -> bool:
    def without_the_state(*arguments: object) -> tuple[object, ...]:
        *weights, _, loss = function(*arguments)
        return (*weights, loss)

    return _descent.violated(without_the_state, rng)


def _state_not_handed_on(function: kit.Function, rng: np.random.Generator) -> bool:
    # With a rate of 0, two halves one after the other see what the whole sees.
    inputs, targets, h0, *weights, _, limit = _draw(rng, kit.Sizes(3, 6, 2, 5, 4), np.float64).values()
    *_, last, loss = function(inputs, targets, h0, *weights, 0.0, limit)
    *_, middle, first = function(inputs[:, :3].copy(), targets[:, :3].copy(), h0, *weights, 0.0, limit)
    *_, end, second = function(inputs[:, 3:].copy(), targets[:, 3:].copy(), np.array(middle), *weights, 0.0, limit)
    return not (np.allclose(end, last, rtol=1e-4) and np.isclose((first + second) / 2, loss, rtol=1e-4))


lm_update = kit.Contract(
    reference=language_model.lm_update,
    outputs=kit.near("W", "U", "b", "Wy", "by", "h_last", "loss"),
    read=READ,
    parts=kit.of_values(_draw),
    rules=(
        kit.Rule(_descent.name, _descent.statement, _not_downhill, READ),
        kit.Rule(
            "state-not-handed-on",
            "two halves of a batch, the second from the state of the first, see what the whole batch sees.",
            _state_not_handed_on,
            READ,
        ),
    ),
)

WORDS = {"p": "the probabilities", "dlogits": "the gradients of the scores", "logits": "the scores", "rate": "the rate"}
WORDS |= {"X": "the inputs as rows of zeros and a one", "right": "the targets as such rows", "Hs": "the states"}
WORDS |= {"gradients": "the gradients", "limit": "the limit", "e": "the exponentials", "h0": "the carried state"}


@lm_update.derivation(words=WORDS)
def along_the_stream(inputs, targets, h0, W, U, b, Wy, by, rate, limit):
    one_hot = np.eye(len(W))
    X, right = one_hot[inputs], one_hot[targets]
    Hs, cache = rnn_forward(X, h0, W, U, b)  #: eq-lm-carried
    logits = Hs @ Wy + by
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    loss = -np.log(p[right == 1]).mean()  #: eq-lm-chain
    dlogits = (p - right) / targets.size
    dWy = np.tensordot(Hs, dlogits, axes=([0, 1], [0, 1]))
    dby = dlogits.sum(axis=(0, 1))
    _, _, dW, dU, db = rnn_backward(dlogits @ Wy.T, cache)
    gradients = [dW, dU, db, dWy, dby]
    gradients, _ = clip_by_global_norm(gradients, limit)  #: vanishing#eq-clip-norm
    dW, dU, db, dWy, dby = gradients
    W = W - rate * dW  #: vanishing#eq-clip-descent
    U = U - rate * dU  #: vanishing#eq-clip-descent
    b = b - rate * db  #: vanishing#eq-clip-descent
    Wy = Wy - rate * dWy  #: vanishing#eq-clip-descent
    by = by - rate * dby  #: vanishing#eq-clip-descent
    return W, U, b, Wy, by, Hs[:, -1], loss


@lm_update.variant
def rows_of_all_steps(inputs, targets, h0, W, U, b, Wy, by, rate, limit):
    V, H = W.shape
    Hs, cache = rnn_forward(np.eye(V)[inputs], h0, W, U, b)
    rows, right = Hs.reshape(-1, H), targets.reshape(-1)
    logits = rows @ Wy + by
    log_p = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    n = np.arange(len(right))
    error = np.exp(log_p)
    error[n, right] -= 1
    error /= len(right)
    gradients = [*rnn_backward((error @ Wy.T).reshape(Hs.shape), cache)[2:], rows.T @ error, error.sum(axis=0)]
    norm = np.sqrt(sum(np.sum(one**2) for one in gradients))
    shorter = rate * min(1, limit / norm) if norm > 0 else rate
    new = [old - shorter * one for old, one in zip((W, U, b, Wy, by), gradients, strict=True)]
    return *new, Hs[:, -1].copy(), -log_p[n, right].mean()


@lm_update.variant
def steps_added_up(inputs, targets, h0, W, U, b, Wy, by, rate, limit):
    B, T = inputs.shape
    X = (inputs[:, :, None] == np.arange(W.shape[0])).astype(float)
    Hs, cache = rnn_forward(X, h0, W, U, b)
    loss, dWy, dby, dHs = 0.0, np.zeros_like(Wy), np.zeros_like(by), np.zeros_like(Hs)
    for t in range(T):
        a = Hs[:, t] @ Wy + by
        p = np.exp(a - a.max(axis=1, keepdims=True))
        p = p / p.sum(axis=1, keepdims=True)
        loss -= np.log(p[np.arange(B), targets[:, t]]).sum() / (B * T)
        p[np.arange(B), targets[:, t]] -= 1
        dWy = dWy + Hs[:, t].T @ p / (B * T)
        dby = dby + p.sum(axis=0) / (B * T)
        dHs[:, t] = p @ Wy.T / (B * T)
    _, _, dW, dU, db = rnn_backward(dHs, cache)
    (dW, dU, db, dWy, dby), _ = clip_by_global_norm([dW, dU, db, dWy, dby], limit)
    return W - rate * dW, U - rate * dU, b - rate * db, Wy - rate * dWy, by - rate * dby, Hs[:, T - 1], loss


uphill(lm_update)
lm_update.mistakes(
    f"""
    state-not-carried: You begin with a state of zeros. Begin with h0, the state in which the batch before ended.
        rnn_forward(X, h0, W, U, b) → rnn_forward(X, np.zeros_like(h0), W, U, b)
    state-handed-through: You return h0, the state from before the batch. Return the state after its last step.
        Hs[:, -1], loss → 1 * h0, loss
    first-state-handed-on: You return the state after the first step. Return the one after the last step.
        Hs[:, -1], loss → Hs[:, 0], loss
    states-of-all-steps-handed-on: You return the states of all steps. The next batch needs the last one alone:
      Hs[:, -1].
        Hs[:, -1], loss → Hs, loss
    last-row-handed-on: Hs[-1] is the last row of the batch at every step. The last step of every row is Hs[:, -1].
        Hs[:, -1], loss → Hs[-1], loss
    loss-in-bits: Your loss is in bits. The one asked for is in nats: np.log, not np.log2. [{CHAIN}]
        -np.log(p[right == 1]) → -np.log2(p[right == 1])
    loss-added-up: Your loss is a sum. It is the mean over all steps of all rows. [{CHAIN}]
        np.log(p[right == 1]).mean() → np.log(p[right == 1]).sum()
    logarithm-of-the-mean: You take the logarithm of the mean probability. It is the mean of the logarithms. [{CHAIN}]
        -np.log(p[right == 1]).mean() → -np.log(p[right == 1].mean())
    perplexity-for-the-loss: Your loss is the perplexity. The loss is its logarithm. [{CHAIN}]
        loss = -np.log(p[right == 1]).mean() → loss = np.exp(-np.log(p[right == 1]).mean())
    targets-shifted-once-more: You shift the targets once more. They are given as what comes behind each input.
      [language-model#eq-lm-batches]
        X, right = one_hot[inputs], one_hot[targets] → X, right = one_hot[inputs], one_hot[np.roll(targets, -1, axis=1)]
    inputs-for-targets: You let the net say its own inputs again. What it has to say are the targets.
      [language-model#eq-lm-batches]
        X, right = one_hot[inputs], one_hot[targets] → X, right = one_hot[inputs], one_hot[inputs]
    not-divided-by-the-steps: You divide the gradients by the rows alone. The loss is a mean over all B T steps.
        / targets.size → / len(targets)
    not-divided: You do not divide the gradients. The loss is a mean over all B T steps: so is its gradient.
        / targets.size → / 1
    divided-by-the-tokens-too: You divide by B T V. The loss is a mean over B T steps, and each has one loss.
        / targets.size → / p.size
    softmax-over-the-steps: Your softmax runs over the steps. It runs over the tokens, the last axis.
        e.sum(axis=-1, keepdims=True) → e.sum(axis=1, keepdims=True)
    logits-for-probabilities: Your gradient takes the scores for the probabilities. It is p minus the targets.
        (p - right) → (logits - right)
    each-clipped-alone: You clip each gradient by a norm of its own, which turns the step. All five have one norm, and
      one factor. [vanishing#eq-clip-norm]
        clip_by_global_norm(gradients, limit) → [clip_by_global_norm([g], limit)[0][0] for g in gradients], 0
    """
)
