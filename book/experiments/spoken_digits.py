"""Spoken digits: who is tested, and what reads them. Six runs; in each another speaker is held out.

Single digits: spectra, warped neighbours, a GRU that answers at each frame; on a speaker whom they have heard in
training and on one whom they have not, equally many recordings. Rows of digits, spliced: nets with CTC, one direction
and two, at equal numbers of weights; how the features are normalised; greedy and prefix decoding; what a second
direction gets that sees only a chunk. Read by the page `speech-and-streams`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from rapidfuzz.distance import Levenshtein
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, ctc_loss
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from unrolled.data import spoken_digits
from unrolled.data.spoken_digits import RATE, Recording
from unrolled.lab import audio, ctc

SEEDS = range(6)  # the number of the speaker who is held out
BUDGET = 500  # updates of each net with CTC; those that answer at each frame have a third
PROBE = 3
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch", "scikit-learn", "rapidfuzz")
DATA = spoken_digits.HASHES

DIGITS = 10
STACK = 4  # frames of a step: 40 ms
GRU_UNITS, BATCH, NORM, LOUDER = 64, 16, 1.0, 1.5  # units; sequences of a batch; clipping; shift of the log power
RATES = (3e-3, 1e-2)  # at their highest
STRENGTHS = (0.01, 0.1, 1.0)  # C of the logistic regressions
TEMPLATES = 5  # recordings of each digit and speaker that the warped neighbour knows
ROWS, LEAST, MOST, GAP = 150, 2, 4, (0.05, 0.25)  # rows of each speaker, digits of one, seconds between them
BEAM = 8
CHUNKS = (4, 8, 16, 32)  # steps that a second direction sees at once
NORMALISED = ("fixed", "running", "whole")
NETS = {"RNN": ("RNN", False), "LSTM": ("LSTM", False), "GRU": ("GRU", False), "BiGRU": ("GRU", True)}


class Said(NamedTuple):
    """A signal's frames, what is said in it, and the frames at which the digits end."""

    X: np.ndarray  # (T, BANDS)
    labels: tuple[int, ...]  # 1 for zero, …, 10 for nine
    ends: tuple[int, ...]


def is_test(one: Recording) -> bool:
    """Whether the publisher counts a recording as test."""
    return one.take in spoken_digits.TEST_TAKES


def alone(recordings: Sequence[Recording]) -> list[Said]:
    """Each recording by itself."""
    found = [audio.log_mel(one.signal) for one in recordings]
    return [Said(X, (one.digit + 1,), (len(X),)) for X, one in zip(found, recordings, strict=True)]


