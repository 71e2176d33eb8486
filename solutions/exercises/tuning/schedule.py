"""Contract of `rate_schedule`, a linear warm-up and a cosine down to a floor.

unrolled-canary-9a3468530698
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import tuning

READ = "training-well#eq-warmup-cosine"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    warmup = sizes.inputs + 1
    peak = float(rng.uniform(0.5, 2))
    floor = peak * float(rng.uniform(0.05, 0.3))
    return {"updates": warmup + sizes.batch + sizes.steps + 1, "warmup": warmup, "peak": peak, "floor": floor}


def _of(updates: int, warmup: int, floor: float = 0.1) -> kit.Function:
    return lambda rng: {"updates": updates, "warmup": warmup, "peak": float(rng.uniform(0.5, 4)), "floor": floor}


rate_schedule = kit.Contract(
    reference=tuning.rate_schedule,
    outputs=kit.near("rates", atol=1e-12),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("no warm-up", _of(6, 0)),
        kit.Special("warm-up alone", _of(5, 5)),
        kit.Special("a warm-up of one update", _of(7, 1)),
        kit.Special("one update behind the warm-up", _of(5, 4)),
        kit.Special("one update", _of(1, 0)),
        kit.Special("a floor of 0", _of(9, 3, 0.0)),
        kit.Special("many updates", _of(150, 20)),
    ),
)


@rate_schedule.derivation(
    words={
        "n": "the number of the update",
        "rising": "the rate of the warm-up",
        "share": "the share of the fall that is done",
        "falling": "the rate of the fall",
        "peak": "the highest rate",
        "floor": "the last rate",
        "warmup": "the updates of the warm-up",
    },
    alike={"peak": "floor"},
)
def both_then_chosen(updates, warmup, peak, floor):
    n = np.arange(updates) + 1
    rising = peak * n / max(warmup, 1)  #: eq-warmup-cosine
    share = (n - warmup) / max(updates - warmup, 1)  #: eq-warmup-cosine
    #: eq-warmup-cosine: the floor + what is above it
    falling = floor + (peak - floor) * (1 + np.cos(np.pi * share)) / 2
    return np.where(n <= warmup, rising, falling)


@rate_schedule.variant
def update_by_update(updates, warmup, peak, floor):
    rates = []
    for n in range(1, updates + 1):
        if n <= warmup:
            rates.append(peak * n / warmup)
        else:
            done = (n - warmup) / (updates - warmup)
            rates.append(floor + 0.5 * (peak - floor) * (1 + np.cos(np.pi * done)))
    return np.array(rates)


@rate_schedule.variant
def two_pieces(updates, warmup, peak, floor):
    up = np.linspace(0, peak, warmup + 1)[1:]
    angle = np.linspace(0, np.pi, updates - warmup + 1)[1:]
    return np.concatenate([up, (peak + floor) / 2 + (peak - floor) / 2 * np.cos(angle)])


@rate_schedule.variant
def square_of_a_cosine(updates, warmup, peak, floor):
    rates = np.zeros(updates)
    rates[:warmup] = np.arange(1, warmup + 1) * peak / max(warmup, 1)
    down = updates - warmup
    half = np.pi / 2 * np.arange(1, down + 1) / max(down, 1)
    rates[warmup:] = floor * np.sin(half) ** 2 + peak * np.cos(half) ** 2
    return rates


@rate_schedule.variant
def by_a_mask(updates, warmup, peak, floor):
    n = 1 + np.arange(updates)
    early = 1.0 * (n <= warmup)
    done = np.clip((n - warmup) / max(1, updates - warmup), 0, 1)
    return early * peak * n / max(1, warmup) + (1 - early) * (floor + (peak - floor) * 0.5 * (1 + np.cos(np.pi * done)))


@rate_schedule.variant
def interpolated(updates, warmup, peak, floor):
    # One row from 0 to 2: the warm-up up to 1, the fall behind.
    up = np.arange(1, warmup + 1) / max(warmup, 1)
    way = np.concatenate([up, 1 + np.arange(1, updates - warmup + 1) / max(updates - warmup, 1)])
    cosine = floor + (peak - floor) * np.square(np.cos(np.pi * np.maximum(way - 1, 0) / 2))
    return np.minimum(way, 1) * np.where(way > 1, cosine, peak)


@rate_schedule.variant
def a_function_of_each(updates, warmup, peak, floor):
    def rate(n):
        if n <= warmup:
            return n / warmup * peak
        return peak - (peak - floor) * (1 - np.cos(np.pi * (n - warmup) / (updates - warmup))) / 2

    return [rate(n) for n in range(1, updates + 1)]


N, RISING = "np.arange(updates) + 1", "peak * n / max(warmup, 1)"
SHARE = "(n - warmup) / max(updates - warmup, 1)"
FALLING = "floor + (peak - floor) * (1 + np.cos(np.pi * share)) / 2"
CHOSEN = "np.where(n <= warmup, rising, falling)"
rate_schedule.mistakes(
    f"""
    counted-from-zero: Your first update has a rate of 0: it is wasted, and the floor is never reached. Count updates
      from 1.
        {N} → np.arange(updates)
    warmup-from-zero: Your warm-up begins with a rate of 0: the first update is wasted. Its rate is peak / warmup.
        {RISING} → peak * (n - 1) / max(warmup, 1)
    warmup-reaches-the-peak-too-early: Your warm-up begins at 0 and reaches the peak. It begins with peak / warmup.
        {RISING} → peak * (n - 1) / max(warmup - 1, 1)
    warmup-never-reaches-the-peak: Your warm-up ends below the peak: its last update has the peak itself.
        {RISING} → peak * n / (warmup + 1)
    warmup-from-the-floor: Your warm-up begins at the floor. It begins at 0, with peak / warmup.
        {RISING} → floor + (peak - floor) * n / max(warmup, 1)
    warmup-over-all-updates: Your warm-up divides by all updates. It lasts warmup of them.
        {RISING} → peak * n / updates
    no-warmup: The warm-up is missing: the rate begins at the peak and stays there.
        {RISING} → peak + 0 * n
    cosine-in-the-warmup: Your warm-up follows a cosine. It is a straight line.
        {RISING} → peak * (1 - np.cos(np.pi * n / max(warmup, 1))) / 2
    peak-twice: Your fall begins one update late: the peak is there twice, and the floor is not reached.
        {SHARE} → (n - warmup - 1) / max(updates - warmup, 1)
    peak-twice-floor-reached: Your fall begins one update late: the peak is there twice. The update behind the warm-up
      is below the peak already.
        {SHARE} → (n - warmup - 1) / max(updates - warmup - 1, 1)
    fall-over-all-updates: Your fall lasts as long as all updates together, so that it does not reach the floor. It
      has what the warm-up leaves.
        {SHARE} → (n - warmup) / updates
    fall-begins-at-the-first-update: Your cosine begins with the first update. It begins behind the warm-up.
        {SHARE} → n / updates
    cosine-not-halved: 1 + cos goes from 2 to 0: take half of it.
        {FALLING} → floor + (peak - floor) * (1 + np.cos(np.pi * share))
    cosine-alone: The cosine goes from 1 to −1, so that the rate falls below the floor. Take half of 1 + cos.
        {FALLING} → floor + (peak - floor) * np.cos(np.pi * share)
    quarter-of-a-wave: Your cosine takes a quarter of a wave, pi / 2: steepest at its end. It is half a wave.
        {FALLING} → floor + (peak - floor) * np.cos(np.pi * share / 2)
    whole-wave: Your cosine makes a whole wave and comes back up: pi, not 2 pi.
        {FALLING} → floor + (peak - floor) * (1 + np.cos(2 * np.pi * share)) / 2
    pi-forgotten: pi is missing in the cosine: the rate hardly falls.
        {FALLING} → floor + (peak - floor) * (1 + np.cos(share)) / 2
    in-degrees: Your angle is in degrees. NumPy's cosine takes radians: pi.
        {FALLING} → floor + (peak - floor) * (1 + np.cos(180 * share)) / 2
    rising-cosine: Your cosine has the wrong sign: the rate rises behind the warm-up.
        {FALLING} → floor + (peak - floor) * (1 - np.cos(np.pi * share)) / 2
    floor-added: The floor is added to the whole peak. Between them lies peak − floor.
        {FALLING} → floor + peak * (1 + np.cos(np.pi * share)) / 2
    floor-as-a-bound: You cut the cosine off at the floor. It comes to rest there: between peak and floor lies
      peak − floor.
        {FALLING} → np.maximum(floor, peak * (1 + np.cos(np.pi * share)) / 2)
    floor-ignored: Your rate falls to 0. It falls to the floor.
        {FALLING} → peak * (1 + np.cos(np.pi * share)) / 2
    straight-fall: Your rate falls in a straight line. It follows a cosine.
        {FALLING} → floor + (peak - floor) * (1 - share)
    exponential-fall: Your rate falls by a constant factor. It follows a cosine.
        {FALLING} → peak * (max(floor, 1e-300) / peak) ** share
    factors-returned: You return shares of the peak. The rates are asked for.
        {CHOSEN} → {CHOSEN} / peak
    one-rate-too-many: You return a rate too many: as many as there are updates.
        {N} → np.arange(updates + 1) + 1
    fall-alone: Your warm-up is never used.
        {CHOSEN} → 1 * falling
    smaller-of-both: You take the smaller of both everywhere. Up to the warm-up's end it is the rising one.
        {CHOSEN} → np.minimum(rising, falling)
    """
)


@rate_schedule.misconception(
    "Your first update has a rate of 0: it is wasted, and without a warm-up you divide by 0. Count updates from 1.",
    further=True,
)
def counted_from_zero_in_a_loop(updates, warmup, peak, floor):
    rates = []
    for n in range(updates):
        if n <= warmup:
            rates.append(peak * n / warmup)
        else:
            share = (n - warmup) / (updates - warmup)
            rates.append(floor + 0.5 * (peak - floor) * (1 + np.cos(np.pi * share)))
    return np.array(rates)


@rate_schedule.misconception(
    "Your warm-up begins with a rate of 0: the first update is wasted. Count updates from 1 throughout.",
    further=True,
)
def warmup_counted_from_zero(updates, warmup, peak, floor):
    rates = []
    for n in range(updates):
        if n < warmup:
            rates.append(peak * n / warmup)
        else:
            share = (n - warmup) / (updates - warmup)
            rates.append(floor + 0.5 * (peak - floor) * (1 + np.cos(np.pi * share)))
    return np.array(rates)
