"""What each part of an LSTM is worth: every gate alone and together with the others, on three tasks with numbers.

Read by the page `lstm`; other experiments of that page train with it. The nets of a run are stacked along the first
axis of every array, but each has its own loss, clipping, rate and weights. Those of equal size start from the same
random numbers, and all see the same sequences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

SEEDS = range(1, 21)
BUDGET = 300  # updates of each net
PROBE = 4
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")

BATCH, LAG, NEAR, PIECE, QUESTION = 16, 50, 5, 40, 20  # sequences in an update; steps
MARKED = 0.1  # share of the marked steps of a stream
RATES = (0.01, 0.04, 0.16)
OPENING = 3.0  # first forget bias, unless a net has another
BIASES = (0.0, 1.0, 3.0, 5.0)
PIN = 50.0  # a bias that makes a sigmoid 1 and its gradient 0
CHOOSING, TESTING = 200, 400  # sequences

PLAIN, FULL = "plain", "iof"
PARTS = (PLAIN, "", "i", "o", "io", FULL)  # which gates a cell has; "" is the carousel alone

Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]
Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Net:
    """One net of a stack.

    parts: its gates, or "plain" for a plain tanh net.
    units: of its state; the rest of the stack's width stays at zero.
    bias: first forget bias.
    by_hand: the forget gate is set by hand and not trained: 0 where a number is marked, else 1.
    rate: highest learning rate.
    """

    parts: str
    units: int
    bias: float = OPENING
    by_hand: bool = False
    rate: float = RATES[0]


@dataclass(frozen=True)
class Meddling:
    """What is done to nets by hand, (batch, T) each, 1 where it is done.

    no_h, no_c: the old state is 0, where it enters the sums or the product with f.
    mean_h, mean_c: it is replaced by its mean over the sequences of the batch.
    open_f: the forget gate is 1.
    """

    no_h: Tensor | None = None
    no_c: Tensor | None = None
    mean_h: Tensor | None = None
    mean_c: Tensor | None = None
    open_f: Tensor | None = None

    def old(self, h: Tensor, c: Tensor, t: int) -> tuple[Tensor, Tensor]:
        """The old states as step t finds them."""
        if self.mean_h is not None:
            h = torch.lerp(h, h.mean(1, keepdim=True), self.mean_h[:, t, None])
        if self.mean_c is not None:
            c = torch.lerp(c, c.mean(1, keepdim=True), self.mean_c[:, t, None])
        h = h if self.no_h is None else h * (1 - self.no_h[:, t, None])
        return h, c if self.no_c is None else c * (1 - self.no_c[:, t, None])


@dataclass(frozen=True)
class Task:
    """How to draw sequences X (batch, T, D) and answers y (batch, steps), D, and the units of the whole cell."""

    draw: Draw
    inputs: int
    units: int


# Tasks. In all of them a number between −1 and 1 is to be kept.


def keep(rng: np.random.Generator, count: int, steps: int = LAG) -> tuple[np.ndarray, np.ndarray]:
    """Say at the end which number came first. X (B, T, 2): a number at each step; a mark, 1 at the first. y (B, 1)."""
    X = np.zeros((count, steps, 2))
    X[:, :, 0] = rng.uniform(-1, 1, (count, steps))
    X[:, 0, 1] = 1
    return X, X[:, 0, :1].astype(np.float32)


def renew(rng: np.random.Generator, count: int, steps: int = PIECE) -> tuple[np.ndarray, np.ndarray]:
    """Say at each step which number was marked last: the first, and one of ten others. X as above, y (B, T)."""
    X = np.zeros((count, steps, 2))
    X[:, :, 0] = rng.uniform(-1, 1, (count, steps))
    marked = rng.random((count, steps)) < MARKED
    marked[:, 0] = True
    X[:, :, 1] = marked
    latest = np.maximum.accumulate(np.where(marked, np.arange(steps), 0), axis=1)
    return X, np.take_along_axis(X[:, :, 0], latest, axis=1).astype(np.float32)


def hide(rng: np.random.Generator, count: int, steps: int = QUESTION) -> tuple[np.ndarray, np.ndarray]:
    """Say the first number where there is a question, else 0.

    X (B, T, 3): the number at the first step; questions (1 at a fifth of the other steps); noise. y (B, T).
    """
    number = rng.choice([-1.0, 1.0], count)
    question = rng.random((count, steps)) < 0.2
    question[:, 0] = False
    X = np.zeros((count, steps, 3))
    X[:, 0, 0] = number
    X[:, :, 1] = question
    X[:, 1:, 2] = rng.normal(0, 0.3, (count, steps - 1))
    return X, (question * number[:, None]).astype(np.float32)


def error(scores: Tensor, y: Tensor) -> Tensor:
    """Mean squared error of each net over the steps of y, the last ones, as a share of that of always answering 0."""
    found = scores[:, :, -y.shape[1] :, 0]
    return (found - y).square().mean((1, 2)) / y.square().mean()


TASKS = {"keep": Task(keep, 2, 8), "replace": Task(renew, 2, 8), "hide": Task(hide, 3, 2)}


# Cells.


def weights_of(parts: str, inputs: int, units: int) -> int:
    """How many weights a net uses, with its readout."""
    blocks = 1 if parts == PLAIN else 1 + len(parts)
    return blocks * (inputs + units + 1) * units + units + 1


def enough(parts: str, task: Task) -> int:
    """The fewest units with which a net has at least as many weights as the whole cell."""
    needed, units = weights_of(FULL, task.inputs, task.units), 1
    while weights_of(parts, task.inputs, units) < needed:
        units += 1
    return units


def first_weights(nets: list[Net], inputs: int, seed: int) -> Weights:
    """Weights before training: gates' biases 0, but for the forget gate; a plain net has an orthogonal kernel U."""
    generator = torch.Generator().manual_seed(seed)
    width = max(net.units for net in nets)
    drawn = {
        name: 2 * torch.rand(shape, generator=generator) - 1
        for name, shape in (("W", (inputs, 4, width)), ("U", (width, 4, width)), ("Wy", (width, 1)))
    }
    turned = torch.randn(width, width, generator=generator)
    p = {
        "W": torch.zeros(len(nets), inputs, 4, width),
        "U": torch.zeros(len(nets), width, 4, width),
        "b": torch.zeros(len(nets), 1, 4, width),
        "Wy": torch.zeros(len(nets), width, 1),
        "by": torch.zeros(len(nets), 1, 1),
    }
    for k, net in enumerate(nets):
        n, scale = net.units, 1 / math.sqrt(net.units)
        p["W"][k, :, :, :n] = 0.6 * drawn["W"][:, :, :n]
        p["U"][k, :n, :, :n] = scale * drawn["U"][:n, :, :n]
        p["Wy"][k, :n] = 2 * scale * drawn["Wy"][:n]
        p["b"][k, :, 1, :n] = net.bias
        if net.by_hand:
            p["W"][k, :, 1], p["U"][k, :, 1], p["b"][k, :, 1, :n] = 0, 0, PIN
            p["W"][k, 1, 1, :n] = -2 * PIN
        if net.parts == PLAIN:
            p["U"][k, :n, 2, :n] = torch.linalg.qr(turned[:n, :n])[0]
    return {name: array.flatten(2) if array.ndim == 4 else array for name, array in p.items()}


