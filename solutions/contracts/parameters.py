"""Contract of `count_parameters`.

unrolled-canary-fd8e41b07a36
"""

import numpy as np

from solutions import rnn
from solutions.contracts.contract import Arguments, Contract, Sizes, Special


def _draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {"inputs": sizes.inputs, "hidden": sizes.hidden, "outputs": sizes.outputs}


count_parameters = Contract(
    reference=rnn.count_parameters,
    outputs=("count",),
    read="rnn-cell#eq-parameter-count",
    draw=_draw,
    parts=("values", "edges"),
    specials=(Special("large sizes", lambda rng: {"inputs": 300, "hidden": 512, "outputs": 10_000}),),
)


@count_parameters.misconception("The recurrent kernel U is missing: H² numbers.")
def recurrent_kernel_missing(inputs, hidden, outputs):
    return inputs * hidden + hidden + hidden * outputs + outputs


@count_parameters.misconception("The cell's bias is missing: H numbers.")
def cell_bias_missing(inputs, hidden, outputs):
    return inputs * hidden + hidden * hidden + hidden * outputs + outputs


@count_parameters.misconception("The readout head is missing: HK numbers in its kernel and K in its bias.")
def head_missing(inputs, hidden, outputs):
    return inputs * hidden + hidden * hidden + hidden


@count_parameters.misconception("The head's bias is missing: K numbers.")
def head_bias_missing(inputs, hidden, outputs):
    return inputs * hidden + hidden * hidden + hidden + hidden * outputs


@count_parameters.misconception(
    "You count two biases in the cell, as PyTorch stores them. The equation has one: they only ever appear as a sum."
)
def two_biases(inputs, hidden, outputs):
    return inputs * hidden + hidden * hidden + 2 * hidden + hidden * outputs + outputs


@count_parameters.misconception("Both biases are missing: H numbers in the cell and K in the head.")
def no_biases(inputs, hidden, outputs):
    return inputs * hidden + hidden * hidden + hidden * outputs


@count_parameters.variant
def factored(inputs, hidden, outputs):
    return hidden * (inputs + hidden + 1) + outputs * (hidden + 1)


@count_parameters.variant
def counted(inputs, hidden, outputs):
    shapes = [(inputs, hidden), (hidden, hidden), (hidden,), (hidden, outputs), (outputs,)]
    return sum(int(np.prod(shape)) for shape in shapes)


@count_parameters.variant
def through_arrays(inputs, hidden, outputs):
    kernel = np.ones((inputs + hidden + 1, hidden), dtype=np.int8)
    head = np.ones((hidden + 1, outputs), dtype=np.int8)
    return kernel.size + head.size
