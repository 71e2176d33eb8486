"""Contract of `reconstruction_errors`, the score of each sequence.

unrolled-canary-fdac88c0ff73
"""

import numpy as np

from solutions.exercises.deep_bidirectional.reversal import lengths, of_length
from solutions.judging import kit
from solutions.reference import autoencoder

READ = "images-and-autoencoders#eq-ae-errors"


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """Sequences and what is made of them; in the padding of both stands anything."""
    shape = sizes.batch, sizes.steps, sizes.inputs
    return {
        "X": kit.normal(rng, *shape, dtype=dtype) + dtype(1),
        "Y": kit.normal(rng, *shape, dtype=dtype),
        "lengths": lengths(rng, sizes),
    }


def perfect(rng: np.random.Generator) -> kit.Arguments:
    """A reconstruction that is right wherever steps are real."""
    given = draw(rng, kit.Sizes(4, 5, 2, 1, 1), np.float64)
    real = (np.arange(5) < given["lengths"][:, None])[:, :, None]
    return given | {"Y": np.where(real, given["X"], given["Y"])}


def _padding_counts(function: kit.Function, rng: np.random.Generator) -> bool:
    X, Y, ends = draw(rng, kit.Sizes(5, 6, 3, 4, 2), np.float64).values()
    behind = (np.arange(6) >= ends[:, None])[:, :, None]
    errors = np.asarray(function(X.copy(), Y.copy(), ends.copy()))
    other = function(X + behind * rng.uniform(1, 2, X.shape), Y.copy(), ends.copy())
    longer = function(*(np.concatenate([one, 2 * one], axis=1) for one in (X, Y)), ends.copy())
    far = np.asarray(function(X.copy(), 2 * Y - X, ends.copy()))  # twice as far away
    return not (np.allclose(errors, other) and np.allclose(errors, longer) and np.allclose(far, 4 * errors)) or bool(
        np.any(errors <= 0)
    )


reconstruction_errors = kit.Contract(
    reference=autoencoder.reconstruction_errors,
    outputs=kit.near("errors"),
    read=READ,
    parts=kit.of_values(
        draw,
        of_length(draw, "nothing is padded", 5),
        of_length(draw, "every length is 1", 1),
        kit.Special("a perfect reconstruction", perfect),
    ),
    rules=(
        kit.Rule(
            "padding-counts",
            "what stands in the padding changes nothing; twice the distance makes four times the error.",
            _padding_counts,
            READ,
        ),
    ),
)


@reconstruction_errors.derivation(
    words={"real": "which steps are real", "squares": "the squares", "lengths": "the lengths"}
)
def masked_squares(X, Y, lengths):
    real = 1.0 * (np.arange(X.shape[1]) < lengths[:, None])
    squares = ((X - Y) ** 2).mean(axis=2)  #: eq-ae-errors
    return (squares * real).sum(axis=1) / lengths  #: eq-ae-errors


@reconstruction_errors.derivation()
def sequence_by_sequence(X, Y, lengths):
    errors = np.zeros(len(X))
    for n in range(len(X)):
        L = lengths[n]
        errors[n] = ((X[n, :L] - Y[n, :L]) ** 2).mean()  #: eq-ae-errors
    return errors


@reconstruction_errors.variant
def by_einsum(X, Y, lengths):
    D = X - Y
    real = (np.arange(X.shape[1])[None, :] < np.reshape(lengths, (-1, 1))).astype(float)
    return np.einsum("btd,btd,bt->b", D, D, real) / (lengths * X.shape[-1])


@reconstruction_errors.variant
def cut_and_averaged(X, Y, lengths):
    return [np.average(np.square(x[:n] - y[:n])) for x, y, n in zip(X, Y, lengths, strict=True)]


@reconstruction_errors.variant
def norms(X, Y, lengths):
    kept = np.where((np.arange(X.shape[1]) < lengths[:, None])[..., None], Y - X, 0.0)
    return np.linalg.norm(kept.reshape(len(X), -1), axis=1) ** 2 / lengths / X.shape[2]


