"""Chorales: the published file of JSB, and scores of music21 as each voice sings them."""

import json
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest

from unrolled.data import bach, chorales

FILE = {"train": [[[60, 72], [], [21, 108]]], "valid": [[[60]]], "test": [[[61], [62]]]}


def test_the_parts_of_the_published_file():
    found = chorales.read(json.dumps(FILE))
    assert {part: len(pieces) for part, pieces in found.items()} == {"train": 1, "val": 1, "test": 1}
    assert found["val"] == [[[60]]]


def test_a_roll_has_a_row_a_step_and_a_column_a_key():
    roll = chorales.roll(FILE["train"][0])
    assert roll.shape == (3, 88)
    assert [np.flatnonzero(step).tolist() for step in roll] == [[39, 51], [], [0, 87]]


def test_another_file_is_refused():
    with pytest.raises(ValueError, match="valid"):
        chorales.read(json.dumps({"train": [], "test": []}))
    with pytest.raises(ValueError, match="test, chorale 0: 20"):
        chorales.read(json.dumps(FILE | {"test": [[[20]]]}))


def test_the_file_is_asked_for(tmp_path):
    with pytest.raises(FileNotFoundError, match="czhuang"):
        chorales.load(tmp_path)


def note(step, octave, duration, more="", alter=""):
    pitch = f"<pitch><step>{step}</step>{alter}<octave>{octave}</octave></pitch>"
    return f"<note>{pitch}<duration>{duration}</duration>{more}</note>"


LOW = "<note><rest/><duration>4</duration></note>" + note("C", 3, 4)
TOP = (
    note("F", 5, 2, alter="<alter>1</alter>")
    + note("G", 5, 1)
    + note("A", 5, 3, '<tie type="start"/>')
    + "</measure><measure>"
    + note("A", 5, 2, '<tie type="stop"/><notations><fermata/></notations>')
)


def score(parts, divisions=2):
    names = "".join(f"<score-part><part-name>{name}</part-name></score-part>" for name in parts)
    body = "".join(
        f"<part><measure><attributes><divisions>{divisions}</divisions></attributes>{notes}</measure></part>"
        for notes in parts.values()
    )
    return f"<score-partwise><part-list>{names}</part-list>{body}</score-partwise>"


def test_what_each_voice_sings_at_each_quarter():
    found = bach.read(ElementTree.fromstring(score({"Soprano": TOP, "Bass": LOW})), "a")
    # F sharp from 0 to 1, G to 1.5, A to 4, begun inside the second quarter; a rest of two quarters, then C to 4.
    assert found.notes.tolist() == [[78, 0], [79, 0], [81, 48], [81, 48]]
    assert found.struck.tolist() == [[True, False], [True, False], [True, True], [False, False]]
    assert found.closes.tolist() == [False, False, True, True]
    assert np.flatnonzero(found.roll()[2]).tolist() == [48 - 21, 81 - 21]


def test_a_part_with_two_notes_at_a_time_is_no_voice():
    with pytest.raises(ValueError, match="a: "):
        bach.read(ElementTree.fromstring(score({"Soprano": note("F", 5, 2) + note("A", 5, 2, "<chord/>")})), "a")


def test_scores_for_four_voices_are_found_by_name(tmp_path):
    for name, voices in (("b", bach.VOICES), ("a", bach.VOICES), ("c", ("Violin", *bach.VOICES))):
        with zipfile.ZipFile(tmp_path / f"{name}.mxl", "w") as packed:
            packed.writestr("META-INF/container.xml", "<container/>")
            packed.writestr(f"{name}.xml", score(dict.fromkeys(voices, TOP)))
    assert [one.name for one in bach.scores(tmp_path)] == ["a", "b"]


def test_tunes_are_alike_in_every_key():
    def sung(*pitches):
        notes = np.array([[pitch, 50, 45, 40] for pitch in pitches])
        return bach.Score("a", notes, notes > 0, notes[:, 0] < 0)

    first, higher, other = sung(60, 62, 64), sung(65, 67, 69), sung(60, 62, 63)
    assert bach.by_tune([first, other, higher]) == [[first, higher], [other]]


def test_music21_carries_them():
    found = bach.scores()
    assert len(found) > 300
    one = next(score for score in found if score.name == "bwv10.7")
    assert one.notes[0].tolist() == [74, 67, 58, 55] and one.notes.shape[1] == 4
