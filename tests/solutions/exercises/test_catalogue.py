"""The catalogue: a process that judges loads what its tests need, and no framework beside it."""

import subprocess
import sys

import pytest

from solutions.exercises.catalogue import packages_of

PROGRAM = """
import sys
import {imported}
from solutions.exercises.catalogue import contract_of
from solutions.judge import judge, load_for
load_for(["{function}"])
judge(contract_of("{function}").reference, "{function}", "values", "key")  # of the last assignment that is loaded
print(*(name for name in ("torch", "keras") if name in sys.modules))
print(*(name.split(".")[2] for name in sys.modules if name.startswith("solutions.exercises.") and "_cells." in name))
"""


@pytest.mark.parametrize(
    ("imported", "function", "assignments"),
    [
        ("numpy", "rnn_two_ways", {"fast_cells"}),
        pytest.param("torch", "lstm_from_torch", {"pytorch_cells"}, marks=pytest.mark.slow),
    ],
)
def test_a_judge_loads_no_framework_that_its_assignment_does_without(imported, function, assignments):
    program = PROGRAM.format(imported=imported, function=function)
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True)
    frameworks, loaded = done.stdout.split("\n")[:2]
    assert frameworks.split() == [name for name in [imported] if name != "numpy"]
    assert set(loaded.split()) == assignments


def test_the_packages_of_an_assignment_are_its_notebooks():
    assert packages_of("gru") == ["numpy"]
    assert packages_of("keras-cells") == ["numpy", "torch", "keras"]
