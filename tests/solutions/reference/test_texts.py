"""The functions of the assignment `text-classification`: by cases, by brute force, against PyTorch."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from solutions.reference.texts import (
    calibration_error,
    encode,
    masked_mean,
    skip_gram_loss,
    skip_gram_pairs,
    tokenize,
    vocabulary,
)
from tests.rounding import assert_rounded

RNG = np.random.default_rng(0)
words = st.lists(st.lists(st.sampled_from(["a", "b", "c", "d", "not"]), max_size=6), max_size=5)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't! 好看 and 'warm', 3rd_time", ["don't", "好", "看", "and", "warm", "3rd", "time"]),
        ("", []),
        ("''a''b'", ["a", "b"]),
        ("Über-NAÏVE", ["über", "naïve"]),
        ("一鿿\u3400", ["一", "鿿", "\u3400"]),  # beyond the range a letter like any other
        ("a'好'b", ["a", "好", "b"]),
    ],
)
def test_tokens(text, tokens):
    assert tokenize(text) == tokens


@given(words, st.integers(2, 9))
def test_a_word_stands_behind_those_that_come_before_it(sentences, size):
    tokens = list(itertools.chain.from_iterable(sentences))
    made = vocabulary(sentences, size)
    assert made[:2] == ["<pad>", "<unk>"] and len(made) == min(size, 2 + len(set(tokens)))
    for place, word in enumerate(made[2:]):
        before = {u for u in tokens if (-tokens.count(u), u) < (-tokens.count(word), word)}
        assert place == len(before)


@given(words, st.integers(1, 7))
def test_ids_lead_back_to_the_words_where_the_mask_is_1(sentences, length):
    known = ["<pad>", "<unk>", "not", "a"]
    ids, mask = encode(sentences, known, length)
    assert ids.shape == mask.shape == (len(sentences), length)
    for row, real, sentence in zip(ids, mask, sentences, strict=True):
        cut = sentence[:length]
        assert real.tolist() == [1] * len(cut) + [0] * (length - len(cut))
        assert [known[k] for k in row[: len(cut)]] == [word if word in known else "<unk>" for word in cut]
        assert not row[len(cut) :].any()


def test_the_mean_is_that_of_the_real_places():
    X, mask = RNG.standard_normal((4, 5, 3)), np.array([[1, 1, 0, 0, 0], [0, 1, 0, 1, 1], [0] * 5, [1] * 5])
    m = masked_mean(X, mask)
    for row, real, mean in zip(X, mask, m, strict=True):
        assert_rounded(mean, row[real == 1].mean(axis=0) if real.any() else np.zeros(3))


def test_pairs_of_a_window():
    assert skip_gram_pairs(np.array([5, 3, 7, 0]), 1).tolist() == [[5, 3], [3, 5], [3, 7], [7, 3]]
    assert len(skip_gram_pairs(np.arange(1, 11), 2)) == 34
    assert skip_gram_pairs(np.array([0, 4, 0]), 2).shape == (0, 2)


def test_the_loss_of_skip_gram_and_its_gradients_equal_those_of_torch():
    centre, context, negatives = (RNG.integers(0, 6, shape) for shape in ((7,), (7,), (7, 3)))
    E, C = (torch.tensor(RNG.standard_normal((6, 4)), requires_grad=True) for _ in range(2))
    real = (E[centre] * C[context]).sum(dim=1)
    drawn = (E[centre][:, None] * C[negatives]).sum(dim=2)
    loss = -(torch.nn.functional.logsigmoid(real).sum() + torch.nn.functional.logsigmoid(-drawn).sum()) / 7
    loss.backward()
    found = skip_gram_loss(E.detach().numpy(), C.detach().numpy(), centre, context, negatives)
    for mine, theirs in zip(found, (loss.item(), E.grad.numpy(), C.grad.numpy()), strict=True):
        assert_rounded(mine, theirs)


@pytest.mark.parametrize("bins", [1, 3, 10])
def test_the_calibration_error_is_the_sum_over_bins(bins):
    p = np.append(RNG.random(40), [0.0, 1.0])
    y = RNG.integers(0, 2, 42)
    error = 0.0
    for k in range(bins):
        inside = [n for n in range(42) if k <= p[n] * bins < k + 1 or (p[n] == 1 and k == bins - 1)]
        if inside:
            error += len(inside) / 42 * abs(np.mean(p[inside]) - np.mean(y[inside]))
    assert_rounded(calibration_error(p, y, bins), error)
