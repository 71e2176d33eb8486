"""Contract of `cross_entropy`.

unrolled-canary-1594e24a9a66
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import numerics


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return {
        "logits": kit.normal(rng, sizes.batch, sizes.outputs, dtype=dtype, scale=2),
        "targets": kit.labels(rng, sizes.outputs, sizes.batch),
    }


def _far_apart(rng: np.random.Generator) -> kit.Arguments:
    arguments = _draw(rng, kit.Sizes(3, 1, 1, 1, 4), np.float64)
    return arguments | {"logits": kit.eighths(rng, 3, 4) - 2000 * rng.permutation(3).reshape(3, 1)}


cross_entropy = kit.Contract(
    reference=numerics.cross_entropy,
    outputs=kit.near("loss"),
    read="rnn-cell#eq-cross-entropy",
    parts=kit.of_values(
        _draw,
        kit.Special(
            "sure and wrong",
            lambda rng: {"logits": 1e4 * np.eye(3) + kit.eighths(rng, 3, 3), "targets": np.array([1, 2, 2])},
            forbid_overflow=True,
        ),
        # The maximum of the whole array is no use to a row far below it.
        kit.Special("rows far apart", _far_apart, forbid_overflow=True),
    ),
)

WORDS = {"logits": "the scores", "m": "each row's maximum", "log_sum": "the log-sum-exp"}
WORDS |= {"log_p": "the logarithms of the probabilities", "np.exp(log_p)": "the probabilities"}
ALIKE = {"log_p": "np.exp(log_p)"}
# The first is the minus missing in losses; the second is mostly the logarithm missing.
NAMED_TWICE = ("turned-round-log_p-logits-log_sum", "larger-of-the-terms-log_sum-the-maximum-logarithm-of-sum")


@cross_entropy.derivation(words=WORDS | {"losses": "the losses of the rows"}, alike=ALIKE, without=NAMED_TWICE)
def through_log_sum_exp(logits, targets):
    m = logits.max(axis=-1, keepdims=True)
    #: eq-loss-log-sum-exp: the maximum + the logarithm of the sum
    log_sum = m + np.log(np.exp(logits - m).sum(axis=-1, keepdims=True))
    log_p = logits - log_sum  #: eq-loss-log-sum-exp: the score + the log-sum-exp
    losses = -log_p[np.arange(len(targets)), targets]  #: eq-loss-one
    return losses.mean()  #: eq-cross-entropy


@cross_entropy.derivation(without=("other-index-losses-target-1",))
def loop_over_batch(logits, targets):
    losses = [np.logaddexp.reduce(scores) - scores[target] for scores, target in zip(logits, targets, strict=True)]
    return sum(losses) / len(losses)


CHOSEN = "log_p[np.arange(len(targets)), targets]"
cross_entropy.rewrite("chosen-along-the-axis", (CHOSEN, "np.take_along_axis(log_p, targets[:, None], axis=1)"))
cross_entropy.rewrite("chosen-by-one-hot", (CHOSEN, "(np.eye(logits.shape[1])[targets] * log_p).sum(axis=1)"))
cross_entropy.rewrite("chosen-in-a-loop", (CHOSEN, "np.array([row[k] for row, k in zip(log_p, targets)])"))


ON_THE_WAY = """
    logits-not-shifted: exp overflows for large scores. Subtract each row's maximum first, and add it back outside the
      logarithm.
        m = logits.max(axis=-1, keepdims=True) → m = 0 * logits[..., :1]
    softmax-twice: You take the softmax twice: what you call the logits is their softmax already.
        m = logits → logits = np.exp(logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)); m = logits
    logarithm-of-softmax: You take the logarithm of the softmax. Where a probability underflows to 0, that is −∞, and
      0 · ∞ is NaN. Use the logarithm of the sum of exponentials instead.
        log_p = logits - log_sum → log_p = np.log(np.exp(logits - log_sum))
"""
CUT_OFF = (
    "You keep the logarithm from 0 by adding a small number ({}) or by cutting it off there. The loss then stops "
    "growing however wrong the net is, and its gradient with it. Use the logarithm of the sum of exponentials instead."
)


def on_the_way_to_log_p(contract: kit.Contract) -> None:
    """Mistakes between the scores and the logarithms of their probabilities, where a derivation has these lines."""
    contract.mistakes(ON_THE_WAY)
    for small in ("1e-7", "1e-8", "1e-9", "1e-10", "1e-12", "1e-15", "1e-16"):
        edit = ("log_p = logits - log_sum", f"log_p = np.log(np.exp(logits - log_sum) + {small})")
        contract.slip(f"small-number-{small}", CUT_OFF.format(small), edit)


on_the_way_to_log_p(cross_entropy)
cross_entropy.slip(
    "softmax-of-all-targets",
    "p[:, targets] picks the columns of all targets for every row. Each has its own: p[np.arange(B), targets]. And the "
    "logarithm of a softmax is −∞ where a probability underflows to 0.",
    ("np.arange(len(targets)), targets", ":, targets"),
    ("log_p = logits - log_sum", "log_p = np.log(np.exp(logits - log_sum))"),
    further=True,
)
cross_entropy.mistakes(
    """
    targets-of-all-rows: p[:, targets] picks the columns of all targets for every row. Each has its own:
      p[np.arange(B), targets].
        np.arange(len(targets)), targets → :, targets
    mean-over-classes-too: You divide by B·K. Divide by B alone.
        losses.mean() → losses.mean() / logits.shape[1]
    first-row-only: Your loss is that of the first row alone. Average over all rows of the batch.
        losses.mean() → losses[0]
    """
)
