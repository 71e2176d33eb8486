"""Contract of `count_parameters`.

unrolled-canary-fd8e41b07a36
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import rnn


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return {"inputs": sizes.inputs, "hidden": sizes.hidden, "outputs": sizes.outputs}


count_parameters = kit.Contract(
    reference=rnn.count_parameters,
    outputs=kit.near("count"),
    read="rnn-cell#eq-parameter-count",
    parts=kit.of_values(
        _draw, kit.Special("large sizes", lambda rng: {"inputs": 300, "hidden": 512, "outputs": 10_000})
    ),
)


@count_parameters.derivation(
    words={"inputs": "D", "hidden": "H", "outputs": "K"},
    # The larger of two sizes is one of them.
    without=("larger-of-the-terms-the-cell-readout-head", "larger-of-the-terms-cell-the-input-kernel-s-D-H"),
)
def cell_and_head(inputs, hidden, outputs):
    #: eq-parameter-count: the input kernel's D H + the recurrent kernel's H² + the cell's bias H
    cell = inputs * hidden + hidden**2 + hidden
    head = hidden * outputs + outputs  #: eq-parameter-count: the head kernel's H K + the head's bias K
    return cell + head  #: eq-parameter-count: the cell + the readout head


@count_parameters.derivation()
def counted(inputs, hidden, outputs):
    shapes = [(inputs, hidden), (hidden, hidden), (hidden,), (hidden, outputs), (outputs,)]
    return sum(int(np.prod(shape)) for shape in shapes)


@count_parameters.derivation()
def factored(inputs, hidden, outputs):
    return hidden * (inputs + hidden + 1) + outputs * (hidden + 1)


CELL = "inputs * hidden + hidden**2 + hidden"
count_parameters.rewrite("dot-product", (CELL, "np.dot([inputs, hidden, 1], [hidden] * 3)"))
count_parameters.rewrite("unit-by-unit", (CELL, "sum(inputs + hidden + 1 for _ in range(hidden))"))

count_parameters.mistakes(
    """
    no-biases: Both biases are missing: H numbers in the cell and K in the head.
        hidden**2 + hidden → hidden**2
        hidden * outputs + outputs → hidden * outputs
    another-value-cell-hidden-inputs-3: The recurrent kernel is counted as D². It leads from H units to H units: H².
    term-twice-cell-the-s-bias-H: You count two biases in the cell, as PyTorch stores them. The equation has one: they
      only ever appear as a sum.
    """
)
