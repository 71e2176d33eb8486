"""How many numbers a recurrent layer learns and how much it computes, by formula.

Cells: "rnn", "lstm", "gru" (reset before the product), "gru_after" (reset after it), with k = 1, 4, 3, 3 blocks.

FLOPs count a multiply-add as 2 and matrix products only. Biases, activations and products of gates are left out: they
grow with H, the products with H².

unrolled-canary-3bfd6b49d60c
"""

from typing import Literal

from unrolled.layouts import BLOCKS

Framework = Literal["own", "torch", "keras"]

# Bias numbers in units of H. PyTorch adds a bias to each of its two products, Keras only in the GRU that resets after.
BIASES: dict[str, dict[str, int]] = {
    "own": {"rnn": 1, "lstm": 4, "gru": 3, "gru_after": 4},
    "torch": {"rnn": 2, "lstm": 8, "gru_after": 6},
    "keras": {"rnn": 1, "lstm": 4, "gru": 3, "gru_after": 6},
}


def parameters(cell: str, inputs: int, hidden: int, framework: Framework = "own") -> int:
    """k(DH + H²) and the biases of one layer in one direction (eq-parameter-count, eq-parameter-count-blocks).

    Raises:
        ValueError: no such cell, or the framework lacks it.
    """
    if cell not in BIASES[framework]:
        raise ValueError(f"{framework} has no cell {cell!r}; it has {', '.join(BIASES[framework])}")
    return block_parameters(BLOCKS[cell], inputs, hidden, BIASES[framework][cell])


def block_parameters(blocks: int, inputs: int, hidden: int, biases: int) -> int:
    """k(DH + H²) + bH for any cell of k blocks with b bias vectors: a minimal gated unit has k = b = 2."""
    return blocks * hidden * (inputs + hidden) + biases * hidden


def stack_parameters(
    cell: str, inputs: int, hidden: int, layers: int, bidirectional: bool = False, framework: Framework = "own"
) -> int:
    """Sum over the layers: the first reads D inputs, each further one H, or 2H where there are two directions."""
    directions = 2 if bidirectional else 1
    widths = [inputs] + [directions * hidden] * (layers - 1)
    return directions * sum(parameters(cell, width, hidden, framework) for width in widths)


def step_flops(cell: str, batch: int, inputs: int, hidden: int) -> int:
    """2Bk(DH + H²), one step forward: x W and h U. Both places of the GRU's reset take the same (eq-flops)."""
    return 2 * batch * BLOCKS[cell] * hidden * (inputs + hidden)


def sequence_flops(cell: str, batch: int, steps: int, inputs: int, hidden: int, outputs: int = 0) -> int:
    """T steps forward, with a readout of K outputs at every step (eq-flops)."""
    return steps * (step_flops(cell, batch, inputs, hidden) + 2 * batch * hidden * outputs)


def training_flops(cell: str, batch: int, steps: int, inputs: int, hidden: int, outputs: int = 0) -> int:
    """Forward and backward: for each product A K forward, dA = dY Kᵀ and dK = Aᵀ dY backward, so three times as much.

    The gradients of the inputs and of the initial state are among them (eq-flops-backward).
    """
    return 3 * sequence_flops(cell, batch, steps, inputs, hidden, outputs)
