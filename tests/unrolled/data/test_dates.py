"""Dates in words: languages, days, and parts that share nothing."""

from datetime import date

import numpy as np
import pytest

from unrolled.data import dates


@pytest.mark.parametrize(
    ("locale", "style", "words"),
    [
        ("en", "long", "march 5, 2024"),
        ("de", "full", "dienstag, 5. märz 2024"),
        ("vi", "long", "5 tháng 3, 2024"),
    ],
)
def test_a_date_is_written_as_its_language_writes_it(locale, style, words):
    assert dates.in_words(date(2024, 3, 5), locale, style) == words


def test_blanks_are_plain_and_letters_small():
    for locale in (*dates.LOCALES, *dates.HELD_OUT):
        words = dates.in_words(date(1999, 12, 31), locale, "full")
        assert words == words.lower() == " ".join(words.split())


def test_a_strange_locale_is_named():
    with pytest.raises(ValueError, match="qq"):
        dates.in_words(date(2024, 3, 5), "qq")


def test_days_are_different_and_follow_the_generator():
    first, again = (dates.days(np.random.default_rng(3), 5000) for _ in "12")
    assert first == again and len(set(first)) == 5000
    assert min(first) >= dates.FIRST and max(first) <= dates.LAST
    with pytest.raises(ValueError, match="73049"):
        dates.days(np.random.default_rng(3), 80_000)


def test_languages_held_out_are_not_learnt_from():
    assert not set(dates.LOCALES) & set(dates.HELD_OUT)


def test_each_day_is_written_once_in_one_of_the_languages():
    some = dates.days(np.random.default_rng(3), 400)
    found = dates.written(some, ("en", "fi"), np.random.default_rng(4))
    assert [iso for _, iso, _ in found] == [day.isoformat() for day in some]
    assert {locale for *_, locale in found} == {"en", "fi"}
    for words, iso, locale in found:
        assert words in {dates.in_words(date.fromisoformat(iso), locale, style) for style in dates.STYLES}
