"""The reference of `tuning`, against PyTorch, pandas, SciPy and examples that were worked out by hand."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import kstest

from solutions.reference import tuning

RNG = np.random.default_rng(7)


def test_rates_grow_by_a_constant_factor():
    assert np.allclose(tuning.range_test_rates(1e-3, 1e2, 6), [1e-3, 1e-2, 1e-1, 1, 10, 100])


def test_the_smoothed_loss_is_that_of_pandas():
    losses = RNG.uniform(0, 3, 30)
    theirs = pd.Series(losses).ewm(alpha=0.2, adjust=True).mean()
    assert np.allclose(tuning.smoothed(losses, 0.8), theirs)


def test_the_update_before_a_large_loss_made_it():
    rates, losses = np.array([1, 2, 3, 4, 5, 6]), np.array([4, 2, 1, 3, 5, 2.0])
    assert tuning.limit_rate(rates, losses, 0.0, 4) == 4
    assert tuning.limit_rate(rates, losses, 0.0, 2.5) == 3
    assert tuning.limit_rate(rates, losses, 0.0, 5) == 6


@pytest.mark.parametrize("end", [np.nan, np.inf])
def test_a_loss_that_is_no_number_has_run_away(end):
    assert tuning.limit_rate(np.arange(1, 6), np.array([3, 2, 2, end, end]), 0.9, 4) == 3


def test_the_schedule_is_that_of_pytorch():
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=2.0)
    rising = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1 / 5, total_iters=4)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20, eta_min=0.1)
    both = torch.optim.lr_scheduler.SequentialLR(optimizer, [rising, falling], milestones=[4])
    theirs = []
    for _ in range(25):
        theirs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        both.step()
    assert np.allclose(tuning.rate_schedule(25, 5, 2.0, 0.1), theirs)


def test_a_schedule_without_either_part():
    assert np.allclose(tuning.rate_schedule(4, 4, 2.0, 0.1), [0.5, 1, 1.5, 2])
    assert np.allclose(tuning.rate_schedule(2, 0, 2.0, 0.0), [1, 0])


@pytest.mark.parametrize(
    ("losses", "patience", "gain", "wanted"),
    [
        ([5, 4, 3, 2], 2, 0.0, (3, 3)),
        ([5, 4, 6, 6, 1], 2, 0.0, (3, 1)),
        ([5, 4, 6, 3, 6, 6, 6], 3, 0.0, (6, 3)),
        ([5, 4.5, 4, 3.5, 3], 2, 1.0, (2, 0)),
        ([5, 4, 4, 4, 0], 3, 0.0, (4, 4)),
        ([5, np.nan, 4, np.nan, np.nan], 2, 0.0, (4, 2)),
    ],
)
def test_early_stopping_by_hand(losses, patience, gain, wanted):
    assert tuning.early_stopping(np.array(losses), patience, gain) == wanted


def test_settings_of_uniform_draws_have_their_distributions():
    rates, units, chosen = tuning.random_settings(RNG.random((4000, 3)), 1e-5, 1e-1, 4, 9, [0.5, 0.0, 0.25])
    assert kstest((np.log10(rates) + 5) / 4, "uniform").pvalue > 1e-6
    for values, count in ((units, 6), (chosen, 3)):
        _, often = np.unique(values, return_counts=True)
        assert len(often) == count
        assert np.allclose(often / 4000, 1 / count, atol=5.5 * (1 / count / 4000) ** 0.5)
    assert tuning.random_settings(np.array([[0.5, 0.0, 1 - 2**-40]]), 1.0, 100.0, 4, 9, [0.5, 0.0, 0.25]) == (
        pytest.approx(10),
        4,
        0.25,
    )
