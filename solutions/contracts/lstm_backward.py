"""Contracts of the assignment `lstm-backward`, in the order of the notebook.

unrolled-canary-2707ab7d1118
"""

from solutions.contracts.lstm_sequence import lstm_forward
from solutions.contracts.lstm_sequence_backward import lstm_backward
from solutions.contracts.lstm_step import lstm_step
from solutions.contracts.lstm_step_backward import lstm_step_backward

CONTRACTS = (lstm_step_backward, lstm_backward)
EARLIER = (lstm_step, lstm_forward)
