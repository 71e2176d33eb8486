"""Clipping against PyTorch's, and where numbers are extreme or not numbers."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from solutions.reference.clipping import clip_by_global_norm, clip_by_value, global_norm
from tests.depth import examples
from tests.rounding import ROUNDED, ROUNDED_32

quick = settings(max_examples=examples(40), deadline=None)
gradient_lists = st.lists(
    arrays.arrays(np.float64, arrays.array_shapes(max_dims=3, max_side=4), elements=st.floats(-1e4, 1e4)),
    min_size=1,
    max_size=4,
)
limits = st.floats(1e-3, 1e3)


def in_torch(gradients):
    parameters = [torch.nn.Parameter(torch.zeros(g.shape, dtype=torch.float64)) for g in gradients]
    for p, g in zip(parameters, gradients, strict=True):
        p.grad = torch.from_numpy(g.copy())
    return parameters


@quick
@given(gradient_lists, limits)
def test_global_norm_equals_torch(gradients, limit):
    before = [g.copy() for g in gradients]
    clipped, norm = clip_by_global_norm(gradients, limit)
    parameters = in_torch(gradients)
    theirs = torch.nn.utils.clip_grad_norm_(parameters, limit)
    assert norm == pytest.approx(float(theirs), rel=ROUNDED, abs=1e-150)  # torch lets small squares vanish
    for ours, p, given_, kept in zip(clipped, parameters, gradients, before, strict=True):
        np.testing.assert_allclose(ours, p.grad.numpy(), rtol=2e-6 / limit, atol=1e-12)  # torch adds 1e-6 to its norm
        assert np.array_equal(given_, kept)
        assert ours is not given_
    assert global_norm(clipped) <= limit * (1 + 1e-12)


@quick
@given(gradient_lists, limits)
def test_value_equals_torch(gradients, limit):
    parameters = in_torch(gradients)
    torch.nn.utils.clip_grad_value_(parameters, limit)
    for ours, p in zip(clip_by_value(gradients, limit), parameters, strict=True):
        assert np.array_equal(ours, p.grad.numpy())


@quick
@given(gradient_lists, limits)
def test_norm_clipping_keeps_direction_and_small_gradients_exactly(gradients, limit):
    clipped, norm = clip_by_global_norm(gradients, limit)
    for ours, g in zip(clipped, gradients, strict=True):
        np.testing.assert_allclose(ours * max(norm, limit), g * limit, rtol=ROUNDED, atol=1e-300)
        if norm <= limit:
            assert np.array_equal(ours, g)


@pytest.mark.parametrize(("dtype", "large"), [(np.float32, 1e30), (np.float64, 1e250)])
def test_no_square_overflows_or_vanishes(dtype, large):
    for scale in (large, 1 / large):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            norm = global_norm([np.full((2, 2), 3 * scale, dtype), np.full(7, 0 * scale, dtype)])
        assert norm == pytest.approx(6 * scale, rel=ROUNDED_32)


@pytest.mark.parametrize("limit", [0.5, np.float64(0.5), 1])
def test_dtype_is_kept_and_layout_does_not_matter(limit):
    gradient = np.arange(12, dtype=np.float32).reshape(3, 4)
    for view in (gradient, gradient.T, gradient[:, ::2]):
        clipped, norm = clip_by_global_norm([view], limit)
        assert clipped[0].dtype == np.float32
        assert clip_by_value([view], limit)[0].dtype == np.float32
        assert norm == pytest.approx(float(np.linalg.norm(view)), rel=ROUNDED_32)


def test_nothing_and_zero_have_norm_zero():
    assert clip_by_global_norm([], 1.0) == ([], 0.0)
    clipped, norm = clip_by_global_norm([np.zeros((2, 3)), np.zeros((0, 3))], 1.0)
    assert norm == 0
    assert not clipped[0].any()


def test_what_is_not_a_number_is_refused_with_its_place():
    fine, spoilt = np.ones(3), np.array([[1.0, np.nan], [np.nan, 2.0]])
    for clip in (clip_by_value, clip_by_global_norm):
        with pytest.raises(FloatingPointError, match=r"gradient 1 of shape \(2, 2\) has 2 entries that are NaN"):
            clip([fine, spoilt], 1.0)
        for limit in (0, -1, float("nan")):
            with pytest.raises(ValueError, match="limit must be positive"):
                clip([fine], limit)


def test_infinity_becomes_the_limit_by_value_and_an_error_by_norm():
    infinite = np.array([np.inf, -np.inf, 0.2])
    assert np.array_equal(clip_by_value([infinite], 0.5)[0], [0.5, -0.5, 0.2])
    with pytest.raises(FloatingPointError, match=r"gradient 0 .* 2 entries that are NaN or infinite"):
        clip_by_global_norm([infinite], 0.5)
