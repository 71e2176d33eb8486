"""The Keras cells compute what the reference and Keras' own layers compute, and can be saved and trained."""

import keras
import numpy as np
import pytest
import torch

from solutions.reference import keras_cells
from solutions.reference.gru import gru_step, gru_step_after
from solutions.reference.lstm import lstm_step
from solutions.reference.rnn import rnn_step
from solutions.reference.sequence import unroll
from tests.rounding import assert_rounded
from unrolled.layouts import shapes, to_keras

CELLS = {
    "rnn": (keras_cells.RNNCell, rnn_step, lambda H: keras.layers.SimpleRNN(H, return_sequences=True)),
    "lstm": (keras_cells.LSTMCell, lstm_step, lambda H: keras.layers.LSTM(H, return_sequences=True)),
    "gru": (keras_cells.GRUCell, gru_step, lambda H: keras.layers.GRU(H, return_sequences=True, reset_after=False)),
    "gru_after": (keras_cells.GRUAfterCell, gru_step_after, lambda H: keras.layers.GRU(H, return_sequences=True)),
}
SIZES = [(1, 1, 1, 1), (2, 5, 3, 4), (4, 3, 1, 6)]


def drawn(cell, batch, steps, inputs, hidden):
    rng = np.random.default_rng(batch)
    arrays = [0.6 * rng.standard_normal(s).astype(np.float32) for s in shapes(cell, inputs, hidden).values()]
    return rng.standard_normal((batch, steps, inputs)).astype(np.float32), arrays


def layer_with(cell, X, arrays, **options):
    layer = keras.layers.RNN(CELLS[cell][0](len(arrays[1])), return_sequences=True, **options)
    layer.build(X.shape)
    layer.set_weights(arrays)
    return layer


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("dims", SIZES)
def test_outputs_and_states_equal_the_reference(cell, dims):
    X, arrays = drawn(cell, *dims)
    rng = np.random.default_rng(9)
    state = [rng.standard_normal((dims[0], dims[3])).astype(np.float32) for _ in range(CELLS[cell][0].states)]
    theirs, *last = layer_with(cell, X, arrays, return_state=True)(
        keras.ops.array(X), initial_state=[keras.ops.array(s) for s in state]
    )
    Hs, expected, _ = unroll(CELLS[cell][1], X, state, arrays)
    assert_rounded(keras.ops.convert_to_numpy(theirs), Hs)
    for s, e in zip(last, expected, strict=True):
        assert_rounded(keras.ops.convert_to_numpy(s), e)


@pytest.mark.parametrize("cell", CELLS)
def test_outputs_and_gradients_equal_those_of_keras_own_layers(cell):
    X, arrays = drawn(cell, 2, 5, 3, 4)
    ours, theirs = layer_with(cell, X, arrays), CELLS[cell][2](4)
    theirs.build(X.shape)
    theirs.set_weights(to_keras(cell, [[tuple(arrays)]])[0])
    inputs = [torch.from_numpy(X).requires_grad_() for _ in range(2)]
    outputs = [layer(x) for layer, x in zip((ours, theirs), inputs, strict=True)]
    for Hs in outputs:
        (Hs**2).sum().backward()
    assert_rounded(*(Hs.detach().numpy() for Hs in outputs))
    assert_rounded(inputs[0].grad.numpy(), inputs[1].grad.numpy())
    for one, other in zip(ours.weights[:2], theirs.weights[:2], strict=True):
        assert_rounded(one.value.grad.numpy(), other.value.grad.numpy())


@pytest.mark.parametrize("cell", CELLS)
def test_a_masked_step_keeps_the_state_as_in_the_reference(cell):
    X, arrays = drawn(cell, 2, 5, 3, 4)
    lengths = np.array([5, 2])
    mask = np.arange(5) < lengths[:, None]
    _, *last = layer_with(cell, X, arrays, return_state=True)(X, mask=mask)
    state = [np.zeros((2, 4), np.float32)] * CELLS[cell][0].states
    _, expected, _ = unroll(CELLS[cell][1], X, state, arrays, lengths)
    for s, e in zip(last, expected, strict=True):
        assert_rounded(keras.ops.convert_to_numpy(s), e)


@pytest.mark.parametrize("cell", CELLS)
def test_a_model_of_stacked_cells_is_trained_saved_and_loaded(cell, tmp_path):
    make = CELLS[cell][0]
    model = keras.Sequential([keras.Input((6, 3)), keras.layers.RNN([make(4), make(5)]), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((8, 6, 3)).astype(np.float32), rng.standard_normal((8, 1)).astype(np.float32)
    before = model.evaluate(X, y, verbose=0)
    model.fit(X, y, epochs=3, verbose=0)
    assert model.evaluate(X, y, verbose=0) < before
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))


def test_options_survive_the_configuration():
    relu = keras_cells.RNNCell.from_config(keras_cells.RNNCell(3, activation="relu").get_config())
    lstm = keras_cells.LSTMCell.from_config(keras_cells.LSTMCell(3, forget_bias=0.5).get_config())
    assert (relu.units, relu.activation, lstm.forget_bias) == (3, "relu", 0.5)
    relu.build((2, 3))
    x, h = keras.ops.ones((2, 3)), keras.ops.zeros((2, 3))
    h_next = keras.ops.convert_to_numpy(relu(x, [h])[0])
    assert_rounded(h_next, np.maximum(2 * [relu.get_weights()[0].sum(axis=0)], 0))


@pytest.mark.parametrize("cell", CELLS)
def test_first_values(cell):
    layer = CELLS[cell][0](5)
    layer.build((None, 7))
    W, U, b, *rest = layer.get_weights()
    for block in np.split(U, U.shape[1] // 5, axis=1):
        assert_rounded(block @ block.T, np.eye(5))
    assert np.abs(W).max() <= np.sqrt(6 / 12)
    forget = b[5:10] if cell == "lstm" else b[:0]
    assert np.all(forget == 1)
    assert b.sum() == forget.sum()
    assert not any(r.any() for r in rest)
