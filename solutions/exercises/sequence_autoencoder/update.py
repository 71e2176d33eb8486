"""Contract of `autoencoder_update`, one update of gradient descent of encoder and decoder together.

unrolled-canary-14d40fad8336
"""

import numpy as np

from solutions.exercises.bptt.backward import line_by_line as rnn_backward
from solutions.exercises.deep_bidirectional.reversal import lengths, of_length
from solutions.exercises.rnn_cell.forward import list_of_states as rnn_forward
from solutions.judging import kit
from solutions.reference import autoencoder

READ = "images-and-autoencoders#eq-ae-update"
LOSS = "images-and-autoencoders#eq-ae-loss"
SLOPE = "images-and-autoencoders#eq-ae-loss-gradient"
ORDER = "images-and-autoencoders#eq-ae-decode"
CODE = "images-and-autoencoders#eq-ae-encode"
NAMES = ("W", "U", "b", "Ud", "bd", "Wy", "by")
RATE = 0.02
SOME = ("answers", "calls", "statements", "sums")  # in thirty lines all of them would make seven hundred mistakes


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    decoder = kit.cell(rng, sizes, dtype)
    return {
        "X": kit.normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype),
        "lengths": lengths(rng, sizes),
        **kit.cell(rng, sizes, dtype),
        "Ud": decoder["U"],
        "bd": decoder["b"],
        "Wy": kit.normal(rng, sizes.hidden, sizes.inputs, dtype=dtype, scale=sizes.hidden**-0.5),
        "by": kit.normal(rng, sizes.inputs, dtype=dtype),
        "rate": float(rng.uniform(0.5, 2)),
    }


def _not_downhill(function: kit.Function, rng: np.random.Generator) -> bool:
    # Along a step s = −rate · g the loss falls by |s|² / rate at first, and by s · s' / rate at its end.
    arguments = _draw(rng, kit.Sizes(3, 4, 2, 5, 2), np.float64) | {"rate": RATE}
    losses, steps = [], []
    for _ in range(2):
        *new, loss = function(*arguments.values())
        losses.append(float(loss))
        steps.append(np.concatenate([(one - arguments[name]).ravel() for name, one in zip(NAMES, new, strict=True)]))
        arguments |= {name: np.array(one) for name, one in zip(NAMES, new, strict=True)}
    first, second = steps
    fall = float(first @ first + first @ second) / (2 * RATE)
    return not abs(losses[0] - losses[1] - fall) <= 0.02 * fall or fall == 0


def _padding_learnt(function: kit.Function, rng: np.random.Generator) -> bool:
    given = _draw(rng, kit.Sizes(4, 6, 2, 5, 2), np.float64)
    behind = (np.arange(6) >= given["lengths"][:, None])[:, :, None]
    new = function(*given.values())
    moved = np.abs(new[0] - given["W"]).max() > 1e-6
    other = function(*(given | {"X": given["X"] + behind * rng.uniform(1, 2, given["X"].shape)}).values())
    return not (moved and all(np.allclose(one, two) for one, two in zip(new, other, strict=True)))


autoencoder_update = kit.Contract(
    reference=autoencoder.autoencoder_update,
    outputs=kit.near(*NAMES, "loss"),
    read=READ,
    parts=kit.of_values(_draw, of_length(_draw, "nothing is padded", 5), of_length(_draw, "every length is 1", 1)),
    rules=(
        kit.Rule(
            "not-downhill",
            "with a small rate an update goes down the gradient of its own loss, as the fall of the loss shows.",
            _not_downhill,
            READ,
        ),
        kit.Rule("padding-learnt", "what stands in the padding changes no weight.", _padding_learnt, READ),
    ),
)

WORDS = {"Hs": "the encoder's states", "code": "the code", "states": "the decoder's states", "rate": "the rate"}
WORDS |= {"error": "the differences", "real": "which steps are real", "dY": "the gradient of the reconstruction"}
WORDS |= {"dstates": "the gradients of the decoder's states", "dcode": "the gradient of the code", "last": "the ends"}
WORDS |= {"dHs": "the gradients of the encoder's states", "after": "the decoder's states behind the first"}
WORDS |= {
    "wanted": "the sequences turned round",
    "back": "which step comes where",
    "count": "the number of real entries",
}


