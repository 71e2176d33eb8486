"""The driver that runs any step over a sequence: ended sequences, no steps, wrong lengths."""

import numpy as np
import pytest

from solutions.reference.sequence import alive_steps, previous_states, summed_product, unroll, unroll_backward
from tests.rounding import assert_rounded


def adding_step(x, h, w):
    """h_t = h_{t−1} + w x_t: every gradient is known by heart."""
    return h + w * x, (x, w)


def adding_step_backward(dh, cache):
    x, w = cache
    return dh * w, dh, np.array((dh * x).sum())


X = np.arange(1.0, 9.0).reshape(2, 4, 1)
H0 = np.zeros((2, 1))


def test_every_step_starts_from_the_state_of_the_one_before():
    Hs, (last,), _ = unroll(adding_step, X, (H0,), (2.0,))
    np.testing.assert_array_equal(Hs[..., 0], [[2, 6, 12, 20], [10, 22, 36, 52]])
    np.testing.assert_array_equal(last, Hs[:, -1])


def test_a_sequence_that_has_ended_keeps_its_state_and_gets_no_input_gradient():
    Hs, (last,), trace = unroll(adding_step, X, (H0,), (2.0,), lengths=np.array([2, 0]))
    np.testing.assert_array_equal(Hs[..., 0], [[2, 6, 6, 6], [0, 0, 0, 0]])
    dX, (dh0,), (dw,) = unroll_backward(adding_step_backward, np.ones((2, 4, 1)), (np.zeros((2, 1)),), trace)
    np.testing.assert_array_equal(dX[..., 0], [[8, 6, 0, 0], [0, 0, 0, 0]])
    np.testing.assert_array_equal(dh0[:, 0], [4, 4])
    assert dw == 4 * 1 + 3 * 2
    np.testing.assert_array_equal(last[:, 0], [6, 0])


def test_no_steps_give_no_outputs_and_the_initial_state():
    Hs, (last,), trace = unroll(adding_step, X[:, :0], (H0,), (2.0,))
    assert Hs.shape == (2, 0, 1)
    np.testing.assert_array_equal(last, H0)
    with pytest.raises(ValueError, match="without steps"):
        unroll_backward(adding_step_backward, Hs, (H0,), trace)


def test_lengths_may_be_a_list_and_must_fit():
    alive = alive_steps([1, 3], batch=2, steps=3)
    np.testing.assert_array_equal(alive[..., 0], [[True, True], [False, True], [False, True]])
    assert alive_steps(None, 2, 3) is None
    for wrong in ([1], [[1, 2]], [1, 4], [-1, 2]):
        with pytest.raises(ValueError, match="length"):
            alive_steps(wrong, batch=2, steps=3)


def test_previous_states_start_with_the_initial_one():
    Hs = np.arange(6.0).reshape(1, 3, 2)
    np.testing.assert_array_equal(previous_states(np.full((1, 2), -1.0), Hs), [[[-1, -1], [0, 1], [2, 3]]])


def test_summed_product_sums_over_batch_and_steps():
    rng = np.random.default_rng(0)
    A, B = rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 3, 5))
    assert_rounded(summed_product(A, B), np.einsum("btm,btn->mn", A, B))
