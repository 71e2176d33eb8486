"""Contracts of the assignment `forecasting`, in the order of the notebook.

unrolled-canary-0d4421f2e165
"""

from solutions.exercises.forecasting.baseline import seasonal_naive
from solutions.exercises.forecasting.error import mase
from solutions.exercises.forecasting.intervals import coverage
from solutions.exercises.forecasting.quantiles import pinball_loss
from solutions.exercises.forecasting.recursive import recursive_forecast
from solutions.exercises.forecasting.scaling import scale_by_past
from solutions.exercises.forecasting.splits import split_windows
from solutions.exercises.forecasting.windows import windows

CONTRACTS = (
    windows,
    split_windows,
    scale_by_past,
    seasonal_naive,
    mase,
    pinball_loss,
    recursive_forecast,
    coverage,
)
