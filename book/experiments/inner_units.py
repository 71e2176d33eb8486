"""What single units of a character LSTM go with in Python's source code, and whether the net uses them.

Read by the page `looking-inside`. Units are chosen on files that the net has not read, and judged on others. What is
measured is measured on the net of the page, whose weights have a byte each.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn.functional import cross_entropy, log_softmax, one_hot

from experiments.next_character import IMAGINARY, keys, occurrences
from unrolled.data.source_code import SIGNS, Parsed, files, joined, parse, text_of
from unrolled.data.text import alphabet, encode
from unrolled.lab.character_net import Arrays, pack, probabilities, read, unpack

SEEDS = range(1, 6)
BUDGET = 6000  # updates of each net
PROBE = 4
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")

SHOWN = 1  # the seed whose net the page has
UNITS, BATCH, STEPS, RATE, NORM = 80, 16, 64, 8e-3, 1.0
RESET = 1 / 8  # how often a row starts anew from zeros: later it will be asked with short contexts
ROWS, LONG, WARM = 36, 1000, 100  # pieces of text for measuring, their characters, those before the first measured one
WINDOW = 8  # characters that a model without memory sees
STILL = 0.01  # below this spread a unit counts as constant
OTHERS = (2, 4, 8, 16)  # units that are clamped together
DRAWS = 2  # random sets of each size
PLACES, CONTEXTS = 200, (1, 2, 4, 8, 16, 32, 64, 128, 256)
KINDS = ("string", "bracket depth", "indentation")
LAGS = 30  # characters back, of saliency
NEXT = 30  # characters behind an opening quote that is taken away
LONGEST = 9  # characters of the longest counts, the guessed one too


class Rows(NamedTuple):
    """Pieces of a text, all of one length: its characters, and what the tokenizer knows, each (ROWS, LONG)."""

    ids: np.ndarray
    signs: dict[str, np.ndarray]
    decided: dict[str, np.ndarray]


def rows_of(parsed: Parsed, symbols: str) -> Rows:
    """Evenly spread pieces of a text."""
    begins = np.linspace(0, len(parsed.text) - LONG, ROWS).astype(int)
    at = begins[:, None] + np.arange(LONG)
    return Rows(
        encode(parsed.text, symbols)[at],
        {name: parsed.signs[name][at] for name in SIGNS},
        {name: parsed.decided[name][at] for name in SIGNS},
    )


# Training.


def untrained(size: int, seed: int) -> tuple[torch.nn.LSTM, torch.nn.Linear]:
    """A net as it begins: its forget gates open."""
    torch.manual_seed(seed)
    cell, head = torch.nn.LSTM(size, UNITS, batch_first=True), torch.nn.Linear(UNITS, size)
    with torch.no_grad():
        cell.bias_hh_l0.zero_()
        cell.bias_ih_l0.zero_()[UNITS : 2 * UNITS] = 1
    cell.bias_hh_l0.requires_grad_(False)
    return cell, head


def arrays(cell: torch.nn.LSTM, head: torch.nn.Linear) -> Arrays:
    """A net's weights in the book's order, rounded as the page has them."""
    found = (cell.weight_ih_l0.t(), cell.weight_hh_l0.t(), cell.bias_ih_l0, head.weight.t(), head.bias)
    size = len(head.bias)
    exact = Arrays(*(array.detach().double().numpy() for array in found))
    return unpack(pack(" " * (size - 1), exact)).weights


def train(cell: torch.nn.LSTM, head: torch.nn.Linear, ids: torch.Tensor, budget: int) -> None:
    """Train for `budget` updates on pieces that follow each other in BATCH streams."""
    learning = [array for array in (*cell.parameters(), *head.parameters()) if array.requires_grad]
    adam = torch.optim.Adam(learning, lr=RATE / 10, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=RATE, total_steps=budget)
    length = len(ids) // BATCH
    streams = ids[: BATCH * length].view(BATCH, length)
    h = c = torch.zeros(1, BATCH, UNITS)
    for update in range(budget):
        place = STEPS * (update % ((length - 1) // STEPS))
        goes_on = (torch.rand(1, BATCH, 1) >= RESET) * float(place > 0)
        piece = streams[:, place : place + STEPS + 1]
        states, (h, c) = cell(one_hot(piece[:, :-1], len(head.bias)).float(), (h * goes_on, c * goes_on))
        h, c = h.detach(), c.detach()
        loss = cross_entropy(head(states).flatten(0, 1), piece[:, 1:].flatten())
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, NORM)
        adam.step()
        schedule.step()


# A search: which unit goes with which sign.


def memories(p: Arrays, rows: Rows) -> np.ndarray:
    """The tanh of all cell states but the first ones of each row, (N, H)."""
    return np.tanh(read(p, rows.ids)[1])[:, WARM:].reshape(-1, UNITS)


def values_of(rows: Rows, sign: str) -> np.ndarray:
    """A sign at the places of `memories`, (N,)."""
    return rows.signs[sign][:, WARM:].ravel()


def shares(states: np.ndarray, values: np.ndarray) -> np.ndarray:
    """r²: the share of a sign's variance that a linear function of each unit alone explains, (H,)."""
    centred = states - states.mean(0)
    covariance = centred.T @ (values - values.mean()) / len(values)
    return covariance**2 / np.maximum(states.var(0) * values.var(), 1e-12)


