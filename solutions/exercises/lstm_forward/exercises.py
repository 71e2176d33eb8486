"""Contracts of the assignment `lstm-forward`, in the order of the notebook.

unrolled-canary-ff284abc3df5
"""

from solutions.exercises.lstm_forward.coupled_step import coupled_step
from solutions.exercises.lstm_forward.forget_bias import forget_bias
from solutions.exercises.lstm_forward.sequence import lstm_forward
from solutions.exercises.lstm_forward.step import lstm_step
from solutions.exercises.rnn_cell.sigmoid import sigmoid
from solutions.judging.mutants import ANY_NEGATIVE, OTHER_MEMORY, SCRATCH

CONTRACTS = (forget_bias, lstm_step, lstm_forward, coupled_step)
EARLIER = (sigmoid,)

FROM_INPUTS = "from_inputs[:, :len(z)].reshape(4, "
# Mutants of the references that no case can tell from them, and why.
EQUIVALENT = {
    "forget_bias: bias.reshape(-1) → bias.reshape(-2)": ANY_NEGATIVE,
    "lstm_forward: (H, C) → (C, H)": "two empty buffers of one shape",
    "lstm_forward: sums[0] → sums[1]": SCRATCH,
    "lstm_forward: sums[0] → sums[-1]": SCRATCH,
    "lstm_forward: z.reshape(-1, inputs + 1) → z.reshape(-2, inputs + 1)": ANY_NEGATIVE,
    f"lstm_forward: {FROM_INPUTS}-1, hidden) → {FROM_INPUTS}-2, hidden)": ANY_NEGATIVE,
    "_halved_blocks: K.reshape(len(K), 4, -1) → K.reshape(len(K), 4, -2)": ANY_NEGATIVE,
    "aligned: size + CACHE_LINE → size * CACHE_LINE": OTHER_MEMORY,
    "aligned: -space.ctypes.data % CACHE_LINE → space.ctypes.data % CACHE_LINE": OTHER_MEMORY,
}
