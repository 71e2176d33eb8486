"""The LSTM's relatives: finite differences, and what each becomes where its peculiarity is switched off."""

import numpy as np
import pytest
import torch
from hypothesis import given

from solutions.reference import lstm_variants as variants
from solutions.reference.cells import of_step
from solutions.reference.layer_norm import layer_norm
from solutions.reference.lstm import lstm_step
from tests.rounding import assert_rounded
from tests.solutions.reference.cell_checks import (
    NUMERICAL,
    QUICK,
    assert_keeps_float32,
    assert_numerical,
    blocks,
    drawn,
    run,
)


def peephole_shapes(inputs, hidden):
    return [*blocks(4)(inputs, hidden), (3, hidden)]


def layer_norm_shapes(inputs, hidden):
    wide, narrow = (4 * hidden,), (hidden,)
    return [*blocks(4)(inputs, hidden), wide, wide, narrow, narrow]


CELLS = {
    "1997": (of_step(variants.lstm_1997_step, variants.lstm_1997_step_backward), blocks(3)),
    "coupled": (of_step(variants.coupled_step, variants.coupled_step_backward), blocks(3)),
    "peephole": (of_step(variants.peephole_step, variants.peephole_step_backward), peephole_shapes),
    "layer norm": (
        of_step(variants.layer_norm_lstm_step, variants.layer_norm_lstm_step_backward),
        layer_norm_shapes,
    ),
}


LEAST_SPREAD = 0.2  # normalising by less makes the third derivative, which differences leave out, hundreds and more


def well_conditioned(name, draw):
    tame = np.abs(draw.X).max() < 100
    return tame and (name != "layer norm" or spread(draw) > LEAST_SPREAD)


def spread(draw):
    """The smallest standard deviation by which the layer norms of a sequence divide."""
    (h, c), (W, U, *_), smallest = draw.state, draw.parameters, np.inf
    for t in range(draw.X.shape[1]):
        sums = draw.X[:, t] @ W, h @ U
        h, c, _ = variants.layer_norm_lstm_step(draw.X[:, t], h, c, *draw.parameters)
        smallest = min(smallest, *(a.std(axis=1).min(initial=np.inf) for a in (*sums, c)))
    return smallest


@pytest.mark.parametrize("name", CELLS)
def test_gradients_equal_finite_differences(name):
    cell, shapes = CELLS[name]

    @NUMERICAL
    @given(drawn(shapes, states=2, largest=3).filter(lambda d: well_conditioned(name, d)))
    def check(draw):
        assert_numerical(cell, draw)

    check()


@pytest.mark.parametrize("name", CELLS)
def test_saturating_inputs_give_finite_numbers_and_no_warning(name):
    cell, shapes = CELLS[name]

    @QUICK
    @given(drawn(shapes, states=2))
    def check(draw):
        assert all(np.isfinite(a).all() for a in run(cell, draw))

    check()


@pytest.mark.parametrize("name", [name for name in CELLS if name != "layer norm"])
def test_float32_stays_float32(name):
    cell, shapes = CELLS[name]

    @NUMERICAL
    @given(drawn(shapes, states=2))
    def check(draw):
        assert_keeps_float32(cell, draw)

    check()


def numbers(*shapes):
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape) for shape in shapes]


def test_peepholes_of_weight_zero_give_the_standard_cell():
    x, h, c, W, U, b = numbers((3, 2), (3, 4), (3, 4), (2, 16), (4, 16), (16,))
    standard = lstm_step(x, h, c, W, U, b)
    peephole = variants.peephole_step(x, h, c, W, U, b, np.zeros((3, 4)))
    for ours, theirs in zip(peephole[:2], standard[:2], strict=True):
        assert_rounded(ours, theirs)


def test_the_output_gate_looks_at_the_new_cell_state_and_the_others_at_the_old():
    x, h, c, W, U, b, P = numbers((3, 2), (3, 4), (3, 4), (2, 16), (4, 16), (16,), (3, 4))
    h_next, c_next, _ = variants.peephole_step(x, h, c, W, U, b, P)
    a_i, a_f, a_g, a_o = np.split(x @ W + h @ U + b, 4, axis=1)
    i, f, o = (1 / (1 + np.exp(-a)) for a in (a_i + P[0] * c, a_f + P[1] * c, a_o + P[2] * c_next))
    assert_rounded(c_next, f * c + i * np.tanh(a_g))
    assert_rounded(h_next, o * np.tanh(c_next))


def test_the_1997_cell_is_the_standard_one_with_an_open_forget_gate():
    x, h, c, W, U, b = numbers((3, 2), (3, 4), (3, 4), (2, 12), (4, 12), (12,))

    def with_open_forget_gate(a, fill):
        return np.insert(a, [4] * 4, fill, axis=-1)

    standard = lstm_step(
        x, h, c, with_open_forget_gate(W, 0), with_open_forget_gate(U, 0), with_open_forget_gate(b, 1000)
    )
    for ours, theirs in zip(variants.lstm_1997_step(x, h, c, W, U, b)[:2], standard[:2], strict=True):
        assert_rounded(ours, theirs)


def test_the_cell_path_of_the_1997_cell_passes_gradients_unchanged():
    x, h, c, W, U, b, dc = numbers((3, 2), (3, 4), (3, 4), (2, 12), (4, 12), (12,), (3, 4))
    _, _, cache = variants.lstm_1997_step(x, h, c, W, U, b)
    np.testing.assert_array_equal(variants.lstm_1997_step_backward(np.zeros_like(dc), dc, cache)[2], dc)


def test_the_coupled_cell_mixes_old_and_new_with_weights_of_sum_one():
    x, h, c, W, U, b = numbers((3, 2), (3, 4), (3, 4), (2, 12), (4, 12), (12,))
    _, c_next, _ = variants.coupled_step(x, h, c, W, U, b)
    g = np.tanh((x @ W + h @ U + b)[:, 4:8])
    assert ((c_next >= np.minimum(c, g)) & (c_next <= np.maximum(c, g))).all()


def test_layer_norm_gives_rows_of_mean_zero_and_variance_one():
    (a,) = numbers((5, 7))
    normal, _ = layer_norm(1000 * a + 3, np.ones(7))
    assert_rounded(normal.mean(axis=1), 0)
    # eps stands in the root beside a variance of about 1e6
    np.testing.assert_allclose(normal.var(axis=1), 1, atol=1e-9)


def test_layer_norm_equals_torch():
    a, gain = numbers((5, 7), (7,))
    theirs = torch.nn.functional.layer_norm(torch.from_numpy(a), (7,), torch.from_numpy(gain), eps=1e-5)
    assert_rounded(layer_norm(a, gain)[0], theirs.numpy())
