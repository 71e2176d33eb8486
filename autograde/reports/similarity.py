"""Which submissions are alike beyond what the whole class has in common, by the pieces of code that they share.

The cost grows with the number of submissions, not with that of their pairs: only those are compared that share a piece
which few have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from autograde.grade.pieces import read_pieces

ALIKE = 0.8  # cosine from which a pair is shown
LEAST_PIECES = 8  # beyond those of the class; less says nothing
FEW = 20  # submissions; what more of them share leads nobody to another
TOGETHER = 200  # submissions that are compared with all others at a time: memory
MOST_COMPARED = 5 * TOGETHER  # pairs of these, those that share most first


@dataclass(frozen=True)
class Alike:
    """Students and how alike their code is, from 0 to 1; at 1 it is the same, blanks aside."""

    students: tuple[str, ...]
    likeness: float


def alike(pieces: Mapping[str, str]) -> list[Alike]:
    """Those with the same code and the similar pairs, the most alike first.

    Args:
        pieces: of each student's code, as `autograde.grade.pieces` writes them.

    Pieces that more than half of the class wrote count nothing, rare ones count most: so the one right way to write a
    formula makes nobody suspicious, and shared names, comments and mistakes do.
    """
    rest = _own({student: read_pieces(text) for student, text in pieces.items()})
    same: dict[bytes, list[str]] = defaultdict(list)
    for student, own in rest.items():
        same[own.tobytes()].append(student)
    groups = [Alike(tuple(sorted(students)), 1.0) for students in same.values() if len(students) > 1]
    pairs = _pairs({students[0]: rest[students[0]] for students in same.values()})
    return sorted([*groups, *pairs], key=lambda found: (-found.likeness, -len(found.students), found.students))


def _own(pieces: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    # Without what more than half of the class has; only those of whom enough is left.
    if not pieces:
        return {}
    found, counts = np.unique(np.concatenate([*pieces.values()]), return_counts=True)
    common = found[counts > max(2, len(pieces) // 2)]
    rest = {student: own[~np.isin(own, common, assume_unique=True)] for student, own in pieces.items()}
    return {student: own for student, own in rest.items() if len(own) >= LEAST_PIECES}


def _pairs(pieces: dict[str, np.ndarray]) -> list[Alike]:
    if len(pieces) < 2:
        return []
    students = [*pieces]
    _, columns, counts = np.unique(np.concatenate([*pieces.values()]), return_inverse=True, return_counts=True)
    starts = np.cumsum([0, *(len(own) for own in pieces.values())])
    weights = np.log((1 + len(students)) / (1 + counts)) + 1  # as tf-idf has them
    shape = (len(students), len(counts))
    weighted = sparse.csr_matrix((weights[columns].astype(np.float32), columns.astype(np.int32), starts), shape)
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    weighted = sparse.csr_matrix(sparse.diags((1 / lengths).astype(np.float32)) @ weighted)
    is_rare = (counts > 1) & (counts <= FEW)
    rare = weighted[:, is_rare]
    common = np.sqrt(np.asarray(weighted[:, counts > FEW].power(2).sum(axis=1)).ravel())
    found = []
    for first in range(0, len(students), TOGETHER):
        shared = sparse.triu(rare[first : first + TOGETHER] @ rare.T, k=first + 1, format="coo")
        one, other = shared.row + first, shared.col
        # What the two can have in common beside rare pieces is at most the product of these lengths.
        hopeful = np.flatnonzero(shared.data + common[one] * common[other] >= ALIKE)
        hopeful = hopeful[np.argsort(-shared.data[hopeful], kind="stable")[:MOST_COMPARED]]
        one, other = one[hopeful], other[hopeful]
        likeness = np.asarray(weighted[one].multiply(weighted[other]).sum(axis=1)).ravel()
        found += [(likeness[at], students[one[at]], students[other[at]]) for at in np.flatnonzero(likeness >= ALIKE)]
    return [Alike(tuple(sorted(pair)), round(float(likeness), 3)) for likeness, *pair in found]
