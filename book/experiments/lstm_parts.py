"""What each part of an LSTM is worth: the carousel alone at growing lags, then variants of today's cell on three tasks.

Read by the page `lstm`. One run trains one net of each kind on each task. The nets of a run are stacked along the first
axis of every array, but each has its own loss, clipping and weights; they start alike and see the same sequences.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, layer_norm, normalize

from unrolled.data.tasks import first_symbol

SEEDS = range(1, 17)
BUDGET = 250  # updates of each net
PROBE = 4
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")

SYMBOLS, UNITS, BATCH = 4, 8, 16
LAGS, LONG = (10, 40, 80), 50
PLAIN_RATES, RATE, ASKED_RATE = (3e-3, 1e-2), 1e-2, 3e-2
PIECE, STREAM, BLOCK = 40, 1500, 50  # steps in training, and of the stream; means over blocks are kept
SIZES = (1, 2, 4, 8)  # units, where the output gate is measured
PIN, PARTS = 50.0, "ifgo"

# A kind of cell is a set of words: "no i", "no f", "no o", "peepholes", "coupled", "norm", "f=3" (its forget bias).
Kinds = dict[str, set[str]]
NOW, NO_OUTPUT, NO_FORGET = "today's cell", "no output gate", "no forget gate (1997)"
EARLY: Kinds = {"carousel alone": {"no i", "no f", "no o"}, "cell of 1997": {"no f"}}
VARIANTS: Kinds = {
    NOW: set(),
    "no input gate": {"no i"},
    NO_FORGET: {"no f"},
    NO_OUTPUT: {"no o"},
    "peepholes": {"peepholes"},
    "coupled gates": {"coupled"},
}
BIASES: Kinds = {f"forget bias {value}": {f"f={value}"} for value in (0, 1, 3, 5)}
NORMED: Kinds = {"layer norm": {"norm"}}

Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]
Weights = dict[str, Tensor]


# Tasks: X (batch, T, D), and what the nets must say.


def lag_task(steps: int) -> Draw:
    """Which of four symbols came first, asked at the last step."""
    return lambda rng, count: first_symbol(rng, count, steps, SYMBOLS)


def last_symbol(rng: np.random.Generator, count: int, steps: int = PIECE) -> tuple[np.ndarray, np.ndarray]:
    """Which symbol came last? One comes at the first step and at one of ten others, between noise. y (B, T)."""
    shown = rng.random((count, steps)) < 0.1
    shown[:, 0] = True
    drawn = rng.integers(0, SYMBOLS, (count, steps))
    X = rng.normal(0, 0.1, (count, steps, SYMBOLS)) + np.eye(SYMBOLS)[drawn] * shown[..., None]
    latest = np.maximum.accumulate(np.where(shown, np.arange(steps), 0), axis=1)
    return X, np.take_along_axis(drawn, latest, axis=1)


def with_constant(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The same with one more input, which is always 1."""
    X, y = last_symbol(rng, count)
    return np.concatenate([X, np.ones_like(X[..., :1])], axis=-1), y