# The states of one step more than there are outputs: it stops before there is an answer.
@autoencoder_update.derivation(
    words=WORDS,
    families=[family for family in kit.ARRAYS if family.__name__ in SOME],
    without=("other-axis-states-1-0-concatenate",),
)
def there_and_back(X, lengths, W, U, b, Ud, bd, Wy, by, rate):
    B, T, D = X.shape
    rows, last = np.arange(B), lengths - 1
    Hs, encoder = rnn_forward(X, np.zeros((B, len(U))), W, U, b)
    code = Hs[rows, last]  #: eq-ae-encode
    after, decoder = rnn_forward(np.zeros((B, T, 1)), code, np.zeros((1, len(Ud))), Ud, bd)  #: eq-ae-decode
    states = np.concatenate([code[:, None], after[:, :-1]], axis=1)
    back = last[:, None] - np.arange(T)
    real = back >= 0
    wanted = X[rows[:, None], np.maximum(back, 0)]
    error = (states @ Wy + by - wanted) * real[:, :, None]  #: eq-ae-loss
    count = lengths.sum() * D
    loss = (error**2).sum() / count  #: eq-ae-loss
    dY = 2 * error / count  #: eq-ae-loss-gradient
    dWy = np.tensordot(states, dY, axes=([0, 1], [0, 1]))
    dby = dY.sum(axis=(0, 1))
    dstates = dY @ Wy.T
    dafter = np.zeros_like(after)
    dafter[:, :-1] = dstates[:, 1:]
    _, dcode, _, dUd, dbd = rnn_backward(dafter, decoder)
    dHs = np.zeros_like(Hs)
    dHs[rows, last] = dcode + dstates[:, 0]
    _, _, dW, dU, db = rnn_backward(dHs, encoder)
    W = W - rate * dW  #: eq-ae-update
    U = U - rate * dU  #: eq-ae-update
    b = b - rate * db  #: eq-ae-update
    Ud = Ud - rate * dUd  #: eq-ae-update
    bd = bd - rate * dbd  #: eq-ae-update
    Wy = Wy - rate * dWy  #: eq-ae-update
    by = by - rate * dby  #: eq-ae-update
    return W, U, b, Ud, bd, Wy, by, loss


@autoencoder_update.variant
def one_sequence_at_a_time(X, lengths, W, U, b, Ud, bd, Wy, by, rate):
    weights = [W, U, b, Ud, bd, Wy, by]
    gradients = [np.zeros(np.shape(one)) for one in weights]
    loss, count = 0.0, X.shape[2] * lengths.sum()
    for x, n in zip(X, lengths, strict=True):
        n = int(n)
        Hs, encoder = rnn_forward(x[None, :n], np.zeros((1, len(U))), W, U, b)
        made, decoder = rnn_forward(np.zeros((1, n, 1)), Hs[:, -1], np.zeros((1, len(Ud))), Ud, bd)
        states = np.concatenate([Hs[:, -1:], made[:, :-1]], axis=1)[0]
        error = states @ Wy + by - x[:n][::-1]
        loss += np.sum(error**2) / count
        dY = 2 * error / count
        upstream = np.concatenate([(dY @ Wy.T)[1:], np.zeros((1, len(Ud)))])[None]
        _, dcode, _, dUd, dbd = rnn_backward(upstream, decoder)
        dHs = np.zeros(Hs.shape)
        dHs[0, -1] = dcode[0] + dY[0] @ Wy.T
        own = [*rnn_backward(dHs, encoder)[2:], dUd, dbd, states.T @ dY, dY.sum(axis=0)]
        gradients = [total + one for total, one in zip(gradients, own, strict=True)]
    return *(old - rate * one for old, one in zip(weights, gradients, strict=True)), loss


@autoencoder_update.variant
def all_by_hand(X, lengths, W, U, b, Ud, bd, Wy, by, rate):
    B, T, D = X.shape
    H, count = len(b), lengths.sum() * D
    alive = [(t < lengths)[:, None] for t in range(T)]
    h = [np.zeros((B, H))]
    for t in range(T):
        h.append(np.where(alive[t], np.tanh(X[:, t] @ W + h[-1] @ U + b), h[-1]))
    # g[t] is the decoder's state at step t; it waits until its sequence begins.
    g, made = [np.zeros((B, H))] * T, h[-1]
    for t in reversed(range(T)):
        g[t] = made
        made = np.where(alive[t], np.tanh(made @ Ud + bd), made)
    error = [alive[t] * (g[t] @ Wy + by - X[:, t]) for t in range(T)]
    loss = sum(np.sum(one**2) for one in error) / count
    dW, dU, db, dUd, dbd = (np.zeros(np.shape(one)) for one in (W, U, b, Ud, bd))
    dWy = sum(g[t].T @ error[t] for t in range(T)) * 2 / count
    dby = sum(one.sum(axis=0) for one in error) * 2 / count
    dg = np.zeros((B, H))
    for t in range(T):
        # What the state at t − 1 sends back through the step from t.
        if t > 0:
            da = np.where(alive[t], dg * (1 - g[t - 1] ** 2), 0)
            dUd, dbd = dUd + g[t].T @ da, dbd + da.sum(axis=0)
            dg = np.where(alive[t], da @ Ud.T, dg)
        dg = dg + 2 * error[t] @ Wy.T / count
    for t in reversed(range(T)):
        da = np.where(alive[t], dg * (1 - h[t + 1] ** 2), 0)
        dW, dU, db = dW + X[:, t].T @ da, dU + h[t].T @ da, db + da.sum(axis=0)
        dg = np.where(alive[t], da @ U.T, dg)
    new = (
        old - rate * one for old, one in zip((W, U, b, Ud, bd, Wy, by), (dW, dU, db, dUd, dbd, dWy, dby), strict=True)
    )
    return *new, loss


