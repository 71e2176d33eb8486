"""Contract of `masked_mean`: the mean over the real places of each sentence.

unrolled-canary-0d96e2b7c5a8
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import texts

READ = "text-classification#eq-text-masked-mean"
SIZES = kit.Sizes(batch=5, steps=6, inputs=3, hidden=2, outputs=2)


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    # Away from 0, so that what is in the padding shows.
    X = kit.normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype) + dtype(1)
    return {"X": X, "mask": kit.ragged_mask(rng, sizes.batch, sizes.steps, dtype)}


def _masked(*rows: list[int]) -> kit.Function:
    def special(rng: np.random.Generator) -> kit.Arguments:
        X = rng.standard_normal((len(rows), len(rows[0]), 2)) + 1
        return {"X": X, "mask": np.array(rows, dtype=float)}

    return special


def _reads_the_padding(function: kit.Function, rng: np.random.Generator) -> bool:
    X, mask = _draw(rng, SIZES, np.float64).values()
    other = X + (mask == 0)[:, :, None] * rng.uniform(0.5, 1, X.shape)
    one, two = function(X.copy(), mask.copy()), function(other, mask.copy())
    real = function(X + mask[:, :, None], mask.copy())  # every mean grows by 1
    return not (_alike(one, two) and _alike(np.asarray(one) + 1, real))


def _longer_padding_moves_it(function: kit.Function, rng: np.random.Generator) -> bool:
    X, mask = _draw(rng, SIZES, np.float64).values()
    longer = np.concatenate([X, X], axis=1), np.concatenate([mask, 0 * mask], axis=1)
    return not _alike(function(X.copy(), mask.copy()), function(*longer))


def _alike(one: np.ndarray, two: np.ndarray) -> bool:
    return np.allclose(one, two, rtol=1e-4, atol=2e-5)


masked_mean = kit.Contract(
    reference=texts.masked_mean,
    outputs=kit.near("m"),
    read=READ,
    parts=kit.of_arrays(
        _draw,
        kit.Special("nothing is padded", _masked([1, 1, 1], [1, 1, 1])),
        kit.Special("a sentence without a word", _masked([1, 1, 0], [0, 0, 0], [1, 0, 0])),
        kit.Special("padding in front, and gaps", _masked([0, 0, 1, 1], [0, 1, 1, 1], [1, 0, 0, 1])),
    ),
    rules=(
        kit.Rule(
            "reads-the-padding",
            "what stands in the padding changes nothing, and 1 more in all real places makes each mean 1 larger.",
            _reads_the_padding,
            READ,
        ),
        kit.Rule("moves-with-the-padding", "more padding changes nothing.", _longer_padding_moves_it, READ),
    ),
)


@masked_mean.derivation(
    words={"total": "the sum over real places", "count": "the number of real places", "mask": "the mask"},
    # X has an axis more: where it fits at all, one axis is of length 1.
    without=(
        *(f"another-value-{place}" for place in ("count-X", "everywhere-total-mask-X", "total-mask-X")),
        "other-axis-count-1-2-sum",
        "values-swapped-count-total",
    ),
)
def sum_over_count(X, mask):
    total = (X * mask[:, :, None]).sum(axis=1)  #: eq-text-masked-mean
    count = mask.sum(axis=1)  #: eq-text-masked-mean
    return total / np.maximum(count, 1)[:, None]  #: eq-text-masked-mean


@masked_mean.derivation()
def sentence_by_sentence(X, mask):
    means = np.zeros((len(X), X.shape[2]))
    for n in range(len(X)):
        real = X[n][mask[n] == 1]
        if len(real) > 0:
            means[n] = real.mean(axis=0)
    return means


@masked_mean.variant
def as_a_product(X, mask):
    shares = mask / np.where(mask.any(axis=1), mask.sum(axis=1), 1)[:, None]
    return (shares[:, None, :] @ X)[:, 0]


@masked_mean.variant
def by_einsum(X, mask):
    return np.einsum("bt,btd->bd", mask, X) / np.clip(mask.sum(1, keepdims=True), 1, None)


@masked_mean.variant
def chosen_by_where(X, mask):
    kept = np.where(mask[..., None] > 0, X, 0.0)
    count = np.count_nonzero(mask, axis=1).reshape(-1, 1)
    return np.divide(kept.sum(axis=1), count, out=np.zeros((len(X), X.shape[-1])), where=count > 0)


masked_mean.mistakes(
    """
    padding-counted: The padding is counted: you take the mean over all T places. Only real ones count, above and below.
        (X * mask[:, :, None]).sum(axis=1) → X.mean(axis=1)
        total / np.maximum(count, 1)[:, None] → total
    divided-by-all-places: You divide by all T places. Divide by the number of real ones.
        total / np.maximum(count, 1)[:, None] → total / X.shape[1]
    padding-summed: The padding is in the sum. Multiply by the mask first.
        (X * mask[:, :, None]).sum(axis=1) → X.sum(axis=1)
    not-divided: You return the sum. Divide by the number of real places.
        total / np.maximum(count, 1)[:, None] → total
    empty-is-nan: A sentence without real places gives 0/0, which is NaN. Divide by 1 at least.
        np.maximum(count, 1)[:, None] → count[:, None]
    one-count-for-all: You divide by the number of real places of the whole batch. Each sentence has its own.
        count = mask.sum(axis=1) → count = mask.sum() + 0 * mask.sum(axis=1)
    one-too-many: You divide by one place more than there are. max(1, count) is asked for, not 1 + count.
        np.maximum(count, 1) → (count + 1)
    other-axis-total-1-0-sum: You add up over the sentences. Add up over the places of each: axis 1.
    other-axis-total-1-2-sum: You add up over the numbers of a vector. Add up over the places: axis 1.
    begins-with-step-1-n: The first sentence is left out: the loop begins with 1.
    last-step-left-out-n: The last sentence is left out.
    returned-in-the-loop: The return stands inside the loop: only one sentence has a mean. Indent it less.
    root-of-the-count: You divide by the root of the number of real places. Divide by the number.
        np.maximum(count, 1) → np.sqrt(np.maximum(count, 1))
    mean-over-the-batch: You take the mean over the sentences. It goes over the places of each.
        (X * mask[:, :, None]).sum(axis=1) → (X * mask[:, :, None]).sum(axis=0)[: len(X)]
    last-real-place-missing: The last real place is left out.
        total = (X * mask → mask = mask * (np.cumsum(mask, axis=1) < mask.sum(axis=1, keepdims=True)); total = (X * mask
    """
)
