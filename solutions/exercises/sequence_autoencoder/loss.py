"""Contract of `reconstruction_loss`, the mean over all real entries, with its gradient.

unrolled-canary-adf7c452f66c
"""

import numpy as np

from solutions.exercises.deep_bidirectional.reversal import of_length
from solutions.exercises.sequence_autoencoder.errors import draw, perfect
from solutions.judging import kit
from solutions.reference import autoencoder

READ = "images-and-autoencoders#eq-ae-loss"
GRADIENT = "images-and-autoencoders#eq-ae-loss-gradient"
SIZES = kit.Sizes(5, 6, 3, 4, 2)


def _padding_flows(function: kit.Function, rng: np.random.Generator) -> bool:
    X, Y, ends = draw(rng, SIZES, np.float64).values()
    behind = (np.arange(SIZES.steps) >= ends[:, None])[:, :, None]
    loss, dY = function(X.copy(), Y.copy(), ends.copy())
    other, dother = function(X.copy(), Y + behind * rng.uniform(1, 2, Y.shape), ends.copy())
    unmoved = np.isclose(loss, other) and np.allclose(dY, dother)
    return not (unmoved and np.all(np.where(behind, dother, 0) == 0) and loss > 0 and np.any(dY))


def _not_the_gradient(function: kit.Function, rng: np.random.Generator) -> bool:
    # Of a square, differences to both sides are the slope, however long the step.
    X, Y, ends = draw(rng, SIZES, np.float64).values()
    _, dY = function(X.copy(), Y.copy(), ends.copy())
    direction = rng.standard_normal(Y.shape)
    ahead, behind = (float(function(X.copy(), Y + s * direction, ends.copy())[0]) for s in (1, -1))
    slope, along = (ahead - behind) / 2, float(np.sum(np.asarray(dY) * direction))
    return not abs(slope - along) <= 1e-3 * max(abs(slope), 0.01) or slope == 0


reconstruction_loss = kit.Contract(
    reference=autoencoder.reconstruction_loss,
    outputs=kit.near("loss", "dY"),
    read=READ,
    parts=kit.of_gradients(
        draw,
        of_length(draw, "nothing is padded", 5),
        of_length(draw, "every length is 1", 1),
        kit.Special("a perfect reconstruction", perfect),
    ),
    rules=(
        kit.Rule(
            "padding-flows",
            "what stands in the padding changes neither the loss nor the gradient, which is 0 there.",
            _padding_flows,
            READ,
        ),
        kit.Rule(
            "not-the-slope",
            "your gradient has to be that of your own loss, as differences of it give it.",
            _not_the_gradient,
            GRADIENT,
        ),
    ),
)


@reconstruction_loss.derivation(
    words={
        "error": "the differences",
        "real": "which steps are real",
        "count": "the number of real entries",
        "loss": "the loss",
        "dY": "the gradient",
    },
    # Of another number of axes: it stops before there is an answer.
    without=("another-value-error-X-lengths", "another-value-error-real-Y", "made-too-early-error-real-X"),
)
def over_all_real_entries(X, Y, lengths):
    real = np.arange(X.shape[1]) < lengths[:, None]
    error = (Y - X) * real[:, :, None]
    count = lengths.sum() * X.shape[2]  #: eq-ae-loss
    loss = (error**2).sum() / count  #: eq-ae-loss
    dY = 2 * error / count  #: eq-ae-loss-gradient
    return loss, dY


@reconstruction_loss.variant
def selected(X, Y, lengths):
    real = np.arange(X.shape[1]) < lengths[:, None]
    error = Y[real] - X[real]
    dY = np.zeros(Y.shape)
    dY[real] = 2 * error / error.size
    return np.mean(error**2), dY


@reconstruction_loss.variant
def sequence_by_sequence(X, Y, lengths):
    count = X.shape[2] * sum(int(n) for n in lengths)
    loss, dY = 0.0, np.zeros_like(Y)
    for n in range(len(X)):
        for t in range(lengths[n]):
            error = X[n, t] - Y[n, t]
            loss += error @ error / count
            dY[n, t] = -2 * error / count
    return loss, dY


@reconstruction_loss.variant
def errors_weighted(X, Y, lengths):
    share = lengths / np.sum(lengths)
    own = [np.mean((y[:n] - x[:n]) ** 2) for x, y, n in zip(X, Y, lengths, strict=True)]
    mask = (np.arange(Y.shape[1])[None] < lengths[:, None])[..., None]
    return np.dot(share, own), np.where(mask, Y - X, 0.0) * (2 / (lengths.sum() * Y.shape[2]))


