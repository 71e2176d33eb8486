"""The modules of the assignment `pytorch-cells` compute what the reference and torch.nn.LSTM compute."""

import numpy as np
import torch

from solutions.reference import pytorch_cells
from solutions.reference.lstm import lstm_forward
from tests.rounding import assert_rounded

B, T, D, H = 3, 5, 2, 4


def loaded(module, arrays):
    module = module(D, H).double()
    module.load_state_dict({name: torch.tensor(array) for name, array in zip("WUb", arrays, strict=True)})
    return module


def drawn(*shapes):
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape) for shape in shapes]


def test_the_layer_is_the_reference_with_lengths():
    X, h, c, *arrays = drawn((B, T, D), (B, H), (B, H), (D, 4 * H), (H, 4 * H), (4 * H,))
    lengths = np.array([2, 5, 0])
    Hs, c_last, _ = lstm_forward(X, h, c, *arrays, lengths)
    layer = loaded(pytorch_cells.LSTM, arrays)
    with torch.no_grad():
        theirs = layer(*(torch.tensor(one) for one in (X, h, c, lengths)))
    for one, other in zip((Hs, Hs[:, -1], c_last), theirs, strict=True):
        assert_rounded(one, other.numpy())


def test_weights_go_to_pytorch_and_come_back():
    X, h, c, *arrays = drawn((B, T, D), (B, H), (B, H), (D, 4 * H), (H, 4 * H), (4 * H,))
    theirs = torch.nn.LSTM(D, H, batch_first=True).double()
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    given = pytorch_cells.lstm_to_torch(*arrays)
    theirs.load_state_dict({name: torch.tensor(one) for name, one in zip(names, given, strict=True)})
    with torch.no_grad():
        Hs, _ = theirs(torch.tensor(X), (torch.tensor(h)[None], torch.tensor(c)[None]))
    assert_rounded(lstm_forward(X, h, c, *arrays)[0], Hs.numpy())
    for one, other in zip(arrays, pytorch_cells.lstm_from_torch(*given), strict=True):
        assert np.array_equal(one, other)
    given = [theirs.state_dict()[name].numpy() for name in names[:3]] + drawn((4 * H,))
    assert_rounded(pytorch_cells.lstm_from_torch(*given)[2], given[2] + given[3])


def test_a_stream_trains_as_autograd_says():
    X, Y, h, c, W, U, b, Wy, by = drawn(
        (B, T, D), (B, T), (B, H), (B, H), (D, 4 * H), (H, 4 * H), (4 * H,), (H, 1), (1,)
    )
    losses, *after = pytorch_cells.train_stream(X, Y, h, c, W, U, b, Wy, by, 2, 0.5, 0.3)
    weights = [torch.tensor(one, requires_grad=True) for one in (W, U, b, Wy, by)]
    h, c = torch.tensor(h), torch.tensor(c)
    for k, start in enumerate(range(0, T, 2)):
        layer = pytorch_cells.LSTM(D, H).double()
        x = torch.tensor(X[:, start : start + 2])
        values = dict(zip("WUb", weights, strict=False))
        lengths = torch.full((B,), x.shape[1])
        Hs, h, c = torch.func.functional_call(layer, values, (x, h.detach(), c.detach(), lengths))
        loss = ((Hs @ weights[3] + weights[4])[..., 0] - torch.tensor(Y[:, start : start + 2])).square().mean() / 2
        gradients = torch.autograd.grad(loss, weights)
        norm = float(torch.sqrt(sum((one**2).sum() for one in gradients)))
        weights = [
            (one - 0.5 * min(1, 0.3 / norm) * gradient).detach().requires_grad_()
            for one, gradient in zip(weights, gradients, strict=True)
        ]
        assert_rounded(losses[k], loss.item())
    for one, other in zip(after, (*weights, h, c), strict=True):
        assert_rounded(one, other.detach().numpy())
