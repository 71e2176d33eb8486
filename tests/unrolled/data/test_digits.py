"""Digits by part, and pictures composed of them."""

import numpy as np

from unrolled.data import digits
from unrolled.data.scenes import scenes

TEST = digits.part("test")


def test_the_parts_are_the_whole_set_in_its_order():
    assert [len(digits.part(name)) for name in digits.PARTS] == [1000, 300, 497]
    assert TEST.images.shape == (497, 8, 8) and TEST.images.min() == 0 and TEST.images.max() == 1


def test_an_enlarged_image_holds_each_pixel_in_a_square():
    large = digits.enlarged(TEST.images[:2], 3)
    assert large.shape == (2, 24, 24)
    np.testing.assert_array_equal(large[:, 1::3, 2::3], TEST.images[:2])
    np.testing.assert_array_equal(large[:, :3, :3], np.broadcast_to(TEST.images[:2, :1, :1], (2, 3, 3)))


def test_a_placed_digit_stands_at_its_corner_and_nothing_hides_it():
    one = digits.placed(TEST, 50, np.random.default_rng(1))
    assert one.corners.min() >= 0 and one.corners.max() <= 8 and len(np.unique(one.corners)) == 9
    for picture, number, (row, column) in zip(one.pictures, one.classes, one.corners, strict=True):
        box = picture[row : row + 8, column : column + 8]
        same = TEST.images[TEST.classes == number]
        assert (box >= same).all((1, 2)).any()
    assert (one.pictures.sum((1, 2)) > TEST.images.sum((1, 2)).mean()).mean() > 0.5  # clutter beside it


def test_captions_say_what_stands_where():
    made = scenes(TEST, 200, np.random.default_rng(1))
    assert made.pictures.shape == (200, 16, 16)
    kinds = set()
    for picture, caption, right in zip(made.pictures, made.captions, made.right, strict=True):
        fields = picture.reshape(2, 8, 2, 8).any((1, 3))
        assert caption in right and len(right) == (1 if fields.sum() == 1 else 2)
        if fields.sum() == 2:
            assert ("above" in caption or "below" in caption) == bool(fields.all(0).any())
        kinds.add(caption[2:-2])
    assert kinds == {(), ("above",), ("below",), ("left", "of"), ("right", "of")}


def test_both_ways_of_saying_it_name_the_digits_in_their_order():
    made = scenes(TEST, 100, np.random.default_rng(2))
    for right in made.right:
        for caption in right:
            if "above" in caption:
                assert ("a", caption[-1], "below", "a", caption[1]) in right
            if "left" in caption:
                assert ("a", caption[-1], "right", "of", "a", caption[1]) in right
