"""A derivation stops the page, a claim marks a sentence; both know how far from the edge they are."""

import numpy as np
import pytest
import torch

from unrolled.lab import evidence, luck
from unrolled.lab.evidence import above, ahead, below, claim, near, together, verify


@pytest.fixture(autouse=True)
def records(monkeypatch):
    found: evidence.Records = []
    monkeypatch.setattr(evidence, "RECORDS", found)
    monkeypatch.setattr(evidence, "note", lambda **values: None)
    return found


def test_verify_prints_the_largest_deviation(capsys):
    verify("halves", torch.tensor([1.0, 2.0]), [1.0, 2.5], within=0.5)
    assert capsys.readouterr().out == "5.0e-01 within 5.0e-01  halves\n"


@pytest.mark.parametrize("wrong", [1.1, np.nan, np.inf, 1 + 1e-9])
def test_verify_stops_the_page_where_the_deviation_is_large_or_no_number(wrong):
    with pytest.raises(AssertionError, match="a sum"):
        verify("a sum", wrong, 1.0)


@pytest.mark.parametrize("right", [np.ones(3), np.ones((1, 3)), np.ones((2, 1))])
def test_verify_compares_shapes(right):
    with pytest.raises(AssertionError, match="shapes"):
        verify("rows", np.ones((2, 3)), right)
    verify("one number", np.ones((2, 3)), 1.0)


def test_verify_is_relative_to_what_is_right():
    verify("large", 1e6 * (1 + 1e-13), 1e6)
    with pytest.raises(AssertionError):
        verify("small", 1.001e-13, 1e-13)
    verify("zero", 1e-13, 0.0)
    verify("what is left of larger terms", 1.001e-13, 1e-13, condition=1e13)


def test_verify_knows_single_precision():
    verify("float32", torch.tensor([1 + 1e-6]), torch.tensor([1.0]))
    with pytest.raises(AssertionError):
        verify("float64", torch.tensor([1 + 1e-6], dtype=torch.float64), torch.tensor([1.0], dtype=torch.float64))


@pytest.mark.parametrize("pair", [(3, 4), (["a"], ["b"]), (True, False), (torch.tensor([1, 2]), [1, 3])])
def test_whole_numbers_words_and_truth_values_are_equal_or_not(pair):
    verify("same", pair[0], pair[0])
    with pytest.raises(AssertionError):
        verify("other", *pair)


def test_verify_of_a_bound(capsys):
    verify("attained", [1.0, 2.0 + 1e-13], at_most=[5.0, 2.0])
    assert "≤" in capsys.readouterr().out
    verify("from below", torch.ones(2), at_least=1)
    for left, bound in (([1.0, 2.1], {"at_most": [5.0, 2.0]}), (0.9, {"at_least": 1.0}), (np.nan, {"at_most": 1.0})):
        with pytest.raises(AssertionError, match="bound"):
            verify("bound", left, **bound)
    with pytest.raises(AssertionError, match="shapes"):
        verify("rows", np.ones((2, 3)), at_most=np.ones(3))


def test_the_margin_of_a_rounding_error_is_the_bound_over_it(records):
    verify("rounding", 1 + 4 * np.finfo(float).eps, 1.0)
    verify("exact", 3, 3)
    assert records[0]["rests"] == "rounding" and records[0]["margin"] == pytest.approx(evidence.ROUNDINGS / 4)
    assert records[1]["rests"] == "exact" and records[1]["margin"] is None


def test_a_claim_that_fails_says_so_and_goes_on(records, capsys):
    assert claim("held: seven is less than ten", *below(7, 10)) is True
    assert claim("failed: eleven is less than ten", *below(11, 10)) is False
    assert [record["holds"] for record in records] == [True, False]
    shown = capsys.readouterr().out
    assert "seven" not in shown and "DID NOT HOLD HERE (margin 0.9)  eleven" in shown


def test_a_claim_needs_a_name():
    with pytest.raises(AssertionError, match="name"):
        claim("no name", True, 2.0)


def test_claims_on_runs_are_judged_by_their_interval():
    runs = np.array([1.0, 2.0, 3.0, 4.0, 5.0])  # 3 ± 1.96
    assert above(runs, 1.5)[0] is False and above(runs, 0.5)[0] is True
    assert below(runs, 4.5)[0] is False and below(runs, 5.5)[0] is True
    assert above(runs, 3 - 2 * 1.9632432)[1] == pytest.approx(2, rel=1e-6)
    assert ahead(runs + 1, runs)[0] is False and ahead(runs + 1, runs, paired=True)[0] is True


def test_the_margin_is_above_one_where_a_claim_holds_and_nowhere_else():
    rng = np.random.default_rng(0)
    for _ in range(200):
        left, right, bound = rng.normal(1, 1, 5), rng.normal(0, 1, 5), rng.normal()
        for holds, margin in (above(left, bound), below(left, bound), ahead(left, right), near(left[0], bound, 0.5)):
            assert holds == (margin > 1)


def test_together_is_as_weak_as_the_weakest():
    assert together((True, 3.0), (True, 1.2)) == (True, 1.2)
    assert together((True, 3.0), (False, 0.4)) == (False, 0.4)


def test_runs_without_spread_and_exact_hits_have_room():
    assert above([1.0, 1.0], 0.5) == (True, np.inf)
    assert near(1.0, 1.0, 0.1) == (True, np.inf)
    assert ahead([1.0, 1.0], [1.0, 1.0])[0] is False
    assert ahead([2.0, 2.0], [1.0, 1.0]) == (True, np.inf)
    assert ahead([1.0, 1.0], [2.0, 2.0]) == (False, 0.0)


def test_seeds_and_threads_have_one_switch(monkeypatch):
    monkeypatch.delenv(luck.SEED_SHIFT, raising=False)
    monkeypatch.delenv(luck.THREADS, raising=False)
    assert (luck.seed(3), luck.threads(1)) == (3, 1)
    monkeypatch.setenv(luck.SEED_SHIFT, "2")
    monkeypatch.setenv(luck.THREADS, "2")
    assert (luck.seed(3), luck.threads(1)) == (5, 2)
