"""Windows, relative inputs and quantile nets of the page on forecasting."""

import numpy as np
import pytest
import torch
from sklearn.metrics import mean_pinball_loss

from unrolled.lab import forecasting


def test_windows_end_where_their_targets_begin():
    one = forecasting.cut(torch.arange(10.0), 3, (1, 4))
    assert len(one) == 10 - 3 - 4 + 1
    assert one.X[2].tolist() == [2, 3, 4] and one.Y[2].tolist() == [5, 8] and one.origins[2] == 5
    assert one.of(one.origins > 5).origins.tolist() == [6]


@pytest.mark.parametrize("level", [False, True])
def test_answers_go_back_to_values(level):
    one = forecasting.cut(torch.randn(30, dtype=torch.float64), 5, (1, 2))
    relative = forecasting.Relative(centre=3.0, scale=2.0, level=level)
    assert relative.inputs(one).shape == (len(one), 5, 1 + level)
    back = relative.values(relative.targets(one)[..., None], one)[..., 0]
    torch.testing.assert_close(back, one.Y)


def test_an_untrained_net_says_as_today():
    one = forecasting.cut(torch.randn(40), 5, (1, 3))
    relative = forecasting.Relative(0.0, 1.0, level=True)
    net = forecasting.Net("GRU", 2, 4, 2)
    said = relative.values(forecasting.answers(net, relative.inputs(one)), one)
    torch.testing.assert_close(said, one.X[:, -1:, None].expand_as(said))


def test_the_loss_is_scikit_learns():
    y, said = torch.randn(20, 2), torch.randn(20, 2, 3)
    wanted = [
        mean_pinball_loss(y[:, k], said[:, k, j], alpha=forecasting.LEVELS[j]) for k in range(2) for j in range(3)
    ]
    assert float(forecasting.pinball(said, y)) == pytest.approx(np.mean(wanted), rel=1e-5)


def test_training_learns_quantiles_and_keeps_the_best_on_validation():
    torch.manual_seed(0)
    X, Y = torch.randn(1500, 3, 1), torch.randn(1500, 1)
    net = forecasting.Net("RNN", 1, 4, 1)
    best = forecasting.fit(net, (X[:1000], Y[:1000]), (X[1000:], Y[1000:]), 300, 0.03, 0)
    with torch.no_grad():
        assert float(forecasting.pinball(net(X[1000:]), Y[1000:])) == pytest.approx(best, rel=1e-4)
    said = forecasting.answers(net, X[1000:])
    assert (said.diff(dim=-1) >= 0).all()
    inside = ((Y[1000:, :, None] > said[..., :1]) & (Y[1000:, :, None] < said[..., 2:])).double().mean()
    assert 0.7 < inside < 0.9
