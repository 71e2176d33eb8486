"""The reference of `compression`, against PyTorch, SciPy and examples that were worked out by hand."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from torch.nn.utils import prune

from solutions.reference import compression

RNG = np.random.default_rng(8)


def test_masks_by_hand():
    W, U = np.array([[3.0, -1.0], [0.5, 2.0]]), np.array([[-2.0, 2.0], [-4.0, 0.0]])
    mask_W, mask_U = compression.magnitude_masks(W, U, 4)
    assert mask_W.tolist() == [[1, 0], [0, 1]]
    assert mask_U.tolist() == [[1, 0], [1, 0]]  # of three that are 2 the first two stay


@pytest.mark.parametrize("keep", [1, 7, 20, 34])
def test_masks_are_those_of_pytorchs_global_pruning(keep):
    W, U = RNG.standard_normal((4, 5)), RNG.standard_normal((3, 5))
    net = torch.nn.ModuleDict({name: torch.nn.Linear(5, len(one)) for name, one in (("W", W), ("U", U))})
    for name, one in (("W", W), ("U", U)):
        net[name].weight.data = torch.tensor(one)
    pairs = [(net["W"], "weight"), (net["U"], "weight")]
    prune.global_unstructured(pairs, pruning_method=prune.L1Unstructured, amount=35 - keep)
    for name, mask in zip(("W", "U"), compression.magnitude_masks(W, U, keep), strict=True):
        assert np.array_equal(mask, net[name].weight_mask.numpy())


@pytest.mark.parametrize("shift", [0, 3, -3])
def test_whole_numbers_are_pytorchs(shift):
    x = RNG.standard_normal((6, 7)) + shift
    q, scale, zero = compression.quantise(x, 8)
    theirs = torch.fake_quantize_per_tensor_affine(torch.tensor(x), scale, zero, -128, 127)
    back = compression.dequantise(q.astype(np.int8), scale, zero)
    assert np.allclose(back, theirs.numpy(), atol=1e-6)
    assert q.min() == -128 or x.min() > 0
    assert q.max() == 127 or x.max() < 0
    assert np.abs(back - x).max() <= scale


@pytest.mark.parametrize("bits", range(2, 9))
def test_there_and_back(bits):
    x = RNG.uniform(-3, 5, 200)
    q, scale, zero = compression.quantise(x, bits)
    assert len(set(q)) <= 2**bits
    assert np.abs(compression.dequantise(q.astype(np.int8), scale, zero) - x).max() <= scale
    assert compression.dequantise(np.array([zero], dtype=np.int8), scale, zero) == 0


def test_a_number_beyond_the_last_level_is_clipped():
    # The zero point −8 + 3.5 is rounded up, and so is 11.5: together they are one level too many.
    q, scale, zero = compression.quantise(np.array([-3.5, 11.5]), 4)
    assert (q.tolist(), scale, zero) == ([-8, 7], 1.0, -4)


def test_channels_are_pytorchs():
    W = RNG.standard_normal((5, 4)) * [1, 100, 0.01, 3]
    q, scales = compression.quantise_channels(W, 8)
    theirs = torch.fake_quantize_per_channel_affine(
        torch.tensor(W), torch.tensor(scales).float(), torch.zeros(4, dtype=torch.int32), 1, -127, 127
    )
    assert np.allclose(q * scales, theirs.numpy(), rtol=1e-5, atol=1e-5)
    assert np.array_equal(np.abs(q).max(axis=0), [127] * 4)


def test_a_scale_a_column_leaves_the_sum():
    x, W = RNG.standard_normal((3, 6)), RNG.standard_normal((6, 4))
    q, scales = compression.quantise_channels(W, 8)
    assert np.allclose(x @ (q * scales), x @ q * scales)


@pytest.mark.parametrize("shape", [(5, 4), (4, 7), (1, 6), (6, 1)])
def test_factors_are_nearest_and_reproducible(shape):
    W = RNG.standard_normal(shape)
    sizes = np.linalg.svd(W, compute_uv=False)
    for rank in range(1, min(shape) + 1):
        A, B = compression.factorise(W, rank)
        assert np.linalg.norm(W - A @ B) == pytest.approx(np.sqrt(np.sum(sizes[rank:] ** 2)), abs=1e-12)
        assert np.allclose(B @ B.T, np.eye(rank))
        assert np.all(B.sum(axis=1) > 0)


def test_bytes_are_those_of_arrays():
    W = RNG.standard_normal((7, 9)) * (RNG.random((7, 9)) < 0.3)
    dense, int8, sparse, low_rank, binary = compression.compressed_bytes(W, 3)
    stored = W.astype(np.float32)
    assert dense == stored.nbytes
    q, scales = compression.quantise_channels(W, 8)
    scale_bytes = scales.astype(np.float32).nbytes
    assert int8 == q.astype(np.int8).nbytes + scale_bytes
    csr = csr_matrix(stored)
    assert sparse == csr.data.nbytes + csr.indices.nbytes + csr.indptr.nbytes
    assert low_rank == sum(one.astype(np.float32).nbytes for one in compression.factorise(W, 3))
    assert binary == np.packbits(W > 0).nbytes + scale_bytes
