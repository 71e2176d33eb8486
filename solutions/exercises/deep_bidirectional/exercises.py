"""Contracts of the assignment `deep-bidirectional`, in the order of the notebook.

unrolled-canary-3923478406a8
"""

from solutions.exercises.deep_bidirectional.both import bidirectional_forward
from solutions.exercises.deep_bidirectional.dropout import variational_dropout
from solutions.exercises.deep_bidirectional.layers import stack_forward
from solutions.exercises.deep_bidirectional.reversal import reverse_padded
from solutions.exercises.rnn_cell.forward import rnn_forward
from solutions.exercises.rnn_cell.step import rnn_step

CONTRACTS = (reverse_padded, bidirectional_forward, variational_dropout, stack_forward)
EARLIER = (rnn_step, rnn_forward)
