"""Contract of `jacobian_products`, over every span of steps up to the last.

unrolled-canary-0e56f3a216fe
"""

import numpy as np

from solutions.judging.contract import Contract
from solutions.judging.drawing import normal
from solutions.judging.parts import Arguments, Sizes, Special, of_arrays
from solutions.reference import jacobians
from unrolled.checking.outputs import near

READ = "vanishing#eq-jacobian-product"


def draw_jacobians(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    """One Jacobian for each sample and step, (B, T, H, H)."""
    shape = (sizes.batch, sizes.steps, sizes.hidden, sizes.hidden)
    return {"J": normal(rng, *shape, dtype=dtype, scale=sizes.hidden**-0.5)}


def nilpotent(rng: np.random.Generator) -> Arguments:
    """Jacobians whose product over three steps is zero."""
    return {"J": np.triu(rng.standard_normal((2, 4, 3, 3)), k=1)}


jacobian_products = Contract(
    reference=jacobians.jacobian_products,
    outputs=near("products"),
    read=READ,
    parts=of_arrays(
        draw_jacobians,
        Special("a single step", lambda rng: draw_jacobians(rng, Sizes(3, 1, 1, 4, 1), np.float64)),
        Special("nilpotent", nilpotent),
        Special("as many steps as samples", lambda rng: draw_jacobians(rng, Sizes(4, 4, 1, 3, 1), np.float64)),
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
    "power-of-each",
    "You raise each Jacobian to a power. Every step has a Jacobian of its own: the product holds each of them once.",
    (MULTIPLY, "product = np.linalg.matrix_power(J[:, t], J.shape[1] - t)"),
)
jacobian_products.slip(
    "products-added-up",
    "You add each product to those of the later steps. Each step replaces the product by one with a factor more.",
    (MULTIPLY, "product = product @ J[:, t] + (product if t < J.shape[1] - 1 else 0)"),
)
jacobian_products.slip(
    "first-step-left-out",
    "The loop stops before step 0: entry 0 is still the first Jacobian alone. In Python, range(T - 2, -1, -1) ends "
    "with 0; range(T - 2, 0, -1) ends with 1.",
    (MULTIPLY, "product = product @ J[:, t] if t or J.shape[1] == 1 else J[:, 0]"),
)
jacobian_products.slip(
    "first-step-not-in-the-list",
    "The loop stops before step 0: the product over the whole sequence is missing. In Python, range(T - 2, -1, -1) "
    "ends with 0; range(T - 2, 0, -1) ends with 1.",
    ("return products", "return products[:, min(1, J.shape[1] - 1) :]"),
)
jacobian_products.slip(
    "time-first",
    "The products are stacked time first, (T, B, H, H). Batch comes first: axis=1 in np.stack.",
    ("return products", "return np.swapaxes(products, 0, 1)"),
)
jacobian_products.slip(
    "time-first-in-reverse",
    "The products are stacked time first, (T, B, H, H), and in reverse order. Batch comes first: axis=1 in np.stack; "
    "and entry 0 spans the whole sequence.",
    ("return products", "return np.swapaxes(products[:, ::-1], 0, 1)"),
)
jacobian_products.slip(
    "over-the-batch",
    "Your loop runs over the batch: len(J) and J[t] count samples. The steps are J.shape[1], and step t is J[:, t].",
    ("range(J.shape[1])", "range(len(J))"),
    (MULTIPLY, "product = product @ J[t]"),
    ("products[:, t] =", "products[t] ="),
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

jacobian_products.read_at(
    {
        "vanishing#eq-two-jacobians": (
            "order-reversed",
            "entry-by-entry",
            "sum-for-product",
        ),
    }
)
