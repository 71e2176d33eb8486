"""Records of experiments: made by today's code, on today's packages, and still what the code gives."""

import importlib.util
import sys

import numpy as np
import pytest

from tests.places import ROOT
from unrolled.lab import records

sys.path.insert(0, str(ROOT / "book"))
spec = importlib.util.spec_from_file_location("experiments_main", ROOT / "book/experiments/__main__.py")
experiments = importlib.util.module_from_spec(spec)
spec.loader.exec_module(experiments)
NAMES = experiments.names()


@pytest.mark.parametrize("name", NAMES)
def test_the_record_is_of_todays_code(name):
    assert records.recorded(name).hash == experiments.digest(name), f"run `make experiment NAME={name}` and commit it"


@pytest.mark.parametrize("name", NAMES)
def test_every_seed_is_recorded_and_there_are_enough(name):
    record, module = records.recorded(name), experiments.module_of(name)
    assert record.seeds == list(module.SEEDS) and len(record.runs) == len(set(record.seeds)) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_first_updates_come_out_as_recorded(name):
    assert_alike(experiments.first_updates(name), records.recorded(name).probe, experiments.module_of(name).TOLERANCE)


def test_there_is_no_record_without_its_experiment():
    assert {path.stem for path in records.RECORDS.glob("*.json")} == set(NAMES)


def assert_alike(found, wanted, tolerance, where=""):
    assert type(found) is type(wanted), where
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys(), where
        for key in wanted:
            assert_alike(found[key], wanted[key], tolerance, f"{where}/{key}")
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), where
        for index, (one, other) in enumerate(zip(found, wanted, strict=True)):
            assert_alike(one, other, tolerance, f"{where}/{index}")
    elif isinstance(wanted, float):
        assert found == pytest.approx(wanted, rel=tolerance, abs=tolerance, nan_ok=True), where
    else:
        assert found == wanted, where


def test_a_probe_that_strays_is_told_with_its_place():
    with pytest.raises(AssertionError, match="/a/1"):
        assert_alike({"a": [1.0, 2.0]}, {"a": [1.0, 2.1]}, 1e-3)


def record(**changed):
    whole = dict(
        name="tiny", hash="0", date="2026-01-02", machine="a machine", versions={}, seconds=100.0, seeds=[1, 2]
    )
    return records.Record(**whole | {"runs": [{"a": {"b": [1, 2]}}, {"a": {"b": [3, 4]}}], "probe": {}} | changed)


def test_a_record_is_read_as_it_was_written(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDS", tmp_path)
    records.write(record(runs=[{"a": np.float32(1 / 3)}, {"a": np.array([1e-9, 2])}]))
    again = records.recorded("tiny")
    assert again.runs == [{"a": 0.333333}, {"a": [1e-9, 2.0]}]
    assert record().values("a", "b").tolist() == [[1, 2], [3, 4]]


def test_the_records_that_code_reads_are_found_by_the_name_in_the_call(tmp_path):
    (tmp_path / "a.json").write_text("{}")
    code = "x = records.recorded('a')\nrecorded(\"b\")['c']\nunrecorded('d')"
    first, second = records.records_read(code, tmp_path)
    assert first.startswith("a ") and len(first) > 60 and second == "b missing"
    (tmp_path / "a.json").write_text("[]")
    assert records.records_read(code, tmp_path)[0] != first


def test_a_missing_record_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDS", tmp_path)
    with pytest.raises(FileNotFoundError, match="make experiment NAME=tiny"):
        records.recorded("tiny")


def test_the_box_says_when_on_what_how_long_and_the_command():
    box = record(machine="<one> & two")._repr_html_()
    for words in ("2026-01-02", "2 runs", "2 minutes", "&lt;one&gt; &amp; two", "make experiment NAME=tiny"):
        assert words in box


def test_a_stopped_experiment_goes_on_where_it_was(tmp_path, monkeypatch):
    calls = tmp_path / "calls"
    source = (
        f"SEEDS, BUDGET, PROBE, TOLERANCE, LIBRARIES = (1, 2, 3), 9, 1, 0.1, ('numpy',)\n"
        f"def run(seed, budget):\n"
        f"    open({str(calls)!r}, 'a').write(f'{{seed}} {{budget}}\\n')\n"
        f"    if seed == 3 and not __import__('os').path.exists({str(tmp_path / 'mended')!r}):\n"
        f"        raise RuntimeError('stopped')\n"
        f"    return {{'loss': seed / budget}}\n"
    )
    (tmp_path / "tiny.py").write_text(source)
    monkeypatch.setattr(experiments, "HERE", tmp_path)
    monkeypatch.setattr(experiments, "ROOT", tmp_path)
    monkeypatch.setattr(records, "RECORDS", tmp_path)
    package = importlib.util.spec_from_file_location("experiments.tiny", tmp_path / "tiny.py")
    module = importlib.util.module_from_spec(package)
    package.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "experiments.tiny", module)
    with pytest.raises(RuntimeError, match="stopped"):
        experiments.record("tiny", jobs=1)
    (tmp_path / "mended").touch()
    made = experiments.record("tiny", jobs=1)
    assert calls.read_text().split("\n").count("1 9") == 1  # the first run was kept
    assert made.values("loss").tolist() == [0.111111, 0.222222, 0.333333] and made.probe == {"loss": 1.0}
