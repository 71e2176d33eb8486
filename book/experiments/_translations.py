"""What two experiments on translation share: nets of equal size, their scores, and what a wrong symbol does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from unrolled.lab import translation
from unrolled.lab.translation import Letters, Pair, Translator

UNITS = 64  # of the net with additive attention; the others get as many numbers
BATCH = 64


def made(letters: Letters, kind: str, seed: int, H: int | None = None) -> Translator:
    """A net with as many numbers as the one with additive attention and UNITS, or with H units."""
    source, target = len(letters.source), len(letters.target)
    wanted = translation.size(Translator(source, target, UNITS, "additive"))
    torch.manual_seed(seed)
    return Translator(source, target, H or translation.units(source, target, kind, wanted), kind)


def scores(gold: Sequence[str], said: Sequence[str]) -> dict[str, float]:
    """The share of texts that are right, and of characters to be changed."""
    edits = sum(Levenshtein.distance(a, b) for a, b in zip(gold, said, strict=True))
    return {
        "exact": float(np.mean([a == b for a, b in zip(gold, said, strict=True)])),
        "error rate": edits / sum(map(len, gold)),
    }


@torch.no_grad()
def fed(net: Translator, letters: Letters, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Mistakes by position, fed with the truth and with itself; the targets are of one length.

    after: where a first mistake was made, the share of mistakes at the positions behind it, fed either way.
    """
    X, y = letters.sources([source for source, _ in pairs]), letters.targets([target for _, target in pairs])
    truth = y[:, 1:]
    forced = net(X, y[:, :-1]).argmax(-1) != truth
    own = translation.greedy(net, X, truth.shape[1]) != truth
    behind = (own.cumsum(1) - own.int()) > 0  # a mistake stands before
    return {
        "forced": forced.float().mean(0).tolist(),
        "own": own.float().mean(0).tolist(),
        "exact": [float((~wrong.any(1)).float().mean()) for wrong in (forced, own)],
        "after": [float(wrong[behind].float().mean()) if behind.any() else 0.0 for wrong in (forced, own)],
        "behind": int(behind.sum()),
    }


@torch.no_grad()
def misled(
    net: Translator, letters: Letters, pairs: Sequence[Pair], places: Sequence[int], rng: np.random.Generator
) -> dict[str, list[float]]:
    """The share of right symbols behind one wrong digit, by its place and by how far behind.

    The prefix is the truth but for its last symbol, a digit drawn among the other nine; then the net feeds itself.
    without: the same prefix without the mistake.
    """
    X, y = letters.sources([source for source, _ in pairs]), letters.targets([target for _, target in pairs])
    digits = torch.tensor(letters.target.numbers("0123456789"))
    found: dict[str, list[Any]] = {"with": [], "without": []}
    for place in places:
        prefix = y[:, : place + 2].clone()
        rest = y[:, place + 2 :]

        def right(prefix: Tensor, rest: Tensor = rest) -> list[float]:
            said = translation.greedy(net, X, rest.shape[1], prefix)
            return (said == rest).float().mean(0).tolist()

        found["without"].append(right(prefix))
        step = torch.from_numpy(rng.integers(1, 10, len(X)))
        now = (prefix[:, -1:] == digits).int().argmax(1)
        prefix[:, -1] = digits[(now + step) % 10]
        found["with"].append(right(prefix))
    return found


def searched(
    net: Translator, letters: Letters, pairs: Sequence[Pair], width: int, alpha: float, longest: int
) -> dict[str, float]:
    """What a beam finds, and whether its mistakes are the search's or the model's.

    model: of the wrong answers, how many are likelier than the truth, as the model sees it: no search could mend them.
    search: of all, how many are wrong although the truth is likelier.
    """
    logs, said, right = [], [], []
    for source, target in pairs:
        X = letters.sources([source])
        tokens, total = translation.beam(net, X, width, longest, alpha)
        logs.append(total)
        said.append(letters.target.text(tokens))
        right.append(float(translation.log_probability(net, X, letters.targets([target]))[0]))
    wrong = np.array([a != target for a, (_, target) in zip(said, pairs, strict=True)])
    likelier = np.array(right) > np.array(logs) + 1e-4
    return scores([target for _, target in pairs], said) | {
        "log p": float(np.mean(logs)),
        "logs": logs,
        "model": float((wrong & ~likelier).mean()),
        "search": float((wrong & likelier).mean()),
    }