@reconstruction_loss.variant
def by_vdot(X, Y, lengths):
    mask = (np.arange(Y.shape[1]) < np.expand_dims(lengths, 1)).astype(float)
    half = np.einsum("btd,bt->btd", Y, mask) - np.einsum("btd,bt->btd", X, mask)
    half /= mask.sum() * Y.shape[2]
    return np.vdot(half, half) * mask.sum() * Y.shape[2], half + half


COUNT, LOSS, SLOPE = "lengths.sum() * X.shape[2]", "(error**2).sum() / count", "2 * error / count"
MASKED = "(Y - X) * real[:, :, None]"
for name, hint, *edits in (
    (
        "padding-counted",
        "The padding counts, in the sum and in the number. Only real entries do.",
        (MASKED, "(Y - X)"),
        (COUNT, "X.size"),
    ),
    (
        "divided-by-all-entries",
        "You divide by all entries, B T D. Divide by the real ones: D times the sum of the lengths.",
        (COUNT, "X.size"),
    ),
    (
        "padding-in-the-sum",
        "The padding is in the sum. Only real entries count.",
        (MASKED, "(Y - X)"),
    ),
    (
        "padding-in-the-loss",
        "The padding counts in your loss, and not in the gradient. Mask both.",
        (LOSS, "((Y - X) ** 2).sum() / count"),
    ),
    (
        "gradient-not-masked",
        "Something flows back into the padding. The gradient is 0 there.",
        (SLOPE, "2 * (Y - X) / count"),
    ),
    (
        "divided-by-the-steps-alone",
        "You divide by the number of steps. Each has D entries: divide by D, too.",
        (COUNT, "lengths.sum()"),
    ),
    (
        "divided-by-the-sequences",
        "You divide by the number of sequences. Divide by the real entries: D times the sum of the lengths.",
        (COUNT, "len(X)"),
    ),
    (
        "not-divided",
        "The loss is a sum, and so is its gradient. Divide both by the number of real entries.",
        (COUNT, "1"),
    ),
    (
        "mean-of-sequences",
        "You average each sequence first: steps of short ones weigh more. Average all real entries at once.",
        (COUNT, "(lengths * len(X) * X.shape[2])[:, None, None]"),
        (LOSS, "(error**2 / count).sum()"),
    ),
    (
        "mean-of-sequences-in-the-loss",
        "Your loss averages each sequence first, and your gradient does not. Average all real entries at once.",
        (LOSS, "((error**2).sum(axis=(1, 2)) / (lengths * X.shape[2])).mean()"),
    ),
    (
        "gradient-of-x",
        "Yours is the gradient with respect to X. That of Y has the other sign: it points away from X.",
        (SLOPE, "-2 * error / count"),
    ),
    (
        "two-missing",
        "The 2 of the square's slope is missing.",
        (SLOPE, "error / count"),
    ),
    (
        "half-of-the-loss",
        "Yours is half the loss. The mean of the squares is asked for; its slope has a 2.",
        (LOSS, "(error**2).sum() / count / 2"),
        (SLOPE, "error / count"),
    ),
    (
        "half-in-the-loss",
        "Your loss has a factor 1/2 that is not asked for, and your gradient does not.",
        (LOSS, "(error**2).sum() / count / 2"),
    ),
    (
        "gradient-not-divided",
        "The gradient is that of the sum. Divide by the number of real entries, as the loss is.",
        (SLOPE, "2 * error"),
    ),
    (
        "gradient-of-the-whole-mean",
        "Your gradient divides by all entries, B T D. Divide by the real ones, as the loss is.",
        (SLOPE, "2 * error / X.size"),
    ),
    (
        "sign-alone",
        "Your gradient is a sign: that of the absolute error. The square's slope is 2 times the difference.",
        (SLOPE, "np.sign(error) / count"),
    ),
    (
        "root",
        "You take the root of the mean. The mean of the squares is asked for.",
        (LOSS, "np.sqrt((error**2).sum() / count)"),
    ),
    (
        "absolute",
        "You take absolute differences. Square them.",
        (LOSS, "np.abs(error).sum() / count"),
    ),
    (
        "one-loss-a-sequence",
        "You return a loss for each sequence. One number is asked for.",
        (LOSS, "(error**2).sum(axis=(1, 2)) / (lengths * X.shape[2])"),
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
        "step-taken",
        "You return the reconstruction after a step. The gradient is asked for.",
        ("return loss, dY", "return loss, Y - dY"),
    ),
    (
        "gradient-first",
        "The gradient stands first. Return loss, dY.",
        ("return loss, dY", "return dY, loss"),
    ),
):
    reconstruction_loss.slip(name, hint, *edits)
