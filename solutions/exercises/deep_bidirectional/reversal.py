"""Contract of `reverse_padded`, each sequence of a padded batch turned round within its own length.

unrolled-canary-612b2f97ed61
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import deep

READ = "deep-and-bidirectional#eq-deep-reverse"


def lengths(rng: np.random.Generator, sizes: kit.Sizes) -> np.ndarray:
    """Lengths of which one is T − 1 and, where there is room, one is T and one is 1."""
    least = [max(sizes.steps - 1, 1), sizes.steps, 1]
    more = rng.integers(1, sizes.steps + 1, sizes.batch)
    return rng.permutation(np.array([*least, *more])[: sizes.batch])


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """X, in whose padding stands anything, and the lengths."""
    X = kit.normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype)
    return {"X": X, "lengths": lengths(rng, sizes)}


def of_length(draw: kit.Function, label: str, length: int) -> kit.Special:
    """All sequences of one length."""

    def special(rng: np.random.Generator) -> kit.Arguments:
        arguments = draw(rng, kit.Sizes(3, 5, 2, 4, 3), np.float64)
        return arguments | {"lengths": np.full(3, length)}

    return kit.Special(label, special)


def _stays_turned(function: kit.Function, rng: np.random.Generator) -> bool:
    X, lengths = draw(rng, kit.Sizes(5, 6, 3, 4, 2), np.float64).values()
    once = np.array(function(X.copy(), lengths.copy()))
    return not np.allclose(function(once.copy(), lengths.copy()), X, rtol=1e-6)


def _touches_the_padding(function: kit.Function, rng: np.random.Generator) -> bool:
    X, lengths = draw(rng, kit.Sizes(5, 6, 3, 4, 2), np.float64).values()
    behind = np.arange(6) >= lengths[:, None]
    return not np.allclose(np.asarray(function(X.copy(), lengths.copy()))[behind], X[behind], rtol=1e-6)


reverse_padded = kit.Contract(
    reference=deep.reverse_padded,
    outputs=kit.near("reversed"),
    read=READ,
    parts=kit.of_arrays(draw, of_length(draw, "nothing is padded", 5), of_length(draw, "every length is 1", 1)),
    rules=(
        kit.Rule("not-its-own-inverse", "turned round twice, everything is as it was.", _stays_turned, READ),
        kit.Rule("padding-moved", "the padding stays where it is.", _touches_the_padding, READ),
    ),
)


@reverse_padded.derivation(words={"X": "the sequences", "Y": "the reversed ones", "L": "the length"})
def row_by_row(X, lengths):
    Y = X.copy()
    for n in range(len(X)):
        L = lengths[n]
        Y[n][:L] = X[n][:L][::-1]  #: eq-deep-reverse
    return Y


@reverse_padded.derivation(words={"order": "where each step comes from", "t": "the step", "n": "the length"})
def by_index(X, lengths):
    t = np.arange(X.shape[1])
    n = lengths[:, None]
    order = np.where(t < n, n - 1 - t, t)  #: eq-deep-reverse
    return np.take_along_axis(X, order[:, :, None], axis=1)


@reverse_padded.variant
def pieces_joined(X, lengths):
    return np.stack([np.concatenate([x[:n][::-1], x[n:]]) for x, n in zip(X, lengths, strict=True)])


@reverse_padded.variant
def rolled_back(X, lengths):
    # All reversed, so that the padding comes first; then pushed behind the sequence again, and turned back.
    T = X.shape[1]
    turned = np.array([np.roll(x[::-1], n - T, axis=0) for x, n in zip(X, lengths, strict=True)])
    return np.array([np.concatenate([y[:n], y[n:][::-1]]) for y, n in zip(turned, lengths, strict=True)])


@reverse_padded.variant
def entry_by_entry(X, lengths):
    Y = np.zeros_like(X)
    for n in range(X.shape[0]):
        for t in range(X.shape[1]):
            Y[n, t] = X[n, lengths[n] - 1 - t] if t < lengths[n] else X[n, t]
    return Y


@reverse_padded.variant
def by_fancy_index(X, lengths):
    t = np.arange(X.shape[1])[None]
    back = lengths[:, None] - 1 - t
    return X[np.arange(len(X))[:, None], np.where(back >= 0, back, t)]


@reverse_padded.variant
def flipped_where_inside(X, lengths):
    Y = np.array(X)
    for y, n in zip(Y, lengths, strict=True):
        y[:n] = np.flip(y[:n], axis=0).copy()
    return Y


@reverse_padded.variant
def as_lists_of_steps(X, lengths):
    made = []
    for x, n in zip(X, lengths, strict=True):
        steps = list(x)
        made.append(steps[: int(n)][::-1] + steps[int(n) :])
    return np.array(made)


@reverse_padded.misconception(
    "You overwrite steps that are read later: the second half mirrors the first. Read from X."
)
def read_from_what_is_overwritten(X, lengths):
    Y = X.copy()
    for n in range(len(X)):
        for t in range(lengths[n]):
            Y[n, t] = Y[n, lengths[n] - 1 - t]
    return Y


@reverse_padded.misconception("You move each sequence behind its padding. It stays in front, turned round.")
def pushed_to_the_end(X, lengths):
    return np.array([np.concatenate([x[n:], x[:n]]) for x, n in zip(X, lengths, strict=True)])


@reverse_padded.misconception("The sequence is turned, and the padding stands before it. It stays behind.")
def padding_first(X, lengths):
    return np.array([np.concatenate([x[n:], x[:n][::-1]]) for x, n in zip(X, lengths, strict=True)])


TURNED_AS_A_WHOLE = "Every row is turned as a whole, so that the padding comes first. Turn the first lengths[n] steps."
reverse_padded.slip("lengths-ignored", TURNED_AS_A_WHOLE, ("L = lengths[n]", "L = X.shape[1]"))
reverse_padded.slip(
    "one-too-few", "The last real step is left out: X[n][:L] ends before L.", ("lengths[n]", "lengths[n] - 1")
)
reverse_padded.mistakes(
    """
    one-too-many: One step of the padding is turned along with the sequence. X[n][:L] has L steps already.
        lengths[n] → lengths[n] + 1
    begins-with-zeros-Y-X-copy: The padding comes back as zeros. It stays as it is.
    padding-turned-too: The padding is turned round, too. It stays as it is. (A negative index, such as n - 1 - t from
      t = n on, counts from the end.)
        Y[n][:L] = → Y[n][L:] = X[n][L:][::-1]; Y[n][:L] =
    turned-before-it-is-cut: You turn the whole row and take its first L steps: these are padding. Cut first, then turn.
        X[n][:L][::-1] → X[n][::-1][:L]
    nothing-turned: Nothing is turned. (Who swaps the steps t and L - 1 - t for every t swaps each pair twice.)
        return Y → return X.copy()
    first-sequence-alone: Only the first sequence comes back: the return stands inside the loop. Indent it less.
        return Y → return np.where(np.arange(len(X))[:, None, None] == 0, Y, 0 * X)
    batch-reversed: You turn round the batch: X[::-1] are its sequences in another order. The steps are axis 1.
        return Y → return X[::-1].copy()
    inputs-reversed: You turn round the inputs of each step. The steps are the axis before that.
        X[n][:L][::-1] → X[n][:L, ::-1]
    steps-and-inputs-reversed: The inputs of each step are turned round, too. Turn the steps alone.
        X[n][:L][::-1] → X[n][:L][::-1, ::-1]
    batch-and-steps-reversed: The sequences are turned, and so is their order in the batch.
        return Y → return Y[::-1].copy()
    longest-for-all: All are turned within the longest length. Each has its own.
        lengths[n] → lengths.max()
    shortest-for-all: All are turned within the shortest length. Each has its own.
        lengths[n] → lengths.min()
    lengths-sorted: The lengths are sorted, and the sequences are not: each is turned within another one's length.
        lengths[n] → np.sort(lengths)[::-1][n]
    begins-with-step-1-n: The loop leaves out the first sequence: it begins with 1.
    last-step-left-out-n: The loop leaves out the last sequence.
    returned-in-the-loop: The return stands inside the loop: only one sequence is turned. Indent it less.
    other-index-L-n-0: Every sequence is turned within the first one's length. Each has its own.
    other-index-Y-n-L-0: Every sequence is made of the first one.
    another-value-everywhere-Y-n-L-X: You write into X itself. Your caller still needs it: work on a copy.
    made-too-early-Y-n-L-X: You write into X in the place of Y.
    another-value-everywhere-order-t-lengths: Wherever the number of a step belongs, there stands a length.
    """
)
