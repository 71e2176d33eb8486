"""The reference of `forecasting`, against pandas, scikit-learn, PyTorch and examples that were worked out by hand."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import mean_pinball_loss
from sklearn.preprocessing import StandardScaler

from solutions.reference import forecasting

RNG = np.random.default_rng(3)


@pytest.mark.parametrize(("length", "horizon"), [(3, 2), (1, 1), (2, 5), (9, 3)])
def test_windows_are_shifted_columns(length, horizon):
    series = RNG.standard_normal((12, 2))
    X, Y = forecasting.windows(series, length, horizon)
    frame = pd.DataFrame(series)
    lagged = pd.concat([frame.shift(length - j) for j in range(length)], axis=1)
    ahead = pd.concat([frame[0].shift(-k) for k in range(horizon)], axis=1)
    whole = pd.concat([lagged, ahead], axis=1).dropna().to_numpy()
    assert np.array_equal(np.concatenate([X.reshape(len(X), -1), Y], axis=1), whole)


def test_a_split_by_hand():
    parts = forecasting.split_windows(12, 3, 2, 6, 9)
    assert [part.tolist() for part in parts] == [[0, 1], [3, 4], [6, 7]]


def test_no_target_is_in_two_parts_and_no_window_that_fits_is_lost():
    steps, length, horizon, valid, test = 40, 5, 3, 20, 31
    parts = forecasting.split_windows(steps, length, horizon, valid, test)
    bounds = ((0, valid), (valid, test), (test, steps))
    for n in range(steps - length - horizon + 1):
        targets = set(range(n + length, n + length + horizon))
        for part, (low, high) in zip(parts, bounds, strict=True):
            assert (n in part) == (targets <= set(range(low, high)))


def test_a_scale_is_scikit_learns_of_the_past():
    series = RNG.standard_normal((20, 3)) * [1, 5, 0] + [0, 2, 7]
    series[15:, 2] = 9
    scaler = StandardScaler().fit(series[:15])
    scaled, mean, sd = forecasting.scale_by_past(series, 15)
    assert np.allclose(scaled, scaler.transform(series))
    assert np.allclose(mean, scaler.mean_)
    assert np.allclose(sd, scaler.scale_)


def test_the_last_season_comes_again():
    assert forecasting.seasonal_naive(np.array([9, 1, 2, 3]), 3, 7).tolist() == [1, 2, 3, 1, 2, 3, 1]
    assert forecasting.seasonal_naive(np.array([9, 1, 2, 3]), 1, 2).tolist() == [3, 3]


def test_seasonal_naive_has_an_error_of_one_within_the_history():
    history = RNG.standard_normal(50)
    assert forecasting.mase(history[7:], history[:-7], history, 7) == pytest.approx(1)


def test_a_mase_by_hand():
    # Errors 1 and 3; differences over a season of two: 2, 2, 4.
    found = forecasting.mase(np.array([5, 6]), np.array([4, 9]), np.array([1, 2, 3, 4, 7]), 2)
    assert found == pytest.approx(2 / (8 / 3))


def test_the_pinball_loss_is_scikit_learns_and_its_gradient_pytorchs():
    y, forecast, levels = RNG.standard_normal(6), RNG.standard_normal((6, 3)), np.array([0.1, 0.5, 0.9])
    loss, gradient = forecasting.pinball_loss(y, forecast, levels)
    each = [mean_pinball_loss(y, forecast[:, j], alpha=level) for j, level in enumerate(levels)]
    assert loss == pytest.approx(np.mean(each))
    leaf = torch.tensor(forecast, requires_grad=True)
    error = torch.tensor(y)[:, None] - leaf
    torch.maximum(torch.tensor(levels) * error, (torch.tensor(levels) - 1) * error).mean().backward()
    assert np.allclose(gradient, leaf.grad.numpy())


def test_a_net_that_reads_its_forecasts_is_pytorchs():
    torch.manual_seed(1)
    cell, head = torch.nn.RNN(1, 4, batch_first=True).double(), torch.nn.Linear(4, 1).double()
    history = torch.randn(3, 6, dtype=torch.float64)
    with torch.no_grad():
        states, h = cell(history[..., None])
        made = [head(states[:, -1])]
        for _ in range(4):
            states, h = cell(made[-1][:, None], h)
            made.append(head(states[:, -1]))
    weights = [cell.weight_ih_l0.T, cell.weight_hh_l0.T, cell.bias_ih_l0 + cell.bias_hh_l0, head.weight.T, head.bias]
    found = forecasting.recursive_forecast(history.numpy(), 5, *(one.detach().numpy() for one in weights))
    assert np.allclose(found, torch.cat(made, dim=1).numpy())


def test_the_ends_of_an_interval_belong_to_it():
    y, low, high = np.array([1.0, 2.0, 3.5, 0.0]), np.array([1.0, 1.0, 1.0, 1.0]), np.array([2.0, 2.0, 3.0, 4.0])
    assert forecasting.coverage(y, low, high) == (0.5, 1.75)
