"""Sentences of English film reviews, each judged by fifteen people or so from -4 to 4: real fine-grained sentiment.

Hutto and Gilbert (2014) had the snippets of Rotten Tomatoes that Pang and Lee had collected judged anew. The ratings
come with the source distribution of the package vaderSentiment, as an archive in an archive.
"""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unrolled.data.published import Published

ARCHIVE = "vaderSentiment-3.3.2.tar.gz"
INNER = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
TEXTS = "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt"
RATINGS = "hutto_ICWSM_2014/movieReviewSnippets_anonDataRatings.txt"

SNIPPETS = Published(
    folder="vader",
    files={ARCHIVE: "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9"},
    source="It is the source distribution of the package vaderSentiment (MIT licence): "
    "pip download --no-deps --no-binary :all: vaderSentiment==3.3.2",
)
EDGES = (-2.4, -0.8, 0.8, 2.4)  # of five classes of equal width
CLASSES = ("very negative", "negative", "neutral", "positive", "very positive")


@dataclass(frozen=True)
class Snippet:
    """A sentence, and what each of its readers answered."""

    text: str
    ratings: tuple[int, ...]

    @property
    def label(self) -> int:
        """The class of the mean rating, 0 to 4."""
        return int(in_classes(np.mean(self.ratings)))


def in_classes(ratings: float | np.ndarray) -> np.ndarray:
    """The class, 0 to 4, of ratings from -4 to 4; a rating on an edge belongs to the upper one."""
    return np.digitize(ratings, EDGES)


def snippets(root: Path | None = None) -> list[Snippet]:
    """All sentences in the publisher's order, each text once; raises what `Published.path` raises."""
    outer = tarfile.open(SNIPPETS.path(ARCHIVE, root))  # noqa: SIM115
    with outer, tarfile.open(fileobj=io.BytesIO(_file(outer, INNER))) as inner:
        return read(*(_file(inner, name).decode("utf-8") for name in (TEXTS, RATINGS)))


def read(texts: str, ratings: str) -> list[Snippet]:
    """Read the two files: number, mean, text; and number, mean, spread, list of ratings; between them tabulators.

    Raises:
        ValueError: a line is not of this form, or has no partner; says which.
    """
    answers = {fields[0]: fields[3] for fields in _fields(ratings, 4)}
    found: dict[str, Snippet] = {}
    for number, _, text in _fields(texts, 3):
        if number not in answers:
            raise ValueError(f"snippet {number} has no ratings")
        found.setdefault(text, Snippet(text, tuple(json.loads(answers[number]))))
    return list(found.values())


def _fields(text: str, many: int) -> list[list[str]]:
    lines = [line.split("\t") for line in text.splitlines() if line.strip()]
    for number, fields in enumerate(lines, start=1):
        if len(fields) != many:
            raise ValueError(f"line {number} has {len(fields)} columns instead of {many}: {fields[0]!r}")
    return lines


def _file(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file is not None  # a folder of this name
    return file.read()
