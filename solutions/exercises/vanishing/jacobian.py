"""Contract of `rnn_jacobian`, the matrix by which one step changes a small change of the state.

unrolled-canary-b78e5246488c
"""

import numpy as np

from solutions.judging.contract import Contract
from solutions.judging.drawing import normal
from solutions.judging.parts import Arguments, Sizes, Special, of_arrays
from solutions.reference import jacobians
from unrolled.checking.outputs import near

READ = "vanishing#eq-step-jacobian"


def _draw_step(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {
        "h_next": np.tanh(normal(rng, sizes.batch, sizes.hidden, dtype=dtype)),
        "U": normal(rng, sizes.hidden, sizes.hidden, dtype=dtype),
    }


def _saturated(rng: np.random.Generator) -> Arguments:
    arguments = _draw_step(rng, Sizes(3, 1, 1, 4, 1), np.float64)
    return {**arguments, "h_next": np.sign(arguments["h_next"])}


rnn_jacobian = Contract(
    reference=jacobians.rnn_jacobian,
    outputs=near("J"),
    read=READ,
    parts=of_arrays(
        _draw_step,
        Special("saturated", _saturated),
        Special("as many samples as units", lambda rng: _draw_step(rng, Sizes(4, 1, 1, 4, 1), np.float64)),
    ),
)
WORDS = {"slope": "the slope of the tanh", "h_next": "the new state"}


@rnn_jacobian.derivation(words=WORDS, without=("slope-missing-slope-h_next-tanh",))
def scaled_rows(h_next, U):
    slope = 1 - h_next**2  #: eq-step-slope
    return slope[:, :, None] * U.T  #: eq-step-jacobian


@rnn_jacobian.variant
def diagonal_matrices(h_next, U):
    return np.array([np.diag(1 - row**2) @ U.T for row in h_next])


@rnn_jacobian.variant
def einsum(h_next, U):
    return np.einsum("bi,ji->bij", (1 - h_next) * (1 + h_next), U)


rnn_jacobian.slip(
    "slope-missing",
    "The derivative of the tanh is missing: this is the Jacobian of a linear recurrence.",
    ("1 - h_next**2", "np.ones_like(h_next)"),
    read="vanishing#eq-step-slope",
)
rnn_jacobian.slip(
    "slope-on-columns",
    "The derivative of the tanh multiplies the columns. It belongs to the new state, and so to the rows.",
    ("slope[:, :, None]", "slope[:, None, :]"),
)
for name, edit in (
    ("slopes-do-not-meet-the-rows", ("slope[:, :, None]", "slope")),
    ("diagonal-of-the-batch", ("slope[:, :, None] *", "np.diag(slope) @")),
):
    rnn_jacobian.slip(
        name,
        "That does not make a matrix (H, H) for each sample. Give the slopes one axis more, so that each of them "
        "scales a row of its own sample's matrix.",
        edit,
    )
