"""Contract of `gradient_norms`, the norm of a gradient at each distance from its loss.

unrolled-canary-b4aca89dc6d4
"""

import numpy as np

from solutions.exercises.vanishing.jacobian_products import draw_jacobians, nilpotent
from solutions.judging import kit
from solutions.reference import jacobians

READ = "vanishing#eq-gradient-profile"


def _draw_profile(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    last = {"dh_last": kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype)}
    return {**last, **draw_jacobians(rng, sizes, dtype)}


gradient_norms = kit.Contract(
    reference=jacobians.gradient_norms,
    outputs=kit.near("norms"),
    read=READ,
    parts=kit.of_arrays(
        _draw_profile,
        kit.Special("a single step", lambda rng: _draw_profile(rng, kit.Sizes(3, 1, 1, 4, 1), np.float64)),
        kit.Special("as many samples as units", lambda rng: _draw_profile(rng, kit.Sizes(4, 3, 1, 4, 1), np.float64)),
        kit.Special("nilpotent", lambda rng: {"dh_last": rng.standard_normal((2, 3)), **nilpotent(rng)}),
    ),
)


@gradient_norms.derivation(
    words={"dh_last": "the gradient of the last state", "J[:, t]": "the step's own Jacobian"},
    alike={"J[:, t]": "np.swapaxes(J[:, t], 1, 2)"},
)
def all_gradients_first(dh_last, J):
    dh = dh_last
    gradients = [dh]
    for t in reversed(range(J.shape[1])):
        dh = (dh[:, None, :] @ J[:, t])[:, 0]  #: eq-gradient-step
        gradients.append(dh)
    rows = np.stack(gradients, axis=1)  #: eq-gradient-back
    return np.sqrt((rows**2).sum(axis=2))  #: eq-gradient-profile


@gradient_norms.derivation()
def einsum(dh_last, J):
    rows = [dh_last]
    for matrices in np.swapaxes(J, 0, 1)[::-1]:
        rows.append(np.einsum("bi,bij->bj", rows[-1], matrices))
    return np.linalg.norm(rows, axis=2).T


@gradient_norms.derivation()
def through_products(dh_last, J):
    product = np.broadcast_to(np.eye(dh_last.shape[1]), (len(J), *J.shape[2:]))
    norms = [np.linalg.norm(dh_last, axis=-1)]
    for t in range(J.shape[1] - 1, -1, -1):
        product = product @ J[:, t]
        norms.append(np.linalg.norm((dh_last[:, None] @ product)[:, 0], axis=-1))
    return np.array(norms).T


gradient_norms.mistakes(
    """
    in-reverse-gradients: The norms are in reverse order: entry k belongs to distance k from the end, so that entry 0
      is the last state's.
    distance-zero-missing: The norm at distance 0 is missing: that of the last state's own gradient. T + 1 norms are
      asked for.
        gradients = [dh] → gradients = []
    sum-of-absolutes: You add up absolute values. The norm is the root of the sum of squares.
        np.sqrt((rows**2).sum(axis=2)) → np.abs(rows).sum(axis=2)
    norm-over-batch: You sum over the whole batch. Each sample has a norm of its own: (B, T + 1).
        np.sqrt((rows**2).sum(axis=2)) → np.sqrt((rows**2).sum(axis=(0, 2)))
    rows-do-not-meet-their-matrices: dh @ J[:, t] sends every row through every sample's matrix. Each row meets its
      own: make it a matrix of one row, dh[:, None, :], and take that axis away afterwards.
      [vanishing#eq-gradient-step]
        (dh[:, None, :] @ J[:, t])[:, 0] → dh @ J[:, t]
        np.stack(gradients, axis=1) → np.stack([np.linalg.norm(one, axis=-1) for one in gradients], axis=1)
        np.sqrt((rows**2).sum(axis=2)) → rows
    bound-for-norm: You multiply the norm by the largest singular value of each Jacobian. That is a bound from above:
      pass the gradient itself back, and take its norm then. [vanishing#eq-singular-chain]
        (dh[:, None, :] @ J[:, t])[:, 0] → dh * np.linalg.norm(J[:, t], ord=2, axis=(1, 2))[:, None]
    """
)
