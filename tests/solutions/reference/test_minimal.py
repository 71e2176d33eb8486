"""The minimal cells: finite differences, the equations, and loop and scan equal to each other."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solutions.reference import minimal
from solutions.reference.cells import Cell, of_step
from solutions.reference.numerics import sigmoid
from solutions.reference.scan import loop, recurrence_backward, scan
from tests.rounding import assert_rounded
from tests.solutions.reference.cell_checks import (
    NUMERICAL,
    QUICK,
    assert_carries_state,
    assert_keeps_float32,
    assert_numerical,
    assert_same,
    blocks,
    drawn,
    run,
)

MGU = of_step(minimal.mgu_step, minimal.mgu_step_backward)


def as_cell(forward, backward, recurrence):
    def run_forward(X, state, parameters, lengths=None):
        Hs, cache = forward(X, *state, *parameters, lengths, recurrence)
        return Hs, (Hs[:, -1],), cache

    def run_backward(dHs, dlast, cache):
        dHs = dHs.copy()
        dHs[:, -1] += dlast[0]
        dX, dh0, *rest = backward(dHs, cache)
        return dX, (dh0,), tuple(rest)

    return Cell(run_forward, run_backward)


def without_state(k):
    return lambda inputs, hidden: [(inputs, k * hidden), (k * hidden,)]


MINGRU = partial(as_cell, minimal.mingru_forward, minimal.mingru_backward), without_state(2)
MINLSTM = partial(as_cell, minimal.minlstm_forward, minimal.minlstm_backward), without_state(3)
SCANNED = pytest.mark.parametrize(("make", "shapes"), [MINGRU, MINLSTM], ids=["minGRU", "minLSTM"])


def tame(draw):
    return np.abs(draw.X).max() < 100


@NUMERICAL
@given(drawn(blocks(2), largest=3).filter(tame))
def test_mgu_has_the_gradients_of_its_differences(draw):
    assert_numerical(MGU, draw)


@QUICK
@given(drawn(blocks(2)))
def test_mgu_equals_the_equations(draw):
    x, h, (W, U, b) = draw.X[:, 0], draw.state[0], draw.parameters
    k = len(U)
    f = sigmoid(x @ W[:, :k] + h @ U[:, :k] + b[:k])
    n = np.tanh(x @ W[:, k:] + (f * h) @ U[:, k:] + b[k:])
    assert_rounded(minimal.mgu_step(x, h, W, U, b)[0], (1 - f) * h + f * n)
    assert_keeps_float32(MGU, draw)


@SCANNED
@pytest.mark.parametrize("recurrence", [loop, scan])
def test_scanned_cells_have_the_gradients_of_their_differences(make, shapes, recurrence):
    @NUMERICAL
    @given(drawn(shapes, largest=3).filter(tame))
    def check(draw):
        assert_numerical(make(recurrence), draw)

    check()


@SCANNED
def test_loop_and_scan_give_the_same_numbers(make, shapes):
    @QUICK
    @given(drawn(shapes, largest=9))
    def check(draw):
        assert_same(run(make(scan), draw), run(make(loop), draw), draw)
        assert_carries_state(make(scan), draw)
        assert_keeps_float32(make(scan), draw)

    check()


@QUICK
@given(drawn(without_state(2)))
def test_mingru_equals_the_equations(draw):
    h, (W, b) = draw.state[0], draw.parameters
    hidden = h.shape[1]
    Hs, _ = minimal.mingru_forward(draw.X, h, W, b)
    for t in range(draw.X.shape[1]):
        a = draw.X[:, t] @ W + b
        z = sigmoid(a[:, :hidden])
        h = z * h + (1 - z) * a[:, hidden:]
        assert_rounded(Hs[:, t], h)


@QUICK
@given(drawn(without_state(3)).filter(tame))
def test_minlstm_equals_the_equations(draw):
    h, (W, b) = draw.state[0], draw.parameters
    Hs, _ = minimal.minlstm_forward(draw.X, h, W, b)
    for t in range(draw.X.shape[1]):
        a_i, a_f, n = np.split(draw.X[:, t] @ W + b, 3, axis=1)
        i, f = sigmoid(a_i), sigmoid(a_f)
        h = f / (f + i) * h + i / (f + i) * n
        assert_rounded(Hs[:, t], h)


def test_minlstm_divides_no_zero_by_zero_where_both_gates_underflow():
    X, W, b = np.ones((1, 1, 1)), np.array([[-1e4, -1e4, 1.0]]), np.zeros(3)
    Hs, _ = minimal.minlstm_forward(X, np.full((1, 1), 3.0), W, b)
    assert Hs == 2  # both gates equal: half the old state, half the candidate 1


@QUICK
@given(st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_scan_equals_the_loop_for_any_number_of_steps(steps, seed):
    rng = np.random.default_rng(seed)
    A, V, h0 = rng.standard_normal((2, steps, 3)), rng.standard_normal((2, steps, 3)), rng.standard_normal((2, 3))
    Hs = loop(A, V, h0)
    assert_rounded(scan(A, V, h0), Hs)
    if steps:
        H_before = np.concatenate([h0[:, None], Hs[:, :-1]], axis=1)
        by_loop, by_scan = (recurrence_backward(V, A, H_before, way) for way in (loop, scan))
        assert_same(by_scan, by_loop)
