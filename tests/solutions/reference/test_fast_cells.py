"""The fast forms of the LSTM and the GRU equal the plain ones, in every layout that their products take."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solutions.reference import products
from solutions.reference.cells import GRU_AFTER, LSTM, Cell
from solutions.reference.fast_gru import fast_gru_backward_after, fast_gru_forward_after
from solutions.reference.fast_lstm import ROWS_AT_ONCE, fast_lstm_backward, fast_lstm_forward
from solutions.reference.products import CACHE_LINE, product_into, summed_into, transposed, workspace
from tests.rounding import assert_rounded
from tests.solutions.reference.cell_checks import (
    NUMERICAL,
    QUICK,
    Drawn,
    assert_carries_state,
    assert_keeps_float32,
    assert_numerical,
    assert_same,
    blocks,
    drawn,
    run,
)


def fast(forward, backward) -> Cell:
    def run_forward(X, state, parameters, lengths=None):
        assert lengths is None
        Hs, *rest, cache = forward(X, *state, *parameters)
        return Hs, (Hs[:, -1], *rest), cache

    def run_backward(dHs, dlast, cache):
        dHs = dHs.copy()
        dHs[:, -1] += dlast[0]
        dX, *rest = backward(dHs, *dlast[1:], cache)
        return dX, tuple(rest[: len(dlast)]), tuple(rest[len(dlast) :])

    return Cell(run_forward, run_backward)


def gru_shapes(inputs, hidden):
    return [*blocks(3)(inputs, hidden), (hidden,)]


CELLS = {
    "lstm": (fast(fast_lstm_forward, fast_lstm_backward), LSTM),
    "gru": (fast(fast_gru_forward_after, fast_gru_backward_after), GRU_AFTER),
}
SHAPES = {"lstm": (blocks(4), 2), "gru": (gru_shapes, 1)}
calls = st.sampled_from(sorted(CELLS)).flatmap(
    lambda name: st.tuples(
        st.just(name), drawn(SHAPES[name][0], SHAPES[name][1]).map(lambda d: replace(d, lengths=None))
    )
)


@QUICK
@given(calls)
def test_the_fast_form_equals_the_plain_one(call):
    name, draw = call
    ours, plain = CELLS[name]
    assert_same(run(ours, draw), run(plain, draw), draw)


@QUICK
@given(calls)
def test_float32_stays_float32_and_a_sequence_goes_in_pieces(call):
    name, draw = call
    assert_keeps_float32(CELLS[name][0], draw)
    assert_carries_state(CELLS[name][0], draw)


@NUMERICAL
@given(calls)
def test_its_gradients_are_those_of_its_values(call):
    name, draw = call
    if np.abs(draw.X).max(initial=0) < 100:  # differences of saturated gates say nothing
        assert_numerical(CELLS[name][0], draw)


def call_of(name, batch, steps, inputs, hidden, dtype=float):
    shapes, states = SHAPES[name]
    rng = np.random.default_rng(batch + steps)

    def normal(*shape):
        return (rng.standard_normal(shape) / np.sqrt(shape[-1])).astype(dtype)

    pairs = [tuple(normal(batch, hidden) for _ in range(states)) for _ in range(2)]
    parameters = tuple(normal(*shape) for shape in shapes(inputs, hidden))
    X, dHs = normal(batch, steps, inputs), normal(batch, steps, hidden)
    return Drawn(X, pairs[0], parameters, None, dHs, pairs[1])


# B, T, D, H: all of them one, each of them one, and all of them different.
FEW = [(1, 1, 1, 1), (1, 7, 5, 4), (3, 1, 5, 4), (3, 7, 1, 4), (3, 7, 5, 1), (3, 7, 5, 4), (2, 50, 7, 9)]


@pytest.mark.parametrize("name", sorted(CELLS))
@pytest.mark.parametrize("sizes", FEW)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_it_equals_the_plain_form_at_sizes_of_one_and_in_both_precisions(name, sizes, dtype):
    draw = call_of(name, *sizes, dtype=dtype)
    ours, plain = (run(cell, draw) for cell in CELLS[name])
    assert {a.dtype for a in ours} == {np.dtype(dtype)} == {a.dtype for a in plain}
    assert_same(ours, plain)


@pytest.mark.parametrize("name", sorted(CELLS))
@pytest.mark.parametrize("small", [True, False])
def test_it_equals_the_plain_form_with_kernels_in_slices_and_whole(name, small, monkeypatch):
    monkeypatch.setattr(products, "_has_small_products", lambda: small)
    # At 64 × 128 × 128 a block is no small product; half of it is.
    assert (products.slice_width(64, 128, 128) < 128) == small
    draw = call_of(name, 64, 7, 32, 128)
    assert_same(run(CELLS[name][0], draw), run(CELLS[name][1], draw))


@pytest.mark.parametrize("name", sorted(CELLS))
@pytest.mark.parametrize("past", [-1, 0, 1])
def test_it_equals_the_plain_form_at_the_borders_of_the_steps_that_go_together(name, past):
    batch = 20
    draw = call_of(name, batch, 2 * ROWS_AT_ONCE // batch + past, 3, 4)
    assert_same(run(CELLS[name][0], draw), run(CELLS[name][1], draw))


@pytest.mark.parametrize("name", sorted(CELLS))
def test_the_cache_serves_more_than_one_backward_pass(name):
    draw, cell = call_of(name, 3, 12, 2, 4), CELLS[name][0]
    *_, cache = cell.forward(draw.X, draw.state, draw.parameters, None)
    first, second = (cell.backward(draw.d_outputs, draw.dlast, cache) for _ in range(2))
    for one, other in zip((first[0], *first[1], *first[2]), (second[0], *second[1], *second[2]), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("batch", [1, 3, 80])
@pytest.mark.parametrize("small", [True, False])
def test_products_equal_einsum(batch, small, monkeypatch):
    monkeypatch.setattr(products, "_has_small_products", lambda: small)
    rng = np.random.default_rng(batch)
    kernels, left = rng.standard_normal((3, 161, 96)), rng.standard_normal((batch, 3 * 161))
    out, summed = np.empty((3, batch, 96)), np.empty((batch, 96))
    product_into(out, kernels)(left[:, :161])
    assert_rounded(out, np.einsum("br,krh->kbh", left[:, :161], kernels))
    summed_into(summed, kernels)(left)
    assert_rounded(summed, np.einsum("bkr,krh->bh", left.reshape(batch, 3, 161), kernels))


def test_a_workspace_is_one_piece_of_arrays_that_begin_at_cache_lines_and_do_not_overlap():
    arrays = workspace(np.dtype(np.float32), (3, 5), (), (7,), (0, 4), (2, 2, 2))
    for number, array in enumerate(arrays):
        assert array.ctypes.data % CACHE_LINE == 0
        array[...] = number
    for number, array in enumerate(arrays):
        assert array.dtype == np.float32 and (array == number).all()
    assert len({id(array.base) for array in arrays}) == 1


def test_transposed_lies_row_after_row():
    K = np.arange(15.0).reshape(3, 5)
    found = transposed(K, np.dtype(np.float32))
    assert found.flags.c_contiguous and found.dtype == np.float32
    np.testing.assert_array_equal(found, K.T)
