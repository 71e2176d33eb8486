"""Contract of `early_stopping`: when a training stops, and whose weights are kept.

unrolled-canary-a341e663dbcc
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import tuning

READ = "training-well#eq-patience"
PARTS = 16  # losses and gains are sixteenths: their differences are exact


def _losses(rng: np.random.Generator, patience: int, gain: int, gains: int, behind: int) -> list[int]:
    # Gains, each behind fewer losses without one than patience bears; then too many; then the like once more, so that
    # whoever goes on ends somewhere else for each mistake.
    best = int(rng.integers(150, 200))
    losses = [best]

    def without_gain(count: int) -> list[int]:
        # Some a little below the best, at most by the gain; some above.
        return [best - gain if rng.random() < 0.3 else best + int(rng.integers(-gain, 9)) for _ in range(count)]

    for k in range(gains + behind):
        before_last = k == gains - 1
        losses += without_gain(patience - 1 if before_last else int(rng.integers(0, patience)))
        best -= gain + int(rng.integers(1, 9))
        losses.append(best)
        if before_last:
            losses += without_gain(patience)
    return losses + without_gain(patience)


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    patience, gain = int(rng.integers(2, 5)), int(rng.integers(2, 7))
    losses = _losses(rng, patience, gain, sizes.steps + 2, sizes.batch % 3 + 1)
    return {"losses": np.array(losses, dtype=dtype) / PARTS, "patience": patience, "gain": gain / PARTS}


def _of(*losses: float, patience: int, gain: float) -> kit.Function:
    # The same losses in other units.
    def special(rng: np.random.Generator) -> kit.Arguments:
        unit = float(rng.integers(1, 64))
        return {"losses": unit * np.array(losses), "patience": patience, "gain": unit * gain}

    return special


def _fallen(count: int, patience: int) -> kit.Function:
    return lambda rng: {
        "losses": np.cumsum(rng.integers(1, 9, count)[::-1])[::-1] / PARTS,
        "patience": patience,
        "gain": 0.0,
    }


early_stopping = kit.Contract(
    reference=tuning.early_stopping,
    outputs=(kit.exact("stopped"), kit.exact("kept")),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("it never stops", _fallen(9, 2)),
        kit.Special("a patience of one epoch", _of(8, 6, 5, 5.5, 3, 1, patience=1, gain=0.25)),
        kit.Special("nothing is gained", _of(3, 3.5, 4, 4.5, 5, 6, patience=3, gain=0.5)),
        kit.Special("equal losses without a least gain", _of(5, 4, 4, 4, 4, 1, patience=3, gain=0.0)),
        kit.Special("exactly the least gain", _of(4, 3, 3, 2.5, 2, 2, 2, 0.5, patience=3, gain=1.0)),
        kit.Special("many small gains", _of(4, 3.75, 3.5, 3.25, 3, 2.75, 2.5, 0.5, patience=4, gain=0.5)),
        kit.Special("losses a little above the best", _of(4, 3, 3.25, 3.25, 3.5, 5, 5, 5, 5, patience=3, gain=0.5)),
        kit.Special("patience longer than the training", _of(4, 3, 3.5, 3.25, 3.25, patience=9, gain=0.125)),
        kit.Special("it ends as its patience does", _of(4, 3, 5, 5, 5, patience=3, gain=0.5)),
        kit.Special("one epoch", _of(2, patience=2, gain=0.5)),
        kit.Special("losses of nan", _of(4, 3, np.nan, 2, np.nan, np.nan, np.nan, 1, patience=3, gain=0.5)),
    ),
)


@early_stopping.derivation(
    words={
        "kept": "the epoch that is kept",
        "stopped": "the epoch of the end",
        "e": "the epoch",
        "losses": "the losses",
        "gain": "the least gain",
        "patience": "patience",
    }
)
def epoch_by_epoch(losses, patience, gain):
    kept, stopped = 0, len(losses) - 1
    for e in range(len(losses)):
        if losses[e] < losses[kept] - gain:  #: eq-patience
            kept = e
        if e - kept >= patience:  #: eq-patience
            stopped = e
            break
    return stopped, kept


@early_stopping.variant
def with_a_counter(losses, patience, gain):
    best, kept, waited = np.inf, 0, 0
    for e, loss in enumerate(losses):
        if loss < best - gain:
            best, kept, waited = loss, e, 0
        else:
            waited += 1
        if waited == patience:
            return e, kept
    return len(losses) - 1, kept


@early_stopping.variant
def counting_down(losses, patience, gain):
    kept, left = 0, patience
    for e in range(1, len(losses)):
        left -= 1
        if losses[kept] - losses[e] > gain:
            kept, left = e, patience
        if left == 0:
            return e, kept
    return max(len(losses) - 1, 0), kept


@early_stopping.variant
def from_gain_to_gain(losses, patience, gain):
    kept = 0
    while True:
        window = losses[kept + 1 : kept + 1 + patience]
        better = np.flatnonzero(window < losses[kept] - gain)
        if len(better) == 0:
            return min(kept + patience, len(losses) - 1), kept
        kept += 1 + int(better[0])


@early_stopping.variant
def list_of_gains(losses, patience, gain):
    gains = [0]
    for e, loss in enumerate(losses):
        if e - gains[-1] > patience:
            break
        if loss < losses[gains[-1]] - gain:
            gains.append(e)
    return min(gains[-1] + patience, len(losses) - 1), gains[-1]


@early_stopping.variant
def two_indices(losses, patience, gain):
    kept = e = 0
    while e < len(losses) - 1 and e < kept + patience:
        e += 1
        kept = e if float(losses[e]) + gain < float(losses[kept]) else kept
    return [e, kept]


@early_stopping.variant
def recursive(losses, patience, gain):
    def go(e, kept):
        if e == len(losses):
            return e - 1, kept
        if losses[e] < losses[kept] - gain:
            kept = e
        return (e, kept) if e - kept == patience else go(e + 1, kept)

    return go(0, 0)


BETTER, OVER = "losses[e] < losses[kept] - gain", "e - kept >= patience"
KEPT, ANSWER = "kept = e", "return stopped, kept"
early_stopping.mistakes(
    f"""
    last-kept: You keep the weights of the last epoch. Keep those of the best one, which lies patience epochs back.
        {ANSWER} → return stopped, 1 * stopped
    patience-from-the-start: You count patience from the first epoch. Every gain renews it.
        {OVER} → e >= patience
    patience-never-renewed: Epochs without a gain add up in yours. A gain begins the count anew.
        kept, stopped = 0, len(losses) - 1 → kept, stopped, gains = 0, len(losses) - 1, 0
        {KEPT} → kept, gains = e, gains + 1
        {OVER} → e - gains >= patience
    one-epoch-too-late: You stop an epoch late: after patience epochs without a gain it is over.
        {OVER} → e - kept > patience
    one-epoch-too-early: You stop an epoch early: patience epochs without a gain are borne.
        {OVER} → e - kept >= max(patience - 1, 1)
    gain-ignored: Any smaller loss counts as a gain in yours. It has to be lower by more than gain.
        {BETTER} → losses[e] < losses[kept]
    gain-from-equal-on: A loss that is lower by exactly gain is none. It has to be lower by MORE.
        {BETTER} → losses[e] <= losses[kept] - gain
    gain-added: You add gain: larger losses count as gains, too. Take it off.
        {BETTER} → losses[e] < losses[kept] + gain
    gain-as-a-share: You take gain for a share of the loss. It is a difference.
        {BETTER} → losses[e] < losses[kept] * (1 - gain)
    larger-for-better: Larger losses count as better in yours. These are losses: smaller is better.
        {BETTER} → losses[e] > losses[kept] + gain
    against-the-epoch-before: You compare with the epoch before. Compare with the epoch kept so far.
        {BETTER} → losses[e] < losses[max(e - 1, 0)] - gain
    against-the-first-epoch: You compare with the first epoch. Compare with the epoch kept so far.
        {BETTER} → losses[e] < losses[0] - gain
    never-stops: You never stop.
        {OVER} → e - kept >= patience + len(losses)
    least-of-all-kept: You keep the least loss of all epochs, also of those that the training never reaches.
        {ANSWER} → return stopped, int(np.nanargmin(losses))
    least-loss-kept: You keep the least loss. One that is lower by no more than gain does not count as better.
        {ANSWER} → return stopped, int(np.nanargmin(losses[: stopped + 1]))
    numbers-for-epochs: Your epochs are counted from 1. Count from 0.
        {ANSWER} → return stopped + 1, kept + 1
    number-of-epochs: You return how many epochs were run. The epoch itself is asked for, counted from 0.
        {ANSWER} → return stopped + 1, kept
    exchanged: The two epochs are exchanged: stopped, kept.
        {ANSWER} → return kept, stopped
    losses-returned: You return the loss. The epoch is asked for.
        {ANSWER} → return stopped, float(losses[kept])
    patience-for-the-gap: You keep the epoch patience epochs before the end, also where the training does not stop.
        {ANSWER} → return stopped, max(stopped - patience, 0)
    best-by-small-gains: Small gains do not stop yours. Only a gain of more than gain renews patience.
        {OVER} → e - int(np.nanargmin(losses[: e + 1])) >= patience
    end-for-no-end: Where the training does not stop, the last epoch has the number len(losses) − 1.
        kept, stopped = 0, len(losses) - 1 → kept, stopped = 0, len(losses)
    """
)
for name, hint, edit in (
    (
        "last-kept-where-it-stops",
        "Where it stops you keep the weights of the last epoch. Keep those of the best one, patience epochs back.",
        (ANSWER, "return stopped, (stopped if stopped - kept >= patience else kept)"),
    ),
    (
        "patience-from-the-start-but-at-a-gain",
        "You count patience from the first epoch. Every gain renews it.",
        (OVER, "e >= patience and e > kept"),
    ),
):
    early_stopping.slip(name, hint, edit, further=True)