def found_and_judged(searched: tuple[np.ndarray, np.ndarray], judged: tuple[np.ndarray, np.ndarray]) -> dict[str, Any]:
    """The unit with the largest r² on the first states and values, and its r² on the second."""
    first = shares(*searched)
    unit = int(first.argmax())
    return {"unit": unit, "searched": first[unit], "judged": shares(*judged)[unit]}


def probed(X: np.ndarray, y: np.ndarray, X_test: np.ndarray, y_test: np.ndarray) -> float:
    """R² on other text of a linear function of all columns that vary, fitted with a little ridge."""
    varied = X.std(0) > STILL
    X, X_test = X[:, varied], X_test[:, varied]
    mean, scale = X.mean(0), X.std(0)
    A, A_test = ((one - mean) / scale for one in (X, X_test))
    weights = np.linalg.solve(A.T @ A + 10 * np.eye(A.shape[1]), A.T @ (y - y.mean()))
    return float(1 - ((A_test @ weights + y.mean() - y_test) ** 2).mean() / y_test.var())


def windows(rows: Rows, size: int) -> np.ndarray:
    """The last WINDOW characters of each place as ones and zeros, (N, WINDOW·K)."""
    seen = [np.roll(rows.ids, back, 1)[:, WARM:].ravel() for back in range(WINDOW)]
    return np.concatenate([np.eye(size, dtype=np.float32)[column] for column in seen], 1)


def searched(p: Arrays, random: Arrays, search: Rows, test: Rows) -> dict[str, Any]:
    """For each sign: the best unit, what the same search finds where nothing is to be found, what all units know."""
    size = len(p.by)
    nets = {"net": p, "untrained": random}
    states = {name: (memories(one, search), memories(one, test)) for name, one in nets.items()}
    windowed = windows(search, size), windows(test, size)
    found = {}
    for sign in SIGNS:
        y, y_test = values_of(search, sign), values_of(test, sign)
        moved = [np.roll(rows.signs[sign], 1, 0)[:, WARM:].ravel() for rows in (search, test)]
        X, X_test = states["net"]
        found[sign] = {
            "net": found_and_judged((X, y), (X_test, y_test)),
            "untrained": found_and_judged((states["untrained"][0], y), (states["untrained"][1], y_test)),
            "elsewhere": found_and_judged((X, moved[0]), (X_test, moved[1])),
            "all units": probed(X, y, X_test, y_test),
            "all units, untrained": probed(states["untrained"][0], y, states["untrained"][1], y_test),
            "window": probed(windowed[0], y, windowed[1], y_test),
            "each unit": np.sort(shares(X_test, y_test))[::-1][:10],
        }
    return found


# Ablation: units that are held at their mean.