def spliced(recordings: Sequence[Recording], rows: int, rng: np.random.Generator) -> list[Said]:
    """Rows of digits of one speaker; between them noise as loud as what stands at the recordings' ends."""
    found = []
    edge = RATE // 100
    for _ in range(rows):
        chosen = [recordings[n] for n in rng.integers(len(recordings), size=rng.integers(LEAST, MOST + 1))]
        pieces, ends = [], []
        for one in chosen:
            loud = np.concatenate([one.signal[:edge], one.signal[-edge:]]).std()
            noise = rng.normal(size=int(RATE * rng.uniform(*GAP)))
            pieces += [loud * noise, one.signal]
            ends.append(sum(map(len, pieces)) // audio.HOP)
        pieces.append(loud * rng.normal(size=int(RATE * GAP[0])))
        found.append(Said(audio.log_mel(np.concatenate(pieces)), tuple(one.digit + 1 for one in chosen), tuple(ends)))
    return found


class Scale(NamedTuple):
    """Mean and spread of each band in training, (BANDS,), and how frames are normalised by them."""

    mean: np.ndarray
    spread: np.ndarray
    how: str  # "fixed": by this mean; "running": by that of all so far; "whole": by the signal's own

    @classmethod
    def of(cls, signals: Sequence[Said], how: str) -> Scale:
        """Measured on signals of the training."""
        every = np.concatenate([one.X for one in signals])
        return cls(every.mean(0), every.std(0), how)

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """Frames, (T, BANDS), normalised."""
        means = {
            "fixed": lambda: self.mean,
            "running": lambda: audio.running_mean(X, self.mean),
            "whole": lambda: X.mean(0),
        }
        return (X - means[self.how]()) / self.spread


def weights(cell: str, H: int, both: bool) -> int:
    """Numbers in a layer of H units a direction and in its readout."""
    blocks = {"RNN": 1, "GRU": 3, "LSTM": 4}[cell]
    ways = 1 + both
    return ways * blocks * H * (STACK * audio.BANDS + H + 2) + (ways * H + 1) * (DIGITS + 1)


def units(cell: str, both: bool) -> int:
    """Units with which a net has about as many weights as the GRU of one direction."""
    wanted = weights("GRU", GRU_UNITS, False)
    return min(range(8, 400), key=lambda H: abs(weights(cell, H, both) - wanted))


class Net(nn.Module):
    """A recurrent layer over steps of STACK frames, and logits of blank and digits at each."""

    def __init__(self, cell: str, both: bool) -> None:
        super().__init__()
        H = units(cell, both)
        self.layer = getattr(nn, cell)(STACK * audio.BANDS, H, batch_first=True, bidirectional=both)
        self.head = nn.Linear((1 + both) * H, DIGITS + 1)

    def forward(self, X: Tensor, lengths: Tensor) -> Tensor:
        if not self.layer.bidirectional:  # no real step reads padding
            return self.head(self.layer(X)[0])
        packed = self.layer(pack_padded_sequence(X, lengths, batch_first=True, enforce_sorted=False))[0]
        return self.head(pad_packed_sequence(packed, batch_first=True)[0])


def inputs(signals: Sequence[Said], scale: Scale, loud: Sequence[float] | None = None) -> tuple[Tensor, Tensor]:
    """Padded steps (B, T, STACK · BANDS) and how many each has; `loud` is added to each signal's log power."""
    rows = [one.X for one in signals] if loud is None else [one.X + x for one, x in zip(signals, loud, strict=True)]
    steps = [torch.tensor(audio.stacked(scale(X), STACK), dtype=torch.float32) for X in rows]
    return pad_sequence(steps, batch_first=True), torch.tensor([len(one) for one in steps])


Loss = Callable[[Tensor, Tensor, Sequence[Said]], Tensor]


def of_frames(logits: Tensor, lengths: Tensor, signals: Sequence[Said]) -> Tensor:
    """Cross-entropy of the one digit at each step: the mean over steps, then over signals."""
    T = logits.shape[1]
    wanted = torch.tensor([one.labels[0] for one in signals])[:, None].expand(-1, T)
    real = torch.arange(T) < lengths[:, None]
    each = cross_entropy(logits.transpose(1, 2), wanted, reduction="none") * real
    return (each.sum(1) / lengths).mean()


def of_rows(logits: Tensor, lengths: Tensor, signals: Sequence[Said]) -> Tensor:
    """The CTC loss, a mean over signals."""
    labels = torch.tensor([label for one in signals for label in one.labels])
    many = torch.tensor([len(one.labels) for one in signals])
    return ctc_loss(logits.log_softmax(2).transpose(0, 1), labels, lengths, many, reduction="sum") / len(signals)


def trained(net: Net, loss: Loss, signals: Sequence[Said], scale: Scale, seed: int, budget: int, rate: float) -> float:
    """Train a net with Adam, one cycle of the rate; returns the mean loss of the last tenth."""
    rng = np.random.default_rng(seed)
    adam = torch.optim.Adam(net.parameters(), lr=rate, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=rate, total_steps=budget)
    losses = []
    for _ in range(budget):
        chosen = [signals[n] for n in rng.integers(len(signals), size=BATCH)]
        X, lengths = inputs(chosen, scale, rng.uniform(-LOUDER, LOUDER, BATCH))
        now = loss(net(X, lengths), lengths, chosen)
        adam.zero_grad()
        now.backward()
        nn.utils.clip_grad_norm_(net.parameters(), NORM)
        adam.step()
        schedule.step()
        losses.append(now.item())
    return float(np.mean(losses[-max(1, budget // 10) :]))


@torch.no_grad()
def log_p(net: Net, signals: Sequence[Said], scale: Scale) -> list[np.ndarray]:
    """Log-probabilities of blank and digits at each step of each signal, (T, 11)."""
    found = []
    for start in range(0, len(signals), 100):
        X, lengths = inputs(signals[start : start + 100], scale)
        logits = net(X, lengths).log_softmax(2).double()
        found += [row[:T].numpy() for row, T in zip(logits, lengths.tolist(), strict=True)]
    return found


@torch.no_grad()
def in_chunks(net: Net, signals: Sequence[Said], scale: Scale, chunk: int) -> list[np.ndarray]:
    """The same by a net of two directions whose second one starts anew at the end of each chunk of steps."""
    layer = net.layer
    H = layer.hidden_size
    there, back = (nn.GRU(layer.input_size, H, batch_first=True) for _ in range(2))
    for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"):
        getattr(there, name).copy_(getattr(layer, name))
        getattr(back, name).copy_(getattr(layer, name + "_reverse"))
    found = []
    for one in signals:
        X = inputs([one], scale)[0]
        ahead = there(X)[0]
        behind = torch.cat([back(piece.flip(1))[0].flip(1) for piece in X.split(chunk, 1)], 1)
        found.append(net.head(torch.cat([ahead, behind], 2))[0].log_softmax(1).double().numpy())
    return found


def best_of_rates(
    new: Callable[[], Net],
    loss: Loss,
    learn: Sequence[Said],
    check: Sequence[Said],
    scale: Scale,
    seed: int,
    budget: int,
    rates: Sequence[float],
) -> tuple[Net, dict[str, float]]:
    """The net of the rate with the lowest loss on the validation speaker."""
    best, kept, facts = np.inf, None, {}
    for rate in rates:
        torch.manual_seed(seed)
        net = new()
        last = trained(net, loss, learn, scale, seed, budget, rate)
        with torch.no_grad():
            X, lengths = inputs(check, scale)
            now = float(loss(net(X, lengths), lengths, check))
        if kept is None or now < best:
            best, kept, facts = now, copy.deepcopy(net), {"rate": rate, "loss": last, "validation loss": now}
    assert kept is not None
    return kept, facts


def error_rate(told: Sequence[Sequence[int]], signals: Sequence[Said]) -> float:
    """Edits that turn what was told into what was said, per digit that was said."""
    edits = sum(Levenshtein.distance(one, other.labels) for one, other in zip(told, signals, strict=True))
    return edits / sum(len(one.labels) for one in signals)


def kinds_of_edits(told: Sequence[Sequence[int]], signals: Sequence[Said]) -> dict[str, float]:
    """Digits that were said wrongly, left out, put in: per digit that was said."""
    found = {"replace": 0, "delete": 0, "insert": 0}
    for one, other in zip(told, signals, strict=True):
        for edit in Levenshtein.editops(other.labels, one):
            found[edit.tag] += 1
    total = sum(len(one.labels) for one in signals)
    return {kind: many / total for kind, many in found.items()}


def delays(rows: Sequence[np.ndarray], signals: Sequence[Said]) -> list[float]:
    """Steps from the end of a digit to the step at which its label begins; of signals that are wholly right."""
    found = []
    for row, one in zip(rows, signals, strict=True):
        path = row.argmax(1).tolist()
        starts = [t for t, k in enumerate(path) if k and (t == 0 or path[t - 1] != k)]
        if ctc.collapse(path) == one.labels:
            found += [start + 1 - end / STACK for start, end in zip(starts, one.ends, strict=True)]
    return found


# Single digits without a net.


def spectrum(signals: Sequence[Said], parts: int) -> np.ndarray:
    """Mean of the frames of each of so many equal parts, the mean over all bands taken off, (N, parts · BANDS)."""
    rows = []
    for one in signals:
        means = np.stack([piece.mean(0) for piece in np.array_split(one.X, parts)])
        rows.append((means - means.mean()).ravel())
    return np.array(rows)


def by_spectrum(learn: Sequence[Said], check: Sequence[Said], asked: Sequence[Said], parts: int) -> np.ndarray:
    """What a logistic regression on mean spectra says of each digit, (N,)."""
    labels, truth = ([one.labels[0] for one in some] for some in (learn, check))
    X, X_val = spectrum(learn, parts), spectrum(check, parts)
    models = [LogisticRegression(C=C, max_iter=2000).fit(X, labels) for C in STRENGTHS]
    best = max(models, key=lambda model: model.score(X_val, truth))
    return best.predict(spectrum(asked, parts))


def warped(left: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> np.ndarray:
    """Distances by dynamic time warping of each of `left` from each of `right`, per step of both, (N, M)."""
    sizes = np.array([len(one) for one in right])
    longest = sizes.max()
    wide = np.stack([np.pad(one, ((0, longest - len(one)), (0, 0))) for one in right])  # (M, longest, BANDS)
    squares = (wide**2).sum(2)
    found = []
    for one in left:
        costs = squares + (one**2).sum(1)[:, None, None] - 2 * np.einsum("td,msd->tms", one, wide)
        costs = np.sqrt(np.maximum(costs, 0))  # (T, M, longest)
        before = np.full((len(right), longest + 1), np.inf)
        before[:, 0] = 0.0
        for cost in costs:
            now = np.full_like(before, np.inf)
            reach = np.minimum(before[:, 1:], before[:, :-1])
            for s in range(longest):
                now[:, s + 1] = cost[:, s] + np.minimum(reach[:, s], now[:, s])
            before = now
        found.append(before[np.arange(len(right)), sizes] / (len(one) + sizes))
    return np.array(found)


def by_neighbour(learn: Sequence[Said], asked: Sequence[Said], spread: np.ndarray) -> np.ndarray:
    """The digit of the warped nearest of the templates, (N,)."""

    def shapes(signals: Sequence[Said]) -> list[np.ndarray]:
        return [((one.X - one.X.mean(0)) / spread)[::2] for one in signals]

    labels = np.array([one.labels[0] for one in learn])
    return labels[warped(shapes(asked), shapes(learn)).argmin(1)]


# The experiment.


class Voices(NamedTuple):
    """The recordings of all speakers, and who is held out, who chooses, from whom is learnt."""

    recordings: Sequence[Recording]
    test: str
    val: str
    learn: tuple[str, ...]

    @classmethod
    def of(cls, recordings: Sequence[Recording], number: int) -> Voices:
        """Hold out speaker `number`; the one behind him chooses."""
        speakers = sorted({one.speaker for one in recordings})
        at = [speakers[(number + n) % len(speakers)] for n in range(len(speakers))]
        return cls(recordings, at[0], at[1], tuple(at[2:]))

    def of_speaker(self, speaker: str, test: bool) -> list[Recording]:
        """A speaker's recordings that the publisher counts as test, or the others."""
        return [one for one in self.recordings if one.speaker == speaker and is_test(one) == test]

    def learnt(self, known: bool, rng: np.random.Generator) -> list[Recording]:
        """Of the publisher's training part: all of four speakers; or as many of these and the one who is tested."""
        if not known:
            return [one for speaker in self.learn for one in self.of_speaker(speaker, False)]
        every = [one for speaker in (self.test, *self.learn) for one in self.of_speaker(speaker, False)]
        many = len(every) * len(self.learn) // (len(self.learn) + 1)
        return [every[n] for n in np.sort(rng.choice(len(every), many, replace=False))]


def answers(rows: Sequence[np.ndarray], share: float = 1.0) -> np.ndarray:
    """The digit (its label) said at a share of each signal's steps, (N,)."""
    return np.array([1 + row[max(0, round(share * len(row)) - 1), 1:].argmax() for row in rows])


def single(voices: Voices, seed: int, budget: int, rates: Sequence[float]) -> dict[str, Any]:
    """Share of right answers to single digits of the held-out speaker: unseen and known."""
    rng = np.random.default_rng(seed)
    asked = alone(voices.of_speaker(voices.test, True))
    truth = np.array([one.labels[0] for one in asked])
    check = alone(voices.of_speaker(voices.val, True) + voices.of_speaker(voices.val, False))
    fit = partial(
        best_of_rates, lambda: Net("GRU", False), of_frames, check=check, seed=seed, budget=max(1, budget // 3)
    )
    found: dict[str, Any] = {}
    for name, known in (("unseen", False), ("known", True)):
        recordings = voices.learnt(known, rng)
        learn = alone(recordings)
        few = [one for one, whose in zip(learn, recordings, strict=True) if whose.take % 10 == TEMPLATES]
        scale = Scale.of(learn, "running")
        net, facts = fit(learn=learn, scale=scale, rates=rates)
        rows = log_p(net, asked, scale)
        told = {
            "mean spectrum": by_spectrum(learn, check, asked, 1),
            "spectra of thirds": by_spectrum(learn, check, asked, 3),
            "warped neighbour": by_neighbour(few, asked, scale.spread),
            "GRU": answers(rows),
        }
        found[name] = {model: float((said == truth).mean()) for model, said in told.items()}
        found[name] |= facts | {
            "recordings": len(learn),
            "templates": len(few),
            "by share": [float((answers(rows, share) == truth).mean()) for share in np.arange(1, 11) / 10],
            "confused": np.stack([truth, answers(rows)], 1),
        }
        if not known:
            found["normalised"] = {"running": found[name]["GRU"]}
            for how in ("fixed", "whole"):
                scale = Scale.of(learn, how)
                net, _ = fit(learn=learn, scale=scale, rates=[facts["rate"]])
                found["normalised"][how] = float((answers(log_p(net, asked, scale)) == truth).mean())
    return found


def rows(
    voices: Voices, seed: int, budget: int, rates: Sequence[float], many: int = ROWS, beam: int = BEAM
) -> dict[str, Any]:
    """Digit error rates of rows of the held-out speaker, and one row as the nets read it."""
    rng = np.random.default_rng(seed)
    pools = {name: voices.of_speaker(name, False) for name in (voices.val, *voices.learn)}
    learn = [row for name in voices.learn for row in spliced(pools[name], many, rng)]
    check = spliced(pools[voices.val], many // 2, rng)
    asked = spliced(voices.of_speaker(voices.test, False) + voices.of_speaker(voices.test, True), many, rng)
    scale = Scale.of(learn, "running")
    shown = asked[0]
    found: dict[str, Any] = {
        "nets": {},
        "shown": {"labels": shown.labels, "ends": shown.ends},
        "rows": len(learn),
        "asked digits": sum(len(one.labels) for one in asked),
    }
    for name, form in NETS.items():
        net, facts = best_of_rates(lambda form=form: Net(*form), of_rows, learn, check, scale, seed, budget, rates)
        said = log_p(net, asked, scale)
        told = [ctc.greedy(row) for row in said]
        late = delays(said, asked)
        found["nets"][name] = facts | {
            "greedy": error_rate(told, asked),
            "edits": kinds_of_edits(told, asked),
            "units": units(*form),
            "weights": sum(array.numel() for array in net.parameters()),
            "delay": np.quantile(late, [0.1, 0.5, 0.9]) if late else [],
            "delays": len(late),
        }
        if name in ("GRU", "BiGRU"):
            found["nets"][name]["beam"] = error_rate([ctc.prefix_beam(row, beam)[0][0] for row in said], asked)
            found["shown"][name] = np.round(np.exp(said[0]), 3)
        if name == "BiGRU":
            found["chunks"] = {
                str(chunk): error_rate([ctc.greedy(row) for row in in_chunks(net, asked, scale, chunk)], asked)
                for chunk in CHUNKS
            }
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """Everything, on one held-out speaker."""
    voices = Voices.of(spoken_digits.load(), seed)
    return {
        "speaker": voices.test,
        "single": single(voices, seed, budget, RATES),
        "rows": rows(voices, seed, budget, RATES),
        "updates": budget,
    }


def made_up(rng: np.random.Generator) -> list[Recording]:
    """Tones in place of voices: each digit and speaker has a pitch."""
    found = []
    for speaker in range(6):
        for digit in range(DIGITS):
            for take in (0, TEMPLATES, 6):
                t = np.arange(int(RATE * rng.uniform(0.2, 0.3))) / RATE
                tone = 0.1 * np.sin(2 * np.pi * (300 * (1 + digit) + 20 * speaker) * t)
                found.append(Recording(digit, "abcdef"[speaker], take, tone + 0.001 * rng.normal(size=len(t))))
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates on made-up voices."""
    voices = Voices.of(made_up(np.random.default_rng(seed)), seed)
    alone, spelt = single(voices, seed, 3 * budget, RATES[:1]), rows(voices, seed, budget, RATES[:1], 8, 2)
    return {
        "single": {name: alone[name]["loss"] for name in ("unseen", "known")},
        "rows": {name: one["loss"] for name, one in spelt["nets"].items()},
        "spectra": {name: alone[name]["spectra of thirds"] for name in ("unseen", "known")},
    }
