"""Contract of `top1_loss`, the approximated rank of a target with scores that are held near 0.

unrolled-canary-cc08242137b9
"""

import numpy as np

from solutions.exercises.recommender import scores as drawn
from solutions.exercises.recommender.bpr import WORDS
from solutions.judging import kit
from solutions.reference import recommender

READ = "recommender#eq-rec-top1"
MANY = 224  # lanes: their loss is never large, but a forward pass for each of their scores takes minutes
GRADIENT = "recommender#eq-rec-top1-gradient"

top1_loss = kit.Contract(
    reference=recommender.top1_loss,
    outputs=kit.near("loss", "dscores"),
    read=READ,
    parts=kit.of_gradients(drawn.draw, *drawn.specials()),
    rules=(drawn.derived(recommender.top1_loss, GRADIENT, MANY),),
)


@top1_loss.derivation(
    words=WORDS
    | {
        "rank": "σ(other − own)",
        "size": "σ(other²)",
        "of_pairs": "the slopes of the pairs",
        "of_sizes": "the slopes of the sizes",
    }
)
def rank_and_size(scores):
    B = len(scores)
    above = scores - np.diag(scores)[:, None]  #: eq-rec-top1: the other's score + the own score
    share = (1 - np.eye(B)) / (B * (B - 1))  #: eq-rec-top1
    rank = (1 + np.tanh(above / 2)) / 2
    size = (1 + np.tanh(scores**2 / 2)) / 2
    loss = (share * (rank + size)).sum()  #: eq-rec-top1: the part of the rank + the part of the sizes
    of_pairs = share * rank * (1 - rank)  #: eq-rec-top1-gradient
    of_sizes = share * 2 * scores * size * (1 - size)  #: eq-rec-top1-gradient
    #: eq-rec-top1-gradient: the pairs' part + the sizes' part + the own score's part
    dscores = of_pairs + of_sizes - np.diag(of_pairs.sum(axis=1))
    return loss, dscores


@top1_loss.variant
def pair_by_pair(scores):
    def sigmoid(x):
        return 1 / (1 + np.exp(-x)) if x >= 0 else np.exp(x) / (1 + np.exp(x))

    B = len(scores)
    loss, dscores = 0.0, np.zeros((B, B))
    for n in range(B):
        for j in range(B):
            if j != n:
                rank, size = sigmoid(scores[n, j] - scores[n, n]), sigmoid(scores[n, j] ** 2)
                loss += rank + size
                dscores[n, j] += rank * (1 - rank) + 2 * scores[n, j] * size * (1 - size)
                dscores[n, n] -= rank * (1 - rank)
    return loss / (B * (B - 1)), dscores / (B * (B - 1))


@top1_loss.variant
def by_a_mask(scores):
    others = ~np.eye(len(scores), dtype=bool)
    d = scores - np.diagonal(scores)[:, np.newaxis]
    rank, size = np.exp(-np.logaddexp(0, -d)), np.exp(-np.logaddexp(0, -np.square(scores)))
    loss = rank[others].mean() + size[others].mean()
    pairs = np.where(others, rank * np.exp(-np.logaddexp(0, d)), 0)
    sizes = np.where(others, 2 * scores * size * np.exp(-np.logaddexp(0, np.square(scores))), 0)
    dscores = (pairs + sizes) / others.sum()
    dscores[np.arange(len(d)), np.arange(len(d))] = -pairs.sum(axis=1) / others.sum()
    return loss, dscores


@top1_loss.variant
def row_by_row(scores):
    B = len(scores)
    loss, rows = 0.0, []
    for n in range(B):
        row = np.delete(scores[n], n)
        d, q = np.tanh((row - scores[n, n]) / 2), np.tanh(row * row / 2)
        loss += np.mean(1 + (d + q) / 2)
        pairs = (1 - d**2) / 4
        rows.append(np.insert(pairs + row * (1 - q**2) / 2, n, -pairs.sum()))
    return loss / B, np.stack(rows) / (B * (B - 1))


