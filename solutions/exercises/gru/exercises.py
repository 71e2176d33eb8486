"""Contracts of the assignment `gru`, in the order of the notebook.

unrolled-canary-a9aa8a5be054
"""

from solutions.exercises.gru.backward import gru_backward
from solutions.exercises.gru.flip_update_gate import flip_update_gate
from solutions.exercises.gru.sequence import gru_forward
from solutions.exercises.gru.step import gru_step
from solutions.exercises.gru.step_after import gru_step_after
from solutions.exercises.rnn_cell.sigmoid import sigmoid
from solutions.judging.mutants import ANY_NEGATIVE, NO_LENGTHS, ONLY_THE_SHAPE

CONTRACTS = (gru_step, flip_update_gate, gru_step_after, gru_forward, gru_backward)
EARLIER = (sigmoid,)

CACHE = "only the cache differs, which nobody but its author reads"
# Mutants of the references that no case can tell from them, and why.
EQUIVALENT = {
    "gru_step: (z, r, n) → (r, z, n)": CACHE,
    "gru_step: (z, r, n) → (z, n, r)": CACHE,
    "gru_step_after: (z, r, n) → (r, z, n)": CACHE,
    "gru_step_after: (z, r, n) → (z, n, r)": CACHE,
    "gru_backward: H[0] → H[1]": ONLY_THE_SHAPE,
    "gru_backward: H[0] → H[-1]": ONLY_THE_SHAPE,
    "gru_backward: dh += around → dh -= around": NO_LENGTHS,
    "gru_backward: dh * alive[t] → dh + alive[t]": NO_LENGTHS,
    "gru_backward: dh * alive[t] → dh": NO_LENGTHS,
    "gru_backward: dh * alive[t] → alive[t]": NO_LENGTHS,
    "gru_backward: dh * ~alive[t] → dh + ~alive[t]": NO_LENGTHS,
    "gru_backward: dh * ~alive[t] → dh": NO_LENGTHS,
    "gru_backward: dh * ~alive[t] → ~alive[t]": NO_LENGTHS,
    "blocks: stacked.shape[-1] → stacked.shape[1]": "two axes wherever the assignment's functions call it",
    "summed_product: A.reshape(-1, A.shape[-1]) → A.reshape(-2, A.shape[-1])": ANY_NEGATIVE,
    "summed_product: dB.reshape(-1, dB.shape[-1]) → dB.reshape(-2, dB.shape[-1])": ANY_NEGATIVE,
}
