"""Piano rolls on a page: what is drawn, what is said of it, and the chords that can be heard."""

import json
import re
from html import unescape

import numpy as np
import pytest

from unrolled.lab import piano


def roll(*chords):
    found = np.zeros((len(chords), 88))
    for step, keys in enumerate(chords):
        found[step, np.array(keys, int) - 21] = 1
    return found


def test_where_a_note_stays():
    assert piano.stays([1, 1, 0, 1]) == [(0, 2), (3, 4)]
    assert piano.stays([0, 0]) == []


def test_the_figure_holds_the_chords_and_says_what_is_drawn():
    found = piano.show("here", {"By A & B": roll([60, 64], [60], [])}, "Two notes.", given=1).data
    assert json.loads(unescape(re.search('data-chords="([^"]*)"', found)[1])) == [[60, 64], [60], []]
    assert "By A &amp; B: a piano roll of 3 quarter notes, 0 to 2 notes at a time" in found
    assert found.count("<button type") == 1 and "hidden>Play" in found
    bars = re.search('<path d="([^"]*)"', found)[1]
    assert bars.count("M") == 2


def test_a_piece_without_notes_is_refused():
    with pytest.raises(ValueError, match="notes"):
        piano.show("here", {"A": np.zeros((3, 88))}, "Nothing.")
