"""The synthetic tasks have the answers that their descriptions promise."""

import numpy as np
import pytest

from unrolled.data import tasks


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def test_adding_marks_one_step_of_each_half_and_sums_them(rng):
    X, y = tasks.adding(rng, 500, 9)
    marks = X[..., 1]
    assert set(np.unique(marks)) == {0.0, 1.0}
    assert (marks[:, :4].sum(1) == 1).all() and (marks[:, 4:].sum(1) == 1).all()
    picked = X[..., 0][marks == 1].reshape(500, 2)
    np.testing.assert_allclose(y, picked.sum(1))


def test_answering_one_to_the_adding_problem_misses_by_a_sixth(rng):
    _, y = tasks.adding(rng, 200_000, 10)
    assert abs(np.mean((y - 1) ** 2) - 1 / 6) < 3e-3


def test_adding_refuses_one_step(rng):
    with pytest.raises(ValueError, match="2 steps"):
        tasks.adding(rng, 3, 1)


@pytest.mark.parametrize("delay", [0, 1, 20])
def test_copying_asks_for_the_symbols_in_order_after_the_signal(rng, delay):
    X, y = tasks.copying(rng, 40, delay, length=3, symbols=5)
    assert X.shape == y.shape == (40, 6 + delay)
    np.testing.assert_array_equal(X[:, :3], y[:, -3:])
    assert ((X == 6).sum(1) == 1).all() and (X[:, 3 + delay] == 6).all()
    assert (y[:, : 3 + delay] == 0).all() and set(np.unique(y[:, -3:])) == {1, 2, 3, 4, 5}
    assert (X[:, 3 : 3 + delay] == 0).all() and (X[:, 4 + delay :] == 0).all()


def test_first_symbol_stands_only_in_the_first_step(rng):
    X, y = tasks.first_symbol(rng, 2000, 6, symbols=3)
    np.testing.assert_array_equal(X[:, 0].argmax(1), y)
    assert abs(np.corrcoef(X[:, 1, 0], y == 0)[0, 1]) < 0.1


def test_parity_counts_the_ones_so_far(rng):
    X, y = tasks.parity(rng, 20, 8)
    for bits, answers in zip(X[..., 0], y, strict=True):
        assert [int(sum(bits[: t + 1])) % 2 for t in range(8)] == answers.tolist()


def test_delayed_echo_repeats_the_input(rng):
    X, y = tasks.delayed_echo(rng, 5, 10, delay=3)
    np.testing.assert_array_equal(y[:, 3:], X[:, :7, 0])
    assert (y[:, :3] == 0).all()


def test_delayed_xor_compares_each_bit_with_the_one_before(rng):
    X, y = tasks.delayed_xor(rng, 20, 9, delay=3)
    bits = X[..., 0]
    np.testing.assert_array_equal(y[:, :3], bits[:, :3])
    np.testing.assert_array_equal(y[:, 3:], bits[:, 3:] != bits[:, :-3])


def test_neither_bit_of_a_delayed_xor_tells_the_answer_alone(rng):
    X, y = tasks.delayed_xor(rng, 20_000, 4, delay=3)
    assert abs(np.corrcoef(X[:, 3, 0], y[:, 3])[0, 1]) < 0.03
    assert abs(np.corrcoef(X[:, 0, 0], y[:, 3])[0, 1]) < 0.03


def test_latch_keeps_the_sign_that_was_written_last(rng):
    X, y = tasks.latch(rng, 30, 40, writes=0.1)
    assert set(np.unique(X[..., 1])) == {0.0, 1.0} and np.abs(X[..., 0]).min() >= 0.2
    for sequence, answers in zip(X, y, strict=True):
        kept = 0.0
        for (value, signal), answer in zip(sequence, answers, strict=True):
            kept = np.sign(value) if signal else kept
            assert answer == kept


def test_counting_starts_again_at_each_reset(rng):
    X, y = tasks.counting(rng, 30, 40, resets=0.1)
    assert ((X == 1).all(axis=-1)).any(), "an event and a reset come at once"
    for sequence, answers in zip(X, y, strict=True):
        count = 0
        for (event, reset), answer in zip(sequence, answers, strict=True):
            count = 0 if reset else count + int(event)
            assert answer == count


def test_the_marked_sign_stands_in_the_first_half_and_is_the_answer(rng):
    X, y = tasks.marked_sign(rng, 500, 9)
    signs, marks = X[..., 0], X[..., 1]
    assert X.shape == (500, 9, 2) and set(np.unique(signs)) == set(np.unique(y)) == {-1.0, 1.0}
    assert (marks[:, :4].sum(1) == 1).all() and (marks[:, 4:] == 0).all()
    np.testing.assert_array_equal(signs[marks == 1], y)
    assert abs(np.mean(signs[:, -1] == y) - 0.5) < 0.1
    with pytest.raises(ValueError, match="2 steps"):
        tasks.marked_sign(rng, 3, 1)
