"""Synthetic speech: what is said where it is said, and nothing that one frame tells."""

import numpy as np

from unrolled.data import tones
from unrolled.data.tones import Voice

WHO = Voice(pitch=120.0, size=1.0, level=0.3)


def test_glides_are_loud_and_what_is_between_them_is_not():
    one = tones.utterance((1, 1, 4), WHO, np.random.default_rng(1))
    inside = np.zeros(len(one.signal), dtype=bool)
    for begin, end in one.spans:
        inside[begin:end] = True
        assert np.abs(one.signal[begin:end]).max() > 0.8 * WHO.level
    assert one.labels == (1, 1, 4) and np.abs(one.signal[~inside]).max() < 6 * tones.NOISE
    assert all(left[1] <= right[0] for left, right in zip(one.spans, one.spans[1:], strict=False))


def test_a_glide_moves_from_one_vowel_to_the_other():
    def loudest(piece):
        return np.abs(np.fft.rfft(piece * np.hanning(len(piece)))).argmax() * tones.RATE / len(piece)

    rise, fall = (tones.glide(name, 0.2, WHO) for name in ("ai", "ia"))
    assert loudest(rise[:400]) > 600 > 400 > loudest(rise[-400:])
    assert loudest(fall[:400]) < 400 < 600 < loudest(fall[-400:])


def test_rows_have_the_lengths_and_labels_that_are_asked_for():
    found = tones.spoken(40, np.random.default_rng(1), 2, 4)
    assert {len(one.labels) for one in found} == {2, 3, 4}
    assert {label for one in found for label in one.labels} == {1, 2, 3, 4}
