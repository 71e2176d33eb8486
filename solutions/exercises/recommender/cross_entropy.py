"""Contract of `sampled_cross_entropy`, the cross-entropy of a target among those of the other lanes.

unrolled-canary-1cf77d44e3f9
"""

import numpy as np

from solutions.exercises.recommender import scores as drawn
from solutions.judging import kit
from solutions.reference import recommender

READ = "recommender#eq-rec-cross-entropy"
GRADIENT = "recommender#eq-rec-cross-entropy-gradient"

sampled_cross_entropy = kit.Contract(
    reference=recommender.sampled_cross_entropy,
    outputs=kit.near("loss", "dscores"),
    read=READ,
    parts=kit.of_gradients(drawn.draw, *drawn.specials()),
    rules=(drawn.derived(recommender.sampled_cross_entropy, GRADIENT),),
)


@sampled_cross_entropy.derivation(
    words={
        "B": "the number of lanes",
        "own": "the rows' own columns, one-hot",
        "shifted": "the scores without their maximum",
        "log_p": "the log-probabilities",
        "scores": "the scores",
        "loss": "the loss",
        "dscores": "the gradient",
    }
)
def softmax_minus_one(scores):
    B = len(scores)
    own = np.eye(B)
    shifted = scores - scores.max(axis=1, keepdims=True)
    #: eq-rec-cross-entropy: the score + the log-sum-exp
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -(log_p * own).sum() / B  #: eq-rec-cross-entropy
    dscores = (np.exp(log_p) - own) / B  #: eq-rec-cross-entropy-gradient: the probabilities + the own columns, one-hot
    return loss, dscores


@sampled_cross_entropy.variant
def by_places(scores):
    n = np.arange(scores.shape[0])
    e = np.exp(scores - scores.max(axis=1)[:, None])
    p = e / e.sum(axis=1)[:, None]
    loss = (np.logaddexp.reduce(scores, axis=1) - scores[n, n]).mean()
    p[n, n] -= 1
    return loss, p / len(n)


@sampled_cross_entropy.variant
def row_by_row(scores):
    B = len(scores)
    losses, dscores = [], np.zeros((B, B))
    for n, row in enumerate(scores):
        log_Z = np.logaddexp.reduce(row)
        losses.append(log_Z - row[n])
        dscores[n] = np.exp(row - log_Z)
        dscores[n, n] -= 1
    return np.mean(losses), dscores / B


@sampled_cross_entropy.variant
def with_the_trace(scores):
    B = scores.shape[1]
    peak = np.amax(scores, axis=1)
    total = np.exp(scores.T - peak).sum(axis=0)
    loss = (np.log(total).sum() + peak.sum() - np.trace(scores)) / B
    return loss, (np.exp(scores.T - peak) / total - np.identity(B)).T / B


@sampled_cross_entropy.variant
def differences_to_the_own_score(scores):
    above = scores - np.diagonal(scores).reshape(-1, 1)
    log_sum = np.logaddexp.reduce(above, axis=1)
    dscores = np.exp(above - log_sum[:, None])
    np.fill_diagonal(dscores, np.diag(dscores) - 1)
    return float(np.average(log_sum)), np.divide(dscores, len(scores))


