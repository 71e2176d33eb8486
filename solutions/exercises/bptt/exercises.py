"""Contracts of the assignment `bptt`, in the order of the notebook.

unrolled-canary-90d2b7c6e41f
"""

from solutions.exercises.bptt.backward import rnn_backward
from solutions.exercises.bptt.numerical_gradient import numerical_gradient
from solutions.exercises.bptt.step_backward import rnn_step_backward
from solutions.exercises.bptt.truncated import rnn_backward_truncated
from solutions.exercises.bptt.update import rnn_update
from solutions.exercises.rnn_cell.forward import rnn_forward
from solutions.exercises.rnn_cell.step import rnn_step

CONTRACTS = (numerical_gradient, rnn_step_backward, rnn_backward, rnn_backward_truncated, rnn_update)
EARLIER = (rnn_step, rnn_forward)
