"""The judge is right under fresh keys: the second half of the functions."""

import pytest

from tests.solutions.judging.fresh_keys import SUBJECTS, trouble


@pytest.mark.slow
@pytest.mark.parametrize("function", SUBJECTS[1])
def test_the_judge_is_right_under_fresh_keys(function):
    assert trouble(function) == []
