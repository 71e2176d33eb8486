"""Five kinds of net label one word of a line: no memory, a window, convolutions, a recurrent net, a bidirectional one.

Read by the page `sequences`. Three tasks are about words in Python's own library, two about synthetic sentences. A run
trains one net of each kind on each task, each alone, from weights and batches of its own. Then it asks the trained nets
about lines in which something was changed: the word `def`, or the number of words between cue and apple. The library is
that of the Python that runs, so the probe leaves it out.
"""

from __future__ import annotations

import math
import platform
import random
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import islice, pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from unrolled.data.soft_keywords import Occurrence, balance, library, read

SEEDS = range(1, 11)
BUDGET = 300  # updates of each net
PROBE = 4
TOLERANCE = 1e-3
LIBRARIES = ("torch",)

CALL, BIND = "call or statement", "parameter or argument"
HIDDEN = "parameter or argument, value hidden"
RIGHT, LEFT = "apple, cue right (synthetic)", "apple, cue left (synthetic)"
POSITIVE = {CALL: "keyword", BIND: "parameter", HIDDEN: "parameter", RIGHT: "company", LEFT: "company"}
TASKS = tuple(POSITIVE)
NEAR, FAR = 24, 72  # tokens between the word and the end of the line
RANGES = {"train": (0, NEAR), "test": (0, NEAR), "far": (NEAR, FAR)}
EDGES = (2, 5, 7, 10, 14, 18, 24, 72)  # of groups of lines, by the distance to the end that decides

EMBED, VOCABULARY, BATCH, RATE = 16, 200, 64, 9e-3
REACH, WIDTH, LAYERS = 4, 5, 3
SIDE = LAYERS * (WIDTH - 1) // 2  # the convolutions' reach to either side
UNITS = {"no memory": 190, "window": 24, "convolutions": 15, "recurrent": 50, "bidirectional": 32}

CUES = {
    "fruit": ["fruit", "snack", "dessert", "pudding", "juice", "breakfast"],
    "company": ["company", "employer", "brand", "firm", "shop", "maker"],
}
FILLERS = ["great", "really", "well", "known", "old", "and", "very", "big", "rather", "new", "fine"]
OPENINGS = ["", "my brother says that", "in spring", "as you know", "today"]
MOST_FILLERS = 10  # between cue and apple, in training
FILLED = (10, 40, 160, 640)  # as many in the sentences that ask how long a state holds on
BETWEEN = {  # the words that stand there
    "words of training": FILLERS,
    "words from elsewhere": sorted({word for words in OPENINGS for word in words.split()}),
}
PAIRS = 100  # such sentences of each length, in pairs

Lines = list[Occurrence]
Splits = dict[str, Lines]


# The tasks: lines for training, for testing, and longer ones.


