"""Contract of `random_settings`, from uniform draws to the settings of a search.

unrolled-canary-20b5de28ccc3
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import tuning

READ = "training-well#eq-log-uniform"
CHOICE = "training-well#eq-uniform-choice"


def _places(rng: np.random.Generator, count: int) -> np.ndarray:
    # Sixty-fourths: their products with whole numbers are exact. Each column has a 0 and a draw close below 1.
    u = rng.integers(1, 63, (count, 3)) / 64
    return np.concatenate([u, rng.permuted([[0.0] * 3, [63 / 64] * 3, [33 / 64] * 3], axis=0)])


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    low, least = float(10 ** rng.uniform(-4, -2)), int(rng.integers(5, 20))
    choices = [float(one) for one in rng.permutation(np.arange(1, 40))[: sizes.outputs + 1] / 40]
    return {
        "u": _places(rng, sizes.batch + sizes.steps + 3).astype(dtype),
        "low": low,
        "high": low * float(10 ** rng.uniform(1.5, 3)),
        "least": least,
        "most": least + int(rng.integers(3, 12)),
        "choices": choices,
    }


def _of(**given: object) -> kit.Function:
    def special(rng: np.random.Generator) -> kit.Arguments:
        drawn = _draw(rng, kit.Sizes(4, 4, 3, 3, 3), np.float64)
        return drawn | given

    return special


def _all_zero(rng: np.random.Generator) -> kit.Arguments:
    return _of()(rng) | {"u": np.zeros((2, 3))}


def _close_to_one(rng: np.random.Generator) -> kit.Arguments:
    return _of()(rng) | {"u": 1 - rng.integers(1, 9, (4, 3)) / 4096, "least": 2, "most": 9}


def _borders(rng: np.random.Generator) -> kit.Arguments:
    # Draws at which one number, or choice, ends and the next begins.
    u = rng.permuted(np.tile(np.arange(4)[:, None] / 4, (3, 3)), axis=0)
    return _of()(rng) | {"u": u, "least": 1, "most": 4, "choices": [0.5, 0.0, 0.25, 0.125]}


def _one_row(rng: np.random.Generator) -> kit.Arguments:
    return _of()(rng) | {"u": rng.integers(1, 63, (1, 3)) / 64}


def _not_uniform(function: kit.Function, rng: np.random.Generator) -> bool:
    # Over an even grid every number and every choice comes as often as any other, and each factor of 10 of the rates.
    u = np.stack([rng.permutation((np.arange(60) + 0.5) / 60) for _ in range(3)], axis=1)
    choices = [0.25, 0.75, 0.0, 0.5]
    rates, units, chosen = map(np.asarray, function(u, 1e-4, 1e-1, 3, 8, choices))
    ends = np.array([0.99e-4, 1e-3, 1e-2, 1.01e-1])
    decades = np.histogram(rates, ends)[0]
    numbers, often = np.unique(units, return_counts=True)
    return not (
        decades.tolist() == [20, 20, 20]
        and numbers.tolist() == [3, 4, 5, 6, 7, 8]
        and set(often.tolist()) == {10}
        and all(np.isclose(chosen, one).sum() == 15 for one in choices)
    )


random_settings = kit.Contract(
    reference=tuning.random_settings,
    outputs=(*kit.near("rates", atol=1e-12), *kit.near("units", "chosen")),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("draws of 0", _all_zero),
        kit.Special("draws close to 1", _close_to_one),
        kit.Special("draws at the borders", _borders),
        kit.Special("one number of units", _of(least=7, most=7)),
        kit.Special("two numbers of units", _of(least=4, most=5)),
        kit.Special("one choice", _of(choices=[0.375])),
        kit.Special("equal choices", _of(choices=[0.5, 0.25, 0.5])),
        kit.Special("one row", _one_row),
    ),
    rules=(
        kit.Rule(
            "not-uniform",
            "over an even grid of draws each power of 10, each number of units and each choice comes equally often.",
            _not_uniform,
            READ,
        ),
    ),
)


@random_settings.derivation(
    words={
        "rates": "the rates",
        "units": "the units",
        "chosen": "the choices",
        "which": "the numbers of the choices",
        "u": "the draws",
        "low": "the lowest rate",
        "high": "the highest rate",
        "least": "the fewest units",
        "most": "the most units",
    },
    # So small a rate added to a growth is as good as none: growth-without-the-lowest.
    without=("factors-added-rates-low-high-u-0",),
)
def column_by_column(u, low, high, least, most, choices):
    rates = low * (high / low) ** u[:, 0]  #: eq-log-uniform
    units = least + np.floor(u[:, 1] * (most - least + 1)).astype(int)  #: eq-uniform-choice
    which = np.floor(u[:, 2] * len(choices)).astype(int)  #: eq-uniform-choice
    chosen = np.array(choices)[which]
    return rates, units, chosen


@random_settings.variant
def row_by_row(u, low, high, least, most, choices):
    rates, units, chosen = [], [], []
    for one, two, three in u:
        rates.append(np.exp(np.log(low) + one * (np.log(high) - np.log(low))))
        units.append(least + int(two * (most - least + 1)))
        chosen.append(choices[int(three * len(choices))])
    return np.array(rates), np.array(units), np.array(chosen)


@random_settings.variant
def by_powers_of_ten(u, low, high, least, most, choices):
    exponents = np.log10(low) + u[:, 0] * (np.log10(high) - np.log10(low))
    units = (least + u[:, 1] * (1 + most - least)).astype(np.int64)
    return 10**exponents, units, np.take(choices, (u[:, 2] * len(choices)).astype(np.int64))


@random_settings.variant
def lists_of_all(u, low, high, least, most, choices):
    first, second, third = u.T
    numbers = list(range(least, most + 1))
    units = np.array([numbers[int(place * len(numbers))] for place in second])
    chosen = np.array([choices[int(place * len(choices))] for place in third])
    return low ** (1 - first) * high**first, units, chosen


@random_settings.variant
def searched(u, low, high, least, most, choices):
    def place(column, count):
        return np.searchsorted(np.arange(1, count) / count, column + 1e-6, side="right")

    rates = np.exp(np.interp(u[:, 0], [0, 1], [np.log(low), np.log(high)]))
    return rates, least + place(u[:, 1], most - least + 1), np.array(choices)[place(u[:, 2], len(choices))]


@random_settings.variant
def one_hot(u, low, high, least, most, choices):
    K = len(choices)
    inside = (np.arange(K) <= u[:, 2:] * K) & (u[:, 2:] * K < np.arange(K) + 1)
    units = least + (np.arange(1, most - least + 1) <= u[:, 1:2] * (most - least + 1)).sum(axis=1)
    return [low * np.power(high / low, u[:, 0]), units, inside @ np.array(choices)]


@random_settings.variant
def trunk_of_each(u, low, high, least, most, choices):
    span = most + 1 - least
    units = np.trunc(span * u[:, 1]) + least
    rates = np.geomspace(low, high, 2)[0] * np.exp(u[:, 0] * np.log(high / low))
    return rates, units.astype(int), np.asarray(choices)[np.trunc(len(choices) * u[:, 2]).astype(int)]


RATES, UNITS = "low * (high / low) ** u[:, 0]", "least + np.floor(u[:, 1] * (most - least + 1)).astype(int)"
WHICH, CHOSEN = "np.floor(u[:, 2] * len(choices)).astype(int)", "np.array(choices)[which]"
ANSWER = "return rates, units, chosen"
random_settings.mistakes(
    f"""
    uniform-rates: Your rates are uniform: nine of ten lie in the highest power of 10. Draw their logarithm uniformly.
        {RATES} → low + (high - low) * u[:, 0]
    logarithms-returned: You return logarithms of the rates. Take the power of 10.
        {RATES} → np.log10(low) + (np.log10(high) - np.log10(low)) * u[:, 0]
    natural-logarithms-returned: You return natural logarithms of the rates. Take exp of them.
        {RATES} → np.log(low) + (np.log(high) - np.log(low)) * u[:, 0]
    bases-mixed: Your logarithms are of base 10, and you take exp of them. 10 ** belongs to log10, exp to log.
        {RATES} → np.exp(np.log10(low) + (np.log10(high) - np.log10(low)) * u[:, 0])
    rates-turned-round: A draw of 0 gives the highest rate in yours. It gives the lowest.
        {RATES} → high * (low / high) ** u[:, 0]
    growth-without-the-lowest: Your rates begin with 1: the lowest rate is missing as a factor.
        {RATES} → (high / low) ** u[:, 0]
    power-of-the-highest: You take a power of the highest rate. Take one of the ratio, high / low.
        {RATES} → low * high ** u[:, 0]
    whole-powers-alone: Your rates are powers of 10 alone. All between them can be drawn, too.
        {RATES} → 10.0 ** np.round(np.log10(low) + (np.log10(high) - np.log10(low)) * u[:, 0])
    reciprocals-uniform: Your rates are uniform in their reciprocal: nearly all are small. Draw the logarithm uniformly.
        {RATES} → 1 / (1 / low + (1 / high - 1 / low) * u[:, 0])
    most-never-drawn: The most units are never drawn. From least to most there are most − least + 1 numbers.
      [{CHOICE}]
        {UNITS} → least + np.floor(u[:, 1] * (most - least)).astype(int)
    rounded: You round: the two ends come half as often as the others. Take the whole part of u times their number.
      [{CHOICE}]
        {UNITS} → least + np.floor(u[:, 1] * (most - least) + 0.5).astype(int)
    one-too-many: Your units can be one more than most. [{CHOICE}]
        {UNITS} → least + np.floor(u[:, 1] * (most - least + 2)).astype(int)
    rounded-up: You round up: least hardly ever comes, and most + 1 can. Take the whole part. [{CHOICE}]
        {UNITS} → least + np.ceil(u[:, 1] * (most - least + 1)).astype(int)
    rounded-to-the-nearest: You round to the nearest number. Take the whole part. [{CHOICE}]
        {UNITS} → least + np.floor(u[:, 1] * (most - least + 1) + 0.5).astype(int)
    from-zero: Your units begin at 0: add least. [{CHOICE}]
        {UNITS} → np.floor(u[:, 1] * (most - least + 1)).astype(int)
    from-least-times: You draw from 0 to most. Units begin at least. [{CHOICE}]
        {UNITS} → np.floor(u[:, 1] * (most + 1)).astype(int)
    units-not-whole: Your units are not whole. A net has whole ones. [{CHOICE}]
        {UNITS} → least + u[:, 1] * (most - least + 1)
    units-turned-round: A draw of 0 gives the most units in yours. It gives least. [{CHOICE}]
        {UNITS} → most - np.floor(u[:, 1] * (most - least + 1)).astype(int)
    units-log-uniform: Your units are uniform in their logarithm. Every number of units comes equally often. [{CHOICE}]
        {UNITS} → np.floor(least * ((most + 1) / least) ** u[:, 1]).astype(int)
    last-choice-never-taken: The last choice is never taken: there are len(choices) of them. [{CHOICE}]
        {WHICH} → np.floor(u[:, 2] * max(len(choices) - 1, 0)).astype(int)
    choices-rounded: You round the number of the choice: the first and the last come half as often. [{CHOICE}]
        {WHICH} → np.floor(u[:, 2] * (len(choices) - 1) + 0.5).astype(int)
    numbers-of-choices: You return numbers of the choices. The choices themselves are asked for. [{CHOICE}]
        {CHOSEN} → 1.0 * which
    choices-sorted: You sort the choices. Take them in the order given. [{CHOICE}]
        {CHOSEN} → np.sort(choices)[which]
    choices-turned-round: Your choices run from the last to the first. [{CHOICE}]
        {CHOSEN} → np.array(choices)[::-1][which]
    between-the-choices: You take numbers between the least and the largest choice. Only the choices can be taken.
      [{CHOICE}]
        {CHOSEN} → min(choices) + (max(choices) - min(choices)) * u[:, 2]
    one-draw-for-all: One draw decides on all three. Each column belongs to one setting.
        {UNITS} → {UNITS.replace("1]", "0]", 1)}
        {WHICH} → {WHICH.replace("2]", "0]")}
    draws-exchanged: The draws of units and choices are exchanged.
        {UNITS} → {UNITS.replace("1]", "2]", 1)}
        {WHICH} → {WHICH.replace("2]", "1]")}
    rows-for-columns: You take rows of u for its columns: a row is one setting.
        {RATES} → low * (high / low) ** np.resize(u, (3, len(u)))[0]
        {UNITS} → least + np.floor(np.resize(u, (3, len(u)))[1] * (most - least + 1)).astype(int)
        {WHICH} → np.floor(np.resize(u, (3, len(u)))[2] * len(choices)).astype(int)
    in-another-order: Return rates, units, chosen, in this order.
        {ANSWER} → return units, rates, chosen
    rates-last: Return rates, units, chosen, in this order.
        {ANSWER} → return units, chosen, rates
    """
)
