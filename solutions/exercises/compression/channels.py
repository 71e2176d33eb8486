"""Contract of `quantise_channels`, a scale for each column.

unrolled-canary-a73aacd20b22
"""

import numpy as np

from solutions.exercises.compression.whole import between
from solutions.judging import kit
from solutions.reference import compression

READ = "compression#eq-per-channel"


def _columns(rng: np.random.Generator, bits: int, rows: int, columns: int) -> np.ndarray:
    """A matrix whose columns are of different sizes, and whose largest magnitudes are of either sign."""
    most = 2 ** (bits - 1) - 1
    W = between(rng, -most + 1, most - 1, rows, columns)
    signs = rng.permutation(np.resize([-1, 1], columns))
    W[rng.integers(0, rows, columns), np.arange(columns)] = signs * most
    return W * rng.permutation(np.linspace(0.03, 0.3, columns) * rng.uniform(0.8, 1.2, columns))


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    bits = int(rng.integers(4, 9))
    return {"W": _columns(rng, bits, sizes.inputs + 1, sizes.hidden).astype(dtype), "bits": bits}


def _halves(rng: np.random.Generator) -> kit.Arguments:
    # Halves of scales that are powers of 2: nothing is rounded on the way.
    W = np.append(np.arange(-6, 7) + 0.5, [7, -7])
    return {"W": np.stack([rng.permutation(W), rng.permutation(W)], axis=1) * [0.25, 2.0], "bits": 4}


def _changed(change: kit.Function, rows: int = 5, columns: int = 4) -> kit.Function:
    return lambda rng: {"W": change(_columns(rng, 8, rows, columns)), "bits": 8}


quantise_channels = kit.Contract(
    reference=compression.quantise_channels,
    outputs=(kit.exact("q"), *kit.near("scales", atol=1e-9)),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("halves", _halves),
        kit.Special("a column of zeros", _changed(lambda W: W * (np.arange(W.shape[1]) != 2))),
        kit.Special("all zero", lambda rng: {"W": np.zeros((rng.integers(2, 40), 3)), "bits": 8}),
        kit.Special("all below 0", _changed(lambda W: -np.abs(W))),
        kit.Special("one row", lambda rng: {"W": rng.uniform(1, 9, (1, 4)) * [1, -1, 1, -1], "bits": 6}),
        kit.Special("one column", _changed(lambda W: W, columns=1)),
        kit.Special("as many rows as columns", _changed(lambda W: W, rows=4)),
        kit.Special("two bits", lambda rng: {"W": _columns(rng, 2, 4, 3), "bits": 2}),
        kit.Special("columns of very different sizes", _changed(lambda W: W * [1e3, 1, 1e-2, 30])),
    ),
)


@quantise_channels.derivation(
    words={
        "most": "the largest whole number",
        "largest": "the largest magnitudes of the columns",
        "scales": "the scales",
        "q": "the whole numbers",
        "bits": "the number of bits",
    }
)
def largest_of_each_column(W, bits):
    most = 2 ** (bits - 1) - 1
    largest = np.abs(W).max(axis=0)
    scales = np.where(largest > 0, largest / most, 1.0)  #: eq-per-channel
    q = np.round(W / scales)  #: eq-per-channel
    return q.astype(int), scales


@quantise_channels.variant
def column_by_column(W, bits):
    most = 2 ** (bits - 1) - 1
    q, scales = np.zeros(W.shape, dtype=int), np.ones(W.shape[1])
    for j in range(W.shape[1]):
        largest = max(abs(float(one)) for one in W[:, j])
        if largest != 0:
            scales[j] = largest / most
            q[:, j] = np.rint(W[:, j] / scales[j])
    return q, scales


@quantise_channels.variant
def by_both_ends(W, bits):
    largest = np.maximum(W.max(axis=0), -W.min(axis=0))
    scales = largest / (2 ** (bits - 1) - 1)
    scales[scales == 0] = 1
    return np.around(W / scales[None, :]).astype(np.int8), scales


@quantise_channels.variant
def transposed(W, bits):
    rows = []
    scales = []
    for row in W.T:
        scale = np.linalg.norm(row, np.inf) / (2 ** (bits - 1) - 1)
        scale = scale if scale > 0 else 1.0
        rows.append([round(float(one / scale)) for one in row])
        scales.append(scale)
    return np.array(rows).T, np.array(scales)


@quantise_channels.variant
def by_the_reciprocal(W, bits):
    most = 2.0 ** (bits - 1) - 1
    largest = np.sqrt(np.max(W.astype(float) ** 2, axis=0))
    per_unit = np.array([most / one if one else 1.0 for one in largest])
    return np.rint(W * per_unit), 1 / per_unit


@quantise_channels.variant
def clipped_too(W, bits):
    most = 2 ** (bits - 1) - 1
    largest = np.abs(W).max(axis=0, keepdims=True)
    scales = np.divide(largest, most, out=np.ones(largest.shape), where=largest != 0)
    return np.clip(np.round(W / scales), -most, most).astype(int), scales[0]


