"""Contract of `gradient_norms`, the norm of a gradient at each distance from its loss.

unrolled-canary-b4aca89dc6d4
"""

import numpy as np

from solutions.exercises.vanishing.jacobian_products import draw_jacobians, nilpotent
from solutions.judging.contract import Contract
from solutions.judging.drawing import normal
from solutions.judging.parts import Arguments, Sizes, Special, of_arrays
from solutions.reference import jacobians
from unrolled.checking.outputs import near

READ = "vanishing#eq-gradient-profile"


def _draw_profile(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    last = {"dh_last": normal(rng, sizes.batch, sizes.hidden, dtype=dtype)}
    return {**last, **draw_jacobians(rng, sizes, dtype)}


gradient_norms = Contract(
    reference=jacobians.gradient_norms,
    outputs=near("norms"),
    read=READ,
    parts=of_arrays(
        _draw_profile,
        Special("a single step", lambda rng: _draw_profile(rng, Sizes(3, 1, 1, 4, 1), np.float64)),
        Special("as many samples as units", lambda rng: _draw_profile(rng, Sizes(4, 3, 1, 4, 1), np.float64)),
        Special("nilpotent", lambda rng: {"dh_last": rng.standard_normal((2, 3)), **nilpotent(rng)}),
    ),
)


@gradient_norms.variant
def step_by_step(dh_last, J):
    dh = dh_last
    norms = [np.sqrt((dh**2).sum(axis=1))]
    for t in reversed(range(J.shape[1])):
        dh = np.einsum("bi,bij->bj", dh, J[:, t])
        norms.append(np.sqrt((dh**2).sum(axis=1)))
    return np.stack(norms, axis=1)


@gradient_norms.variant
def filled_array(dh_last, J):
    batch, steps, _, _ = J.shape
    norms = np.zeros((batch, steps + 1))
    for b in range(batch):
        v = dh_last[b]
        norms[b, 0] = np.linalg.norm(v)
        for k in range(1, steps + 1):
            v = J[b, steps - k].T @ v
            norms[b, k] = np.linalg.norm(v)
    return norms


@gradient_norms.variant
def through_products(dh_last, J):
    product = np.broadcast_to(np.eye(dh_last.shape[1]), (len(J), *J.shape[2:]))
    norms = [np.linalg.norm(dh_last, axis=-1)]
    for t in range(J.shape[1] - 1, -1, -1):
        product = product @ J[:, t]
        norms.append(np.linalg.norm((dh_last[:, None] @ product)[:, 0], axis=-1))
    return np.array(norms).T


@gradient_norms.variant
def all_gradients_first(dh_last, J):
    gradients = [dh_last]
    for matrices in np.swapaxes(J, 0, 1)[::-1]:
        gradients.append(np.matmul(np.swapaxes(matrices, 1, 2), gradients[-1][..., None])[..., 0])
    return np.linalg.norm(np.stack(gradients, axis=1), axis=2)


gradient_norms.rewrite(
    "sum_of_products", ('np.einsum("bi,bij->bj", dh, J[:, t])', "(dh[:, :, None] * J[:, t]).sum(axis=1)")
)

BACK = '"bi,bij->bj"'

gradient_norms.slip(
    "jacobian-transposed",
    "You multiply by the transposed Jacobians. The gradient is a row and stands on the left: row times Jacobian.",
    (BACK, '"bj,bij->bi"'),
)
gradient_norms.slip(
    "first-step-first",
    "You begin with the Jacobian of the first step. Going back from the end, the last step comes first.",
    ("reversed(range(J.shape[1]))", "range(J.shape[1])"),
)
gradient_norms.slip(
    "reversed",
    "The norms are in reverse order: entry k belongs to distance k from the end, so that entry 0 is the last state's.",
    ("np.stack(norms, axis=1)", "np.stack(norms[::-1], axis=1)"),
)
gradient_norms.slip(
    "not-carried",
    "Each step starts again from the last state's gradient. Go on from the gradient that you have reached.",
    ("        dh = np.einsum(" + BACK + ", dh,", "        dh = np.einsum(" + BACK + ", dh_last,"),
)
gradient_norms.slip(
    "distance-zero-missing",
    "The norm at distance 0 is missing: that of the last state's own gradient. T + 1 norms are asked for.",
    ("norms = [np.sqrt((dh**2).sum(axis=1))]", "norms = []"),
)
gradient_norms.slip(
    "initial-state-missing",
    "The last norm is missing: the gradient of the initial state. T + 1 norms are asked for.",
    ("reversed(range(J.shape[1]))", "reversed(range(1, J.shape[1]))"),
    ("np.stack(norms, axis=1)", "np.stack(norms, axis=1)[:, : J.shape[1]]"),
)
gradient_norms.slip(
    "squared",
    "You return squared norms: the square root is missing.",
    ("norms = [np.sqrt((dh**2).sum(axis=1))]", "norms = [(dh**2).sum(axis=1)]"),
    ("norms.append(np.sqrt((dh**2).sum(axis=1)))", "norms.append((dh**2).sum(axis=1))"),
)
gradient_norms.slip(
    "sum-of-absolutes",
    "You add up absolute values. The norm is the root of the sum of squares.",
    ("norms = [np.sqrt((dh**2).sum(axis=1))]", "norms = [np.abs(dh).sum(axis=1)]"),
    ("norms.append(np.sqrt((dh**2).sum(axis=1)))", "norms.append(np.abs(dh).sum(axis=1))"),
)
gradient_norms.slip(
    "largest-entry",
    "You take the largest entry. The norm is the root of the sum of squares.",
    ("norms = [np.sqrt((dh**2).sum(axis=1))]", "norms = [np.abs(dh).max(axis=1)]"),
    ("norms.append(np.sqrt((dh**2).sum(axis=1)))", "norms.append(np.abs(dh).max(axis=1))"),
)
gradient_norms.slip(
    "mean-of-squares",
    "You take the mean of the squares under the root. The norm has their sum.",
    ("norms = [np.sqrt((dh**2).sum(axis=1))]", "norms = [np.sqrt((dh**2).mean(axis=1))]"),
    ("norms.append(np.sqrt((dh**2).sum(axis=1)))", "norms.append(np.sqrt((dh**2).mean(axis=1)))"),
)
gradient_norms.slip(
    "bound-for-norm",
    "You multiply the norm by the largest singular value of each Jacobian. That is a bound from above: pass the "
    "gradient itself back, and take its norm then.",
    (
        "        dh = np.einsum(" + BACK + ", dh, J[:, t])\n        norms.append(np.sqrt((dh**2).sum(axis=1)))",
        "        norms.append(norms[-1] * np.linalg.norm(J[:, t], ord=2, axis=(1, 2)))",
    ),
)
gradient_norms.slip(
    "norm-over-batch",
    "Your norms run over the whole batch. Each sample has a norm of its own: (B, T + 1).",
    ("np.stack(norms, axis=1)", "np.sqrt((np.stack(norms, axis=1) ** 2).sum(axis=0))"),
)
gradient_norms.slip(
    "time-first",
    "The norms are stacked time first, (T + 1, B). Batch comes first.",
    ("np.stack(norms, axis=1)", "np.stack(norms, axis=0)"),
)
gradient_norms.slip(
    "rows-do-not-meet-their-matrices",
    "dh @ J[:, t] sends every row through every sample's matrix. Each row meets its own: make it a matrix of one row, "
    "dh[:, None, :], and take that axis away afterwards.",
    ("np.einsum(" + BACK + ", dh, J[:, t])", "dh @ J[:, t]"),
)
gradient_norms.slip(
    "one-norm-for-the-batch",
    "Every sample has the same norms: you sum the squares over the batch too. Sum over the units alone.",
    ("norms = [np.sqrt((dh**2).sum(axis=1))]", "norms = [np.sqrt((dh**2).sum()) * np.ones(len(J))]"),
    ("norms.append(np.sqrt((dh**2).sum(axis=1)))", "norms.append(np.sqrt((dh**2).sum()) * np.ones(len(J)))"),
)
gradient_norms.slip(
    "gradient-overwritten",
    "You write into the array dh_last that you were given. Whoever called you still needs it: make a new array.",
    ("        dh = np.einsum", "        dh[:] = np.einsum"),
)

gradient_norms.read_at(
    {
        "vanishing#eq-gradient-step": ("jacobian-transposed", "rows-do-not-meet-their-matrices"),
        "vanishing#eq-gradient-back": (
            "first-step-first",
            "not-carried",
        ),
        "vanishing#eq-singular-chain": ("bound-for-norm",),
    }
)
