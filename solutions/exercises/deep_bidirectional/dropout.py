"""Contract of `variational_dropout`, dropout with one mask for all steps of a sequence.

unrolled-canary-80c6bf0e7327
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import deep

READ = "deep-and-bidirectional#eq-deep-mask"


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """X, the numbers u of which some are below p and some are not, and p; in training."""
    X = kit.normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype)
    # Sixteenths, and u between them: no rounding turns a comparison.
    p = int(rng.integers(4, 13))
    sixteenths = rng.integers(0, 16, sizes.batch * sizes.inputs)
    sixteenths[:2] = [rng.integers(p, 16), rng.integers(0, p)][: sixteenths.size]
    u = (rng.permutation(sixteenths).reshape(sizes.batch, sizes.inputs) + 0.5) / 16
    return {"X": X, "u": u.astype(dtype), "p": p / 16, "training": True}


def _masked_otherwise(function: kit.Function, rng: np.random.Generator) -> bool:
    # What is dropped, and by how much the rest grows, is the same at every step.
    X, u, p, _ = draw(rng, kit.Sizes(4, 6, 5, 2, 2), np.float64).values()
    X[np.abs(X) < 0.1] = 1
    mask = np.asarray(function(X.copy(), u.copy(), p, True)) / X
    return not np.allclose(mask, mask[:, :1], rtol=1e-4, atol=1e-5)


def _mean_moves(function: kit.Function, rng: np.random.Generator) -> bool:
    # Over numbers that are spread evenly, the mean of what comes back is that of X.
    X, u = np.ones((2, 3, 32)), np.tile(rng.permutation((np.arange(32) + 0.5) / 32), (2, 1))
    return not np.isclose(np.mean(function(X, u, int(rng.integers(8, 25)) / 32, True)), 1, rtol=1e-4)


def _special(label: str, **others: object) -> kit.Special:
    return kit.Special(label, lambda rng: draw(rng, kit.Sizes(4, 3, 5, 2, 2), np.float64) | others)


variational_dropout = kit.Contract(
    reference=deep.variational_dropout,
    outputs=kit.near("Y"),
    read=READ,
    parts=kit.of_arrays(draw, _special("evaluation", training=False), _special("p is 0", p=0.0)),
    rules=(
        kit.Rule("another-mask", "a sequence has one mask, the same at every step.", _masked_otherwise, READ),
        kit.Rule("mean-moves", "in training the mean over many masks is X.", _mean_moves, READ),
    ),
)


@variational_dropout.derivation(
    words={"mask": "the mask", "kept": "what is kept", "u": "the numbers", "p": "the share that is dropped"},
    # X has an axis more: where it fits at all, one axis is of length 1.
    without=(
        *(f"another-value-{place}" for place in ("everywhere-mask-u-X", "kept-u-X", "mask-X", "mask-X-2")),
        *(f"values-swapped-{place}" for place in ("X-kept", "X-mask-2", "X-u", "mask-X-u")),
        "complement-mask-1-p-2",  # where p is 0, −p and 0 − p divide by zeros of two signs
    ),
)
def one_mask(X, u, p, training):
    if not training:
        return X.copy()
    kept = u >= p
    mask = kept / (1 - p)
    return X * mask[:, None]  #: eq-deep-mask


@variational_dropout.derivation(words={"mask": "the mask"})
def by_choice(X, u, p, training):
    mask = np.where(u < p, 0, 1 / (1 - p)) if training else np.ones(u.shape)
    return X * mask[:, None, :]


@variational_dropout.variant
def step_by_step(X, u, p, training):
    Y = np.array(X, dtype=float)
    if training:
        mask = (u >= p).astype(float)
        for t in range(X.shape[1]):
            Y[:, t] = X[:, t] * mask / (1 - p)
    return Y


@variational_dropout.variant
def dropped_by_index(X, u, p, training):
    if not training:
        return 1 * X
    Y = X / (1 - p)
    rows, columns = np.nonzero(u < p)
    Y[rows, :, columns] = 0
    return Y


@variational_dropout.variant
def repeated_mask(X, u, p, training):
    kept = np.repeat((u >= p)[:, np.newaxis, :], X.shape[1], axis=1)
    return np.where(kept, X / (1 - p), 0) if training else np.array(X)


@variational_dropout.variant
def by_sums(X, u, p, training):
    if training:
        return np.einsum("btd,bd->btd", X, np.where(u >= p, 1.0, 0.0)) / (1 - p)
    return X + 0


@variational_dropout.variant
def sequence_by_sequence(X, u, p, training):
    share = p if training else 0
    return np.array([x * (v >= share) / (1 - share) for x, v in zip(X, u, strict=True)])


@variational_dropout.variant
def half_away(X, u, p, training):
    keep = 1 - p
    mask = np.floor(u - p + 1) / keep if training else np.ones_like(u)
    return (X.swapaxes(0, 1) * mask).swapaxes(0, 1)


variational_dropout.rewrite("above-by-sign", ("u >= p", "np.sign(u - p) > 0"))
variational_dropout.rewrite("not-below", ("u >= p", "~(u < p)"))


@variational_dropout.misconception("You draw numbers of your own, others at each step. Take u, at all steps alike.")
def own_numbers_at_each_step(X, u, p, training):
    if not training:
        return X.copy()
    return X * (np.random.default_rng(0).random(X.shape) >= p) / (1 - p)


variational_dropout.mistakes(
    """
    dropped-and-kept-exchanged: You keep what is to be dropped: a number below p means 0.
        u >= p → u < p
    scale-missing: What is kept is not scaled up. Divide it by 1 − p, or its mean falls.
        kept / (1 - p) → kept * 1.0
    scaled-by-p: You divide by p, the share that is dropped. What is kept is the share 1 − p.
        kept / (1 - p) → kept / max(p, 1e-9)
    one-missing: You divide by −p: the 1 is missing. What is kept is the share 1 − p.
        kept / (1 - p) → kept / (0 - p)
    scaled-down: You multiply by 1 − p. What is kept grows: divide by it.
        kept / (1 - p) → kept * (1 - p)
    scaled-by-what-was-kept: You divide by the share that u happens to keep. Divide by 1 − p, whatever u is.
        kept / (1 - p) → kept / max(kept.mean(), 1e-9)
    dropped-in-evaluation: You mask in evaluation, too. There X comes back as it is.
        if not training: → if False:
    zero-in-evaluation: In evaluation you return zeros. There X comes back as it is.
        X.copy() → 0 * X
    scaled-in-evaluation: In evaluation you multiply by 1 − p. What is kept was scaled up in training: there X comes
      back as it is.
        X.copy() → X * (1 - p)
    scaled-up-in-evaluation: In evaluation you divide by 1 − p, too. There X comes back as it is.
        X.copy() → X / (1 - p)
    scaled-at-the-other-time: You scale in evaluation, as the first publications did. Here what is kept is divided by
      1 − p in training, and in evaluation X comes back as it is.
        X.copy() → X * (1 - p)
        kept / (1 - p) → kept * 1.0
    training-turned-round: You mask in evaluation and not in training.
        if not training: → if training:
    never-masked: Nothing is dropped in training.
        return X * mask[:, None] → return X.copy()
    one-number-for-all-units: All units of a sequence share the first one's number. Each has its own.
        mask[:, None] → mask[:, None, :1]
    first-sequence-for-all: Every sequence gets the mask of the first one. Each has its own.
        mask[:, None] → mask[:1, None]
    first-step-alone: Only the first step is masked. The mask acts at every step.
        return X * mask[:, None] → return np.concatenate([X[:, :1] * mask[:, None], X[:, 1:]], axis=1)
    last-step-alone: Only the last step is masked. The mask acts at every step.
        return X * mask[:, None] → return np.concatenate([X[:, :-1], X[:, -1:] * mask[:, None]], axis=1)
    mask-turned-at-each-step: The mask is another one at each step. A sequence has one for all steps.
        return X * mask[:, None] → return X * np.stack([np.roll(mask, t, axis=1) for t in range(X.shape[1])], axis=1)
    mask-piles-up: The mask is multiplied once more at each step, so that what is kept grows and grows.
        return X * mask[:, None] → return X * np.stack([mask ** (t + 1) for t in range(X.shape[1])], axis=1)
    mask-without-the-step: The mask is (B, D) and X is (B, T, D). Give it an axis for the steps: mask[:, None].
        mask[:, None] → mask
    mask-over-the-batch: The mask has its axis of length 1 before the batch. It belongs where the steps are:
      mask[:, None].
        mask[:, None] → mask[None]
    """
)
