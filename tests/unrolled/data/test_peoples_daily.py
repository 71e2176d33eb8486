"""The tagged newspaper: its format, whole names, tags, and parts that share no sentence."""

import pytest

from unrolled.data import peoples_daily as daily

TEXT = "江/nr  泽民/nr  到/v  山东省/ns  肥城市/ns  。/w  欧阳/nr  海/nr  和/c  贝多芬/nr\n\n新华社/nt  电/n  １/２/m\n"


def test_a_line_and_a_full_stop_end_a_sentence():
    found = daily.read(TEXT)
    assert [daily.text_of(one) for one in found] == ["江泽民到山东省肥城市。", "欧阳海和贝多芬", "新华社电１/２"]
    assert found[2][-1] == ("１/２", "m")


def test_surname_and_given_name_are_one_name_and_neighbours_stay_two():
    first, second, third = map(daily.names, daily.read(TEXT))
    assert first == [("PER", 0, 2), ("LOC", 4, 6), ("LOC", 7, 9)]
    assert second == [("PER", 0, 2), ("PER", 4, 6)]
    assert third == [("ORG", 0, 2)]


def test_four_names_in_a_row_are_four():
    (sentence,) = daily.read("李/nr  鹏/nr  乔/nr  石/nr  朱/nr  镕基/nr  克林顿/nr")
    assert daily.names(sentence) == [("PER", 0, 1), ("PER", 2, 3), ("PER", 4, 6), ("PER", 7, 9)]


def test_tags_of_spans_and_of_words():
    sentence = daily.read(TEXT)[0]
    tags = " ".join(daily.bio(daily.names(sentence), 11))
    assert tags == "B-PER I-PER I-PER O B-LOC I-LOC I-LOC B-LOC I-LOC I-LOC O"
    assert "".join(daily.bmes(sentence)) == "SBESBMEBMES"


def test_what_is_no_word_with_a_tag_is_refused():
    with pytest.raises(ValueError, match="line 2: '电' is not"):
        daily.read("新华社/nt\n电\n")


def test_the_month_is_split_in_order_and_no_sentence_stands_in_two_parts():
    numbered = daily.read("\n".join(f"第{n % 95}/m  天/q" for n in range(100)))
    found = daily.parts(numbered)
    texts = {part: [daily.text_of(one) for one in found[part]] for part in found}
    assert texts["train"] == [f"第{n}天" for n in range(80)]
    assert texts["val"] == [f"第{n}天" for n in range(80, 90)]
    assert texts["test"] == [f"第{n}天" for n in range(90, 95)]


def test_the_real_month():
    sentences = daily.read(daily.corpus_text())
    assert len(sentences) > 40_000
    assert daily.text_of(sentences[1]) == "中共中央总书记、国家主席江泽民"
    assert daily.names(sentences[1]) == [("ORG", 0, 3), ("PER", 12, 14)]
