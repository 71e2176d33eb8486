"""Contract of `GRUCell`, a cell for keras.layers.RNN with the reset before the product, and what both cells share.

unrolled-canary-90b4e7d2c15f
"""

import os
from collections.abc import Iterator

os.environ.setdefault("KERAS_BACKEND", "torch")  # read once, when Keras is imported

import keras
import numpy as np
from keras import ops

from solutions.judging import kit
from solutions.judging.families.libraries import written_with
from solutions.judging.parts import Given, Part
from solutions.reference import keras_cells

READ = "gru#eq-gru-step"
WORDS = (
    {"x": "the input", "h": "the old state", "h_next": "the new state", "states": "the list of states"}
    | {"z": "the update gate", "r": "the reset gate", "n": "the candidate", "s": "the recurrent part"}
    | {"self.W": "the input kernel", "self.U": "the recurrent kernel", "self.b": "the bias"}
)
SOME = ("declared", "sums", "kernels", "calls", "names")
FAMILIES = written_with("ops", [family for family in kit.ARRAYS if family.__name__ in SOME])


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """The units, weights, an input, the list of the one state, and the gradients of both answers.

    An array (1, B, H) is such a list: its first entry is the state.
    """
    state = (sizes.batch, sizes.hidden)
    return {
        "units": int(sizes.hidden),
        **kit.kernels(rng, sizes, dtype, blocks=3),
        "x": kit.normal(rng, sizes.batch, sizes.inputs, dtype=dtype),
        "states": kit.state(rng, sizes, dtype)[None],
        "dh": kit.normal(rng, *state, dtype=dtype),
        "dstate": kit.normal(rng, *state, dtype=dtype),
    }


def parts(draw: kit.Function) -> tuple[Part, ...]:
    """Few cases: each builds a layer, runs it twice and goes back."""

    def shapes(rng: np.random.Generator) -> Iterator[Given]:
        yield Given("unequal sizes", draw(rng, _unequal(rng), np.float64))

    def values(rng: np.random.Generator) -> Iterator[Given]:
        yield Given("unequal sizes", draw(rng, _unequal(rng), np.float64))
        # Transposed or swapped kernels fit only where inputs and hidden size agree.
        yield Given("as many inputs as units", draw(rng, kit.Sizes(2, 3, 3, 3, 1), np.float32))

    def edges(rng: np.random.Generator) -> Iterator[Given]:
        yield Given("a batch of one", draw(rng, kit.Sizes(1, 3, 2, 3, 1), np.float64))
        zero = draw(rng, kit.Sizes(3, 2, 2, 2, 1), np.float64)
        name = next(name for name in ("states", "h0") if name in zero)
        yield Given("a state of zeros", zero | {name: np.zeros_like(zero[name])})
        yield Given("sizes of one", draw(rng, kit.Sizes(1, 1, 1, 1, 1), np.float64), rare=True)

    return Part("shapes", shapes, values=False), Part("values", values), Part("edges", edges)


def _unequal(rng: np.random.Generator) -> kit.Sizes:
    batch, inputs, hidden = (int(one) for one in rng.permutation([2, 3, 4]))
    return kit.Sizes(batch, 3, inputs, hidden, 1)


GRUCell = kit.Contract(
    reference=keras_cells.GRUCell,
    outputs=kit.near("h_next", "state", "dx", "dstates", "dW", "dU", "db"),
    read=READ,
    parts=parts(draw),
    probe=kit.Probe("layer", {"sizes": 1, "weights": ["W", "U", "b"], "outputs": 2}),
)


@GRUCell.derivation(words=WORDS, families=FAMILIES)
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

    def get_config(self):
        return {**super().get_config(), "units": self.units}

    def call(self, x, states):
        h = states[0]
        W_z, W_r, W_n = ops.split(self.W, 3, axis=1)  #: eq-gru-blocks
        U_z, U_r, U_n = ops.split(self.U, 3, axis=1)  #: eq-gru-blocks
        b_z, b_r, b_n = ops.split(self.b, 3)  #: eq-gru-blocks
        #: eq-gru-update-gate: the input's term x W_z + the state's term h U_z + the bias b_z
        z = ops.sigmoid(x @ W_z + h @ U_z + b_z)
        #: eq-gru-reset-gate: the input's term x W_r + the state's term h U_r + the bias b_r
        r = ops.sigmoid(x @ W_r + h @ U_r + b_r)
        #: eq-gru-candidate: the input's term x W_n + the reset state's term (r ⊙ h) U_n + the bias b_n
        n = ops.tanh(x @ W_n + (r * h) @ U_n + b_n)
        h_next = z * h + (1 - z) * n  #: eq-gru-update: z of the old state + 1 − z of the candidate
        return h_next, [h_next]


@GRUCell.variant
class BlocksTogether(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units]
        self.output_size = units

    def build(self, input_shape):
        self.W = self.add_weight(shape=(input_shape[-1], 3 * self.units), initializer="glorot_uniform", name="W")
        self.U = self.add_weight(shape=(self.units, 3 * self.units), initializer="orthogonal", name="U")
        self.b = self.add_weight(shape=(3 * self.units,), initializer="zeros", name="b")

    def call(self, x, states, training=False):
        (h,) = states
        k = self.units
        sums = ops.matmul(x, self.W) + self.b
        gates = ops.sigmoid(sums[:, : 2 * k] + ops.matmul(h, self.U[:, : 2 * k]))
        z, r = gates[:, :k], gates[:, k:]
        n = ops.tanh(sums[:, 2 * k :] + ops.matmul(r * h, self.U[:, 2 * k :]))
        new = n + z * (h - n)
        return new, new


