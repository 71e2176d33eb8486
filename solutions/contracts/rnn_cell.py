"""Contracts of the assignment `rnn-cell`, in the order of the notebook.

unrolled-canary-5f12e8b7c93a
"""

from solutions.contracts.numerics import cross_entropy, sigmoid, softmax
from solutions.contracts.parameters import count_parameters
from solutions.contracts.readout import readout, sequence_loss
from solutions.contracts.rnn_forward import rnn_forward
from solutions.contracts.rnn_step import rnn_step

CONTRACTS = (sigmoid, softmax, cross_entropy, rnn_step, rnn_forward, readout, sequence_loss, count_parameters)
