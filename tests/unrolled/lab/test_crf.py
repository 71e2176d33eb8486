"""The CRF against every path of small lattices, padded and not."""

import itertools

import pytest
import torch

from unrolled.lab.crf import CRF

LENGTHS, K = (4, 2, 1), 3


@pytest.fixture
def case():
    torch.manual_seed(1)
    crf = CRF(K).double()
    for array in crf.parameters():
        torch.nn.init.normal_(array)
    E = torch.randn(len(LENGTHS), max(LENGTHS), K, dtype=torch.float64)
    mask = torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS)[:, None]
    return crf, E, mask


def by_hand(crf, E, path):
    moves = sum(crf.A[j, k] for j, k in itertools.pairwise(path))
    return crf.start[path[0]] + moves + crf.end[path[-1]] + sum(E[t, k] for t, k in enumerate(path))


def every_path(crf, E, T):
    return {path: by_hand(crf, E, path) for path in itertools.product(range(K), repeat=T)}


def test_scores_and_partition(case):
    crf, E, mask = case
    y = torch.randint(K, mask.shape)
    scores, log_Z = crf.score(E, y, mask), crf.log_partition(E, mask)
    for n, T in enumerate(LENGTHS):
        paths = every_path(crf, E[n], T)
        torch.testing.assert_close(scores[n], paths[tuple(y[n, :T].tolist())])
        torch.testing.assert_close(log_Z[n], torch.stack([*paths.values()]).logsumexp(0))
    torch.testing.assert_close(crf.loss(E, y, mask), (log_Z - scores).sum() / sum(LENGTHS))


def test_the_best_path(case):
    crf, E, mask = case
    found = crf.viterbi(E, mask)
    for n, T in enumerate(LENGTHS):
        paths = every_path(crf, E[n], T)
        assert tuple(found[n, :T].tolist()) == max(paths, key=paths.get)
        assert not found[n, T:].any()


def test_marginals(case):
    crf, E, mask = case
    found = crf.marginals(E, mask)
    for n, T in enumerate(LENGTHS):
        paths = every_path(crf, E[n], T)
        chances = torch.stack([*paths.values()]).softmax(0)
        wanted = torch.zeros(T, K, dtype=torch.float64)
        for chance, path in zip(chances, paths, strict=True):
            wanted[range(T), list(path)] += chance
        torch.testing.assert_close(found[n, :T], wanted)
        assert not found[n, T:].any()


def test_what_was_read_so_far_decides_without_what_follows(case):
    crf, E, mask = case
    with torch.no_grad():
        crf.end.zero_()  # no score of the end falls on a beginning
    found = crf.so_far(E, mask)
    for n, T in enumerate(LENGTHS):
        for t in range(T):
            sums = torch.full((K,), -torch.inf, dtype=torch.float64)
            for path, score in every_path(crf, E[n], t + 1).items():
                sums[path[-1]] = torch.logaddexp(sums[path[-1]], score)
            assert int(found[n, t]) == int(sums.argmax())
        assert not found[n, T:].any()
