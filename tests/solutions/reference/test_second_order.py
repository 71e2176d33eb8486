"""The second-order network: the sum of its definition, finite differences, its use as an automaton."""

import numpy as np
from hypothesis import given

from solutions.reference.cells import Cell
from solutions.reference.second_order import (
    second_order_backward,
    second_order_forward,
    second_order_step,
    second_order_step_backward,
)
from solutions.reference.sequence import unroll, unroll_backward
from tests.rounding import assert_rounded
from tests.solutions.reference.cell_checks import NUMERICAL, QUICK, assert_keeps_float32, assert_numerical, drawn, run

SECOND_ORDER = Cell(
    lambda X, state, parameters, lengths: unroll(second_order_step, X, state, parameters, lengths),
    lambda dHs, dlast, trace: unroll_backward(second_order_step_backward, dHs, dlast, trace),
)


def shapes(inputs, hidden):
    return [(inputs, hidden, hidden), (hidden,)]


@QUICK
@given(drawn(shapes))
def test_equals_the_sum_over_inputs_and_units(draw):
    (M, b), h, x = draw.parameters, draw.state[0], draw.X[:, 0]
    h_next, _ = second_order_step(x, h, M, b)
    expected = np.tanh(np.einsum("bi,bj,ijk->bk", x, h, M) + b)
    assert_rounded(h_next, expected)


@NUMERICAL
@given(drawn(shapes, largest=3).filter(lambda d: np.abs(d.X).max() < 100))
def test_gradients_equal_finite_differences(draw):
    assert_numerical(SECOND_ORDER, draw)


@QUICK
@given(drawn(shapes))
def test_sequence_functions_equal_the_driver(draw):
    Hs, cache = second_order_forward(draw.X, *draw.state, *draw.parameters, lengths=draw.lengths)
    gradients = second_order_backward(draw.d_outputs, cache)
    expected = run(SECOND_ORDER, draw)
    np.testing.assert_array_equal(Hs, expected[0])
    driven = SECOND_ORDER.forward(draw.X, draw.state, draw.parameters, draw.lengths)[2]
    dX, dstate, dparameters = SECOND_ORDER.backward(draw.d_outputs, (np.zeros_like(draw.state[0]),), driven)
    for ours, theirs in zip(gradients, (dX, *dstate, *dparameters), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert_keeps_float32(SECOND_ORDER, draw)


def test_a_symbol_picks_its_own_transition():
    # Two symbols on one bit held as ±1: the first keeps it, the second flips it. Parity, which needs no training here.
    M, b = 20 * np.array([[[1.0]], [[-1.0]]]), np.zeros(1)
    symbols = np.random.default_rng(0).integers(0, 2, (5, 30))
    Hs, _ = second_order_forward(np.eye(2)[symbols], np.ones((5, 1)), M, b)
    parity = symbols.cumsum(axis=1) % 2
    np.testing.assert_array_equal(Hs[..., 0] < 0, parity == 1)
