"""The course's own poems: half in each language, both colons, and the Chinese ones keep the form."""

import re
import zipfile

from autograde.release.bundle import build_wheel
from unrolled.data.poems import poem_lines
from unrolled.lab.verse import QUATRAIN, rhymes

CONTENTS = [re.split("[:：]", line, maxsplit=1)[1] for line in poem_lines()]
CHINESE = [content for content in CONTENTS if re.search(r"[\u4e00-\u9fff]", content)]


def test_half_of_the_poems_are_chinese_and_no_two_are_the_same():
    assert len(CONTENTS) == len(set(CONTENTS)) == 80
    assert len(CHINESE) == 40


def test_both_colons_separate():
    marks = [re.search("[:：]", line)[0] for line in poem_lines()]
    assert marks.count("：") == 20 and marks.count(":") == 60


def test_the_chinese_ones_are_quatrains_that_rhyme():
    assert [poem for poem in CHINESE if not QUATRAIN.fullmatch(poem)] == []
    assert sum(map(rhymes, CHINESE)) >= 38  # some repeat a character's sound in another word of the same sound


def test_the_english_ones_have_two_or_four_lines():
    english = [content for content in CONTENTS if content not in CHINESE]
    assert {poem.count(" / ") for poem in english} == {1, 3}


def test_students_get_the_file_with_the_package(tmp_path):
    with zipfile.ZipFile(build_wheel(tmp_path)) as wheel:
        assert "unrolled/data/poems.txt" in wheel.namelist()
