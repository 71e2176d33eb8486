"""Verses in a made-up form: each keeps it, and nothing else can be known."""

from collections import Counter

import numpy as np

from unrolled.data.verses import LENGTHS, LINES, LONGEST, MARKS, PLAIN, RHYMES, verses


def lines_of(verse):
    """The lines of a verse, each with its mark."""
    content = verse.split(":")[1]
    size = len(content) // LINES
    return [content[k * size : (k + 1) * size] for k in range(LINES)]


def test_every_verse_keeps_the_form():
    made = verses(np.random.default_rng(0), 300)
    assert [verse.split(":")[0] for verse in made] == [str(number) for number in range(1, 301)]
    for verse in made:
        lines = lines_of(verse)
        assert "".join(lines) == verse.split(":")[1] and len("".join(lines)) <= LONGEST
        assert len(lines[0]) - 1 in LENGTHS
        assert [line[-1] for line in lines] == list(MARKS * 2)
        assert any({line[-2] for line in lines} <= set(rhyme) for rhyme in RHYMES)
        assert all(set(line[:-2]) <= set(PLAIN) for line in lines)


def test_all_that_may_come_is_as_likely():
    made = [lines_of(verse) for verse in verses(np.random.default_rng(1), 6000)]
    lengths = Counter(len(lines[0]) - 1 for lines in made)
    first = Counter(lines[0][0] for lines in made)
    last = Counter(lines[3][-2] for lines in made)
    for counts, kinds in ((lengths, len(LENGTHS)), (first, len(PLAIN)), (last, len("".join(RHYMES)))):
        assert len(counts) == kinds
        assert all(abs(count / len(made) - 1 / kinds) < 0.03 for count in counts.values())
