"""Contract of `vocabulary`: the words of sentences by id, the frequent ones first.

unrolled-canary-63b0c4e8f91d
"""

from collections.abc import Iterator

import numpy as np

from solutions.judging import kit
from solutions.judging.families.text import text as in_text
from solutions.reference import texts

# By count, and for equal counts by spelling, these come in another order than by first appearance.
WORDS = ("plot", "good", "bad", "dull", "cast", "warm", "cold", "film", "好", "不", "is", "the", "3rd", "über")


def _sentences(rng: np.random.Generator) -> list[list[str]]:
    # Counts of which several are equal; words come in several sentences, and twice in one.
    words = [str(word) for word in rng.permutation(WORDS)]
    counts = rng.permutation([5, 4, 4, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1])
    tokens = rng.permutation(np.repeat(words, counts))
    ends = np.sort(rng.integers(0, len(tokens), 5))
    sentences = [[str(word) for word in some] for some in np.split(tokens, ends)]
    return [*sentences, [words[0], words[0]]]


def _draw(rng: np.random.Generator) -> Iterator[kit.Given]:
    for size in rng.permutation([5, 7, 9, 11, 13]):
        yield kit.Given("words at random", {"sentences": _sentences(rng), "size": int(size)})
    yield kit.Given("fewer words than allowed", {"sentences": _sentences(rng), "size": 50})


def _edges(rng: np.random.Generator) -> Iterator[kit.Given]:
    few = [["b", "a", "b"], [], ["c", "a", "b", "A"]]
    for label, sentences, size in (
        ("no sentence", [], 10),
        ("sentences without a word", [[], []], 10),
        ("one word", [["word"]], 3),
        ("room for pad and unknown alone", few, 2),
        ("room for one word", few, 3),
        ("exactly as many as there are", few, 6),
        ("every word once, in reverse", [["d", "c"], ["b", "a"]], 5),
    ):
        yield kit.Given(label, {"sentences": sentences, "size": size})


vocabulary = kit.Contract(
    reference=texts.vocabulary,
    outputs=(kit.exact("words"),),
    read="text-classification#eq-text-vocabulary",
    parts=(kit.Part("values", _draw), kit.Part("edges", _edges)),
)


@vocabulary.derivation(
    words={"counts": "how often each word comes", "order": "the words in their order"},
    families=(in_text, *kit.ARRAYS),
)
def counted_and_sorted(sentences, size):
    counts = {}
    for sentence in sentences:
        for word in sentence:
            counts[word] = counts.get(word, 0) + 1
    order = sorted(counts, key=lambda word: (-counts[word], word))  #: eq-text-vocabulary
    return ["<pad>", "<unk>", *order[: size - 2]]  #: eq-text-vocabulary


@vocabulary.variant
def sorted_twice(sentences, size):
    tokens = [word for sentence in sentences for word in sentence]
    counts = {word: tokens.count(word) for word in tokens}
    pairs = sorted(counts.items(), key=lambda pair: pair[0])
    pairs.sort(key=lambda pair: pair[1], reverse=True)
    words = ["<pad>", "<unk>"]
    for word, _ in pairs:
        if len(words) == size:
            break
        words.append(word)
    return words


@vocabulary.variant
def by_most_common(sentences, size):
    from collections import Counter

    tokens = sorted(word for sentence in sentences for word in sentence)
    return ("<pad>", "<unk>", *(word for word, _ in Counter(tokens).most_common()))[:size]


@vocabulary.variant
def through_arrays(sentences, size):
    tokens = np.array([word for sentence in sentences for word in sentence], dtype=str)
    words, counts = np.unique(tokens, return_counts=True)
    return np.append(["<pad>", "<unk>"], words[np.argsort(-counts, kind="stable")])[:size]


vocabulary.rewrite("cut-as-a-whole", ('["<pad>", "<unk>", *order[: size - 2]]', '["<pad>", "<unk>", *order][:size]'))
vocabulary.rewrite("lists-joined", ('["<pad>", "<unk>", *order[: size - 2]]', '["<pad>", "<unk>"] + order[: size - 2]'))
vocabulary.rewrite("begun-with-0", ("counts.get(word, 0) + 1", "counts.setdefault(word, 0) + 1"))
vocabulary.rewrite(
    "spelling-first",
    ("sorted(counts, key=lambda word: (-counts[word], word))", "sorted(sorted(counts), key=counts.get, reverse=True)"),
)

ORDER = "sorted(counts, key=lambda word: (-counts[word], word))"


@vocabulary.misconception(
    "Your list holds the words by id, and ids begin with 0. Id 0 is the padding, id 1 what is unknown."
)
def neither_pad_nor_unknown(sentences, size):
    tokens = [word for sentence in sentences for word in sentence]
    return sorted(set(tokens), key=lambda word: (-tokens.count(word), word))[: size - 2]