LOSS, SLOPE = "-(log_p * own).sum() / B", "(np.exp(log_p) - own) / B"
for name, hint, *edits in (
    (
        "not-divided",
        "The loss is a sum, and so is its gradient. Take the mean over the lanes: divide both by B.",
        (LOSS, "-(log_p * own).sum()"),
        (SLOPE, "np.exp(log_p) - own"),
    ),
    (
        "loss-summed",
        "The loss is a sum. It is the mean over the lanes.",
        (LOSS, "-(log_p * own).sum()"),
    ),
    (
        "gradient-not-divided",
        "The gradient is that of the sum. The loss is a mean over the lanes: divide by B.",
        (SLOPE, "np.exp(log_p) - own"),
    ),
    (
        "divided-by-all-scores",
        "You divide by the number of scores, B². Each lane has one loss: divide by B.",
        (LOSS, "-(log_p * own).mean()"),
        (SLOPE, "(np.exp(log_p) - own) / B**2"),
    ),
    (
        "loss-divided-by-all-scores",
        "The loss is divided by the number of scores, B². Each lane has one loss: divide by B.",
        (LOSS, "-(log_p * own).mean()"),
    ),
    (
        "gradient-divided-by-all-scores",
        "The gradient is divided by the number of scores, B². Each lane has one loss: divide by B.",
        (SLOPE, "(np.exp(log_p) - own) / B**2"),
    ),
    (
        "divided-by-the-negatives",
        "You divide by the negatives, B − 1. Cross-entropy adds up the exponentials of all columns, and its mean goes "
        "over the B lanes.",
        (LOSS, "-(log_p * own).sum() / (B - 1)"),
        (SLOPE, "(np.exp(log_p) - own) / (B - 1)"),
    ),
    (
        "gradient-of-log-p",
        "Your gradient has the wrong sign: it is that of log p. The loss is −log p: p minus the own column's 1.",
        (SLOPE, "(own - np.exp(log_p)) / B"),
    ),
    (
        "loss-negative",
        "Your loss is below 0: it is minus the mean of log p.",
        (LOSS, "(log_p * own).sum() / B"),
    ),
    (
        "log-p-for-p",
        "In the gradient stand log-probabilities. It takes the probabilities.",
        (SLOPE, "(log_p - own) / B"),
    ),
    (
        "probabilities-alone",
        "The gradient is p minus 1 at each row's own column. Yours are the probabilities alone.",
        (SLOPE, "np.exp(log_p) / B"),
    ),
    (
        "at-the-own-column-alone",
        "In the gradient only the own columns are filled. The negatives have a part, too: p.",
        (SLOPE, "(np.exp(log_p) - own) * own / B"),
    ),
    (
        "at-the-negatives-alone",
        "In the gradient the own columns are 0. Theirs is p − 1.",
        (SLOPE, "np.exp(log_p) * (1 - own) / B"),
    ),
    (
        "one-target-for-all",
        "You take the first column for the target of every row. Row n's own column is n.",
        ("own = np.eye(B)", "own = np.eye(B)[np.zeros(B, dtype=int)]"),
    ),
    (
        "softmax-over-the-lanes",
        "Your softmax runs down the columns. Each row has one: it runs over the items, the last axis.",
        (".max(axis=1, keepdims=True)", ".max(axis=0, keepdims=True)"),
        (".sum(axis=1, keepdims=True)", ".sum(axis=0, keepdims=True)"),
    ),
    (
        "one-softmax-for-all",
        "Your softmax runs over the whole batch. Each row has one of its own.",
        (".max(axis=1, keepdims=True)", ".max()"),
        (".sum(axis=1, keepdims=True)", ".sum()"),
    ),
    (
        "negatives-without-the-own",
        "The sum of exponentials leaves out the own column. It belongs to the softmax.",
        ("np.exp(shifted).sum(axis=1, keepdims=True)", "(np.exp(shifted) * (1 - own)).sum(axis=1, keepdims=True)"),
    ),
    (
        "logarithm-of-the-mean",
        "You take the logarithm of the mean probability. It is the mean of the logarithms.",
        (LOSS, "-np.log((np.exp(log_p) * own).sum() / B)"),
    ),
    (
        "probability-for-the-loss",
        "The logarithm is missing in the loss: it is −log p.",
        (LOSS, "(own - np.exp(log_p) * own).sum() / B"),
    ),
    (
        "losses-of-all-lanes",
        "You return a loss for each lane. One number is asked for, the mean.",
        (LOSS, "-(log_p * own).sum(axis=1)"),
    ),
    (
        "gradient-turned-round",
        "Your gradient is turned round: at [n, j] it belongs to the score of row n for column j.",
        (SLOPE, "((np.exp(log_p) - own) / B).T"),
    ),
    (
        "gradient-first",
        "The gradient stands first. Return loss, dscores.",
        ("return loss, dscores", "return dscores, loss"),
    ),
    (
        "step-taken",
        "You return the scores after a step. The gradient is asked for.",
        ("return loss, dscores", "return loss, scores - dscores"),
    ),
    (
        "naive-softmax",
        "The exponential overflows where scores are large. Take each row's maximum from its scores first.",
        ("scores - scores.max(axis=1, keepdims=True)", "1.0 * scores"),
    ),
):
    sampled_cross_entropy.slip(name, hint, *edits)
