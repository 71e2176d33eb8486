"""The reference of `sequence-autoencoder`, against PyTorch, scikit-learn, and the promise that a threshold makes."""

import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix

from solutions.reference import autoencoder

RNG = np.random.default_rng(4)
B, T, D, H = 4, 6, 2, 3
LENGTHS = np.array([6, 1, 4, 5])


def normal(*shape):
    return RNG.standard_normal(shape)


def torch_cell(W, U, b):
    cell = torch.nn.RNN(len(W), len(U), batch_first=True, dtype=torch.float64)
    state = {"weight_ih_l0": W.T, "weight_hh_l0": U.T, "bias_ih_l0": b, "bias_hh_l0": 0 * b}
    cell.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
    return cell


def test_the_code_is_the_last_state_of_a_packed_sequence():
    X, W, U, b = normal(B, T, D), normal(D, H), normal(H, H), normal(H)
    packed = torch.nn.utils.rnn.pack_padded_sequence(torch.tensor(X), LENGTHS, batch_first=True, enforce_sorted=False)
    _, last = torch_cell(W, U, b)(packed)
    assert np.allclose(autoencoder.encode_padded(X, LENGTHS, W, U, b), last[0].detach().numpy())


def test_the_decoder_reads_what_it_has_said():
    code, W, U, b, Wy, by = normal(1, H), normal(D, H), normal(H, H), normal(H), normal(H, D), normal(D)
    Y = autoencoder.decode_padded(code, np.array([T - 1]), T, W, U, b, Wy, by)
    assert np.array_equal(Y[0, -1], np.zeros(D))
    assert np.allclose(Y[0, T - 2], code[0] @ Wy + by)
    read = torch.tensor(Y[:, T - 2 : 0 : -1].copy())
    states, _ = torch_cell(W, U, b)(read, torch.tensor(code[None]))
    assert np.allclose(Y[0, T - 3 :: -1], states.detach().numpy()[0] @ Wy + by)


def test_loss_and_errors_are_torchs_over_real_entries():
    X, made = normal(B, T, D), torch.tensor(normal(B, T, D), requires_grad=True)
    real = torch.tensor(np.arange(T) < LENGTHS[:, None])
    wanted = torch.nn.functional.mse_loss(made[real], torch.tensor(X)[real])
    wanted.backward()
    loss, dY = autoencoder.reconstruction_loss(X, made.detach().numpy(), LENGTHS)
    assert loss == pytest.approx(wanted.item())
    assert np.allclose(dY, made.grad.numpy())
    errors = autoencoder.reconstruction_errors(X, made.detach().numpy(), LENGTHS)
    assert np.average(errors, weights=LENGTHS) == pytest.approx(loss)


def test_an_update_goes_down_torchs_gradient():
    X, rate = normal(B, T, D), 0.3
    shapes = (D, H), (H, H), (H,), (H, H), (H,), (H, D), (D,)
    weights = [torch.tensor(normal(*shape), requires_grad=True) for shape in shapes]
    W, U, b, Ud, bd, Wy, by = weights
    total = torch.zeros((), dtype=torch.float64)
    for x, n in zip(torch.tensor(X), LENGTHS, strict=True):
        h = torch.zeros(H, dtype=torch.float64)
        for t in range(n):
            h = torch.tanh(x[t] @ W + h @ U + b)
        for t in reversed(range(n)):
            total = total + ((h @ Wy + by - x[t]) ** 2).sum()
            h = torch.tanh(h @ Ud + bd)
    wanted = total / (LENGTHS.sum() * D)
    wanted.backward()
    plain = [one.detach().numpy() for one in weights]
    *new, loss = autoencoder.autoencoder_update(X, LENGTHS, *plain, rate)
    assert loss == pytest.approx(wanted.item())
    for made, one in zip(new, weights, strict=True):
        assert np.allclose(made, one.detach().numpy() - rate * one.grad.numpy())


@pytest.mark.parametrize(("count", "rate"), [(19, 0.05), (37, 0.1), (100, 0.25)])
def test_new_normal_scores_are_above_the_threshold_as_often_as_stated(count, rate):
    draws = 20_000
    scores = RNG.gamma(2, 1, (draws, count + 1))
    thresholds = np.array([autoencoder.alarm_threshold(row[:-1], rate) for row in scores])
    share = np.mean(scores[:, -1] > thresholds)
    # Exactly ⌊(N + 1) rate⌋ / (N + 1), and five standard deviations of what is drawn.
    wanted = np.floor((count + 1) * rate + 1e-9) / (count + 1)
    assert abs(share - wanted) <= 5 * np.sqrt(wanted / draws)


def test_too_few_scores_promise_nothing():
    assert autoencoder.alarm_threshold(normal(18), 0.05) == np.inf
    assert np.isfinite(autoencoder.alarm_threshold(normal(19), 0.05))


def test_rates_are_those_of_a_confusion_matrix():
    scores, labels = np.round(normal(50), 1), RNG.integers(0, 2, 50)
    matrix = confusion_matrix(labels, scores > 0.3, normalize="true")
    assert autoencoder.alarm_rates(scores, labels, 0.3) == pytest.approx(tuple(matrix[:, 1]))


def test_of_none_the_rate_is_zero():
    assert autoencoder.alarm_rates(np.ones(3), np.zeros(3, dtype=int), 0.5) == (1, 0)
