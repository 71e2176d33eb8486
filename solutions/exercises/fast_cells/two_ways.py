"""Contract of `rnn_two_ways`, the plain cell from both ends with T + 1 products.

unrolled-canary-bae7b28d71b5
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import fast

READ = "sequences#eq-bidirectional"


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """X (time first), then the parameters of the forward direction and those of the backward one."""
    arguments = {"X": kit.normal(rng, sizes.steps, sizes.batch, sizes.inputs, dtype=dtype)}
    for direction in "fb":
        arguments |= {f"{name}_{direction}": value for name, value in kit.cell(rng, sizes, dtype).items()}
    return arguments


rnn_two_ways = kit.Contract(
    reference=fast.rnn_two_ways,
    outputs=(*kit.near("Hs"), kit.work()),
    read=READ,
    parts=kit.with_work(draw, kit.of_arrays(draw)),
    probe=kit.Probe(
        "counted",
        {
            "outputs": 1,
            "sizes": {"T": [0, 0], "B": [0, 1], "D": [0, 2], "H": [2, 0]},
            "least": 16,
            "products": "T + 1",
            "calls": "10 T + 40",
            "bytes": "256 T B H + 16 T B D + 256 B H + 64 D H + 128 H H + 2048",
        },
    ),
)

WORDS = {
    "sums": "the input's sums of both directions, in the order in which they are read",
    "U": "both recurrent kernels",
    "h": "both states",
    **{f"W_{k}": f"the {name} direction's input kernel" for k, name in (("f", "forward"), ("b", "backward"))},
    **{f"U_{k}": f"the {name} direction's recurrent kernel" for k, name in (("f", "forward"), ("b", "backward"))},
    **{f"b_{k}": f"the {name} direction's bias" for k, name in (("f", "forward"), ("b", "backward"))},
}


# All zeros, as where nothing comes in: the work alone does not tell the two apart.
@rnn_two_ways.derivation(words=WORDS, without=("not-carried-Hs-1-t-n",))
def stacked_kernels(X, W_f, U_f, b_f, W_b, U_b, b_b):
    T, B, D = X.shape
    n = len(U_f)
    W, b = np.concatenate([W_f, W_b], axis=1), np.concatenate([b_f, b_b])
    A = (X.reshape(T * B, D) @ W + b).reshape(T, B, 2 * n)  #: making-it-fast#eq-fast-calls
    sums = np.stack([A[:, :, :n], A[::-1, :, n:]], axis=1)  #: eq-sees-right
    U = np.stack([U_f, U_b])
    h = np.zeros((2, B, n))
    Hs = np.zeros((T, B, 2 * n))
    for t in range(T):
        h = np.tanh(sums[t] + h @ U)  #: rnn-cell#eq-rnn-step: what comes in + what is carried
        Hs[t, :, :n] = h[0]  #: eq-sees-left
        Hs[T - 1 - t, :, n:] = h[1]  #: eq-bidirectional
    return Hs


@rnn_two_ways.variant
def one_large_kernel(X, W_f, U_f, b_f, W_b, U_b, b_b):
    B = X.shape[1]
    n = len(U_f)
    U = np.zeros((2 * n, 2 * n))
    U[:n, :n], U[n:, n:] = U_f, U_b
    A = np.tensordot(X, np.hstack([W_f, W_b]), axes=1) + np.hstack([b_f, b_b])
    A[:, :, n:] = A[::-1, :, n:].copy()
    states, h = [], np.zeros((B, 2 * n))
    for a in A:
        h = np.tanh(a + h @ U)
        states.append(h)
    out = np.stack(states)
    out[:, :, n:] = out[::-1, :, n:].copy()
    return out


@rnn_two_ways.variant
def by_einsum(X, W_f, U_f, b_f, W_b, U_b, b_b):
    T, B, _ = X.shape
    W, U, b = np.stack([W_f, W_b]), np.stack([U_f, U_b]), np.stack([b_f, b_b])
    A = np.einsum("tbd,kdh->ktbh", X, W)
    A += b[:, None, None]
    forward, backward = A[0], A[1][::-1]
    h, ahead, back = np.zeros((2, B, len(U_f))), [], []
    for t in range(T):
        h = np.einsum("kbi,kij->kbj", h, U)
        h[0] += forward[t]
        h[1] += backward[t]
        h = np.tanh(h)
        ahead.append(h[0])
        back.insert(0, h[1])
    return np.concatenate([np.array(ahead), np.array(back)], axis=2)


@rnn_two_ways.variant
def written_where_it_belongs(X, W_f, U_f, b_f, W_b, U_b, b_b):
    T, B, D = X.shape
    H = U_f.shape[1]
    A = np.dot(X.reshape(-1, D), np.concatenate((W_f, W_b), 1))
    A += np.concatenate((b_f, b_b))
    Hs = A.reshape(T, B, 2 * H)
    U, room, h = np.array([U_f, U_b]), np.empty((2, B, H)), np.zeros((2, B, H))
    for t in range(T):
        np.matmul(h, U, out=room)
        room[0] += Hs[t, :, :H]
        room[1] += Hs[T - 1 - t, :, H:]
        np.tanh(room, out=h)
        Hs[t, :, :H] = h[0]
        Hs[T - 1 - t, :, H:] = h[1]
    return Hs


CARRIED, SEPARATE = "sums[t] + h @ U", "sums[t] + np.stack([h[0] @ U_f, h[1] @ U_b])"
INPUT = "X.reshape(T * B, D) @ W + b"
TWO_INPUTS = "np.concatenate([X.reshape(T * B, D) @ W_f, X.reshape(T * B, D) @ W_b], axis=1) + b"
EACH_INPUT = "np.concatenate([np.stack([x @ k for x in X]).reshape(T * B, n) for k in (W_f, W_b)], axis=1) + b"
BACKWARD, STORED = "A[::-1, :, n:] → A[:, :, n:]", "Hs[T - 1 - t, :, n:] → Hs[t, :, n:]"
rnn_two_ways.mistakes(
    f"""
    two-products-a-step: Two products a step: each direction has its own. They do not wait for each other: stack both
      states, (2, B, H), and both kernels, (2, H, H); one @ serves both. [making-it-fast#eq-fast-calls]
        {CARRIED} → {SEPARATE}
    two-products-a-step-and-two-before: Two products a step, and two before the loop. Both directions read the same X:
      put both W side by side. And stack both states and both U: one @ serves both. [making-it-fast#eq-fast-calls]
        {CARRIED} → {SEPARATE}
        {INPUT} → {TWO_INPUTS}
    two-input-products: Two products before the loop. Both directions read the same X: put both W side by side.
      [making-it-fast#eq-fast-calls]
        {INPUT} → {TWO_INPUTS}
    four-products-a-step: Four products a step: each direction has its input product in the loop. Both read the same X:
      one product with both W side by side serves all steps and both ways. [making-it-fast#eq-fast-calls]
        {CARRIED} → {SEPARATE}
        {INPUT} → {EACH_INPUT}
    backward-states-as-they-come: The backward direction's states stand in the order in which they are made. Its first
      one belongs to the last step.
        {STORED}
    both-forwards: Both directions read X forwards. The second one begins at the last step.
        {BACKWARD}
    both-forwards-and-stored-forwards: Both directions read X forwards. The second one begins at the last step, and its
      first state belongs there.
        {BACKWARD}
        {STORED}
    """
)
