"""A Keras layer: Elman's network over a sequence."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
from keras import ops

from solutions.judging.contract import Contract
from solutions.judging.families import ARRAYS
from solutions.judging.families.libraries import written_with
from solutions.judging.parts import Given, Part
from tests.solutions.judging.kinds.modules import normal32
from unrolled.checking.outputs import near
from unrolled.checking.probes import Probe


def sequences(*sizes, label="unequal sizes"):
    def draw(rng):
        for batch, steps, inputs, units in sizes:
            shapes = {
                "W": (inputs, units),
                "U": (units, units),
                "b": (units,),
                "X": (batch, steps, inputs),
                "dHs": (batch, steps, units),
            }
            yield Given(label, {"units": units} | {name: normal32(rng, *shape) for name, shape in shapes.items()})

    return draw


class Elman(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], self.units), name="W")
        self.U = self.add_weight(shape=(self.units, self.units), name="U")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", name="b")

    def call(self, X):
        h, states = ops.zeros((X.shape[0], self.units)), []
        for x in ops.unstack(X, axis=1):
            h = ops.tanh(ops.matmul(x, self.W) + ops.matmul(h, self.U) + self.b)
            states.append(h)
        return ops.stack(states, axis=1)


elman = Contract(
    reference=Elman,
    probe=Probe("layer", {"sizes": 1, "weights": ["W", "U", "b"], "outputs": 1}),
    outputs=near("Hs", "dX", "dW", "dU", "db"),
    read="rnn-cell#eq-unrolled",
    parts=(
        Part("shapes", sequences((2, 4, 3, 5)), values=False),
        Part("values", sequences((2, 4, 3, 3))),
        Part("edges", sequences((1, 3, 2, 4), label="a batch of one")),
    ),
)
FEW = [one for one in ARRAYS if one.__name__ in ("sums", "kernels", "loops", "statements", "calls")]


@elman.derivation(words={"h": "the state", "states": "the states"}, families=written_with("ops", FEW))
class Looped(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], self.units), name="W")
        self.U = self.add_weight(shape=(self.units, self.units), name="U")
        self.b = self.add_weight(shape=(self.units,), name="b")

    def call(self, X):
        W, U, b = self.W.value, self.U.value, self.b.value
        h, states = ops.zeros((X.shape[0], self.units)), []
        for t in range(X.shape[1]):
            h = ops.tanh(X[:, t] @ W + h @ U + b)  #: eq-rnn-step: the input's term + the recurrent term + the bias
            states.append(h)
        return ops.stack(states, axis=1)


@elman.variant
class InputsFirst(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, shape):
        self.b = self.add_weight(shape=(self.units,), name="b")
        self.U = self.add_weight(shape=(self.units, self.units), name="U")
        self.W = self.add_weight(shape=(shape[-1], self.units), name="W")

    def call(self, X):
        A = ops.matmul(X, self.W) + self.b
        states = [ops.tanh(A[:, 0])]
        for t in range(1, A.shape[1]):
            states.append(ops.tanh(A[:, t] + ops.matmul(states[-1], self.U)))
        return ops.stack(states, axis=1)


elman.slip(
    "not-trained",
    "W is made with trainable=False: it gets no gradient.",
    ('self.units), name="W"', 'self.units), trainable=False, name="W"'),
)
elman.slip(
    "state-kept",
    "The layer keeps its state from one call to the next. Begin with zeros.",
    (
        "h, states = ops.zeros((X.shape[0], self.units)), []",
        "h, states = getattr(self, 'h', 0 * X[:, 0, :1] + 0 * b), []",
    ),
    ("        return ops", "        object.__setattr__(self, 'h', h.detach())\n        return ops"),
)
