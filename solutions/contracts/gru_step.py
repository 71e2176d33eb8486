"""Contracts of `gru_step` and `gru_step_after`, one step of the GRU with the reset before and after the product.

unrolled-canary-bff2f62d9556
"""

import numpy as np

from solutions import gru
from solutions.contracts.contract import Arguments, Contract, Function, Property, Sizes, Special
from solutions.contracts.drawing import normal
from solutions.contracts.gated import SMALL, away_from_zero, kernels, mixes_rows, state

READ = "Cho et al. 2014, the gated recurrent unit"
READ_AFTER = "the GRU of cuDNN, PyTorch and Keras, with the reset after the product"


def draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    """x, h and the parameters of one step."""
    return {
        "x": normal(rng, sizes.batch, sizes.inputs, dtype=dtype),
        "h": state(rng, sizes, dtype),
        **kernels(rng, sizes, dtype, blocks=3),
    }


def _draw_after(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {**draw(rng, sizes, dtype), "bn": away_from_zero(rng, sizes.hidden, dtype)}


def _specials(draw):
    def saturating(rng: np.random.Generator) -> Arguments:
        arguments = draw(rng, SMALL, np.float64)
        return {**arguments, "x": 1e4 * arguments["x"]}

    def from_zero(rng: np.random.Generator) -> Arguments:
        arguments = draw(rng, SMALL, np.float64)
        return {**arguments, "h": np.zeros_like(arguments["h"])}

    return Special("saturated", saturating, forbid_overflow=True), Special("zero state", from_zero)


def _properties(draw, read):
    def does_not_keep(function: Function, rng: np.random.Generator) -> bool:
        arguments = draw(rng, SMALL, np.float64)
        b = arguments["b"].copy()
        b[:2] = 60  # hidden is 2: the update gate's block, far into saturation
        h_next, _ = function(*{**arguments, "b": b}.values())
        return not np.allclose(h_next, arguments["h"], rtol=1e-4, atol=2e-5)

    def mixes(function: Function, rng: np.random.Generator) -> bool:
        return mixes_rows(function, draw(rng, SMALL, np.float64), ("x", "h"), states=1)

    return (
        Property("does-not-keep", "with z = 1 the state must not change.", does_not_keep, read),
        Property("mixes-rows", "each row of the batch has to depend on that row alone.", mixes, read),
    )


gru_step = Contract(
    reference=gru.gru_step,
    outputs=("h_next", "cache"),
    read=READ,
    draw=draw,
    parts=("shapes", "values", "edges", "property"),
    specials=_specials(draw),
    properties=_properties(draw, READ),
)

gru_step_after = Contract(
    reference=gru.gru_step_after,
    outputs=("h_next", "cache"),
    read=READ_AFTER,
    draw=_draw_after,
    parts=("shapes", "values", "edges", "property"),
    specials=_specials(_draw_after),
    properties=_properties(_draw_after, READ_AFTER),
)


@gru_step.variant
def kernels_of_each_gate(x, h, W, U, b):
    def sigmoid(a):
        return 0.5 * (1 + np.tanh(0.5 * a))

    W_z, W_r, W_n = np.split(W, 3, axis=1)
    U_z, U_r, U_n = np.split(U, 3, axis=1)
    b_z, b_r, b_n = np.split(b, 3)
    z = sigmoid(x @ W_z + h @ U_z + b_z)
    r = sigmoid(x @ W_r + h @ U_r + b_r)
    n = np.tanh(x @ W_n + (r * h) @ U_n + b_n)
    h_next = z * h + (1 - z) * n
    return h_next, (x, h, z, r, n)


@gru_step.variant
def input_product_first(x, h, W, U, b):
    from scipy.special import expit

    hidden = h.shape[1]
    a = x @ W + b
    gates = expit(a[:, : 2 * hidden] + h @ U[:, : 2 * hidden])
    z, r = gates[:, :hidden], gates[:, hidden:]
    n = np.tanh(a[:, 2 * hidden :] + (h * r) @ U[:, 2 * hidden :])
    return n + z * (h - n), {"gates": gates, "n": n}


@gru_step.variant
def concatenated_kernel(x, h, W, U, b):
    hidden = h.shape[1]
    K = np.vstack([U, W])
    a = np.hstack([h, x]) @ K[:, : 2 * hidden] + b[: 2 * hidden]
    z, r = np.split(np.exp(-np.logaddexp(0, -a)), 2, axis=1)
    n = np.tanh(np.hstack([r * h, x]) @ K[:, 2 * hidden :] + b[2 * hidden :])
    return h - (1 - z) * (h - n), None


@gru_step.variant
def einsum_over_blocks(x, h, W, U, b):
    V = U.reshape(len(U), 3, -1)
    a = np.einsum("bd,dkh->kbh", x, W.reshape(len(W), 3, -1)) + b.reshape(3, 1, -1)
    z, r = 0.5 + 0.5 * np.tanh(0.5 * (a[:2] + np.einsum("bj,jkh->kbh", h, V[:, :2])))
    n = np.tanh(a[2] + np.einsum("bj,bj,jh->bh", r, h, V[:, 2]))
    return np.multiply(z, h) + np.multiply(1 - z, n), [z, r, n]


@gru_step.variant
def loop_over_batch(x, h, W, U, b):
    hidden = h.shape[1]
    h_next = np.empty_like(h)
    for k in range(len(x)):
        a_z, a_r, a_n = (W.T @ x[k] + b).reshape(3, -1)
        z = 0.5 * (1 + np.tanh(0.5 * (a_z + U[:, :hidden].T @ h[k])))
        r = 0.5 * (1 + np.tanh(0.5 * (a_r + U[:, hidden : 2 * hidden].T @ h[k])))
        h_next[k] = z * h[k] + (1 - z) * np.tanh(a_n + U[:, 2 * hidden :].T @ (r * h[k]))
    return h_next, (x, h)


gru_step.rewrite("update-by-difference", ("z * h + (1 - z) * n", "n + z * (h - n)"))

KERNELS = ("U_z, U_r, U_n =", "W_z, W_r, W_n =", "b_z, b_r, b_n =")
Z, R = "x @ W_z + h @ U_z + b_z", "x @ W_r + h @ U_r + b_r"


def _reordered(order: str) -> tuple[tuple[str, str], ...]:
    return tuple((k, ", ".join(f"{k[0]}_{block}" for block in order) + " =") for k in KERNELS)


# Mistakes that both places of the reset share: in the gates and in the update.
for contract in (gru_step, gru_step_after):
    if contract is gru_step_after:

        @contract.variant
        def kernels_of_each_gate_after(x, h, W, U, b, bn):
            def sigmoid(a):
                return 0.5 * (1 + np.tanh(0.5 * a))

            W_z, W_r, W_n = np.split(W, 3, axis=1)
            U_z, U_r, U_n = np.split(U, 3, axis=1)
            b_z, b_r, b_n = np.split(b, 3)
            z = sigmoid(x @ W_z + h @ U_z + b_z)
            r = sigmoid(x @ W_r + h @ U_r + b_r)
            n = np.tanh(x @ W_n + b_n + r * (h @ U_n + bn))
            h_next = z * h + (1 - z) * n
            return h_next, (x, h, z, r, n)
