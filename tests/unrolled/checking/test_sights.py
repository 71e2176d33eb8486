"""A few numbers of an answer tell wrong answers apart, whatever rounding does to them."""

import numpy as np
import pytest

from unrolled.checking.outcome import Outcome
from unrolled.checking.outputs import exact, near, text
from unrolled.checking.sights import right_form, same, sight

RNG = np.random.default_rng(0)
OUTPUTS = near("out")
RIGHT = RNG.standard_normal((6, 7))


def seen(value, right=RIGHT, outputs=OUTPUTS):
    return sight(Outcome(outputs={"out": value}), {"out": right}, outputs)


def test_the_right_answer_leaves_nothing():
    assert seen(RIGHT).is_right(right_form({"out": RIGHT}, OUTPUTS))
    assert seen(RIGHT + 1e-6).is_right(right_form({"out": RIGHT}, OUTPUTS))
    assert not seen(RIGHT + 1e-3).is_right(right_form({"out": RIGHT}, OUTPUTS))


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e6])
def test_the_same_wrong_answer_in_single_precision_is_the_same(scale):
    right = scale * RIGHT
    wrong = right**2 / scale + right
    assert same(seen(wrong.astype(np.float32), right), seen(wrong, right))


def test_answers_that_differ_in_one_entry_are_told_apart():
    other = RIGHT + 1
    wrong = other.copy()
    wrong[2, 3] += 0.05
    assert not same(seen(wrong), seen(other))
    turned = other.copy()
    turned[0, 0], turned[0, 1] = other[0, 1], other[0, 0]
    assert not same(seen(turned), seen(other))


def test_no_two_of_a_thousand_wrong_answers_are_taken_for_each_other():
    made = [seen(RIGHT + RNG.standard_normal(RIGHT.shape)) for _ in range(1000)]
    prints = np.array([one.prints[0] for one in made])
    apart = np.abs(prints[:, None] - prints[None]).max(axis=2) > made[0].slack[0]
    assert apart.sum() == 1000 * 999


def test_shapes_and_broken_numbers_count():
    broken = RIGHT.copy()
    broken[0, 0] = np.nan
    assert not same(seen(broken), seen(np.where(np.isnan(broken), 0, broken)))
    assert not same(seen(RIGHT.T), seen(RIGHT))


def test_texts_and_whole_numbers_are_equal_or_not():
    for outputs, right, wrong, other in (
        ((text("out"),), "ab", "ba", "a"),
        ((exact("out"),), np.array([1, 2]), np.array([2, 1]), np.array([1])),
    ):
        assert seen(right, right, outputs).is_right(right_form({"out": right}, outputs))
        assert same(seen(wrong, right, outputs), seen(wrong, right, outputs))
        assert not same(seen(wrong, right, outputs), seen(other, right, outputs))
        assert not seen(wrong, right, outputs).is_right(right_form({"out": right}, outputs))
