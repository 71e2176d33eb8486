"""Contract of `range_test_rates`, rates that grow by a constant factor.

unrolled-canary-9b944370aac7
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import tuning

READ = "training-well#eq-range-test"
OUTPUTS = kit.near("rates", atol=1e-12)  # the smallest rates count as much as the largest


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    low = float(10 ** rng.uniform(-5, -2))
    return {"low": low, "high": low * float(10 ** rng.uniform(2, 5)), "updates": sizes.batch + sizes.steps}


def _of(low: float, high: float, updates: int) -> kit.Function:
    return lambda rng: {"low": low * float(rng.uniform(1, 2)), "high": high, "updates": updates}


range_test_rates = kit.Contract(
    reference=tuning.range_test_rates,
    outputs=OUTPUTS,
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("two updates", _of(1e-4, 3.0, 2)),
        kit.Special("three updates", _of(1e-3, 10.0, 3)),
        kit.Special("many updates", _of(1e-7, 1e4, 200)),
        kit.Special("rates that fall", _of(1.0, 1e-3, 6)),
        kit.Special("rates above 1", _of(2.0, 500.0, 5)),
    ),
)


@range_test_rates.derivation(
    words={"grown": "how far each update is along the way", "low": "the lowest rate", "high": "the highest one"}
)
def powers(low, high, updates):
    grown = np.arange(updates) / (updates - 1)  #: eq-range-test
    rates = low * (high / low) ** grown  #: eq-range-test
    return rates


@range_test_rates.variant
def multiplied(low, high, updates):
    factor = (high / low) ** (1 / (updates - 1))
    rates = [low]
    for _ in range(updates - 1):
        rates.append(rates[-1] * factor)
    return np.array(rates)


@range_test_rates.variant
def by_logarithms(low, high, updates):
    return np.exp(np.linspace(np.log(low), np.log(high), updates))


@range_test_rates.variant
def by_numpy(low, high, updates):
    return np.geomspace(low, high, updates)


@range_test_rates.variant
def by_logspace(low, high, updates):
    return np.logspace(np.log10(low), np.log10(high), num=updates)


@range_test_rates.variant
def products(low, high, updates):
    factor = (high / low) ** (1 / (updates - 1))
    return low * np.cumprod(np.concatenate([[1.0], np.full(updates - 1, factor)]))


@range_test_rates.variant
def weighted_by_powers(low, high, updates):
    share = np.linspace(0, 1, updates)
    return low ** (1 - share) * high**share


@range_test_rates.variant
def one_after_the_other(low, high, updates):
    return [low * (high / low) ** (n / (updates - 1)) for n in range(updates)]


GROWN, RATES = "np.arange(updates) / (updates - 1)", "low * (high / low) ** grown"
for name, hint, *edits in (
    (
        "a-straight-line",
        "Your rates grow by the same amount: nearly all of them are large. They grow by the same FACTOR.",
        (RATES, "low + (high - low) * grown"),
    ),
    (
        "highest-never-reached",
        "The last rate is below the highest one. N rates have N − 1 steps between them: divide by updates − 1.",
        (GROWN, "np.arange(updates) / updates"),
    ),
    (
        "lowest-left-out",
        "The first rate is above the lowest one: nothing has grown before the first update.",
        (GROWN, "np.arange(1, updates + 1) / updates"),
    ),
    (
        "both-ends-left-out",
        "Both ends are left out. The first rate is the lowest, the last one the highest.",
        (GROWN, "np.arange(1, updates + 1) / (updates + 1)"),
    ),
    (
        "one-step-too-far",
        "Your rates begin one step too late, and end above the highest one.",
        (GROWN, "np.arange(1, updates + 1) / (updates - 1)"),
    ),
    (
        "one-rate-too-many",
        "You return a rate too many: updates rates have updates − 1 steps between them.",
        (GROWN, "np.arange(updates + 1) / updates"),
    ),
    (
        "one-rate-too-few",
        "You return a rate too few: as many as there are updates.",
        (GROWN, "np.arange(updates - 1) / (updates - 1)"),
    ),
    (
        "turned-round",
        "Your rates go from the highest one to the lowest. A range test begins where nothing can go wrong.",
        (RATES, "high * (low / high) ** grown"),
    ),
    (
        "exponents-returned",
        "You return logarithms of the rates. Take the power of 10.",
        (RATES, "np.log10(low) + (np.log10(high) - np.log10(low)) * grown"),
    ),
    (
        "natural-logarithms-returned",
        "You return logarithms of the rates. Take exp of them.",
        (RATES, "np.log(low) + (np.log(high) - np.log(low)) * grown"),
    ),
    (
        "bases-mixed",
        "Your logarithms are of base 10, and you take exp of them. 10 ** belongs to log10, exp to log.",
        (RATES, "np.exp(np.log10(low) + (np.log10(high) - np.log10(low)) * grown)"),
    ),
    (
        "bases-mixed-the-other-way",
        "Your logarithms are natural ones, and you take powers of 10. exp belongs to log, 10 ** to log10.",
        (RATES, "10 ** np.clip(np.log(low) + (np.log(high) - np.log(low)) * grown, -99, 99)"),
    ),
    (
        "growth-without-the-lowest",
        "Your rates begin with 1: the growth is right, the lowest rate is missing as a factor.",
        (RATES, "(high / low) ** grown"),
    ),
    (
        "to-the-highest-times-the-lowest",
        "Your factor is a power of the highest rate. It is one of the ratio, high / low.",
        (RATES, "low * high**grown"),
    ),
    (
        "squared-line",
        "Your rates grow as a square. From each to the next they grow by the same factor.",
        (RATES, "low + (high - low) * grown**2"),
    ),
    (
        "ratios-returned",
        "You return the factors. The rates are asked for.",
        (RATES, "(high / low) ** (0 * grown + 1 / (updates - 1))"),
    ),
):
    range_test_rates.slip(name, hint, *edits)
