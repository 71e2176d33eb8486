"""`make bench` for the cells: its formulas, its own functions at a small size, and that all sides compute the same."""

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import alternatives, cells, floor, report
from benchmarks.alternatives import in_steps
from benchmarks.cells import BOTH, OURS, PLAIN, PYTORCH, Contest, Memory, expected_memory
from benchmarks.floor import Size
from solutions.reference.fast_lstm import fast_lstm_backward, fast_lstm_forward

SMALL = Size(3, 7, 5, 4)
LARGE = (Size(1, 100, 64, 64), Size(64, 40, 128, 128), Size(32, 20, 64, 256))


@pytest.mark.parametrize("size", LARGE)
@pytest.mark.parametrize("name", cells.CELLS)
def test_the_memory_of_a_backward_pass_is_what_the_formula_says(name, size):
    found = Memory(name, size, expected_memory(name, size), Contest(name, size).backward_memory())
    small = 64 * 1024  # the interpreter's own objects, paddings, and what a single step needs
    assert 0.9 * found.formula <= found.measured <= 1.1 * found.formula + small


@pytest.mark.parametrize("name", cells.CELLS)
def test_the_operations_are_those_that_pytorch_counts(name):
    contest = Contest(name, SMALL)
    kind, k = contest.module.mode, floor.BLOCKS[name]
    cell = getattr(torch.nn, f"{kind.partition('_')[0]}Cell")(SMALL.inputs, SMALL.hidden)
    now = tuple(torch.from_numpy(s).requires_grad_() for s in contest.state)
    now, outputs = now if len(now) > 1 else now[0], []
    with FlopCounterMode(display=False) as counted:
        for x in contest.X_torch.unbind(1):
            now = cell(x, now)
            outputs.append(now[0] if isinstance(now, tuple) else now)
        torch.stack(outputs).sum().backward()
    assert counted.get_total_flops() == floor.operations(name, SMALL)
    assert floor.operations(name, SMALL) == 6 * 3 * 7 * (5 + 4) * k * 4


def test_the_bytes_and_the_squashed_values_of_one_step_by_hand():
    size = Size(1, 1, 1, 1)
    # x, h, dh, dx; i, f, g, o, c, tanh(c) written and read; W, U, b and their gradients with four blocks.
    assert floor.bytes_moved("lstm", size) == 4 * (4 + 2 * 6 + 2 * 3 * 4)
    assert floor.squashed("lstm", size) == 5


def test_the_floor_is_the_longer_of_both_terms():
    speeds = {"numpy_operations": 1e9, "torch_operations": 2e9, "bytes": 1e9, "numpy_tanh": 1e-9, "torch_tanh": 2e-9}
    size = Size(8, 10, 16, 16)
    found = floor.floor("lstm", size, speeds)
    assert found["operations_ms"] == pytest.approx(1e3 * floor.operations("lstm", size) / 2e9)
    assert found["floor_ms"] == max(found["operations_ms"], found["bytes_ms"])
    slow = floor.floor("lstm", size, speeds | {"bytes": 1.0})
    assert slow["floor_ms"] == slow["bytes_ms"] > found["floor_ms"]
    assert found["torch_squashing_ms"] == pytest.approx(2 * found["numpy_squashing_ms"])


def test_every_way_computes_the_same_and_a_wrong_one_is_found(monkeypatch):
    monkeypatch.setattr(alternatives, "missing", lambda: {"torch.compile": "takes long", "JAX scan": "not asked for"})
    contest = Contest("lstm", SMALL)
    sides = contest.others()
    assert set(sides) == {PYTORCH, PLAIN, "NumPy, gates apart", "NumPy, gates together", "PyTorch, step by step"}
    cells.check({OURS: contest.ours_both, **sides})
    with pytest.raises(AssertionError, match="wrong"):
        cells.check({PYTORCH: contest.torch_both, "wrong": lambda: 1.01 * contest.torch_both()})


def test_the_loops_from_scratch_give_the_states_too():
    contest = Contest("lstm", SMALL)
    Hs, c, cache = fast_lstm_forward(contest.X, *contest.state, *contest.parameters)
    dX, *_ = fast_lstm_backward(contest.dHs, np.zeros_like(c), cache)
    for way in (alternatives.gates_apart, alternatives.gates_together):
        found = way(contest.X, *contest.state, *contest.parameters, contest.dHs)
        np.testing.assert_allclose(found[0], Hs, atol=1e-5)
        np.testing.assert_allclose(found[1], dX, atol=1e-5)
    assert in_steps(contest.X, contest.state, contest.parameters, contest.dHs)().shape == dX.shape


def test_a_small_measurement_is_told_and_plotted_with_its_spread(monkeypatch, tmp_path, capsys):
    for module in (alternatives, cells):
        monkeypatch.setattr(module, "missing", lambda: {"torch.compile": "no C++ compiler", "JAX scan": "absent"})
    speeds = {"numpy_operations": 1e9, "torch_operations": 2e9, "bytes": 1e9, "numpy_tanh": 1e-9, "torch_tanh": 2e-9}
    monkeypatch.setattr(cells, "machine", lambda: speeds)
    measured = cells.measure((SMALL,), runs=2, turns=2)
    ours = [t for t in measured["timings"] if t["side"] == OURS]
    assert {(t["cell"], t["mode"]) for t in ours} == {(c, m) for c in cells.CELLS for m in (cells.FORWARD, BOTH)}
    plain = {(t["cell"], t["mode"]) for t in measured["timings"] if t["side"] == PLAIN}
    assert plain == {("lstm", BOTH), ("gru_after", BOTH)}
    for one in measured["timings"]:
        assert one["ratio"]["runs"] == 2
        assert 0 < one["ratio"]["least"] <= one["ratio"]["median"] <= one["ratio"]["most"]
        assert one["side"] != PYTORCH or one["ratio"]["median"] == 1
    words = cells.told(measured)
    assert PLAIN in words and "torch.compile: not here, no C++ compiler" in words and "NumPy, gates apart" in words
    report.write(measured, tmp_path)
    assert (tmp_path / "bench.svg").read_text(encoding="utf-8").count("<svg") == 1
    assert "written" in capsys.readouterr().out
