"""Nets that look at pictures, the captioner, and the autoencoder of days."""

import numpy as np
import pytest
import torch

from unrolled.data import digits
from unrolled.data.scenes import WIDE, scenes
from unrolled.lab import autoencoder, captions, images, translation


@pytest.fixture(autouse=True)
def same_luck():
    torch.manual_seed(1)


@pytest.mark.parametrize("cell", images.CELLS)
@pytest.mark.parametrize("both_ways", [False, True])
def test_a_reader_answers_from_its_last_states(cell, both_ways):
    net, X = images.Reader(cell, 3, 5, 4, both_ways), torch.randn(2, 6, 3)
    _, last = net.cell(X)
    last = last[0] if cell == "LSTM" else last
    torch.testing.assert_close(net(X), net.head(torch.cat(list(last), 1)))


def test_an_irnn_starts_by_adding_up():
    net = images.Reader("IRNN", 1, 4, 2)
    X = torch.rand(3, 7, 1)
    states, _ = net.cell(X)
    torch.testing.assert_close(states, (X * net.cell.weight_ih_l0[:, 0]).cumsum(1).clamp(min=0))


def test_an_lstm_starts_with_forget_gates_that_are_open():
    net = images.Reader("LSTM", 1, 50, 2)
    biases = (net.cell.bias_ih_l0 + net.cell.bias_hh_l0).unflatten(0, (4, 50)).mean(1)
    assert biases[1] > 0.8 and biases[[0, 2, 3]].abs().max() < 0.2


def test_units_are_chosen_by_size():
    units = images.hidden_for(lambda H: images.Reader("LSTM", 8, H, 10), 2500)
    assert abs(images.weights_of(images.Reader("LSTM", 8, units, 10)) - 2500) < 150


def test_training_learns_and_is_the_same_for_the_same_seed():
    train = digits.part("train")
    X, y = torch.tensor(train.images[:200]).float(), torch.tensor(train.classes[:200])
    scores = []
    for _ in range(2):
        torch.manual_seed(2)
        net = images.Convolver(8, (4, 8), 10)
        images.fit(net, X, y, 60, 0.02, seed=1)
        scores.append(images.accuracy(net, X, y))
    assert scores[0] == scores[1] > 0.6


@pytest.mark.parametrize("cell", ["GRU", "LSTM"])
def test_a_captioner_writes_step_by_step_what_it_says_at_once(cell):
    made = scenes(digits.part("train"), 20, np.random.default_rng(1))
    letters = captions.letters_of(made.captions)
    net = captions.Captioner(WIDE, len(letters.target), 12, cell).eval()
    X, y = torch.tensor(made.pictures).float(), letters.targets([list(one) for one in made.captions])
    q, steps = net.encode(X)[2], []
    for t in range(y.shape[1]):
        logits, q = net.step(y[:, t : t + 1], q)
        steps.append(logits)
    torch.testing.assert_close(torch.cat(steps, 1), net(X, y))
    row, _ = translation.beam(net, X[:1], 1, captions.LONGEST, 0.0)
    assert letters.target.text(row) == captions.written(net, letters, X[:1])[0]


def test_each_right_caption_is_taken_and_no_other():
    made = scenes(digits.part("train"), 30, np.random.default_rng(1))
    for pick in (min, max):
        assert all(captions.right([" ".join(pick(ways)) for ways in made.right], made.right))
    assert not any(captions.right(["a a"] * 30, made.right))


def test_what_an_autoencoder_writes_comes_from_its_code_alone():
    net = autoencoder.Autoencoder(2, 6, 3)
    X = torch.randn(4, 5, 2)
    torch.testing.assert_close(net(X), net.decode(net.encode(X), 5))
    assert net.encode(X).shape == (4, 3)
    later = net.decode(net.encode(X), 8)
    torch.testing.assert_close(later[:, -5:], net(X))  # it begins with the last step


def test_an_autoencoder_learns():
    X = torch.sin(torch.arange(8.0) + torch.rand(40, 1) * 6)[..., None]
    losses = autoencoder.fit(autoencoder.Autoencoder(1, 12, 2), X, 150, 0.02, seed=1)
    assert np.mean(losses[-10:]) < 0.3 * np.mean(losses[:10])


def test_overlap_of_boxes():
    corners = torch.tensor([[0.0, 0.0], [4.0, 0.0], [8.0, 8.0], [1.0, -2.0]])
    torch.testing.assert_close(images.overlap(corners, torch.zeros(4, 2)), torch.tensor([1.0, 1 / 3, 0.0, 42 / 86]))


def test_an_object_is_found_where_class_and_box_are_right():
    class Says(torch.nn.Module):
        def forward(self, X):
            scores = torch.eye(10)[[3, 3, 4]]
            return torch.cat([scores, torch.tensor([[2.0, 4.0], [2.0, 8.0], [2.0, 4.0]]) / images.REACH], 1)

    wanted = torch.tensor([[3.0, 2.0, 4.0]]).expand(3, 3)
    right, shared = images.found(Says(), torch.zeros(3, 16, 16), wanted)
    assert right.tolist() == [True, True, False]
    torch.testing.assert_close(shared, torch.tensor([1.0, 1 / 3, 1.0]))


def test_sides_are_those_of_the_data():
    assert (images.SIDE, images.CLUTTERED) == (digits.SIDE, digits.CLUTTERED)
