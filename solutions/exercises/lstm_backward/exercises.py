"""Contracts of the assignment `lstm-backward`, in the order of the notebook.

unrolled-canary-2707ab7d1118
"""

from solutions.exercises.lstm_backward.backward import lstm_backward
from solutions.exercises.lstm_backward.cell_path import cell_path
from solutions.exercises.lstm_backward.step_backward import lstm_step_backward
from solutions.exercises.lstm_backward.update import lstm_update
from solutions.exercises.lstm_forward.sequence import lstm_forward
from solutions.exercises.lstm_forward.step import lstm_step

CONTRACTS = (cell_path, lstm_step_backward, lstm_backward, lstm_update)
EARLIER = (lstm_step, lstm_forward)
