"""Contiguous batches: each row goes on, and the target is the next token."""

import pytest
import torch

from unrolled.lab.streams import contiguous


def test_rows_go_on_from_batch_to_batch():
    inputs, targets = contiguous(torch.arange(100), 3, 4)
    assert inputs.shape == targets.shape == (8, 3, 4)
    assert torch.equal(inputs + 1, targets)
    for row in range(3):
        assert inputs[:, row].flatten().tolist() == list(range(32 * row, 32 * row + 32))


def test_a_text_of_just_one_batch_and_its_last_target():
    inputs, targets = contiguous(torch.arange(13), 3, 4)
    assert inputs.flatten().tolist() == list(range(12)) and targets.flatten().tolist() == list(range(1, 13))


def test_a_text_too_short_is_refused():
    with pytest.raises(ValueError, match="needs 13 tokens, not 12"):
        contiguous(torch.arange(12), 3, 4)
