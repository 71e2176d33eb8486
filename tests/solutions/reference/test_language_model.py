"""The language model's reference: against PyTorch, counting by hand, and every token tried."""

import itertools

import numpy as np
import pytest
import torch

from solutions.reference.language_model import (
    bits_of_each,
    continue_text,
    drawn_token,
    lm_update,
    next_distribution,
    stream_batches,
    text_scores,
    witten_bell,
)
from solutions.reference.numerics import softmax


def test_batches_go_on_and_drop_less_than_one_batch():
    for length, batch, steps in itertools.product(range(7, 40), (1, 2, 3), (1, 2)):
        inputs, targets = stream_batches(np.arange(length), batch, steps)
        assert np.array_equal(targets, inputs + 1)
        rows = inputs.swapaxes(0, 1).reshape(batch, -1)
        assert np.array_equal(rows.ravel(), np.arange(rows.size))
        assert 0 <= length - 1 - rows.size < batch * steps


def net(rng, tokens, hidden):
    shapes = (tokens, hidden), (hidden, hidden), (hidden,), (hidden, tokens), (tokens,)
    return [rng.standard_normal(shape) / 2 for shape in shapes]


@pytest.mark.parametrize("limit", [0.1, 100.0])
def test_an_update_is_pytorchs(limit):
    rng = np.random.default_rng(0)
    inputs, targets = rng.integers(0, 5, (2, 3, 4))
    h0, weights = rng.standard_normal((3, 6)), net(rng, 5, 6)
    tensors = [torch.tensor(one, requires_grad=True) for one in weights]
    W, U, b, Wy, by = tensors
    h, losses = torch.tensor(h0), []
    for t in range(4):
        h = torch.tanh(W[inputs[:, t]] + h @ U + b)
        losses.append(torch.nn.functional.cross_entropy(h @ Wy + by, torch.tensor(targets[:, t])))
    loss = torch.stack(losses).mean()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(tensors, limit)
    *new, last, mine = lm_update(inputs, targets, h0, *weights, 0.5, limit)
    assert mine == pytest.approx(loss.item())
    assert np.allclose(last, h.detach())
    for one, tensor in zip(new, tensors, strict=True):
        # PyTorch divides by the norm plus 1e-6.
        assert np.allclose(one, (tensor - 0.5 * tensor.grad).detach(), atol=1e-5)


def test_both_scores_are_those_of_all_tokens_at_once():
    rng = np.random.default_rng(0)
    counts = np.array([3, 10, 1])
    surprises = [rng.uniform(0, 4, count) for count in counts]
    bits, perplexity = text_scores(np.array([one.mean() for one in surprises]), counts, 50)
    whole = np.concatenate(surprises)
    assert bits == pytest.approx((whole / np.log(2)).sum() / 50)
    assert perplexity == pytest.approx(np.prod(np.exp(whole)) ** (1 / 14))


def test_witten_and_bell_by_hand():
    # abracadabra: behind a stand b, c, d, b; behind ra stands c once.
    ids = np.array(["abcdr".index(c) for c in "abracadabra"])
    empty = (np.array([5, 2, 1, 1, 2]) + 5 / 5) / (11 + 5)
    behind_a = (np.array([0, 2, 1, 1, 0]) + 3 * empty) / (4 + 3)
    behind_ra = (np.array([0, 0, 1, 0, 0]) + 1 * behind_a) / (1 + 1)
    for context, wanted in (([], empty), ([0], behind_a), ([4, 0], behind_ra), ([2, 4, 0], behind_ra)):
        assert np.allclose(witten_bell(ids, np.array(context, dtype=int), 5), wanted)


def test_witten_and_bell_sum_to_one():
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 4, 60)
    for n in range(5):
        p = witten_bell(ids, rng.integers(0, 6, n), 6)
        assert p.sum() == pytest.approx(1) and p.min() > 0


def test_the_nucleus_is_the_smallest_set_that_reaches_its_sum():
    rng = np.random.default_rng(0)
    for _ in range(50):
        logits, top_p = rng.standard_normal(5), rng.uniform(0.1, 0.99)
        p = softmax(logits / 0.7)
        sets = [set(s) for n in range(1, 6) for s in itertools.combinations(range(5), n)]
        reaching = [s for s in sets if p[list(s)].sum() >= top_p]
        best = min(reaching, key=lambda s: (len(s), -p[list(s)].sum()))
        found = next_distribution(logits, 0.7, 5, top_p)
        assert set(np.flatnonzero(found)) == best
        assert np.allclose(found[list(best)], p[list(best)] / p[list(best)].sum())


def test_equal_scores_keep_the_lower_numbers():
    logits = np.array([0.0, 1, 1, 1, 0])
    assert np.allclose(next_distribution(logits, 1.0, 2, 1.0), [0, 0.5, 0.5, 0, 0])
    assert np.array_equal(next_distribution(logits, 0.0, 5, 1.0), [0, 1, 0, 0, 0])


def test_a_token_is_drawn_as_often_as_its_share():
    p = np.array([0, 0.25, 0, 0.5, 0.25, 0])
    drawn = [drawn_token(p, u) for u in (np.arange(1000) + 0.5) / 1000]
    assert np.allclose(np.bincount(drawn, minlength=6) / 1000, p)
    assert drawn_token(p, 0.0) == 1 and drawn_token(p, 1 - 1e-17) == 4


def test_a_text_goes_on_with_the_likeliest_token_of_its_whole_past():
    rng = np.random.default_rng(0)
    W, U, b, Wy, by = weights = net(rng, 6, 5)
    prompt = np.array([1, 4, 2])
    made = continue_text(prompt, np.zeros(8), 0.0, 6, 1.0, *weights)
    text = [*prompt, *made]
    h = np.zeros(5)
    for place, token in enumerate(text[:-1]):
        h = np.tanh(W[token] + h @ U + b)
        assert place < 2 or (h @ Wy + by).argmax() == text[place + 1]


def test_bits_are_those_of_the_losses():
    rng = np.random.default_rng(0)
    weights = net(rng, 6, 5)
    ids = rng.integers(0, 6, 30)
    *_, loss = lm_update(ids[None, :-1], ids[None, 1:], np.zeros((1, 5)), *weights, 0.1, 1.0)
    assert bits_of_each(ids, weights).mean() == pytest.approx(loss / np.log(2))
