"""Connectionist temporal classification in NumPy, for one sequence: loss, gradient, decoding. Label 0 is the blank."""

# mypy: disable-error-code="call-overload"
# NumPy's types do not know its functions' arguments from a list.
from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

BLANK = 0
Labels = tuple[int, ...]


def collapse(path: Sequence[int]) -> Labels:
    """The labels that a path spells: repetitions become one, then blanks go."""
    return tuple(label for label, _ in itertools.groupby(path) if label != BLANK)


def with_blanks(labels: Sequence[int]) -> np.ndarray:
    """The labels with a blank before, between and behind them, (2U + 1,)."""
    found = np.full(2 * len(labels) + 1, BLANK)
    found[1::2] = labels
    return found


def shortest(labels: Sequence[int]) -> int:
    """The fewest steps in which labels can be spelt: one each, and a blank between two that are alike."""
    return len(labels) + sum(one == other for one, other in itertools.pairwise(labels))


def spelt(log_p: np.ndarray) -> dict[Labels, float]:
    """The probability of every row of labels, over all K^T paths; log_p is (T, K)."""
    found: defaultdict[Labels, float] = defaultdict(float)
    T, K = log_p.shape
    for path in itertools.product(range(K), repeat=T):
        found[collapse(path)] += float(np.exp(log_p[range(T), path].sum()))
    return dict(found)


def _jumps(nodes: np.ndarray) -> np.ndarray:
    # Whether a node may be reached from the one two before it: not a blank, not a repetition.
    allowed = np.zeros(len(nodes), dtype=bool)
    allowed[2:] = (nodes[2:] != BLANK) & (nodes[2:] != nodes[:-2])
    return allowed


def forward(log_p: np.ndarray, labels: Sequence[int]) -> np.ndarray:
    """Log-sums over the beginnings that end in each node, the step's own probability included, (T, 2U + 1)."""
    nodes = with_blanks(labels)
    jumps = _jumps(nodes)
    alpha = np.full((len(log_p), len(nodes)), -np.inf)
    alpha[0, :2] = log_p[0, nodes[:2]]
    for t in range(1, len(log_p)):
        stay = alpha[t - 1]
        one = np.concatenate([[-np.inf], stay[:-1]])
        two = np.where(jumps, np.concatenate([[-np.inf, -np.inf], stay[:-2]])[: len(nodes)], -np.inf)
        alpha[t] = np.logaddexp(np.logaddexp(stay, one), two) + log_p[t, nodes]
    return alpha


def backward(log_p: np.ndarray, labels: Sequence[int]) -> np.ndarray:
    """Log-sums over the endings behind each node, without the step's own probability, (T, 2U + 1)."""
    nodes = with_blanks(labels)
    jumps = _jumps(nodes)
    beta = np.full((len(log_p), len(nodes)), -np.inf)
    beta[-1, -2:] = 0
    for t in range(len(log_p) - 2, -1, -1):
        ahead = beta[t + 1] + log_p[t + 1, nodes]
        one = np.concatenate([ahead[1:], [-np.inf]])
        two = np.concatenate([np.where(jumps, ahead, -np.inf)[2:], [-np.inf, -np.inf]])[: len(nodes)]
        beta[t] = np.logaddexp(np.logaddexp(ahead, one), two)
    return beta


def log_probability(log_p: np.ndarray, labels: Sequence[int]) -> float:
    """The logarithm of the probability that a path spells the labels; −inf where the steps are too few."""
    return float(np.logaddexp.reduce(forward(log_p, labels)[-1, -2:]))


def occupied(log_p: np.ndarray, labels: Sequence[int]) -> np.ndarray:
    """The chance that a path which spells the labels is in each node at each step, (T, 2U + 1)."""
    return np.exp(forward(log_p, labels) + backward(log_p, labels) - log_probability(log_p, labels))


def gradient(log_p: np.ndarray, labels: Sequence[int]) -> np.ndarray:
    """Of −log p(labels) with respect to the logits, (T, K): what is said minus what is occupied."""
    found = np.exp(log_p)
    chances = occupied(log_p, labels)
    for place, label in enumerate(with_blanks(labels)):
        found[:, label] -= chances[:, place]
    return found


def greedy(log_p: np.ndarray) -> Labels:
    """What the path of the likeliest label at each step spells."""
    return collapse(log_p.argmax(1).tolist())


def prefix_beam(log_p: np.ndarray, width: int) -> list[tuple[Labels, float]]:
    """The best rows of labels that a search finds which keeps `width` beginnings a step, with their log-probabilities.

    A beginning carries two sums: over paths that end in a blank, and over paths that end in its last label.
    """
    beams: dict[Labels, tuple[float, float]] = {(): (0.0, -np.inf)}
    for row in log_p:
        found: dict[Labels, list[float]] = defaultdict(lambda: [-np.inf, -np.inf])
        for prefix, (blank, label) in beams.items():
            either = np.logaddexp(blank, label)
            found[prefix][0] = np.logaddexp(found[prefix][0], either + row[BLANK])
            for k in range(1, len(row)):
                if prefix and k == prefix[-1]:
                    found[prefix][1] = np.logaddexp(found[prefix][1], label + row[k])
                    longer, before = (*prefix, k), blank
                else:
                    longer, before = (*prefix, k), either
                found[longer][1] = np.logaddexp(found[longer][1], before + row[k])
        ranked = sorted(found.items(), key=lambda item: -np.logaddexp(*item[1]))[:width]
        beams = {prefix: (blank, label) for prefix, (blank, label) in ranked if max(blank, label) > -np.inf}
    return [(prefix, float(np.logaddexp(*sums))) for prefix, sums in beams.items()]
