"""The contracts of the assignment `fast-cells`, in the notebook's order.

unrolled-canary-12eae7bde000
"""

from solutions.exercises.fast_cells.backward import lstm_fast_backward
from solutions.exercises.fast_cells.counts import foretold
from solutions.exercises.fast_cells.forward import lstm_fast
from solutions.exercises.fast_cells.two_ways import rnn_two_ways

CONTRACTS = (foretold, lstm_fast, lstm_fast_backward, rnn_two_ways)
