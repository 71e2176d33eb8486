"""Numerical gradients against exact ones; the check names the parameter and the entry."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions.reference.gradients import GradientError, check_gradient, complex_step_gradient, numerical_gradient
from solutions.reference.rnn import rnn_step
from tests.rounding import QUOTIENT, ROUNDED, assert_rounded

sizes = st.integers(1, 4)
quick = settings(max_examples=25, deadline=None)


def smooth(x):
    return (np.tanh(x) * np.exp(0.3 * x)).sum()


def smooth_gradient(x):
    return np.exp(0.3 * x) * (1 - np.tanh(x) ** 2 + 0.3 * np.tanh(x))


@quick
@given(sizes, sizes, st.integers(0, 2**32 - 1))
def test_central_differences_and_complex_step_equal_the_exact_gradient(rows, columns, seed):
    x = np.random.default_rng(seed).standard_normal((rows, columns))
    assert_rounded(numerical_gradient(smooth, x), smooth_gradient(x), QUOTIENT)
    assert_rounded(complex_step_gradient(smooth, x), smooth_gradient(x))


def test_step_follows_the_scale_of_each_entry():
    for x in (1e-6, 1.0, 1e6):
        assert_rounded(numerical_gradient(lambda x: x**3, np.array(x)), 3 * x**2, QUOTIENT)


def test_numbers_arrays_of_one_and_views_are_differentiated_and_inputs_kept():
    x = np.arange(12.0).reshape(3, 4)[:, ::2]
    before = x.copy()
    assert_rounded(numerical_gradient(lambda x: (x**2).sum(keepdims=True), x), 2 * x, QUOTIENT)
    assert_rounded(numerical_gradient(lambda x: x**2, np.array(3.0)), 6.0, QUOTIENT)
    assert numerical_gradient(lambda x: 0.0, np.zeros((0, 2))).shape == (0, 2)

    def careless(x):
        x *= 2
        return (x**2).sum()

    assert_rounded(numerical_gradient(careless, x), 8 * x, QUOTIENT)
    assert np.array_equal(x, before)


def test_single_precision_leaves_few_digits():
    x = np.random.default_rng(0).standard_normal(50)
    errors = {
        dtype: np.abs(numerical_gradient(smooth, x, dtype=dtype) - smooth_gradient(x)).max()
        for dtype in (np.float32, np.float64)
    }
    assert numerical_gradient(smooth, x, dtype=np.float32).dtype == np.float32
    assert errors[np.float64] < 1e-7 < 1e-5 < errors[np.float32] < 1e-1


def test_smaller_steps_help_until_rounding_takes_over():
    x = np.random.default_rng(1).standard_normal(20)
    errors = [np.abs(numerical_gradient(smooth, x, step=s) - smooth_gradient(x)).max() for s in (1e-1, 1e-5, 1e-13)]
    assert errors[1] < errors[0]
    assert errors[1] < errors[2]


def test_a_function_of_more_than_one_value_is_an_error():
    with pytest.raises(TypeError, match=r"must return one real number, not ndarray of shape \(2,\)"):
        numerical_gradient(lambda x: x, np.ones(2))


@pytest.mark.parametrize("f", [lambda x: np.abs(x).sum(), lambda x: float(np.real(x).sum())])
def test_complex_step_refuses_functions_that_drop_the_imaginary_part(f):
    with pytest.raises(ValueError, match="real number"):
        complex_step_gradient(f, np.ones(3))


def test_complex_step_refuses_functions_that_drop_it_in_part():
    with pytest.raises(ValueError, match="not analytic"):
        complex_step_gradient(lambda x: (x**2 + np.abs(x)).sum(), np.array([0.3, -0.4]))


def sequence_gradients():
    """Inputs of an RNN, a loss of all its states, and the loss's gradients by complex step."""
    rng = np.random.default_rng(0)
    shapes = {"X": (2, 3, 2), "h0": (2, 4), "W": (2, 4), "U": (4, 4), "b": (4,)}
    inputs = {name: 0.5 * rng.standard_normal(shape) for name, shape in shapes.items()}
    weights = rng.standard_normal((2, 3, 4))

    def loss(X, h0, W, U, b):
        h, total = h0, 0
        for t in range(3):
            h, _ = rnn_step(X[:, t], h, W, U, b)
            total += (h * weights[:, t]).sum()
        return total

    gradients = {k: complex_step_gradient(lambda v, k=k: loss(**inputs | {k: v}), inputs[k]) for k in inputs}
    return loss, inputs, gradients


def test_right_gradients_of_a_sequence_pass():
    loss, inputs, gradients = sequence_gradients()
    before = {name: value.copy() for name, value in inputs.items()}
    worst = check_gradient(loss, inputs, gradients)
    assert set(worst) == set(inputs)
    assert max(d.relative for d in worst.values()) < 1e-7
    assert all(np.array_equal(inputs[name], before[name]) for name in inputs)
    single = {name: g.astype(np.float32) for name, g in gradients.items()}
    check_gradient(loss, inputs, single, tolerance=1e-2)


def test_the_message_names_parameter_entry_and_values():
    loss, inputs, gradients = sequence_gradients()
    wrong = gradients | {"U": gradients["U"].copy(), "b": 2 * gradients["b"]}
    wrong["U"][2, 1] += 0.5
    with pytest.raises(GradientError) as caught:
        check_gradient(loss, inputs, wrong)
    in_U, in_b = caught.value.deviations
    assert (in_U.parameter, in_U.entry, in_U.entries_off, in_U.entries) == ("U", (2, 1), 1, 16)
    assert in_U.given - in_U.expected == pytest.approx(0.5, abs=ROUNDED * QUOTIENT)
    assert (in_b.parameter, in_b.entries_off, in_b.relative) == ("b", 4, pytest.approx(0.5, abs=ROUNDED * QUOTIENT))
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"the gradient of U at [2, 1]: expected {in_U.expected:.8g}, given {in_U.given:.8g}")
    assert "1 of 16 entries are off" in first
    assert "relative deviation 5.0e-01" in second


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_gradient_that_is_not_finite_is_off(wrong):
    with warnings.catch_warnings(), pytest.raises(GradientError, match=r"at \[1\].* 1 of 2 entries"):
        warnings.simplefilter("error")
        check_gradient(lambda x: (x**2).sum(), {"x": np.ones(2)}, {"x": np.array([2, wrong])})


def test_entries_that_are_zero_raise_no_alarm_and_small_wrong_ones_do():
    inputs = {"x": np.array([0.5, 20.0, 1.0]), "unused": np.ones(3)}
    gradient = np.array([1e-6, 1e-6, 0.0])

    def f(x, unused):
        return 1.0 + 1e-6 * (x[0] + x[1])

    check_gradient(f, inputs, {"x": gradient, "unused": np.zeros(3)})
    with pytest.raises(GradientError, match=r"gradient of x at \[1\]"):
        check_gradient(f, inputs, {"x": gradient * [1, 2, 1]})


def test_errors_of_the_call_are_told_apart():
    inputs = {"x": np.ones((2, 3)), "b": np.ones(3)}

    def f(x, b):
        return (x * b).sum()

    with pytest.raises(KeyError, match="'w', which is no input; the inputs are x, b"):
        check_gradient(f, inputs, {"w": np.ones(3)})
    with pytest.raises(ValueError, match=r"gradient of x has shape \(3, 2\), x itself \(2, 3\)"):
        check_gradient(f, inputs, {"x": np.ones((3, 2))})
    with pytest.raises(ValueError, match="returns nan"):
        check_gradient(lambda x, b: np.nan, inputs, {"b": np.ones(3)})
