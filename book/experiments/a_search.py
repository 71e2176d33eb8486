"""A search for settings by Optuna's TPE, and at random, at the same number of trials: what it costs and what it buys.

Read by the page `training-well`. A trial trains one net on the images of the seed and is judged by its errors on the
validation part. The settings found, the default and a recipe then train nets on other images, judged on the test part.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import optuna
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import CosineAnnealingLR

from unrolled.data import digits
from unrolled.lab.side_by_side import order

SEEDS = range(1, 6)
BUDGET = 300  # updates of each net
PROBE = 2
TOLERANCE = 5e-2
LIBRARIES = ("numpy", "torch", "scikit-learn", "optuna")

IMAGES, TRIALS, PROBED = 200, 24, 3
FRESH = 3  # nets that the settings train in the end
DEFAULT = {"rate": 0.04, "units": 32, "batch": 32, "inputs": 0.0, "outputs": 0.0, "decay": 0.0, "cosine": False}
# What the validation part of `what_it_bought` says of each alone, put together.
RECIPE = DEFAULT | {"inputs": 0.25, "decay": 0.3, "cosine": True}
SAMPLERS = {"TPE": optuna.samplers.TPESampler, "random": optuna.samplers.RandomSampler}

Part = tuple[Tensor, Tensor]
Settings = dict[str, Any]


class Reader(nn.Module):
    """An LSTM that reads an image (B, 8, 8) row by row and scores ten digits (B, 10)."""

    def __init__(self, units: int, inputs: float, outputs: float):
        super().__init__()
        self.lstm = nn.LSTM(digits.SIDE, units, batch_first=True)
        self.readout = nn.Linear(units, 10)
        self.at_inputs, self.at_outputs = nn.Dropout(inputs), nn.Dropout(outputs)

    def forward(self, images: Tensor) -> Tensor:
        states, _ = self.lstm(self.at_inputs(images))
        return self.readout(self.at_outputs(states[:, -1]))


def part(name: str) -> Part:
    """Images (N, 8, 8) and their classes (N,)."""
    found = digits.part(name)
    return torch.tensor(found.images).float(), torch.tensor(found.classes)


def suggested(trial: optuna.Trial) -> Settings:
    """The settings of one trial."""
    return {
        "rate": trial.suggest_float("rate", 1e-3, 0.3, log=True),
        "units": trial.suggest_int("units", 8, 96, log=True),
        "batch": trial.suggest_categorical("batch", [8, 16, 32, 64]),
        "inputs": trial.suggest_float("inputs", 0.0, 0.5),
        "outputs": trial.suggest_float("outputs", 0.0, 0.5),
        "decay": trial.suggest_float("decay", 1e-3, 3.0, log=True),
        "cosine": trial.suggest_categorical("cosine", [False, True]),
    }


def trained(settings: Settings, data: dict[str, Part], seed: int, updates: int) -> Reader:
    """A net after its updates; the seed draws images, weights, masks and order."""
    luck = np.random.default_rng(seed)
    torch.manual_seed(seed)
    rows = luck.permutation(len(data["train"][1]))[:IMAGES]
    X, y = (whole[rows] for whole in data["train"])
    net = Reader(settings["units"], settings["inputs"], settings["outputs"])
    optimizer = torch.optim.AdamW(net.parameters(), settings["rate"], weight_decay=settings["decay"])
    falling = CosineAnnealingLR(optimizer, updates)
    for batch in order(IMAGES, settings["batch"], updates, luck):
        optimizer.zero_grad()
        cross_entropy(net(X[batch]), y[batch]).backward()
        optimizer.step()
        if settings["cosine"]:
            falling.step()
    return net.eval()


def errors(net: Reader, images: Tensor, classes: Tensor) -> float:
    """Share of images that are misread."""
    with torch.no_grad():
        return float((net(images).argmax(-1) != classes).float().mean())


def searched(sampler: str, data: dict[str, Part], seed: int, updates: int, trials: int) -> dict[str, Any]:
    """All trials with their settings and validation errors, the best ones, the seconds, and what mattered."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=SAMPLERS[sampler](seed=seed))
    started = time.process_time()
    study.optimize(
        lambda trial: errors(trained(suggested(trial), data, seed, updates), *data["val"]),
        n_trials=trials,
    )
    seconds = time.process_time() - started
    return {
        "settings": [trial.params for trial in study.trials],
        "errors": [trial.value for trial in study.trials],
        "best": study.best_params,
        "seconds": seconds,
        "importance": optuna.importance.get_param_importances(
            study, evaluator=optuna.importance.PedAnovaImportanceEvaluator()
        ),
    }


def fresh(settings: Settings, data: dict[str, Part], seed: int, updates: int) -> list[list[float]]:
    """Validation and test errors of nets with other images and weights, (FRESH, 2)."""
    nets = (trained(settings, data, 100 * seed + n, updates) for n in range(FRESH))
    return [[errors(net, *data[name]) for name in ("val", "test")] for net in nets]


def run(seed: int, budget: int) -> dict[str, Any]:
    """Both searches, and what their settings, the default and the recipe are worth."""
    data = {name: part(name) for name in digits.PARTS}
    found: dict[str, Any] = {name: searched(name, data, seed, budget, TRIALS) for name in SAMPLERS}
    final = {name: found[name]["best"] for name in SAMPLERS} | {"default": DEFAULT, "recipe": RECIPE}
    started = time.process_time()
    found["fresh"] = {name: fresh(settings, data, seed, budget) for name, settings in final.items()}
    return found | {"seconds a net": (time.process_time() - started) / FRESH / len(final), "updates": budget}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """A few random trials, and nets of the recipe."""
    data = {name: part(name) for name in digits.PARTS}
    trials = searched("random", data, seed, budget, PROBED)
    return {"settings": trials["settings"], "recipe": fresh(RECIPE, data, seed, budget)}
