"""Contract of `MaskedNet`, the cell under keras.layers.RNN with a mask, and a number at each step.

unrolled-canary-c05b1e9f47a2
"""

from collections.abc import Iterator

import keras
import numpy as np
from keras import ops

from solutions.exercises.keras_cells.cell import GateByGate as GRUCell
from solutions.judging import kit
from solutions.judging.families.libraries import written_with
from solutions.judging.parts import Given, Part
from solutions.reference import keras_training

READ = "gru#eq-gru-sequence"
SOME = ("declared", "calls", "answers", "names", "plain")
GAPS = [[1, 0, 1], [0, 1, 0], [0, 1, 1]]


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """The units, the weights, padded sequences, their mask, and the gradient of what the net says."""
    head = kit.readout_of_one(rng, sizes, dtype)
    return {
        "units": int(sizes.hidden),
        **kit.kernels(rng, sizes, dtype, blocks=3),
        "kernel": head["Wy"],
        "bias": head["by"],
        "X": kit.normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype),
        "mask": kit.ragged_mask(rng, sizes.batch, sizes.steps, np.float64) == 1,
        "dp": kit.normal(rng, sizes.batch, sizes.steps, 1, dtype=dtype),
    }


def _unequal(rng: np.random.Generator) -> kit.Sizes:
    batch, inputs, hidden = (int(one) for one in rng.permutation([2, 3, 5]))
    return kit.Sizes(batch, 3, inputs, hidden, 1)


def _masked(rng: np.random.Generator, mask: list[list[int]], dtype: type = np.float64) -> kit.Arguments:
    sizes = kit.Sizes(len(mask), len(mask[0]), 2, 3, 1)
    return draw(rng, sizes, dtype) | {"mask": np.array(mask, dtype=bool)}


def _shapes(rng: np.random.Generator) -> Iterator[Given]:
    yield Given("unequal sizes", draw(rng, _unequal(rng), np.float64))


def _values(rng: np.random.Generator) -> Iterator[Given]:
    yield Given("unequal sizes", draw(rng, _unequal(rng), np.float64))
    yield Given("float32", draw(rng, kit.Sizes(3, 2, 2, 4, 1), np.float32))


def _edges(rng: np.random.Generator) -> Iterator[Given]:
    yield Given("gaps in the mask", _masked(rng, GAPS))
    yield Given("a batch of one", draw(rng, kit.Sizes(1, 2, 3, 2, 1), np.float64))


MaskedNet = kit.Contract(
    reference=keras_training.MaskedNet,
    outputs=kit.near("p", "dX", "dW", "dU", "db", "dkernel", "dbias"),
    read=READ,
    parts=(Part("shapes", _shapes, values=False), Part("values", _values), Part("edges", _edges)),
    probe=kit.Probe("layer", {"sizes": 1, "weights": ["W", "U", "b", "kernel", "bias"], "outputs": 1}),
)
WORDS = {"X": "the inputs", "mask": "the mask", "Hs": "the states"}


