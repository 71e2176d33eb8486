"""Contract of `bpr_loss`, the loss of a target against each negative by itself.

unrolled-canary-ad78fcf9b3a9
"""

import numpy as np

from solutions.exercises.recommender import scores as drawn
from solutions.judging import kit
from solutions.reference import recommender

READ = "recommender#eq-rec-bpr"
GRADIENT = "recommender#eq-rec-bpr-gradient"

bpr_loss = kit.Contract(
    reference=recommender.bpr_loss,
    outputs=kit.near("loss", "dscores"),
    read=READ,
    parts=kit.of_gradients(drawn.draw, *drawn.specials()),
    rules=(drawn.derived(recommender.bpr_loss, GRADIENT),),
)
WORDS = {
    "B": "the number of lanes",
    "own": "the own scores",
    "above": "how much a score is above the own one",
    "share": "each pair's share in the mean",
    "slopes": "the slopes of the pairs",
    "scores": "the scores",
    "loss": "the loss",
    "dscores": "the gradient",
}


@bpr_loss.derivation(words=WORDS)
def pair_and_share(scores):
    B = len(scores)
    own = np.diag(scores)[:, None]
    above = scores - own  #: eq-rec-bpr: the other's score + the own score
    share = (1 - np.eye(B)) / (B * (B - 1))  #: eq-rec-bpr
    loss = (share * np.logaddexp(0, above)).sum()  #: eq-rec-bpr
    slopes = share * np.exp(-np.logaddexp(0, -above))  #: eq-rec-bpr-gradient
    #: eq-rec-bpr-gradient: the negatives' part + the own score's part
    dscores = slopes - np.diag(slopes.sum(axis=1))
    return loss, dscores


@bpr_loss.variant
def pair_by_pair(scores):
    B = len(scores)
    loss, dscores = 0.0, np.zeros((B, B))
    for n in range(B):
        for j in range(B):
            if j == n:
                continue
            d = scores[n, n] - scores[n, j]
            loss += np.log1p(np.exp(-d)) if d >= 0 else -d + np.log1p(np.exp(d))
            slope = np.exp(-d) / (1 + np.exp(-d)) if d >= 0 else 1 / (1 + np.exp(d))
            dscores[n, j] += slope
            dscores[n, n] -= slope
    return loss / (B * (B - 1)), dscores / (B * (B - 1))


@bpr_loss.variant
def by_a_mask(scores):
    B = scores.shape[0]
    others = ~np.eye(B, dtype=bool)
    d = np.diagonal(scores)[:, np.newaxis] - scores
    loss = np.logaddexp(0, -d)[others].mean()
    dscores = np.where(others, (1 - np.tanh(d / 2)) / 2, 0) / others.sum()
    dscores[np.arange(B), np.arange(B)] = -dscores.sum(axis=1)
    return loss, dscores


@bpr_loss.variant
def row_by_row(scores):
    B = len(scores)
    losses, rows = [], []
    for n in range(B):
        d = scores[n, n] - np.delete(scores[n], n)
        losses.append(np.mean(np.maximum(-d, 0) + np.log1p(np.exp(-np.abs(d)))))
        slope = 0.5 - 0.5 * np.tanh(0.5 * d)
        rows.append(np.insert(slope, n, -slope.sum()) / (B - 1))
    return sum(losses) / B, np.array(rows) / B


@bpr_loss.variant
def with_a_zero_diagonal(scores):
    B = scores.shape[1]
    d = (scores.T - scores.diagonal()).T
    e = np.exp(-np.abs(d))
    losses, slopes = np.clip(d, 0, None) + np.log(1 + e), np.where(d > 0, 1, e) / (1 + e)
    np.fill_diagonal(losses, 0)
    np.fill_diagonal(slopes, 0)
    slopes /= B * (B - 1)
    return np.sum(losses) / B / (B - 1), slopes - np.eye(B) * slopes.sum(axis=1)


