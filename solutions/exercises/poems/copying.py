"""Contract of `longest_copy`: the longest piece that a text shares with one of the poems, and where it stands.

unrolled-canary-8c9b9b11338a
"""

from collections.abc import Iterator

import numpy as np

from solutions.judging import kit
from solutions.reference import poems

READ = "poems#eq-poem-copy"
CHARACTERS = "山水花月风云雨雪"
# Each shows one rule alone.
DELICATE = {
    "nothing is shared": ("ab", ["cd", "dc"]),
    "one character is shared": ("abc", ["dd", "dc"]),
    "all of it is copied": ("bcd", ["aaa", "abcda"]),
    "more than a whole poem": ("abcda", ["da", "bcd"]),
    "the text is a poem": ("abcd", ["abc", "abcd"]),
    "at the beginning of both": ("abcda", ["abcbb"]),
    "at the end of both": ("dabc", ["bbabc"]),
    "in two poems": ("abcd", ["aab", "cab", "abd"]),
    "twice in a poem": ("ab", ["cabcab"]),
    "twice in the text": ("abcab", ["dab"]),
    "two pieces as long": ("abdcd", ["cdaab"]),
    "a longer one in a later poem": ("abcd", ["abda", "dabc"]),
    "a longer one behind a shorter one": ("abcd", ["abdbcd"]),
    "a piece with a gap": ("abcd", ["abdcd", "acbd"]),
    "the same characters in another order": ("abcd", ["dcba", "badc"]),
    "a character again and again": ("aaaa", ["aaa", "aaaaaa"]),
    "it overlaps itself": ("abab", ["ababab"]),
    "a repeated beginning": ("aab", ["aaab"]),
    "marks and spaces count": ("a, b", ["a b, b", "xa, c"]),
    "capitals are others": ("Ab", ["ab", "AAb"]),
    "no text": ("", ["ab"]),
    "no poem": ("ab", []),
    "an empty poem": ("ab", ["", "b"]),
    "one character each": ("a", ["a"]),
}


def _text(rng: np.random.Generator, few: int, length: int) -> str:
    return "".join(rng.choice(list(CHARACTERS[:few]), length))


def _at_random(rng: np.random.Generator) -> Iterator[kit.Given]:
    for few, length, count in ((8, 12, 4), (5, 15, 5), (3, 20, 4), (2, 14, 3)):
        corpus = [_text(rng, few, int(rng.integers(length - 4, length + 5))) for _ in range(count)]
        text = _text(rng, few, length)
        if few > 2:  # a copy, in neither the first nor the last poem
            source, start = corpus[int(rng.integers(1, count - 1))], int(rng.integers(1, 4))
            text = text[:3] + source[start : start + 6] + text[3:]
        yield kit.Given("a text and poems", {"text": text, "poems": corpus})


def _delicate(rng: np.random.Generator) -> Iterator[kit.Given]:
    # The letters are others each time.
    names = str.maketrans("abcd", "".join(rng.permutation(list("abcd"))))
    for label, (text, corpus) in DELICATE.items():
        yield kit.Given(label, {"text": text.translate(names), "poems": [one.translate(names) for one in corpus]})


longest_copy = kit.Contract(
    reference=poems.longest_copy,
    outputs=(kit.exact("poem"), kit.exact("start"), kit.exact("length")),
    read=READ,
    parts=(kit.Part("values", _at_random), kit.Part("edges", _delicate)),
)


@longest_copy.derivation(
    words={
        "poem": "the number of the poem",
        "start": "where the piece starts",
        "length": "its length",
        "before": "the pieces that end one character earlier",
        "ending": "the pieces that end here",
        "i": "the place in the text",
        "j": "the place in the poem",
    },
)
def pieces_that_end_here(text, poems):
    poem, start, length = 0, 0, 0
    for n, other in enumerate(poems):
        before = [0] * (len(text) + 1)
        for j in range(len(other)):
            ending = [0] * (len(text) + 1)
            for i in range(len(text)):
                if text[i] == other[j]:
                    ending[i + 1] = before[i] + 1  #: eq-poem-copy
            if max(ending) > length:
                length = max(ending)
                poem, start = n, j + 1 - length
            before = ending
    return poem, start, length


