"""The flip-flop's answers are the last pulses."""

import numpy as np

from unrolled.data.flip_flop import CHANCE, flip_flop


def test_the_answer_is_the_last_pulse():
    X, y = flip_flop(np.random.default_rng(1), 5, 60, 3)
    assert X.shape == y.shape == (5, 60, 3)
    for pulses, bits in zip(X.transpose(0, 2, 1).reshape(15, 60), y.transpose(0, 2, 1).reshape(15, 60), strict=True):
        last = 0.0
        for pulse, bit in zip(pulses, bits, strict=True):
            last = pulse or last
            assert bit == last


def test_pulses_are_rare_and_of_both_signs():
    X, _ = flip_flop(np.random.default_rng(1), 50, 200, 2)
    assert set(np.unique(X)) == {-1.0, 0.0, 1.0}
    assert abs((X != 0).mean() - CHANCE) < 0.02 and abs(X.mean()) < 0.02
