"""Features of sound: against their formulas, and of a stream against those of the whole."""

import numpy as np
import pytest

from unrolled.lab import audio

NOISE = np.random.default_rng(1).normal(size=2345)


def test_frames_overlap_and_the_rest_is_dropped():
    found = audio.frames(np.arange(12), size=5, hop=3)
    assert found.tolist() == [[0, 1, 2, 3, 4], [3, 4, 5, 6, 7], [6, 7, 8, 9, 10]]
    with pytest.raises(ValueError, match="5 samples, and the signal only 4"):
        audio.frames(np.arange(4), size=5)


def test_a_tone_is_loudest_in_the_bands_around_it():
    for pitch in (200, 1000, 3000):
        tone = np.sin(2 * np.pi * pitch * np.arange(400) / audio.RATE)
        edges = audio.hertz(np.linspace(audio.mel(audio.LOW), audio.mel(audio.HIGH), audio.BANDS + 2))
        for band in audio.log_mel(tone).argmax(1):
            assert edges[band] < pitch < edges[band + 2]


def test_the_scale_goes_back():
    np.testing.assert_allclose(audio.hertz(audio.mel(np.array([0.0, 440, 4000]))), [0, 440, 4000], atol=1e-9)
    assert audio.mel(1000) == pytest.approx(1000, abs=0.1)


def test_a_stream_has_the_features_of_the_whole():
    mean, X = np.linspace(-1, 1, audio.BANDS), audio.log_mel(NOISE)
    whole = X - audio.running_mean(X, mean)
    for size in (1, 80, 199, 200, 555, 5000):
        stream = audio.Features(mean)
        pieces = [stream.read(NOISE[start : start + size]) for start in range(0, len(NOISE), size)]
        np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-9)


def test_a_running_mean_begins_at_the_prior_and_ends_near_the_signals_own():
    X = np.full((5000, 2), 3.0)
    found = audio.running_mean(X, np.zeros(2), prior=4)
    np.testing.assert_allclose(found[0], 3 / 5)
    np.testing.assert_allclose(found[-1], 3, atol=0.01)


def test_steps_are_frames_beside_each_other():
    assert audio.stacked(np.arange(10).reshape(5, 2), 2).tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
