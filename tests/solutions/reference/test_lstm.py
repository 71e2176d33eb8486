"""The LSTM: forward and backward against PyTorch, its own steps and the definition."""

import numpy as np
import torch
from hypothesis import given

from solutions.reference.cells import LSTM
from solutions.reference.lstm import cell_path, lstm_step, lstm_step_backward
from tests.solutions.reference.cell_checks import (
    QUICK,
    assert_carries_state,
    assert_keeps_float32,
    assert_like_its_steps,
    assert_same,
    blocks,
    drawn,
    run,
    run_torch,
)

lstm = drawn(blocks(4), states=2)


@QUICK
@given(lstm)
def test_lstm_and_its_gradients_equal_torch(draw):
    assert_same(run(LSTM, draw), run_torch("LSTM", draw), draw)


@QUICK
@given(lstm)
def test_sequence_equals_its_steps(draw):
    assert_like_its_steps(LSTM, lstm_step, lstm_step_backward, draw)
    assert_carries_state(LSTM, draw)


@QUICK
@given(lstm)
def test_float32_stays_float32(draw):
    assert_keeps_float32(LSTM, draw)


def test_the_cell_path_is_the_gradient_of_the_last_cell_with_the_gates_fixed():
    rng = np.random.default_rng(3)
    F, new = torch.tensor(rng.uniform(0, 1, (2, 6, 4))), torch.tensor(rng.standard_normal((2, 6, 4)))
    F[0, 3, 1] = 0
    cells = [torch.zeros(2, 4, dtype=torch.float64, requires_grad=True)]
    for t in range(6):
        cells.append(F[:, t] * cells[-1] + new[:, t])
    expected = torch.autograd.grad(cells[-1].sum(), cells[:-1])
    np.testing.assert_allclose(cell_path(F.numpy()), np.stack(expected, axis=1), rtol=1e-12)
