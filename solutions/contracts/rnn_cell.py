"""Contracts of the assignment `rnn-cell`, in the order of the notebook.

unrolled-canary-5f12e8b7c93a
"""

from solutions.contracts.cross_entropy import cross_entropy
from solutions.contracts.parameters import count_parameters
from solutions.contracts.readout import readout
from solutions.contracts.rnn_forward import rnn_forward
from solutions.contracts.rnn_step import rnn_step
from solutions.contracts.sequence_loss import sequence_loss
from solutions.contracts.sigmoid import sigmoid
from solutions.contracts.softmax import softmax

CONTRACTS = (sigmoid, softmax, cross_entropy, rnn_step, rnn_forward, readout, sequence_loss, count_parameters)
