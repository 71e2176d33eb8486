"""What chapters use to show numbers: tables, intervals that are Student's, words for a direction."""

import numpy as np
import pytest

from unrolled.lab import page


def test_table_escapes_and_separates_thousands():
    shown = page.table(["a<b"], [(12345,), ("<i>",), (1.5,)]).data
    assert "a&lt;b" in shown and "12,345" in shown and "&lt;i&gt;" in shown and ">1.5<" in shown


def test_interval_of_known_numbers():
    mean, half = page.interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert mean == 3.0
    assert half == pytest.approx(2.7764451 * np.sqrt(2.5 / 5), rel=1e-6)
    with pytest.raises(ValueError, match="two runs"):
        page.interval([1.0])


def test_interval_covers_the_true_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = [abs(mean) <= half for mean, half in (page.interval(rng.normal(size=5)) for _ in range(2000))]
    assert 0.93 < np.mean(hits) < 0.97


def test_difference_of_equal_groups_is_zero_and_paired_runs_cancel_what_they_share():
    noise = np.array([0.0, 5.0, -3.0, 2.0, 9.0])
    left = noise + np.array([1.0, 1.1, 0.9, 1.0, 1.0])
    gap, half = page.difference(left, noise)
    paired_gap, paired_half = page.paired_difference(left, noise)
    assert gap == pytest.approx(1.0) and paired_gap == pytest.approx(1.0)
    assert half > 5 and paired_half < 0.1
    assert page.difference(noise, noise)[0] == 0


def test_signed_writes_a_true_minus():
    assert page.signed(-0.0312, 2) == "−0.03"


def test_power_writes_exponents_as_such():
    assert page.power(2.4e-5) == "2·10⁻⁵"
    assert page.power(4830, digits=1) == "4.8·10³"
    assert page.power(71**8, digits=1) == "6.5·10¹⁴"


def test_direction_says_a_side_only_where_the_interval_does():
    low, high = np.array([1.0, 1.1, 0.9, 1.0]), np.array([2.0, 2.1, 1.9, 2.0])
    assert page.direction(low, high) == "lower" and page.direction(high, low) == "higher"
    assert page.direction(low, low + 0.01) == "about the same"
    assert page.direction(low + 0.01 * np.arange(4), low, ("less", "even", "more"), paired=True) == "even"


def test_notes_of_numpy_numbers_are_plain_numbers(monkeypatch):
    kept = {}
    monkeypatch.setattr("myst_nb.glue", lambda name, value, display: kept.update({name: value}))
    page.note(best_loss=np.float32(0.5), runs=np.int64(3), word="low")
    assert kept == {"best-loss": 0.5, "runs": 3, "word": "low"} and type(kept["runs"]) is int
