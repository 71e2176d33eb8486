"""Contract of `poem_dataset`, from poems to arrays: what a net reads, what comes next, and how much of it is real.

unrolled-canary-aafc8fdda098
"""

from collections.abc import Iterator

import numpy as np

from solutions.judging import kit
from solutions.judging.families.text import text as in_text
from solutions.reference import poems

CHARACTERS = "山水花月风云雨雪"
SPECIAL = "<pad>", "<bos>", "<eos>"


def _words(rng: np.random.Generator) -> list[str]:
    return [*SPECIAL, *map(str, rng.permutation(list(CHARACTERS)))]


def _poem(rng: np.random.Generator, characters: int) -> list[str]:
    return ["<bos>", *map(str, rng.choice(list(CHARACTERS), characters)), "<eos>"]


def _given(rng: np.random.Generator, label: str, lengths: list[int]) -> kit.Given:
    return kit.Given(label, {"poems": [_poem(rng, length) for length in lengths], "words": _words(rng)})


def _at_random(rng: np.random.Generator) -> Iterator[kit.Given]:
    for count in (3, 4, 5, 6):
        # The longest one stands neither first nor last.
        first, *others = sorted(map(int, rng.choice(np.arange(2, 12), count, replace=False)))[::-1]
        others = list(map(int, rng.permutation(others)))
        yield _given(rng, "poems of several lengths", [others[0], first, *others[1:]])


def _edges(rng: np.random.Generator) -> Iterator[kit.Given]:
    yield _given(rng, "one poem", [5])
    yield _given(rng, "one character", [1])
    yield _given(rng, "poems of one character", [1, 1])
    yield _given(rng, "poems of one length", [4, 4, 4])
    yield _given(rng, "the longest one first", [6, 2, 3])
    yield _given(rng, "the longest one last", [2, 3, 6])
    yield _given(rng, "as many poems as steps", [3, 2, 1, 2])
    twice = _poem(rng, 3)
    yield kit.Given("the same poem twice", {"poems": [twice, list(twice)], "words": _words(rng)})


poem_dataset = kit.Contract(
    reference=poems.poem_dataset,
    outputs=kit.near("inputs", "targets", "lengths"),
    read="poems#eq-poem-batch",
    parts=(kit.Part("values", _at_random), kit.Part("edges", _edges)),
)


@poem_dataset.derivation(
    words={
        "lengths": "the lengths",
        "inputs": "the inputs",
        "targets": "the targets",
        "ids": "the numbers of a poem's tokens",
        "real": "a poem's real steps",
    },
    families=(in_text, *kit.ARRAYS),
    without=("not-reduced-inputs-max-lengths", "not-reduced-targets-max-lengths"),  # errors like many others
)
def row_by_row(poems, words):
    word2id = {word: number for number, word in enumerate(words)}
    lengths = np.array([len(poem) - 1 for poem in poems])  #: eq-poem-batch
    inputs = np.zeros((len(poems), lengths.max()), dtype=int)
    targets = np.zeros((len(poems), lengths.max()), dtype=int)
    for n, poem in enumerate(poems):
        ids = [word2id[token] for token in poem]
        real = len(poem) - 1
        inputs[n, :real] = ids[:-1]  #: eq-poem-batch
        targets[n, :real] = ids[1:]  #: eq-poem-batch
    return inputs, targets, lengths


@poem_dataset.variant
def lists_filled_up(poems, words):
    T = max(len(poem) for poem in poems) - 1
    inputs, targets = [], []
    for poem in poems:
        ids = [words.index(token) for token in poem]
        inputs.append(ids[:-1] + [0] * (T - len(ids) + 1))
        targets.append(ids[1:] + [0] * (T - len(ids) + 1))
    return np.array(inputs), np.array(targets), np.array([len(poem) for poem in poems]) - 1


@poem_dataset.variant
def token_by_token(poems, words):
    word2id = dict(zip(words, range(len(words)), strict=True))
    lengths = [len(poem) - 1 for poem in poems]
    inputs = np.full((len(poems), max(lengths)), word2id["<pad>"])
    targets = inputs.copy()
    for n in range(len(poems)):
        for t in range(lengths[n]):
            inputs[n, t] = word2id[poems[n][t]]
            targets[n, t] = word2id[poems[n][t + 1]]
    return inputs, targets, np.asarray(lengths)


@poem_dataset.variant
def shifted_as_a_whole(poems, words):
    word2id = {words[k]: k for k in range(len(words))}
    T = max(map(len, poems))
    whole = np.array([[word2id[token] for token in poem + ["<pad>"] * (T - len(poem))] for poem in poems])
    inputs, targets = whole[:, :-1].copy(), whole[:, 1:].copy()
    inputs[inputs == word2id["<eos>"]] = word2id["<pad>"]
    return inputs, targets, (targets > 0).sum(axis=1)


@poem_dataset.variant
def targets_from_inputs(poems, words):
    lengths = np.array([*map(len, poems)]) - 1
    inputs = np.zeros((len(poems), max(lengths)), dtype=np.int64)
    for row, poem in zip(inputs, poems, strict=True):
        row[: len(poem) - 1] = [words.index(token) for token in poem[:-1]]
    targets = np.roll(inputs, -1, axis=1)
    targets[:, -1] = 0
    targets[np.arange(len(poems)), lengths - 1] = 2
    return inputs, targets, lengths