@GRUCell.variant
class JoinedKernel(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, input_shape):
        for name, rows in (("W", input_shape[-1]), ("U", self.units)):
            setattr(self, name, self.add_weight(shape=(rows, 3 * self.units), name=name))
        self.b = self.add_weight(shape=(3 * self.units,), initializer="ones", name="b")

    def call(self, x, states):
        h = states[0]
        kernel = ops.concatenate([self.U, self.W], axis=0)
        a = ops.concatenate([h, x], axis=1) @ kernel + self.b
        z = ops.sigmoid(a[..., : self.units])
        r = ops.sigmoid(a[..., self.units : 2 * self.units])
        n = ops.tanh((ops.concatenate([r * h, x], axis=1) @ kernel + self.b)[..., 2 * self.units :])
        return h - (1 - z) * (h - n), (h - (1 - z) * (h - n),)


@GRUCell.variant
class InPlainTorch(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, input_shape):
        self.W = self.add_weight(shape=(input_shape[-1], 3 * self.units), initializer="he_normal", name="W")
        self.U = self.add_weight(shape=(self.units, 3 * self.units), initializer="he_normal", name="U")
        self.b = self.add_weight(shape=(3 * self.units,), initializer="zeros", name="b")

    def call(self, x, states):
        h = states[0]
        W, U, b = (weight.value.chunk(3, dim=-1) for weight in (self.W, self.U, self.b))
        z, r = ((x @ W[k] + h @ U[k] + b[k]).sigmoid() for k in (0, 1))
        n = (x @ W[2] + (r * h) @ U[2] + b[2]).tanh()
        h = z * h + n - z * n
        return h, [h]


GRUCell.rewrite("h-as-the-only-state", ("h = states[0]", "(h,) = states"))
GRUCell.rewrite("shares-from-the-candidate", ("z * h + (1 - z) * n", "n + z * (h - n)"))

# Mistakes of layers, and in the update, wherever the reset stands.
OF_LAYERS = """
    W-not-trained: W is made with trainable=False: training never changes it.
        name="W") → name="W", trainable=False)
    U-of-the-inputs-size: U is of the shape of W. It multiplies the state: self.units rows.
        self.U = self.add_weight(shape=(self.units, wide) → self.U = self.add_weight(shape=(inputs, wide)
    one-block-wide: The weights have self.units columns. Three blocks stand side by side: 3 * self.units.
        3 * self.units → self.units
    weight-without-a-name: W has no name. The judge, and whoever loads weights, finds them by theirs: name="W".
        , name="W") → )
    weight-is-a-plain-tensor: b is a plain tensor: Keras knows only what self.add_weight makes, and trains nothing else.
        self.b = self.add_weight(shape=(wide,), initializer="zeros", name="b") → self.b = ops.zeros((wide,))
    state-kept: The cell keeps its state from one call to the next. It comes in as an argument
      and goes out as an answer.
        h = states[0] → h = getattr(self, "kept", states[0])
        return h_next, [h_next] → object.__setattr__(self, "kept", h_next.detach()); return h_next, [h_next]
    state-detached: You cut the state out of the graph: no gradient flows back through it.
        h = states[0] → h = states[0].detach()
    state-missing: You return the output alone. RNN needs two things: the output, and the list of new states.
        return h_next, [h_next] → return h_next
    old-state-handed-on: The list of states holds the old one, and every step begins from there. Hand on the new state.
        return h_next, [h_next] → return h_next, [h]
    candidate-is-the-output: The output is the candidate n. It is the new state, which is handed on, too.
        return h_next, [h_next] → return n, [h_next]
    states-not-unpacked: states is a list of one state, not the state itself: take states[0].
        h = states[0] → h = states
    update-gate-inverted: Here z = 1 keeps the old state, 1 − z lets the new one in. [gru#eq-gru-convention]
        z * h + (1 - z) * n → (1 - z) * h + z * n
    update-by-sum: Old state and candidate are added whole. They are mixed: z of one, 1 − z of the other.
        z * h + (1 - z) * n → h + n
    reset-in-the-update: The old state is reset in the update too. r acts in n alone.
        z * h + (1 - z) * n → z * (r * h) + (1 - z) * n
    relu-for-tanh: The candidate has a relu. It is a tanh, which keeps states between −1 and 1.
        n = ops.tanh → n = ops.relu
    hard-sigmoid: ops.hard_sigmoid is made of straight lines. The gates are ops.sigmoid.
        z = ops.sigmoid → z = ops.hard_sigmoid
        r = ops.sigmoid → r = ops.hard_sigmoid
    """
GRUCell.mistakes(OF_LAYERS)

for name, where, wrong in (
    ("reset-after-the-product", "the product h U_n", "x @ W_n + r * (h @ U_n) + b_n"),
    ("bias-reset-too", "the product h U_n, and the bias too", "x @ W_n + r * (h @ U_n + b_n)"),
    ("reset-on-everything", "the whole sum of the candidate", "r * (x @ W_n + h @ U_n + b_n)"),
    ("reset-on-the-input", "the input's part", "r * (x @ W_n) + h @ U_n + b_n"),
):
    hint = f"The reset gate multiplies {where}. Here it multiplies the state h before the product with U_n."
    GRUCell.slip(name, hint, ("x @ W_n + (r * h) @ U_n + b_n", wrong), read="gru#eq-gru-two-places")

GRUCell.slip(
    "blocks-r-z-n",
    "Update gate and reset gate are swapped: the blocks stand in the order z, r, n. (PyTorch has r, z, n.)",
    *((f"{k}_z, {k}_r, {k}_n =", f"{k}_r, {k}_z, {k}_n =") for k in "WUb"),
    read="gru#eq-gru-torch-order",
)
