"""Both directions: against PyTorch with packed sequences, and the reversal within each length."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from solutions.reference.bidirectional import bidirectional, reverse_within
from solutions.reference.cells import GRU, LSTM, RNN, zeros_like
from solutions.reference.stack import stack_backward, stack_forward
from tests.rounding import assert_rounded
from tests.solutions.reference.cell_checks import NUMERICAL, QUICK, assert_numerical, blocks, drawn

CELLS = {"RNN": (RNN, 1), "LSTM": (LSTM, 2)}


def test_each_sequence_is_reversed_within_its_length():
    X = np.arange(10.0).reshape(2, 5, 1)
    np.testing.assert_array_equal(reverse_within(X, [3, 5])[..., 0], [[2, 1, 0, 3, 4], [9, 8, 7, 6, 5]])
    np.testing.assert_array_equal(reverse_within(X), X[:, ::-1])


@QUICK
@given(st.integers(1, 4), st.integers(1, 5), st.data())
def test_reversing_twice_changes_nothing(batch, steps, data):
    lengths = data.draw(st.lists(st.integers(0, steps), min_size=batch, max_size=batch))
    X = np.random.default_rng(0).standard_normal((batch, steps, 2))
    np.testing.assert_array_equal(reverse_within(reverse_within(X, lengths), lengths), X)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", CELLS)
def test_layers_of_both_directions_equal_torch_with_packed_sequences(kind, layers):
    cell, states = CELLS[kind]
    batch, steps, inputs, hidden, lengths = 4, 6, 3, 2, np.array([6, 2, 5, 1])
    rng = np.random.default_rng(0)
    module = getattr(torch.nn, kind)(inputs, hidden, layers, batch_first=True, bidirectional=True, dtype=torch.float64)
    parameters = []
    for layer in range(layers):
        own = []
        for suffix in ("", "_reverse"):
            W, U, b, b2 = (
                getattr(module, f"{name}_l{layer}{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            )
            own += [W.detach().numpy().T, U.detach().numpy().T, (b + b2).detach().numpy()]
        parameters.append(tuple(own))
    X, dHs = rng.standard_normal((batch, steps, inputs)), rng.standard_normal((batch, steps, 2 * hidden))
    dHs *= np.arange(steps)[:, None] < lengths[:, None, None]  # torch fills the padding with zeros: no loss there
    state = [tuple(rng.standard_normal((batch, hidden)) for _ in range(2 * states)) for _ in range(layers)]
    Hs, last, cache = stack_forward(bidirectional(cell), X, state, parameters, lengths)
    dX, dstate, dparameters = stack_backward(dHs, [zeros_like(s) for s in last], cache)

    x = torch.tensor(X, requires_grad=True)
    # torch: (layers · directions, B, H) for each of h and c
    begin = [
        torch.tensor(np.stack([s[n * states + c] for s in state for n in range(2)]), requires_grad=True)
        for c in range(states)
    ]
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    out, end = module(packed, tuple(begin) if states > 1 else begin[0])
    out, _ = torch.nn.utils.rnn.pad_packed_sequence(out, batch_first=True)
    (out * torch.tensor(dHs)).sum().backward()
    inside = (np.arange(steps) < lengths[:, None])[..., None]
    assert_rounded(Hs * inside, out.detach().numpy())
    assert_rounded(dX, x.grad.numpy())
    end = end if states > 1 else (end,)
    for layer in range(layers):
        for n, suffix in enumerate(("", "_reverse")):
            for c in range(states):
                row, place = 2 * layer + n, n * states + c
                assert_rounded(last[layer][place], end[c][row].detach().numpy())
                assert_rounded(dstate[layer][place], begin[c].grad[row].numpy())
            dW, dU, db = dparameters[layer][3 * n : 3 * n + 3]
            assert_rounded(dW, getattr(module, f"weight_ih_l{layer}{suffix}").grad.numpy().T)
            assert_rounded(dU, getattr(module, f"weight_hh_l{layer}{suffix}").grad.numpy().T)
            assert_rounded(db, getattr(module, f"bias_ih_l{layer}{suffix}").grad.numpy())


@NUMERICAL
@given(
    drawn(lambda inputs, hidden: [*blocks(3)(inputs, hidden), *blocks(3)(inputs, hidden)], states=2, largest=3).filter(
        lambda d: np.abs(d.X).max() < 100
    )
)
def test_gradients_with_any_lengths_equal_finite_differences(draw):
    both = replace(draw, d_outputs=np.concatenate([draw.d_outputs, -2 * draw.d_outputs], axis=2))
    assert_numerical(bidirectional(GRU), both)
