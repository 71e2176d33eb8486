"""Which mistake an answer makes: by what it comes to, behind common faults, and facts where nobody knows it."""

import numpy as np
import pytest

from unrolled.checking.compare import Counts, same_but_for_ones
from unrolled.checking.diagnose import diagnose
from unrolled.checking.fixtures import Case, Fixture, Suspect
from unrolled.checking.independence import ONE_BUFFER
from unrolled.checking.outcome import call
from unrolled.checking.outputs import near
from unrolled.checking.sights import sight

OUTPUTS = near("s", "total")
RNG = np.random.default_rng(0)
ROWS = {"ordinary": (4, 3), "another": (2, 5), "a batch of one": (1, 3)}


def right(x, w):
    s = 1 / (1 + np.exp(-np.abs(x * w)))
    return np.where(x * w >= 0, s, 1 - s), x.sum(axis=0)


def naive(x, w):
    return 1 / (1 + np.exp(-(x * w))), x.sum(axis=0)


def without_w(x, w):
    return right(x, np.ones_like(w))[0], x.sum(axis=0)


def mean(x, w):
    return right(x, w)[0], x.mean(axis=0)


def made_cases() -> tuple[Case, ...]:
    given = [(label, {"x": RNG.standard_normal(shape), "w": RNG.uniform(1, 2, shape)}) for label, shape in ROWS.items()]
    large = {"x": np.array([[-900.0, 800.0]]).repeat(3, 0), "w": np.full((3, 2), 1.5)}
    cases = [Case(label, a, dict(zip(("s", "total"), right(*a.values()), strict=True))) for label, a in given]
    expected = dict(zip(("s", "total"), right(*large.values()), strict=True))
    return (*cases, Case("saturated", large, expected, forbid_overflow=True))


CASES = made_cases()


def suspect(name, function) -> Suspect:
    seen = [
        sight(call(function, c.arguments, OUTPUTS, forbid_overflow=c.forbid_overflow), c.expected, OUTPUTS)
        for c in CASES
    ]
    return Suspect(name, f"It is {name}.", "Eq. (1)", seen)


KNOWN = (suspect("naive", naive), suspect("without-w", without_w), suspect("mean", mean))
FIXTURE = Fixture("f", OUTPUTS, "Eq. (1)", CASES, KNOWN)


def called(function, known=KNOWN) -> tuple[str, tuple[str, ...]]:
    failure = diagnose(function, Fixture("f", OUTPUTS, "Eq. (1)", CASES, known))
    assert failure is not None
    return (failure.suspect.name if failure.suspect is not None else "", failure.besides)


@pytest.mark.parametrize(("function", "name"), [(naive, "naive"), (without_w, "without-w"), (mean, "mean")])
def test_a_known_mistake_has_its_name(function, name):
    assert called(function) == (name, ())
    assert diagnose(right, FIXTURE) is None


def test_behind_an_overflow_the_mistake_is_named_and_both_are_said():
    name, besides = called(lambda x, w: (naive(x, np.ones_like(w))[0], x.sum(axis=0)))
    assert name == "without-w"
    assert len(besides) == 1 and "“saturated”" in besides[0]


def test_behind_a_write_into_an_argument_the_mistake_is_named_and_both_are_said():
    def writing(x, w):
        answer = mean(x, w)
        x *= 2
        return answer

    name, besides = called(writing)
    assert name == "mean"
    assert len(besides) == 1 and "write into x" in besides[0]


def test_behind_a_kept_axis_the_mistake_is_named_and_both_are_said():
    name, besides = called(lambda x, w: (without_w(x, w)[0], x.sum(axis=0, keepdims=True)))
    assert name == "without-w"
    assert len(besides) == 1 and "total has the right numbers" in besides[0]


def test_shapes_that_raise_elsewhere_have_no_axis_too_many():
    def along_the_batch(x, w):
        if len(x) > 1:
            raise ValueError("operands could not be broadcast together")
        s, total = right(x, w)
        return s, total[None]

    assert called(along_the_batch)[0] == ""


def test_a_common_fault_alone_is_said_by_itself():
    def writing(x, w):
        answer = right(x, w)
        w += 1
        return answer

    assert called(writing)[0] == "w-overwritten"
    assert called(lambda x, w: (right(x, w)[0], x.sum(axis=0, keepdims=True)))[0] == "axis-kept-in-total"
    assert called(naive, known=())[0] == "overflow"


def test_a_common_fault_is_said_even_where_the_other_mistake_is_unknown():
    name, besides = called(lambda x, w: (naive(x, w)[0] ** 3, x.sum(axis=0)))
    assert (name, besides) == ("overflow", ())


