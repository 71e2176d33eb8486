"""The generators that all code of a process shares: what is drawn from them is the same at each regrade."""

from __future__ import annotations

import random
import sys

import numpy as np


def seed_all(seed: int) -> None:
    """Seed Python's, NumPy's and, where it is in use, PyTorch's generator. seed: below 2³²."""
    random.seed(seed)
    np.random.seed(seed)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)