@longest_copy.variant
def every_piece(text, poems):
    pieces = {text[i:j] for i in range(len(text)) for j in range(i + 1, len(text) + 1)}
    found = [(-len(piece), n, poem.index(piece)) for n, poem in enumerate(poems) for piece in pieces if piece in poem]
    if not found:
        return 0, 0, 0
    length, n, start = min(found)
    return n, start, -length


@longest_copy.variant
def the_longest_first(text, poems):
    for length in range(len(text), 0, -1):
        pieces = [text[i : i + length] for i in range(len(text) - length + 1)]
        for n, poem in enumerate(poems):
            starts = [poem.find(piece) for piece in pieces if piece in poem]
            if starts:
                return n, min(starts), length
    return 0, 0, 0


@longest_copy.variant
def grown_from_each_place(text, poems):
    best = (0, 0, 0)
    for n, poem in enumerate(poems):
        for start in range(len(poem)):
            while poem[start : start + best[2] + 1] in text and start + best[2] < len(poem):
                best = (n, start, best[2] + 1)
    return best


@longest_copy.variant
def compared_from_each_pair(text, poems):
    where, most = [0, 0], 0
    for n in range(len(poems)):
        for j in range(len(poems[n])):
            for i in range(len(text)):
                k = 0
                while i + k < len(text) and j + k < len(poems[n]) and text[i + k] == poems[n][j + k]:
                    k += 1
                if k > most:
                    where, most = [n, j], k
    return where[0], where[1], most


@longest_copy.variant
def table_in_numpy(text, poems):
    best = 0, 0, 0
    for n, poem in enumerate(poems):
        table = np.zeros((len(poem) + 1, len(text) + 1), dtype=int)
        for j, c in enumerate(poem):
            for i, own in enumerate(text):
                table[j + 1, i + 1] = table[j, i] + 1 if c == own else 0
        if table.max() > best[2]:
            end, _ = np.unravel_index(np.argmax(table), table.shape)
            best = n, int(end - table.max()), int(table.max())
    return best


