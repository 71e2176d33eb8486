"""Modified Kneser–Ney, against the same recursion written plainly."""

import numpy as np
import pytest

from unrolled.lab.counts import surprises
from unrolled.lab.kneser_ney import HALF, discounts, kneser_ney

SIZE, LONGEST = 5, 3


def level(train, length, longest):
    """What is counted of each piece: how often it came, or how many different symbols stood before it."""
    pieces = [tuple(train[place : place + length]) for place in range(len(train) - length + 1)]
    if length < longest:
        pieces = [one[1:] for one in {tuple(train[n : n + length + 1]) for n in range(len(train) - length)}]
    return {one: pieces.count(one) for one in set(pieces)}


def plainly(train, piece, longest):
    """The chance of the last symbol of a piece behind the others."""
    shorter = plainly(train, piece[1:], longest) if len(piece) > 1 else 1 / SIZE
    counts = level(train, len(piece), longest)
    behind = {one: many for one, many in counts.items() if one[:-1] == piece[:-1]}
    if not behind:
        return shorter
    taken = discounts(np.array(list(counts.values())))
    freed = sum(taken[min(many, 3)] for many in behind.values())
    many = counts.get(piece, 0)
    return (many - taken[min(many, 3)] + freed * shorter) / sum(behind.values())


def test_it_is_the_recursion_of_the_paper():
    rng = np.random.default_rng(1)
    train, text = rng.choice(SIZE - 1, 400, p=(0.6, 0.25, 0.1, 0.05)), rng.integers(0, SIZE, 12)
    found = kneser_ney(train, text, SIZE, LONGEST)
    for length in range(1, LONGEST + 1):
        wanted = [
            plainly(train.tolist(), tuple(text[place - length + 1 : place + 1].tolist()), length)
            for place in range(LONGEST - 1, len(text))
        ]
        np.testing.assert_allclose(2 ** -found[length - 1], wanted, rtol=1e-12)


@pytest.mark.parametrize("context", [(0, 1), (3, 3), (4, 0)])  # met often, seldom, never
def test_the_chances_of_all_symbols_sum_to_one(context):
    train = np.random.default_rng(2).choice(SIZE - 1, 300, p=(0.5, 0.3, 0.15, 0.05))
    chances = [2 ** -kneser_ney(train, np.array([*context, v]), SIZE, LONGEST)[-1, 0] for v in range(SIZE)]
    assert sum(chances) == pytest.approx(1, abs=1e-12)


def test_discounts_by_hand_and_where_there_are_too_few_counts():
    many = np.repeat([1, 2, 3, 4], [8, 4, 2, 1])  # y = 8 / 16
    np.testing.assert_allclose(discounts(many), [0, 0.5, 0.5, 1.0])
    assert discounts(np.array([1, 2, 2, 7])) is HALF


def test_it_beats_the_plainer_smoothing_on_text_with_structure():
    rng = np.random.default_rng(3)
    words = ["".join(rng.choice(list("abcdefgh"), 5)) for _ in range(60)]
    text = " ".join(rng.choice(words, 3000))
    ids = np.array([" abcdefgh".index(one) for one in text])
    ours, plainer = (table(ids[:15000], ids[15000:], 9, 6).mean(1)[-1] for table in (kneser_ney, surprises))
    assert ours < plainer


def test_too_long_pieces_and_too_short_texts_are_refused():
    text = np.zeros(50, dtype=int)
    with pytest.raises(ValueError, match="take shorter ones"):
        kneser_ney(text, text, 100, 10)
    with pytest.raises(ValueError, match="shorter than the pieces"):
        kneser_ney(text, text[:2], 3, 3)
