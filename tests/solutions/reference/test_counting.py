"""Counts by formula against counts by the frameworks."""

import keras
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from solutions.reference import counting, rnn, torch_cells
from unrolled import layouts

sizes = st.integers(1, 6)
quick = settings(max_examples=20, deadline=None)
IN_TORCH = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru_after": torch.nn.GRU}
CELLS = {
    "rnn": torch_cells.RNNCell,
    "lstm": torch_cells.LSTMCell,
    "gru": torch_cells.GRUCell,
    "gru_after": torch_cells.GRUAfterCell,
}


def numel(module):
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize("cell", CELLS)
@quick
@given(inputs=sizes, hidden=sizes)
def test_own_parameters_are_those_of_the_shapes_and_of_our_modules(cell, inputs, hidden):
    count = counting.parameters(cell, inputs, hidden)
    assert count == sum(int(np.prod(s)) for s in layouts.shapes(cell, inputs, hidden).values())
    assert count == numel(CELLS[cell](inputs, hidden))


@pytest.mark.parametrize("cell", IN_TORCH)
@quick
@given(inputs=sizes, hidden=sizes, layers=st.integers(1, 3), bidirectional=st.booleans())
def test_parameters_in_torch(cell, inputs, hidden, layers, bidirectional):
    module = IN_TORCH[cell](inputs, hidden, layers, bidirectional=bidirectional)
    assert counting.stack_parameters(cell, inputs, hidden, layers, bidirectional, "torch") == numel(module)
    if layers == 1 and not bidirectional:
        assert counting.parameters(cell, inputs, hidden, "torch") == numel(module)


@pytest.mark.parametrize(
    ("cell", "layer"),
    [
        ("rnn", lambda H: keras.layers.SimpleRNN(H)),
        ("lstm", lambda H: keras.layers.LSTM(H)),
        ("gru", lambda H: keras.layers.GRU(H, reset_after=False)),
        ("gru_after", lambda H: keras.layers.GRU(H, reset_after=True)),
    ],
)
@pytest.mark.parametrize(("inputs", "hidden"), [(1, 1), (3, 5)])
def test_parameters_in_keras(cell, layer, inputs, hidden):
    built, both = layer(hidden), keras.layers.Bidirectional(layer(hidden))
    for module in (built, both):
        module.build((None, 4, inputs))
    assert counting.parameters(cell, inputs, hidden, "keras") == built.count_params()
    assert counting.stack_parameters(cell, inputs, hidden, 1, True, "keras") == both.count_params()


def test_readout_is_counted_as_the_assignment_does():
    assert rnn.count_parameters(3, 4, 6) == counting.parameters("rnn", 3, 4) + 4 * 6 + 6


def test_a_cell_of_two_blocks():
    assert counting.block_parameters(blocks=2, inputs=3, hidden=4, biases=2) == 2 * (3 * 4 + 4 * 4 + 4)


def test_a_cell_that_a_framework_lacks_is_an_error():
    with pytest.raises(ValueError, match="torch has no cell 'gru'; it has rnn, lstm, gru_after"):
        counting.parameters("gru", 3, 4, "torch")


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("dims", [(1, 1, 1, 1, 1), (2, 3, 4, 5, 0), (4, 2, 3, 6, 7)])
def test_flops_are_those_that_torch_counts(cell, dims):
    batch, steps, inputs, hidden, outputs = dims
    model = torch_cells.Recurrent(CELLS[cell](inputs, hidden))
    X = torch.randn(batch, steps, inputs, requires_grad=True)
    state = tuple(s.requires_grad_() for s in model.cell.initial_state(batch))
    head = torch.randn(hidden, outputs, requires_grad=True)
    with FlopCounterMode(display=False) as forward:
        Hs, _ = model(X, state)
        logits = torch.stack([h @ head for h in Hs.unbind(1)]) if outputs else Hs
    assert forward.get_total_flops() == counting.sequence_flops(cell, batch, steps, inputs, hidden, outputs)
    if not outputs:
        assert forward.get_total_flops() == steps * counting.step_flops(cell, batch, inputs, hidden)
    with FlopCounterMode(display=False) as backward:
        logits.sum().backward()
    total = forward.get_total_flops() + backward.get_total_flops()
    assert total == counting.training_flops(cell, batch, steps, inputs, hidden, outputs)
