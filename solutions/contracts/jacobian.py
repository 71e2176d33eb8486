"""Contracts of `rnn_jacobian`, `jacobian_products` and `gradient_norms`: how a gradient changes on its way back.

unrolled-canary-27e9c1b84f6d
"""

import numpy as np

from solutions import jacobians
from solutions.contracts.contract import Arguments, Contract, Sizes, Special
from solutions.contracts.drawing import normal

READ = "Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks, section 2"


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
    outputs=("J",),
    read=READ,
    draw=_draw_step,
    parts=("shapes", "values", "edges"),
    specials=(
        Special("saturated", _saturated),
        Special("as many samples as units", _as_many_samples_as_units),
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


def _draw_jacobians(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    shape = (sizes.batch, sizes.steps, sizes.hidden, sizes.hidden)
    return {"J": normal(rng, *shape, dtype=dtype, scale=sizes.hidden**-0.5)}


def _nilpotent(rng: np.random.Generator) -> Arguments:
    return {"J": np.triu(rng.standard_normal((2, 4, 3, 3)), k=1)}


jacobian_products = Contract(
    reference=jacobians.jacobian_products,
    outputs=("products",),
    read=READ,
    draw=_draw_jacobians,
    parts=("shapes", "values", "edges"),
    specials=(
        Special("a single step", lambda rng: _draw_jacobians(rng, Sizes(3, 1, 1, 4, 1), np.float64)),
        Special("nilpotent", _nilpotent),
        Special("as many steps as samples", lambda rng: _draw_jacobians(rng, Sizes(4, 4, 1, 3, 1), np.float64)),
    ),
)


@jacobian_products.variant
def from_the_last_step(J):
    products = np.empty_like(J)
    product = np.eye(J.shape[-1])
    for t in reversed(range(J.shape[1])):
        product = product @ J[:, t]
        products[:, t] = product
    return products


@jacobian_products.variant
def each_span_anew(J):
    products = []
    for t in range(J.shape[1]):
        product = J[:, t]
        for s in range(t + 1, J.shape[1]):
            product = J[:, s] @ product
        products.append(product)
    return np.stack(products, axis=1)


@jacobian_products.variant
def sample_by_sample(J):
    out = []
    for matrices in J:
        if len(matrices) == 1:
            out.append(matrices)
            continue
        row = [matrices[-1]]
        for matrix in matrices[-2::-1]:
            row.insert(0, np.dot(row[0], matrix))
        out.append(np.array(row))
    return np.array(out)


@jacobian_products.variant
def recursive(J):
    def products_from(t):
        if t == J.shape[1] - 1:
            return [J[:, t]]
        later = products_from(t + 1)
        return [np.einsum("bij,bjk->bik", later[0], J[:, t]), *later]

    return np.swapaxes(np.array(products_from(0)), 0, 1)


jacobian_products.rewrite(
    "transposed_chain",
    (
        "product @ J[:, t]",
        "np.swapaxes(np.swapaxes(J[:, t], 1, 2) @ np.swapaxes(product * np.ones((len(J), 1, 1)), 1, 2), 1, 2)",
    ),
)

MULTIPLY = "product = product @ J[:, t]"

jacobian_products.slip(
    "order-reversed",
    "The factors stand in the wrong order: the Jacobian of the earliest step acts first, and so stands on the right.",
    (MULTIPLY, "product = J[:, t] @ product"),
)
jacobian_products.slip(
    "from-the-first-step",
    "Your products start at the first step. Entry t spans from step t to the last step.",
    ("reversed(range(J.shape[1]))", "range(J.shape[1])"),
    (MULTIPLY, "product = J[:, t] @ product"),
)
jacobian_products.slip(
    "stored-in-reverse",
    "The products come in reverse order: entry 0 spans the whole sequence, the last entry is the last Jacobian alone.",
    ("products[:, t] =", "products[:, -1 - t] ="),
)
jacobian_products.slip(
    "entry-by-entry",
    "You multiply entry by entry. The chain rule asks for matrix products.",
    (MULTIPLY, "product = J[:, t] * (1 if t == J.shape[1] - 1 else product)"),
)
jacobian_products.slip(
    "sum-for-product",
    "You add the Jacobians. Along a path they are multiplied.",
    (MULTIPLY, "product = J[:, t] + (0 if t == J.shape[1] - 1 else product)"),
)
jacobian_products.slip(
    "own-step-missing",
    "Each product stops one step too late: entry t has to contain the Jacobian of step t itself.",
    (
        "        product = product @ J[:, t]\n        products[:, t] = product",
        "        products[:, t] = product\n        " + MULTIPLY,
    ),
)
jacobian_products.slip(
    "last-step-missing",
    "The last Jacobian is missing in the products: the span reaches to the last state.",
    (MULTIPLY, "product = product @ J[:, t] if t < J.shape[1] - 1 else product"),
)
jacobian_products.slip(
    "not-accumulated",
    "Each entry is the product of two neighbours. Go on multiplying: entry t holds all Jacobians from t to the last.",
    (MULTIPLY, "product = J[:, t + 1] @ J[:, t] if t < J.shape[1] - 1 else J[:, t]"),
)
jacobian_products.slip(
    "power-of-the-last",
    "You multiply the last Jacobian with itself. Every step has a Jacobian of its own.",
    (MULTIPLY, "product = product @ J[:, -1]"),
)
jacobian_products.slip(
    "transposed",
    "Your products are transposed: rows belong to the last state, columns to the earlier one.",
    ("products[:, t] = product", "products[:, t] = np.swapaxes(product, 1, 2)"),
)
jacobian_products.slip(
    "averaged-over-batch",
    "You multiply means over the batch. Each sample has Jacobians of its own.",
    (MULTIPLY, "product = product @ J[:, t].mean(axis=0)"),
)
jacobian_products.slip(
    "whole-span-only",
    "You return the product over the whole sequence alone. One product for each step is asked for: (B, T, H, H).",
    ("return products", "return product"),
)
jacobian_products.slip(
    "jacobians-overwritten",
    "You write into the array J that you were given. Whoever called you still needs it: make a new array.",
    ("np.empty_like(J)", "J"),
)


def _draw_profile(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    last = {"ds_last": normal(rng, sizes.batch, sizes.hidden, dtype=dtype)}
    return {**last, **_draw_jacobians(rng, sizes, dtype)}


gradient_norms = Contract(
    reference=jacobians.gradient_norms,
    outputs=("norms",),
    read=READ,
    draw=_draw_profile,
    parts=("shapes", "values", "edges"),
    specials=(
        Special("a single step", lambda rng: _draw_profile(rng, Sizes(3, 1, 1, 4, 1), np.float64)),
        Special("as many samples as units", lambda rng: _draw_profile(rng, Sizes(4, 3, 1, 4, 1), np.float64)),
        Special("nilpotent", lambda rng: {"ds_last": rng.standard_normal((2, 3)), **_nilpotent(rng)}),
    ),
)


@gradient_norms.variant
def step_by_step(ds_last, J):
    ds = ds_last
    norms = [np.sqrt((ds**2).sum(axis=1))]
    for t in reversed(range(J.shape[1])):
        ds = np.einsum("bi,bij->bj", ds, J[:, t])
        norms.append(np.sqrt((ds**2).sum(axis=1)))
    return np.stack(norms, axis=1)


@gradient_norms.variant
def filled_array(ds_last, J):
    batch, steps, _, _ = J.shape
    norms = np.zeros((batch, steps + 1))
    for b in range(batch):
        v = ds_last[b]
        norms[b, 0] = np.linalg.norm(v)
        for k in range(1, steps + 1):
            v = J[b, steps - k].T @ v
            norms[b, k] = np.linalg.norm(v)
    return norms


@gradient_norms.variant
def through_products(ds_last, J):
    product = np.broadcast_to(np.eye(ds_last.shape[1]), (len(J), *J.shape[2:]))
    norms = [np.linalg.norm(ds_last, axis=-1)]
    for t in range(J.shape[1] - 1, -1, -1):
        product = product @ J[:, t]
        norms.append(np.linalg.norm((ds_last[:, None] @ product)[:, 0], axis=-1))
    return np.array(norms).T


@gradient_norms.variant
def all_gradients_first(ds_last, J):
    gradients = [ds_last]
    for matrices in np.swapaxes(J, 0, 1)[::-1]:
        gradients.append(np.matmul(np.swapaxes(matrices, 1, 2), gradients[-1][..., None])[..., 0])
    return np.linalg.norm(np.stack(gradients, axis=1), axis=2)


gradient_norms.rewrite(
    "sum_of_products", ('np.einsum("bi,bij->bj", ds, J[:, t])', "(ds[:, :, None] * J[:, t]).sum(axis=1)")
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
    ("        ds = np.einsum(" + BACK + ", ds,", "        ds = np.einsum(" + BACK + ", ds_last,"),
)
gradient_norms.slip(
    "distance-zero-missing",
    "The norm at distance 0 is missing: that of the last state's own gradient. T + 1 norms are asked for.",
    ("norms = [np.sqrt((ds**2).sum(axis=1))]", "norms = []"),
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
    ("norms = [np.sqrt((ds**2).sum(axis=1))]", "norms = [(ds**2).sum(axis=1)]"),
    ("norms.append(np.sqrt((ds**2).sum(axis=1)))", "norms.append((ds**2).sum(axis=1))"),
)
gradient_norms.slip(
    "sum-of-absolutes",
    "You add up absolute values. The norm is the root of the sum of squares.",
    ("norms = [np.sqrt((ds**2).sum(axis=1))]", "norms = [np.abs(ds).sum(axis=1)]"),
    ("norms.append(np.sqrt((ds**2).sum(axis=1)))", "norms.append(np.abs(ds).sum(axis=1))"),
)
gradient_norms.slip(
    "largest-entry",
    "You take the largest entry. The norm is the root of the sum of squares.",
    ("norms = [np.sqrt((ds**2).sum(axis=1))]", "norms = [np.abs(ds).max(axis=1)]"),
    ("norms.append(np.sqrt((ds**2).sum(axis=1)))", "norms.append(np.abs(ds).max(axis=1))"),
)
gradient_norms.slip(
    "mean-of-squares",
    "You take the mean of the squares under the root. The norm has their sum.",
    ("norms = [np.sqrt((ds**2).sum(axis=1))]", "norms = [np.sqrt((ds**2).mean(axis=1))]"),
    ("norms.append(np.sqrt((ds**2).sum(axis=1)))", "norms.append(np.sqrt((ds**2).mean(axis=1)))"),
)
gradient_norms.slip(
    "bound-for-norm",
    "You multiply the norm by the largest singular value of each Jacobian. That is a bound from above: pass the "
    "gradient itself back, and take its norm then.",
    (
        "        ds = np.einsum(" + BACK + ", ds, J[:, t])\n        norms.append(np.sqrt((ds**2).sum(axis=1)))",
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
    "gradient-overwritten",
    "You write into the array ds_last that you were given. Whoever called you still needs it: make a new array.",
    ("        ds = np.einsum", "        ds[:] = np.einsum"),
)
