"""Contracts of the assignment `lstm-forward`, in the order of the notebook.

unrolled-canary-ff284abc3df5
"""

from solutions.exercises.lstm_forward.coupled_step import coupled_step
from solutions.exercises.lstm_forward.forget_bias import forget_bias
from solutions.exercises.lstm_forward.sequence import lstm_forward
from solutions.exercises.lstm_forward.step import lstm_step
from solutions.exercises.rnn_cell.sigmoid import sigmoid

CONTRACTS = (forget_bias, lstm_step, lstm_forward, coupled_step)
EARLIER = (sigmoid,)
