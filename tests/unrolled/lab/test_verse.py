"""Form, rhymes and tones of quatrains, on verses whose sounds are plain."""

import pytest

from unrolled.lab.verse import QUATRAIN, lines_of, rhymes, sound, turns

KEPT = "春水过桥东，新芽满岸风。小舟谁系住，还在雨声中。"


@pytest.mark.parametrize(
    ("poem", "kept"),
    [
        (KEPT, True),
        ("江上西风吹浪白，渔人收网趁斜阳。归来不说鱼多少，只说今年水更长。", True),
        (KEPT[:-1], False),  # no mark at the end
        (KEPT[:18], False),  # three lines
        (KEPT.replace("新芽", "芽"), False),
        (KEPT.replace("新芽", "新芽绿绿"), False),  # lines of 5 and 7
        (KEPT.replace("新芽", "，芽"), False),
    ],
)
def test_a_quatrain_has_four_lines_of_five_or_of_seven(poem, kept):
    assert bool(QUATRAIN.fullmatch(poem)) == kept


def test_lines_stand_without_their_marks():
    assert lines_of(KEPT) == ["春水过桥东", "新芽满岸风", "小舟谁系住", "还在雨声中"]


def test_rhymes_go_by_the_thirteen_tracks_and_a_character_does_not_rhyme_with_itself():
    assert rhymes(KEPT)  # feng, zhong
    assert not rhymes(KEPT.replace("中", "前"))
    assert not rhymes(KEPT.replace("中", "风"))
    assert not rhymes(KEPT.replace("中", "□"))


def test_tones_are_level_or_not_and_simplified_is_as_traditional():
    assert [sound(one)[1] for one in "妈麻马骂"] == [True, True, False, False]
    assert sound("风") == sound("風") and sound("□") is None


def test_a_line_turns_where_its_second_and_fourth_characters_differ_in_tone():
    line = "春水桥东过，"  # shui 3rd, dong 1st: they differ
    same = "春风桥东过，"  # feng 1st, dong 1st
    assert turns(line * 3 + same) == 0.75