poem_dataset.rewrite("real-by-length", ("real = len(poem) - 1", "real = lengths[n]"))
poem_dataset.rewrite("poem-cut-first", ("ids = [word2id[token] for token in poem]", "ids = [*map(word2id.get, poem)]"))

INPUTS, TARGETS = "inputs[n, :real] = ids[:-1]", "targets[n, :real] = ids[1:]"
poem_dataset.mistakes(
    f"""
    targets-not-shifted: The targets are the inputs. The target of a token is the one behind it.
        {TARGETS} → targets[n, :real] = ids[:-1]
    inputs-are-the-targets: The inputs are the targets already: they begin with bos.
        {INPUTS} → inputs[n, :real] = ids[1:]
    shifted-the-other-way: The shift goes the wrong way: your net would read a token and say the one in front of it.
        {INPUTS} → inputs[n, :real] = ids[1:]
        {TARGETS} → targets[n, :real] = ids[:-1]
    eos-not-learned: The last target is missing: eos. Without it no net learns where a poem ends.
        len(poem) - 1 for poem → len(poem) - 2 for poem
        real = len(poem) - 1 → real = len(poem) - 2
        {INPUTS} → inputs[n, :real] = ids[:-2]
        {TARGETS} → targets[n, :real] = ids[1:-1]
    bos-not-read: The first input is missing: bos. Without it nothing says how a poem begins.
        len(poem) - 1 for poem → len(poem) - 2 for poem
        real = len(poem) - 1 → real = len(poem) - 2
        {INPUTS} → inputs[n, :real] = ids[1:-1]
        {TARGETS} → targets[n, :real] = ids[2:]
    eos-is-read: eos stands in the inputs. It is a target only: nothing follows it. So a poem of n tokens with bos and
      eos makes n − 1 steps.
        for poem in poems] → for poem in poems] + np.array(1)
        real = len(poem) - 1 → real = len(poem)
        {INPUTS} → inputs[n, :real] = ids
        {TARGETS} → targets[n, : real - 1] = ids[1:]
    eos-is-read-where-there-is-room: Where a poem is shorter than the longest one, its eos stands in the inputs. It is a
      target only: padding takes its place.
        {INPUTS} → inputs[n, : real + 1] = ids[: inputs.shape[1]]
    lengths-with-both: The lengths count bos and eos. They count steps: one fewer than the tokens of the poem.
        return inputs, targets, lengths → return inputs, targets, lengths + 1
    lengths-without-both: The lengths count the characters alone. They count steps: eos is a target, too.
        return inputs, targets, lengths → return inputs, targets, lengths - 1
    padding-in-front: The padding stands in front. Here it stands behind: the first input is bos.
        {INPUTS} → inputs[n, lengths.max() - real :] = ids[:-1]
        {TARGETS} → targets[n, lengths.max() - real :] = ids[1:]
    padded-with-eos: You fill up with eos. The padding is 0.
        inputs = np.zeros((len(poems), lengths.max()), dtype=int) → inputs = np.full((len(poems), lengths.max()), 2)
        targets = np.zeros((len(poems), lengths.max()), dtype=int) → targets = np.full((len(poems), lengths.max()), 2)
    targets-padded-with-eos: You fill the targets up with eos. The padding is 0.
        targets = np.zeros((len(poems), lengths.max()), dtype=int) → targets = np.full((len(poems), lengths.max()), 2)
    cut-to-the-shortest: Your arrays are as long as the shortest poem, and the others are cut. T is the longest one.
        lengths = np.array([len(poem) - 1 for poem in poems]) → lengths = np.array([len(poem) - 1 for poem in poems]); T = lengths.min()
        inputs = np.zeros((len(poems), lengths.max()), dtype=int) → inputs = np.zeros((len(poems), T), dtype=int)
        targets = np.zeros((len(poems), lengths.max()), dtype=int) → targets = np.zeros((len(poems), T), dtype=int)
        {INPUTS} → inputs[n] = ids[:T]
        {TARGETS} → targets[n] = ids[1 : T + 1]
    one-column-too-many: Your arrays are one step too long: T is the largest number of steps, not of tokens.
        inputs = np.zeros((len(poems), lengths.max()), dtype=int) → inputs = np.zeros((len(poems), lengths.max() + 1), dtype=int)
        targets = np.zeros((len(poems), lengths.max()), dtype=int) → targets = np.zeros((len(poems), lengths.max() + 1), dtype=int)
    steps-by-poems: The arrays are turned round: (T, B). They are (B, T).
        return inputs, targets, lengths → return inputs.T, targets.T, lengths
    sorted-by-length: The poems are sorted by their length. Keep their order.
        lengths = np.array( → poems = sorted(poems, key=len); lengths = np.array(
    longest-first: The poems are sorted, the longest one first. Keep their order.
        lengths = np.array( → poems = sorted(poems, key=len, reverse=True); lengths = np.array(
    numbers-of-own: You number the tokens in the order of their spelling. A token's number is its place in words.
        in enumerate(words) → in enumerate(sorted(words))
    numbers-from-1: You number the tokens from 1. A token's number is its place in words, from 0.
        in enumerate(words) → in enumerate(words, 1)
    numbers-from-3: You number the tokens from 3. <pad>, <bos> and <eos> stand in words already.
        in enumerate(words) → in enumerate(words, 3)
    mask-for-lengths: You return a mask in the place of the lengths.
        return inputs, targets, lengths → return inputs, targets, (targets > 0) * 1
    """  # noqa: E501  # an edit is one line
)
