"""`make growth`: what grows faster than its content is a fault, and the leak check does not."""

import json

import pytest

from benchmarks import growth


@pytest.mark.parametrize(
    ("costs", "too_fast"),
    [
        ([(1, 1.0), (2, 2.0), (4, 4.0)], False),
        ([(1, 1.0), (2, 1.5), (4, 2.5)], False),  # a part that does not grow
        ([(1, 1.0), (2, 2.4), (4, 5.0)], False),  # noise
        ([(1, 1.0), (2, 4.0), (4, 16.0)], True),
        ([(8, 0.5), (16, 1.1), (32, 2.9)], True),
    ],
)
def test_a_unit_may_not_cost_much_more_of_many(costs, too_fast):
    assert growth.grows_too_fast(costs) is too_fast


@pytest.mark.parametrize(("seconds", "status"), [([1.0, 2.0, 4.0], 0), ([1.0, 4.0, 16.0], 1)])
def test_a_fault_is_named_and_is_the_exit_status(tmp_path, monkeypatch, capsys, seconds, status):
    costs = dict(zip(growth.FACTORS, seconds, strict=True))
    monkeypatch.setattr(growth, "BUILD", tmp_path / "_build")
    monkeypatch.setattr(growth, "cost_of_all", lambda factor: {"reading": (float(factor), costs[factor])})
    assert growth.main([]) == status
    written = json.loads((tmp_path / "_build/growth.json").read_text("utf-8"))
    assert written["costs"]["reading"] == [[float(factor), costs[factor]] for factor in growth.FACTORS]
    assert ("reading grows faster than its content" in capsys.readouterr().err) == bool(status)


@pytest.mark.slow
def test_the_leak_check_is_measured_over_copies(tmp_path):
    site = tmp_path / "site"
    for name in ("index.html", "book/page.html", "large.bin"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(b"x" * (5_000 if name == "large.bin" else 1_000))
    found = growth.leak_check_of_site(2, tmp_path, site=site, most=3_000)
    (megabytes, seconds) = found["leak check, MB"]
    assert megabytes == 2 * 2_000 / 1e6
    assert seconds > 0
    assert len(list((tmp_path / "public").rglob("*.html"))) == 4
    assert len(list((tmp_path / "solutions").iterdir())) == 2


def test_copied_assignments_are_others(tmp_path):
    growth.copy_assignments(tmp_path, 2)
    exercises = tmp_path / "solutions/exercises"
    assert (exercises / "rnn_cell_2/rnn-cell-2.md").is_file() and (exercises / "bptt_2/bptt-2.md").is_file()
    text = (exercises / "bptt_2/exercises.py").read_text("utf-8")
    assert "exercises.bptt_2" in text and "exercises.bptt." not in text
