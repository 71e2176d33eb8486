"""The Free Spoken Digit Dataset: 3,000 recordings of English digits by six speakers; for recorded experiments.

Any archive of the repository will do: what counts is the recordings in it.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from unrolled.data.published import VARIABLE

ARCHIVE = "fsdd/free-spoken-digit-dataset.tar.gz"
SHA256 = "6e8e7e8ffcf53976ac3d03956c481b2afeff8c184257fda63afaafcaa004b791"  # of all recordings, as `digest` makes it
HASHES = (f"fsdd {SHA256}",)  # what an experiment's record depends on
SOURCE = (
    "It is https://github.com/Jakobovski/free-spoken-digit-dataset (CC BY-SA 4.0), release v1.0.10 with 3,000 "
    "recordings: curl -L https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/v1.0.10.tar.gz"
)
RATE = 8000  # samples a second
TEST_TAKES = range(5)  # of each digit and speaker: the publisher's test part
NAME = re.compile(r"(?:.*/)?recordings/(?P<digit>\d)_(?P<speaker>[a-z]+)_(?P<take>\d+)\.wav")


class Recording(NamedTuple):
    """One digit, said once."""

    digit: int
    speaker: str
    take: int
    signal: np.ndarray  # (N,) between −1 and 1


def load(root: Path | None = None) -> list[Recording]:
    """All recordings, ordered by speaker, digit and take.

    Args:
        root: the folder that holds the data sets' folders; without it, the one that UNROLLED_DATA names.

    Raises:
        FileNotFoundError: the archive is missing; says how to get it.
        ValueError: its recordings are not those of the release, or no recordings of this format.
    """
    path = (root or Path(os.environ.get(VARIABLE) or "data")) / ARCHIVE
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing. {SOURCE} -o {path.name} Put it there, or name the folder that holds {ARCHIVE}: "
            f"{VARIABLE}=/that/folder"
        )
    found = read(path)
    if digest(found) != SHA256:
        raise ValueError(f"{path} holds other recordings ({len(found)}) than the release. {SOURCE} -o {path.name}")
    return found


def read(path: Path) -> list[Recording]:
    """The recordings of an archive in the publisher's format: recordings/DIGIT_SPEAKER_TAKE.wav.

    Raises:
        ValueError: there is none, or one has not one channel of 16 bits at 8 kHz; names the file.
    """
    found = []
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and (name := NAME.fullmatch(member.name)):
                content = archive.extractfile(member)
                assert content is not None
                signal = samples(content.read(), member.name)
                found.append(Recording(int(name["digit"]), name["speaker"], int(name["take"]), signal))
    if not found:
        raise ValueError(f"{path} has no file recordings/DIGIT_SPEAKER_TAKE.wav")
    return sorted(found, key=lambda one: (one.speaker, one.digit, one.take))


def samples(content: bytes, name: str) -> np.ndarray:
    """What a WAV file holds, between −1 and 1, (N,).

    Raises:
        ValueError: it has not one channel of 16 bits at 8 kHz, or is no WAV file; says which file.
    """
    try:
        with wave.open(io.BytesIO(content)) as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{name} is no WAV file: {error}") from None
    if form != (1, 2, RATE):
        raise ValueError(f"{name} has (channels, bytes, samples a second) {form}, not (1, 2, {RATE})")
    return np.frombuffer(data, "<i2") / 32768


def digest(recordings: Sequence[Recording]) -> str:
    """The SHA-256 of what recordings are and hold."""
    total = hashlib.sha256()
    for one in recordings:
        total.update(f"{one.digit} {one.speaker} {one.take} {len(one.signal)}\n".encode())
        total.update(np.rint(one.signal * 32768).astype("<i2").tobytes())
    return total.hexdigest()
