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
    ),
)

WORDS = {
    "logits": "the scores",
    "m": "each row's maximum",
    "log_sum": "the log-sum-exp",
    "log_p": "the logarithms of the probabilities",
    "np.exp(log_p)": "the probabilities",
    "losses": "the losses of the rows",
}
ALIKE = {"log_p": "np.exp(log_p)"}
# The first is the minus missing in losses; the second is mostly the logarithm missing.
NAMED_TWICE = ("turned-round-log_p-logits-log_sum", "larger-of-the-terms-log_sum-the-maximum-logarithm-of-sum")


@cross_entropy.derivation(words=WORDS, alike=ALIKE, without=NAMED_TWICE)
def through_log_sum_exp(logits, targets):
    m = logits.max(axis=-1, keepdims=True)
    #: eq-loss-log-sum-exp: the maximum + the logarithm of the sum
    log_sum = m + np.log(np.exp(logits - m).sum(axis=-1, keepdims=True))
    log_p = logits - log_sum  #: eq-loss-log-sum-exp: the score + the log-sum-exp
    losses = -log_p[np.arange(len(targets)), targets]  #: eq-loss-one
    return losses.mean()  #: eq-cross-entropy


@cross_entropy.derivation()
def loop_over_batch(logits, targets):
    losses = [np.logaddexp.reduce(scores) - scores[target] for scores, target in zip(logits, targets, strict=True)]
    return sum(losses) / len(losses)


@cross_entropy.derivation()
def as_differences(logits, targets):
    chosen = np.take_along_axis(logits, targets[:, None], axis=1)
    return np.mean(np.logaddexp.reduce(logits - chosen, axis=1))


@cross_entropy.derivation()
def library_function(logits, targets):
    from scipy.special import logsumexp

    return np.mean(logsumexp(logits, axis=1) - logits[np.arange(len(targets)), targets])


@cross_entropy.derivation()
def through_one_hot(logits, targets):
    shifted = logits - logits.max(axis=1)[:, None]
    chosen = (np.eye(logits.shape[1])[targets] * shifted).sum()
    return (np.log(np.exp(shifted).sum(axis=1)).sum() - chosen) / len(logits)


OF_SOFTMAX = "log_p = logits - log_sum", "log_p = np.log(np.exp(logits - log_sum) + 0)"


def on_the_way_to_log_p(contract: kit.Contract) -> None:
    """Slips between the scores and the logarithms of their probabilities, where a derivation has these lines."""
    contract.slip(
        "logits-not-shifted",
        "exp overflows for large scores. Subtract each row's maximum first, and add it back outside the logarithm.",
        ("m = logits.max(axis=-1, keepdims=True)", "m = 0 * logits[..., :1]"),
    )
    contract.slip(
        "softmax-twice",
        "You take the softmax twice: what you call the logits is their softmax already.",
        ("m = logits", "logits = np.exp(logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True))\n    m = logits"),
    )
    contract.slip(
        "logarithm-of-softmax",
        "You take the logarithm of the softmax. Where a probability underflows to 0, that is −∞, and 0 · ∞ is NaN. "
        "Use the logarithm of the sum of exponentials instead.",
        OF_SOFTMAX,
    )
    for small in ("1e-7", "1e-8", "1e-9", "1e-10", "1e-12", "1e-15", "1e-16"):
        contract.slip(
            f"small-number-{small}",
            f"You keep the logarithm from 0 by adding a small number ({small}) or by cutting it off there. "
            "The loss then stops growing however wrong the network is, and its gradient with it. Use the logarithm of "
            "the sum of exponentials instead.",
            (OF_SOFTMAX[0], OF_SOFTMAX[1].replace("+ 0", f"+ {small}")),
        )


on_the_way_to_log_p(cross_entropy)
for name, wrong, hint in (
    ("mean-over-classes-too", "losses.mean() / logits.shape[1]", "You divide by B·K. Divide by B alone."),
    ("bits", "losses.mean() / np.log(2)", "The logarithm is to the base 2. The loss is in nats, to the base e."),
    ("mean-inside", "-np.log(np.exp(-losses).mean())", "First the logarithm of each row, then the mean of all."),
    ("first-row-only", "losses[0]", "Your loss is that of the first row alone. Average over all rows of the batch."),
):
    cross_entropy.slip(name, hint, ("losses.mean()", wrong))
ROWS = ("np.arange(len(targets)), targets", ":, targets")
OF_ALL_ROWS = (
    "p[:, targets] picks the columns of all targets for every row. Each has its own: p[np.arange(B), targets]."
)
LOG_OF_ZERO = " And the logarithm of a softmax is −∞ where a probability underflows to 0."
cross_entropy.slip("softmax-of-all-targets", OF_ALL_ROWS + LOG_OF_ZERO, ROWS, OF_SOFTMAX, further=True)

cross_entropy.mistakes(
    """
    targets-of-all-rows: p[:, targets] picks the columns of all targets for every row. Each has its own:
      p[np.arange(B), targets].
        np.arange(len(targets)), targets → :, targets
    """
)