@MaskedNet.derivation(
    words=WORDS,
    families=written_with("ops", [family for family in kit.ARRAYS if family.__name__ in SOME]),
)
class OfTwoLayers(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.rnn = keras.layers.RNN(GRUCell(units), return_sequences=True)
        self.head = keras.layers.Dense(1)

    def build(self, input_shape):
        self.rnn.build(input_shape)
        self.head.build((*input_shape[:-1], self.units))

    def get_config(self):
        return {**super().get_config(), "units": self.units}

    def call(self, X, mask):
        Hs = self.rnn(X, mask=mask)  #: eq-gru-sequence
        return self.head(Hs)  #: rnn-cell#eq-readout


@MaskedNet.variant
class StepByStep(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.cell, self.head = GRUCell(units), keras.layers.Dense(1)

    def build(self, input_shape):
        self.cell.build((input_shape[0], input_shape[2]))
        self.head.build((None, None, self.cell.units))

    def call(self, X, mask):
        h, said = ops.zeros((X.shape[0], self.cell.units), dtype=X.dtype), []
        for t in range(X.shape[1]):
            new, _ = self.cell(X[:, t], [h])
            h = ops.where(mask[:, t, None], new, h)
            said.append(self.head(h))
        return ops.stack(said, axis=1)


@MaskedNet.variant
class StateKeptToo(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, input_shape):
        self.rnn = keras.layers.RNN(GRUCell(self.units), return_sequences=True, return_state=True)
        self.rnn.build(input_shape)
        self.head = keras.layers.Dense(1, activation="linear")
        self.head.build((None, self.units))

    def call(self, X, mask=None):
        Hs, _ = self.rnn(X, None, mask)
        return ops.stack([self.head(h) for h in ops.unstack(Hs, axis=1)], axis=1)


MaskedNet.rewrite("unrolled", ("return_sequences=True", "return_sequences=True, unroll=True"))
MaskedNet.rewrite(
    "head-at-each-step",
    ("keras.layers.Dense(1)", "keras.layers.TimeDistributed(keras.layers.Dense(1))"),
)
MaskedNet.rewrite(
    "state-asked-for",
    ("return_sequences=True", "return_sequences=True, return_state=True"),
    ("Hs = self.rnn(X, mask=mask)", "Hs = self.rnn(X, mask=mask)[0]"),
)
MaskedNet.mistakes(
    """
    last-state-alone: RNN gives the last state alone. The net answers at each step: return_sequences=True.
        , return_sequences=True → 
    mask-not-passed-on: The mask never reaches the RNN: padded steps change the state. Pass it on, mask=mask.
        self.rnn(X, mask=mask) → self.rnn(X)
    inputs-masked: You set padded inputs to zero, and the cell goes on with them: its bias and its gates change the
      state. A mask keeps the state.
        self.rnn(X, mask=mask) → self.rnn(X * mask[..., None])
    mask-inverted: The mask is the wrong way round: True is a real step.
        mask=mask → mask=~mask
    answers-masked: You set the answers at padded steps to zero. The loss takes care of those; the net answers
      there, too.
        return self.head(Hs) → return self.head(Hs) * mask[..., None]
    states-zeroed: At padded steps the states are zero. By default RNN repeats the last one there.
        return_sequences=True → return_sequences=True, zero_output_for_mask=True
    backwards: The RNN runs from the last step to the first.
        return_sequences=True → return_sequences=True, go_backwards=True
    stateful-net: The RNN keeps its last state for the next call: stateful=True. Each batch begins with zeros.
        self.rnn(X, mask=mask) → self.rnn(X, initial_state=self.__dict__.get("kept"), mask=mask)
        return self.head(Hs) → object.__setattr__(self, "kept", [Hs[:, -1].detach()]); return self.head(Hs)
    head-squashed: The head has an activation. It gives any number: h Wy + by alone.
        keras.layers.Dense(1) → keras.layers.Dense(1, activation="tanh")
    head-without-bias: The head has no bias. It is h Wy + by.
        keras.layers.Dense(1) → keras.layers.Dense(1, use_bias=False)
    head-too-wide: The head has as many answers as units. One number is asked for at each step: Dense(1).
        keras.layers.Dense(1) → keras.layers.Dense(units)
    head-not-built: The head has no weights yet when they are loaded: build it in build, for inputs of self.units.
        self.head.build((*input_shape[:-1], self.units)) → pass
    cell-not-built: The RNN has no weights yet when they are loaded: build it in build, for the shape of X.
        self.rnn.build(input_shape) → pass
    last-axis-dropped: The answer has the shape (B, T, 1). You dropped its last axis.
        return self.head(Hs) → return self.head(Hs)[..., 0]
    head-on-the-inputs: The head reads the inputs. It reads the states.
        self.head.build((*input_shape[:-1], self.units)) → self.head.build(input_shape)
        return self.head(Hs) → return self.head(X)
    """
)
