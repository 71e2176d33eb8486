"""Contracts of the assignment `lstm-forward`, in the order of the notebook.

unrolled-canary-ff284abc3df5
"""

from solutions.contracts.coupled_step import coupled_step
from solutions.contracts.forget_bias import forget_bias
from solutions.contracts.lstm_sequence import lstm_forward
from solutions.contracts.lstm_step import lstm_step
from solutions.contracts.sigmoid import sigmoid

CONTRACTS = (forget_bias, lstm_step, lstm_forward, coupled_step)
EARLIER = (sigmoid,)
