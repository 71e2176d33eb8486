"""Films that are shown, and what was rated until then."""

import numpy as np
import pytest

from unrolled.data import stars


@pytest.fixture(scope="module")
def loaded():
    return stars.load(width=4)


def test_a_person_belongs_to_one_part(loaded):
    users = [set(part.user) for part in loaded[0].values()]
    assert sum(map(len, users)) == len(set.union(*users)) == 671


def test_what_comes_before_is_what_was_shown_before(loaded):
    one = loaded[0]["train"]
    begins = np.flatnonzero(np.diff(one.user, prepend=-1))
    for first in begins[:50]:
        assert not one.before[first].any() and not one.stars[first].any()
        assert one.before[first + 1].tolist() == [0, 0, 0, one.film[first]]
        assert one.before[first + 5].tolist() == one.film[first + 1 : first + 5].tolist()
        assert (one.stars[first + 5] == 5).tolist() == (one.clicked[first + 1 : first + 5] == 1).tolist()


def test_films_that_training_does_not_know_have_the_number_0(loaded):
    parts, numbers = loaded
    counts = np.bincount(parts["train"].film, minlength=numbers)
    assert counts[1:].min() >= 5 and (parts["test"].film == stars.NONE).any()
    assert parts["test"].film.max() < numbers


def test_some_of_them():
    part = stars.load(width=2)[0]["val"]
    few = part.of(part.clicked == 1)
    assert few.clicked.all() and few.before.shape == (len(few.film), 2)
