"""A file of fixtures gives back what was put in, and is small."""

import numpy as np
import pytest

from unrolled.checking.fixtures import Case, Fixture, Suspect, load, save, strided
from unrolled.checking.outcome import Outcome

RNG = np.random.default_rng(0)
MATRIX = RNG.standard_normal((3, 4))


def fixture(arguments=None, expected=None, suspects=()) -> Fixture:
    case = Case("plain", arguments or {"a": MATRIX}, expected or {"out": 2 * MATRIX})
    return Fixture("double", ("out",), "Eq. (1.1)", (case,), suspects)


def suspect(name: str, value) -> Suspect:
    return Suspect(name, "A hint.", "Eq. (1.2)", (Outcome(outputs={"out": value}, changed=("a",)),))


def through_a_file(stored: Fixture, tmp_path) -> Fixture:
    save({"double": stored}, tmp_path / "fixtures.npz")
    return load(tmp_path / "fixtures.npz")["double"]


@pytest.mark.parametrize(
    "value",
    [
        MATRIX,
        MATRIX.astype(np.float32),
        strided(MATRIX),
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
    assert np.asarray(argument).flags.c_contiguous == np.asarray(value).flags.c_contiguous
    assert list(again.cases[0].arguments) == ["a", "b"]


def test_what_a_suspect_gives_comes_back_in_single_precision(tmp_path):
    restored = through_a_file(fixture(suspects=(suspect("squared", MATRIX**2),)), tmp_path).suspects[0]
    (outcome,) = restored.outcomes
    assert (restored.name, outcome.changed) == ("squared", ("a",))
    assert outcome.outputs["out"].dtype == np.float32
    np.testing.assert_allclose(outcome.outputs["out"], MATRIX**2, rtol=1e-6)


def test_a_finite_number_beyond_single_precision_stays_finite(tmp_path):
    vast = np.array([1e300, -1e200, np.inf, np.nan])
    restored = through_a_file(fixture(suspects=(suspect("vast", vast),)), tmp_path).suspects[0].outcomes[0]
    assert np.array_equal(restored.outputs["out"], vast, equal_nan=True)


def test_what_many_suspects_share_is_stored_once(tmp_path):
    shared = RNG.standard_normal((100, 100))
    path = tmp_path / "fixtures.npz"
    sizes = []
    for count in (1, 50):
        save({"double": fixture(suspects=tuple(suspect(f"s{k}", shared) for k in range(count)))}, path)
        sizes.append(path.stat().st_size)
    assert sizes[1] < 1.1 * sizes[0]
    assert all(np.allclose(s.outcomes[0].outputs["out"], shared) for s in load(path)["double"].suspects)
