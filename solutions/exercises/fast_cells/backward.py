"""Contract of `lstm_fast_backward`, the LSTM's backward pass with T + 3 products.

unrolled-canary-5bba8faf2aa0
"""

import numpy as np

from solutions.exercises.fast_cells import forward
from solutions.judging import kit
from solutions.reference import fast

READ = "making-it-fast#eq-fast-stacked"


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """Gradients of all states and of the last cell state; what a forward pass stored; the kernels."""
    X, h0, c0, W, U, b = forward.draw(rng, sizes, dtype).values()
    stored = dict(zip("HCG", fast.lstm_fast(X, h0, c0, W, U, b), strict=True))
    dH = kit.normal(rng, sizes.steps, sizes.batch, sizes.hidden, dtype=dtype)
    dc_T = kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype)
    stored = {name: value.astype(dtype) for name, value in stored.items()}
    return {"dH": dH, "dc_T": dc_T, "X": X, **stored, "W": W, "U": U}


def _with_loss(first: bool) -> kit.Function:
    def special(rng: np.random.Generator) -> kit.Arguments:
        arguments = draw(rng, kit.Sizes(3, 5, 2, 4, 2), np.float64)
        arguments["dH"][slice(1, None) if first else slice(None, -1)] = 0
        arguments["dc_T"][:] = 0
        return arguments

    return special


lstm_fast_backward = kit.Contract(
    reference=fast.lstm_fast_backward,
    outputs=(*kit.near("dX", "dh0", "dc0", "dW", "dU", "db"), kit.work()),
    read=READ,
    parts=kit.with_work(
        draw,
        kit.of_gradients(
            draw,
            kit.Special("a loss at the first step only", _with_loss(first=True)),
            kit.Special("a loss at the last step only", _with_loss(first=False)),
        ),
    ),
    probe=kit.Probe(
        "counted",
        {
            "outputs": 6,
            "sizes": {"T": [0, 0], "B": [0, 1], "D": [2, 2], "H": [0, 2]},
            "least": 16,
            "products": "T + 3",
            "calls": "40 T + 40",
            "bytes": "400 T B H + 32 T B D + 256 B H + 128 D H + 128 H H + 2048",
        },
    ),
)

WORDS = {
    "dh": "what flows back into the hidden state",
    "dc": "what flows back into the cell state",
    "dH[t]": "the step's own gradient",
    "dA": "the gradients of the sums",
    "rows": "the gradients of the sums, of all steps",
    "q": "the squashed cell state",
    "i": "the input gate",
    "f": "the forget gate",
    "g": "the candidate",
    "o": "the output gate",
    "W": "the input kernel",
    "U": "the recurrent kernel",
}


# All zeros, which dX-zero says in plainer words.
@lstm_fast_backward.derivation(words=WORDS, without=("not-carried-dc-dA",))
def three_at_the_end(dH, dc_T, X, H, C, G, W, U):
    T, B, n = dH.shape
    dA = np.zeros((T, B, 4 * n))
    dh, dc = np.zeros((B, n)), dc_T
    for t in reversed(range(T)):
        i, f, g, o = np.split(G[t], 4, axis=1)
        q = np.tanh(C[t + 1])
        dh = dh + dH[t]  #: lstm-backward#eq-lstm-flows: what flows back from the later steps + the step's own dH
        dc = dc + dh * o * (1 - q**2)  #: lstm-backward#eq-lstm-d-cell: what flows back + what the hidden state adds
        dA[t, :, :n] = dc * g * i * (1 - i)  #: lstm-backward#eq-lstm-d-sum-input
        dA[t, :, n : 2 * n] = dc * C[t] * f * (1 - f)  #: lstm-backward#eq-lstm-d-sum-forget
        dA[t, :, 2 * n : 3 * n] = dc * i * (1 - g**2)  #: lstm-backward#eq-lstm-d-sum-candidate
        dA[t, :, 3 * n :] = dh * q * o * (1 - o)  #: lstm-backward#eq-lstm-d-sum-output
        dh = dA[t] @ U.T  #: lstm-backward#eq-lstm-d-state
        dc = dc * f  #: lstm-backward#eq-lstm-d-old-cell
    rows = dA.reshape(T * B, 4 * n)
    dX = (rows @ W.T).reshape(X.shape)  #: lstm-backward#eq-lstm-d-x
    dW = X.reshape(T * B, -1).T @ rows  #: eq-fast-stacked
    dU = H[:-1].reshape(T * B, n).T @ rows  #: eq-fast-stacked
    return dX, dh, dc, dW, dU, rows.sum(axis=0)


@lstm_fast_backward.variant
def slopes_before_the_loop(dH, dc_T, X, H, C, G, W, U):
    i, f, g, o = np.split(G, 4, axis=-1)
    q = np.tanh(C[1:])
    into_c = o * (1 - q * q)
    slopes = np.concatenate([g * i * (1 - i), C[:-1] * f * (1 - f), i * (1 - g * g), q * o * (1 - o)], axis=-1)
    dA, dh, dc = np.empty_like(G), 0, dc_T
    for t in range(len(dH) - 1, -1, -1):
        dh = dh + dH[t]
        dc = dc + dh * into_c[t]
        np.multiply(slopes[t], np.concatenate([dc, dc, dc, dh], axis=1), out=dA[t])
        dh, dc = dA[t] @ U.T, dc * f[t]
    dW, dU = np.einsum("tbd,tbk->dk", X, dA), np.einsum("tbh,tbk->hk", H[:-1], dA)
    return np.einsum("tbk,dk->tbd", dA, W), dh, dc, dW, dU, dA.sum(axis=(0, 1))


