"""The functions of the assignment `tagging`: against all paths of small cases, PyTorch and seqeval."""

import itertools
import warnings

import numpy as np
import pytest
import torch
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities

from solutions.reference import tagging
from tests.rounding import assert_rounded

SIZES = [(1, 1), (1, 4), (5, 1), (2, 3), (4, 3), (6, 2), (3, 6)]
of_sizes = pytest.mark.parametrize(("T", "K"), SIZES)


def scores(T, K):
    rng = np.random.default_rng(100 * T + K)
    return [rng.standard_normal(shape) for shape in ((T, K), (K, K), (K,), (K,))]


def every_path(E, A, start, end):
    """Each path, and its score by the definition."""
    paths = list(itertools.product(range(len(A)), repeat=len(E)))
    sums = []
    for path in paths:
        score = start[path[0]] + end[path[-1]]
        for t, tag in enumerate(path):
            score += E[t, tag] + (A[path[t - 1], tag] if t else 0)
        sums.append(score)
    return paths, np.array(sums)


@of_sizes
def test_the_score_of_each_path(T, K):
    given = scores(T, K)
    paths, sums = every_path(*given)
    assert_rounded([tagging.crf_score(*given, np.array(path)) for path in paths], sums)


@of_sizes
def test_the_sum_over_all_paths(T, K):
    given = scores(T, K)
    assert_rounded(np.exp(tagging.crf_log_partition(*given)), np.exp(every_path(*given)[1]).sum())


@of_sizes
def test_the_best_of_all_paths(T, K):
    given = scores(T, K)
    paths, sums = every_path(*given)
    tags, score = tagging.viterbi(*given)
    assert tuple(tags) == paths[int(sums.argmax())]
    assert_rounded(score, sums.max())


@of_sizes
def test_the_probabilities_of_tags_and_pairs(T, K):
    given = scores(T, K)
    paths, sums = every_path(*given)
    of_tags, of_pairs = np.zeros((T, K)), np.zeros((T - 1, K, K))
    for path, p in zip(paths, np.exp(sums) / np.exp(sums).sum(), strict=True):
        for t, tag in enumerate(path):
            of_tags[t, tag] += p
            if t:
                of_pairs[t - 1, path[t - 1], tag] += p
    for ours, counted in zip(tagging.crf_marginals(*given), (of_tags, of_pairs), strict=True):
        assert ours.shape == counted.shape
        assert_rounded(ours, counted)


@of_sizes
def test_the_gradient_equals_that_of_torch_over_all_paths(T, K):
    given = scores(T, K)
    right = np.random.default_rng(0).integers(0, K, T)
    E, A, start, end = tensors = [torch.tensor(one, requires_grad=True) for one in given]
    sums = []
    for path in [*itertools.product(range(K), repeat=T), tuple(right)]:
        score = start[path[0]] + end[path[-1]] + sum(E[t, tag] for t, tag in enumerate(path))
        sums.append(score + sum(A[one, other] for one, other in itertools.pairwise(path)))
    (torch.logsumexp(torch.stack(sums[:-1]), 0) - sums[-1]).backward()
    for ours, tensor in zip(tagging.crf_gradient(*given, right), tensors, strict=True):
        assert_rounded(ours, np.zeros(tensor.shape) if tensor.grad is None else tensor.grad.numpy())


def test_scores_whose_exponentials_are_no_numbers():
    E, A, start, end = (1000 * one for one in scores(5, 4))
    with np.errstate(over="raise", invalid="raise"):
        log_Z = tagging.crf_log_partition(E, A, start, end)
        of_tags, of_pairs = tagging.crf_marginals(E, A, start, end)
    tags, score = tagging.viterbi(E, A, start, end)
    assert_rounded(log_Z, score)  # the best is better by far
    size = abs(float(log_Z))  # a marginal's exponent is the difference of numbers of this size
    assert_rounded(of_tags, np.eye(4)[tags], condition=size)
    assert_rounded(of_pairs.sum(axis=(1, 2)), np.ones(4), condition=size)


def test_the_masked_loss_equals_that_of_torch():
    rng = np.random.default_rng(0)
    logits, tags = rng.standard_normal((4, 6, 5)), rng.integers(0, 5, (4, 6))
    mask = (np.arange(6) < np.array([6, 1, 3, 4])[:, None]).astype(float)
    tensor = torch.tensor(logits, requires_grad=True)
    targets = torch.tensor(np.where(mask == 1, tags, -100))
    loss = torch.nn.functional.cross_entropy(tensor.reshape(-1, 5), targets.reshape(-1), ignore_index=-100)
    loss.backward()
    ours, dlogits = tagging.masked_token_loss(logits, tags, mask)
    assert_rounded(ours, loss.item())
    assert_rounded(dlogits, tensor.grad.numpy())


@pytest.fixture(scope="module")
def sentences():
    """Any tags in any order, as the worst of taggers gives them."""
    rng = np.random.default_rng(0)
    tags = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    return [[str(tag) for tag in rng.choice(tags, rng.integers(1, 12))] for _ in range(2000)]


def test_entities_equal_those_of_seqeval(sentences):
    for tags in sentences:
        theirs = [(start, end + 1, kind) for kind, start, end in get_entities(tags)]
        assert tagging.entities(tags) == theirs


def test_a_kind_may_hold_a_hyphen():
    assert tagging.entities(["B-creative-work", "I-creative-work"]) == [(0, 2, "creative-work")]


def test_f1_equals_that_of_seqeval(sentences):
    rng = np.random.default_rng(1)
    for size in (1, 3, 50):
        gold = sentences[:size]
        predicted = [[tag if rng.random() < 0.8 else "O" for tag in tags] for tags in gold]
        for pair in ((gold, predicted), (gold, [["O"] * len(tags) for tags in gold])):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it warns where it divides by nothing
                theirs = [measure(*pair) for measure in (precision_score, recall_score, f1_score)]
            assert_rounded(tagging.entity_f1(*pair), theirs)


def test_nothing_there_and_nothing_found_is_zero():
    assert tagging.entity_f1([["O"]], [["O"]]) == (0, 0, 0)
