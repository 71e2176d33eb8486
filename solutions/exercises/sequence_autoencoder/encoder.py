"""Contract of `encode_padded`, the code of each sequence of a padded batch.

unrolled-canary-96799179ca67
"""

import numpy as np

from solutions.exercises.deep_bidirectional.reversal import lengths, of_length
from solutions.judging import kit
from solutions.reference import autoencoder

READ = "images-and-autoencoders#eq-ae-encode"
SIZES = kit.Sizes(batch=5, steps=6, inputs=3, hidden=4, outputs=2)


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    # In the padding stands anything.
    return {
        "X": kit.normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype),
        "lengths": lengths(rng, sizes),
        **kit.cell(rng, sizes, dtype),
    }


def _padding_read(function: kit.Function, rng: np.random.Generator) -> bool:
    X, ends, *weights = _draw(rng, SIZES, np.float64).values()
    behind = (np.arange(SIZES.steps) >= ends[:, None])[:, :, None]
    code = np.asarray(function(X.copy(), ends.copy(), *weights))
    other = function(X + behind * rng.uniform(0.5, 1, X.shape), ends.copy(), *weights)
    longer = function(np.concatenate([X, X], axis=1), ends.copy(), *weights)
    real = function(X + 0.5 * ~behind, ends.copy(), *weights)
    moved = np.abs(np.asarray(real) - code).max(axis=1).min() > 1e-3
    return not (np.allclose(code, other) and np.allclose(code, longer) and moved)


encode_padded = kit.Contract(
    reference=autoencoder.encode_padded,
    outputs=kit.near("code"),
    read=READ,
    parts=kit.of_arrays(_draw, of_length(_draw, "nothing is padded", 5), of_length(_draw, "every length is 1", 1)),
    rules=(
        kit.Rule(
            "padding-read",
            "what stands in the padding changes nothing, nor does more of it; what stands in real steps does.",
            _padding_read,
            READ,
        ),
    ),
)


@encode_padded.derivation(words={"code": "the state", "lengths": "the lengths"})
def up_to_its_own_end(X, lengths, W, U, b):
    code = np.zeros((len(X), len(U)))
    for n in range(len(X)):
        for t in range(lengths[n]):
            code[n] = np.tanh(X[n, t] @ W + code[n] @ U + b)  #: eq-ae-encode
    return code


@encode_padded.derivation(
    words={"h": "the state", "Hs": "the states", "lengths": "the lengths"},
    # By what they raise, like a loop over the batch.
    without=("other-number-1-2", "other-number-1", "another-value-X-W-2", "another-value-X-U-2", "another-value-X-h"),
)
def picked_at_the_end(X, lengths, W, U, b):
    h = np.zeros((len(X), len(U)))
    Hs = np.zeros((len(X), X.shape[1], len(U)))
    for t in range(X.shape[1]):
        h = np.tanh(X[:, t] @ W + h @ U + b)  #: eq-ae-encode
        Hs[:, t] = h
    return Hs[np.arange(len(X)), lengths - 1]


@encode_padded.variant
def kept_behind_the_end(X, lengths, W, U, b):
    h = np.zeros((len(X), len(U)))
    for t in range(X.shape[1]):
        h_next = np.tanh(X[:, t] @ W + h @ U + b)
        h = np.where((t < lengths)[:, None], h_next, h)
    return h


@encode_padded.variant
def one_sequence_at_a_time(X, lengths, W, U, b):
    codes = []
    for x, n in zip(X, lengths, strict=True):
        h = np.zeros(len(b))
        for step in x[: int(n)]:
            h = np.tanh(step @ W + U.T @ h + b)
        codes.append(h)
    return np.array(codes)


@encode_padded.variant
def transposed(X, lengths, W, U, b):
    h = np.zeros((U.shape[0], X.shape[0]))
    for t, x in enumerate(X.transpose(1, 2, 0)):
        alive = lengths > t
        h = alive * np.tanh(W.T @ x + U.T @ h + b[:, None]) + (1 - alive) * h
    return h.T.copy()


@encode_padded.variant
def rows_that_go_on(X, lengths, W, U, b):
    h = np.zeros((len(X), len(U)))
    for t in range(int(max(lengths))):
        rows = np.flatnonzero(lengths > t)
        h[rows] = np.tanh(X[rows, t] @ W + h[rows] @ U + b)
    return h


