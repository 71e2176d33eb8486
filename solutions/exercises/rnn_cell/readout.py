"""Contract of `readout`.

unrolled-canary-6b9f03ad58c2
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import rnn


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return {
        "Hs": np.tanh(kit.normal(rng, sizes.batch, sizes.steps, sizes.hidden, dtype=dtype)),
        "Wy": kit.normal(rng, sizes.hidden, sizes.outputs, dtype=dtype),
        "by": kit.normal(rng, sizes.outputs, dtype=dtype) + dtype(2),
    }


readout = kit.Contract(
    reference=rnn.readout,
    outputs=kit.near("logits"),
    read="rnn-cell#eq-readout",
    parts=kit.of_values(_draw),
)


@readout.derivation(words={"Hs": "the states", "Wy": "the kernel", "by": "the bias"})
def one_line(Hs, Wy, by):
    return Hs @ Wy + by  #: eq-readout: the product Hs Wy + the bias by


@readout.derivation(without=("kernel-left-out-Wy-Hs-t",))
def step_by_step(Hs, Wy, by):
    return np.stack([Hs[:, t] @ Wy + by for t in range(Hs.shape[1])], axis=1)


@readout.derivation(without=("another-value-by-Wy-3",))
def bias_as_a_row(Hs, Wy, by):
    ones = np.ones((*Hs.shape[:2], 1), dtype=Hs.dtype)
    return np.concatenate([Hs, ones], axis=2) @ np.vstack([Wy, by])


readout.mistakes(
    """
    softmax-applied: Your output is the softmax of the logits. The loss wants the logits themselves.
        Hs @ Wy + by → np.exp(Hs @ Wy + by - np.logaddexp.reduce(Hs @ Wy + by, axis=-1, keepdims=True))
    tanh-applied: Your output went through a tanh. Logits are any real numbers.
        Hs @ Wy + by → np.tanh(Hs @ Wy + by)
    last-step-only: Your output has the last step only. All are asked for: (B, T, K).
        Hs @ Wy + by → Hs[:, -1] @ Wy + by
    """
)
