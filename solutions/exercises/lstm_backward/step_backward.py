"""Contract of `lstm_step_backward`, one step of the LSTM run backwards.

unrolled-canary-481341297f68
"""

import numpy as np

from solutions.exercises.lstm_forward import step as forward_step
from solutions.exercises.lstm_forward.step import gate_by_gate as lstm_step
from solutions.judging import kit
from solutions.reference import lstm

READ = "lstm-backward#eq-lstm-step-backward"
RARE = ("entry-by-entry-dh-da-U", "entry-by-entry-dx-da-W")  # an exception, as of the product the other way round
WORDS = (
    forward_step.WORDS
    | {"q": "the tanh of the new cell state", "o * q": "the new hidden state", "da": "the gradient of the sums"}
    | {"dh_next": "the gradient of the new hidden state", "dc_next": "the cell flow from the later steps"}
    | {"dc_total": "the whole gradient of the new cell state"}
)


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """The arguments of a step, then the gradients of both of its outputs."""
    dh_next, dc_next = (kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype) for _ in range(2))
    return {**forward_step.draw(rng, sizes, dtype), "dh_next": dh_next, "dc_next": dc_next}


lstm_step_backward = kit.Contract(
    reference=lstm.lstm_step_backward,
    outputs=kit.near("dx", "dh", "dc", "dW", "dU", "db"),
    read=READ,
    parts=kit.of_gradients(
        draw,
        kit.saturated(draw),
        *(kit.with_zero(draw, name) for name in ("dh_next", "dc_next", "h")),
    ),
    rules=(kit.gradient_rule(draw, 2, READ), kit.derivation_rule(draw, 2, READ)),
    probe=kit.Probe("through_cache", {"upstream": 2}),
    forward=lstm.lstm_step,
)


@lstm_step_backward.derivation(lstm_step, words=WORDS, alike={"h": "o * q", "q": "o * q"}, without=RARE)
def gate_by_gate(dh_next, dc_next, cache):
    x, h, c, W, U, i, f, g, o, c_next = cache
    q = np.tanh(c_next)  #: eq-lstm-slope-tanh
    #: eq-lstm-d-cell: the cell flow dc_next + what dh_next sends into the cell
    dc_total = dc_next + dh_next * o * (1 - q**2)
    do = dh_next * q  #: eq-lstm-d-output
    df = dc_total * c  #: eq-lstm-d-forget
    di = dc_total * g  #: eq-lstm-d-input
    dg = dc_total * i  #: eq-lstm-d-candidate
    dc = dc_total * f  #: eq-lstm-d-old-cell
    da_i = di * i * (1 - i)  #: eq-lstm-d-sum-input
    da_f = df * f * (1 - f)  #: eq-lstm-d-sum-forget
    da_g = dg * (1 - g**2)  #: eq-lstm-d-sum-candidate
    da_o = do * o * (1 - o)  #: eq-lstm-d-sum-output
    da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)  #: eq-lstm-d-sums
    dh = da @ U.T  #: eq-lstm-d-state
    dx = da @ W.T  #: eq-lstm-d-x
    dW = x.T @ da  #: eq-lstm-d-weights
    dU = h.T @ da  #: eq-lstm-d-weights
    db = da.sum(axis=0)  #: eq-lstm-d-weights
    return dx, dh, dc, dW, dU, db


lstm_step_backward.mistakes(
    """
    both-through-the-tanh: dc_next goes past the tanh: add it after.
        dc_next + dh_next * o * (1 - q**2) → (dc_next + dh_next) * o * (1 - q**2)
    passed-straight-on-dh-dh_next: There is no direct path from h to h_next: dh holds no dh_next.
    kernel-blocks-not-transposed: dh goes back through U's blocks as they stand. Going back, each is transposed.
        da @ U.T → sum(d @ u for d, u in zip(np.split(da, 4, axis=1), np.split(U, 4, axis=1)))
    W-not-transposed: A product does not fit: W is transposed in dx, and x in dW, where it is first.
        da @ W.T → da @ W
    U-not-transposed: A product does not fit: U is transposed in dh, and h in dU, where it is first.
        da @ U.T → da @ U
    gates-from-dc-next-only: i, f and g start from dc_next alone. They need all of c_next's gradient, dc_total.
        di = dc_total → di = dc_next
        df = dc_total → df = dc_next
        dg = dc_total → dg = dc_next
    slopes-skipped: The slopes of the gates and of the candidate are missing: da belongs to the sums, before them.
        di * i * (1 - i) → di
        df * f * (1 - f) → df
        do * o * (1 - o) → do
        dg * (1 - g**2) → dg
    taken-apart-in-another-order-x-h-c-W-U-i-f: dW and dU stand in the wrong order, or x and h are taken for each
      other: dW is made with x, dU with h. [lstm-backward#eq-lstm-d-weights]
    values-swapped-da_i-dg-di: The factors of the input gate and the candidate are swapped: in a product, each gets
      the other as its factor. [lstm-backward#eq-lstm-d-input]
    """
)
