"""Truncated BPTT: full BPTT where the window covers all, cut gradients and a carried state elsewhere."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from solutions.reference.cells import LSTM, RELU_RNN, RNN, zeros_like
from solutions.reference.rnn import rnn_backward, rnn_forward
from solutions.reference.truncated import rnn_backward_truncated, truncated_bptt
from tests.solutions.reference.cell_checks import QUICK, assert_same, blocks, drawn, torch_module

lstm = drawn(blocks(4), states=2, largest=6)
window = st.integers(1, 4)


def all_windows(cell, draw, every, back):
    return list(
        truncated_bptt(
            cell,
            draw.X,
            draw.state,
            draw.parameters,
            lambda Hs, start, stop: draw.d_outputs[:, start:stop],
            every,
            back,
            draw.lengths,
        )
    )


def summed(windows):
    return [np.sum(parts, axis=0) for parts in zip(*(w.gradients for w in windows), strict=True)]


@QUICK
@given(lstm, window)
def test_a_window_that_reaches_back_to_the_start_gives_full_bptt(draw, every):
    windows = all_windows(LSTM, draw, every, back=every * 6)
    Hs, last, cache = LSTM.forward(draw.X, draw.state, draw.parameters, draw.lengths)
    _, _, full = LSTM.backward(draw.d_outputs, zeros_like(last), cache)
    assert_same(summed(windows), full, draw)
    assert_same([np.concatenate([w.outputs for w in windows], axis=1), *windows[-1].state], [Hs, *last], draw)


@QUICK
@given(lstm.filter(lambda d: d.lengths is None), window)
def test_windows_of_their_own_equal_torch_with_a_detached_state(draw, every):
    module = torch_module("LSTM", draw)
    state, X, dHs = tuple(torch.tensor(s)[None] for s in draw.state), torch.tensor(draw.X), torch.tensor(draw.d_outputs)
    windows = all_windows(LSTM, draw, every, back=every)
    for w in windows:
        module.zero_grad()
        Hs, state = module(X[:, w.start : w.stop], tuple(s.detach() for s in state))
        (Hs * dHs[:, w.start : w.stop]).sum().backward()
        dW, dU, db = w.gradients
        theirs = module.weight_ih_l0.grad.T, module.weight_hh_l0.grad.T, module.bias_ih_l0.grad
        assert_same([w.outputs, dW, dU, db], [Hs.detach().numpy(), *(g.numpy() for g in theirs)], draw)


def scalar_chain(steps):
    # h_t = h_{t−1} + x_t in all but name: ReLU of positive numbers with weights 1, so that gradients can be counted.
    return np.ones((1, steps, 1)), np.zeros((1, 1)), np.eye(1), np.eye(1), np.zeros(1)


@pytest.mark.parametrize(("every", "back", "paths"), [(1, 1, 6), (1, 3, 15), (2, 2, 9), (2, 4, 17), (3, 6, 21)])
def test_gradients_reach_back_as_many_steps_as_said(every, back, paths):
    X, h0, W, U, b = scalar_chain(6)
    windows = truncated_bptt(RELU_RNN, X, (h0,), (W, U, b), lambda Hs, start, stop: np.ones_like(Hs), every, back)
    assert sum(w.gradients[2].item() for w in windows) == paths


def test_parameters_changed_between_windows_are_used_by_the_next():
    X, h0, W, U, b = scalar_chain(4)
    outputs = []
    for w in truncated_bptt(RNN, X, (h0,), (W, U, b), lambda Hs, start, stop: np.ones_like(Hs), 2, 2):
        outputs.append(w.outputs)
        W *= 0
        U *= 0
    assert outputs[0].all()
    assert not outputs[1].any()


@pytest.mark.parametrize(("every", "back"), [(0, 2), (2, 3), (2, 1), (2, 0)])
def test_a_window_must_be_a_multiple_of_the_stride(every, back):
    X, h0, W, U, b = scalar_chain(4)
    with pytest.raises(ValueError, match="multiple"):
        next(truncated_bptt(RNN, X, (h0,), (W, U, b), lambda Hs, start, stop: Hs, every, back))


@QUICK
@given(drawn(blocks(1), largest=6), window)
def test_truncated_backward_pass_equals_its_windows(draw, size):
    _, cache = rnn_forward(draw.X, *draw.state, *draw.parameters, lengths=draw.lengths)
    _, _, *gradients = rnn_backward_truncated(draw.d_outputs, size, cache)
    assert_same(gradients, summed(all_windows(RNN, draw, size, size)), draw)
    assert_same(rnn_backward_truncated(draw.d_outputs, 6, cache), rnn_backward(draw.d_outputs, cache), draw)


def test_only_the_first_block_sends_a_gradient_to_the_initial_state():
    rng = np.random.default_rng(0)
    _, cache = rnn_forward(*(rng.standard_normal(s) for s in ((2, 5, 3), (2, 4), (3, 4), (4, 4), (4,))))
    dHs = rng.standard_normal((2, 5, 4))
    dHs[:, :2] = 0
    dX, dh0, *_ = rnn_backward_truncated(dHs, 2, cache)
    assert not dh0.any()
    assert not dX[:, :2].any()
    assert dX[:, 2:].all()
