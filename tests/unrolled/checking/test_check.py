"""What a student sees: the message of `check`, in the order None, type, shape, dtype, NaN, values."""

from pathlib import Path

import numpy as np
import pytest

from unrolled import CheckFailed, check
from unrolled.checking.fixtures import Case, Fixture, FixtureFileError, Suspect, load, save
from unrolled.checking.outcome import Outcome, call
from unrolled.checking.outputs import near, opaque
from unrolled.checking.probes import Probe
from unrolled.checking.sights import same, sight

A = np.array([[1.0, 2.0], [3.0, 4.0]])
OUT = near("out")


def known(name, hint, read, outcomes, cases, outputs=OUT) -> Suspect:
    """A mistake that came to these outcomes in these cases."""
    seen = [sight(outcome, case.expected, outputs) for outcome, case in zip(outcomes, cases, strict=True)]
    return Suspect(name, hint, read, seen)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with fixtures for `double(a)` and `pair(a, b)`, as a student has it."""
    cases = (Case("plain", {"a": A}, {"out": 2 * A}), Case("zero", {"a": 0 * A}, {"out": 0 * A}))
    squares = (Outcome(outputs={"out": A**2}), Outcome(outputs={"out": 0 * A}))
    squared = known("squared", "You square instead of doubling.", "Eq. (1.2)", squares, cases)
    double = Fixture("double", OUT, "The chapter, Eq. (1.1): chapter.html#equation-one", cases, (squared,))
    pair = Fixture("pair", (*near("s"), opaque()), "Eq. (1.3)", (Case("plain", {"a": A, "b": A}, {"s": 2 * A}),))
    save({"double": double, "pair": pair}, tmp_path / "fixtures.npz")
    monkeypatch.chdir(tmp_path)


def message(function, name="double") -> str:
    with pytest.raises(CheckFailed) as caught:
        check(function, name=name)
    return str(caught.value)


def test_right_answer_says_so(folder, capsys):
    check(lambda a: a + a, name="double")
    assert "✓ double: all 2 visible cases are right." in capsys.readouterr().out


def test_none(folder):
    text = message(lambda a: None)
    assert "returned nothing (None)" in text
    assert "double(a: (2, 2) float64)" in text


def test_not_written_yet(folder):
    def double(a):
        raise NotImplementedError

    text = message(double)
    assert "not written yet" in text
    assert text.endswith("[double · visible · not-written]")


def test_exception_names_the_students_own_line(folder):
    def double(a):
        return a @ np.ones(7)

    text = message(double)
    assert "it raised ValueError" in text
    assert "return a @ np.ones(7)" in text


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((A, A), "returned a tuple"),
        (np.array([["text"] * 2] * 2), "holds <U4, not numbers"),
        (object(), "cannot be read as one array"),
        (A[0], "wrong shape"),
        (np.ones((2, 2), dtype=int), "not floating-point"),
        (np.array([[np.nan, 1], [2, 3]]), "NaN"),
        ([[1.0], [1.0, 2.0]], "unequal length"),
    ],
)
def test_wrong_structure(folder, answer, expected):
    assert expected in message(lambda a: answer)


def test_wrong_values_name_the_worst_entry(folder):
    wrong = 2 * A
    wrong[1, 0] += 5
    text = message(lambda a: wrong if a.any() else 0 * A)
    assert "1 of 4 values are off" in text
    assert "out[1, 0]: yours 11, expected 6" in text
    assert "Read         The chapter, Eq. (1.1)" in text
    assert text.endswith("[double · visible · unnamed]")


def test_known_mistake_is_named_with_its_own_place_to_read(folder):
    text = message(lambda a: a * a)
    assert "You square instead of doubling." in text
    assert "Eq. (1.2)" in text
    assert text.endswith("[double · visible · squared]")


def test_a_wrong_axis_is_named_even_where_the_values_are_wrong_too(tmp_path, monkeypatch):
    tall = np.ones((3, 2))
    case = Case("plain", {"a": tall}, {"out": tall})
    flipped = known(
        "transposed", "You return the transpose.", "Eq. (1.4)", (Outcome(outputs={"out": tall.T}),), (case,)
    )
    fixture = Fixture("keep", OUT, "Eq. (1.4)", (case,), (flipped,))
    save({"keep": fixture}, tmp_path / "fixtures.npz")
    monkeypatch.chdir(tmp_path)
    assert message(lambda a: 7 * a.T, "keep").endswith("[keep · visible · transposed]")
    assert message(lambda a: 7 * a, "keep").endswith("[keep · visible · unnamed]")


def test_an_exception_names_a_mistake_only_by_what_it_says(tmp_path, monkeypatch):
    def transposed(a):
        return a @ a

    def own(a):
        raise ValueError("of another kind")

    cases = tuple(Case(f"{rows} rows", {"a": np.ones((rows, 2))}, {"out": np.ones(rows)}) for rows in (3, 4))
    stored = tuple(call(transposed, case.arguments, OUT) for case in cases)
    assert {outcome.raised for outcome in stored} == {"ValueError"}
    suspect = known("not-transposed", "A transpose is missing.", "Eq. (1.5)", stored, cases)
    save({"norms": Fixture("norms", OUT, "Eq. (1.5)", cases, (suspect,))}, tmp_path / "fixtures.npz")
    monkeypatch.chdir(tmp_path)
    assert message(transposed, "norms").endswith("[norms · visible · not-transposed]")
    assert message(own, "norms").endswith("[norms · visible · unnamed]")


def test_places_to_read_are_never_broken_over_lines(folder):
    assert "chapter.html#equation-one" in message(lambda a: a)


def test_changed_argument_is_reported(folder):
    def pair(a, b):
        a += b
        return a, None

    text = message(pair, "pair")
    assert "wrote into its argument `a`" in text


def test_the_students_arrays_survive_a_function_that_writes_into_them(folder):
    given = A.copy()
    call(lambda a: a.fill(0), {"a": given}, ("out",))
    assert np.array_equal(given, A)


def test_cache_is_never_looked_at(folder, capsys):
    class Anything:
        def __eq__(self, other):
            raise AssertionError("somebody looked")

    check(lambda a, b: (a + b, Anything()), name="pair")
    assert "✓" in capsys.readouterr().out


def test_forgotten_cache(folder):
    assert "returned 1 value; it has to return s, cache" in message(lambda a, b: a + b, "pair")


def test_lists_and_float32_arithmetic_count_as_right(folder, capsys):
    check(lambda a: (2 * a.astype(np.float32)).tolist(), name="double")
    assert "✓" in capsys.readouterr().out


def test_unknown_name_lists_the_known(folder):
    text = message(lambda a: a, "triple")
    assert "no check for a function called 'triple'" in text
    assert "double, pair" in text


def test_something_that_is_no_function(folder):
    assert "is int, not a function" in message(3)


def test_missing_fixtures_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "keep the files of the assignment's zip together" in message(lambda a: a)


def test_damaged_fixtures_say_what_to_do(tmp_path):
    (tmp_path / "fixtures.npz").write_bytes(b"PK not really")
    with pytest.raises(FixtureFileError, match="unpack the assignment's zip again"):
        load(tmp_path / "fixtures.npz")


def test_ipython_shows_the_message_and_no_traceback(folder):
    with pytest.raises(CheckFailed) as caught:
        check(lambda a: None, name="double")
    assert caught.value._render_traceback_() == str(caught.value).splitlines()


def test_fixtures_survive_the_file(folder):
    fixtures = load(Path("fixtures.npz"))
    assert list(fixtures["pair"].cases[0].arguments) == ["a", "b"]
    squared = sight(Outcome(outputs={"out": A**2}), {"out": 2 * A}, OUT)
    assert same(squared, fixtures["double"].suspects[0].sights[0])


def test_overflow_is_an_error_only_where_it_is_forbidden():
    big = {"a": np.array([1e4])}
    assert call(np.exp, big, OUT).raised is None
    assert call(np.exp, big, OUT, forbid_overflow=True).raised == "FloatingPointError (overflow)"


@pytest.fixture
def backward_folder(tmp_path, monkeypatch):
    """Fixtures of a forward function, which doubles, and of the backward function that reads its cache."""
    forward = Fixture("grow", (*near("s"), opaque()), "Eq. (1.5)", (Case("plain", {"a": A}, {"s": 2 * A}),))
    case = Case("plain", {"a": A, "ds": A}, {"da": 2 * A})
    backward = Fixture("grow_backward", near("da"), "Eq. (1.6)", (case,), probe=Probe("through_cache", {"upstream": 1}))
    save({"grow": forward, "grow_backward": backward}, tmp_path / "fixtures.npz")
    monkeypatch.chdir(tmp_path)


def grow_backward(ds, cache):
    return cache * ds


def test_right_backward_function_with_its_forward_function(backward_folder, capsys):
    def grow(a):
        return 2 * a, 2

    check(grow_backward, forward=grow)
    assert "✓ grow_backward" in capsys.readouterr().out


def test_a_mistake_of_the_forward_function_is_said_to_be_there(backward_folder):
    def grow(a):
        return 3 * a, 3

    with pytest.raises(CheckFailed, match=r"reads the cache of grow, which is not right itself[\s\S]*check\(grow\)"):
        check(grow_backward, forward=grow)


def test_a_cache_of_none_is_said_to_be_none(backward_folder):
    def grow(a):
        return 2 * a, None

    with pytest.raises(CheckFailed, match="gets None as its cache from grow"):
        check(grow_backward, forward=grow)


def test_a_forward_function_without_fixtures_of_its_own_is_used_as_it_is(backward_folder, capsys):
    check(grow_backward, forward=lambda a: (5 * a, 2))
    assert "✓ grow_backward" in capsys.readouterr().out


def test_a_backward_function_is_shown_as_it_is_called(backward_folder):
    def wrong_backward(ds, cache):
        return 0 * ds

    with pytest.raises(CheckFailed) as caught:
        check(wrong_backward, forward=lambda a: (2 * a, 2), name="grow_backward")
    text = " ".join(str(caught.value).split())
    assert "Called grow_backward(ds: (2, 2) float64, cache), the cache from a forward pass on a: (2, 2) float64" in text