@encode_padded.variant
def gathered(X, lengths, W, U, b):
    from_inputs, h, states = np.einsum("btd,dh->bth", X, W) + b, np.zeros((len(X), len(b))), []
    for t in range(X.shape[1]):
        h = np.tanh(from_inputs[:, t] + h.dot(U))
        states.append(h)
    return np.take_along_axis(np.stack(states, axis=1), (lengths - 1)[:, None, None], axis=1).squeeze(1)


encode_padded.mistakes(
    """
    padding-is-read: You return the state at the end of the batch: short sequences have read their padding. Behind its
      own end a sequence keeps its state.
        range(lengths[n]) → range(X.shape[1])
    zero-behind-the-end: Behind its end the state becomes 0. It is kept.
        return code → return code * (lengths == X.shape[1])[:, None]
    padding-as-zeros: You set the padding to 0 and let the cell go on: even then the state moves. It is kept.
        range(lengths[n]) → range(X.shape[1])
        X[n, t] @ W → (X[n, t] * (t < lengths[n])) @ W
    one-step-too-many: Each sequence reads one step of its padding: it has the steps 0 to lengths − 1.
        range(lengths[n]) → range(min(lengths[n] + 1, X.shape[1]))
    one-step-too-few: The last step of each sequence is not read: it has the steps 0 to lengths − 1.
        range(lengths[n]) → range(max(lengths[n] - 1, 1))
    state-not-carried: Every step starts from a state of 0: all that was read before is lost.
        X[n, t] @ W + code[n] @ U + b → X[n, t] @ W + b
    longest-for-all: All sequences are read up to the longest length. Each has its own.
        range(lengths[n]) → range(lengths.max())
    shortest-for-all: All sequences are read up to the shortest length. Each has its own.
        range(lengths[n]) → range(lengths.min())
    lengths-sorted: The lengths are sorted, and the sequences are not: each is read up to another one's end.
        range(lengths[n]) → range(np.sort(lengths)[::-1][n])
    read-backwards: The sequences are read backwards. Read from the first step to the last one; the decoder goes back.
        range(lengths[n]) → reversed(range(lengths[n]))
    read-from-the-end-of-the-batch: You read from the end of the batch, which is padding. Begin with the first step.
        X[n, t] @ W → X[n, X.shape[1] - 1 - t] @ W
    states-added-up: You add up the states. The code is the last one.
        code[n] = np.tanh → code[n] = code[n] + np.tanh
    no-tanh-at-the-end: The code is the sum before the tanh. It is the state itself.
        return code → return np.arctanh(code)
    code-divided-by-the-length: You divide the code by the length. It is the state itself.
        return code → return code / lengths[:, None]
    last-sequence-for-all: Every sequence has the code of the last one.
        return code → return code[-1:] + 0 * code
    units-first: The axes are exchanged: sequences come before units, (B, H).
        return code → return code.T
    begins-with-step-1-t: The first step is not read: the loop begins with 1.
    last-step-left-out-t: The last step of each sequence is not read.
    begins-with-step-1-n: The first sequence is left out: the loop begins with 1.
    last-step-left-out-n: The last sequence is left out.
    returned-in-the-loop: The return stands inside the loop: only one sequence is read. Indent it less.
    """
)


@encode_padded.misconception("You return the states of all steps. The code is the one after the last step, (B, H).")
def all_states(X, lengths, W, U, b):
    h, Hs = np.zeros((len(X), len(U))), []
    for t in range(X.shape[1]):
        h = np.where((t < lengths)[:, None], np.tanh(X[:, t] @ W + h @ U + b), h)
        Hs.append(h)
    return np.stack(Hs, axis=1)


@encode_padded.misconception("You return the mean of the states. The code is the state after the last step.")
def mean_of_the_states(X, lengths, W, U, b):
    total = np.zeros((len(X), len(U)))
    for n in range(len(X)):
        h = np.zeros(len(U))
        for t in range(lengths[n]):
            h = np.tanh(X[n, t] @ W + h @ U + b)
            total[n] = total[n] + h / lengths[n]
    return total


@encode_padded.misconception(
    "Each sequence begins with the state in which the one before it ended. Each begins with a state of 0."
)
def state_of_the_sequence_before(X, lengths, W, U, b):
    code, h = np.zeros((len(X), len(U))), np.zeros(len(U))
    for n in range(len(X)):
        for t in range(lengths[n]):
            h = np.tanh(X[n, t] @ W + h @ U + b)
        code[n] = h
    return code