def clamped(p: Arrays, ids: np.ndarray, sets: Sequence[Sequence[int]], means: np.ndarray) -> np.ndarray:
    """The loss in bits of each character but the first with each set of units held at `means`, (sets, ROWS, T − 1)."""
    p = Arrays(*(array.astype(np.float32) for array in p))
    held = np.zeros((len(sets), 1, UNITS), dtype=bool)
    for row, chosen in zip(held[:, 0], sets, strict=True):
        row[list(chosen)] = True
    h = c = np.zeros((len(sets), len(ids), UNITS), dtype=np.float32)
    losses = []
    for column, following in zip(ids.T[:-1], ids.T[1:], strict=True):
        i, f, g, o = np.split(p.W[column] + h @ p.U + p.b, 4, axis=-1)
        c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        h = np.where(held, means.astype(np.float32), np.tanh(c) / (1 + np.exp(-o)))
        chances = probabilities(p, h)
        losses.append(-np.log2(chances[:, np.arange(len(ids)), following]))
    return np.stack(losses, -1)


def ablated(p: Arrays, test: Rows, units: dict[str, int], ranked: dict[str, np.ndarray], seed: int) -> dict[str, Any]:
    """By how many bits the loss rises, where a sign is needed and elsewhere: each unit alone, then sets of units."""
    h = read(p, test.ids)[0][:, WARM:]
    means, spread = h.mean((0, 1)), h.std((0, 1))
    alone = [[], *([unit] for unit in range(UNITS))]
    losses = clamped(p, test.ids, alone, means)[:, :, WARM:]
    rises = losses[1:] - losses[0]
    needed = {sign: test.decided[sign][:, WARM + 1 :] for sign in SIGNS}
    rng = np.random.default_rng(seed)
    draws = [rng.permutation(UNITS) for _ in range(DRAWS)]
    found: dict[str, Any] = {"bits": losses[0].mean(), "spread": spread}
    for sign in SIGNS:
        here, elsewhere = needed[sign], ~needed[sign]
        unit = units[sign]
        ratio = np.abs(np.log(spread / spread[unit]))
        ratio[unit] = np.inf
        found[sign] = {
            "places": int(here.sum()),
            "bits": losses[0][here].mean(),
            "here": rises[:, here].mean(1),
            "elsewhere": rises[:, elsewhere].mean(1),
            "alike": np.argsort(ratio)[:8],  # the units whose h varies most nearly as much
        }
    for sign in KINDS:
        sets = [ranked[sign][:many] for many in OTHERS]
        sets += [draw[:many] for draw in draws for many in OTHERS]
        together = clamped(p, test.ids, sets, means)[:, :, WARM:] - losses[0]
        at = together[:, needed[sign]].mean(1)
        found[sign]["best together"] = at[: len(OTHERS)]
        found[sign]["random together"] = at[len(OTHERS) :].reshape(DRAWS, -1).mean(0)
    return found


def without_quote(p: Arrays, parsed: Parsed, symbols: str, unit: int) -> dict[str, Any]:
    """How much the memory of strings still differs, n characters behind an opening quote that was made a blank.

    In spreads of a unit's tanh c over both texts: of the unit, signed; and of the median unit, without sign.
    """
    opened = parsed.signs["string"]
    begins = np.flatnonzero(np.diff(opened) > 0) + 1
    begins = np.array([at for at in begins if at > WARM and opened[at : at + NEXT + 1].all()])
    begins = begins[np.linspace(0, len(begins) - 1, min(200, len(begins))).astype(int)]
    ids = encode(parsed.text, symbols)[begins[:, None] + np.arange(-WARM, NEXT + 1)]
    blank = ids.copy()
    blank[:, WARM] = encode(" ", symbols)[0]
    with_it, without = (np.tanh(read(p, one)[1]) for one in (ids, blank))
    gaps = (with_it - without)[:, WARM:] / np.concatenate([with_it, without]).std((0, 1))
    mean = gaps[:, :, unit].mean(0)
    return {
        "pairs": len(begins),
        "unit": mean * np.sign(mean[1:].sum()),
        "median unit": np.median(np.abs(gaps.mean(0)), axis=1),
    }


# Gates.


def saturated(p: Arrays, test: Rows) -> dict[str, Any]:
    """How often each gate of each unit is below 0.1, and above 0.9; and the mean logarithm of its forget gate."""
    hs, _ = read(p, test.ids)
    before = hs[:, WARM - 1 : -1]
    a = p.W[test.ids[:, WARM:]] + before @ p.U + p.b
    gates = dict(zip("ifgo", np.split(a, 4, axis=-1), strict=True))
    found: dict[str, Any] = {
        name: {"left": (g < -np.log(9)).mean((0, 1)), "right": (g > np.log(9)).mean((0, 1))}
        for name, g in gates.items()
        if name != "g"
    }
    found["log f"] = -np.log1p(np.exp(-gates["f"])).mean((0, 1))
    return found


