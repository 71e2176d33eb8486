"""Contracts of the assignment `gru`, in the order of the notebook.

unrolled-canary-a9aa8a5be054
"""

from solutions.contracts.flip_update_gate import flip_update_gate
from solutions.contracts.gru_sequence import gru_forward
from solutions.contracts.gru_sequence_backward import gru_backward
from solutions.contracts.gru_step import gru_step
from solutions.contracts.gru_step_after import gru_step_after
from solutions.contracts.sigmoid import sigmoid

CONTRACTS = (gru_step, flip_update_gate, gru_step_after, gru_forward, gru_backward)
EARLIER = (sigmoid,)