def asked(rng: np.random.Generator, count: int, steps: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Keep a number, show it only when asked.

    X (B, T, 3): the number, +1 or −1, at the first step; questions (1 at a fifth of the other steps); noise.
    y (B, T): the number where there is a question, else 0.
    """
    number = rng.choice([-1.0, 1.0], count)
    question = rng.random((count, steps)) < 0.2
    question[:, 0] = False
    X = np.zeros((count, steps, 3))
    X[:, 0, 0] = number
    X[:, :, 1] = question
    X[:, 1:, 2] = rng.normal(0, 0.3, (count, steps - 1))
    return X, (question * number[:, None]).astype(np.float32)


def tensors(task: Draw, rng: np.random.Generator, count: int, nets: int) -> tuple[Tensor, Tensor]:
    """Fresh sequences, the same for all nets: X (nets, count, T, D), y (count, …)."""
    X, y = task(rng, count)
    return torch.tensor(X, dtype=torch.float32).expand(nets, *X.shape), torch.tensor(y)


# Losses and measures of each net, from its scores (nets, batch, T, K).


def entropy(scores: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy over all steps that `scores` has."""
    y = y.expand(len(scores), *y.shape)
    return cross_entropy(scores.flatten(0, 2), y.flatten(), reduction="none").view(len(scores), -1).mean(1)


def entropy_at_the_end(scores: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy at the last step."""
    return entropy(scores[:, :, -1:], y[:, None])


def squares(scores: Tensor, y: Tensor) -> Tensor:
    """Mean squared error."""
    return (scores[..., 0] - y).square().flatten(1).mean(1)


def right_at_the_end(scores: Tensor, y: Tensor) -> Tensor:
    """Share of right answers at the last step."""
    return (scores[:, :, -1].argmax(-1) == y).float().mean(1)


# Cells.


def plain_nets(seed: int) -> Weights:
    """A plain tanh net with an orthogonal recurrent kernel; the first axis has length 1."""
    generator = torch.Generator().manual_seed(seed)
    U = torch.nn.init.orthogonal_(torch.empty(UNITS, UNITS), generator=generator)
    return {
        "W": 0.6 * torch.randn(1, SYMBOLS, UNITS, generator=generator),
        "U": U[None],
        "b": torch.zeros(1, 1, UNITS),
        "Wy": torch.randn(1, UNITS, SYMBOLS, generator=generator) / math.sqrt(UNITS),
        "by": torch.zeros(1, 1, SYMBOLS),
    }


def plain_last(p: Weights, X: Tensor) -> Tensor:
    """The last state of the plain net: (1, batch, H)."""
    h = X.new_zeros(*X.shape[:2], UNITS)
    for a in torch.baddbmm(p["b"], X.flatten(1, 2), p["W"]).unflatten(1, X.shape[1:3]).unbind(2):
        h = torch.tanh(torch.baddbmm(a, h, p["U"]))
    return h


def plain_scores(p: Weights, X: Tensor) -> Tensor:
    """Its scores at the last step: (1, batch, 1, K)."""
    return torch.baddbmm(p["by"], plain_last(p, X), p["Wy"])[:, :, None]


def gated_nets(kinds: Kinds, inputs: int, outputs: int, units: int, opening: float, seed: int) -> Weights:
    """First weights of one net of each kind, with the same random numbers; `opening` is the usual forget bias."""
    generator = torch.Generator().manual_seed(seed)
    many = len(kinds)

    def uniform(rows: int, columns: int, limit: float) -> Tensor:
        drawn = torch.rand(rows, columns, generator=generator)
        return ((2 * drawn - 1) * limit).repeat(many, 1, 1)

    p = {
        "W": uniform(inputs, 4 * units, 0.6),
        "U": uniform(units, 4 * units, 1 / math.sqrt(units)),
        "b": torch.zeros(many, 1, 4 * units),
        "Wy": uniform(units, outputs, 2 / math.sqrt(units)),
        "by": torch.zeros(many, 1, outputs),
    }
    for b, words in zip(p["b"], kinds.values(), strict=True):
        beta = next((float(word[2:]) for word in words if word.startswith("f=")), opening)
        b[:, units : 2 * units] = beta
        if "coupled" in words:
            b[:, :units] = -beta  # gives it the same first f
    if has(kinds, "peepholes"):
        p["P"] = torch.zeros(many, 3, 1, units)
    if has(kinds, "norm"):
        p |= {"gain": torch.ones(many, 2, 1, 4 * units), "gain_c": torch.ones(many, 1, units)}
        p["shift_c"] = torch.zeros(many, 1, units)
    return p


def has(kinds: Kinds, word: str) -> bool:
    """Whether some kind has this word."""
    return any(word in words for words in kinds.values())


def mask(kinds: Kinds, word: str, like: Tensor) -> Tensor:
    """1 for the kinds with this word, 0 for the others: (nets, 1, 1)."""
    return like.new_tensor([float(word in words) for words in kinds.values()])[:, None, None]


def normal(a: Tensor, gain: Tensor) -> Tensor:
    """Layer normalisation over the last axis."""
    return gain * layer_norm(a, a.shape[-1:])


def unroll(p: Weights, kinds: Kinds, X: Tensor, keep: str = "h") -> tuple[Tensor, Weights]:
    """Run one net of each kind over X (nets, batch, T, D), from zero states.

    A gate is taken out by a bias of 50 that is not trained: its sigmoid is 1 and its gradient 0. "norm" applies to all
    kinds or to none.

    Returns:
        scores (nets, batch, T, K), and what is in `keep` ("ifgoch"), each (nets, batch, T, H).
    """
    units, norm, see, mix = p["U"].shape[1], *(has(kinds, word) for word in ("norm", "peepholes", "coupled"))
    pins = torch.cat([PIN * mask(kinds, f"no {part}", X).expand(-1, -1, units) for part in PARTS], -1)
    coupled = mask(kinds, "coupled", X)
    p_i, p_f, p_o = (p["P"] * mask(kinds, "peepholes", X)[:, None]).unbind(1) if see else X.new_zeros(3).unbind()
    h = c = X.new_zeros(*X.shape[:2], units)
    from_x = torch.bmm(X.flatten(1, 2), p["W"])
    if norm:
        from_x = normal(from_x, p["gain"][:, 0])
    steps = []
    for a in (from_x + p["b"] + pins).unflatten(1, X.shape[1:3]).unbind(2):
        a = a + normal(torch.bmm(h, p["U"]), p["gain"][:, 1]) if norm else torch.baddbmm(a, h, p["U"])
        i, f, g, o = a.split(units, -1)
        if see:  # peepholes: i and f see the old cell, o the new one
            i, f = i + p_i * c, f + p_f * c
        i, f, g = i.sigmoid(), f.sigmoid(), g.tanh()
        if mix:
            f = torch.lerp(f, 1 - i, coupled)
        c = torch.addcmul(f * c, i, g)
        o = (torch.addcmul(o, p_o, c) if see else o).sigmoid()
        h = o * (normal(c, p["gain_c"]) + p["shift_c"] if norm else c).tanh()
        now = {"i": i, "f": f, "g": g, "o": o, "c": c, "h": h}
        steps.append([now[name] for name in keep])
    kept = {name: torch.stack(values, 2) for name, values in zip(keep, zip(*steps, strict=True), strict=True)}
    scores = torch.baddbmm(p["by"], kept["h"].flatten(1, 2), p["Wy"])
    return scores.unflatten(1, X.shape[1:3]), kept


# Training.


def optimise(
    p: Weights,
    scores_of: Callable[[Weights, Tensor], Tensor],
    loss: Callable[[Tensor, Tensor], Tensor],
    task: Draw,
    rng: np.random.Generator,
    rate: float,
    updates: int,
) -> Weights:
    """Train nets, each on its own loss and with its own clipped gradient."""
    for array in p.values():
        array.requires_grad_()
    adam = torch.optim.Adam(p.values(), foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=rate, total_steps=updates)
    for _ in range(updates):
        X, y = tensors(task, rng, BATCH, len(p["b"]))
        adam.zero_grad()
        loss(scores_of(p, X), y).sum().backward()
        grads = [array.grad for array in p.values() if array.grad is not None]
        norm = torch.stack([grad.flatten(1).square().sum(1) for grad in grads]).sum(0).sqrt()
        for grad in grads:
            grad.mul_((1 / norm.clamp(min=1)).view(-1, *[1] * (grad.ndim - 1)))
        adam.step()
        schedule.step()
    return {name: array.detach() for name, array in p.items()}


def trained(
    kinds: Kinds,
    task: Draw,
    loss: Callable[[Tensor, Tensor], Tensor],
    sizes: tuple[int, int, int],  # inputs, outputs, units
    opening: float,
    seed: int,
    updates: int,
    rate: float = RATE,
) -> tuple[Weights, np.random.Generator]:
    """Trained nets, and the generator from which fresh sequences can be drawn."""
    rng = np.random.default_rng(seed)
    p = gated_nets(kinds, *sizes, opening, seed)
    return optimise(p, lambda p, X: unroll(p, kinds, X)[0], loss, task, rng, rate, updates), rng


def named(kinds: Kinds, values: Tensor) -> dict[str, Any]:
    """A value for each kind of net, by its name."""
    return dict(zip(kinds, values.tolist(), strict=True))


# Measurements. Each returns values by kind of net.


def on_lag(kinds: Kinds, steps: int, opening: float, seed: int, updates: int) -> dict[str, float]:
    """Right answers after a lag."""
    task = lag_task(steps)
    p, rng = trained(kinds, task, entropy_at_the_end, (SYMBOLS, SYMBOLS, UNITS), opening, seed, updates)
    X, y = tensors(task, rng, 400, len(kinds))
    return named(kinds, right_at_the_end(unroll(p, kinds, X)[0], y))


def plain_on_lag(steps: int, rate: float, seed: int, updates: int) -> float:
    """The same of a plain net."""
    task, rng = lag_task(steps), np.random.default_rng(seed)
    p = optimise(plain_nets(seed), plain_scores, entropy_at_the_end, task, rng, rate, updates)
    X, y = tensors(task, rng, 400, 1)
    return float(right_at_the_end(plain_scores(p, X), y))


def reach(last_state: Callable[[Tensor], Tensor], nets: int, seed: int) -> Tensor:
    """log10 of the gradient at the first of 80 inputs from a random unit row at the end, at least −30; (nets,)."""
    X = tensors(lag_task(LAGS[-1]), np.random.default_rng(seed), 40, nets)[0].double().requires_grad_()
    top = last_state(X)
    row = normalize(torch.randn(top.shape[1:], generator=torch.Generator().manual_seed(seed)).double(), dim=-1)
    (back,) = torch.autograd.grad((top * row).sum(), X)
    return back[:, :, 0].norm(dim=-1).clamp(min=1e-30).log10().mean(1)


def first_reach(seed: int) -> dict[str, float]:
    """`reach` before training."""
    plain = {name: array.double() for name, array in plain_nets(seed).items()}
    p = {name: array.double() for name, array in gated_nets(EARLY, SYMBOLS, 1, UNITS, 0.0, seed).items()}
    gated = reach(lambda X: unroll(p, EARLY, X)[1]["h"][:, :, -1], len(EARLY), seed)
    return {"plain cell": float(reach(partial(plain_last, plain), 1, seed))} | named(EARLY, gated)


def on_stream(kinds: Kinds, seed: int, updates: int) -> dict[str, Any]:
    """Train on pieces, run on over a long stream.

    Right answers in the first 40 and the last 500 steps; mean |c| just after step 40; the mean slope of tanh(c) over
    the last 50 steps; of two cells also right answers and mean |c| by blocks of 50; what the gates of today's cell do.
    """
    p, rng = trained(kinds, last_symbol, entropy, (SYMBOLS, SYMBOLS, UNITS), 1.0, seed, updates)
    X, y = tensors(partial(last_symbol, steps=STREAM), rng, 8, len(kinds))
    with torch.no_grad():
        scores, parts = unroll(p, kinds, X, keep="ifoch")
    right = (scores.argmax(-1) == y).float().mean(1)
    size = parts["c"].abs().mean((1, 3))
    slope = (1 - parts["c"].tanh() ** 2).mean((1, 3))
    found: dict[str, Any] = {
        "early": named(kinds, right[:, :PIECE].mean(1)),
        "late": named(kinds, right[:, -500:].mean(1)),
        "middle": named(kinds, size[:, PIECE : PIECE + BLOCK].mean(1)),
        "slope": named(kinds, slope[:, -BLOCK:].mean(1)),
    }
    for key, values in (("right", right), ("size", size)):
        curves = named(kinds, values.unflatten(1, (-1, BLOCK)).mean(2))
        found[key] = {name: curves[name] for name in (NOW, NO_FORGET) if name in kinds}
    if NOW in kinds:
        place, symbol = list(kinds).index(NOW), X[0].amax(-1) > 0.5
        gates = {name: parts[name][place].double() for name in "ifo"}
        found["gates"] = {name: gate_values(gate) for name, gate in gates.items()}
        found["forget"] = {"symbol": float(gates["f"][symbol].mean()), "noise": float(gates["f"][~symbol].mean())}
    return found


def gate_values(gate: Tensor) -> dict[str, Any]:
    """How a gate's values are spread: shares in 25 bins, both quartiles, and the share between 0.1 and 0.9."""
    values = gate.flatten().numpy()
    return {
        "shares": np.histogram(values, np.linspace(0, 1, 26))[0] / len(values),
        "quartiles": np.quantile(values, [0.25, 0.75]),
        "between": float(np.mean((values > 0.1) & (values < 0.9))),
    }


def when_asked(kinds: Kinds, units: int, seed: int, updates: int) -> dict[str, Any]:
    """Errors as shares of that of always answering 0, and how far output gates are open, with and without question."""
    more = updates * 6 // 5
    p, rng = trained(kinds, asked, squares, (3, 1, units), 2.0, seed, more, ASKED_RATE)
    X, y = tensors(asked, rng, 400, len(kinds))
    with torch.no_grad():
        scores, parts = unroll(p, kinds, X, keep="oh")
    opened = parts["o"].mean(-1)  # over units
    return {
        "error": named(kinds, squares(scores, y) / y.square().mean()),
        "asked": named(kinds, opened[:, y != 0].mean(1)),
        "else": named(kinds, opened[:, y == 0].mean(1)),
    }


def right_with_constant(seed: int, updates: int) -> float:
    """Right answers within 40 steps of the net with layer normalisation, with an input that is always 1."""
    p, rng = trained(NORMED, with_constant, entropy, (SYMBOLS + 1, SYMBOLS, UNITS), 1.0, seed, updates)
    X, y = tensors(with_constant, rng, 200, 1)
    return float((unroll(p, NORMED, X)[0].argmax(-1) == y).float().mean())


def run(seed: int, budget: int) -> dict[str, Any]:
    """All measurements, one net of each kind in each."""
    pair = {name: VARIANTS[name] for name in (NOW, NO_OUTPUT)}
    streams = [on_stream(kinds, seed, budget) for kinds in (VARIANTS | BIASES, NORMED)]
    return {
        "plain": {lag: {rate: plain_on_lag(lag, rate, seed, budget) for rate in PLAIN_RATES} for lag in LAGS},
        "early": {lag: on_lag(EARLY, lag, 0.0, seed, budget) for lag in LAGS},
        "reach": first_reach(seed),
        "lag": on_lag(VARIANTS | BIASES, LONG, 3.0, seed, budget) | on_lag(NORMED, LONG, 3.0, seed, budget),
        "stream": {key: streams[0][key] | streams[1].get(key, {}) for key in streams[0]},
        "asked": {units: when_asked(VARIANTS if units == 4 else pair, units, seed, budget) for units in SIZES},
        "asked, layer norm": when_asked(NORMED, 4, seed, budget)["error"],
        "constant": right_with_constant(seed, budget),
        "settings": {"updates": budget, "long": LONG, "piece": PIECE, "stream": STREAM, "block": BLOCK},
    }
