"""RNN, LSTM and GRU at equal parameters on quatrains of the Tang; what they keep of form and sense, update by update.

Read by the page `poems`. The poems' files are the publisher's, so the probe trains on made-up ones.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear
from torch.nn.utils.rnn import pad_sequence

from unrolled.data.tang import SET, quatrains
from unrolled.lab.counts import surprises
from unrolled.lab.kneser_ney import kneser_ney
from unrolled.lab.verse import MARKS, QUATRAIN, lines_of, rhymes, sound, turns

SEEDS = range(1, 6)
BUDGET = 684  # updates of each net: four passes
PROBE = 4
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch", "pypinyin")
DATA = SET.hashes

PAD, BOS, EOS, UNKNOWN = range(4)
HELD_OUT = 600  # poems to choose the rates by, and as many to test on
AT_LEAST = 5  # times that a character has to occur in the part to train on
SIZES = {"RNN": 232, "LSTM": 105, "GRU": 125}  # units, for about equally many weights
# The best on the validation part, of rates that each double the one before, in trials of 354 updates.
RATES = {"RNN": 8e-3, "LSTM": 32e-3, "GRU": 16e-3}
EMBEDDING, BATCH, NORM = 96, 32, 1.0
LOOKS = (0.06, 0.12, 0.18, 0.25, 0.375, 0.5, 0.75, 1.0)  # shares of the budget; a pass is a quarter
WRITTEN, FINALLY, LONGEST = 200, 300, 40  # poems at a look and at the end; tokens of a poem
TEMPERATURES = {"1": 1.0, "0.7": 0.7, "0.4": 0.4}
COUNTED_IN = 1  # the seed whose run holds what needs no net
COUNTED = 5  # tokens of the longest counts
PAIRED = 300  # poems whose halves are exchanged, whatever their sounds
FIVE = 24  # characters of a poem whose lines have five and a mark


class Poems(NamedTuple):
    """Three parts of poems as texts, and the characters that have numbers: the first has number 4."""

    train: list[str]
    validation: list[str]
    test: list[str]
    characters: str

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return len(self.characters) + 4

    def numbers(self, poem: str) -> Tensor:
        """(2 + len(poem),): bos, the characters, eos."""
        places = [self.characters.find(one) for one in poem]
        return torch.tensor([BOS, *(place + UNKNOWN + 1 if place >= 0 else UNKNOWN for place in places), EOS])

    def text(self, numbers: list[int]) -> str:
        """The characters before the first eos, without bos."""
        whole = [one for one in numbers if one != BOS]
        whole = whole[: whole.index(EOS)] if EOS in whole else whole
        return "".join(self.characters[one - UNKNOWN - 1] if one > UNKNOWN else "□" for one in whole)


def parted(poems: list[str], held_out: int) -> Poems:
    """Shuffle the poems, always in the same way, and hold out twice as many as are asked for."""
    order = np.random.default_rng(19).permutation(len(poems))
    mixed = [poems[place] for place in order]
    train = mixed[2 * held_out :]
    often = Counter("".join(train))
    known = "".join(sorted(one for one, many in often.items() if many >= AT_LEAST))
    return Poems(train, mixed[:held_out], mixed[held_out : 2 * held_out], known)


def made_up() -> Poems:
    """Quatrains that mean nothing, the same on every machine."""
    rng = np.random.default_rng(1)
    few = list("山水風月春秋花鳥江天夜人雲雨青白")
    lines = ["".join(rng.choice(few, size)) for size in rng.choice([5, 7], 300) for _ in range(4)]
    whole = [lines[at : at + 4] for at in range(0, len(lines), 4)]
    return parted(["{}，{}。{}，{}。".format(*poem) for poem in whole], 40)


class Net(nn.Module):
    """Scores (B, T, V) of each next token, and the state; scores are read off the embedding's own vectors."""

    def __init__(self, kind: str, size: int) -> None:
        super().__init__()
        units = SIZES[kind]
        self.embed = nn.Embedding(size, EMBEDDING)
        nn.init.normal_(self.embed.weight, std=0.1)
        self.cell = getattr(nn, kind)(EMBEDDING, units, batch_first=True)
        self.out = nn.Linear(units, EMBEDDING)
        self.bias = nn.Parameter(torch.zeros(size))
        if kind == "LSTM":
            with torch.no_grad():
                self.cell.bias_hh_l0.zero_()
                self.cell.bias_ih_l0.zero_()[units : 2 * units] = 1  # forget gates start open

    def scores(self, states: Tensor) -> Tensor:
        """(…, V) from states (…, H)."""
        return linear(self.out(states), self.embed.weight, self.bias)

    def forward(self, ids: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        out, state = self.cell(self.embed(ids), state)
        return self.scores(out), state


def costs(net: Net, poems: list[Tensor]) -> Tensor:
    """Nats of each token of each poem behind bos, (N, T), 0 at padding."""
    ids = pad_sequence(poems, batch_first=True, padding_value=PAD)
    targets, (states, _) = ids[:, 1:], net.cell(net.embed(ids[:, :-1]))
    real = targets != PAD
    each = cross_entropy(net.scores(states[real]), targets[real], reduction="none")
    return torch.zeros(targets.shape).masked_scatter(real, each)


def loss_of(net: Net, poems: list[Tensor]) -> Tensor:
    """The mean over poems of the mean over each one's tokens."""
    steps = torch.tensor([len(poem) - 1 for poem in poems])
    return (costs(net, poems).sum(1) / steps).mean()


def batches(poems: list[Tensor], updates: int) -> Iterator[list[Tensor]]:
    """As many batches as are asked for; each pass in a new order, what is left over at its end dropped."""
    done = 0
    while done < updates:
        for chosen in torch.randperm(len(poems)).split(BATCH)[: max(1, len(poems) // BATCH)]:
            if done < updates:
                yield [poems[place] for place in chosen.tolist()]
            done += 1


@torch.no_grad()
def bits(net: Net, poems: list[Tensor]) -> float:
    """Bits of a token, eos among them."""
    nats = sum(float(costs(net, poems[at : at + 128]).sum()) for at in range(0, len(poems), 128))
    return nats / sum(len(poem) - 1 for poem in poems) / float(np.log(2))


@torch.no_grad()
def by_place(net: Net, poems: list[Tensor]) -> np.ndarray:
    """Bits at each place of the poems whose lines have five characters, (FIVE + 1,)."""
    five = [poem for poem in poems if len(poem) == FIVE + 2]
    return (costs(net, five).mean(0) / np.log(2)).numpy()


@torch.no_grad()
def write(net: Net, many: int, temperature: float, first: Tensor | None = None) -> list[list[int]]:
    """Poems as numbers, of LONGEST tokens, whatever stands behind eos; `first` (many,): the given first characters."""
    ids, state, found = torch.full((many, 1), BOS), None, []
    for step in range(LONGEST):
        scores, state = net(ids, state)
        scores = scores[:, -1]
        scores[:, [PAD, BOS, UNKNOWN]] = -torch.inf
        if step == 0 and first is not None:
            ids = first[:, None]
        elif temperature:
            ids = torch.multinomial((scores / temperature).softmax(-1), 1)
        else:
            ids = scores.argmax(-1, keepdim=True)
        found.append(ids)
    return torch.cat(found, 1).tolist()


class Table:
    """Counts of up to COUNTED tokens, from which poems are drawn: Witten and Bell's mixture, one coin a context."""

    def __init__(self, poems: list[Tensor]) -> None:
        followers: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for numbers in (poem.tolist() for poem in poems):
            for place in range(1, len(numbers)):
                for length in range(min(COUNTED, place + 1)):
                    followers[tuple(numbers[place - length : place])].append(numbers[place])
        self.seen = {context: (many, len(set(many))) for context, many in followers.items()}

    def poem(self, rng: np.random.Generator) -> list[int]:
        """One poem as numbers, without bos."""
        found = [BOS]
        while len(found) <= LONGEST and found[-1] != EOS:
            found.append(self._next(tuple(found), rng))
        return found[1:]

    def _next(self, before: tuple[int, ...], rng: np.random.Generator) -> int:
        for length in range(min(COUNTED - 1, len(before)), -1, -1):
            many, different = self.seen.get(before[len(before) - length :], ([], 0))
            if many and rng.random() * (len(many) + different * (length > 0)) < len(many):
                found = many[rng.integers(len(many))]
                if found != UNKNOWN:
                    return found
        return EOS  # only where all that was drawn is unknown


def table_bits(way: Any, train: list[Tensor], held: list[Tensor], size: int) -> np.ndarray:
    """Bits of each token behind bos, one poem behind the other, (COUNTED, tokens): for each length of the counts."""
    one, other = (
        np.concatenate([np.full(COUNTED - 1, EOS), *(poem.numpy() for poem in part)]) for part in (train, held)
    )
    return way(one, other, size, COUNTED)[:, other[COUNTED - 1 :] != BOS]


def copied(poem: str, text: str) -> int:
    """Characters of the longest piece of the poem that stands in the text."""
    longest = 0
    for start in range(len(poem)):
        while start + longest < len(poem) and poem[start : start + longest + 1] in text:
            longest += 1
    return longest


def judged(poems: list[str]) -> dict[str, float | None]:
    """Of poems: the share of lines of 5 or 7 characters, and of poems of the form; what these keep of sounds.

    rhyme: the share of poems whose lines 2 and 4 rhyme; tones: that of lines whose tones turn.
    """
    lines = [line for poem in poems for line in MARKS.split(poem) if line]
    whole = [poem for poem in poems if QUATRAIN.fullmatch(poem)]
    enough = len(whole) >= 20
    return {
        "lines": float(np.mean([len(line) in (5, 7) for line in lines])),
        "form": len(whole) / len(poems),
        "rhyme": float(np.mean([rhymes(poem) for poem in whole])) if enough else None,
        "tones": float(np.mean([turns(poem) for poem in whole])) if enough else None,
    }


def shuffled_lines(poems: list[str], many: int, rng: np.random.Generator) -> list[str]:
    """Poems whose lines come from four poems of one line length; each line keeps its place."""
    found = []
    for _ in range(many):
        size = len(poems[rng.integers(len(poems))])
        alike = [poem for poem in poems if len(poem) == size]
        found.append("".join(alike[rng.integers(len(alike))][size // 4 * k : size // 4 * (k + 1)] for k in range(4)))
    return found


def partners(poems: list[str], alike: bool) -> list[tuple[str, str]]:
    """Each poem with another one of the same length of lines, with whose second half it can change its own.

    alike: the other one has the same rhymes, too, and the same tone at the second place of each line.
    """
    groups = defaultdict(list)
    for poem in poems:
        lines = lines_of(poem)
        sounds = [sound(lines[line][-1]) for line in (1, 3)] + [sound(line[1]) for line in lines]
        if None not in sounds:
            rhyme, tones = [one[0] for one in sounds[:2] if one], [one[1] for one in sounds[2:] if one]
            groups[(len(poem), *rhyme, *tones) if alike else (len(poem),)].append(poem)
    return [
        pair for group in groups.values() if len(group) > 1 for pair in zip(group, group[1:] + group[:1], strict=True)
    ]


def mixed_up(poem: str, rng: np.random.Generator) -> str:
    """The poem with the characters of each line in another order."""
    size = len(poem) // 4
    return "".join(
        "".join(rng.permutation(list(line))) + poem[size * k + size - 1] for k, line in enumerate(lines_of(poem))
    )


class Trials:
    """Which of two texts does a net find likelier: held-out poems, and what was made of them."""

    def __init__(self, poems: Poems) -> None:
        rng = np.random.default_rng(7)
        self.real = [poems.numbers(poem) for poem in poems.test]
        self.mixed = [poems.numbers(mixed_up(poem, rng)) for poem in poems.test]
        place = {poem: number for number, poem in enumerate(poems.test)}
        self.pairs = {
            name: [(place[one], place[other]) for one, other in partners(poems.test[:many], alike)]
            for name, many, alike in (("halves", PAIRED, False), ("halves alike", len(poems.test), True))
        }

    @torch.no_grad()
    def scores(self, net: Net) -> dict[str, float]:
        """Bits; the share of poems likelier than with mixed-up lines; that of pairs, than with exchanged halves."""
        real = costs(net, self.real).sum(1)
        steps = sum(len(poem) - 1 for poem in self.real)
        order = real < costs(net, self.mixed).sum(1)
        found = {"bits": float(real.sum()) / steps / float(np.log(2)), "order": float(order.float().mean())}
        for name, pairs in self.pairs.items():
            exchanged = []
            for left, right in pairs:
                one, other = self.real[left], self.real[right]
                half = len(one) // 2  # bos and the first two lines
                exchanged += [torch.cat([one[:half], other[half:]]), torch.cat([other[:half], one[half:]])]
            gaps = costs(net, exchanged).sum(1).view(-1, 2).sum(1) - real[torch.tensor(pairs)].sum(1)
            found[name] = float((gaps > 0).float().mean())
        return found


def trained(
    kind: str, poems: Poems, seed: int, budget: int, rate: float, trials: Trials | None
) -> tuple[Net, list[Any]]:
    """Train one net; the net, and what was found at each look (none without trials)."""
    torch.manual_seed(seed)
    net, train = Net(kind, poems.size), [poems.numbers(poem) for poem in poems.train]
    adam = torch.optim.Adam(net.parameters(), lr=rate / 10, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=rate, total_steps=budget)
    looks, curve = {round(share * budget) for share in LOOKS}, []
    for update, batch in enumerate(batches(train, budget), 1):
        loss = loss_of(net, batch)
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), NORM)
        adam.step()
        schedule.step()
        if trials and update in looks:
            written = [poems.text(one) for one in write(net, WRITTEN, 1.0)]
            curve.append({"update": update, "poems": written[:3], **judged(written), **trials.scores(net)})
    return net, curve


def of_written(poems: list[str], text: str) -> dict[str, Any]:
    """What is said of a net's or a table's poems at the end."""
    pieces = [copied(poem, text) for poem in poems]
    return {**judged(poems), "copied": np.bincount(pieces, minlength=LONGEST + 1).tolist(), "poems": poems[:6]}


def run(seed: int, budget: int) -> dict[str, Any]:
    """Bits, curves, poems and what they copy, of each net; of tables, of shuffled lines, of real poems."""
    poems, rng = parted(quatrains(), HELD_OUT), np.random.default_rng(seed)
    trials, text = Trials(poems), "\n".join(poems.train)
    train = [poems.numbers(poem) for poem in poems.train]
    firsts = torch.tensor(sorted({int(poem[1]) for poem in trials.real} - {UNKNOWN}))
    found: dict[str, Any] = {"bits": {}, "train": {}, "curves": {}, "weights": {}, "seconds": {}, "written": {}}
    found["places"] = {}
    for kind in SIZES:
        began = time.process_time()
        net, found["curves"][kind] = trained(kind, poems, seed, budget, RATES[kind], trials)
        found["bits"][kind] = bits(net, trials.real)
        found["train"][kind] = bits(net, train[:HELD_OUT])
        found["places"][kind] = by_place(net, trials.real)
        found["weights"][kind] = sum(array.numel() for array in net.parameters())
        written = {name: write(net, FINALLY, heat) for name, heat in TEMPERATURES.items()}
        written["greedy"] = write(net, len(firsts), 0.0, firsts)
        texts = {name: [poems.text(one) for one in many] for name, many in written.items()}
        found["written"][kind] = {name: of_written(many, text) for name, many in texts.items()}
        for name, many in texts.items():
            found["written"][kind][name]["different lines"] = different(many)
        found["seconds"][kind] = time.process_time() - began
    if seed == COUNTED_IN:
        found |= without_nets(poems, trials, train, text, rng)
    return found


def without_nets(
    poems: Poems, trials: Trials, train: list[Tensor], text: str, rng: np.random.Generator
) -> dict[str, Any]:
    """Tables, shuffled lines and real poems; how many of everything there are."""
    found: dict[str, Any] = {"rivals": {}, "counts": {}}
    table = Table(train)
    drawn = [poems.text(table.poem(rng)) for _ in range(FINALLY)]
    mixed = shuffled_lines(poems.train, FINALLY, rng)
    for name, texts_of in (("table", drawn), ("shuffled lines", mixed), ("real", poems.test)):
        found["rivals"][name] = {**of_written(texts_of, text), "different lines": different(texts_of)}
    of_five = [poem for poem in trials.real if len(poem) == FIVE + 2]
    for name, way in (("Witten–Bell", surprises), ("Kneser–Ney", kneser_ney)):
        found["counts"][name] = table_bits(way, train, trials.real, poems.size).mean(1)
    found["table by place"] = table_bits(kneser_ney, train, of_five, poems.size)[-1].reshape(-1, FIVE + 1).mean(0)
    found["pairs"] = {name: len(pairs) for name, pairs in trials.pairs.items()}
    found["numbers"] = {
        "rates": RATES,
        "train": len(poems.train),
        "validation": len(poems.validation),
        "test": len(poems.test),
        "tokens": poems.size,
        "updates in a pass": len(poems.train) // BATCH,
        "of five": sum(len(poem) == FIVE for poem in poems.train),
        "unknown": float(np.mean([one == UNKNOWN for poem in trials.real for one in poem[1:]])),
    }
    return found


def different(poems: list[str]) -> float:
    """The share of different ones among the last lines of poems that have the form."""
    last = [lines_of(poem)[-1] for poem in poems if QUATRAIN.fullmatch(poem)]
    return len(set(last)) / max(1, len(last))


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates of each net on made-up poems."""
    poems = made_up()
    held = [poems.numbers(poem) for poem in poems.test]
    return {kind: bits(trained(kind, poems, seed, budget, RATES[kind], None)[0], held) for kind in SIZES}
