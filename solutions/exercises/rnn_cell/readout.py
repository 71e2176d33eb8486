"""Contract of `readout`.

unrolled-canary-6b9f03ad58c2
"""

import numpy as np

from solutions.exercises.rnn_cell.softmax import shifted_exponentials as softmax
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


@readout.derivation()
def step_by_step(Hs, Wy, by):
    return np.stack([Hs[:, t] @ Wy + by for t in range(Hs.shape[1])], axis=1)


@readout.derivation()
def bias_as_a_row(Hs, Wy, by):
    ones = np.ones((*Hs.shape[:2], 1), dtype=Hs.dtype)
    return np.concatenate([Hs, ones], axis=2) @ np.vstack([Wy, by])


@readout.misconception("Your output is the softmax of the logits. The loss wants the logits themselves.")
def softmax_applied(Hs, Wy, by):
    return softmax(Hs @ Wy + by)


for name, wrong, hint in (
    ("tanh-applied", "np.tanh(Hs @ Wy + by)", "Your output went through a tanh. Logits are any real numbers."),
    ("last-step-only", "Hs[:, -1] @ Wy + by", "Your output has the last step only. All are asked for: (B, T, K)."),
    ("states-summed", "np.cumsum(Hs, axis=1) @ Wy + by", "You add the states up over time. Each is read by itself."),
    ("first-for-all", "(Hs[:1] + 0 * Hs) @ Wy + by", "Every sequence gets the logits of the first one."),
):
    readout.slip(name, hint, ("Hs @ Wy + by", wrong))
