"""How many of four symbols a plain net of a few units learns to copy, after some updates and after many more.

Read by the page `vanishing`. One run trains one net of each size, once, and tests it on the way.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.known_lags import KINDS, Net, copy_task

SEEDS = range(1, 6)
BUDGET = 6000  # updates of each net
PROBE = 12
TOLERANCE = 1e-2
LIBRARIES = ("numpy", "torch")

SIZES = (2, 4, 8, 16, 32)  # of the state
DELAY = 5
TESTS = (12, 3, 1)  # after the twelfth part of the updates, after a third, at the end


def run(seed: int, budget: int) -> dict[str, Any]:
    """Shares of right symbols by size, and by the part of the updates that was made."""
    found: dict[int, dict[int, float]] = {}
    for size in SIZES:
        net = Net(KINDS[1], copy_task(DELAY), size, seed)
        found[size] = {}
        for update in range(1, budget + 1):
            net.gradient()
            net.update()
            if update in {budget // part for part in TESTS}:
                found[size][update] = net.tested(np.random.default_rng(seed + 1000))
    return {"sizes": found}