def test_a_suspect_that_is_right_where_the_answer_is_wrong_is_not_blamed():
    # Known from the first cases alone, in which it is right, as inherited mistakes once were.
    harmless = Suspect("harmless", "It is harmless.", "Eq. (1)", suspect("harmless", right).sights[:2])

    def squeezing(x, w):
        s, total = right(np.squeeze(x), np.squeeze(w))
        if s.ndim < 2:
            raise ValueError("rows are gone")
        return s, total

    assert called(squeezing, known=(harmless,))[0] == "axis-of-one-lost"


def test_where_only_an_exception_tells_two_mistakes_that_raise_it_are_not_told_apart():
    def raising(x, w):
        raise ValueError("does not fit")

    one, other = suspect("one", raising), suspect("other", raising)
    assert called(raising, known=(one,))[0] == "one"
    assert called(raising, known=(one, other))[0] == ""


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda s, total, x: (0 * s, total), "s-zero"),
        (lambda s, total, x: (-s, total), "s-negative"),
        (lambda s, total, x: (s, 2 * total), "total-twice"),
        (lambda s, total, x: (s, total / 2), "total-half"),
        (lambda s, total, x: (s, x.mean(axis=0)), "total-divided-by-the-batch"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_facts_are_said_where_nobody_knows_the_mistake(change, name):
    assert called(lambda x, w: change(*right(x, w), x), known=())[0] == name


def test_a_name_that_is_not_defined_and_an_answer_that_is_missing_are_facts():
    def undefined(x, w):
        return rnn_step(x, w)

    failure = diagnose(undefined, FIXTURE)
    assert failure.suspect.name == "not-defined" and failure.suspect.is_finding
    assert "rnn_step is not defined" in failure.suspect.hint
    assert called(lambda x, w: (right(x, w)[0], None))[0] == "still-none"


SEQUENCES = near("Hs")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda H: H[:, ::-1], "in-reverse"),
        (lambda H: np.concatenate([0 * H[:, :1], H[:, :-1]], axis=1), "one-step-late"),
        (lambda H: np.concatenate([H[:, 1:], 0 * H[:, :1]], axis=1), "one-step-early"),
        (lambda H: np.concatenate([7 + H[:, :1], H[:, 1:]], axis=1), "wrong-at-the-first-step"),
        (lambda H: np.concatenate([H[:, :-1], 7 + H[:, -1:]], axis=1), "wrong-at-the-last-step"),
        (lambda H: np.concatenate([H[:, :1], 7 + H[:, 1:]], axis=1), "right-at-the-first-step-only"),
        (lambda H: np.concatenate([7 + H[:, :-1], H[:, -1:]], axis=1), "right-at-the-last-step-only"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_facts_about_steps(change, name):
    H = [RNG.standard_normal((2, 5, 3)), RNG.standard_normal((3, 4, 2))]
    cases = tuple(Case("plain", {"H": one}, {"Hs": one}) for one in H)
    failure = diagnose(change, Fixture("f", SEQUENCES, "Eq. (1)", cases))
    assert failure.suspect.name == f"Hs-{name}"


def axis_kept(x, w):
    s, total = right(x, w)
    return s, total[None]


def writing(x, w):
    answer = right(x, w)
    w += 1
    return answer


def fails(function, **counts) -> bool:
    return diagnose(function, FIXTURE, counts=Counts(**counts)) is not None


def test_a_fault_costs_what_counts_it():
    assert fails(axis_kept) and not fails(axis_kept, axes=False)
    assert fails(writing) and not fails(writing, manners=False)
    assert fails(mean) and not fails(mean, values=False)
    assert fails(mean, axes=False, manners=False)


def test_behind_a_fault_that_does_not_count_a_mistake_has_its_name():
    def mean_with_faults(x, w):
        s, total = mean(x, w)
        x *= 2
        return s, total[None]

    failure = diagnose(mean_with_faults, FIXTURE, counts=Counts(axes=False, manners=False))
    assert failure.suspect.name == "mean"
    assert failure.besides == ()


@pytest.mark.parametrize("nothing", [np.zeros((0, 3)), np.zeros((3, 0)), np.zeros(0)])
def test_an_empty_array_is_no_axis_too_many(nothing):
    assert not same_but_for_ones(nothing, (1, 1))
    assert not same_but_for_ones(nothing, (3,))
    assert fails(lambda x, w: (nothing, nothing), axes=False)


def test_calls_that_disturb_each_other_are_told_where_all_else_is_right():
    asked = []

    def independent(cases):
        asked.append(len(cases))
        return ONE_BUFFER

    failure = diagnose(right, FIXTURE, independent=independent)
    assert (failure.suspect.name, asked) == ("one-buffer", [len(CASES)])
    assert "not beside other calls" in failure.deviation.summary
    assert diagnose(right, FIXTURE, independent=lambda cases: None) is None
    assert diagnose(right, FIXTURE, counts=Counts(manners=False), independent=independent) is None
    assert diagnose(mean, FIXTURE, independent=independent).suspect.name == "mean"
    assert len(asked) == 1
