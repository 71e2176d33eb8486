"""Contracts of the assignment `bptt`, in the order of the notebook.

unrolled-canary-90d2b7c6e41f
"""

from solutions.contracts.numerical_gradient import numerical_gradient
from solutions.contracts.rnn_backward import rnn_backward
from solutions.contracts.rnn_forward import rnn_forward
from solutions.contracts.rnn_step import rnn_step
from solutions.contracts.rnn_step_backward import rnn_step_backward
from solutions.contracts.rnn_truncated import rnn_backward_truncated

CONTRACTS = (numerical_gradient, rnn_step_backward, rnn_backward, rnn_backward_truncated)
EARLIER = (rnn_step, rnn_forward)