UPHILL = [f"        {name} = {name} - rate → {name} = {name} + rate" for name in NAMES]
SENTENCE = "You add the gradients to the weights, so that the loss grows. Take them from the weights."
autoencoder_update.mistakes("\n".join([f"    uphill: {SENTENCE}", *UPHILL]))
autoencoder_update.mistakes(
    f"""
    code-at-the-end-of-the-batch: You take the state at the end of the batch for the code: short sequences have read
      their padding. [{CODE}]
        code = Hs[rows, last] → code = Hs[:, -1]
        dHs[rows, last] → dHs[:, -1]
    gradient-into-the-last-step: The gradient of the code enters the encoder at the end of the batch. It enters at each
      sequence's own last step.
        dHs[rows, last] → dHs[:, -1]
    gradient-into-all-steps: The gradient of the code enters the encoder at every step. It enters at the last one alone.
        dHs[rows, last] = dcode + dstates[:, 0] → dHs += (dcode + dstates[:, 0])[:, None]
    encoder-not-trained: No gradient reaches the encoder: it stays as it is.
        W = W - rate * dW → W = W + 0
        U = U - rate * dU → U = U + 0
        b = b - rate * db → b = b + 0
    decoder-not-trained: The decoder's weights stay as they are.
        Ud = Ud - rate * dUd → Ud = Ud + 0
        bd = bd - rate * dbd → bd = bd + 0
    readout-not-trained: The readout stays as it is.
        Wy = Wy - rate * dWy → Wy = Wy + 0
        by = by - rate * dby → by = by + 0
    first-output-forgotten: The first output is read off the code, too: its gradient belongs to that of the code.
        dcode + dstates[:, 0] → dcode
    first-output-alone: What comes back through the decoder is missing: only the first output reaches the code.
        dcode + dstates[:, 0] → dstates[:, 0]
    gradients-one-step-late: The gradients of the decoder's states are shifted by one: output k + 1 belongs to the state
      after k steps.
        dafter[:, :-1] = dstates[:, 1:] → dafter[:] = dstates
    step-before-the-first-output: Your decoder makes a step before its first output. The last step is read off the code
      itself. [{ORDER}]
        np.concatenate([code[:, None], after[:, :-1]], axis=1) → after
        dafter[:, :-1] = dstates[:, 1:] → dafter[:] = dstates
        dcode + dstates[:, 0] → dcode
    not-turned-round: Your decoder begins with the first step. It goes back, from the last one. [{ORDER}]
        X[rows[:, None], np.maximum(back, 0)] → X
    turned-with-the-padding: You turn the rows as a whole: the padding comes first. Each has its own end. [{ORDER}]
        X[rows[:, None], np.maximum(back, 0)] → X[:, ::-1]
    padding-counted: The padding counts in the loss. Only real steps do. [{LOSS}]
        (states @ Wy + by - wanted) * real[:, :, None] → (states @ Wy + by - wanted)
    divided-by-all-entries: You divide by all entries, B T D. Divide by the real ones. [{LOSS}]
        lengths.sum() * D → X.size
    not-divided: Loss and gradients are sums. Divide by the number of real entries. [{LOSS}]
        lengths.sum() * D → 1
    divided-by-the-steps-alone: You divide by the number of steps. Each has D entries: divide by D, too. [{LOSS}]
        lengths.sum() * D → lengths.sum()
    divided-by-the-sequences: You divide by the number of sequences. Divide by the real entries. [{LOSS}]
        lengths.sum() * D → B
    two-missing: The 2 of the square's slope is missing. [{SLOPE}]
        2 * error / count → error / count
    wrong-order-of-the-loss: Your loss is half the mean of the squares. [{LOSS}]
        (error**2).sum() / count → (error**2).sum() / count / 2
    """
)