TABLE = "ending[i + 1] = before[i] + 1"
BETTER = "if max(ending) > length:"
BEFORE, ENDING = "before = [0] * (len(text) + 1)", "ending = [0] * (len(text) + 1)"
ANEW = "        " + BEFORE
longest_copy.slip(
    "characters-in-order",
    "The characters that you find need not stand side by side: a common subsequence. A copied piece has no gaps.",
    (ENDING, "ending = 1 * before"),
    (TABLE, "ending[i + 1] = max(ending[i + 1], max(before[: i + 1]) + 1)"),
)
longest_copy.slip(
    "piece-not-ended",
    "A piece goes on in your table where another character stands. There it ends: back to 0.",
    (ENDING, "ending = 1 * before"),
)
longest_copy.slip(
    "last-poem-alone",
    "You look at the last poem alone: the best of the poems before it is forgotten.",
    (BEFORE, f"{BEFORE}\n        poem, start, length = 0, 0, 0"),
)
longest_copy.slip(
    "pieces-run-on",
    "The table goes on from one poem into the next. Begin it anew with each poem.",
    (f"    for n, other in enumerate(poems):\n{ANEW}", f"    {BEFORE}\n    for n, other in enumerate(poems):"),
)
longest_copy.slip(
    "set-of-characters",
    "You count characters that both have, wherever they stand. A copied piece stands in both as it is.",
    (BETTER, f"ending = [len(set(text) & set(other[: j + 1]))]\n            {BETTER}"),
)
longest_copy.mistakes(
    f"""
    last-of-equals: Of several pieces of one length you take the last. The first one counts: replace it only by a longer
      one.
        {BETTER} → if max(ending) >= length > 0 or max(ending) > length:
    end-for-start: You return where the piece ends. Return where it starts in the poem.
        j + 1 - length → j + 1
    last-place-for-start: You return the place of the piece's last character. Return that of its first.
        j + 1 - length → j
    start-one-too-low: Your start is one too low: the piece has length characters, up to place j.
        j + 1 - length → j - length
    start-in-the-text: Your start is that in the text. Return where the piece starts in the poem.
        j + 1 - length → ending.index(length) - length
    same-place-alone: You compare the same places of both alone. A piece may stand anywhere.
        if text[i] == other[j]: → if i == j and text[i] == other[j]:
    beginnings-alone: You look for the beginning of the text alone. Any piece of it may be copied.
        {TABLE} → ending[i + 1] = before[i] + 1 if i == 0 or before[i] == i else 0
    ends-of-poems-alone: You count pieces at the end of a poem alone. They may stand anywhere in it.
        {BETTER} → if j == len(other) - 1 and max(ending) > length:
    whole-poem-or-nothing: You count poems that stand in the text as a whole. Any piece of one counts.
        {BETTER} → if max(ending) == len(other) and max(ending) > length:
    whole-text-or-nothing: You count where the text stands in a poem as a whole. Any piece of it counts.
        {BETTER} → if max(ending) == len(text) and max(ending) > length:
    first-poem-alone: You look at the first poem alone.
        enumerate(poems) → enumerate(poems[:1])
    poems-joined: You join the poems to one text: a piece may then run from one into the next, and its place is
      not that in its poem.
        enumerate(poems) → enumerate(["".join(poems)])
    poems-from-1: You number the poems from 1. The first one is 0.
        poem, start = n, → poem, start = n + 1,
    none-is-minus-1: Where nothing is shared, you return −1. It is (0, 0, 0).
        poem, start, length = 0, 0, 0 → poem, start, length = -1, -1, 0
    piece-for-place: You return the piece itself. Return the number of its poem, where it starts, and how long it is.
        return poem, start, length → return (poems[poem] if poems else "")[start : start + length]
    length-first: The length comes first in what you return. The order is: poem, start, length.
        return poem, start, length → return length, poem, start
    poem-text-for-number: You return the poem itself. Return its number.
        return poem, start, length → return (poems[poem] if poems else ""), start, length
    end-for-length: You return where the piece ends in the place of its length.
        return poem, start, length → return poem, start, start + length
    shorter-by-one: Your length is one too small.
        return poem, start, length → return poem, start, max(length - 1, 0)
    """
)


@longest_copy.misconception(
    "Of several poems with a piece of that length you take the last. The first one counts: replace it only by a longer "
    "piece."
)
def last_poem_of_equals(text, poems):
    poem, start, length = 0, 0, 0
    for n, other in enumerate(poems):
        longest, place = 0, 0
        for j in range(len(other)):
            while j + longest < len(other) and other[j : j + longest + 1] in text:
                longest, place = longest + 1, j
        if longest >= length > 0 or longest > length:
            poem, start, length = n, place, longest
    return poem, start, length


@longest_copy.misconception(
    "Of several places of a poem with a piece of that length you take the last. The one that starts first counts."
)
def last_place_of_equals(text, poems):
    poem, start, length = 0, 0, 0
    for n, other in enumerate(poems):
        longest, place = 0, 0
        for j in range(len(other)):
            size = 0
            while j + size < len(other) and other[j : j + size + 1] in text:
                size += 1
            if size >= longest:
                longest, place = size, j
        if longest > length:
            poem, start, length = n, place, longest
    return poem, start, length


@longest_copy.misconception(
    "You take the piece that stands first in the text. The one in the first poem counts, and in it the one that starts "
    "first."
)
def first_in_the_text(text, poems):
    for length in range(len(text), 0, -1):
        for i in range(len(text) - length + 1):
            for n, other in enumerate(poems):
                if text[i : i + length] in other:
                    return n, other.index(text[i : i + length]), length
    return 0, 0, 0