# How far back.


def targets(parsed: Parsed, seed: int) -> dict[str, np.ndarray]:
    """Places of characters to guess: any, and those at which a sign decides."""
    rng = np.random.default_rng(seed)
    places = np.arange(max(CONTEXTS), len(parsed.text))
    kinds = {"any": places} | {sign: places[parsed.decided[sign][places]] for sign in KINDS}
    return {kind: rng.choice(one, PLACES, replace=False) for kind, one in kinds.items()}


def by_context(p: Arrays, ids: np.ndarray, at: dict[str, np.ndarray]) -> dict[str, Any]:
    """Bits at these places when a net of zeros reads only the last characters before each, (CONTEXTS,)."""
    found: dict[str, list[float]] = {kind: [] for kind in at}
    for context in CONTEXTS:
        for kind, places in at.items():
            h = read(p, ids[places[:, None] - np.arange(context, 0, -1)])[0][:, -1]
            found[kind].append(-np.log2(probabilities(p, h)[np.arange(len(places)), ids[places]]).mean())
    return found


def by_counts(train_ids: np.ndarray, ids: np.ndarray, size: int, at: dict[str, np.ndarray]) -> dict[str, Any]:
    """The same of counts of 1, 2, … characters, each started from the shorter one's guess; 0 to LONGEST − 1 seen."""
    chance = np.full(len(ids), 1 / size)
    found: dict[str, list[float]] = {kind: [] for kind in at}
    for context in range(LONGEST):
        seen, seen_before = keys(train_ids, size, context + 1, context)
        now, before = keys(ids, size, context + 1, context)
        rise = occurrences(seen, now) + IMAGINARY * chance[context:]
        chance[context:] = rise / (occurrences(seen_before, before) + IMAGINARY)
        for kind, places in at.items():
            found[kind].append(-np.log2(chance[places]).mean())
    return found


class Looked(NamedTuple):
    """Of N guessed characters, what the log-probability owes to each of the LAGS characters before, nearest first."""

    gradient: np.ndarray  # (N, LAGS): the difference x - mean times the gradient
    occluded: np.ndarray  # (N, LAGS): the log-probability, minus that with the mean in place of x
    norms: np.ndarray  # (N, LAGS): of the gradient with respect to h