@top1_loss.variant
def stable_by_the_sign(scores):
    def sigmoid(x):
        e = np.exp(-np.abs(x))
        return np.where(x < 0, e, 1) / (1 + e)

    B = scores.shape[0]
    rank, size = sigmoid((scores.T - scores.diagonal()).T), sigmoid(scores * scores)
    np.fill_diagonal(rank, 0)
    np.fill_diagonal(size, 0)
    slope = rank - rank**2
    dscores = slope + 2 * scores * (size - size**2)
    dscores = dscores - np.eye(B) * slope.sum(axis=1, keepdims=True)
    return (rank.sum() + size.sum()) / (B * B - B), dscores / (B * B - B)


LOSS = "(share * (rank + size)).sum()"
SHARE = "(1 - np.eye(B)) / (B * (B - 1))"
PAIRS, SIZES = "share * rank * (1 - rank)", "share * 2 * scores * size * (1 - size)"
TOTAL = "of_pairs + of_sizes - np.diag(of_pairs.sum(axis=1))"
for name, hint, *edits in (
    (
        "own-score-beside-itself",
        "Each row's own score is compared with itself, and its size counts. Leave the diagonal out.",
        (SHARE, "np.ones((B, B)) / (B * (B - 1))"),
    ),
    (
        "own-score-beside-itself-in-its-gradient",
        "Each row's own score is compared with itself, in the loss and in its own gradient. Leave the diagonal out.",
        (SHARE, "np.ones((B, B)) / (B * (B - 1))"),
        (TOTAL, "(of_pairs + of_sizes) * (1 - np.eye(B)) - np.diag(of_pairs.sum(axis=1))"),
    ),
    (
        "mean-over-all-scores",
        "The mean goes over all B² scores, the own one among them. It goes over the B − 1 negatives of each row.",
        (SHARE, "np.ones((B, B)) / B**2"),
    ),
    (
        "own-score-counted-in-the-mean",
        "You divide by B². A row has B − 1 negatives: divide by B (B − 1).",
        (SHARE, "(1 - np.eye(B)) / B**2"),
    ),
    (
        "own-size-counted",
        "The own score's size counts in your loss. Only the negatives are held near 0.",
        (LOSS, "(share * rank).sum() + size.sum() / (B * (B - 1))"),
        (SIZES, "2 * scores * size * (1 - size) / (B * (B - 1))"),
    ),
    ("summed", "Loss and gradient are sums. Take the mean: divide by B (B − 1).", (SHARE, "1 - np.eye(B)")),
    (
        "summed-over-the-negatives",
        "The negatives are added up. Take their mean, too: divide by B (B − 1).",
        (SHARE, "(1 - np.eye(B)) / B"),
    ),
    (
        "summed-over-the-lanes",
        "The lanes are added up. Take their mean, too: divide by B (B − 1).",
        (SHARE, "(1 - np.eye(B)) / (B - 1)"),
    ),
    (
        "loss-summed",
        "The loss is a sum, its gradient that of a mean. Divide the loss by B (B − 1), too.",
        (LOSS, "((1 - np.eye(B)) * (rank + size)).sum()"),
    ),
    (
        "gradient-not-divided",
        "The gradient is that of the sum. The loss is a mean: divide by B (B − 1).",
        (TOTAL, "B * (B - 1) * (of_pairs + of_sizes - np.diag(of_pairs.sum(axis=1)))"),
    ),
    (
        "sizes-left-out",
        "The second part is missing, σ(other²): it holds the scores near 0.",
        (LOSS, "(share * rank).sum()"),
        (TOTAL, "of_pairs - np.diag(of_pairs.sum(axis=1))"),
    ),
    (
        "sizes-left-out-of-the-loss",
        "In the loss the second part is missing, σ(other²).",
        (LOSS, "(share * rank).sum()"),
    ),
    (
        "sizes-left-out-of-the-gradient",
        "In the gradient the second part is missing, that of σ(other²).",
        (TOTAL, "of_pairs - np.diag(of_pairs.sum(axis=1))"),
    ),
    (
        "ranks-left-out",
        "The first part is missing, σ(other − own): nothing compares the scores.",
        (LOSS, "(share * size).sum()"),
        (TOTAL, "1 * of_sizes"),
    ),
    (
        "scores-not-squared",
        "The scores are not squared: the second part is σ(other²), least at 0.",
        ("np.tanh(scores**2 / 2)", "np.tanh(scores / 2)"),
        (SIZES, "share * size * (1 - size)"),
    ),
    (
        "sigmoid-squared",
        "You square the sigmoid. The score is squared within it: σ(other²).",
        ("np.tanh(scores**2 / 2)) / 2", "np.tanh(scores / 2)) ** 2 / 4"),
        (SIZES, "share * 2 * size * (1 - np.sqrt(size))"),
    ),
    (
        "squares-without-sigmoid",
        "The squares are added without σ: the second part is σ(other²).",
        ("(1 + np.tanh(scores**2 / 2)) / 2", "scores**2"),
        (SIZES, "share * 2 * scores"),
    ),
    (
        "difference-squared",
        "You square the difference. The second part is σ(other²): the score itself is held near 0.",
        ("np.tanh(scores**2 / 2)", "np.tanh(above**2 / 2)"),
    ),
    (
        "two-forgotten",
        "The slope of other² is 2 · other: the factor 2 is missing.",
        (SIZES, "share * scores * size * (1 - size)"),
    ),
    (
        "chain-rule-forgotten",
        "The inner slope, 2 · other, is missing in the gradient of σ(other²).",
        (SIZES, "share * size * (1 - size)"),
    ),
    (
        "sign-turned-round",
        "The difference is turned round: the loss falls where the OTHER's score grows. It is σ(other − own).",
        ("np.tanh(above / 2)", "np.tanh(-above / 2)"),
        (TOTAL, "of_sizes - of_pairs + np.diag(of_pairs.sum(axis=1))"),
    ),
    (
        "sign-turned-round-in-the-loss",
        "In the loss the difference is turned round. It is σ(other − own).",
        ("np.tanh(above / 2)", "np.tanh(-above / 2)"),
    ),
    (
        "uphill",
        "Your gradient has the wrong sign.",
        (TOTAL, "np.diag(of_pairs.sum(axis=1)) - of_pairs - of_sizes"),
    ),
    (
        "own-score-without-gradient",
        "The own scores get no gradient. Each takes part in all of its row's pairs: minus the sum of their slopes.",
        (TOTAL, "of_pairs + of_sizes"),
    ),
    (
        "own-score-pays-for-sizes",
        "The own scores get the gradient of the sizes, too. They take part in the pairs alone.",
        (TOTAL, "of_pairs + of_sizes - np.diag((of_pairs + of_sizes).sum(axis=1))"),
    ),
    (
        "own-score-of-one-pair",
        "The own score's gradient is the mean over its pairs. It is minus the sum: it takes part in all of them.",
        (TOTAL, "of_pairs + of_sizes - np.diag(of_pairs.sum(axis=1) / (B - 1))"),
    ),
    (
        "own-score-added",
        "The own score's part has the wrong sign: the loss falls where it grows.",
        (TOTAL, "of_pairs + of_sizes + np.diag(of_pairs.sum(axis=1))"),
    ),
    (
        "summed-down-the-columns",
        "The own scores get the sums down the columns. A row's own score takes part in its row's pairs: axis=1.",
        (TOTAL, "of_pairs + of_sizes - np.diag(of_pairs.sum(axis=0))"),
    ),
    (
        "own-scores-along-the-columns",
        "The own scores stand along the wrong axis: score [n, j] is compared with [n, n], that of its row.",
        ("np.diag(scores)[:, None]", "np.diag(scores)[None]"),
    ),
    (
        "sigmoid-for-its-slope",
        "In the gradient stands σ. Its slope is σ(1 − σ).",
        (PAIRS, "share * rank"),
    ),
    (
        "logarithm-taken",
        "You take −log σ, as BPR does. TOP1 has σ(other − own) itself.",
        (LOSS, "(share * (np.logaddexp(0, above) + size)).sum()"),
        (PAIRS, "share * rank"),
    ),
    (
        "plain-exponentials",
        "exp overflows where a score is far below 0. Take a stable sigmoid: (1 + tanh(x / 2)) / 2 is one.",
        ("(1 + np.tanh(above / 2)) / 2", "1 / (1 + np.exp(-above))"),
    ),
    (
        "losses-of-all-lanes",
        "You return a loss for each lane. One number is asked for, the mean.",
        (LOSS, "B * (share * (rank + size)).sum(axis=1)"),
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
):
    top1_loss.slip(name, hint, *edits)
