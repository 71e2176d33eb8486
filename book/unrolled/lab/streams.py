"""A text as batches whose rows go on from one batch to the next."""

from __future__ import annotations

import torch
from torch import Tensor


def contiguous(ids: Tensor, rows: int, steps: int) -> tuple[Tensor, Tensor]:
    """Inputs and targets, (batches, rows, steps) each, of a text ids (N,); what is left over at its end is dropped.

    Raises:
        ValueError: the text is too short for one batch.
    """
    batches = (len(ids) - 1) // (rows * steps)
    if not batches:
        raise ValueError(f"a batch of {rows} rows and {steps} steps needs {rows * steps + 1} tokens, not {len(ids)}")
    starts = (torch.arange(rows) * batches + torch.arange(batches)[:, None])[..., None] * steps
    places = starts + torch.arange(steps)
    return ids[places], ids[places + 1]
