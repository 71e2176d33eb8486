"""Contract of `readout`.

unrolled-canary-6b9f03ad58c2
"""

import numpy as np

from solutions.judging.contract import Contract
from solutions.judging.drawing import normal
from solutions.judging.parts import Arguments, Sizes, of_values
from solutions.reference import rnn
from unrolled.checking.outputs import near


def _draw_readout(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {
        "Hs": np.tanh(normal(rng, sizes.batch, sizes.steps, sizes.hidden, dtype=dtype)),
        "Wy": normal(rng, sizes.hidden, sizes.outputs, dtype=dtype),
        "by": normal(rng, sizes.outputs, dtype=dtype) + dtype(2),
    }


readout = Contract(
    reference=rnn.readout,
    outputs=near("logits"),
    read="rnn-cell#eq-readout",
    parts=of_values(_draw_readout),
)


@readout.misconception("The bias by is missing.")
def output_bias_forgotten(Hs, Wy, by):
    return Hs @ Wy


@readout.misconception("Your output is the softmax of the logits. The loss wants the logits themselves.")
def softmax_applied(Hs, Wy, by):
    a = Hs @ Wy + by
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@readout.misconception("Your output has the last step only. The head is applied at every step: (B, T, K).")
def last_step_only(Hs, Wy, by):
    return Hs[:, -1] @ Wy + by


@readout.misconception("Your output went through a tanh. Logits are linear in the state: any real number.")
def tanh_applied(Hs, Wy, by):
    return np.tanh(Hs @ Wy + by)


@readout.misconception("You read the sum of the states over time. Each step is read by itself.")
def states_summed(Hs, Wy, by):
    return np.cumsum(Hs, axis=1) @ Wy + by


@readout.misconception("The bias is multiplied onto the product. It is added.")
def product_for_sum(Hs, Wy, by):
    return (Hs @ Wy) * by


@readout.misconception("You read the largest value that each unit has over time. Each step is read by itself.")
def maximum_over_time(Hs, Wy, by):
    return np.maximum.accumulate(Hs, axis=1) @ Wy + by


@readout.misconception("Every sequence gets the logits of the first. Each has states of its own.")
def first_sequence_for_all(Hs, Wy, by):
    return np.repeat((Hs[0] @ Wy + by)[None], len(Hs), axis=0)


@readout.misconception("The kernel is transposed: with states as rows it is h @ Wy, not h @ Wy.T.")
def kernel_transposed(Hs, Wy, by):
    return Hs @ Wy.T + by


@readout.misconception(
    "`by` itself holds your sum, so that every step adds to the step before, and whoever called you has lost the bias. "
    "Start each sum from a copy."
)
def bias_overwritten(Hs, Wy, by):
    logits = np.empty((*Hs.shape[:2], len(by)), dtype=Hs.dtype)
    for k in range(Hs.shape[0]):
        for t in range(Hs.shape[1]):
            a = by
            a += Hs[k, t] @ Wy
            logits[k, t] = a
    return logits


@readout.variant
def step_by_step(Hs, Wy, by):
    return np.stack([Hs[:, t] @ Wy + by for t in range(Hs.shape[1])], axis=1)


@readout.variant
def flattened(Hs, Wy, by):
    batch, steps, hidden = Hs.shape
    return (Hs.reshape(batch * steps, hidden) @ Wy + by).reshape(batch, steps, -1)


@readout.variant
def tensordot(Hs, Wy, by):
    return np.tensordot(Hs, Wy, axes=(2, 0)) + by


@readout.variant
def einsum(Hs, Wy, by):
    return np.einsum("bth,hk->btk", Hs, Wy) + by


@readout.variant
def bias_as_a_row(Hs, Wy, by):
    ones = np.ones((*Hs.shape[:2], 1), dtype=Hs.dtype)
    return np.concatenate([Hs, ones], axis=2) @ np.vstack([Wy, by])


@readout.variant
def added_in_place(Hs, Wy, by):
    logits = np.matmul(Hs, Wy)
    logits += by
    return logits
