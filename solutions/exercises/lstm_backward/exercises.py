"""Contracts of the assignment `lstm-backward`, in the order of the notebook.

unrolled-canary-2707ab7d1118
"""

from solutions.exercises.lstm_backward.backward import lstm_backward
from solutions.exercises.lstm_backward.cell_path import cell_path
from solutions.exercises.lstm_backward.step_backward import lstm_step_backward
from solutions.exercises.lstm_forward.sequence import lstm_forward
from solutions.exercises.lstm_forward.step import lstm_step
from solutions.judging.mutants import ANY_NEGATIVE, ONLY_THE_SHAPE, OTHER_MEMORY, SCRATCH

CONTRACTS = (cell_path, lstm_step_backward, lstm_backward)
EARLIER = (lstm_step, lstm_forward)

FULL = "the buffer ends there, so that a longer slice is the same"
CHUNK = "dA[:stop - start]"
# Mutants of the references that no case can tell from them, and why.
EQUIVALENT = {
    "lstm_backward: C[0] → C[1]": ONLY_THE_SHAPE,
    "lstm_backward: C[0] → C[-1]": ONLY_THE_SHAPE,
    "lstm_backward: range(steps, 0, -STEPS_AT_ONCE) → range(steps, -1, -STEPS_AT_ONCE)": "a chunk without steps more",
    "lstm_backward: stop - start → stop + start": FULL,
    "lstm_backward: stop - start → stop": FULL,
    "lstm_backward: dA[t - start].reshape(batch, -1) → dA[t - start].reshape(batch, -2)": ANY_NEGATIVE,
    f"lstm_backward: {CHUNK}.reshape(-1, 4 * hidden) → {CHUNK}.reshape(-2, 4 * hidden)": ANY_NEGATIVE,
    "lstm_backward: dX[start:stop].reshape(-1, inputs) → dX[start:stop].reshape(-2, inputs)": ANY_NEGATIVE,
    "lstm_backward: Z[start:stop].reshape(-1, inputs + 1) → Z[start:stop].reshape(-2, inputs + 1)": ANY_NEGATIVE,
    "lstm_backward: H[start:stop].reshape(-1, hidden) → H[start:stop].reshape(-2, hidden)": ANY_NEGATIVE,
    "aligned: size + CACHE_LINE → size * CACHE_LINE": OTHER_MEMORY,
    "aligned: -space.ctypes.data % CACHE_LINE → space.ctypes.data % CACHE_LINE": OTHER_MEMORY,
    "_gates_backward: (u, v) → (v, u)": SCRATCH,
}
