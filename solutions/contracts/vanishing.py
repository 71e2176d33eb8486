"""Contracts of the assignment `vanishing`, in the order of the notebook.

unrolled-canary-3b7f4a90e6d8
"""

from solutions.contracts.clipping import clip_by_global_norm
from solutions.contracts.jacobian import gradient_norms, jacobian_products, rnn_jacobian
from solutions.contracts.orthogonal import orthogonal_kernel

CONTRACTS = (rnn_jacobian, jacobian_products, gradient_norms, orthogonal_kernel, clip_by_global_norm)
