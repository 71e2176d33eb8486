"""Weights moved to PyTorch and Keras compute what the reference computes, and come back unchanged."""

import keras
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions.reference.bidirectional import bidirectional
from solutions.reference.cells import LSTM
from solutions.reference.gru import gru_step, gru_step_after
from solutions.reference.lstm import lstm_step
from solutions.reference.rnn import rnn_step
from solutions.reference.sequence import unroll
from solutions.reference.stack import stack_forward
from tests.rounding import assert_rounded
from unrolled import layouts

STEPS = {"rnn": rnn_step, "lstm": lstm_step, "gru": gru_step, "gru_after": gru_step_after}
IN_TORCH = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru_after": torch.nn.GRU}
IN_KERAS = {
    "rnn": lambda H: keras.layers.SimpleRNN(H, return_sequences=True),
    "lstm": lambda H: keras.layers.LSTM(H, return_sequences=True),
    "gru": lambda H: keras.layers.GRU(H, return_sequences=True, reset_after=False),
    "gru_after": lambda H: keras.layers.GRU(H, return_sequences=True, reset_after=True),
}
sizes = st.integers(1, 5)
quick = settings(max_examples=15, deadline=None)
settings_of_networks = {
    "inputs": sizes,
    "hidden": sizes,
    "layers": st.integers(1, 3),
    "bidirectional": st.booleans(),
    "dtype": st.sampled_from([np.float32, np.float64]),
    "seed": st.integers(0, 2**32 - 1),
}


def network_of(cell, inputs, hidden, layers, bidirectional, dtype=np.float64, seed=0):
    rng, directions = np.random.default_rng(seed), 2 if bidirectional else 1
    widths = [inputs] + [directions * hidden] * (layers - 1)

    def direction(width):
        return tuple((0.6 * rng.standard_normal(s)).astype(dtype) for s in layouts.shapes(cell, width, hidden).values())

    return [[direction(width) for _ in range(directions)] for width in widths]


def outputs_of(cell, network, X):
    """Both directions of every layer by the reference's step, each from a state of zeros."""
    for directions in network:
        Hs = []
        for parameters, order in zip(directions, (slice(None), slice(None, None, -1)), strict=False):
            zero = np.zeros((len(X), len(parameters[1])), X.dtype)
            state = (zero, zero) if cell == "lstm" else (zero,)
            Hs.append(unroll(STEPS[cell], X[:, order], state, parameters)[0][:, order])
        X = np.concatenate(Hs, axis=2)
    return X


def torch_module(cell, network):
    (W, U, *_), directions = network[0][0], len(network[0])
    module = IN_TORCH[cell](len(W), len(U), len(network), batch_first=True, bidirectional=directions == 2)
    module.to(torch.float64).load_state_dict(
        {k: torch.from_numpy(v) for k, v in layouts.to_torch(cell, network).items()}
    )
    return module


def keras_layers(cell, network, inputs):
    hidden, both = len(network[0][0][1]), len(network[0]) == 2
    layers = []
    for weights in layouts.to_keras(cell, network):
        layer = keras.layers.Bidirectional(IN_KERAS[cell](hidden)) if both else IN_KERAS[cell](hidden)
        layer.build((None, 3, inputs))
        layer.set_weights(weights)
        layers.append(layer)
        inputs = hidden * (1 + both)
    return layers


def equal(one, other):
    return all(
        np.array_equal(a, b) and a.dtype == b.dtype
        for directions, others in zip(one, other, strict=True)
        for d, o in zip(directions, others, strict=True)
        for a, b in zip(d, o, strict=True)
    )


@pytest.mark.parametrize("cell", IN_TORCH)
@quick
@given(**settings_of_networks)
def test_to_torch_and_back_changes_no_bit(cell, **options):
    network = network_of(cell, **options)
    assert equal(layouts.from_torch(cell, layouts.to_torch(cell, network)), network)


@pytest.mark.parametrize("cell", IN_KERAS)
@quick
@given(**settings_of_networks)
def test_to_keras_and_back_changes_no_bit(cell, **options):
    network = network_of(cell, **options)
    weights = layouts.to_keras(cell, network)
    assert equal(layouts.from_keras(cell, weights, options["bidirectional"]), network)


