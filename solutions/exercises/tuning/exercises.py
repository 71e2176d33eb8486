"""Contracts of the assignment `tuning`, in the order of the notebook.

unrolled-canary-e5332f6efc4e
"""

from solutions.exercises.bptt.backward import rnn_backward
from solutions.exercises.rnn_cell.forward import rnn_forward
from solutions.exercises.tuning.limit import limit_rate
from solutions.exercises.tuning.ranges import range_test_rates
from solutions.exercises.tuning.schedule import rate_schedule
from solutions.exercises.tuning.search import random_settings
from solutions.exercises.tuning.smoothing import smoothed
from solutions.exercises.tuning.stopping import early_stopping

CONTRACTS = (range_test_rates, smoothed, limit_rate, rate_schedule, early_stopping, random_settings)
EARLIER = (rnn_forward, rnn_backward)
