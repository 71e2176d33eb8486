"""Contract of `stack_forward`, layers of the plain cell on top of each other.

unrolled-canary-bfb86b5a66a8
"""

import numpy as np

from solutions.exercises.rnn_cell.forward import list_of_states as rnn_forward
from solutions.judging import kit
from solutions.reference import deep

READ = "deep-and-bidirectional#eq-deep-stack"


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """X, the parameters of two to four layers as wide as X, and the masks between them."""
    layers = [
        kit.cell(rng, kit.Sizes(1, 1, sizes.hidden, sizes.hidden, 1), dtype) for _ in range(2 + sizes.outputs % 3)
    ]
    masks = np.where(rng.random((len(layers) - 1, sizes.batch, sizes.hidden)) < 0.3, 0, 1 / 0.7)
    return {
        "X": kit.normal(rng, sizes.batch, sizes.steps, sizes.hidden, dtype=dtype),
        **{name: np.stack([layer[name] for layer in layers]) for name in ("W", "U", "b")},
        "masks": masks.astype(dtype),
    }


def _one_layer(rng: np.random.Generator) -> kit.Arguments:
    X, *weights, masks = draw(rng, kit.Sizes(3, 4, 2, 5, 2), np.float64).values()
    return dict(zip(("X", "W", "U", "b", "masks"), (X, *(one[:1] for one in weights), masks[:0]), strict=True))


stack_forward = kit.Contract(
    reference=deep.stack_forward,
    outputs=kit.near("Hs", "last"),
    read=READ,
    parts=kit.of_arrays(draw, kit.Special("one layer", _one_layer)),
    rules=(kit.causality_rule(draw),),
)


WORDS = {
    "Hs": "the states of a layer",
    "below": "what a layer reads",
    "last": "the last states",
    "zeros": "the initial state",
    "W": "the input kernels",
    "U": "the recurrent kernels",
    "b": "the biases",
    "k": "the layer",
}


@stack_forward.derivation(words=WORDS)
def layer_by_layer(X, W, U, b, masks):
    zeros = np.zeros((len(X), X.shape[2]))
    below, last = X, []
    for k in range(len(W)):
        Hs = rnn_forward(below, zeros, W[k], U[k], b[k])[0]  #: eq-deep-stack
        last.append(Hs[:, -1])
        if k < len(masks):
            below = Hs * masks[k][:, None]
    return Hs, np.stack(last)


@stack_forward.variant
def step_by_step(X, W, U, b, masks):
    L, H = b.shape
    h = [np.zeros((X.shape[0], H)) for _ in range(L)]
    top = []
    for t in range(X.shape[1]):
        below = X[:, t]
        for k in range(L):
            h[k] = np.tanh(below @ W[k] + h[k] @ U[k] + b[k])
            below = h[k] * masks[k] if k < L - 1 else h[k]
        top.append(h[-1])
    return np.stack(top, axis=1), np.array(h)


@stack_forward.variant
def first_layer_apart(X, W, U, b, masks):
    h0 = np.zeros((len(X), U.shape[1]))
    Hs = rnn_forward(X, h0, W[0], U[0], b[0])[0]
    last = [Hs[:, -1]]
    for W_k, U_k, b_k, mask in zip(W[1:], U[1:], b[1:], masks, strict=True):
        Hs = rnn_forward(Hs * mask[:, np.newaxis], h0, W_k, U_k, b_k)[0]
        last.append(Hs[:, -1])
    return Hs, np.array(last)


@stack_forward.variant
def masked_on_the_way_up(X, W, U, b, masks):
    last, into = np.zeros((len(W), len(X), X.shape[-1])), X
    for k, parameters in enumerate(zip(W, U, b, strict=True)):
        Hs = rnn_forward(into, 0 * last[0], *parameters)[0]
        last[k] = Hs[:, -1, :]
        into = np.einsum("bth,bh->bth", Hs, masks[k]) if k < len(masks) else None
    return Hs, last


@stack_forward.variant
def from_the_top_down(X, W, U, b, masks):
    def states(k):
        if k < 0:
            return X, []
        below, last = states(k - 1)
        into = below * np.expand_dims(masks[k - 1], 1) if k else below
        Hs = rnn_forward(into, np.zeros_like(X[:, 0], dtype=float), W[k], U[k], b[k])[0]
        return Hs, [*last, Hs[:, -1]]

    Hs, last = states(len(W) - 1)
    return Hs, np.stack(last, axis=0)


@stack_forward.variant
def mask_in_the_kernel(X, W, U, b, masks):
    # A row of W is multiplied by the mask of its unit: one kernel for each sequence.
    Hs, last = X, []
    for k in range(len(W)):
        kernel = W[k][None] * (masks[k - 1][:, :, None] if k else np.ones((len(X), 1, 1)))
        h, made = np.zeros(X[:, 0].shape), []
        for t in range(X.shape[1]):
            h = np.tanh(np.einsum("bi,bij->bj", Hs[:, t], kernel) + h @ U[k] + b[k])
            made.append(h)
        Hs = np.stack(made, axis=1)
        last.append(h)
    return Hs, np.stack(last)


stack_forward.rewrite(
    "mask-by-choice",
    (
        "        if k < len(masks):\n            below = Hs * masks[k][:, None]\n",
        "        below = Hs * (masks[k][:, None] if k < len(masks) else 1)\n",
    ),
)
stack_forward.rewrite("last-by-index", ("Hs[:, -1]", "Hs[:, X.shape[1] - 1]"))


