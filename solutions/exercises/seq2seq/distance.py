"""Contract of `edit_distance`: how many edits make one text of another.

unrolled-canary-75ba07739c59
"""

from collections.abc import Iterator
from functools import cache

import numpy as np

from solutions.judging import kit
from solutions.reference import seq2seq

READ = "seq2seq#eq-s2s-edit"
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-,äöü年月日"


def word(rng: np.random.Generator, length: int, letters: int = 4) -> str:
    """A text of few letters, which are other ones each time."""
    return "".join(rng.choice(rng.permutation(list(LETTERS))[:letters], length))


def edited(rng: np.random.Generator, text: str, edits: int) -> str:
    """The text after some edits at random."""
    made = list(text)
    for _ in range(edits):
        at = int(rng.integers(len(made) + 1))
        new = str(rng.choice(list(LETTERS)))
        made[at : at + int(rng.integers(2))] = [new] if rng.random() < 0.6 else []
    return "".join(made)


def _pairs(rng: np.random.Generator) -> Iterator[kit.Given]:
    for edits in (2, 3, 4, 5, 6):
        while True:
            a = word(rng, int(rng.integers(5, 10)))
            b = edited(rng, a, edits)
            # Neither the lengths nor the places alone tell it.
            found = seq2seq.edit_distance(a, b)
            apart = abs(len(a) - len(b))
            by_places = apart + sum(x != y for x, y in zip(a, b, strict=False))
            if len(a) != len(b) and found not in (apart, by_places):
                break
        yield kit.Given("texts with some edits", {"a": a, "b": b})


def _edges(rng: np.random.Generator) -> Iterator[kit.Given]:
    x, y, *more = (str(one) for one in rng.permutation(list(LETTERS)))
    for label, a, b in (
        ("equal texts", x + y + x, x + y + x),
        ("nothing and nothing", "", ""),
        ("nothing before", "", x + y),
        ("nothing behind", y + x + x, ""),
        ("one character each", x, y),
        ("an insertion in front", y + x + x, x + y + x + x),
        ("a deletion at the end", x + y + y, x + y),
        ("a replacement", x + y + x, x + more[0] + x),
        ("two that change places", x + y, y + x),
        ("nothing in common", x * 3, y * 5),
        ("shifted by one", more[0] + x + y + more[1] + x, x + y + more[1] + x + more[2]),
        ("the same characters in another order", x + y + more[0] + more[1], more[1] + more[0] + y + x),
    ):
        yield kit.Given(label, {"a": a, "b": b})
    words = [word(rng, 3) for _ in range(4)]
    yield kit.Given("lists of words", {"a": words, "b": [words[0], words[2], word(rng, 4)]})


def _is_no_minimum(function: kit.Function, rng: np.random.Generator) -> bool:
    # Against the definition, all ways to edit tried.
    for _ in range(12):
        a, b = (word(rng, int(rng.integers(0, 7)), 2) for _ in range(2))

        @cache
        def least(i: int, j: int, a: str = a, b: str = b) -> int:
            if i == len(a) or j == len(b):
                return len(a) - i + len(b) - j
            return min(least(i + 1, j) + 1, least(i, j + 1) + 1, least(i + 1, j + 1) + (a[i] != b[j]))

        if function(a, b) != least(0, 0):
            return True
    return False


edit_distance = kit.Contract(
    reference=seq2seq.edit_distance,
    outputs=(kit.exact("distance"),),
    read=READ,
    parts=(kit.Part("values", _pairs), kit.Part("edges", _edges)),
    rules=(
        kit.Rule(
            "not-the-fewest",
            "of all ways to make one text of the other, the distance counts the edits of the shortest.",
            _is_no_minimum,
            READ,
        ),
    ),
)


@edit_distance.derivation(
    words={
        "D": "the table",
        "a": "the first text",
        "b": "the second text",
        "deleted": "the way by a deletion",
        "inserted": "the way by an insertion",
        "replaced": "the way by a replacement, or an equal character",
        "i": "the place in a",
        "j": "the place in b",
    }
)
def whole_table(a, b):
    D = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
    D[:, 0] = np.arange(len(a) + 1)  #: eq-s2s-edit
    D[0, :] = np.arange(len(b) + 1)  #: eq-s2s-edit
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            deleted = D[i - 1, j] + 1  #: eq-s2s-edit
            inserted = D[i, j - 1] + 1  #: eq-s2s-edit
            replaced = D[i - 1, j - 1] + (a[i - 1] != b[j - 1])  #: eq-s2s-edit
            D[i, j] = min(deleted, inserted, replaced)  #: eq-s2s-edit
    return int(D[-1, -1])


@edit_distance.variant
def two_rows(a, b):
    above = list(range(len(b) + 1))
    for i, one in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (0 if one == other else 1)))
        above = row
    return above[-1]


@edit_distance.variant
def one_row(a, b):
    row = np.arange(len(b) + 1)
    for one in a:
        corner, row[0] = row[0], row[0] + 1
        for j, other in enumerate(b, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (one != other))
    return row[-1]


@edit_distance.variant
def remembered(a, b):
    known = {}

    def distance(i, j):
        if i == 0 or j == 0:
            return i + j
        if (i, j) not in known:
            if a[i - 1] == b[j - 1]:
                known[i, j] = distance(i - 1, j - 1)
            else:
                known[i, j] = 1 + min(distance(i - 1, j), distance(i, j - 1), distance(i - 1, j - 1))
        return known[i, j]

    return distance(len(a), len(b))


