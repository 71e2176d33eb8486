"""Contracts of the assignment `gru`, in the order of the notebook.

unrolled-canary-a9aa8a5be054
"""

from solutions.exercises.gru.backward import gru_backward
from solutions.exercises.gru.flip_update_gate import flip_update_gate
from solutions.exercises.gru.sequence import gru_forward
from solutions.exercises.gru.step import gru_step
from solutions.exercises.gru.step_after import gru_step_after
from solutions.exercises.gru.update import gru_update
from solutions.exercises.rnn_cell.sigmoid import sigmoid

CONTRACTS = (gru_step, flip_update_gate, gru_step_after, gru_forward, gru_backward, gru_update)
EARLIER = (sigmoid,)
