"""Contracts of the assignment `bptt`, in the order of the notebook.

unrolled-canary-90d2b7c6e41f
"""

from solutions.exercises.bptt.backward import rnn_backward
from solutions.exercises.bptt.numerical_gradient import numerical_gradient
from solutions.exercises.bptt.step_backward import rnn_step_backward
from solutions.exercises.bptt.truncated import rnn_backward_truncated
from solutions.exercises.rnn_cell.forward import rnn_forward
from solutions.exercises.rnn_cell.step import rnn_step
from solutions.judging.mutants import ANY_NEGATIVE, NO_LENGTHS

CONTRACTS = (numerical_gradient, rnn_step_backward, rnn_backward, rnn_backward_truncated)
EARLIER = (rnn_step, rnn_forward)

AROUND = "(0 if alive is None else dh * ~alive[t])"
# Mutants of the references that no case can tell from them, and why.
EQUIVALENT = {
    "numerical_gradient: relative * np.maximum(1, np.abs(x[entry])) → relative": "another good step",
    "numerical_gradient: np.maximum(1, np.abs(x[entry])) → np.maximum(2, np.abs(x[entry]))": "another good step",
    f"rnn_backward: dA[:, t] @ U_T + {AROUND} → dA[:, t] @ U_T - {AROUND}": NO_LENGTHS,
    f"rnn_backward: dA[:, t] @ U_T + {AROUND} → dA[:, t] @ U_T": NO_LENGTHS,
    "rnn_backward: dh * alive[t] → dh + alive[t]": NO_LENGTHS,
    "rnn_backward: dh * alive[t] → dh": NO_LENGTHS,
    "rnn_backward: dh * alive[t] → alive[t]": NO_LENGTHS,
    "rnn_backward: dh * ~alive[t] → dh + ~alive[t]": NO_LENGTHS,
    "rnn_backward: dh * ~alive[t] → dh": NO_LENGTHS,
    "rnn_backward: dh * ~alive[t] → ~alive[t]": NO_LENGTHS,
    "summed_product: A.reshape(-1, A.shape[-1]) → A.reshape(-2, A.shape[-1])": ANY_NEGATIVE,
    "summed_product: dB.reshape(-1, dB.shape[-1]) → dB.reshape(-2, dB.shape[-1])": ANY_NEGATIVE,
}
