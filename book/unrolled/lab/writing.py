"""From the scores of a model to the distribution that its next token is drawn from, for many texts at once."""

from __future__ import annotations

import torch
from torch import Tensor


def choices(scores: Tensor, temperature: float = 1.0, top_k: int | None = None, top_p: float = 1.0) -> Tensor:
    """The probabilities of each next token, (N, V), after temperature, top-k and nucleus, in this order.

    Args:
        scores: (N, V); −inf for what must not come.
        temperature: divides the scores; 0 puts everything on the largest.
        top_k: how many of the likeliest stay; None: all.
        top_p: the mass that the fewest likeliest have to reach to stay; 1: all.

    Raises:
        ValueError: a temperature below 0, a top_k below 1, or a top_p outside (0, 1].
    """
    if temperature < 0 or (top_k is not None and top_k < 1) or not 0 < top_p <= 1:
        raise ValueError("choices needs temperature ≥ 0, top_k ≥ 1 and 0 < top_p ≤ 1")
    sharp = scores / temperature if temperature else scores
    ranked, places = sharp.sort(dim=-1, descending=True, stable=True)
    ranks = torch.arange(scores.shape[-1])
    most = 1 if temperature == 0 else top_k or len(ranks)
    p = ranked.masked_fill(ranks >= most, -torch.inf).softmax(-1)
    if top_p < 1:
        p = p.masked_fill(p.cumsum(-1) - p >= top_p, 0)
    return torch.zeros_like(p).scatter(-1, places, p / p.sum(-1, keepdim=True))
