"""The functions of the assignment `poems`: by cases, by brute force, against PyTorch."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from solutions.reference.poems import (
    adam_update,
    generate,
    longest_copy,
    poem_dataset,
    poem_form,
    poem_loss,
    process_dataset,
)
from tests.rounding import assert_rounded

texts = st.text("ab,", max_size=8)
RHYMES = ["光霜", "心"]


@pytest.mark.parametrize(
    ("line", "content"),
    [
        ("title:ab", "ab"),
        ("题：山光，", "山光，"),
        ("a:b：c", "b：c"),
        ("a：b:c", "b:c"),
        (":ab", "ab"),
        ("a: \u3000a b \t\n", "a b"),
        ("ab", None),
        ("a:", None),
        ("a： \n", None),
        ("a:1234567", "1234567"),
        ("a: 1234567 ", "1234567"),
        ("a:12345678", None),
    ],
)
def test_a_line_becomes_a_poem_or_is_left_out(line, content):
    assert process_dataset([line], 7) == ([] if content is None else [["<bos>", *content, "<eos>"]])


@given(st.lists(st.text("abc", min_size=1, max_size=6), min_size=1, max_size=5))
def test_arrays_lead_back_to_the_poems(contents):
    words = ["<pad>", "<bos>", "<eos>", *"cab"]
    poems = process_dataset([f":{content}" for content in contents], 6)
    inputs, targets, lengths = poem_dataset(poems, words)
    assert inputs.shape == targets.shape == (len(poems), max(map(len, contents)) + 1)
    for poem, read, said, real in zip(poems, inputs, targets, lengths, strict=True):
        assert [words[k] for k in (*read[:real], said[real - 1])] == poem
        assert not read[real:].any() and not said[real:].any()
        np.testing.assert_array_equal(read[1:real], said[: real - 1])


def test_the_loss_and_its_gradient_equal_those_of_torch():
    rng = np.random.default_rng(0)
    lengths = np.array([5, 1, 3])
    logits, targets = rng.standard_normal((3, 5, 4)), rng.integers(0, 4, (3, 5))
    scores = torch.tensor(logits, requires_grad=True)
    each = [
        torch.nn.functional.cross_entropy(scores[n, :steps], torch.tensor(targets[n, :steps]))
        for n, steps in enumerate(lengths)
    ]
    torch.stack(each).mean().backward()
    loss, dlogits = poem_loss(logits, targets, lengths)
    assert_rounded(loss, torch.stack(each).mean().item())
    assert_rounded(dlogits, scores.grad.numpy())


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_ten_steps_of_adam_equal_those_of_torch(scale):
    rng = np.random.default_rng(1)
    w = rng.standard_normal((3, 2))
    weight = torch.tensor(w, requires_grad=True)
    adam = torch.optim.Adam([weight], lr=0.1, betas=(0.8, 0.95), eps=1e-3)
    m, v = np.zeros_like(w), np.zeros_like(w)
    for step in range(1, 11):
        dw = scale * rng.standard_normal(w.shape)
        weight.grad = torch.tensor(dw)
        adam.step()
        w, m, v = adam_update(w, dw, m, v, step, 0.1, 0.8, 0.95, 1e-3)
        assert_rounded(w, weight.detach().numpy())


def net(rng, tokens=6, inputs=3, hidden=4):
    shapes = (tokens, inputs), (inputs, hidden), (hidden, hidden), (hidden,), (hidden, tokens), (tokens,)
    return [rng.standard_normal(shape) for shape in shapes]


def chance(poem, weights, temperature):
    """The probability of a poem and its end, by the definition."""
    E, W, U, b, Wy, by = weights
    h, product = np.zeros(len(U)), 1.0
    for token, following in itertools.pairwise([1, *poem, 2]):
        h = np.tanh(E[token] @ W + h @ U + b)
        e = np.exp((h @ Wy + by) / temperature)
        e[:2] = 0
        product *= e[following] / e.sum()
    return product


def test_poems_come_as_often_as_their_probabilities_say():
    rng = np.random.default_rng(2)
    weights, count = net(rng), 4000
    weights[-1][2] += 2  # most poems are short
    made = [tuple(generate(rng.random(9), 0.7, *weights)) for _ in range(count)]
    short = [poem for n in range(3) for poem in itertools.product((3, 4, 5), repeat=n)]
    for poem in short:
        p = chance(poem, weights, 0.7)
        # Six standard deviations: for 13 poems a right writer fails less than once in ten million.
        assert abs(made.count(poem) - count * p) <= 6 * np.sqrt(count * p * (1 - p)) + 1
    assert sum(made.count(poem) for poem in short) > count / 10
    assert all(set(poem) <= {3, 4, 5} for poem in made)


def test_at_temperature_0_the_likeliest_allowed_token_comes():
    for seed in range(20):
        weights = net(np.random.default_rng(seed))
        poem = generate(np.zeros(8), 0, *weights)
        for place, token in enumerate(poem):
            beginnings = {k: chance([*poem[:place], k], weights, 1.0) for k in (3, 4, 5)}
            following = {k: p / chance_of_end(poem[:place], k, weights) for k, p in beginnings.items()}
            assert max(following, key=following.get) == token


def chance_of_end(beginning, token, weights):
    """The probability that a poem ends behind its beginning and a token."""
    return chance([*beginning, token], weights, 1.0) / chance_of(beginning, token, weights)


def chance_of(beginning, token, weights):
    """The probability of a beginning and the token behind it."""
    E, W, U, b, Wy, by = weights
    h, product = np.zeros(len(U)), 1.0
    for one, following in itertools.pairwise([1, *beginning, token]):
        h = np.tanh(E[one] @ W + h @ U + b)
        e = np.exp(h @ Wy + by)
        e[:2] = 0
        product *= e[following] / e.sum()
    return product


def test_a_poem_without_end_is_as_long_as_u():
    weights = net(np.random.default_rng(3))
    weights[-1][2] = -100
    assert len(generate(np.random.default_rng(0).random(7), 1.0, *weights)) == 7
    assert generate(np.zeros(0), 1.0, *weights) == []


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", ([], False, False)),
        ("山光", ([2], False, False)),
        ("山光，水霜。", ([2, 2], True, False)),
        ("山水，月光。云风，雨霜。", ([2] * 4, True, True)),
        ("山、水，月“光”。\n云 风！！雨霜…？", ([2] * 4, True, True)),
        ("山水，月光。云风，雨心。", ([2] * 4, True, False)),
        ("山水，月光。云，雨霜。", ([2, 2, 1, 2], False, True)),
        ("山水，月风。云雨，雪风。", ([2] * 4, True, False)),
        ("水，光。山，霜。云，心。", ([1] * 6, True, False)),
        ("a1;光，b", ([3, 1], False, False)),
    ],
)
def test_forms(text, form):
    assert poem_form(text, RHYMES) == form


@given(texts, st.lists(texts, max_size=4))
def test_the_longest_copy_is_the_first_of_all_pieces_that_are_as_long(text, poems):
    pieces = [
        (-length, number, start)
        for number, poem in enumerate(poems)
        for start in range(len(poem))
        for length in range(1, len(poem) - start + 1)
        if poem[start : start + length] in text
    ]
    length, number, start = min(pieces, default=(0, 0, 0))
    assert longest_copy(text, poems) == (number, start, -length)
