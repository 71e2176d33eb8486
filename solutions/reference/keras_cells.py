"""The recurrent cells for keras.layers.RNN, from the reference's equations and with its parameters W, U, b.

Written with keras.ops, so that they run on every backend; here it is PyTorch. Kernels begin as Glorot uniform (W) and
orthogonal per block (U), biases as 0, the LSTM's forget gate's as 1. get_weights() is (W, U, b) or (W, U, b, bn).

unrolled-canary-6c3a7918d94f
"""

import os
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")  # read once, when Keras is imported

import keras
from jaxtyping import Float
from keras import ops

State = list[Float[Any, "B H"]]  # its first entry is the output


class Cell(keras.layers.Layer):
    """k blocks of kernels and biases: W (D, kH), U (H, kH), b (kH,). A subclass says how they make a step."""

    blocks = 1
    states = 1

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.output_size = units
        self.state_size = [units] * self.states

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make W, U and b for inputs of shape (B, D)."""
        inputs, wide = input_shape[-1], self.blocks * self.units
        self.W = self.add_weight(shape=(inputs, wide), initializer=PerBlock("glorot_uniform", self.blocks), name="W")
        self.U = self.add_weight(shape=(self.units, wide), initializer=PerBlock("orthogonal", self.blocks), name="U")
        self.b = self.add_weight(shape=(wide,), initializer=self.first_bias(), name="b")

    def first_bias(self) -> keras.initializers.Initializer:
        """Zeros, unless the cell wants something else."""
        return keras.initializers.Zeros()

    def get_config(self) -> dict[str, Any]:
        """What it takes to build the cell again."""
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="unrolled")
class RNNCell(Cell):
    """h_t = φ(x_t W + h_{t−1} U + b) with φ tanh or relu (eq-rnn-step; Elman 1990)."""

    def __init__(self, units: int, activation: str = "tanh", **kwargs: Any) -> None:
        super().__init__(units, **kwargs)
        self.activation = activation

    def call(self, x: Float[Any, "B D"], states: State) -> tuple[Float[Any, "B H"], State]:
        """x_t and [h_{t−1}] -> h_t and [h_t]."""
        h = keras.activations.get(self.activation)(x @ self.W + states[0] @ self.U + self.b)
        return h, [h]

    def get_config(self) -> dict[str, Any]:
        """What it takes to build the cell again."""
        return {**super().get_config(), "activation": self.activation}


@keras.saving.register_keras_serializable(package="unrolled")
class LSTMCell(Cell):
    """c_t = f ⊙ c_{t−1} + i ⊙ g and h_t = o ⊙ tanh(c_t), blocks i, f, g, o (eq-lstm-step; Gers et al. 2000)."""

    blocks = 4
    states = 2

    def __init__(self, units: int, forget_bias: float = 1.0, **kwargs: Any) -> None:
        super().__init__(units, **kwargs)
        self.forget_bias = forget_bias

    def call(self, x: Float[Any, "B D"], states: State) -> tuple[Float[Any, "B H"], State]:
        """x_t and [h_{t−1}, c_{t−1}] -> h_t and [h_t, c_t]."""
        h, c = states
        a_i, a_f, a_g, a_o = ops.split(x @ self.W + h @ self.U + self.b, 4, axis=1)
        c_next = ops.sigmoid(a_f) * c + ops.sigmoid(a_i) * ops.tanh(a_g)
        h_next = ops.sigmoid(a_o) * ops.tanh(c_next)
        return h_next, [h_next, c_next]

    def first_bias(self) -> keras.initializers.Initializer:
        """Zeros, and `forget_bias` in the forget gate's block."""
        return ForgetBias(self.forget_bias)

    def get_config(self) -> dict[str, Any]:
        """What it takes to build the cell again."""
        return {**super().get_config(), "forget_bias": self.forget_bias}


@keras.saving.register_keras_serializable(package="unrolled")
class GRUCell(Cell):
    """h_t = z ⊙ h_{t−1} + (1 − z) ⊙ n, blocks z, r, n, the reset before the product (eq-gru-step; 1406.1078v3)."""

    blocks = 3

    def call(self, x: Float[Any, "B D"], states: State) -> tuple[Float[Any, "B H"], State]:
        """x_t and [h_{t−1}] -> h_t and [h_t]."""
        (h,) = states
        x_z, x_r, x_n = ops.split(x @ self.W + self.b, 3, axis=1)
        U_z, U_r, U_n = ops.split(self.U, 3, axis=1)
        z, r = ops.sigmoid(x_z + h @ U_z), ops.sigmoid(x_r + h @ U_r)
        n = ops.tanh(x_n + (r * h) @ U_n)
        h_next = z * h + (1 - z) * n
        return h_next, [h_next]


@keras.saving.register_keras_serializable(package="unrolled")
class GRUAfterCell(Cell):
    """The GRU with the reset after the product, n = tanh(x W_n + b_n + r ⊙ (h U_n + bn)) (eq-gru-step-after)."""

    blocks = 3

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make W, U, b and bn for inputs of shape (B, D)."""
        super().build(input_shape)
        self.bn = self.add_weight(shape=(self.units,), initializer="zeros", name="bn")

    def call(self, x: Float[Any, "B D"], states: State) -> tuple[Float[Any, "B H"], State]:
        """x_t and [h_{t−1}] -> h_t and [h_t]."""
        (h,) = states
        x_z, x_r, x_n = ops.split(x @ self.W + self.b, 3, axis=1)
        h_z, h_r, h_n = ops.split(h @ self.U, 3, axis=1)
        z, r = ops.sigmoid(x_z + h_z), ops.sigmoid(x_r + h_r)
        n = ops.tanh(x_n + r * (h_n + self.bn))
        h_next = z * h + (1 - z) * n
        return h_next, [h_next]


class PerBlock(keras.initializers.Initializer):
    """Draws each of k blocks by itself with another initialiser."""

    def __init__(self, name: str, blocks: int) -> None:
        self.name, self.blocks = name, blocks

    def __call__(self, shape: tuple[int, int], dtype: str | None = None) -> Float[Any, "rows k*columns"]:
        """An array of `shape`, its second axis in k blocks."""
        block = (shape[0], shape[1] // self.blocks)
        drawn = [keras.initializers.get(self.name)(block, dtype=dtype) for _ in range(self.blocks)]
        return ops.concatenate(drawn, axis=1)


class ForgetBias(keras.initializers.Initializer):
    """Zeros, and one value in the second of four blocks."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __call__(self, shape: tuple[int], dtype: str | None = None) -> Float[Any, "4H"]:
        """An array of `shape`, (4H,)."""
        per_gate = ops.array([0, self.value, 0, 0], dtype=dtype)
        return ops.repeat(per_gate, shape[0] // 4)