LOSS = "(share * np.logaddexp(0, above)).sum()"
SHARE = "(1 - np.eye(B)) / (B * (B - 1))"
SLOPES = "share * np.exp(-np.logaddexp(0, -above))"
TOTAL = "slopes - np.diag(slopes.sum(axis=1))"
for name, hint, *edits in (
    (
        "own-score-beside-itself",
        "Each row's own score is compared with itself, which adds log 2 to the loss. Leave the diagonal out.",
        (SHARE, "np.ones((B, B)) / (B * (B - 1))"),
    ),
    (
        "own-score-beside-itself-in-its-gradient",
        "Each row's own score is compared with itself, in the loss and in its own gradient. Leave the diagonal out.",
        (SHARE, "np.ones((B, B)) / (B * (B - 1))"),
        (TOTAL, "slopes * (1 - np.eye(B)) - np.diag(slopes.sum(axis=1))"),
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
        "summed",
        "Loss and gradient are sums. Take the mean: divide by B (B − 1).",
        (SHARE, "1 - np.eye(B)"),
    ),
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
        "gradient-not-divided",
        "The gradient is that of the sum. The loss is a mean: divide by B (B − 1).",
        (SLOPES, "(1 - np.eye(B)) * np.exp(-np.logaddexp(0, -above))"),
    ),
    (
        "gradient-over-the-lanes-alone",
        "The gradient is divided by B alone. The mean goes over the negatives, too: divide by B (B − 1).",
        (SLOPES, "(B - 1) * share * np.exp(-np.logaddexp(0, -above))"),
    ),
    (
        "loss-summed",
        "The loss is a sum, its gradient that of a mean. Divide the loss by B (B − 1), too.",
        (LOSS, "((1 - np.eye(B)) * np.logaddexp(0, above)).sum()"),
    ),
    (
        "sign-turned-round",
        "The difference is turned round: the loss falls where the OTHER's score grows. It is own minus other in σ.",
        (LOSS, "(share * np.logaddexp(0, -above)).sum()"),
        (SLOPES, "-share * np.exp(-np.logaddexp(0, above))"),
    ),
    (
        "sign-turned-round-in-the-loss",
        "In the loss the difference is turned round. It is log σ(own − other).",
        (LOSS, "(share * np.logaddexp(0, -above)).sum()"),
    ),
    (
        "sign-turned-round-in-the-gradient",
        "In the gradient the difference is turned round: it is σ(other − own), large where the other is above.",
        (SLOPES, "share * np.exp(-np.logaddexp(0, above))"),
    ),
    (
        "uphill",
        "Your gradient has the wrong sign: a negative's score pushes the loss up, the own one down.",
        (TOTAL, "np.diag(slopes.sum(axis=1)) - slopes"),
    ),
    (
        "own-score-without-gradient",
        "The own scores get no gradient. Each takes part in all of its row's pairs: minus their sum.",
        (TOTAL, "1 * slopes"),
    ),
    (
        "own-scores-alone",
        "The negatives get no gradient. Each has σ(other − own), divided.",
        (TOTAL, "-np.diag(slopes.sum(axis=1))"),
    ),
    (
        "own-score-of-one-pair",
        "The own score's gradient is the mean over its pairs. It is minus the sum: it takes part in all of them.",
        (TOTAL, "slopes - np.diag(slopes.sum(axis=1) / (B - 1))"),
    ),
    (
        "summed-down-the-columns",
        "The own scores get the sums down the columns. A row's own score takes part in its row's pairs: axis=1.",
        (TOTAL, "slopes - np.diag(slopes.sum(axis=0))"),
    ),
    (
        "own-score-added",
        "The own score's part has the wrong sign: the loss falls where it grows.",
        (TOTAL, "slopes + np.diag(slopes.sum(axis=1))"),
    ),
    (
        "own-scores-along-the-columns",
        "The own scores stand along the wrong axis: score [n, j] is compared with [n, n], that of its row.",
        ("np.diag(scores)[:, None]", "np.diag(scores)[None]"),
    ),
    (
        "best-other-alone",
        "Only the best of the others counts in your loss. The mean goes over all of them.",
        (LOSS, "np.logaddexp(0, (above - 1e9 * np.eye(B)).max(axis=1)).mean()"),
    ),
    (
        "logarithm-of-the-mean",
        "You take the logarithm of the mean of σ. It is the mean of the logarithms.",
        (LOSS, "-np.log((share * np.exp(-np.logaddexp(0, above))).sum() + 1e-300)"),
    ),
    (
        "logarithm-missing",
        "The logarithm is missing in the loss: it is −log σ(own − other).",
        (LOSS, "(share * (1 - np.exp(-np.logaddexp(0, above)))).sum()"),
    ),
    (
        "hinge",
        "Your loss is a hinge: max(0, …). BPR takes −log σ(own − other).",
        (LOSS, "(share * np.maximum(0, 1 + above)).sum()"),
    ),
    (
        "squares-in-the-loss",
        "You add σ(other²) to the loss: that is TOP1. BPR has the differences alone.",
        (LOSS, "(share * (np.logaddexp(0, above) + 1 / (1 + np.exp(-np.minimum(scores**2, 700))))).sum()"),
    ),
    (
        "slope-of-the-sigmoid",
        "The gradient takes σ(1 − σ), the slope of σ itself. That of −log σ is 1 − σ(own − other).",
        (SLOPES, "share * np.exp(-np.logaddexp(0, -above)) * np.exp(-np.logaddexp(0, above))"),
    ),
    (
        "logarithm-of-sigmoid",
        "Far from 0, σ rounds to 0 and its logarithm is −∞. −log σ(x) = log(1 + e^−x): np.logaddexp(0, -x).",
        (LOSS, "-(share * np.log((1 - np.tanh(above / 2)) / 2)).sum()"),
    ),
    (
        "plain-exponentials",
        "exp overflows where a difference is large. Take np.logaddexp(0, x) for log(1 + e^x), and a stable sigmoid.",
        (LOSS, "(share * np.log(1 + np.exp(above))).sum()"),
        (SLOPES, "share / (1 + np.exp(-above))"),
    ),
    (
        "losses-of-all-lanes",
        "You return a loss for each lane. One number is asked for, the mean.",
        (LOSS, "B * (share * np.logaddexp(0, above)).sum(axis=1)"),
    ),
    (
        "loss-negative",
        "The loss has the wrong sign: log σ is below 0.",
        (LOSS, "-(share * np.logaddexp(0, above)).sum()"),
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
    bpr_loss.slip(name, hint, *edits)
