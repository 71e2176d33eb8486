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


def _as_many_samples_as_units(rng: np.random.Generator) -> Arguments:
    return _draw_step(rng, Sizes(4, 1, 1, 4, 1), np.float64)


rnn_jacobian = Contract(
    reference=jacobians.rnn_jacobian,
    outputs=near("J"),
    read=READ,
    parts=of_arrays(
        _draw_step, Special("saturated", _saturated), Special("as many samples as units", _as_many_samples_as_units)
    ),
)


@rnn_jacobian.variant
def scaled_rows(h_next, U):
    slope = 1 - h_next**2
    return slope[:, :, None] * U.T[None, :, :]


@rnn_jacobian.variant
def diagonal_matrices(h_next, U):
    return np.array([np.diag(1 - row**2) @ U.T for row in h_next])


@rnn_jacobian.variant
def einsum(h_next, U):
    return np.einsum("bi,ji->bij", (1 - h_next) * (1 + h_next), U)


@rnn_jacobian.variant
def three_loops(h_next, U):
    batch, hidden = h_next.shape
    J = np.zeros((batch, hidden, hidden))
    for b in range(batch):
        for i in range(hidden):
            for j in range(hidden):
                J[b, i, j] = (1 - h_next[b, i] ** 2) * U[j, i]
    return J


@rnn_jacobian.variant
def transposed_at_the_end(h_next, U):
    columns = U * (1 - np.square(h_next))[:, np.newaxis, :]
    return columns.transpose(0, 2, 1)


rnn_jacobian.slip(
    "kernel-not-transposed",
    "U stands in it as it is. Entry (i, j) is the slope of new unit i by old unit j, and that weight is U[j, i].",
    ("U.T[", "U["),
)
rnn_jacobian.slip(
    "transposed",
    "Your Jacobian is transposed: the rows belong to the new state, the columns to the old one.",
    ("slope[:, :, None] * U.T[None, :, :]", "slope[:, None, :] * U[None, :, :]"),
)
rnn_jacobian.slip(
    "slope-on-columns",
    "The derivative of the tanh multiplies the columns. It belongs to the new state, and so to the rows.",
    ("slope[:, :, None]", "slope[:, None, :]"),
)
rnn_jacobian.slip(
    "tanh-skipped",
    "The derivative of the tanh is missing: this is the Jacobian of a linear recurrence.",
    ("1 - h_next**2", "np.ones_like(h_next)"),
)
rnn_jacobian.slip(
    "slope-not-squared",
    "You take 1 − h_next as the derivative of the tanh. The output has to be squared in it.",
    ("h_next**2", "h_next"),
)
rnn_jacobian.slip(
    "slope-of-sigmoid",
    "You use the derivative of a sigmoid. This cell's nonlinearity is a tanh.",
    ("1 - h_next**2", "h_next * (1 - h_next)"),
)
rnn_jacobian.slip(
    "tanh-twice",
    "You take the tanh of h_next again. h_next is a tanh already: use it as it is in the derivative.",
    ("h_next**2", "np.tanh(h_next) ** 2"),
)
rnn_jacobian.slip(
    "slope-added",
    "You add the derivative of the tanh to the kernel. The chain rule multiplies them.",
    ("None] * U", "None] + U"),
)
rnn_jacobian.slip(
    "averaged-over-batch",
    "You use the mean of the derivatives over the batch. Each sample has a Jacobian of its own.",
    ("1 - h_next**2", "np.broadcast_to((1 - h_next**2).mean(axis=0), h_next.shape)"),
)
rnn_jacobian.slip(
    "first-sample-only",
    "All Jacobians are that of the first sample. Each sample has a Jacobian of its own.",
    ("1 - h_next**2", "np.broadcast_to(1 - h_next[0] ** 2, h_next.shape)"),
)
rnn_jacobian.slip(
    "diagonal-only",
    "You return one number for each unit. Every old unit acts on every new one: a matrix (H, H) for each sample.",
    ("slope[:, :, None] * U.T[None, :, :]", "slope * np.diag(U)"),
)
rnn_jacobian.slip(
    "state-overwritten",
    "You write into the array h_next that you were given. Whoever called you still needs it: make a new array.",
    ("slope = 1 - h_next**2", "slope = h_next\n    slope[:] = 1 - slope**2"),
)
rnn_jacobian.slip(
    "slopes-do-not-meet-the-rows",
    "(B, H) times (H, H) does not make a matrix for each sample. Give the slopes one axis more, so that they scale "
    "rows: slope[:, :, None] * U.T.",
    ("slope[:, :, None] * U.T[None, :, :]", "slope * U.T"),
)
rnn_jacobian.slip(
    "diagonal-of-the-batch",
    "You give np.diag the whole batch. It makes a diagonal matrix of one row of numbers only. Each sample has a "
    "Jacobian of its own: (B, H, H).",
    ("slope[:, :, None] * U.T[None, :, :]", "np.diag(slope) @ U.T"),
)

rnn_jacobian.read_at(
    {
        "vanishing#eq-step-jacobian-entry": (
            "kernel-not-transposed",
            "slope-added",
            "diagonal-only",
        ),
        "vanishing#eq-step-slope": (
            "tanh-skipped",
            "slope-not-squared",
            "slope-of-sigmoid",
            "tanh-twice",
        ),
    }
)