@pytest.mark.parametrize("cell", IN_TORCH)
@quick
@given(sizes, sizes, sizes, sizes, st.integers(1, 3), st.booleans(), st.integers(0, 2**32 - 1))
def test_torch_computes_the_same(cell, batch, steps, inputs, hidden, layers, bidirectional, seed):
    network = network_of(cell, inputs, hidden, layers, bidirectional, seed=seed)
    X = np.random.default_rng(seed).standard_normal((batch, steps, inputs))
    with torch.no_grad():
        theirs, _ = torch_module(cell, network)(torch.from_numpy(X))
    assert_rounded(outputs_of(cell, network, X), theirs.numpy())


@pytest.mark.parametrize("cell", IN_TORCH)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_weights_that_torch_drew_compute_the_same_here(cell, bidirectional):
    module = IN_TORCH[cell](3, 4, 2, batch_first=True, bidirectional=bidirectional, dtype=torch.float64)
    network = layouts.from_torch(cell, {k: v.numpy() for k, v in module.state_dict().items()})
    X = np.random.default_rng(0).standard_normal((2, 5, 3))
    with torch.no_grad():
        theirs, _ = module(torch.from_numpy(X))
    assert_rounded(outputs_of(cell, network, X), theirs.numpy())


@pytest.mark.parametrize("cell", IN_KERAS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(("inputs", "hidden", "layers"), [(1, 1, 1), (3, 4, 2)])
def test_keras_computes_the_same(cell, bidirectional, inputs, hidden, layers):
    network = network_of(cell, inputs, hidden, layers, bidirectional, np.float32)
    X = np.random.default_rng(0).standard_normal((2, 5, inputs)).astype(np.float32)
    theirs = X
    for layer in keras_layers(cell, network, inputs):
        theirs = layer(theirs)
    assert_rounded(outputs_of(cell, network, X), keras.ops.convert_to_numpy(theirs))


@pytest.mark.parametrize("cell", IN_KERAS)
def test_weights_that_keras_drew_compute_the_same_here(cell):
    layer = keras.layers.Bidirectional(IN_KERAS[cell](4))
    X = np.random.default_rng(0).standard_normal((2, 5, 3)).astype(np.float32)
    layer.build(X.shape)
    rng = np.random.default_rng(1)
    layer.set_weights([rng.standard_normal(w.shape).astype(np.float32) for w in layer.get_weights()])
    network = layouts.from_keras(cell, [layer.get_weights()], bidirectional=True)
    assert_rounded(outputs_of(cell, network, X), keras.ops.convert_to_numpy(layer(X)))


def test_the_reference_stack_takes_a_network_of_torch():
    module = torch.nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True, dtype=torch.float64)
    network = layouts.from_torch("lstm", module.state_dict())
    X, zero = np.random.default_rng(0).standard_normal((2, 5, 3)), np.zeros((2, 4))
    parameters = [sum(directions, ()) for directions in network]
    Hs, _, _ = stack_forward(bidirectional(LSTM), X, [(zero,) * 4] * 2, parameters)
    with torch.no_grad():
        assert_rounded(Hs, module(torch.from_numpy(X))[0].numpy())


def test_from_torch_to_keras_and_back():
    module = torch.nn.GRU(3, 4, 2, bidirectional=True)
    network = layouts.from_torch("gru_after", {k: v.numpy() for k, v in module.state_dict().items()})
    weights = layouts.to_keras("gru_after", network)
    assert equal(layouts.from_keras("gru_after", weights, bidirectional=True), network)


@pytest.mark.parametrize("cell", IN_TORCH)
def test_only_the_sum_of_torchs_biases_is_kept_except_in_the_candidate(cell):
    state = {k: v.numpy() for k, v in IN_TORCH[cell](2, 3).state_dict().items()}
    again = layouts.to_torch(cell, layouts.from_torch(cell, state))
    both = state["bias_ih_l0"] + state["bias_hh_l0"]
    candidate = slice(6, 9) if cell == "gru_after" else slice(0, 0)
    np.testing.assert_array_equal(again["bias_hh_l0"][candidate], state["bias_hh_l0"][candidate])
    np.testing.assert_array_equal(again["bias_ih_l0"][candidate], state["bias_ih_l0"][candidate])
    np.testing.assert_array_equal(np.delete(again["bias_ih_l0"], candidate), np.delete(both, candidate))
    assert not np.delete(again["bias_hh_l0"], candidate).any()
    for kernel in ("weight_ih_l0", "weight_hh_l0"):
        np.testing.assert_array_equal(again[kernel], state[kernel])


