"""Jacobians by formula, by differences and by automatic differentiation; their products and what gradients do."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions.reference import jacobians
from solutions.reference.initialise import forget_bias, orthogonal
from solutions.reference.lstm import lstm_forward, lstm_step, lstm_step_backward
from solutions.reference.rnn import rnn_forward, rnn_step
from tests.rounding import QUOTIENT, assert_rounded

sizes = st.integers(1, 5)
quick = settings(max_examples=25, deadline=None)


def drawn(seed, batch=2, steps=6, inputs=3, hidden=4, scale=0.7):
    rng = np.random.default_rng(seed)
    shapes = (batch, steps, inputs), (batch, hidden), (inputs, hidden), (hidden, hidden), (hidden,)
    return tuple(scale * rng.standard_normal(shape) for shape in shapes)


@quick
@given(sizes, sizes, sizes, st.sampled_from([0.7, 30.0]), st.integers(0, 2**32 - 1))
def test_formula_equals_automatic_differentiation(batch, inputs, hidden, scale, seed):
    X, h0, W, U, b = drawn(seed, batch, 1, inputs, hidden, scale)
    h_next, _ = rnn_step(X[:, 0], h0, W, U, b)
    x, h, *p = map(torch.from_numpy, (X[:, 0], h0, W, U, b))
    theirs = torch.func.vmap(torch.func.jacrev(lambda h, x: torch.tanh(x @ p[0] + h @ p[1] + p[2])))(h, x)
    assert_rounded(jacobians.rnn_jacobian(h_next, U), theirs.numpy())


@quick
@given(sizes, sizes, sizes, st.integers(0, 2**32 - 1))
def test_formula_equals_differences(batch, inputs, hidden, seed):
    X, h0, W, U, b = drawn(seed, batch, 1, inputs, hidden)
    h_next, _ = rnn_step(X[:, 0], h0, W, U, b)
    J = jacobians.numeric_jacobian(rnn_step, X[:, 0], [h0], (W, U, b))
    assert_rounded(jacobians.rnn_jacobian(h_next, U), J, QUOTIENT)


def test_relu_formula_equals_differences():
    X, h0, W, U, b = drawn(0)

    def step(x, h, W, U, b):
        return np.maximum(x @ W + h @ U + b, 0), None

    h_next, _ = step(X[:, 0], h0, W, U, b)
    assert 0 < (h_next > 0).mean() < 1
    J = jacobians.numeric_jacobian(step, X[:, 0], [h0], (W, U, b))
    assert_rounded(jacobians.rnn_jacobian(h_next, U, "relu"), J, QUOTIENT)


def lstm_case(seed=0, steps=3):
    rng = np.random.default_rng(seed)
    X, state = rng.standard_normal((2, steps, 3)), [0.5 * rng.standard_normal((2, 4)) for _ in range(2)]
    return X, state, (0.5 * rng.standard_normal((3, 16)), 0.5 * rng.standard_normal((4, 16)), forget_bias(4))


def test_joint_jacobian_of_the_lstm_equals_its_backward_pass():
    X, (h, c), parameters = lstm_case()
    J = jacobians.numeric_jacobian(lstm_step, X[:, 0], [h, c], parameters)
    assert J.shape == (2, 8, 8)
    *_, cache = lstm_step(X[:, 0], h, c, *parameters)
    for i in range(8):
        unit = np.tile(np.eye(8)[i], (2, 1))
        _, dh, dc, *_ = lstm_step_backward(unit[:, :4], unit[:, 4:], cache)
        assert_rounded(J[:, i], np.concatenate([dh, dc], axis=1), QUOTIENT)


def test_jacobians_along_a_sequence_multiply_to_that_of_the_whole():
    X, state, parameters = lstm_case()
    J = jacobians.numeric_jacobians(lstm_step, X, state, parameters)

    def whole(_, h, c):
        Hs, c_last, _ = lstm_forward(X, h, c, *parameters)
        return Hs[:, -1], c_last, None

    expected = jacobians.numeric_jacobian(whole, X[:, 0], state, ())
    assert_rounded(jacobians.jacobian_products(J)[:, 0], expected, QUOTIENT)


def test_products_end_at_the_last_step_and_grow_backwards():
    X, h0, W, U, b = drawn(1)
    J = jacobians.rnn_jacobian(rnn_forward(X, h0, W, U, b)[0], U)
    before, products = J.copy(), jacobians.jacobian_products(J)
    assert np.array_equal(J, before)
    assert np.array_equal(products[:, -1], J[:, -1])
    assert_rounded(products[:, -3], J[:, -1] @ J[:, -2] @ J[:, -3])
    assert_rounded(
        products[:, 0],
        jacobians.numeric_jacobian(lambda _, h: (rnn_forward(X, h, W, U, b)[0][:, -1], None), X[:, 0], [h0], ()),
        QUOTIENT,
    )


def test_gradient_norms_are_those_of_automatic_differentiation():
    X, h0, W, U, b = drawn(2)
    ds_last = np.random.default_rng(3).standard_normal((2, 4))
    J = jacobians.rnn_jacobian(rnn_forward(X, h0, W, U, b)[0], U)
    x, h, w, u, bias = map(torch.from_numpy, (X, h0, W, U, b))
    states = [h.requires_grad_()]
    for t in range(6):
        states.append(torch.tanh(x[:, t] @ w + states[-1] @ u + bias))
    theirs = torch.autograd.grad((states[-1] * torch.from_numpy(ds_last)).sum(), states)
    norms = jacobians.gradient_norms(ds_last, J)
    assert_rounded(norms, torch.stack([g.norm(dim=1) for g in theirs[::-1]], dim=1).numpy())


def test_orthogonal_kernel_without_saturation_keeps_gradients_and_a_small_one_loses_them():
    U, nothing = orthogonal(np.random.default_rng(0), 5, 5), np.zeros((1, 40, 5))
    ds = np.ones((1, 5))
    kept = jacobians.gradient_norms(ds, jacobians.rnn_jacobian(nothing, U))
    assert_rounded(kept, np.sqrt(5))
    lost = jacobians.gradient_norms(ds, jacobians.rnn_jacobian(nothing, 0.5 * U))
    assert_rounded(lost[0], np.sqrt(5) * 0.5 ** np.arange(41))


def test_a_nilpotent_jacobian_stretches_once_and_then_forgets():
    J = np.array([[0.0, 100.0], [0.0, 0.0]])
    assert jacobians.spectral_radius(J) == 0
    np.testing.assert_allclose(jacobians.singular_values(J), [100, 0])
    norms = jacobians.gradient_norms(np.array([[1.0, 0.0]]), np.stack([J, J, J])[None])
    np.testing.assert_allclose(norms, [[1, 100, 0, 0]])


def test_spectra_are_sorted_and_batched():
    angle, J = 0.3, np.zeros((2, 3, 3))
    J[0] = np.diag([1.0, -3.0, 2.0])
    rotation = 2 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    J[1, :2, :2], J[1, 2, 2] = rotation, 0.5
    np.testing.assert_allclose(jacobians.eigenvalues(J)[0], [-3, 2, 1])
    np.testing.assert_allclose(np.abs(np.angle(jacobians.eigenvalues(J)[1, :2])), angle)
    np.testing.assert_allclose(jacobians.spectral_radius(J), [3, 2])
    np.testing.assert_allclose(jacobians.singular_values(J), [[3, 2, 1], [2, 2, 0.5]])
    assert jacobians.eigenvalues(J[0]).dtype == np.complex128


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_formula_keeps_dtype_and_takes_any_layout(dtype):
    Hs, U = np.linspace(-1, 1, 48, dtype=dtype).reshape(2, 4, 6)[:, :, ::2], np.eye(3, dtype=dtype)
    for activation in ("tanh", "relu"):
        J = jacobians.rnn_jacobian(Hs, U, activation)
        assert J.dtype == dtype
        assert J.shape == (2, 4, 3, 3)
