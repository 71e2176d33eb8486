"""A file of fixtures gives back what was put in, and is small."""

import json

import numpy as np
import pytest

from unrolled.checking.fixtures import Case, Fixture, FixtureFileError, Suspect, load, save, strided
from unrolled.checking.outcome import Outcome
from unrolled.checking.outputs import near
from unrolled.checking.sights import LARGEST, same, sight

RNG = np.random.default_rng(0)
MATRIX = RNG.standard_normal((3, 4))
OUT = near("out")


def fixture(arguments=None, expected=None, suspects=()) -> Fixture:
    case = Case("plain", arguments or {"a": MATRIX}, expected or {"out": 2 * MATRIX})
    return Fixture("double", OUT, "Eq. (1.1)", (case,), suspects)


def suspect(name: str, value) -> Suspect:
    outcome = Outcome(outputs={"out": value}, changed=("a",))
    return Suspect(name, "A hint.", "Eq. (1.2)", (sight(outcome, {"out": 2 * MATRIX}, OUT),))


def through_a_file(stored: Fixture, tmp_path) -> Fixture:
    save({"double": stored}, tmp_path / "fixtures.npz")
    return load(tmp_path / "fixtures.npz")["double"]


@pytest.mark.parametrize(
    "value",
    [
        MATRIX,
        MATRIX.astype(np.float32),
        strided(MATRIX),
        np.asfortranarray(MATRIX),
        np.array(3.5),
        np.float32(2.5),
        np.arange(6).reshape(2, 3),
        np.array([[True], [False]]),
        np.zeros((2, 0, 3)),
        7,
        0.25,
    ],
    ids=lambda value: f"{type(value).__name__} {np.shape(value)}",
)
def test_arguments_and_expected_outputs_come_back_exactly(value, tmp_path):
    again = through_a_file(fixture({"a": value, "b": MATRIX}, {"out": np.asarray(value)}), tmp_path)
    argument = again.cases[0].arguments["a"]
    for restored in (argument, again.cases[0].expected["out"]):
        assert np.asarray(restored).dtype == np.asarray(value).dtype
        assert np.shape(restored) == np.shape(value)
        assert np.array_equal(restored, value)
    for layout in ("C_CONTIGUOUS", "F_CONTIGUOUS"):
        assert np.asarray(argument).flags[layout] == np.asarray(value).flags[layout]
    assert list(again.cases[0].arguments) == ["a", "b"]


def test_what_a_suspect_comes_to_comes_back(tmp_path):
    stored = suspect("squared", MATRIX**2)
    restored = through_a_file(fixture(suspects=(stored,)), tmp_path).suspects[0]
    assert (restored.name, restored.hint, restored.read) == ("squared", "A hint.", "Eq. (1.2)")
    assert restored.sights[0].form == stored.sights[0].form
    assert same(stored.sights[0], restored.sights[0])
    assert not same(suspect("cubed", MATRIX**3).sights[0], restored.sights[0])


def test_a_suspect_may_be_known_from_the_first_cases_alone(tmp_path):
    case = fixture().cases[0]
    stored = Fixture("double", OUT, "Eq. (1)", (case, case), (suspect("squared", MATRIX**2),))
    restored = through_a_file(stored, tmp_path)
    assert (len(restored.cases), len(restored.suspects[0].sights)) == (2, 1)


def test_vast_and_broken_numbers_are_told_apart_from_others(tmp_path):
    vast, other = np.where(MATRIX > 0, 1e300, MATRIX), np.where(MATRIX > 0, np.nan, MATRIX)
    stored = [suspect("vast", vast), suspect("broken", other)]
    restored = through_a_file(fixture(suspects=tuple(stored)), tmp_path).suspects
    assert np.abs([one.sights[0].prints for one in restored]).max() <= 1.01 * LARGEST
    assert [[same(a.sights[0], b.sights[0]) for b in restored] for a in stored] == [[True, False], [False, True]]


def test_many_suspects_take_little_room(tmp_path):
    path = tmp_path / "fixtures.npz"
    sizes = []
    for count in (1, 501):
        made = tuple(suspect(f"s{k}", RNG.standard_normal(MATRIX.shape)) for k in range(count))
        save({"double": fixture(suspects=made)}, path)
        sizes.append(path.stat().st_size)
    assert sizes[1] - sizes[0] < 500 * 40


def test_a_file_of_another_version_says_what_to_do(tmp_path, monkeypatch):
    save({"double": fixture()}, tmp_path / "fixtures.npz")
    with np.load(tmp_path / "fixtures.npz") as stored:
        arrays = dict(stored)
    manifest = json.loads(arrays["manifest"].tobytes())
    manifest["double"]["outputs"] = ["out"]  # as it was once
    arrays["manifest"] = np.frombuffer(json.dumps(manifest).encode(), dtype=np.uint8)
    np.savez(tmp_path / "fixtures.npz", **arrays)
    with pytest.raises(FixtureFileError, match=r"another version of unrolled.*one zip"):
        load(tmp_path / "fixtures.npz")
