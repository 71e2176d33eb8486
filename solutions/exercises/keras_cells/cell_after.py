"""Contract of `GRUAfterCell`, a cell for keras.layers.RNN with the reset after the product.

unrolled-canary-b7a35f08c1d2
"""

import keras
import numpy as np
from keras import ops

from solutions.exercises.keras_cells import cell
from solutions.judging import kit
from solutions.judging.families.libraries import written_with
from solutions.reference import keras_cells

READ = "gru#eq-gru-step-after"
SOME = ("sums", "kernels", "calls", "names")
FAMILIES = written_with("ops", [family for family in kit.ARRAYS if family.__name__ in SOME])


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """As of the other cell, with bn behind b."""
    drawn = cell.draw(rng, sizes, dtype)
    weights = {name: drawn.pop(name) for name in ("units", "W", "U", "b")}
    return weights | {"bn": kit.away_from_zero(rng, sizes.hidden, dtype)} | drawn


GRUAfterCell = kit.Contract(
    reference=keras_cells.GRUAfterCell,
    outputs=kit.near("h_next", "state", "dx", "dstates", "dW", "dU", "db", "dbn"),
    read=READ,
    parts=cell.parts(draw),
    probe=kit.Probe("layer", {"sizes": 1, "weights": ["W", "U", "b", "bn"], "outputs": 2}),
)


@GRUAfterCell.derivation(words=cell.WORDS, families=FAMILIES)
class GateByGate(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape):
        inputs, wide = input_shape[-1], 3 * self.units
        self.W = self.add_weight(shape=(inputs, wide), name="W")
        self.U = self.add_weight(shape=(self.units, wide), name="U")
        self.b = self.add_weight(shape=(wide,), initializer="zeros", name="b")
        self.bn = self.add_weight(shape=(self.units,), initializer="zeros", name="bn")

    def get_config(self):
        return {**super().get_config(), "units": self.units}

    def call(self, x, states):
        h = states[0]
        W_z, W_r, W_n = ops.split(self.W, 3, axis=1)  #: gru#eq-gru-blocks
        U_z, U_r, U_n = ops.split(self.U, 3, axis=1)  #: gru#eq-gru-blocks
        b_z, b_r, b_n = ops.split(self.b, 3)  #: gru#eq-gru-blocks
        #: eq-gru-update-gate: the input's term x W_z + the state's term h U_z + the bias b_z
        z = ops.sigmoid(x @ W_z + h @ U_z + b_z)
        #: eq-gru-reset-gate: the input's term x W_r + the state's term h U_r + the bias b_r
        r = ops.sigmoid(x @ W_r + h @ U_r + b_r)
        s = h @ U_n + self.bn  #: eq-gru-recurrent-part: the state's term h U_n + the recurrent bias bn
        #: eq-gru-candidate-after: the input's term x W_n + the bias b_n + the reset recurrent part r ⊙ s
        n = ops.tanh(x @ W_n + b_n + r * s)
        h_next = z * h + (1 - z) * n  #: eq-gru-update: z of the old state + 1 − z of the candidate
        return h_next, [h_next]


@GRUAfterCell.variant
class ProductsFirst(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units]

    def build(self, input_shape):
        for name, shape in (("W", (input_shape[-1], 3 * self.units)), ("U", (self.units, 3 * self.units))):
            setattr(self, name, self.add_weight(shape=shape, name=name))
        self.b = self.add_weight(shape=(3 * self.units,), initializer="zeros", name="b")
        self.bn = self.add_weight(shape=(self.units,), initializer="zeros", name="bn")

    def call(self, x, states, training=None):
        (h,) = states
        x_z, x_r, x_n = ops.split(ops.matmul(x, self.W) + self.b, 3, axis=-1)
        h_z, h_r, h_n = ops.split(ops.matmul(h, self.U), 3, axis=-1)
        z, r = ops.sigmoid(x_z + h_z), ops.sigmoid(x_r + h_r)
        n = ops.tanh(x_n + r * (h_n + self.bn))
        new = n + z * (h - n)
        return new, (new,)


@GRUAfterCell.variant
class InPlainTorch(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, input_shape):
        self.W = self.add_weight(shape=(input_shape[-1], 3 * self.units), name="W")
        self.U = self.add_weight(shape=(self.units, 3 * self.units), name="U")
        self.b = self.add_weight(shape=(3 * self.units,), initializer="zeros", name="b")
        self.bn = self.add_weight(shape=(self.units,), initializer="zeros", name="bn")

    def call(self, x, states):
        h = states[0]
        W, U, b = (weight.value.chunk(3, dim=-1) for weight in (self.W, self.U, self.b))
        z, r = ((x @ W[k] + h @ U[k] + b[k]).sigmoid() for k in (0, 1))
        n = (x @ W[2] + b[2] + r * (h @ U[2] + self.bn.value)).tanh()
        h = z * h + n - z * n
        return h, [h]


GRUAfterCell.rewrite("h-as-the-only-state", ("h = states[0]", "(h,) = states"))
GRUAfterCell.rewrite("reset-multiplied-out", ("+ r * s)", "+ r * (h @ U_n) + r * self.bn)"))
GRUAfterCell.mistakes(cell.OF_LAYERS)

for name, where, wrong in (
    ("reset-before-the-product", "the state before the product", "x @ W_n + b_n + (r * h) @ U_n + self.bn"),
    (
        "state-reset-and-bias-reset",
        "the state before the product, and bn",
        "x @ W_n + b_n + (r * h) @ U_n + r * self.bn",
    ),
    ("recurrent-bias-not-reset", "h U_n alone, and bn stands outside", "x @ W_n + b_n + r * (h @ U_n) + self.bn"),
    ("input-bias-reset", "the bias b_n, too", "x @ W_n + r * (b_n + s)"),
    ("reset-on-everything", "the whole sum of the candidate", "r * (x @ W_n + b_n + s)"),
    ("reset-on-the-input", "the input's part", "r * (x @ W_n + b_n) + s"),
):
    hint = f"The reset gate multiplies {where}. Here it multiplies s = h U_n + bn, which is one thing."
    GRUAfterCell.slip(name, hint, ("x @ W_n + b_n + r * s", wrong), read="gru#eq-gru-two-places")

GRUAfterCell.slip(
    "blocks-r-z-n",
    "Update gate and reset gate are swapped: the blocks stand in the order z, r, n. (PyTorch has r, z, n.)",
    *((f"{k}_z, {k}_r, {k}_n =", f"{k}_r, {k}_z, {k}_n =") for k in "WUb"),
    read="gru#eq-gru-torch-order",
)
GRUAfterCell.mistakes(
    """
    recurrent-bias-not-made: bn is missing among the weights: make it in build, of shape (units,).
        self.bn = self.add_weight(shape=(self.units,), initializer="zeros", name="bn") → self.bn = 0.0
    recurrent-bias-three-blocks: bn has three blocks. It belongs to the candidate alone: self.units entries.
        self.bn = self.add_weight(shape=(self.units,), → self.bn = self.add_weight(shape=(wide,),
    recurrent-bias-unused: bn is made and stands nowhere in the step. It is added to h U_n.
        h @ U_n + self.bn → h @ U_n
    recurrent-bias-in-every-block: bn is added in the gates too. It belongs to the candidate's recurrent part alone.
      [gru#eq-gru-recurrent-part]
         + b_z) →  + b_z + self.bn)
         + b_r) →  + b_r + self.bn)
    """
)
