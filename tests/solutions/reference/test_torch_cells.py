"""The PyTorch modules compute what the reference and torch.nn compute, gradients included."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions.reference import cells, torch_cells
from solutions.reference.gru import gru_step, gru_step_after
from solutions.reference.lstm import lstm_step
from solutions.reference.rnn import rnn_step
from solutions.reference.sequence import unroll
from tests.rounding import assert_rounded
from unrolled.layouts import from_torch, shapes

CELLS = {
    "rnn": (torch_cells.RNNCell, rnn_step, torch.nn.RNN),
    "lstm": (torch_cells.LSTMCell, lstm_step, torch.nn.LSTM),
    "gru": (torch_cells.GRUCell, gru_step, None),
    "gru_after": (torch_cells.GRUAfterCell, gru_step_after, torch.nn.GRU),
}
REFERENCE = {"rnn": cells.RNN, "lstm": cells.LSTM, "gru": cells.GRU, "gru_after": cells.GRU_AFTER}
sizes = st.integers(1, 5)
quick = settings(max_examples=15, deadline=None)


def model_with(cell, arrays):
    module = CELLS[cell][0](len(arrays[0]), len(arrays[1])).to(torch.float64)
    with torch.no_grad():
        for name, value in zip(("W", "U", "b", "bn"), arrays, strict=False):
            getattr(module, name).copy_(torch.from_numpy(value))
    return torch_cells.Recurrent(module)


def drawn(cell, batch, steps, inputs, hidden, seed, scale=1.0):
    rng = np.random.default_rng(seed)
    X, arrays = rng.standard_normal((batch, steps, inputs)), shapes(cell, inputs, hidden).values()
    state = [scale * rng.standard_normal((batch, hidden)) for _ in range(CELLS[cell][0].states)]
    return X, state, [scale * rng.standard_normal(s) for s in arrays]


@pytest.mark.parametrize("cell", CELLS)
@quick
@given(sizes, sizes, sizes, sizes, st.booleans(), st.sampled_from([0.0, 0.7, 1e4]), st.integers(0, 2**32 - 1))
def test_outputs_equal_the_reference(cell, batch, steps, inputs, hidden, ragged, scale, seed):
    X, state, arrays = drawn(cell, batch, steps, inputs, hidden, seed, scale)
    lengths = np.random.default_rng(seed).integers(0, steps + 1, batch) if ragged else None
    Hs, last, _ = unroll(CELLS[cell][1], X, state, arrays, lengths)
    with torch.no_grad():
        theirs, theirs_last = model_with(cell, arrays)(
            torch.from_numpy(X),
            tuple(map(torch.from_numpy, state)),
            None if lengths is None else torch.from_numpy(lengths),
        )
    assert_rounded(Hs, theirs.numpy())
    for ours, other in zip(last, theirs_last, strict=True):
        assert_rounded(ours, other.numpy())


@pytest.mark.parametrize("cell", [name for name, (_, _, module) in CELLS.items() if module])
def test_weights_of_torch_nn_give_its_outputs_and_gradients(cell):
    theirs = CELLS[cell][2](3, 4, batch_first=True, dtype=torch.float64)
    ((parameters,),) = from_torch(cell, {k: v.numpy() for k, v in theirs.state_dict().items()})
    ours = model_with(cell, parameters)
    X = torch.randn(2, 5, 3, dtype=torch.float64)
    one, other = X.clone().requires_grad_(), X.clone().requires_grad_()
    Hs, (expected, _) = ours(one)[0], theirs(other)
    (Hs**2).sum().backward()
    (expected**2).sum().backward()
    assert_rounded(Hs.detach().numpy(), expected.detach().numpy())
    assert_rounded(one.grad.numpy(), other.grad.numpy())
    named = {k: p.grad.numpy() for k, p in theirs.named_parameters()}
    # One bias of ours stands for two of torch's, and either of those has its gradient; not so in the GRU's candidate.
    named["bias_hh_l0"][: 8 if cell == "gru_after" else None] = 0
    ((gradients,),) = from_torch(cell, named)
    for name, expected_gradient in zip(("W", "U", "b", "bn"), gradients, strict=False):
        assert_rounded(getattr(ours.cell, name).grad.numpy(), expected_gradient)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("dims", [(1, 1, 1, 1), (3, 4, 2, 5)])
def test_gradients_equal_the_reference(cell, dims):
    X, state, arrays = drawn(cell, *dims, seed=0)
    model, reference = model_with(cell, arrays), REFERENCE[cell]
    dHs = np.random.default_rng(1).standard_normal((*dims[:2], dims[3]))
    inputs, begin = torch.from_numpy(X).requires_grad_(), tuple(torch.from_numpy(s).requires_grad_() for s in state)
    Hs, _ = model(inputs, begin)
    (Hs * torch.from_numpy(dHs)).sum().backward()
    _, last, cache = reference.forward(X, tuple(state), tuple(arrays), None)
    dX, dstate, dparameters = reference.backward(dHs, cells.zeros_like(last), cache)
    names = ("W", "U", "b", "bn")[: len(arrays)]
    tensors = (inputs, *begin, *(getattr(model.cell, name) for name in names))
    for ours, tensor in zip((dX, *dstate, *dparameters), tensors, strict=True):
        assert_rounded(ours, tensor.grad.numpy())


def test_relu_is_another_activation():
    cell = torch_cells.RNNCell(2, 3, activation="relu")
    x, h = torch.randn(4, 2), torch.randn(4, 3)
    assert torch.equal(cell(x, (h,))[0], torch.relu(x @ cell.W + h @ cell.U + cell.b))


@pytest.mark.parametrize("cell", CELLS)
def test_first_values(cell):
    module = CELLS[cell][0](7, 5)
    for block in module.U.detach().chunk(module.U.shape[1] // 5, dim=1):
        assert_rounded((block @ block.T).numpy(), np.eye(5, dtype=np.float32))
    assert module.W.abs().max() <= np.sqrt(6 / 12)
    forget = module.b[5:10] if cell == "lstm" else module.b[:0]
    assert forget.eq(1).all()
    assert module.b.sum() == forget.sum()
    assert [s.shape for s in module.initial_state(2)] == [(2, 5)] * module.states
