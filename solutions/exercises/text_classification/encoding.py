"""Contract of `encode`: sentences as ids of one length, and their mask.

unrolled-canary-f4780ad35c92
"""

from collections.abc import Iterator

import numpy as np

from solutions.judging import kit
from solutions.judging.families.text import text as in_text
from solutions.reference import texts

WORDS = ("the", "film", "is", "good", "not", "bad", "very", "好", "不")
STRANGE = ("xyz", "qed", "Good", "妙")


def _draw(rng: np.random.Generator) -> Iterator[kit.Given]:
    # Sentences that are shorter, as long and longer; some words are unknown, at the ends and in the middle.
    for length in rng.permutation([3, 4, 5, 6]):
        known = [str(word) for word in rng.permutation(WORDS)]
        sentences = []
        for n in rng.permutation([1, length - 1, length, length + 1, length + 4]):
            tokens = [str(word) for word in rng.choice(known[:6], n)]
            sentences.append(tokens)
        longest = max(sentences, key=len)
        longest[1] = longest[-2] = str(rng.choice(STRANGE))
        sentences.append([str(rng.choice(STRANGE)), known[0], known[1]])
        yield kit.Given(
            "sentences of several lengths",
            {"sentences": sentences, "words": ["<pad>", "<unk>", *known[:6]], "length": int(length)},
        )


def _edges(rng: np.random.Generator) -> Iterator[kit.Given]:
    words = ["<pad>", "<unk>", "good", "bad"]
    for label, sentences, length in (
        ("a sentence without a word", [[], ["bad"]], 3),
        ("one word", [["good"]], 1),
        ("one place", [["bad", "good"], ["film", "bad"], []], 1),
        ("nothing known", [["a", "b"], ["c"]], 3),
        ("all of one length", [["good", "bad"], ["bad", "good"]], 2),
        ("all shorter", [["good", "bad"], ["bad"]], 6),
        ("all longer", [["good", "bad", "film", "bad"], ["film", "good", "good"]], 2),
    ):
        yield kit.Given(label, {"sentences": sentences, "words": words, "length": length})
    yield kit.Given("no words but pad and unknown", {"sentences": [["a"]], "words": words[:2], "length": 2})


encode = kit.Contract(
    reference=texts.encode,
    outputs=kit.near("ids", "mask"),
    read="text-classification#eq-text-encode",
    parts=(kit.Part("values", _draw), kit.Part("edges", _edges)),
)


@encode.derivation(
    words={"number": "the id of each word", "found": "the ids of a sentence", "length": "the length"},
    families=(in_text, *kit.ARRAYS),
)
def row_by_row(sentences, words, length):
    number = {word: place for place, word in enumerate(words)}
    ids = np.zeros((len(sentences), length), dtype=int)
    mask = np.zeros((len(sentences), length), dtype=int)
    for n, sentence in enumerate(sentences):
        found = [number.get(word, 1) for word in sentence[:length]]  #: eq-text-encode
        ids[n, : len(found)] = found  #: eq-text-encode
        mask[n, : len(found)] = 1  #: eq-text-encode
    return ids, mask


@encode.variant
def lists_filled_up(sentences, words, length):
    ids, mask = [], []
    for sentence in sentences:
        row = [words.index(word) if word in words else 1 for word in sentence][:length]
        missing = length - len(row)
        mask.append([1] * len(row) + [0] * missing)
        ids.append(row + [0] * missing)
    return np.array(ids, dtype=int).reshape(-1, length), np.array(mask).reshape(-1, length)


@encode.variant
def place_by_place(sentences, words, length):
    ids = np.zeros((len(sentences), length), dtype=np.int64)
    for n in range(len(sentences)):
        for t in range(min(length, len(sentences[n]))):
            ids[n, t] = next((k for k, word in enumerate(words) if word == sentences[n][t]), 1)
    return ids, (ids > 0) * 1.0


@encode.variant
def mask_from_lengths(sentences, words, length):
    known = dict(zip(words, range(len(words)), strict=True))
    ids = np.full((len(sentences), length), 0)
    for row, sentence in zip(ids, sentences, strict=True):
        for t, word in enumerate(sentence):
            if t < length:
                row[t] = known[word] if word in known else known["<unk>"]
    ends = np.array([len(sentence) for sentence in sentences], dtype=int)
    return ids, (np.arange(length)[None, :] < ends[:, None]).astype(int)


encode.rewrite("mask-by-comparison", ("return ids, mask", "return ids, np.where(ids > 0, 1, 0)"))
encode.rewrite("looked-for-first", ("number.get(word, 1)", "number[word] if word in number else 1"))


@encode.misconception("Sentences that are too long are not cut.", further=True)
def not_cut_place_by_place(sentences, words, length):
    number = {word: place for place, word in enumerate(words)}
    ids = np.zeros((len(sentences), length), dtype=int)
    mask = np.zeros((len(sentences), length), dtype=int)
    for n, sentence in enumerate(sentences):
        for t, word in enumerate(sentence):
            ids[n, t] = number.get(word, 1)
            mask[n, t] = 1
    return ids, mask


