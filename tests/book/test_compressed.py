"""What the experiment on compression measures with: files that can be read back, nets that compute what they should."""

import sys

import numpy as np
import pytest
import torch

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book"))
from experiments import compressed, compressed_times

SIZE, UNITS = 12, compressed.UNITS


@pytest.fixture
def net():
    torch.manual_seed(1)
    return compressed.Net(SIZE, UNITS).requires_grad_(False)


def close(found, wanted, tolerance=1e-5):
    torch.testing.assert_close(found, wanted, atol=tolerance, rtol=tolerance)


def test_a_file_holds_what_was_written(net):
    arrays = compressed.arrays_of(compressed.written(net, compressed.dense))
    for name, array in zip(compressed.MATRICES, arrays, strict=False):
        close(torch.tensor(array), net.get_parameter(name), 0)
    assert sum(one.size for one in arrays) == sum(one.numel() for one in net.parameters())


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_codes_of_few_bits_come_back(bits):
    codes = np.random.default_rng(bits).integers(2**bits, size=(7, 5)).astype(np.uint8)
    packed = compressed.in_bits(codes, bits)
    assert packed.nbytes == -(-bits * codes.size // 8)
    np.testing.assert_array_equal(compressed.from_bits(packed, bits, codes.size), codes.ravel())


@pytest.mark.parametrize("kind", ["affine", "symmetric", "channels"])
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_the_rounded_matrix_can_be_made_again_from_its_file(net, bits, kind):
    matrix = net.lstm.weight_hh_l0
    near, parts = compressed.codes(bits, kind)(matrix)
    codes = compressed.from_bits(parts[-1], bits, matrix.numel()).reshape(matrix.shape).astype(int)
    zero = parts[1].astype(float)[:, None] if kind == "affine" else 2 ** (bits - 1) - 1
    close(torch.tensor(parts[0][:, None] * (codes - zero)).float(), near)
    assert float((near - matrix).abs().max()) <= 1.01 * float(parts[0].max())


def test_a_sparse_file_has_the_bytes_that_the_page_counts(net):
    matrix = compressed.cut(net, 0.9).lstm.weight_hh_l0
    left = int((matrix != 0).sum())
    assert left == matrix.numel() - round(0.9 * matrix.numel())
    assert sum(one.nbytes for one in compressed.as_scipy(matrix)) == 8 * left + 4 * (len(matrix) + 1)
    assert sum(one.nbytes for one in compressed.as_bitmap(matrix)) == 4 * left + matrix.numel() // 8


def test_ranked_together_the_smallest_of_all_go():
    values = {"large": torch.full((2, 3), 5.0), "small": torch.full((2, 3), 0.1)}
    masks = compressed.masks_of(values, 0.5, together=True)
    assert int(masks["large"].sum()) == 6 and int(masks["small"].sum()) == 0


def test_without_units_that_nothing_reads_a_net_says_the_same(net):
    kept = UNITS - 20
    net.lstm.weight_hh_l0[:, 30:50] = 0
    net.head.weight[:, 30:50] = 0
    ids = torch.randint(SIZE, (3, 9))
    close(compressed.narrower(net, kept, SIZE)(ids)[0], net(ids)[0])


def test_thresholds_make_zeros_and_plain_steps_do_not(net):
    for soft, zeros in ((True, 1.0), (False, 0.0)):
        torch.manual_seed(1)
        other = compressed.Net(SIZE, 4)
        compressed.penalised(other, 10.0, 9, soft)(0, 1.0)
        assert compressed.zeros_of(other) == zeros


@pytest.mark.parametrize("kind", ["dense", "csr"])
def test_a_step_in_numpy_is_the_nets(net, kind):
    step, read = compressed_times.stepper(net, kind), [0]
    for _ in range(6):
        state = step()
        logits, (h, _) = net(torch.tensor([read]))
        close(torch.tensor(state), h[0, 0])
        read.append(int(logits[0, -1].argmax()))


def test_a_random_subspace_follows_from_its_seed(net):
    matrix = net.head.weight
    found, axes = compressed.coordinates(matrix, 0.5, 3)
    close(axes.T @ axes, torch.eye(axes.shape[1]))
    close(compressed.projected(0.5, 3)(matrix), found @ axes.T)


def test_a_student_that_says_what_the_teacher_says_has_no_soft_loss():
    logits, labels = torch.randn(5, SIZE), torch.randint(SIZE, (5,))
    hard = compressed.taught(None)(logits, labels, logits)
    close(compressed.taught(compressed.Net(SIZE, 4))(logits, labels, logits), hard / 2)
