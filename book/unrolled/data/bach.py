"""Bach's four-part chorales as the package music21 carries them: what each voice sings at each quarter note.

The scores are MusicXML files; they are read by their path, which is faster than the package's own parser.
"""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

VOICES = ("Soprano", "Alto", "Tenor", "Bass")
SCALE = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}  # semitones above C
KEYS, LOWEST = 88, 21  # of a piano, from A0 on


@dataclass(frozen=True)
class Score:
    """A chorale, a step a quarter note.

    name: of the file, which is the number in the catalogue of Bach's works.
    notes: MIDI number of each voice, soprano first, 0 where it is silent, (T, 4).
    struck: whether the voice's note begins with this step or inside the last one, (T, 4); else it is held.
    closes: whether the soprano has a fermata, the sign at the end of a line, (T,).
    """

    name: str
    notes: np.ndarray
    struck: np.ndarray
    closes: np.ndarray

    def __len__(self) -> int:
        return len(self.notes)

    def roll(self) -> np.ndarray:
        """The piano roll, (T, 88): 1 where a key sounds, else 0."""
        found = np.zeros((len(self), KEYS), np.float32)
        step, voice = np.nonzero(self.notes)
        found[step, self.notes[step, voice] - LOWEST] = 1
        return found


def scores(folder: Path | None = None) -> list[Score]:
    """All chorales for four voices and nothing else, by name.

    folder: of `.mxl` files; without it, music21's.

    Raises:
        ModuleNotFoundError: music21 is not installed.
    """
    found = []
    for path in sorted((folder or _carried()).glob("*.mxl")):
        with zipfile.ZipFile(path) as packed:
            (name,) = [name for name in packed.namelist() if not name.startswith("META-INF") and name.endswith("xml")]
            root = ElementTree.fromstring(packed.read(name))
        if voices(root) == VOICES:
            found.append(read(root, path.stem))
    return found


def _carried() -> Path:
    package = find_spec("music21")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("the chorales come with the package music21: pip install music21")
    return Path(package.submodule_search_locations[0], "corpus/bach")


def voices(root: ElementTree.Element) -> tuple[str, ...]:
    """The names of a score's parts, from the top."""
    return tuple(name.text or "" for name in root.iter("part-name"))


def read(root: ElementTree.Element, name: str) -> Score:
    """A score of MusicXML, partwise, with one voice a part and no chords in it; the last started quarter counts whole.

    Raises:
        ValueError: a part has a chord or goes back in time, so that it is no single voice.
    """
    sung = [_sung(part, name) for part in root.iter("part")]
    steps = int(np.ceil(max(end for part in sung for _, end, _, _ in part)))
    notes = np.zeros((steps, len(sung)), int)
    struck = np.zeros((steps, len(sung)), bool)
    closes = np.zeros(steps, bool)
    for voice, part in enumerate(sung):
        for start, end, pitch, fermata in part:
            first, last = int(np.ceil(start)), int(np.ceil(end))  # the steps that begin while it sounds
            notes[first:last, voice] = pitch
            struck[first : min(last, first + 1), voice] = True
            if fermata and voice == 0:
                closes[first:last] = True
    return Score(name, notes, struck, closes)


def _sung(part: ElementTree.Element, name: str) -> list[tuple[float, float, int, bool]]:
    """Start, end (in quarters), pitch and fermata of each note of a part; tied ones are one."""
    found: list[tuple[float, float, int, bool]] = []
    now, divisions = 0.0, 1.0
    for item in part.iter():
        if item.tag == "divisions":
            divisions = float(item.text or 1)
        elif item.tag == "backup" or item.tag == "chord":
            raise ValueError(f"{name}: a part with more than one note at a time is no voice")
        elif item.tag == "forward":
            now += float(item.findtext("duration") or 0) / divisions
        elif item.tag == "note" and item.find("grace") is None:
            start, now = now, now + float(item.findtext("duration") or 0) / divisions
            if item.find("pitch") is None:
                continue
            pitch, fermata = _midi(item), item.find("notations/fermata") is not None
            if any(tie.get("type") == "stop" for tie in item.findall("tie")) and found:
                start, _, pitch, before = found.pop()
                fermata = fermata or before
            found.append((start, now, pitch, fermata))
    return found


def _midi(note: ElementTree.Element) -> int:
    step, octave = note.findtext("pitch/step") or "C", int(note.findtext("pitch/octave") or 4)
    return 12 * (octave + 1) + SCALE[step] + int(float(note.findtext("pitch/alter") or 0))


def tune(score: Score, steps: int = 12) -> tuple[int, ...]:
    """How a melody begins, in any key: the soprano's moves in semitones over the first steps."""
    return tuple(np.diff(score.notes[:steps, 0]).tolist())


def by_tune(found: Sequence[Score]) -> list[list[Score]]:
    """The scores in groups whose melodies begin alike: Bach set many a tune several times."""
    groups: dict[tuple[int, ...], list[Score]] = defaultdict(list)
    for score in found:
        groups[tune(score)].append(score)
    return list(groups.values())