@stack_forward.misconception(
    "Each layer reads what the layer below had at the step before. It reads the state of the same step, which is made "
    "first."
)
def one_step_late_for_each_layer(X, W, U, b, masks):
    h = np.zeros((len(W), len(X), X.shape[2]))
    top = []
    for t in range(X.shape[1]):
        below = [X[:, t], *(h[:-1] * masks)]
        h = np.array([np.tanh(below[k] @ W[k] + h[k] @ U[k] + b[k]) for k in range(len(W))])
        top.append(h[-1])
    return np.stack(top, axis=1), h


stack_forward.mistakes(
    """
    every-layer-reads-X: Every layer reads X. From the second on, each reads the states of the layer below.
        rnn_forward(below, → rnn_forward(X,
    reads-X-too: X is added to what each layer reads. From the second on it reads the states of the layer below alone.
        below = Hs * masks[k][:, None] → below = Hs * masks[k][:, None] + X
    residual-connection: What a layer reads is added to its states: a residual connection. Here is none.
        Hs = rnn_forward → Hs = below + rnn_forward
    residual-connection-in-front-of-a-layer: What a layer reads is added to what the next one reads: a residual
      connection. Here is none.
        below = Hs * → below = below + Hs *
    first-layer-for-all: Every layer computes with the first one's weights. Layer k has W[k], U[k], b[k].
        W[k], U[k], b[k] → W[0], U[0], b[0]
    layers-turned-round: The layers stand upside down: the last one's weights come first.
        W[k], U[k], b[k] → W[-1 - k], U[-1 - k], b[-1 - k]
    begins-where-the-layer-below-ended: A layer begins with the last state of the layer below. Each begins with zeros.
        rnn_forward(below, zeros, → rnn_forward(below, last[-1] if last else zeros,
    masks-one-layer-too-low: The masks lie one layer too low: the first multiplies X. It lies between the first
      layer and the second.
        rnn_forward(below, → rnn_forward(below * masks[k][:, None] if k < len(masks) else below,
        below = Hs * masks[k][:, None] → below = Hs
    masked-last-states: The last states come back masked. A mask multiplies what the layer above reads, and no more.
        last.append(Hs[:, -1]) → Hs = Hs * masks[k][:, None] if k < len(masks) else Hs; last.append(Hs[:, -1])
        below = Hs * masks[k][:, None] → below = Hs
    top-masked: The states of the top layer are masked, too. Masks lie between layers.
        return Hs, → return Hs * masks[-1:].sum(axis=0)[:, None] if len(masks) else Hs,
    masks-left-out: The masks are left out. Layer k reads the states of layer k − 1 times masks[k − 1].
        Hs * masks[k][:, None] → Hs
    same-mask-for-all-layers: Every layer gets the first mask. Layer k has masks[k − 1].
        masks[k] → masks[0]
    masks-as-zero-and-one: What the mask lets through is not scaled. The masks hold the scale: multiply by them.
        masks[k][:, None] → (masks[k][:, None] > 0)
    mask-piles-up: The masks of all layers below are multiplied together. Each acts once.
        masks[k][:, None] → masks[: k + 1].prod(axis=0)[:, None]
    mask-without-the-step: A mask is (B, H) and the states are (B, T, H). Give it an axis for the steps: mask[:, None].
        masks[k][:, None] → masks[k]
    mask-at-the-first-step-alone: The mask acts at the first step alone. It acts at every step.
        below = Hs * masks[k][:, None] → below = np.concatenate([Hs[:, :1] * masks[k][:, None], Hs[:, 1:]], axis=1)
    first-sequences-mask: Every sequence gets the mask of the first one. Each has its own.
        masks[k][:, None] → masks[k][:1, None]
    last-sequence-for-the-last-step: Hs[-1] is the last sequence. The last step of each is Hs[:, -1].
        Hs[:, -1] → Hs[-1]
    first-states: You return the first state of each layer. The last is Hs[:, -1].
        Hs[:, -1] → Hs[:, 0]
    batch-before-the-layers: The layers stand behind the batch. They come first: (L, B, H).
        np.stack(last) → np.stack(last, axis=1)
    last-states-side-by-side: The last states are joined side by side. np.stack makes an axis for the layers.
        np.stack(last) → np.concatenate(last, axis=1)
    backwards: The layers are gone through from the top down. Begin with layer 0.
    begins-with-step-1-k: The loop leaves out the first layer: it begins with 1.
    begins-with-step-1-k-2: The loop leaves out the first layer: it begins with 1.
    last-step-left-out-k: The loop leaves out the top layer.
    returned-in-the-loop: The return stands inside the loop: only one layer is computed. Indent it less.
    in-reverse-last: The last states stand in reverse order. The lowest layer comes first.
    last-entry-alone-last: You return the last state of the top layer alone. That of each layer is asked for.
    added-up-last: The last states are added up. Each entry is that of its layer alone.
    made-too-early-last-Hs-below: You keep what a layer has read, below, in the place of its last state.
    made-too-early-below-Hs: A layer reads what the layer below has read, and not its states.
    made-too-early-below-Hs-X: The next layer reads X, masked, in the place of the states of the layer below.
    made-too-early-Hs-below: You return what the top layer reads in the place of its states.
    made-too-early-Hs-X: You return X in the place of the states of the top layer.
    other-index-Hs-k-0: Every layer has the first one's input kernel. Layer k has W[k].
    other-index-Hs-k-0-2: Every layer has the first one's recurrent kernel. Layer k has U[k].
    other-index-Hs-k-0-3: Every layer has the first one's bias. Layer k has b[k].
    first-layer-returned: You return the states of the first layer. Those of the top are asked for.
        return Hs, → return rnn_forward(X, zeros, W[0], U[0], b[0])[0],
    """
)
