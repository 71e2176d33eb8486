"""The reference against PyTorch in float64, and against the definitions."""

import warnings

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from solutions.reference import numerics, rnn
from tests.rounding import assert_rounded

sizes = st.integers(1, 6)


def torch_rnn(W, U, b):
    cell = torch.nn.RNN(W.shape[0], W.shape[1], batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        cell.weight_ih_l0.copy_(torch.from_numpy(W.T))
        cell.weight_hh_l0.copy_(torch.from_numpy(U.T))
        cell.bias_ih_l0.copy_(torch.from_numpy(b))
        cell.bias_hh_l0.zero_()
    return cell


@given(sizes, sizes, sizes, sizes, st.integers(0, 2**32 - 1))
def test_rnn_forward_equals_torch(batch, steps, inputs, hidden, seed):
    rng = np.random.default_rng(seed)
    X, h0 = rng.standard_normal((batch, steps, inputs)), rng.standard_normal((batch, hidden))
    W, U, b = (rng.standard_normal(shape) for shape in ((inputs, hidden), (hidden, hidden), (hidden,)))
    Hs, _ = rnn.rnn_forward(X, h0, W, U, b)
    with torch.no_grad():
        theirs, _ = torch_rnn(W, U, b)(torch.from_numpy(X), torch.from_numpy(h0)[None])
    assert_rounded(Hs, theirs.numpy())


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=20))
def test_sigmoid_equals_torch_and_never_warns(values):
    a = np.array(values)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = numerics.sigmoid(a)
    assert_rounded(ours, torch.sigmoid(torch.from_numpy(a)).numpy())


@given(sizes, sizes, st.floats(0.1, 1e4), st.integers(0, 2**32 - 1))
def test_softmax_and_cross_entropy_equal_torch(batch, classes, scale, seed):
    rng = np.random.default_rng(seed)
    logits, targets = scale * rng.standard_normal((batch, classes)), rng.integers(0, classes, batch)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        probabilities, loss = numerics.softmax(logits), numerics.cross_entropy(logits, targets)
    ours, labels = torch.from_numpy(logits), torch.from_numpy(targets)
    assert_rounded(probabilities, torch.softmax(ours, -1).numpy())
    assert_rounded(loss, float(torch.nn.functional.cross_entropy(ours, labels)))


def test_sequence_loss_equals_torch_with_ignored_steps():
    rng = np.random.default_rng(0)
    logits, targets = rng.standard_normal((3, 5, 4)), rng.integers(0, 4, (3, 5))
    mask = (np.arange(5) < np.array([[5], [2], [1]])).astype(float)
    marked = torch.from_numpy(np.where(mask == 1, targets, -100))
    theirs = torch.nn.functional.cross_entropy(torch.from_numpy(logits).reshape(15, 4), marked.reshape(15))
    assert_rounded(rnn.sequence_loss(logits, targets, mask), float(theirs))


@given(sizes, sizes, sizes)
def test_parameters_are_those_of_torch_less_its_second_bias(inputs, hidden, outputs):
    modules = torch.nn.RNN(inputs, hidden), torch.nn.Linear(hidden, outputs)
    total = sum(p.numel() for module in modules for p in module.parameters())
    assert rnn.count_parameters(inputs, hidden, outputs) == total - hidden


def test_readout_is_one_head_at_every_step():
    rng = np.random.default_rng(0)
    Hs, Wy, by = rng.standard_normal((2, 3, 4)), rng.standard_normal((4, 5)), rng.standard_normal(5)
    logits = rnn.readout(Hs, Wy, by)
    for t in range(3):
        np.testing.assert_allclose(logits[:, t], Hs[:, t] @ Wy + by)