MOST, LARGEST = "2 ** (bits - 1) - 1", "np.abs(W).max(axis=0)"
SCALES, Q = "np.where(largest > 0, largest / most, 1.0)", "np.round(W / scales)"
ANSWER = "q.astype(int), scales"
for name, hint, *edits in (
    (
        "scale-for-each-row",
        "Your scales belong to the rows. A channel is an output unit, and its weights are a column of W: take the "
        "largest over the rows, axis 0.",
        (LARGEST, "np.abs(W).max(axis=1)"),
        (Q, "np.round(W / scales[:, None])"),
    ),
    (
        "one-scale-for-all",
        "All columns have one scale, that of the largest weight: columns of small weights lose most of their levels. "
        "Each column has its own.",
        (LARGEST, "np.abs(W).max() + np.zeros(W.shape[1])"),
    ),
    (
        "largest-for-largest-magnitude",
        "You take the largest weight of a column. Negative ones may have the larger magnitude: take max |w|.",
        (LARGEST, "W.max(axis=0)"),
        (SCALES, "np.where(largest != 0, largest / most, 1.0)"),
    ),
    (
        "magnitude-of-the-largest",
        "You take the magnitude of the largest weight. Take the largest of the magnitudes.",
        (LARGEST, "np.abs(W.max(axis=0))"),
    ),
    (
        "half-of-the-range",
        "You take half of the range from the least to the largest weight. Around 0 the larger magnitude decides.",
        (LARGEST, "(W.max(axis=0) - W.min(axis=0)) / 2"),
    ),
    (
        "one-level-too-many",
        "You divide by 2^(bits − 1), so that the largest positive weight would not fit. The whole numbers go up to "
        "2^(bits − 1) − 1.",
        (MOST, "2 ** (bits - 1)"),
    ),
    (
        "one-bit-too-many",
        "You divide by 2^bits − 1, the steps of the whole range. On each side of 0 there are 2^(bits − 1) − 1.",
        (MOST, "2**bits - 1"),
    ),
    (
        "steps-of-the-whole-range",
        "Your scale is 2 max |w| / (2^bits − 1). The whole numbers lie around 0, up to 2^(bits − 1) − 1 on each side.",
        (SCALES, "np.where(largest > 0, 2 * largest / (2**bits - 1), 1.0)"),
    ),
    (
        "cut-off-not-rounded",
        "You cut the whole numbers off, as int() does. Round to the nearest one.",
        (Q, "np.trunc(W / scales)"),
    ),
    (
        "rounded-down",
        "You round down. Round to the nearest whole number.",
        (Q, "np.floor(W / scales)"),
    ),
    (
        "halves-up",
        "Your halves are rounded up. They go to the even neighbour, as np.round does.",
        (Q, "np.floor(W / scales + 0.5)"),
    ),
    (
        "halves-away-from-0",
        "Your halves are rounded away from 0. They go to the even neighbour, as np.round does.",
        (Q, "np.sign(W) * np.floor(np.abs(W / scales) + 0.5)"),
    ),
    (
        "twice-the-bits",
        "You take 2 · (bits − 1) − 1 for the largest whole number. It is a power: 2**(bits - 1) - 1.",
        (MOST, "2 * (bits - 1) - 1"),
    ),
    (
        "scales-turned-round",
        "Your scales are turned round: what one step is worth is asked for, max |w| divided by the whole numbers.",
        (ANSWER, "q.astype(int), 1 / scales"),
    ),
    (
        "largest-for-scales",
        "You return the largest magnitudes. The scales are these divided by the largest whole number.",
        (ANSWER, "q.astype(int), largest"),
    ),
    (
        "affine",
        "You quantise each column with a zero point. Here the whole numbers lie around 0, and 0 stays 0.",
        (LARGEST, "np.maximum(W.max(axis=0), 0) - np.minimum(W.min(axis=0), 0)"),
        (SCALES, "np.where(largest > 0, largest / (2**bits - 1), 1.0)"),
        (
            Q,
            "np.clip(np.round(W / scales) + np.round(-most - 1 - np.minimum(W.min(axis=0), 0) / scales), -128, most)",
        ),
    ),
    (
        "eight-bits-always",
        "You quantise to 8 bits, whatever `bits` is.",
        (MOST, "127 + 0 * bits"),
    ),
    (
        "dequantised",
        "You return the weights that come back. The whole numbers are asked for.",
        (ANSWER, "q * scales, scales"),
    ),
    (
        "mean-magnitude",
        "Your scales come from the mean magnitude of a column, so that large weights do not fit. Take the largest.",
        (LARGEST, "np.abs(W).mean(axis=0)"),
    ),
    (
        "scale-0",
        "For a column of zeros your scale is 0, and nothing can be divided by it. Take 1.",
        (SCALES, "largest / most"),
        (Q, "np.round(W / np.where(scales > 0, scales, 1.0))"),
    ),
    (
        "exchanged",
        "Return q, then the scales.",
        (ANSWER, "scales, q.astype(int)"),
    ),
):
    quantise_channels.slip(name, hint, *edits)
