"""The generators that all code of a process shares: what is drawn from them is the same at each regrade."""

from __future__ import annotations

import random
import sys
from typing import Any

import numpy as np

DEVICES = ("cuda", "hip", "xpu")  # what a build of PyTorch says that it can use besides the processor


def seed_all(seed: int) -> None:
    """Seed Python's, NumPy's and, where it is in use, PyTorch's generator. seed: below 2³²."""
    random.seed(seed)
    np.random.seed(seed)
    if "torch" in sys.modules:
        _seed_torch(sys.modules["torch"], seed)


def _seed_torch(torch: Any, seed: int) -> None:
    if any(getattr(torch.version, device, None) for device in DEVICES):
        torch.manual_seed(seed)
    else:  # it would note the whole stack for each kind of device that might come
        torch.default_generator.manual_seed(seed)
