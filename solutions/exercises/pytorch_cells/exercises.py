"""Contracts of the assignment `pytorch-cells`, in the order of the notebook.

unrolled-canary-d42bab2715bd
"""

from solutions.exercises.pytorch_cells.cell import LSTMCell
from solutions.exercises.pytorch_cells.layer import LSTM
from solutions.exercises.pytorch_cells.stream import train_stream
from solutions.exercises.pytorch_cells.weights import lstm_from_torch, lstm_to_torch

CONTRACTS = (LSTMCell, LSTM, lstm_from_torch, lstm_to_torch, train_stream)
EARLIER = ()
