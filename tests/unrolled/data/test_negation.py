"""The made-up language with `not`: its rule, and that its words alone tell nothing."""

import numpy as np
import pytest

from unrolled.data import negation


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def judged(sentence):
    """What each word of praise or blame says, behind a `not` or without."""
    said, turned = [], 1
    for word in sentence:
        if word == negation.NOT:
            turned = -1
        elif word in (*negation.PRAISE, *negation.BLAME):
            said.append(turned * (1 if word in negation.PRAISE else -1))
            turned = 1
    return said


def test_each_sentence_says_the_same_twice(rng):
    sentences, y = negation.sentences(rng, 500)
    for sentence, answer in zip(sentences, y, strict=True):
        assert judged(sentence) == [answer, answer]
        assert 3 <= len(sentence) <= negation.LONGEST


def test_every_sentence_has_a_not_a_word_of_praise_and_one_of_blame(rng):
    for sentence in negation.sentences(rng, 300)[0]:
        assert [
            sum(word in kind for word in sentence) for kind in ([negation.NOT], negation.PRAISE, negation.BLAME)
        ] == [
            1,
            1,
            1,
        ]


def test_both_answers_and_both_orders_are_as_frequent(rng):
    sentences, y = negation.sentences(rng, 4000)
    praise_first = [
        next(word in negation.PRAISE for word in one if word in negation.PRAISE + negation.BLAME) for one in sentences
    ]
    for answer in (-1, 1):
        for first in (True, False):
            share = np.mean((y == answer) & (np.array(praise_first) == first))
            assert abs(share - 0.25) < 0.04  # 5.8 standard deviations


def test_the_last_step_is_the_last_word():
    X = negation.one_hot([["not", "good"], ["is", "not", "bad"], []], ["is", "bad", "good", "not"], 3)
    assert X.shape == (3, 3, 4)
    assert X[0].argmax(axis=1).tolist()[1:] == [3, 2] and not X[0, 0].any()
    assert X[1].argmax(axis=1).tolist() == [0, 3, 1]
    assert not X[2].any()


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="3 words does not fit into 2 steps"):
        negation.one_hot([["is", "not", "bad"]], negation.WORDS, 2)
    with pytest.raises(ValueError, match="no word of this language: great"):
        negation.one_hot([["great"]], negation.WORDS, 2)
