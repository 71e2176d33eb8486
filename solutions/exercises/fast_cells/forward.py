"""Contract of `lstm_fast`, the LSTM's forward pass with T + 1 products.

unrolled-canary-97018aa638e8
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import fast

READ = "making-it-fast#eq-fast-gates"


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """X (time first), h0, c0 and the parameters of one layer."""
    X = kit.normal(rng, sizes.steps, sizes.batch, sizes.inputs, dtype=dtype)
    c0 = kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype)
    return {"X": X, "h0": kit.state(rng, sizes, dtype), "c0": c0, **kit.kernels(rng, sizes, dtype, blocks=4)}


lstm_fast = kit.Contract(
    reference=fast.lstm_fast,
    outputs=(*kit.near("H", "C", "G"), kit.work()),
    read=READ,
    parts=kit.with_work(draw, kit.of_arrays(draw, kit.saturated(draw), kit.with_zero(draw, "h0", "c0"))),
    probe=kit.Probe(
        "counted",
        {
            "outputs": 3,
            "sizes": {"T": [0, 0], "B": [0, 1], "D": [0, 2], "H": [1, 1]},
            "least": 16,
            "products": "T + 1",
            "calls": "32 T + 32",
            "bytes": "240 T B H + 128 B H + 32 D H + 32 H H + 1024",
        },
    ),
)

WORDS = {
    "H": "the hidden states",
    "C": "the cell states",
    "G": "the gates",
    "a": "the sums of one step",
    "room": "the recurrent product",
    "i": "the input gate",
    "f": "the forget gate",
    "g": "the candidate",
    "o": "the output gate",
}


# A tanh that leaves the buffer as it is: that an overflowing one overflows says more, and it has no other name.
@lstm_fast.derivation(
    words=WORDS, without=("naive-tanh-i-f-g-o", "another-value-i-f-g-o-h0-5", "another-value-i-f-g-o-c0-5")
)
def one_buffer(X, h0, c0, W, U, b):
    def sigmoid(a):
        a *= 0.5
        np.tanh(a, out=a)
        a *= 0.5
        a += 0.5
        return a

    T, B, D = X.shape
    n = len(U)
    G = X.reshape(T * B, D) @ W  #: eq-fast-calls
    G += b  #: lstm#eq-lstm-sums
    G = G.reshape(T, B, 4 * n)
    H, C = np.zeros((T + 1, B, n)), np.zeros((T + 1, B, n))
    H[0], C[0] = h0, c0
    room = np.zeros((B, 4 * n))
    for t in range(T):
        a = G[t]
        a += np.matmul(H[t], U, out=room)  #: eq-fast-gates
        i, f, g, o = np.split(a, 4, axis=1)  #: lstm#eq-lstm-blocks
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g, out=g), sigmoid(o)  #: lstm#eq-lstm-step
        C[t + 1] = f * C[t] + i * g  #: lstm#eq-lstm-cell: what is kept of the old cell state + what is new
        H[t + 1] = o * np.tanh(C[t + 1])  #: lstm#eq-lstm-hidden
    return H, C, G


@lstm_fast.variant
def lists_of_states(X, h0, c0, W, U, b):
    T, B, D = X.shape
    A = np.dot(X.reshape(-1, D), W).reshape(T, B, -1)
    A += b
    h, c = h0, c0
    hs, cs = [h], [c]
    for a in A:
        a += h @ U
        n = a.shape[1] // 4
        a[:, : 2 * n] = 1 / (1 + np.exp(-a[:, : 2 * n]))
        a[:, 3 * n :] = 1 / (1 + np.exp(-a[:, 3 * n :]))
        a[:, 2 * n : 3 * n] = np.tanh(a[:, 2 * n : 3 * n])
        c = a[:, n : 2 * n] * c + a[:, :n] * a[:, 2 * n : 3 * n]
        h = a[:, 3 * n :] * np.tanh(c)
        hs.append(h)
        cs.append(c)
    return np.stack(hs), np.stack(cs), A


@lstm_fast.variant
def everything_in_place(X, h0, c0, W, U, b):
    T, B, _ = X.shape
    n = U.shape[0]
    G = np.einsum("tbd,dk->tbk", X, W)
    np.add(G, b, out=G)
    H = np.empty((T + 1, B, n), dtype=G.dtype)
    C = np.empty_like(H)
    H[0] = h0
    C[0] = c0
    room, u = np.empty((B, 4 * n), dtype=G.dtype), np.empty((B, n), dtype=G.dtype)
    for t in range(T):
        np.matmul(H[t], U, out=room)
        G[t] += room
        for part in (G[t, :, : 2 * n], G[t, :, 3 * n :]):
            np.negative(part, out=part)
            np.exp(part, out=part)
            part += 1
            np.reciprocal(part, out=part)
        i, f, g, o = (G[t, :, k * n : (k + 1) * n] for k in range(4))
        np.tanh(g, out=g)
        np.multiply(f, C[t], out=C[t + 1])
        np.multiply(i, g, out=u)
        C[t + 1] += u
        np.tanh(C[t + 1], out=u)
        np.multiply(o, u, out=H[t + 1])
    return H, C, G


@lstm_fast.variant
def a_bias_row(X, h0, c0, W, U, b):
    T = len(X)
    n = len(U)
    XW = np.tensordot(X, W, axes=1)
    XW += b
    H, C = [h0], [c0]
    for t in range(T):
        a = XW[t]
        np.add(a, H[-1] @ U, out=a)
        half = 0.5 * a
        np.tanh(half, out=half)
        half += 1
        half *= 0.5
        half[:, 2 * n : 3 * n] = np.tanh(a[:, 2 * n : 3 * n])
        a[...] = half
        i, f, g, o = np.split(a, 4, axis=-1)
        C.append(f * C[-1] + i * g)
        H.append(o * np.tanh(C[-1]))
    return np.array(H), np.array(C), XW


@lstm_fast.misconception(
    "The input product stands inside the loop: two products a step. No input waits for a state, so one product serves "
    "all steps: read X as a matrix of T B rows, before the loop.",
    "making-it-fast#eq-fast-calls",
)
def input_product_in_the_loop(X, h0, c0, W, U, b):
    T, B, _ = X.shape
    n = len(U)
    H, C, G = np.zeros((T + 1, B, n)), np.zeros((T + 1, B, n)), np.zeros((T, B, 4 * n))
    H[0], C[0] = h0, c0
    for t in range(T):
        a = G[t]
        a += X[t] @ W + H[t] @ U + b
        a[...] = np.concatenate(
            [1 / (1 + np.exp(-a[:, : 2 * n])), np.tanh(a[:, 2 * n : 3 * n]), 1 / (1 + np.exp(-a[:, 3 * n :]))], axis=1
        )
        i, f, g, o = np.split(a, 4, axis=1)
        C[t + 1] = f * C[t] + i * g
        H[t + 1] = o * np.tanh(C[t + 1])
    return H, C, G


@lstm_fast.misconception(
    "Eight products a step: two for each of the four gates. The four kernels stand side by side in W and in U: one "
    "product makes all four blocks, and the one with W serves all steps at once.",
)
def eight_products_a_step(X, h0, c0, W, U, b):
    T, B, _ = X.shape
    n = len(U)
    Ws, Us, bs = np.split(W, 4, axis=1), np.split(U, 4, axis=1), np.split(b, 4)
    H, C, G = np.zeros((T + 1, B, n)), np.zeros((T + 1, B, n)), np.zeros((T, B, 4 * n))
    H[0], C[0] = h0, c0
    for t in range(T):
        i, f, g, o = (X[t] @ Ws[k] + H[t] @ Us[k] + bs[k] for k in range(4))
        i, f, g, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), np.tanh(g), 1 / (1 + np.exp(-o))
        C[t + 1] = f * C[t] + i * g
        H[t + 1] = o * np.tanh(C[t + 1])
        G[t] = np.concatenate([i, f, g, o], axis=1)
    return H, C, G


@lstm_fast.misconception(
    "The values are right, but arrays are made anew in every step: the sums, the gates, what is stored. Let the input "
    "product be the buffer: add into it with +=, and squash the gates where they stand, with out= or by assignment to "
    "a slice.",
    "making-it-fast#eq-fast-calls",
)
def new_arrays_in_each_step(X, h0, c0, W, U, b):
    T, B, D = X.shape
    A = (X.reshape(T * B, D) @ W + b).reshape(T, B, -1)
    h, c = h0, c0
    hs, cs, gates = [h], [c], []
    for t in range(T):
        i, f, g, o = np.split(A[t] + h @ U, 4, axis=1)
        i, f, g, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), np.tanh(g), 1 / (1 + np.exp(-o))
        c = f * c + i * g
        h = o * np.tanh(c)
        hs.append(h)
        cs.append(c)
        gates.append(np.concatenate([i, f, g, o], axis=1))
    return np.stack(hs), np.stack(cs), np.stack(gates)


@lstm_fast.misconception(
    "Too many calls: each sequence of the batch is gone through alone, or each gate in too many pieces. One call works "
    "on the whole batch, and on neighbouring gates: a[:, : 2 * H] are i and f.",
    "making-it-fast#eq-fast-call",
)
def gates_in_pieces(X, h0, c0, W, U, b):
    T, B, D = X.shape
    n = len(U)
    G = X.reshape(T * B, D) @ W
    G += b
    G = G.reshape(T, B, 4 * n)
    H, C = np.zeros((T + 1, B, n)), np.zeros((T + 1, B, n))
    H[0], C[0] = h0, c0
    for t in range(T):
        G[t] += H[t] @ U
        for row in range(B):
            for k in (0, 1, 3):
                gate = G[t, row, k * n : (k + 1) * n]
                gate *= 0.5
                np.tanh(gate, out=gate)
                gate *= 0.5
                gate += 0.5
            np.tanh(G[t, row, 2 * n : 3 * n], out=G[t, row, 2 * n : 3 * n])
        i, f, g, o = np.split(G[t], 4, axis=1)
        C[t + 1] = f * C[t] + i * g
        H[t + 1] = o * np.tanh(C[t + 1])
    return H, C, G


PRODUCT, INPUT = "np.matmul(H[t], U, out=room)", "X.reshape(T * B, D) @ W"
PIECES = "np.concatenate([H[t] @ kernel for kernel in np.split(U, 4, axis=1)], axis=1)"
INPUT_PIECES = "np.concatenate([X.reshape(T * B, D) @ kernel for kernel in np.split(W, 4, axis=1)], axis=1)"
lstm_fast.mistakes(
    f"""
    four-products-a-step: Four products a step, one for each gate. The four kernels stand side by side in U: one product
      h @ U makes all four blocks, and np.split takes them apart as views, which cost nothing.
        {PRODUCT} → {PIECES}
    four-kernels-everywhere: Four products a step, and four before the loop. The kernels stand side by side in W and in
      U: one product makes all four blocks.
        {INPUT} → {INPUT_PIECES}
        {PRODUCT} → {PIECES}
    four-input-products: Four products before the loop, one for each gate. The four kernels stand side by side in W.
        {INPUT} → {INPUT_PIECES}
    initial-states-ignored: Both initial states are ignored: your sequence starts from zeros in place of h0 and c0.
        H[0], C[0] = h0, c0 → H[0], C[0] = 0 * h0, 0 * c0
    nothing-carried: Every step starts from h0 and c0. Each step has to start from both states of the step before.
        matmul(H[t], U → matmul(H[0], U
        f * C[t] → f * C[0]
    sums-for-gates: G holds the sums. It has to hold the gates and the candidate, after sigmoid and tanh.
        return H, C, G → return H, C, S
        n = len(U) → n = len(U); S = np.zeros((T, B, 4 * n))
        i, f, g, o = np.split(a, 4, axis=1) → S[t] = a; i, f, g, o = np.split(a, 4, axis=1)
    """
)
