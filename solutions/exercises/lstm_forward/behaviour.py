"""The behavioural questions of the assignment `lstm-forward`: LSTMs whose gates are set by hand.

unrolled-canary-7e15c9a04d3b
"""

from __future__ import annotations

import numpy as np

from solutions.judging.by_hand import ByHand, Fault
from unrolled.data import tasks

SURE = 0.5  # how far from 0 the state has to be where it says a sign
SHUT = 0.1  # how near to 0 where it says nothing
COUNT_ERROR = 0.1

LATCH = ByHand(
    "latch",
    tasks.latch,
    lambda h, c, y: np.where(y == 0, np.abs(h) <= SHUT, h * y >= SURE),
    (
        Fault("the state has to stay near 0 until something is written", "the input gate", lambda X, y: y == 0),
        Fault(
            f"right after a writing the state has to have the sign of the new value, and be {SURE} away from 0",
            "the forget gate, the candidate or the output gate at that step",
            lambda X, y: X[..., 1] == 1,
        ),
        Fault("what was written is lost later on", "a gate that is not quite open or not quite shut"),
    ),
)
COUNTER = ByHand(
    "counter",
    tasks.counting,
    lambda h, c, y: np.abs(c - y) <= COUNT_ERROR,
    (
        Fault(
            "after a reset the cell state has to be 0",
            "the forget or the input gate at a reset",
            lambda X, y: X[..., 1] == 1,
        ),
        Fault("the cell state is not the number of events", "a gate or a candidate that is not quite 0 or 1"),
    ),
)
PARITY = ByHand(
    "parity",
    tasks.parity,
    lambda h, c, y: np.where(y == 1, h >= SURE, h <= SHUT),
    (
        Fault(
            "it goes wrong at the first one, or before",
            "what the gates do where h is still 0",
            lambda X, y: np.cumsum(X[..., 0], axis=1) <= 1,
        ),
        Fault("it goes wrong after the first one", "how the gates see h through U"),
    ),
)
judge_latch, judge_counter, judge_parity = LATCH.judge, COUNTER.judge, PARITY.judge
