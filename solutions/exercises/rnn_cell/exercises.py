"""Contracts of the assignment `rnn-cell`, in the order of the notebook.

unrolled-canary-5f12e8b7c93a
"""

from solutions.exercises.rnn_cell.cross_entropy import cross_entropy
from solutions.exercises.rnn_cell.forward import rnn_forward
from solutions.exercises.rnn_cell.parameters import count_parameters
from solutions.exercises.rnn_cell.readout import readout
from solutions.exercises.rnn_cell.sequence_loss import sequence_loss
from solutions.exercises.rnn_cell.sigmoid import sigmoid
from solutions.exercises.rnn_cell.softmax import softmax
from solutions.exercises.rnn_cell.step import rnn_step

CONTRACTS = (sigmoid, softmax, cross_entropy, rnn_step, rnn_forward, readout, sequence_loss, count_parameters)

ONE_ENTRY = "the axis has one entry there"
TWO_AXES = "logits of a batch have two axes"
CHOSEN = "np.take_along_axis(logits, targets[..., None], axis=-1)"
# Mutants of the references that no case can tell from them, and why.
EQUIVALENT = {
    f"step_losses: {CHOSEN}[..., 0] → {CHOSEN}[..., -1]": ONE_ENTRY,
    f"step_losses: {CHOSEN} → {CHOSEN.replace('-1', '1')}": TWO_AXES,
    "log_sum_exp: peak[..., 0] → peak[..., -1]": ONE_ENTRY,
    "log_sum_exp: a.max(axis=-1, keepdims=True) → a.max(axis=1, keepdims=True)": TWO_AXES,
    "log_sum_exp: np.exp(a - peak).sum(axis=-1) → np.exp(a - peak).sum(axis=1)": TWO_AXES,
}
