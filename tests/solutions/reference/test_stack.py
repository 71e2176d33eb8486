"""Stacked layers: against PyTorch's, with the same dropout masks, and masks of the right mean."""

import numpy as np
import pytest
import torch

from solutions.reference.cells import GRU_AFTER, LSTM, RNN, zeros_like
from solutions.reference.stack import dropout_masks, stack_backward, stack_forward
from tests.rounding import QUOTIENT, assert_rounded

BATCH, STEPS, INPUTS, HIDDEN, LAYERS = 3, 5, 2, 4, 3
RNG = np.random.default_rng(0)


def drawn(blocks, states, extra=()):
    parameters = []
    for layer in range(LAYERS):
        rows = INPUTS if layer == 0 else HIDDEN
        shapes = (rows, blocks * HIDDEN), (HIDDEN, blocks * HIDDEN), (blocks * HIDDEN,), *extra
        parameters.append(tuple(RNG.standard_normal(shape) for shape in shapes))
    state = [tuple(RNG.standard_normal((BATCH, HIDDEN)) for _ in range(states)) for _ in range(LAYERS)]
    return RNG.standard_normal((BATCH, STEPS, INPUTS)), state, parameters, RNG.standard_normal((BATCH, STEPS, HIDDEN))


def torch_layer(kind, parameters):
    W, U, b = parameters
    module = getattr(torch.nn, kind)(len(W), len(U), batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for name, value in (("weight_ih", W.T), ("weight_hh", U.T), ("bias_ih", b), ("bias_hh", 0 * b)):
            getattr(module, name + "_l0").copy_(torch.tensor(value))
    return module


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("kind", "cell", "blocks", "states"), [("RNN", RNN, 1, 1), ("LSTM", LSTM, 4, 2)])
def test_stack_equals_layers_of_torch_with_the_same_masks(kind, cell, blocks, states, masked):
    X, state, parameters, dHs = drawn(blocks, states)
    masks = dropout_masks(RNG, 0.4, [(BATCH, STEPS, HIDDEN)] * (LAYERS - 1)) if masked else None
    Hs, last, cache = stack_forward(cell, X, state, parameters, masks=masks)
    dX, dstates, dparameters = stack_backward(dHs, [zeros_like(s) for s in last], cache)

    modules = [torch_layer(kind, own) for own in parameters]
    x = torch.tensor(X, requires_grad=True)
    initial = [[torch.tensor(s, requires_grad=True) for s in layer] for layer in state]
    out = x
    for layer, module in enumerate(modules):
        if layer and masked:
            out = out * torch.tensor(masks[layer - 1])
        begin = tuple(s[None] for s in initial[layer])
        out, _ = module(out, begin if states > 1 else begin[0])
    (out * torch.tensor(dHs)).sum().backward()
    assert_rounded(Hs, out.detach().numpy())
    assert_rounded(dX, x.grad.numpy())
    for layer, module in enumerate(modules):
        dW, dU, db = dparameters[layer]
        assert_rounded(dW, module.weight_ih_l0.grad.numpy().T)
        assert_rounded(dU, module.weight_hh_l0.grad.numpy().T)
        assert_rounded(db, module.bias_ih_l0.grad.numpy())
        for ours, theirs in zip(dstates[layer], initial[layer], strict=True):
            assert_rounded(ours, theirs.grad.numpy())


def test_three_layers_equal_the_three_layers_of_one_torch_module():
    X, state, parameters, _ = drawn(4, 2)
    module = torch.nn.LSTM(INPUTS, HIDDEN, num_layers=LAYERS, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for layer, own in enumerate(parameters):
            for name, value in torch_layer("LSTM", own).state_dict().items():
                getattr(module, name.replace("_l0", f"_l{layer}")).copy_(value)
        begin = tuple(torch.tensor(np.stack([s[k] for s in state])) for k in range(2))
        theirs, (h_last, c_last) = module(torch.tensor(X), begin)
    Hs, last, _ = stack_forward(LSTM, X, state, parameters)
    assert_rounded(Hs, theirs.numpy())
    assert_rounded(np.stack([h for h, _ in last]), h_last.numpy())
    assert_rounded(np.stack([c for _, c in last]), c_last.numpy())


def test_the_gradient_of_every_layers_last_state_arrives():
    X, state, parameters, dHs = drawn(3, 1, extra=((HIDDEN,),))
    lengths, masks = np.array([5, 2, 3]), dropout_masks(RNG, 0.5, [(BATCH, STEPS, HIDDEN)] * 2)
    _, last, cache = stack_forward(GRU_AFTER, X, state, parameters, lengths, masks)
    dlast = [tuple(RNG.standard_normal(s.shape) for s in layer) for layer in last]
    dX, _, _ = stack_backward(dHs, dlast, cache)

    def loss(X):
        Hs, last, _ = stack_forward(GRU_AFTER, X, state, parameters, lengths, masks)
        return (Hs * dHs).sum() + sum((s[0] * d[0]).sum() for s, d in zip(last, dlast, strict=True))

    direction = RNG.standard_normal(X.shape)
    difference = (loss(X + 1e-5 * direction) - loss(X - 1e-5 * direction)) / 2e-5
    # the error of a difference: the square of its step, and rounding over the step
    assert_rounded(difference, (dX * direction).sum(), QUOTIENT)


def test_masks_keep_the_mean_and_drop_at_their_rate():
    mask, small = dropout_masks(np.random.default_rng(0), 0.25, [(400, 500), (1, 1)], np.float32)
    assert set(np.unique(mask)) == {0, np.float32(1 / 0.75)}
    assert mask.mean() == pytest.approx(1, abs=0.01)
    assert mask.dtype == np.float32
    assert small.shape == (1, 1)
    (nothing_dropped,) = dropout_masks(np.random.default_rng(0), 0, [(3, 3)])
    assert (nothing_dropped == 1).all()
    with pytest.raises(ValueError, match="rate"):
        dropout_masks(np.random.default_rng(0), 1, [(1,)])
