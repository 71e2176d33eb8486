"""Contract of `rnn_jacobian`, the matrix by which one step changes a small change of the state.

unrolled-canary-b78e5246488c
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import jacobians

READ = "vanishing#eq-step-jacobian"


def _draw_step(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return {
        "h_next": np.tanh(kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype)),
        "U": kit.normal(rng, sizes.hidden, sizes.hidden, dtype=dtype),
    }


def _saturated(rng: np.random.Generator) -> kit.Arguments:
    arguments = _draw_step(rng, kit.Sizes(3, 1, 1, 4, 1), np.float64)
    return {**arguments, "h_next": np.sign(arguments["h_next"])}


rnn_jacobian = kit.Contract(
    reference=jacobians.rnn_jacobian,
    outputs=kit.near("J"),
    read=READ,
    parts=kit.of_arrays(
        _draw_step,
        kit.Special("saturated", _saturated),
        kit.Special("as many samples as units", lambda rng: _draw_step(rng, kit.Sizes(4, 1, 1, 4, 1), np.float64)),
    ),
)


@rnn_jacobian.derivation(words={"slope": "the slope of the tanh", "h_next": "the new state"})
def scaled_rows(h_next, U):
    slope = 1 - h_next**2  #: eq-step-slope
    return slope[:, :, None] * U.T  #: eq-step-jacobian


@rnn_jacobian.derivation()
def diagonal_matrices(h_next, U):
    return np.array([np.diag(1 - row**2) @ U.T for row in h_next])


@rnn_jacobian.derivation()
def einsum(h_next, U):
    return np.einsum("bi,ji->bij", (1 - h_next) * (1 + h_next), U)


rnn_jacobian.mistakes(
    """
    slope-missing-slope-h_next-tanh: The derivative of the tanh is missing: this is the Jacobian of a linear recurrence.
    slope-on-columns: The derivative of the tanh multiplies the columns. It belongs to the new state, and so to the
      rows.
        slope[:, :, None] → slope[:, None, :]
    slopes-do-not-meet-the-rows: That does not make a matrix (H, H) for each sample. Give the slopes one axis more, so
      that each of them scales a row of its own sample's matrix.
        slope[:, :, None] → slope
    diagonal-of-the-batch: np.diag of the whole batch makes no matrix for each sample. Give the slopes one axis more,
      so that each of them scales a row of its own sample's matrix.
        slope[:, :, None] * → np.diag(slope) @
    """
)