@pytest.mark.parametrize("cell", IN_TORCH)
def test_layers_without_bias_come_in_as_zero_biases(cell):
    state = {k: v.numpy() for k, v in IN_TORCH[cell](2, 3, bias=False).state_dict().items()}
    from_torch = layouts.from_torch(cell, state)
    (direction,) = from_torch[0]
    assert all(
        not bias.any() and bias.shape == shape
        for bias, shape in zip(direction[2:], list(layouts.shapes(cell, 2, 3).values())[2:], strict=True)
    )
    W, U = layouts.to_keras(cell, from_torch)[0][:2]
    assert equal(layouts.from_keras(cell, [[W, U]]), from_torch)


@pytest.mark.parametrize("cell", IN_KERAS)
def test_nothing_is_shared_with_what_was_given(cell):
    network = network_of(cell, 2, 2, 1, False)
    moved = layouts.to_keras(cell, network)
    back = layouts.from_keras(cell, moved)
    pairs = [(moved[0], network[0][0]), (back[0][0], moved[0])]
    if cell in IN_TORCH:
        state = layouts.to_torch(cell, network)
        pairs += [(state.values(), network[0][0]), (layouts.from_torch(cell, state)[0][0], state.values())]
    for ones, others in pairs:
        assert not any(np.shares_memory(a, b) for a in ones for b in others)


def test_a_reset_before_the_product_does_not_map_to_torch():
    with pytest.raises(layouts.Unmappable, match="resets after the product"):
        layouts.to_torch("gru", network_of("gru", 2, 3, 1, False))
    with pytest.raises(layouts.Unmappable, match="resets after the product"):
        layouts.from_torch("gru", {k: v.numpy() for k, v in torch.nn.GRU(2, 3).state_dict().items()})


@pytest.mark.parametrize("function", [layouts.to_torch, layouts.from_torch, layouts.to_keras, layouts.from_keras])
def test_a_cell_that_frameworks_lack_does_not_map(function):
    with pytest.raises(layouts.Unmappable, match="no counterpart of 'peephole_lstm'; mapped are rnn, lstm"):
        function("peephole_lstm", [])


def test_a_projected_lstm_does_not_map():
    state = {k: v.numpy() for k, v in torch.nn.LSTM(3, 4, proj_size=2).state_dict().items()}
    with pytest.raises(layouts.Unmappable, match="proj_size"):
        layouts.from_torch("lstm", state)


def test_arrays_that_do_not_fit_are_named():
    W, U, b = network_of("lstm", 2, 3, 1, False)[0][0]
    with pytest.raises(ValueError, match=r"b of lstm has shape \(11,\); next to U of 3 rows it must be \(12,\)"):
        layouts.to_torch("lstm", [[(W, U, b[:-1])]])
    with pytest.raises(ValueError, match=r"W of rnn has shape \(2, 12\); next to U of 3 rows it must be \(2, 3\)"):
        layouts.to_keras("rnn", [[(W, U, b)]])
    with pytest.raises(ValueError, match="gru_after has the parameters W, U, b, bn; 3 arrays were given"):
        layouts.to_keras("gru_after", [[(W[:, :9], U[:, :9], b[:9])]])
    with pytest.raises(ValueError, match="no weight_ih_l0 among nothing"):
        layouts.from_torch("lstm", {})
    with pytest.raises(ValueError, match="6 arrays in a layer of 1 direction"):
        layouts.from_keras("lstm", [[W, U, b, W, U, b]])


@pytest.mark.parametrize("function", [layouts.to_torch, layouts.to_keras])
@pytest.mark.parametrize("counts", [(3,), (0,), (2, 1)])
def test_directions_that_no_framework_has_are_refused(function, counts):
    direction = network_of("lstm", 2, 3, 1, False)[0][0]
    with pytest.raises(ValueError, match=rf"layer {len(counts) - 1} has {counts[-1]} directions"):
        function("lstm", [[direction] * count for count in counts])


def test_the_wrong_reset_place_is_recognised_by_its_bias():
    before, after = (layouts.to_keras(cell, network_of(cell, 2, 3, 1, False)) for cell in ("gru", "gru_after"))
    with pytest.raises(ValueError, match="reset_after=True has two rows"):
        layouts.from_keras("gru_after", before)
    with pytest.raises(ValueError, match="reset_after=True has two rows"):
        layouts.from_keras("gru", after)


def test_a_state_dict_with_a_kernel_missing_is_told_what_is_missing():
    state = torch.nn.RNN(2, 3).state_dict()
    del state["weight_hh_l0"]
    with pytest.raises(ValueError, match="no weight_hh_l0 among weight_ih_l0"):
        layouts.from_torch("rnn", state)
