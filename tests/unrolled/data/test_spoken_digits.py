"""The archive of spoken digits: names, sound, and what is refused."""

import io
import tarfile
import wave

import numpy as np
import pytest

from unrolled.data import spoken_digits


def sound(values, channels=1, width=2, rate=8000):
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(np.array(values, dtype="<i2").tobytes())
    return content.getvalue()


@pytest.fixture
def archive(tmp_path):
    def make(**files):
        path = tmp_path / spoken_digits.ARCHIVE
        path.parent.mkdir(exist_ok=True)
        with tarfile.open(path, "w:gz") as tar:
            for name, content in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
        return path

    return make


def test_recordings_are_read_whatever_folder_holds_them_and_ordered(archive):
    path = archive(
        **{
            "set-1.0/recordings/7_theo_12.wav": sound([16384, -32768]),
            "set-1.0/recordings/7_theo_2.wav": sound([0]),
            "set-1.0/recordings/9_jackson_0.wav": sound([1, 2, 3]),
            "set-1.0/README.md": b"no recording",
        }
    )
    found = spoken_digits.read(path)
    assert [one[:3] for one in found] == [(9, "jackson", 0), (7, "theo", 2), (7, "theo", 12)]
    assert found[2].signal.tolist() == [0.5, -1.0]


def test_the_digest_depends_on_sound_and_names(archive):
    digests = {
        spoken_digits.digest(spoken_digits.read(archive(**{f"recordings/{name}.wav": sound(values)})))
        for name, values in (("1_theo_0", [1, 2]), ("1_theo_0", [1, 3]), ("2_theo_0", [1, 2]), ("1_theo_1", [1, 2]))
    }
    assert len(digests) == 4


@pytest.mark.parametrize(
    "content", [sound([1, 2], channels=2), sound([1], rate=16000), sound([1], width=1), b"RIFF", b""]
)
def test_another_sound_is_refused_with_its_name(archive, content):
    with pytest.raises(ValueError, match="1_theo_0"):
        spoken_digits.read(archive(**{"recordings/1_theo_0.wav": content}))


def test_an_archive_without_recordings_is_refused(archive):
    with pytest.raises(ValueError, match="DIGIT_SPEAKER_TAKE"):
        spoken_digits.read(archive(**{"recordings/theo.wav": sound([1])}))


def test_the_archive_is_asked_for_and_another_release_refused(archive, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"free-spoken-digit-dataset/archive.*UNROLLED_DATA"):
        spoken_digits.load(tmp_path)
    archive(**{"recordings/1_theo_0.wav": sound([1])})
    with pytest.raises(ValueError, match=r"other recordings \(1\)"):
        spoken_digits.load(tmp_path)