for name, hint, *edits in (
    (
        "neither-pad-nor-unknown-size",
        "Id 0 is the padding, id 1 what is unknown: both stand before the words.",
        ('["<pad>", "<unk>", *order[: size - 2]]', "order[:size]"),
    ),
    (
        "no-pad",
        "There is no slot for the padding: id 0 is <pad>. Every id is off by one, and padding looks like a word.",
        ('"<pad>", "<unk>", *order[: size - 2]', '"<unk>", *order[: size - 1]'),
    ),
    (
        "no-unknown",
        "There is no slot for unknown words: id 1 is <unk>.",
        ('"<pad>", "<unk>", *order[: size - 2]', '"<pad>", *order[: size - 1]'),
    ),
    (
        "no-pad-2",
        "There is no slot for the padding: id 0 is <pad>. Every id is off by one, and padding looks like a word.",
        ('"<pad>", "<unk>"', '"<unk>"'),
    ),
    ("no-unknown-2", "There is no slot for unknown words: id 1 is <unk>.", ('"<pad>", "<unk>"', '"<pad>"')),
    ("unknown-first", "<unk> stands before <pad>. Id 0 is the padding.", ('"<pad>", "<unk>"', '"<unk>", "<pad>"')),
    (
        "special-ones-last",
        "<pad> and <unk> stand behind the words. They come first: ids 0 and 1.",
        ('["<pad>", "<unk>", *order[: size - 2]]', '[*order[: size - 2], "<pad>", "<unk>"]'),
    ),
    (
        "size-without-the-special-ones",
        "size counts <pad> and <unk>, too: size − 2 words are left.",
        ("[: size - 2]", "[:size]"),
    ),
    ("nothing-cut", "All words are kept. The list has at most size entries.", ("*order[: size - 2]", "*order")),
    ("rare-ones-first", "The rare words come first. The frequent ones do.", ("-counts[word]", "counts[word]")),
    (
        "by-spelling-alone",
        "The words stand by their spelling. They stand by falling count; spelling decides between equal counts.",
        ("(-counts[word], word)", "word"),
    ),
    (
        "by-first-appearance",
        "Equal counts stand by first appearance, as Counter.most_common leaves them. They stand by spelling.",
        ("(-counts[word], word)", "-counts[word]"),
    ),
    (
        "spelling-reversed",
        "Equal counts stand in reverse spelling: reverse=True turns both round. Sort by (-count, word).",
        (ORDER, "sorted(counts, key=lambda word: (counts[word], word), reverse=True)"),
    ),
    ("unsorted", "The words stand as they first appear. They stand by falling count.", (ORDER, "list(counts)")),
    (
        "sentences-counted",
        "You count the sentences that have a word. Count each time that it comes.",
        ("for word in sentence:", "for word in set(sentence):"),
    ),
    (
        "short-ones-first",
        "Equal counts stand by the lengths of the words. They stand by spelling.",
        ("(-counts[word], word)", "(-counts[word], len(word), word)"),
    ),
    (
        "cut-before-sorting",
        "You cut the list before it is sorted. The frequent words have to stay.",
        (ORDER, "sorted(list(counts)[: size - 2], key=lambda word: (-counts[word], word))"),
    ),
    (
        "counts-returned",
        "You return pairs of a word and its count. The words alone are asked for.",
        ("*order[: size - 2]", "*[(word, counts[word]) for word in order[: size - 2]]"),
    ),
    (
        "single-ones-dropped",
        "Words that come once are dropped. Only size limits the list.",
        (ORDER, "sorted((word for word in counts if counts[word] > 1), key=lambda word: (-counts[word], word))"),
    ),
    (
        "first-sentence-alone",
        "Only the first sentence is counted.",
        ("for sentence in sentences:", "for sentence in sentences[:1]:"),
    ),
    (
        "last-sentence-alone",
        "Each sentence begins its counts anew: you return those of the last one. Make counts before the loop.",
        ("for sentence in sentences:", "for sentence in sentences[-1:]:"),
    ),
):
    vocabulary.slip(name, hint, *edits)
vocabulary.mistakes(
    """
    not-carried-counts-word: The counts begin anew in the loop. Make them once, before it.
    no-room-size-2-1: size counts <pad> and <unk>, both of them: size − 2 words are left.
    slots-miscounted-size-2-3: You keep a word too few: size − 2 of them have room.
    joined-in-another-order-pad-unk-size: <unk> stands behind the words. It is id 1.
    answer-zero-1: You return an empty list.
    """
)
