"""First values have the distribution that their paper states."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions.reference import initialise, rnn
from solutions.reference.lstm import lstm_step
from solutions.reference.numerics import sigmoid
from tests.depth import examples
from tests.rounding import assert_rounded

sizes = st.integers(1, 7)
quick = settings(max_examples=examples(30), deadline=None)


@quick
@given(sizes, sizes, st.integers(1, 4), st.sampled_from([1.0, 1.4]), st.integers(0, 2**32 - 1))
def test_every_block_is_orthogonal(rows, columns, blocks, gain, seed):
    kernel = initialise.orthogonal(np.random.default_rng(seed), rows, columns, blocks, gain)
    assert kernel.shape == (rows, blocks * columns)
    for block in np.split(kernel, blocks, axis=1):
        gram = block @ block.T if rows <= columns else block.T @ block
        assert_rounded(gram, gain**2 * np.eye(len(gram)))


def test_orthogonal_is_uniform_over_the_group():
    # Under the uniform distribution on O(n) the trace has mean 0 and variance 1, and half have determinant −1.
    rng = np.random.default_rng(0)
    for n in (1, 2, 3):
        drawn = np.stack([initialise.orthogonal(rng, n, n) for _ in range(2000)])
        traces = np.trace(drawn, axis1=1, axis2=2)
        assert abs(traces.mean()) < 0.1
        assert abs(traces.var() - 1) < 0.15
        assert abs(np.linalg.det(drawn).mean()) < 0.1


@pytest.mark.parametrize(("rows", "columns"), [(300, 100), (100, 300)])
def test_glorot_has_the_variance_of_the_paper_and_stays_within_its_limit(rows, columns):
    W = initialise.glorot_uniform(np.random.default_rng(0), rows, columns, blocks=4)
    assert W.shape == (rows, 4 * columns)
    assert np.abs(W).max() <= np.sqrt(6 / 400)
    assert W.var() == pytest.approx(2 / 400, rel=0.02)
    assert abs(W.mean()) < 1e-3


def test_identity_with_relu_keeps_a_state_that_is_not_negative():
    h, U = np.random.default_rng(0).random((2, 5)), initialise.identity(5)
    assert np.array_equal(np.maximum(h @ U, 0), h)
    assert np.array_equal(initialise.identity(2, blocks=2, gain=0.5), [[0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5]])


def test_forget_bias_opens_the_forget_gate_and_no_other():
    hidden = 3
    b = initialise.forget_bias(hidden, value=2.0)
    x, h, c = np.zeros((1, 2)), np.zeros((1, hidden)), np.ones((1, hidden))
    _, c_next, _ = lstm_step(x, h, c, np.zeros((2, 12)), np.zeros((3, 12)), b)
    np.testing.assert_allclose(c_next, sigmoid(np.array(2.0)))
    assert b.sum() == 6


def test_orthogonal_kernel_keeps_the_norm_of_a_linear_recurrence():
    U = initialise.orthogonal(np.random.default_rng(0), 8, 8)
    h = np.random.default_rng(1).standard_normal((1, 8))
    assert_rounded(np.linalg.norm(h @ np.linalg.matrix_power(U, 200)), np.linalg.norm(h))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_and_seeds(dtype):
    def draw():
        rng = np.random.default_rng(5)
        return initialise.glorot_uniform(rng, 2, 3, dtype=dtype), initialise.orthogonal(rng, 3, 3, dtype=dtype)

    for one, same in zip(draw(), draw(), strict=True):
        assert np.array_equal(one, same)
    W, U = draw()
    b, U_one = initialise.forget_bias(3, dtype=dtype), initialise.identity(3, dtype=dtype)
    assert {a.dtype for a in (W, U, b, U_one)} == {np.dtype(dtype)}
    h, _ = rnn.rnn_step(np.ones((1, 2), dtype), np.zeros((1, 3), dtype), W, U, np.zeros(3, dtype))
    assert h.dtype == dtype
