"""Contracts of `rnn_jacobian`, of a step, `jacobian_products`, over many, and `gradient_norms`, on the way back.

unrolled-canary-b78e5246488c
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import jacobians


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
    read="vanishing#eq-step-jacobian",
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


def _draw_jacobians(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    shape = (sizes.batch, sizes.steps, sizes.hidden, sizes.hidden)
    return {"J": kit.normal(rng, *shape, dtype=dtype, scale=sizes.hidden**-0.5)}


MANY = kit.Sizes(batch=9, steps=10, inputs=1, hidden=3, outputs=1)  # matrices of larger ones would fill the bundle


def _nilpotent(rng: np.random.Generator) -> kit.Arguments:
    # The product over three steps is zero.
    return {"J": np.triu(rng.standard_normal((2, 4, 3, 3)), k=1)}


jacobian_products = kit.Contract(
    reference=jacobians.jacobian_products,
    outputs=kit.near("products"),
    read="vanishing#eq-jacobian-product",
    parts=kit.of_arrays(
        _draw_jacobians,
        kit.Special("nilpotent", _nilpotent),
        kit.Special("as many steps as samples", lambda rng: _draw_jacobians(rng, kit.Sizes(4, 4, 1, 3, 1), np.float64)),
        many=MANY,
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


ALIKE = [f"other-number-1-{number}" for number in ("0-5", "2-5", "6")]  # told from others by an exception alone


@jacobian_products.derivation(without=("another-value-J-product", *ALIKE))
def each_span_anew(J):
    products = []
    for t in range(J.shape[1]):
        product = J[:, t]
        for s in range(t + 1, J.shape[1]):
            product = J[:, s] @ product
        products.append(product)
    return np.stack(products, axis=1)


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
    sample-for-step: J[t] is sample t, with all its steps. Step t of all samples is J[:, t].
        @ J[:, t] → @ J[t]
    written-to-a-sample: products[t] is sample t, with all its steps. Step t of all samples is products[:, t].
        products[:, t] = → products[t] =
    over-the-batch: Your loop runs over the batch: len(J) and J[t] count samples. The steps are J.shape[1], and step t
      is J[:, t].
        reversed(range(J.shape[1] - 1)) → reversed(range(len(J) - 1))
        products[:, t] = products[:, t + 1] @ J[:, t] → products[t] = products[t + 1] @ J[t]
    """
)


def _draw_profile(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    last = {"dh_last": kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype)}
    return {**last, **_draw_jacobians(rng, sizes, dtype)}


gradient_norms = kit.Contract(
    reference=jacobians.gradient_norms,
    outputs=kit.near("norms"),
    read="vanishing#eq-gradient-profile",
    parts=kit.of_arrays(
        _draw_profile,
        kit.Special("as many samples as units", lambda rng: _draw_profile(rng, kit.Sizes(4, 3, 1, 4, 1), np.float64)),
        kit.Special("nilpotent", lambda rng: {"dh_last": rng.standard_normal((2, 3)), **_nilpotent(rng)}),
        many=MANY,
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


@gradient_norms.derivation(without=("other-number-0-1", "other-number-1-0-2"))
def transposed_stack(dh_last, J):
    rows = [dh_last]
    for matrices in np.swapaxes(J, 0, 1)[::-1]:
        rows.append(np.einsum("bi,bij->bj", rows[-1], matrices))
    return np.linalg.norm(rows, axis=2).T


gradient_norms.mistakes(
    """
    in-reverse-gradients: The norms are in reverse order: entry k belongs to distance k from the end, so that entry 0
      is the last state's.
    distance-zero-missing: The norm at distance 0 is missing: that of the last state's own gradient. T + 1 norms are
      asked for.
        gradients = [dh] → gradients = []
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
