"""Elman's network: forward and backward against PyTorch, its own steps and the definition."""

import numpy as np
import pytest
from hypothesis import given

from solutions.reference.cells import RELU_RNN, RNN
from solutions.reference.rnn import rnn_backward, rnn_forward, rnn_step, rnn_step_backward
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

elman = drawn(blocks(1))


@QUICK
@given(elman)
def test_tanh_network_and_its_gradients_equal_torch(draw):
    assert_same(run(RNN, draw), run_torch("RNN", draw), draw)


@QUICK
@given(elman)
def test_relu_network_and_its_gradients_equal_torch(draw):
    assert_same(run(RELU_RNN, draw), run_torch("RNN", draw, nonlinearity="relu"), draw)


@QUICK
@given(elman)
def test_sequence_equals_its_steps(draw):
    assert_like_its_steps(RNN, rnn_step, rnn_step_backward, draw)
    assert_carries_state(RNN, draw)


@QUICK
@given(elman)
def test_float32_stays_float32(draw):
    assert_keeps_float32(RNN, draw)


def test_relu_step_keeps_its_activation_for_the_backward_pass():
    x, h, W, U, b = np.ones((1, 1)), np.ones((1, 1)), np.eye(1), np.eye(1), np.zeros(1)
    h_next, cache = rnn_step(x, h, W, U, b, activation="relu")
    assert h_next == 2
    assert [float(g.squeeze()) for g in rnn_step_backward(np.ones((1, 1)), cache)] == [1, 1, 1, 1, 1]


def test_lengths_must_be_one_per_sequence_and_within_the_steps():
    X, h0, W, U, b = np.zeros((2, 3, 1)), np.zeros((2, 1)), np.eye(1), np.eye(1), np.zeros(1)
    with pytest.raises(ValueError, match="one length per sequence"):
        rnn_forward(X, h0, W, U, b, lengths=np.array([1]))
    with pytest.raises(ValueError, match="between 0 and 3"):
        rnn_forward(X, h0, W, U, b, lengths=np.array([1, 4]))


def test_the_cache_serves_more_than_one_backward_pass():
    rng = np.random.default_rng(0)
    X, h0, dHs = rng.standard_normal((2, 4, 3)), rng.standard_normal((2, 2)), rng.standard_normal((2, 4, 2))
    _, cache = rnn_forward(X, h0, rng.standard_normal((3, 2)), rng.standard_normal((2, 2)), np.zeros(2))
    for first, second in zip(rnn_backward(dHs, cache), rnn_backward(dHs, cache), strict=True):
        np.testing.assert_array_equal(first, second)
