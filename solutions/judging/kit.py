"""All that a contract is written with, under one roof.

unrolled-canary-0e5f7b38c6d1
"""

from solutions.judging.cases import SMALL, loss_at_the_end, loss_at_the_start, of_any_shape, saturated, with_zero
from solutions.judging.contract import Contract, Rule, Variant
from solutions.judging.derivation import Function
from solutions.judging.drawing import at_the_end, cell, eighths, labels, normal, ragged_mask, readout_of_one
from solutions.judging.families import ARRAYS, names
from solutions.judging.gated import away_from_zero, kernels, mixes_rows, state
from solutions.judging.parts import (
    Arguments,
    Given,
    Part,
    Sizes,
    Special,
    of_arrays,
    of_gradients,
    of_values,
    with_work,
)
from solutions.judging.rules.causality import causality_rule
from solutions.judging.rules.derived import derivation_rule
from solutions.judging.rules.descent import descent_rule
from solutions.judging.rules.gradient import gradient_rule
from unrolled.checking.outputs import exact, near, opaque, statistic, text, work
from unrolled.checking.probes import Probe

__all__ = [
    "ARRAYS",
    "SMALL",
    "Arguments",
    "Contract",
    "Function",
    "Given",
    "Part",
    "Probe",
    "Rule",
    "Sizes",
    "Special",
    "Variant",
    "at_the_end",
    "away_from_zero",
    "causality_rule",
    "cell",
    "derivation_rule",
    "descent_rule",
    "eighths",
    "exact",
    "gradient_rule",
    "kernels",
    "labels",
    "loss_at_the_end",
    "loss_at_the_start",
    "mixes_rows",
    "names",
    "near",
    "normal",
    "of_any_shape",
    "of_arrays",
    "of_gradients",
    "of_values",
    "opaque",
    "ragged_mask",
    "readout_of_one",
    "saturated",
    "state",
    "statistic",
    "text",
    "with_work",
    "with_zero",
    "work",
]
