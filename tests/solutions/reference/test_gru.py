"""The GRU, reset before and after the product: against PyTorch, its own steps, finite differences, both conventions."""

import numpy as np
from hypothesis import given

from solutions.reference.cells import GRU, GRU_AFTER
from solutions.reference.gru import (
    flip_update_gate,
    gru_forward,
    gru_step,
    gru_step_after,
    gru_step_backward,
    gru_step_backward_after,
)
from solutions.reference.numerics import sigmoid
from tests.rounding import assert_rounded
from tests.solutions.reference.cell_checks import (
    NUMERICAL,
    QUICK,
    assert_carries_state,
    assert_keeps_float32,
    assert_like_its_steps,
    assert_numerical,
    assert_same,
    blocks,
    drawn,
    run,
    run_torch,
)

before = drawn(blocks(3))
after = drawn(lambda inputs, hidden: [*blocks(3)(inputs, hidden), (hidden,)])


@QUICK
@given(after)
def test_reset_after_and_its_gradients_equal_torch(draw):
    assert_same(run(GRU_AFTER, draw), run_torch("GRU", draw), draw)


@NUMERICAL
@given(drawn(blocks(3), largest=3).filter(lambda d: np.abs(d.X).max() < 100))
def test_reset_before_has_the_gradients_of_its_differences(draw):
    assert_numerical(GRU, draw)


@QUICK
@given(before)
def test_reset_before_equals_the_equations(draw):
    W, U, b = draw.parameters
    h, hidden = draw.state[0], len(U)
    Hs, _ = gru_forward(draw.X, h, W, U, b)
    for t in range(draw.X.shape[1]):
        x = draw.X[:, t]
        z, r, n = (slice(k * hidden, (k + 1) * hidden) for k in range(3))
        keep = sigmoid(x @ W[:, z] + h @ U[:, z] + b[z])
        reset = sigmoid(x @ W[:, r] + h @ U[:, r] + b[r])
        h = keep * h + (1 - keep) * np.tanh(x @ W[:, n] + (reset * h) @ U[:, n] + b[n])
        assert_rounded(Hs[:, t], h)


@QUICK
@given(before)
def test_reset_before_equals_its_steps(draw):
    assert_like_its_steps(GRU, gru_step, gru_step_backward, draw)
    assert_carries_state(GRU, draw)
    assert_keeps_float32(GRU, draw)


@QUICK
@given(after)
def test_reset_after_equals_its_steps(draw):
    assert_like_its_steps(GRU_AFTER, gru_step_after, gru_step_backward_after, draw)
    assert_carries_state(GRU_AFTER, draw)
    assert_keeps_float32(GRU_AFTER, draw)


@QUICK
@given(before)
def test_negating_the_update_gate_gives_the_other_convention(draw):
    x, h, (W, U, b) = draw.X[:, 0], draw.state[0], draw.parameters
    z, r, n = gru_step(x, h, W, U, b)[1][4:7]
    z_flipped, r_flipped, n_flipped = gru_step(x, h, *flip_update_gate(W, U, b))[1][4:7]
    assert_rounded(z_flipped, 1 - z)
    assert_rounded(r_flipped, r)
    assert_rounded(n_flipped, n)
    # With flipped weights and the other convention the cell computes what ours does.
    other = (1 - z_flipped) * h + z_flipped * n_flipped
    assert_rounded(other, gru_step(x, h, W, U, b)[0])
    for twice, once in zip(flip_update_gate(*flip_update_gate(W, U, b)), (W, U, b), strict=True):
        np.testing.assert_array_equal(twice, once)
