"""Contract of `count_parameters`.

unrolled-canary-fd8e41b07a36
"""

import numpy as np

from solutions.judging.contract import Contract
from solutions.judging.parts import Arguments, Sizes, Special, of_values
from solutions.reference import rnn
from unrolled.checking.outputs import near


def _draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {"inputs": sizes.inputs, "hidden": sizes.hidden, "outputs": sizes.outputs}


count_parameters = Contract(
    reference=rnn.count_parameters,
    outputs=near("count"),
    read="rnn-cell#eq-parameter-count",
    parts=of_values(_draw, Special("large sizes", lambda rng: {"inputs": 300, "hidden": 512, "outputs": 10_000})),
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


@count_parameters.misconception(
    "The sizes of the two kernels are multiplied. The kernels stand side by side: add DH and H²."
)
def kernels_multiplied(inputs, hidden, outputs):
    return inputs * hidden * hidden * hidden + hidden + hidden * outputs + outputs


@count_parameters.misconception("The recurrent kernel is counted as D². It leads from H units to H units: H².")
def square_of_the_inputs(inputs, hidden, outputs):
    return inputs * hidden + inputs * inputs + hidden + hidden * outputs + outputs


@count_parameters.misconception("The head is counted as if it read the inputs: DK. It reads the H units: HK.")
def head_on_the_inputs(inputs, hidden, outputs):
    return inputs * hidden + hidden * hidden + hidden + inputs * outputs + outputs


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


@count_parameters.variant
def summed_as_numbers_with_a_point(inputs, hidden, outputs):
    cell, head = (inputs + hidden + 1.0) * hidden, (hidden + 1.0) * outputs
    return int(cell + head)


@count_parameters.variant
def layer_by_layer(inputs, hidden, outputs):
    def dense(rows, columns, bias=True):
        return rows * columns + (columns if bias else 0)

    return dense(inputs, hidden) + dense(hidden, hidden, bias=False) + dense(hidden, outputs)


@count_parameters.variant
def from_a_table(inputs, hidden, outputs):
    table = {"W": inputs * hidden, "U": hidden**2, "b": hidden, "Wy": hidden * outputs, "by": outputs}
    total = 0
    for numbers in table.values():
        total += numbers
    return total


@count_parameters.variant
def unit_by_unit(inputs, hidden, outputs):
    units = sum(inputs + hidden + 1 for _ in range(hidden))
    return units + sum(hidden + 1 for _ in range(outputs))


@count_parameters.variant
def dot_product(inputs, hidden, outputs):
    return np.dot([inputs, hidden, 1, outputs], [hidden, hidden, hidden, hidden]) + outputs
