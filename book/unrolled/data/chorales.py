"""JSB Chorales: 382 chorales by Bach, the notes that sound at each quarter, from the published file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from unrolled.data.published import Published

Chorale = list[list[int]]  # at each step the notes that sound, as MIDI numbers

JSB = Published(
    folder="jsb",
    files={"jsb-chorales-quarter.json": "2db9329f1881a1d3f49703ec556bf1d6f84b4f6c1d702c156536e93cf31e1c91"},
    source="czhuang/JSB-Chorales-dataset on GitHub has it; the music is in the public domain.",
)
PARTS = {"train": "train", "val": "valid", "test": "test"}  # our names, and the file's
LOWEST, KEYS = 21, 88  # of a piano, from A0 on


def load(root: Path | None = None) -> dict[str, list[Chorale]]:
    """The three parts, train, val and test, as published; raises what `Published.path` raises."""
    return read(JSB.text("jsb-chorales-quarter.json", root))


def read(text: str) -> dict[str, list[Chorale]]:
    """The parts of a JSON text: train, valid and test, each a list of chorales, each a list of steps with their notes.

    Raises:
        ValueError: a part is missing, or a note is none of a piano's; says which.
    """
    found = json.loads(text)
    if missing := sorted(set(PARTS.values()) - set(found)):
        raise ValueError(f"this is no file of the JSB chorales: it has no part {', '.join(missing)}")
    for name in PARTS.values():
        for number, chorale in enumerate(found[name]):
            for note in {note for step in chorale for note in step}:
                if not LOWEST <= note < LOWEST + KEYS:
                    raise ValueError(f"{name}, chorale {number}: {note} is no note of a piano")
    return {ours: found[theirs] for ours, theirs in PARTS.items()}


def roll(chorale: Chorale) -> np.ndarray:
    """The piano roll of a chorale, (T, 88): 1 where a key sounds, else 0."""
    found = np.zeros((len(chorale), KEYS), np.float32)
    for step, notes in enumerate(chorale):
        found[step, np.array(notes, int) - LOWEST] = 1
    return found