def flags(values: Iterable[bool]) -> Tensor:
    """1 or 0 for each net: (nets, 1, 1)."""
    return torch.tensor([float(value) for value in values])[:, None, None]


def unroll(
    p: Weights, nets: list[Net], X: Tensor, keep: str = "h", meddling: Meddling | None = None
) -> tuple[Tensor, Weights]:
    """Run each net over X (batch, T, D), from zero states.

    A gate that a net lacks has a bias of 50, which is not trained. In a plain net f is 0 and the candidate is not
    squashed: then h = tanh(a).

    Returns:
        scores (nets, batch, T, 1), and what is in `keep` ("ifgoch"), each (nets, batch, T, H).
    """
    many, width = len(nets), p["U"].shape[1]

    plain = flags(net.parts == PLAIN for net in nets)
    pins = torch.zeros(many, 1, 4, width)
    for block, part in ((0, "i"), (1, "f"), (3, "o")):
        pins[:, :, block] = PIN * flags(net.parts == PLAIN or part not in net.parts for net in nets)
    pins[:, :, 1] -= 2 * PIN * plain
    any_plain = bool(plain.any())
    h = c = X.new_zeros(many, len(X), width)
    from_x = torch.baddbmm(p["b"] + pins.flatten(2), X.flatten(0, 1).expand(many, -1, -1), p["W"])
    steps = []
    by = meddling or Meddling()
    for t, a in enumerate(from_x.unflatten(1, X.shape[:2]).unbind(2)):
        h, c = by.old(h, c, t)
        a = torch.baddbmm(a, h, p["U"])
        i, f, _, o = a.sigmoid().split(width, -1)
        g = a[:, :, 2 * width : 3 * width]
        g = torch.lerp(g.tanh(), g, plain) if any_plain else g.tanh()
        if by.open_f is not None:
            f = torch.maximum(f, by.open_f[:, t, None])
        c = torch.addcmul(f * c, i, g)
        h = o * c.tanh()
        now = {"i": i, "f": f, "g": g, "o": o, "c": c, "h": h}
        steps.append([now[name] for name in keep])
    kept = {name: torch.stack(values, 2) for name, values in zip(keep, zip(*steps, strict=True), strict=True)}
    scores = torch.baddbmm(p["by"], kept["h"].flatten(1, 2), p["Wy"])
    return scores.unflatten(1, X.shape[:2]), kept


