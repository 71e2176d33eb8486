"""Contracts of `lstm_from_torch` and `lstm_to_torch`: weights from PyTorch's layout and to it.

unrolled-canary-03cd473b0207
"""

import numpy as np
import torch

from solutions.judging import kit
from solutions.reference import lstm, pytorch_cells

READ = "pytorch#eq-torch-layout"
WORDS = {"weight_ih": "PyTorch's input kernel", "weight_hh": "PyTorch's recurrent kernel", "W": "the input kernel"}
WORDS |= {"bias_ih": "the bias beside the input", "bias_hh": "the bias beside the state", "U": "the recurrent kernel"}
WORDS |= {"b": "the bias"}


def _draw_torch(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    own = kit.kernels(rng, sizes, dtype, blocks=4)
    biases = {name: kit.away_from_zero(rng, 4 * sizes.hidden, dtype) for name in ("bias_ih", "bias_hh")}
    return {"weight_ih": own["W"].T.copy(), "weight_hh": own["U"].T.copy(), **biases}


def _draw_own(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return kit.kernels(rng, sizes, dtype, blocks=4)


def _steps(own: tuple[np.ndarray, ...], theirs: tuple[np.ndarray, ...], rng: np.random.Generator) -> bool:
    # Whether a step with one's own weights and PyTorch's step with its own give the same.
    x, h, c = (rng.standard_normal((3, len(array))) for array in (own[0], own[1], own[1]))
    tensors = [torch.tensor(np.asarray(array, dtype=np.float64)) for array in (x, h, c, *theirs)]
    x_t, h_t, c_t, *weights = tensors
    found = [one.numpy() for one in torch.lstm_cell(x_t, (h_t, c_t), *weights)]
    wanted = lstm.lstm_step(x, h, c, *(np.asarray(array, dtype=np.float64) for array in own))[:2]
    return all(np.allclose(a, b, rtol=1e-4, atol=2e-5) for a, b in zip(found, wanted, strict=True))


def _another_cell(function: kit.Function, rng: np.random.Generator) -> bool:
    theirs = tuple(_draw_torch(rng, kit.SMALL, np.float64).values())
    return not _steps(function(*(array.copy() for array in theirs)), theirs, rng)


def _another_of_torch(function: kit.Function, rng: np.random.Generator) -> bool:
    own = tuple(_draw_own(rng, kit.SMALL, np.float64).values())
    return not _steps(own, function(*(array.copy() for array in own)), rng)


SAME = "your cell computes with your weights what torch.lstm_cell computes with PyTorch's."
lstm_from_torch = kit.Contract(
    reference=pytorch_cells.lstm_from_torch,
    outputs=kit.near("W", "U", "b"),
    read=READ,
    parts=kit.of_arrays(_draw_torch),
    rules=(kit.Rule("another-cell", SAME, _another_cell, READ),),
)
lstm_to_torch = kit.Contract(
    reference=pytorch_cells.lstm_to_torch,
    outputs=kit.near("weight_ih", "weight_hh", "bias_ih", "bias_hh"),
    read=READ,
    parts=kit.of_arrays(_draw_own),
    rules=(kit.Rule("another-cell", SAME, _another_of_torch, READ),),
)


# Of weights there is no batch.
ROWS = [
    f"{family}-{made}" for family in ("first-row-for-all", "mean-over-batch") for made in ("W-weight_ih", "U-weight_hh")
]


@lstm_from_torch.derivation(words=WORDS, without=ROWS)
def transposed_and_added(weight_ih, weight_hh, bias_ih, bias_hh):
    W = weight_ih.T.copy()  #: eq-torch-layout
    U = weight_hh.T.copy()  #: eq-torch-layout
    b = bias_ih + bias_hh  #: eq-torch-layout-sum: the bias beside the input + the bias beside the state
    return W, U, b


@lstm_from_torch.derivation()
def block_by_block(weight_ih, weight_hh, bias_ih, bias_hh):
    W = np.concatenate([block.T for block in np.split(weight_ih, 4)], axis=1)
    U = np.concatenate([block.T for block in np.split(weight_hh, 4)], axis=1)
    b = np.add(bias_ih, bias_hh)
    return W, U, b


@lstm_from_torch.variant
def axes_moved(weight_ih, weight_hh, bias_ih, bias_hh):
    W, U = (np.array(np.swapaxes(one, 0, 1)) for one in (weight_ih, weight_hh))
    return W, U, np.sum([bias_ih, bias_hh], axis=0)


@lstm_from_torch.variant
def through_tensors(weight_ih, weight_hh, bias_ih, bias_hh):
    kernels = [torch.tensor(one).t().contiguous().numpy() for one in (weight_ih, weight_hh)]
    return *kernels, (torch.tensor(bias_ih) + torch.tensor(bias_hh)).numpy()


@lstm_from_torch.variant
def filled(weight_ih, weight_hh, bias_ih, bias_hh):
    W, U = np.zeros(weight_ih.shape[::-1]), np.zeros(weight_hh.shape[::-1])
    W[:], U[:] = weight_ih.T, weight_hh.T
    b = bias_ih.copy()
    b += bias_hh
    return [W, U, b]


BLOCKS = "Both have the blocks in the order i, f, g, o (PyTorch's GRU is another matter): leave them as they stand."
lstm_from_torch.mistakes(
    """
    bias-of-the-state-lost: PyTorch has two biases, and both act: add bias_hh to bias_ih.
        bias_ih + bias_hh → bias_ih.copy()
    bias-of-the-input-lost: PyTorch has two biases, and both act: add bias_ih to bias_hh.
        bias_ih + bias_hh → bias_hh.copy()
    mean-of-the-biases: You take the mean of the two biases. They act as their sum.
        bias_ih + bias_hh → (bias_ih + bias_hh) / 2
    biases-side-by-side: You join the two biases. They are added: b is (4H,).
        bias_ih + bias_hh → np.concatenate([bias_ih, bias_hh])
    not-transposed-at-all: PyTorch keeps kernels transposed, (4H, D) and (4H, H). Here rows are what comes in.
        weight_ih.T.copy() → weight_ih.copy()
        weight_hh.T.copy() → weight_hh.copy()
    reshaped: You reshape the kernels, which mixes their entries. Transpose them.
        weight_ih.T.copy() → weight_ih.copy().reshape(weight_ih.shape[::-1])
        weight_hh.T.copy() → weight_hh.copy().reshape(weight_hh.shape[::-1])
    recurrent-kernel-reshaped: You reshape U, which mixes its entries. Transpose it.
        weight_hh.T.copy() → weight_hh.copy().reshape(weight_hh.shape[::-1])
    each-block-transposed: You transpose each block of U within (4H, H) and join them below each other. The whole is
      transposed, and the blocks come to stand side by side.
        weight_hh.T.copy() → np.concatenate([block.T for block in np.split(weight_hh, 4)])
    kernels-taken-for-each-other: W and U are taken for each other. weight_ih meets the input, weight_hh the state.
        return W, U, b → return U, W, b
    """
)
ORDERS = (0, 1, 3, 2), (1, 0, 2, 3)


def _other_orders(contract: kit.Contract, axis: str, kernels: tuple[str, str], biases: tuple[str, ...]) -> None:
    for order in ORDERS:
        name = ", ".join("ifgo"[j] for j in order)
        blocks = f"k = np.r_[tuple(np.split(np.arange(len(b)), 4)[j] for j in {order})]"
        wrong = [*(f"{kernel}[{axis}]" for kernel in kernels), *(f"{bias}[k]" for bias in biases)]
        contract.slip(
            f"blocks-{name.replace(', ', '-')}",
            f"You bring the blocks into the order {name}. {BLOCKS}",
            (f"return {', '.join([*kernels, *biases])}", f"b = {biases[0]}; {blocks}; return {', '.join(wrong)}"),
        )


_other_orders(lstm_from_torch, ":, k", ("W", "U"), ("b",))


@lstm_to_torch.derivation(
    words=WORDS, without=[f"{family}-weight_ih-W" for family in ("first-row-for-all", "mean-over-batch")]
)
def transposed_and_split(W, U, b):
    weight_ih = W.T.copy()  #: eq-torch-layout
    weight_hh = U.T.copy()  #: eq-torch-layout
    bias_ih = b.copy()  #: eq-torch-layout
    bias_hh = np.zeros_like(b)  #: eq-torch-layout
    return weight_ih, weight_hh, bias_ih, bias_hh


@lstm_to_torch.derivation()
def gate_by_gate(W, U, b):
    weight_ih = np.concatenate([block.T for block in np.split(W, 4, axis=1)])
    weight_hh = np.concatenate([block.T for block in np.split(U, 4, axis=1)])
    return weight_ih, weight_hh, np.copy(b), np.zeros(b.shape)


@lstm_to_torch.variant
def both_moved(W, U, b):
    weight_ih, weight_hh = (np.array(np.swapaxes(one, 0, 1)) for one in (W, U))
    return weight_ih, weight_hh, np.array(b), np.zeros(len(b))


@lstm_to_torch.variant
def through_torch(W, U, b):
    kernels = [torch.tensor(one).t().contiguous().numpy() for one in (W, U)]
    return *kernels, torch.tensor(b).numpy(), torch.zeros(len(b)).numpy()


@lstm_to_torch.variant
def by_filling(W, U, b):
    weight_ih, weight_hh = np.zeros(W.shape[::-1]), np.zeros(U.shape[::-1])
    for k in range(len(b)):
        weight_ih[k], weight_hh[k] = W[:, k], U[:, k]
    biases = np.stack([b, np.zeros_like(b)])
    return [weight_ih, weight_hh, biases[0], biases[1]]


lstm_to_torch.mistakes(
    """
    bias-in-both: b stands in both biases, so that it acts twice. Give it to bias_ih, and zeros to bias_hh.
        np.zeros_like(b) → b.copy()
    bias-in-halves: Half of b stands in each of the two. They act alike, but b in bias_ih and zeros in bias_hh is asked
      for, so that the way back is exact.
        bias_ih = b.copy() → bias_ih = b / 2
        np.zeros_like(b) → b / 2
    bias-beside-the-state: b stands in bias_hh and zeros in bias_ih. It acts alike; asked for is the other way round.
        bias_ih = b.copy() → bias_ih = 0 * b
        np.zeros_like(b) → b.copy()
    bias-subtracted-again: bias_hh takes b away again: no bias is left. Give it zeros.
        np.zeros_like(b) → -b
    not-transposed-at-all: PyTorch keeps kernels transposed, (4H, D) and (4H, H): their rows are the units of the gates.
        W.T.copy() → W.copy()
        U.T.copy() → U.copy()
    reshaped: You reshape the kernels, which mixes their entries. Transpose them.
        W.T.copy() → W.copy().reshape(W.shape[::-1])
        U.T.copy() → U.copy().reshape(U.shape[::-1])
    recurrent-kernel-reshaped: You reshape U, which mixes its entries. Transpose it.
        U.T.copy() → U.copy().reshape(U.shape[::-1])
    kernels-taken-for-each-other: W and U are taken for each other. weight_ih meets the input, weight_hh the state.
        return weight_ih, weight_hh → return weight_hh, weight_ih
    """
)
_other_orders(lstm_to_torch, "k", ("weight_ih", "weight_hh"), ("bias_ih", "bias_hh"))
