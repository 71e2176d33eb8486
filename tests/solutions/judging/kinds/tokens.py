"""A tokenizer of characters: 0 fills up, 1 begins, 2 ends, 3 is any unknown character."""

import numpy as np

from solutions.judging.contract import Contract, Rule
from solutions.judging.families import ARRAYS
from solutions.judging.families.text import text as in_text
from solutions.judging.parts import Given, Part
from unrolled.checking.outputs import exact, text

VOCABULARY = "abcdefgh 语言模型\n\u0301🙂"
EDGE_TEXTS = {
    "empty": "",
    "capitals": "Dead Cab",
    "CJK": "语言",
    "combining": "cafe\u0301",
    "emoji": "🙂a👩‍👧",
    "newline": "a\nb\tc",
    "unknown": "zzq",
    "long": "a bad cabbage faded",
}


def draw_texts(rng):
    for _ in range(6):
        characters = rng.choice(list(VOCABULARY + "XyZ"), rng.integers(4, 40))
        yield Given("characters at random", {"text": "".join(characters), "vocabulary": VOCABULARY, "length": 12})


def edge_texts(rng):
    for label, given in EDGE_TEXTS.items():
        yield Given(label, {"text": given, "vocabulary": VOCABULARY, "length": 10})


def encode(text, vocabulary, length):
    """Token ids, `length` of them: the text in lower case, cut or filled up."""
    inner = [vocabulary.index(c) + 4 if c in vocabulary else 3 for c in text.lower()][: length - 2]
    return [1, *inner, 2] + [0] * (length - 2 - len(inner))


encoding = Contract(
    reference=encode,
    outputs=(exact("ids"),),
    read="Jurafsky and Martin (2025), section 2.5",
    parts=(Part("values", draw_texts), Part("edges", edge_texts)),
)


@encoding.derivation(
    words={"known": "the vocabulary's tokens", "ids": "the tokens"},
    families=(in_text, *ARRAYS),
)
def by_table(text, vocabulary, length):
    known = {character: place + 4 for place, character in enumerate(vocabulary)}
    ids = [known.get(character, 3) for character in text.lower()]
    ids = [1, *ids[: length - 2], 2]
    return ids + [0] * (length - len(ids))


@encoding.variant
def by_array(text, vocabulary, length):
    ids = np.zeros(length, dtype=int)
    ids[0] = 1
    end = min(len(text), length - 2)
    for k, character in enumerate(text.lower()[:end]):
        ids[k + 1] = vocabulary.find(character) + 4 if character in vocabulary else 3
    ids[end + 1] = 2
    return ids


@encoding.variant
def as_a_tuple(text, vocabulary, length):
    ids = [1]
    for character in text.lower():
        if len(ids) == length - 1:
            break
        ids.append(list(vocabulary).index(character) + 4 if character in vocabulary else 3)
    ids.append(2)
    return (*ids, *[0] * (length - len(ids)))


encoding.slip(
    "cut-behind-the-end",
    "You cut the text when its end is marked already, so that a long text loses its end mark.",
    ("ids = [1, *ids[: length - 2], 2]", "ids = [1, *ids, 2][:length]"),
)
encoding.slip(
    "unknown-skipped",
    "Unknown characters are skipped. Each becomes the unknown token.",
    ("for character in text.lower()]", "for character in text.lower() if character in known]"),
)
encoding.slip(
    "not-filled-up",
    "A short text is not filled up: all texts of a batch have to be of one length.",
    ("return ids + [0] * (length - len(ids))", "return ids"),
)


def draw_ids(rng):
    for _ in range(3):
        inner = rng.permutation(range(3, 4 + len(VOCABULARY))).tolist()
        yield Given("tokens at random", {"ids": [1, *inner, 2, 0, 0], "vocabulary": VOCABULARY})


def edge_ids(rng):
    for label, given in EDGE_TEXTS.items():
        yield Given(label, {"ids": encode(given, VOCABULARY, 12), "vocabulary": VOCABULARY})
    yield Given("tokens behind the end", {"ids": [1, 4, 2, 5, 6], "vocabulary": VOCABULARY})


def decode(ids, vocabulary):
    """The text up to the end token; an unknown token is a question mark."""
    inner = list(ids)[: list(ids).index(2)]
    return "".join("?" if token == 3 else vocabulary[token - 4] for token in inner if token >= 3)


def _forgets_the_text(function, rng):
    given = "".join(rng.choice(list(VOCABULARY), 8))
    return function(encode(given, VOCABULARY, 10), VOCABULARY) != given


decoding = Contract(
    reference=decode,
    outputs=(text("text"),),
    read="Jurafsky and Martin (2025), section 2.5",
    parts=(Part("values", draw_ids), Part("edges", edge_ids)),
    rules=(Rule("forgets-the-text", "what was encoded comes back.", _forgets_the_text, "Jurafsky and Martin (2025)"),),
)


@decoding.derivation(words={"read": "what is read"}, families=(in_text, *ARRAYS))
def token_by_token(ids, vocabulary):
    read = []
    for token in ids:
        if token == 2:
            break
        if token == 3:
            read.append("?")
        if token > 3:
            read.append(vocabulary[token - 4])
    return "".join(read)


@decoding.variant
def by_dictionary(ids, vocabulary):
    characters = dict(enumerate(["", "", "", "?", *vocabulary]))
    made = ""
    for token in ids:
        if token == 2:
            return made
        made += characters[token]


@decoding.variant
def cut_first(ids, vocabulary):
    signs = ["", "", "", "?", *vocabulary]
    end = ids.index(2)
    return "".join(map(signs.__getitem__, ids[:end]))


decoding.slip("not-joined", "You return a list. Join it into one text.", ('"".join(read)', "read"))
decoding.slip("joined-with-spaces", "You put spaces between the characters.", ('"".join(read)', '" ".join(read)'))
decoding.slip("end-ignored", "You read on behind the end token.", ("            break", "            continue"))
