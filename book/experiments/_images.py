"""What the experiments on pictures share: a rate that the validation part chooses, and one training with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from unrolled.data import digits
from unrolled.lab.images import Loss, fit, weights_of

Part = tuple[Tensor, Tensor]
Judge = Callable[[nn.Module, Tensor, Tensor], float]  # larger is better


def images_of(order: np.ndarray, times: int = 1) -> dict[str, Part]:
    """By part: images (N, side, side), their pixels in this order, each `times` times in both directions; classes."""
    found = {}
    for name in digits.PARTS:
        one = digits.part(name)
        images = digits.enlarged(one.images.reshape(-1, 64)[:, order].reshape(-1, 8, 8), times)
        found[name] = (torch.tensor(images).float(), torch.tensor(one.classes))
    return found


def learnt(
    make: Callable[[], nn.Module],
    parts: dict[str, Part],
    judge: Judge,
    rates: tuple[float, ...],
    tries: int,
    updates: int,
    seed: int,
    loss: Loss = nn.functional.cross_entropy,
) -> tuple[nn.Module, dict[str, Any]]:
    """Short trainings, one a rate, judged on the validation part; then a whole one with the best.

    Returns: the net, and its score on the test part, rate and number of weights.
    """

    def trained(rate: float, many: int) -> nn.Module:
        torch.manual_seed(seed)
        net = make()
        fit(net, *parts["train"], many, rate, seed, loss)
        return net

    tried = {rate: judge(trained(rate, tries), *parts["val"]) for rate in rates}
    rate = max(tried, key=lambda one: tried[one])
    net = trained(rate, updates)
    return net, {"test": judge(net, *parts["test"]), "rate": rate, "weights": weights_of(net)}
