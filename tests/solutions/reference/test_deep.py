"""The functions of the assignment `deep-bidirectional`: against PyTorch with packed sequences and layers."""

import numpy as np
import pytest
import torch

from solutions.reference.deep import bidirectional_forward, reverse_padded, stack_forward, variational_dropout
from tests.rounding import assert_rounded

RNG = np.random.default_rng(0)


def cell(inputs, hidden):
    return [RNG.standard_normal(shape) for shape in ((inputs, hidden), (hidden, hidden), (hidden,))]


def with_weights(module, suffix, W, U, b):
    with torch.no_grad():
        for name, value in (("weight_ih", W.T), ("weight_hh", U.T), ("bias_ih", b), ("bias_hh", 0 * b)):
            getattr(module, name + suffix).copy_(torch.tensor(value))


@pytest.mark.parametrize("lengths", [[6, 2, 5, 1], [6, 6, 6, 6], [1, 1, 1, 1], [3, 2, 1, 3]], ids=str)
def test_both_directions_equal_torch_with_packed_sequences(lengths):
    lengths, hidden = np.array(lengths), 3
    X, forward, backward = RNG.standard_normal((4, 6, 2)), cell(2, hidden), cell(2, hidden)
    module = torch.nn.RNN(2, hidden, batch_first=True, bidirectional=True, dtype=torch.float64)
    with_weights(module, "_l0", *forward)
    with_weights(module, "_l0_reverse", *backward)
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        torch.tensor(X), torch.tensor(lengths), batch_first=True, enforce_sorted=False
    )
    out, last = module(packed)
    out, _ = torch.nn.utils.rnn.pad_packed_sequence(out, batch_first=True, total_length=6)
    Hs, ours = bidirectional_forward(X, lengths, *forward, *backward)
    assert_rounded(Hs, out.detach().numpy())
    assert_rounded(ours, np.concatenate(list(last.detach().numpy()), axis=1))


def test_padding_stays_behind_its_sequence():
    X = np.arange(8.0).reshape(2, 4, 1)
    np.testing.assert_array_equal(reverse_padded(X, np.array([3, 1]))[..., 0], [[2, 1, 0, 3], [4, 5, 6, 7]])


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_layers_equal_those_of_torch_with_the_same_masks(layers):
    X, hidden = RNG.standard_normal((3, 5, 4)), 4
    own = [cell(hidden, hidden) for _ in range(layers)]
    masks = (RNG.random((layers - 1, 3, hidden)) > 0.4) / 0.6
    out, last = torch.tensor(X), []
    for k, weights in enumerate(own):
        module = torch.nn.RNN(hidden, hidden, batch_first=True, dtype=torch.float64)
        with_weights(module, "_l0", *weights)
        out, end = module(out * torch.tensor(masks[k - 1])[:, None] if k else out)
        last.append(end[0].detach().numpy())
    Hs, ours = stack_forward(X, *(np.stack(arrays) for arrays in zip(*own, strict=True)), masks)
    assert_rounded(Hs, out.detach().numpy())
    assert_rounded(ours, np.stack(last))


def test_one_mask_for_all_steps_with_the_mean_of_what_comes_in():
    X, u = RNG.standard_normal((2, 5, 1000)), np.tile((RNG.permutation(1000) + 0.5) / 1000, (2, 1))
    masks = variational_dropout(X, u, 0.3, True) / X
    assert np.ptp(masks, axis=1).max() < 1e-12 and np.isclose(masks.mean(), 1)
    np.testing.assert_array_equal(masks[:, 0] == 0, u < 0.3)
    np.testing.assert_array_equal(variational_dropout(X, u, 0.3, False), X)
