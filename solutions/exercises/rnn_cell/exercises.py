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
