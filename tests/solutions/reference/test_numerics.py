"""Cross-entropy with a mask and its gradient against PyTorch; sums of exponentials far from zero."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions.reference import numerics
from solutions.reference.gradients import check_gradient
from tests.rounding import assert_rounded

sizes = st.integers(1, 5)
quick = settings(max_examples=30, deadline=None)


def drawn(seed, batch, steps, classes, scale=1.0):
    rng = np.random.default_rng(seed)
    logits, targets = scale * rng.standard_normal((batch, steps, classes)), rng.integers(0, classes, (batch, steps))
    mask = (rng.random((batch, steps)) < 0.6).astype(float)
    mask[0, 0] = 1
    return logits, targets, mask


def torch_loss(logits, targets, mask):
    labels = torch.from_numpy(np.where(mask == 1, targets, -100))
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())


@quick
@given(sizes, sizes, sizes, st.sampled_from([1e-3, 1.0, 1e4]), st.integers(0, 2**32 - 1))
def test_masked_loss_and_gradient_equal_torch_without_a_warning(batch, steps, classes, scale, seed):
    logits, targets, mask = drawn(seed, batch, steps, classes, scale)
    before = logits.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss = numerics.cross_entropy(logits, targets, mask)
        dlogits = numerics.cross_entropy_backward(logits, targets, mask)
    theirs = torch.from_numpy(logits).requires_grad_()
    torch_loss(theirs, targets, mask).backward()
    with torch.no_grad():
        assert_rounded(loss, float(torch_loss(theirs, targets, mask)))
    assert_rounded(dlogits, theirs.grad.numpy())
    assert np.array_equal(logits, before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradient_keeps_dtype_and_takes_any_memory_layout(dtype):
    logits, targets, mask = drawn(0, 4, 3, 5)
    strided = np.repeat(logits.astype(dtype), 2, axis=2)[:, :, ::2]
    assert not strided.flags.c_contiguous
    dlogits = numerics.cross_entropy_backward(strided, targets, mask)
    assert dlogits.dtype == dtype
    assert_rounded(dlogits, numerics.cross_entropy_backward(logits, targets, mask))


def test_gradient_equals_central_differences():
    logits, targets, mask = drawn(1, 3, 2, 4)
    given_ = numerics.cross_entropy_backward(logits, targets, mask)
    check_gradient(lambda logits: numerics.cross_entropy(logits, targets, mask), {"logits": logits}, {"logits": given_})


def test_what_stands_at_a_padded_position_does_not_matter():
    logits, targets, mask = drawn(2, 3, 4, 5)
    padded = mask == 0
    assert padded.any()
    spoilt, marked = np.where(padded[..., None], np.nan, logits), np.where(padded, -100, targets)
    assert numerics.cross_entropy(spoilt, marked, mask) == numerics.cross_entropy(logits, targets, mask)
    dlogits = numerics.cross_entropy_backward(spoilt, marked, mask)
    assert np.array_equal(dlogits, numerics.cross_entropy_backward(logits, targets, mask))
    assert not dlogits[padded].any()


def test_a_mask_that_leaves_nothing_or_does_not_fit_is_an_error():
    logits, targets, _ = drawn(0, 2, 3, 4)
    for function in (numerics.cross_entropy, numerics.cross_entropy_backward):
        with pytest.raises(ValueError, match="no position counts"):
            function(logits, targets, np.zeros((2, 3)))
        with pytest.raises(ValueError, match=r"\(3,\); it needs one entry per target, \(2, 3\)"):
            function(logits, targets, np.ones(3))


@quick
@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=6))
def test_log_sum_exp_equals_torch(values):
    a = np.array(values)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = numerics.log_sum_exp(a)
    assert_rounded(ours, float(torch.logsumexp(torch.from_numpy(a), 0)))


@pytest.mark.parametrize("function", [numerics.sigmoid, numerics.softmax, numerics.log_sum_exp])
def test_single_precision_stays_single(function):
    assert function(np.zeros((2, 3), np.float32)).dtype == np.float32
