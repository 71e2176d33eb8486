"""Contract of `quantise`, whole numbers with a scale and a zero point.

unrolled-canary-f1541e38d400
"""

import numpy as np

from solutions.exercises.compression.whole import between, off
from solutions.judging import kit
from solutions.reference import compression

READ = "compression#eq-affine-quantiser"


def _scale(rng: np.random.Generator) -> float:
    # Some above 1, some below.
    return float(0.05 * 60 ** rng.random())


def _around(rng: np.random.Generator, bits: int, below: float, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers whose range has `below` steps of the scale under 0, and the rest of the 2^bits − 1 above it."""
    steps, size = 2**bits - 1, int(np.prod(shape))
    inner = between(rng, 1 - int(below), int(steps - below) - 1, size - 2)
    return _scale(rng) * rng.permutation(np.append(inner, [-below, steps - below])).reshape(shape)


def _above(rng: np.random.Generator, bits: int, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers well above 0."""
    steps, size = 2**bits - 1, int(np.prod(shape))
    inner = between(rng, steps // 4, steps - 2, size - 1)
    return _scale(rng) * rng.permutation(np.append(inner, steps)).reshape(shape)


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    bits, shape = int(rng.integers(4, 9)), (sizes.batch + 1, sizes.inputs + 1)
    # One of two cases of unequal sizes lies above 0; the other reaches further above 0 than below, or less far.
    if sizes.batch < sizes.hidden:
        return {"x": _above(rng, bits, shape).astype(dtype), "bits": bits}
    steps = 2**bits - 1
    below = rng.integers(2, steps // 3) + off(rng).item()
    return {"x": _around(rng, bits, rng.choice([below, steps - below]), shape).astype(dtype), "bits": bits}


def _halves(below: float) -> kit.Function:
    # The scale is a power of 2, and the zero point even: nothing is rounded on the way, and who adds it first is right.
    def drawn(rng: np.random.Generator) -> kit.Arguments:
        shift = below + 4 * rng.integers(0, 3)
        x = np.append(np.arange(-int(shift), 15 - int(shift)) + 0.5, [-shift, 15 - shift])
        return {"x": rng.permutation(x) * 2.0 ** rng.integers(-4, 2), "bits": 4}

    return drawn


def _of(make: kit.Function, bits: int) -> kit.Function:
    return lambda rng: {"x": make(rng), "bits": bits}


quantise = kit.Contract(
    reference=compression.quantise,
    outputs=(kit.exact("q"), *kit.near("scale", atol=1e-9), kit.exact("zero")),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("halves", _halves(2)),
        kit.Special("halves, and a number beyond the last level", _halves(1.5)),
        kit.Special("all below 0", _of(lambda rng: -_above(rng, 8, (3, 4)), 8)),
        kit.Special("one number above 0", _of(lambda rng: rng.uniform(1, 9, 1), 5)),
        kit.Special("one number below 0", _of(lambda rng: rng.uniform(-9, -1, (1, 1)), 6)),
        kit.Special("all equal", _of(lambda rng: np.full((3, 2), rng.uniform(1, 9)), 8)),
        kit.Special("all zero", _of(lambda rng: np.zeros((rng.integers(2, 40), 3)), 8)),
        kit.Special("two bits", _of(lambda rng: _around(rng, 2, 1 + off(rng).item(), (5, 2)), 2)),
        kit.Special("three axes", _of(lambda rng: _around(rng, 7, 40 + off(rng).item(), (3, 2, 4)), 7)),
        kit.Special("nearly all below 0", _of(lambda rng: _around(rng, 8, 250 + off(rng).item(), (4, 5)), 8)),
    ),
)


@quantise.derivation(
    words={
        "least": "the least whole number",
        "most": "the largest whole number",
        "low": "the lower end of the range",
        "high": "the upper end of the range",
        "scale": "the scale",
        "zero": "the zero point",
        "q": "the whole numbers",
        "bits": "the number of bits",
    },
    without=("another-value-scale-high-least",),
)
def range_that_holds_zero(x, bits):
    least = -(2 ** (bits - 1))
    most = 2 ** (bits - 1) - 1
    low = min(0.0, x.min())  #: eq-affine-quantiser
    high = max(0.0, x.max())  #: eq-affine-quantiser
    scale = (high - low) / (2**bits - 1) if high > low else 1.0  #: eq-affine-quantiser
    zero = np.round(least - low / scale)  #: eq-affine-quantiser
    q = np.clip(np.round(x / scale) + zero, least, most)  #: eq-affine-quantiser
    return q.astype(int), scale, int(zero)


@quantise.variant
def rounded_once(x, bits):
    most = 2 ** (bits - 1) - 1
    low, high = np.minimum(x.min(), 0), np.maximum(x.max(), 0)
    scale = (high - low) / (2 * most + 1)
    if scale == 0:
        return np.full(x.shape, -most - 1), 1.0, -most - 1
    zero = int(np.rint(-most - 1 - low / scale))
    return np.minimum(np.maximum(np.rint(x / scale + zero), -most - 1), most).astype(np.int8), float(scale), zero


@quantise.variant
def one_by_one(x, bits):
    half = 1 << (bits - 1)
    values = [float(one) for one in x.ravel()]
    low, high = min([*values, 0.0]), max([*values, 0.0])
    scale = (high - low) / (2 * half - 1) if high != low else 1.0
    zero = round(-half - low / scale)
    q = [max(-half, min(half - 1, round(one / scale) + zero)) for one in values]
    return np.array(q).reshape(x.shape), scale, zero


@quantise.variant
def unsigned_first(x, bits):
    levels = 2**bits
    low, high = np.append(x, 0).min(), np.append(x, 0).max()
    scale = (high - low) / (levels - 1) or 1.0
    below = np.round(-low / scale)
    q = np.clip(np.round(x / scale) + below, 0, levels - 1) - levels // 2
    return q.astype(int), scale, int(below) - levels // 2


@quantise.variant
def by_the_reciprocal(x, bits):
    with_zero = [x.min(), x.max(), 0.0]
    reach = max(with_zero) - min(with_zero)
    per_unit = (2.0**bits - 1) / reach if reach > 0 else 1.0
    zero = round(-(2 ** (bits - 1)) - min(with_zero) * per_unit)
    q = np.around(x * per_unit) + zero
    q[q > 2 ** (bits - 1) - 1] = 2 ** (bits - 1) - 1
    q[q < -(2 ** (bits - 1))] = -(2 ** (bits - 1))
    return q, 1 / per_unit, zero


@quantise.variant
def in_float32(x, bits):
    low, high = np.float32(min(x.min(), 0)), np.float32(max(x.max(), 0))
    scale = (high - low) / np.float32(2**bits - 1)
    scale = scale if scale > 0 else np.float32(1)
    zero = np.round(-(2.0 ** (bits - 1)) - low / scale)
    q = np.clip(np.round(x.astype(np.float32) / scale) + zero, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return q.astype(np.int32), float(scale), float(zero)


LOW, HIGH = "min(0.0, x.min())", "max(0.0, x.max())"
SCALE, ZERO = "(high - low) / (2**bits - 1) if high > low else 1.0", "np.round(least - low / scale)"
Q, ANSWER = "np.clip(np.round(x / scale) + zero, least, most)", "q.astype(int), scale, int(zero)"
for name, hint, *edits in (
    (
        "range-without-0",
        "Your range goes from the least to the largest number, and need not hold 0. Widen it to 0: else 0 does not "
        "come back as 0.",
        (LOW, "x.min()"),
        (HIGH, "x.max()"),
        (SCALE, "(high - low) / (2**bits - 1) if high > low else 1.0"),
    ),
    (
        "levels-for-steps",
        "You divide the range by the number of levels. Between 2^bits levels there are 2^bits − 1 steps.",
        (SCALE, "(high - low) / 2**bits if high > low else 1.0"),
    ),
    (
        "zero-point-not-rounded",
        "Your zero point is not rounded. It is a whole number, so that 0 comes back as 0 exactly.",
        (ZERO, "least - low / scale"),
        (ANSWER, "q, scale, zero"),
    ),
    (
        "zero-point-cut-off",
        "Your zero point is cut off where it should be rounded to the nearest whole number.",
        (ZERO, "np.trunc(least - low / scale)"),
    ),
    (
        "cut-off-not-rounded",
        "You cut the numbers off, as int() does. Round to the nearest whole number.",
        (Q, "np.clip(np.trunc(x / scale) + zero, least, most)"),
    ),
    (
        "rounded-down",
        "You round the numbers down. Round to the nearest whole number.",
        (Q, "np.clip(np.floor(x / scale) + zero, least, most)"),
    ),
    (
        "halves-away-from-0",
        "Your halves are rounded up or away from 0. They go to the even neighbour, as np.round does: so errors average "
        "out.",
        (Q, "np.clip(np.sign(x) * np.floor(np.abs(x / scale) + 0.5) + zero, least, most)"),
    ),
    (
        "halves-up",
        "Your halves are rounded up. They go to the even neighbour, as np.round does: so errors average out.",
        (Q, "np.clip(np.floor(x / scale + 0.5) + zero, least, most)"),
    ),
    (
        "zero-point-forgotten",
        "The zero point is not added to the whole numbers.",
        (Q, "np.clip(np.round(x / scale), least, most)"),
    ),
    (
        "zero-point-subtracted",
        "You subtract the zero point. It is added: the way back subtracts it.",
        (Q, "np.clip(np.round(x / scale) - zero, least, most)"),
    ),
    (
        "not-clipped",
        "Nothing is clipped: where the zero point was rounded up, the largest number gets a whole number too many.",
        (Q, "np.round(x / scale) + zero"),
    ),
    (
        "wrapped-around",
        "Whole numbers beyond the range come out at its other end. Clip them.",
        (Q, "(np.round(x / scale) + zero - least) % 2**bits + least"),
    ),
    (
        "clipped-before-the-zero-point",
        "You clip before the zero point is added. Clip the sum.",
        (Q, "np.clip(np.round(x / scale), least, most) + zero"),
    ),
    (
        "unsigned",
        "Your whole numbers go from 0 to 2^bits − 1. They are signed: from −2^(bits − 1) to 2^(bits − 1) − 1.",
        (ANSWER, "q.astype(int) - least, scale, int(zero) - least"),
    ),
    (
        "symmetric",
        "Your range lies around 0, with the zero point at 0: half of it may stay unused. Take the least and the "
        "largest number.",
        (LOW, "-np.abs(x).max()"),
        (HIGH, "np.abs(x).max()"),
        (SCALE, "high / most if high > low else 1.0"),
        (ZERO, "0"),
    ),
    (
        "least-level-unused",
        "Your least whole number is −2^(bits − 1) + 1. Here −2^(bits − 1) is used, too.",
        ("least = -(2 ** (bits - 1))", "least = -(2 ** (bits - 1)) + 1"),
    ),
    (
        "one-bit-too-few",
        "You use half of the whole numbers: the range has 2^bits − 1 steps, not 2^(bits − 1) − 1.",
        (SCALE, "(high - low) / (2 ** (bits - 1) - 1) if high > low else 1.0"),
    ),
    (
        "eight-bits-always",
        "You quantise to 8 bits, whatever `bits` is.",
        ("least = -(2 ** (bits - 1))", "bits = 8; least = -(2 ** (bits - 1))"),
    ),
    (
        "zero-point-of-the-largest",
        "Your zero point is that of the upper end. Take the lower one: the least whole number − low/scale.",
        (ZERO, "np.round(least - high / scale)"),
    ),
    (
        "zero-point-from-0",
        "Your zero point counts from 0. The least whole number is −2^(bits − 1).",
        (ZERO, "np.round(-low / scale)"),
    ),
    (
        "range-not-divided",
        "Your scale is the range. Divide it by the number of steps.",
        (SCALE, "high - low if high > low else 1.0"),
    ),
    (
        "scale-turned-round",
        "Your scale is turned round: it is the range divided by the steps, what one step is worth.",
        (ANSWER, "q.astype(int), 1 / scale, int(zero)"),
    ),
    (
        "scale-of-the-largest",
        "Your scale is the largest number divided by the steps. Take the whole range, from low to high.",
        (SCALE, "(high if high > 0 else 1.0) / (2**bits - 1)"),
    ),
    (
        "dequantised",
        "You return the numbers that come back. The whole numbers are asked for.",
        (ANSWER, "scale * (q - zero), scale, int(zero)"),
    ),
    (
        "twice-the-bits",
        "You take 2 · bits for the number of levels. It is a power, 2**bits.",
        (SCALE, "(high - low) / (2 * bits - 1) if high > low else 1.0"),
    ),
    (
        "q-from-0",
        "Your q counts from 0, and the zero point does not: both are signed.",
        (ANSWER, "q.astype(int) - least, scale, int(zero)"),
    ),
    (
        "ends-added",
        "You add the ends of the range. It goes from low to high: subtract.",
        (SCALE, "(high + low) / (2**bits - 1) if high > -low else 1.0"),
    ),
    (
        "scale-1",
        "Your scale is 1 whatever the range is. It is 1 only where all numbers are 0.",
        (SCALE, "1.0"),
    ),
    (
        "scale-0",
        "Where all numbers are 0 your scale is 0, and nothing can be divided by it. Take 1.",
        (SCALE, "(high - low) / (2**bits - 1)"),
        (ZERO, "np.round(least - low / (scale or 1.0))"),
        (Q, "np.clip(np.round(x / (scale or 1.0)) + zero, least, most)"),
    ),
    (
        "zero-before-scale",
        "Return q, scale, zero, in this order.",
        (ANSWER, "q.astype(int), int(zero), scale"),
    ),
):
    quantise.slip(name, hint, *edits)
