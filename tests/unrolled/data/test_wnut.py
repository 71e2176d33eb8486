"""The shared task's files: two columns, an empty line behind each sentence."""

import pytest

from unrolled.data import wnut

TEXT = "Empire\tB-location\nState\tI-location\n:)\tO\n\t\n\nso\tO\nkktny\tB-creative-work\n"


def test_sentences_and_their_tags():
    first, second = wnut.read(TEXT)
    assert first == (["Empire", "State", ":)"], ["B-location", "I-location", "O"])
    assert second == (["so", "kktny"], ["O", "B-creative-work"])


@pytest.mark.parametrize("line", ["Empire B-location", "Empire\tlocation", "a\tO\tO"])
def test_another_format_is_refused_with_its_line(line):
    with pytest.raises(ValueError, match="line 2"):
        wnut.read(f"so\tO\n{line}\n")


def test_the_files_are_asked_for(tmp_path):
    with pytest.raises(FileNotFoundError, match="emerging_entities_17"):
        wnut.load(tmp_path)