IDS = "ids[n, : len(found)] = found"
MASK = "mask[n, : len(found)] = 1"
CUT = "sentence[:length]"
for name, hint, *edits in (
    (
        "unknown-is-padding",
        "A word that is not in the vocabulary becomes 0. That is the padding: unknown words are 1.",
        ("get(word, 1)", "get(word, 0)"),
    ),
    (
        "unknown-is-padding-and-masked",
        "A word that is not in the vocabulary becomes 0, and the mask, made of ids > 0, hides it. Unknown words are 1.",
        ("get(word, 1)", "get(word, 0)"),
        (MASK, "mask[n] = ids[n] > 0"),
    ),
    (
        "unknown-left-out",
        "Words that are not in the vocabulary are left out, and those behind them move up. Each becomes 1.",
        ("for word in sentence[:length]]", "for word in sentence if word in number][:length]"),
    ),
    (
        "unknown-left-out-after-the-cut",
        "Words that are not in the vocabulary are left out, and those behind them move up. Each becomes 1.",
        ("for word in sentence[:length]]", "for word in sentence[:length] if word in number]"),
    ),
    (
        "unknown-refused",
        "A word that is not in the vocabulary raises an error. It becomes 1.",
        ("number.get(word, 1)", "number[word]"),
    ),
    (
        "unknown-hidden",
        "The mask hides unknown words. They are real: the mask is 1 there, too.",
        (MASK, "mask[n] = ids[n] > 1"),
    ),
    (
        "mask-turned-round",
        "The mask is turned round: 1 stands at real tokens, 0 in the padding.",
        ("return ids, mask", "return ids, 1 - mask"),
    ),
    ("mask-of-ones", "The mask is 1 everywhere. In the padding it is 0.", (MASK, "mask[n] = 1")),
    (
        "mask-one-short",
        "The mask hides the last token of each sentence.",
        (MASK, "mask[n, : max(len(found) - 1, 0)] = 1"),
    ),
    ("mask-one-long", "The mask lets one place of padding through.", (MASK, "mask[n, : len(found) + 1] = 1")),
    (
        "padding-in-front",
        "The padding stands in front of the sentence. Here it stands behind.",
        (IDS, "ids[n, length - len(found) :] = found"),
        (MASK, "mask[n, length - len(found) :] = 1"),
    ),
    (
        "padding-in-front-of-the-ids",
        "The padding stands in front of the ids. Here it stands behind them, as in the mask.",
        (IDS, "ids[n, length - len(found) :] = found"),
    ),
    (
        "cut-at-the-wrong-end",
        "Of a sentence that is too long you keep the last tokens. Here it keeps its first ones.",
        (CUT, "sentence[max(len(sentence) - length, 0) :]"),
    ),
    (
        "as-keras-does",
        "You cut and pad at the front, as Keras does unless it is told otherwise. Here both happen at the end.",
        (CUT, "sentence[max(len(sentence) - length, 0) :]"),
        (IDS, "ids[n, length - len(found) :] = found"),
        (MASK, "mask[n, length - len(found) :] = 1"),
    ),
    (
        "one-token-too-few",
        "A sentence that is too long loses one token too many: the slice [:length] has length of them.",
        (CUT, "sentence[: length - 1]"),
    ),
    ("not-cut", "Sentences that are too long are not cut.", (CUT, "sentence")),
    (
        "ids-from-0",
        "Your ids are one too small. The place of a word in the list is its id; <pad> and <unk> have theirs.",
        ("enumerate(words)", "enumerate(words, -1)"),
    ),
    (
        "ids-from-1",
        "Your ids are one too large: places in a list begin with 0.",
        ("enumerate(words)", "enumerate(words, 1)"),
    ),
    (
        "special-slots-twice",
        "You add 2 to each id. <pad> and <unk> are in the list already: the place of a word is its id.",
        ("enumerate(words)", "enumerate(words, 2)"),
    ),
    (
        "padded-with-unknown",
        "You fill up with 1, the unknown word. The padding is 0.",
        ("ids = np.zeros((len(sentences), length), dtype=int)", "ids = np.ones((len(sentences), length), dtype=int)"),
    ),
    (
        "padded-with-minus-one",
        "You fill up with −1. The padding is 0.",
        ("ids = np.zeros((len(sentences), length), dtype=int)", "ids = np.full((len(sentences), length), -1)"),
    ),
    (
        "longest-sentence-decides",
        "The arrays are as long as the longest sentence. They have length places.",
        ("    ids = np.zeros", "    length = max(map(len, sentences), default=0)\n    ids = np.zeros"),
    ),
    ("mask-alone", "You return the mask twice. The ids come first.", ("return ids, mask", "return mask, mask")),
    (
        "lengths-for-mask",
        "You return the lengths in the place of the mask: it has an entry for each place.",
        ("return ids, mask", "return ids, mask.sum(axis=1)"),
    ),
    (
        "places-by-sentences",
        "The arrays are turned round: (T, B). They are (B, T).",
        ("return ids, mask", "return ids.T, mask.T"),
    ),
):
    encode.slip(name, hint, *edits)
encode.mistakes(
    """
    not-carried-mask-n-len-found-ids: The ids are made anew in the loop: those of the last sentence alone are left. Make
      them once, before it.
    not-carried-mask-n-len-found: The mask is made anew in the loop: that of the last sentence alone is left. Make it
      once, before it.
    returned-in-the-loop: The return stands inside the loop: only the first sentence has ids. Indent it less.
    another-value-mask-ids: You return the ids twice. The mask holds 1 where a token is, and 0 in the padding.
    """
)
