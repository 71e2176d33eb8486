"""Contracts of the assignment `vanishing`, in the order of the notebook.

unrolled-canary-3b7f4a90e6d8
"""

from solutions.contracts.clipping import clip_by_global_norm
from solutions.contracts.gradient_norms import gradient_norms
from solutions.contracts.jacobian_products import jacobian_products
from solutions.contracts.orthogonal import orthogonal_kernel
from solutions.contracts.rnn_backward import rnn_backward
from solutions.contracts.rnn_forward import rnn_forward
from solutions.contracts.rnn_jacobian import rnn_jacobian

CONTRACTS = (rnn_jacobian, jacobian_products, gradient_norms, orthogonal_kernel, clip_by_global_norm)
EARLIER = (rnn_forward, rnn_backward)