def apple_sentences(draw: random.Random, number: int, side: str, between: tuple[str, int] | None = None) -> Lines:
    """Sentences in pairs: the same but for the word that decides, which stands right or left of “apple”.

    `between`: which words stand between the two, and how many; as in training where it is None.
    """
    made = []
    for _ in range(number // 2):
        opening = draw.choice(OPENINGS).split()
        words, many = ("words of training", draw.randrange(MOST_FILLERS + 1)) if between is None else between
        filler = draw.choices(BETWEEN[words], k=many)
        ending = draw.choice(OPENINGS).split()
        for meaning, cues in sorted(CUES.items()):
            cue = draw.choice(cues)
            if side == "right":
                line = [*opening, "apple", "is", *filler, cue, *ending]
            else:
                line = [*opening, cue, *filler, "is", "apple", *ending]
            made.append(Occurrence(tuple(line), line.index("apple"), meaning))
    return made


@cache
def synthetic() -> dict[str, Splits]:
    """The apple sentences."""
    tasks = {}
    for task, side in ((RIGHT, "right"), (LEFT, "left")):
        draw = random.Random(7)
        tasks[task] = {
            split: apple_sentences(draw, number, side) for split, number in (("train", 3000), ("test", 1000))
        }
    return tasks


@cache
def filled(task: str, words: str) -> list[Lines]:
    """Apple sentences with more and more of these words between cue and apple."""
    side = "right" if task == RIGHT else "left"
    return [apple_sentences(random.Random(many), 2 * PAIRS, side, (words, many)) for many in FILLED]


@cache
def real() -> dict[str, Splits]:
    """Lines of the library. A quarter of its files is held out, whole."""
    pairs, bindings = {}, {}
    for path in library():
        code = read(path)
        pairs[path], bindings[path] = list(islice(code.match_pairs(), 30)), code.bindings()  # at most 30 pairs a file
    files = sorted(pairs)
    random.Random(0).shuffle(files)
    cut = len(files) // 4
    tasks: dict[str, Splits] = {CALL: {}, BIND: {}, HIDDEN: {}}
    for split, (low, high) in RANGES.items():
        part = files[cut:] if split == "train" else files[:cut]
        each = {pair[0].tokens: pair for path in part for pair in pairs[path]}  # none twice
        tasks[CALL][split] = [one for key, pair in sorted(each.items()) if low <= len(key) < high for one in pair]
        words = balance(one for path in part for one in bindings[path] if low <= one.place < high)
        tasks[BIND][split] = [one._replace(tokens=one.tokens[: one.place + NEAR]) for one in words]
        tasks[HIDDEN][split] = [without_value(one) for one in tasks[BIND][split]]
    return tasks


def without_value(one: Occurrence) -> Occurrence:
    """The line with one token `VALUE` for what stands behind the word's `=`."""
    start = end = one.place + 2
    depth = 0
    while end < len(one.tokens):
        token = one.tokens[end]
        if depth == 0 and token in (",", ")"):
            break
        depth += (token in ("(", "[", "{")) - (token in (")", "]", "}"))
        end += 1
    return one._replace(tokens=(*one.tokens[:start], "VALUE", *one.tokens[end:]))


def start_of(one: Occurrence) -> int:
    """The place of the line's first word, behind changes of the margin."""
    return next(place for place, token in enumerate(one.tokens) if token not in ("INDENT", "DEDENT"))


def without_def(one: Occurrence) -> Occurrence:
    """The line of a definition without its `def`."""
    place = one.tokens.index("def")
    return one._replace(tokens=one.tokens[:place] + one.tokens[place + 1 :], place=one.place - 1)


def with_def(one: Occurrence) -> Occurrence:
    """The line with a `def` before its first word."""
    place = start_of(one)
    return one._replace(tokens=(*one.tokens[:place], "def", *one.tokens[place:]), place=one.place + 1)


def distance(task: str, one: Occurrence) -> int:
    """Tokens from the word to what decides; both lines of a pair count to where the colon is or would be."""
    if task == CALL:
        return len(one.tokens) - (one.meaning == "keyword")
    if task in (BIND, HIDDEN):
        return one.place
    return abs(next(place for place, token in enumerate(one.tokens) if token in CUES[one.meaning]) - one.place)


# The nets.


class Encoded(NamedTuple):
    """Lines as numbers of tokens, 0 where there is none: left of the word, right of it (from the end), around it."""

    left: Tensor  # (lines, longest), the word last
    right: Tensor
    left_end: Tensor  # (lines,): how many there are
    right_end: Tensor
    around: Tensor  # (lines, 2 SIDE + 1)
    labels: Tensor  # (lines,)

    def some(self, rows: Tensor) -> Encoded:
        """These rows of all."""
        return Encoded(*(values[rows] for values in self))


def encode(lines: Lines, numbers: dict[str, int], label: str) -> Encoded:
    """Lines as numbers; label 1 where the meaning is `label`."""
    size = max(max(one.place + 1, len(one.tokens) - one.place) for one in lines)
    left, right = torch.zeros(2, len(lines), size, dtype=torch.long)
    ends = torch.zeros(len(lines), 2, dtype=torch.long)
    around = torch.zeros(len(lines), 2 * SIDE + 1, dtype=torch.long)
    for row, one in enumerate(lines):
        line = torch.tensor([numbers.get(token, 1) for token in one.tokens])
        before, after = line[: one.place + 1], line[one.place :]
        ends[row] = torch.tensor([len(before), len(after)])
        left[row, : len(before)], right[row, : len(after)] = before, after.flip(0)
        near = line[max(0, one.place - SIDE) : one.place + SIDE + 1]
        start = max(0, SIDE - one.place)
        around[row, start : start + len(near)] = near
    labels = torch.tensor([one.meaning == label for one in lines]).long()
    return Encoded(left, right, ends[:, 0], ends[:, 1], around, labels)


@cache
def encoded(task: str) -> dict[str, Encoded]:
    """A task's lines by split."""
    return {split: encode(lines, numbers_of(task), POSITIVE[task]) for split, lines in splits_of(task).items()}


def splits_of(task: str) -> Splits:
    """A task's lines by split."""
    return (synthetic() if task in (RIGHT, LEFT) else real())[task]


@cache
def numbers_of(task: str) -> dict[str, int]:
    """Numbers of the tokens most frequent in training."""
    frequent = Counter(token for one in splits_of(task)["train"] for token in one.tokens)
    return {token: number for number, (token, _) in enumerate(frequent.most_common(VOCABULARY - 2), start=2)}


def parameters(net: str, generator: torch.Generator) -> dict[str, Tensor]:
    """First weights."""
    units = UNITS[net]
    p = {"embedding": torch.randn(VOCABULARY, EMBED, generator=generator) / 2}

    def affine(name: str, rows: int, columns: int) -> None:
        p[name] = torch.randn(rows, columns, generator=generator) / math.sqrt(rows)
        p[f"{name} bias"] = torch.zeros(columns)

    if net in ("no memory", "window"):
        affine("in", EMBED * (1 if net == "no memory" else 2 * REACH + 1), units)
    elif net == "convolutions":
        for layer in range(LAYERS):
            affine(f"layer {layer}", WIDTH * (units if layer else EMBED), units)
    for way in {"recurrent": (0,), "bidirectional": (0, 1)}.get(net, ()):
        affine(f"in {way}", EMBED, units)
        p[f"back {way}"] = torch.nn.init.orthogonal_(torch.empty(units, units), generator=generator)
    affine("out", units * (2 if net == "bidirectional" else 1), 2)
    return p


def affinely(p: dict[str, Tensor], name: str, rows: Tensor) -> Tensor:
    """Kernel and bias of this name, applied to the last axis."""
    return rows @ p[name] + p[f"{name} bias"]


def last_state(p: dict[str, Tensor], way: int, rows: Tensor, ends: Tensor) -> Tensor:
    """State (batch, H) of a plain recurrent net after the first `ends` of the rows (batch, steps, D)."""
    first, *others = affinely(p, f"in {way}", rows).unbind(1)
    states = [first.tanh()]
    for fed in others:
        states.append(torch.tanh(torch.addmm(fed, states[-1], p[f"back {way}"])))
    return torch.stack(states, 1)[torch.arange(len(ends)), ends - 1]


def look_up(p: dict[str, Tensor], numbers: Tensor) -> Tensor:
    """Rows of the embedding; zeros where there is no token."""
    return p["embedding"][numbers] * (numbers > 0)[..., None]


def scores(net: str, p: dict[str, Tensor], lines: Encoded) -> Tensor:
    """Two scores a line, (batch, 2)."""
    if net in ("no memory", "window"):
        a = 0 if net == "no memory" else REACH
        near = look_up(p, lines.around[:, SIDE - a : SIDE + a + 1]).flatten(1)
        hidden = affinely(p, "in", near).tanh()
    elif net == "convolutions":
        rows = look_up(p, lines.around)
        for layer in range(LAYERS):
            rows = affinely(p, f"layer {layer}", rows.unfold(1, WIDTH, 1).transpose(-1, -2).flatten(2)).tanh()
        hidden = rows[:, 0]
    else:
        left, right = lines.left[:, : int(lines.left_end.max())], lines.right[:, : int(lines.right_end.max())]
        hidden = last_state(p, 0, look_up(p, left), lines.left_end)
        if net == "bidirectional":
            hidden = torch.cat([hidden, last_state(p, 1, look_up(p, right), lines.right_end)], -1)
    return affinely(p, "out", hidden)


def fit(net: str, task: str, seed: int, updates: int) -> tuple[dict[str, Tensor], float]:
    """A net's trained weights, and how far some weight moved in the array that moved least.

    No two nets, tasks or seeds share the draws of weights or batches.
    """
    lines = encoded(task)["train"]
    generator = torch.Generator().manual_seed(100 * seed + 10 * TASKS.index(task) + list(UNITS).index(net))
    first = parameters(net, generator)
    p = {name: values.clone().requires_grad_() for name, values in first.items()}
    adam = torch.optim.Adam(p.values(), foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, RATE, total_steps=updates)
    for _ in range(updates):
        batch = lines.some(torch.randint(len(lines.labels), (BATCH,), generator=generator))
        loss = cross_entropy(scores(net, p, batch), batch.labels)
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(p.values(), 5.0)
        adam.step()
        schedule.step()
    trained = {name: values.detach() for name, values in p.items()}
    return trained, min(float((trained[name] - values).abs().max()) for name, values in first.items())


# What a run measures.


def answers(net: str, p: dict[str, Tensor], task: str, lines: Lines) -> list[bool]:
    """Whether a trained net gives each line the task's positive label."""
    with torch.no_grad():
        return (scores(net, p, encode(lines, numbers_of(task), POSITIVE[task])).argmax(-1) == 1).tolist()


def right(net: str, p: dict[str, Tensor], task: str, lines: Lines) -> int:
    """How many of the lines a trained net labels rightly."""
    said = answers(net, p, task, lines)
    return sum(positive == (one.meaning == POSITIVE[task]) for positive, one in zip(said, lines, strict=True))


def apart(p: dict[str, Tensor], lines: Lines) -> float:
    """How far apart the two states of a pair of sentences are at “apple”, in the mean over the pairs."""
    encoded_lines = encode(lines, numbers_of(LEFT), POSITIVE[LEFT])
    left = encoded_lines.left[:, : int(encoded_lines.left_end.max())]
    with torch.no_grad():
        states = last_state(p, 0, look_up(p, left), encoded_lines.left_end)
    return float((states[::2] - states[1::2]).norm(dim=1).mean())


def known(splits: Splits) -> list[bool]:
    """Whether each test line stands in training, word for word and with the same word to be labelled."""
    seen = {(one.tokens, one.place) for one in splits["train"]}
    return [(one.tokens, one.place) in seen for one in splits["test"]]


@cache
def changed_lines() -> dict[str, tuple[Lines, Lines]]:
    """Test lines of *parameter or argument* before and after: `def` is taken away, or put in front.

    Only lines whose beginning no window sees.
    """
    lines = [one for one in splits_of(BIND)["test"] if one.place > SIDE + 1]
    begun = [one for one in lines if one.meaning == "parameter" and "def" in one.tokens[: one.place - SIDE]]
    plain = [one for one in lines if one.meaning == "argument" and "def" not in one.tokens]
    return {
        "taken away": (begun, [without_def(one) for one in begun]),
        "put in front": (plain, [with_def(one) for one in plain]),
    }


def grouped(task: str, lines: Lines, rows: Iterable[bool]) -> list[int]:
    """How many of these lines lie in each group of distances."""
    places = [distance(task, one) for one, kept in zip(lines, rows, strict=True) if kept]
    return [sum(low <= place < high for place in places) for low, high in pairwise(EDGES)]


def facts(tasks: dict[str, Splits]) -> dict[str, Any]:
    """What can be counted before any training, the same in every run: numbers of lines, shares, some lines."""
    found: dict[str, Any] = {
        "lines": {task: {split: len(lines) for split, lines in splits.items()} for task, splits in tasks.items()},
        "positive": {task: int(encoded(task)["test"].labels.sum()) for task in tasks},
        "in sight": {
            task: {
                net: sum(distance(task, one) <= reach for one in tasks[task]["test"])
                for net, reach in (("window", REACH), ("convolutions", SIDE))
            }
            for task in (CALL, RIGHT, LEFT)
            if task in tasks
        },
        "examples": {task: [marked(one) for one in splits["train"][:2]] for task, splits in tasks.items()},
    }
    if BIND in tasks:
        bound, calls = tasks[BIND]["test"], tasks[CALL]["train"]
        longest = max(len(one.tokens) for one in tasks[BIND]["train"])
        short = next(row for row, one in enumerate(calls) if one.meaning == "name" and len(one.tokens) == 9)
        nice = [
            min(
                (one for one in tasks[BIND]["train"] if one.meaning == meaning),
                key=lambda one: (one.word != "default", abs(one.place - 7)),
            )
            for meaning in ("argument", "parameter")
        ]
        found["examples"] |= {CALL: [marked(one) for one in calls[short : short + 2]], BIND: [*map(marked, nice)]}
        found |= {
            "python": platform.python_version(),
            "known": {task: sum(known(tasks[task])) for task in (CALL, BIND)},
            "longer lines": sum(len(one.tokens) > longest for one in tasks[BIND]["far"]),
            "changed": {name: len(lines) for name, (lines, _) in changed_lines().items()},
            "rule": sum(begins_with_def(one) == (one.meaning == "parameter") for one in bound) / len(bound),
            "unseen": sum(one.place > SIDE for one in bound) / len(bound),
            "none": {meaning: none_follows(bound, meaning) for meaning in ("parameter", "argument")},
            "groups": {
                task: grouped(task, lines, [True] * len(lines))
                for task in (CALL, BIND)
                for lines in [tasks[task]["test"] + tasks[task]["far"]]
            },
        }
    return found


def marked(one: Occurrence) -> list[str]:
    """Meaning and text of a line, the word in brackets."""
    words = [f"[{token}]" if place == one.place else token for place, token in enumerate(one.tokens)]
    return [one.meaning, " ".join(words[:13]) + " …" * (len(words) > 13)]


def begins_with_def(one: Occurrence) -> bool:
    """Whether the first word of the line is `def`, or `async`."""
    words = [token for token in one.tokens if token not in ("INDENT", "DEDENT")]
    return words[0] in ("def", "async")


def none_follows(lines: Lines, meaning: str) -> float:
    """The share of the words with this meaning whose value is `None`."""
    values = [one.tokens[one.place + 2] for one in lines if one.meaning == meaning]
    return values.count("None") / len(values)


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The same without the real lines, which differ from one Python's library to another's."""
    return run(seed, budget, lines_too=False)


def run(seed: int, budget: int, lines_too: bool = True) -> dict[str, Any]:
    """Right answers of each net in each task: on the test lines, the new ones of them, longer ones, changed ones."""
    tasks = real() | synthetic() if lines_too else synthetic()
    kinds = ("right", "by distance", "filled", "moved")
    found: dict[str, Any] = {kind: {task: {} for task in tasks} for kind in kinds} | {"changed": {}}
    weights = {}
    for task, splits in tasks.items():
        for net in UNITS:
            p, found["moved"][task][net] = fit(net, task, seed, budget)
            weights[net] = sum(values.numel() for values in p.values())
            hits = {}
            for split in splits.keys() - {"train"}:
                lines = encoded(task)[split]
                with torch.no_grad():
                    hits[split] = scores(net, p, lines).argmax(-1) == lines.labels
            found["right"][task][net] = {split: int(hit.sum()) for split, hit in sorted(hits.items())}
            fresh = [not old for old in known(splits)]
            found["right"][task][net]["new"] = int(hits["test"][torch.tensor(fresh)].sum())
            if task in (RIGHT, LEFT):
                found["filled"][task][net] = {
                    words: [right(net, p, task, lines) for lines in filled(task, words)] for words in BETWEEN
                }
            if (task, net) == (LEFT, "recurrent"):
                found["apart"] = {words: [apart(p, lines) for lines in filled(task, words)] for words in BETWEEN}
            if task == BIND:  # how many are called a parameter now
                found["changed"][net] = {
                    name: [sum(answers(net, p, task, lines)) for lines in pair]
                    for name, pair in changed_lines().items()
                }
            if "far" in hits:
                rows = torch.cat([hits["test"], hits["far"]]).tolist()
                found["by distance"][task][net] = grouped(task, splits["test"] + splits["far"], rows)
    settings = {"updates": budget, "units": UNITS, "embed": EMBED, "vocabulary": VOCABULARY}
    settings |= {
        "reach": REACH,
        "width": WIDTH,
        "layers": LAYERS,
        "side": SIDE,
        "edges": EDGES,
        "near": NEAR,
        "far": FAR,
        "filled": FILLED,
        "pairs": PAIRS,
    }
    return found | {"weights": weights, "settings": settings, "facts": facts(tasks)}