@reconstruction_errors.variant
def running_sums(X, Y, lengths):
    total = np.cumsum(((Y - X) ** 2).sum(axis=2), axis=1)
    return total[np.arange(len(X)), lengths - 1] / (lengths * Y.shape[2])


MASKED = "(squares * real).sum(axis=1) / lengths"
for name, hint, *edits in (
    (
        "padding-counted",
        "The padding counts. Take the mean over each sequence's own steps.",
        (MASKED, "squares.mean(axis=1)"),
    ),
    (
        "padding-in-the-sum",
        "The padding is in the sum. Only real steps count, above and below.",
        (MASKED, "squares.sum(axis=1) / lengths"),
    ),
    (
        "divided-by-all-steps",
        "You divide by all T steps. Divide by the sequence's own length: else short ones look good.",
        (MASKED, "(squares * real).mean(axis=1)"),
    ),
    (
        "not-divided-by-the-length",
        "You add up over the steps, so that long sequences look bad. Divide by the length.",
        (MASKED, "(squares * real).sum(axis=1)"),
    ),
    (
        "divided-by-all-lengths",
        "You divide by the steps of the whole batch. Each sequence has its own mean.",
        (MASKED, "(squares * real).sum(axis=1) / lengths.sum()"),
    ),
    (
        "inputs-added-up",
        "You add up over the inputs of a step. The mean goes over them, too: divide by D.",
        ("((X - Y) ** 2).mean(axis=2)", "((X - Y) ** 2).sum(axis=2)"),
    ),
    (
        "root",
        "You take the root. The mean squared error is asked for.",
        (MASKED, "np.sqrt((squares * real).sum(axis=1) / lengths)"),
    ),
    (
        "absolute",
        "You take absolute differences. Square them.",
        ("((X - Y) ** 2)", "np.abs(X - Y)"),
    ),
    (
        "half",
        "Yours is half the mean squared error.",
        (MASKED, "(squares * real).sum(axis=1) / lengths / 2"),
    ),
    (
        "squared-at-the-end",
        "You square the mean of the differences: errors of both signs cancel. Square each.",
        ("((X - Y) ** 2)", "(X - Y)"),
        (MASKED, "((squares * real).sum(axis=1) / lengths) ** 2"),
    ),
    (
        "batch-mean",
        "You return one number for the batch. Each sequence has its own.",
        (MASKED, "(squares * real).sum() / lengths.sum()"),
    ),
    (
        "last-step-missing",
        "The last step of each sequence does not count. Its steps are 0 to lengths − 1.",
        ("< lengths[:, None]", "< lengths[:, None] - 1"),
    ),
    (
        "one-step-too-many",
        "A step of the padding counts. The steps of a sequence are 0 to lengths − 1.",
        ("< lengths[:, None]", "<= lengths[:, None]"),
    ),
    (
        "padding-alone",
        "Your mask is turned round: you look at the padding.",
        ("< lengths[:, None]", ">= lengths[:, None]"),
    ),
    (
        "error-of-each-step",
        "You return the errors of all steps. Each sequence has one.",
        (MASKED, "squares * real"),
    ),
    (
        "largest-step",
        "You return the largest error of a step. The mean over the steps is asked for.",
        (MASKED, "(squares * real).max(axis=1)"),
    ),
    (
        "relative-to-the-size",
        "You divide by the size of the signal. The mean squared error is asked for.",
        (MASKED, "(squares * real).sum(axis=1) / ((X**2).mean(axis=2) * real).sum(axis=1)"),
    ),
    (
        "longest-for-all",
        "All sequences are compared up to the longest length. Each has its own.",
        (
            "1.0 * (np.arange(X.shape[1]) < lengths[:, None])",
            "1.0 * (np.arange(X.shape[1]) < 0 * lengths[:, None] + lengths.max())",
        ),
    ),
):
    reconstruction_errors.slip(name, hint, *edits)
reconstruction_errors.mistakes(
    """
    begins-with-step-1-n: The first sequence is left out: the loop begins with 1.
    last-step-left-out-n: The last sequence is left out.
    returned-in-the-loop: The return stands inside the loop: only one sequence has an error. Indent it less.
    """
)
