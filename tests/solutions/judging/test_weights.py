"""A student's weights are taken as arrays of the shapes that were asked for, or refused by name."""

import numpy as np
import pytest

from solutions.judging.weights import weights_of
from unrolled.checking.check import CheckFailed


def net(**other):
    return list(
        (
            {"W": np.ones((2, 8)), "U": np.ones((4, 8)), "b": np.ones(8), "Wy": np.ones((4, 1)), "by": np.ones(1)}
            | other
        ).values()
    )


def test_a_bias_of_one_row_is_taken():
    taken = weights_of(net(b=np.ones((1, 8)), by=np.ones((1, 1))), "train", inputs=2, most=9, part="solved", blocks=2)
    assert [array.shape for array in taken] == [(2, 8), (4, 8), (8,), (4, 1), (1,)]


def test_a_head_has_as_many_outputs_as_are_asked_for():
    whole = net(Wy=np.ones((4, 7)), by=np.ones(7))
    taken = weights_of(whole, "train", inputs=2, outputs=7, most=9, part="solved", blocks=2)
    assert [array.shape for array in taken[-2:]] == [(4, 7), (7,)]
    with pytest.raises(CheckFailed, match=r"Wy \(H, 6\), by \(6,\)"):
        weights_of(whole, "train", inputs=2, outputs=6, most=9, part="solved", blocks=2)


@pytest.mark.parametrize(
    "other", [{"b": np.ones((8, 1))}, {"b": np.ones((2, 8))}, {"Wy": np.ones(4)}, {"W": np.ones((1, 8))}]
)
def test_weights_of_other_shapes_are_refused_by_name(other):
    with pytest.raises(CheckFailed, match=f"{next(iter(other))} does not fit"):
        weights_of(net(**other), "train", inputs=2, most=9, part="solved", blocks=2)
