"""Contracts of the assignment `vanishing`, in the order of the notebook.

unrolled-canary-3b7f4a90e6d8
"""

from solutions.exercises.bptt.backward import rnn_backward
from solutions.exercises.rnn_cell.forward import rnn_forward
from solutions.exercises.vanishing.clipping import clip_by_global_norm
from solutions.exercises.vanishing.gradient_norms import gradient_norms
from solutions.exercises.vanishing.jacobian import rnn_jacobian
from solutions.exercises.vanishing.jacobian_products import jacobian_products
from solutions.exercises.vanishing.orthogonal import orthogonal_kernel

CONTRACTS = (rnn_jacobian, jacobian_products, gradient_norms, orthogonal_kernel, clip_by_global_norm)
EARLIER = (rnn_forward, rnn_backward)

NO_RELU = "ReLU is an option of the reference; the assignment has tanh"
NEVER_EMPTY = "the assignment's list is never empty"
FINITE = "it only tells of entries that are not finite, and the assignment's are"
UNIFORM = "_uniform_orthogonal(rng, rows, columns)"
BLOCKS = "np.concatenate([draw() for _ in range(blocks)], axis="
PEAK = "max((float(np.abs(g).max(initial=0)) for g in gradients), default="
# Mutants of the references that no case can tell from them, and why.
EQUIVALENT = {
    "rnn_jacobian: h_next > 0 → h_next > 1": NO_RELU,
    "rnn_jacobian: h_next > 0 → h_next > -1": NO_RELU,
    "gradient_norms: (ds[:, None, :] @ J[:, t])[:, 0] → (ds[:, None, :] @ J[:, t])[:, -1]": (
        "the axis has one entry there"
    ),
    f"orthogonal: gain * {UNIFORM} → {UNIFORM}": "the assignment's gain is 1",
    f"_stacked: {BLOCKS}1) → {BLOCKS}0)": "the assignment's kernel has one block",
    "_positive: limit > 0 → limit > -1": "the limit is positive in every case, as the assignment says",
    f"global_norm: {PEAK}0.0) → {PEAK}1.0)": NEVER_EMPTY,
    f"global_norm: {PEAK}0.0) → {PEAK}-1.0)": NEVER_EMPTY,
    "global_norm: np.abs(g).max(initial=0) → np.abs(g).max(initial=1)": "a larger peak is divided out again",
    "global_norm: np.abs(g).max(initial=0) → np.abs(g).max(initial=-1)": "no largest absolute value is below 0",
    "_refuse: (k, g) → (g, k)": FINITE,
    "_refuse: bad(g).sum() → bad(g).mean()": FINITE,
}
