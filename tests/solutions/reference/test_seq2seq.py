"""The functions of the assignment `seq2seq`: against PyTorch, all ways to edit, and all rows of small tables."""

import itertools
from functools import cache

import numpy as np
import pytest
import torch

from solutions.reference import seq2seq
from tests.rounding import assert_rounded

BOS, EOS = 2, 0


def drawn(B=4, T=6, H=3, D=5):
    rng = np.random.default_rng(0)
    q, Hs, W = (rng.standard_normal(shape) for shape in ((B, H), (B, T, D), (H, D)))
    return q, Hs, W, (np.arange(T) < np.array([6, 1, 3, 4])[:, None]).astype(float)


def test_the_batches_of_two_sentences():
    inputs, targets, mask = seq2seq.teacher_batch([[5, 7], [6, 8, 9]], bos=1, eos=2, pad=0)
    assert inputs.tolist() == [[1, 5, 7, 0], [1, 6, 8, 9]]
    assert targets.tolist() == [[5, 7, 2, 0], [6, 8, 9, 2]]
    assert mask.tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]


def test_the_weights_equal_those_of_torch():
    _, Hs, _, mask = drawn()
    scores = np.random.default_rng(1).standard_normal(mask.shape)
    context, weights = seq2seq.attend(scores, Hs, mask)
    theirs = torch.tensor(scores).masked_fill(torch.tensor(mask) == 0, -torch.inf).softmax(1)
    assert_rounded(weights, theirs.numpy())
    assert (weights[mask == 0] == 0).all()
    assert_rounded(context, torch.bmm(theirs[:, None], torch.tensor(Hs))[:, 0].numpy())


def test_padding_may_have_any_score():
    scores = np.array([[2.0, 1.0, 1e4]])
    with np.errstate(all="raise"):
        _, weights = seq2seq.attend(scores, np.ones((1, 3, 2)), np.array([[1.0, 1.0, 0.0]]))
    assert_rounded(weights, [[1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1)), 0]])


def test_the_additive_scores_by_the_definition():
    q, Hs, _, _ = drawn()
    rng = np.random.default_rng(2)
    W, U, v = (rng.standard_normal(shape) for shape in ((3, 4), (5, 4), (4,)))
    scores = seq2seq.additive_scores(q, Hs, W, U, v)
    for n, s in np.ndindex(4, 6):
        assert_rounded(scores[n, s], np.tanh(q[n] @ W + Hs[n, s] @ U) @ v)


def test_attention_and_its_gradient_equal_those_of_torch():
    q, Hs, W, mask = drawn()
    context, weights, cache_ = seq2seq.attention_forward(q, Hs, W, mask)
    tensors = [torch.tensor(one, requires_grad=True) for one in (q, Hs, W)]
    scores = torch.einsum("bh,hd,btd->bt", tensors[0], tensors[2], tensors[1])
    theirs = scores.masked_fill(torch.tensor(mask) == 0, -torch.inf).softmax(1)
    read = torch.einsum("bt,btd->bd", theirs, tensors[1])
    dcontext = np.random.default_rng(3).standard_normal(context.shape)
    read.backward(torch.tensor(dcontext))
    assert_rounded(context, read.detach().numpy())
    assert_rounded(weights, theirs.detach().numpy())
    for ours, tensor in zip(seq2seq.attention_backward(dcontext, cache_), tensors, strict=True):
        assert_rounded(ours, tensor.grad.numpy())


def least(a, b):
    """The distance by trying all ways."""

    @cache
    def behind(i, j):
        if i == len(a) or j == len(b):
            return len(a) - i + len(b) - j
        return min(behind(i + 1, j) + 1, behind(i, j + 1) + 1, behind(i + 1, j + 1) + (a[i] != b[j]))

    return behind(0, 0)


def test_the_distance_is_the_least_of_all_ways():
    words = ["".join(letters) for length in range(5) for letters in itertools.product("xy", repeat=length)]
    for a, b in itertools.product(words, words):
        assert seq2seq.edit_distance(a, b) == least(a, b)


@pytest.mark.parametrize(("a", "b", "distance"), [("kitten", "sitting", 3), ("ab", "ba", 2), ("", "abc", 3)])
def test_known_distances(a, b, distance):
    assert seq2seq.edit_distance(a, b) == distance


def test_all_texts_count_together():
    assert seq2seq.string_scores(["abcd", "xy"], ["abcd", "zzzz"]) == (0.5, 4 / 6)


def table(V=3, steps=4):
    scores = np.random.default_rng(4).standard_normal((steps, V, V))
    return scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True)


def scored(log_p, row, alpha):
    total = sum(log_p[t, one, other] for t, (one, other) in enumerate(itertools.pairwise([BOS, *row])))
    return total / ((5 + len(row)) / 6) ** alpha


@pytest.mark.parametrize("alpha", [0.0, 0.7, 2.0])
def test_a_beam_of_everything_finds_all_rows_in_their_order(alpha):
    log_p = table()
    every = [[*row, EOS] for length in range(4) for row in itertools.product((1, 2), repeat=length)]
    every += [list(row) for row in itertools.product((1, 2), repeat=4)]
    every.sort(key=lambda row: -scored(log_p, row, alpha))
    rows, scores = seq2seq.beam_search(lambda tokens: log_p[len(tokens) - 1, tokens[-1]], BOS, EOS, 1000, 4, alpha)
    assert rows == every
    assert_rounded(scores, [scored(log_p, row, alpha) for row in every])


def test_a_beam_of_one_is_greedy():
    log_p = table(V=6, steps=8)
    log_p[..., EOS] = -20
    rows, _ = seq2seq.beam_search(lambda tokens: log_p[len(tokens) - 1, tokens[-1]], BOS, EOS, 1, 8, 0.6)
    row = [BOS]
    for t in range(8):
        row.append(int(log_p[t, row[-1]].argmax()))
    assert rows == [row[1:]]


def test_what_ends_uses_up_a_place_of_its_step():
    first = np.log([0.6, 0.3, 0.1])
    rows, _ = seq2seq.beam_search(lambda tokens: first, BOS, EOS, 2, 2, 0.0)
    # Of two places the first step gives one to the end; the second has both again, for rows that begin with 1.
    assert sorted(rows) == [[0], [1, 0], [1, 1]]