def looked(p: Arrays, ids: np.ndarray, places: np.ndarray, mean: np.ndarray) -> Looked:
    """Gradient and occlusion of the guesses at these places; `mean` (K,) is how frequent each character is."""
    W, U, b, Wy, by = (torch.tensor(array) for array in p)
    context = 2 * LAGS
    texts = torch.tensor(ids[places[:, None] - np.arange(context, 0, -1)])
    wanted = torch.tensor(ids[places])
    average = torch.tensor(mean)

    def guess(X: torch.Tensor, wanted: torch.Tensor, kept: list[torch.Tensor] | None = None) -> torch.Tensor:
        h = c = torch.zeros(len(X), UNITS, dtype=torch.float64)
        inputs = X @ W + b
        for t in range(X.shape[1]):
            i, f, g, o = (inputs[:, t] + h @ U).chunk(4, 1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            if kept is not None:
                h.retain_grad()
                kept.append(h)
        return log_softmax(h @ Wy + by, 1)[torch.arange(len(X)), wanted]

    X = one_hot(texts, len(mean)).double().requires_grad_()
    kept: list[torch.Tensor] = []
    said = guess(X, wanted, kept)
    said.sum().backward()
    assert X.grad is not None
    gradient = ((X - average) * X.grad).sum(-1).detach()
    norms = torch.stack([h.grad.norm(dim=1) for h in kept[::-1][:LAGS] if h.grad is not None], 1)
    occluded = []
    with torch.no_grad():
        for lag in range(1, LAGS + 1):
            other = X.detach().clone()
            other[:, -lag] = average
            occluded.append(said - guess(other, wanted))
    return Looked(gradient.flip(1)[:, :LAGS].numpy(), torch.stack(occluded, 1).numpy(), norms.numpy())


def ranks(values: np.ndarray) -> np.ndarray:
    """The place of each number of a row in its order, 0 the smallest."""
    return values.argsort(1).argsort(1)


def saliency(p: Arrays, parsed: Parsed, symbols: str, mean: np.ndarray, at: dict[str, np.ndarray]) -> dict[str, Any]:
    """How well gradient and occlusion agree, and how often each names the opening quote of a string that closes."""
    ids = encode(parsed.text, symbols)
    any_place = looked(p, ids, at["any"], mean)
    gradient, occluded = any_place.gradient, any_place.occluded
    found: dict[str, Any] = {
        "rank correlation": np.mean(
            [np.corrcoef(*pair)[0, 1] for pair in zip(ranks(gradient), ranks(occluded), strict=True)]
        ),
        "same first": (np.abs(gradient).argmax(1) == np.abs(occluded).argmax(1)).mean(),
        "share of size": np.abs(gradient).mean(0) / np.abs(occluded).mean(0),
        "sizes": {"gradient": np.abs(gradient).mean(0), "occluded": np.abs(occluded).mean(0)},
        "norms": any_place.norms.mean(0),
    }
    # Strings that close: where their opening quote stands, counted back from the closing one.
    opened = parsed.signs["string"]
    closing = np.flatnonzero(parsed.decided["string"])
    begins = np.flatnonzero(np.diff(opened, prepend=0) > 0)
    back = closing - begins[np.searchsorted(begins, closing) - 1]
    fits = (back >= 4) & (back <= LAGS) & (closing > 2 * LAGS)
    closing, back = closing[fits], back[fits]
    chosen = np.linspace(0, len(closing) - 1, min(PLACES, len(closing))).astype(int)
    closing, back = closing[chosen], back[chosen]
    quotes = looked(p, ids, closing, mean)
    rows = np.arange(len(closing))
    found["quotes"] = {
        "places": len(closing),
        "back": back,
        "gradient": quotes.gradient[rows, back - 1],
        "occluded": quotes.occluded[rows, back - 1],
        "gradient first": (quotes.gradient.argmax(1) == back - 1).mean(),
        "occluded first": (quotes.occluded.argmax(1) == back - 1).mean(),
    }
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """Everything of one net; of one seed also its weights, and the counts."""
    text = "".join(map(text_of, files("train")))
    symbols = alphabet(text, 200)
    size = len(symbols) + 1
    ids = encode(text, symbols)
    first, second = (joined(map(parse, map(text_of, files(part)))) for part in ("search", "test"))
    search, test = rows_of(first, symbols), rows_of(second, symbols)
    cell, head = untrained(size, seed)
    random = arrays(cell, head)
    train(cell, head, torch.tensor(ids), budget)
    p = arrays(cell, head)
    signs = searched(p, random, search, test)
    X = memories(p, search)
    ranked = {sign: np.argsort(-shares(X, values_of(search, sign))) for sign in SIGNS}
    units = {sign: signs[sign]["net"]["unit"] for sign in SIGNS}
    mean = np.bincount(ids, minlength=size) / len(ids)
    at = targets(second, seed)
    test_ids = encode(second.text, symbols)
    found: dict[str, Any] = {
        "signs": signs,
        "ablated": ablated(p, test, units, ranked, seed),
        "without quote": without_quote(p, second, symbols, units["string"]),
        "saturated": saturated(p, test),
        "context": by_context(p, test_ids, at),
        "saliency": saliency(p, second, symbols, mean, at),
    }
    if seed == SHOWN:
        found["net"] = pack(symbols, p)
        found["counts"] = by_counts(ids, test_ids, size, at)
        found["text"] = {"train": len(text), "search": len(first.text), "test": len(second.text), "symbols": size}
        found["mean"] = mean
        found["Python"] = platform.python_version()
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates on made-up text: the loss alone."""
    text = "".join(f"x{n} = f('{n}', [{n * n}])  # {n}\n" for n in range(2000))
    symbols = alphabet(text, 1)
    ids = torch.tensor(encode(text, symbols))
    cell, head = untrained(len(symbols) + 1, seed)
    train(cell, head, ids, budget)
    p = arrays(cell, head)
    rows = ids[: 40 * 50].view(40, 50).numpy()
    chances = probabilities(p, read(p, rows[:, :-1])[0])
    return {"bits": float(-np.log2(np.take_along_axis(chances, rows[:, 1:, None], 2)).mean())}
