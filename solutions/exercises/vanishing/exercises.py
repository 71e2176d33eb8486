"""Contracts of the assignment `vanishing`, in the order of the notebook.

unrolled-canary-3b7f4a90e6d8
"""

from solutions.exercises.bptt.backward import rnn_backward
from solutions.exercises.rnn_cell.forward import rnn_forward
from solutions.exercises.vanishing.clipping import clip_by_global_norm
from solutions.exercises.vanishing.jacobians import gradient_norms, jacobian_products, rnn_jacobian
from solutions.exercises.vanishing.orthogonal import orthogonal_kernel
from solutions.exercises.vanishing.update import clipped_update

CONTRACTS = (rnn_jacobian, jacobian_products, gradient_norms, orthogonal_kernel, clip_by_global_norm, clipped_update)
EARLIER = (rnn_forward, rnn_backward)