# Training.


def tensors(draw: Draw, rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
    """Fresh sequences, the same for all nets: X (count, T, D), y (count, …)."""
    X, y = draw(rng, count)
    return torch.tensor(X, dtype=torch.float32), torch.tensor(y)


def train(nets: list[Net], task: Task, seed: int, updates: int) -> tuple[Weights, np.random.Generator]:
    """Train nets with Adam, each on its own loss, with its own clipped gradient and its own rate.

    The rate rises for three tenths of the updates and falls to zero.

    Returns: the weights, and the generator from which fresh sequences can be drawn.
    """
    rng = np.random.default_rng(seed)
    p = first_weights(nets, task.inputs, seed)
    rates = torch.tensor([net.rate for net in nets])[:, None, None]
    means, squared = ([torch.zeros_like(array) for array in p.values()] for _ in range(2))
    for array in p.values():
        array.requires_grad_()
    for update in range(1, updates + 1):
        X, y = tensors(task.draw, rng, BATCH)
        loss = error(unroll(p, nets, X)[0], y).sum()
        grads = torch.autograd.grad(loss, list(p.values()))
        norm = torch.stack([grad.flatten(1).square().sum(1) for grad in grads]).sum(0).sqrt()
        clipped = (1 / norm.clamp(min=1))[:, None, None]
        height = min(update / (0.3 * updates), (updates + 1 - update) / (0.7 * updates))
        with torch.no_grad():
            for array, grad, m, v in zip(p.values(), grads, means, squared, strict=True):
                grad = grad * clipped
                m.lerp_(grad, 0.1)
                v.lerp_(grad * grad, 0.001)
                step = (m / (1 - 0.9**update)) / ((v / (1 - 0.999**update)).sqrt() + 1e-8)
                array -= height * rates * step
    return {name: array.detach() for name, array in p.items()}, rng


def best_of_rates(
    nets: list[Net], task: Task, seed: int, updates: int
) -> tuple[Weights, list[Net], np.random.Generator]:
    """Train each net at each rate: those with the lowest error on held-out sequences, and the generator for others."""
    stack = [replace(net, rate=rate) for net in nets for rate in RATES]
    p, rng = train(stack, task, seed, updates)
    with torch.no_grad():
        X, y = tensors(task.draw, rng, CHOOSING)
        chosen = error(unroll(p, stack, X)[0], y).view(len(nets), -1).argmin(1)
    rows = chosen + len(RATES) * torch.arange(len(nets))
    return {name: array[rows] for name, array in p.items()}, [stack[row] for row in rows], rng


def errors(nets: list[Net], task: Task, seed: int, updates: int) -> dict[Net, tuple[float, float]]:
    """Of each net, at the best of its rates: error on fresh sequences, and the rate."""
    p, best, rng = best_of_rates(nets, task, seed, updates)
    with torch.no_grad():
        X, y = tensors(task.draw, rng, TESTING)
        found = error(unroll(p, best, X)[0], y).tolist()
    return {net: (value, one.rate) for net, value, one in zip(nets, found, best, strict=True)}


def run(seed: int, budget: int) -> dict[str, Any]:
    """Each cell on each task, at equal units and equal weights; forget biases; the plain net at a short lag.

    For each task: what was tried -> error, rate, units.
    """
    results: dict[str, Any] = {}
    for name, task in TASKS.items():
        nets = {f"units {parts}": Net(parts, task.units) for parts in PARTS}
        nets |= {f"weights {parts}": Net(parts, enough(parts, task)) for parts in PARTS}
        if name != "hide":
            nets |= {f"bias {bias:.0f}": Net(FULL, task.units, bias) for bias in BIASES}
        once = dict.fromkeys(nets.values())
        found: dict[Net, tuple[float, float]] = {}
        for large in (False, True):  # what is of one size runs together
            found |= errors([net for net in once if (net.units > task.units) == large], task, seed, budget)
        results[name] = {
            "error": {key: found[net][0] for key, net in nets.items()},
            "rate": {key: found[net][1] for key, net in nets.items()},
            "units": {key: net.units for key, net in nets.items()},
        }
    near = Task(partial(keep, steps=NEAR), 2, 8)
    (results["near"],) = (value for value, _ in errors([Net(PLAIN, near.units)], near, seed, budget).values())
    return results | {"settings": {"updates": budget, "lag": LAG, "near": NEAR, "piece": PIECE, "bias": OPENING}}