@edit_distance.variant
def lists_of_lists(a, b):
    n, m = len(a), len(b)
    D = [[0] * (m + 1) for _ in range(n + 1)]
    for i in range(n + 1):
        for j in range(m + 1):
            if i == 0:
                D[i][j] = j
            elif j == 0:
                D[i][j] = i
            elif a[i - 1] == b[j - 1]:
                D[i][j] = D[i - 1][j - 1]
            else:
                D[i][j] = 1 + min(D[i - 1][j], D[i][j - 1], D[i - 1][j - 1])
    return D[n][m]


@edit_distance.variant
def from_the_end(a, b):
    D = np.add.outer(np.arange(len(a), -1, -1), np.arange(len(b), -1, -1))
    for i in reversed(range(len(a))):
        for j in reversed(range(len(b))):
            D[i, j] = min(1 + D[i + 1, j], 1 + D[i, j + 1], D[i + 1, j + 1] + int(a[i] != b[j]))
    return D[0, 0]


@edit_distance.variant
def wave_by_wave(a, b):
    # How far along each diagonal one comes with so many edits.
    def along(i, j):
        while i < len(a) and j < len(b) and a[i] == b[j]:
            i, j = i + 1, j + 1
        return i, j

    reached, edits = {along(0, 0)}, 0
    while (len(a), len(b)) not in reached:
        reached = {
            along(*one)
            for i, j in reached
            for one in ((i + 1, j), (i, j + 1), (i + 1, j + 1))
            if one[0] <= len(a) and one[1] <= len(b)
        }
        edits += 1
    return edits


edit_distance.mistakes(
    """
    first-column-forgotten: The first column is 0: what stands at the beginning of a would be deleted for nothing. D[i,
      0] is i.
        D[:, 0] = np.arange(len(a) + 1) → D[:, 0] = 0
    first-row-forgotten: The first row is 0: what stands at the beginning of b would be inserted for nothing. D[0, j] is
      j.
        D[0, :] = np.arange(len(b) + 1) → D[0, :] = 0
    borders-forgotten: The first row and the first column are 0. To make i characters of nothing takes i edits.
        D[:, 0] = np.arange(len(a) + 1) → D[:, 0] = 0
        D[0, :] = np.arange(len(b) + 1) → D[0, :] = 0
    replacement-costs-two: A replacement costs two edits, as one deletion and one insertion. It is one edit.
        (a[i - 1] != b[j - 1]) → 2 * (a[i - 1] != b[j - 1])
    replacement-always-costs: Equal characters cost an edit, too. They cost nothing.
        (a[i - 1] != b[j - 1]) → 1
    replacement-costs-nothing: A replacement costs nothing. It is one edit, where the characters differ.
        (a[i - 1] != b[j - 1]) → 0
    equal-for-different: Equal characters cost an edit, and different ones nothing: the comparison is turned round.
        a[i - 1] != b[j - 1] → a[i - 1] == b[j - 1]
    no-deletion: A deletion is missing among the three ways.
        min(deleted, inserted, replaced) → min(inserted, replaced)
    no-insertion: An insertion is missing among the three ways.
        min(deleted, inserted, replaced) → min(deleted, replaced)
    longest-way: You take the largest of the three ways. The fewest edits are asked for.
        min(deleted, inserted, replaced) → max(deleted, inserted, replaced)
    characters-one-too-far: You compare characters one place too far: row i of the table belongs to a[i − 1].
        a[i - 1] != b[j - 1] → a[i % len(a)] != b[j % len(b)]
    one-short: The last row or column is not reached: the loops go up to len(a) and len(b), both included.
        return int(D[-1, -1]) → return int(D[-2, -2]) if len(a) and len(b) else int(D[-1, -1])
    divided-by-the-length: You divide by a length. The number of edits is asked for.
        return int(D[-1, -1]) → return int(D[-1, -1]) / max(len(a), len(b), 1)
    """
)


@edit_distance.misconception(
    "You compare place by place. One character too many at the beginning would make all others wrong: shift, too."
)
def place_by_place(a, b):
    return abs(len(a) - len(b)) + sum(x != y for x, y in zip(a, b, strict=False))


@edit_distance.misconception(
    "You count the characters that only one of both has. Their order counts, too: use the table."
)
def as_bags(a, b):
    left = list(b)
    missing = 0
    for one in a:
        if one in left:
            left.remove(one)
        else:
            missing += 1
    return max(missing, len(left))


@edit_distance.misconception("Two neighbours that change places are one edit in yours. Here they are two.")
def neighbours_exchanged(a, b):
    D = np.add.outer(np.arange(len(a) + 1), np.arange(len(b) + 1))
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            D[i, j] = min(D[i - 1, j] + 1, D[i, j - 1] + 1, D[i - 1, j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                D[i, j] = min(D[i, j], D[i - 2, j - 2] + 1)
    return int(D[-1, -1])


@edit_distance.misconception(
    "You subtract the longest common subsequence from a length. A replacement then is paired wrongly: use the table."
)
def by_a_common_subsequence(a, b):
    L = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            L[i, j] = L[i - 1, j - 1] + 1 if a[i - 1] == b[j - 1] else max(L[i - 1, j], L[i, j - 1])
    return max(len(a), len(b)) - int(L[-1, -1])