@lstm_fast_backward.variant
def a_list_of_steps(dH, dc_T, X, H, C, G, W, U):
    n = dH.shape[2]
    dh, dc, steps = np.zeros_like(dH[0]), dc_T, []
    for t in range(len(dH))[::-1]:
        i, f, g, o = (G[t][:, k * n : (k + 1) * n] for k in range(4))
        dh = dh + dH[t]
        q = np.tanh(C[t + 1])
        dc = dc + dh * o * (1 - q * q)
        steps.insert(
            0, np.hstack([dc * g * i * (1 - i), dc * C[t] * f * (1 - f), dc * i * (1 - g * g), dh * q * o * (1 - o)])
        )
        dh = np.dot(steps[0], U.T)
        dc = dc * f
    dA = np.concatenate(steps)
    dW, dU = np.dot(X.reshape(-1, X.shape[-1]).T, dA), np.dot(H[:-1].reshape(-1, n).T, dA)
    return np.dot(dA, W.T).reshape(X.shape), dh, dc, dW, dU, np.sum(dA, axis=0)


@lstm_fast_backward.variant
def by_tensordot(dH, dc_T, X, H, C, G, W, U):
    T, B, n = dH.shape
    dA = G * (1 - G)
    dA[..., 2 * n : 3 * n] = 1 - G[..., 2 * n : 3 * n] ** 2
    dh, dc, back = np.zeros((B, n)), dc_T.copy(), np.ascontiguousarray(U.T)
    for t in reversed(range(T)):
        i, f, g, o = np.split(G[t], 4, axis=1)
        dh += dH[t]
        q = np.tanh(C[t + 1])
        dc += dh * o * (1 - q**2)
        for block, factor in zip(np.split(dA[t], 4, axis=1), (dc * g, dc * C[t], dc * i, dh * q), strict=True):
            block *= factor
        np.matmul(dA[t], back, out=dh)
        dc *= f
    axes = ([0, 1], [0, 1])
    dW, dU = np.tensordot(X, dA, axes=axes), np.tensordot(H[:T], dA, axes=axes)
    return dA @ W.T, dh, dc, dW, dU, dA.sum(axis=(0, 1))


AT_THE_END = "X.reshape(T * B, -1).T @ rows"
OF_U = "H[:-1].reshape(T * B, n).T @ rows"
INPUTS, LATER = "(rows @ W.T).reshape(X.shape)", "np.stack([a @ W.T for a in dA])"
lstm_fast_backward.mistakes(
    f"""
    kernels-in-the-loop: Four products a step: the gradients of both kernels and of X stand inside the loop. They wait
      for nothing: store the gradients of the sums, and make each of the three in one product behind the loop.
        {INPUTS} → {LATER}
        {AT_THE_END} → sum(x.T @ a for x, a in zip(X, dA))
        {OF_U} → sum(h.T @ a for h, a in zip(H, dA))
    both-kernels-in-the-loop: Three products a step: the gradients of W and U stand inside the loop. They are sums over
      steps: store the gradients of the sums, and make each in one product behind the loop.
        {AT_THE_END} → sum(x.T @ a for x, a in zip(X, dA))
        {OF_U} → sum(h.T @ a for h, a in zip(H, dA))
    two-products-a-step: Two products a step. Only the one with U.T has to wait for the step t + 1: the gradients of
      W, of U and of X are one product each, behind the loop.
        {INPUTS} → {LATER}
    states-after-the-step: dU reads the states after each step. It reads those before it, H[:-1].
        H[:-1] → H[1:]
    cell-after-the-step: The forget gate multiplied the cell state before the step, C[t].
        dc * C[t] * f → dc * C[t + 1] * f
    cell-before-the-step: The tanh is that of the cell state after the step, C[t + 1].
        np.tanh(C[t + 1]) → np.tanh(C[t])
    """
)


@lstm_fast_backward.misconception(
    "Four products a step: the gates have products of their own. Side by side, their gradients (B, 4 H) times U.T are "
    "one product.",
    "making-it-fast#eq-fast-gates",
)
def a_product_for_each_gate(dH, dc_T, X, H, C, G, W, U):
    T, B, n = dH.shape
    Us = np.split(U, 4, axis=1)
    dA, dh, dc = np.zeros_like(G), np.zeros((B, n)), dc_T
    for t in reversed(range(T)):
        i, f, g, o = np.split(G[t], 4, axis=1)
        q = np.tanh(C[t + 1])
        dh = dh + dH[t]
        dc = dc + dh * o * (1 - q**2)
        each = dc * g * i * (1 - i), dc * C[t] * f * (1 - f), dc * i * (1 - g**2), dh * q * o * (1 - o)
        dA[t] = np.concatenate(each, axis=1)
        dh = sum(a @ kernel.T for a, kernel in zip(each, Us, strict=True))
        dc = dc * f
    rows = dA.reshape(T * B, 4 * n)
    dW, dU = X.reshape(T * B, -1).T @ rows, H[:-1].reshape(T * B, n).T @ rows
    return (rows @ W.T).reshape(X.shape), dh, dc, dW, dU, rows.sum(axis=0)
