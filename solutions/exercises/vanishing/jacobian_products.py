"""Contract of `jacobian_products`, over every span of steps up to the last.

unrolled-canary-0e56f3a216fe
"""

from itertools import accumulate

import numpy as np

from solutions.judging import kit
from solutions.reference import jacobians

READ = "vanishing#eq-jacobian-product"


def draw_jacobians(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """One Jacobian for each sample and step, (B, T, H, H)."""
    shape = (sizes.batch, sizes.steps, sizes.hidden, sizes.hidden)
    return {"J": kit.normal(rng, *shape, dtype=dtype, scale=sizes.hidden**-0.5)}


def nilpotent(rng: np.random.Generator) -> kit.Arguments:
    """Jacobians whose product over three steps is zero."""
    return {"J": np.triu(rng.standard_normal((2, 4, 3, 3)), k=1)}


jacobian_products = kit.Contract(
    reference=jacobians.jacobian_products,
    outputs=kit.near("products"),
    read=READ,
    parts=kit.of_arrays(
        draw_jacobians,
        kit.Special("a single step", lambda rng: draw_jacobians(rng, kit.Sizes(3, 1, 1, 4, 1), np.float64)),
        kit.Special("nilpotent", nilpotent),
        kit.Special("as many steps as samples", lambda rng: draw_jacobians(rng, kit.Sizes(4, 4, 1, 3, 1), np.float64)),
    ),
)


@jacobian_products.derivation(
    words={"J[:, t]": "the step's own Jacobian"},
    without=("another-value-everywhere-products-t-J",),  # it writes into J, and is said so
)
def from_the_last_step(J):
    products = np.array(J)
    for t in reversed(range(J.shape[1] - 1)):
        products[:, t] = products[:, t + 1] @ J[:, t]  #: eq-jacobian-product
    return products


@jacobian_products.derivation()
def each_span_anew(J):
    products = []
    for t in range(J.shape[1]):
        product = J[:, t]
        for s in range(t + 1, J.shape[1]):
            product = J[:, s] @ product
        products.append(product)
    return np.stack(products, axis=1)


@jacobian_products.derivation()
def accumulated(J):
    return np.stack(list(accumulate(np.swapaxes(J, 0, 1)[::-1], np.matmul))[::-1], axis=1)


jacobian_products.mistakes(
    """
    time-first: The products are stacked time first, (T, B, H, H). Batch comes first: axis=1 in np.stack, and entry 0
      spans the whole sequence.
        return products → return np.swapaxes(products, 0, 1)
    time-first-in-reverse: The products are stacked time first in reverse, (T, B, H, H). Batch comes first: axis=1 in
      np.stack, and entry 0 spans the whole sequence.
        return products → return np.swapaxes(products[:, ::-1], 0, 1)
    from-the-first-step: Your products start at the first step. Entry t spans from step t to the last step.
        reversed(range(J.shape[1] - 1)) → range(1, J.shape[1])
        products[:, t + 1] @ J[:, t] → J[:, t] @ products[:, t - 1]
    sum-for-product: You add the Jacobians. Along a path they are multiplied. [vanishing#eq-two-jacobians]
        products[:, t + 1] @ J[:, t] → products[:, t + 1] + J[:, t]
    own-step-missing: Each product stops one step too late: entry t has to contain the Jacobian of step t itself.
        np.array(J) → np.zeros_like(J) + np.eye(J.shape[-1])
        products[:, t + 1] @ J[:, t] → products[:, t + 1] @ J[:, t + 1]
    power-of-each: You raise each Jacobian to a power. Every step has a Jacobian of its own: the product holds each of
      them once.
        products[:, t + 1] @ J[:, t] → np.linalg.matrix_power(J[:, t], J.shape[1] - t)
    first-step-not-in-the-list: The loop stops before step 0: the product over the whole sequence is missing. In
      Python, range(T - 2, -1, -1) ends with 0; range(T - 2, 0, -1) ends with 1.
        return products → return products[:, min(1, J.shape[1] - 1) :]
    over-the-batch: Your loop runs over the batch: len(J) and J[t] count samples. The steps are J.shape[1], and step t
      is J[:, t].
        reversed(range(J.shape[1] - 1)) → reversed(range(len(J) - 1))
        products[:, t] = products[:, t + 1] @ J[:, t] → products[t] = products[t + 1] @ J[t]
    """
)
