"""Which submissions are alike beyond what the whole class has in common: scikit-learn's tf-idf over pieces of code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograde.course import cells
from autograde.course.folder import Course, notebook_name

ALIKE = 0.8  # cosine from which a pair is shown
PIECE = 4  # tokens
LEAST_PIECES = 20  # beyond those of the class; less says nothing
NEIGHBOURS = 5  # of each submission that are looked at
LONGEST = 50_000  # characters of one submission that are compared


@dataclass(frozen=True)
class Pair:
    """Two students and how alike their code is, from 0 to 1."""

    first: str
    second: str
    likeness: float


def similar_pairs(course: Course, slug: str) -> list[Pair]:
    """The pairs of graded submissions of an assignment whose answers are alike, the most alike first."""
    stubs = {grade_id: source for grade_id, source in _answers(course.release_notebook(slug))}
    codes = {}
    for path in sorted(course.autograded.glob(f"*/{slug}/{notebook_name(slug)}")):
        written = [source for grade_id, source in _answers(path) if source.strip() != stubs.get(grade_id, "").strip()]
        if written:
            codes[path.parent.parent.name] = "\n".join(written)[:LONGEST]
    return pairs_of(codes)


def pairs_of(codes: Mapping[str, str]) -> list[Pair]:
    """The similar ones among these pieces of code, by student.

    Pieces of four tokens that more than half of the class wrote count nothing, rare ones count most: so the one right
    way to write a formula makes nobody suspicious, and shared names, comments and mistakes do.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.neighbors import NearestNeighbors

    students = list(codes)
    common = max(2, len(students) // 2)
    pieces = TfidfVectorizer(
        token_pattern=r"\w+|[^\w\s]", ngram_range=(PIECE, PIECE), lowercase=False, max_df=common, sublinear_tf=True
    )
    try:
        weights = pieces.fit_transform(codes.values())
    except ValueError:  # nothing but common pieces, or nothing at all
        return []
    enough = [index for index in range(len(students)) if weights[index].nnz >= LEAST_PIECES]
    if len(enough) < 2:
        return []
    neighbours = NearestNeighbors(n_neighbors=min(NEIGHBOURS + 1, len(enough)), metric="cosine").fit(weights[enough])
    distances, indices = neighbours.kneighbors(weights[enough])
    found: dict[tuple[str, str], float] = {}
    for row, (near, others) in enumerate(zip(distances, indices, strict=True)):
        for distance, other in zip(near, others, strict=True):
            if other != row and 1 - distance >= ALIKE:
                first, second = sorted((students[enough[row]], students[enough[other]]))
                found[first, second] = float(round(1 - distance, 3))
    pairs = [Pair(first, second, likeness) for (first, second), likeness in found.items()]
    return sorted(pairs, key=lambda pair: (-pair.likeness, pair.first, pair.second))


def _answers(path: Path) -> list[tuple[str, str]]:
    # The code cells for answers, as (grade id, source); read as JSON, as validating takes ten times as long.
    try:
        found = json.loads(path.read_text("utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return []
    return [
        (cells.grade_id(cell), "".join(cell["source"]))
        for cell in found
        if cell["cell_type"] == "code" and cells.is_answer(cell)
    ]
