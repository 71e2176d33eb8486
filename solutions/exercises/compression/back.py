"""Contract of `dequantise`, the way back.

unrolled-canary-4594e5548cef
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import compression


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    # A zero point so far from 0 that int8 is too narrow for some of the differences.
    zero = int(rng.integers(30, 100) * rng.choice([-1, 1]))
    q = rng.integers(-128, 128, (sizes.batch + 1, sizes.hidden + 1))
    q.flat[0], q.flat[1] = (-126, 3) if zero > 0 else (125, -3)
    return {"q": rng.permuted(q).astype(np.int8), "scale": float(rng.uniform(0.05, 0.3)), "zero": zero}


def _of(zero: int, *shape: int) -> kit.Function:
    return lambda rng: {
        "q": rng.integers(-128, 128, shape).astype(np.int8),
        "scale": float(rng.uniform(0.05, 0.3)),
        "zero": zero,
    }


dequantise = kit.Contract(
    reference=compression.dequantise,
    outputs=kit.near("x"),
    read="compression#eq-dequantise",
    parts=kit.of_values(
        _draw,
        kit.Special("the zero point is 0", _of(0, 3, 4)),
        kit.Special("the zero point at the lower end", _of(-128, 4, 3)),
        kit.Special("the zero point at the upper end", _of(127, 4, 5)),
        kit.Special("one axis", _of(-77, 15)),
        kit.Special("three axes", _of(66, 3, 2, 5)),
        kit.Special("a small scale", lambda rng: _of(55, 9)(rng) | {"scale": float(rng.uniform(0.002, 0.003))}),
    ),
)


@dequantise.derivation(words={"q": "the whole numbers", "scale": "the scale", "zero": "the zero point"})
def difference_times_scale(q, scale, zero):
    x = scale * (q.astype(float) - zero)  #: eq-dequantise
    return x


@dequantise.variant
def wider(q, scale, zero):
    return (q.astype(np.int32) - zero) * scale


@dequantise.derivation()
def product_first(q, scale, zero):
    return scale * q.astype(np.float64) - scale * zero


@dequantise.variant
def scale_first(q, scale, zero):
    return np.multiply(q, scale, dtype=float) - np.multiply(zero, scale)


@dequantise.variant
def one_by_one(q, scale, zero):
    return np.array([scale * (int(one) - zero) for one in q.ravel()]).reshape(q.shape)


@dequantise.variant
def of_a_table(q, scale, zero):
    table = scale * (np.arange(-128, 128) - zero)
    return table[q.astype(int) + 128]


@dequantise.variant
def subtracted_as_a_number(q, scale, zero):
    return scale * np.subtract(q, float(zero), dtype=np.float64)


BACK = "scale * (q.astype(float) - zero)"
for name, hint, *edits in (
    (
        "int8-overflows",
        "You subtract in int8, where −128 − 100 comes out as 28: 256 too many. Make the whole numbers wider, or "
        "floats, before you subtract.",
        (BACK, "scale * (q.astype(np.int8) - np.int8(zero)).astype(float)"),
    ),
    (
        "zero-point-added",
        "You add the zero point. The way there added it; the way back subtracts it.",
        (BACK, "scale * (q.astype(float) + zero)"),
    ),
    (
        "int8-overflows-in-a-sum",
        "You add the zero point, in int8, which is too narrow for it. Subtract it, from floats.",
        (BACK, "scale * (q.astype(np.int8) + np.int8(zero)).astype(float)"),
    ),
    (
        "zero-point-forgotten",
        "The zero point is not subtracted.",
        (BACK, "scale * q.astype(float)"),
    ),
    (
        "zero-point-not-scaled",
        "The zero point is subtracted behind the scale. It is a whole number like q: subtract it first.",
        (BACK, "scale * q.astype(float) - zero"),
    ),
    (
        "divided-by-the-scale",
        "You divide by the scale. The way there did; the way back multiplies.",
        (BACK, "(q.astype(float) - zero) / scale"),
    ),
    (
        "scale-forgotten",
        "The scale is missing.",
        (BACK, "q.astype(float) - zero"),
    ),
    (
        "turned-round",
        "The difference is turned round: whole number − zero point.",
        (BACK, "scale * (zero - q.astype(float))"),
    ),
    (
        "taken-for-unsigned",
        "You take the whole numbers for unsigned ones. Negative ones are negative.",
        (BACK, "scale * (q.astype(float) % 256 - zero)"),
    ),
    (
        "whole-numbers-returned",
        "You round the numbers that come back. They are no whole ones any more.",
        (BACK, "np.round(scale * (q.astype(float) - zero))"),
    ),
    (
        "from-the-lower-end",
        "You count from the least whole number, −128. Count from the zero point.",
        (BACK, "scale * (q.astype(float) + 128 + 0 * zero)"),
    ),
    (
        "clipped",
        "You clip the difference to int8. It may be larger.",
        (BACK, "scale * np.clip(q.astype(float) - zero, -128, 127)"),
    ),
):
    dequantise.slip(name, hint, *edits)
